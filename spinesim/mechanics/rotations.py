"""Rotations and 3-vectors on plain arrays. Arrays go in and out; nothing is allocated."""

from __future__ import annotations

import math

from spinesim.mechanics.jit import kernel


@kernel
def multiply(a, b, out):
    """``out = a b`` for 3 x 3 matrices; ``out`` must be neither."""
    for i in range(3):
        for j in range(3):
            out[i, j] = a[i, 0] * b[0, j] + a[i, 1] * b[1, j] + a[i, 2] * b[2, j]


@kernel
def multiply_transposed(a, b, out):
    """``out = a^T b`` for 3 x 3 matrices; ``out`` must be neither."""
    for i in range(3):
        for j in range(3):
            out[i, j] = a[0, i] * b[0, j] + a[1, i] * b[1, j] + a[2, i] * b[2, j]


@kernel
def multiply_by_transposed(a, b, out):
    """``out = a b^T`` for 3 x 3 matrices; ``out`` must be neither."""
    for i in range(3):
        for j in range(3):
            out[i, j] = a[i, 0] * b[j, 0] + a[i, 1] * b[j, 1] + a[i, 2] * b[j, 2]


@kernel
def apply(a, v, out):
    """``out = a v``; ``out`` must not be ``v``."""
    for i in range(3):
        out[i] = a[i, 0] * v[0] + a[i, 1] * v[1] + a[i, 2] * v[2]


@kernel
def apply_transposed(a, v, out):
    """``out = a^T v``; ``out`` must not be ``v``."""
    for i in range(3):
        out[i] = a[0, i] * v[0] + a[1, i] * v[1] + a[2, i] * v[2]


@kernel
def cross(a, b, out):
    """``out = a x b``; ``out`` must be neither."""
    out[0] = a[1] * b[2] - a[2] * b[1]
    out[1] = a[2] * b[0] - a[0] * b[2]
    out[2] = a[0] * b[1] - a[1] * b[0]


@kernel
def segment_rotation(flexion, lateral, axial, out):
    """``out = Rz(-flexion) Rx(lateral) Ry(axial)``, angles in rad: forward, to the right, to the left."""
    cf, sf = math.cos(flexion), -math.sin(flexion)
    cl, sl = math.cos(lateral), math.sin(lateral)
    ca, sa = math.cos(axial), math.sin(axial)
    out[0, 0] = cf * ca - sf * sl * sa
    out[0, 1] = -sf * cl
    out[0, 2] = cf * sa + sf * sl * ca
    out[1, 0] = sf * ca + cf * sl * sa
    out[1, 1] = cf * cl
    out[1, 2] = sf * sa - cf * sl * ca
    out[2, 0] = -cl * sa
    out[2, 1] = sl
    out[2, 2] = cl * ca


@kernel
def pelvis_rotation(tilt, lateral, axial, out):
    """``out = Ry(axial) Rx(lateral) Rz(-tilt)``: the turn first, so that tilt is about the pelvis's own axis."""
    ct, st = math.cos(tilt), -math.sin(tilt)
    cl, sl = math.cos(lateral), math.sin(lateral)
    ca, sa = math.cos(axial), math.sin(axial)
    out[0, 0] = ca * ct + sa * sl * st
    out[0, 1] = -ca * st + sa * sl * ct
    out[0, 2] = sa * cl
    out[1, 0] = cl * st
    out[1, 1] = cl * ct
    out[1, 2] = -sl
    out[2, 0] = -sa * ct + ca * sl * st
    out[2, 1] = sa * st + ca * sl * ct
    out[2, 2] = ca * cl


@kernel
def vector_rotation(x, y, z, out):
    """``out``: rotation about the axis (x, y, z) by its length in rad; smooth at zero."""
    angle = math.sqrt(x * x + y * y + z * z)
    sine = math.sin(angle) / angle if angle > 1e-9 else 1.0
    versine = (1.0 - math.cos(angle)) / (angle * angle) if angle > 1e-4 else 0.5 - angle * angle / 24.0
    out[0, 0], out[0, 1], out[0, 2] = 1.0 - versine * (y * y + z * z), versine * x * y - sine * z, versine * x * z + sine * y
    out[1, 0], out[1, 1], out[1, 2] = versine * x * y + sine * z, 1.0 - versine * (x * x + z * z), versine * y * z - sine * x
    out[2, 0], out[2, 1], out[2, 2] = versine * x * z - sine * y, versine * y * z + sine * x, 1.0 - versine * (x * x + y * y)


@kernel
def half_rotation(q, half, tan_quarter):
    """Square root of the rotation ``q``, and ``axis tan(angle / 4)`` of it (the half's Cayley vector).

    Valid below 180 degrees; square roots only, so that it stays smooth at zero.
    """
    w = 0.5 * math.sqrt(1.0 + q[0, 0] + q[1, 1] + q[2, 2])
    vx = (q[2, 1] - q[1, 2]) / (4.0 * w)
    vy = (q[0, 2] - q[2, 0]) / (4.0 * w)
    vz = (q[1, 0] - q[0, 1]) / (4.0 * w)
    norm = math.sqrt((1.0 + w) * (1.0 + w) + vx * vx + vy * vy + vz * vz)
    w, vx, vy, vz = (1.0 + w) / norm, vx / norm, vy / norm, vz / norm
    tan_quarter[0], tan_quarter[1], tan_quarter[2] = vx / w, vy / w, vz / w
    half[0, 0] = 1.0 - 2.0 * (vy * vy + vz * vz)
    half[1, 1] = 1.0 - 2.0 * (vx * vx + vz * vz)
    half[2, 2] = 1.0 - 2.0 * (vx * vx + vy * vy)
    half[0, 1], half[1, 0] = 2.0 * (vx * vy - w * vz), 2.0 * (vx * vy + w * vz)
    half[0, 2], half[2, 0] = 2.0 * (vx * vz + w * vy), 2.0 * (vx * vz - w * vy)
    half[1, 2], half[2, 1] = 2.0 * (vy * vz - w * vx), 2.0 * (vy * vz + w * vx)
