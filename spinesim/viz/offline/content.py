"""What a page holds: the person's anatomy, the solved grid, and what the browser has to know about both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from spinesim.analysis.posture_grid import Axis, PostureGrid
from spinesim.model.layout import JOINT_COUNT
from spinesim.model.load import Load
from spinesim.model.names import LEVELS, LIGAMENTS
from spinesim.model.posture import Posture
from spinesim.solver.placement import Placement
from spinesim.viz import palette
from spinesim.viz.offline.fields import COLUMNS, FIELDS, NAMES
from spinesim.viz.offline.outline import outline
from spinesim.viz.offline.packing import Blob, add_mesh, quaternions
from spinesim.viz.offline.steps import Step
from spinesim.viz.scene import DISC_QUANTITIES, QUANTITIES, Scene, context, discs, strips
from spinesim.viz.scene.spindles import Spindles
from spinesim.viz.scene.surface import Array

# Words, unit and step of every axis.
AXIS_WORDS: Final = {
    "trunk_inclination_deg": ("Bend forward (trunk)", "°", 1.0),
    "flexion_deg": ("Bend the lumbar spine", "°", 1.0),
    "lateral_deg": ("Bend to the right", "°", 1.0),
    "rotation_deg": ("Turn to the left", "°", 1.0),
    "load_kg": ("Load in the hands", "kg", 0.5),
    "hold_mm": ("Hands in front of L5-S1", "mm", 10.0),
}
BODIES: Final = 11
_ABOVE_T12: Final = 0.045  # m over the upper disc centre of the thorax's joint, where muscles end that go on to ribs
_FADE: Final = 0.05  # m, over which muscles fade out
_BOLD: Final = 1.5  # arrows of the page are seen from farther away
STRAND_RADIUS: Final = 1.1e-3  # m
BOX_DENSITY: Final = 300.0  # kg/m3, of the box that stands for a load in the small figure
_ABOVE_KNEES: Final = [0, 1, 2, 3, 4, 6, 7, 8]  # of the figure's points: all but the ankles
_SEEN: Final = 60  # postures of the grid that decide how large the picture is
_NECK, _HEAD = np.array([0.0, 0.06, 0.0]), np.array([0.02, 0.19, 0.0])  # m from between the shoulders, for the figure alone
_STATUSES: Final = ("converged", "exceeds the strength of the muscles", "has no equilibrium that was found", "cannot be taken or computed")


def content(scene: Scene, grid: PostureGrid, steps: Sequence[Step] = ()) -> tuple[dict[str, Any], str]:
    """The description of a page (ready for JSON) and its packed numbers.

    Parameters
    ----------
    scene
        The person.
    grid
        Solved for that person.
    steps
        Of a lesson.
    """
    blob = Blob()
    placed = [_place(scene, grid, row) for row in range(len(grid.postures))]
    about: dict[str, Any] = {
        "axes": [axis_words(axis) for axis in grid.axes],
        "levels": list(LEVELS),
        "fields": list(NAMES),
        "statuses": list(_STATUSES),
        "bodies": BODIES,
        "bones": _bones(blob, scene),
        "discs": _discs(blob, scene),
        "muscles": _muscles(blob, scene),
        "ligaments": _ligaments(blob, scene),
        "arrows": {
            "least": strips.LEAST_FORCE,
            "full": strips.FULL_FORCE,
            "length": strips.ARROW_LENGTH,
            "radius": _BOLD * strips.ARROW_RADIUS,
        },
        "columns": list(COLUMNS),
        "details": [_detail(field) for field in FIELDS],
        "lesson": [_step(step) for step in steps],
        "boxDensity": BOX_DENSITY,
    }
    about |= _colours(blob, scene) | _nodes(blob, scene, grid, placed) | _framing(scene, placed) | _start(grid)
    about["table"] = blob.table
    return about, blob.text()


def axis_words(axis: Axis) -> dict[str, Any]:
    """An axis as the page shows it; the slider's step meets every node."""
    label, unit, coarse = AXIS_WORDS[axis.key]
    steps = (coarse, *(s for s in (10.0, 5.0, 2.0, 1.0, 0.5, 0.25, 0.1, 0.05, 0.01) if s < coarse))
    offsets = np.array(axis.values) - axis.values[0]
    step: float | str = next((s for s in steps if np.abs(offsets / s - np.round(offsets / s)).max() < 1e-9), "any")
    return {
        "key": axis.key, "label": label, "unit": unit, "values": list(axis.values), "step": step,
    }  # fmt: skip


