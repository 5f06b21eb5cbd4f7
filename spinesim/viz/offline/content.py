"""What a page holds: the person's anatomy, the solved grid, and what the browser has to know about both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from spinesim.analysis.posture_grid import Axis, PostureGrid
from spinesim.analysis.tolerance import Person, reference_limit
from spinesim.model.names import LEVELS
from spinesim.viz import palette
from spinesim.viz.offline import parts
from spinesim.viz.offline.cases import Film, add_film, add_grid
from spinesim.viz.offline.fields import COLUMNS, FIELDS, NAMES, Field
from spinesim.viz.offline.figure import BOX_DENSITY
from spinesim.viz.offline.packing import Blob
from spinesim.viz.offline.steps import Step
from spinesim.viz.scene import DISC_QUANTITIES, QUANTITIES, Scene

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
_STATUSES: Final = ("converged", "exceeds the strength of the muscles", "has no equilibrium that was found", "cannot be taken or computed")


def content(scene: Scene, grid: PostureGrid | None, steps: Sequence[Step] = (), films: Sequence[Film] = ()) -> tuple[dict[str, Any], str]:
    """The description of a page (ready for JSON) and its packed numbers.

    Parameters
    ----------
    scene
        The person.
    grid
        Solved for that person; a page of motions alone has none.
    steps
        Of a lesson.
    films
        Exercises that can be played.
    """
    blob = Blob()
    sources = [add_film(blob, scene, f"film{k}", film) for k, film in enumerate(films)]
    about: dict[str, Any] = {
        "sources": sources if grid is None else [_sliders(blob, scene, grid), *sources],
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
        "boxDensity": BOX_DENSITY,
        "start": {"level": LEVELS.index("L4-L5"), "quantity": "compression", "muscles": "left", "source": 1 if films and grid else 0},
    }
    about |= _colours(blob, scene)
    about["table"] = blob.table
    return about, blob.text()


def axis_words(axis: Axis) -> dict[str, Any]:
    """An axis as the page shows it; the slider's step meets every node."""
    label, unit, coarse = AXIS_WORDS[axis.key]
    steps = (coarse, *(s for s in (10.0, 5.0, 2.0, 1.0, 0.5, 0.25, 0.1, 0.05, 0.01) if s < coarse))
    offsets = np.array(axis.values) - axis.values[0]
    step: float | str = next((s for s in steps if np.abs(offsets / s - np.round(offsets / s)).max() < 1e-9), "any")
    return {"key": axis.key, "label": label, "unit": unit, "values": list(axis.values), "step": step}


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


def _sliders(blob: Blob, scene: Scene, grid: PostureGrid) -> dict[str, Any]:
    """The grid, with its sliders at the node nearest to standing without a load, and how far the first one moves by itself."""
    wanted = {"hold_mm": 200.0}
    values = {axis.key: axis.values[int(np.abs(np.array(axis.values) - wanted.get(axis.key, 0.0)).argmin())] for axis in grid.axes}
    first = grid.axes[0].values
    low = min(first, key=abs)
    return add_grid(blob, scene, grid) | {
        "title": "Own posture",
        "axes": [axis_words(axis) for axis in grid.axes],
        "start": values,
        "loads": [grid.loads[0].mass_kg],
        "motion": [low if first[-1] > 0.0 else first[0], first[-1] if first[-1] > 0.0 else low],
    }
