"""The optimiser: a weekly template as one way through states for every exercise, with bisection on the budget of damage.

Sessions of a week are the same. Sets, minutes and linear damage of a design person couple the exercises; what couples nothing,
limits and progression, is in the ways themselves. Ways are found by dynamic programming at the prices of a linear programme and
chosen by a mixed-integer one (column generation). Damage as a probability is not linear, so the plan is solved, judged, and the
linear budget bisected until the probability is inside; ways found once are kept. No clock stops the solver: the answer does
not depend on the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from spinesim.analysis.plan.columns import Network, Template
from spinesim.analysis.plan.gates import red_flags
from spinesim.analysis.plan.inputs import Dose, Loads, NoPlan, Plan, Request, Session
from spinesim.analysis.plan.limits import growth
from spinesim.analysis.plan.network import OFF, OFF_STATE, State
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

Solver = Callable[[Network, float], Template | None]


@dataclass(frozen=True, slots=True)
class Built:
    """A plan with what the builder knows of it."""

    plan: Plan
    setting: Setting
    damage: float
    background_damage: float
    solves: int
    solver: str


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
        Instead of the mixed-integer one, with greedy construction where that finds nothing.
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
    solve, found = solver or milp_template, network.setting
    alpha = _MARGIN * value("plan", "damage", "alpha")
    low, high, best, budget, count = 0.0, np.inf, None, np.inf, 0
    for count in range(1, SOLVES + 1):
        template = solve(network, budget)
        name = "milp" if solver is None else "given"
        if template is None:
            template, name = greedy_template(network, budget), "greedy"
        plan, used = to_plan(found, template), network.largest(template)
        damage = float(found.damage(plan).max())
        if damage <= alpha:
            best, low = Built(plan, found, damage, before, count, name), max(used, low)
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


def milp_template(network: Network, budget: float) -> Template | None:
    """Best template of the ways that pay, by HiGHS; ``None`` if it found none within its nodes."""
    for _ in range(ROUNDS):
        price, gain = _prices(network, budget)
        if not network.add_ways(price, gain):
            break
    matrix, high = network.coupling(budget)
    rows = [LinearConstraint(matrix, -np.inf, high), LinearConstraint(network.choice(), 1.0, 1.0)]
    options = {"mip_rel_gap": GAP, "node_limit": NODES, "disp": False}
    ways = network.ways
    answer = milp([-way.worth for way in ways], integrality=np.ones(len(ways)), bounds=Bounds(0, 1), constraints=rows, options=options)
    if answer.x is None:
        return None
    taken = [way for way, share in zip(ways, answer.x, strict=True) if share > 0.5]
    return [[way.states[week] for way in sorted(taken, key=lambda way: way.exercise)] for week in range(len(network.setting.weeks))]


def _prices(network: Network, budget: float) -> tuple[Array, Array]:
    """Prices of the coupling rows, and what one more way of each exercise must be worth, from the linear programme."""
    matrix, high = network.coupling(budget)
    exercises = len(network.setting.request.exercises)
    worth = [-way.worth for way in network.ways]
    answer = linprog(worth, matrix, high, network.choice(), np.ones(exercises), bounds=(0, None), method="highs-ds")
    return -answer.ineqlin.marginals, -answer.eqlin.marginals


def greedy_template(network: Network, budget: float) -> Template:
    """Week by week, exercise by exercise, the most valuable step that fits; the fallback."""
    exercises = range(len(network.setting.request.exercises))
    template: Template = []
    for week in range(len(network.setting.weeks)):
        before = template[-1] if template else [OFF_STATE] * len(exercises)
        chosen = [OFF_STATE] * len(exercises)
        for exercise in exercises:
            for state in network.ranked(exercise, week, before[exercise]):
                tried = [state if e == exercise else chosen[e] for e in exercises]
                if network.fits([*template, tried], budget):
                    chosen = tried
                    break
        template.append(chosen)
    return template


def to_plan(found: Setting, template: Template) -> Plan:
    """Sessions of a template; a week without any exercise has none."""
    sessions = []
    for week, states in zip(found.weeks, template, strict=True):
        doses = tuple(_dose(found, e, state) for e, state in enumerate(states) if state[0] != OFF)
        sessions += [Session(day=7 * week + day, doses=doses) for day in found.request.days if doses]
    muscle = tuple(growth(week) for week in range(found.request.weeks))
    still = (1.0,) * found.request.weeks
    return Plan(
        weeks=found.request.weeks,
        sessions=tuple(sessions),
        growth={"muscle": muscle, "tendon": muscle, "disc": still, "bone": still, "ligament": still},
    )


def _dose(found: Setting, exercise: int, state: State) -> Dose:
    spec = found.request.exercises[exercise]
    sets, reps = spec.doses[state[1]]
    return Dose(exercise=spec.name, load_kg=spec.loads_kg[state[0]], sets=sets, reps=reps, rest_s=spec.rest_s)


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
