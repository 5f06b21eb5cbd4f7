"""The checker: asks the model again for every session, follows the days, and holds the plan against every rule.

It shares laws of tolerance and plain inputs with the builder, but no code and no array: limits are judged by the probability of
exceedance instead of a limit, damage by another integration, progression from the sessions alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Final

import numpy as np

from spinesim.analysis.plan.inputs import RED_FLAGS, Activity, Dose, Exercise, Loads, Plan, Request, Session
from spinesim.analysis.plan.peaks import TISSUES, Load, Peaks, worst_of
from spinesim.analysis.plan.replan import Standing
from spinesim.analysis.plan.rules import RULES
from spinesim.analysis.plan.schedule_damage import Course, Cycles, course, lives_d, worst_course
from spinesim.analysis.tolerance import Person, strength
from spinesim.analysis.tolerance.data import entry, value

_HAIR: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a plan breaks: its id, week (from 0, ``None`` for the whole), exercise, and what was found."""

    rule: str
    week: int | None
    exercise: str
    found: str

    def __str__(self) -> str:
        where = " ".join(part for part in (f"week {self.week + 1}" if self.week is not None else "", self.exercise) if part)
        return f"{self.rule}: {RULES[self.rule]}" + (f"; {where}" if where else "") + f": {self.found}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checker found; ``loads`` by week and tissue, ``damage`` of all days of the plan."""

    violations: tuple[Violation, ...]
    loads: tuple[Load, ...]
    damage: Course | None

    @property
    def accepted(self) -> bool:
        """Whether no rule is broken."""
        return not self.violations


def check(request: Request, plan: Plan, loads: Loads, standing: Standing | None = None, kin: Sequence[Loads] = ()) -> Verdict:
    """Judge a plan.

    Parameters
    ----------
    loads
        The full model, asked again here.
    standing
        What a log leaves open.
    kin
        The same person in other models; a rule broken in any of them is broken.
    """
    checker = _Checker(request, plan, (loads, *kin), standing or Standing())
    found = [*checker.person_rules(), *checker.form_rules()]
    if any(item.rule in ("weeks", "exercise", "equipment", "dose") for item in found):
        # What is no session of this case cannot be simulated.
        return Verdict(tuple(found), (), None)
    found += [*checker.calendar_rules(), *checker.progress_rules(), *checker.log_rules(), *checker.load_rules()]
    damage = checker.damage()
    if damage is not None and (worst := float(damage.probability[-1].max())) > value("plan", "damage", "alpha"):
        found.append(Violation("damage", None, "", f"{100 * worst:.1f} % by the end"))
    return Verdict(tuple(found), tuple(checker.summary()), damage)


