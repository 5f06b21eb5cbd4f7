"""Plain shapes in the place of bones, and small pages made of them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from stand_in import paths

import spinesim as ss
from spinesim.analysis.movement import movement, solve_movement
from spinesim.analysis.posture_grid import Axis, PostureGrid, measured_misses, solve_grid
from spinesim.config.exercise import exercise
from spinesim.solver.placement import Placer
from spinesim.viz.anatomy.mesh import Mesh
from spinesim.viz.offline.cases import Film
from spinesim.viz.offline.fields import MEASURED
from spinesim.viz.offline.page import offline_page
from spinesim.viz.offline.steps import Step
from spinesim.viz.scene import Scene

AXES = (
    Axis("trunk_inclination_deg", (-10.0, 0.0, 20.0, 40.0)),
    Axis("lateral_deg", (-5.0, 0.0, 5.0)),
    Axis("load_kg", (0.0, 10.0)),
    Axis("hold_mm", (200.0, 400.0)),
)


def ball(radius: float = 0.03, rows: int = 20, around: int = 30) -> Mesh:
    polar, turn = np.meshgrid(np.linspace(0.02, np.pi - 0.02, rows), 2 * np.pi * np.arange(around) / around, indexing="ij")
    way = np.stack([np.sin(polar) * np.cos(turn), np.cos(polar), np.sin(polar) * np.sin(turn)], axis=-1).reshape(-1, 3)
    row, place = np.meshgrid(np.arange(rows - 1), np.arange(around), indexing="ij")
    a, b = row * around + place, row * around + (place + 1) % around
    triangles = np.concatenate([np.stack([a, b, b + around], -1), np.stack([a, b + around, a + around], -1)]).reshape(-1, 3)
    return Mesh(radius * way + [0.1, -0.2, 0.0], triangles, way, np.linspace(0.0, 1.0, len(way)))


def scene() -> Scene:
    """The standard person with balls for vertebrae and ellipses for rims."""
    model, subject = ss.SpineModel.default(), ss.Subject()
    person = Placer(model, subject).person
    turn = 2 * np.pi * np.arange(48) / 48
    ring = np.stack([0.017 * np.cos(turn), 0 * turn, 0.024 * np.sin(turn)], axis=1)
    rims = [[person.centre[j] + (ring + np.array([0.0, h, 0.0])) @ person.frame[j].T for h in (-0.005, 0.005)] for j in range(6)]
    bones = {}
    for name, body, place in [
        ("sacrum", 0, [-0.02, -0.03, 0.0]), ("pelvis_left", 0, [-0.02, -0.06, -0.1]), ("pelvis_right", 0, [-0.02, -0.06, 0.1]),
        *((f"L{6 - b}", b, 0.5 * (person.centre[b - 1] + person.centre[b])) for b in range(1, 6)),
        ("T12", 6, person.centre[5] + [0.0, 0.018, 0.0]),
    ]:  # fmt: skip
        mesh = ball(0.05 if name.startswith("pelvis") else 0.014)
        bones[name] = SimpleNamespace(
            body=body, mesh=Mesh(mesh.points - [0.1, -0.2, 0.0] + place, mesh.triangles, mesh.normals, mesh.occlusion)
        )
    return Scene(model, subject, SimpleNamespace(bones=bones, rims=np.array(rims), paths=paths(model, person), notes=()), "low")


def solved(of: Scene, axes: tuple[Axis, ...] = AXES) -> PostureGrid:
    """A small grid of that person."""
    return solve_grid(of.model, of.subject, ss.Posture(), ss.Load(), axes)


def film(of: Scene, name: str = "hip_hinge") -> Film:
    """An exercise of that person."""
    return Film.of(name, "For a test.", solve_movement(of.model, of.subject, movement(of.model, of.subject, exercise(name))))


def page(of: Scene, grid: PostureGrid, steps: tuple[Step, ...] = (), films: tuple[Film, ...] = ()) -> str:
    """The page of a grid."""
    misses = measured_misses(of.model, of.subject, ss.Posture(), ss.Load(), grid, MEASURED)
    return offline_page(of, grid, misses, "Loads <of> a test", "Nobody & nothing.", {"made": "by a test"}, steps, films)
