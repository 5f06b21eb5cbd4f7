"""A plan and the safe load cannot disagree: the largest load of a session is the limit that the safe load names.

With the real model, for every exercise of the library.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from plan_cases import NO_FLAGS, exercise, request
from plan_cases import WOMAN as PLANNED
from plan_surrogate import surrogate

import spinesim as ss
from spinesim.analysis import safe_load as module
from spinesim.analysis.demand import Demands, Task, demands, exercise_task
from spinesim.analysis.plan import Activity, Exercise, NoPlan, Proof, Request, Standing, build
from spinesim.analysis.plan.setting import Setting, loadings_per_day, setting
from spinesim.analysis.safe_load import EvidenceTask, kin, safe_load
from spinesim.analysis.tolerance import Findings, Person
from spinesim.config.exercise import names

MODEL = ss.SpineModel.default()
STEP = 4.0
LOADS = tuple(STEP * n for n in range(16))
WOMAN = ss.Subject(mass_kg=65.0, stature_m=1.65, sex="female", age_years=42.0)
BULGE = replace(Findings.none(), bulge={"L4-L5": "early"})
BEND = {"task": "bend_to_shoes", "load_kg": 0.0}
PERSONS: dict[str, tuple[ss.Subject, Findings, str, dict[str, Any] | None]] = {
    "woman of 42 with a bulge who bends": (WOMAN, BULGE, "standard", BEND),
    "man of 63 with a degenerate disc who lifts": (
        ss.Subject(mass_kg=80.0, stature_m=1.8, sex="male", age_years=63.0, disc_grade={"L4-L5": 2}),
        replace(Findings.none(), disc_grade={"L4-L5": 2}), "cautious_work", {"task": "lift_squat", "load_kg": 12.0},
    ),
    "man of 30 of whom nothing is known": (
        ss.Subject(mass_kg=75.0, stature_m=1.75, sex="male", age_years=30.0), Findings(), "strict", None,
    ),
}  # fmt: skip


def asked(subject: ss.Subject, findings: Findings, level: str, shown: dict[str, Any] | None, tasks: dict[str, Task]) -> Request:
    loads = {name: (0.0,) if task.place == "none" else LOADS for name, task in tasks.items()}
    return Request(
        person=Person(subject.age_years, subject.sex, findings),
        goal_exercise="hip_hinge",
        goal_kg=10.0,
        exercises=tuple(Exercise(name=name, loads_kg=loads[name], doses=((1, 1),)) for name in tasks),
        red_flags=NO_FLAGS,
        protection=level,
        daily_life=(Activity(**shown, times=20.0),) if shown else (),
    )


@pytest.mark.parametrize("who", PERSONS)
def test_a_plan_allows_what_the_safe_load_allows(who, monkeypatch):
    subject, findings, level, shown = PERSONS[who]
    # Both ask for the same loads; each is solved once.
    solved: dict[Any, Demands] = {}

    def once(model: Any, body: ss.Subject, task: Task, load_kg: Any, **told: Any) -> Demands:
        key = (repr(body), task.name, tuple(load_kg))
        if key not in solved:
            solved[key] = demands(model, body, task, load_kg, **told)
        return solved[key]

    monkeypatch.setattr(module, "demands", once)
    tasks = {name: exercise_task(MODEL, subject, ss.exercise(name)) for name in names()}
    case = asked(subject, findings, level, shown, tasks)

    def loads(body: ss.Subject, task: str, load_kg: Any) -> Demands:
        return once(MODEL, body, tasks[task], load_kg)

    found = setting(case, [partial(loads, body) for body in kin(MODEL, subject)])
    assert isinstance(found, Setting)
    proofs = (EvidenceTask(task=tasks[shown["task"]], load_kg=shown["load_kg"], times_a_day=20.0, weeks=8.0),) if shown else ()
    planned, answered = {}, {}
    for spec, judged in zip(case.exercises, found.judged[0], strict=True):
        answer = safe_load(
            MODEL, subject, findings, tasks[spec.name], level, proofs, STEP, daily_loadings=loadings_per_day(case), explain=False
        )
        planned[spec.name] = (spec.loads_kg[judged.last] if judged.last >= 0 else None, judged.demonstrated)
        answered[spec.name] = (answer.modelled_limit_kg, answer.basis == "demonstrated")
    assert planned == answered
    assert len({kg for kg, _ in planned.values()}) > 2, planned


def test_what_a_physician_has_to_see_first_is_no_plan_and_no_load():
    broken = replace(BULGE, vertebral_fracture=True)
    task = exercise_task(MODEL, WOMAN, ss.exercise("hip_hinge"))
    assert safe_load(MODEL, WOMAN, broken, task, explain=False).outcome == "refused"
    found = build(asked(WOMAN, broken, "standard", None, {"hip_hinge": task}), lambda *_: pytest.fail("the model was asked"))
    assert isinstance(found, NoPlan)
    assert found.rule == "physician"


def test_equipment_that_begins_heavy_is_no_way_around_a_lighter_load_that_fails():
    """The exercise without a load is asked first, as the safe load does."""
    plain = surrogate(65.0)

    def loads(task: str, load_kg: Any) -> Demands:
        found = plain(task, load_kg)
        return replace(found, converged=found.converged & (found.load_kg[:, None] > 0.0)) if task == "partial_hinge" else found

    heavy = replace(exercise("partial_hinge"), loads_kg=(2.0, 4.0))
    for each, last in ((plain, 1), (loads, -1)):
        found = setting(request(PLANNED, (heavy,)), [each], Standing())
        assert isinstance(found, Setting)
        assert found.judged[0][0].last == last


def test_a_weaker_body_in_the_model_never_allows_more():
    """Weaker people load themselves less in the model: the least of all models of a person counts, as in the safe load."""

    def last(*masses: float) -> list[int]:
        found = setting(request(proofs=(Proof(task="bend"),)), [surrogate(mass) for mass in masses])
        assert isinstance(found, Setting)
        return [judged.last for judged in found.judged[0]]

    light, heavy = last(50.0), last(80.0)
    assert last(50.0, 80.0) == last(80.0, 50.0) == [min(pair) for pair in zip(light, heavy, strict=True)]
    assert light != heavy
