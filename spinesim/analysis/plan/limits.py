"""Which loads of an exercise a week allows: the rule of the safe load, asked of every model of the person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from spinesim.analysis.demand import Demands
from spinesim.analysis.judged import NO_ANSWER, VALIDATED, Judged, block_of, climb
from spinesim.analysis.plan.inputs import Exercise
from spinesim.analysis.plan.view import View, ladder_kg
from spinesim.analysis.tissue_limits import Limits, allowed_flexion, axis, limits_of
from spinesim.analysis.tolerance import Person
from spinesim.analysis.tolerance.data import value

EQUIPMENT: Final = "equipment"


@dataclass(frozen=True, slots=True)
class Allowed:
    """How far the loads of an exercise go.

    Attributes
    ----------
    last
        Place of the largest allowed load, -1 if there is none.
    tissue, level
        What keeps the next load from being allowed; ``equipment`` if there is none heavier.
    demonstrated
        Whether the largest load passes because of a habit alone.
    """

    last: int
    tissue: str
    level: str
    demonstrated: bool


def limits(person: Person, alpha: float | str, loadings_per_day: float, views: Sequence[View], grown: float = 1.0) -> list[Limits]:
    """Limits of every tissue in each model of the person; ``grown`` is the capacity of muscle over today's.

    Raises
    ------
    ValueError
        If a law is asked outside its range, or a demonstrated load is beyond belief.
    """
    found = (limits_of(person, alpha, view.shown, loadings_per_day) for view in views)
    return [with_muscle(bound, grown) for bound in found]


def with_muscle(bound: Limits, grown: float) -> Limits:
    """The same limits with another capacity of muscle; disc, bone and ligament have none to gain."""
    return replace(bound, limits={**bound.limits, "muscle": np.array([grown * value("safe_load", "muscle", "share")])})


def allowed(exercise: Exercise, views: Sequence[View], bounds: Sequence[Limits]) -> Allowed:
    """The least that any model of the person allows."""
    steps = len(ladder_kg(exercise))
    lightest = steps - len(exercise.loads_kg)
    judged: Judged | None = None
    for view, bound in zip(views, bounds, strict=True):
        most = steps if judged is None else judged.count
        if not most:
            break
        bare = view.upto(exercise, 1)
        if float(bare.flexion_share.max()) > allowed_flexion(bound.person):
            return Allowed(-1, "flexion_gate", "", False)
        found = climb(lambda n, view=view: view.upto(exercise, n), bound, view.shown, most, block_of(bare.converged.shape[-1]))  # type: ignore[misc]
        judged = found if judged is None or found.count < most else judged
    assert judged is not None  # there is at least one model
    count, last = judged.count, max(judged.count - lightest, 0) - 1
    shown = last >= 0 and not judged.ruled[count - 1]
    return Allowed(last, *((EQUIPMENT, "") if count >= steps else _end(judged, count)), shown)


def over(found: Demands, view: View, bound: Limits) -> Iterator[tuple[str, str, float]]:
    """Tissue, level and share of its limit of all that one load exceeds; infinite without an answer."""
    gates = {VALIDATED: found.validated, NO_ANSWER: found.converged}
    yield from ((name, "", float("inf")) for name, fine in gates.items() if not fine.all())
    if (bent := float(found.flexion_share.max()) / allowed_flexion(bound.person)) > 1.0:
        yield "flexion_gate", "", bent
    judged = Judged.of(found, bound, view.shown)
    for name, share in () if judged.count else judged.beyond(0).items():
        worst = share.max(axis=0)
        yield name, _level(name, int(worst.argmax())), float(worst.max())


def at_week(person: Person, week: int) -> Person:
    """The person in a week (from 0) of the phase: an early bulge becomes a late one, provided the gates are green."""
    bulge = person.findings.bulge
    if not bulge or week < value("plan", "phase", "bulge_weeks"):
        return person
    return replace(person, findings=replace(person.findings, bulge=dict.fromkeys(bulge, "late")))


def growth(weeks_done: int) -> float:
    """Capacity of muscle and tendon after weeks of training, over today's; disc, bone and ligament get none."""
    counted = max(0.0, weeks_done - value("plan", "muscle", "from_week"))
    return 1.0 + value("plan", "muscle", "growth") * counted


def _end(judged: Judged, step: int) -> tuple[str, str]:
    """What a step exceeds, and where."""
    asked = judged.asked
    for name, fine in ((VALIDATED, asked.validated), (NO_ANSWER, asked.converged)):
        if not fine[step].all():
            return name, ""
    tissue, _, place = judged.worst(step)
    return tissue, _level(tissue, place)


def _level(tissue: str, place: int) -> str:
    return "" if tissue == "muscle" else axis(tissue)[place]
