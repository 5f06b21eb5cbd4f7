"""Schemas of plan files, session logs and exercise files: what is shipped validates, what is spoiled is refused at its place."""

from __future__ import annotations

import copy
import csv
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from spinesim.config.document import read_file
from spinesim.config.errors import ConfigError
from spinesim.config.exercise import build, find, names
from spinesim.config.json_schema import exercise_schema
from spinesim.config.plan import load_plan
from spinesim.config.plan_json_schema import log_schema, plan_schema
from spinesim.config.plan_log import COLUMNS, WHOLE, read_log
from spinesim.model.data import data_dir

CONFIGS = data_dir("configs")
CASE, LOG = CONFIGS / "plan_bulge.yaml", CONFIGS / "plan_bulge_sessions.csv"
SCHEMAS = {"plan.schema": plan_schema, "sessions.schema": log_schema, "exercises/schema": exercise_schema}


def faults(schema: dict[str, Any], given: Any) -> list[str]:
    """Places that a schema refuses, those inside of alternatives after their whole."""
    errors = list(Draft202012Validator(schema).iter_errors(given))
    return [".".join(map(str, part.absolute_path)) for error in errors for part in (error, *(error.context or ()))]


def cell(name: str, text: str) -> Any:
    if not text:
        return None
    return text if name in ("date", "exercise", "red_flag") else (int if name in WHOLE else float)(text)


def rows() -> list[dict[str, Any]]:
    with LOG.open(encoding="utf-8", newline="") as file:
        return [{name: cell(name, text) for name, text in row.items()} for row in csv.DictReader(file)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_shipped_schemas_are_the_ones_that_are_made(name):
    made = SCHEMAS[name]()
    Draft202012Validator.check_schema(made)
    assert json.loads((CONFIGS / f"{name}.json").read_text(encoding="utf-8")) == made, "run: make refresh"


def test_shipped_plans_and_logs_validate_and_load():
    plans = sorted(CONFIGS.glob("plan*.yaml"))
    assert CASE in plans
    for path in plans:
        assert faults(plan_schema(), read_file(path).data) == []
        assert load_plan(path).title
    assert len(rows()) == 24
    assert [faults(log_schema(), row) for row in rows()] == [[]] * 24
    asked = load_plan(CASE)
    assert len(read_log(LOG, asked.request, asked.start)) == 24


@pytest.mark.parametrize("name", names())
def test_shipped_exercises_validate_and_build(name):
    assert faults(exercise_schema(), find(name).data) == []
    assert build(find(name)).name == name


def put(given: Any, place: str, value: Any) -> Any:
    """A copy with one value other."""
    found = copy.deepcopy(given)
    *path, last = place.split(".")
    part = found
    for key in path:
        part = part[int(key)] if isinstance(part, list) else part[key]
    part[int(last) if isinstance(part, list) else last] = value
    return found


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("weeks", 13), ("weeks", 8.5), ("goal.load_kg", -1), ("protection", "standart"), ("red_flags.fever", "no"),
        ("subject.mass_kg", 5000), ("subject.sex", "woman"), ("findings.bulge.L4-L5", "old"), ("findings.osteoporosis", "unknown"),
        ("sessions.days.0", "funday"), ("sessions.minutes", 2), ("sessions.hours_after_rising", 25),
        ("equipment.weights.step_kg", "one"), ("exercises.squat_lift.posture", "lift_sqat"), ("exercises.hip_hinge.rest_s", 0),
        ("exercises.suitcase_carry.reps", 10), ("daily_life.walking.times", -1), ("daily_life.sit_to_stand.times", "many"),
        ("daily_life.bend_to_shoes.days", 8), ("recovery.sleep_h", 17), ("recovery.stress", 3), ("job", ["lift"]), ("start", 3),
    ],
)  # fmt: skip
def test_a_spoiled_plan_is_refused_at_its_place_by_schema_and_reader(tmp_path, place, value):
    given = read_file(CASE).data
    spoiled = put(given, place, value)
    assert place in faults(plan_schema(), spoiled)
    path = tmp_path / "case.yaml"
    path.write_text(json.dumps(spoiled, indent=1), encoding="utf-8")
    with pytest.raises(ConfigError) as refusal:
        load_plan(path)
    assert any(_near(place, problem.key) for problem in refusal.value.problems), str(refusal.value)


def _near(place: str, key: str) -> bool:
    """Whether a refusal names the place, or the section that holds it."""
    return place == key or place.startswith(f"{key}.") or key.startswith(f"{place}.")


@pytest.mark.parametrize("section", ["", "goal", "sessions", "recovery", "exercises.hip_hinge", "daily_life.walking", "findings"])
def test_an_unknown_key_is_refused_by_schema_and_reader(tmp_path, section):
    given = read_file(CASE).data
    spoiled = put(given, f"{section}.extra".lstrip("."), 1)
    assert section in faults(plan_schema(), spoiled)
    path = tmp_path / "case.yaml"
    path.write_text(json.dumps(spoiled), encoding="utf-8")
    with pytest.raises(ConfigError, match="extra"):
        load_plan(path)


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("pain", "11"),
        ("odi", "101"),
        ("rmdq", "25"),
        ("load_kg", "-1"),
        ("sets", "51"),
        ("reps", "5001"),
        ("red_flag", "maybe"),
        ("psfs", "-1"),
    ],
)
def test_a_spoiled_row_is_refused_at_its_place_by_schema_and_reader(tmp_path, column, text):
    row = rows()[0] | {column: text if column == "red_flag" else float(text)}
    assert faults(log_schema(), row) == [column]
    lines = LOG.read_text(encoding="utf-8").splitlines()
    cells = lines[1].split(",")
    cells[COLUMNS.index(column)] = text
    path = tmp_path / "log.csv"
    path.write_text("\n".join([lines[0], ",".join(cells)]) + "\n", encoding="utf-8")
    asked = load_plan(CASE)
    at = 1 + len(",".join(cells[: COLUMNS.index(column)])) + 1
    with pytest.raises(ConfigError) as refusal:
        read_log(path, asked.request, asked.start)
    assert f"log.csv:2:{at}: {column}:" in str(refusal.value)


def test_a_row_needs_its_first_columns_and_no_others():
    row = rows()[0]
    assert faults(log_schema(), {key: value for key, value in row.items() if key != "sets"}) == [""]
    assert faults(log_schema(), row | {"mood": 3}) == [""]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("tempo.lowering.seconds", "two"),
        ("load.place", "head"),
        ("reps", 2.5),
        ("keyframes.1.flexion_deg", "ten"),
        ("hips", "free"),
        ("sides", 1),
    ],
)
def test_a_spoiled_exercise_is_refused_at_its_place_by_schema_and_reader(tmp_path: Path, place: str, value: Any):
    document = find("hip_hinge")
    spoiled = put(document.data, place, value)
    assert place in faults(exercise_schema(), spoiled)
    path = tmp_path / "mine.yaml"
    path.write_text(json.dumps(spoiled), encoding="utf-8")
    with pytest.raises(ConfigError, match=place.replace(".", r"\.")):
        build(find(str(path)))
