"""The small figure of the whole body, and how large all drawings have to be."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from spinesim.model.load import Load
from spinesim.solver.placement import Placement
from spinesim.viz.scene import Scene
from spinesim.viz.scene.surface import Array

BOX_DENSITY: Final = 700.0  # kg/m3, of the box that stands for a load
_ABOVE_KNEES: Final = [0, 1, 2, 3, 4, 6, 7, 8, 9]  # of the points of the figure: all but the ankles
_SEEN: Final = 60  # postures of the grid that decide how large the picture is
_NECK, _HEAD = np.array([0.0, 0.06, 0.0]), np.array([0.02, 0.19, 0.0])  # m from between the shoulders


def limbs(scene: Scene, placed: Placement, load: Load) -> Array:
    """Points of the small figure (10, 3), both sides together; neck and head hang on the shoulders, shanks are as long as thighs.

    The last is where the load is.
    """
    person, scale = scene.placer.person, scene.subject.stature_m / 1.68
    middle, top = person.shoulder.mean(axis=0), placed.rotation[6]
    shank = person.knee[0] * 2.0 - person.hip[0]
    leg = [placed.hip.mean(axis=0), *(np.mean([placed.carry(b, p) for b, p in ends], axis=0) for ends in (
        ((7, person.knee[0]), (8, person.knee[1])), ((9, shank), (10, shank * [1.0, 1.0, -1.0])),
    ))]  # fmt: skip
    trunk = [placed.shoulder.mean(axis=0) + top @ (scale * way) for way in (_NECK, _HEAD)]
    chest = placed.carry(6, 0.6 * person.centre[-1] + 0.4 * middle)
    carried = placed.pack if load.backpack_kg else placed.held(load)
    return np.array([placed.shoulder.mean(axis=0), placed.elbow.mean(axis=0), placed.grip.mean(axis=0), *leg, *trunk, chest, carried])


def framing(scene: Scene, placed: list[Placement], points: Array) -> dict[str, Any]:
    """Where cameras look, and boxes of the flat drawings that no posture leaves; ``points`` (N, 10, 3) are the limbs of all."""
    some = placed[:: max(1, len(placed) // _SEEN)]
    bones = [np.concatenate([p.carry(b.body, np.asarray(b.mesh.points)[::37]) for b in scene.bones.values()]) for p in some]
    low, high = (np.array([f(seen, axis=0) for seen in bones]) for f in (np.min, np.max))
    neutral = np.concatenate([np.asarray(b.mesh.points) for b in scene.bones.values()])
    middle = 0.5 * (neutral.min(axis=0) + neutral.max(axis=0))
    moved = np.array([p.carry(3, middle) for p in some])
    target = 0.5 * (middle + moved)
    tall = max(float((high - target)[:, 1].max()), float((target - low)[:, 1].max()))
    wide = max(float(np.hypot(*np.abs(seen - at)[:, [0, 2]].T).max()) for seen, at in zip(bones, target, strict=True))
    return {
        "target": {"body": 3, "point": middle.tolist()},
        "extent": [tall, wide],
        "frames": {
            "side": _box(np.concatenate(bones), 0, 0.01),
            "back": _box(np.concatenate(bones), 2, 0.01),
            "body": _box(points[:, _ABOVE_KNEES].reshape(-1, 3), 0, 0.15),
        },
    }  # fmt: skip


def _box(points: Array, across: int, margin: float) -> list[float]:
    """View box (x, y, width, height; mm, y down) round points seen with the axis ``across`` to the right."""
    low, high = points.min(axis=0) - margin, points.max(axis=0) + margin
    return [round(1e3 * v, 1) for v in (low[across], -high[1], high[across] - low[across], high[1] - low[1])]
