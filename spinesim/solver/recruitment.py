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
from spinesim.mechanics.lanes import any_lane, fma, negate, select
from spinesim.mechanics.linear import cholesky, cholesky_solve
from spinesim.model.layout import WEIGHT

SQUARE, CUBE, MIN_MAX = 2, 3, 0
FLOOR = 1e-4
SPREAD = 0.1  # the peak is that of smaller values to five digits
EASING = 6  # steps from generous reserves and an even spread to the problem as asked
CONTACT_WEIGHT = 0.1  # N m: a hundredth of a fascicle's, for a thousand newtons
# Where reserves bear hundreds of newton metres, multipliers are so large that so cheap a support would drown in their rounding; against
# such reserves this, too, is nothing.
DEAR_CONTACT_WEIGHT = 100.0
MAX_NEWTON = 50


@kernel
def weight_of(spine, topology, f, w):
    """Cost weight V of a column: force times fibre length for a fascicle, almost nothing for a support."""
    return spine.fascicle[f, WEIGHT] if f < topology.fascicles else w.contact_weight


@kernel
def activate(spine, topology, power, multiplier, w):
    """Activations for given multipliers: ``w.activation``, their slope ``w.slope`` by the pull A_i . m, and for min-max which
    fascicles sit at the common cap with the sums ``w.cap_moment`` and ``w.cap_free`` of their columns.

    Returns the cap's softness (zero unless min-max holds a cap strictly between its limits).
    """
    for f in range(w.activation.shape[0]):
        w.pull[f] = along_column(topology, f, multiplier, w)
    return activate_pulled(spine, topology, power, w)


@kernel
def along_column(topology, f, vector, w):
    """Column f of A times ``vector``."""
    total = 0.0
    for k in range(topology.row_low[f], topology.row_high[f]):
        total = fma(w.active_moment[f, k], vector[k], total)
    return total


@kernel
def activate_pulled(spine, topology, power, w):
    """As :func:`activate`, from the pulls as they stand in ``w.pull``."""
    muscles = topology.fascicles
    cap, softness = _common_cap(spine, muscles, w) if power == MIN_MAX else (1.0, 0.0)
    for f in range(w.activation.shape[0]):
        wished = activate_one(spine, topology, power, f, cap if f < muscles else 1.0, w)
        if f < muscles and power == MIN_MAX:
            w.capped[f] = select((softness > 0.0) & (wished >= cap * w.upper[f]), 1.0, 0.0)
    if power == MIN_MAX:
        _sum_capped(topology, w)
    return softness


@kernel
def activate_one(spine, topology, power, f, cap, w):
    """Activation and slope of column f from its pull, at most ``cap`` of its upper bound; returns what it would be without bounds."""
    top = cap * w.upper[f]
    a, slope = free_activation(spine, topology, power, f, w.pull[f], w)
    w.activation[f] = min(max(a, w.lower[f]), max(top, w.lower[f]))
    w.slope[f] = select((a > w.lower[f]) & (a < top), slope, 0.0)
    return a


@kernel
def free_activation(spine, topology, power, f, pull, w):
    """Activation of column f at its pull if nothing bounded it, and its slope."""
    v = weight_of(spine, topology, f, w)
    if f < topology.fascicles and power == CUBE:
        a = (math.sqrt(FLOOR * FLOOR + 3.0 * max(pull, 0.0) / v) - FLOOR) / 3.0
        return a, 1.0 / (v * (6.0 * a + 2.0 * FLOOR))
    spread = w.spread if f < topology.fascicles and power == MIN_MAX else 1.0
    slope = 0.5 / (spread * v)
    return pull * slope, slope


@kernel
def _common_cap(spine, muscles, w):
    """Peak s of the activations in min-max, and its softness; Newton on a concave, increasing, piecewise linear equation."""
    total, least = 0.0, 0.0
    for f in range(muscles):
        total += spine.fascicle[f, WEIGHT]
        least = max(least, select(w.upper[f] > 0.0, w.lower[f] / w.upper[f], 0.0))
    least = min(least, 1.0)
    cap, softness, seeking = least, 2.0 * total, total >= 0.0
    for _ in range(100):
        value, slope = 2.0 * total * cap, 2.0 * total
        for f in range(muscles):
            excess = w.pull[f] - 2.0 * w.spread * spine.fascicle[f, WEIGHT] * w.upper[f] * cap
            value -= w.upper[f] * max(excess, 0.0)
            slope += select(excess > 0.0, 2.0 * w.spread * spine.fascicle[f, WEIGHT] * w.upper[f] * w.upper[f], 0.0)
        softness = select(seeking, slope, softness)
        seeking = seeking & (value < -1e-15 * slope)
        cap = select(seeking, cap - value / slope, cap)
        seeking = seeking & (cap < 1.0)
        if not any_lane(seeking):
            break
    return min(cap, 1.0), select((cap > least) & (cap < 1.0), softness, 0.0)


