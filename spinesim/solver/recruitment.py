"""Which muscles work: least effort under moment equilibrium, through its dual.

    minimise  sum_i V_i a_i^p   subject to   sum_i A_i a_i = b,   lo_i <= a_i <= hi_i

For multipliers m of the equations every activation is known, ``a_i = clip((A_i . m / (p V_i))^(1/(p-1)))``, so that
the multipliers are the only unknowns: a semismooth Newton method on ``b - A a(m) = 0`` with a line search on the
monotone directional derivative. p = 3 carries the term 1e-4 V a^2 besides, so that its curvature does not vanish at
rest. Min-max (p = inf) is the limit of ``(sum V) s^2 + e sum V a^2`` with ``a_i <= s hi_i`` at e = SPREAD, reached
from e = 1. Free supports are columns of the same problem with negligible cost. Reserve moments r at the cost
``r^2 / (2 reserve)`` make every problem solvable; they are ``reserve m``.
"""

from __future__ import annotations

import math

from spinesim.mechanics.jit import kernel
from spinesim.mechanics.linear import cholesky, cholesky_solve
from spinesim.model.layout import WEIGHT

SQUARE, CUBE, MIN_MAX = 2, 3, 0
FLOOR = 1e-4
SPREAD = 0.1  # the peak is that of smaller values to five digits
EASING = 6  # steps from generous reserves and an even spread to the problem as asked
CONTACT_WEIGHT = 0.1  # N m: a hundredth of a fascicle's, for a thousand newtons
MAX_NEWTON = 50


@kernel
def weight_of(spine, topology, f):
    """Cost weight V of a column: force times fibre length for a fascicle, almost nothing for a support."""
    return spine.fascicle[f, WEIGHT] if f < topology.fascicles else CONTACT_WEIGHT


@kernel
def activate(spine, topology, power, multiplier, w):
    """Activations for given multipliers: ``w.activation``, their slope ``w.slope`` by the pull A_i . m, and for min-max which
    fascicles sit at the common cap with the sums ``w.cap_moment`` and ``w.cap_free`` of their columns.

    Returns the cap's stiffness (zero unless min-max holds a cap strictly between its limits).
    """
    muscles, columns = topology.fascicles, w.activation.shape[0]
    for f in range(columns):
        total = 0.0
        for k in range(topology.row_low[f], topology.row_high[f]):
            total += w.active_moment[f, k] * multiplier[k]
        w.pull[f] = total
    cap, stiffness = _common_cap(spine, muscles, w) if power == MIN_MAX else (1.0, 0.0)
    for f in range(columns):
        v = weight_of(spine, topology, f)
        if f >= muscles or power == SQUARE:
            a, slope = w.pull[f] / (2.0 * v), 1.0 / (2.0 * v)
        elif power == CUBE:
            a = (math.sqrt(FLOOR * FLOOR + 3.0 * max(w.pull[f], 0.0) / v) - FLOOR) / 3.0
            slope = 1.0 / (v * (6.0 * a + 2.0 * FLOOR))
        else:
            a, slope = w.pull[f] / (2.0 * w.spread * v), 1.0 / (2.0 * w.spread * v)
        top = w.upper[f] if f >= muscles else cap * w.upper[f]
        inside = a > w.lower[f] and a < top
        w.capped[f] = 1.0 if (stiffness > 0.0 and f < muscles and a >= top) else 0.0
        w.activation[f] = min(max(a, w.lower[f]), max(top, w.lower[f]))
        w.slope[f] = slope if inside else 0.0
    if stiffness > 0.0:
        _sum_capped(topology, w)
    return stiffness


@kernel
def _common_cap(spine, muscles, w):
    """Peak s of the activations in min-max, and its stiffness; Newton on a concave, increasing, piecewise linear equation."""
    total, least = 0.0, 0.0
    for f in range(muscles):
        total += spine.fascicle[f, WEIGHT]
        if w.upper[f] > 0.0:
            least = max(least, w.lower[f] / w.upper[f])
    least = min(least, 1.0)
    cap = least
    for _ in range(100):
        value, slope = 2.0 * total * cap, 2.0 * total
        for f in range(muscles):
            excess = w.pull[f] - 2.0 * w.spread * spine.fascicle[f, WEIGHT] * w.upper[f] * cap
            if excess > 0.0:
                value -= w.upper[f] * excess
                slope += 2.0 * w.spread * spine.fascicle[f, WEIGHT] * w.upper[f] * w.upper[f]
        if value >= -1e-15 * slope:
            return cap, (slope if cap > least else 0.0)
        cap -= value / slope
        if cap >= 1.0:
            return 1.0, 0.0
    return cap, slope


@kernel
def _sum_capped(topology, w):
    """Sums of the columns that move with the common cap."""
    for k in range(w.target.shape[0]):
        w.cap_moment[k] = 0.0
    for k in range(w.cap_free.shape[0]):
        w.cap_free[k] = 0.0
    for f in range(topology.fascicles):
        if w.capped[f] > 0.0:
            for k in range(topology.row_low[f], topology.row_high[f]):
                w.cap_moment[k] += w.upper[f] * w.active_moment[f, k]
            for k in range(4 * topology.joint_low[f], 4 * topology.joint_high[f]):
                w.cap_free[k] += w.upper[f] * w.active_free[f, k]


@kernel
def moment_residual(topology, multiplier, reserve, w, out):
    """``out = b - A a``, less the reserves ``reserve m``; returns its largest component."""
    for k in range(w.target.shape[0]):
        out[k] = w.target[k] - reserve * multiplier[k]
    for f in range(w.activation.shape[0]):
        a = w.activation[f]
        for k in range(topology.row_low[f], topology.row_high[f]):
            out[k] -= w.active_moment[f, k] * a
    largest = 0.0
    for k in range(w.target.shape[0]):
        largest = max(largest, abs(out[k]))
    return largest


