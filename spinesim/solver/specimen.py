"""The spine without muscles on a bench: joints with all six degrees of freedom under moments, follower load and shear.

The same joints as in the living spine, balanced one above the other: a pure moment is the same at every level, and a
follower load goes through every disc, so that a joint needs to know of the others only how the one below it is turned.
"""

from __future__ import annotations

import math

from spinesim.mechanics import joint
from spinesim.mechanics.jit import kernel
from spinesim.mechanics.linear import cholesky, solve_pivoted
from spinesim.mechanics.rotations import apply, apply_transposed, half_rotation, multiply
from spinesim.model.layout import JOINT_COUNT

TOLERANCE = 1e-7  # N, and N over the length below for moments
LENGTH = 0.03  # m: makes rotations and translations alike
MAX_SHIFT, MAX_TURN = 1e-3, 0.05  # m, rad a step
MAX_NEWTON = 60
HALVINGS = 12
STEP = 1e-6  # rad, of the forward differences
DOF = 6


@kernel
def set_rotation(spine, j, w):
    """Everything of joint j that follows from its relative rotation ``w.relative[j]``."""
    half_rotation(w.relative[j], w.half[j], w.tan_quarter[j])
    joint.prepare(spine, j, w)
    multiply(w.rotation[j], spine.frame[j], w.m[1])
    multiply(w.m[1], w.half[j], w.disc_frame[j])


@kernel
def residual(spine, j, load, w, out):
    """Load less internal force and couple of joint j in its mid-plane frame, moments over ``LENGTH``.

    ``load``: follower force along the disc normal, three moments and three forces in the laboratory, and the couple at which
    the follower load is in balance.
    """
    set_rotation(spine, j, w)
    joint.passive_force(spine, j, w.translation[j], w)
    apply_transposed(w.disc_frame[j], load[1:4], w.v[3])
    apply_transposed(w.disc_frame[j], load[4:7], w.v[4])
    for i in range(3):
        out[i] = w.v[4][i] - w.joint_force[j, i]
        out[3 + i] = (w.v[3][i] + load[7 + i] - w.joint_moment[j, i]) / LENGTH
    out[1] -= load[0]


@kernel
def turn(j, step, w):
    """Turn the upper vertebra by the vector ``step`` (rad, mid-plane frame)."""
    local, q = w.v[5], w.m[1]
    apply(w.half[j], step, local)
    angle = math.sqrt(local[0] * local[0] + local[1] * local[1] + local[2] * local[2])
    sine = math.sin(angle) / angle if angle > 1e-9 else 1.0
    versine = (1.0 - math.cos(angle)) / (angle * angle) if angle > 1e-9 else 0.5
    x, y, z = local[0], local[1], local[2]
    q[0, 0], q[0, 1], q[0, 2] = 1.0 - versine * (y * y + z * z), versine * x * y - sine * z, versine * x * z + sine * y
    q[1, 0], q[1, 1], q[1, 2] = versine * x * y + sine * z, 1.0 - versine * (x * x + z * z), versine * y * z - sine * x
    q[2, 0], q[2, 1], q[2, 2] = versine * x * z - sine * y, versine * y * z + sine * x, 1.0 - versine * (x * x + y * y)
    multiply(q, w.relative[j], w.m[2])
    for i in range(3):
        for k in range(3):
            w.relative[j, i, k] = w.m[2][i, k]


@kernel
def tangent(spine, j, load, bench, w):
    """``bench.jacobian``: minus the derivative of the residual, translations by the joint's stiffness, rotations by differences."""
    for i in range(3):
        for k in range(3):
            bench.jacobian[i, k] = w.joint_stiffness[j, i, k]
            bench.jacobian[3 + i, k] = w.moment_rate[j, i, k] / LENGTH
            bench.kept[i, k] = w.relative[j, i, k]
    for axis in range(3):
        for i in range(3):
            w.v[6][i] = STEP if i == axis else 0.0
        turn(j, w.v[6], w)
        residual(spine, j, load, w, bench.trial)
        for i in range(DOF):
            bench.jacobian[i, 3 + axis] = (bench.residual[i] - bench.trial[i]) / (STEP * LENGTH)
        _put_back(j, bench, w)
        set_rotation(spine, j, w)


@kernel
def _put_back(j, bench, w):
    for i in range(3):
        for k in range(3):
            w.relative[j, i, k] = bench.kept[i, k]


@kernel
def _largest(vector, count):
    largest = 0.0
    for i in range(count):
        largest = max(largest, abs(vector[i]))
    return largest


@kernel
def balance_joint(spine, j, load, count, bench, w):
    """Newton for one joint: ``count`` = 6, or 3 with rotations held. Returns success and whether the state is stable."""
    residual(spine, j, load, w, bench.residual)
    for _ in range(MAX_NEWTON):
        size = _largest(bench.residual, count)
        tangent(spine, j, load, bench, w)
        if size < TOLERANCE:
            return True, _positive(count, bench)
        for i in range(count):
            bench.step[i] = bench.residual[i]
            for k in range(count):
                bench.matrix[i, k] = bench.jacobian[i, k]
        if not solve_pivoted(bench.matrix, count, bench.step):
            return False, False
        if not _advance(spine, j, load, count, size, bench, w):
            return False, False
    return False, False


@kernel
def _advance(spine, j, load, count, size, bench, w):
    """Take the step, halved until the residual does not grow."""
    shift = math.sqrt(bench.step[0] ** 2 + bench.step[1] ** 2 + bench.step[2] ** 2)
    angle = math.sqrt(bench.step[3] ** 2 + bench.step[4] ** 2 + bench.step[5] ** 2) / LENGTH if count == DOF else 0.0
    part = min(1.0, min(MAX_SHIFT / max(shift, 1e-15), MAX_TURN / max(angle, 1e-15)))
    for i in range(3):
        bench.start[i] = w.translation[j, i]
        for k in range(3):
            bench.kept[i, k] = w.relative[j, i, k]
    for _ in range(HALVINGS):
        for i in range(3):
            w.translation[j, i] = bench.start[i] + part * bench.step[i]
            w.v[6][i] = part * bench.step[3 + i] / LENGTH if count == DOF else 0.0
        turn(j, w.v[6], w)
        residual(spine, j, load, w, bench.trial)
        if _largest(bench.trial, count) < max(size, 1e-3):
            for i in range(DOF):
                bench.residual[i] = bench.trial[i]
            return True
        _put_back(j, bench, w)
        set_rotation(spine, j, w)
        part *= 0.5
    return False


@kernel
def _positive(count, bench):
    """True where the symmetric part of the tangent is positive definite: the pose is held by the tissue, not by luck."""
    for i in range(count):
        for k in range(count):
            bench.matrix[i, k] = 0.5 * (bench.jacobian[i, k] + bench.jacobian[k, i])
    return cholesky(bench.matrix, count)


@kernel
def balance_chain(spine, low, high, loads, count, bench, w):
    """Balance joints ``low`` to ``high - 1`` from below; each turns the base of the next. Returns success and stability."""
    stable = True
    for j in range(low, high):
        done, firm = balance_joint(spine, j, loads[j], count, bench, w)
        if not done:
            return False, False
        stable = stable and firm
        multiply(w.rotation[j], spine.frame[j], w.m[1])
        multiply(w.m[1], w.relative[j], w.m[2])
        for i in range(3):
            for k in range(3):
                w.m[1][i, k] = spine.frame[j, k, i]
        if j + 1 < JOINT_COUNT:
            multiply(w.m[2], w.m[1], w.rotation[j + 1])
    return True, stable
