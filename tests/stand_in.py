"""A plain anatomy for tests of pictures: boxes for bones, ellipses for rims, muscles as they are solved."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from spinesim.model.layout import DISC_HEIGHT
from spinesim.viz.anatomy.mesh import Mesh
from spinesim.viz.anatomy.paths import DisplayPaths
from spinesim.viz.scene.strips import BOX_TRIANGLES, boxes

AROUND = 48
NAMES = ("sacrum", "L5", "L4", "L3", "L2", "L1", "T12")


def rims(person: Any, turn: float = 1.0) -> np.ndarray:
    """Elliptic rims (6, 2, K, 3) at the discs' own heights; ``turn`` -1 runs them the other way round."""
    angle = turn * np.arange(AROUND) * 2.0 * np.pi / AROUND
    made = np.zeros((6, 2, AROUND, 3))
    for j in range(6):
        for end, sign in enumerate((-0.5, 0.5)):
            height = np.full(AROUND, sign * person.disc[j, DISC_HEIGHT])
            loop = np.stack([0.018 * np.cos(angle), height, 0.025 * np.sin(angle)], axis=1)
            made[j, end] = loop @ person.frame[j].T + person.centre[j]
    return made


def paths(model, person: Any) -> DisplayPaths:
    """The model's own path points as those for the eye."""
    start = np.searchsorted(model.fascicle_table.owner, np.arange(len(model.fascicles) + 1))
    return DisplayPaths(np.array(person.point), np.array(model.topology.point_body), start)


def anatomy(model, subject) -> SimpleNamespace:
    """Bones as boxes, with the fields that a scene reads."""
    person = model.pack(subject)
    bones = {}
    for body, name in enumerate(NAMES):
        middle = person.centre[max(body - 1, 0) : body + 1].mean(axis=0) if body else person.centre[0] - [0.0, 0.02, 0.0]
        surface = boxes(middle[None], np.array([[0.03, 0.02, 0.04]]))
        mesh = Mesh(surface.points[0], BOX_TRIANGLES, surface.normals[0], np.ones(24))
        bones[name] = SimpleNamespace(mesh=mesh, body=body)
    return SimpleNamespace(bones=bones, rims=rims(person), paths=paths(model, person), notes=())
