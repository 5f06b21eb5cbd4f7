"""Discs, ligaments and facets derive from a potential: force and couple are its gradient, stiffness their derivative."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from verification.states import MODEL, any_state, evaluate, largest_error, many, pack, person, scratch, shifted, twists

from spinesim import Subject
from spinesim.mechanics import joint, kinematics, rotations
from spinesim.model.names import JOINTS

STATES = 170  # for each of six joints
STEP = 5e-8  # m, well below the facets' smoothing
TURN = 2e-6  # rad
FIVE_POINTS = ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12))


def set_rotation(spine, j, turn, w):
    """Let the upper disc face of joint j be turned by ``turn`` against the lower one."""
    w.relative[j] = turn
    rotations.half_rotation(w.relative[j], w.half[j], w.tan_quarter[j])
    joint.prepare(spine, j, w)


def gradient(function, step):
    return np.array([sum(weight * function(k * step * axis) for k, weight in FIVE_POINTS) / step for axis in np.eye(3)])


@pytest.mark.parametrize("name", ["healthy", "worn"])
def test_force_couple_and_stiffness_are_derivatives_of_the_energy(name):
    rng = np.random.default_rng(31)
    spine, w, v = person(name), scratch(), scratch()
    worst = dict.fromkeys(("force", "couple", "stiffness", "moment rate"), 0.0)
    for j in np.repeat(np.arange(6), STATES):
        axis = rng.normal(size=3)
        turn = Rotation.from_rotvec(axis / np.linalg.norm(axis) * np.radians(rng.uniform(0, 15))).as_matrix()
        x = rng.uniform(-2e-3, 2e-3, 3)
        set_rotation(spine, j, turn, w)
        joint.passive_force(spine, j, x, w)
        force, moment, stiffness, rate = (np.array(part[j]) for part in (w.joint_force, w.joint_moment, w.joint_stiffness, w.moment_rate))
        half = w.half[j].copy()

        def turned(increment, j=j, turn=turn, x=x, half=half):
            """Energy after a small turn of the upper vertebra about the upper disc centre, which stays where it is."""
            set_rotation(spine, j, Rotation.from_rotvec(half @ increment).as_matrix() @ turn, v)
            return joint.passive_energy(spine, j, v.half[j].T @ half @ x, v)

        def moved(increment, j=j, x=x):
            joint.passive_force(spine, j, x + increment, w)
            return np.concatenate([w.joint_force[j], w.joint_moment[j]])

        def energy(increment, j=j, x=x):
            return joint.passive_energy(spine, j, x + increment, w)

        slopes = gradient(moved, STEP)
        errors = {
            "force": np.abs(gradient(energy, STEP) - force).max() / np.abs(force).max(),
            "couple": np.abs(gradient(turned, TURN) - moment).max() / np.abs(moment).max(),
            "stiffness": np.abs(slopes[:, :3] - stiffness).max() / np.abs(stiffness).max(),
            "moment rate": np.abs(slopes[:, 3:].T - rate).max() / np.abs(rate).max(),
        }
        worst = {key: max(worst[key], error) for key, error in errors.items()}
    print(worst)
    assert worst["force"] < 1e-6, worst
    assert worst["couple"] < 1e-6, worst
    assert worst["stiffness"] < 1e-5, worst
    assert worst["moment rate"] < 1e-5, worst


def test_rates_by_twist_are_derivatives():
    """What the joints' Newton step takes for the change of force and couple with the twist about the mid-plane's normal."""
    rng = np.random.default_rng(32)
    spine, w, v = person("worn"), scratch(), scratch()
    given = pack(*many(any_state, rng, 100))
    worst = dict.fromkeys(("force", "couple"), 0.0)
    for case in given:
        x, twist = shifted(spine, rng), twists(rng)
        evaluate(spine, case, x, w, twist)
        evaluate(spine, case, x, v, twist)
        for j in range(6):

            def wrench(step, j=j, x=x, twist=twist):
                kinematics.turn_joint(j, twist[j] + step, v)
                joint.prepare(spine, j, v)
                joint.passive_force(spine, j, x[j], v)
                return np.concatenate([v.joint_force[j], v.joint_moment[j]])

            slope = sum(weight * wrench(k * TURN) for k, weight in FIVE_POINTS) / TURN
            worst["force"] = max(worst["force"], largest_error(w.twist_force[j], slope[:3]))
            worst["couple"] = max(worst["couple"], largest_error(w.twist_moment[j], slope[3:]))
    print(worst)
    assert max(worst.values()) < 2e-3, worst  # a one-sided difference


def test_a_grown_slip_moves_what_is_above_and_stresses_nothing():
    """Bodies above stand further along the mid-plane of the slipped joint, those below where they were; tissues are the same."""
    straight, slipped = MODEL.pack(Subject()), MODEL.pack(Subject(segment_slip_mm={"L4-L5": 6.0}))
    joint_of = JOINTS.index("L4-L5")
    step = 6e-3 * straight.frame[joint_of, :, 0]
    assert step[0] > 0.9 * 6e-3
    for name in ("frame", "disc", "disc_zero", "strand_lower", "strand_upper", "facet_origin", "facet_gap", "tip_point", "body_mass"):
        np.testing.assert_array_equal(slipped[name], straight[name], err_msg=name)
    above = np.arange(len(JOINTS)) > joint_of
    np.testing.assert_allclose(slipped.centre - straight.centre, above[:, None] * step, atol=1e-15)
    np.testing.assert_allclose(slipped.shoulder - straight.shoulder, np.broadcast_to(step, (2, 3)), atol=1e-15)
    np.testing.assert_array_equal(slipped.hip, straight.hip)
    moved = (MODEL.topology.point_body > joint_of)[:, None] & (MODEL.topology.point_body <= len(JOINTS))[:, None]
    np.testing.assert_allclose(slipped.point - straight.point, moved * step, atol=1e-15)


def test_a_grown_rotation_is_free_of_stress():
    """A segment that has grown turned carries there, but for its facets, what a straight one carries when straight."""
    grown = dict(zip(JOINTS, (3.0, -5.0, 6.0, -1.0, 2.0, 4.0), strict=True))
    straight, turned = MODEL.pack(Subject()), MODEL.pack(Subject(segment_rotation_deg=grown))
    for name in ("facet_normal", "facet_origin", "facet_point", "facet_gap", "tip_point", "tip_law", "offset"):
        np.testing.assert_array_equal(turned[name], straight[name], err_msg=name)
    for spine in (straight, turned):
        spine.facet_stiffness[:] = 0.0
        spine.tip_law[..., 1] = 0.0
    a, b = scratch(), scratch()
    for j, name in enumerate(JOINTS):
        set_rotation(straight, j, np.eye(3), a)
        set_rotation(turned, j, Rotation.from_rotvec([0.0, np.radians(grown[name]), 0.0]).as_matrix(), b)
        for height in (-1e-3, 0.0, 2e-3):
            x = np.array([0.0, height, 0.0])
            joint.passive_force(straight, j, x, a)
            joint.passive_force(turned, j, x, b)
            # The mid-plane frame is half way, so that the same state is seen turned by half.
            np.testing.assert_allclose(b.half[j] @ b.joint_force[j], a.joint_force[j], atol=1e-9)
            np.testing.assert_allclose(b.half[j] @ b.joint_moment[j], a.joint_moment[j], atol=1e-11)
            np.testing.assert_allclose(joint.passive_energy(turned, j, x, b), joint.passive_energy(straight, j, x, a), atol=1e-13)
