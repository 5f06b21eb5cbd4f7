"""Signed distance of a bone: a table of solids, joined one after the other, evaluated at a point.

A row is ``kind, join, blend, ...`` and the numbers of its solid (see :mod:`spinesim.viz.anatomy.solids`, which writes the rows).
The distance is exact for round solids and right to first order near the surface of the others; it never jumps.
"""

from __future__ import annotations

import math

import numpy as np

from spinesim.mechanics.jit import kernel

FAR = 1e9
OPEN, CLOSE, CONE, ELLIPSOID, BODY, PLATE, PLANE = range(7)
UNION, CUT, MEET, CARVE = range(4)
COLUMNS = 26


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
def _cone(r, x, y, z):
    """Tapered capsule from r[0:3] to r[3:6], radii r[6], r[7], flattened along the unit vector r[8:11] by the factor r[11]."""
    bx, by, bz = r[3] - r[0], r[4] - r[1], r[5] - r[2]
    px, py, pz = x - r[0], y - r[1], z - r[2]
    length = bx * bx + by * by + bz * bz
    t = 0.0
    if length > 0.0:
        t = min(max((px * bx + py * by + pz * bz) / length, 0.0), 1.0)
    vx, vy, vz = px - t * bx, py - t * by, pz - t * bz
    radius = r[6] + t * (r[7] - r[6])
    whole = vx * vx + vy * vy + vz * vz
    if r[11] == 1.0:
        return math.sqrt(whole) - radius
    s = vx * r[8] + vy * r[9] + vz * r[10]
    rest, f2 = whole - s * s, r[11] * r[11]
    near = math.sqrt(rest + s * s / f2)
    slope = math.sqrt(rest + s * s / (f2 * f2))
    if slope == 0.0:
        return -radius * r[11]
    return (near - radius) * near / slope


@kernel
def _ellipsoid(r, x, y, z):
    """Centre r[0:3], axes in the rows of r[3:12], half lengths r[12:15]."""
    px, py, pz = x - r[0], y - r[1], z - r[2]
    one, two = 0.0, 0.0
    for i in range(3):
        u = px * r[3 + 3 * i] + py * r[4 + 3 * i] + pz * r[5 + 3 * i]
        q = u / r[12 + i]
        one += q * q
        q /= r[12 + i]
        two += q * q
    if two == 0.0:
        return -min(r[12], min(r[13], r[14]))
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
def _body(r, x, y, z):
    """Vertebral body between two endplates.

    Lower and upper centre r[0:2], r[2:4]; their tilts r[4], r[5]; half depth and width below r[6], r[7] and above r[8], r[9];
    waist r[10] (share of the half lengths), dish r[11], r[12] (mm, below and above), rounding of the rim r[13], power r[14], notch r[15].
    """
    low = (x - r[0]) * math.sin(r[4]) - (y - r[1]) * math.cos(r[4])
    high = -(x - r[2]) * math.sin(r[5]) + (y - r[3]) * math.cos(r[5])
    total = -(low + high)
    s = 0.5
    if total > 1e-6:
        s = min(max(-low / total, 0.0), 1.0)
    tilt = r[4] + s * (r[5] - r[4])
    px = (x - r[0] - s * (r[2] - r[0])) * math.cos(tilt) + (y - r[1] - s * (r[3] - r[1])) * math.sin(tilt)
    round_ = s * (1.0 - s) * 4.0
    thin = 1.0 - r[10] * round_ * math.sqrt(round_)
    depth, width = (r[6] + s * (r[8] - r[6])) * thin, (r[7] + s * (r[9] - r[7])) * thin
    ring = _ring(depth, width, r[14], r[15], px, z)
    out = math.sqrt(px * px + z * z)
    wall = -min(depth, width)
    if ring > 1e-9:
        wall = (ring - 1.0) * out / ring
    dish = max(1.0 - (ring / 0.84) ** 2, 0.0)
    dish = dish * dish * (3.0 - 2.0 * dish)
    low += r[11] * dish
    high += r[12] * dish
    return -_blended_min(-wall, -max(low, high), r[13])


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
def _plate(r, outlines, x, y, z, bound):
    """Curved plate: origin r[0:3], axes u, v, w in the rows of r[3:12], outline r[12] (first point), r[13] (count).

    Half thickness r[14], at the rim r[15], over a width r[16]; middle surface w = r[17] u^2 + r[18] u v + r[19] v^2; the rim is
    rounded by r[20]; no point of it is farther from the origin than r[21].
    """
    px, py, pz = x - r[0], y - r[1], z - r[2]
    away = math.sqrt(px * px + py * py + pz * pz) - r[21]
    if away > bound:
        return away
    u = px * r[3] + py * r[4] + pz * r[5]
    v = px * r[6] + py * r[7] + pz * r[8]
    w = px * r[9] + py * r[10] + pz * r[11]
    flat = _outline(outlines, int(r[12]), int(r[13]), u, v)
    uc, vc = u, v
    gu, gv = 2.0 * r[17] * uc + r[18] * vc, 2.0 * r[19] * vc + r[18] * uc
    w = (w - (r[17] * uc * uc + r[18] * uc * vc + r[19] * vc * vc)) / math.sqrt(1.0 + gu * gu + gv * gv)
    rim = 0.0
    if r[16] > 0.0:
        rim = min(max(1.0 + flat / r[16], 0.0), 1.0)
        rim = rim * rim * (3.0 - 2.0 * rim)
    slab = abs(w) - (r[14] + rim * (r[15] - r[14]))
    return -_blended_min(-flat, -slab, r[20])


