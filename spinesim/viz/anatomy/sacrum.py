"""Sacrum with coccyx as a sketch of solids. One half, z >= 0."""

from __future__ import annotations

import numpy as np

from spinesim.viz.anatomy.landmarks import Facet, Landmarks
from spinesim.viz.anatomy.solids import CUT, Sketch
from spinesim.viz.anatomy.vertebra import superior

# Middle of the sacral bodies and the coccyx, table posture (x, y), half depth, half width.
_BODIES = ((-13, -19, 15, 23), (-29, -38, 11, 19), (-43, -58, 8.5, 16), (-52, -76, 6.5, 14), (-55, -92, 5, 11))
_COCCYX = ((-53, -104, 5.5), (-47, -113, 5.0), (-39, -121, 4.0), (-32, -127, 3.0))
_CREST = ((-36, -10, 4.5), (-48, -23, 5.5), (-60, -38, 5), (-68, -54, 4.5), (-70, -70, 3.5))
_HOLES = ((-22, -31, 16), (-36, -50, 14.5), (-47, -68, 12.5), (-53, -84, 10.5))


def sketch(marks: Landmarks, side: int) -> Sketch:
    """Right or left half, the left mirrored to z >= 0."""
    stand, s = marks.stands[0], marks.scale
    mirror = np.array([1.0, 1.0, 2.0 * side - 1.0])
    joint, bone = marks.joints[0], Sketch()
    top = joint.lower
    down = stand.turn(np.array([-0.58, -0.81, 0.0]))
    low = np.array([*top.centre, 0.0]) + 20 * s * down
    lower = type(top)((float(low[0]), float(low[1])), top.tilt, 0.72 * top.depth, 0.8 * top.width, 0.0)
    bone.body(lower, top, waist=0.04, rim=3.0 * s, power=2.3, notch=0.1)
    centre = [stand.at(x, y, 0) for x, y, _, _ in _BODIES]
    for i in range(1, len(centre)):
        along = centre[i] - centre[i - 1]
        along = along / np.linalg.norm(along)
        across = np.array([-along[1], along[0], 0.0])
        _, _, depth, width = _BODIES[i]
        bone.ellipsoid(centre[i], [across, along, [0, 0, 1]], (depth * s, 14 * s, width * s), blend=6 * s)
    ala = [stand.at(*p) for p in ((-14, -14, 22), (-20, -16, 34), (-27, -22, 44), (-34, -38, 40), (-46, -60, 28), (-52, -80, 18))]
    bone.chain(ala, [r * s for r in (12, 13, 12, 10, 8, 6)], blend=8 * s)
    bone.chain(
        [stand.at(-26, -22, 22), stand.at(-44, -40, 22), stand.at(-56, -62, 18), stand.at(-60, -82, 13)],
        [11 * s, 10 * s, 8 * s, 6 * s],
        blend=8 * s,
    )
    for x, y, r in _CREST:
        bone.ellipsoid(stand.at(x, y, 0), np.eye(3), (r * s * 1.2, r * s * 1.3, r * s * 0.8), blend=5 * s)
    bone.chain([stand.at(x + 5, y - 2, 5) for x, y, _ in _CREST], [5 * s] * 5, blend=5 * s)
    f = joint.facets[side]
    facet = Facet(f.centre * mirror, f.normal * mirror, f.up * mirror, f.across * mirror, f.half, f.gap, f.tip * mirror)
    bone.group(superior(facet, stand.at(-24, -2, 24), s), blend=5 * s)
    bone.chain([stand.at(-14, 6, 0), stand.at(-30, -12, 0), stand.at(-46, -34, 0)], [9 * s, 8 * s, 5 * s], join=CUT, blend=2 * s)
    for x, y, z in _HOLES:
        out = stand.turn((0.75, -0.5, 0.1))
        bone.cone(stand.at(x, y, z) - 40 * out, stand.at(x, y, z) + 40 * out, 4.2 * s, 4.2 * s, join=CUT, blend=3 * s)
    for i in range(len(_COCCYX)):
        x, y, r = _COCCYX[i]
        bone.ellipsoid(stand.at(x, y, 0), np.eye(3), (r * s, r * s * 1.2, r * s * 1.5), blend=4 * s)
    return bone
