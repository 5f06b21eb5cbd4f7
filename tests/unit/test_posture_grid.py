"""The grid behind the offline page: nodes are solutions, weights are right, misses are measured."""

from __future__ import annotations

import numpy as np
import pytest

import spinesim as ss
from spinesim.analysis import posture_grid
from spinesim.analysis.posture_grid import (
    Axis,
    PostureGrid,
    axes_with,
    blended,
    check_axes,
    corners,
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


def test_weights_are_exact_on_nodes_and_sum_to_one():
    points = nodes(AXES)
    index, weight = corners(AXES, points)
    assert ((weight == 1.0).sum(axis=1) == 1).all()
    assert (weight.sum(axis=1) == 1.0).all()
    assert index[weight == 1.0].tolist() == list(range(len(points)))
    rng = np.random.default_rng(1)
    inside = rng.uniform([-10, 0, 200], [30, 10, 400], (50, 3))
    np.testing.assert_allclose(corners(AXES, inside)[1].sum(axis=1), 1.0, rtol=1e-15)


def test_blends_repeat_what_is_linear_in_every_axis():
    def law(x):
        return 3.0 + x[:, 0] - 0.5 * x[:, 1] * x[:, 2] + 0.01 * x[:, 0] * x[:, 1] * x[:, 2]

    points = np.random.default_rng(2).uniform([-10, 0, 200], [30, 10, 400], (40, 3))
    np.testing.assert_allclose(blended(law(nodes(AXES)), *corners(AXES, points)), law(points), rtol=1e-12)


def test_misses_are_what_solving_the_middles_says(grid):
    (miss,) = measured_misses(MODEL, PERSON, ss.Posture(), ss.Load(), grid, ["disc_compression_N"])
    points = middles(AXES)
    assert miss.cells == len(points) == 2
    truth = posture_grid.solve_points(MODEL, PERSON, ss.Posture(), ss.Load(), AXES, points).solution.disc_compression_N
    between = blended(grid.solution.disc_compression_N, *corners(AXES, points))
    assert miss.worst == np.abs(truth - between).max() > 1.0
    row = int(np.abs(truth - between).max(axis=1).argmax())
    assert list(miss.where.values()) == points[row].tolist()
    assert miss.solved in truth[row]


def test_cells_beside_a_node_that_did_not_converge_are_not_compared(grid):
    status = grid.solution.status.copy()
    status[0] = NOT_CONVERGED
    from dataclasses import replace

    worse = replace(grid, solution=replace(grid.solution, status=status))
    (miss,) = measured_misses(MODEL, PERSON, ss.Posture(), ss.Load(), worse, ["compression_N"])
    assert miss.cells == 1
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