def _place(scene: Scene, grid: PostureGrid, row: int) -> Placement:
    return scene.placer.place(grid.postures[row], grid.loads[row], grid.solution.row(row))


def _neutral(scene: Scene) -> Placement:
    return scene.placer.place(Posture(), Load())


def _on_body(placed: Placement, body: int, position: Array) -> Array:
    """Neutral coordinates on a body of positions (..., 3) in a posture."""
    made: Array = (position - placed.shift[body]) @ placed.rotation[body]
    return made


def _bones(blob: Blob, scene: Scene) -> list[dict[str, Any]]:
    bones = []
    for name, bone in scene.bones.items():
        entry = {"name": name, "body": bone.body, "ghost": bool(context(name)), **add_mesh(blob, name, bone.mesh)}
        # From the side the right half hides the left one.
        entry["outline"] = not name.endswith("_left")
        if entry["outline"]:
            blob.add(f"{name}.outline", outline(np.asarray(bone.mesh.points), np.asarray(bone.mesh.triangles)).astype("f4"))
        bones.append(entry)
    return sorted(bones, key=lambda entry: entry["name"].startswith("rib"))


def _discs(blob: Blob, scene: Scene) -> dict[str, Any]:
    made = scene.discs
    for name, array in (("rims", made.rims), ("rest", made.rest), ("profile", made.profile), ("up", scene.placer.person.frame[:, :, 1])):
        blob.add(f"discs.{name}", np.asarray(array).astype("f4"))
    blob.add("discs.triangles", np.asarray(made.triangles).astype("u2"))
    return {
        "around": made.rims.shape[2], "rows": discs.ROWS, "rings": discs.RINGS, "bulge": discs.BULGE, "gain": discs.BULGE_GAIN,
        "range": discs.BULGE_RANGE, "dome": discs.DOME, "sense": made.sense,
    }  # fmt: skip


def _muscles(blob: Blob, scene: Scene) -> dict[str, Any]:
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
    names = [scene.model.fascicles[f] for f in np.flatnonzero(chosen)]
    blob.add("muscles.side", np.array([name.endswith(("_r", "_right")) for name in names]).astype("u1"))
    return {"count": len(names), "stations": made.radius.shape[1]}


def _there(scene: Scene, made: Spindles) -> Array:
    """How much of every station (F, S) is drawn: what goes on to ribs and legs fades out."""
    point, body = scene.paths.point, scene.paths.body
    height = np.einsum("fsk,fsk->fs", made.mix, point[made.chosen][..., 1])
    above = np.clip((scene.placer.person.centre[-1, 1] + _ABOVE_T12 - height) / _FADE, 0.0, 1.0)
    on_leg = (body[made.chosen] > JOINT_COUNT).any(axis=2)
    below = np.clip((height - scene.placer.person.hip[0, 1]) / _FADE, 0.0, 1.0)
    there: Array = np.minimum(above, np.where(on_leg, below, 1.0))
    return there


