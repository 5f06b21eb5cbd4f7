"""What a page holds of a person: bones, discs, muscles and ligaments in neutral coordinates, packed for the browser."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from spinesim.model.layout import JOINT_COUNT
from spinesim.model.load import Load
from spinesim.model.names import LIGAMENTS
from spinesim.model.posture import Posture
from spinesim.viz.offline.outline import outline
from spinesim.viz.offline.packing import Blob, add_mesh
from spinesim.viz.scene import BACK, QUANTITIES, Scene, context, strips
from spinesim.viz.scene import discs as shapes
from spinesim.viz.scene.spindles import Spindles
from spinesim.viz.scene.strands import on_body
from spinesim.viz.scene.surface import Array

STRAND_RADIUS: Final = 1.1e-3  # m
_ABOVE_T12: Final = 0.045  # m over the upper disc centre of the thorax's joint, where muscles end that go on to ribs
_FADE: Final = 0.05  # m, over which muscles taper off
# Axis to the right in the flat drawings: from the right side, and from behind.
ACROSS: Final = {"side": 0, "back": 2}
_BOLD: Final = 1.5  # arrows of the page are seen from farther away


def bones(blob: Blob, scene: Scene) -> list[dict[str, Any]]:
    """Meshes, and outlines for the flat drawing."""
    made = []
    for name, bone in scene.bones.items():
        entry = {"name": name, "body": bone.body, "ghost": bool(context(name)), **add_mesh(blob, name, bone.mesh)}
        # From the side the right half hides the left one.
        entry["views"] = ["back"] if name.endswith("_left") else ["side", "back"]
        for view in entry["views"]:
            seen = outline(np.asarray(bone.mesh.points), np.asarray(bone.mesh.triangles), ACROSS[view])
            blob.add(f"{name}.{view}", seen.astype("f4"))
        entry["middle"] = np.asarray(bone.mesh.points).mean(axis=0).tolist()
        made.append(entry)
    # Ribs last: they lie over the spine in the flat drawing.
    return sorted(made, key=lambda entry: entry["name"].startswith("rib"))


def discs(blob: Blob, scene: Scene) -> dict[str, Any]:
    """Rims and what shapes the lofts between them."""
    made = scene.discs
    for name, array in (("rims", made.rims), ("rest", made.rest), ("profile", made.profile), ("up", scene.placer.person.frame[:, :, 1])):
        blob.add(f"discs.{name}", np.asarray(array).astype("f4"))
    blob.add("discs.triangles", np.asarray(made.triangles).astype("u2"))
    return {
        "around": made.rims.shape[2], "rows": shapes.ROWS, "rings": shapes.RINGS, "bulge": shapes.BULGE, "gain": shapes.BULGE_GAIN,
        "range": shapes.BULGE_RANGE, "dome": shapes.DOME, "sense": made.sense,
    }  # fmt: skip


def muscles(blob: Blob, scene: Scene) -> dict[str, Any]:
    """Spindles of the back, with their path points renumbered to those in use."""
    chosen = scene.side("both")
    made = scene.spindles.only(chosen)
    used, number = np.unique(made.chosen, return_inverse=True)
    blob.add("muscles.chosen", number.reshape(made.chosen.shape).astype("u2"))
    blob.add("muscles.points", scene.paths.point[used].astype("f4"))
    blob.add("muscles.body", scene.paths.body[used].astype("u1"))
    for name in ("mix", "slope", "radius", "reference", "tendon"):
        blob.add(f"muscles.{name}", np.asarray(getattr(made, name)).astype("f4"))
    blob.add("muscles.there", _there(scene, made).astype("f4"))
    numbers = np.flatnonzero(chosen)
    names, groups = [scene.model.fascicles[f] for f in numbers], [scene.model.groups[f] for f in numbers]
    blob.add("muscles.side", np.array([name.endswith(("_r", "_right")) for name in names]).astype("u1"))
    of = [BACK.index(group) for group in groups]
    return {"count": len(names), "stations": made.radius.shape[1], "names": names, "groups": list(BACK), "of": of}


def ligaments(blob: Blob, scene: Scene) -> dict[str, Any]:
    """Strands from body to body, and where the facets are."""
    placed, group = scene.placer.place(Posture(), Load()), scene.strands.group
    blob.add("ligaments.ends", scene.strands.ends.astype("f4"))
    blob.add("ligaments.group", group.astype("u1"))
    facets = np.stack([on_body(placed, j + 1, placed.facet_centre[j]) for j in range(JOINT_COUNT)])
    blob.add("facets.centre", facets.astype("f4"))
    blob.add("facets.normal", np.stack([placed.facet_normal[j] @ placed.rotation[j] for j in range(JOINT_COUNT)]).astype("f4"))
    return {"names": list(LIGAMENTS), "full": QUANTITIES["ligament"].full, "radius": STRAND_RADIUS, "strands": JOINT_COUNT * len(group)}


def arrows() -> dict[str, Any]:
    """How long and thick facet forces are drawn."""
    radius = _BOLD * strips.ARROW_RADIUS
    return {"least": strips.LEAST_FORCE, "full": strips.FULL_FORCE, "length": strips.ARROW_LENGTH, "radius": radius}


def _there(scene: Scene, made: Spindles) -> Array:
    """How much of every station (F, S) is drawn: what goes on to ribs and legs tapers off."""
    point, body = scene.paths.point, scene.paths.body
    height = np.einsum("fsk,fsk->fs", made.mix, point[made.chosen][..., 1])
    above = np.clip((scene.placer.person.centre[-1, 1] + _ABOVE_T12 - height) / _FADE, 0.0, 1.0)
    on_leg = (body[made.chosen] > JOINT_COUNT).any(axis=2)
    below = np.clip((height - scene.placer.person.hip[0, 1]) / _FADE, 0.0, 1.0)
    there: Array = np.minimum(above, np.where(on_leg, below, 1.0))
    return there
