"""The load within tolerance with the real model: a few dozen questions whose answers must come in order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import spinesim as ss
from spinesim.analysis.demand import Task, demands, exercise_task
from spinesim.analysis.safe_load import EvidenceTask, steps_of
from spinesim.analysis.tissue_limits import limits_of, utilisation
from spinesim.analysis.tolerance import Findings, Person

MODEL = ss.SpineModel.default()
WELL = Findings.none()
WOMAN = ss.Subject(mass_kg=65.0, stature_m=1.65, sex="female", age_years=42.0)
MAN = ss.Subject(mass_kg=80.0, stature_m=1.80, sex="male", age_years=45.0)


def task(name="lift_squat", place="both", factor=1.08, **change) -> Task:
    return Task(name=name, frames=(replace(ss.preset(name), **change),), place=place, dynamic_factor=factor)


BEND = EvidenceTask(task=task("bent_forward_60", factor=1.0), load_kg=0.0, times_a_day=20.0, weeks=30.0)


def steps(subject=WOMAN, findings=WELL, asked=None, protection="standard", evidence=(BEND,), **told) -> int:
    options = {"daily_loadings": 80.0, "explain": False} | told
    return steps_of(ss.safe_load(MODEL, subject, findings, asked or task(), protection, evidence, **options))


def falls(answers: list[int]) -> bool:
    return answers == sorted(answers, reverse=True) and answers[0] > 0


@pytest.mark.parametrize(
    ("subject", "name", "place"), [(WOMAN, "lift_squat", "both"), (MAN, "hip_hinge", "both"), (MAN, "carry_one_hand", "right")]
)
def test_never_rises_with_age(subject, name, place):
    ages = (20.0, 30.0, 39.0, 45.0, 55.0, 65.0, 75.0, 80.0)
    answers = [steps(replace(subject, age_years=age), asked=task(name, place), step_kg=0.5) for age in ages]
    assert falls(answers), answers


@pytest.mark.parametrize("level", ["T12-L1", "L4-L5", "L5-S1"])
def test_never_rises_with_degeneration(level):
    answers = [steps(findings=replace(WELL, disc_grade={level: grade}), step_kg=0.5) for grade in (1, 2, 3, 4)]
    assert falls(answers), answers


def test_never_rises_with_bone_loss_bulge_count_protection_and_pace():
    assert steps(findings=replace(WELL, osteoporosis=True)) <= steps()
    assert falls([steps(), steps(findings=replace(WELL, bulge={"L4-L5": "late"})), steps(findings=replace(WELL, bulge={"L4-L5": "early"}))])
    assert falls([steps(daily_loadings=count) for count in (20.0, 200.0, 1000.0)])
    assert falls([steps(protection=level) for level in ("ergonomic", "cautious_work", "standard", "strict")])
    assert falls([steps(asked=task(factor=factor)) for factor in (1.0, 1.08, 1.2, 1.4)])
    assert falls([steps(evidence=proofs) for proofs in ((BEND,), ())])


def test_never_rises_with_reach():
    reach = [
        task(hand_position_mm=(ahead, -100.0), upper_arm_deg=(5.0, 5.0), forearm_deg=(20.0, 20.0)) for ahead in (200.0, 300.0, 400.0, 500.0)
    ]
    answers = [steps(asked=asked) for asked in reach]
    assert falls(answers), answers
    assert answers[-1] < answers[0]


@pytest.mark.parametrize("name", ["lift_squat", "hip_hinge", "bent_forward_30"])
def test_at_the_limit_every_tissue_is_within_and_one_step_above_is_not(name):
    subject, asked = replace(MAN, age_years=38.0), task(name)
    found = ss.safe_load(MODEL, subject, WELL, asked, "standard", (), daily_loadings=80.0, explain=False)
    limits = limits_of(Person(38.0, "male", WELL), "standard", [], 80.0)
    solved = demands(MODEL, subject, asked, [found.modelled_limit_kg, found.modelled_limit_kg + 1.0])
    used = utilisation(solved, limits)
    assert all(share[0].max() <= 1.0 for share in used.values())
    beyond = any(not share[1].max() <= 1.0 for share in used.values())
    assert beyond or not (solved.converged[1] & solved.validated[1]).all()


def test_mirrored_persons_get_the_same():
    left, right = (steps(MAN, asked=replace(task("carry_both_hands"), place=side)) for side in ("left", "right"))
    assert left == right > 0


def test_what_the_model_cannot_vouch_for_is_refused():
    for change in ({"mass_kg": 130.0}, {"stature_m": 2.1}, {"age_years": 81.0}):
        found = ss.safe_load(MODEL, replace(WOMAN, **change), WELL, task(), explain=False)
        assert found.outcome == "refused"
        assert next(iter(change)).partition("_")[0] in (found.refused or "")
    end = ss.safe_load(MODEL, MAN, WELL, task("carry_both_hands"), "ergonomic", daily_loadings=50.0, explain=False)
    assert (end.tissue, end.modelled_limit_kg) == ("validated range", 20.0)
    assert "load.mass_kg = 21 kg is outside the validated range 0 to 20 kg" in end.why


def test_a_habit_of_the_same_task_grants_it():
    held = task("lift_squat", factor=1.0)
    habit = EvidenceTask(task=held, load_kg=15.0, kind="logged_training", times_a_day=1.0, weeks=8.0)
    old = replace(MAN, age_years=60.0)
    found = ss.safe_load(MODEL, old, WELL, held, "strict", (habit,), daily_loadings=80.0, explain=False)
    assert (found.basis, found.modelled_limit_kg) == ("demonstrated", 15.0)
    bone = ss.safe_load(MODEL, old, replace(WELL, osteoporosis=True), held, "strict", (habit,), daily_loadings=80.0, explain=False)
    assert steps_of(bone) < steps_of(found)
    assert bone.basis != "demonstrated"


def test_own_load_error_comes_from_drawn_models():
    asked = task("lift_squat")
    nominal = ss.safe_load(MODEL, WOMAN, WELL, asked, "standard", (BEND,), daily_loadings=80.0, explain=False)
    found = ss.safe_load(MODEL, WOMAN, WELL, asked, "standard", (BEND,), daily_loadings=80.0, explain=False, samples=40, seed=1)
    assert steps_of(found) <= steps_of(nominal)
    assert found.load_error in ("default", "sampled")
    assert any("load errors sampled with 40 models (seed 1)" in note for note in found.notes)


def test_an_exercise_is_asked_in_all_its_frames():
    hinge = exercise_task(MODEL, WOMAN, ss.exercise("hip_hinge"))
    found = ss.safe_load(MODEL, WOMAN, WELL, hinge, "strict", (BEND,), daily_loadings=80.0, explain=False)
    assert found.outcome == "limit"
    assert found.phase in set(hinge.phases)
    carry = exercise_task(MODEL, WOMAN, ss.exercise("suitcase_carry"))
    assert {load.hands for load in carry.loads_at(5.0)} <= {"left", "right"}
    assert steps(asked=carry) > 5
    # Both sides of an exercise whose sides alternate.
    sides = exercise_task(MODEL, WOMAN, ss.exercise("bird_dog"))
    assert len(sides.frames) % 2 == 0
    taller = hinge.of(replace(WOMAN, stature_m=1.80))
    assert [p.hip_rise_acceleration_m_s2 for p in taller.frames] != [p.hip_rise_acceleration_m_s2 for p in hinge.frames]


def test_a_map_is_its_cells():
    made = ss.safe_load_map(
        MODEL, WOMAN, WELL, task(), ("subject.age_years", [30.0, 70.0, 85.0]), ("posture.flexion_deg", [10.0, 40.0]), "standard", (BEND,),
        daily_loadings=80.0,
    )  # fmt: skip
    assert made.modelled_limit_kg.shape == (2, 3)
    assert made.outcome[:, 2].tolist() == ["refused", "refused"]
    for row, bent in enumerate((10.0, 40.0)):
        for column, age in enumerate((30.0, 70.0)):
            found = steps(replace(WOMAN, age_years=age), asked=task(flexion_deg=bent))
            assert found == (0 if np.isnan(made.modelled_limit_kg[row, column]) else made.modelled_limit_kg[row, column] + 1)
