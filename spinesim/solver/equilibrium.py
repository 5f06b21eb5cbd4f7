"""The posture's equilibrium: disc translations and muscle activations that balance every joint.

Force-dependent kinematics: rotations are prescribed, recruitment balances moments (18, and the hips) at the present
translations x, and the translations balance forces (18) with those muscles; both hold at the same state.

    force    W + F_passive + G a - dE/dx            = 0
    moment   W x r + M_passive + A a - dE/dtheta     = 0,     a = clip((A^T m / (p V))^(1/(p-1)), lo, hi)

After a settled start and a few nested passes (recruit, move) one Newton-like iteration runs on multipliers m and x
together. Its Jacobian holds how the joints' moments follow x and how muscles follow m, not how paths follow x, which
is worth 5-28 % of a step; Anderson mixing makes up for that.
"""

from __future__ import annotations

import math

from spinesim.mechanics import joint, wrench
from spinesim.mechanics.jit import kernel
from spinesim.mechanics.linear import invert_symmetric, solve_pivoted
from spinesim.mechanics.rotations import multiply
from spinesim.model.layout import FORCE_ROWS, HIP_ROWS, JOINT_COUNT, ROWS
from spinesim.model.names import CONVERGED, INVALID_INPUT, NOT_CONVERGED, STRENGTH_EXCEEDED
from spinesim.solver.balance import evaluate, response_matrix, set_up, unbalanced_force
from spinesim.solver.mixing import mix, restart
from spinesim.solver.recruitment import activate, is_infeasible, moment_residual, normal_matrix, recruit
from spinesim.solver.staging import stage

FORCE_TOLERANCE = 3e-7  # N
MOMENT_TOLERANCE = 3e-8  # N m
NESTED_UNTIL = 30.0  # N
MAX_STEP = 1.5e-3  # m a pass
MAX_NESTED = 40
MAX_PASSES = 60
UNMET_TOLERANCE = 0.01  # N m, below which a reserve counts as none
CONTINUATION = 8


@kernel
def solve_case(spine, topology, case, power, w):
    """Solve one case; returns its status, passes used, reserve flag and smallest stiffness pivot."""
    stage(case, 1.0, w.case)
    if not set_up(spine, topology, w.case, w):
        return INVALID_INPUT, 0, 0.0, 0.0
    settle(spine, w)
    status, passes, reserve, pivot = balance_both(spine, topology, power, w)
    if status != CONVERGED:
        status, more, reserve, pivot = continue_from_upright(spine, topology, case, power, w)
        passes += more
    return status, passes, reserve, pivot


@kernel
def balance_both(spine, topology, power, w):
    """Balance forces and moments from the present start, without reserves if possible, with them if strength does not suffice."""
    for k in range(ROWS):
        w.multiplier[k] = 0.0
    return rebalance(spine, topology, power, w)


@kernel
def rebalance(spine, topology, power, w):
    """As :func:`balance_both`, from the present multipliers too."""
    feasible, passes, pivot = nested(spine, topology, power, 0.0, NESTED_UNTIL, w)
    if feasible:
        done, used, pivot = monolithic(spine, topology, power, 0.0, w)
        passes += used
        if not done:
            done, used, pivot = nested(spine, topology, power, 0.0, FORCE_TOLERANCE, w)
            passes += used
        if done:
            return CONVERGED, passes, 0.0, pivot
    # The certificate of infeasibility counts only where forces balance.
    _, used, _ = nested(spine, topology, power, 1.0, NESTED_UNTIL, w)
    done, more, pivot = monolithic(spine, topology, power, 1.0, w)
    passes += used + more
    if done and is_infeasible(topology, w.multiplier, w):
        return STRENGTH_EXCEEDED, passes, 1.0, pivot
    return NOT_CONVERGED, passes, 1.0, pivot


@kernel
def continue_from_upright(spine, topology, case, power, w):
    """Walk from upright and unloaded to the case in steps, each starting from the last; the last word on strength."""
    passes = 0
    status, reserve, pivot = NOT_CONVERGED, 1.0, 0.0
    for step in range(CONTINUATION + 1):
        stage(case, step / CONTINUATION, w.case)
        set_up(spine, topology, w.case, w)
        if step == 0:
            settle(spine, w)
            status, used, reserve, pivot = balance_both(spine, topology, power, w)
        else:
            status, used, reserve, pivot = rebalance(spine, topology, power, w)
        passes += used
    return status, passes, reserve, pivot


@kernel
def settle(spine, w):
    """Start: each joint alone under the load above it and an estimate of what muscles add, to 20 N."""
    for j in range(JOINT_COUNT):
        x = w.translation[j]
        for i in range(3):
            x[i] = spine.settled[j, i]
    wrench.joint_wrench(w)  # bodies still stand at the reference translations
    for j in range(JOINT_COUNT):
        x = w.translation[j]
        muscle = abs(w.load_moment[j, 2]) / 0.050 + abs(w.load_moment[j, 0]) / 0.060 + 200.0
        for _ in range(30):
            joint.passive_force(spine, j, x, w)
            invert_symmetric(w.joint_stiffness[j], w.joint_flexibility[j])
            rest = w.v1
            for i in range(3):
                rest[i] = w.load_force[j, i] - w.joint_force[j, i]
            rest[1] -= muscle
            if max(abs(rest[0]), max(abs(rest[1]), abs(rest[2]))) < 20.0:
                break
            _step_joint(w.joint_flexibility[j], rest, x, w)


