"""Arms from markers: where shoulder, elbow and wrist of both sides are seen, for that is where what is held hangs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from spinesim.analysis.recording.markers import SEGMENTS, plain
from spinesim.analysis.recording.record import Array, Recording
from spinesim.analysis.recording.usable import closed
from spinesim.model.ranges import ranges

# After the letter of the side; the mean of those that are there counts.
_ENDS: Final = {
    "elbow": ("elb", "elbow", "elbowstudy", "lel", "mel", "lelbow", "melbow", "lelbowstudy", "melbowstudy", "hle", "hme"),
    "wrist": (
        "wra", "wrb", "wri", "wrist", "wriststudy", "wristmed", "wristlat", "mwriststudy", "lwriststudy", "faulna", "faradius",
        "usp", "rsp",
    ),
}  # fmt: skip
_WORDS: Final = {"l": "left", "r": "right"}
NAMES: Final = ("upper_arm_deg", "forearm_deg", "arm_abduction_deg")


def arms(
    whole: Recording, used: Recording, smooth: Callable[[Array], Array], thorax: Array, heading: Array
) -> tuple[dict[str, Array], tuple[str, ...]]:
    """Angles of the arms (n, 2: left, right) as of a posture, deg, and what the reader should know; nothing without markers.

    Parameters
    ----------
    whole, used
        The recording, and the stretch of it that is used.
    smooth
        Filters a channel of that stretch.
    thorax
        Rotations (n, 3, 3) of the thorax where the person faces along x.
    heading
        Rotation (3, 3) from x to where the person faces in the laboratory.
    """
    first = int(np.searchsorted(whole.time_s, used.time_s[0]))
    span = slice(first, first + len(used.time_s))
    found = {side: _joints({name: values[span] for name, values in whole.markers_m.items()}, side) for side in _WORDS}
    if not all(found.values()):
        return {}, ()
    seen = {side: {part: _seen(markers, used.time_s) for part, markers in joints.items()} for side, joints in found.items()}
    if lost := [f"{_WORDS[side]} {part}" for side, joints in seen.items() for part, markers in joints.items() if not markers]:
        return {}, (f"arms are taken to hang: markers of the {', '.join(lost)} are lost for longer than can be filled",)
    middle = {side: {part: smooth(np.mean(markers, axis=0)) @ heading for part, markers in joints.items()} for side, joints in seen.items()}
    angles = _angles(middle, thorax)
    if beyond := [name for name in NAMES if not _inside(name, angles[name])]:
        return {}, (f"arms are taken to hang: {', '.join(beyond)} would leave the range that can be computed",)
    return angles, ()


def _joints(markers: Mapping[str, Array], side: str) -> dict[str, list[Array]]:
    """Markers of shoulder, elbow and wrist of a side; empty if one of them has none."""
    known = {"shoulder": SEGMENTS["thorax"][f"shoulder_{_WORDS[side]}"]}
    known |= {part: tuple(f"{letter}{name}" for letter in (side, _WORDS[side]) for name in names) for part, names in _ENDS.items()}
    found = {part: [values for name, values in markers.items() if plain(name) in names] for part, names in known.items()}
    return found if all(found.values()) else {}


def _seen(markers: list[Array], time_s: Array) -> list[Array]:
    """Those that are known all the time but for gaps that can be filled."""
    return [values for values in markers if closed(np.isfinite(values).all(axis=1), time_s).all()]


def _angles(middle: Mapping[str, Mapping[str, Array]], thorax: Array) -> dict[str, Array]:
    """From the downward vertical, forward and outwards of where the thorax faces."""
    right = thorax[:, :, 2] * [1.0, 0.0, 1.0]
    right = right / np.linalg.norm(right, axis=1, keepdims=True)
    ahead = np.stack([right[:, 2], np.zeros(len(right)), -right[:, 0]], axis=1)
    found: dict[str, list[Array]] = {name: [] for name in NAMES}
    for side, outward in (("l", -1.0), ("r", 1.0)):
        upper, lower = (middle[side][end] - middle[side][start] for start, end in (("shoulder", "elbow"), ("elbow", "wrist")))
        forward, aside, below = (upper * ahead).sum(axis=1), outward * (upper * right).sum(axis=1), -upper[:, 1]
        way = np.where(below < 0.0, -1.0, 1.0)
        away = np.arctan2(way * aside, np.abs(below))
        found["upper_arm_deg"].append(np.arctan2(forward, way * np.hypot(below, aside)))
        found["arm_abduction_deg"].append(away)
        # The forearm is seen in the plane to which the upper arm is abducted, as a posture has it.
        along = np.sin(away) * outward * (lower * right).sum(axis=1) - np.cos(away) * lower[:, 1]
        found["forearm_deg"].append(np.arctan2((lower * ahead).sum(axis=1), along))
    return {name: np.degrees(np.stack(sides, axis=1)) for name, sides in found.items()}


def _inside(name: str, values: Array) -> bool:
    low, high = ranges()[f"posture.{name}"].computable
    return bool((values >= low).all() and (values <= high).all())
