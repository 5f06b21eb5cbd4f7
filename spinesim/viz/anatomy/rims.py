"""Loops on the endplates between which a disc is spanned."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from spinesim.viz.anatomy.solids import Plate

COUNT = 48
_INSIDE = 0.985  # of the endplate's size, so that the loop lies in the bone


def rim(plate: Plate, power: float, notch: float) -> NDArray[np.float64]:
    """Loop (48, 3), mm, on an endplate: starts in front, goes over the right; hollow behind like the body."""
    angle = np.arange(COUNT) * 2.0 * math.pi / COUNT
    c, s = np.cos(angle), np.sin(angle)
    z = np.sign(s) * np.abs(s) ** (2.0 / power) * plate.width
    x = np.sign(c) * np.abs(c) ** (2.0 / power) * plate.depth
    hollow = np.maximum(1.0 - (z / (0.62 * plate.width)) ** 2, 0.0) ** 2
    x = np.where(x < 0.0, x * (1.0 - notch * hollow), x) * _INSIDE
    z *= _INSIDE
    # Sine and cosine of mirrored angles differ in the last bit.
    z = 0.5 * (z - z[(-np.arange(COUNT)) % COUNT])
    x = 0.5 * (x + x[(-np.arange(COUNT)) % COUNT])
    return np.stack([plate.centre[0] + x * math.cos(plate.tilt), plate.centre[1] + x * math.sin(plate.tilt), z], axis=1)
