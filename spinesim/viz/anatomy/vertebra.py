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

POWER, NOTCH = 2.25, 0.19  # of the outline of a body
CARTILAGE = 1.0  # mm on each facet
CLEARANCE = 1.25  # mm between bones that are not to meet


_MEASURES = ("pedicle_width", "pedicle_height", "canal_width", "canal_depth", "spinous_share", "spinous_height", "spinous_drop")


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
    """Superior articular process: from ``root`` up to a pad behind the plane of its facet, with the mamillary process on its back."""
    part = Sketch()
    pad = facet.centre - facet.normal * (2.6 * scale + CARTILAGE)
    foot = pad - facet.up * 0.6 * facet.half[0]
    part.cone(root, foot, 6.4 * scale, 4.8 * scale)
    part.ellipsoid(
        pad, [facet.normal, facet.up, facet.across], (3.3 * scale, facet.half[0] * 0.98, facet.half[1] * 1.06), blend=3.0 * scale
    )
    knob = facet.centre - facet.normal * 4.4 * scale + facet.across * 3.4 * scale - facet.up * 3.6 * scale
    part.ellipsoid(knob, [facet.normal, facet.up, facet.across], (3.0 * scale, 4.2 * scale, 3.0 * scale), blend=3.0 * scale)
    part.plane(facet.centre - facet.normal * CARTILAGE, facet.normal, blend=0.4 * scale)
    return part


def inferior(facet: Facet, root: Array, scale: float) -> Sketch:
    """Inferior articular process: from ``root`` down to a pad on the other side of the plane, ending at the model's tip."""
    part = Sketch()
    lift = facet.gap + CARTILAGE
    pad = facet.centre + facet.normal * (3.0 * scale + lift)
    part.cone(root, pad - facet.up * 0.3 * facet.half[0], 6.0 * scale, 4.4 * scale)
    part.ellipsoid(
        pad, [facet.normal, facet.up, facet.across], (3.8 * scale, facet.half[0] * 1.08, facet.half[1] * 1.06), blend=4.0 * scale
    )
    part.plane(facet.centre + facet.normal * lift, -facet.normal, blend=0.4 * scale)
    return part


def joint_space(facet: Facet, upper: bool) -> Sketch:
    """What a facet joint takes from the upper or lower bone, so that rounded seams do not grow over the patch."""
    part, side = Sketch(), -1.0 if upper else 1.0
    face = facet.centre + facet.normal * (facet.gap + CARTILAGE if upper else -CARTILAGE)
    half = (6.0, 1.1 * facet.half[0], 1.1 * facet.half[1])
    part.ellipsoid(face + side * 1.5 * facet.normal, [facet.normal, facet.up, facet.across], half)
    part.plane(face, -side * facet.normal)
    return part


