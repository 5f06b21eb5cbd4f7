"""Signed distance of a bone: a table of solids, joined one after the other, evaluated at a point.

A row holds the numbers r of its solid, then what it is, how it joins and over how many millimetres (:mod:`spinesim.viz.anatomy.solids`
writes the rows).
The distance is exact for round solids and right to first order near the surface of the others; it never jumps.
"""

from __future__ import annotations

import math

import numpy as np

from spinesim.mechanics.jit import kernel

FAR = 1e9
OPEN, CLOSE, CONE, ELLIPSOID, BODY, PLATE, PLANE = range(7)
UNION, CUT, MEET, CARVE = range(4)
KIND, JOIN, BLEND, COLUMNS = 22, 23, 24, 25


@kernel
def _blended_min(a, b, k):
    """Minimum of two distances, rounded where they differ by less than ``k`` (a cubic that ends without a kink)."""
    if k <= 0.0:
        return min(a, b)
    h = max(k - abs(a - b), 0.0) / k
    return min(a, b) - h * h * h * k / 6.0


@kernel
def _joined(d, other, join, k, gap):
    if join == UNION:
        return _blended_min(d, other, k)
    if join == MEET:
        return -_blended_min(-d, -other, k)
    if join == CUT:
        return -_blended_min(-d, other, k)
    return -_blended_min(-d, other - gap, k)


@kernel
def _cone(rows, i, x, y, z):
    """Tapered capsule from r[0:3] to r[3:6], radii r[6], r[7], flattened along the unit vector r[8:11] by the factor r[11]."""
    bx, by, bz = rows[i, 3] - rows[i, 0], rows[i, 4] - rows[i, 1], rows[i, 5] - rows[i, 2]
    px, py, pz = x - rows[i, 0], y - rows[i, 1], z - rows[i, 2]
    length = bx * bx + by * by + bz * bz
    t = 0.0
    if length > 0.0:
        t = min(max((px * bx + py * by + pz * bz) / length, 0.0), 1.0)
    vx, vy, vz = px - t * bx, py - t * by, pz - t * bz
    radius = rows[i, 6] + t * (rows[i, 7] - rows[i, 6])
    whole = vx * vx + vy * vy + vz * vz
    if rows[i, 11] == 1.0:
        return math.sqrt(whole) - radius
    s = vx * rows[i, 8] + vy * rows[i, 9] + vz * rows[i, 10]
    rest, f2 = whole - s * s, rows[i, 11] * rows[i, 11]
    near = math.sqrt(rest + s * s / f2)
    slope = math.sqrt(rest + s * s / (f2 * f2))
    if slope == 0.0:
        return -radius * rows[i, 11]
    return (near - radius) * near / slope


@kernel
def _ellipsoid(rows, i, x, y, z):
    """Centre r[0:3], axes in the rows of r[3:12], half lengths r[12:15]."""
    px, py, pz = x - rows[i, 0], y - rows[i, 1], z - rows[i, 2]
    one, two = 0.0, 0.0
    for m in range(3):
        u = px * rows[i, 3 + 3 * m] + py * rows[i, 4 + 3 * m] + pz * rows[i, 5 + 3 * m]
        q = u / rows[i, 12 + m]
        one += q * q
        q /= rows[i, 12 + m]
        two += q * q
    if two == 0.0:
        return -min(rows[i, 12], min(rows[i, 13], rows[i, 14]))
    one = math.sqrt(one)
    return one * (one - 1.0) / math.sqrt(two)


@kernel
def _ring(depth, width, power, notch, px, pz):
    """Kidney outline: 1 on it, less inside. The back is hollowed towards the middle by ``notch`` of the half depth."""
    a = depth
    if px < 0.0:
        w = max(1.0 - (pz / (0.62 * width)) ** 2, 0.0)
        a = depth * (1.0 - notch * w * w)
    return ((abs(px) / a) ** power + (abs(pz) / width) ** power) ** (1.0 / power)


