"""The limit of a load as a law: over thousands of persons and tasks it never rises with what makes people weaker."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from affine import BASE, SLOPE, lines, scaled, shape_of

from spinesim.analysis.demand import FOLLOW_LOAD, Demands
from spinesim.analysis.tissue_limits import Limits, Shown, demonstrated, exceedances, leading, limits_of, utilisation, within
from spinesim.analysis.tolerance import PROTECTION_LEVELS, Findings, Person
from spinesim.analysis.tolerance.data import value
from spinesim.model.names import LEVELS

PERSONS = int(os.environ.get("SPINESIM_PERSONS", "28"))
TASKS = 60
LOADS = np.arange(0.0, 31.0)
ALPHA = {name: value("rule", name, "alpha") for name in PROTECTION_LEVELS}


class Asked:
    """A random person with what is shown, and many random tasks at once (first axis)."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([7, seed])
        self.rng = rng
        self.person = Person(float(rng.uniform(18, 79)), str(rng.choice(["male", "female"])), _findings(rng))  # type: ignore[arg-type]
        self.protection = str(rng.choice(PROTECTION_LEVELS))
        self.loadings = float(rng.choice([20.0, 100.0, 400.0]))
        self.shown = [_shown(rng, number) for number in range(int(rng.integers(0, 3)))]
        base, slope = ({name: _scattered(rng, name, number) for name, number in table.items()} for table in (BASE, SLOPE))
        self.tasks = lines(LOADS, base, slope, 2, (TASKS,))
        self.own = self.limits(own=True)

    def limits(self, **change: Any) -> Limits:
        if not change:
            return self.own
        told = {"person": self.person, "protection": self.protection, "shown": self.shown, "loadings": self.loadings} | change
        return limits_of(told["person"], told["protection"], told["shown"], told["loadings"])

    def steps(self, tasks: Demands | None = None, **change: Any) -> Any:
        """Steps that each task is allowed (TASKS,)."""
        return leading(self.allowed(tasks, **change))

    def allowed(self, tasks: Demands | None = None, **change: Any) -> Any:
        limits, asked = self.limits(**change), self.tasks if tasks is None else tasks
        used = utilisation(asked, limits)
        grants = [demonstrated(asked, used, item, limits.person) for item in change.get("shown", self.shown)]
        return np.any([within(asked, used), *grants], axis=0)


def _findings(rng: np.random.Generator) -> Findings:
    if rng.random() < 0.3:
        return Findings()
    level = str(rng.choice(LEVELS))
    found = Findings.none()
    if rng.random() < 0.4:
        found = replace(found, disc_grade={level: int(rng.integers(1, 5))})
    if rng.random() < 0.3:
        found = replace(found, bulge={level: str(rng.choice(["early", "late"]))})
    return replace(found, osteoporosis=None) if rng.random() < 0.2 else found


def _scattered(rng: np.random.Generator, name: str, number: float) -> Any:
    """A number of every task, frame and place, around the usual one."""
    return number * rng.lognormal(0.0, 0.25, (TASKS, 1, 2, *shape_of(name)))


def _shown(rng: np.random.Generator, number: int) -> Shown:
    base = {name: amount * float(rng.uniform(0.6, 1.6)) for name, amount in BASE.items()}
    found = lines([float(rng.uniform(0.0, 12.0))], base, SLOPE)
    return Shown(f"shown {number}", str(rng.choice(["daily_life", "logged_training"])), bool(rng.random() < 0.6), found)


@pytest.fixture(params=range(PERSONS))
def asked(request):
    return Asked(request.param)


