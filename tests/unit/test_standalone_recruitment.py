"""Recruitment on moment arms that come from elsewhere, and the cross-check's words where the other code is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import clarabel
import numpy as np
import pytest
from scipy import sparse

from spinesim.solver.standalone import Problem

ROOT = Path(__file__).resolve().parents[2]
MUSCLES, ROWS = 40, 6
TOLERANCE = 1e-10  # N m


def made_up(rng):
    """Moments, weights and bounds; fixed muscles and lower bounds above zero among them."""
    lower = np.where(rng.uniform(size=MUSCLES) < 0.3, 0.05, 0.0)
    upper = np.where(rng.uniform(size=MUSCLES) < 0.1, lower, rng.uniform(0.3, 1.0, MUSCLES))
    return rng.normal(0.0, 20.0, (MUSCLES, ROWS)), rng.uniform(0.2, 5.0, MUSCLES), lower, upper


def least_cost(moment, target, weight, lower, upper, reserve=0.0):
    """Activations by an interior-point solver, with reserve moments as further columns if there are any."""
    columns = np.vstack([moment, np.eye(ROWS)]) if reserve else moment
    cost = np.r_[weight, np.full(len(columns) - MUSCLES, 0.5 / max(reserve, 1e-300))]
    bounded = sparse.identity(len(columns), format="csc")[:MUSCLES]
    cones = [clarabel.ZeroConeT(ROWS), clarabel.NonnegativeConeT(2 * MUSCLES)]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-12
    equations = sparse.vstack([sparse.csc_matrix(columns.T), bounded, -bounded]).tocsc()
    P = sparse.diags(2.0 * cost, format="csc")
    answer = clarabel.DefaultSolver(P, np.zeros(len(cost)), equations, np.r_[target, upper, -lower], cones, settings).solve()
    return np.array(answer.x)[:MUSCLES], answer.status


@pytest.mark.parametrize("reserve", [0.0, 0.5])
def test_a_second_solver_finds_the_same_activations(reserve):
    rng = np.random.default_rng(5)
    reached = 0
    for _ in range(50):
        moment, weight, lower, upper = made_up(rng)
        target = moment.T @ rng.uniform(lower, upper) * rng.uniform(0.5, 1.0)
        found = Problem(moment, weight, lower, upper).solve(target, reserve=reserve, tolerance=TOLERANCE)
        wanted, status = least_cost(moment, target, weight, lower, upper, reserve)
        if status != clarabel.SolverStatus.Solved:
            assert not found.solved or reserve
            continue
        reached += 1
        assert found.solved
        assert np.abs(found.activation - wanted).max() < 1e-5
        assert found.kkt < 1e-12
        left = target - moment.T @ found.activation - reserve * found.multiplier
        np.testing.assert_allclose(left, found.residual, atol=1e-12 * np.abs(target).max())
        assert np.abs(left).max() <= TOLERANCE
    assert reached > 25


@pytest.mark.parametrize("exponent", [2, 3])
def test_a_made_optimum_is_recovered(exponent):
    rng = np.random.default_rng(8)
    for _ in range(50):
        moment, weight, lower, upper = made_up(rng)
        multiplier = rng.normal(0.0, 0.05, ROWS)
        pull = np.maximum(moment @ multiplier, 0.0) / weight
        free = pull / 2.0 if exponent == 2 else (np.sqrt(1e-8 + 3.0 * pull) - 1e-4) / 3.0
        wanted = np.clip(free, lower, upper)
        found = Problem(moment, weight, lower, upper).solve(moment.T @ wanted, exponent=exponent, tolerance=TOLERANCE)
        assert found.solved
        assert np.abs(found.activation - wanted).max() < 1e-9


def test_moments_beyond_strength_are_said_and_reserves_supply_them():
    rng = np.random.default_rng(2)
    moment, weight, _, upper = made_up(rng)
    problem = Problem(moment, weight, 0.0, upper)
    target = 3.0 * np.abs(moment).sum(axis=0)
    assert not problem.solve(target).solved
    with_reserve = problem.solve(target, reserve=1.0)
    assert with_reserve.solved
    assert np.abs(with_reserve.multiplier).max() > 100.0


def test_an_answer_does_not_depend_on_the_one_before():
    rng = np.random.default_rng(4)
    problem = Problem(*made_up(rng))
    first, other = rng.normal(0.0, 30.0, (2, ROWS))
    alone = problem.solve(first, reserve=0.01).activation
    problem.solve(other, reserve=0.01)
    assert np.array_equal(problem.solve(first, reserve=0.01).activation, alone)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"moment": np.zeros(4)}, r"moment has shape \(4,\), expected \(muscles, rows\)"),
        ({"moment": np.full((MUSCLES, ROWS), np.nan)}, "moment holds numbers that are not finite"),
        ({"weight": np.ones(3)}, r"weight has shape \(3,\), expected \(40,\)"),
        ({"weight": 0.0}, "weights must be positive"),
        ({"lower": 0.9, "upper": 0.1}, "no lower bound above"),
        ({"upper": np.inf}, "upper holds numbers that are not finite"),
    ],
)
def test_faults_of_a_problem_are_named(change, words):
    given = {"moment": np.ones((MUSCLES, ROWS)), "weight": 1.0, "lower": 0.0, "upper": 1.0} | change
    with pytest.raises(ValueError, match=words):
        Problem(**given)


def test_faults_of_a_target_are_named():
    problem = Problem(np.ones((MUSCLES, ROWS)), 1.0, 0.0, 1.0)
    with pytest.raises(ValueError, match=r"target has shape \(2,\), expected \(6,\)"):
        problem.solve(np.ones(2))
    with pytest.raises(ValueError, match="exponent 4 is neither 2 nor 3"):
        problem.solve(np.ones(ROWS), exponent=4)
    with pytest.raises(ValueError, match="reserve"):
        problem.solve(np.ones(ROWS), reserve=-1.0)


def test_the_cross_check_without_opensim_says_how_to_install_it():
    code = "import sys, runpy; sys.modules['opensim'] = None; runpy.run_module('benchmarks.opensim_crosscheck', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 6
    assert done.stdout == ""
    assert done.stderr.startswith("error: opensim is not installed")
    assert "make crosscheck" in done.stderr
    assert "Traceback" not in done.stderr
