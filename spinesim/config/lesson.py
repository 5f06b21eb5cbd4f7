"""Lessons from YAML: short captions, each with the slider values it is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from spinesim.analysis.posture_grid import KEYS, MOST_VALUES, Axis, axes_with
from spinesim.config.document import Document, Path_, read_file
from spinesim.config.errors import ConfigError, Problem, did_you_mean, shown
from spinesim.config.schema import Level, Number, Strict, Text
from spinesim.config.validate import validate
from spinesim.model.names import LEVELS
from spinesim.model.ranges import ranges
from spinesim.viz.offline.fields import NAMES
from spinesim.viz.offline.steps import COLOURS, MUSCLES, VIEWS, Step, numbers

Values = Annotated[tuple[Number, ...], Field(min_length=1, max_length=MOST_VALUES)]
Key = Literal[tuple(KEYS)]  # type: ignore[valid-type]
MOST_STEPS = 40
MOST_WORDS = 600  # letters of a caption


class StepModel(Strict):
    """A caption and what the sliders stand at."""

    title: Text
    caption: Annotated[Text, Field(max_length=MOST_WORDS)]
    at: dict[Key, Number] = Field(default_factory=dict)  # type: ignore[valid-type]
    level: Level | None = None
    view: Literal[VIEWS] | None = None  # type: ignore[valid-type]
    colour: Literal[COLOURS] | None = None  # type: ignore[valid-type]
    muscles: Literal[MUSCLES] | None = None  # type: ignore[valid-type]


class LessonModel(Strict):
    """A lesson file."""

    title: Text
    description: Text = ""
    axes: dict[Key, Values] = Field(default_factory=dict)  # type: ignore[valid-type]
    steps: Annotated[tuple[StepModel, ...], Field(min_length=1, max_length=MOST_STEPS)]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson, ready to be shown.

    Attributes
    ----------
    title, description
        Free text.
    axes
        Of the grid, defaults filled in.
    steps
        In order.
    source_sha256
        Hash of the file's bytes.
    """

    title: str
    description: str
    axes: tuple[Axis, ...]
    steps: tuple[Step, ...]
    source_sha256: str | None


def load_lesson(path: Path) -> Lesson:
    """Read a lesson.

    Raises
    ------
    OSError
        If the file cannot be read.
    ConfigError
        With every fault of the file, each with its place.
    """
    document = read_file(path)
    model = validate(LessonModel, document, [])
    if problems := _of_axes(model, document):
        raise ConfigError(problems)
    axes = axes_with(model.axes)
    if problems := list(_of_steps(model, axes, document)):
        raise ConfigError(problems)
    steps = tuple(Step(**step.model_dump()) for step in model.steps)
    return Lesson(model.title, model.description, axes, steps, document.sha256)


def lesson_schema() -> dict[str, Any]:
    """JSON schema of a lesson file, for editors; the values of axes carry their computable ranges."""
    schema = LessonModel.model_json_schema()
    schema |= {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "spinesim lesson"}
    limits = {key: dict(zip(("minimum", "maximum"), ranges()[quantity].computable, strict=True)) for key, quantity in KEYS.items()}
    number = {key: {"type": "number", **limit} for key, limit in limits.items()}
    listed = {"type": "array", "minItems": 1, "maxItems": MOST_VALUES}
    axes = {key: {**listed, "items": entry} for key, entry in number.items()}
    for place, properties in ((schema["properties"]["axes"], axes), (schema["$defs"]["StepModel"]["properties"]["at"], number)):
        place |= {"properties": properties, "additionalProperties": False}
        place.pop("propertyNames", None)
    return schema


def _of_axes(model: LessonModel, document: Document) -> list[Problem]:
    """Faults of axes, one by one and, where there are none, together."""
    problems = []
    for key, values in model.axes.items():
        try:
            Axis(key, values)
        except ValueError as error:
            problems.append(Problem(document.mark(("axes", key)), f"axes.{key}", shown(list(values)), "other values", str(error)))
    if not problems:
        try:
            axes_with(model.axes)
        except ValueError as error:
            problems.append(Problem(document.mark(("axes",), key=True), "axes", ", ".join(model.axes), "others", str(error)))
    return problems


def _of_steps(model: LessonModel, axes: tuple[Axis, ...], document: Document) -> Iterator[Problem]:
    """Steps stand on solved values, and captions ask for numbers that there are."""
    solved = {axis.key: axis.values for axis in axes}
    for index, step in enumerate(model.steps):
        for key, value in step.at.items():
            path: Path_ = ("steps", index, "at", key)
            dotted = ".".join(map(str, path))
            if key not in solved:
                yield Problem(document.mark(path, key=True), dotted, f"the axis {key!r}", f"an axis of this lesson ({', '.join(solved)})")
            elif value not in solved[key]:
                expected = f"a value that is solved ({', '.join(f'{v:g}' for v in solved[key])})"
                yield Problem(document.mark(path), dotted, shown(value), expected, f"or name it under axes.{key}")
        yield from _of_caption(step.caption, ("steps", index, "caption"), document)


def _of_caption(caption: str, path: Path_, document: Document) -> Iterator[Problem]:
    for level, name in numbers(caption):
        where = document.mark(path), ".".join(map(str, path))
        if level not in LEVELS:
            yield Problem(*where, shown(f"{{{level}.{name}}}"), f"{{LEVEL.RESULT}} with a level ({', '.join(LEVELS)})")
        elif name not in NAMES:
            yield Problem(*where, shown(name), f"a result ({', '.join(NAMES)})", did_you_mean(name, NAMES, 0.5))
