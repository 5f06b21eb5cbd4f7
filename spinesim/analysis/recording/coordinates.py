"""Joint angles of musculoskeletal models (OpenSim) as rotations of pelvis and thorax, and angles of arms and legs.

Positive in those models: pelvis_tilt backwards, lumbar_extension backwards, lumbar_bending and pelvis_list to the right,
lumbar_rotation and pelvis_rotation to the left, arm_flex, elbow_flex and hip_flexion forwards, knee_angle bending (in some models
stretching: knee_angle is then negative).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import numpy as np

from spinesim.analysis.recording.angles import about
from spinesim.analysis.recording.record import Array
from spinesim.model.names import unknown_name

PELVIS: Final = ("pelvis_tilt", "pelvis_list", "pelvis_rotation")
LUMBAR: Final = ("lumbar_extension", "lumbar_bending", "lumbar_rotation")
ARMS: Final = {"arm_flexion": "arm_flex", "arm_abduction": "arm_add", "elbow_flexion": "elbow_flex"}
LEGS: Final = {"hip_flexion": "hip_flexion", "knee_flexion": "knee_angle"}
_KNOWN: Final = {*PELVIS, *LUMBAR, *(f"{name}_{side}" for name in (*ARMS.values(), *LEGS.values()) for side in "lr")}
# Lumbar models with a joint a level name their coordinates so; their sums are what the trunk does.
_LEVEL: Final = re.compile(r"(?:abs_t\d+|t12_l1|l[1-5]_l[1-5]|l5_s1)_(fe|lb|ar|flex_ext|lat_bending|axial_rotation)", re.IGNORECASE)
_KINDS: Final = {"fe": 0, "flex_ext": 0, "lb": 1, "lat_bending": 1, "ar": 2, "axial_rotation": 2}


def known(name: str) -> bool:
    """Whether a coordinate is one of pelvis, lumbar spine, arms, hips or knees: what a posture is made of."""
    return name in _KNOWN or _LEVEL.fullmatch(name) is not None


def trunk(angles_deg: Mapping[str, Array]) -> tuple[Array, Array]:
    """Rotations (n, 3, 3) of the pelvis in the laboratory, and of the thorax against it.

    Raises
    ------
    ValueError
        If there is neither a lumbar coordinate nor one of levels.
    """

    def radians(name: str) -> Array:
        return np.radians(angles_deg[name]) if name in angles_deg else np.zeros(len(next(iter(angles_deg.values()))))

    levels = {name: match for name in angles_deg if (match := _LEVEL.fullmatch(name))}
    if not levels and not any(name in angles_deg for name in LUMBAR):
        raise ValueError(unknown_name("coordinates", ", ".join(list(angles_deg)[:6]), LUMBAR, 0.9))
    bend = [radians(name) for name in LUMBAR]
    for name, match in levels.items():
        bend[_KINDS[match[1].lower()]] = bend[_KINDS[match[1].lower()]] + radians(name)
    tilt, drop, turn = (radians(name) for name in PELVIS)
    pelvis = about(2, tilt) @ about(0, drop) @ about(1, turn)
    return np.asarray(pelvis), np.asarray(about(2, bend[0]) @ about(0, bend[1]) @ about(1, bend[2]))


def limbs(angles_deg: Mapping[str, Array]) -> dict[str, Array]:
    """Arms against the thorax (n, 2: left, right) and the larger hip and knee flexion (n,), what of them is there; deg."""
    found: dict[str, Array] = {}
    for ours, theirs in ARMS.items():
        sides = [angles_deg[name] for side in ("l", "r") if (name := f"{theirs}_{side}") in angles_deg]
        if len(sides) == 2:
            found[ours] = np.stack(sides, axis=1)
    if "arm_abduction" in found:
        found["arm_abduction"] = -found["arm_abduction"]
    for ours, theirs in LEGS.items():
        sides = [angles_deg[name] for side in ("l", "r") if (name := f"{theirs}_{side}") in angles_deg]
        if sides:
            both = np.stack(sides)
            found[ours] = np.abs(both).max(axis=0) if ours == "knee_flexion" else both.max(axis=0)
    return found
