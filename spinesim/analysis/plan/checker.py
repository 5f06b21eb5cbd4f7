"""The checker: asks the model again for every session, follows the days, and holds the plan against every rule.

It shares laws of tolerance and plain inputs with the builder, but no code and no array: limits are judged by the probability of
exceedance instead of a limit, damage by another integration, progression from the sessions alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

import numpy as np

from spinesim.analysis.plan.inputs import RED_FLAGS, Activity, Demands, Dose, Exercise, Loads, Plan, Request, Session
from spinesim.analysis.plan.replan import Standing
from spinesim.analysis.plan.rules import RULES
from spinesim.analysis.plan.schedule_damage import Course, Cycles, course, lives_d
from spinesim.analysis.tolerance import (
    Demand,
    Evidence,
    Person,
    Tolerance,
    disc_pressure,
    exceedance,
    facet_force,
    facet_pressure,
    flexion_factor,
    flexion_moment,
    flexion_share_limit,
    granted,
    ligament_tension,
    limit,
    protection,
    shear,
    strength,
    torsion,
)
from spinesim.analysis.tolerance.data import Array, entry, value
from spinesim.model.names import LEVELS, LIGAMENTS

_TISSUES: Final = ("compression", "shear", "facet_force", "facet_pressure", "disc_pressure", "torsion", "ligament")
_FLOOR: Final = ("compression", "shear")
_BEYOND: Final = 1e7
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Largest load of a tissue in a week."""

    week: int
    tissue: str
    level: str
    exercise: str
    load: float
    unit: str
    limit: float
    spread: float
    exceedance: float
    demonstrated: bool

    @property
    def utilisation(self) -> float:
        """Load over limit."""
        return self.load / self.limit


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


