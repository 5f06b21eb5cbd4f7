"""A row of a batch has the same bits as that case solved alone, whatever stands beside it and however many threads work."""

from __future__ import annotations

import math

import numpy as np
import pytest
from verification.states import MODEL, SUBJECTS, any_state, daily_state, many

from spinesim import solve, solve_batch
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
