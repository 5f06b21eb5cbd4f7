"""A request in, a checked plan or a reason out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spinesim.analysis.plan.builder import Built, Solver, build
from spinesim.analysis.plan.checker import Verdict, check
from spinesim.analysis.plan.inputs import Loads, NoPlan, Request
from spinesim.analysis.plan.limits import allowed, over
from spinesim.analysis.plan.replan import Standing
from spinesim.analysis.plan.setting import Setting
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


def plan(
    request: Request, loads: Loads, standing: Standing | None = None, solver: Solver | None = None, kin: Sequence[Loads] = ()
) -> Outcome:
    """Propose a plan and let the checker judge it; one that it refuses is no plan.

    Parameters
    ----------
    loads, kin
        Demands of the person, and of the same person in other models, as :func:`build` takes them.

    Raises
    ------
    ValueError
        If a law is asked outside its range.
    """
    built = build(request, loads, standing, solver, kin)
    if isinstance(built, NoPlan):
        return Outcome(None, None, built, (), None)
    verdict = check(request, built.plan, loads, standing, kin)
    bounds, goal = bounds_of(built.setting), goal_of(built)
    if not verdict.accepted:
        reason = NoPlan("checker", "the checker refused the proposal: " + "; ".join(map(str, verdict.violations[:3])))
        return Outcome(None, verdict, reason, bounds, goal)
    return Outcome(built, verdict, None, bounds, goal)


def bounds_of(found: Setting) -> tuple[Bound, ...]:
    """What ends each exercise in the last week."""
    return tuple(_bound(found, place) for place in range(len(found.request.exercises)))


def goal_of(built: Built) -> Goal:
    """How far the plan comes, and what stands against the rest."""
    found, request = built.setting, built.setting.request
    last, spec = found.weeks[-1], request.exercises[found.index(request.goal_exercise)]
    levels: dict[str, float | None] = {}
    for level in PROTECTION_LEVELS:
        place = allowed(spec, found.views, found.limits(last, level)).last
        levels[level] = spec.loads_kg[place] if place >= 0 else None
    refused: dict[str, tuple[str, str, float]] = {}
    for view, bound in zip(found.views, found.limits(last, request.protection), strict=True):
        for name, level, share in over(view.one(spec.name, request.goal_kg), view, bound):
            if name not in refused or share > refused[name][2]:
                refused[name] = (name, level, share)
    planned = built.plan.loads_kg(request.goal_exercise)[-1]
    return Goal(request.goal_exercise, request.goal_kg, planned, tuple(refused.values()), levels)


def _bound(found: Setting, place: int) -> Bound:
    spec, judged = found.request.exercises[place], found.judged[-1][place]
    following = judged.last + 1
    return Bound(
        spec.name,
        spec.loads_kg[judged.last] if judged.last >= 0 else None,
        spec.loads_kg[following] if following < len(spec.loads_kg) else None,
        judged.tissue,
        judged.level,
        judged.demonstrated,
    )
