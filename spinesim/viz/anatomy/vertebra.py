"""A vertebra as a sketch of solids: body, pedicles, laminae, processes and facets. One half, z >= 0."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinesim.model.tables import Tables
from spinesim.viz.anatomy.landmarks import VERTEBRAE, Facet, Landmarks
from spinesim.viz.anatomy.solids import CARVE, CUT, Sketch

Array = NDArray[Any]

CARTILAGE = 1.0  # mm on each facet
CLEARANCE = 1.6  # mm between bones that are not to meet


class Local:
    """Frame of a vertebra: origin in the middle of the body, axes with the mean tilt of the endplates."""

    def __init__(self, marks: Landmarks, body: int) -> None:
        low, high = marks.ends[body]
        tilt = 0.5 * (low.tilt + high.tilt)
        self.origin = np.array([0.5 * (low.centre[0] + high.centre[0]), 0.5 * (low.centre[1] + high.centre[1]), 0.0])
        self.axes = np.array([[math.cos(tilt), math.sin(tilt), 0.0], [-math.sin(tilt), math.cos(tilt), 0.0], [0.0, 0.0, 1.0]])
        self.height = math.dist(low.centre, high.centre)
        self.depth = 0.5 * (low.depth + high.depth)
        self.width = 0.5 * (low.width + high.width)

    def at(self, x: float, y: float, z: float = 0.0) -> Array:
        """Neutral coordinates of a local point."""
        place: Array = self.origin + np.array([x, y, z]) @ self.axes
        return place

    def into(self, place: Array) -> Array:
        """Local coordinates of a neutral point."""
        local: Array = self.axes @ (place - self.origin)
        return local


def smooth_loop(corners: Array, steps: int = 4) -> Array:
    """Closed Catmull-Rom curve through ``corners`` (N, 2), ``steps`` points a corner."""
    p = np.asarray(corners, float)
    before, after, beyond = np.roll(p, 1, 0), np.roll(p, -1, 0), np.roll(p, -2, 0)
    out = []
    for t in np.arange(steps) / steps:
        out.append(
            0.5
            * (
                2 * p
                + (after - before) * t
                + (2 * before - 5 * p + 4 * after - beyond) * t**2
                + (3 * p - before - 3 * after + beyond) * t**3
            )
        )
    return np.stack(out, axis=1).reshape(-1, 2)


def superior(facet: Facet, root: Array, scale: float) -> Sketch:
    """Superior articular process: from ``root`` up to a pad behind the plane of its facet."""
    part = Sketch()
    thick = 3.0 * scale
    pad = facet.centre - facet.normal * (thick + CARTILAGE)
    part.cone(root, pad - facet.up * 0.2 * facet.half[0], 5.6 * scale, 4.6 * scale)
    axes = np.array([facet.normal, facet.up, facet.across])
    part.ellipsoid(pad, axes, (thick * 1.5, facet.half[0] * 1.15, facet.half[1] * 1.15), blend=3.0 * scale)
    part.plane(facet.centre - facet.normal * CARTILAGE, facet.normal, blend=0.6)
    return part


def inferior(facet: Facet, root: Array, scale: float) -> Sketch:
    """Inferior articular process: from ``root`` down to a pad on the other side of the plane, ending at the model's tip."""
    part = Sketch()
    thick = 2.8 * scale
    lift = facet.gap + CARTILAGE
    pad = facet.centre + facet.normal * (thick + lift)
    part.cone(root, pad - facet.up * 0.2 * facet.half[0], 5.4 * scale, 4.2 * scale)
    axes = np.array([facet.normal, facet.up, facet.across])
    part.ellipsoid(pad, axes, (thick * 1.5, facet.half[0] * 1.12, facet.half[1] * 1.08), blend=3.0 * scale)
    part.plane(facet.centre + facet.normal * lift, -facet.normal, blend=0.6)
    return part


