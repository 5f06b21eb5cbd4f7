"""What a page holds: the person's anatomy, the solved grid, and what the browser has to know about both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from spinesim.analysis.posture_grid import Axis, PostureGrid
from spinesim.analysis.tolerance import Person, reference_limit
from spinesim.model.names import LEVELS
from spinesim.solver.placement import Placement
from spinesim.viz import palette
from spinesim.viz.offline import parts
from spinesim.viz.offline.fields import COLUMNS, FIELDS, NAMES, Field
from spinesim.viz.offline.figure import BOX_DENSITY, framing, limbs
from spinesim.viz.offline.packing import Blob, quaternions
from spinesim.viz.offline.steps import Step
from spinesim.viz.scene import DISC_QUANTITIES, QUANTITIES, Scene
from spinesim.viz.scene.surface import Array

# Words, unit and step of every axis.
AXIS_WORDS: Final = {
    "trunk_inclination_deg": ("Bend forward (trunk)", "°", 1.0),
    "flexion_deg": ("Bend the lumbar spine", "°", 1.0),
    "lateral_deg": ("Bend to the right", "°", 1.0),
    "rotation_deg": ("Turn to the left", "°", 1.0),
    "load_kg": ("Load in the hands", "kg", 0.5),
    "hold_mm": ("Hands in front of L5-S1", "mm", 10.0),
    "time_s": ("Time", "s", 0.01),
}
BODIES: Final = 11
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
    points = np.array([limbs(scene, each) for each in placed])
    about: dict[str, Any] = {
        "axes": [axis_words(axis) for axis in grid.axes],
        "levels": list(LEVELS),
        "fields": list(NAMES),
        "statuses": list(_STATUSES),
        "bodies": BODIES,
        "bones": parts.bones(blob, scene),
        "discs": parts.discs(blob, scene),
        "muscles": parts.muscles(blob, scene),
        "ligaments": parts.ligaments(blob, scene),
        "arrows": parts.arrows(),
        "columns": list(COLUMNS),
        "details": [_detail(field) for field in FIELDS],
        "lesson": [_step(step) for step in steps],
        "limbs": points[0].size,
        "boxDensity": BOX_DENSITY,
    }
    about |= _colours(blob, scene) | framing(scene, placed, points) | _start(grid)
    _nodes(blob, scene, grid, placed, points)
    about["table"] = blob.table
    return about, blob.text()


def axis_words(axis: Axis) -> dict[str, Any]:
    """An axis as the page shows it; the slider's step meets every node."""
    label, unit, coarse = AXIS_WORDS[axis.key]
    steps = (coarse, *(s for s in (10.0, 5.0, 2.0, 1.0, 0.5, 0.25, 0.1, 0.05, 0.01) if s < coarse))
    offsets = np.array(axis.values) - axis.values[0]
    step: float | str = next((s for s in steps if np.abs(offsets / s - np.round(offsets / s)).max() < 1e-9), "any")
    return {"key": axis.key, "label": label, "unit": unit, "values": list(axis.values), "step": step}


def _place(scene: Scene, grid: PostureGrid, row: int) -> Placement:
    return scene.placer.place(grid.postures[row], grid.loads[row], grid.solution.row(row))


def _detail(field: Field) -> dict[str, Any]:
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
        marks = _published(scene) if name == "compression" else []
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


def _published(scene: Scene) -> list[list[Any]]:
    """Marks on the scale of compression; none where the person is outside the range of the law."""
    try:
        limit = reference_limit(Person(scene.subject.age_years, scene.subject.sex), "niosh_action").published_N
    except ValueError:
        return []
    return [[limit, f"NIOSH action limit {limit:,.0f} N"]]


def _tolerances(scene: Scene) -> dict[str, list[float | None]]:
    """Median tolerance by level of every result that has one, by the field's name."""
    found: dict[str, list[float | None]] = {}
    for field in FIELDS:
        if field.tolerance in scene.tolerances.median:
            median = scene.tolerances.median[field.tolerance]
            by_level = median if field.column is None else median[:, field.column]
            found[field.name] = [float(value) if np.isfinite(value) else None for value in by_level]
    return found


def _nodes(blob: Blob, scene: Scene, grid: PostureGrid, placed: list[Placement], points: Array) -> None:
    """Poses and results of all nodes; results exactly as solved, in single precision."""
    found = grid.solution
    blob.add("status", found.status.astype("u1"))
    blob.add("validated", found.validated.astype("u1"))
    rotation, shift = np.array([p.rotation for p in placed]), np.array([p.shift for p in placed])
    blob.add("poses", np.concatenate([shift, quaternions(rotation)], axis=-1).astype("f4"))
    blob.add("limbs", points.reshape(len(points), -1).astype("f4"))
    blob.add("results", np.stack([field.of(found) for field in FIELDS], axis=-1).astype("f4"))
    chosen = scene.side("both")
    blob.add("activation", np.round(255.0 * np.clip(np.nan_to_num(found.activation[:, chosen]), 0.0, 1.0)).astype("u1"))


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
        "loads": [load.mass_kg for load in grid.loads] if grid.axes[0].key == "time_s" else None,
        "motion": [low if first[-1] > 0.0 else first[0], first[-1] if first[-1] > 0.0 else low],
    }  # fmt: skip
