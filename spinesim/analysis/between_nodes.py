"""What lies between the nodes of a grid: Akima's curves along one axis after the other, straight lines where nodes are missing for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class AxisLike(Protocol):
    """Places of the nodes along one axis, rising."""

    @property
    def values(self) -> Sequence[float]:
        """In the unit of the axis."""


def akima(values: Array, nodes: Array, at: Array) -> Array:
    """Values (..., K) at places ``at`` (K,) on Akima's curves through ``values`` (..., N) at rising ``nodes`` (N,).

    A cubic on every piece, with tangents that follow the more even of the two sides, so that a bend in the data stays within
    the pieces next to it (Akima 1970, J ACM 17(4):589-602); straight between two nodes; the value itself on a node.
    """
    x = np.asarray(nodes, float)
    if len(x) == 1:
        return np.repeat(values, len(at), axis=-1)
    k = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 2)
    slope = _beyond(np.diff(values, axis=-1) / np.diff(x))
    bend = np.abs(np.diff(slope, axis=-1))
    left, right = bend[..., 2:], bend[..., :-2]
    both = left + right
    even = np.where(both > 0.0, both, 1.0)
    tangent = np.where(both > 0.0, (left * slope[..., 1:-2] + right * slope[..., 2:-1]) / even, 0.5 * (slope[..., 1:-2] + slope[..., 2:-1]))
    long, s = x[k + 1] - x[k], (at - x[k]) / (x[k + 1] - x[k])
    curve = (2.0 * s**3 - 3.0 * s**2 + 1.0) * values[..., k] + (3.0 * s**2 - 2.0 * s**3) * values[..., k + 1]
    made: Array = curve + long * ((s**3 - 2.0 * s**2 + s) * tangent[..., k] + (s**3 - s**2) * tangent[..., k + 1])
    return made


def _beyond(slope: Array) -> Array:
    """Slopes with two more at either end, that go on as the last ones change."""
    step = np.diff(slope, axis=-1)
    first, last = (step[..., :1], step[..., -1:]) if slope.shape[-1] > 1 else (0.0 * slope, 0.0 * slope)
    begin, end = slope[..., :1], slope[..., -1:]
    return np.concatenate([begin - 2.0 * first, begin - first, slope, end + last, end + 2.0 * last], axis=-1)


def straight(values: Array, nodes: Array, at: Array) -> Array:
    """Values (..., K) at places ``at`` (K,) on straight lines between ``values`` (..., N) at rising ``nodes`` (N,)."""
    x = np.asarray(nodes, float)
    if len(x) == 1:
        return np.repeat(values, len(at), axis=-1)
    k = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 2)
    s = (at - x[k]) / (x[k + 1] - x[k])
    made: Array = (1.0 - s) * values[..., k] + s * values[..., k + 1]
    return made


def between(axes: Sequence[AxisLike], values: Array, places: Sequence[Array], curved: Sequence[bool] | None = None) -> Array:
    """Node values (nodes, ...) at every combination of ``places`` along the axes, the last axis first; (combinations, ...).

    Lines are straight along axes that are not ``curved``; without it all are.
    """
    made = values.reshape(*(len(axis.values) for axis in axes), *values.shape[1:])
    for number in range(len(axes) - 1, -1, -1):
        moved = np.moveaxis(made, number, -1)
        along = akima if curved is None or curved[number] else straight
        made = np.moveaxis(along(moved, np.array(axes[number].values), np.asarray(places[number], float)), -1, number)
    return made.reshape(-1, *values.shape[1:])


def whole_cells(axes: Sequence[AxisLike], converged: Array, curved: Sequence[bool]) -> Array:
    """Whether all nodes converged that shape what lies between them; a flag for every cell.

    They are those of the cell, and up to two beyond it along axes that are ``curved``.
    """
    made = np.asarray(converged, bool).reshape([len(axis.values) for axis in axes])
    for number, axis in enumerate(axes):
        count, reach = len(axis.values), 2 * curved[number]
        cells = [
            made.take(range(max(k - reach, 0), min(k + 2 + reach, count)), axis=number).all(axis=number) for k in range(max(count - 1, 1))
        ]
        made = np.stack(cells, axis=number)
    return made.ravel()


def curved_axes(axes: Sequence[AxisLike], converged: Array) -> Array:
    """Along which axes (cells, axes) there are curves: one after the other as many as nodes that converged can shape."""
    found = np.zeros((len(whole_cells(axes, converged, [False] * len(axes))), len(axes)), bool)
    for number in range(len(axes)):
        for way in np.unique(found, axis=0):
            wider = way.copy()
            wider[number] = True
            mine = (found == way).all(axis=1) & whole_cells(axes, converged, wider.tolist())
            found[mine, number] = True
    return found
