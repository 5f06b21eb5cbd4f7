"""The optimiser: a weekly template as a flow through states, with bisection on the budget of damage.

Every exercise is one unit of flow from week to week; sessions of a week are the same. Sets, minutes and linear damage of a
design person couple the exercises. Damage as a probability is not linear, so the plan is solved, judged, and the linear
budget halved in between until the probability is inside. No clock stops the solver: the answer does not depend on the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix

from spinesim.analysis.plan.gates import red_flags
from spinesim.analysis.plan.inputs import Dose, Loads, NoPlan, Plan, Request, Session
from spinesim.analysis.plan.limits import growth, level_name
from spinesim.analysis.plan.network import OFF, Arc, State, arcs, dose_damage, worth
from spinesim.analysis.plan.replan import Standing
from spinesim.analysis.plan.setting import Setting, setting
from spinesim.analysis.tolerance.data import Array, value

DESIGN_LIVES_D: Final = (3.0, 14.0)
NODES: Final = 200
GAP: Final = 0.01
SOLVES: Final = 10
_MARGIN: Final = 0.97  # of alpha_D, for the checker integrates in another way
_NEAR: Final = 0.90

Template = list[list[State]]  # by week, then by exercise
Solver = Callable[["Network", float], Template | None]


@dataclass(frozen=True, slots=True)
class Built:
    """A plan with what the builder knows of it."""

    plan: Plan
    setting: Setting
    damage: float
    background_damage: float
    solves: int
    solver: str


class Network:
    """Arcs of a setting as rows and columns."""

    def __init__(self, found: Setting) -> None:
        self.setting = found
        self.arcs = arcs(found)
        self.worth = np.array([worth(found, arc.week, arc.exercise, arc.after) for arc in self.arcs])
        self.damage = dose_damage(found)
        # Damage of an ordinary day is far below 1: rows are scaled to stay well away from the solver's tolerances.
        self.scale = max(float(table.max(initial=0.0)) for table in self.damage) or 1.0
        self.rows = _Rows(len(self.arcs))
        self._flow()
        self._session()

    def budget(self, most: float) -> _Rows:
        """Rows of damage: state after the last session of each week, at most ``most`` (over the scale)."""
        days = self.setting.request.days
        rows = _Rows(len(self.arcs))
        for life in DESIGN_LIVES_D:
            once = sum(2.0 ** (-(days[-1] - day) / life) for day in days)
            for week in range(len(self.setting.weeks)):
                entries = [(k, self.load(arc) * once * 2.0 ** (-7.0 * (week - arc.week) / life)) for k, arc in enumerate(self.arcs)
                           if arc.week <= week and arc.after[0] != OFF]  # fmt: skip
                rows.add(entries, -np.inf, most)
        return rows

    def load(self, arc: Arc) -> float:
        """Damage of one session of an arc's later state, over the scale."""
        return 0.0 if arc.after[0] == OFF else float(self.damage[arc.exercise][arc.after]) / self.scale

    def largest(self, template: Template) -> float:
        """Largest linear damage of a template, over the scale."""
        days, most = self.setting.request.days, 0.0
        for life in DESIGN_LIVES_D:
            state, once = 0.0, sum(2.0 ** (-(days[-1] - day) / life) for day in days)
            for week in template:
                doses = sum(self.damage[e][s] for e, s in enumerate(week) if s[0] != OFF) / self.scale
                state = state * 2.0 ** (-7.0 / life) + once * doses
                most = max(most, state)
        return most

    def _flow(self) -> None:
        entering: dict[Any, list[int]] = {}
        leaving: dict[Any, list[int]] = {}
        for k, arc in enumerate(self.arcs):
            entering.setdefault((arc.exercise, arc.week, arc.after), []).append(k)
            leaving.setdefault((arc.exercise, arc.week - 1, arc.before), []).append(k)
        for exercise in range(len(self.setting.request.exercises)):
            self.rows.add([(k, 1.0) for k in leaving[exercise, -1, (OFF, 0)]], 1.0, 1.0)
        last = len(self.setting.weeks) - 1
        for key, into in entering.items():
            if key[1] < last:
                self.rows.add([(k, 1.0) for k in into] + [(k, -1.0) for k in leaving.get(key, [])], 0.0, 0.0)

    def _session(self) -> None:
        request = self.setting.request
        for week in range(len(self.setting.weeks)):
            active = [(k, arc) for k, arc in enumerate(self.arcs) if arc.week == week and arc.after[0] != OFF]
            sets = [(k, float(request.exercises[arc.exercise].doses[arc.after[1]][0])) for k, arc in active]
            self.rows.add(sets, -np.inf, value("plan", "session", "sets"))
            minutes = [(k, request.exercises[arc.exercise].seconds(arc.after[1]) / 60.0) for k, arc in active]
            self.rows.add(minutes, -np.inf, request.minutes)


