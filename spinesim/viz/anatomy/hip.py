"""Hip bone as a sketch of solids. Right side; the left is the mirror. Table posture, mm."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spinesim.viz.anatomy.landmarks import Landmarks
from spinesim.viz.anatomy.solids import CARVE, CUT, Sketch
from spinesim.viz.anatomy.vertebra import smooth_loop

# Outline of the wing in its own plane, from table points that are projected on it: crest from PSIS to ASIS, then down and back.
_WING = (
    (-60, -22, 50), (-46, 4, 54), (-26, 26, 61), (-4, 38, 70), (18, 41, 84), (38, 28, 104), (56, 8, 122), (74, -18, 127), (80, -32, 125),
    (70, -44, 116), (56, -56, 104),
    (52, -72, 98), (40, -92, 92), (14, -96, 86), (-10, -84, 78), (-24, -68, 66), (-38, -58, 56), (-56, -46, 48),
)  # fmt: skip
_HIP = np.array([17.3, -120.1, 83.5])


def sketch(marks: Landmarks, sacrum: Sketch) -> Sketch:
    """Right hip bone, less what the sacrum takes."""
    stand, s, bone = marks.stands[0], marks.scale, Sketch()
    points = np.array(_WING, float)
    middle = points.mean(axis=0)
    _, _, axes = np.linalg.svd(points - middle)
    if np.linalg.det(axes) < 0.0:
        axes[2] = -axes[2]
    local = (points - middle) @ axes.T
    u, v = local[:, 0], local[:, 1]
    bend = np.linalg.lstsq(np.stack([u * u, u * v, v * v], axis=1), local[:, 2], rcond=None)[0]
    bone.plate(
        stand.at(middle), stand.turn(axes), smooth_loop(local[:, :2]) * s, (3.2 * s, 6.0 * s, 12.0 * s),
        bend=tuple(bend / s), rim=5.0 * s,
    )  # fmt: skip

    def near(x: float, y: float, z: float) -> NDArray[np.float64]:
        place: NDArray[np.float64] = _HIP + np.array([x, y, z])
        return place

    bone.ellipsoid(stand.at(near(0, 0, -4)), np.eye(3), (32 * s, 32 * s, 30 * s), blend=12 * s)
    bone.chain(
        [stand.at(near(24, 2, -18)), stand.at(54, -112, 40), stand.at(62, -122, 14), stand.at(60, -130, 4)],
        [10 * s, 8 * s, 9 * s, 8 * s],
        blend=8 * s,
    )
    bone.chain(
        [stand.at(60, -130, 6), stand.at(46, -146, 20), stand.at(20, -172, 44), stand.at(0, -176, 54)],
        [7 * s, 6 * s, 7 * s, 9 * s],
        blend=8 * s,
    )
    bone.chain([stand.at(near(-14, -18, -14)), stand.at(-10, -158, 62), stand.at(-8, -172, 56)], [16 * s, 14 * s, 13 * s], blend=10 * s)
    bone.cone(stand.at(-20, -120, 62), stand.at(-34, -132, 44), 8 * s, 3 * s, blend=8 * s)
    bone.cone(stand.at(_HIP), stand.at(near(10, -10, 40)), 25 * s, 27 * s, join=CUT, blend=3 * s)
    bone.group(sacrum, join=CARVE, gap=1.4 * s, blend=1.0 * s)
    return bone
