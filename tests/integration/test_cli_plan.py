"""``spinesim plan`` as a user calls it."""

from __future__ import annotations

import datetime
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from spinesim.cli.main import main
from spinesim.config.errors import ConfigError
from spinesim.config.plan import load_plan
from spinesim.config.plan_log import COLUMNS, read_log, weeks_passed
from spinesim.model.data import data_dir

CASE = data_dir("configs") / "plan_bulge.yaml"
TEXT = CASE.read_text(encoding="utf-8")
HEAD = ",".join(COLUMNS)


def run(*args):
    return CliRunner().invoke(main, ["plan", *map(str, args)])


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plan")
    result = run(CASE, "--json", "-o", folder / "plan.html", "--ics", folder / "plan.ics")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout), folder


def case(tmp_path: Path, old: str = "", new: str = "") -> Path:
    path = tmp_path / "case.yaml"
    assert old in TEXT
    path.write_text(TEXT.replace(old, new, 1) if old else TEXT, encoding="utf-8")
    return path


def log(tmp_path: Path, *rows: str, head: str = HEAD) -> Path:
    path = tmp_path / "sessions.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def rows_of(answer, weeks: int, pain: str = "1,1,1,1") -> list[str]:
    """The sessions of the first weeks as they were planned."""
    return [
        f"{s['date']},{d['exercise']},{d['load_kg']:g},{d['sets']},{d['reps']},{pain},,,,"
        for s in answer["sessions"]
        if s["week"] <= weeks
        for d in s["doses"]
    ]


def test_a_plan_that_the_checker_accepts(planned):
    answer, _ = planned
    assert answer["status"] == "plan"
    assert answer["violations"] == []
    assert len(answer["sessions"]) == 30
    assert answer["damage"]["probability"] <= 0.05
    for week in answer["weeks"]:
        for load in week["tissues"]:
            assert load["exceedance"] <= 0.05 or load["basis"] == "demonstrated"
            assert load["band"][0] <= load["load"] <= load["band"][1]


def test_the_goal_says_what_stands_against_it(planned):
    goal = planned[0]["goal"]
    assert goal["load_kg"] == 20
    assert goal["reached"] is (goal["planned_kg"] >= 20)
    assert goal["refused_by"]
    allowed = [kg or 0.0 for kg in goal["allowed_kg"].values()]
    assert allowed == sorted(allowed)


def test_the_page_needs_no_network_and_says_what_it_is(planned):
    text = (planned[1] / "plan.html").read_text(encoding="utf-8")
    assert not re.search(r"https?://|<script|<link|@import|url\(", text)
    assert "not medical advice" in text
    assert "not a chance of injury" in text
    assert "What is assumption" in text
    assert text.count("<svg") == 8
    assert "prefers-color-scheme: dark" in text

    class Balanced(HTMLParser):
        def __init__(self):
            super().__init__()
            self.open: list[str] = []

        def handle_starttag(self, tag, attrs):
            if tag not in ("meta", "br"):
                self.open.append(tag)

        def handle_startendtag(self, tag, attrs):
            pass

        def handle_endtag(self, tag):
            assert self.open.pop() == tag

    parser = Balanced()
    parser.feed(text)
    assert parser.open == []


def test_the_calendar_has_an_event_a_session(planned):
    answer, folder = planned
    raw = (folder / "plan.ics").read_bytes()
    lines = raw.decode().split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    days = [line.removeprefix("DTSTART:")[:8] for line in lines if line.startswith("DTSTART:")]
    assert days == [s["date"].replace("-", "") for s in answer["sessions"]]
    assert len({line for line in lines if line.startswith("UID:")}) == len(days)
    assert {datetime.date.fromisoformat(s["date"]).weekday() for s in answer["sessions"]} == {0, 2, 4}


