"""Which axis of a laboratory points up, told by the markers of a standing person."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from spinesim.analysis.recording.markers import of_segment

Array = NDArray[np.float64]
# Rotations from a laboratory whose x, y or z points up to one whose y does.
_TO_Y = {
    "x": np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
    "y": np.eye(3),
    "z": np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]),
}
_FRAMES = 20
_HALF_TURN = np.diag([1.0, -1.0, -1.0])  # about x, for an axis that points down


def upright(markers: Mapping[str, Array]) -> tuple[dict[str, Array], tuple[str, ...]]:
    """Markers (n, 3) in a frame with y up, and what was done in words.

    Up is the axis along which the thorax lies farthest from the pelvis in the first frames in which something of both is known; without
    such frames it stays y.
    """
    low, high = (_middle(markers, segment) for segment in ("pelvis", "thorax"))
    if low is None or high is None:
        return dict(markers), ()
    along = high - low
    known = np.flatnonzero(np.isfinite(along).all(axis=1))[:_FRAMES]
    if not len(known):
        return dict(markers), ()
    way = along[known].mean(axis=0)
    axis = "xyz"[int(np.argmax(np.abs(way)))]
    turn = _TO_Y[axis] if way["xyz".index(axis)] > 0.0 else _HALF_TURN @ _TO_Y[axis]
    if np.array_equal(turn, np.eye(3)):
        return dict(markers), ()
    sign = "" if way["xyz".index(axis)] > 0.0 else "-"
    return {name: points @ turn.T for name, points in markers.items()}, (f"the laboratory's {sign}{axis} axis points up; it is y here",)


def _middle(markers: Mapping[str, Array], segment: str) -> Array | None:
    """Mean of the markers of a segment that are known, by frame (n, 3)."""
    points = [markers[name] for name in of_segment(markers, segment).values()]
    if not points:
        return None
    stacked = np.stack(points)
    there = np.isfinite(stacked)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(there, stacked, 0.0).sum(axis=0) / there.sum(axis=0))
