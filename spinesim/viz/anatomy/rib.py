"""Ribs as a sketch of solids: a flattened rod along a curve. Right side; the left is the mirror. Table posture, mm."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from spinesim.viz.anatomy.landmarks import Landmarks
from spinesim.viz.anatomy.solids import Sketch

_CURVE = {12: ((-36, 176, 16), (-47, 170, 31), (-48, 157, 50), (-40, 142, 70), (-26, 132, 88), (-12, 127, 101))}
_STEPS = 24


def sketch(marks: Landmarks, number: int) -> Sketch:
    """Right rib ``number``."""
    stand, s, bone = marks.stands[6], marks.scale, Sketch()
    knots = np.array(_CURVE[number], float)
    t = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))])
    curve = CubicSpline(t, knots)(np.linspace(0.0, t[-1], _STEPS))
    radii = np.interp(np.linspace(0.0, 1.0, _STEPS), [0.0, 0.15, 0.8, 1.0], [5.0, 4.6, 4.2, 2.4]) * s
    for i in range(_STEPS - 1):
        along = curve[i + 1] - curve[i]
        outward = np.cross(along, np.cross([along[0] * 0, 1.0, 0.0], along))
        flat = np.cross(along, outward)
        bone.cone(stand.at(curve[i]), stand.at(curve[i + 1]), radii[i], radii[i + 1], flat=stand.turn(flat), by=0.62, blend=1.5 * s)
    return bone
