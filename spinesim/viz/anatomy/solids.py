"""Solids that bones are joined of, and the field that a list of them makes. Lengths mm.

A solid is a row for :mod:`spinesim.viz.anatomy.kernels.fields`. Solids are joined in their order: ``join`` says how a solid meets
what stands before it, ``blend`` over how many millimetres the seam is rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline, PchipInterpolator

from spinesim.viz.anatomy.kernels import fields as kernels
from spinesim.viz.anatomy.kernels.fields import CARVE, CUT, MEET, UNION

Array = NDArray[Any]

__all__ = ["CARVE", "CUT", "MEET", "UNION", "Field", "Plate", "Sketch"]

_GRADIENT_STEP = 0.05  # mm
_BLOCK = 4  # lattice nodes along a block of the narrow band
_SLACK = 1.5  # how much a field may overstate distance


WHOLE, MIRRORED, BOTH, REFLECTED = range(4)


@dataclass(frozen=True, eq=False)
class Field:
    """Signed distance of a bone, mm, negative inside.

    Attributes
    ----------
    rows, left
        Solids of the bone or of its right half, and of its left half mirrored to z >= 0.
    outlines
        Corners that the plates refer to.
    sides
        ``WHOLE``; ``MIRRORED`` where the right half stands for both; ``BOTH`` where the halves differ;
        ``REFLECTED`` for the mirror image of the rows.
    bounds
        Corners of a box that holds the bone.
    """

    rows: Array
    left: Array
    outlines: Array
    sides: int
    bounds: tuple[Array, Array]

    @property
    def folded(self) -> bool:
        """Whether the left half is the mirror image of the right one."""
        return self.sides == MIRRORED

    def __call__(self, points: ArrayLike) -> Array:
        """Distance at ``points`` (N, 3)."""
        where = np.ascontiguousarray(points, dtype=float)
        out = np.empty(len(where))
        kernels.distances(self.rows, self.left, self.outlines, self.sides, where, out)
        return out

    def gradient(self, points: ArrayLike, step: float = _GRADIENT_STEP) -> Array:
        """Gradient (N, 3) of the distance at ``points`` (N, 3)."""
        where = np.ascontiguousarray(points, dtype=float)
        out = np.empty_like(where)
        kernels.gradients(self.rows, self.left, self.outlines, self.sides, where, step, out)
        return out

    def other_side(self) -> Field:
        """The mirror image of a field of a whole bone."""
        low, high = self.bounds
        return Field(self.rows, self.rows, self.outlines, REFLECTED, (np.array([*low[:2], -high[2]]), np.array([*high[:2], -low[2]])))

    def lattice(self, origin: Array, spacing: float, shape: tuple[int, ...]) -> Array:
        """Distance on a lattice, in full near the surface, elsewhere with the right sign."""
        out = np.empty(shape)
        kernels.lattice(self.rows, self.left, self.outlines, self.sides, origin, spacing, _BLOCK, _SLACK, out)
        return out


@dataclass
class Sketch:
    """A bone under construction: solids in the order in which they are joined."""

    rows: list[Array] = field(default_factory=list)
    outlines: list[Array] = field(default_factory=list)

    def _put(self, kind: int, join: int, blend: float, numbers: Sequence[float]) -> None:
        row = np.zeros(kernels.COLUMNS)
        row[: len(numbers)] = numbers
        row[kernels.KIND :] = kind, join, blend
        self.rows.append(row)

    def cone(
        self, a: ArrayLike, b: ArrayLike, ra: float, rb: float, *, join: int = UNION, blend: float = 0.0, flat: ArrayLike = (0, 0, 1),
        by: float = 1.0,
    ) -> None:  # fmt: skip
        """Capsule from ``a`` to ``b`` with radii ``ra``, ``rb``, flattened along ``flat`` by the factor ``by``."""
        along = np.asarray(flat, float) / np.linalg.norm(flat)
        self._put(kernels.CONE, join, blend, [*np.asarray(a, float), *np.asarray(b, float), ra, rb, *along, by])

    def rod(self, knots: ArrayLike, radii: Sequence[float], *, join: int = UNION, blend: float = 0.0, pieces: int = 4, **how: Any) -> None:
        """A smooth rod through ``knots`` (N, 3): capsules along a spline, ``pieces`` from each knot to the next."""
        where = np.asarray(knots, float)
        along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(where, axis=0), axis=1))])
        at = np.concatenate([np.linspace(a, b, pieces, endpoint=False) for a, b in pairwise(along)] + [along[-1:]])
        spline = CubicSpline(along, where, bc_type="natural")(at) if len(where) > 2 else PchipInterpolator(along, where)(at)
        thick = PchipInterpolator(along, radii)(at)
        part = Sketch()
        for i in range(len(at) - 1):
            part.cone(spline[i], spline[i + 1], float(thick[i]), float(thick[i + 1]), **how)
        self.group(part, join=join, blend=blend)

    def ellipsoid(self, centre: ArrayLike, axes: ArrayLike, half: Sequence[float], *, join: int = UNION, blend: float = 0.0) -> None:
        """Ellipsoid with its axes in the rows of ``axes`` (3, 3)."""
        self._put(kernels.ELLIPSOID, join, blend, [*np.asarray(centre, float), *np.asarray(axes, float).ravel(), *half])

    def body(self, low: Plate, high: Plate, *, waist: float, rim: float, power: float, notch: float, blend: float = 0.0) -> None:
        """Vertebral body between two endplates."""
        self._put(
            kernels.BODY, UNION, blend,
            [*low.centre, *high.centre, low.tilt, high.tilt, low.depth, low.width, high.depth, high.width, waist, low.dish, high.dish, rim,
             power, notch],
        )  # fmt: skip

    def plate(
        self, origin: ArrayLike, axes: ArrayLike, outline: ArrayLike, thickness: tuple[float, float, float], *,
        bend: tuple[float, float, float] = (0, 0, 0), rim: float = 2.0, join: int = UNION, blend: float = 0.0,
    ) -> None:  # fmt: skip
        """Curved plate within ``outline`` (N, 2) in the plane of the first two rows of ``axes``; see the kernel for the numbers."""
        loop, frame = np.asarray(outline, float), np.asarray(axes, float)
        first = sum(len(o) for o in self.outlines)
        self.outlines.append(loop)
        w = bend[0] * loop[:, 0] ** 2 + bend[1] * loop[:, 0] * loop[:, 1] + bend[2] * loop[:, 1] ** 2
        reach = float(np.sqrt((loop**2).sum(axis=1) + w**2).max()) + max(thickness[:2]) + 1.0
        self._put(
            kernels.PLATE, join, blend,
            [*np.asarray(origin, float), *frame.ravel(), first, len(loop), *thickness, *bend, rim, reach],
        )  # fmt: skip

    def plane(self, point: ArrayLike, normal: ArrayLike, *, join: int = MEET, blend: float = 0.0) -> None:
        """Half space behind a plane."""
        unit = np.asarray(normal, float) / np.linalg.norm(normal)
        self._put(kernels.PLANE, join, blend, [*np.asarray(point, float), *unit])

    def group(self, other: Sketch, *, join: int = UNION, blend: float = 0.0, gap: float = 0.0, shift: ArrayLike = (0, 0, 0)) -> None:
        """Another sketch as one solid, moved by ``shift``; with :data:`CARVE` everything nearer to it than ``gap`` goes."""
        first = sum(len(o) for o in self.outlines)
        frame = [*(-np.asarray(shift, float)), *other.ball(), len(other.rows) + 1, gap]
        self._put(kernels.OPEN, join, blend, frame)
        self.rows += other._copied(first)
        self.outlines += other.outlines
        self._put(kernels.CLOSE, join, blend, frame)

    def ball(self) -> tuple[float, float, float, float]:
        """Centre and radius of a ball that holds everything."""
        balls = np.array([ball for row in self.rows if (ball := _ball(row)) is not None])
        centre = 0.5 * ((balls[:, :3] - balls[:, 3:]).min(axis=0) + (balls[:, :3] + balls[:, 3:]).max(axis=0))
        radius = (np.linalg.norm(balls[:, :3] - centre, axis=1) + balls[:, 3]).max()
        return float(centre[0]), float(centre[1]), float(centre[2]), float(radius)

    def _copied(self, first: int) -> list[Array]:
        """The rows with their plates' outlines counted from ``first`` on."""
        copies = [row.copy() for row in self.rows]
        for row in copies:
            if row[kernels.KIND] == kernels.PLATE:
                row[12] += first
        return copies

    def whole(self) -> Field:
        """The field of all that was joined."""
        return Field(np.array(self.rows), np.array(self.rows), self._corners(), WHOLE, self._bounds())

    def half(self, left: Sketch | None = None) -> Field:
        """The field of which this is the right half, and ``left`` the mirrored left one if it may differ."""
        right, corners = np.array(self.rows), self._corners()
        low, high = self._bounds()
        other = right if left is None else np.array(left.rows)
        if left is None or (np.array_equal(right, other) and np.array_equal(corners, left._corners())):
            return Field(right, right, corners, MIRRORED, (np.array([*low[:2], -high[2]]), high))
        low, high = np.minimum(low, left._bounds()[0]), np.maximum(high, left._bounds()[1])
        outlines = np.concatenate([corners, left._corners()])
        return Field(right, np.array(left._copied(len(corners))), outlines, BOTH, (np.array([*low[:2], -high[2]]), high))

    def _corners(self) -> Array:
        return np.concatenate(self.outlines) if self.outlines else np.zeros((1, 2))

    def _bounds(self) -> tuple[Array, Array]:
        rows = np.array(self.rows)
        # What a group joins is in its ball already.
        inside = np.cumsum((rows[:, kernels.KIND] == kernels.OPEN) * 1 - (rows[:, kernels.KIND] == kernels.CLOSE)) > 0
        inside[1:] &= inside[:-1]
        balls = np.array([ball for row in rows[~inside] if (ball := _ball(row)) is not None])
        return (balls[:, :3] - balls[:, 3:]).min(axis=0), (balls[:, :3] + balls[:, 3:]).max(axis=0)


