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
is worth 5-28 % of a step; Anderson mixing makes up for that. What hardly changes in it is kept for a few passes, so that
columns are hardly needed there, and muscles are balanced as strings.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from spinesim.mechanics import joint, kinematics, wrench
from spinesim.mechanics.jit import kernel, part
from spinesim.mechanics.lanes import any_lane, negate, select
from spinesim.mechanics.linear import invert_symmetric, solve_pivoted
from spinesim.model.layout import FREE, JOINT_COUNT, ROWS, TWIST_ROW
from spinesim.solver.balance import begin_response, evaluate, renew_columns, set_up, stand, unbalanced, update_response, x_row
from spinesim.solver.mixing import mix, restart
from spinesim.solver.recruitment import (
    CONTACT_WEIGHT,
    DEAR_CONTACT_WEIGHT,
    MIN_MAX,
    activate,
    begin_normal,
    complete_normal,
    is_infeasible,
    moment_residual,
    recruit,
    update_normal,
)
from spinesim.solver.strings import left_over, pull_strings

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
PATIENCE = 0.6  # from pass to pass: what does not come nearer at least so fast climbs instead
START_RESERVE = 1e-3  # multiplier to N m of reserve moment: enough to start anywhere, too little to matter near the end
EASIER, RUNGS = 3, 10  # rungs for those alone who do not balance at the first one, and all of them
SHIFT = 1e-9
RENEWED = 8  # passes for which the Jacobian keeps its columns of muscles and how joints follow twists
INNER = 0.1  # recruitment is solved so much closer than the joints, while these are far from balance
INERT = 0.05  # of a muscle's slope: less change keeps them too


class Way(NamedTuple):
    """How :func:`iterate` goes about it.

    Attributes
    ----------
    reserve
        Of recruitment; 0 allows none.
    slack
        Times the tolerances is near enough.
    afresh
        Recruitment is solved at every state, with a line search, so that this bears any start. Otherwise multipliers move with the joints
        in the same Newton step, which is cheaper and needs a start near the end.
    begun
        The state is one that has been evaluated, columns and all.
    kept
        The matrices of an earlier case are there and near enough.
    bound, shrink
        Largest force (N) at the start, and its factor from pass to pass: what is beyond is given up.
    """

    reserve: float
    slack: float
    afresh: bool
    begun: bool
    kept: bool
    bound: float
    shrink: float


@part
def solve_case(spine, topology, case, power, wanted, w):
    """Solve one case, which is set up, the short way where ``wanted``.

    Returns where it converged, passes used and the smallest stiffness pivot. With min-max, recruitment is solved afresh to the end: the
    set of muscles at the common cap changes too much for single Newton steps.
    """
    settle(spine, w)
    begin_normal(wanted, w)
    begin_response(wanted, w)
    shrink = 1.0 if power == MIN_MAX else PATIENCE
    near, passes, _ = iterate(spine, topology, case, power, Way(START_RESERVE, NEAR, True, False, False, LOST, shrink), wanted, w)
    done, used, pivot = iterate(spine, topology, case, power, Way(0.0, 1.0, power == MIN_MAX, True, False, LOST, shrink), near, w)
    return done, passes + used, pivot


@part
def climb(spine, topology, case, power, w):
    """The last word on hard cases: balance with generous reserves, make them dearer rung by rung, then do without.

    Strength is judged where forces balance: at the highest rung reached, recruitment without reserves must be certified
    infeasible. The state is then that of the rung, with its unmet moment. Returns where it converged, where strength is exceeded, passes
    used, reserve and smallest stiffness pivot.
    """
    everywhere = set_up(spine, topology, case, w)
    settle(spine, w)
    keep(everywhere | negate(everywhere), w.kept, w)
    passes, reserve, pivot, converged = 0.0, 0.0, 0.0, everywhere & negate(everywhere)
    wanted = everywhere
    for rung in range(RUNGS + 1):
        trial = _reserve_of(rung)
        if rung > 0:
            wanted = everywhere & ((reserve != 1.0) | (rung > EASIER))
        if not any_lane(wanted):
            continue
        w.contact_weight = DEAR_CONTACT_WEIGHT if trial > 0.0 else CONTACT_WEIGHT
        done, used, stiffness = iterate(spine, topology, case, power, Way(trial, 1.0, True, False, False, LOST, 1.0), wanted, w)
        passes += used
        pivot = select(done, stiffness, pivot)
        reserve = select(done, trial, reserve)
        keep(done, w.kept, w)
        recall(negate(done), w.kept, w)
        if trial == 0.0:
            converged = done
    evaluate(spine, topology, case, False, w)
    recruit(spine, topology, power, case.stance, 0.0, MOMENT_TOLERANCE, negate(converged), w)
    exceeded = (reserve > 0.0) & is_infeasible(topology, w.multiplier, w)
    recall(everywhere, w.kept, w)
    w.contact_weight = select(converged, CONTACT_WEIGHT, DEAR_CONTACT_WEIGHT)
    activate(spine, topology, power, w.multiplier, w)
    moment_residual(topology, w.multiplier, reserve, w, w.residual)
    return converged, exceeded, passes, reserve, pivot


@kernel
def _reserve_of(rung):
    """Reserves of the rungs: 1, then 100, 10 and 1 for who has not balanced with it, then dearer by factors of ten, and none."""
    if rung == RUNGS:
        return 0.0
    return 1.0 if rung == 0 else 10.0 ** (EASIER - rung)


