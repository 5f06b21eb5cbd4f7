"""Exercises from YAML: one file each in ``configs/exercises``, to copy and change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from spinesim.analysis.exercise import Exercise, Keyframe, Lean, Phase
from spinesim.analysis.trajectory import contradictions
from spinesim.config import presets
from spinesim.config.case import apply_overrides
from spinesim.config.convert import to_posture
from spinesim.config.document import Document, Path_, read_file
from spinesim.config.errors import ConfigError, Mark, Problem, did_you_mean, shown
from spinesim.config.schema import Number, PostureModel, Strict, Text
from spinesim.config.validate import two_ways, validate
from spinesim.model.data import data_dir
from spinesim.model.names import HANDS
from spinesim.model.posture import MOTION

Whole = Annotated[int, Field(strict=True)]
LONGEST_S: Final = 600.0


class KeyframeModel(PostureModel):
    """A posture at a share of the way."""

    at: Number = 0.0


class PhaseModel(Strict):
    """How long a part of the repetition takes, and the share of the way at which it ends; without one the posture is held."""

    seconds: Number
    to: Number | None = None


class PlaceModel(Strict):
    """Where the load is, and how much it usually is."""

    place: Literal["both", "left", "right", "back", "none"]
    usual_kg: Number = 0.0


class LeanModel(Strict):
    """Which hands (or elbows) the ground carries, and with what share of body weight."""

    hands: Literal[HANDS]  # type: ignore[valid-type]
    share: Number


class ExerciseModel(Strict):
    """An exercise file."""

    description: Text
    citation: Text = ""
    notes: Text = ""
    load: PlaceModel
    sides: Literal["symmetric", "left", "right", "alternating"] = "symmetric"
    hips: Literal["over_feet", "fixed"] = "over_feet"
    lean: LeanModel | None = None
    dynamic_factor: Number = 1.0
    reps: Whole
    tempo: dict[Text, PhaseModel]
    keyframes: tuple[KeyframeModel, ...]


@cache
def names() -> tuple[str, ...]:
    """Names of all exercises, in alphabetical order."""
    return tuple(sorted(path.stem for path in _folder().glob("*.yaml")))


def exercise(name: str) -> Exercise:
    """The exercise of a name.

    Raises
    ------
    ConfigError
        If there is none; the message names the nearest one.
    """
    return build(find(name))


def find(name: str, overrides: Sequence[str] = ()) -> Document:
    """The file of an exercise, by its name or by a path that ends in ``.yaml``, with ``KEY=VALUE`` texts put in.

    Raises
    ------
    OSError
        If the file cannot be read.
    ConfigError
        If there is no exercise of that name.
    """
    if not name.endswith((".yaml", ".yml")) and name not in names():
        raise ConfigError([unknown(name, Mark("exercise"), "")])
    document = read_file(Path(name) if name.endswith((".yaml", ".yml")) else _folder() / f"{name}.yaml")
    phases = document.data.get("tempo")
    document.problems += _misnamed(overrides, list(phases) if isinstance(phases, dict) else [])
    return apply_overrides(document, overrides)


def source(name: str) -> str:
    """The YAML text of an exercise, to copy."""
    find(name)
    return (_folder() / f"{name}.yaml").read_text(encoding="utf-8")


def unknown(name: str, mark: Mark, key: str) -> Problem:
    """The fault of an exercise that does not exist."""
    return Problem(mark, key, repr(name[:60]), f"an exercise ({', '.join(names())})", did_you_mean(name, names(), 0.5))


def build(document: Document) -> Exercise:
    """The exercise that a document describes.

    Raises
    ------
    ConfigError
        With every fault of the file.
    """
    model = validate(ExerciseModel, document, list(_of_form(document)))
    found = Exercise(
        name=Path(document.origin).stem,
        description=model.description,
        keyframes=tuple(Keyframe(key.at, _posture(key)) for key in model.keyframes),
        phases=tuple(Phase(name, phase.seconds, phase.to) for name, phase in model.tempo.items()),
        place=model.load.place,
        load_kg=model.load.usual_kg,
        reps=model.reps,
        sides=model.sides,
        hips=model.hips,
        dynamic_factor=model.dynamic_factor,
        lean=Lean(model.lean.hands, model.lean.share) if model.lean else None,
        citation=model.citation,
        notes=model.notes,
    )
    if problems := [*_of_values(found, document), *_of_places(found, document)]:
        raise ConfigError(problems)
    return found


def _misnamed(overrides: Sequence[str], phases: Sequence[str]) -> Iterator[Problem]:
    """Faults of overrides that would make a phase of their own."""
    for text in overrides:
        section, _, rest = text.partition("=")[0].strip().partition(".")
        name = rest.partition(".")[0]
        if section == "tempo" and name not in phases:
            yield Problem(
                Mark(f"--set {text[:80]}"), "tempo", shown(name), f"a phase ({', '.join(phases)})", did_you_mean(name, phases, 0.5)
            )


def _posture(key: KeyframeModel) -> Any:
    return to_posture(key, presets.preset(key.preset) if key.preset is not None else None)


def _of_form(document: Document) -> Iterator[Problem]:
    """Faults of keyframes that say a posture twice, name no preset or hold what follows from the motion."""
    keyframes = document.data.get("keyframes")
    for index, key in enumerate(keyframes if isinstance(keyframes, list) else ()):
        path: Path_ = ("keyframes", index)
        yield from two_ways(key, path, document)
        given = key if isinstance(key, dict) else {}
        name = given.get("preset")
        if isinstance(name, str) and name not in presets.names():
            yield presets.unknown(name, document.mark((*path, "preset")), _dotted((*path, "preset")))
        for moving in (m for m in MOTION if m in given):
            place = (*path, moving)
            yield Problem(document.mark(place, key=True), _dotted(place), moving, "postures alone; rates follow from the tempo")


def _of_values(found: Exercise, document: Document) -> Iterator[Problem]:
    """Faults of numbers; each is a range that no posture has."""
    ranges: list[tuple[Path_, float, float, float]] = [
        (("reps",), found.reps, 1, 10_000),
        (("load", "usual_kg"), found.load_kg, 0.0, 60.0),
        (("dynamic_factor",), found.dynamic_factor, 1.0, 2.0),
    ]
    for phase in found.phases:
        ranges.append((("tempo", phase.name, "seconds"), phase.seconds, 0.05, LONGEST_S))
        ranges.append((("tempo", phase.name, "to"), 0.0 if phase.to is None else phase.to, 0.0, 1.0))
    if found.lean:
        ranges.append((("lean", "share"), found.lean.share, 0.0, 1.0))
    for path, value, low, high in ranges:
        if not low <= value <= high:
            yield Problem(document.mark(path), _dotted(path), shown(value), f"a number from {low:g} to {high:g}")


def _of_places(found: Exercise, document: Document) -> Iterator[Problem]:
    """Faults of keyframes and phases beside each other, and of keys that exclude each other."""

    def fault(path: Path_, got: str, expected: str) -> Problem:
        return Problem(document.mark(path), _dotted(path), got, expected)

    places = [key.at for key in found.keyframes]
    if not places or not found.phases:
        yield fault(("tempo" if places else "keyframes",), "nothing", "at least one")
        return
    wanted = [0.0] if len(places) == 1 else [0.0, 1.0]
    if sorted({places[0], places[-1]}) != wanted or any(a >= b for a, b in pairwise(places)):
        yield fault(("keyframes",), f"at {shown(places)}", "'at' from 0 in rising order to 1, or one keyframe at 0")
    for index, name in contradictions(found.keyframes):
        yield fault(("keyframes", index, name), f"another {name} than in the first", "the same in all keyframes")
    for phase in (p for p in found.phases if p.to is not None and len(places) == 1):
        yield fault(("tempo", phase.name, "to"), shown(phase.to), "no 'to', since there is one keyframe")
    if found.dynamic_factor != 1.0 and (len(found.phases) > 1 or found.phases[0].to is not None):
        yield fault(("dynamic_factor",), shown(found.dynamic_factor), "one phase without 'to' beside it")
    if found.lean and found.place != "none":
        yield fault(("lean",), f"load.place {found.place}", "load.place none: those hands are on the ground")
    if found.place == "none" and found.load_kg:
        yield fault(("load", "usual_kg"), shown(found.load_kg), "0 where load.place is none")


def _dotted(path: Path_) -> str:
    return ".".join(map(str, path))


def _folder() -> Path:
    return data_dir("configs") / "exercises"