def _ball(row: Array) -> tuple[float, float, float, float] | None:
    """Ball round one solid with what a rounded seam may add; none for what only takes away."""
    kind, join, seam = int(row[kernels.KIND]), int(row[kernels.JOIN]), row[kernels.BLEND] / 6.0
    if join != UNION or kind == kernels.CLOSE:
        return None
    if kind == kernels.CONE:
        middle, radius = 0.5 * (row[:3] + row[3:6]), 0.5 * np.linalg.norm(row[3:6] - row[:3]) + row[6:8].max()
    elif kind == kernels.ELLIPSOID:
        middle, radius = row[:3], row[12:15].max()
    elif kind == kernels.OPEN:
        middle, radius = row[3:6] - row[:3], row[6]
    elif kind == kernels.BODY:
        middle = np.array([0.5 * (row[0] + row[2]), 0.5 * (row[1] + row[3]), 0.0])
        radius = 0.5 * np.linalg.norm(row[2:4] - row[:2]) + row[6:10].max() * 1.1
    else:
        middle, radius = row[:3], row[21]
    return float(middle[0]), float(middle[1]), float(middle[2]), float(radius + seam)


@dataclass(frozen=True)
class Plate:
    """An endplate: centre (x, y), tilt (rad, + backwards), half depth and width, and how deep it is dished."""

    centre: tuple[float, float]
    tilt: float
    depth: float
    width: float
    dish: float
