"""Where the bones of one person stand: endplates and facets, from the person's record. Lengths mm, neutral coordinates."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinesim.model import skeleton, tissues
from spinesim.model.anatomy import SpineModel
from spinesim.model.layout import DISC_HEIGHT, JOINT_COUNT
from spinesim.model.names import JOINTS, LIGAMENTS
from spinesim.model.subject import Subject
from spinesim.model.tables import Tables
from spinesim.viz.anatomy.solids import Plate

Array = NDArray[Any]

MM = 1e3
# From body 1 up; those above the sixth move with it.
VERTEBRAE = ("L5", "L4", "L3", "L2", "L1", "T12", "T11", "T10", "T9")
_DISH = 1.4  # mm that an endplate is hollow
# A bone's endplate stands between the size of the bone and that of the disc, which bulges past it.
_DISC_SHARE = 0.5


@dataclass(frozen=True, eq=False)
class Facet:
    """One side of a facet joint: centre of the lower bone's patch, its normal, half height and width of the patch, and gap."""

    centre: Array
    normal: Array
    up: Array
    across: Array
    half: tuple[float, float]
    gap: float


@dataclass(frozen=True, eq=False)
class Joint:
    """A level: disc centre, axes of the disc frame (columns), the endplates, the facets left and right, and lost height."""

    centre: Array
    frame: Array
    lower: Plate
    upper: Plate
    facets: tuple[Facet, Facet]
    loss: float


@dataclass(frozen=True, eq=False)
class Stand:
    """How the table posture of a body goes over into a person: scale, rotation (3, 3), shift."""

    scale: float
    rotation: Array
    shift: Array

    def at(self, *place: Any) -> Array:
        """Neutral coordinates of table positions (..., 3), mm."""
        moved: Array = self.scale * np.asarray(place if len(place) == 3 else place[0], float) @ self.rotation.T + self.shift
        return moved

    def turn(self, direction: Any) -> Array:
        """Neutral direction of a table direction."""
        turned: Array = np.asarray(direction, float) @ self.rotation.T
        return turned


@dataclass(frozen=True, eq=False)
class Landmarks:
    """Of one person.

    Attributes
    ----------
    scale
        Lengths against the tables.
    joints
        Caudal to cranial: the six of the model, then those of the thorax, which do not move.
    ends
        Lower and upper endplate of the vertebrae, by their place above the sacrum (1 = L5).
    transverse
        Where the ligament between transverse processes holds bodies 1 to 6, right side.
    hip
        Centre of the right hip.
    stands
        How the table posture of the pelvis (0) and the thorax (6) goes over into this person.
    """

    scale: float
    joints: tuple[Joint, ...]
    ends: Mapping[int, tuple[Plate, Plate]]
    transverse: Mapping[int, Array]
    hip: Array
    stands: Mapping[int, Stand]

    def facet(self, joint: int, side: int) -> Facet:
        """Facet of a joint, left (0) or right (1), the left mirrored to z >= 0; across is outwards."""
        f, mirror = self.joints[joint].facets[side], np.array([1.0, 1.0, 2.0 * side - 1.0])
        across = f.across * mirror
        across = across if across[2] >= 0.0 else -across
        return Facet(f.centre * mirror, f.normal * mirror, f.up * mirror, across, f.half, f.gap)


def of(model: SpineModel, subject: Subject, shape: Tables) -> Landmarks:
    """The landmarks of a person, from the same record that is solved; ``shape`` tells of the bones that it has not."""
    spine = model.pack(subject)
    tables = model.tables.scaled(subject.tissue) if subject.tissue else model.tables
    bones = skeleton.build(tables, subject)
    scale, turn, shift = float(bones.scale[0]), bones.turn[0], bones.shift[0]
    disc_depth = tissues.shape_of(tables, subject, bones.scale).depth[0]
    slips = [subject.segment_slip_mm.get(joint, 0.0) for joint in JOINTS]
    joints = tuple(_joint(spine, tables, j, disc_depth[j], slips[j]) for j in range(JOINT_COUNT))
    ends = {b: (joints[b - 1].upper, joints[b].lower) for b in range(1, 6)}
    tilt = math.radians(tables.value("vertebrae", "T12", "tilt")) + turn[6]
    ends[6] = (joints[5].upper, _top(joints[5].upper, tilt, tables.value("vertebrae", "T12", "height") * scale))
    for place in range(7, len(VERTEBRAE) + 1):
        joint, ends[place] = _above(ends[place - 1][1], shape, VERTEBRAE[place - 1], turn[6], scale)
        joints = (*joints, joint)
    stands = {b: Stand(scale, skeleton.rotation_z(turn[b]), MM * shift[b]) for b in (0, 6)}
    return Landmarks(scale, joints, ends, _held(model, spine, "ITL"), MM * spine.hip[0], stands)