def _ligaments(blob: Blob, scene: Scene) -> dict[str, Any]:
    placed, group = _neutral(scene), np.asarray(scene.model.topology.strand_group)
    ends = np.stack([np.stack([_on_body(placed, j + e, placed.strand[j, :, e]) for e in range(2)], axis=1) for j in range(JOINT_COUNT)])
    blob.add("ligaments.ends", ends.astype("f4"))
    blob.add("ligaments.group", group.astype("u1"))
    facets = np.stack([_on_body(placed, j + 1, placed.facet_centre[j]) for j in range(JOINT_COUNT)])
    blob.add("facets.centre", facets.astype("f4"))
    blob.add("facets.normal", np.stack([placed.facet_normal[j] @ placed.rotation[j] for j in range(JOINT_COUNT)]).astype("f4"))
    return {"names": list(LIGAMENTS), "full": QUANTITIES["ligament"].full, "radius": STRAND_RADIUS, "strands": JOINT_COUNT * len(group)}


def _arrows() -> dict[str, Any]:
    radius = _BOLD * strips.ARROW_RADIUS
    return {"least": strips.LEAST_FORCE, "full": strips.FULL_FORCE, "length": strips.ARROW_LENGTH, "radius": radius}


def _detail(field: Any) -> dict[str, Any]:
    return {"label": field.label, "field": field.name, "unit": field.unit, "digits": field.digits}


def _step(step: Step) -> dict[str, Any]:
    return {
        "title": step.title, "caption": step.caption, "at": dict(step.at), "view": step.view, "quantity": step.colour,
        "muscles": step.muscles,
        "level": None if step.level is None else LEVELS.index(step.level),
    }  # fmt: skip


def _colours(blob: Blob, scene: Scene) -> dict[str, Any]:
    for name in palette.CORNERS:
        blob.add(f"colours.{name}", palette.table(name))
    colours: dict[str, Any] = {
        "bone": palette.BONE, "pelvis": palette.PELVIS, "tendon": palette.TENDON, "facet": palette.FACET, "above": palette.ABOVE,
        "unknown": palette.UNKNOWN,
    }  # fmt: skip
    colours |= {f"{theme}_background": table["background"] for theme, table in palette.THEMES.items()}
    return {"colours": colours, "quantities": _quantities(scene), "tolerances": _tolerances(scene)}


def _quantities(scene: Scene) -> dict[str, Any]:
    """What discs can be coloured by; a share of the median only where there is one."""
    by_tolerance = {field.tolerance: field for field in FIELDS[::-1] if field.tolerance in DISC_QUANTITIES}
    made: dict[str, Any] = {}
    for name in DISC_QUANTITIES:
        field = by_tolerance[name]
        entry = {"field": field.name, "unit": field.unit, "digits": field.digits}
        marks = [[3400.0, "NIOSH action limit 3,400 N"]] if name == "compression" else []
        short = name.capitalize()
        made[name] = entry | {"title": field.label, "short": short, "full": QUANTITIES[name].full, "marks": marks}
        if name in scene.tolerances.median:
            share: dict[str, Any] = {
                "title": f"{field.label}, % of median tolerance",
                "short": f"{short}, % of median",
                "full": None,
                "marks": [],
            }
            made[f"{name}_share"] = entry | share
    return made


def _tolerances(scene: Scene) -> dict[str, list[float | None]]:
    """Median tolerance by level of every result that has one, by the field's name."""
    found: dict[str, list[float | None]] = {}
    for field in FIELDS:
        if field.tolerance in scene.tolerances.median:
            median = scene.tolerances.median[field.tolerance]
            by_level = median if field.column is None else median[:, field.column]
            found[field.name] = [float(value) if np.isfinite(value) else None for value in by_level]
    return found


def _nodes(blob: Blob, scene: Scene, grid: PostureGrid, placed: list[Placement]) -> dict[str, Any]:
    """Poses and results of all nodes; results exactly as solved, in single precision."""
    found = grid.solution
    blob.add("status", found.status.astype("u1"))
    blob.add("validated", found.validated.astype("u1"))
    rotation, shift = np.array([p.rotation for p in placed]), np.array([p.shift for p in placed])
    blob.add("poses", np.concatenate([shift, quaternions(rotation)], axis=-1).astype("f4"))
    limbs = np.array([_limbs(scene, p) for p in placed])
    blob.add("limbs", limbs.reshape(len(limbs), -1).astype("f4"))
    blob.add("results", np.stack([field.of(found) for field in FIELDS], axis=-1).astype("f4"))
    chosen = scene.side("both")
    blob.add("activation", np.round(255.0 * np.clip(np.nan_to_num(found.activation[:, chosen]), 0.0, 1.0)).astype("u1"))
    return {"limbs": limbs[0].size}


