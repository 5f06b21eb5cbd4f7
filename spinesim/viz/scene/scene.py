"""The whole picture as arrays: what stays the same for a person, and one frame for every solved case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Protocol

import numpy as np

from spinesim.model.anatomy import SpineModel
from spinesim.model.layout import FORCE_PASSIVE
from spinesim.model.load import Load
from spinesim.model.names import CHAIN, LEVELS
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.solver.placement import Placement, Placer
from spinesim.solver.solution import Solution
from spinesim.viz.scene import body
from spinesim.viz.scene.discs import Discs
from spinesim.viz.scene.readings import Readings, Tolerances
from spinesim.viz.scene.spindles import Spindles
from spinesim.viz.scene.strands import Strands
from spinesim.viz.scene.strips import ROD_TRIANGLES, Strips, arrows, boxes
from spinesim.viz.scene.surface import Array, Surface, repeated

Detail = Literal["low", "medium", "high"]
STATIONS: Final = {"low": (12, 8), "medium": (16, 10), "high": (24, 14)}  # of a spindle: along it and around it
OVER_BONE: Final = 0.012  # m over the highest bone, to which muscles are drawn
# What the back of the trunk shows; legs and abdominal wall end on parts that are not drawn.
BACK: Final = (
    "psoas", "quadratus_lumborum", "multifidus", "longissimus_lumborum", "longissimus_thoracis", "iliocostalis_lumborum",
    "iliocostalis_thoracis",
)  # fmt: skip
# Bones that bear the discs; the others are there for the eye to find its way.
SPINE: Final = ("sacrum", "L5", "L4", "L3", "L2", "L1", "T12")
Muscles = Literal["off", "left", "right", "both"]
MUSCLES: Final = ("off", "left", "right", "both")
_BOX_DENSITY: Final = 700.0  # kg/m3, of the box that stands for a load


class AnatomyLike(Protocol):
    """Bones by name, each with a ``mesh`` in neutral coordinates and the ``body`` that carries it, and the rims of discs (6, 2, K, 3)."""

    @property
    def bones(self) -> Mapping[str, Any]:
        """Bones by name."""

    @property
    def rims(self) -> Array:
        """Rims of the discs."""

    @property
    def paths(self) -> Any:
        """Muscle paths for the eye: neutral points, their bodies, the first point of every fascicle, and where bodies carry them."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of the bones."""


class Label(NamedTuple):
    """Where a word points (3,), and which level (cranial to caudal) it is about."""

    anchor: Array
    level: int


@dataclass(frozen=True)
class Frame:
    """One case as surfaces and numbers; positions in m as of :class:`~spinesim.solver.placement.Placement`.

    Attributes
    ----------
    placement, readings
        Where everything is, and the numbers.
    bodies
        Matrices (7, 4, 4) that carry neutral points of the chain's bodies to where they stand.
    discs, spindles, ligaments, arrows, limbs, load
        Surfaces, with the triangles of :class:`Scene`: six discs caudal to cranial; fascicles of the model; strands of joint after joint;
        facet forces on the lower vertebrae, left and right of joint after joint; the body (:mod:`spinesim.viz.scene.body`);
        boxes in the hands and on the back.
    labels
        Of the levels, cranial to caudal.
    """

    placement: Placement
    readings: Readings
    bodies: Array
    discs: Surface
    spindles: Surface
    ligaments: Surface
    arrows: Surface
    limbs: Surface
    load: Surface
    labels: tuple[Label, ...]


