"""Rotations of pelvis and thorax as the angles of a posture, and back.

Pelvis: ``Ry(turn) Rx(drop) Rz(-tilt)``; each joint of the lumbar spine ``Rz(-f) Rx(b) Ry(t)`` with its shares of flexion, bending
and rotation, as :mod:`spinesim.mechanics.rotations` has them. The lumbar angles of a measured thorax are those with which the
chain of six joints, not one joint alone, ends in it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from spinesim.analysis.recording.record import Array
from spinesim.model.names import JOINTS
from spinesim.model.tables import Tables

AXES: Final = ("flexion", "lateral", "axial")
CLOSE: Final = 1e-12  # rad
_STEP: Final = 1e-6  # rad
_MOST: Final = 20


def about(axis: int, angle: Array) -> Array:
    """Rotations (..., 3, 3) about x, y or z by ``angle`` (...) rad."""
    c, s = np.cos(angle), np.sin(angle)
    out = np.zeros((*np.shape(angle), 3, 3))
    i, k = (axis + 1) % 3, (axis + 2) % 3
    out[..., axis, axis] = 1.0
    out[..., i, i] = out[..., k, k] = c
    out[..., i, k], out[..., k, i] = -s, s
    return out


def pelvis_rotation(angles: Array) -> Array:
    """Rotations (n, 3, 3) of tilt, drop to the right and turn to the left (n, 3), rad."""
    tilt, drop, turn = np.moveaxis(angles, -1, 0)
    return np.asarray(about(1, turn) @ about(0, drop) @ about(2, -tilt))


def pelvis_angles(rotation: Array) -> Array:
    """Tilt, drop and turn (n, 3), rad, of rotations; the inverse of :func:`pelvis_rotation` for drops below 90 degrees."""
    drop = np.arcsin(np.clip(-rotation[:, 1, 2], -1.0, 1.0))
    turn = np.arctan2(rotation[:, 0, 2], rotation[:, 2, 2])
    tilt = np.arctan2(-rotation[:, 1, 0], rotation[:, 1, 1])
    return np.stack([tilt, drop, turn], axis=1)


def lumbar_rotation(tables: Tables, angles: Array) -> Array:
    """Rotation (n, 3, 3) of the thorax in the pelvis's frame for lumbar flexion, bending and rotation (n, 3), rad."""
    whole = np.broadcast_to(np.eye(3), (len(angles), 3, 3))
    for joint in JOINTS:
        flexion, lateral, axial = (angles[:, k] * tables.value("rhythm", joint, f"{axis}_share") for k, axis in enumerate(AXES))
        whole = whole @ about(2, -flexion) @ about(0, lateral) @ about(1, axial)
    return np.asarray(whole)


def lumbar_angles(tables: Tables, rotation: Array) -> Array:
    """Lumbar angles (n, 3), rad, that end in the rotation of the thorax against the pelvis (n, 3, 3); Newton's method.

    Raises
    ------
    ValueError
        If a rotation is so large that there are none.
    """
    angles = _single_joint(rotation)
    for _ in range(_MOST):
        miss = _vector(np.swapaxes(lumbar_rotation(tables, angles), 1, 2) @ rotation)
        if np.abs(miss).max() < CLOSE:
            return angles
        angles = angles + np.linalg.solve(_tangent(lambda a: lumbar_rotation(tables, a), angles), miss[..., None])[..., 0]
    frame = int(np.abs(miss).max(axis=1).argmax())
    raise ValueError(f"frame {frame}: no lumbar posture turns the thorax so far against the pelvis")


def _single_joint(rotation: Array) -> Array:
    """Angles as if the spine were one joint: a start, and exact where it moves about one axis only."""
    lateral = np.arcsin(np.clip(rotation[:, 2, 1], -1.0, 1.0))
    axial = np.arctan2(-rotation[:, 2, 0], rotation[:, 2, 2])
    flexion = np.arctan2(rotation[:, 0, 1], rotation[:, 1, 1])
    return np.stack([flexion, lateral, axial], axis=1)


def _tangent(rotate: Callable[[Array], Array], angles: Array) -> Array:
    """How the rotation vector follows the angles (n, 3, 3), by forward differences."""
    here = np.swapaxes(rotate(angles), 1, 2)
    columns = []
    for axis in range(3):
        moved = angles.copy()
        moved[:, axis] += _STEP
        columns.append(_vector(here @ rotate(moved)) / _STEP)
    return np.stack(columns, axis=2)


def _vector(rotation: Array) -> Array:
    """Half of the antisymmetric part as a vector (n, 3): the rotation vector of small rotations."""
    r = rotation
    return 0.5 * np.stack([r[:, 2, 1] - r[:, 1, 2], r[:, 0, 2] - r[:, 2, 0], r[:, 1, 0] - r[:, 0, 1]], axis=1)