def _limbs(scene: Scene, placed: Placement) -> Array:
    """Points of the small figure (9, 3), both sides together; neck and head hang on the shoulders, shanks are as long as thighs."""
    person, scale = scene.placer.person, scene.subject.stature_m / 1.68
    middle, top = person.shoulder.mean(axis=0), placed.rotation[6]
    shank = person.knee[0] * 2.0 - person.hip[0]
    leg = [placed.hip.mean(axis=0), *(np.mean([placed.carry(b, p) for b, p in ends], axis=0) for ends in (
        ((7, person.knee[0]), (8, person.knee[1])), ((9, shank), (10, shank * [1.0, 1.0, -1.0])),
    ))]  # fmt: skip
    trunk = [placed.shoulder.mean(axis=0) + top @ (scale * way) for way in (_NECK, _HEAD)]
    chest = placed.carry(6, 0.6 * person.centre[-1] + 0.4 * middle)
    return np.array([placed.shoulder.mean(axis=0), placed.elbow.mean(axis=0), placed.grip.mean(axis=0), *leg, *trunk, chest])


def _framing(scene: Scene, placed: list[Placement]) -> dict[str, Any]:
    """Where cameras look, and the boxes of the flat drawings, so that no posture of the grid leaves them."""
    some = placed[:: max(1, len(placed) // _SEEN)]
    bones = [np.concatenate([p.carry(b.body, np.asarray(b.mesh.points)[::37]) for b in scene.bones.values()]) for p in some]
    low, high = (np.array([f(points, axis=0) for points in bones]) for f in (np.min, np.max))
    neutral = np.concatenate([np.asarray(b.mesh.points) for b in scene.bones.values()])
    middle = 0.5 * (neutral.min(axis=0) + neutral.max(axis=0))
    moved = np.array([p.carry(3, middle) for p in some])
    target = 0.5 * (middle + moved)
    tall = max(float((high - target)[:, 1].max()), float((target - low)[:, 1].max()))
    wide = max(float(np.hypot(*np.abs(points - at)[:, [0, 2]].T).max()) for points, at in zip(bones, target, strict=True))
    limbs = np.array([_limbs(scene, p) for p in placed])
    return {
        "target": {"body": 3, "point": middle.tolist()},
        "extent": [tall, wide],
        "frames": {"spine": _box(np.concatenate(bones), 0.01), "body": _box(limbs[:, _ABOVE_KNEES].reshape(-1, 3), 0.15)},
    }  # fmt: skip


def _box(points: Array, margin: float) -> list[float]:
    """View box (x, y, width, height; mm, y down) round points seen from the right side."""
    low, high = points.min(axis=0) - margin, points.max(axis=0) + margin
    return [round(1e3 * v, 1) for v in (low[0], -high[1], high[0] - low[0], high[1] - low[1])]


def _start(grid: PostureGrid) -> dict[str, Any]:
    """Sliders at the node nearest to standing without a load, and how far a motion goes."""
    wanted = {"hold_mm": 200.0}
    values = {axis.key: axis.values[int(np.abs(np.array(axis.values) - wanted.get(axis.key, 0.0)).argmin())] for axis in grid.axes}
    first = grid.axes[0].values
    low = min(first, key=abs)
    return {
        "start": {
            "values": values, "level": LEVELS.index("L4-L5"), "quantity": "compression", "muscles": "left",
            "load_kg": grid.loads[0].mass_kg,
        },
        "motion": [low if first[-1] > 0.0 else first[0], first[-1] if first[-1] > 0.0 else low],
    }  # fmt: skip
