"""The builder against the worked example of the design study, on its surrogate of loads.

What differs: the study does not say which exercise is the goal. With the squat lift as the goal its loads rise before its
repetitions, while the other three columns are the study's to the kilogram; with the partial hinge the squat's are too.
"""

from __future__ import annotations

import numpy as np
import pytest
from plan_cases import BULGE, FOUR, WOMAN, bends, exercise, last, request
from plan_surrogate import surrogate

from spinesim.analysis.plan import Activity, Entry, NoPlan, build, check, standing
from spinesim.analysis.plan.limits import at_week
from spinesim.analysis.tolerance import Findings, Person

LOADS = surrogate(65.0)
GRID = np.arange(0.0, 41.0)
PARTIAL = [6, 6, 6, 7, 8, 9, 10, 11, 12, 13]
HINGE = [1, 2, 3, 3, 3, 3, 4, 5, 5, 5]
SQUAT = PARTIAL
CARRY = [8, 8, 8, 9, 10, 11, 12, 13, 14, 15]


@pytest.fixture(scope="module")
def built():
    found = build(request(), LOADS)
    assert not isinstance(found, NoPlan)
    return found


@pytest.mark.parametrize(
    ("week", "kg"),
    [
        (0, {"partial_hinge": 13, "hip_hinge": 3, "squat_lift": 12, "suitcase_carry": 16, "romanian_deadlift": 1}),
        (6, {"partial_hinge": 16, "hip_hinge": 5, "squat_lift": 15, "suitcase_carry": 19, "romanian_deadlift": 3}),
    ],
)
def test_limits_of_the_weeks(week, kg):
    assert {name: last(at_week(WOMAN, week), "standard", 90.0, bends(LOADS), LOADS(name, GRID)) for name in kg} == kg


def test_loads_of_the_plan(built):
    assert built.plan.loads_kg("partial_hinge") == PARTIAL
    assert built.plan.loads_kg("hip_hinge") == HINGE
    assert built.plan.loads_kg("suitcase_carry") == CARRY
    assert built.plan.loads_kg("squat_lift")[-1] == 15


def test_the_squat_follows_the_study_once_it_is_not_the_goal():
    found = build(request(goal_exercise="partial_hinge", goal_kg=0.0), LOADS)
    assert found.plan.loads_kg("squat_lift") == SQUAT


def test_probability_of_damage(built):
    """3.8 % at the end, 0.4 % of the ordinary days; builder and checker integrate in different ways."""
    verdict = check(request(), built.plan, LOADS)
    course = verdict.damage.probability.max(axis=1)
    assert built.damage == pytest.approx(0.038, abs=0.002)
    assert course[-1] == pytest.approx(built.damage, rel=0.02)
    assert built.background_damage == pytest.approx(0.004, abs=0.001)
    assert course[[0, 2, 5]] == pytest.approx([0.008, 0.013, 0.017], abs=0.004)


def test_exceedances(built):
    verdict = check(request(), built.plan, LOADS)
    worst = [max(load.exceedance for load in verdict.loads if load.week == week and load.exercise == "hip_hinge") for week in (1, 2)]
    assert worst == pytest.approx([0.038, 0.048], abs=0.003)


def test_thirty_heavy_hinges_more_are_refused():
    """30 hip hinges with 14 kg each session: 15 % in the study."""
    found = request(job=(Activity(task="hip_hinge", load_kg=14.0, times=30.0, days=3, counts=False),))
    assert isinstance(build(found, LOADS), NoPlan)


def test_osteoporosis_leaves_next_to_nothing():
    """Woman of 65, 60 kg: partial hinge unloaded, squat lift 2 kg, carry 7 kg, no hip hinge."""
    woman = Person(65.0, "female", Findings({}, {}, {}, {}, True, False, False, False))
    loads = surrogate(60.0)
    names = ("partial_hinge", "hip_hinge", "squat_lift", "suitcase_carry")
    found = {name: last(woman, "standard", 90.0, bends(loads), loads(name, GRID)) for name in names}
    assert found == {"partial_hinge": 0, "hip_hinge": -1, "squat_lift": 2, "suitcase_carry": 7}


def test_avoiding_bending_leaves_less(built):
    found = build(request(daily_life=(Activity(task="walk", times=8000.0, counts=False), Activity(task="chair", times=40.0))), LOADS)
    for name in ("partial_hinge", "squat_lift", "suitcase_carry"):
        assert (found.plan.loads_kg(name)[-1] or 0.0) < built.plan.loads_kg(name)[-1]
    assert found.plan.loads_kg("hip_hinge") == [None] * 10


def entry(day, dose, **pain):
    noted = {"pain_before": 1.0, "pain": 1.0, "pain_24h": 1.0, "pain_48h": 1.0} | pain
    return Entry(day=day, exercise=dose.exercise, load_kg=dose.load_kg, sets=dose.sets, reps=dose.reps, **noted)


def done(plan, weeks):
    return [entry(s.day, d) for s in plan.sessions if s.week < weeks for d in s.doses]


def test_two_missed_weeks_leave_nine_tenths(built):
    """Weeks 5 and 6 missed: 6, 2, 6, 8 kg in the study; the squat was at 9 kg here."""
    asked = request()
    found = build(asked, LOADS, standing(asked, done(built.plan, 4), 6))
    first = {d.exercise: d.load_kg for d in found.plan.sessions[0].doses}
    assert first == {"partial_hinge": 6.0, "hip_hinge": 2.0, "squat_lift": 8.0, "suitcase_carry": 8.0}


def test_a_flare_takes_a_step_back_and_holds_the_dose(built):
    """Week 4, pain 5 in the partial hinge and worse next day: a step below the last tolerated week, fewest repetitions."""
    asked = request()
    worse = {"pain": 5.0, "pain_24h": 5.0, "pain_48h": 4.0}
    log = done(built.plan, 4)
    hurt = [entry(e.day, e, **worse) if e.day == 25 and e.exercise == "partial_hinge" else e for e in log]
    after = standing(asked, hurt, 4)
    assert after.events[-1] == "reduce"
    assert after.caps["partial_hinge"].load_kg == 5.0
    assert after.caps["suitcase_carry"].load_kg == 7.0
    assert all(cap.dose == 0 and not cap.rises for cap in after.caps.values())
    assert after.held["partial_hinge"].week == 6
    found = build(asked, LOADS, after)
    assert check(asked, found.plan, LOADS, after).accepted
    assert (found.plan.loads_kg("partial_hinge")[4], found.plan.loads_kg("suitcase_carry")[4]) == (5.0, 7.0)
    assert max(kg for kg in found.plan.loads_kg("partial_hinge")[4:6] if kg is not None) < 7.0


def test_four_green_weeks_become_evidence(built):
    asked = request()
    found = standing(asked, done(built.plan, 4), 4)
    assert {proof.task: proof.load_kg for proof in found.proofs}["suitcase_carry"] == 8.0
    assert {proof.kind for proof in found.proofs} == {"logged_training"}
    assert standing(asked, done(built.plan, 3), 3).proofs == ()


def test_eight_exercises():
    eight = (*FOUR, exercise("romanian_deadlift"), exercise("stoop_lift"), exercise("farmer_carry"), exercise("step_up"))
    asked = request(Person(42.0, "female", BULGE), eight, weeks=12)
    found = build(asked, LOADS)
    assert found.gap <= 0.005
    assert check(asked, found.plan, LOADS).accepted
