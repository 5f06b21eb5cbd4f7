"""Stability is the second variation of the total potential: balance is its first, and a pendulum is solved by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import spinesim as ss
from spinesim.model.layout import BEND_X, BEND_Z, GRAVITY, TWIST_Y
from spinesim.solver import stability as module
from spinesim.solver.stability import COUNT, STEP, critical_gain, differentiate, potential, stability
from spinesim.solver.workspace import allocate

MODEL = ss.SpineModel.default()
MAN = ss.Subject()
STANDING = ss.Posture()


def solved(posture=STANDING, load=None, subject=MAN, gain=None):
    load = load or ss.Load()
    return stability(MODEL, subject, posture, load, ss.solve(MODEL, subject, posture, load), gain)


def captured(monkeypatch, posture, load):
    """Arguments with which the second variation of a case is made."""
    found = {}

    def spy(*args):
        found["args"] = args
        return differentiate(*args)

    monkeypatch.setattr(module, "differentiate", spy)
    solved(posture, load)
    return found["args"]


@pytest.mark.parametrize(
    ("name", "load"),
    [("standing", ss.Load()), ("lift_stoop", ss.Load(mass_kg=10.0)), ("lateral_bent_20", ss.Load()), ("rotated_15", ss.Load()),
     ("hold_close", ss.Load(mass_kg=15.0, hands="right")), ("backpack", ss.Load(backpack_kg=12.0))],
)  # fmt: skip
def test_the_potential_is_level_where_the_solver_found_balance(monkeypatch, name, load):
    """Its slope in all 36 directions is what forces and moments leave, with weights and pulls gathered once more."""
    spine, topology, q, *pose, lengths, step, _, _, w = captured(monkeypatch, ss.preset(name), load)
    at = (*pose, lengths[0])
    slope = np.zeros(COUNT)
    for k in range(COUNT):
        ends = []
        for sign in (-1.0, 1.0):
            q[k] = sign * step[k]
            ends.append(potential(spine, topology, q, at, lengths[1], w))
            q[k] = 0.0
        slope[k] = (ends[1] - ends[0]) / (2.0 * step[k])
    slope = slope.reshape(6, 6)
    assert np.abs(slope[:, :3]).max() < 1e-2  # N, of thousands
    # Bodies follow the discs from the settled translation s, tissues from zero: a couple of half s x F is left, below 1 N m.
    potential(spine, topology, np.zeros(COUNT), at, lengths[1], w)
    solution = ss.solve(MODEL, MAN, ss.preset(name), load)
    force = np.stack([solution.anterior_shear_N, -solution.compression_N, solution.lateral_shear_N], axis=1)[::-1]
    couple = 0.5 * np.cross(spine.settled, force)
    wanted = np.array([w.half[j] @ (couple[j] + np.cross(w.tan_quarter[j], couple[j])) for j in range(6)])
    np.testing.assert_allclose(slope[:, 3:], wanted, atol=2e-4)


def pendulum(stiffness, mass, height):
    """A mass on one hinge: all joints but L5-S1 stiff, and no muscles."""
    spine, topology = MODEL.pack(MAN), MODEL.topology
    w = allocate(spine, topology)
    for name in ("strand_law", "facet_stiffness", "tip_law", "height_loss", "body_mass", "arm_mass"):
        spine[name][...] = 0.0
    spine.strand_law[..., 1:] = 1.0
    spine.tip_law[..., 2] = spine.facet_smoothing[:] = 1.0
    spine.disc_zero[:] = np.eye(3)
    spine.frame[:] = np.eye(3)
    spine.centre[:] = [[0.0, 0.03 * j, 0.0] for j in range(6)]
    for j in range(6):
        law = spine.disc[j]
        law[:] = 0.0
        law[0], law[1] = 0.01, 1e5  # height, axial energy
        law[3:5] = 10.0, 0.1
        law[5:7] = 1e9
        law[[BEND_X, TWIST_Y, BEND_Z]] = stiffness if j == 0 else 1e9
        law[14:16] = 1.0
    w.rotation[:] = np.eye(3)
    w.shift[:] = 0.0
    return spine, topology, w, np.array([6]), np.array([[0.0, height, 0.0]]), np.array([[0.0, -mass * GRAVITY, 0.0]])


@pytest.mark.parametrize(("stiffness", "mass", "height"), [(300.0, 40.0, 0.4), (100.0, 40.0, 0.4), (57.3, 12.0, 0.9)])
def test_an_inverted_pendulum_solved_by_hand(stiffness, mass, height):
    """K - m g h about each level axis, and K about the vertical one."""
    spine, topology, w, bodies, places, forces = pendulum(stiffness, mass, height)
    spine.settled[:] = 0.0
    count = len(spine.fascicle)
    lengths, hessian, slopes = np.zeros((3, count)), np.zeros((COUNT, COUNT)), np.zeros((count, COUNT))
    pose = np.tile(np.eye(3), (6, 1, 1)), np.zeros((6, 3))
    differentiate(
        spine, topology, np.zeros(COUNT), *pose, np.zeros(count), 0.0, bodies, places, forces, lengths, STEP, hessian, slopes, w
    )  # fmt: skip
    tipping = stiffness - mass * GRAVITY * height
    found = np.linalg.eigvalsh(module._spectrum(hessian)[0])[:3]
    np.testing.assert_allclose(sorted(found), sorted([tipping, tipping, stiffness]), rtol=2e-3, atol=0.2)
    # Two strings on either side with short-range stiffness g F / L at the arm r add 2 g F r^2 / L.
    arm, force, length = 0.05, 80.0, 0.12
    pull = np.zeros((COUNT, COUNT))
    pull[[3, 5], [3, 5]] = 2.0 * force / length * arm**2
    wanted = max(0.0, -tipping / pull[3, 3])
    assert critical_gain(hessian, pull) == pytest.approx(wanted, rel=5e-3, abs=1e-9)


def test_gain_stiffens_and_the_critical_one_is_where_it_tips():
    """At the critical gain the smallest eigenvalue passes through zero."""
    load = ss.Load(mass_kg=10.0)
    posture = ss.preset("hold_close")
    found = solved(posture, load)
    values = [solved(posture, load, gain=g).eigenvalue_Nm_rad for g in (0.0, 5.0, 10.0, 20.0)]
    assert values == sorted(values)
    assert found.gain == 10.0
    if found.critical_gain > 0.0:
        assert solved(posture, load, gain=0.98 * found.critical_gain).eigenvalue_Nm_rad <= 0.0
    assert solved(posture, load, gain=1.02 * found.critical_gain + 1e-6).stable


def test_critical_gain_of_matrices_solved_by_hand():
    assert critical_gain(np.diag([3.0, 1.0]), np.diag([1.0, 0.0])) == 0.0
    assert critical_gain(np.diag([-6.0, 1.0]), np.diag([2.0, 0.0])) == pytest.approx(3.0, rel=2e-3)
    assert critical_gain(np.diag([-6.0, -1.0]), np.diag([2.0, 0.0])) == np.inf


def test_co_contraction_stabilises_and_weight_does_not():
    """More antagonist activation stiffens; a load on the shoulders without more muscle cannot."""
    calm = solved()
    braced = replace(MAN, min_activation={"rectus_abdominis": 0.1, "external_oblique": 0.1, "internal_oblique": 0.1})
    assert solved(subject=braced).eigenvalue_Nm_rad > calm.eigenvalue_Nm_rad


def test_a_mirror_image_is_as_stable():
    left, right = (solved(ss.preset("hold_close"), ss.Load(mass_kg=8.0, hands=hand)) for hand in ("left", "right"))
    assert left.eigenvalue_Nm_rad == pytest.approx(right.eigenvalue_Nm_rad, rel=1e-3)
    assert left.critical_gain == pytest.approx(right.critical_gain, rel=5e-3)


def test_what_has_no_potential_is_refused():
    solution = ss.solve(MODEL, MAN, STANDING, ss.Load())
    with pytest.raises(ValueError, match="the posture moves"):
        stability(MODEL, MAN, replace(STANDING, flexion_rate_deg_s=5.0), ss.Load(), solution)
    with pytest.raises(ValueError, match="negative"):
        stability(MODEL, MAN, STANDING, ss.Load(), solution, gain=-1.0)
    with pytest.raises(ValueError, match="single converged"):
        stability(MODEL, MAN, STANDING, ss.Load(), ss.solve_batch(MODEL, MAN, STANDING, ss.Load()))