@kernel
def distance(rows, outlines, x, y, z):
    """Signed distance (mm, negative inside) at one point; groups may stand in groups, two deep."""
    d, first, second, depth = FAR, FAR, FAR, 0
    for i in range(rows.shape[0]):
        kind, join, k = int(rows[i, 0]), int(rows[i, 1]), rows[i, 2]
        r = rows[i, 3:]
        if kind == OPEN:
            if depth == 0:
                first = d
            else:
                second = d
            depth += 1
            x, y, z = x + r[0], y + r[1], z + r[2]
            d = FAR
            continue
        if kind == CLOSE:
            depth -= 1
            inner = d
            d = first if depth == 0 else second
            x, y, z = x - r[0], y - r[1], z - r[2]
            d = _joined(d, inner, join, k, r[3])
            continue
        if kind == CONE:
            other = _cone(r, x, y, z)
        elif kind == ELLIPSOID:
            other = _ellipsoid(r, x, y, z)
        elif kind == BODY:
            other = _body(r, x, y, z)
        elif kind == PLATE:
            other = _plate(r, outlines, x, y, z, d + k if join == UNION else FAR)
        else:
            other = (x - r[0]) * r[3] + (y - r[1]) * r[4] + (z - r[2]) * r[5]
        d = _joined(d, other, join, k, 0.0)
    return d


@kernel
def distances(rows, outlines, points, folded, out):
    """Distance at every point (N, 3) into ``out``; ``folded`` takes z for its size, for a bone given by one half."""
    for i in range(points.shape[0]):
        z = abs(points[i, 2]) if folded else points[i, 2]
        out[i] = distance(rows, outlines, points[i, 0], points[i, 1], z)


@kernel
def gradients(rows, outlines, points, folded, step, out):
    """Central differences of the distance at every point (N, 3)."""
    p = np.empty(3)
    for i in range(points.shape[0]):
        for axis in range(3):
            value = 0.0
            for side in (1.0, -1.0):
                p[:] = points[i]
                p[axis] += side * step
                z = abs(p[2]) if folded else p[2]
                value += side * distance(rows, outlines, p[0], p[1], z)
            out[i, axis] = value / (2.0 * step)


@kernel
def lattice(rows, outlines, origin, spacing, block, slack, out):
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
                d = distance(rows, outlines, x + half, y + half, z + half)
                near = abs(d) < reach
                for a in range(i, min(i + block, nx)):
                    for b in range(j, min(j + block, ny)):
                        for c in range(k, min(k + block, nz)):
                            if near:
                                x, y, z = origin[0] + a * spacing, origin[1] + b * spacing, origin[2] + c * spacing
                                out[a, b, c] = distance(rows, outlines, x, y, z)
                            else:
                                out[a, b, c] = d
