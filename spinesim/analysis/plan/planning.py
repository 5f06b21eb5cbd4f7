"""A request in, a checked plan or a reason out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from spinesim.analysis.plan.builder import Built, Solver, build
from spinesim.analysis.plan.checker import Verdict, check
from spinesim.analysis.plan.inputs import Demands, Loads, NoPlan, Request
from spinesim.analysis.plan.limits import growth, level_name, limits
from spinesim.analysis.plan.replan import Standing
from spinesim.analysis.plan.setting import Setting, loadings_per_day, phase_person
from spinesim.analysis.tolerance import PROTECTION_LEVELS


@dataclass(frozen=True, slots=True)
class Bound:
    """What ends an exercise in the last week: largest allowed load (``None`` without one), tissue and level of the next step."""

    exercise: str
    allowed_kg: float | None
    next_kg: float | None
    tissue: str
    level: str
    demonstrated: bool


@dataclass(frozen=True, slots=True)
class Goal:
    """The goal against the plan: reached or not, load over limit by tissue, and the load that each level of protection allows."""

    exercise: str
    load_kg: float
    planned_kg: float | None
    refused_by: tuple[tuple[str, str, float], ...]
    allowed_kg: dict[str, float | None]

    @property
    def reached(self) -> bool:
        """Whether the last week has the load."""
        return self.planned_kg is not None and self.planned_kg >= self.load_kg


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was proposed, what the checker says, and why there is no plan if there is none."""

    built: Built | None
    verdict: Verdict | None
    none: NoPlan | None
    bounds: tuple[Bound, ...]
    goal: Goal | None


def plan(request: Request, loads: Loads, standing: Standing | None = None, solver: Solver | None = None) -> Outcome:
    """Propose a plan and let the checker judge it; one that it refuses is no plan.

    Raises
    ------
    ValueError
        If a law is asked outside its range.
    """
    asked = _remembering(loads)
    built = build(request, asked, standing, solver)
    if isinstance(built, NoPlan):
        return Outcome(None, None, built, (), None)
    verdict = check(request, built.plan, loads, standing)
    bounds, goal = bounds_of(built.setting), goal_of(built, asked)
    if not verdict.accepted:
        reason = NoPlan("checker", "the checker refused the proposal: " + "; ".join(map(str, verdict.violations[:3])))
        return Outcome(None, verdict, reason, bounds, goal)
    return Outcome(built, verdict, None, bounds, goal)


def bounds_of(found: Setting) -> tuple[Bound, ...]:
    """What ends each exercise in the last week."""
    return tuple(_bound(found, place) for place in range(len(found.request.exercises)))


def goal_of(built: Built, loads: Loads) -> Goal:
    """How far the plan comes, and what stands against the rest."""
    found, request = built.setting, built.setting.request
    demands = loads(request.goal_exercise, (request.goal_kg,))
    last = found.weeks[-1]
    person = phase_person(request, found.standing, last)
    allowed: dict[str, float | None] = {}
    spec = request.exercises[found.index(request.goal_exercise)]
    for level in PROTECTION_LEVELS:
        bound = limits(person, level, loadings_per_day(request), found.tolerated, growth(last))
        place = bound.judge(found.demands[spec.name]).last
        allowed[level] = spec.loads_kg[place] if place >= 0 else None
    judged = limits(person, request.protection, loadings_per_day(request), found.tolerated, growth(last)).judge(demands)
    over = {tissue: float(share[0]) for tissue, share in judged.utilisation.items() if share[0] > 1.0}
    refused = [(tissue, level_name(int(judged.level[tissue][0])), share) for tissue, share in over.items()]
    return Goal(request.goal_exercise, request.goal_kg, built.plan.loads_kg(request.goal_exercise)[-1], tuple(refused), allowed)


def _bound(found: Setting, place: int) -> Bound:
    spec, judged = found.request.exercises[place], found.judged[-1][place]
    last = judged.last
    following = last + 1 if last + 1 < len(spec.loads_kg) else None
    tissue, level = judged.limiting(following) if following is not None else ("equipment", -1)
    return Bound(
        spec.name,
        spec.loads_kg[last] if last >= 0 else None,
        None if following is None else spec.loads_kg[following],
        tissue,
        level_name(level),
        bool(last >= 0 and judged.demonstrated[last]),
    )


def _remembering(loads: Loads) -> Loads:
    """The same answers without asking twice; the checker asks for itself."""

    @cache
    def kept(task: str, load_kg: tuple[float, ...]) -> Demands:
        return loads(task, load_kg)

    def asked(task: str, load_kg: Sequence[float]) -> Demands:
        return kept(task, tuple(load_kg))

    return asked
