"""Sacrum with coccyx as a sketch of solids. One half, z >= 0. Table posture, mm."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from spinesim.viz.anatomy.landmarks import Landmarks
from spinesim.viz.anatomy.solids import CUT, Plate, Sketch
from spinesim.viz.anatomy.vertebra import NOTCH, POWER, joint_space, superior

Array = NDArray[Any]

# The curve of the sacral bodies from the endplate to the coccyx: x, y of the middle, half depth, half width of the body, half width of all.
_CURVE = (
    (-3, -6, 16, 24, 52), (-20, -27, 12, 20, 53), (-36, -47, 9.5, 17, 46), (-49, -67, 7.5, 15, 33), (-56, -86, 6.0, 12, 22),
    (-57, -101, 4.5, 9, 11),
)  # fmt: skip
_COCCYX = ((-55, -108, 5.0, 9.0), (-51, -116, 4.4, 6.5), (-45, -123, 3.8, 5.0), (-38, -128, 3.0, 3.6))
_CREST = ((1.0, 3.5), (1.6, 5.0), (2.25, 4.5), (3.1, 3.6), (3.8, 2.6))  # place along the curve and height of the knobs behind
_HOLES = (1.0, 2.0, 3.0, 4.0)  # places of the foramina along the curve


class _Curve:
    """The sacral curve as a function of the number of the body, 0 at the endplate."""

    def __init__(self) -> None:
        self._spline = CubicSpline(np.arange(len(_CURVE)), np.array(_CURVE, float))

    def __call__(self, t: float) -> tuple[Array, Array, Array, float, float, float]:
        """Place, directions along (down) and behind, half depth and width of the body, half width of all."""
        x, y, depth, body, whole = self._spline(t)
        along = np.array([*self._spline(t, 1)[:2], 0.0])
        along /= np.linalg.norm(along)
        behind = np.array([along[1], -along[0], 0.0])
        return np.array([x, y, 0.0]), along, behind, float(depth), float(body), float(whole)


def sketch(marks: Landmarks, side: int) -> Sketch:
    """Right or left half, the left mirrored to z >= 0."""
    stand, s, curve, bone = marks.stands[0], marks.scale, _Curve(), Sketch()
    _bodies(bone, marks, curve)
    _wings(bone, marks, curve)
    _behind(bone, marks, curve)
    facet = marks.facet(0, side)
    bone.cone(stand.at(-23, -12, 26), facet.centre - facet.normal * 7.5 * s - facet.up * 5.0 * s, 11 * s, 6.8 * s, blend=9 * s)
    bone.group(superior(facet, stand.at(-24, -4, 25), s), blend=5 * s)
    bone.group(joint_space(facet, False), join=CUT, blend=0.2 * s)
    _hollows(bone, marks, curve)
    for x, y, thick, wide in _COCCYX:
        bone.ellipsoid(stand.at(x, y, 0), stand.turn(np.eye(3)), (thick * s, 6.0 * s, wide * s), blend=4 * s)
    return bone


def _bodies(bone: Sketch, marks: Landmarks, curve: _Curve) -> None:
    """S1 under its endplate, then four bodies that grow flat, with ridges between them in front."""
    stand, s, top = marks.stands[0], marks.scale, marks.joints[0].lower
    place, along, _, depth, _, _ = curve(0.92)
    low = stand.at(place)
    down = stand.turn(along)
    lower = Plate((float(low[0]), float(low[1])), float(np.arctan2(down[0], -down[1])), depth * s, 21.0 * s, 0.0)
    bone.body(lower, top, waist=0.06, rim=2.5 * s, power=POWER, notch=NOTCH)
    for t in (1.5, 2.5, 3.5, 4.5):
        place, along, behind, depth, body, _ = curve(t)
        half = 0.5 * float(np.linalg.norm(curve(t + 0.5)[0] - curve(t - 0.5)[0]))
        axes = np.array([stand.turn(behind), stand.turn(along), [0.0, 0.0, 1.0]])
        bone.ellipsoid(stand.at(place), axes, (depth * s, (half + 4.0) * s, body * s), blend=6 * s)


def _wings(bone: Sketch, marks: Landmarks, curve: _Curve) -> None:
    """Alae: a bent shield beside the bodies, thick above where the hip bones lean on it."""
    stand, s = marks.stands[0], marks.scale
    rows = []
    for t, back, thick in (
        (0.25, 3, 12),
        (0.7, 5, 13.5),
        (1.2, 7, 13.5),
        (1.7, 7, 12),
        (2.3, 6, 10),
        (3.0, 4, 8),
        (3.7, 2.5, 6.5),
        (4.4, 1, 5),
    ):
        place, _, behind, _, body, whole = curve(t)
        outer, inner = place + behind * back, place + behind * 0.4 * back
        side = np.array([0.0, 0.0, 1.0])
        rows.append((stand.at(*(inner + 0.8 * body * side)), stand.at(*(outer + (whole - thick) * side)), thick * s))
    for share, size, blend in ((1.0, 1.0, 6.0), (0.5, 0.85, 8.0), (0.0, 0.7, 8.0)):
        bone.rod([a + share * (b - a) for a, b, _ in rows], [size * r for _, _, r in rows], blend=blend * s)


def _behind(bone: Sketch, marks: Landmarks, curve: _Curve) -> None:
    """Laminae over the canal, the median crest, and a row of knobs on each side of it."""
    stand, s = marks.stands[0], marks.scale
    roof, side = [], []
    for t in np.arange(0.95, 4.3, 0.5):
        place, _, behind, depth, body, _ = curve(float(t))
        off = depth + max(10.5 - 2.2 * t, 2.0)
        roof.append(stand.at(*(place + behind * off)))
        side.append(stand.at(*(place + behind * (off - 1.5) + np.array([0, 0, 0.78 * body]))))
    for share in (0.0, 0.33, 0.67, 1.0):
        bone.rod([a + share * (b - a) for a, b in zip(roof, side, strict=True)], [3.8 * s] * len(roof), blend=7 * s, pieces=1)
    for t, tall in _CREST:
        place, along, behind, depth, body, _ = curve(t)
        off = depth + max(10.5 - 2.2 * t, 2.0)
        axes = np.array([stand.turn(behind), stand.turn(along), [0.0, 0.0, 1.0]])
        bone.ellipsoid(stand.at(*(place + behind * (off + 2.0))), axes, ((tall + 2.5) * s, 7.5 * s, 3.4 * s), blend=5 * s)
        knob = place + behind * (off + 0.5) + np.array([0, 0, 0.85 * body])
        bone.ellipsoid(stand.at(*knob), axes, (0.62 * tall * s, 5.0 * s, 3.0 * s), blend=4 * s)


def _hollows(bone: Sketch, marks: Landmarks, curve: _Curve) -> None:
    """The sacral canal, and four pairs of foramina, in front wider than behind."""
    stand, s = marks.stands[0], marks.scale
    canal = []
    for t in np.arange(-0.6, 4.9, 0.5):
        place, _, behind, depth, _, _ = curve(float(t))
        canal.append(stand.at(*(place + behind * (depth + max(6.0 - 1.5 * t, -0.5)))))
    bone.rod(canal, [max(6.6 - 1.2 * t, 2.2) * s for t in np.arange(-0.6, 4.9, 0.5)], join=CUT, blend=1.5 * s, pieces=1)
    for t in _HOLES:
        place, _, behind, _, body, _ = curve(t)
        z = np.array([0.0, 0.0, 0.92 * body + 1.5])
        front, back = place - behind * 22.0 + z * 1.12, place + behind * 26.0 + z
        bone.cone(stand.at(*front), stand.at(*(place + z)), 7.5 * s, 4.0 * s, join=CUT, blend=3 * s)
        bone.cone(stand.at(*(place + z)), stand.at(*back), 3.4 * s, 4.2 * s, join=CUT, blend=3 * s)
