"""Weights: the trunk's published shares, and their moments about every joint."""

from __future__ import annotations

import numpy as np
import pytest
from verification import numpy_spine
from verification.states import MODEL, any_state, daily_state, evaluate, many, pack, person, scratch, shifted, twists

from spinesim import Load, Posture, Subject, solve_batch
from spinesim.model.names import LEVELS


@pytest.mark.parametrize(
    "subject", [Subject(), Subject(mass_kg=54.0, stature_m=1.55, sex="female"), Subject(mass_kg=101.0, stature_m=1.88)]
)
def test_weight_above_two_joints_is_the_published_share(subject):
    postures = [Posture(), Posture(flexion_deg=30.0, pelvic_tilt_deg=10.0)]
    solution = solve_batch(MODEL, subject, postures, [Load(mass_kg=5.0)] * 2)
    weight = subject.mass_kg * 9.80665
    for level, share in (("L4-L5", 0.471), ("L5-S1", 0.497)):
        np.testing.assert_allclose(solution.weight_above_N[:, LEVELS.index(level)], share * weight, rtol=1e-9)


def test_all_masses_make_the_whole_person():
    spine = MODEL.pack(Subject(mass_kg=83.0))
    total = spine.body_mass.sum() + 2.0 * spine.arm_mass.sum() + 2.0 * spine.leg_mass
    np.testing.assert_allclose(total, 83.0, rtol=1e-9)


@pytest.mark.parametrize(("name", "kind"), [("healthy", daily_state), ("worn", any_state)])
def test_external_wrench_is_the_sum_of_weights_about_the_joint(name, kind):
    """A force rides on its body, so that its moment about a joint follows the translations of that body."""
    rng = np.random.default_rng(111)
    spine, w = person(name), scratch()
    postures, loads = many(kind, rng, 1000)
    given = pack(postures, loads)
    given.gravity[:] = (0.0, -1.0, 0.0, 1.0)
    given.motion, given.armrest = 0.0, 0.0
    worst = 0.0
    for row in range(len(postures)):
        x, twist = shifted(spine, rng), twists(rng)
        evaluate(spine, given[row], x, w, twist)
        at_rest, pose = (numpy_spine.pose_of(spine, postures[row], place, twist) for place in (spine.settled, x))
        forces = [
            (b, f, p - at_rest.shift[b] + pose.shift[b]) for b, f, p in numpy_spine.external(spine, postures[row], loads[row], at_rest)
        ]
        for j in range(6):
            above = [(f, np.cross(p - pose.centre[j], f)) for b, f, p in forces if b > j]
            force, moment = (pose.frame[j].T @ np.sum(part, axis=0) for part in zip(*above, strict=True))
            worst = max(worst, np.abs(force - w.load_force[j]).max() / 500.0, np.abs(moment - w.load_moment[j]).max() / 50.0)
    print(name, worst)
    assert worst < 1e-11
