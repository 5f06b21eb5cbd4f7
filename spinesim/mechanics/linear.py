"""Small dense linear algebra in place, in a fixed order of operations."""

from __future__ import annotations

import math

from spinesim.mechanics.jit import kernel


@kernel
def cholesky(a, n):
    """Lower factor of symmetric ``a`` (n, n) in its lower triangle; False where it is not positive definite."""
    for j in range(n):
        pivot = a[j, j]
        for k in range(j):
            pivot -= a[j, k] * a[j, k]
        if not pivot > 0.0:
            return False
        pivot = math.sqrt(pivot)
        a[j, j] = pivot
        for i in range(j + 1, n):
            total = a[i, j]
            for k in range(j):
                total -= a[i, k] * a[j, k]
            a[i, j] = total / pivot
    return True


@kernel
def cholesky_solve(a, n, b):
    """Solve with the factor of :func:`cholesky`; ``b`` becomes the solution."""
    for i in range(n):
        total = b[i]
        for k in range(i):
            total -= a[i, k] * b[k]
        b[i] = total / a[i, i]
    for i in range(n - 1, -1, -1):
        total = b[i]
        for k in range(i + 1, n):
            total -= a[k, i] * b[k]
        b[i] = total / a[i, i]


@kernel
def solve_pivoted(a, n, b):
    """Solve ``a x = b`` by Gaussian elimination with row pivoting; both are overwritten. False where ``a`` is singular."""
    for j in range(n):
        best = j
        for i in range(j + 1, n):
            if abs(a[i, j]) > abs(a[best, j]):
                best = i
        if not abs(a[best, j]) > 0.0:
            return False
        if best != j:
            for k in range(j, n):
                a[j, k], a[best, k] = a[best, k], a[j, k]
            b[j], b[best] = b[best], b[j]
        for i in range(j + 1, n):
            ratio = a[i, j] / a[j, j]
            if ratio != 0.0:
                for k in range(j + 1, n):
                    a[i, k] -= ratio * a[j, k]
                b[i] -= ratio * b[j]
    for i in range(n - 1, -1, -1):
        total = b[i]
        for k in range(i + 1, n):
            total -= a[i, k] * b[k]
        b[i] = total / a[i, i]
    return True


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
