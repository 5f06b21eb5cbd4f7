"""Surface of a lattice of distances by marching tetrahedra: six to a cell, always a closed manifold inside the lattice."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from spinesim.mechanics.jit import kernel


def _sign(order):
    return np.linalg.det(np.eye(len(order))[list(order)])


# Corners of a cell in the order x, y, z bits; every tetrahedron runs from corner 0 to corner 7 along three edges.
_BITS = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))


def _corners(order):
    first = 1 << order[0]
    path = (0, first, first | 1 << order[1], 7)
    return path if _sign(order) > 0 else (path[0], path[2], path[1], path[3])


TETRAHEDRA = np.array([_corners(order) for order in _BITS])
# For every pattern of corners inside, an even order of the four that puts these first.
ORDERS = np.array([
    next(o for o in permutations(range(4)) if _sign(o) > 0 and all(mask >> c & 1 for c in o[: bin(mask).count("1")]))
    for mask in range(16)
])  # fmt: skip
COUNTS = np.array([bin(mask).count("1") for mask in range(16)])


@kernel
def _vertex(values, origin, spacing, i, j, k, low, high, known, points, count):
    """Number of the vertex on the edge between two corners of cell (i, j, k), made where it is new."""
    if low > high:
        low, high = high, low
    a, b, c = i + (low & 1), j + (low >> 1 & 1), k + (low >> 2 & 1)
    step = high - low
    if known[a, b, c, step - 1] >= 0:
        return known[a, b, c, step - 1], count
    dx, dy, dz = step & 1, step >> 1 & 1, step >> 2 & 1
    here, there = values[a, b, c], values[a + dx, b + dy, c + dz]
    t = min(max(here / (here - there), 0.02), 0.98)
    points[count, 0] = origin[0] + spacing * (a + t * dx)
    points[count, 1] = origin[1] + spacing * (b + t * dy)
    points[count, 2] = origin[2] + spacing * (c + t * dz)
    known[a, b, c, step - 1] = count
    return count, count + 1


@kernel
def _emit(triangles, count, a, b, c):
    triangles[count, 0], triangles[count, 1], triangles[count, 2] = a, b, c
    return count + 1


@kernel
def march(values, origin, spacing, tetrahedra, orders, counts, known, points, triangles):
    """Vertices and outward triangles of the surface of value 0; returns their numbers. ``known`` comes filled with -1."""
    nv, nt = 0, 0
    nx, ny, nz = values.shape
    for i in range(nx - 1):
        for j in range(ny - 1):
            for k in range(nz - 1):
                inside = 0
                for corner in range(8):
                    if values[i + (corner & 1), j + (corner >> 1 & 1), k + (corner >> 2 & 1)] < 0.0:
                        inside |= 1 << corner
                if inside in (0, 255):
                    continue
                for t in range(6):
                    mask = 0
                    for v in range(4):
                        mask |= (inside >> tetrahedra[t, v] & 1) << v
                    n = counts[mask]
                    if n in (0, 4):
                        continue
                    a, b = tetrahedra[t, orders[mask, 0]], tetrahedra[t, orders[mask, 1]]
                    c, d = tetrahedra[t, orders[mask, 2]], tetrahedra[t, orders[mask, 3]]
                    if n == 1:
                        p, nv = _vertex(values, origin, spacing, i, j, k, a, b, known, points, nv)
                        q, nv = _vertex(values, origin, spacing, i, j, k, a, c, known, points, nv)
                        r, nv = _vertex(values, origin, spacing, i, j, k, a, d, known, points, nv)
                        nt = _emit(triangles, nt, p, q, r)
                    elif n == 3:
                        p, nv = _vertex(values, origin, spacing, i, j, k, d, a, known, points, nv)
                        q, nv = _vertex(values, origin, spacing, i, j, k, d, b, known, points, nv)
                        r, nv = _vertex(values, origin, spacing, i, j, k, d, c, known, points, nv)
                        nt = _emit(triangles, nt, p, q, r)
                    else:
                        p, nv = _vertex(values, origin, spacing, i, j, k, a, c, known, points, nv)
                        q, nv = _vertex(values, origin, spacing, i, j, k, a, d, known, points, nv)
                        r, nv = _vertex(values, origin, spacing, i, j, k, b, d, known, points, nv)
                        s, nv = _vertex(values, origin, spacing, i, j, k, b, c, known, points, nv)
                        nt = _emit(triangles, nt, p, q, r)
                        nt = _emit(triangles, nt, p, r, s)
    return nv, nt


@kernel
def crossings(values):
    """Numbers of cells that the surface enters: room for vertices and triangles follows from it."""
    cells = 0
    nx, ny, nz = values.shape
    for i in range(nx - 1):
        for j in range(ny - 1):
            for k in range(nz - 1):
                low, high = False, False
                for corner in range(8):
                    if values[i + (corner & 1), j + (corner >> 1 & 1), k + (corner >> 2 & 1)] < 0.0:
                        low = True
                    else:
                        high = True
                cells += low and high
    return cells