def test_pain_replans_the_weeks_that_are_left(planned, tmp_path):
    rows = rows_of(planned[0], 2)
    hurt = [*rows[:-1], rows[-1].replace("1,1,1,1", "1,5,5,5")]
    result = run(case(tmp_path), "--log", log(tmp_path, *hurt), "--as-of", "2026-12-06", "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert answer["gates"] == ["green", "reduce"]
    assert answer["first_week"] == 3
    last = {d["exercise"]: d["load_kg"] for d in planned[0]["weeks"][1]["doses"]}
    for dose in answer["weeks"][0]["doses"] if answer["weeks"] else ():
        assert answer["weeks"][0]["week"] > 3 or dose["load_kg"] <= last[dose["exercise"]]


def test_a_red_flag_in_the_log_stops(planned, tmp_path):
    rows = rows_of(planned[0], 1)
    result = run(case(tmp_path), "--log", log(tmp_path, *rows[:-1], rows[-1] + "yes"), "--as-of", "2026-11-29")
    assert result.exit_code == 0
    assert "NO SAFE PLAN (red flags)" in result.stdout


def test_an_open_red_flag_comes_before_the_model(tmp_path, monkeypatch):
    from spinesim.analysis import demand

    monkeypatch.setattr(demand, "demands", lambda *_, **__: pytest.fail("the model was asked"))
    result = run(case(tmp_path, "  fever: false\n", ""))
    assert result.exit_code == 0
    assert "NO SAFE PLAN (red flags): red flags not answered: fever" in result.stdout


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("weeks: 10", "weeks: 14", "case.yaml:31:8: weeks: got 14; expected 6 to 12"),
        ("exercise: squat_lift,", "exercise: squat_lit,", "did you mean 'squat_lift'?"),
        ("start: 2026-11-23", "start: 2026-11-24", "2026-11-24, a tuesday; expected a Monday"),
        ("equipment: weights", "equipment: weight", "did you mean 'weights'?"),
        ("posture: lift_squat", "posture: lift_sqat", "did you mean 'lift_squat'?"),
        ("  sleep_h: 7", "  sleep_h: -7", "recovery.sleep_h: got -7; expected 0 to 16"),
        ("  sleep_h: 7", "  sleep: 7", "did you mean 'sleep_h'?"),
        ("times: 40}", "times: many}", "daily_life.sit_to_stand.times: got 'many'; expected a number"),
        ("monday, wednesday, friday", "monday, tuesday, friday", "sessions.days"),
        ("to_kg: 20, step_kg: 1", "to_kg: 20, step_kg: 0", "0 to 200 kg in at most 61 loads"),
        ("  age_years: 42", "  age_years: 12", "age_years: got 12; expected 18 to 80"),
        ("  hip_hinge: {equip", "  hip_hing: {equip", "did you mean 'hip_hinge'?"),
        ("protection: standard", "protection: standart", "did you mean 'standard'?"),
    ],
)
def test_faults_of_a_case_name_their_place(tmp_path, old, new, said):
    result = run(case(tmp_path, old, new), "-o", tmp_path / "plan.html")
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert re.search(r"case\.yaml:\d+:\d+: ", result.stderr)
    assert not (tmp_path / "plan.html").exists()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2026-11-23,squat_lit,4,3,8,1,1,1,1,,,,", "sessions.csv:2:12: exercise: got 'squat_lit'"),
        ("2026-11-23,squat_lift,four,3,8,1,1,1,1,,,,", "sessions.csv:2:23: load_kg: got 'four'; expected a number from 0 to 200"),
        ("2026-11-23,squat_lift,4,3,8,1,11,1,1,,,,", "pain: got '11'; expected a number from 0 to 10"),
        ("2026-11-20,squat_lift,4,3,8,1,1,1,1,,,,", "expected a day from 2026-11-23 on"),
        ("23.11.2026,squat_lift,4,3,8,1,1,1,1,,,,", "expected a day as YYYY-MM-DD"),
        ("2026-11-23,squat_lift,4,3,8,1,1,1,1,,,,maybe", "red_flag: got 'maybe'; expected yes, no or nothing"),
        ("2026-11-23,squat_lift,nan,3,8,1,1,1,1,,,,", "load_kg: got 'nan'"),
        ("2026-11-23,squat_lift,4,3", "4 cells; expected 13 cells"),
    ],
)
def test_faults_of_a_log_name_their_place(tmp_path, row, said):
    asked = load_plan(CASE)
    with pytest.raises(ConfigError) as fault:
        read_log(log(tmp_path, row), asked.request, asked.start)
    assert said in str(fault.value)


def test_columns_of_a_log(tmp_path):
    asked = load_plan(CASE)
    with pytest.raises(ConfigError, match="did you mean 'pain'"):
        read_log(log(tmp_path, head=HEAD.replace("pain,", "pian,")), asked.request, asked.start)
    with pytest.raises(ConfigError, match="no reps"):
        read_log(log(tmp_path, head="date,exercise,load_kg,sets"), asked.request, asked.start)
    short = log(tmp_path, "2026-11-23,squat_lift,4,3,8", head="date,exercise,load_kg,sets,reps")
    assert read_log(short, asked.request, asked.start)[0].pain is None


def test_weeks_that_have_passed():
    start = datetime.date(2026, 11, 23)
    assert weeks_passed([], start, start) == 0
    assert weeks_passed([], start, datetime.date(2026, 11, 29)) == 1
    assert weeks_passed([], start, datetime.date(2026, 12, 5)) == 1


@pytest.mark.parametrize("option", [("--weeks", "5"), ("--weeks", "13"), ("--as-of", "2026-12-01")])
def test_usage(option):
    assert run(CASE, *option).exit_code == 2


def test_what_cannot_be_written_is_refused_before_planning(tmp_path):
    assert run(CASE, "-o", tmp_path / "none" / "plan.html").exit_code == 6
    assert run(CASE, "-o", tmp_path / "one", "--ics", tmp_path / "one").exit_code == 2