class _Checker:
    """One plan under judgement."""

    def __init__(self, request: Request, plan: Plan, loads: Sequence[Loads], standing: Standing) -> None:
        self.request, self.plan, self.standing = request, plan, standing
        self._models = [Peaks(request, standing, each) for each in loads]

    def person_rules(self) -> Iterator[Violation]:
        """Red flags and stops."""
        bad = [flag for flag in RED_FLAGS if self.request.red_flags.get(flag) is not False]
        if bad:
            yield Violation("red_flags", None, "", ", ".join(bad))
        for name in ("red_flags", "vertebral_fracture"):
            if getattr(self.request.person.findings, name):
                yield Violation("physician", None, "", f"findings.{name}")
        if self.standing.stop:
            yield Violation("red_flags" if self.standing.stop.rule == "red_flags" else "gate", None, "", self.standing.stop.reason)

    def form_rules(self) -> Iterator[Violation]:
        """Whether sessions are made of what the case has."""
        if self.plan.weeks != self.request.weeks:
            yield Violation("weeks", None, "", f"{self.plan.weeks} weeks; asked were {self.request.weeks}")
        for session in self.plan.sessions:
            if not self.standing.week <= session.week < self.plan.weeks:
                yield Violation("weeks", session.week, "", f"a session on day {session.day}")
            names = [dose.exercise for dose in session.doses]
            for dose in session.doses:
                spec = self.request.exercise(dose.exercise)
                if spec is None or names.count(dose.exercise) > 1:
                    yield Violation("exercise", session.week, dose.exercise, "unknown" if spec is None else "twice in a session")
                    continue
                if dose.load_kg not in spec.loads_kg:
                    yield Violation("equipment", session.week, dose.exercise, f"{dose.load_kg:g} kg")
                if (dose.sets, dose.reps) not in spec.doses or dose.rest_s < spec.rest_s:
                    yield Violation("dose", session.week, dose.exercise, f"{dose.sets} x {dose.reps}, rest {dose.rest_s:g} s")

    def calendar_rules(self) -> Iterator[Violation]:
        """Days, rest and length of sessions."""
        for before, after in pairwise(sorted(session.day for session in self.plan.sessions)):
            if 24.0 * (after - before) < value("plan", "session", "rest_h"):
                yield Violation("rest", after // 7, "", f"{24 * (after - before)} h")
        for session in self.plan.sessions:
            if session.day % 7 not in self.request.days:
                yield Violation("days", session.week, "", f"day {session.day % 7 + 1} of the week")
            sets = sum(dose.sets for dose in session.doses)
            if sets > value("plan", "session", "sets"):
                yield Violation("sets", session.week, "", f"{sets} sets")
            seconds = sum(dose.sets * (dose.reps * self._spec(dose).seconds_per_rep + dose.rest_s) for dose in session.doses)
            if seconds > 60.0 * self.request.minutes + _HAIR:
                yield Violation("minutes", session.week, "", f"{seconds / 60.0:.0f} min")
            yield from self._morning(session)

    def _morning(self, session: Session) -> Iterator[Violation]:
        if self.request.hours_after_rising >= value("plan", "session", "morning_h"):
            return
        for dose in session.doses:
            share = float(np.max(self._models[0].demands(dose.exercise, dose.load_kg).flexion_share))
            if not share <= value("plan", "session", "morning_flexion"):
                yield Violation("morning", session.week, dose.exercise, f"{share:.2f} of own maximum")

    def progress_rules(self) -> Iterator[Violation]:
        """Steps from week to week, one exercise after the other."""
        for spec in self.request.exercises:
            done = {week: _doses(sessions, spec.name) for week, sessions in self._weeks.items()}
            by_week = {week: max(doses, key=_size, default=None) for week, doses in done.items()}
            for week, dose in ((w, d) for w, d in sorted(by_week.items()) if d is not None):
                yield from self._lighter(week, dose, done[week])
                before = by_week.get(week - 1)
                first_after_log = week == self.standing.week and spec.name in self.standing.caps
                if before is not None:
                    yield from self._step(spec, week, before, dose, len(done[week]) - len(done[week - 1]))
                elif not first_after_log or self.standing.restart:
                    yield from self._begin(spec, week, dose, check_dose=not first_after_log)
        yield from self._growth()

    @staticmethod
    def _lighter(week: int, heaviest: Dose, doses: Sequence[Dose]) -> Iterator[Violation]:
        for dose in doses:
            if dose.load_kg > heaviest.load_kg or dose.sets * dose.reps > heaviest.sets * heaviest.reps:
                found = " beside ".join(f"{d.load_kg:g} kg {d.sets} x {d.reps}" for d in (dose, heaviest))
                yield Violation("light", week, dose.exercise, found)

    def _begin(self, spec: Exercise, week: int, dose: Dose, *, check_dose: bool) -> Iterator[Violation]:
        share = value("plan", "first_week", "share")
        most = share * self._limit_kg(spec, week, dose.load_kg / share)
        if dose.load_kg > most + _HAIR:
            yield Violation("begin", week, spec.name, f"{dose.load_kg:g} kg; half of the limit is {most:g} kg")
        cap = self.standing.caps.get(spec.name)
        if cap is not None and week > self.standing.week and dose.load_kg > cap.load_kg + _HAIR:
            yield Violation("log", week, spec.name, f"{dose.load_kg:g} kg after a week left out; the log leaves {cap.load_kg:g} kg open")
        if check_dose and (dose.sets, dose.reps) != spec.doses[0]:
            yield Violation("begin_dose", week, spec.name, f"{dose.sets} x {dose.reps}")

    def _step(self, spec: Exercise, week: int, before: Dose, dose: Dose, sessions: int) -> Iterator[Violation]:
        """``sessions`` is by how many the exercise is done more often."""
        steps = spec.loads_kg.index(dose.load_kg) - spec.loads_kg.index(before.load_kg)
        more = spec.doses.index((dose.sets, dose.reps)) - spec.doses.index((before.sets, before.reps))
        if steps > 1:
            yield Violation("step", week, spec.name, f"{before.load_kg:g} to {dose.load_kg:g} kg")
        if max(more, sessions) > 1 or sum(rise > 0 for rise in (steps, more, sessions)) > 1:
            found = " to ".join(f"{d.load_kg:g} kg {d.sets} x {d.reps}" for d in (before, dose)) + f", {sessions:+d} sessions"
            yield Violation("one_change", week, spec.name, found)
        if steps <= 0:
            return
        if _too_heavy(before.load_kg, dose.load_kg):
            yield Violation("heavy", week, spec.name, f"{before.load_kg:g} to {dose.load_kg:g} kg")
        if (rise := self._rise(spec, before.load_kg, dose.load_kg)) > value("plan", "step", "compression") + _HAIR:
            yield Violation("rise", week, spec.name, f"{100 * rise:.0f} %")

    def _growth(self) -> Iterator[Violation]:
        for tissue, shares in self.plan.growth.items():
            for week, share in enumerate(shares):
                weeks = max(0.0, week - value("plan", "muscle", "from_week")) if tissue in ("muscle", "tendon") else 0.0
                if share > 1.0 + value("plan", "muscle", "growth") * weeks + _HAIR:
                    yield Violation("growth", week, "", f"{tissue} {share:.3f}")

    def log_rules(self) -> Iterator[Violation]:
        """What a log leaves open in the first week, and what it holds back."""
        for session in self.plan.sessions:
            for dose in session.doses:
                spec = self._spec(dose)
                if session.week == self.standing.week and not self._open(spec, dose):
                    yield Violation("log", session.week, spec.name, f"{dose.load_kg:g} kg {dose.sets} x {dose.reps}")
                held = self.standing.held.get(spec.name)
                if held is None or session.week >= held.week or dose.load_kg < held.load_kg - _HAIR:
                    continue
                if dose.load_kg > held.load_kg + _HAIR or spec.doses.index((dose.sets, dose.reps)) >= held.dose:
                    yield Violation("held", session.week, spec.name, f"{dose.load_kg:g} kg before week {held.week + 1}")

    def _open(self, spec: Exercise, dose: Dose) -> bool:
        cap = self.standing.caps.get(spec.name)
        if cap is None:
            return self.standing.begin
        heavier, more = dose.load_kg > cap.load_kg + _HAIR, spec.doses.index((dose.sets, dose.reps)) - cap.dose
        if not cap.rises or self.standing.restart:
            return not heavier and more <= 0
        next_kg = min((load for load in spec.loads_kg if load > cap.load_kg + _HAIR), default=cap.load_kg)
        if not heavier:
            return more <= 1
        return dose.load_kg <= next_kg + _HAIR and more <= 0 and self._may_rise(spec, cap.load_kg, dose.load_kg)

    def _may_rise(self, spec: Exercise, before: float, after: float) -> bool:
        return not _too_heavy(before, after) and self._rise(spec, before, after) <= value("plan", "step", "compression") + _HAIR

    def _rise(self, spec: Exercise, before: float, after: float) -> float:
        """Largest relative rise of peak compression over levels and models."""
        pairs = [(model.peak_N(spec.name, before), model.peak_N(spec.name, after)) for model in self._models]
        return max(float(np.max(new / np.maximum(old, _HAIR))) for old, new in pairs) - 1.0

    def load_rules(self) -> Iterator[Violation]:
        """Peaks of every session against every tissue."""
        for week, sessions in self._weeks.items():
            counts = [self._count(session) for session in sessions]
            if max(counts) > (most := entry("ranges", "shear.loadings_per_day", "hi").value):
                yield Violation("shear_count", week, "", f"{max(counts):g} loadings; limits are published up to {most:g}")
                continue
            for dose in {dose: None for session in sessions for dose in session.doses}:
                yield from self._peaks(week, dose, max(counts))

    def _peaks(self, week: int, dose: Dose, count: float) -> Iterator[Violation]:
        """Rules that a load breaks in some model of the person, each once."""
        weeks = max(0.0, week - value("plan", "muscle", "from_week"))
        muscle = value("safe_load", "muscle", "share") * (1.0 + value("plan", "muscle", "growth") * weeks)
        found: dict[str, str] = {}
        for model in self._models:
            found = dict(model.broken(self._person(week), dose.exercise, dose.load_kg, count, muscle)) | found
        yield from (Violation(rule, week, dose.exercise, what) for rule, what in found.items())

    def damage(self) -> Course | None:
        """Damage of all days, week by week."""
        weeks = range(self.standing.week, self.plan.weeks)
        if not weeks:
            return None
        sessions: dict[int, list[Session]] = {}
        for session in self.plan.sessions:
            sessions.setdefault(session.day, []).append(session)
        return worst_course([self._course(model, weeks, sessions) for model in self._models])

    def _course(self, model: Peaks, weeks: range, sessions: Mapping[int, Sequence[Session]]) -> Course:
        """The days as one model of the person has them."""
        ordinary = _cycles(model, self.request.daily_life, 1.0 / 7.0)
        days: list[Cycles] = []
        for day in range(7 * weeks.start, 7 * weeks.stop):
            working = [(model.peak_N(a.task, a.load_kg), a.times) for a in self.request.job if day % 7 < a.days]
            done = [
                (model.peak_N(dose.exercise, dose.load_kg), dose.sets * dose.reps * self._spec(dose).cycles)
                for session in sessions.get(day, ())
                for dose in session.doses
            ]
            days.append([*ordinary, *working, *done])
        job = _cycles(model, self.request.job, 1.0 / 7.0)
        person = self._person(weeks.start)
        lives = lives_d(self.request.recovery, person.age_years)
        return course(strength(person), model.evidence("compression"), ordinary, days, job, lives)

    def summary(self) -> Iterator[Load]:
        """Largest load of each tissue in each week."""
        for week, sessions in self._weeks.items():
            count = min(max(map(self._count, sessions)), entry("ranges", "shear.loadings_per_day", "hi").value)
            doses = {(dose.exercise, dose.load_kg) for session in sessions for dose in session.doses}
            rows = [model.judge(self._person(week), *dose, count) for model in self._models for dose in sorted(doses)]
            yield from (replace(worst_of([row[index] for row in rows]), week=week) for index in range(len(TISSUES)))

    def _limit_kg(self, spec: Exercise, week: int, enough: float) -> float:
        """Largest load of the equipment below which every load is within tolerance; asked no further than ``enough``."""
        best = -1.0
        count = self._count(None)
        for load in sorted({0.0, *spec.loads_kg}):
            dose = Dose(exercise=spec.name, load_kg=load, sets=1, reps=1, rest_s=spec.rest_s)
            if any(True for _ in self._peaks(week, dose, count)):
                break
            best = load if load in spec.loads_kg else best
            if best >= enough:
                break
        return best

    def _count(self, session: Session | None) -> float:
        """Loadings of shear on a day with a session; ``None`` is one with the largest dose of everything."""
        daily = sum(a.times for a in (*self.request.daily_life, *self.request.job) if a.counts)
        if session is None:
            most = daily + sum(spec.doses[-1][0] * spec.doses[-1][1] for spec in self.request.exercises)
            return min(most, entry("ranges", "shear.loadings_per_day", "hi").value)
        return daily + sum(dose.sets * dose.reps for dose in session.doses)

    def _person(self, week: int) -> Person:
        person = self.request.person
        late = week >= max(self.standing.late_from, value("plan", "phase", "bulge_weeks"))
        return self._late if late and person.findings.bulge else person

    @cached_property
    def _late(self) -> Person:
        findings = self.request.person.findings
        return replace(self.request.person, findings=replace(findings, bulge=dict.fromkeys(findings.bulge or {}, "late")))

    @cached_property
    def _weeks(self) -> Mapping[int, list[Session]]:
        found: dict[int, list[Session]] = {}
        for session in sorted(self.plan.sessions, key=lambda s: s.day):
            found.setdefault(session.week, []).append(session)
        return found

    def _spec(self, dose: Dose) -> Exercise:
        spec = self.request.exercise(dose.exercise)
        assert spec is not None  # form_rules come first
        return spec


def _too_heavy(before_kg: float, after_kg: float) -> bool:
    """Whether a heavy load rises by more than its share a week."""
    return before_kg >= value("plan", "step", "heavy_kg") and after_kg > (1.0 + value("plan", "step", "load")) * before_kg + _HAIR


def _doses(sessions: Sequence[Session], name: str) -> list[Dose]:
    """Every dose of an exercise."""
    return [dose for session in sessions for dose in session.doses if dose.exercise == name]


def _size(dose: Dose) -> tuple[float, int]:
    return dose.load_kg, dose.sets * dose.reps


def _cycles(model: Peaks, activities: Sequence[Activity], share: float) -> Cycles:
    """Cycles of a mean day."""
    return [(model.peak_N(a.task, a.load_kg), a.times * a.days * share) for a in activities]
