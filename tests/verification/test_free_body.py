"""Every vertebra cut free is in equilibrium in all six directions, and every case of daily life converges to it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from verification import numpy_spine
from verification.states import MODEL, SUBJECTS, TOPOLOGY, busy_state, daily_state, many, person, seated_state

from spinesim import Load, Posture, solve_batch
from spinesim.model.names import CONVERGED, STRENGTH_EXCEEDED


def any_task(rng):
    """Arms, hands, pack and pelvis anyhow; not all of it is within strength."""
    posture, load = daily_state(rng)
    upper_arm, forearm, out = (tuple(rng.uniform(lo, hi, 2)) for lo, hi in ((-20, 60), (0, 90), (0, 20)))
    turned = {"pelvic_lateral_deg": rng.uniform(-5, 5), "pelvic_rotation_deg": rng.uniform(-20, 20)}
    held = {"hands": str(rng.choice(["both", "left", "right"])), "backpack_kg": rng.uniform(0, 5)}
    pushed = {"push_N": rng.uniform(-30, 30), "side_N": rng.uniform(-10, 10)}
    posture = replace(posture, **turned, upper_arm_deg=upper_arm, forearm_deg=forearm, arm_abduction_deg=out)
    return posture, replace(load, **held, **pushed)


@pytest.mark.parametrize(
    ("name", "kind", "exponent", "count"),
    [
        ("healthy", any_task, 2.0, 60),
        ("healthy", any_task, 3.0, 20),
        ("healthy", any_task, math.inf, 20),
        ("lopsided", any_task, 2.0, 30),
        ("healthy", seated_state, 2.0, 20),
        ("healthy", seated_state, math.inf, 20),
    ],
)
def test_all_36_equations_hold_in_plain_numpy(name, kind, exponent, count):
    """Three forces and three moments of L5 to L1 and the thorax, at the twists that the solution reports."""
    spine = person(name)
    postures, loads = many(kind, np.random.default_rng(81), count)
    solution = solve_batch(MODEL, SUBJECTS[name], postures, loads, exponent)
    solved = np.flatnonzero(solution.status == CONVERGED)
    parts = [numpy_spine.residuals(spine, TOPOLOGY, solution.row(row), postures[row], loads[row]) for row in solved]
    force, moment = (np.abs(part).max(axis=(0, 1)) for part in zip(*parts, strict=True))
    print(name, kind.__name__, exponent, len(solved), force, moment)
    assert len(solved) > 0.7 * count
    assert np.shape(parts) == (len(solved), 2, 6, 3)
    assert max(force.max(), moment.max()) < 1e-6
    if kind is seated_state:
        assert (solution.support_force_N[solved].max(axis=1) > 1.0).mean() > 0.3


@pytest.mark.parametrize(("exponent", "count"), [(2.0, 400), (3.0, 100), (math.inf, 60)])
def test_only_the_sum_of_twists_is_prescribed(exponent, count):
    postures, loads = many(busy_state, np.random.default_rng(83), count)
    for name in ("healthy", "lopsided"):
        solution = solve_batch(MODEL, SUBJECTS[name], postures, loads, exponent)
        solved = np.flatnonzero(solution.status == CONVERGED)
        found = np.array([numpy_spine.twist_found(person(name), solution.row(i), postures[i]) for i in solved])
        whole = np.radians(solution.rotation_deg[solved, :, 2].sum(axis=1) - [postures[i].rotation_deg for i in solved])
        print(name, exponent, len(solved), np.abs(found.sum(axis=1)).max(), np.degrees(np.abs(found).max()))
        assert np.abs(found.sum(axis=1)).max() < 1e-9
        assert np.abs(whole).max() < 1e-5  # shares in the table are rounded to six digits
        assert np.degrees(np.abs(found).max(axis=0)).min() > 0.05  # every joint finds its own


def test_flexion_and_bending_are_prescribed_joint_by_joint():
    spine = person()
    postures, loads = many(busy_state, np.random.default_rng(84), 100)
    solution = solve_batch(MODEL, SUBJECTS["healthy"], postures, loads)
    given = np.array([(p.flexion_deg, p.lateral_deg) for p in postures])[:, None] * spine.share[::-1, :2]
    np.testing.assert_allclose(solution.rotation_deg[..., :2], given, atol=1e-12)


def test_symmetric_postures_need_no_twist():
    postures = [Posture(), Posture(flexion_deg=40.0, pelvic_tilt_deg=20.0)]
    solution = solve_batch(MODEL, SUBJECTS["healthy"], postures, Load(mass_kg=5.0))
    assert np.abs(solution.rotation_deg[..., 2]).max() < 1e-7


def assert_in_equilibrium(solution):
    solved = solution.status == CONVERGED
    worst = [getattr(solution, name)[solved].max() for name in ("residual_force_N", "residual_moment_Nm", "kkt", "unmet_moment_Nm")]
    print(np.bincount(solution.status), worst)
    assert worst[0] <= 1e-6
    assert worst[1] <= 1e-6
    assert worst[2] <= 1e-8
    assert worst[3] == 0.0


@pytest.mark.parametrize("kind", [daily_state, busy_state])
@pytest.mark.parametrize(("exponent", "count"), [(2.0, 2000), (3.0, 300), (math.inf, 60)])
def test_the_daily_box_is_solved(kind, exponent, count):
    """Within the validated range no case is left without an answer, and hardly any lacks strength."""
    postures, loads = many(kind, np.random.default_rng(82), count)
    solution = solve_batch(MODEL, SUBJECTS["healthy"], postures, loads, exponent)
    assert solution.validated.all()
    assert np.isin(solution.status, (CONVERGED, STRENGTH_EXCEEDED)).all()
    assert (solution.status == STRENGTH_EXCEEDED).mean() < 0.01
    assert_in_equilibrium(solution)


@pytest.mark.parametrize(("exponent", "count"), [(2.0, 300), (3.0, 100), (math.inf, 100)])
def test_supports_carry_and_all_converges(exponent, count):
    """Back rest, elbow rest and arm rests, also two together; a support that is not there carries nothing."""
    postures, loads = many(seated_state, np.random.default_rng(86), count)
    solution = solve_batch(MODEL, SUBJECTS["healthy"], postures, loads, exponent)
    assert (solution.status == CONVERGED).all()
    assert_in_equilibrium(solution)
    present = np.array([[name in p.support for name in solution.contacts] for p in postures])
    print(solution.support_force_N.max(axis=0))
    assert (solution.support_force_N >= 0.0).all()
    assert not solution.support_force_N[~present].any()
    assert (solution.support_force_N.max(axis=0) > 10.0).all()
