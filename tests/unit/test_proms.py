"""Sum rules of questionnaires, and when a change matters."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from spinesim.analysis.proms import RANGES, SCORING, change, important_change, odi, psfs, psqi, psqi_components, rmdq, tsk11
from spinesim.cli import main

COUNT = {"nprs": (1, 0, 10), "odi": (10, 0, 5), "rmdq": (24, 0, 1), "psfs": (4, 0, 10), "tsk11": (11, 1, 4), "psqi": (7, 0, 3)}


def answers(name):
    count, low, high = COUNT[name]
    return st.lists(st.integers(low, high), min_size=count, max_size=count)


@pytest.mark.parametrize("name", SCORING)
def test_the_ends_of_every_scale_are_reached(name):
    count, low, high = COUNT[name]
    assert (SCORING[name]([low] * count), SCORING[name]([high] * count)) == RANGES[name]


@pytest.mark.parametrize("name", SCORING)
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_one_answer_higher_never_lowers_a_score(name, data):
    items = data.draw(answers(name))
    place = data.draw(st.integers(0, len(items) - 1))
    more = [*items]
    more[place] = min(items[place] + 1, COUNT[name][2])
    assert RANGES[name][0] <= SCORING[name](items) <= SCORING[name](more) <= RANGES[name][1]


@pytest.mark.parametrize("name", SCORING)
def test_answers_off_the_scale_or_of_another_number_are_refused(name):
    count, low, high = COUNT[name]
    for bad in (high + 1, low - 1, 1.5, "1"):
        with pytest.raises(ValueError, match=rf"{name}: answer 1 = .* is not a whole number from {low} to {high}"):
            SCORING[name]([bad, *[low] * (count - 1)])
    with pytest.raises(ValueError, match=name):
        SCORING[name]([low] * (count + 2))


def test_published_sum_rules():
    assert odi([5, 4, 3, 2, 1, 0, 5, 4, 3, 2]) == 58.0  # twice the sum
    assert odi([5, 4, 3, 2, 1, 0, 5, 4, None, None]) == 60.0  # over the eight answered
    with pytest.raises(ValueError, match="7 of 10 answered; expected 8"):
        odi([1] * 7 + [None] * 3)
    assert rmdq([1] * 9 + [0] * 15) == rmdq([True] * 9 + [False] * 15) == 9.0
    assert psfs([2, 4, 6]) == 4.0
    assert tsk11([1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3]) == 26.0


def test_the_components_of_the_sleep_index():
    good = {"quality": 0, "latency_min": 10.0, "latency_item": 0, "asleep_h": 7.5, "in_bed_h": 8.0, "disturbances": [0] * 9,
            "medication": 0, "dysfunction": (0, 0)}  # fmt: skip
    assert psqi_components(**good) == (0,) * 7
    bad = {"quality": 3, "latency_min": 90.0, "latency_item": 3, "asleep_h": 4.5, "in_bed_h": 8.0, "disturbances": [3] * 9,
           "medication": 3, "dysfunction": (3, 3)}  # fmt: skip
    assert psqi_components(**bad) == (3,) * 7
    assert psqi(psqi_components(**bad)) == 21.0
    for hours, points in ((7.5, 0), (7.0, 1), (6.0, 1), (5.9, 2), (5.0, 2), (4.9, 3)):
        assert psqi_components(**(good | {"asleep_h": hours, "in_bed_h": hours}))[2] == points
    for in_bed, points in ((8.0, 0), (8.2, 0), (9.0, 1), (10.0, 2), (11.0, 3)):
        assert psqi_components(**(good | {"asleep_h": 7.0, "in_bed_h": in_bed}))[3] == points
    for minutes, item, points in ((15, 0, 0), (16, 0, 1), (31, 0, 1), (61, 0, 2), (61, 2, 3), (15, 3, 2)):
        assert psqi_components(**(good | {"latency_min": minutes, "latency_item": item}))[1] == points
    for total, points in (((0,) * 9, 0), ((1,) * 9, 1), ((2,) + (1,) * 8, 2), ((3,) * 6 + (1, 0, 0), 3)):
        assert psqi_components(**(good | {"disturbances": total}))[4] == points
    with pytest.raises(ValueError, match="asleep_h = 9 is more than in_bed_h = 8"):
        psqi_components(**(good | {"asleep_h": 9.0}))


def test_a_change_matters_from_the_published_one_or_thirty_percent():
    assert change("odi", 20.0, 11.0) == "same"  # 9 of 10 points
    assert change("odi", 20.0, 10.0) == "better"
    assert change("odi", 60.0, 45.0) == "same"  # a quarter
    assert change("odi", 60.0, 42.0) == "better"
    assert change("odi", 60.0, 70.0) == "worse"  # in doubt the smaller one
    assert change("rmdq", 12.0, 7.0) == "better"
    assert change("nprs", 4.0, 2.0) == "better"
    assert change("psfs", 3.0, 5.0) == "better"
    assert change("psfs", 5.0, 3.0) == "worse"
    assert change("psfs", 5.0, 5.0) == "same"
    assert important_change("odi", 60.0) == (18.0, 10.0)
    with pytest.raises(ValueError, match="odi = 101"):
        change("odi", 101.0, 20.0)


def test_the_command_scores_a_file_and_names_its_faults(tmp_path):
    path = tmp_path / "answers.csv"
    rows = ["date,questionnaire,answers", "2026-02-02,odi,3 3 3 3 3 - 3 3 3 3", "2026-01-05,odi,5 4 3 2 1 0 5 4 3 2", "2026-01-05,nprs,6",
            "2026-02-02,nprs,3"]  # fmt: skip
    path.write_text("\n".join(rows), encoding="utf-8")
    done = CliRunner().invoke(main, ["prom", str(path), "--json"])
    told = json.loads(done.stdout)["scores"]
    assert [(t["questionnaire"], t["score"], t["verdict"]) for t in told] == [
        ("odi", 58.0, "same"), ("nprs", 6.0, "same"), ("odi", 60.0, "same"), ("nprs", 3.0, "better"),
    ]  # fmt: skip
    assert "better" in CliRunner().invoke(main, ["prom", str(path)]).stdout
    rows[1:3] = ["2026-13-02,odi,3", "2026-02-02,oid,3", "2026-02-02,odi,3 3 9"]
    path.write_text("\n".join(rows), encoding="utf-8")
    done = CliRunner().invoke(main, ["prom", str(path)])
    assert done.exit_code == 2
    for text in (":2:1: date:", ":3:1: questionnaire:", "did you mean 'odi'", ":4:1: answers:", "3 answers; expected 10"):
        assert text in done.output
    path.write_text("a,b\n", encoding="utf-8")
    assert "date,questionnaire,answers" in CliRunner().invoke(main, ["prom", str(path)]).output
