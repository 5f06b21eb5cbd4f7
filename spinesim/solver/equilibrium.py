"""The posture's equilibrium: disc translations and muscle activations that balance every joint.

Force-dependent kinematics: flexion and bending of every joint and the twist of the whole lumbar spine are prescribed;
recruitment balances the moments that go with them (and the hips) in the present state u of the joints, and each joint finds
its three translations and its share of the twist so that forces and twisting moments balance with those muscles. Both hold
at the same state, so that all 36 equations of the six joints do.

    joint      W + F_passive + G a - dE/du           = 0      three forces, moment about the disc normal
    posture    W x r + M_passive + A a - dE/dtheta    = 0,     a = clip((A^T m / (p V))^(1/(p-1)), lo, hi)

Twist is not prescribed joint by joint, because facets answer it with moments that differ from level to level: no set of
muscles could hold such a profile, and no spine has to.

After a settled start and a few nested passes (recruit, move) one Newton-like iteration runs on multipliers m and u
together. Its Jacobian holds how the joints' moments follow u and how muscles follow m, not how paths follow u, which
is worth 5-28 % of a step; Anderson mixing makes up for that. What hardly changes in it is kept for a few passes.
"""

from __future__ import annotations

import math

from spinesim.mechanics import joint, kinematics, wrench
from spinesim.mechanics.jit import kernel
from spinesim.mechanics.lanes import any_lane, negate, select
from spinesim.mechanics.linear import invert_symmetric, solve_pivoted
from spinesim.model.layout import FREE, JOINT_COUNT, ROWS, TWIST_ROW
from spinesim.solver.balance import begin_response, evaluate, set_up, unbalanced, update_response, x_row
from spinesim.solver.mixing import mix, restart
from spinesim.solver.recruitment import (
    activate,
    begin_normal,
    complete_normal,
    is_infeasible,
    moment_residual,
    recruit,
    update_normal,
)

FORCE_TOLERANCE = 3e-7  # N
MOMENT_TOLERANCE = 3e-8  # N m
NEAR = 1e8  # of the tolerances: 30 N, 3 N m
MAX_STEP = 1.5e-3  # m a pass
TWIST_ARM = 0.03  # m: a twist counts as the way of a facet in step lengths
MAX_PASSES = 80
UNDAMPED = 16  # passes
DAMPING = 0.35
SMOOTH = 3.0  # N: below, the set of active muscles no longer changes
LOST = 1e5  # N unbalanced: the iteration has left the basin
START_RESERVE = 1e-3  # multiplier to N m of reserve moment: enough to start anywhere, too little to matter near the end
RUNGS = 7
SHIFT = 1e-9
RENEWED = 4  # monolithic passes for which the Jacobian keeps its columns of muscles and how joints follow twists
INERT = 0.05  # of a muscle's slope: less change keeps them too


@kernel
def solve_case(spine, topology, case, power, w):
    """Solve one case the short way; returns where it converged, where hands reach, passes used and the smallest stiffness pivot."""
    reached = set_up(spine, topology, case, w)
    settle(spine, w)
    near, passes, _ = iterate(spine, topology, case, power, START_RESERVE, NEAR, True, reached, w)
    done, used, pivot = iterate(spine, topology, case, power, 0.0, 1.0, False, near, w)
    return done, reached, passes + used, pivot


@kernel
def climb(spine, topology, case, power, w):
    """The last word on hard cases: balance with generous reserves, make them dearer rung by rung, then do without.

    Strength is judged where forces balance: at the highest rung reached, recruitment without reserves must be certified
    infeasible. The state is then that of the rung, with its unmet moment. Returns where it converged, where strength is exceeded, passes
    used, reserve and smallest stiffness pivot.
    """
    everywhere = set_up(spine, topology, case, w)
    settle(spine, w)
    passes, reserve, pivot, converged = 0.0, 0.0, 0.0, everywhere & negate(everywhere)
    for rung in range(RUNGS + 1):
        trial = 10.0**-rung if rung < RUNGS else 0.0
        done, used, stiffness = iterate(spine, topology, case, power, trial, 1.0, True, everywhere, w)
        passes += used
        pivot = select(done, stiffness, pivot)
        reserve = select(done, trial, reserve)
        keep(done, w)
        recall(negate(done), w)
        if trial == 0.0:
            converged = done
    evaluate(spine, topology, case, False, w)
    recruit(spine, topology, power, case.stance, 0.0, MOMENT_TOLERANCE, negate(converged), w)
    exceeded = (reserve > 0.0) & is_infeasible(topology, w.multiplier, w)
    recall(everywhere, w)
    activate(spine, topology, power, w.multiplier, w)
    moment_residual(topology, w.multiplier, reserve, w, w.residual)
    return converged, exceeded, passes, reserve, pivot


@kernel
def keep(wanted, w):
    """Remember the joints' state and the multipliers where ``wanted``."""
    for j in range(JOINT_COUNT):
        for i in range(3):
            w.kept[4 * j + i] = select(wanted, w.translation[j, i], w.kept[4 * j + i])
        w.kept[4 * j + 3] = select(wanted, w.twist[j], w.kept[4 * j + 3])
    for k in range(ROWS):
        w.kept[FREE + k] = select(wanted, w.multiplier[k], w.kept[FREE + k])