class Vertebra:
    """Right or left half of one vertebra, the left mirrored to z >= 0: the measures from which its parts are put together."""

    def __init__(self, marks: Landmarks, tables: Tables, shape: Tables, body: int, side: int) -> None:
        name, s = VERTEBRAE[body - 1], marks.scale
        self.body, self.s, self.here = body, s, Local(marks, body)
        self.marks, self.side = marks, side
        self.value = {p: s * shape.value("vertebrae", name, p) for p in _MEASURES}
        here, value = self.here, self.value
        self.half_width, self.half_height = 0.5 * value["pedicle_width"], 0.5 * value["pedicle_height"]
        self.pedicle = np.array([-here.depth - 0.45 * value["canal_depth"], 0.5 * here.height - 0.5 * s - 0.95 * self.half_height, 0.0])
        self.pedicle[2] = 0.5 * value["canal_width"] + self.half_width - 0.6 * s
        self.wall = -here.depth - value["canal_depth"]  # back of the canal
        self.tip = -here.depth - value["spinous_share"] * (tables.value("vertebrae", name, "spinous_process_length") if body < 6 else 50.0)
        self.reach = 0.5 * s * tables.value("vertebrae", name, "transverse_process_width") if body < 6 else 0.0

    def facet(self, joint: int) -> Facet:
        """Facet of a joint on this side, mirrored to z >= 0."""
        return self.marks.facet(joint, self.side)

    def sketch(self) -> Sketch:
        """All parts joined, without what neighbours take away."""
        bone = Sketch()
        low, high = self.marks.ends[self.body]
        bone.body(low, high, waist=0.10, rim=2.0 * self.s, power=POWER, notch=NOTCH)
        self._pedicle(bone)
        self._lamina(bone)
        self._spinous(bone)
        self._transverse(bone)
        self._articular(bone)
        self._canal(bone)
        return bone

    def _pedicle(self, bone: Sketch) -> None:
        x, y, z = self.pedicle
        front, rear = self.here.at(-0.5 * self.here.depth, y, 0.97 * z), self.here.at(x - 1.5 * self.s, y, z + 0.6 * self.s)
        bone.cone(
            front, rear, self.half_height, 0.96 * self.half_height, by=min(1.0, self.half_width / self.half_height), blend=5.0 * self.s
        )

    def _lamina(self, bone: Sketch) -> None:
        """A plate from the spinous process to the pars, its lower corner drawn down to the inferior facet."""
        s, here = self.s, self.here
        x, y, z = self.pedicle
        low = here.into(self.facet(self.body - 1).centre + self.facet(self.body - 1).normal * 4.0 * s)
        inner, outer = np.array([self.wall - 3.4 * s, y, 0.0]), np.array([x - 3.0 * s, y, z - 1.0 * s])
        across = outer - inner
        length = float(np.linalg.norm(across))
        across /= length
        normal = np.cross(across, [0.0, 1.0, 0.0])
        foot = float(np.dot(low - inner, across))
        drop = here.into(self.facet(self.body - 1).centre)[1] - 0.9 * self.facet(self.body - 1).half[0]
        corners = np.array([
            [-4.0 * s, y - 1.0 * s], [0.5 * length, y + 0.5 * s], [length - 1.0 * s, y + 4.5 * s], [length + 3.0 * s, y],
            [max(length + 0.5 * s, foot + 4.5 * s), y - 7.0 * s], [foot + 5.0 * s, 0.5 * (y + drop) - 4.0 * s],
            [foot + 2.5 * s, drop + 1.0 * s],
            [foot - 3.0 * s, drop + 0.5 * s], [0.45 * foot, min(drop + 3.5 * s, y - 10.0 * s)],
            [-4.0 * s, min(drop + 0.5 * s, y - 14.0 * s)],
        ])  # fmt: skip
        corners[:, 1] -= y
        frame = np.array([across, [0.0, 1.0, 0.0], normal]) @ here.axes
        bone.plate(here.at(*inner), frame, smooth_loop(corners), (3.4 * s, 3.2 * s, 3.0 * s), rim=3.0 * s, blend=4.0 * s)

    def _spinous(self, bone: Sketch) -> None:
        """Spinous process: an upright plate, thick along its free edge and at the corner below."""
        s, here, y = self.s, self.here, self.pedicle[1]
        fall, tall, wall, tip = self.value["spinous_drop"], self.value["spinous_height"], self.wall, self.tip
        top, low = y - 3.5 * s - fall, y - 3.5 * s - fall - tall
        corners = np.array([
            [wall + 1.0 * s, y - 0.5 * s], [0.6 * wall + 0.4 * tip, y - 3.0 * s - 0.5 * fall], [tip + 6.0 * s, top + 0.6 * s],
            [tip + 1.5 * s, top - 1.0 * s],
            [tip, 0.5 * (top + low)], [tip + 0.5 * s, low + 2.5 * s], [tip + 4.5 * s, low - 0.5 * s], [tip + 10.0 * s, low - 0.2 * s],
            [0.5 * wall + 0.5 * tip, low + 2.0 * s], [wall + 1.0 * s, low + 3.0 * s],
        ])  # fmt: skip
        middle = corners.mean(axis=0)
        bone.plate(here.at(*middle), here.axes, smooth_loop(corners - middle), (2.7 * s, 2.8 * s, 5.0 * s), rim=2.4 * s, blend=6.0 * s)
        bone.cone(here.at(tip + 3.5 * s, top - 4.0 * s), here.at(tip + 4.0 * s, low + 3.6 * s), 3.0 * s, 4.1 * s, blend=4.0 * s)

    def _transverse(self, bone: Sketch) -> None:
        s, here = self.s, self.here
        x, y, z = self.pedicle
        # The lowest one gives way to the tall facets of the sacrum.
        root = here.at(x - 2.5 * s, y + (2.0 if self.body == 1 else -1.0) * s, z + 1.0 * s)
        if self.body == 6:  # three knobs stand for the process
            bone.cone(root, here.at(x - 7.0 * s, y + 1.0 * s, z + 9.0 * s), 6.5 * s, 5.0 * s, blend=5.0 * s)
            bone.cone(here.at(x - 8.0 * s, y, z + 7.0 * s), here.at(x - 9.0 * s, y + 8.0 * s, z + 6.5 * s), 4.0 * s, 2.8 * s, blend=3.0 * s)
            bone.cone(
                here.at(x - 6.0 * s, y - 2.0 * s, z + 7.0 * s),
                here.at(x - 8.0 * s, y - 9.0 * s, z + 8.0 * s),
                4.0 * s,
                2.6 * s,
                blend=3.0 * s,
            )
            return
        if self.body > 6:  # club-shaped, back and outwards, behind its rib
            bone.cone(root, here.at(x - 12.0 * s, y + 5.0 * s, z + 16.0 * s), 6.5 * s, 5.2 * s, blend=5.0 * s)
            return
        held = here.into(self.marks.transverse[self.body])
        stout = 1.15 if self.body == 1 else 1.0
        reach = max(self.reach, held[2] + 1.0 * s)
        tip = here.at(held[0], 0.6 * held[1] + 0.4 * y, reach - 3.6 * s)
        middle = here.at(0.5 * (x - 3.0 * s + held[0]) - 2.0 * s, 0.25 * held[1] + 0.75 * y - 0.5 * s, 0.5 * (z + reach))
        bone.cone(root, middle, 7.0 * s * stout, 4.9 * s * stout, flat=here.axes[0], by=0.62, blend=6.0 * s)
        bone.cone(middle, tip, 4.9 * s * stout, 4.0 * s, flat=here.axes[0], by=0.58, blend=2.0 * s)
        knob = here.at(x - 6.5 * s, y - 4.5 * s, z + 4.5 * s)
        bone.ellipsoid(knob, here.axes, (2.6 * s, 3.6 * s, 2.6 * s), blend=4.0 * s)

    def _articular(self, bone: Sketch) -> None:
        s, here = self.s, self.here
        x, y, z = self.pedicle
        if self.body < len(self.marks.joints):
            high = y + (2.0 if self.body == 1 else -1.0) * s
            bone.group(superior(self.facet(self.body), here.at(x - 2.5 * s, high, z + 1.0 * s), s), blend=5.0 * s)
        root = here.at(x - 5.0 * s, y - 7.0 * s, z - 3.0 * s)
        bone.group(inferior(self.facet(self.body - 1), root, s), blend=4.0 * s)
        bone.group(joint_space(self.facet(self.body - 1), True), join=CUT, blend=0.2 * s)
        if self.body < len(self.marks.joints):
            bone.group(joint_space(self.facet(self.body), False), join=CUT, blend=0.2 * s)

    def _canal(self, bone: Sketch) -> None:
        here, wide, deep = self.here, self.value["canal_width"], self.value["canal_depth"]
        middle = here.at(-here.depth - 0.5 * deep + 0.8 * self.s, 0.0, 0.0)
        far = 40.0 * self.s * here.axes[1]
        bone.cone(middle - far, middle + far, 0.5 * wide, 0.5 * wide, join=CUT, blend=2.0 * self.s, flat=here.axes[0], by=deep / wide)


def sketch(marks: Landmarks, tables: Tables, shape: Tables, body: int, side: int, below: Sketch) -> tuple[Sketch, Sketch]:
    """Half of a vertebra (1 = L5), less what the bone ``below`` takes where it stands in neutral; and the same with nothing taken."""
    whole, bone, joint = Vertebra(marks, tables, shape, body, side).sketch(), Sketch(), marks.joints[body - 1]
    bone.rows, bone.outlines = [*whole.rows], [*whole.outlines]
    shift = joint.loss * joint.frame[:, 1]
    bone.group(below, join=CARVE, gap=CLEARANCE * marks.scale, blend=1.0 * marks.scale, shift=shift)
    return bone, whole
