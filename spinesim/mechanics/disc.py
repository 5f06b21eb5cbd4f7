"""The disc: one potential of six displacements, stiffening under compression.

    s = -x_y / h                                          compression strain
    W = 1/2 vee(q - q^T) = axis sin(angle)                rotation measure of the relative rotation q
    Q = 1/2 (k_x x_x^2 + k_z x_z^2 + K_x W_x^2 + K_y W_y^2 + K_z W_z^2),   Q' = Q with K_y times eta
    E = 1/2 a0 s^2 + 1/2 a1 phi(s - s0)^2 + Q + 1/4 q_x W_x^4 + 1/4 q_z W_z^4 + 1/3 c_z W_z^3 + c X(s) B(Q')

phi is a ramp of width d, X = r / (1 + r / s_s) with r = phi(s) - d saturates with load, and
B = Q0 (sqrt(1 + 2 Q'/Q0) - 1) is quadratic for small displacements and linear beyond. A stiffening that did not
saturate would, by symmetry of the second derivatives, turn bending into hundreds of newtons of distraction.
"""

from __future__ import annotations

import math

from spinesim.mechanics.jit import kernel
from spinesim.mechanics.rotations import cross
from spinesim.model.layout import (
    AXIAL,
    AXIAL_TOE,
    BEND_X,
    BEND_Z,
    CUBIC_Z,
    DISC_HEIGHT,
    KNEE,
    QUARTIC_X,
    QUARTIC_Z,
    SATURATION,
    SHEAR_X,
    SHEAR_Z,
    STIFFENING,
    TOE_STRAIN,
    TOE_WIDTH,
    TWIST_SHARE,
    TWIST_Y,
)


@kernel
def ramp(u, width):
    """Smooth ``max(u, 0)`` and its first two derivatives."""
    root = math.sqrt(u * u + 4.0 * width * width)
    return 0.5 * (u + root), 0.5 * (1.0 + u / root), 2.0 * width * width / (root * root * root)


@kernel
def rotation_measure(q, out):
    """``out = 1/2 vee(q - q^T)``."""
    out[0] = 0.5 * (q[2, 1] - q[1, 2])
    out[1] = 0.5 * (q[0, 2] - q[2, 0])
    out[2] = 0.5 * (q[1, 0] - q[0, 1])


@kernel
def stiffening(law, s, quadratic):
    """``c X(s) B(Q')`` and its derivatives: value, d/ds, d2/ds2, d/dQ', d2/dQ'2, d2/(ds dQ')."""
    r, r1, r2 = ramp(s, law[TOE_WIDTH])
    r -= law[TOE_WIDTH]
    spread = 1.0 + r / law[SATURATION]
    x, x1 = r / spread, r1 / (spread * spread)
    x2 = r2 / (spread * spread) - 2.0 * r1 * r1 / (law[SATURATION] * spread * spread * spread)
    root = math.sqrt(1.0 + 2.0 * quadratic / law[KNEE])
    b, b1, b2 = law[KNEE] * (root - 1.0), 1.0 / root, -1.0 / (law[KNEE] * root * root * root)
    c = law[STIFFENING]
    return c * x * b, c * x1 * b, c * x2 * b, c * x * b1, c * x * b2, c * x1 * b1


@kernel
def energy(law, x, rotation):
    """Energy of the disc (J) at translation ``x`` (m) and rotation measure ``rotation``."""
    s = -x[1] / law[DISC_HEIGHT]
    toe = ramp(s - law[TOE_STRAIN], law[TOE_WIDTH])[0]
    wx, wy, wz = rotation[0], rotation[1], rotation[2]
    twist = 0.5 * law[TWIST_Y] * wy * wy
    rest = 0.5 * (law[SHEAR_X] * x[0] * x[0] + law[SHEAR_Z] * x[2] * x[2] + law[BEND_X] * wx * wx + law[BEND_Z] * wz * wz)
    higher = law[QUARTIC_X] * wx * wx * wx * wx / 4.0 + law[QUARTIC_Z] * wz * wz * wz * wz / 4.0 + law[CUBIC_Z] * wz * wz * wz / 3.0
    coupled = stiffening(law, s, rest + law[TWIST_SHARE] * twist)[0]
    return 0.5 * law[AXIAL_TOE] * s * s + 0.5 * law[AXIAL] * toe * toe + rest + twist + higher + coupled


