"""Small dense linear algebra in place, in a fixed order of operations; success is told apart in every lane."""

from __future__ import annotations

import math

from spinesim.mechanics.jit import kernel
from spinesim.mechanics.lanes import any_lane, fma, select


@kernel
def cholesky(a, n):
    """Lower factor of symmetric ``a`` (n, n) in its lower triangle, its diagonal inverted; returns where it is positive definite."""
    definite = a[0, 0] > 0.0
    for j in range(n):
        pivot = a[j, j]
        for k in range(j):
            pivot = fma(-a[j, k], a[j, k], pivot)
        definite = definite & (pivot > 0.0)
        inverse = 1.0 / math.sqrt(select(pivot > 0.0, pivot, 1.0))
        a[j, j] = inverse
        for i in range(j + 1, n):
            total = a[i, j]
            for k in range(j):
                total = fma(-a[i, k], a[j, k], total)
            a[i, j] = total * inverse
    return definite


@kernel
def cholesky_solve(a, n, b):
    """Solve with the factor of :func:`cholesky`; ``b`` becomes the solution."""
    for i in range(n):
        total = b[i]
        for k in range(i):
            total = fma(-a[i, k], b[k], total)
        b[i] = total * a[i, i]
    for i in range(n - 1, -1, -1):
        total = b[i]
        for k in range(i + 1, n):
            total = fma(-a[k, i], b[k], total)
        b[i] = total * a[i, i]


@kernel
def solve_pivoted(a, n, b):
    """Solve ``a x = b`` by Gaussian elimination with row pivoting; both are overwritten. Returns where ``a`` is regular."""
    regular = abs(a[0, 0]) >= 0.0
    for j in range(n):
        _pivot(a, n, b, j)
        regular = regular & (abs(a[j, j]) > 0.0)
        inverse = 1.0 / a[j, j]
        a[j, j] = inverse
        for i in range(j + 1, n):
            ratio = a[i, j] * inverse
            for k in range(j + 1, n):
                a[i, k] = fma(-ratio, a[j, k], a[i, k])
            b[i] = fma(-ratio, b[j], b[i])
    for i in range(n - 1, -1, -1):
        total = b[i]
        for k in range(i + 1, n):
            total = fma(-a[i, k], b[k], total)
        b[i] = total * a[i, i]
    return regular


@kernel
def _pivot(a, n, b, j):
    """Bring the largest entry of column j on or below the diagonal to the diagonal, by exchanges of rows."""
    for i in range(j + 1, n):
        larger = abs(a[i, j]) > abs(a[j, j])
        if any_lane(larger):
            for k in range(j, n):
                a[j, k], a[i, k] = select(larger, a[i, k], a[j, k]), select(larger, a[j, k], a[i, k])
            b[j], b[i] = select(larger, b[i], b[j]), select(larger, b[j], b[i])


@kernel
def invert_symmetric(a, out):
    """Inverse of a symmetric 3 x 3 matrix; returns its smallest pivot (positive if positive definite)."""
    p0 = a[0, 0]
    l10, l20 = a[1, 0] / p0, a[2, 0] / p0
    p1 = a[1, 1] - l10 * a[1, 0]
    l21 = (a[2, 1] - l20 * a[1, 0]) / p1
    p2 = a[2, 2] - l20 * a[2, 0] - l21 * l21 * p1
    i20 = l10 * l21 - l20
    out[2, 2] = 1.0 / p2
    out[1, 1] = 1.0 / p1 + l21 * l21 / p2
    out[0, 0] = 1.0 / p0 + l10 * l10 / p1 + i20 * i20 / p2
    out[2, 1] = out[1, 2] = -l21 / p2
    out[2, 0] = out[0, 2] = i20 / p2
    out[1, 0] = out[0, 1] = -l10 / p1 - l21 * i20 / p2
    return min(p0, min(p1, p2))
