"""Triangle meshes of bones, and what can be asked of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Mesh:
    """A triangle mesh.

    Attributes
    ----------
    points
        (V, 3) f8, m.
    triangles
        (T, 3) i4, counter-clockwise seen from outside.
    normals
        (V, 3) f8, unit, outward.
    occlusion
        (V,) f8: 1 where the surroundings leave the sky open, less in hollows.
    """

    points: Array
    triangles: Array
    normals: Array
    occlusion: Array

    @property
    def edges(self) -> Array:
        """Directed edges (3 T, 2) of the triangles."""
        return np.concatenate([self.triangles[:, [0, 1]], self.triangles[:, [1, 2]], self.triangles[:, [2, 0]]])

    @property
    def closed(self) -> bool:
        """Whether every edge has exactly two triangles, one on each side."""
        edges = self.edges.astype(np.int64)
        forth = np.sort(edges[:, 0] * len(self.points) + edges[:, 1])
        back = np.sort(edges[:, 1] * len(self.points) + edges[:, 0])
        return bool((np.diff(forth) > 0).all() and np.array_equal(forth, back))

    @property
    def pieces(self) -> int:
        """Number of connected components."""
        return connected(self.triangles, len(self.points))[0]

    @property
    def genus(self) -> int:
        """Number of handles of a closed mesh, from its Euler characteristic."""
        euler = len(np.unique(self.triangles)) - len(self.edges) // 2 + len(self.triangles)
        return self.pieces - euler // 2

    @property
    def volume(self) -> float:
        """Volume of a closed mesh, m3; negative if its triangles face inwards."""
        a, b, c = (self.points[self.triangles[:, i]] for i in range(3))
        return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6.0)


def connected(triangles: Array, count: int) -> tuple[int, Array]:
    """Number of connected pieces among the vertices in use, and the piece of every vertex (-1 where unused)."""
    used = np.unique(triangles)
    index = np.full(count, -1)
    index[used] = np.arange(len(used))
    small = index[triangles]
    rows, columns = small[:, [0, 1, 2]].ravel(), small[:, [1, 2, 0]].ravel()
    number, label = connected_components(coo_array((np.ones(len(rows)), (rows, columns)), shape=(len(used), len(used))), directed=False)
    piece = np.full(count, -1)
    piece[used] = label
    return int(number), piece


def triangle_normals(points: Array, triangles: Array) -> Array:
    """Normal of every triangle, its length twice the area."""
    a, b, c = (points[triangles[:, i]] for i in range(3))
    crossed: Array = np.cross(b - a, c - a)
    return crossed


def vertex_normals(points: Array, triangles: Array) -> Array:
    """Unit normals at the vertices, triangles weighted by area; +y where a vertex has none."""
    out = np.zeros_like(points)
    facing = triangle_normals(points, triangles)
    for axis in range(3):
        out[:, axis] = np.bincount(triangles.ravel(), weights=np.repeat(facing[:, axis], 3), minlength=len(points))
    length = np.linalg.norm(out, axis=1, keepdims=True)
    return np.where(length > 0.0, out / np.where(length > 0.0, length, 1.0), [0.0, 1.0, 0.0])