@kernel
def recall(wanted, w):
    """Go back to what :func:`keep` remembered where ``wanted``."""
    for j in range(JOINT_COUNT):
        for i in range(3):
            w.translation[j, i] = select(wanted, w.kept[4 * j + i], w.translation[j, i])
        w.twist[j] = select(wanted, w.kept[4 * j + 3], w.twist[j])
    for k in range(ROWS):
        w.multiplier[k] = select(wanted, w.kept[FREE + k], w.multiplier[k])


@kernel
def settle(spine, w):
    """Start: each joint alone under the load above it and an estimate of what muscles add, to 20 N, and no muscle pull."""
    for k in range(ROWS):
        w.multiplier[k] = 0.0
    for j in range(JOINT_COUNT):
        w.twist[j] = 0.0
        for i in range(3):
            w.translation[j, i] = spine.settled[j, i]
    kinematics.orient(spine, w)
    kinematics.place(spine, w.translation, w)
    wrench.joint_wrench(w)
    for j in range(JOINT_COUNT):
        x = w.translation[j]
        joint.prepare(spine, j, w)
        muscle = abs(w.load_moment[j, 2]) / 0.050 + abs(w.load_moment[j, 0]) / 0.060 + 200.0
        moving = muscle > 0.0
        for _ in range(30):
            joint.passive_force(spine, j, x, w)
            invert_symmetric(w.joint_stiffness[j], w.joint_flexibility[j])
            rest = w.v[1]
            for i in range(3):
                rest[i] = w.load_force[j, i] - w.joint_force[j, i]
            rest[1] -= muscle
            moving = moving & (max(abs(rest[0]), max(abs(rest[1]), abs(rest[2]))) >= 20.0)
            if not any_lane(moving):
                break
            _step_joint(w.joint_flexibility[j], rest, x, moving, w)
    keep(muscle > 0.0, w)


@kernel
def _step_joint(flexibility, rest, x, moving, w):
    """One Newton step of a single joint, at most ``MAX_STEP`` long, where it is ``moving``."""
    d = w.v[2]
    length = 0.0
    for i in range(3):
        d[i] = flexibility[i, 0] * rest[0] + flexibility[i, 1] * rest[1] + flexibility[i, 2] * rest[2]
        length += d[i] * d[i]
    scale = min(1.0, MAX_STEP / max(math.sqrt(length), 1e-12))
    for i in range(3):
        x[i] = select(moving, x[i] + scale * d[i], x[i])


@kernel
def iterate(spine, topology, case, power, reserve, slack, afresh, wanted, w):
    """Evaluate, recruit, step, until all is balanced to ``slack`` times the tolerances, where ``wanted``.

    ``afresh``: recruitment is solved at every state, with a line search, so that this bears any start. Otherwise multipliers
    move with the joints in the same Newton step, which is cheaper and needs a start near the end. Returns success, passes
    used, and the smallest stiffness pivot.
    """
    active, done, used, pivot = wanted, wanted & negate(wanted), 0.0, 0.0
    restart(active | negate(active), w)
    for passes in range(MAX_PASSES):
        renew = afresh or passes % RENEWED == 0
        pivot = evaluate(spine, topology, case, renew, w)
        used += select(active, 1.0, 0.0)
        if afresh:
            active = recruit(spine, topology, power, case.stance, reserve, MOMENT_TOLERANCE, active, w)
        softness = activate(spine, topology, power, w.multiplier, w)
        moment = moment_residual(topology, w.multiplier, reserve, w, w.residual)
        force, twisting = unbalanced(topology, reserve, w)
        balanced = (force <= slack * FORCE_TOLERANCE) & (twisting <= slack * MOMENT_TOLERANCE) & (moment <= MOMENT_TOLERANCE)
        done = done | (active & balanced & (pivot > 0.0) & is_finite(w))
        active = active & negate(balanced) & (force < LOST)
        if not any_lane(active):
            break
        active = active & newton_step(topology, case.stance, softness, reserve, renew, active, w)
        mix(passes, w)
        # Without damping some cases jump for ever between two sets of active muscles.
        damped = (force > SMOOTH) & (afresh and passes >= UNDAMPED)
        advance(select(damped, DAMPING, 1.0), active, w)
    return done, used, pivot


@kernel
def is_finite(w):
    """False where the joints' state holds NaN, which a comparison of residuals does not see."""
    total = 0.0
    for j in range(JOINT_COUNT):
        for i in range(3):
            total += abs(w.translation[j, i]) + abs(w.joint_force[j, i])
    return total < math.inf