def test_the_limit_never_rises(asked):
    before = asked.steps()
    person, found = asked.person, asked.person.findings
    older = replace(person, age_years=min(person.age_years + asked.rng.uniform(0.5, 30), 80.0))
    grades = {level: min(grade + 1, 5) for level, grade in (found.disc_grade or {}).items()} or {"L4-L5": 4}
    stricter = [name for name, alpha in ALPHA.items() if alpha < ALPHA[asked.protection]]
    changes: dict[str, dict[str, Any]] = {
        "age": {"person": older},
        "osteoporosis": {"person": replace(person, findings=replace(found, osteoporosis=True))},
        "daily loadings": {"loadings": min(10.0 * asked.loadings, 1000.0)},
        "further reach": {"tasks": scaled(asked.tasks, **dict.fromkeys(FOLLOW_LOAD, 1.0 + asked.rng.uniform(0.0, 0.4)))},
        "bending": {"tasks": scaled(asked.tasks, flexion_moment_Nm=1.3, ligament_tension_N=1.2)},
        "one proof less": {"shown": asked.shown[1:]},
        **{f"protection {name}": {"protection": name} for name in stricter},
    }
    if found.disc_grade is not None:
        changes["degeneration"] = {"person": replace(person, findings=replace(found, disc_grade=grades))}
    if found.bulge is not None:
        changes["bulge"] = {"person": replace(person, findings=replace(found, bulge={**found.bulge, "L5-S1": "early"}))}
    for what, change in changes.items():
        assert (asked.steps(**change) <= before).all(), what


def test_at_the_limit_within_and_one_step_above_not(asked):
    allowed, steps = asked.allowed(), asked.steps()
    row = np.arange(TASKS)
    some = steps > 0
    assert allowed[row[some], steps[some] - 1].all()
    below = steps < len(LOADS)
    assert not allowed[row[below], steps[below]].any()
    assert all(allowed[task, :count].all() for task, count in enumerate(steps.tolist()))


def test_the_rule_is_the_exceedance(asked):
    """Limits say what probabilities say, except where compression is capped and for muscle and the joint limit with bending."""
    limits = asked.limits()
    used = utilisation(asked.tasks, limits)
    alpha = ALPHA[asked.protection]
    for task in range(0, TASKS, 6):
        one = Demands(**{f: getattr(asked.tasks, f)[task] for f in Demands.__dataclass_fields__ if f != "load_kg"}, load_kg=LOADS)
        step = int(asked.rng.integers(0, len(LOADS)))
        chances = exceedances(one.step(step), limits)
        for tissue, by_place in chances.items():
            if tissue in used:
                inside = used[tissue][task, step].max(axis=0) <= 1.0
                # A hair's breadth off the limit both are right.
                near = np.abs(used[tissue][task, step].max(axis=0) - 1.0) < 1e-6
                assert ((np.array(list(by_place.values())) <= alpha) == inside)[~near].all(), tissue


def test_a_step_without_an_answer_ends_the_range(asked):
    before = asked.steps()
    for flag in ("converged", "validated"):
        good = np.ones_like(asked.tasks.converged)
        gone = asked.rng.integers(0, len(LOADS), TASKS)
        good[np.arange(TASKS), gone, 1] = False
        after = asked.steps(replace(asked.tasks, **{flag: good}))
        assert (after == np.minimum(before, gone)).all()


def test_a_number_that_is_none_ends_the_range(asked):
    before, gone = asked.steps(), 3
    for name in BASE:
        array = getattr(asked.tasks, name).copy()
        array[(slice(None), gone, 1, *([2] * len(shape_of(name)))[:1])] = np.nan
        if name != "net_compression_N":  # which is told, not judged
            assert (asked.steps(replace(asked.tasks, **{name: array})) == np.minimum(before, gone)).all(), name


def test_smaller_steps_never_end_below_the_same_load(asked):
    """Rounding down: the limit in steps of 1 kg is the whole part of that in steps of 0.25 kg."""
    slope = {name: getattr(asked.tasks, name)[:, 1:2] - getattr(asked.tasks, name)[:, :1] for name in BASE}
    base = {name: getattr(asked.tasks, name)[:, :1] for name in BASE}
    fine = lines(np.arange(0.0, 30.25, 0.25), base, slope, 2, (TASKS,))
    small, whole = asked.steps(fine), asked.steps()
    assert (whole == np.ceil(small / 4.0)).all()