@kernel
def _sum_capped(topology, w):
    """Sums of the columns that move with the common cap."""
    for k in range(w.target.shape[0]):
        w.cap_moment[k] = 0.0
    for k in range(w.cap_free.shape[0]):
        w.cap_free[k] = 0.0
    for f in range(topology.fascicles):
        share = w.capped[f] * w.upper[f]
        for k in range(topology.row_low[f], topology.row_high[f]):
            w.cap_moment[k] += share * w.active_moment[f, k]
        for k in range(4 * topology.joint_low[f], 4 * topology.joint_high[f]):
            w.cap_free[k] += share * w.active_free[f, k]


@kernel
def moment_residual(topology, multiplier, reserve, w, out):
    """``out = b - A a``, less the reserves ``reserve m``; returns its largest component."""
    for k in range(w.target.shape[0]):
        out[k] = w.target[k] - reserve * multiplier[k]
    for f in range(w.activation.shape[0]):
        a = w.activation[f]
        for k in range(topology.row_low[f], topology.row_high[f]):
            out[k] = fma(-a, w.active_moment[f, k], out[k])
    largest = abs(out[0])
    for k in range(w.target.shape[0]):
        largest = max(largest, abs(out[k]))
    return largest


@kernel
def begin_normal(wanted, w):
    """Empty ``w.normal`` where ``wanted``: no slope is counted in it."""
    for i in range(w.target.shape[0]):
        for k in range(i + 1):
            w.normal[i, k] = select(wanted, 0.0, w.normal[i, k])
    for f in range(w.activation.shape[0]):
        w.counted[f] = select(wanted, 0.0, w.counted[f])


@kernel
def update_normal(topology, inert, wanted, w):
    """Bring ``w.normal = A diag(slope) A^T`` (lower triangle) up to date where ``wanted``: only slopes that changed are added.

    Those that changed by less than ``inert`` of themselves count as the same. Right while columns stay the same. Between Newton steps few
    muscles change, with p = 2.
    """
    n = w.normal
    for f in range(w.activation.shape[0]):
        change = w.slope[f] - w.counted[f]
        changed = wanted & (abs(change) > inert * w.slope[f])
        if any_lane(changed):
            change = select(changed, change, 0.0)
            w.counted[f] += change
            for i in range(topology.row_low[f], topology.row_high[f]):
                scaled = change * w.active_moment[f, i]
                for k in range(topology.row_low[f], i + 1):
                    n[i, k] = fma(scaled, w.active_moment[f, k], n[i, k])


@kernel
def complete_normal(stance, softness, reserve, w, out):
    """``out`` (lower triangle): ``w.normal`` with the cap's share, reserves, and ones for hip rows not in use."""
    cap = select(softness > 0.0, 1.0 / softness, 0.0)
    for i in range(w.target.shape[0]):
        for k in range(i + 1):
            out[i, k] = fma(w.cap_moment[i] * w.cap_moment[k], cap, w.normal[i, k])
        out[i, i] += reserve
    for i in range(stance.shape[0]):
        out[i, i] += 1.0 - stance[i]


@kernel
def is_infeasible(topology, multiplier, w):
    """Farkas: true where ``b . m`` exceeds what any allowed activation can give along ``m``, so that no solution exists."""
    wanted = w.target[0] * multiplier[0]
    possible, scale = 0.0, 0.0
    for k in range(1, w.target.shape[0]):
        wanted += w.target[k] * multiplier[k]
    for f in range(w.activation.shape[0]):
        most = max(w.pull[f] * w.upper[f], w.pull[f] * w.lower[f])
        possible += most
        scale += abs(most)
    return wanted > possible + 1e-9 * (scale + abs(wanted))


