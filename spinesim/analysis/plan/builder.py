"""The optimiser: one way through states and sessions for every exercise, with bisection on the budget of damage.

An exercise is heavy, light or left out in each session of its weeks. Sets, minutes and linear damage of a design person
couple the exercises; what couples nothing, limits and progression, is in the ways themselves. Ways are found by dynamic
programming at the prices of a linear programme and chosen by a mixed-integer one (column generation). Damage as a
probability is not linear, so the plan is solved, judged, and the linear budget bisected until the probability is inside;
ways found once are kept. No clock stops the solver: the answer does not depend on the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from spinesim.analysis.plan.columns import Network, Way
from spinesim.analysis.plan.gates import red_flags
from spinesim.analysis.plan.inputs import Dose, Loads, NoPlan, Plan, Request, Session
from spinesim.analysis.plan.limits import growth
from spinesim.analysis.plan.network import LIGHT, NONE, OFF, State, light
from spinesim.analysis.plan.replan import Standing
from spinesim.analysis.plan.setting import Setting, setting
from spinesim.analysis.tissue_limits import refusal
from spinesim.analysis.tolerance.data import Array, value

NODES: Final = 2000
GAP: Final = 0.005
ROUNDS: Final = 60
SOLVES: Final = 10
_MARGIN: Final = 0.97  # of alpha_D, for the checker integrates in another way
_NEAR: Final = 0.90

Chosen = Sequence[Way]  # one of every exercise
Solver = Callable[[Network, float], tuple[Chosen, float] | None]  # with the share that a better one could gain


@dataclass(frozen=True, slots=True)
class Built:
    """A plan with what the builder knows of it.

    Attributes
    ----------
    damage, background_damage
        P(D) with and without the sessions.
    solves
        Budgets of damage that were tried.
    gap
        Share of its worth that a better choice of the same ways could gain at most.
    """

    plan: Plan
    setting: Setting
    damage: float
    background_damage: float
    solves: int
    gap: float


def build(
    request: Request, loads: Loads, standing: Standing | None = None, solver: Solver | None = None, kin: Sequence[Loads] = ()
) -> Built | NoPlan:
    """Propose a plan, or say why there is none.

    Parameters
    ----------
    loads
        Demands of a task at loads in kg.
    standing
        What a log leaves open.
    solver
        Instead of the mixed-integer one.
    kin
        Demands of the same person with younger muscles and with discs less degenerate
        (:func:`spinesim.analysis.safe_load.kin`): the least that any of them allows counts.

    Raises
    ------
    ValueError
        If a law is asked outside its range.
    """
    if stop := _refused(request, standing):
        return stop
    found = setting(request, (loads, *kin), standing)
    if isinstance(found, NoPlan):
        return found
    before = float(found.background_damage().max())
    if before > value("plan", "damage", "alpha"):
        return NoPlan("damage", f"damage of ordinary days and job alone is beyond its budget in {100 * before:.0f} % of such persons")
    if reason := _no_start(found):
        return reason
    return _within_budget(Network(found), before, solver)


def _refused(request: Request, standing: Standing | None) -> NoPlan | None:
    if stop := red_flags(request.red_flags):
        return stop
    if reason := refusal(request.person.findings):
        return NoPlan("physician", reason)
    if standing is not None and standing.stop:
        return standing.stop
    if standing is not None and standing.week >= request.weeks:
        return NoPlan("weeks", f"all {request.weeks} weeks are over")
    return None


def _within_budget(network: Network, before: float, solver: Solver | None) -> Built | NoPlan:
    """Solve without a budget of damage, then bisect it (on a log scale) until P(D) is inside."""
    solve, found = solver or milp_ways, network.setting
    alpha = _MARGIN * value("plan", "damage", "alpha")
    low, high, best, budget, count = 0.0, np.inf, None, np.inf, 0
    for count in range(1, SOLVES + 1):
        answer = solve(network, budget)
        if answer is None:
            return NoPlan("solver", f"the optimiser found no plan within {NODES} nodes; fewer exercises, loads or weeks make it easier")
        ways, gap = answer
        plan, used = to_plan(found, ways), network.largest(ways)
        damage = float(found.damage(plan).max())
        if damage <= alpha:
            best, low = Built(plan, found, damage, before, count, gap), max(used, low)
            if not np.isfinite(high) or damage >= _NEAR * alpha:
                break
        else:
            high = used
        if np.isfinite(high) and low > 0.98 * high:
            break
        budget = np.sqrt(max(low, 1e-3 * high) * high)
    if best is None or not best.plan.sessions:
        return NoPlan("damage", "already the least sessions take damage beyond its budget")
    return best


def milp_ways(network: Network, budget: float) -> tuple[Chosen, float] | None:
    """Best choice of the ways that pay, by HiGHS; ``None`` if it found none within its nodes."""
    for _ in range(ROUNDS):
        price, gain = _prices(network, budget)
        if not network.add_ways(price, gain):
            break
    rows = [LinearConstraint(_matrix(network), -np.inf, network.most(budget)), LinearConstraint(network.choice(), 1.0, 1.0)]
    options = {"mip_rel_gap": GAP, "node_limit": NODES, "disp": False}
    ways = network.ways
    answer = milp([-way.worth for way in ways], integrality=np.ones(len(ways)), bounds=Bounds(0, 1), constraints=rows, options=options)
    if answer.x is None:
        return None
    taken = [way for way, share in zip(ways, answer.x, strict=True) if share > 0.5]
    return sorted(taken, key=lambda way: way.exercise), float(answer.mip_gap)


def _prices(network: Network, budget: float) -> tuple[Array, Array]:
    """Prices of the coupling rows, and what one more way of each exercise must be worth, from the linear programme."""
    exercises = len(network.setting.request.exercises)
    worth = [-way.worth for way in network.ways]
    answer = linprog(
        worth, _matrix(network), network.most(budget), network.choice(), np.ones(exercises), bounds=(0, None), method="highs-ds"
    )
    return -answer.ineqlin.marginals, -answer.eqlin.marginals


def _matrix(network: Network) -> Array:
    return np.stack([network.column(way) for way in network.ways], axis=1)


def to_plan(found: Setting, ways: Chosen) -> Plan:
    """Sessions of a choice of ways; a day without any exercise has none."""
    sessions = []
    for place, week in enumerate(found.weeks):
        for session, day in enumerate(found.request.days):
            doses = tuple(_dose(found, way.exercise, way.states[place], way.roles[session]) for way in ways if _done(way, place, session))
            sessions += [Session(day=7 * week + day, doses=doses)] if doses else []
    muscle = tuple(growth(week) for week in range(found.request.weeks))
    still = (1.0,) * found.request.weeks
    return Plan(
        weeks=found.request.weeks,
        sessions=tuple(sessions),
        growth={"muscle": muscle, "tendon": muscle, "disc": still, "bone": still, "ligament": still},
    )


def _done(way: Way, week: int, session: int) -> bool:
    return way.states[week][0] != OFF and way.roles[session] != NONE


def _dose(found: Setting, exercise: int, state: State, role: int) -> Dose:
    spec = found.request.exercises[exercise]
    load, dose = light(found, exercise, state) if role == LIGHT else state
    sets, reps = spec.doses[dose]
    return Dose(exercise=spec.name, load_kg=spec.loads_kg[load], sets=sets, reps=reps, rest_s=spec.rest_s)


def _no_start(found: Setting) -> NoPlan | None:
    """The reason if no exercise can begin."""
    reasons = []
    for judged, spec in zip(found.judged[0], found.request.exercises, strict=True):
        if judged.last < 0:
            reasons.append(f"{spec.name} {spec.loads_kg[0]:g} kg: {judged.tissue.replace('_', ' ')} {judged.level}".rstrip())
        elif spec.loads_kg[0] > value("plan", "first_week", "share") * spec.loads_kg[judged.last]:
            reasons.append(f"{spec.name}: the lightest load, {spec.loads_kg[0]:g} kg, is above half of the limit")
        else:
            return None
    return NoPlan("limits", "no exercise is within tolerance; " + "; ".join(reasons))