@kernel
def _step_joint(flexibility, rest, x, w):
    """One Newton step of a single joint, at most ``MAX_STEP`` long."""
    d = w.v2
    length = 0.0
    for i in range(3):
        d[i] = flexibility[i, 0] * rest[0] + flexibility[i, 1] * rest[1] + flexibility[i, 2] * rest[2]
        length += d[i] * d[i]
    scale = min(1.0, MAX_STEP / max(math.sqrt(length), 1e-12))
    for i in range(3):
        x[i] += scale * d[i]


@kernel
def nested(spine, topology, power, reserve, until, w):
    """Recruit at x, move x by the joints' own stiffness, with mixing, until forces are off by less than ``until``.

    Returns whether recruitment was feasible at a balanced x, passes used, and the smallest stiffness pivot.
    """
    restart(w)
    pivot = 0.0
    stance = w.case.stance
    for passes in range(MAX_NESTED):
        pivot = evaluate(spine, topology, w.case, w)
        feasible = recruit(spine, topology, power, stance, reserve, MOMENT_TOLERANCE, w)
        if not feasible:
            # Not a verdict: this x may be wrong. Move on with the least unmet moment.
            for k in range(ROWS):
                w.multiplier[k] = 0.0
            recruit(spine, topology, power, stance, 1.0, MOMENT_TOLERANCE, w)
        if unbalanced_force(topology, w) <= until:
            return feasible and pivot > 0.0, passes + 1, pivot
        for k in range(ROWS):
            w.step[FORCE_ROWS + k] = 0.0
        for j in range(JOINT_COUNT):
            for i in range(3):
                c = w.joint_flexibility[j]
                r = w.force_residual
                w.step[3 * j + i] = c[i, 0] * r[3 * j] + c[i, 1] * r[3 * j + 1] + c[i, 2] * r[3 * j + 2]
        mix(w)
        advance(w)
    return False, MAX_NESTED, pivot


@kernel
def monolithic(spine, topology, power, reserve, w):
    """Newton on multipliers and translations together, mixed. Returns success, passes used, smallest stiffness pivot."""
    restart(w)
    best, pivot = 1e300, 0.0
    for passes in range(MAX_PASSES):
        pivot = evaluate(spine, topology, w.case, w)
        stiffness = activate(spine, topology, power, w.multiplier, w)
        moment = moment_residual(topology, w.multiplier, reserve, w, w.residual)
        force = unbalanced_force(topology, w)
        if force <= FORCE_TOLERANCE and moment <= MOMENT_TOLERANCE:
            return pivot > 0.0, passes + 1, pivot
        error = force + 20.0 * moment
        if not error < 1e4 * min(best, 1e3) or not error < 1e9:
            return False, passes + 1, pivot
        best = min(best, error)
        normal_matrix(topology, w.case.stance, stiffness, reserve, w)
        response_matrix(topology, stiffness, w)
        if not newton_step(w):
            return False, passes + 1, pivot
        mix(w)
        advance(w)
    return False, MAX_PASSES, pivot


@kernel
def advance(w):
    """Take the mixed step, shortened to ``MAX_STEP``; the mixing is told what was really taken."""
    length = 0.0
    for k in range(FORCE_ROWS):
        length += w.step[k] * w.step[k]
    scale = min(1.0, MAX_STEP / max(math.sqrt(length), 1e-12))
    for j in range(JOINT_COUNT):
        for i in range(3):
            w.translation[j, i] += scale * w.step[3 * j + i]
    for k in range(ROWS):
        w.multiplier[k] += scale * w.step[FORCE_ROWS + k]
    for k in range(w.step.shape[0]):
        w.previous_state[k] = scale * w.step[k]


@kernel
def newton_step(w):
    """``(N1 - K_M C N2) dm = r_M + K_M C r_F``, then ``dx = C (r_F + N2 dm)``, with C the inverse of the joints' stiffness."""
    peak = 0.0
    for i in range(ROWS):
        peak = max(peak, w.normal[i, i])
    for i in range(ROWS):
        for k in range(ROWS):
            w.coupled[i, k] = w.normal[i, k] if k <= i else w.normal[k, i]
        w.coupled[i, i] += 1e-12 * peak
        w.direction[i] = w.residual[i]
    gain, c = w.m3, w.m2
    for j in range(JOINT_COUNT):
        multiply(w.moment_rate[j], w.joint_flexibility[j], gain)
        for i in range(3):
            row = HIP_ROWS + 3 * j + i
            for a in range(3):
                w.direction[row] += gain[i, a] * w.force_residual[3 * j + a]
                for k in range(ROWS):
                    w.coupled[row, k] -= gain[i, a] * w.response[3 * j + a, k]
    if not solve_pivoted(w.coupled, ROWS, w.direction):
        return False
    for k in range(ROWS):
        w.step[FORCE_ROWS + k] = w.direction[k]
    for k in range(FORCE_ROWS):
        total = w.force_residual[k]
        for i in range(ROWS):
            total += w.response[k, i] * w.direction[i]
        w.shifted[k] = total
    for j in range(JOINT_COUNT):
        c = w.joint_flexibility[j]
        for i in range(3):
            w.step[3 * j + i] = c[i, 0] * w.shifted[3 * j] + c[i, 1] * w.shifted[3 * j + 1] + c[i, 2] * w.shifted[3 * j + 2]
    return True
