"""Bones of a person, made from the same record that is solved: vertebrae, sacrum, hip bones, ribs, and the rims of the discs.

Everything is in metres, in the neutral coordinates of the record (:mod:`spinesim.model.layout`). A point X of a bone on body b stands
at ``shift[b] + rotation[b] @ X`` in a posture.

A bone is a signed distance field, joined of a few dozen solids between the landmarks that the record gives (disc centres and frames,
disc heights, facet patches, places of ligaments). Its mesh is the field's surface. Shapes that the model does not need are in
``geometry/anatomy``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from spinesim.model.anatomy import SpineModel
from spinesim.model.data import data_dir
from spinesim.model.layout import JOINT_COUNT
from spinesim.model.names import unknown_name
from spinesim.model.subject import Subject
from spinesim.model.tables import Tables
from spinesim.viz.anatomy import bones as planning
from spinesim.viz.anatomy import cache, dropin, landmarks, paths, rims, vertebra
from spinesim.viz.anatomy.bones import NAMES
from spinesim.viz.anatomy.mesh import Mesh
from spinesim.viz.anatomy.paths import DisplayPaths
from spinesim.viz.anatomy.solids import Field

__all__ = ["DETAILS", "NAMES", "Anatomy", "Bone", "DisplayPaths", "Mesh", "build"]

Array = NDArray[Any]
Detail = Literal["low", "medium", "high"]
Progress = Callable[[str, float], None]

DETAILS: Final[Mapping[str, int]] = {"low": 3500, "medium": 10000, "high": 25000}  # triangles of a lumbar vertebra
_MM: Final = 1e-3


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
        By name (:data:`NAMES`): ``sacrum``, ``L5`` to ``T9``, ``pelvis_left``, ``rib12_right`` ...
    rims
        (6, 2, 48, 3) m, joints caudal to cranial: the loop on the endplate below the disc (of body j) and the one above it (of body
        j + 1), in neutral coordinates, both from the front over the right.
    paths
        Muscle paths for the eye, led round the bones.
    fields
        Signed distance (mm, neutral coordinates in mm) of every bone as it is drawn where no file took its place, with its body.
    notes
        What the user should know: bones that are not kept, files that are not closed.
    """

    bones: Mapping[str, Bone]
    rims: Array
    paths: DisplayPaths
    fields: Mapping[str, tuple[Field, int]]
    notes: tuple[str, ...] = ()


def build(
    model: SpineModel, subject: Subject, detail: Detail = "medium", *, folder: Path | None = None, progress: Progress | None = None
) -> Anatomy:
    """The bones of a person, made or taken from the cache.

    Parameters
    ----------
    model, subject
        As they are solved.
    detail
        ``low``, ``medium`` or ``high``: 3,500, 10,000 or 25,000 triangles a vertebra.
    folder
        The user's own bones: files ``L4.stl``, ``sacrum.ply`` ... (.stl, .ply, .vtp), millimetres, in the neutral coordinates of the
        person: x anterior, y superior, z right, origin in the centre of the L5-S1 disc. Bones without a file are drawn as ever.
    progress
        Called with the name of a bone that is ready and the share that is done, 0 to 1.

    Raises
    ------
    ValueError
        If ``detail`` is unknown, the subject is not valid, or a file of ``folder`` is no such bone.
    FileNotFoundError
        If ``folder`` or a table is missing.
    """
    if detail not in DETAILS:
        raise ValueError(unknown_name("detail", detail, tuple(DETAILS)))
    shape = Tables.load(data_dir("geometry") / "anatomy")
    marks = landmarks.of(model, subject, shape)
    plans = planning.plans(marks, model.tables, shape)
    spine = model.pack(subject)
    fields = {name: (plan.field, plan.body) for name, plan in plans.items()}
    fields |= {name.replace("right", "left"): (f.other_side(), body) for name, (f, body) in fields.items() if name.endswith("_right")}
    meshes, display, notes = _kept(model, spine, plans, fields, DETAILS[detail], progress)
    made = {name: Bone(mesh, fields[name][1]) for name, mesh in meshes.items()}
    if folder is not None:
        own, told = dropin.read(folder, meshes, DETAILS[detail])
        made |= {name: Bone(mesh, made[name].body) for name, mesh in own.items()}
        notes += told
    loops = [[rims.rim(plate, vertebra.POWER, vertebra.NOTCH) for plate in (j.lower, j.upper)] for j in marks.joints[:JOINT_COUNT]]
    return Anatomy({name: made[name] for name in NAMES}, np.array(loops) * _MM, display, fields, tuple(notes))


def _kept(
    model: SpineModel, spine: Any, plans: Mapping[str, planning.Plan], fields: Mapping[str, tuple[Field, int]], triangles: int,
    progress: Progress | None,
) -> tuple[dict[str, Mesh], DisplayPaths, list[str]]:  # fmt: skip
    """Meshes and muscle paths from the cache, or made and put there."""
    owner = model.fascicle_table.owner
    key = cache.key(plans, triangles, spine.point, spine.share, spine.centre, spine.frame, spine.height_loss, owner)
    notes: list[str] = []
    found = cache.read(key)
    if found is None:
        meshes = planning.meshes(plans, triangles, progress)
        display = paths.display(spine, model.topology, owner, list(fields.values()))
        trouble = cache.write(key, meshes, {"point": display.point, "body": display.body, "start": display.start})
        notes += [trouble] if trouble else []
    else:
        meshes, arrays = found
        display = DisplayPaths(arrays["point"], arrays["body"], arrays["start"])
    meshes |= {name.replace("right", "left"): planning.mirrored(mesh) for name, mesh in meshes.items() if name.endswith("_right")}
    return meshes, display, notes
