"""The grid behind the offline page: nodes are solutions, weights are right, misses are measured."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.interpolate import Akima1DInterpolator

import spinesim as ss
from spinesim.analysis import posture_grid
from spinesim.analysis.between_nodes import akima, between, curved_axes, whole_cells
from spinesim.analysis.posture_grid import (
    Axis,
    PostureGrid,
    axes_with,
    check_axes,
    measured_misses,
    middles,
    nodes,
    solve_grid,
)
from spinesim.model.names import INVALID_INPUT, NOT_CONVERGED

MODEL, PERSON = ss.SpineModel.default(), ss.Subject()
AXES = (Axis("trunk_inclination_deg", (-10.0, 0.0, 30.0)), Axis("load_kg", (0.0, 10.0)), Axis("hold_mm", (200.0, 400.0)))


@pytest.fixture(scope="module")
def grid() -> PostureGrid:
    return solve_grid(MODEL, PERSON, ss.Posture(), ss.Load(), AXES)


def test_nodes_are_the_solver_s_own_numbers(grid):
    assert grid.shape == (3, 2, 2)
    for row in range(12):
        alone = ss.solve(MODEL, PERSON, grid.postures[row], grid.loads[row])
        np.testing.assert_array_equal(grid.solution.compression_N[row], alone.compression_N)
        np.testing.assert_array_equal(grid.solution.facet_force_N[row], alone.facet_force_N)


def test_nodes_stand_where_the_axes_say(grid):
    for posture, load, (inclination, mass, ahead) in zip(grid.postures, grid.loads, nodes(AXES), strict=True):
        assert (posture.trunk_inclination_deg, load.mass_kg, posture.hand_position_mm[0]) == (inclination, mass, ahead)


def test_arms_reach_every_distance_of_the_default_grid():
    far = {"trunk_inclination_deg": (-20.0, 0.0, 80.0), "lateral_deg": (-10.0, 10.0), "load_kg": (0.0,), "hold_mm": (200.0, 500.0)}
    found = solve_grid(MODEL, PERSON, ss.Posture(), ss.Load(), axes_with(far))
    assert not (found.solution.status == INVALID_INPUT).any()


def test_a_node_beyond_the_ranges_is_carried_as_such():
    axes = (Axis("load_kg", (0.0, 60.0)), Axis("hold_mm", (200.0, 990.0)))
    found = solve_grid(MODEL, PERSON, ss.Posture(), ss.Load(), axes)
    assert found.solution.status[0] == 0
    assert found.solution.status[-1] == INVALID_INPUT
    assert np.isnan(found.solution.compression_N[-1]).all()
    assert found.solution.validated[-1] == 0


def test_curves_are_akima_s():
    rng = np.random.default_rng(1)
    for count in (2, 3, 4, 5, 9):
        x = np.cumsum(rng.uniform(0.5, 3.0, count))
        y, at = rng.normal(size=(4, count)), np.linspace(x[0], x[-1], 57)
        np.testing.assert_allclose(akima(y, x, at), Akima1DInterpolator(x, y, axis=1)(at), rtol=1e-9, atol=1e-12)
        np.testing.assert_array_equal(akima(y, x, x), y)


def test_a_bend_in_the_data_stays_where_it_is():
    """Straight pieces stay straight but for the two that meet: what a muscle that lets go does to a load."""
    x = np.arange(9.0)
    at = np.linspace(0.0, 8.0, 200)
    law = np.abs(x - 4.0) * 3.0 + 1.0
    off = np.abs(akima(law, x, at) - np.abs(at - 4.0) * 3.0 - 1.0)
    assert off[np.abs(at - 4.0) >= 1.0].max() < 1e-12
    assert off.max() < 0.15 * 3.0
    np.testing.assert_array_equal(akima(np.full(5, 2.0), np.arange(5.0), at[:50]), 2.0)
    np.testing.assert_array_equal(akima(np.array([7.0]), np.array([1.0]), np.array([1.0, 1.0])), 7.0)


def test_curves_repeat_nodes_and_what_is_linear_in_every_axis():
    def law(x):
        return 3.0 + x[:, 0] - 0.5 * x[:, 1] * x[:, 2] + 0.01 * x[:, 0] * x[:, 1] * x[:, 2]

    rng = np.random.default_rng(2)
    at = [np.sort(rng.uniform(low, high, 4)) for low, high in ((-10, 30), (0, 10), (200, 400))]
    points = np.array(list(itertools.product(*at)))
    np.testing.assert_allclose(between(AXES, law(nodes(AXES)), at), law(points), rtol=1e-12)
    anything = rng.normal(size=(12, 3, 2))
    np.testing.assert_array_equal(between(AXES, anything, [np.array(axis.values) for axis in AXES]), anything)


def test_misses_are_what_solving_the_middles_says(grid):
    (miss,) = measured_misses(MODEL, PERSON, ss.Posture(), ss.Load(), grid, ["disc_compression_N"])
    points = middles(AXES)
    assert miss.cells == len(points) == 2
    truth = posture_grid.solve_points(MODEL, PERSON, ss.Posture(), ss.Load(), AXES, points).solution.disc_compression_N
    made = between(AXES, grid.solution.disc_compression_N, [np.array([-5.0, 15.0]), np.array([5.0]), np.array([300.0])])
    off = np.abs(truth - made)
    assert miss.worst == off.max() > 1.0
    assert miss.notable == off[off > 0.02 * truth].max(initial=0.0)
    row = int(off.max(axis=1).argmax())
    assert list(miss.where.values()) == points[row].tolist()
    assert miss.solved in truth[row]


def test_a_cell_is_whole_if_all_nodes_that_shape_it_converged():
    axes = (Axis("trunk_inclination_deg", tuple(map(float, range(9)))), Axis("load_kg", (0.0, 5.0)))
    converged = np.ones((9, 2), bool)
    converged[4, 1] = False
    assert whole_cells(axes, converged, [False, False]).tolist() == [True] * 3 + [False] * 2 + [True] * 3


def test_a_curve_needs_nodes_beyond_its_cell():
    axes = (Axis("trunk_inclination_deg", tuple(map(float, range(9)))), Axis("load_kg", (0.0, 5.0)))
    converged = np.ones((9, 2), bool)
    assert whole_cells(axes, converged, [True, True]).tolist() == [True] * 8
    converged[4, 1] = False
    assert whole_cells(axes, converged, [True, False]).tolist() == [True] + [False] * 6 + [True]
    curved = [[True, True]] + [[False, True]] * 2 + [[False, False]] * 2 + [[False, True]] * 2 + [[True, True]]
    assert curved_axes(axes, converged).tolist() == curved


def test_cells_beside_a_node_that_did_not_converge_are_not_compared(grid):
    status = grid.solution.status.copy()
    status[0] = NOT_CONVERGED
    worse = replace(grid, solution=replace(grid.solution, status=status))
    (miss,) = measured_misses(MODEL, PERSON, ss.Posture(), ss.Load(), worse, ["compression_N"])
    assert miss.cells == 1
    truth = posture_grid.solve_points(MODEL, PERSON, ss.Posture(), ss.Load(), AXES, np.array([[15.0, 5.0, 300.0]])).solution
    mean = grid.solution.compression_N[4:].mean(axis=0)
    np.testing.assert_allclose(miss.worst, np.abs(truth.compression_N[0] - mean).max(), rtol=1e-9)
    status[:] = NOT_CONVERGED
    assert measured_misses(MODEL, PERSON, ss.Posture(), ss.Load(), worse, ["compression_N"]) == []


@pytest.mark.parametrize(
    ("key", "values", "words"),
    [
        ("flexoin_deg", (0.0,), "'flexoin_deg' is unknown"),
        ("load_kg", (), "0 values; expected 1 to 60"),
        ("load_kg", (0.0, 5.0, 5.0), "0, 5, 5 do not rise"),
        ("load_kg", (0.0, float("nan")), "do not rise"),
        ("lateral_deg", (0.0, 40.0), "40 is outside the computable range -25 to 25"),
    ],
)
def test_bad_axes_are_refused_by_name(key, values, words):
    with pytest.raises(ValueError, match=words):
        Axis(key, values)


def test_axes_that_contradict_each_other_are_refused():
    bend, load = Axis("trunk_inclination_deg", (0.0, 10.0)), Axis("load_kg", (0.0,))
    with pytest.raises(ValueError, match="two ways of saying one posture"):
        check_axes((bend, Axis("flexion_deg", (0.0, 10.0))), ss.Posture())
    with pytest.raises(ValueError, match="two ways of saying one posture"):
        check_axes((Axis("flexion_deg", (0.0,)),), ss.Posture(trunk_inclination_deg=20.0))
    with pytest.raises(ValueError, match="load_kg is given twice"):
        check_axes((bend, load, load), ss.Posture())
    with pytest.raises(ValueError, match="there is none"):
        check_axes((), ss.Posture())
    many = tuple(np.linspace(0.0, 20.0, 60).tolist())
    with pytest.raises(ValueError, match="216000 nodes; expected at most 20000"):
        check_axes((Axis("flexion_deg", many), Axis("rotation_deg", tuple(np.linspace(-5, 5, 60))), Axis("load_kg", many)), ss.Posture())


def test_flexion_and_rotation_take_the_place_of_their_defaults():
    assert [axis.key for axis in axes_with({})] == ["trunk_inclination_deg", "lateral_deg", "load_kg", "hold_mm"]
    keys = [axis.key for axis in axes_with({"rotation_deg": (0.0, 5.0), "flexion_deg": (0.0,)})]
    assert keys == ["flexion_deg", "rotation_deg", "load_kg", "hold_mm"]
    both = axes_with({"rotation_deg": (0.0, 5.0), "lateral_deg": (0.0,), "load_kg": (0.0,), "hold_mm": (300.0,)})
    assert [axis.key for axis in both] == ["trunk_inclination_deg", "lateral_deg", "rotation_deg", "load_kg", "hold_mm"]
