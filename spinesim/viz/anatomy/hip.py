"""Hip bone as a sketch of solids. Right side; the left is the mirror. Table posture, mm."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinesim.viz.anatomy.landmarks import Landmarks
from spinesim.viz.anatomy.solids import CARVE, CUT, Sketch
from spinesim.viz.anatomy.vertebra import smooth_loop

Array = NDArray[Any]

# Edge of the wing: over the crest from the posterior to the anterior spine, by the lower spines and the greater notch back.
_WING = (
    (-60, -20, 49), (-50, 0, 52), (-34, 16, 58), (-16, 30, 66), (4, 39, 75), (22, 40, 88), (38, 30, 104), (54, 12, 119), (68, -8, 127),
    (80, -28, 127), (78, -39, 124), (66, -50, 115), (62, -62, 107), (64, -74, 100), (54, -86, 95), (38, -98, 92), (10, -108, 86),
    (-14, -100, 78), (-25, -84, 69), (-31, -68, 61), (-48, -61, 54), (-62, -54, 49), (-61, -42, 48), (-65, -30, 49),
)  # fmt: skip
# Thick lines: place and radius.
_CREST = (
    ((-58, -24, 52), 6.5), ((-49, -2, 54), 6.0), ((-32, 17, 60), 5.2), ((-8, 33, 70), 4.6), ((14, 38.5, 82), 4.6), ((33, 32, 98), 5.6),
    ((48, 18, 113), 5.6), ((64, -4, 124), 4.6), ((76, -27, 125), 5.4),
)  # fmt: skip
# Where it leans on the sacrum: middle, the way it faces, and half lengths.
_EAR = ((-42, -31, 56.5), (-0.3, -0.12, 0.95), (10.5, 27, 21))
_BRIM = (
    ((-38, -42, 53), 11),
    ((-24, -60, 58), 12),
    ((-6, -80, 68), 12),
    ((14, -98, 71), 13),
    ((38, -109, 60), 9.5),
    ((54, -115, 38), 7.5),
    ((62, -120, 16), 8.5),
)
_FRONT = (((74, -34, 122), 5.0), ((65, -54, 110), 5.5), ((61, -74, 99), 8.5), ((42, -96, 92), 14))
_BEHIND = (((2, -108, 76), 18), ((-12, -130, 68), 14), ((-15, -150, 62), 12.5), ((-12, -168, 60), 13.5), ((0, -181, 55), 9))
_BELOW = (((-2, -180, 56), 9), ((18, -173, 42), 6.2), ((38, -157, 25), 6), ((52, -143, 13), 7))
_SYMPHYSIS = ((60, -127, 13), (9, 19, 13))
_SPINE = ((-16, -118, 62), (-38, -126, 46))
_CUP, _BALL = 25.0, 33.0


def sketch(marks: Landmarks, sacrum: Sketch) -> Sketch:
    """Right hip bone, less what the sacrum and the head of the femur take."""
    stand, s, bone = marks.stands[0], marks.scale, Sketch()

    def line(knots: Any, blend: float, **how: Any) -> None:
        bone.rod([stand.at(p) for p, _ in knots], [r * s for _, r in knots], blend=blend * s, **how)

    _wing(bone, marks)
    line(_CREST, 8)
    where, faces, half = _EAR
    normal = np.array(faces) / np.linalg.norm(faces)
    up = np.cross(np.cross(normal, [0.45, 0.9, 0.0]), normal)
    up /= np.linalg.norm(up)
    axes = np.array([normal, up, np.cross(normal, up)])
    bone.ellipsoid(stand.at(where), stand.turn(axes), tuple(h * s for h in half), blend=10 * s)
    line(_FRONT, 10)
    line(_BRIM, 10)
    hip = marks.hip
    out = stand.turn((0.32, -0.42, 0.85))
    out /= np.linalg.norm(out)
    bone.ellipsoid(hip - 3.0 * s * out, np.eye(3), (_BALL * s, _BALL * s, _BALL * s), blend=14 * s)
    line(_BEHIND, 12)
    line(_BELOW, 7)
    where, half = _SYMPHYSIS
    bone.ellipsoid(
        stand.at(where), stand.turn(np.array([(0.8, -0.6, 0), (0.6, 0.8, 0), (0, 0, 1)])), tuple(h * s for h in half), blend=6 * s
    )
    bone.cone(stand.at(_SPINE[0]), stand.at(_SPINE[1]), 8 * s, 2.2 * s, blend=9 * s)
    bone.cone(hip, hip + 60 * s * out, _CUP * s, 1.18 * _CUP * s, join=CUT, blend=4 * s)
    bone.cone(hip - 18 * s * out + stand.turn((2, -6, 0)) * s, hip + stand.turn((6, -34, 12)) * s, 6 * s, 9 * s, join=CUT, blend=4 * s)
    bone.plane(np.array([0.0, 0.0, 2.0 * s]), (0, 0, -1), blend=1.0 * s)
    bone.group(sacrum, join=CARVE, gap=1.4 * s, blend=1.0 * s)
    return bone


def _wing(bone: Sketch, marks: Landmarks) -> None:
    """The wing: a plate in the plane nearest to its edge, bent as the edge is."""
    stand, s = marks.stands[0], marks.scale
    points = np.array(_WING, float)
    middle = points.mean(axis=0)
    _, _, axes = np.linalg.svd(points - middle)
    axes[2] *= np.sign(np.linalg.det(axes))
    local = (points - middle) @ axes.T
    u, v = local[:, 0], local[:, 1]
    bend = np.linalg.lstsq(np.stack([u * u, u * v, v * v], axis=1), local[:, 2], rcond=None)[0] / s
    bone.plate(
        stand.at(middle), stand.turn(axes), smooth_loop(local[:, :2]) * s, (2.6 * s, 4.6 * s, 26.0 * s),
        bend=(bend[0], bend[1], bend[2]), rim=4.0 * s,
    )  # fmt: skip
