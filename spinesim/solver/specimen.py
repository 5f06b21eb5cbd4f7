"""The spine without muscles on a bench: a chain of joints with all six degrees of freedom, held at its lowest vertebra.

Loads are a follower load (along every disc's normal), a pure moment, and a dead force at the centre of the uppermost disc.
The force has another lever about every joint, and the levers move, so the whole chain is one system of equations.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from spinesim.mechanics import joint
from spinesim.mechanics.jit import kernel
from spinesim.mechanics.linear import cholesky, solve_pivoted
from spinesim.mechanics.rotations import apply, apply_transposed, cross, half_rotation, multiply, multiply_by_transposed, vector_rotation
from spinesim.model.layout import JOINT_COUNT

TOLERANCE = 1e-7  # N, and N over the length below for moments
LENGTH = 0.03  # m: makes rotations and translations alike
MAX_SHIFT, MAX_TURN = 1e-3, 0.05  # m, rad a step
MAX_NEWTON = 60
HALVINGS = 12
SHIFT_STEP, TURN_STEP = 1e-8, 1e-6  # m, rad, of the forward differences
DOF = 6
BALANCED, UNSTABLE, LOST = range(3)


def scratch() -> Any:
    """Scratch record of the bench: what is applied, and Newton's method.

    ``applied``: follower force, three moments and three forces in the laboratory. ``couple``: moment that holds each joint
    against the follower load alone, mid-plane frame.
    """
    whole = DOF * JOINT_COUNT
    shapes = {
        "applied": (7,),
        "couple": (JOINT_COUNT, 3),
        "upper_centre": (JOINT_COUNT, 3),
        "jacobian": (whole, whole),
        "matrix": (whole, whole),
        **dict.fromkeys(("residual", "trial", "step"), (whole,)),
        "kept_relative": (JOINT_COUNT, 3, 3),
        "kept_translation": (JOINT_COUNT, 3),
        **dict.fromkeys(("lever", "force", "moment"), (3,)),
    }
    return np.zeros(1, np.dtype([(n, "f8", s) for n, s in shapes.items()], align=True)).view(np.recarray)[0]


@kernel
def tissue(spine, j, w):
    """Internal force and couple of joint j in its present pose."""
    half_rotation(w.relative[j], w.half[j], w.tan_quarter[j])
    joint.prepare(spine, j, w)
    joint.passive_force(spine, j, w.translation[j], w)


@kernel
def place(spine, low, high, bench, w):
    """Bodies and discs in the laboratory, from the lowest vertebra up.

    ``bench.upper_centre`` is the point about which the joint's couple is counted; lost height lies above it, in the vertebra.
    """
    for j in range(low, high):
        multiply(w.rotation[j], spine.frame[j], w.m[1])
        multiply(w.m[1], w.half[j], w.disc_frame[j])
        apply(w.disc_frame[j], w.translation[j], bench.upper_centre[j])
        if j > low:
            for i in range(3):
                w.v[1][i] = spine.centre[j, i] - spine.centre[j - 1, i] - spine.height_loss[j - 1] * spine.frame[j - 1, i, 1]
            apply(w.rotation[j], w.v[1], w.v[2])
            for i in range(3):
                bench.upper_centre[j, i] += bench.upper_centre[j - 1, i] + w.v[2][i]
        if j + 1 < JOINT_COUNT:
            multiply(w.m[1], w.relative[j], w.m[2])
            multiply_by_transposed(w.m[2], spine.frame[j], w.rotation[j + 1])


@kernel
def imbalance(spine, low, high, bench, w, out):
    """Load less internal force and couple of every joint, mid-plane frames, moments over ``LENGTH``; internal ones as they stand."""
    place(spine, low, high, bench, w)
    for j in range(low, high):
        row = DOF * (j - low)
        for i in range(3):
            bench.lever[i] = bench.upper_centre[high - 1, i] - bench.upper_centre[j, i]
        cross(bench.lever, bench.applied[4:7], bench.moment)
        for i in range(3):
            bench.moment[i] += bench.applied[1 + i]
        apply_transposed(w.disc_frame[j], bench.moment, w.v[3])
        apply_transposed(w.disc_frame[j], bench.applied[4:7], w.v[4])
        for i in range(3):
            out[row + i] = w.v[4][i] - w.joint_force[j, i]
            out[row + 3 + i] = (w.v[3][i] + bench.couple[j, i] - w.joint_moment[j, i]) / LENGTH
        out[row + 1] -= bench.applied[0]


@kernel
def turn(j, step, w):
    """Turn the upper vertebra by the vector ``step`` (rad, mid-plane frame)."""
    local, q = w.v[5], w.m[1]
    apply(w.half[j], step, local)
    vector_rotation(local[0], local[1], local[2], q)
    multiply(q, w.relative[j], w.m[2])
    for i in range(3):
        for k in range(3):
            w.relative[j, i, k] = w.m[2][i, k]


@kernel
def tangent(spine, low, high, rows, bench, w):
    """``bench.jacobian``: minus the derivative of the imbalance, ``rows`` unknowns a joint, by forward differences."""
    count = rows * (high - low)
    for j in range(low, high):
        _keep(j, bench, w)
        for axis in range(rows):
            for i in range(3):
                w.v[6][i] = 0.0
            if axis < 3:
                w.translation[j, axis] += SHIFT_STEP
                scale = SHIFT_STEP
            else:
                w.v[6][axis - 3] = TURN_STEP
                turn(j, w.v[6], w)
                scale = TURN_STEP * LENGTH
            tissue(spine, j, w)
            imbalance(spine, low, high, bench, w, bench.trial)
            column = rows * (j - low) + axis
            for i in range(count):
                k = DOF * (i // rows) + i % rows
                bench.jacobian[i, column] = (bench.residual[k] - bench.trial[k]) / scale
            _put_back(j, bench, w)
            tissue(spine, j, w)
    place(spine, low, high, bench, w)


@kernel
def _keep(j, bench, w):
    for i in range(3):
        bench.kept_translation[j, i] = w.translation[j, i]
        for k in range(3):
            bench.kept_relative[j, i, k] = w.relative[j, i, k]


@kernel
def _put_back(j, bench, w):
    for i in range(3):
        w.translation[j, i] = bench.kept_translation[j, i]
        for k in range(3):
            w.relative[j, i, k] = bench.kept_relative[j, i, k]


@kernel
def _largest(vector, joints, rows):
    largest = 0.0
    for j in range(joints):
        for i in range(rows):
            # Written so that NaN is large.
            if not abs(vector[DOF * j + i]) <= largest:
                largest = abs(vector[DOF * j + i])
    return largest


@kernel
def balance(spine, low, high, rows, bench, w):
    """Newton's method for joints ``low`` to ``high - 1``: ``rows`` = 6, or 3 with rotations held.

    Returns ``BALANCED``; ``UNSTABLE`` where the load would run away from the balance that was found; ``LOST`` without one.
    """
    count = rows * (high - low)
    for j in range(low, high):
        tissue(spine, j, w)
    imbalance(spine, low, high, bench, w, bench.residual)
    for _ in range(MAX_NEWTON):
        size = _largest(bench.residual, high - low, rows)
        tangent(spine, low, high, rows, bench, w)
        if size < TOLERANCE:
            return BALANCED if _stable(count, bench) else UNSTABLE
        for i in range(count):
            bench.step[i] = bench.residual[DOF * (i // rows) + i % rows]
            for k in range(count):
                bench.matrix[i, k] = bench.jacobian[i, k]
        if not solve_pivoted(bench.matrix, count, bench.step):
            return LOST
        if not _advance(spine, low, high, rows, size, bench, w):
            return LOST
    return LOST


@kernel
def _advance(spine, low, high, rows, size, bench, w):
    """Take the step, halved until the imbalance does not grow."""
    part = 1.0
    for j in range(low, high):
        _keep(j, bench, w)
        s = bench.step[rows * (j - low) : rows * (j - low) + rows]
        part = min(part, MAX_SHIFT / max(math.sqrt(s[0] ** 2 + s[1] ** 2 + s[2] ** 2), 1e-15))
        if rows == DOF:
            part = min(part, MAX_TURN / max(math.sqrt(s[3] ** 2 + s[4] ** 2 + s[5] ** 2) / LENGTH, 1e-15))
    for _ in range(HALVINGS):
        for j in range(low, high):
            s = bench.step[rows * (j - low) : rows * (j - low) + rows]
            for i in range(3):
                w.translation[j, i] = bench.kept_translation[j, i] + part * s[i]
                w.v[6][i] = part * s[3 + i] / LENGTH if rows == DOF else 0.0
            if rows == DOF:
                turn(j, w.v[6], w)
            tissue(spine, j, w)
        imbalance(spine, low, high, bench, w, bench.trial)
        if _largest(bench.trial, high - low, rows) < max(size, 1e-3):
            for i in range(DOF * (high - low)):
                bench.residual[i] = bench.trial[i]
            return True
        for j in range(low, high):
            _put_back(j, bench, w)
            half_rotation(w.relative[j], w.half[j], w.tan_quarter[j])
        part *= 0.5
    return False


@kernel
def _stable(count, bench):
    """True where the symmetric part of the tangent is positive definite: the pose is held by the tissue, not by luck."""
    for i in range(count):
        for k in range(count):
            bench.matrix[i, k] = 0.5 * (bench.jacobian[i, k] + bench.jacobian[k, i])
    return cholesky(bench.matrix, count)
