"""A row of a batch has the same bits as that case solved alone, whatever stands beside it and however many threads work.

The kernels have one source for floats and for eight cases in a vector; both give the same bits as well."""

from __future__ import annotations

import math

import numpy as np
import pytest
from verification.states import MODEL, SUBJECTS, TOPOLOGY, any_state, daily_state, many, pack, person, scratch

from spinesim import solve, solve_batch
from spinesim.model.names import CONVERGED, INVALID_INPUT, NOT_CONVERGED, STRENGTH_EXCEEDED
from spinesim.solver.equilibrium import climb
from spinesim.solver.path import begin, follow
from spinesim.solver.recruitment import SQUARE
from spinesim.solver.variables import VARIABLES

ROWS = 210


@pytest.fixture(scope="module")
def batch():
    """Mild and extreme cases of two persons, so that every status and every length of iteration stands beside every other."""
    rng = np.random.default_rng(91)
    mild, extreme = many(daily_state, rng, ROWS), many(any_state, rng, ROWS)
    postures = [(extreme if i % 15 == 3 else mild)[0][i] for i in range(ROWS)]
    loads = [(extreme if i % 15 == 3 else mild)[1][i] for i in range(ROWS)]
    return [SUBJECTS["lopsided" if i % 3 == 0 else "healthy"] for i in range(ROWS)], postures, loads


def assert_same_bits(one, other, rows=slice(None)):
    for name in VARIABLES:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name)[rows], err_msg=name, strict=True)


@pytest.mark.parametrize("exponent", [2.0, 3.0])
def test_rows_do_not_depend_on_threads_order_or_batch_size(batch, exponent):
    subjects, postures, loads = batch
    reference = solve_batch(MODEL, subjects, postures, loads, exponent, threads=1)
    print(np.bincount(reference.status))
    assert len(np.unique(reference.status)) > 1
    assert_same_bits(solve_batch(MODEL, subjects, postures, loads, exponent, threads=2), reference)
    order = np.random.default_rng(92).permutation(ROWS)
    shuffled = [[part[i] for i in order] for part in batch]
    for threads in (1, 2):
        assert_same_bits(solve_batch(MODEL, *shuffled, exponent, threads=threads), reference, order)
    for part in (slice(0, 1), slice(1, 70), slice(70, ROWS)):
        assert_same_bits(solve_batch(MODEL, subjects[part], postures[part], loads[part], exponent, threads=2), reference, part)


def test_rows_equal_the_case_solved_alone(batch):
    subjects, postures, loads = batch
    reference = solve_batch(MODEL, subjects, postures, loads, threads=2)
    for row, case in enumerate(zip(subjects, postures, loads, strict=True)):
        assert_same_bits(solve(MODEL, *case), reference, row)


def test_min_max_rows_equal_the_case_solved_alone(batch):
    subjects, postures, loads = (part[:9] for part in batch)
    reference = solve_batch(MODEL, subjects, postures, loads, math.inf, threads=2)
    for row, case in enumerate(zip(subjects, postures, loads, strict=True)):
        assert_same_bits(solve(MODEL, *case, math.inf), reference, row)


def solve_with_floats(spine, case, w):
    """Status of one case by the same kernels on plain numbers; what they found is left in ``w``."""
    begin(w)
    done, reached, _, _ = follow(spine, TOPOLOGY, case, SQUARE, w)
    if done or not reached:
        return CONVERGED if done else INVALID_INPUT
    done, exceeded, _, _, _ = climb(spine, TOPOLOGY, case, SQUARE, w)
    return CONVERGED if done else STRENGTH_EXCEEDED if exceeded else NOT_CONVERGED


def test_floats_give_the_bits_of_lanes():
    rng = np.random.default_rng(93)
    postures, loads = (a + b for a, b in zip(many(daily_state, rng, 20), many(any_state, rng, 20), strict=True))
    reference = solve_batch(MODEL, SUBJECTS["healthy"], postures, loads, threads=1)
    assert set(reference.status) >= {CONVERGED, STRENGTH_EXCEEDED}
    spine, given, w = person(), pack(postures, loads), scratch()
    for row, case in enumerate(given):
        assert solve_with_floats(spine, case, w) == reference.status[row]
        if reference.status[row] in (CONVERGED, STRENGTH_EXCEEDED):
            np.testing.assert_array_equal(w.activation[: TOPOLOGY.fascicles], reference.activation[row])
            np.testing.assert_array_equal(w.disc_force[::-1, 0], reference.disc_anterior_shear_N[row])
            np.testing.assert_array_equal(1e3 * (w.translation - spine.settled)[::-1], reference.translation_mm[row])