class _Rows:
    """Sparse rows with bounds."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.data: list[float] = []
        self.row: list[int] = []
        self.column: list[int] = []
        self.low: list[float] = []
        self.high: list[float] = []

    def add(self, entries: Sequence[tuple[int, float]], low: float, high: float) -> None:
        """One row."""
        self.row += [len(self.low)] * len(entries)
        self.column += [k for k, _ in entries]
        self.data += [number for _, number in entries]
        self.low.append(low)
        self.high.append(high)

    def constraint(self) -> LinearConstraint:
        """For the solver."""
        matrix = coo_matrix((self.data, (self.row, self.column)), shape=(len(self.low), self.columns)).tocsr()
        return LinearConstraint(matrix, self.low, self.high)


def build(request: Request, loads: Loads, standing: Standing | None = None, solver: Solver | None = None) -> Built | NoPlan:
    """Propose a plan, or say why there is none.

    Parameters
    ----------
    loads
        Demands of a task at loads in kg.
    standing
        What a log leaves open.
    solver
        Instead of the mixed-integer one, with greedy construction where that finds nothing.

    Raises
    ------
    ValueError
        If a law is asked outside its range.
    """
    if stop := _refused(request, standing):
        return stop
    found = setting(request, loads, standing)
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
    if request.person.findings.red_flags:
        return NoPlan("red_flags", "findings.red_flags is true; no plan before a physician has seen the person")
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
    """Best template by HiGHS, ``None`` if it found none within its nodes."""
    constraints = [network.rows.constraint()]
    if np.isfinite(budget):
        constraints.append(network.budget(budget).constraint())
    options = {"mip_rel_gap": GAP, "node_limit": NODES, "presolve": True, "disp": False}
    answer = milp(-network.worth, integrality=np.ones(len(network.arcs)), bounds=Bounds(0, 1), constraints=constraints, options=options)
    if answer.x is None:
        return None
    taken = [arc for arc, flow in zip(network.arcs, answer.x, strict=True) if flow > 0.5]
    template: Template = [[(OFF, 0)] * len(network.setting.request.exercises) for _ in network.setting.weeks]
    for arc in taken:
        template[arc.week][arc.exercise] = arc.after
    return template


def greedy_template(network: Network, budget: float) -> Template:
    """Week by week the most valuable steps that fit; the fallback."""
    exercises = range(len(network.setting.request.exercises))
    now: list[State] = [(OFF, 0)] * len(exercises)
    template: Template = []
    for week in range(len(network.setting.weeks)):
        options = [
            [arc for arc in network.arcs if arc.week == week and arc.exercise == e and arc.before == now[e]] for e in exercises
        ]
        chosen: list[State] = [(OFF, 0)] * len(exercises)
        for exercise in exercises:
            ranked = sorted(options[exercise], key=lambda arc: -worth(network.setting, arc.week, arc.exercise, arc.after))
            for arc in ranked:
                tried = [arc.after if e == exercise else chosen[e] for e in exercises]
                if _fits(network, [*template, tried], budget):
                    chosen = tried
                    break
        template.append(chosen)
        now = chosen
    return template


def _fits(network: Network, template: Template, budget: float) -> bool:
    specs, week = network.setting.request.exercises, template[-1]
    done = [(specs[e], state) for e, state in enumerate(week) if state[0] != OFF]
    sets = sum(spec.doses[state[1]][0] for spec, state in done)
    minutes = sum(spec.seconds(state[1]) for spec, state in done) / 60.0
    within = sets <= value("plan", "session", "sets") and minutes <= network.setting.request.minutes
    return within and network.largest(template) <= budget


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
            tissue, level = judged.limiting(0)
            reasons.append(f"{spec.name} {spec.loads_kg[0]:g} kg: {tissue.replace('_', ' ')} {level_name(level)}".rstrip())
        elif spec.loads_kg[0] > value("plan", "first_week", "share") * spec.loads_kg[judged.last]:
            reasons.append(f"{spec.name}: the lightest load, {spec.loads_kg[0]:g} kg, is above half of the limit")
        else:
            return None
    return NoPlan("limits", "no exercise is within tolerance; " + "; ".join(reasons))