@kernel
def keep(wanted, memory, w):
    """Remember the joints' state and the multipliers in ``memory`` (41,) where ``wanted``."""
    for j in range(JOINT_COUNT):
        for i in range(3):
            memory[4 * j + i] = select(wanted, w.translation[j, i], memory[4 * j + i])
        memory[4 * j + 3] = select(wanted, w.twist[j], memory[4 * j + 3])
    for k in range(ROWS):
        memory[FREE + k] = select(wanted, w.multiplier[k], memory[FREE + k])


@kernel
def recall(wanted, memory, w):
    """Go back to what :func:`keep` remembered in ``memory`` where ``wanted``."""
    for j in range(JOINT_COUNT):
        for i in range(3):
            w.translation[j, i] = select(wanted, memory[4 * j + i], w.translation[j, i])
        w.twist[j] = select(wanted, memory[4 * j + 3], w.twist[j])
    for k in range(ROWS):
        w.multiplier[k] = select(wanted, memory[FREE + k], w.multiplier[k])


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
def iterate(spine, topology, case, power, way, wanted, w):
    """Evaluate, recruit, step, until all is balanced to ``way.slack`` times the tolerances, where ``wanted``.

    Returns success, passes used, and the smallest stiffness pivot.
    """
    active, done, used, pivot, bound = wanted, wanted & negate(wanted), 0.0, 0.0, way.bound
    met = MOMENT_TOLERANCE * max(1.0, INNER * way.slack)
    restart(active | negate(active), w)
    for passes in range(MAX_PASSES):
        known = way.begun and passes == 0
        columns = way.afresh or power == MIN_MAX or known
        renew = active & _is_due(case, way, passes)
        if not known:
            pivot = evaluate(spine, topology, case, renew, w) if columns else stand(spine, case, renew, w)
            used += select(active, 1.0, 0.0)
        if way.afresh:
            active = recruit(spine, topology, power, case.stance, way.reserve, met, active, w)
        softness, force, twisting, moment = balance(spine, topology, case.stance, power, way.reserve, columns, w)
        balanced = (force <= way.slack * FORCE_TOLERANCE) & (twisting <= way.slack * MOMENT_TOLERANCE) & (moment <= met)
        balanced = balanced & negate(known)
        done = done | (active & balanced & (pivot > 0.0) & is_finite(w))
        active = active & negate(balanced) & (force < bound)
        bound *= way.shrink
        if not any_lane(active):
            break
        stale = renew & negate(way.kept and passes == 0)
        active = active & newton_step(spine, topology, case.stance, softness, way.reserve, stale, columns, active, w)
        mix(passes, w)
        # Without damping some cases jump for ever between two sets of active muscles.
        damped = (force > SMOOTH) & (way.afresh and passes >= UNDAMPED)
        advance(select(damped, DAMPING, 1.0), active, w)
    return done, used, pivot


@kernel
def _is_due(case, way, passes):
    """Where a pass makes the matrices of the Newton step anew.

    A support has next to no weight, so that its column, once it changes, is felt in them as no muscle's is. Hard cases have them anew, too.
    """
    supported = case.support[0] + case.support[1] + case.support[2] > 0.0
    hard = way.afresh and (way.slack <= 1.0 or passes >= RENEWED)
    return supported | (hard or passes % RENEWED == (1 if way.begun else 0))


@kernel
def balance(spine, topology, stance, power, reserve, columns, w):
    """Activations at the multipliers, and all residuals, by the ``columns`` of the muscles if they are there, else along the strings.

    Returns the softness of the common cap, the largest force, twisting moment of a joint and moment that is left.
    """
    if columns:
        softness = activate(spine, topology, power, w.multiplier, w)
        moment = moment_residual(topology, w.multiplier, reserve, w, w.residual)
        force, twisting = unbalanced(topology, reserve, w)
    else:
        softness = 0.0
        pull_strings(spine, topology, stance, power, w)
        force, twisting, moment = left_over(stance, w)
    return softness, force, twisting, moment


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
def newton_step(spine, topology, stance, softness, reserve, renew, columns, wanted, w):
    """``w.step`` from the equations linearised in multipliers m and joint states u, with C the inverse of the joints' stiffness.

    du = C (r_u + N2 dm)                            each joint finds its state
    (N1 - K C N2) dm = r_m + K C r_u                moments that the posture prescribes
    sum of the twists in du = - sum of the twists   the twist of the whole is prescribed

    Takes activations, their slopes and both residuals as they stand in ``w``; ``softness`` is that of the common cap. Returns where the
    equations are regular.
    """
    begin_normal(wanted & renew, w)
    begin_response(wanted & renew, w)
    if not columns:
        renew_columns(spine, topology, stance, INERT, wanted, w)
    update_normal(topology, INERT, wanted, w)
    update_response(topology, softness, reserve, INERT, wanted, w)
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
    """``w.free_flexibility[j]``: inverse of how force and twisting moment of joint j follow its translation and twist.

    By blocks, from the inverse C of the translational stiffness: with force t and moment s per twist and moment m per translation,
    s - m C t is what resists the twist of a joint whose translations follow.
    """
    c, out, t, m = w.joint_flexibility[j], w.free_flexibility[j], w.twist_force[j], w.moment_rate[j, 1]
    stiffness = w.twist_moment[j, 1]
    for i in range(3):
        out[i, 3] = c[i, 0] * t[0] + c[i, 1] * t[1] + c[i, 2] * t[2]
        out[3, i] = m[0] * c[0, i] + m[1] * c[1, i] + m[2] * c[2, i]
        stiffness -= m[i] * out[i, 3]
    inverse = 1.0 / stiffness
    for i in range(3):
        for k in range(3):
            out[i, k] = c[i, k] + out[i, 3] * out[3, k] * inverse
    for i in range(3):
        out[i, 3] *= -inverse
        out[3, i] *= -inverse
    out[3, 3] = inverse
    return abs(stiffness) > 0.0
