"""Postures on a path start where the last ones lead, and end where they would have ended from a cold start."""

from __future__ import annotations

import math

import numpy as np
import pytest
from verification.states import MODEL, SUBJECTS, any_state, daily_state, many, pack, person

from spinesim import Load, Posture, solve_batch, solve_path
from spinesim.model.layout import stack
from spinesim.model.names import CONVERGED, INVALID_INPUT, STRENGTH_EXCEEDED
from spinesim.solver import api
from spinesim.solver.recruitment import SQUARE
from spinesim.solver.variables import VARIABLES

LENGTH = 300
FORCE_N, SHIFT_MM, ACTIVATION = 2e-5, 1e-7, 1e-7  # between two solutions that both balance within the tolerances


def bend(count: int, far: float = 1.0):
    """A person who bends, turns and lifts, there and back."""
    part = far * 0.5 * (1.0 - np.cos(np.linspace(0.0, 2.0 * math.pi, count)))
    postures = [Posture(pelvic_tilt_deg=25.0 * p, flexion_deg=45.0 * p, lateral_deg=6.0 * p, rotation_deg=3.0 * p) for p in part]
    return postures, [Load(mass_kg=float(10.0 * p)) for p in part]


def assert_near(one, other):
    """The same answers, as near as two solutions within the tolerances are; the same statuses."""
    np.testing.assert_array_equal(one.status, other.status)
    both = one.status == CONVERGED
    assert both.any()
    worst = {
        name: float(np.abs(getattr(one, name)[both] - getattr(other, name)[both]).max())
        for name in ("compression_N", "facet_force_N", "translation_mm", "activation")
    }
    print(worst)
    assert max(worst["compression_N"], worst["facet_force_N"]) < FORCE_N, worst
    assert worst["translation_mm"] < SHIFT_MM, worst
    assert worst["activation"] < ACTIVATION, worst


def assert_same_bits(one, other):
    for name in VARIABLES:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name, strict=True)


@pytest.mark.parametrize("exponent", [2.0, 3.0])
def test_a_path_ends_where_cold_starts_end_in_fewer_passes(exponent):
    postures, loads = (part[:LENGTH] for part in bend(3 * LENGTH))
    warm = solve_path(MODEL, SUBJECTS["lopsided"], postures, loads, exponent)
    cold = solve_batch(MODEL, SUBJECTS["lopsided"], postures, loads, exponent)
    assert_near(warm, cold)
    assert max(np.nanmax(warm.residual_force_N), np.nanmax(warm.residual_moment_Nm)) < 1e-6
    assert np.nanmax(warm.kkt) < 1e-8
    print(warm.iterations.mean(), cold.iterations.mean())
    assert warm.iterations.mean() < 0.7 * cold.iterations.mean()


def test_a_path_of_min_max_ends_where_cold_starts_end():
    postures, loads = (part[:160] for part in bend(1000))
    warm = solve_path(MODEL, SUBJECTS["healthy"], postures, loads, math.inf)
    assert_near(warm, solve_batch(MODEL, SUBJECTS["healthy"], postures, loads, math.inf))


def test_a_path_that_jumps_has_the_statuses_of_cold_starts():
    """Every row elsewhere, some beyond strength and some out of reach: nothing leads anywhere, and nothing misleads."""
    rng = np.random.default_rng(61)
    mild, extreme = many(daily_state, rng, LENGTH), many(any_state, rng, LENGTH)
    postures = [(extreme if i % 7 == 3 else mild)[0][i] for i in range(LENGTH)]
    loads = [(extreme if i % 7 == 3 else mild)[1][i] for i in range(LENGTH)]
    postures[40] = Posture(hand_position_mm=(900.0, 900.0))
    warm, cold = (solver(MODEL, SUBJECTS["healthy"], postures, loads) for solver in (solve_path, solve_batch))
    assert set(warm.status) >= {CONVERGED, STRENGTH_EXCEEDED, INVALID_INPUT}
    assert_near(warm, cold)


@pytest.mark.parametrize("count", [1, 2, 127, 128, 129, 515, 5000])
def test_segments_of_a_path_cover_it_and_depend_on_its_length_alone(count):
    first = api.segments(count)
    lengths = np.diff([*first, count])
    assert first[0] == 0
    assert lengths.min() >= 1
    assert lengths.max() <= min(lengths.min() + 1, api.LONGEST_SEGMENT)
    assert (lengths.max() == 1) == (count < api.SHORTEST_PATH)


def test_a_short_path_has_the_bits_of_single_cases():
    postures, loads = bend(api.SHORTEST_PATH - 1)
    assert_same_bits(*(solver(MODEL, SUBJECTS["healthy"], postures, loads) for solver in (solve_path, solve_batch)))


def test_rows_of_a_path_do_not_depend_on_threads_nor_on_other_paths():
    """Three persons on three paths, one of which jumps: alone, together, in another order, and with two threads."""
    names, count = ("healthy", "lopsided", "mirrored_lopsided"), 136
    people = stack([person(name) for name in names])
    rng = np.random.default_rng(62)
    paths = [bend(count), bend(count, 0.5), many(daily_state, rng, count)]
    packed = [pack(*path) for path in paths]

    def run(order, threads):
        cases = np.concatenate([packed[i] for i in order]).view(np.recarray)
        cases.person = np.repeat(order, count)
        return api.run(MODEL, people, cases, SQUARE, threads=threads, path=count).reshape(len(order), count)

    together = run([0, 1, 2], 1)
    assert (together.status == CONVERGED).all()
    for order, threads in (([0, 1, 2], 2), ([2, 0, 1], 1), ([1], 1), ([2, 2, 0, 1, 0], 2)):
        found = run(order, threads)
        for name in VARIABLES:
            np.testing.assert_array_equal(found[name], together[order][name], err_msg=f"{name}, {order}, {threads}", strict=True)