def _joint(spine: Any, tables: Tables, j: int, disc_depth: float, slip: float) -> Joint:
    frame, centre = spine.frame[j], spine.centre[j] * MM
    tilt = math.atan2(frame[1, 0], frame[0, 0])
    wedge = math.radians(tables.value("discs", JOINTS[j], "wedge"))
    # In neutral coordinates the upper body still stands at the disc's full height.
    half = 0.5 * MM * (spine.disc[j, DISC_HEIGHT] + spine.height_loss[j])
    grown = MM * disc_depth / tables.value("discs", JOINTS[j], "depth")
    names = ("S1", *VERTEBRAE)[j : j + 2]
    plates = []
    for name, side in zip(names, (-1.0, 1.0), strict=True):
        where = centre + side * half * frame[:, 1] + (slip * frame[:, 0] if side > 0.0 else 0.0)
        depth, width = (
            0.5 * grown * ((1.0 - _DISC_SHARE) * tables.value("vertebrae", name, p) + _DISC_SHARE * tables.value("discs", JOINTS[j], p))
            for p in ("depth", "width")
        )
        plates.append(Plate((float(where[0]), float(where[1])), tilt + side * 0.5 * wedge, depth, width, _DISH))
    facets = tuple(_facet(spine, tables, j, side) for side in range(2))
    return Joint(centre, frame, plates[0], plates[1], (facets[0], facets[1]), MM * float(spine.height_loss[j]))


def _facet(spine: Any, tables: Tables, j: int, side: int) -> Facet:
    frame, centre = spine.frame[j], spine.centre[j]
    normal = frame @ spine.facet_normal[j, side]
    up, across = tissues.patch_axes(spine.facet_normal[j, side])
    scale = math.sqrt(
        spine.facet_area[j, side].sum() * MM**2 / math.prod(tables.value("facets", JOINTS[j], f"patch_{n}") for n in ("height", "width"))
    )
    half = tuple(0.5 * scale * tables.value("facets", JOINTS[j], f"patch_{n}") for n in ("height", "width"))
    at = MM * (centre + frame @ spine.facet_origin[j, side])
    gap = MM * float(spine.facet_gap[j, side].mean())
    return Facet(at, normal, frame @ up, frame @ across, (half[0], half[1]), gap)


def _top(low: Plate, tilt: float, height: float) -> Plate:
    """Upper endplate of the uppermost vertebra, whose upper joint the model has not."""
    x, y = low.centre
    return Plate((x - height * math.sin(tilt), y + height * math.cos(tilt)), 2.0 * tilt - low.tilt, low.depth, 0.98 * low.width, low.dish)


def _above(below: Plate, shape: Tables, name: str, turn: float, scale: float) -> tuple[Joint, tuple[Plate, Plate]]:
    """The joint above an endplate inside the thorax, its facets nearly coronal, and the endplates of the vertebra on it."""

    def value(parameter: str) -> float:
        return float(shape.value("thorax", name, parameter))

    gap, tall = scale * value("disc_height"), scale * value("height")
    tilt = math.radians(value("tilt")) + turn
    middle = 0.5 * (below.tilt + tilt)
    frame = skeleton.rotation_z(middle)
    lower, upper = np.array([*below.centre, 0.0]), np.array([*below.centre, 0.0]) + gap * frame[:, 1]
    low = Plate((float(upper[0]), float(upper[1])), middle, 0.985 * below.depth, 0.985 * below.width, below.dish)
    centre = 0.5 * (lower + upper)
    facets = [_coronal(centre, frame, side, scale, shape) for side in (-1.0, 1.0)]
    return Joint(centre, frame, below, low, (facets[0], facets[1]), 0.0), (low, _top(low, tilt, tall))


def _coronal(centre: Array, frame: Array, side: float, scale: float, shape: Tables) -> Facet:
    """Facet of a thoracic joint."""
    x, y, z, height, width = (scale * shape.value("thorax", "facet", p) for p in ("x", "y", "z", "height", "width"))
    lean, turn = (math.radians(shape.value("thorax", "facet", p)) for p in ("lean", "turn"))
    normal = np.array([-math.cos(turn) * math.cos(lean), math.sin(lean), side * math.sin(turn) * math.cos(lean)])
    up, across = tissues.patch_axes(normal)
    place = centre + frame @ np.array([x, y, side * z])
    return Facet(place, frame @ normal, frame @ up, frame @ across, (0.5 * height, 0.5 * width), 0.0)


def _held(model: SpineModel, spine: Any, ligament: str) -> dict[int, Array]:
    """Mean of the places where a ligament holds each body, right side where it has sides."""
    mine = np.flatnonzero(model.topology.strand_group == LIGAMENTS.index(ligament))
    found: dict[int, list[Array]] = {}
    for j in range(JOINT_COUNT):
        strand = mine[-1]
        lift = np.array([0.0, spine.height_loss[j], 0.0])
        for body, place in ((j, spine.strand_lower[j, strand]), (j + 1, spine.strand_upper[j, strand] + lift)):
            found.setdefault(body, []).append(MM * (spine.centre[j] + spine.frame[j] @ place))
    return {body: np.mean(places, axis=0) for body, places in found.items()}
