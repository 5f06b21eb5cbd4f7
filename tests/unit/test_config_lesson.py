"""Lessons are read, and every fault is told with its place."""

from __future__ import annotations

import json

import pytest

from spinesim.config.errors import ConfigError
from spinesim.config.lesson import lesson_schema, load_lesson
from spinesim.model.data import data_dir

FOLDER = data_dir("configs") / "lessons"
FINE = "title: T\naxes:\n  load_kg: [0, 10]\nsteps:\n  - {title: A, caption: b, at: {load_kg: 10}}\n"


def faults(tmp_path, text: str) -> str:
    path = tmp_path / "lesson.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_lesson(path)
    return str(caught.value).replace(str(tmp_path), "")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_lessons_are_sound(path):
    lesson = load_lesson(path)
    assert lesson.title
    assert len(lesson.steps) >= 4
    assert len(lesson.source_sha256) == 64


def test_a_lesson_is_what_its_file_says(tmp_path):
    path = tmp_path / "lesson.yaml"
    path.write_text(FINE.replace("caption: b", "caption: 'now {L4-L5.disc_compression_N}', level: L4-L5, view: side, muscles: both"))
    lesson = load_lesson(path)
    assert next(axis for axis in lesson.axes if axis.key == "load_kg").values == (0.0, 10.0)
    (step,) = lesson.steps
    assert (step.title, dict(step.at), step.level, step.view, step.muscles, step.colour) == (
        "A",
        {"load_kg": 10.0},
        "L4-L5",
        "side",
        "both",
        None,
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("title: T\n", "", "lesson.yaml:1:1: got {'axes'"),
        ("load_kg: [0, 10]", "laod_kg: [0, 10]", "lesson.yaml:3:3: axes.laod_kg: "),
        ("load_kg: [0, 10]", "load_kg: [10, 0]", "lesson.yaml:3:12: axes.load_kg: got [10.0, 0.0]; expected other values; axis load_kg: "),
        ("load_kg: [0, 10]", "load_kg: [0, 1000]", "outside the computable range"),
        ("load_kg: [0, 10]", "load_kg: []", "lesson.yaml:3:12: axes.load_kg: got []; expected at least 1 value"),
        ("load_kg: 10", "load_kg: 7", "lesson.yaml:5:42: steps.0.at.load_kg: got 7.0; expected a value that is solved (0, 10); or name it"),
        ("at: {load_kg: 10}", "at: {rotation_deg: 5}", "got the axis 'rotation_deg'; expected an axis of this lesson"),
        ("caption: b", "caption: 'x {L4-L5.disc_compresion_N}'", "expected a result (disc_compression_N,"),
        ("caption: b", "caption: 'x {L9.disc_compression_N}'", "expected {LEVEL.RESULT} with a level (T12-L1,"),
        ("caption: b", "caption: b, view: top", "steps.0.view: got 'top'; expected 'back', 'side' or 'front'"),
        ("caption: b", "captoin: b", "did you mean 'caption'"),
        ("  load_kg: [0, 10]", "  load_kg: [0, 10]\n  flexion_deg: [0]\n  trunk_inclination_deg: [0]", "two ways of saying one posture"),
    ],
)  # fmt: skip
def test_faults_are_told_with_their_place(tmp_path, old, new, words):
    assert old in FINE
    assert words in faults(tmp_path, FINE.replace(old, new))


def test_no_steps_are_no_lesson(tmp_path):
    assert "steps" in faults(tmp_path, "title: T\nsteps: []\n")


def test_the_shipped_schema_is_the_code_s():
    assert json.loads((FOLDER / "schema.json").read_text(encoding="utf-8")) == lesson_schema(), "run: make refresh"
