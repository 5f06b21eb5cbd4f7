"""Stacks of alike surfaces: one array of points and of normals each, and triangles that never change."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Surface(NamedTuple):
    """``N`` surfaces of ``V`` vertices each: positions (m) and unit normals, both (N, V, 3)."""

    points: Array
    normals: Array


def grid_triangles(rows: int, around: int) -> Array:
    """Triangles of a tube of ``rows`` rings of ``around`` vertices, outward for rings that run anticlockwise seen from the last one."""
    row, place = np.meshgrid(np.arange(rows - 1), np.arange(around), indexing="ij")
    here, beside = row * around + place, row * around + (place + 1) % around
    first, second = np.stack([here, beside, beside + around], -1), np.stack([here, beside + around, here + around], -1)
    return np.concatenate([first.reshape(-1, 3), second.reshape(-1, 3)])


def repeated(triangles: Array, count: int, vertices: int) -> Array:
    """The triangles of ``count`` surfaces of ``vertices`` vertices, stacked."""
    return (triangles[None] + vertices * np.arange(count)[:, None, None]).reshape(-1, 3)


def unit(vectors: Array) -> Array:
    """Vectors (..., 3) of length 1; those without a length stay as they are."""
    length = np.sqrt(np.einsum("...i,...i->...", vectors, vectors))[..., None]
    made: Array = vectors / np.where(length > 0.0, length, 1.0)
    return made


def cross(a: Array, b: Array) -> Array:
    """Vector product over the last axis; many times faster than numpy's for small stacks."""
    ax, ay, az = a[..., 0], a[..., 1], a[..., 2]
    bx, by, bz = b[..., 0], b[..., 1], b[..., 2]
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=-1)
