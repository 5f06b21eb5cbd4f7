"""A person's file: what it says, and how its faults are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spinesim.config.errors import ConfigError
from spinesim.config.person import load_person, load_question
from spinesim.config.person_schema import person_schema
from spinesim.model.data import data_dir

GOOD = """\
subject: {mass_kg: 65, stature_m: 1.65, sex: female, age_years: 42}
findings:
  bulge: {L4-L5: early}
  osteoporosis: false
tolerates:
  - posture: bent_forward_60
    times_a_day: 20
    since: 2026-10-01
  - posture: {preset: carry_one_hand}
    load_kg: 8
    kind: logged_training
    since: 2026-01-01
    dynamic_factor: 1.1
daily_loadings: 80
date: 2026-11-20
last_event: 2026-10-30
"""


@pytest.fixture
def read(tmp_path):
    def of(text: str = GOOD, *overrides: str):
        path = tmp_path / "p.yaml"
        path.write_text(text, encoding="utf-8")
        return load_person(path, overrides)

    return of


def test_what_a_file_says(read):
    found = read()
    assert (found.subject.mass_kg, found.subject.sex, found.subject.age_years) == (65, "female", 42)
    assert found.findings.bulge == {"L4-L5": "early"}
    assert (found.findings.osteoporosis, found.findings.disc_grade, found.findings.red_flags) == (False, None, None)
    bend, carry = found.evidence
    # Only what came after the last event counts: three weeks.
    assert (bend.weeks, bend.times_a_day, bend.habit, bend.counted_as) == (3.0, 20, False, "daily_life")
    assert (bend.task.name, bend.task.dynamic_factor, bend.load_kg) == ("bent_forward_60", 1.0, 0.0)
    assert (carry.task.place, carry.task.dynamic_factor, carry.load_kg, carry.weeks) == ("right", 1.1, 8, 3.0)
    assert (found.protection, found.daily_loadings, found.step_kg, found.max_flexion_deg) == ("strict", 80, 1.0, None)
    assert found.resolved["date"] == "2026-11-20"
    assert found.source_sha256


def test_overrides(read):
    found = read(GOOD, "subject.age_years=50", "findings.osteoporosis=true", "protection=standard", "tolerates=[]", "step_kg=2.5")
    assert (found.subject.age_years, found.findings.osteoporosis, found.protection) == (50, True, "standard")
    assert (found.evidence, found.step_kg) == ((), 2.5)


def test_without_dates(read):
    text = GOOD.replace("last_event: 2026-10-30\n", "")
    assert read(text).evidence[0].weeks == pytest.approx(50 / 7)
    assert read(text.replace("    since: 2026-10-01\n", "")).evidence[0].weeks is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("sex: female, ", "", "p.yaml:1:10: subject: got"),
        ("sex: female", "sex: woman", "p.yaml:1:46: subject.sex: got 'woman'; expected 'male' or 'female'"),
        ("age_years: 42", "age: 42", "did you mean 'age_years'?"),
        ("osteoporosis: false", "osteoporosis: no", "p.yaml:4:17: findings.osteoporosis: got 'no'"),
        ("osteoporosis", "osteopenia", "p.yaml:4:3: findings.osteopenia: got the unknown key 'osteopenia'; expected a key of findings"),
        ("L4-L5: early", "L45: early", "p.yaml:3:11: findings.bulge.L45: got 'L45'; expected 'T12-L1'"),
        ("early", "fresh", "findings.bulge.L4-L5: got 'fresh'; expected 'early' or 'late'"),
        (
            "posture: bent_forward_60",
            "posture: bent_forward_6",
            "p.yaml:6:14: tolerates.0.posture: got 'bent_forward_6'; expected a preset",
        ),
        (
            "    times_a_day: 20",
            "    exercise: squat",
            "p.yaml:6:5: tolerates.0: got both or none of them; expected one of posture and exercise",
        ),
        ("times_a_day: 20", "times_a_day: often", "p.yaml:7:18: tolerates.0.times_a_day: got 'often'; expected a number"),
        ("times_a_day: 20", "times_a_day: -1", "p.yaml:7:18: tolerates.0.times_a_day: got -1; expected 0 to 10000 1/day"),
        ("since: 2026-10-01", "since: last autumn", "p.yaml:8:12: tolerates.0.since: got 'last autumn'; expected a day as YYYY-MM-DD"),
        ("since: 2026-10-01", "since: 2026-12-01", "p.yaml:8:12: tolerates.0.since: got '2026-12-01'; expected a day not after 2026-11-20"),
        ("load_kg: 8", "load_kg: 180", "p.yaml:10:14: tolerates.1.load_kg: got 180; expected 0 to 60 kg"),
        ("load_kg: 8", "load_kg: 8 kg", "p.yaml:10:14: tolerates.1.load_kg: got '8 kg'; expected a number; write 8 without unit or quotes"),
        ("kind: logged_training", "kind: training", "expected 'daily_life', 'logged_training' or 'supervised_training'"),
        ("dynamic_factor: 1.1", "dynamic_factor: 0.5", "p.yaml:13:21: tolerates.1.dynamic_factor: got 0.5; expected 1 to 3"),
        ("daily_loadings: 80", "daily_loadings: 8000", "p.yaml:14:17: daily_loadings: got 8000; expected 0 to 1000 1/day"),
        ("daily_loadings: 80", "step_kg: 0", "p.yaml:14:10: step_kg: got 0; expected 0.1 to 20 kg"),
        ("daily_loadings: 80", "protection: safe", "p.yaml:14:13: protection: got 'safe'; expected 'strict'"),
        ("daily_loadings: 80", "protecton: strict", "did you mean 'protection'?"),
        ("last_event: 2026-10-30", "last_event: 2027-10-30", "p.yaml:16:13: last_event: got '2027-10-30'; expected a day not after"),
        ("date: 2026-11-20", "date: 2026-13-20", "p.yaml:15:7: date: got '2026-13-20'; expected a day as YYYY-MM-DD"),
        ("age_years: 42}", "age_years: 42, disc_grade: {L4-L5: 3}}\nfindings:\n  disc_grade: {L4-L5: 2}\nx:", "findings"),
    ],
)
def test_faults_name_their_place(read, old, new, message):
    assert old in GOOD
    with pytest.raises(ConfigError) as fault:
        read(GOOD.replace(old, new, 1))
    assert message in str(fault.value)


def test_grades_that_do_not_agree(read):
    text = GOOD.replace("age_years: 42}", "age_years: 42, disc_grade: {L4-L5: 3}}").replace("  osteo", "  disc_grade: {L4-L5: 2}\n  osteo")
    with pytest.raises(ConfigError, match=r"p.yaml:4:3: findings.disc_grade: .*the same as subject.disc_grade"):
        read(text)


def test_the_posture_that_is_asked_about(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text(GOOD, encoding="utf-8")
    _, task = load_question(path, (), "backpack")
    assert (task.name, task.place, task.dynamic_factor) == ("backpack", "back", 1.2)
    _, task = load_question(path, ("posture.knee_flexion_deg=30",), "hip_hinge", dynamic_factor=1.08)
    assert (task.frames[0].knee_flexion_deg, task.frames[0].pelvic_tilt_deg, task.dynamic_factor) == (30, 40, 1.08)
    with pytest.raises(ConfigError, match=r"--posture: posture: got no posture and no exercise; expected one of"):
        load_question(path, (), None)
    with pytest.raises(ConfigError, match=r"--posture hip_hing: posture: got 'hip_hing'.*did you mean 'hip_hinge'"):
        load_question(path, (), "hip_hing")


def test_the_exercise_that_is_asked_about(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text(GOOD.replace("posture: bent_forward_60", "exercise: sit_to_stand"), encoding="utf-8")
    found, task = load_question(path, (), exercise="hip_hinge")
    assert (task.name, task.place, task.dynamic_factor) == ("hip_hinge", "both", 1.0)
    assert len(task.frames) == len(task.phases) > 20
    assert {"lowering", "rising"} <= set(task.phases)
    assert found.evidence[0].task.name == "sit_to_stand"
    assert len(load_question(path, (), exercise="suitcase_carry")[1].loads_at(5.0)) == len(
        load_question(path, (), exercise="suitcase_carry")[1].frames
    )
    with pytest.raises(ConfigError, match=r"--exercise squatt: exercise: got 'squatt'.*did you mean 'squat'"):
        load_question(path, (), exercise="squatt")
    with pytest.raises(ConfigError, match=r"a posture beside --exercise"):
        load_question(path, (), "hip_hinge", "hip_hinge")
    path.write_text(GOOD.replace("posture: bent_forward_60", "exercise: sit_to_stan"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"p.yaml:6:15: tolerates.0.exercise: got 'sit_to_stan'.*did you mean 'sit_to_stand'"):
        load_question(path, (), exercise="squat")


def test_the_schema_is_the_one_that_is_shipped_and_knows_every_key():
    schema = person_schema()
    shipped = json.loads((data_dir("configs") / "person.schema.json").read_text(encoding="utf-8"))
    assert shipped == schema
    assert set(schema["properties"]) >= {
        "subject",
        "findings",
        "tolerates",
        "protection",
        "daily_loadings",
        "step_kg",
        "date",
        "last_event",
    }
    assert schema["$defs"]["BodyModel"]["required"] == ["mass_kg", "stature_m", "sex", "age_years"]


@pytest.mark.parametrize("path", sorted((data_dir("configs") / "persons").glob("*.yaml")), ids=lambda p: p.stem)
def test_shipped_persons_load(path: Path):
    assert load_person(path).title
