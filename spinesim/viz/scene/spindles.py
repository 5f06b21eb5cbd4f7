"""Muscles: one spindle a fascicle, along a smooth curve through its path points.

The curve is a cubic through the points (Catmull and Rom, with the points' own distances), so that every station is a fixed mix of four
of them: one product moves all fascicles. Lever arms are those of the straight pieces in the solver; the curve is for the eye.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from scipy.sparse import csr_array

from spinesim.viz.scene.surface import Array, Surface, cross, grid_triangles, repeated, unit

STRESS: Final = 70e4  # N/m2, from peak force to a cross-section
PLUMP: Final = 0.55  # of the radius of the whole cross-section: fascicles are drawn apart
END_RADIUS: Final = 1.0e-3  # m
SHAPE: Final = 1.3
TENDON_SHARE: Final = 0.16  # of the length at either end


@dataclass(frozen=True)
class Spindles:
    """Spindles of fascicles, ready to be bent.

    Attributes
    ----------
    fascicle
        Number of every spindle's fascicle in the model (F,).
    mix, slope
        Shares of four path points in every station and in its derivative along the path (F, S, 4).
    chosen
        Which four path points (F, S, 4).
    radius
        Of every station (F, S), m.
    reference
        A direction across each spindle that starts its cross-sections (F, 3).
    tendon
        How much of a station is tendon (F, S), 0 to 1.
    around
        Vertices of a cross-section.
    points
        Number of path points P.
    """

    fascicle: Array
    mix: Array
    slope: Array
    chosen: Array
    radius: Array
    reference: Array
    tendon: Array
    around: int
    points: int

    @classmethod
    def of(cls, path: list[Array], neutral: Array, force: Array, top: float, stations: int, around: int) -> Spindles:
        """Spindles of fascicles with the path points ``path[f]`` (indices into ``neutral`` (P, 3)) and peak forces ``force`` (F,), N.

        They are drawn up to the height ``top``, m: what goes on to parts that are not drawn tapers off there. Fascicles without a
        path, such as the transversus that is abdominal pressure alone, have no spindle.
        """
        drawn = np.array([f for f, points in enumerate(path) if len(points) > 1])
        path = [path[f] for f in drawn]
        made = [_curve(neutral[points], points, stations, top) for points in path]
        share = np.linspace(0.0, 1.0, stations)
        belly = PLUMP * np.sqrt(np.asarray(force)[drawn] / (STRESS * math.pi))
        wide = END_RADIUS + (np.maximum(belly, END_RADIUS) - END_RADIUS)[:, None] * np.sin(np.pi * share) ** SHAPE
        ends = np.clip(1.0 - np.minimum(share, 1.0 - share) / TENDON_SHARE, 0.0, 1.0)
        along = unit(np.array([neutral[points[-1]] - neutral[points[0]] for points in path]))
        least = np.eye(3)[np.argmin(np.abs(along), axis=1)]
        mix, slope, chosen = (np.stack([one[k] for one in made]) for k in range(3))
        return cls(drawn, mix, slope, chosen, wide, least, np.tile(ends, (len(path), 1)), around, len(neutral))

    def only(self, wanted: Array) -> Spindles:
        """Those of the fascicles that ``wanted`` (F,) says."""
        keep = np.asarray(wanted, bool)[self.fascicle]
        names = ("fascicle", "mix", "slope", "chosen", "radius", "reference", "tendon")
        return replace(self, **{name: getattr(self, name)[keep] for name in names})

    @property
    def triangles(self) -> Array:
        """Of all spindles (T, 3)."""
        count, stations = self.radius.shape
        return repeated(grid_triangles(stations, self.around), count, stations * self.around)

    def shape(self, points: Array) -> Surface:
        """Points and normals with the path points at ``points`` (P, 3)."""
        count, stations = self.radius.shape
        middle, speed = (self._mixer @ points).reshape(2, count, stations, 3)
        length = np.sqrt(np.einsum("fsi,fsi->fs", speed, speed))[..., None]
        along = speed / length
        first = unit(self.reference[:, None] - np.einsum("fsi,fi->fs", along, self.reference)[..., None] * along)
        second = cross(along, first)
        rise = self._growth[..., None] / length
        tilt = 1.0 / np.sqrt(1.0 + rise * rise)
        wide = self.radius[..., None]
        return Surface(self._ring(wide * first, wide * second, middle), self._ring(tilt * first, tilt * second, -rise * tilt * along))

    @cached_property
    def _mixer(self) -> csr_array:
        """Stations, then their derivatives, out of path points, as one matrix."""
        count, stations = self.radius.shape
        row = np.repeat(np.arange(2 * count * stations), 4)
        shares, columns = np.concatenate([self.mix, self.slope]).ravel(), np.tile(self.chosen.ravel(), 2)
        return csr_array((shares, (row, columns)), shape=(2 * count * stations, self.points))

    @cached_property
    def _growth(self) -> Array:
        """Change of radius over a whole path (F, S)."""
        return np.asarray(np.gradient(self.radius, axis=1) * (self.radius.shape[1] - 1))

    def _ring(self, first: Array, second: Array, middle: Array) -> Array:
        """``cos first + sin second + middle`` round every station (F, S * around, 3), by one product."""
        turn = 2.0 * np.pi * np.arange(self.around) / self.around
        shares = np.stack([np.cos(turn), np.sin(turn), np.ones(self.around)], axis=1)
        count, stations = self.radius.shape
        rings = shares @ np.stack([first, second, middle]).reshape(3, -1)
        by_station = rings.reshape(self.around, count * stations, 3).swapaxes(0, 1)
        return np.ascontiguousarray(by_station).reshape(count, stations * self.around, 3)


def _curve(points: Array, index: Array, stations: int, top: float) -> tuple[Array, Array, Array]:
    """Shares (S, 4) of four points in stations spread evenly up to the height ``top``, in their derivatives, and which points."""
    knots = np.concatenate([[0.0], np.cumsum(np.maximum(np.linalg.norm(np.diff(points, axis=0), axis=1), 1e-6))])
    places = np.linspace(0.0, _end(points, knots, top), stations)
    piece = np.clip(np.searchsorted(knots, places, side="right") - 1, 0, len(knots) - 2)
    four = np.clip(piece[:, None] + np.arange(-1, 3), 0, len(knots) - 1)
    mix, slope = np.zeros((stations, 4)), np.zeros((stations, 4))
    for row, (k, place) in enumerate(zip(piece, places, strict=True)):
        mix[row], slope[row] = _shares(knots, int(k), place)
    return mix, slope * places[-1], index[four]


def _end(points: Array, knots: Array, top: float) -> float:
    """How far along the path the height ``top`` is crossed for good; its end where that is below."""
    height = points[:, 1]
    if height[-1] <= top or (height > top).all():
        return float(knots[-1])
    last = int(np.flatnonzero(height <= top)[-1])
    part = (top - height[last]) / (height[last + 1] - height[last])
    return float(knots[last] + part * (knots[last + 1] - knots[last]))


def _shares(knots: Array, k: int, place: float) -> tuple[Array, Array]:
    """Hermite cubic on piece ``k`` with the points' own tangents, as shares of points k - 1 to k + 2, and its derivative."""
    length = knots[k + 1] - knots[k]
    t = (place - knots[k]) / length
    unit_share = np.eye(4)
    tangents = []
    for at, own in ((k, 1), (k + 1, 2)):
        low, high = max(at - 1, 0), min(at + 1, len(knots) - 1)
        tangents.append((unit_share[own + high - at] - unit_share[own + low - at]) / (knots[high] - knots[low]))
    cubes = (2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t, -2 * t**3 + 3 * t**2, t**3 - t**2)
    rates = (6 * t**2 - 6 * t, 3 * t**2 - 4 * t + 1, -6 * t**2 + 6 * t, 3 * t**2 - 2 * t)
    values = (unit_share[1], length * tangents[0], unit_share[2], length * tangents[1])
    mix: Array = sum((c * v for c, v in zip(cubes, values, strict=True)), np.zeros(4))
    slope: Array = sum((c * v for c, v in zip(rates, values, strict=True)), np.zeros(4)) / length
    return mix, slope