class Scene:
    """Static parts of the picture of one person.

    Parameters
    ----------
    model, subject
        Who.
    anatomy
        Bones and rims of the person, as :func:`spinesim.viz.anatomy.build` makes them.
    detail
        How finely muscles are drawn.

    Attributes
    ----------
    bones
        By name.
    paths
        Muscle paths for the eye.
    discs, spindles, strips
        What shapes them; their ``triangles`` are those of every frame.
    strands
        Ligament strands for the eye.
    tolerances
        Of the person.
    """

    def __init__(self, model: SpineModel, subject: Subject, anatomy: AnatomyLike, detail: Detail = "medium") -> None:
        self.model, self.subject, self.anatomy, self.detail = model, subject, anatomy, detail
        self.placer = Placer(model, subject)
        self.bones = anatomy.bones
        self.paths: Any = anatomy.paths
        self.discs = Discs(anatomy.rims)
        self.strips = Strips(model.topology.strand_group)
        self.strands = Strands.of(self.placer, {self.bones[n].body: self.bones[n].mesh for n in SPINE}, self.strips.group)
        self.spindles = self._spindles(*STATIONS[detail])
        self.tolerances = Tolerances.of(subject)

    @classmethod
    def of(
        cls,
        model: SpineModel,
        subject: Subject,
        detail: Detail = "medium",
        folder: Path | None = None,
        progress: Callable[[str, float], None] | None = None,
    ) -> Scene:
        """The scene of a person; arguments and errors as of :func:`spinesim.viz.anatomy.build`."""
        from spinesim.viz.anatomy import build

        return cls(model, subject, build(model, subject, detail, folder=folder, progress=progress), detail)

    @cached_property
    def limb_triangles(self) -> Array:
        """Of the faint body."""
        return repeated(ROD_TRIANGLES, body.COUNT, int(ROD_TRIANGLES.max()) + 1)

    def side(self, which: Muscles, groups: tuple[str, ...] = BACK) -> Array:
        """Which fascicles (F,) belong to a side and to groups.

        Raises
        ------
        ValueError
            If nothing is left to show although a side was asked for.
        """
        names, all_groups = self.model.fascicles, self.model.groups
        sides = {"off": (), "left": ("left",), "right": ("right",), "both": ("left", "right")}[which]
        chosen = np.array([g in groups and n.rsplit("_", 1)[1] in sides for n, g in zip(names, all_groups, strict=True)])
        chosen &= np.isin(np.arange(len(names)), self.spindles.fascicle)
        if sides and not chosen.any():
            raise ValueError(f"no muscle is left to show of the groups {', '.join(groups) or 'none'}")
        return chosen

    def frame(self, posture: Posture, load: Load, solution: Solution | None = None, spindles: Spindles | None = None) -> Frame:
        """Everything of one case.

        Parameters
        ----------
        posture, load, solution
            The case; without a solution, or where it holds no numbers, the posture alone.
        spindles
            Those to be shaped; all of the scene by default.
        """
        placed = self.placer.place(posture, load, solution)
        readings = Readings(solution, self.tolerances)
        discs = self.discs.shape(placed.rotation, placed.shift, placed.disc_frame)
        anchors = [discs.points[j, self.discs.front[j]] for j in range(5, -1, -1)]
        return Frame(
            placement=placed,
            readings=readings,
            bodies=matrices(placed),
            discs=discs,
            spindles=(spindles or self.spindles).shape(self.paths.carried(placed.rotation, placed.shift)),
            ligaments=self.strips.shape(self.strands.carried(placed.rotation, placed.shift), placed.disc_frame),
            arrows=_facet_arrows(placed, readings),
            limbs=body.figure(self.placer.person, self.subject.stature_m, placed),
            load=_boxes(placed, load),
            labels=tuple(Label(anchor, level) for level, anchor in enumerate(anchors)),
        )

    def _spindles(self, stations: int, around: int) -> Spindles:
        paths, force = self.paths, self.placer.person.fascicle[:, FORCE_PASSIVE]
        path = [np.arange(first, last) for first, last in pairwise(paths.start)]
        return Spindles.of(path, paths.point, force, self._top(), stations, around)

    def _top(self) -> float:
        """Height (m) to which muscles are drawn: that of the highest bone of the thorax."""
        tops = [np.asarray(bone.mesh.points)[:, 1].max() for bone in self.bones.values() if bone.body == len(CHAIN) - 1]
        return float(max(tops)) + OVER_BONE


def matrices(placed: Placement) -> Array:
    """Homogeneous matrices (7, 4, 4) of the chain's bodies."""
    made = np.tile(np.eye(4), (len(CHAIN), 1, 1))
    made[:, :3, :3], made[:, :3, 3] = placed.rotation[: len(CHAIN)], placed.shift[: len(CHAIN)]
    return made


def _facet_arrows(placed: Placement, readings: Readings) -> Surface:
    """Force on the lower vertebra at the reported centre of contact, joints caudal to cranial, left then right."""
    force = readings.values("facet")[::-1]
    tip = placed.facet_centre
    if readings.solution is not None and placed.known:
        centre = 1e-3 * readings.solution.facet_centre_mm[::-1]
        at = np.einsum("jik,jsk->jsi", placed.disc_frame, centre) + placed.disc_lower[:, None]
        tip = np.where(np.isfinite(at), at, tip)
    return arrows(tip.reshape(-1, 3), -placed.facet_normal.reshape(-1, 3), force.reshape(-1))


def _boxes(placed: Placement, load: Load) -> Surface:
    """A box in the hands and one on the back, each of no size without a mass."""
    edge = np.cbrt(np.array([load.mass_kg, load.backpack_kg]) / _BOX_DENSITY)
    return boxes(np.stack([placed.held(load), placed.pack]), edge[:, None] * np.array([1.0, 0.8, 1.25]))


def context(bone: str) -> str:
    """Which part of the surroundings a bone is of, ``pelvis`` or ``ribs``; empty for one of the spine itself."""
    if bone in SPINE:
        return ""
    return "pelvis" if bone.startswith("pelvis") else "ribs"


def level_of(joint: int) -> int:
    """Place of a joint (caudal to cranial) among the levels of a result (cranial to caudal)."""
    return len(LEVELS) - 1 - joint
