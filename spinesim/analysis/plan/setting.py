"""From a request and the model's loads to the arrays that the builder works on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from spinesim.analysis.plan.damage import Bout, day_dose, half_lives, per_cycle, probability
from spinesim.analysis.plan.inputs import Activity, Demands, Loads, NoPlan, Plan, Proof, Request
from spinesim.analysis.plan.limits import Judged, Tolerated, at_week, evidence_of, growth, limits, peaks
from spinesim.analysis.plan.replan import Standing
from spinesim.analysis.tolerance import Evidence, Person, Tolerance, limit, strength
from spinesim.analysis.tolerance.data import Array, entry, value

_DESIGN: Final = 0.10  # percentile of strength at which the builder's damage is linear


@dataclass(frozen=True, slots=True)
class Setting:
    """Arrays of a request.

    Attributes
    ----------
    weeks
        Weeks to be planned, from 0.
    judged
        By week, then by exercise.
    peak_N
        By exercise, peak compression over frames (N, 6).
    tolerated
        What counts as evidence and floor.
    background, job
        Dose of an ordinary day, and of a weekday's job (7, 321, 6); mean of the job.
    lives
        Half-lives, days.
    """

    request: Request
    standing: Standing
    weeks: range
    judged: tuple[tuple[Judged, ...], ...]
    demands: Mapping[str, Demands]
    peak_N: tuple[Array, ...]
    tolerated: tuple[Tolerated, ...]
    background: Array
    job: Array
    lives: Array

    def index(self, name: str) -> int:
        """Place of an exercise."""
        return [exercise.name for exercise in self.request.exercises].index(name)

    def tolerance(self, week: int) -> Tolerance:
        """Compression in a week."""
        return strength(phase_person(self.request, self.standing, week))

    def evidence(self) -> list[Evidence]:
        """Of compression."""
        return evidence_of("compression", self.tolerated)

    def design_strength_N(self) -> Array:
        """Ultimate strength of the design person (6,)."""
        return np.asarray(limit(self.tolerance(self.weeks[0]), _DESIGN, self.evidence()) / value("compression", "yield", "share"))

    def damage(self, plan: Plan) -> Array:
        """P(D) of a plan by level, all its days together."""
        days = [self.background + self.job[day % 7] for day in range(7 * self.weeks.start, 7 * self.weeks.stop)]
        for session in plan.sessions:
            bouts = [self._bout(dose.exercise, dose.load_kg, dose.sets * dose.reps) for dose in session.doses]
            days[session.day - 7 * self.weeks.start] = days[session.day - 7 * self.weeks.start] + day_dose(bouts)
        return self._damage(days)

    def background_damage(self) -> Array:
        """P(D) of the same days without any session."""
        return self._damage([self.background + self.job[day % 7] for day in range(7)])

    def _damage(self, days: Sequence[Array]) -> Array:
        job = self.job.mean(axis=0) if self.request.job else None
        # The weaker of the phases decides.
        return probability(self.tolerance(self.weeks[0]), self.evidence(), self.background, days, job, self.lives)

    def _bout(self, name: str, load_kg: float, reps: int) -> Bout:
        place = self.index(name)
        exercise = self.request.exercises[place]
        return Bout(self.peak_N[place][exercise.loads_kg.index(load_kg)], reps * exercise.cycles)

    def cycle_damage(self, place: int) -> Array:
        """Damage of one cycle of the design person at the worst level, by load (N,)."""
        return np.asarray(per_cycle(self.peak_N[place], self.design_strength_N()).max(axis=1))


def setting(request: Request, loads: Loads, standing: Standing | None = None) -> Setting | NoPlan:
    """Everything that the builder needs, or why there can be no plan.

    Raises
    ------
    ValueError
        If a law is asked outside its range.
    """
    standing = standing or Standing()
    demands = {exercise.name: loads(exercise.name, exercise.loads_kg) for exercise in request.exercises}
    tolerated = tuple(tolerated_tasks(request, loads, standing))
    count = loadings_per_day(request)
    if count > (most := entry("ranges", "shear.loadings_per_day", "hi").value):
        return NoPlan("shear_count", f"{count:g} loadings on the busiest day; limits of shear are published up to {most:g}")
    weeks = range(standing.week, request.weeks)
    judged = tuple(_judged(request, standing, weeks, tolerated, demands, count))
    job = np.stack([_day(request.job, loads, weekday) for weekday in range(7)])
    return Setting(
        request,
        standing,
        weeks,
        judged,
        demands,
        tuple(_finite_peaks(demands[exercise.name]) for exercise in request.exercises),
        tolerated,
        np.mean([_day(request.daily_life, loads, weekday) for weekday in range(7)], axis=0),
        job,
        half_lives(request.recovery, request.person.age_years),
    )


def phase_person(request: Request, standing: Standing, week: int) -> Person:
    """The person with the findings of a week."""
    return at_week(request.person, week if week >= standing.late_from else 0)


def tolerated_tasks(request: Request, loads: Loads, standing: Standing) -> list[Tolerated]:
    """Evidence that no event has taken away."""
    found = []
    given: list[Activity | Proof] = [*request.daily_life, *request.proofs]
    for item in given:
        demands = loads(item.task, (item.load_kg,))
        kind, floor = ("daily_life", True) if isinstance(item, Activity) else (item.kind, item.weekly and not standing.stale)
        if _survives(demands, item.confirmed_day, standing, loads):
            found.append(Tolerated(demands, value("rule", kind, "q"), floor))
    # What the log shows came after every event in it.
    return found + [Tolerated(loads(p.task, (p.load_kg,)), value("rule", p.kind, "q"), p.weekly) for p in standing.proofs]


def _survives(demands: Demands, confirmed: int, standing: Standing, loads: Loads) -> bool:
    """Whether no event since it was confirmed has taken a piece of evidence away."""
    if standing.cleared_day is not None and confirmed < standing.cleared_day:
        return False
    later = [(name, load) for name, load, day in standing.provoking if confirmed <= day]
    return not any(_reaches(demands, peaks(loads(name, (load,)), "compression").max(axis=(0, 1))) for name, load in later)


def loadings_per_day(request: Request) -> float:
    """Loadings of shear on the busiest day that a plan may have: every exercise at its largest dose."""
    daily = sum(activity.times for activity in (*request.daily_life, *request.job) if activity.counts)
    return daily + sum(sets * reps for exercise in request.exercises for sets, reps in exercise.doses[-1:])


def _judged(
    request: Request, standing: Standing, weeks: range, tolerated: Sequence[Tolerated], demands: Mapping[str, Demands], count: float
) -> Iterator[tuple[Judged, ...]]:
    """Every exercise in every week; limits change with the phase of a finding, and muscle with the week."""
    person, bounds = None, None
    for week in weeks:
        now = phase_person(request, standing, week)
        if bounds is None or now != person:
            person, bounds = now, limits(now, request.protection, count, tolerated)
        bounds = replace(bounds, growth=growth(week))
        yield tuple(bounds.judge(demands[exercise.name]) for exercise in request.exercises)


def _day(activities: Sequence[Activity], loads: Loads, weekday: int) -> Array:
    """Dose of a weekday; work of five days a week is done from Monday to Friday."""
    done = [activity for activity in activities if weekday < activity.days]
    return day_dose([Bout(_finite_peaks(loads(a.task, (a.load_kg,)))[0], a.times) for a in done])


def _finite_peaks(demands: Demands) -> Array:
    """Peak compression over frames (N, 6); a frame without an answer counts as beyond every strength."""
    given = demands.compression_N
    return np.asarray(np.where(np.isnan(given), 1e5, np.maximum(given, 0.0)).max(axis=1))


def _reaches(demands: Demands, peak: Array) -> bool:
    """Whether a task loads some level as much as a provoking dose did."""
    return bool((peaks(demands, "compression").max(axis=(0, 1)) >= peak * (1.0 - 1e-9)).any())