@kernel
def recruit(spine, topology, power, stance, reserve, tolerance, wanted, w):
    """Solve the recruitment at the present columns, starting from ``w.multiplier``, where ``wanted``.

    Returns where it is solved; without reserves, elsewhere it is certified infeasible or made no progress.
    """
    w.spread = SPREAD
    lost = wanted & negate(newton(spine, topology, power, stance, reserve, tolerance, wanted, w))
    if any_lane(lost):
        # A start from elsewhere may never recover: begin anew, and come down from an easier problem.
        for k in range(w.target.shape[0]):
            w.multiplier[k] = select(lost, 0.0, w.multiplier[k])
        for step in range(EASING + 1):
            w.spread = SPREAD ** (step / EASING)
            eased = max(reserve, 10.0**-step) if step < EASING else reserve
            newton(spine, topology, power, stance, eased, tolerance, lost, w)
        w.spread = SPREAD
    activate(spine, topology, power, w.multiplier, w)
    return wanted & (moment_residual(topology, w.multiplier, reserve, w, w.residual) <= tolerance)


@kernel
def newton(spine, topology, power, stance, reserve, tolerance, wanted, w):
    """Semismooth Newton on the dual where ``wanted``; returns where it is solved."""
    m, d = w.multiplier, w.direction
    active, solved = wanted, wanted & negate(wanted)
    begin_normal(wanted, w)
    for _ in range(MAX_NEWTON):
        softness = activate(spine, topology, power, m, w)
        largest = moment_residual(topology, m, reserve, w, w.residual)
        solved = solved | (active & (largest <= tolerance))
        active = active & (largest > tolerance)
        if any_lane(active):
            active = active & negate((reserve == 0.0) & is_infeasible(topology, m, w))
        if not any_lane(active):
            return solved
        update_normal(topology, 0.0, active, w)
        _newton_direction(stance, softness, reserve, largest, w)
        ahead = w.residual[0] * d[0]
        for k in range(1, w.target.shape[0]):
            ahead += w.residual[k] * d[k]
        length = _line_search(spine, topology, power, reserve, ahead, active, w)
        for k in range(w.target.shape[0]):
            m[k] = select(active, m[k] + length * d[k], m[k])
    activate(spine, topology, power, m, w)
    return solved | (active & (moment_residual(topology, m, reserve, w, w.residual) <= tolerance))


@kernel
def _newton_direction(stance, softness, reserve, largest, w):
    """``w.direction``: the Newton step with a shift that vanishes with the residual and is raised until the matrix is definite."""
    rows, shift = w.target.shape[0], 0.0
    for attempt in range(12):
        complete_normal(stance, softness, reserve, w, w.factor)
        if attempt == 0:
            peak = 1e-6
            for k in range(rows):
                peak = max(peak, w.factor[k, k])
            shift = max(1e-7 * largest, 1e-13 * peak)
        for i in range(rows):
            w.factor[i, i] += shift
            w.direction[i] = w.residual[i]
        definite = cholesky(w.factor, rows)
        if not any_lane(negate(definite)):
            break
        shift = select(definite, shift, 100.0 * shift)
    cholesky_solve(w.factor, rows, w.direction)


@kernel
def _slope_at(spine, topology, power, reserve, length, w):
    """Directional derivative of the dual at ``length`` along ``w.direction``; pulls go along from ``w.start`` by ``w.along``."""
    for f in range(w.activation.shape[0]):
        w.pull[f] = fma(length, w.along[f], w.start[f])
    activate_pulled(spine, topology, power, w)
    total = 0.0
    for k in range(w.target.shape[0]):
        total += (w.target[k] - reserve * (w.multiplier[k] + length * w.direction[k])) * w.direction[k]
    for f in range(w.activation.shape[0]):
        total = fma(-w.activation[f], w.along[f], total)
    return total


@kernel
def _line_search(spine, topology, power, reserve, ahead, wanted, w):
    """Length along the direction where the falling derivative is small beside its start.

    The full step if that does; growth while it has hardly fallen; else false position, held off the ends of its bracket.
    """
    for f in range(w.activation.shape[0]):
        w.start[f] = w.pull[f]
        w.along[f] = along_column(topology, f, w.direction, w)
    low, high, at_low, at_high, length, seeking = 0.0, 0.0, ahead, 0.0, 1.0, wanted
    for _ in range(30):
        slope = _slope_at(spine, topology, power, reserve, length, w)
        over = seeking & (slope < -0.5 * ahead)
        short = seeking & (slope > 0.9 * ahead) & (length < 1e6)
        high, at_high = select(over, length, high), select(over, slope, at_high)
        low, at_low = select(short, length, low), select(short, slope, at_low)
        seeking = over | short
        if not any_lane(seeking):
            break
        guess = at_low / (at_low - at_high)
        between = low + min(max(guess, 0.02), 0.9) * (high - low)
        length = select(seeking, select(high == 0.0, 4.0 * length, between), length)
    return length