@kernel
def advance(part, wanted, w):
    """Take ``part`` of the mixed step, at most ``MAX_STEP``, where ``wanted``; the mixing is told what was really taken."""
    length = 0.0
    for k in range(FREE):
        length += w.step[k] * w.step[k]
    scale = min(part, MAX_STEP / max(math.sqrt(length), 1e-12))
    for j in range(JOINT_COUNT):
        for i in range(3):
            w.translation[j, i] = select(wanted, w.translation[j, i] + scale * w.step[4 * j + i], w.translation[j, i])
        w.twist[j] = select(wanted, w.twist[j] + scale * w.step[4 * j + 3] / TWIST_ARM, w.twist[j])
    for k in range(ROWS):
        w.multiplier[k] = select(wanted, w.multiplier[k] + scale * w.step[FREE + k], w.multiplier[k])
    for k in range(w.step.shape[0]):
        w.previous_state[k] = scale * w.step[k]


@kernel
def newton_step(topology, stance, softness, reserve, renew, wanted, w):
    """``w.step`` from the equations linearised in multipliers m and joint states u, with C the inverse of the joints' stiffness.

    du = C (r_u + N2 dm)                            each joint finds its state
    (N1 - K C N2) dm = r_m + K C r_u                moments that the posture prescribes
    sum of the twists in du = - sum of the twists   the twist of the whole is prescribed

    Takes activations, their slopes and both residuals as they stand in ``w``; ``softness`` is that of the common cap. Returns where the
    equations are regular.
    """
    stale = wanted & (renew | has_changed(w))
    begin_normal(stale, w)
    begin_response(stale, w)
    update_normal(topology, stale, w)
    update_response(topology, softness, reserve, stale, w)
    complete_normal(stance, softness, reserve, w, w.coupled)
    peak = 0.0
    for i in range(ROWS):
        peak = max(peak, w.coupled[i, i])
    for i in range(ROWS):
        for k in range(i):
            w.coupled[k, i] = w.coupled[i, k]
        w.coupled[i, i] += SHIFT * peak  # where muscles at rest leave a row empty
        w.direction[i] = w.residual[i]
    _prescribe_whole_twist(w)
    regular = peak >= 0.0
    for j in range(JOINT_COUNT):
        regular = regular & _invert_joint(j, w)
        _couple_joint(j, w)
    regular = regular & solve_pivoted(w.coupled, ROWS, w.direction)
    for k in range(ROWS):
        w.step[FREE + k] = w.direction[k]
    for k in range(FREE):
        total = w.free_residual[k]
        for i in range(ROWS):
            total += w.response[k, i] * w.direction[i]
        w.shifted[k] = total
    for j in range(JOINT_COUNT):
        c = w.free_flexibility[j]
        for i in range(4):
            total = 0.0
            for k in range(4):
                total += c[i, k] * w.shifted[4 * j + k]
            w.step[4 * j + i] = total if i < 3 else total * TWIST_ARM
    return regular


@kernel
def has_changed(w):
    """True where some muscle's slope is another than in the matrices; the columns in them may be those of a few passes ago."""
    changed = w.slope[0] != w.slope[0]
    for f in range(w.activation.shape[0]):
        changed = changed | (abs(w.slope[f] - w.answered[f]) > INERT * w.slope[f])
    return changed


@kernel
def _prescribe_whole_twist(w):
    """Put the condition on the sum of twists in the place of the common twisting moment, which the joints then balance."""
    for k in range(ROWS):
        w.coupled[TWIST_ROW, k] = 0.0
    total = 0.0
    for j in range(JOINT_COUNT):
        total += w.twist[j]
    w.direction[TWIST_ROW] = -total


@kernel
def _couple_joint(j, w):
    """Add one joint to the coupled equations: its moments about x and z and its twist follow its state."""
    c, gain = w.free_flexibility[j], w.unit
    for i in range(3):
        axis, row = (0, x_row(j)) if i == 0 else ((2, x_row(j) + 1) if i == 1 else (3, TWIST_ROW))
        for k in range(4):
            if axis == 3:
                gain[k] = -c[3, k]
            else:
                gain[k] = w.twist_moment[j, axis] * c[3, k]
                for a in range(3):
                    gain[k] += w.moment_rate[j, axis, a] * c[a, k]
        for k in range(4):
            w.direction[row] += gain[k] * w.free_residual[4 * j + k]
            for m in range(ROWS):
                w.coupled[row, m] -= gain[k] * w.response[4 * j + k, m]


@kernel
def _invert_joint(j, w):
    """``w.free_flexibility[j]``: inverse of how force and twisting moment of joint j follow its translation and twist."""
    regular = w.joint_stiffness[j, 0, 0] != 0.0
    for column in range(4):
        for i in range(4):
            w.unit[i] = 1.0 if i == column else 0.0
            for k in range(4):
                if i < 3:
                    w.joint_matrix[i, k] = w.joint_stiffness[j, i, k] if k < 3 else w.twist_force[j, i]
                else:
                    w.joint_matrix[i, k] = w.moment_rate[j, 1, k] if k < 3 else w.twist_moment[j, 1]
        regular = regular & solve_pivoted(w.joint_matrix, 4, w.unit)
        for i in range(4):
            w.free_flexibility[j, i, column] = w.unit[i]
    return regular
