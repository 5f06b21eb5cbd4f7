"""Solved cases of a page: the grid under the sliders, and the frames of exercises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from spinesim.analysis.movement import MovementLoads
from spinesim.analysis.posture_grid import PostureGrid
from spinesim.model.load import Load
from spinesim.model.posture import Posture
from spinesim.solver.solution import Solution
from spinesim.viz.offline.fields import FIELDS
from spinesim.viz.offline.figure import framing, limbs
from spinesim.viz.offline.packing import Blob, quaternions
from spinesim.viz.scene import BACK, Scene
from spinesim.viz.scene.surface import Array

# Where weight acts by the direction of gravity, as the page draws a body.
_LYING: Final = {
    "standing": "",
    "supine": "towards the back",
    "prone": "towards the front",
    "left_side": "towards the left side",
    "right_side": "towards the right side",
}


@dataclass(frozen=True, slots=True)
class Film:
    """A solved motion that a page can play.

    Attributes
    ----------
    title, subtitle
        Its name, and what is carried by whom.
    time_s, phase
        Of its frames; phases may be left out.
    postures, loads, solution
        Of its frames.
    """

    title: str
    subtitle: str
    time_s: tuple[float, ...]
    phase: tuple[str, ...]
    postures: tuple[Posture, ...]
    loads: tuple[Load, ...]
    solution: Solution

    @classmethod
    def of(cls, title: str, subtitle: str, loads: MovementLoads) -> Film:
        """All frames of a movement."""
        moving = loads.movement
        return cls(title, subtitle, tuple(moving.time_s.tolist()), moving.phase, moving.postures, moving.loads, loads.solution)


def add_grid(blob: Blob, scene: Scene, grid: PostureGrid) -> dict[str, Any]:
    """Put the nodes of a grid in, and say how they are framed."""
    return _add(blob, scene, "grid", grid.postures, grid.loads, grid.solution)


def add_film(blob: Blob, scene: Scene, name: str, film: Film) -> dict[str, Any]:
    """Put the frames of a motion in; to the page they are a grid along time."""
    framed = _add(blob, scene, name, film.postures, film.loads, film.solution)
    axis = {"key": "time_s", "label": "Time", "unit": "s", "values": list(film.time_s), "step": "any"}
    carried = [load.mass_kg or load.backpack_kg for load in film.loads]
    ways = {_LYING[posture.gravity] for posture in film.postures} - {""}
    subtitle = f"{film.subtitle} Drawn upright; weight acts {' and '.join(sorted(ways))}." if ways else film.subtitle
    told = {"title": film.title, "subtitle": subtitle, "phases": list(film.phase), "loads": carried}
    return framed | told | {"axes": [axis]}


def _add(blob: Blob, scene: Scene, name: str, postures: Sequence[Posture], loads: Sequence[Load], solution: Solution) -> dict[str, Any]:
    """Poses and results of all cases; results exactly as solved, in single precision, those of fascicles as they are shown."""
    placed = [scene.placer.place(posture, load, solution.row(row)) for row, (posture, load) in enumerate(zip(postures, loads, strict=True))]
    points = np.array([limbs(scene, one, load) for one, load in zip(placed, loads, strict=True)])
    rotation, shift = np.array([p.rotation for p in placed]), np.array([p.shift for p in placed])
    rows: dict[str, Array] = {
        "status": solution.status.astype("u1"),
        "validated": solution.validated.astype("u1"),
        "poses": np.concatenate([shift, quaternions(rotation)], axis=-1).astype("f4"),
        "limbs": points.reshape(len(points), -1).astype("f4"),
        "results": np.stack([field.of(solution) for field in FIELDS], axis=-1).astype("f4"),
        **_muscles(scene, solution),
    }
    for kind, array in rows.items():
        blob.add_rows(f"{name}.{kind}", array)
    return {"name": name, **framing(scene, placed, points)}


def _muscles(scene: Scene, solution: Solution) -> dict[str, Array]:
    """Activation (tenths of a percent) and force (N) of the fascicles that are drawn; force and mean activation of groups by side."""
    drawn = scene.side("both")
    force, activation = solution.active_force_N + solution.passive_force_N, solution.activation
    right = np.array([name.endswith(("_r", "_right")) for name in scene.model.fascicles])
    own = [(np.array(scene.model.groups) == group) & (right == side) for group in BACK for side in (False, True)]
    groups = [[force[:, mine].sum(axis=1), activation[:, mine].mean(axis=1)] for mine in own]
    return {
        "activation": _whole(1000.0 * activation[:, drawn]),
        "force": _whole(force[:, drawn]),
        "groups": np.moveaxis(np.array(groups), -1, 0).astype("f4"),
    }


def _whole(values: Array) -> Array:
    """Whole numbers of 16 bits; 0 where there is no answer, which the status tells."""
    return np.round(np.nan_to_num(values)).astype("u2")