@kernel
def _body(rows, i, x, y, z):
    """Vertebral body between two endplates.

    Lower and upper centre r[0:2], r[2:4]; their tilts r[4], r[5]; half depth and width below r[6], r[7] and above r[8], r[9];
    waist r[10] (share of the half lengths), dish r[11], r[12] (mm, below and above), rounding of the rim r[13], power r[14], notch r[15].
    """
    low = (x - rows[i, 0]) * math.sin(rows[i, 4]) - (y - rows[i, 1]) * math.cos(rows[i, 4])
    high = -(x - rows[i, 2]) * math.sin(rows[i, 5]) + (y - rows[i, 3]) * math.cos(rows[i, 5])
    total = -(low + high)
    s = 0.5
    if total > 1e-6:
        s = min(max(-low / total, 0.0), 1.0)
    tilt = rows[i, 4] + s * (rows[i, 5] - rows[i, 4])
    px = (x - rows[i, 0] - s * (rows[i, 2] - rows[i, 0])) * math.cos(tilt) + (y - rows[i, 1] - s * (rows[i, 3] - rows[i, 1])) * math.sin(
        tilt
    )
    round_ = s * (1.0 - s) * 4.0
    thin = 1.0 - rows[i, 10] * round_ * math.sqrt(round_)
    depth, width = (rows[i, 6] + s * (rows[i, 8] - rows[i, 6])) * thin, (rows[i, 7] + s * (rows[i, 9] - rows[i, 7])) * thin
    ring = _ring(depth, width, rows[i, 14], rows[i, 15], px, z)
    out = math.sqrt(px * px + z * z)
    wall = -min(depth, width)
    if ring > 1e-9:
        wall = (ring - 1.0) * out / ring
    dish = max(1.0 - (ring / 0.84) ** 2, 0.0)
    dish = dish * dish * (3.0 - 2.0 * dish)
    low += rows[i, 11] * dish
    high += rows[i, 12] * dish
    return -_blended_min(-wall, -max(low, high), rows[i, 13])


@kernel
def _outline(outlines, first, count, u, v):
    """Signed distance to a closed polygon, negative inside."""
    best, sign = FAR, 1.0
    for i in range(count):
        a, b = first + i, first + (i + count - 1) % count
        ax, ay, bx, by = outlines[a, 0], outlines[a, 1], outlines[b, 0], outlines[b, 1]
        ex, ey, wx, wy = bx - ax, by - ay, u - ax, v - ay
        t = min(max((wx * ex + wy * ey) / (ex * ex + ey * ey), 0.0), 1.0)
        dx, dy = wx - t * ex, wy - t * ey
        best = min(best, dx * dx + dy * dy)
        above, below, left = v >= ay, v < by, ex * wy > ey * wx
        if (above and below and left) or (not above and not below and not left):
            sign = -sign
    return sign * math.sqrt(best)


@kernel
def _plate(rows, i, outlines, x, y, z, bound):
    """Curved plate: origin r[0:3], axes u, v, w in the rows of r[3:12], outline r[12] (first point), r[13] (count).

    Half thickness r[14], at the rim r[15], over a width r[16]; middle surface w = r[17] u^2 + r[18] u v + r[19] v^2; the rim is
    rounded by r[20]; no point of it is farther from the origin than r[21].
    """
    px, py, pz = x - rows[i, 0], y - rows[i, 1], z - rows[i, 2]
    away = math.sqrt(px * px + py * py + pz * pz) - rows[i, 21]
    if away > bound:
        return away
    u = px * rows[i, 3] + py * rows[i, 4] + pz * rows[i, 5]
    v = px * rows[i, 6] + py * rows[i, 7] + pz * rows[i, 8]
    w = px * rows[i, 9] + py * rows[i, 10] + pz * rows[i, 11]
    flat = _outline(outlines, int(rows[i, 12]), int(rows[i, 13]), u, v)
    uc, vc = u, v
    gu, gv = 2.0 * rows[i, 17] * uc + rows[i, 18] * vc, 2.0 * rows[i, 19] * vc + rows[i, 18] * uc
    w = (w - (rows[i, 17] * uc * uc + rows[i, 18] * uc * vc + rows[i, 19] * vc * vc)) / math.sqrt(1.0 + gu * gu + gv * gv)
    rim = 0.0
    if rows[i, 16] > 0.0:
        rim = min(max(1.0 + flat / rows[i, 16], 0.0), 1.0)
        rim = rim * rim * (3.0 - 2.0 * rim)
    slab = abs(w) - (rows[i, 14] + rim * (rows[i, 15] - rows[i, 14]))
    return -_blended_min(-flat, -slab, rows[i, 20])


@kernel
def _skippable(rows, i, d, x, y, z):
    """Whether the group that opens in row i is too far away to change ``d``: nothing of it leaves the ball r[3:6], r[6]."""
    px, py, pz = x + rows[i, 0] - rows[i, 3], y + rows[i, 1] - rows[i, 4], z + rows[i, 2] - rows[i, 5]
    away = math.sqrt(px * px + py * py + pz * pz) - rows[i, 6]
    if int(rows[i, JOIN]) == UNION:
        return away > d + rows[i, BLEND]
    return rows[i, 8] - away < d - rows[i, BLEND]


