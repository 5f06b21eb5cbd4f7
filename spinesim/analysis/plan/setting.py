"""From a request and the model's loads to the arrays that the builder works on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from spinesim.analysis.plan.damage import Bout, day_dose, half_lives, per_cycle, probability
from spinesim.analysis.plan.inputs import Activity, Loads, NoPlan, Plan, Request
from spinesim.analysis.plan.limits import Allowed, allowed, at_week, growth, limits, with_muscle
from spinesim.analysis.plan.replan import Standing
from spinesim.analysis.plan.view import View, peak_N
from spinesim.analysis.tissue_limits import Limits
from spinesim.analysis.tolerance import Evidence, Person, Tolerance, limit, strength
from spinesim.analysis.tolerance.data import Array, entry, value

_DESIGN: Final = 0.10  # percentile of strength at which the builder's damage is linear


@dataclass(frozen=True, slots=True)
class Exposure:
    """What one model of the person says of days.

    Attributes
    ----------
    peak_N
        By exercise, peak compression over frames (loads asked for, 6).
    background, job
        Dose of an ordinary day (321, 6), and of a weekday's job (7, 321, 6).
    items
        Evidence of compression.
    """

    peak_N: tuple[Array, ...]
    background: Array
    job: Array
    items: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """Arrays of a request.

    Attributes
    ----------
    weeks
        Weeks to be planned, from 0.
    judged
        By week, then by exercise.
    views, exposures
        By model of the person.
    lives
        Half-lives, days.
    """

    request: Request
    standing: Standing
    weeks: range
    judged: tuple[tuple[Allowed, ...], ...]
    views: tuple[View, ...]
    exposures: tuple[Exposure, ...]
    lives: Array

    def index(self, name: str) -> int:
        """Place of an exercise."""
        return [exercise.name for exercise in self.request.exercises].index(name)

    def tolerance(self) -> Tolerance:
        """Compression; the weaker of the phases decides."""
        return strength(phase_person(self.request, self.standing, self.weeks[0]))

    def limits(self, week: int, protection: str) -> list[Limits]:
        """Of every model of the person."""
        person = phase_person(self.request, self.standing, week)
        return limits(person, protection, loadings_per_day(self.request), self.views, growth(week))

    def damage(self, plan: Plan) -> Array:
        """P(D) of a plan by level, all its days together: the largest that any model of the person says."""
        return np.asarray(np.max([self._damage(each, self._days(each, plan)) for each in self.exposures], axis=0))

    def background_damage(self) -> Array:
        """P(D) of the same days without any session."""
        week = [[each.background + each.job[day] for day in range(7)] for each in self.exposures]
        return np.asarray(np.max([self._damage(each, days) for each, days in zip(self.exposures, week, strict=True)], axis=0))

    def cycle_damage(self, place: int) -> Array:
        """Damage of one cycle of the design person at the worst level and in the worst model, by load (loads asked for,)."""
        by_model = [per_cycle(each.peak_N[place], self._design_strength_N(each)).max(axis=1) for each in self.exposures]
        shortest = min(map(len, by_model))
        return np.asarray(np.max([found[:shortest] for found in by_model], axis=0))

    def rises(self, place: int, load: int) -> bool:
        """Whether the next load keeps peak compression within its weekly rise, in every model."""
        most = 1.0 + value("plan", "step", "compression")
        return all((each.peak_N[place][load + 1] <= most * each.peak_N[place][load]).all() for each in self.exposures)

    def _design_strength_N(self, exposure: Exposure) -> Array:
        """Ultimate strength of the design person (6,)."""
        return np.asarray(limit(self.tolerance(), _DESIGN, exposure.items) / value("compression", "yield", "share"))

    def _days(self, exposure: Exposure, plan: Plan) -> list[Array]:
        first = 7 * self.weeks.start
        days = [exposure.background + exposure.job[day % 7] for day in range(first, 7 * self.weeks.stop)]
        for session in plan.sessions:
            bouts = [self._bout(exposure, dose.exercise, dose.load_kg, dose.sets * dose.reps) for dose in session.doses]
            days[session.day - first] = days[session.day - first] + day_dose(bouts)
        return days

    def _damage(self, exposure: Exposure, days: Sequence[Array]) -> Array:
        job = exposure.job.mean(axis=0) if self.request.job else None
        return probability(self.tolerance(), exposure.items, exposure.background, days, job, self.lives)

    def _bout(self, exposure: Exposure, name: str, load_kg: float, reps: int) -> Bout:
        place = self.index(name)
        exercise = self.request.exercises[place]
        return Bout(exposure.peak_N[place][exercise.loads_kg.index(load_kg)], reps * exercise.cycles)


def setting(request: Request, loads: Sequence[Loads], standing: Standing | None = None) -> Setting | NoPlan:
    """Everything that the builder needs, or why there can be no plan.

    Parameters
    ----------
    loads
        By model of the person.

    Raises
    ------
    ValueError
        If a law is asked outside its range.
    """
    standing = standing or Standing()
    count = loadings_per_day(request)
    if count > (most := entry("ranges", "shear.loadings_per_day", "hi").value):
        return NoPlan("shear_count", f"{count:g} loadings on the busiest day; limits of shear are published up to {most:g}")
    views = tuple(View(each, request, standing) for each in loads)
    weeks = range(standing.week, request.weeks)
    # Limits only widen with the weeks: the last one asks for all loads that any week needs.
    judged = tuple(reversed(list(_judged(request, standing, weeks, views))))
    tolerance = limits(phase_person(request, standing, weeks[0]), request.protection, count, views)
    exposures = tuple(_exposure(request, view, bound) for view, bound in zip(views, tolerance, strict=True))
    return Setting(request, standing, weeks, judged, views, exposures, half_lives(request.recovery, request.person.age_years))


def phase_person(request: Request, standing: Standing, week: int) -> Person:
    """The person with the findings of a week."""
    return at_week(request.person, week if week >= standing.late_from else 0)


def loadings_per_day(request: Request) -> float:
    """Loadings of shear on the busiest day that a plan may have: every exercise at its largest dose."""
    daily = sum(activity.times for activity in (*request.daily_life, *request.job) if activity.counts)
    return daily + sum(sets * reps for exercise in request.exercises for sets, reps in exercise.doses[-1:])


def _judged(request: Request, standing: Standing, weeks: range, views: Sequence[View]) -> Iterator[tuple[Allowed, ...]]:
    """Every exercise in every week, the last one first; limits change with the phase of a finding, and muscle with the week."""
    person, bounds = None, []
    for week in reversed(weeks):
        now = phase_person(request, standing, week)
        if now != person:
            person, bounds = now, limits(now, request.protection, loadings_per_day(request), views)
        grown = [with_muscle(bound, growth(week)) for bound in bounds]
        yield tuple(allowed(exercise, views, grown) for exercise in request.exercises)


def _exposure(request: Request, view: View, bound: Limits) -> Exposure:
    job = np.stack([_day(request.job, view, weekday) for weekday in range(7)])
    background = np.mean([_day(request.daily_life, view, weekday) for weekday in range(7)], axis=0)
    peaks = tuple(view.peaks_N(exercise) for exercise in request.exercises)
    return Exposure(peaks, background, job, tuple(bound.items["compression"]))


def _day(activities: Sequence[Activity], view: View, weekday: int) -> Array:
    """Dose of a weekday; work of five days a week is done from Monday to Friday."""
    done = [activity for activity in activities if weekday < activity.days]
    return day_dose([Bout(peak_N(view.one(a.task, a.load_kg))[0], a.times) for a in done])