def check(request: Request, plan: Plan, loads: Loads, standing: Standing | None = None) -> Verdict:
    """Judge a plan.

    Parameters
    ----------
    loads
        The full model, asked again here.
    standing
        What a log leaves open.
    """
    checker = _Checker(request, plan, loads, standing or Standing())
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

    def __init__(self, request: Request, plan: Plan, loads: Loads, standing: Standing) -> None:
        self.request, self.plan, self.standing = request, plan, standing
        self._loads = loads
        self._kept: dict[tuple[str, float], Demands] = {}
        self.alpha = protection(request.protection)
        self._judged: dict[tuple[Any, ...], list[Load]] = {}
        self._limits: dict[tuple[Any, ...], tuple[Tolerance, Array]] = {}

    def demands(self, task: str, load_kg: float) -> Demands:
        """The model's answer for one load."""
        key = (task, load_kg)
        if key not in self._kept:
            self._kept[key] = self._loads(task, (load_kg,))
        return self._kept[key]

    def person_rules(self) -> Iterator[Violation]:
        """Red flags and stops."""
        bad = [flag for flag in RED_FLAGS if self.request.red_flags.get(flag) is not False]
        if bad or self.request.person.findings.red_flags:
            yield Violation("red_flags", None, "", ", ".join(bad) or "findings.red_flags")
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
            share = float(np.max(self.demands(dose.exercise, dose.load_kg).flexion_share))
            if not share <= value("plan", "session", "morning_flexion"):
                yield Violation("morning", session.week, dose.exercise, f"{share:.2f} of own maximum")

    def progress_rules(self) -> Iterator[Violation]:
        """Steps from week to week, one exercise after the other."""
        for week, sessions in self._weeks.items():
            if any(session.doses != sessions[0].doses for session in sessions):
                yield Violation("same_week", week, "", "sessions differ")
        for spec in self.request.exercises:
            by_week = {week: self._largest(sessions, spec.name) for week, sessions in self._weeks.items()}
            for week, dose in ((w, d) for w, d in sorted(by_week.items()) if d is not None):
                before = by_week.get(week - 1)
                first_after_log = week == self.standing.week and spec.name in self.standing.caps
                if before is not None:
                    yield from self._step(spec, week, before, dose)
                elif not first_after_log or self.standing.restart:
                    yield from self._begin(spec, week, dose, check_dose=not first_after_log)
        yield from self._growth()

    def _begin(self, spec: Exercise, week: int, dose: Dose, *, check_dose: bool) -> Iterator[Violation]:
        most = value("plan", "first_week", "share") * self._limit_kg(spec, week)
        if dose.load_kg > most + _HAIR:
            yield Violation("begin", week, spec.name, f"{dose.load_kg:g} kg; half of the limit is {most:g} kg")
        cap = self.standing.caps.get(spec.name)
        if cap is not None and week > self.standing.week and dose.load_kg > cap.load_kg + _HAIR:
            yield Violation("log", week, spec.name, f"{dose.load_kg:g} kg after a week left out; the log leaves {cap.load_kg:g} kg open")
        if check_dose and (dose.sets, dose.reps) != spec.doses[0]:
            yield Violation("begin_dose", week, spec.name, f"{dose.sets} x {dose.reps}")

    def _step(self, spec: Exercise, week: int, before: Dose, dose: Dose) -> Iterator[Violation]:
        steps = spec.loads_kg.index(dose.load_kg) - spec.loads_kg.index(before.load_kg)
        more = spec.doses.index((dose.sets, dose.reps)) - spec.doses.index((before.sets, before.reps))
        if steps > 1:
            yield Violation("step", week, spec.name, f"{before.load_kg:g} to {dose.load_kg:g} kg")
        if more > 1 or (more > 0 and steps > 0):
            found = " to ".join(f"{d.load_kg:g} kg {d.sets} x {d.reps}" for d in (before, dose))
            yield Violation("one_change", week, spec.name, found)
        if steps <= 0:
            return
        if _too_heavy(before.load_kg, dose.load_kg):
            yield Violation("heavy", week, spec.name, f"{before.load_kg:g} to {dose.load_kg:g} kg")
        old, new = (self._peak_N(spec.name, d.load_kg) for d in (before, dose))
        rise = float(np.max(new / np.maximum(old, _HAIR))) - 1.0
        if rise > value("plan", "step", "compression") + _HAIR:
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
        if _too_heavy(before, after):
            return False
        old, new = self._peak_N(spec.name, before), self._peak_N(spec.name, after)
        return bool((new <= (1.0 + value("plan", "step", "compression")) * old + _HAIR).all())

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
        demands = self.demands(dose.exercise, dose.load_kg)
        for name, fine in (("converged", demands.converged), ("validated", demands.validated)):
            if not np.all(fine):
                yield Violation(name, week, dose.exercise, f"{dose.load_kg:g} kg")
        weeks = max(0.0, week - value("plan", "muscle", "from_week"))
        most = value("plan", "muscle", "share") * (1.0 + value("plan", "muscle", "growth") * weeks)
        if not (used := float(np.max(demands.activation))) <= most:
            yield Violation("muscle", week, dose.exercise, f"{used:.2f} of capacity")
        gate = float(np.min(flexion_share_limit(self._person(week))))
        if not (bent := float(np.max(demands.flexion_share))) <= gate:
            yield Violation("flexion_gate", week, dose.exercise, f"{bent:.2f} of own maximum; {gate:.2f} are left")
        for load in self.judge(week, dose.exercise, dose.load_kg, count):
            if load.exceedance > self.alpha + _HAIR and not load.demonstrated:
                found = f"{dose.load_kg:g} kg: {load.load:.4g} {load.unit} {load.level}, exceedance {100 * load.exceedance:.1f} %"
                yield Violation(load.tissue, week, dose.exercise, found)

    def judge(self, week: int, exercise: str, load_kg: float, count: float) -> list[Load]:
        """Worst load of each tissue in a week."""
        person = self._person(week)
        often = count > value("tissues", "shear", "occasional_to")
        key = (exercise, load_kg, often, person is self.request.person)
        if key not in self._judged:
            self._judged[key] = [self._tissue(person, tissue, exercise, load_kg, count) for tissue in _TISSUES]
        return [replace(load, week=week) for load in self._judged[key]]

    def _tissue(self, person: Person, tissue: str, exercise: str, load_kg: float, count: float) -> Load:
        demands, (law, bound) = self.demands(exercise, load_kg), self._limit(person, tissue, count)
        given = _force(demands, tissue)[0]
        bent = given
        if tissue == "compression":
            left = flexion_factor(demands.flexion_moment_Nm[0], self._limit(person, "flexion_moment", count)[1])
            bent = np.minimum(given / np.maximum(left, 1.0 / _BEYOND), _BEYOND)
        chance = exceedance(bent, law, self._evidence(tissue))
        if tissue == "compression":
            chance = np.where(bent > self._cap_N(), 1.0, chance)
        shown = self._granted(person, demands, tissue) if tissue in _FLOOR else np.zeros(chance.shape, bool)
        refused = np.where(shown, 0.0, chance)
        share = np.nan_to_num(bent / bound, nan=_BEYOND)
        decisive = np.unravel_index(np.argmax(refused if refused.max() > self.alpha else share), chance.shape)
        axis = int(decisive[1])
        return Load(
            week=0,
            tissue=tissue,
            level=(LEVELS[1:5] if tissue == "shear" else LEVELS)[axis],
            exercise=exercise,
            load=float(bent[decisive]),
            unit=law.unit,
            limit=float(bound[int(decisive[-1])]),
            spread=float(np.hypot(law.error.shared, law.error.task)),
            exceedance=float(chance[decisive]),
            demonstrated=bool(shown[decisive]),
        )

    def _limit(self, person: Person, tissue: str, count: float) -> tuple[Tolerance, Array]:
        """Law of a tissue and its limit, by level."""
        key = (tissue, count > value("tissues", "shear", "occasional_to"), person is self.request.person)
        if key not in self._limits:
            law = _law(person, tissue, count)
            self._limits[key] = (law, limit(law, self.alpha, self._evidence(tissue)))
        return self._limits[key]

    def _granted(self, person: Person, demands: Demands, tissue: str) -> Any:
        """Where some frame of a tolerated task carried as much, by frame and level."""
        # Frames of the new task against frames of each tolerated one.
        new = Demand(demands.compression_N[0][:, None], demands.anterior_shear_N[0][:, None], demands.flexion_moment_Nm[0][:, None])
        found = np.zeros(demands.compression_N[0].shape, bool)
        for shown, _, floor in self._tolerated:
            if floor:
                old = Demand(shown.compression_N[0], shown.anterior_shear_N[0], shown.flexion_moment_Nm[0])
                found |= granted(person, new, old).any(axis=1)
        return found[:, 1:5] if tissue == "shear" else found

    def _cap_N(self) -> Array:
        """No compression above the largest published limit unless it was demonstrated."""
        most = np.full(6, value("compression", "niosh_maximum", "limit"))
        for shown, _, _ in self._tolerated:
            most = np.maximum(most, _force(shown, "compression").max(axis=(0, 1)))
        return most

    @cached_property
    def _tolerated(self) -> list[tuple[Demands, float, bool]]:
        """Tasks tolerated now: answer of the model, q, floor."""
        cleared = self.standing.cleared_day
        given = [(a.task, a.load_kg, "daily_life", True, a.confirmed_day) for a in self.request.daily_life]
        given += [(p.task, p.load_kg, p.kind, p.weekly and not self.standing.stale, p.confirmed_day) for p in self.request.proofs]
        if cleared is not None:
            given = [item for item in given if item[4] >= cleared]
        for name, load, day in self.standing.provoking:
            peak = self._peak_N(name, load) * (1.0 - _HAIR)
            given = [item for item in given if item[4] > day or not (self._peak_N(*item[:2]) >= peak).any()]
        given += [(p.task, p.load_kg, p.kind, p.weekly, 0) for p in self.standing.proofs]
        return [(self.demands(task, load), value("rule", kind, "q"), floor) for task, load, kind, floor, _ in given]

    def _evidence(self, tissue: str) -> list[Evidence]:
        items = []
        for demands, q, _ in self._tolerated:
            force = _force(demands, tissue).max(axis=(0, 1))
            force = force.max(axis=0) if tissue == "ligament" else force
            if np.isfinite(force).all():
                items.append(Evidence(np.maximum(force, 1e-6), q))
        return items

    def damage(self) -> Course | None:
        """Damage of all days, week by week."""
        weeks = range(self.standing.week, self.plan.weeks)
        if not weeks:
            return None
        sessions: dict[int, list[Session]] = {}
        for session in self.plan.sessions:
            sessions.setdefault(session.day, []).append(session)
        ordinary = self._cycles(self.request.daily_life, 1.0 / 7.0)
        days: list[Cycles] = []
        for day in range(7 * weeks.start, 7 * weeks.stop):
            working = [(peak, count) for peak, count in self._working(day % 7)]
            done = [
                (self._peak_N(dose.exercise, dose.load_kg), dose.sets * dose.reps * self._spec(dose).cycles)
                for session in sessions.get(day, ())
                for dose in session.doses
            ]
            days.append([*ordinary, *working, *done])
        job = self._cycles(self.request.job, 1.0 / 7.0)
        person = self._person(weeks.start)
        lives = lives_d(self.request.recovery, person.age_years)
        return course(strength(person), self._evidence("compression"), ordinary, days, job, lives)

    def _cycles(self, activities: Sequence[Activity], share: float) -> Cycles:
        """Cycles of a mean day."""
        return [(self._peak_N(a.task, a.load_kg), a.times * a.days * share) for a in activities]

    def _working(self, weekday: int) -> Cycles:
        return [(self._peak_N(a.task, a.load_kg), a.times) for a in self.request.job if weekday < a.days]

    def summary(self) -> Iterator[Load]:
        """Largest load of each tissue in each week."""
        for week, sessions in self._weeks.items():
            count = min(max(map(self._count, sessions)), entry("ranges", "shear.loadings_per_day", "hi").value)
            rows = [self.judge(week, dose.exercise, dose.load_kg, count) for dose in sessions[0].doses]
            for index in range(len(_TISSUES)):
                yield max((row[index] for row in rows), key=lambda load: (load.utilisation, load.exercise))

    def _limit_kg(self, spec: Exercise, week: int) -> float:
        """Largest load of the equipment below which every load is within tolerance."""
        best = -1.0
        count = self._count(None)
        for load in spec.loads_kg:
            dose = Dose(exercise=spec.name, load_kg=load, sets=1, reps=1, rest_s=spec.rest_s)
            if any(True for _ in self._peaks(week, dose, count)):
                break
            best = load
        return best

    def _count(self, session: Session | None) -> float:
        """Loadings of shear on a day with a session; ``None`` is one with the largest dose of everything."""
        daily = sum(a.times for a in (*self.request.daily_life, *self.request.job) if a.counts)
        if session is None:
            most = daily + sum(spec.doses[-1][0] * spec.doses[-1][1] for spec in self.request.exercises)
            return min(most, entry("ranges", "shear.loadings_per_day", "hi").value)
        return daily + sum(dose.sets * dose.reps for dose in session.doses)

    def _peak_N(self, task: str, load_kg: float) -> Array:
        given = self.demands(task, load_kg).compression_N[0]
        return np.where(np.isnan(given), 1e5, np.maximum(given, 0.0)).max(axis=0)  # type: ignore[no-any-return]

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

    @staticmethod
    def _largest(sessions: Sequence[Session], name: str) -> Dose | None:
        doses = [dose for session in sessions for dose in session.doses if dose.exercise == name]
        return max(doses, key=lambda dose: (dose.load_kg, dose.sets * dose.reps), default=None)


