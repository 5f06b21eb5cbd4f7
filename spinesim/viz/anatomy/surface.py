"""From a field to a mesh: contour in a narrow band, steps onto the field, simplify, mirror, light."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array

from spinesim.viz.anatomy.kernels import collapse, tetrahedra
from spinesim.viz.anatomy.mesh import Mesh, connected, vertex_normals
from spinesim.viz.anatomy.solids import Field

Array = NDArray[Any]

_MM = 1e-3
_MIRROR = np.array([1.0, 1.0, -1.0])
_ROUNDS = (4, 12)  # of smoothing: with normals of the field, and of the mesh
_FAIR = (0.5, -0.53)  # Taubin's two factors
_SKY = ((3.0, 0.9), (7.0, 0.8), (14.0, 0.6), (24.0, 0.4))  # mm along the normal, and the weight of what stands there


def contour(field: Field, spacing: float) -> tuple[Array, Array]:
    """Vertices and outward triangles of the surface; a folded field's mesh is open in the plane z = 0.

    Raises
    ------
    ValueError
        If the surface leaves the field's box.
    """
    low, high = field.bounds[0] - 3.0 * spacing, field.bounds[1] + 3.0 * spacing
    # A plane of nodes at z = 0: there a folded field is cut, and the halves of another one meet.
    low[2] = 0.0 if field.folded else spacing * np.floor(low[2] / spacing)
    values = field.lattice(low, spacing, tuple(int(n) for n in np.ceil((high - low) / spacing) + 1))
    faces = [values[0], values[-1], values[:, 0], values[:, -1], values[:, :, -1], *(() if field.folded else (values[:, :, 0],))]
    if min(float(f.min()) for f in faces) < 0.0:
        raise ValueError("a bone leaves the box that was laid round it")
    cells = tetrahedra.crossings(values)
    known = np.full((*values.shape, 7), -1, np.int32)
    points, triangles = np.empty((6 * cells + 8, 3)), np.empty((12 * cells, 3), np.int64)
    nv, nt = tetrahedra.march(values, low, spacing, tetrahedra.TETRAHEDRA, tetrahedra.ORDERS, tetrahedra.COUNTS, known, points, triangles)
    return points[:nv].copy(), triangles[:nt].copy()


def settle(field: Field, points: Array, reach: float, steps: int = 2) -> None:
    """Newton steps of ``points`` onto the surface, in place, none longer than ``reach``; points of the plane of symmetry stay in it."""
    middle = points[:, 2] == 0.0
    for _ in range(steps):
        slope = field.gradient(points)
        if field.folded:
            slope[middle, 2] = 0.0
        size = np.maximum((slope**2).sum(axis=1), 1e-2)
        step = (field(points) / size)[:, None] * slope
        length = np.linalg.norm(step, axis=1, keepdims=True)
        points -= step * np.minimum(1.0, reach / np.maximum(length, 1e-12))


def press(field: Field, points: Array, triangles: Array, reach: float) -> None:
    """One step of ``points`` onto the surface along the normals of the mesh, in place: for a fine mesh, where it is as good as Newton's."""
    step = np.clip(field(points), -reach, reach)[:, None] * vertex_normals(points, triangles)
    if field.folded:
        step[points[:, 2] == 0.0, 2] = 0.0
    points -= step


def fair(points: Array, triangles: Array, rounds: int, middle: Array) -> None:
    """Taubin smoothing in place; ``middle`` vertices are smoothed along their own line only."""
    tail, head = triangles[:, [0, 1, 2]].ravel(), triangles[:, [1, 2, 0]].ravel()
    tail, head = np.concatenate([tail, head]), np.concatenate([head, tail])
    kept = middle[head] | ~middle[tail]
    near = coo_array((np.ones(int(kept.sum())), (tail[kept], head[kept])), shape=(len(points), len(points))).tocsr()
    near.data[:] = 1.0
    count = np.maximum(near.sum(axis=1), 1.0)[:, None]
    for _ in range(rounds):
        for factor in _FAIR:
            points += factor * (near @ points / count - points)


def simplify(points: Array, triangles: Array, wanted: int, middle: Array) -> tuple[Array, Array]:
    """The mesh with about ``wanted`` triangles; the line in the plane of symmetry stays in it."""
    points, triangles, fixed = points.copy(), triangles.copy(), middle.copy()
    alive = collapse.simplify(points, triangles, fixed, wanted)
    return compact(points, triangles[alive])


def compact(points: Array, triangles: Array) -> tuple[Array, Array]:
    """The same mesh without vertices that no triangle uses."""
    used, index = np.unique(triangles, return_inverse=True)
    return points[used], index.reshape(triangles.shape)


def largest(points: Array, triangles: Array) -> tuple[Array, Array]:
    """The piece with most vertices: a carved bone may leave crumbs."""
    number, piece = connected(triangles, len(points))
    if number == 1:
        return points, triangles
    best = np.bincount(piece[piece >= 0]).argmax()
    return compact(points, triangles[piece[triangles[:, 0]] == best])


def unfold(points: Array, triangles: Array, middle: Array) -> tuple[Array, Array]:
    """A half and its mirror image as one mesh, sharing the vertices of the plane of symmetry."""
    other = np.arange(len(points))
    other[~middle] = len(points) + np.arange(int((~middle).sum()))
    return np.concatenate([points, points[~middle] * _MIRROR]), np.concatenate([triangles, other[triangles][:, ::-1]])


def occlusion(points: Array, normals: Array, fields: Sequence[Field]) -> Array:
    """How open the sky is (V,) at surface points: what the fields hold along the normal, near hollows counting most."""
    dark = np.zeros(len(points))
    for height, weight in _SKY:
        there = points + height * normals
        nearest = np.min([f(there) for f in fields], axis=0)
        dark += weight * np.clip(1.0 - nearest / height, 0.0, 1.0)
    return np.clip(1.0 - dark / sum(w for _, w in _SKY), 0.0, 1.0)


def skin(field: Field, spacing: float, wanted: int, *, around: Sequence[Field] = (), own_normals: bool = False) -> Mesh:
    """The mesh (m) of a field (mm) with about ``wanted`` triangles, normals and occlusion from the field.

    ``around`` are neighbours that take light away; ``own_normals`` takes normals from the mesh where a field has many small kinks.
    A folded field gives a mesh that is its own mirror image, bit by bit.
    """
    points, triangles = largest(*contour(field, spacing))
    middle = (points[:, 2] == 0.0) & field.folded
    press(field, points, triangles, spacing)
    fair(points, triangles, _ROUNDS[own_normals], middle)
    points, triangles = simplify(points, triangles, wanted // 2 if field.folded else wanted, middle)
    middle = (points[:, 2] == 0.0) & field.folded
    if not own_normals:
        settle(field, points, spacing)
    normals = vertex_normals(points, triangles) if own_normals else field.gradient(points)
    if field.folded:
        normals[middle, 2] = 0.0
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    light = occlusion(points, normals, [field, *around])
    if field.folded:
        points, triangles = unfold(points, triangles, middle)
        normals = np.concatenate([normals, normals[~middle] * _MIRROR])
        light = np.concatenate([light, light[~middle]])
    return Mesh(points * _MM, triangles.astype(np.int32), normals, light)
