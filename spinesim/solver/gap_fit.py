"""The facet gap at which a facet carries a given force under pure compression of its level, rotations held.

Translation x and gap g are found together by Newton's method: compression balances dE/dx, and the patch of a facet carries
its target. Contact depends on n x + g, so that all derivatives by g are those of the contact itself. Where a facet would have to be
pressed so hard that its force hardly follows the gap, halving an interval of gaps finds it.
"""

from __future__ import annotations

import math

import numpy as np

from spinesim.mechanics import joint
from spinesim.mechanics.facets import contact
from spinesim.mechanics.jit import kernel
from spinesim.mechanics.linear import solve_pivoted

TOLERANCE = 1e-9  # N
MAX_NEWTON = 50
HALVINGS = 50
LEAST_GAP, MOST_GAP = -5e-3, 1e-3  # m
MAX_SHIFT, MAX_GAP = 5e-4, 1e-4  # m a step


@kernel
def fit_gaps(people, compression, target, w, gaps):
    """Gaps (N, 6), in m, of persons at ``compression`` (N,) and facet forces ``target`` (N, 6); NaN where there is none."""
    for row in range(people.shape[0]):
        for j in range(gaps.shape[1]):
            gap, found = fit_gap(people[row], j, compression[row], target[row, j], w)
            gaps[row, j] = gap if found else np.nan


@kernel
def fit_gap(spine, j, compression, target, w):
    """The gap (m) of joint j, and success; ``w`` holds the joint's rotation.

    Both sides get the same gap, and the force is that of the left one: the person is symmetric.
    """
    joint.prepare(spine, j, w)
    gap, found = _newton(spine, j, compression, target, spine.facet_gap[j, 0, 0], True, w)
    if found:
        return gap, True
    low, high = LEAST_GAP, MOST_GAP
    for _ in range(HALVINGS):
        gap = 0.5 * (low + high)
        if not _newton(spine, j, compression, target, gap, False, w)[1]:
            return gap, False
        if facet_force(spine, j, w) > target:
            low = gap
        else:
            high = gap
    return gap, low > LEAST_GAP and high < MOST_GAP


@kernel
def _newton(spine, j, compression, target, gap, free, w):
    """Balance joint j from no translation, with the gap ``free`` to find the target or as it is; returns the gap and success."""
    x, step, count = w.translation[j], w.unit, 4 if free else 3
    for i in range(3):
        x[i] = 0.0
    for _ in range(MAX_NEWTON):
        _open(spine, j, gap, w)
        joint.passive_force(spine, j, x, w)
        _equations(spine, j, compression, target, w)
        if max(max(abs(step[0]), abs(step[1])), max(abs(step[2]), abs(step[3]) if free else 0.0)) < TOLERANCE:
            return gap, True
        if not solve_pivoted(w.joint_matrix, count, step):
            return gap, False
        shift = math.sqrt(step[0] ** 2 + step[1] ** 2 + step[2] ** 2)
        part = min(1.0, MAX_SHIFT / max(shift, 1e-15))
        if free:
            part = min(part, MAX_GAP / max(abs(step[3]), 1e-15))
            gap += part * step[3]
        for i in range(3):
            x[i] += part * step[i]
    return gap, False


@kernel
def _open(spine, j, gap, w):
    """Put a gap (m) between all facets of the joint: nothing else that :func:`joint.prepare` makes depends on it."""
    for side in range(2):
        for q in range(spine.facet_gap.shape[2]):
            w.facet_offset[j, side, q] += gap - spine.facet_gap[j, side, q]
            spine.facet_gap[j, side, q] = gap


@kernel
def _equations(spine, j, compression, target, w):
    """``w.unit``: what is missing of three forces and of the facet's; ``w.joint_matrix``: how these follow translation and gap."""
    m, force = w.joint_matrix, 0.0
    for i in range(3):
        w.unit[i] = -w.joint_force[j, i]
        for k in range(3):
            m[i, k] = w.joint_stiffness[j, i, k]
        m[i, 3] = 0.0
        m[3, i] = 0.0
    w.unit[1] -= compression
    m[3, 3] = 0.0
    for side in range(2):
        n, x = w.facet_normal[j, side], w.translation[j]
        for q in range(spine.facet_stiffness.shape[2]):
            gap = n[0] * x[0] + n[1] * x[1] + n[2] * x[2] + w.facet_offset[j, side, q]
            pressed, rate, _ = contact(gap, spine.facet_stiffness[j, side, q], spine.facet_smoothing[j])
            for i in range(3):
                m[i, 3] += rate * n[i]
                if side == 0:
                    m[3, i] -= rate * n[i]
            if side == 0:
                m[3, 3] -= rate
                force += pressed
    w.unit[3] = target - force


@kernel
def facet_force(spine, j, w):
    """Force (N) on the patch of the left facet at ``w.translation[j]``."""
    n, x, total = w.facet_normal[j, 0], w.translation[j], 0.0
    for q in range(spine.facet_stiffness.shape[2]):
        gap = n[0] * x[0] + n[1] * x[1] + n[2] * x[2] + w.facet_offset[j, 0, q]
        total += contact(gap, spine.facet_stiffness[j, 0, q], spine.facet_smoothing[j])[0]
    return total