def sketch(marks: Landmarks, tables: Tables, shape: Tables, body: int, side: int, *, carved: bool = True) -> Sketch:
    """Right or left half of the vertebra of ``body`` (1 = L5 to 6 = T12), the left mirrored to z >= 0."""
    name, s, here = VERTEBRAE[body - 1], marks.scale, Local(marks, body)
    mirror = np.array([1.0, 1.0, 2.0 * side - 1.0])

    def facet(joint: int) -> Facet:
        f = marks.joints[joint].facets[side]
        return Facet(f.centre * mirror, f.normal * mirror, f.up * mirror, f.across * mirror, f.half, f.gap, f.tip * mirror)

    def value(parameter: str) -> float:
        return s * shape.value("vertebrae", name, parameter)

    bone = Sketch()
    low, high = marks.ends[body]
    bone.body(low, high, waist=0.13, rim=2.2 * s, power=2.35, notch=0.13)
    a, h = here.depth, here.height
    ped_z = 0.5 * (value("canal_width") + value("pedicle_width")) - 0.6 * s
    ped_y = 0.5 * h - 0.5 * value("pedicle_height") * 0.95 - 0.5 * s
    back = -a - 0.5 * value("canal_depth")
    half_w, half_h = 0.5 * value("pedicle_width"), 0.5 * value("pedicle_height")
    front, rear = here.at(-0.55 * a, ped_y, ped_z), here.at(back - 0.5 * s, ped_y, ped_z + 0.8 * s)
    bone.cone(front, rear, half_h, half_h, flat=(0, 0, 1), by=min(1.0, half_w / half_h), blend=5.0 * s)
    wall = -a - value("canal_depth")
    pars = here.at(wall + 4.0 * s, ped_y - 5.0 * s, 0.5 * value("canal_width") + 1.5 * s)
    roof = here.at(wall - 3.0 * s, ped_y - 8.0 * s, 1.5 * s)
    bone.cone(rear, pars, 0.8 * half_h, 6.5 * s, blend=4.0 * s)
    bone.cone(pars, roof, 8.2 * s, 8.2 * s, flat=here.axes.T @ np.array([-0.72, 0.25, 0.62]), by=0.46, blend=4.0 * s)
    tip = -a - s * tables.value("vertebrae", name, "spinous_process_length") if name != "T12" else -a - 38 * s
    _spinous(bone, here, wall, tip, ped_y, s)
    reach = marks.transverse[body]
    end = here.into(reach)
    root = here.at(back - 2.0 * s, ped_y - 1.0 * s, ped_z + 1.0 * s)
    if body < 6:
        bone.cone(
            root, here.at(end[0] - 2 * s, 0.5 * (end[1] + ped_y), end[2]), 6.0 * s, 4.0 * s, flat=here.axes[0], by=0.62, blend=5.0 * s
        )
    else:
        bone.cone(root, here.at(back - 8 * s, ped_y, 24 * s), 6.0 * s, 5.5 * s, blend=5.0 * s)
    if body < 6:
        bone.group(superior(facet(body), here.at(back - 3.0 * s, ped_y + 1.0 * s, ped_z + 1.0 * s), s), blend=4.0 * s)
    bone.group(inferior(facet(body - 1), pars, s), blend=4.0 * s)
    canal = here.at(-a - 0.5 * value("canal_depth") + 0.6 * s, 0.0, 0.0)
    bone.cone(
        canal - 40 * here.axes[1], canal + 40 * here.axes[1], 0.5 * value("canal_width"), 0.5 * value("canal_width"),
        join=CUT, blend=2.0 * s, flat=here.axes[0], by=value("canal_depth") / value("canal_width"),
    )  # fmt: skip
    if carved and body > 1:
        below = sketch(marks, tables, shape, body - 1, side, carved=False)
        loss = marks.joints[body - 1].loss * marks.joints[body - 1].frame[:, 1]
        bone.group(below, join=CARVE, gap=CLEARANCE * s, blend=0.5 * s, shift=-loss)
    return bone


def _spinous(bone: Sketch, here: Local, wall: float, tip: float, y: float, s: float) -> None:
    """Spinous process: an upright plate, broad at its tip."""
    corners = np.array([
        [wall - 1.0 * s, y - 2.0 * s], [0.5 * (wall + tip), y - 4.5 * s], [tip + 4.0 * s, y - 5.0 * s], [tip, y - 9.0 * s],
        [tip + 1.0 * s, y - 18.0 * s], [tip + 6.0 * s, y - 21.0 * s], [0.45 * wall + 0.55 * tip, y - 19.0 * s],
        [wall - 1.0 * s, y - 15.0 * s],
    ])  # fmt: skip
    middle = corners.mean(axis=0)
    bone.plate(here.at(*middle), here.axes, smooth_loop(corners - middle), (2.6 * s, 3.6 * s, 6.0 * s), rim=3.0 * s, blend=5.0 * s)
