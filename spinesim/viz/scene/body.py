"""A faint body round the spine, so that the eye finds its way: head, neck, shoulders, arms and legs as tapered rods.

Shoulders, elbows, hands, hips and knees are the solver's; what lies between and beyond them is a sketch with the proportions of
Winter (2009): lengths and radii are shares of the stature.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from spinesim.solver.placement import Placement
from spinesim.viz.scene.strips import rods
from spinesim.viz.scene.surface import Surface

# Radius at both ends of neck, head, girdle; then of both sides' upper arms, forearms, hands, thighs, shanks.
_RADII: Final = np.array([
    (0.034, 0.034), (0.043, 0.049), (0.034, 0.034), *2 * [(0.029, 0.024)], *2 * [(0.024, 0.016)], *2 * [(0.019, 0.019)],
    *2 * [(0.048, 0.033)], *2 * [(0.033, 0.021)],
])  # fmt: skip
COUNT: Final = len(_RADII)
UPPER: Final = COUNT - 2  # rods that a picture should hold; shanks may run out of it
_HAND: Final = 0.045  # of the stature, beyond the grip's near end
_NECK: Final = np.array([[0.0, 0.0, 0.0], [0.012, 0.065, 0.0]])  # from between the shoulders, up along the thorax
_HEAD: Final = np.array([[0.018, 0.095, 0.0], [0.012, 0.128, 0.0]])
_SHANK: Final = 0.246


def figure(person: Any, stature: float, placed: Placement) -> Surface:
    """Surfaces of the rods of a person of ``stature`` (m): neck, head, girdle, then pairs from arms to shanks."""
    shoulder, elbow, grip = placed.shoulder, placed.elbow, placed.grip
    middle, up = shoulder.mean(axis=0), placed.rotation[6]
    neck, head = (middle + stature * part @ up.T for part in (_NECK, _HEAD))
    hip = np.array([placed.carry(0, each) for each in person.hip])
    knee = np.array([placed.carry(7 + side, person.knee[side]) for side in range(2)])
    ankle = np.array([placed.carry(9 + side, person.knee[side] - [0.0, _SHANK * stature, 0.0]) for side in range(2)])
    lower_arm = grip - elbow
    wrist = grip - _HAND * stature * lower_arm / np.linalg.norm(lower_arm, axis=1, keepdims=True)
    start = np.stack([neck[0], head[0], shoulder[0], *shoulder, *elbow, *wrist, *hip, *knee])
    end = np.stack([neck[1], head[1], shoulder[1], *elbow, *wrist, *grip, *knee, *ankle])
    return rods(start, end, stature * _RADII)
