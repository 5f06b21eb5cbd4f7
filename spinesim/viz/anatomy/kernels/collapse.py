"""Simplifying a triangle mesh by collapsing edges in the order of their quadric error (Garland and Heckbert 1997).

The mesh stays a manifold of the same genus (link condition). A boundary stays in its plane: its vertices move along it only.
"""

from __future__ import annotations

import heapq
import math

import numpy as np

from spinesim.mechanics.jit import kernel

WIDEST_TURN = 0.35  # least cosine between a triangle's normals before and after
THINNEST = 0.08  # least quality of a new triangle; 1 for an equilateral one
MOST_NEIGHBOURS = 40  # of both ends of an edge together
EDGE_WEIGHT = 2e-3  # weight of the vertex's own place against the planes, so that flat parts stay evenly meshed


@kernel
def _normal(points, a, b, c, out):
    """Unit normal into ``out``, twice the area, and the quality."""
    ux, uy, uz = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1], points[b, 2] - points[a, 2]
    vx, vy, vz = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1], points[c, 2] - points[a, 2]
    nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    area = math.sqrt(nx * nx + ny * ny + nz * nz)
    if area > 0.0:
        out[0], out[1], out[2] = nx / area, ny / area, nz / area
    else:
        out[0], out[1], out[2] = 0.0, 0.0, 0.0
    wx, wy, wz = ux - vx, uy - vy, uz - vz
    edges = ux * ux + uy * uy + uz * uz + vx * vx + vy * vy + vz * vz + wx * wx + wy * wy + wz * wz
    return area, 2.0 * math.sqrt(3.0) * area / edges if edges > 0.0 else 0.0


@kernel
def _add_plane(quadric, nx, ny, nz, px, py, pz, weight):
    """Add ``weight`` (n (x - p))^2; a quadric holds xx xy xz yy yz zz, x y z, 1."""
    d = -(nx * px + ny * py + nz * pz)
    quadric[0] += weight * nx * nx
    quadric[1] += weight * nx * ny
    quadric[2] += weight * nx * nz
    quadric[3] += weight * ny * ny
    quadric[4] += weight * ny * nz
    quadric[5] += weight * nz * nz
    quadric[6] += weight * nx * d
    quadric[7] += weight * ny * d
    quadric[8] += weight * nz * d
    quadric[9] += weight * d * d


@kernel
def _error(q, x, y, z):
    value = q[0] * x * x + q[3] * y * y + q[5] * z * z + 2.0 * (q[1] * x * y + q[2] * x * z + q[4] * y * z)
    return value + 2.0 * (q[6] * x + q[7] * y + q[8] * z) + q[9]


@kernel
def _target(q, points, fixed, u, v, out):
    """Where the merged vertex goes, and the error there; a boundary vertex takes the other one to itself."""
    best = 1e300
    if fixed[u] and not fixed[v]:
        out[:] = points[u]
        return _error(q, out[0], out[1], out[2])
    if fixed[v] and not fixed[u]:
        out[:] = points[v]
        return _error(q, out[0], out[1], out[2])
    a, b, c, d, e, f = q[0], q[1], q[2], q[3], q[4], q[5]
    det = a * (d * f - e * e) - b * (b * f - e * c) + c * (b * e - d * c)
    size = (a + d + f) / 3.0
    if abs(det) > 1e-4 * size * size * size and not fixed[u]:
        x = -(q[6] * (d * f - e * e) - b * (q[7] * f - e * q[8]) + c * (q[7] * e - d * q[8])) / det
        y = -(a * (q[7] * f - e * q[8]) - q[6] * (b * f - e * c) + c * (b * q[8] - q[7] * c)) / det
        z = -(a * (d * q[8] - q[7] * e) - b * (b * q[8] - q[7] * c) + q[6] * (b * e - d * c)) / det
        out[0], out[1], out[2] = x, y, z
        best = _error(q, x, y, z)
    else:
        for t in (0.5, 0.0, 1.0):
            x = points[u, 0] + t * (points[v, 0] - points[u, 0])
            y = points[u, 1] + t * (points[v, 1] - points[u, 1])
            z = points[u, 2] + t * (points[v, 2] - points[u, 2])
            here = _error(q, x, y, z)
            if here < best:
                best = here
                out[0], out[1], out[2] = x, y, z
    return best


@kernel
def _around(triangles, alive, start, item, following, v, ring):
    """Neighbours of ``v`` into ``ring`` without doubles, as many as it holds; returns their number."""
    n = 0
    node = start[v]
    while node >= 0:
        t = item[node]
        if alive[t]:
            for c in range(3):
                w = triangles[t, c]
                if w != v:
                    found = False
                    for m in range(n):
                        if ring[m] == w:
                            found = True
                            break
                    if not found and n < ring.shape[0]:
                        ring[n] = w
                        n += 1
        node = following[node]
    return n


@kernel
def _keeps_shape(triangles, alive, start, item, following, points, v, other, place, before, after):
    """Whether the triangles that stay at ``v`` keep their side and are not too thin when it moves to ``place``."""
    saved_x, saved_y, saved_z = points[v, 0], points[v, 1], points[v, 2]
    good = True
    node = start[v]
    while node >= 0 and good:
        t = item[node]
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        if alive[t] and other not in (a, b, c):
            _, old = _normal(points, a, b, c, before)
            points[v, 0], points[v, 1], points[v, 2] = place[0], place[1], place[2]
            _, new = _normal(points, a, b, c, after)
            points[v, 0], points[v, 1], points[v, 2] = saved_x, saved_y, saved_z
            turn = before[0] * after[0] + before[1] * after[1] + before[2] * after[2]
            if (old > THINNEST and turn < WIDEST_TURN) or (new < THINNEST and new < old):
                good = False
        node = following[node]
    return good


