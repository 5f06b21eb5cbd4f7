"""The answer to how much: outcomes, rounding, grounds, refusals, with straight lines in the place of the solver."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from affine import BASE, MAN, MODEL, NEAR, SLOPE, WELL, Solver, ask, lines, proof, scaled

from spinesim.analysis import judged
from spinesim.analysis import safe_load as module
from spinesim.analysis.demand import FOLLOW_LOAD
from spinesim.analysis.safe_load import Query, SafeLoad, agreed, kin, lower, steps_of
from spinesim.analysis.tissue_limits import EXAMINED, SCAN, limits_of, utilisation, variances
from spinesim.analysis.tolerance import Findings, LoadError, Person
from spinesim.model.names import LEVELS
from spinesim.model.posture import Posture


def limit_by_hand(task_factor=1.0, protection="strict", person=None) -> float:
    """The last whole kilogram on the line of compression and bending."""
    limits = limits_of(person or Person(30.0, "male", WELL), protection, [], 50.0)
    found = lines(np.arange(0, 200.0), BASE, SLOPE).times(task_factor)
    used = utilisation(found, limits)
    return float(max(kg for kg in range(200) if all(share[kg].max() <= 1.0 for share in used.values())))


def test_the_limit_is_the_last_step_within_and_is_told_with_its_reason(solver):
    solver()
    found = ask()
    assert found.outcome == "limit"
    assert found.modelled_limit_kg == limit_by_hand()
    assert (found.lowest_kg, found.step_kg, found.basis, found.alpha) == (0.0, 1.0, "tolerance", 0.014)
    assert found.tissue in found.utilisation
    assert found.level in LEVELS
    assert max(found.utilisation[found.tissue].values()) <= 1.0
    assert found.margin == pytest.approx(1.0 - max(v for by in found.utilisation.values() for v in by.values()))
    assert 0.0 <= found.margin < 0.1
    assert max(found.exceedance["compression"].values()) <= 0.014
    assert max(found.exceedance_above["compression"].values()) > max(found.exceedance["compression"].values())
    assert (found.validated, found.refused, found.load_error, found.phase) == (True, None, "default", "lift")


def test_what_the_chance_comes_from_is_told_with_what_would_narrow_it(solver):
    solver()
    known, unknown = (ask(findings=findings) for findings in (WELL, Findings()))
    for found in (known, unknown):
        told = found.sources
        assert told.exceedance == pytest.approx(max(found.exceedance["compression"].values()), rel=5e-3)
        assert told.people + told.knowledge == pytest.approx(1.0)
        assert told.low < told.exceedance < told.high
    assert unknown.sources.knowledge > known.sources.knowledge
    assert [measure.what for measure in known.sources.narrowed_by] == [SCAN]
    assert [measure.what for measure in unknown.sources.narrowed_by] == [SCAN, EXAMINED]
    scan, looked = unknown.sources.narrowed_by
    assert 0.0 < scan.left < looked.left < 1.0
    scanned = next(change for change in ask(explain=True).what_would_change if change.what.startswith(SCAN))
    assert scanned.modelled_limit_kg > known.modelled_limit_kg
    assert ask(evidence=(proof(10.0),), protection="standard").sources.people > 0.0


def test_every_load_up_to_the_limit_is_solved(solver):
    made = solver()
    found = ask()
    solved = sorted(set(made.asked))
    assert solved == [float(kg) for kg in range(len(solved))]
    assert found.modelled_limit_kg + 1.0 <= solved[-1] < found.modelled_limit_kg + 1.0 + judged.BLOCK
    assert len(made.asked) == len(solved)  # none twice


@pytest.mark.parametrize("step", [0.25, 0.5, 1.0, 2.5, 7.0])
def test_rounded_down_to_the_step(solver, step):
    solver()
    exact = ask(step_kg=0.25).modelled_limit_kg
    found = ask(step_kg=step)
    assert found.modelled_limit_kg == pytest.approx(step * np.floor(exact / step + 1e-9))
    assert found.step_kg == step
    assert steps_of(found) == round(found.modelled_limit_kg / step) + 1


def test_a_load_without_an_answer_is_not_jumped_over(solver):
    solver(fails=5.0)
    found = ask()
    assert found.modelled_limit_kg == 4.0
    assert (found.tissue, found.level) == ("no answer", None)
    assert "counts as unsafe at 5 kg" in found.why
    assert found.exceedance_above == {}


def test_a_step_above_without_an_answer_in_one_frame_has_no_chances(solver, monkeypatch):
    made = solver()

    def second(*args, **told):
        found = made(*args, **told)
        return replace(found, converged=found.converged & ((found.load_kg < 5.0)[:, None] | [True, False]))

    monkeypatch.setattr(module, "demands", second)
    found = ask(task=replace(NEAR, frames=NEAR.frames * 2))
    assert (found.modelled_limit_kg, found.tissue, found.exceedance_above) == (4.0, "no answer", {})


def test_the_end_of_the_validated_range_is_said(solver):
    solver(leaves=3.0)
    found = ask()
    assert (found.modelled_limit_kg, found.tissue, found.why) == (2.0, "validated range", "3 kg is outside")


def test_muscles_that_cannot_hold_it_are_said(solver, monkeypatch):
    made = solver(fails=4.0)

    def weak(*args, **told):
        found = made(*args, **told)
        return replace(found, strength_exceeded=~found.converged)

    monkeypatch.setattr(module, "demands", weak)
    found = ask()
    assert (found.modelled_limit_kg, found.tissue, found.why) == (3.0, "muscle", "the muscles cannot hold it at 4 kg")


def test_no_and_zero_and_gate_and_refused_are_different(solver):
    solver(weights={"lift": 3.0, "just": 1.0})
    no = ask()
    assert (no.outcome, no.modelled_limit_kg, no.lowest_kg, no.basis, no.margin) == ("no", None, None, None, None)
    assert max(no.exceedance["compression"].values()) > 0.014
    unloaded = utilisation(lines([0.0], BASE, SLOPE).times(3.0), limits_of(Person(30.0, "male", WELL), "strict", [], 50.0))
    assert list(no.utilisation["torsion"].values()) == pytest.approx(unloaded["torsion"].ravel().tolist())
    assert no.exceedance_above == {}
    assert no.tissue in ("compression", "disc_pressure")
    bent = replace(NEAR, frames=(Posture(flexion_deg=35.0, upper_arm_deg=(0.0, 0.0)),))
    gate = ask(task=bent, findings=replace(WELL, bulge={"L4-L5": "early"}))
    assert (gate.outcome, gate.modelled_limit_kg, gate.tissue) == ("gate", None, "flexion gate")
    assert "0.58 of the person's own maximum" in gate.why
    assert "at most 0.50" in gate.why
    solver(leaves=0.0)
    refused = ask()
    assert (refused.outcome, refused.modelled_limit_kg, refused.refused, refused.validated) == ("refused", None, "0 kg is outside", False)
    solver(weights={"lift": 1.0}, fails=1.0)
    zero = ask()
    assert (zero.outcome, zero.modelled_limit_kg, steps_of(zero)) == ("limit", 0.0, 1)
    assert [steps_of(found) for found in (no, gate, refused)] == [0, 0, 0]
    solver(weights={"lift": 2.6})
    one = ask()
    assert one.modelled_limit_kg == 0.0
    assert max(one.exceedance_above["compression"].values()) > max(one.exceedance["compression"].values())


def test_the_gate_is_at_the_findings_share_itself(solver):
    solver()
    bulge = replace(WELL, bulge={"L4-L5": "early"})
    for degrees, outcome in ((30.0, "limit"), (30.1, "gate")):
        task = replace(NEAR, frames=(Posture(upper_arm_deg=(0.0, 0.0)), Posture(flexion_deg=degrees, upper_arm_deg=(0.0, 0.0))))
        assert ask(task=task, findings=bulge).outcome == outcome
    assert ask(task=task, findings=bulge, max_flexion_deg=70.0).outcome == "limit"
    assert ask(task=task).outcome == "limit"


@pytest.mark.parametrize("name", ["red_flags", "vertebral_fracture"])
def test_what_is_for_a_physician_has_no_load(solver, name):
    solver()
    found = ask(findings=replace(WELL, **{name: True}))
    assert found.outcome == "refused"
    assert "matter for a physician" in found.refused


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"subject": replace(MAN, age_years=84.0)}, "person.age_years = 84 year is outside the range 18 to 80"),
        ({"subject": replace(MAN, age_years=17.0)}, "person.age_years = 17"),
        ({"daily_loadings": 1001.0}, "loadings_per_day = 1001"),
        ({"daily_loadings": 900.0, "reps": 101.0}, "loadings_per_day = 1001"),
        ({"daily_loadings": float("nan")}, "loadings_per_day = nan"),
        ({"max_flexion_deg": 90.0}, "max_flexion_deg = 90"),
        ({"evidence": (proof(500.0),)}, "pounds for kilograms"),
    ],
)
def test_out_of_range_is_refused_by_name(solver, told, words):
    solver(leaves=1e9)
    found = ask(**told)
    assert (found.outcome, found.modelled_limit_kg, found.validated) == ("refused", None, False)
    assert words in found.refused


@pytest.mark.parametrize(
    ("told", "error", "words"),
    [
        ({"protection": "strickt"}, ValueError, "did you mean 'strict'"),
        ({"step_kg": 0.0}, ValueError, "step_kg = 0 kg is outside the range 0.1 to 20"),
        ({"step_kg": float("nan")}, ValueError, "step_kg = nan"),
        ({"step_kg": "1"}, TypeError, "step_kg: '1' is not a number"),
        ({"step_kg": True}, TypeError, "not a number"),
        ({"findings": None}, TypeError, "findings: None is not a Findings"),
        ({"subject": replace(MAN, age_years="42")}, TypeError, "subject.age_years"),
        (
            {"subject": replace(MAN, disc_grade={"L4-L5": 3}), "findings": replace(WELL, disc_grade={"L4-L5": 2})},
            ValueError,
            "are not the same",
        ),
    ],
)
def test_what_cannot_be_understood_is_an_error(solver, told, error, words):
    solver()
    with pytest.raises(error, match=words):
        ask(**told)


def test_more_steps_than_there_may_be_are_refused(solver, monkeypatch):
    solver(weights={"lift": 0.01}, leaves=1e9)
    monkeypatch.setattr(module, "MOST_STEPS", 20)
    found = ask(step_kg=0.1)
    assert (found.outcome, found.refused) == ("refused", "more than 20 steps of 0.1 kg")


def test_a_thousand_steps_are_the_most(solver, monkeypatch):
    solver(weights={"lift": 0.1}, leaves=1e9)
    for name in ("BLOCK", "MANY"):
        monkeypatch.setattr(judged, name, 1000)
    assert ask(step_kg=0.1).refused == "more than 1000 steps of 0.1 kg"


def test_an_exercise_may_have_any_number_of_frames(solver):
    solver()
    assert ask(task=replace(NEAR, frames=NEAR.frames * 97)).modelled_limit_kg == ask().modelled_limit_kg


def test_a_task_without_a_place_has_its_own_weight_alone(solver):
    made = solver()
    found = ask(task=replace(NEAR, place="none"))
    assert (found.outcome, found.modelled_limit_kg, found.tissue) == ("limit", 0.0, "no place for a load")
    assert made.asked == [0.0]


# --- evidence


def test_evidence_raises_the_limit_and_a_habit_grants_more(solver):
    solver(leaves=100.0)
    alone = ask().modelled_limit_kg
    seen = ask(evidence=(proof(80.0, times_a_day=None),)).modelled_limit_kg
    habit = ask(evidence=(proof(80.0),))
    assert alone < seen < 70.0
    assert (habit.basis, habit.modelled_limit_kg) == ("demonstrated", 80.0)
    assert habit.margin == pytest.approx(0.0)
    finding = ask(evidence=(proof(80.0),), findings=replace(WELL, bulge={"L1-L2": "late"}))
    # 0.9 of 900 + 80 * 40 N.
    assert (finding.basis, finding.modelled_limit_kg) == ("demonstrated", np.floor((0.9 * 4100 - 900) / 40))
    assert finding.margin == pytest.approx(1.0 - max((900 + 69 * 40) / 4100, (180 + 69 * 9) / 900) / 0.9)
    bone = ask(evidence=(proof(80.0),), findings=replace(WELL, steroids=True))
    assert bone.basis == "tolerance"
    several = ask(evidence=(proof(5.0), proof(80.0)))
    assert several.margin == pytest.approx(0.0)


def test_one_step_beyond_the_rule_is_demonstrated(solver):
    solver(leaves=100.0)
    rule, habit = ask(evidence=(proof(41.0, times_a_day=None),)), ask(evidence=(proof(41.0),))
    assert [(found.modelled_limit_kg, found.basis) for found in (rule, habit)] == [(40.0, "tolerance"), (41.0, "demonstrated")]


def test_the_margin_is_that_of_the_habit_that_shows_most(solver):
    solver(weights={"a": 1.6, "b": 1.8}, fails=60.0)
    habits = tuple(proof(59.0, task=replace(NEAR, name=name)) for name in ("a", "b"))
    found = ask(evidence=habits)
    assert (found.basis, found.modelled_limit_kg) == ("demonstrated", 59.0)
    assert found.margin == pytest.approx(1.0 - 1.0 / 1.8)


def test_the_kinder_pace_of_a_proof_is_not_assumed(solver):
    solver(leaves=100.0)
    same = ask(evidence=(proof(80.0),), task=replace(NEAR, dynamic_factor=1.2))
    assert same.basis == "demonstrated"
    assert 60.0 <= same.modelled_limit_kg <= np.floor((4100 / 1.2 - 900) / 40)


def test_what_counts_as_a_habit_and_as_which_kind():
    assert proof(1.0).habit
    for told in ({"weeks": 3.9}, {"weeks": None}, {"times_a_day": None}, {"times_a_day": 0.1}):
        assert not proof(1.0, **told).habit
    assert proof(1.0, times_a_day=1.0 / 7.0, weeks=4.0).habit
    daily, logged, supervised = kinds = ("daily_life", "logged_training", "supervised_training")
    counted = [proof(1.0, kind=kind, weeks=weeks).counted_as for kind in kinds for weeks in (None, 3.9, 4.0, 11.9, 12.0)]
    assert counted == [daily] * 5 + [daily] * 2 + [logged] * 3 + [daily] * 2 + [logged] * 2 + [supervised]
    with pytest.raises(ValueError, match=r"tolerates.kind: 'gym' is unknown"):
        proof(1.0, kind="gym")
    with pytest.raises(ValueError, match=r"tolerates.weeks = -1"):
        proof(1.0, weeks=-1.0)


def test_a_proof_without_an_answer_is_told_and_tells_nothing(solver):
    solver()
    alone = ask()
    found = ask(evidence=(proof(65.0),))
    assert found.modelled_limit_kg == alone.modelled_limit_kg
    assert any("not counted as evidence: lift with 65 kg: 65 kg is outside" in note for note in found.notes)
    short = ask(evidence=(proof(5.0, kind="logged_training", weeks=1.0),))
    assert any("counts as daily_life, because logged_training needs more weeks" in note for note in short.notes)


def test_a_proof_needs_an_answer_in_every_frame(solver, monkeypatch):
    made = solver(leaves=100.0)

    def second(model, subject, task, *args, **told):
        found = made(model, subject, task, *args, **told)
        return replace(found, converged=found.converged & ([True, False] if task.name == "twice" else [True]))

    alone = ask()
    monkeypatch.setattr(module, "demands", second)
    found = ask(evidence=(proof(60.0, task=replace(NEAR, name="twice", frames=NEAR.frames * 2)),))
    assert found.modelled_limit_kg == alone.modelled_limit_kg
    assert "not counted as evidence: twice with 60 kg: the model has no answer for it" in found.notes


# --- kin, findings, notes


def test_a_worse_finding_never_helps_though_it_unloads_in_the_model(solver):
    solver()
    limits = [steps_of(ask(subject=replace(MAN, age_years=age))) for age in (30.0, 40.0, 41.0, 50.0, 60.0, 70.0, 80.0)]
    assert limits == sorted(limits, reverse=True)
    grades = [steps_of(ask(findings=replace(WELL, disc_grade={"L4-L5": grade}))) for grade in (1, 2, 3, 4)]
    assert grades == sorted(grades, reverse=True)
    assert grades[0] == limits[0]
    # Each is held against the tissues as they are with the loads of the younger.
    aged = Person(60.0, "male", WELL)
    assert limits[4] == limit_by_hand(person=aged) + 1


def test_kin_are_the_younger_and_the_less_degenerate():
    assert list(kin(MODEL, MAN)) == [MAN]
    assert [s.age_years for s in kin(MODEL, replace(MAN, age_years=40.0))] == [40.0]
    assert [s.age_years for s in kin(MODEL, replace(MAN, age_years=55.0))] == [55.0, 40.0]
    worn = list(kin(MODEL, replace(MAN, disc_grade={"L4-L5": 3, "L5-S1": 2})))
    assert [dict(s.disc_grade) for s in worn] == [{"L4-L5": 3, "L5-S1": 2}, {"L4-L5": 2, "L5-S1": 2}, {"L4-L5": 1, "L5-S1": 1}]
    assert len(list(kin(MODEL, replace(MAN, age_years=55.0, disc_grade={"L4-L5": 3})))) == 6


def test_subject_and_findings_tell_of_the_same_spine():
    graded = replace(MAN, disc_grade={"L4-L5": 3})
    assert agreed(graded, Findings())[1].disc_grade == {"L4-L5": 3}
    assert agreed(MAN, replace(WELL, disc_grade={"L4-L5": 4}))[0].disc_grade == {"L4-L5": 4}
    assert agreed(graded, replace(WELL, disc_grade={"L4-L5": 3})) == (graded, replace(WELL, disc_grade={"L4-L5": 3}))
    assert agreed(MAN, Findings()) == (MAN, Findings())
    turned = replace(MAN, facet_angle_left_deg={"L4-L5": 50.0, "L5-S1": 40.0}, facet_angle_right_deg={"L4-L5": 38.0})
    assert agreed(turned, Findings())[1].tropism_deg == {"L4-L5": 12.0}
    other = replace(MAN, facet_angle_left_deg={"L4-L5": 38.0}, facet_angle_right_deg={"L4-L5": 50.0})
    assert agreed(other, Findings())[1].tropism_deg == {"L4-L5": 12.0}
    assert agreed(turned, WELL)[1].tropism_deg == {}


def test_notes_say_what_was_not_known(solver):
    solver()
    assert ask().notes == ("no task is told that the person tolerates now; one could only raise the limit",)
    assert ask(evidence=(proof(5.0),)).notes == ()
    notes = ask(findings=Findings(), daily_loadings=None).notes
    assert "disc_grade, bulge, facet_loss" in notes[0]
    assert "frequent loading" in notes[1]


def test_unknown_daily_loadings_count_as_frequent(solver, monkeypatch):
    made = Solver()

    def sheared(*args, **told):
        return scaled(made(*args, **told), anterior_shear_N=2.0)

    solver()
    monkeypatch.setattr(module, "demands", sheared)
    occasional, frequent, unknown = (ask(daily_loadings=count) for count in (100.0, 101.0, None))
    assert occasional.modelled_limit_kg > frequent.modelled_limit_kg == unknown.modelled_limit_kg
    assert (frequent.tissue, frequent.level) == ("shear", "L1-L2")
    assert ask(daily_loadings=90.0, reps=11.0).modelled_limit_kg == frequent.modelled_limit_kg
    assert ask(daily_loadings=90.0, reps=10.0).modelled_limit_kg == occasional.modelled_limit_kg
    assert ask(daily_loadings=None, reps=50.0).modelled_limit_kg == unknown.modelled_limit_kg


# --- explanations, sampling


def test_measurements_are_told_by_what_they_leave(solver):
    solver()
    found = ask(findings=replace(Findings(), vertebral_fracture=False, red_flags=False))
    limits = limits_of(Person(30.0, "male", Findings()), "strict", [], 50.0)
    before, after = variances(limits, found.sources.level)
    assert {m.what: m.left for m in found.sources.narrowed_by} == pytest.approx({what: left / before for what, left in after.items()})
    assert [m.left for m in found.sources.narrowed_by] == sorted(m.left for m in found.sources.narrowed_by)


def test_the_lower_of_two_answers():
    one, less = (
        SafeLoad(task="x", outcome="limit", step_kg=1.0, protection="strict", alpha=0.1, modelled_limit_kg=kg) for kg in (5.0, 4.0)
    )
    none = replace(one, outcome="no", modelled_limit_kg=None)
    assert lower(one, less) is less
    assert lower(less, one) is less
    assert lower(one, replace(one, load_error="sampled")) is one
    assert lower(less, none) is none
    assert lower(one, replace(one, modelled_limit_kg=0.0)).modelled_limit_kg == 0.0
    # Multiples of a tenth are a little more or less than they are written.
    assert [steps_of(replace(one, step_kg=0.1, modelled_limit_kg=kg)) for kg in (0.0, 0.3, 0.7, 1.1)] == [1, 4, 8, 12]


def test_what_would_change_it_always_allows_more(solver):
    solver()
    found = ask(
        findings=Findings(), task=replace(NEAR, dynamic_factor=1.2), evidence=(proof(15.0, weeks=2.0),), daily_loadings=None, explain=True
    )
    default = module.safe_load(MODEL, MAN, WELL, NEAR, daily_loadings=50.0)
    assert default.what_would_change == ask(explain=True).what_would_change != ()
    assert {change.what.split()[0] for change in found.what_would_change} >= {"lifting", "the", "protection"}
    assert all(change.modelled_limit_kg > found.modelled_limit_kg for change in found.what_would_change)
    by_hand = ask(findings=Findings(), task=replace(NEAR, dynamic_factor=1.08), evidence=(proof(15.0, weeks=2.0),), daily_loadings=None)
    assert found.what_would_change[0].modelled_limit_kg == by_hand.modelled_limit_kg
    assert ask(findings=replace(WELL, red_flags=True), explain=True).what_would_change == ()


def test_sampled_errors_never_raise_the_answer(solver, monkeypatch):
    solver()
    plain = ask()
    for wide, error in ((False, LoadError(0.01, 0.02)), (True, LoadError(0.4, 0.1))):
        monkeypatch.setattr("spinesim.analysis.load_error.sampled_errors", lambda *args, error=error: {"compression": error})
        found = ask(samples=50, seed=3)
        assert found.load_error == ("sampled" if wide else "default")
        assert (found.modelled_limit_kg < plain.modelled_limit_kg) is wide
        assert found.modelled_limit_kg <= plain.modelled_limit_kg
        assert any("50 models (seed 3)" in note for note in found.notes)


def test_errors_are_sampled_at_the_limit_or_unloaded(solver, monkeypatch):
    told = []

    def sampled(query, load_kg, samples, seed):
        told.append((load_kg, samples, seed))
        return {}

    monkeypatch.setattr("spinesim.analysis.load_error.sampled_errors", sampled)
    solver()
    limit = ask(samples=30).modelled_limit_kg
    solver(weights={"lift": 3.0})
    assert ask(samples=30, seed=8).outcome == "no"
    ask(findings=replace(WELL, red_flags=True), samples=30)
    assert told == [(limit, 30, 0), (0.0, 30, 8)]


def test_a_question_is_asked_again_without_solving(solver):
    made = solver()
    query = Query.of(MODEL, MAN, WELL, NEAR, "strict", (), 1.0, 50.0, 0.0, None, "regression")
    first = query.answer()
    count = len(made.asked)
    assert query.answer(full=False).exceedance == {}
    assert query.answer() == first
    assert len(made.asked) == count


def test_advice_keeps_the_load_errors_of_the_answer(solver, monkeypatch):
    solver()
    advice = {}
    for wide, error in ((False, LoadError(0.01, 0.02)), (True, LoadError(0.4, 0.1))):
        monkeypatch.setattr("spinesim.analysis.load_error.sampled_errors", lambda *args, error=error: {"compression": error})
        found = ask(samples=50, explain=True)
        advice[wide] = next(c.modelled_limit_kg for c in found.what_would_change if "protection standard" in c.what)
    assert advice[True] < advice[False] == ask(protection="standard").modelled_limit_kg


def test_samples_that_say_nothing_are_a_refusal(solver, monkeypatch):
    solver()

    def none(*args):
        raise ValueError("error.shared = 0.7 is outside the range 0 to 0.6")

    monkeypatch.setattr("spinesim.analysis.load_error.sampled_errors", none)
    found = ask(samples=50)
    assert (found.outcome, found.modelled_limit_kg) == ("refused", None)
    assert "error.shared = 0.7" in found.refused


def test_any_answer_is_below_its_limit_and_its_step_above_is_not(solver):
    """Many whole answers: at the limit all is within, one step above something is not."""
    rng = np.random.default_rng(5)
    for _ in range(25):
        solver(weights={"lift": float(rng.uniform(0.5, 1.6)), "shown": float(rng.uniform(0.5, 1.6))})
        subject = replace(MAN, age_years=float(rng.uniform(18, 80)), sex=str(rng.choice(["male", "female"])))
        evidence = [proof(float(rng.uniform(0, 15)), task=replace(NEAR, name="shown"))] if rng.random() < 0.5 else []
        step = float(rng.choice([0.5, 1.0, 2.5]))
        found = ask(subject=subject, evidence=evidence, step_kg=step, protection=str(rng.choice(["strict", "standard", "ergonomic"])))
        assert found.outcome in ("limit", "no")
        if found.outcome == "limit":
            assert found.modelled_limit_kg % step == pytest.approx(0.0)
            if found.basis == "tolerance":
                assert max(v for by in found.utilisation.values() for v in by.values()) <= 1.0
                assert found.margin >= 0.0
        assert found.why


def test_factors_of_the_load_are_named_once():
    assert len(set(FOLLOW_LOAD)) == len(FOLLOW_LOAD) == 8
