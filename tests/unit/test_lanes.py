"""A lane computes what a float would, to the bit, whatever the other lanes hold."""

from __future__ import annotations

import math

import numba
import numpy as np
import pytest

from spinesim.mechanics.elementary import LARGEST, exponential
from spinesim.mechanics.lane_records import ALIGNMENT, Lanes
from spinesim.mechanics.lanes import WIDTH, any_lane, fma, lane_value, nearest, negate, power_of_two, select
from spinesim.mechanics.linear import cholesky, cholesky_solve, solve_pivoted

PAIR = np.dtype([("x", "f8", (5, 3)), ("one", "f8"), ("out", "f8", (24,))])
SYSTEM = np.dtype([("a", "f8", (6, 6)), ("b", "f8", (6,)), ("fine", "f8")])


@numba.njit
def arithmetic(w):
    x, y, z = w.x[0, 0], w.x[1, 1], w.x[4, 2]
    w.out[0], w.out[1], w.out[2], w.out[3] = x + y, x - 2.0, 3 * y, z / x
    w.out[4], w.out[5], w.out[6], w.out[7] = -x, abs(y), math.sqrt(abs(z)), fma(x, y, z)
    w.out[8], w.out[9] = min(x, y), max(z, 0.5)
    w.out[10] = select((x < y) & negate(z >= 0.0) | (y == y + 1.0), x, 7.0)
    w.out[11], w.out[12], w.out[13] = math.sin(x), math.cos(y), math.atan2(x, z)
    w.out[14], w.out[15] = nearest(x), power_of_two(nearest(y))
    w.out[16] = exponential(3.0 * x)
    w.out[17] = select(x != y, x, y)
    total = 0.0
    for i in range(5):
        total += w.x[i, 1]
    w.out[18] = total
    w.one = select(any_lane(x > 1e9), 1.0, x)
    w.out[19] = math.acos(min(max(0.1 * x, -1.0), 1.0))


@numba.njit
def solve(w, pivoted):
    fine = solve_pivoted(w.a, 6, w.b) if pivoted else cholesky(w.a, 6)
    if not pivoted:
        cholesky_solve(w.a, 6, w.b)
    w.fine = select(fine, 1.0, 0.0)


@numba.njit
def value(w, k):
    return lane_value(w.one, k), lane_value(w.one > 0.0, k)


def fill(kind, rng, field):
    """Random lanes, and the same numbers as eight records of floats."""
    lanes, records = Lanes(kind), np.zeros(WIDTH, kind).view(np.recarray)
    lanes[field][:] = rng.normal(0.0, 3.0, lanes[field].shape)
    records[field] = np.moveaxis(lanes[field], -1, 0)
    return lanes, records


def test_lanes_do_what_floats_do():
    lanes, records = fill(PAIR, np.random.default_rng(1), "x")
    arithmetic(lanes)
    for k in range(WIDTH):
        arithmetic(records[k])
        np.testing.assert_array_equal(lanes["out"][:, k], records.out[k], strict=True)
        assert lanes["one"][k] == records.one[k] == value(lanes, k)[0]
        assert value(lanes, k)[1] == (records.one[k] > 0.0)
    assert np.ptp(lanes["out"][10]) > 0.0


@pytest.mark.parametrize("pivoted", [True, False])
def test_systems_are_solved_lane_by_lane(pivoted):
    rng = np.random.default_rng(2)
    lanes, records = fill(SYSTEM, rng, "a")
    if not pivoted:
        root = np.moveaxis(lanes["a"], -1, 0)
        lanes["a"][:] = np.moveaxis(root @ root.transpose(0, 2, 1), 0, -1)
    lanes["a"][..., 3] = 0.0  # a lane without a solution leaves the others alone
    lanes["b"][:] = rng.normal(size=lanes["b"].shape)
    given = np.moveaxis(lanes["a"], -1, 0).copy(), lanes["b"].T.copy()
    records.a, records.b = given
    solve(lanes, pivoted)
    for k in range(WIDTH):
        solve(records[k], pivoted)
        assert lanes["fine"][k] == records.fine[k] == (k != 3)
        np.testing.assert_array_equal(lanes["b"][:, k], records.b[k])
        if k != 3:
            np.testing.assert_allclose(given[0][k] @ records.b[k], given[1][k], rtol=0.0, atol=1e-9)


def test_exponential_is_exact_to_the_last_place():
    x = np.concatenate([np.linspace(-LARGEST, LARGEST, 20001), np.random.default_rng(3).normal(size=1000)])
    got = np.array([exponential(v) for v in x])
    exact = np.array([math.exp(v) for v in x])
    assert np.abs(got / exact - 1.0).max() < 4e-16
    assert exponential(0.0) == 1.0
    assert exponential(2.0 * LARGEST) == exponential(LARGEST)


def test_lanes_start_on_a_cache_line():
    for kind in (PAIR, SYSTEM):
        assert Lanes(kind).address % ALIGNMENT == 0