@kernel
def _prepare(points, triangles, start, last, item, following, quadric):
    """Lists of the triangles round every vertex, and the planes that its quadric holds."""
    n = np.empty(3)
    for t in range(triangles.shape[0]):
        area, _ = _normal(points, triangles[t, 0], triangles[t, 1], triangles[t, 2], n)
        p = points[triangles[t, 0]]
        for c in range(3):
            v, node = triangles[t, c], 3 * t + c
            item[node] = t
            if start[v] < 0:
                start[v] = node
            else:
                following[last[v]] = node
            last[v] = node
            _add_plane(quadric[v], n[0], n[1], n[2], p[0], p[1], p[2], area)
            for axis in range(3):
                e0, e1, e2 = 1.0 * (axis == 0), 1.0 * (axis == 1), 1.0 * (axis == 2)
                _add_plane(quadric[v], e0, e1, e2, points[v, 0], points[v, 1], points[v, 2], EDGE_WEIGHT * area)


@kernel
def _stays_manifold(triangles, alive, start, item, following, u, v, along, ring_u, ring_v):
    """Link condition: the ends of the edge share no neighbour but those across its triangles."""
    around_u = _around(triangles, alive, start, item, following, u, ring_u)
    around_v = _around(triangles, alive, start, item, following, v, ring_v)
    if around_u + around_v > MOST_NEIGHBOURS:
        return False
    shared, common = 0, 0
    node = start[u]
    while node >= 0:
        t = item[node]
        if alive[t] and v in (triangles[t, 0], triangles[t, 1], triangles[t, 2]):
            shared += 1
        node = following[node]
    for m in range(around_u):
        for k in range(around_v):
            common += ring_u[m] == ring_v[k]
    return common == shared and shared == (1 if along else 2)


@kernel
def _merge(triangles, alive, start, last, item, following, u, v):
    """Give the triangles of ``v`` to ``u``; returns how many had both and went."""
    gone = 0
    node = start[v]
    while node >= 0:
        t = item[node]
        if alive[t]:
            if u in (triangles[t, 0], triangles[t, 1], triangles[t, 2]):
                alive[t] = False
                gone += 1
            else:
                for c in range(3):
                    if triangles[t, c] == v:
                        triangles[t, c] = u
        node = following[node]
    following[last[u]] = start[v]
    last[u] = last[v]
    return gone


@kernel
def simplify(points, triangles, fixed, wanted):
    """Collapse edges in place until ``wanted`` triangles are left or none can go; returns which triangles live.

    ``fixed`` (V,) marks vertices of a boundary; two of them merge only along it.
    """
    nv, nt = points.shape[0], triangles.shape[0]
    alive, here = np.ones(nt, np.bool_), np.ones(nv, np.bool_)
    start, last, stamp = np.full(nv, -1), np.full(nv, -1), np.zeros(nv, np.int64)
    item, following, quadric = np.empty(3 * nt, np.int64), np.full(3 * nt, -1), np.zeros((nv, 10))
    before, after, place, q = np.empty(3), np.empty(3), np.empty(3), np.empty(10)
    ring_u, ring_v = np.empty(MOST_NEIGHBOURS, np.int64), np.empty(MOST_NEIGHBOURS, np.int64)
    _prepare(points, triangles, start, last, item, following, quadric)
    heap = [(0.0, np.int64(0), np.int64(0), np.int64(0))]
    heap.pop()
    for t in range(nt):
        for c in range(3):
            u, v = triangles[t, c], triangles[t, (c + 1) % 3]
            # An edge of two triangles is met from both sides, one of the boundary from one side only.
            if u < v or (fixed[u] and fixed[v]):
                for m in range(10):
                    q[m] = quadric[u, m] + quadric[v, m]
                heapq.heappush(heap, (_target(q, points, fixed, u, v, place), np.int64(min(u, v)), np.int64(max(u, v)), np.int64(0)))
    left = nt
    while left > wanted and len(heap) > 0:
        _, u, v, age = heapq.heappop(heap)
        if not here[u] or not here[v] or stamp[u] + stamp[v] != age:
            continue
        if not _stays_manifold(triangles, alive, start, item, following, u, v, fixed[u] and fixed[v], ring_u, ring_v):
            continue
        for m in range(10):
            q[m] = quadric[u, m] + quadric[v, m]
        _target(q, points, fixed, u, v, place)
        if not _keeps_shape(triangles, alive, start, item, following, points, u, v, place, before, after):
            continue
        if not _keeps_shape(triangles, alive, start, item, following, points, v, u, place, before, after):
            continue
        left -= _merge(triangles, alive, start, last, item, following, u, v)
        here[v] = False
        fixed[u] = fixed[u] or fixed[v]
        points[u] = place
        quadric[u] = q
        stamp[u] += 1 + stamp[v]
        for m in range(_around(triangles, alive, start, item, following, u, ring_u)):
            w = ring_u[m]
            for k in range(10):
                q[k] = quadric[u, k] + quadric[w, k]
            heapq.heappush(heap, (_target(q, points, fixed, u, w, place), min(u, w), max(u, w), stamp[u] + stamp[w]))
    return alive
