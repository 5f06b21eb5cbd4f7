"""Postures of a path, solved one after another: each starts where the last ones lead."""

from __future__ import annotations

from spinesim.mechanics.jit import kernel, part
from spinesim.mechanics.lanes import any_lane, negate, select
from spinesim.solver.balance import evaluate, set_up
from spinesim.solver.equilibrium import Way, balance, iterate, keep, recall, solve_case
from spinesim.solver.recruitment import MIN_MAX
from spinesim.solver.workspace import STATE, TRAIL

FAR, SHRINK = 1e3, 0.5  # N unbalanced where the last cases lead, and from pass to pass: beyond, they mislead


@kernel
def begin(w):
    """Start on new paths in all lanes."""
    w.trodden = 0.0


@part
def follow(spine, topology, case, power, w):
    """Solve the next posture of a path from where the last ones lead; without any, and where that fails, the short way.

    Returns where it converged, where hands reach, passes used and the smallest stiffness pivot.
    """
    reached = set_up(spine, topology, case, w)
    led = reached & (w.trodden > 0.0)
    done, passes, pivot = led & negate(led), 0.0, 0.0
    if any_lane(led):
        extrapolate(w)
        done, passes, pivot = iterate(spine, topology, case, power, Way(0.0, 1.0, power == MIN_MAX, False, True, FAR, SHRINK), led, w)
    anew = reached & negate(done)
    w.trodden = select(done, w.trodden, 0.0)
    if any_lane(anew):
        keep(done, w.kept, w)
        found, used, stiffness = solve_case(spine, topology, case, power, anew, w)
        passes, pivot = passes + used, select(done, pivot, stiffness)
        if any_lane(done):
            # The others' way went over these lanes, too.
            recall(done, w.kept, w)
            evaluate(spine, topology, case, False, w)
            balance(spine, topology, case.stance, power, 0.0, power == MIN_MAX, w)
        done = done | found
    remember(done, w)
    return done, reached, passes, pivot


@kernel
def extrapolate(w):
    """State and multipliers where the polynomial through the last ones leads: linear through two, quadratic through three."""
    third, second = w.trodden > 2.0, w.trodden > 1.0
    a = select(third, 3.0, select(second, 2.0, 1.0))
    b = select(third, -3.0, select(second, -1.0, 0.0))
    c = select(third, 1.0, 0.0)
    for k in range(STATE):
        w.step[k] = a * w.trail[0, k] + b * w.trail[1, k] + c * w.trail[2, k]
    recall(w.trodden > 0.0, w.step, w)


@kernel
def remember(done, w):
    """Put the solution at the head of the trail where it is ``done``; elsewhere the trail ends."""
    for i in range(TRAIL - 1, 0, -1):
        for k in range(STATE):
            w.trail[i, k] = select(done, w.trail[i - 1, k], w.trail[i, k])
    keep(done, w.trail[0], w)
    w.trodden = select(done, min(w.trodden + 1.0, float(TRAIL)), 0.0)