def _too_heavy(before_kg: float, after_kg: float) -> bool:
    """Whether a heavy load rises by more than its share a week."""
    return before_kg >= value("plan", "step", "heavy_kg") and after_kg > (1.0 + value("plan", "step", "load")) * before_kg + _HAIR


def _law(person: Person, tissue: str, count: float) -> Tolerance:
    if tissue == "shear":
        return shear(person, count)
    if tissue == "ligament":
        return ligament_tension()
    laws = {"compression": strength, "facet_force": facet_force, "facet_pressure": facet_pressure, "disc_pressure": disc_pressure}
    return (laws | {"torsion": torsion, "flexion_moment": flexion_moment})[tissue](person)


def _force(demands: Demands, tissue: str) -> Array:
    """Load of a tissue, first axes loads and frames; against its direction it is none."""
    if tissue == "shear":
        return np.maximum(demands.anterior_shear_N[..., 1:5], 0.0)
    if tissue == "ligament":
        return np.maximum(np.delete(demands.ligament_tension_N, LIGAMENTS.index("ITL"), axis=-1), 0.0)
    names = {
        "compression": "compression_N",
        "flexion_moment": "flexion_moment_Nm",
        "facet_force": "facet_force_N",
        "facet_pressure": "facet_peak_MPa",
        "disc_pressure": "pressure_MPa",
    }
    if tissue == "torsion":
        return np.abs(demands.torsion_Nm)
    return np.maximum(getattr(demands, names[tissue]), 0.0)  # type: ignore[no-any-return]