@kernel
def distance(rows, outlines, x, y, z):
    """Signed distance (mm, negative inside) at one point; groups may stand in groups, two deep.

    The row that opens a group holds its shift r[0:3], ball r[3:7], the number of rows to its end r[7], and its gap r[8].
    """
    d, first, second, depth, i = FAR, FAR, FAR, 0, -1
    while i + 1 < rows.shape[0]:
        i += 1
        kind = int(rows[i, KIND])
        if kind == OPEN:
            if _skippable(rows, i, d, x, y, z):
                i += int(rows[i, 7])
                continue
            if depth == 0:
                first = d
            else:
                second = d
            depth += 1
            x, y, z = x + rows[i, 0], y + rows[i, 1], z + rows[i, 2]
            d = FAR
            continue
        if kind == CLOSE:
            depth -= 1
            other = d
            d = first if depth == 0 else second
            x, y, z = x - rows[i, 0], y - rows[i, 1], z - rows[i, 2]
        elif kind == CONE:
            other = _cone(rows, i, x, y, z)
        elif kind == ELLIPSOID:
            other = _ellipsoid(rows, i, x, y, z)
        elif kind == BODY:
            other = _body(rows, i, x, y, z)
        elif kind == PLATE:
            other = _plate(rows, i, outlines, x, y, z, d + rows[i, BLEND] if int(rows[i, JOIN]) == UNION else FAR)
        else:
            other = (x - rows[i, 0]) * rows[i, 3] + (y - rows[i, 1]) * rows[i, 4] + (z - rows[i, 2]) * rows[i, 5]
        d = _joined(d, other, int(rows[i, JOIN]), rows[i, BLEND], rows[i, 8] if kind == CLOSE else 0.0)
    return d


@kernel
def _sided(right, left, outlines, sides, x, y, z):
    """Distance of a bone given as a whole (``sides`` 0), by its right half (1), by both halves (2), or reflected (3).

    The rows of a left half are mirrored to z >= 0.
    """
    rows = right
    if sides == 3:
        z = -z
    elif sides == 2 and z < 0.0:
        rows, z = left, -z
    elif sides == 1:
        z = abs(z)
    return distance(rows, outlines, x, y, z)


@kernel
def distances(right, left, outlines, sides, points, out):
    """Distance at every point (N, 3) into ``out``."""
    for i in range(points.shape[0]):
        out[i] = _sided(right, left, outlines, sides, points[i, 0], points[i, 1], points[i, 2])


@kernel
def gradients(right, left, outlines, sides, points, step, out):
    """Central differences of the distance at every point (N, 3)."""
    p = np.empty(3)
    for i in range(points.shape[0]):
        for axis in range(3):
            value = 0.0
            for side in (1.0, -1.0):
                p[:] = points[i]
                p[axis] += side * step
                value += side * _sided(right, left, outlines, sides, p[0], p[1], p[2])
            out[i, axis] = value / (2.0 * step)


@kernel
def lattice(right, left, outlines, sides, origin, spacing, block, slack, out):
    """Distance on the nodes of a lattice, (nx, ny, nz) into ``out``: in full only in blocks that the surface may enter.

    A block whose middle is farther from the surface than its half diagonal and one cell, times ``slack``, holds its middle's value.
    """
    nx, ny, nz = out.shape
    reach = slack * spacing * (0.5 * block * math.sqrt(3.0) + 1.0)
    half = 0.5 * (block - 1) * spacing
    for i in range(0, nx, block):
        for j in range(0, ny, block):
            for k in range(0, nz, block):
                x, y, z = origin[0] + i * spacing, origin[1] + j * spacing, origin[2] + k * spacing
                d = _sided(right, left, outlines, sides, x + half, y + half, z + half)
                near = abs(d) < reach
                for a in range(i, min(i + block, nx)):
                    for b in range(j, min(j + block, ny)):
                        for c in range(k, min(k + block, nz)):
                            if near:
                                x, y, z = origin[0] + a * spacing, origin[1] + b * spacing, origin[2] + c * spacing
                                out[a, b, c] = _sided(right, left, outlines, sides, x, y, z)
                            else:
                                out[a, b, c] = d
