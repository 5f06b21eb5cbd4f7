"""Discs, ligaments and facets derive from a potential: force and couple are its gradient, stiffness their derivative."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from verification.states import person, scratch

from spinesim.mechanics import joint, rotations

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
