"""Which bones there are, the field of each, and their meshes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Final

import numpy as np

from spinesim.model.tables import Tables
from spinesim.viz.anatomy import hip, rib, sacrum, vertebra
from spinesim.viz.anatomy.landmarks import VERTEBRAE, Landmarks
from spinesim.viz.anatomy.mesh import Mesh
from spinesim.viz.anatomy.solids import Field, Sketch
from spinesim.viz.anatomy.surface import skin

THORAX: Final = 6  # body that carries T12 and all above it
PAIRED: Final = ("pelvis", *(f"rib{number}" for number in rib.CURVES))
NAMES: Final = ("sacrum", *VERTEBRAE, *(f"{name}_{side}" for name in PAIRED for side in ("left", "right")))
_SPACING = {"pelvis": 1.6, "rib": 1.3, "sacrum": 1.4, "vertebra": 1.1}  # mm, of the lattice, for a person of the table's size
_SHARE = {"pelvis": 1.2, "rib": 0.3, "sacrum": 1.2, "vertebra": 1.0, "thoracic": 0.6}  # of the triangles of a lumbar vertebra


@dataclass(frozen=True, eq=False)
class Plan:
    """A bone to be made: its field, the body it moves with, the spacing of the lattice (mm), its share of triangles, its neighbours."""

    field: Field
    body: int
    spacing: float
    share: float
    around: tuple[str, ...] = ()
    smooth: bool = False


def plans(marks: Landmarks, tables: Tables, shape: Tables) -> dict[str, Plan]:
    """Plans by name; of paired bones the right one."""
    out: dict[str, Plan] = {}
    halves = tuple(sacrum.sketch(marks, side) for side in range(2))
    base = halves[1]
    out["sacrum"] = Plan(base.half(halves[0]), 0, _SPACING["sacrum"] * marks.scale, _SHARE["sacrum"], ("L5",))
    for place, name in enumerate(VERTEBRAE, start=1):
        made: list[tuple[Sketch, Sketch]] = [vertebra.sketch(marks, tables, shape, place, side, halves[side]) for side in range(2)]
        share = _SHARE["vertebra" if place <= THORAX else "thoracic"]
        near = tuple(VERTEBRAE[k - 1] for k in (place - 1, place + 1) if 0 < k <= len(VERTEBRAE))
        field = made[1][0].half(made[0][0])
        out[name] = Plan(field, min(place, THORAX), _SPACING["vertebra"] * marks.scale, share, near if place > 1 else (*near, "sacrum"))
        halves = made[0][1], made[1][1]
    out["pelvis_right"] = Plan(hip.sketch(marks, base).whole(), 0, _SPACING["pelvis"] * marks.scale, _SHARE["pelvis"], ("sacrum",))
    for number in rib.CURVES:
        field = rib.sketch(marks, number).whole()
        out[f"rib{number}_right"] = Plan(field, THORAX, _SPACING["rib"] * marks.scale, _SHARE["rib"], smooth=True)
    return out


def meshes(wanted: Mapping[str, Plan], triangles: int, progress: Callable[[str, float], None] | None) -> dict[str, Mesh]:
    """Meshes of plans with about ``triangles`` a lumbar vertebra, several bones at a time; ``progress`` hears of every one that is done."""

    def make(plan: Plan) -> Mesh:
        around = [wanted[name].field for name in plan.around]
        return skin(plan.field, plan.spacing, int(plan.share * triangles), around=around, own_normals=plan.smooth)

    done: dict[str, Mesh] = {}
    # The largest first, so that none is left alone at the end.
    order = sorted(wanted, key=lambda name: -float(np.prod(np.subtract(*wanted[name].field.bounds[::-1]) / wanted[name].spacing)))
    with ThreadPoolExecutor(min(os.cpu_count() or 1, len(order))) as pool:
        running = {pool.submit(make, wanted[name]): name for name in order}
        for future in as_completed(running):
            done[running[future]] = future.result()
            if progress is not None:
                progress(running[future], len(done) / len(order))
    return {name: done[name] for name in wanted}


def mirrored(mesh: Mesh) -> Mesh:
    """The mesh of the other side."""
    flip = np.array([1.0, 1.0, -1.0])
    return Mesh(mesh.points * flip, np.ascontiguousarray(mesh.triangles[:, ::-1]), mesh.normals * flip, mesh.occlusion)
