"""Ribs as a sketch of solids: a flattened rod along a curve. Right side; the left is the mirror. Table posture, mm."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from spinesim.viz.anatomy.landmarks import Landmarks
from spinesim.viz.anatomy.solids import Sketch

# From the head, over the angle, to the tip; through the places where the model's muscles end. The ninth goes on along the costal margin.
CURVES = {
    12: ((-36, 177, 15), (-46, 171, 30), (-48, 157, 50), (-40, 141, 70), (-26, 132, 88), (-10, 127, 101)),
    11: ((-46, 204, 15), (-62, 202, 29), (-66, 189, 46), (-63, 167, 74), (-44, 150, 101), (-12, 139, 117), (21, 134, 117)),
    10: (
        (-50, 238, 15), (-68, 236, 29), (-76, 217, 47), (-74, 196, 70), (-56, 167, 106), (-15, 145, 129), (30, 131, 128), (62, 125, 114),
        (76, 141, 111),
    ),
    9: (
        (-54, 267, 15), (-72, 264, 30), (-78, 244, 48), (-76, 231, 68), (-60, 205, 107), (-18, 179, 135), (30, 158, 136), (60, 148, 123),
        (78, 155, 112), (85, 182, 105), (87, 215, 93), (87, 243, 62), (86, 263, 31),
    ),
}  # fmt: skip
_AXIS_X = -5.0  # of the chest, for which way a rib is flat
_STEP = 3.0


def sketch(marks: Landmarks, number: int) -> Sketch:
    """Right rib ``number``."""
    stand, s, bone = marks.stands[6], marks.scale, Sketch()
    knots = np.array(CURVES[number], float)
    t = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))])
    at = np.linspace(0.0, t[-1], int(t[-1] / _STEP))
    spline = CubicSpline(t, knots)
    curve, along = spline(at), spline(at, 1)
    outward = curve * [1.0, 0.0, 1.0] - [_AXIS_X, 0.0, 0.0]
    outward -= along * ((outward * along).sum(axis=1) / (along**2).sum(axis=1))[:, None]
    thick = np.interp(at / t[-1], [0.0, 0.06, 0.15, 0.5, 0.85, 1.0], [5.4, 4.2, 5.4, 5.8, 5.2, 3.4]) * (0.9 if number == 12 else 1.0)
    place, flat = stand.at(curve), stand.turn(outward)
    for i in range(len(at) - 1):
        bone.cone(place[i], place[i + 1], thick[i] * s, thick[i + 1] * s, flat=flat[i] + flat[i + 1], by=0.58)
    return bone
