"""Every rule of the checker: a plan that breaks this one and no other is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from plan_cases import FOUR, LIFTS, WOMAN, bent, exercise, request
from plan_surrogate import surrogate

from spinesim.analysis.plan import RULES, Activity, Dose, NoPlan, Plan, Session, Standing, build, check
from spinesim.analysis.plan.replan import Cap, Held
from spinesim.analysis.tolerance import Findings, Person

LOADS = surrogate(65.0)
HEALTHY = Person(42.0, "female", Findings.none())
Case = tuple[Any, Plan, Any, Standing]


@pytest.fixture(scope="module")
def good():
    """A plan that breaks no rule."""
    asked = request()
    built = build(asked, LOADS)
    assert not isinstance(built, NoPlan)
    assert check(asked, built.plan, LOADS).accepted
    return asked, built.plan


def changed(plan: Plan, week: int, name: str, **change: Any) -> Plan:
    """The plan with one exercise of one week other in all its sessions."""

    def doses(session: Session) -> tuple[Dose, ...]:
        return tuple(replace(d, **change) if d.exercise == name else d for d in session.doses)

    return replace(plan, sessions=tuple(replace(s, doses=doses(s)) if s.week == week else s for s in plan.sessions))


def alone(name: str, weeks: dict[int, tuple[float, int]], plan: Plan) -> Plan:
    """One exercise: load and place of its dose by week."""
    sessions = [
        Session(day=7 * week + day, doses=(Dose(exercise=name, load_kg=kg, sets=LIFTS[k][0], reps=LIFTS[k][1], rest_s=60.0),))
        for week, (kg, k) in weeks.items()
        for day in (0, 2, 4)
    ]
    return replace(plan, sessions=tuple(sessions))


def moved(plan: Plan, old: int, new: int) -> Plan:
    return replace(plan, sessions=tuple(replace(s, day=new) if s.day == old else s for s in plan.sessions))


def heaviest(plan: Plan) -> Any:
    """The hip hinge with 5 kg, which the early weeks do not reach."""
    assert 5.0 in plan.loads_kg("hip_hinge")
    return lambda **change: bent(lambda _: change, "hip_hinge", 5.0)


def cases(asked: Any, plan: Plan) -> dict[str, Case]:
    start, other = Standing(), heaviest(plan)
    carry = (exercise("suitcase_carry", 0),)
    wide = replace(carry[0], loads_kg=(0.0, 5.0, 10.0, 15.0), doses=LIFTS)
    squat = replace(exercise("squat_lift"), loads_kg=(0.0, 25.0, 28.0))
    man = request(Person(25.0, "male", Findings.none()), (squat,), goal_kg=28.0)
    steep = replace(asked, exercises=(wide,), goal_exercise=wide.name)
    extra = exercise("farmer_carry", 0, ((1, 10),))
    more = Dose(exercise="farmer_carry", load_kg=0.0, sets=1, reps=10, rest_s=60.0)
    fuller = replace(plan, sessions=tuple(replace(s, doses=(*s.doses, more)) for s in plan.sessions))
    friday = plan.sessions[2]
    longer = tuple(replace(d, load_kg=d.load_kg - 1.0, reps=10) if d.exercise == "partial_hinge" else d for d in friday.doses)
    odd = replace(plan, sessions=tuple(replace(s, doses=longer) if s is friday else s for s in plan.sessions))
    bending = bent(lambda _: {"flexion_share": 0.6}, "partial_hinge", 6.0)
    return {
        "red_flags": (replace(asked, red_flags=asked.red_flags | {"fever": None}), plan, LOADS, start),
        "physician": (replace(asked, person=replace(WOMAN, findings=replace(WOMAN.findings, vertebral_fracture=True))), plan, LOADS, start),
        "gate": (asked, plan, LOADS, Standing(stop=NoPlan("gate", "pain of 7"))),
        "weeks": (asked, moved(plan, plan.sessions[-1].day, 7 * plan.weeks), LOADS, start),
        "exercise": (asked, changed(plan, 4, "hip_hinge", exercise="hip_hinges"), LOADS, start),
        "equipment": (asked, changed(plan, 4, "partial_hinge", load_kg=6.5), LOADS, start),
        "dose": (asked, changed(plan, 4, "partial_hinge", reps=9), LOADS, start),
        "days": (asked, moved(plan, 4, 5), LOADS, start),
        "rest": (asked, replace(plan, sessions=(plan.sessions[0], *plan.sessions)), LOADS, start),
        "sets": (replace(asked, exercises=(*FOUR, extra)), fuller, LOADS, start),
        "minutes": (replace(asked, minutes=12.0), plan, LOADS, start),
        "morning": (replace(asked, person=HEALTHY, hours_after_rising=0.5), plan, bending, start),
        "begin": (asked, changed(plan, 0, "partial_hinge", load_kg=7.0), LOADS, start),
        "begin_dose": (asked, changed(plan, 0, "partial_hinge", reps=10), LOADS, start),
        "step": (asked, alone("partial_hinge", {0: (4.0, 0), 1: (6.0, 0)}, plan), LOADS, start),
        "one_change": (asked, alone("partial_hinge", {0: (4.0, 0), 1: (5.0, 1)}, plan), LOADS, start),
        "rise": (steep, alone(wide.name, {0: (0.0, 0), 1: (5.0, 0)}, plan), LOADS, start),
        "heavy": (man, alone("squat_lift", {1: (25.0, 0), 2: (28.0, 0)}, plan), surrogate(80.0),
                  Standing(week=1, caps={"squat_lift": Cap(25.0, 0, True)})),
        "light": (asked, odd, LOADS, start),
        "log": (asked, plan, LOADS, Standing(caps={"partial_hinge": Cap(5.0, 2)})),
        "held": (asked, plan, LOADS, Standing(held={"partial_hinge": Held(6.0, 0, 4)})),
        "growth": (asked, replace(plan, growth={**plan.growth, "disc": (1.01,) * plan.weeks}), LOADS, start),
        "converged": (asked, plan, other(converged=False), start),
        "validated": (asked, plan, other(validated=False), start),
        "compression": (asked, changed(plan, 5, "hip_hinge", load_kg=4.0), LOADS, start),
        "shear": (asked, plan, other(anterior_shear_N=900.0), start),
        "shear_count": (replace(asked, job=(Activity(task="walk", times=900.0),)), plan, LOADS, start),
        "facet_force": (asked, plan, other(facet_force_N=2500.0), start),
        "facet_pressure": (asked, plan, other(facet_peak_MPa=12.0), start),
        "disc_pressure": (asked, plan, other(pressure_MPa=5.0), start),
        "torsion": (asked, plan, other(torsion_Nm=80.0), start),
        "ligament": (asked, plan, other(ligament_tension_N=500.0), start),
        "flexion_gate": (asked, plan, other(flexion_share=0.8), start),
        "muscle": (asked, plan, other(activation=0.95), start),
        "damage": (replace(asked, job=(Activity(task="lift_daily", load_kg=22.0, times=60.0, days=5, counts=False),)), plan, LOADS, start),
    }  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_a_plan_that_breaks_only_this_rule_is_refused(good, rule):
    asked, plan, loads, standing = cases(*good)[rule]
    verdict = check(asked, plan, loads, standing)
    assert {violation.rule for violation in verdict.violations} == {rule}, [str(v) for v in verdict.violations][:5]
    assert RULES[rule] in str(verdict.violations[0])


def test_sessions_of_a_week_may_differ_but_not_be_more_by_two(good):
    asked, plan = good
    thrice = alone("partial_hinge", {0: (4.0, 0), 1: (4.0, 0), 2: (4.0, 0)}, plan)
    seldom = replace(thrice, sessions=thrice.sessions[2:])
    assert {v.rule for v in check(asked, seldom, LOADS).violations} == {"one_change"}
    twice = replace(thrice, sessions=(thrice.sessions[0], *thrice.sessions[2:4], *thrice.sessions[5:]))
    assert check(asked, twice, LOADS).accepted
    heavier = changed(twice, 2, "partial_hinge", load_kg=5.0)
    assert {v.rule for v in check(asked, heavier, LOADS).violations} == {"one_change"}
    lighter = replace(friday := thrice.sessions[5], doses=(replace(friday.doses[0], load_kg=3.0),))
    assert check(asked, replace(thrice, sessions=(*thrice.sessions[:5], lighter, *thrice.sessions[6:])), LOADS).accepted


def test_a_frame_without_an_answer_is_refused_by_every_tissue_it_leaves_open(good):
    asked, plan = good
    loads = bent(lambda _: {"converged": False, "compression_N": np.nan}, "hip_hinge", 5.0)
    assert {"converged", "compression"} <= {v.rule for v in check(asked, plan, loads).violations}


def test_a_week_left_out_is_no_way_around_the_log(good):
    asked, plan = good
    late = alone("partial_hinge", {1: (6.0, 0), 2: (6.0, 1)}, plan)
    verdict = check(asked, late, LOADS, Standing(caps={"partial_hinge": Cap(5.0, 0)}))
    assert {violation.rule for violation in verdict.violations} == {"log"}


def test_the_table_of_rules_is_what_the_tests_break(good):
    assert set(cases(*good)) == set(RULES)


def test_the_checker_shares_no_array_with_the_builder(good):
    """A builder that is lied to is found out: the checker asks for itself."""
    asked, _ = good
    light = surrogate(40.0)
    proposed = build(asked, light)
    assert not isinstance(proposed, NoPlan)
    assert check(asked, proposed.plan, light).accepted
    assert "compression" in {v.rule for v in check(asked, proposed.plan, LOADS).violations}


def test_woman(good):
    """The person of the base case is the one of the worked example."""
    assert good[0].person is WOMAN