@kernel
def normal_matrix(topology, stance, stiffness, reserve, w):
    """``w.normal = A diag(slope) A^T`` (lower triangle) with the cap's share, reserves, and ones for hip rows not in use."""
    n = w.normal
    for i in range(w.target.shape[0]):
        for k in range(i + 1):
            n[i, k] = w.cap_moment[i] * w.cap_moment[k] / stiffness if stiffness > 0.0 else 0.0
        n[i, i] += reserve
    for i in range(stance.shape[0]):
        n[i, i] += 1.0 - stance[i]
    for f in range(w.activation.shape[0]):
        if w.slope[f] > 0.0:
            for i in range(topology.row_low[f], topology.row_high[f]):
                scaled = w.slope[f] * w.active_moment[f, i]
                for k in range(topology.row_low[f], i + 1):
                    n[i, k] += scaled * w.active_moment[f, k]


@kernel
def is_infeasible(topology, multiplier, w):
    """Farkas: True where ``b . m`` exceeds what any allowed activation can give along ``m``, so that no solution exists."""
    wanted, possible, scale = 0.0, 0.0, 0.0
    for k in range(w.target.shape[0]):
        wanted += w.target[k] * multiplier[k]
    for f in range(w.activation.shape[0]):
        most = max(w.pull[f] * w.upper[f], w.pull[f] * w.lower[f])
        possible += most
        scale += abs(most)
    return wanted > possible + 1e-9 * (scale + abs(wanted))


@kernel
def recruit(spine, topology, power, stance, reserve, tolerance, w):
    """Solve the recruitment at the present columns, starting from ``w.multiplier``.

    Returns whether it is solved; without reserves, False means certified infeasible or no progress.
    """
    w.spread = SPREAD
    if newton(spine, topology, power, stance, reserve, tolerance, w):
        return True
    # A start from elsewhere may never recover: begin anew, and come down from an easier problem.
    for k in range(w.target.shape[0]):
        w.multiplier[k] = 0.0
    for step in range(EASING + 1):
        w.spread = SPREAD ** (step / EASING)
        eased = max(reserve, 10.0**-step) if step < EASING else reserve
        newton(spine, topology, power, stance, eased, tolerance, w)
    w.spread = SPREAD
    activate(spine, topology, power, w.multiplier, w)
    return moment_residual(topology, w.multiplier, reserve, w, w.residual) <= tolerance


@kernel
def newton(spine, topology, power, stance, reserve, tolerance, w):
    """Semismooth Newton on the dual; returns whether it is solved."""
    m, d = w.multiplier, w.direction
    for _ in range(MAX_NEWTON):
        stiffness = activate(spine, topology, power, m, w)
        largest = moment_residual(topology, m, reserve, w, w.residual)
        if largest <= tolerance:
            return True
        if reserve == 0.0 and is_infeasible(topology, m, w):
            return False
        normal_matrix(topology, stance, stiffness, reserve, w)
        _newton_direction(largest, w)
        ahead = 0.0
        for k in range(w.target.shape[0]):
            ahead += w.residual[k] * d[k]
        length = _line_search(spine, topology, power, reserve, ahead, w)
        for k in range(w.target.shape[0]):
            m[k] += length * d[k]
    activate(spine, topology, power, m, w)
    return moment_residual(topology, m, reserve, w, w.residual) <= tolerance


@kernel
def _newton_direction(largest, w):
    """``w.direction``: the Newton step with a shift that vanishes with the residual and is raised until the matrix is definite."""
    peak = 0.0
    for k in range(w.target.shape[0]):
        peak = max(peak, w.normal[k, k])
    shift = max(1e-7 * largest, 1e-13 * max(peak, 1e-6))
    for _ in range(12):
        for i in range(w.target.shape[0]):
            for k in range(i + 1):
                w.factor[i, k] = w.normal[i, k]
            w.factor[i, i] += shift
            w.direction[i] = w.residual[i]
        if cholesky(w.factor, w.target.shape[0]):
            cholesky_solve(w.factor, w.target.shape[0], w.direction)
            return
        shift *= 100.0


@kernel
def _slope_at(spine, topology, power, reserve, length, w):
    """Directional derivative of the dual at ``length`` along ``w.direction``."""
    for k in range(w.target.shape[0]):
        w.trial[k] = w.multiplier[k] + length * w.direction[k]
    activate(spine, topology, power, w.trial, w)
    total = 0.0
    for k in range(w.target.shape[0]):
        total += (w.target[k] - reserve * w.trial[k]) * w.direction[k]
    for f in range(w.activation.shape[0]):
        along = 0.0
        for k in range(topology.row_low[f], topology.row_high[f]):
            along += w.active_moment[f, k] * w.direction[k]
        total -= w.activation[f] * along
    return total


@kernel
def _line_search(spine, topology, power, reserve, ahead, w):
    """Length along the direction where the falling derivative is small beside its start.

    The full step if that does; growth while it has hardly fallen; else false position, held off the ends of its bracket.
    """
    low, high, at_low, at_high, length = 0.0, 0.0, ahead, 0.0, 1.0
    for _ in range(30):
        slope = _slope_at(spine, topology, power, reserve, length, w)
        if slope < -0.5 * ahead:
            high, at_high = length, slope
        elif slope > 0.9 * ahead and length < 1e6:
            low, at_low = length, slope
        else:
            return length
        if high == 0.0:
            length = 4.0 * length
        else:
            guess = at_low / (at_low - at_high)
            length = low + min(max(guess, 0.02), 0.9) * (high - low)
    return length