@kernel
def forces(law, x, rotation, force, couple, stiffness, mixed):
    """Gradient and second derivatives of the disc's energy.

    ``force = dE/dx`` and ``couple = dE/dW``; ``stiffness = d2E/dx2``, ``mixed = d2E/(dW dx)``, both overwritten.
    """
    h = law[DISC_HEIGHT]
    s = -x[1] / h
    toe, toe1, toe2 = ramp(s - law[TOE_STRAIN], law[TOE_WIDTH])
    wx, wy, wz = rotation[0], rotation[1], rotation[2]
    qx, qz = law[SHEAR_X] * x[0], law[SHEAR_Z] * x[2]
    gx, gy, gz = law[BEND_X] * wx, law[TWIST_SHARE] * law[TWIST_Y] * wy, law[BEND_Z] * wz
    quadratic = 0.5 * (qx * x[0] + qz * x[2] + gx * wx + gy * wy + gz * wz)
    _, e_s, e_ss, e_q, e_qq, e_sq = stiffening(law, s, quadratic)

    axial = law[AXIAL_TOE] * s + law[AXIAL] * toe * toe1 + e_s
    force[0], force[1], force[2] = (1.0 + e_q) * qx, -axial / h, (1.0 + e_q) * qz
    couple[0] = (1.0 + e_q) * gx + law[QUARTIC_X] * wx * wx * wx
    couple[1] = law[TWIST_Y] * wy + e_q * gy
    couple[2] = (1.0 + e_q) * gz + law[QUARTIC_Z] * wz * wz * wz + law[CUBIC_Z] * wz * wz

    stiffness[0, 0] = (1.0 + e_q) * law[SHEAR_X] + e_qq * qx * qx
    stiffness[2, 2] = (1.0 + e_q) * law[SHEAR_Z] + e_qq * qz * qz
    stiffness[1, 1] = (law[AXIAL_TOE] + law[AXIAL] * (toe1 * toe1 + toe * toe2) + e_ss) / (h * h)
    stiffness[0, 2] = stiffness[2, 0] = e_qq * qx * qz
    stiffness[0, 1] = stiffness[1, 0] = -e_sq * qx / h
    stiffness[1, 2] = stiffness[2, 1] = -e_sq * qz / h
    for i in range(3):
        g = gx if i == 0 else (gy if i == 1 else gz)
        mixed[i, 0] = e_qq * g * qx
        mixed[i, 1] = -e_sq * g / h
        mixed[i, 2] = e_qq * g * qz


@kernel
def spatial_couple(j, x, force, couple, stiffness, mixed, moment, moment_rate, w):
    """The disc's couple about the upper disc centre in the mid-plane frame, and its derivative by ``x``.

    A spatial increment of the upper face turns the mid-plane by (1 + half)^-1 of it = 1/2 (1 - [t]x), with t the
    half's Cayley vector, and moves W by J = 1/2 (tr(q) 1 - q) half; so M = J^T dE/dW - 1/2 (1 + [t]x) (x x F).
    """
    q, h, t = w.strain[j], w.half[j], w.tan_quarter[j]
    trace = q[0, 0] + q[1, 1] + q[2, 2]
    jacobian = w.m[1]
    for i in range(3):
        for k in range(3):
            jacobian[i, k] = 0.5 * (trace * h[i, k] - q[i, 0] * h[0, k] - q[i, 1] * h[1, k] - q[i, 2] * h[2, k])
    arm, turned = w.v[1], w.v[2]
    cross(x, force, arm)
    cross(t, arm, turned)
    for i in range(3):
        moment[i] = jacobian[0, i] * couple[0] + jacobian[1, i] * couple[1] + jacobian[2, i] * couple[2]
        moment[i] -= 0.5 * (arm[i] + turned[i])
    column, first, second = w.v[3], w.v[4], w.v[5]
    for k in range(3):
        for i in range(3):
            column[i] = stiffness[i, k]
        cross(x, column, first)
        for i in range(3):
            column[i] = 1.0 if i == k else 0.0
        cross(column, force, second)
        for i in range(3):
            arm[i] = first[i] + second[i]
        cross(t, arm, turned)
        for i in range(3):
            moment_rate[i, k] = jacobian[0, i] * mixed[0, k] + jacobian[1, i] * mixed[1, k] + jacobian[2, i] * mixed[2, k]
            moment_rate[i, k] -= 0.5 * (arm[i] + turned[i])
