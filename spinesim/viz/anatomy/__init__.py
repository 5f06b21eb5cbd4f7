"""Bones of a person, made from the same record that is solved: vertebrae, sacrum, hip bones, ribs, and the rims of the discs.

Everything is in metres, in the neutral coordinates of the record (:mod:`spinesim.model.layout`). A point X of a bone on body b stands
at ``shift[b] + rotation[b] X`` in a posture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from spinesim.model.anatomy import SpineModel
from spinesim.model.data import data_dir
from spinesim.model.layout import JOINT_COUNT
from spinesim.model.subject import Subject
from spinesim.model.tables import Tables
from spinesim.viz.anatomy import hip, landmarks, rib, rims, sacrum, vertebra
from spinesim.viz.anatomy.mesh import Mesh
from spinesim.viz.anatomy.solids import Field
from spinesim.viz.anatomy.surface import skin

__all__ = ["DETAILS", "Anatomy", "Bone", "Mesh", "build"]

Array = NDArray[Any]
Detail = Literal["low", "medium", "high"]
Progress = Callable[[str, float], None]

DETAILS: Mapping[str, int] = {"low": 3500, "medium": 10000, "high": 25000}


@dataclass(frozen=True, eq=False)
class Bone:
    """A bone and the body of the chain that it moves with."""

    mesh: Mesh
    body: int


@dataclass(frozen=True, eq=False)
class Anatomy:
    """The bones of a person.

    Attributes
    ----------
    bones
        By name: ``L5`` to ``L1``, ``T12``, ``sacrum``, ``pelvis_left``, ``rib12_right`` ...
    rims
        (6, 2, 48, 3) m, joints caudal to cranial: the loop on the endplate below the disc (of body j) and the one above it (of body
        j + 1), in neutral coordinates, both from the front over the right.
    """

    bones: Mapping[str, Bone]
    rims: Array


def build(
    model: SpineModel, subject: Subject, detail: Detail = "medium", *, folder: Path | None = None, progress: Progress | None = None
) -> Anatomy:
    """Make the bones of a person."""
    shape = Tables.load(data_dir("geometry") / "anatomy")
    marks = landmarks.of(model, subject, shape)
    wanted = DETAILS[detail]
    fields: dict[str, tuple[Field, int]] = {}
    base = sacrum.sketch(marks, 1)
    below = base
    for place, name in enumerate(landmarks.VERTEBRAE, start=1):
        fields[name] = vertebra.sketch(marks, model.tables, shape, place, 1, below).field(), min(place, 6)
        below = vertebra.sketch(marks, model.tables, shape, place, 1)
    fields["sacrum"] = base.field(), 0
    fields["pelvis_right"] = hip.sketch(marks, base).field(folded=False), 0
    for number in rib.CURVES:
        fields[f"rib{number}_right"] = rib.sketch(marks, number).field(folded=False), 6
    bones: dict[str, Bone] = {}
    for done, (name, (field, body)) in enumerate(fields.items()):
        if progress is not None:
            progress(name, done / len(fields))
        share = 0.35 if name.startswith("rib") else 1.0
        low, high = _box(field, marks.scale)
        mesh = skin(field, low, high, _spacing(name) * marks.scale, int(share * wanted), own_normals=name.startswith("rib"))
        bones[name] = Bone(mesh, body)
    for name in [n for n in bones if n.endswith("_right")]:
        bones[name.replace("right", "left")] = Bone(_mirrored(bones[name].mesh), bones[name].body)
    loops = [[rims.rim(p, vertebra.POWER, vertebra.NOTCH) for p in (j.lower, j.upper)] for j in marks.joints[:JOINT_COUNT]]
    return Anatomy(bones, np.array(loops) * 1e-3)


def _spacing(name: str) -> float:
    return {"p": 1.8, "r": 1.2, "s": 1.3}.get(name[0], 1.0)


def _box(field: Field, scale: float) -> tuple[Array, Array]:
    """Corners of a box round everything that a field joins."""
    low, high = field.bounds
    return low - 3.0 * scale, high + 3.0 * scale


def _mirrored(mesh: Mesh) -> Mesh:
    flip = np.array([1.0, 1.0, -1.0])
    return Mesh(mesh.points * flip, np.ascontiguousarray(mesh.triangles[:, ::-1]), mesh.normals * flip, mesh.occlusion)
