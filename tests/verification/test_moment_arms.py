"""A moment arm is minus the derivative of length by angle, and a force column minus that by translation."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation
from verification.states import MUSCLES, TOPOLOGY, any_state, evaluate, many, pack, person, scratch, shifted, twists, unit_columns

from spinesim.model.layout import MOMENTS, RIGID_LENGTH

STATES = 1000  # a random joint and a random axis of each, and one hip
TURN = 1e-4
STEP = 1e-6
FIVE_POINTS = ((-2, 1 / 12), (-1, -8 / 12), (1, 8 / 12), (2, -1 / 12))


def turn_bodies(w, bodies, centre, vector):
    """Turn bodies rigidly about a point of the global frame."""
    turn = Rotation.from_rotvec(vector).as_matrix()
    w.rotation[bodies] = turn @ w.rotation[bodies]
    w.shift[bodies] = centre + (w.shift[bodies] - centre) @ turn.T


TAIL, HEAD, START = (np.asarray(part) for part in (TOPOLOGY.segment_tail, TOPOLOGY.segment_head, TOPOLOGY.segment_start))
BODY = np.asarray(TOPOLOGY.point_body)


def lengths(spine, w):
    """Lengths of all fascicles (less their rigid pieces) and, last, of the abdominal strut."""
    point = w.shift[BODY] + np.einsum("pij,pj->pi", w.rotation[BODY], spine.point)
    strut = w.shift[:7] + np.einsum("bij,bj->bi", w.rotation[:7], spine.strut)
    until = np.r_[0.0, np.cumsum(np.linalg.norm(point[HEAD] - point[TAIL], axis=1))]
    return np.r_[until[START[1:]] - until[START[:-1]], np.linalg.norm(np.diff(strut, axis=0), axis=1).sum()]


def slope(spine, w, rotation, shift, step, move):
    """Derivative of all lengths along ``move``, which displaces the bodies by the given amount."""
    total = 0.0
    for k, weight in FIVE_POINTS:
        w.rotation[:], w.shift[:] = rotation, shift
        move(k * step)
        total = total + weight / step * lengths(spine, w)
    return total


def test_columns_are_minus_the_derivatives_of_length():
    rng = np.random.default_rng(41)
    spine, w = person("worn"), scratch()
    postures, loads = many(any_state, rng, STATES)
    given = pack(postures, loads)
    worst = dict.fromkeys(("moment", "force", "hip"), 0.0)
    for row in range(STATES):
        evaluate(spine, given[row], shifted(spine, rng), w, twists(rng))
        rotation, shift = w.rotation.copy(), w.shift.copy()
        given_length = np.r_[w.length[:MUSCLES] - spine.fascicle[:, RIGID_LENGTH], 0.0]
        assert np.abs(lengths(spine, w) - given_length)[:-1].max() < 1e-12
        pulls = unit_columns(spine, w)
        moment, force = np.vstack([pulls[0], -w.strut_moment]), np.vstack([pulls[1], -w.strut_force])

        j, axis, side = rng.integers(6), rng.integers(3), rng.integers(2)
        above, direction = np.arange(j + 1, 7), w.disc_frame[j, :, axis].copy()
        change = slope(spine, w, rotation, shift, TURN, lambda t, a=above, j=j, d=direction: turn_bodies(w, a, w.joint[j], t * d))
        worst["moment"] = max(worst["moment"], np.abs(change + moment[:, 4 + 3 * j + axis]).max() / np.abs(moment).max())

        def translate(t, above=above, direction=direction):
            w.shift[above] += t * direction

        change = slope(spine, w, rotation, shift, STEP, translate)
        worst["force"] = max(worst["force"], np.abs(change + force[:, 3 * j + axis]).max() / np.abs(force).max())

        # The pelvis and all that it carries, with the other leg, turns over this leg.
        bodies = np.array([*range(7), 8 - side, 10 - side])
        for hip_row, local in ((2 * side, 2), (2 * side + 1, 0)):
            direction = rotation[0, :, local].copy()
            change = slope(spine, w, rotation, shift, TURN, lambda t, b=bodies, s=side, d=direction: turn_bodies(w, b, w.hip[s], t * d))
            worst["hip"] = max(worst["hip"], np.abs(change[:-1] + moment[:-1, hip_row]).max() / np.abs(moment).max())
    print(worst)
    assert max(worst.values()) < 1e-7, worst


def test_the_columns_cover_every_joint_that_a_path_crosses():
    """Moments that the topology leaves out of a column's range are those where the muscle has no lever."""
    rng = np.random.default_rng(42)
    spine, w = person(), scratch()
    evaluate(spine, pack(*many(any_state, rng, 1))[0], spine.settled, w, twists(rng))
    rows = np.arange(MOMENTS)
    outside = (rows < TOPOLOGY.moment_low[:, None]) | (rows >= TOPOLOGY.moment_high[:, None])
    rotation, shift = w.rotation.copy(), w.shift.copy()
    for j in range(6):
        for axis in range(3):
            direction = w.disc_frame[j, :, axis].copy()
            above = np.arange(j + 1, 7)
            change = slope(spine, w, rotation, shift, TURN, lambda t, a=above, j=j, d=direction: turn_bodies(w, a, w.joint[j], t * d))
            assert np.abs(change[:-1][outside[:MUSCLES, 4 + 3 * j + axis]]).max(initial=0.0) < 1e-9
