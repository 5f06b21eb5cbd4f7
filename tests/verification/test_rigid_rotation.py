"""Nothing but relative directions counts: turning body, loads and gravity together changes no load."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation
from verification.states import (
    MUSCLES,
    TOPOLOGY,
    copy_of,
    evaluate,
    largest_error,
    many,
    pack,
    person,
    rising_state,
    scratch,
    shifted,
    twists,
)

from spinesim.mechanics import kinematics
from spinesim.solver import balance

STATES = 1000
PARTS = (
    "target",
    "active_moment",
    "active_free",
    "length",
    "joint_force",
    "joint_moment",
    "load_force",
    "load_moment",
    "passive_force",
    "hip_demand",
)


def worst_difference(a, b, columns):
    """Largest relative difference of what the equations are made of; columns beyond ``columns`` are left out."""
    cut = {"active_moment": columns, "active_free": columns}
    return max(largest_error(getattr(b, n)[: cut.get(n)], getattr(a, n)[: cut.get(n)]) for n in PARTS if np.abs(getattr(a, n)).max() > 1e-9)


def test_turning_about_the_vertical_changes_nothing():
    rng = np.random.default_rng(21)
    spine, a, b = person(), scratch(), scratch()
    postures, loads = many(rising_state, rng, STATES)
    given = pack(postures, loads)
    given.gravity[:, :3] = (0.0, -1.0, 0.0)
    turned = given.copy()
    angles = rng.uniform(-np.pi, np.pi, STATES)
    turned.pelvis[:, 2] += angles
    turns = Rotation.from_rotvec(angles[:, None] * [0.0, 1.0, 0.0]).as_matrix()
    turned.hand_force = np.einsum("nij,nsj->nsi", turns, given.hand_force)
    worst = 0.0
    for row in range(STATES):
        x, twist = shifted(spine, rng), twists(rng)
        evaluate(spine, given[row], x, a, twist)
        evaluate(spine, turned[row], x, b, twist)
        worst = max(worst, worst_difference(a, b, MUSCLES + 3))
    print(worst)
    assert worst < 1e-10


def evaluate_turned(spine, case, turn, x, twist, w):
    """As ``evaluate``, with pelvis and legs turned by the matrix ``turn`` before the spine is put on them and any force is placed."""
    case = np.array([case], case.dtype).view(np.recarray)[0]
    balance.set_up(spine, TOPOLOGY, case, w)
    kinematics.prescribe(spine, case.pelvis, case.lumbar, case.legs, w)
    w.rotation[:] = turn @ w.rotation
    w.shift[:] = w.shift @ turn.T
    w.hip[:] = w.hip @ turn.T
    case.gravity[:3] = turn @ case.gravity[:3]
    w.translation[:] = x
    w.twist[:] = twist
    balance.evaluate(spine, TOPOLOGY, case, True, w)


def test_turning_gravity_too_changes_nothing():
    """Arms follow the vertical, so that they weigh nothing here and hands are empty."""
    rng = np.random.default_rng(22)
    spine, a, b = copy_of(person("worn")), scratch(), scratch()
    spine.arm_mass[:] = 0.0
    postures, loads = many(rising_state, rng, STATES)
    given = pack(postures, loads)
    given.hand_mass, given.hand_force, given.armrest = 0.0, 0.0, 0.0
    worst = 0.0
    for row in range(STATES):
        x, twist, turn = shifted(spine, rng), twists(rng), Rotation.random(random_state=rng).as_matrix()
        evaluate(spine, given[row], x, a, twist)
        evaluate_turned(spine, given[row], turn, x, twist, b)
        worst = max(worst, worst_difference(a, b, MUSCLES))
    print(worst)
    assert worst < 1e-10
