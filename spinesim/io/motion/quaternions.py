"""Orientations of sensors: unit quaternions from the sensor to a world whose z points up, as inertial sensors give them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from spinesim.io.motion.text import Lines

Array = NDArray[np.float64]

PARTS: Final = ("qw", "qx", "qy", "qz")
_UNIT: Final = 0.05  # from 1: a quaternion's norm may be off by rounding, not more
_UP: Final = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])  # from a world with z up to one with y up


def rotations(text: Lines, first: int, segment: str, quaternion: Array) -> Array:
    """Rotation matrices (n, 3, 3) from the sensor to a world with y up; a row without numbers is a gap.

    Parameters
    ----------
    text, first
        The file, and the line of the first row (from 1), for messages.
    quaternion
        w, x, y, z (n, 4).

    Raises
    ------
    MotionFileError
        If a quaternion's length is not 1.
    """
    norm = np.linalg.norm(quaternion, axis=1)
    if (off := np.abs(norm - 1.0) > _UNIT).any():
        row = int(np.argmax(off))
        raise text.fault(first + row, f"{segment}: the quaternion's length is {norm[row]:.3g}; expected 1")
    return np.asarray(_UP @ _matrices(quaternion / norm[:, None]))


def _matrices(q: Array) -> Array:
    """Rotation matrices (n, 3, 3) of unit quaternions w, x, y, z."""
    w, x, y, z = q.T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), -1, 0)
