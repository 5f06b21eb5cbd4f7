"""Exercise files: what is read, and faults that name file, line, column and the nearest name."""

from __future__ import annotations

import json

import pytest

from spinesim.analysis.exercise import Lean, Phase
from spinesim.analysis.published import Exercising
from spinesim.config import ConfigError
from spinesim.config.evidence import load_evidence
from spinesim.config.exercise import build, exercise, find, names, source
from spinesim.config.json_schema import exercise_schema
from spinesim.model.data import data_dir

LINES = """\
description: A lift
load: {place: both, usual_kg: 5}
reps: 8
tempo:
  up: {seconds: 2, to: 1}
  pause: {seconds: 0.5}
keyframes:
  - {at: 0, preset: lift_stoop, knee_flexion_deg: 15}
  - {at: 1, flexion_deg: 5}
"""
WANTED = (
    "hip_hinge", "romanian_deadlift", "squat", "deadlift", "suitcase_carry", "farmer_carry", "sit_to_stand", "bird_dog", "side_bridge",
    "back_extension", "curl_up", "step_up", "reach", "lift_floor_to_table", "partial_hip_hinge", "bend_to_shoes", "walking",
)  # fmt: skip


@pytest.fixture
def read(tmp_path):
    def load(text, overrides=()):
        path = tmp_path / "mine.yaml"
        path.write_text(text, encoding="utf-8")
        return build(find(str(path), overrides))

    return load


def changed(old, new):
    assert old in LINES
    return LINES.replace(old, new)


def test_an_exercise_is_read(read):
    found = read(LINES)
    assert (found.name, found.reps, found.load_kg, found.seconds) == ("mine", 8, 5.0, 2.5)
    assert found.phases == (Phase("up", 2.0, 1.0), Phase("pause", 0.5))
    first, last = (key.posture for key in found.keyframes)
    assert (first.flexion_deg, first.knee_flexion_deg, last.flexion_deg) == (36.0, 15.0, 5.0)


def test_overrides_reach_phases_and_load(read):
    found = read(LINES, ["tempo.up.seconds=1", "load.usual_kg=7", "reps=3"])
    assert (found.phases[0].seconds, found.load_kg, found.reps) == (1.0, 7.0, 3)


def test_the_library_is_there_and_copies_of_it_are_the_same(read):
    assert set(WANTED) <= set(names())
    for name in names():
        copy = read(source(name))
        assert (copy.keyframes, copy.phases, copy.place) == (exercise(name).keyframes, exercise(name).phases, exercise(name).place)
        assert exercise(name).notes
    assert exercise("bird_dog").lean == Lean("left", 0.40)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("reps: 8", "reps: 2.5", ":3:7: reps: got 2.5; expected a whole number"),
        ("reps: 8", "reps: 0", ":3:7: reps: got 0; expected a number from 1"),
        ("usual_kg: 5", "usual_kg: 90", ":2:31: load.usual_kg: got 90"),
        ("seconds: 2, to: 1", "seconds: -2, to: 1", ":5:17: tempo.up.seconds: got -2"),
        ("seconds: 2, to: 1", "seconds: 2, to: 1.5", ":5:24: tempo.up.to: got 1.5"),
        ("seconds: 2, to: 1", "second: 2, to: 1", "'second'; expected a key of up (seconds, to); did you mean 'seconds'?"),
        (
            "knee_flexion_deg: 15",
            "knee_flexoin_deg: 15",
            "'knee_flexoin_deg'; expected a key of keyframes; did you mean 'knee_flexion_deg'?",
        ),
        ("preset: lift_stoop", "preset: lift_stop", "did you mean 'lift_stoop'?"),
        ("preset: lift_stoop", "preset: lift_stoop, flexion_deg: 3", "two ways of saying one posture"),
        ("at: 1,", "at: 0.9,", ":8:3: keyframes: got at [0.0, 0.9]"),
        ("at: 1, flexion_deg: 5", "at: 1, stance: left", ":9:21: keyframes.1.stance"),
        ("at: 1, flexion_deg: 5", "at: 1, flexion_rate_deg_s: 5", "rates follow from the tempo"),
        ("at: 1, flexion_deg: 5", "at: 1, hand_position_mm: [300, 0]", "keyframes.1.hand_position_mm"),
        ("place: both", "place: bth", "did you mean 'both'?"),
        ("place: both", "place: none", "expected 0 where load.place is none"),
        ("reps: 8", "reps: 8\nlean: {hands: left, share: 0.4}", "load.place none"),
        ("reps: 8", "reps: 8\ndynamic_factor: 1.2", "one phase without 'to'"),
        ("reps: 8", "reps: 8\ndynamic_factor: 3", "a number from 1 to 2"),
    ],
)
def test_faults_name_their_place(read, old, new, words):
    with pytest.raises(ConfigError) as error:
        read(changed(old, new))
    assert words in str(error.value)
    assert "mine.yaml:" in str(error.value)


def test_a_held_posture_goes_nowhere(read):
    text = changed("  - {at: 0, preset: lift_stoop, knee_flexion_deg: 15}\n  - {at: 1, flexion_deg: 5}", "  - {flexion_deg: 5}")
    with pytest.raises(ConfigError, match=r"tempo\.up\.to: got 1\.0; expected no 'to'"):
        read(text)
    assert len(read(text.replace(", to: 1", "")).keyframes) == 1


def test_unknown_names_get_a_hint(read):
    with pytest.raises(ConfigError, match="did you mean 'hip_hinge'"):
        exercise("hip_hing")
    with pytest.raises(
        ConfigError, match=r"--set tempo\.upp\.seconds=1: tempo: got 'upp'; expected a phase \(up, pause\); did you mean 'up'"
    ):
        read(LINES, ["tempo.upp.seconds=1"])


def test_schema_file_is_current():
    stored = json.loads((data_dir("configs") / "exercises/schema.json").read_text(encoding="utf-8"))
    assert stored == exercise_schema(), "run: spinesim schema exercise -o configs/exercises/schema.json"
    assert "flexion_rate_deg_s" not in stored["$defs"]["KeyframeModel"]["properties"]


CASE = """\
id: somebody
title: A lift
citation: Somebody (2000) A journal 1:1
figures: [X-1]
status: read
group: model_to_model
used_for_calibration: false
published: {value: 2000, unit: N, spread: none}
band: {within_percent: 25, because: a quarter}
quantity: {name: compression_N, level: L4-L5}
setup:
  living: {exercise: lift_stoop, load: {mass_kg: 15}}
"""


def read_case(folder, text):
    path = folder / "models/somebody.yaml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return load_evidence(path)


def test_a_published_case_may_be_an_exercise(tmp_path):
    setup = read_case(tmp_path, CASE).points[0].setup
    assert isinstance(setup, Exercising)
    assert (setup.exercise.name, setup.load_kg) == ("lift_stoop", 15.0)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("lift_stoop,", "lift_stop,", "did you mean 'lift_stoop'?"),
        ("lift_stoop,", "lift_stoop, posture: standing,", "posture: got this beside an exercise"),
        ("mass_kg: 15", "mass_kg: 15, hands: left", "load.hands: got this beside an exercise"),
    ],
)
def test_faults_of_such_a_case(tmp_path, old, new, words):
    with pytest.raises(ConfigError) as error:
        read_case(tmp_path, CASE.replace(old, new))
    assert words in str(error.value)
