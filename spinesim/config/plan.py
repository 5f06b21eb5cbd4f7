"""A plan's case file: who, which exercises with which equipment, which days, towards what."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from spinesim.analysis.demand import Task, exercise_task
from spinesim.analysis.plan.inputs import DAYS, Activity, Exercise, Proof, Recovery, Request
from spinesim.analysis.safe_load import agreed
from spinesim.analysis.tolerance import Findings, Person
from spinesim.analysis.tolerance.data import value
from spinesim.config import exercise as exercises
from spinesim.config.convert import to_subject
from spinesim.config.document import Document, Path_, read_file
from spinesim.config.errors import ConfigError, Problem, did_you_mean, shown
from spinesim.config.person import task_of
from spinesim.config.plan_schema import ActivityModel, EquipmentModel, ExerciseModel, PlanModel, TaskModel
from spinesim.config.presets import names, unknown
from spinesim.config.validate import crossed_bounds, two_ways, validate
from spinesim.model.anatomy import SpineModel
from spinesim.model.ranges import ranges
from spinesim.model.subject import Subject

T = TypeVar("T")
_SECTIONS: Final = ("exercises", "daily_life", "job", "tolerates")
_MOST_LOADS: Final = 61
_SECONDS: Final = 5.0
_RANGE = re.compile(r"(?P<key>[\w.]+) = (?P<got>\S+).*? is outside the range (?P<expected>.*)")
_KEYED = re.compile(r"(?P<key>[\w.]+): (?P<got>.*)")


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan's case, ready to be planned.

    Attributes
    ----------
    request
        For :func:`spinesim.analysis.plan.plan`.
    subject
        For the model.
    tasks
        Postures by the names that the request uses.
    start
        Monday of the first week.
    max_flexion_deg
        Own maximum of lumbar flexion; ``None`` is that of the tables.
    title, resolved, source_sha256
        Of the file.
    """

    request: Request
    subject: Subject
    tasks: Mapping[str, Task]
    start: datetime.date
    max_flexion_deg: float | None
    title: str
    resolved: dict[str, Any]
    source_sha256: str | None


def load_plan(path: Path) -> PlanFile:
    """Read a plan's case file.

    Raises
    ------
    OSError
        If the file cannot be read.
    ConfigError
        With every fault of the file.
    """
    document = read_file(path)
    document.data = {key: value for key, value in document.data.items() if value is not None}
    model = validate(PlanModel, document, list(_rules(document)))
    subject, findings = _placed(document, lambda: agreed(to_subject(model.subject), Findings(**model.findings.model_dump())))
    return PlanFile(
        _placed(document, lambda: _request(model, findings)),
        subject,
        _placed(document, lambda: dict(_tasks(model, subject))),
        datetime.date.fromisoformat(model.start),
        model.max_flexion_deg,
        model.title,
        model.model_dump(exclude_none=True, exclude_defaults=True),
        document.sha256,
    )


def _request(model: PlanModel, findings: Findings) -> Request:
    body = model.subject
    person = Person(body.age_years, body.sex, findings)
    recovery = model.recovery.model_dump() | {"body_mass_index": body.mass_kg / body.stature_m**2}
    return Request(
        person=person,
        goal_exercise=model.goal.exercise,
        goal_kg=model.goal.load_kg,
        exercises=tuple(_exercise(name, item, model.equipment) for name, item in model.exercises.items()),
        red_flags=dict(model.red_flags),
        weeks=model.weeks,
        protection=model.protection,
        daily_life=tuple(_activity(name, item, model.start) for name, item in model.daily_life.items()),
        job=tuple(_activity(name, item, model.start) for name, item in model.job.items()),
        proofs=tuple(
            Proof(task=name, load_kg=t.load_kg, kind=t.kind, weekly=t.weekly, confirmed_day=_day(t.confirmed, model.start))
            for name, t in model.tolerates.items()
        ),
        days=tuple(sorted(DAYS.index(day) for day in model.sessions.days)),
        minutes=model.sessions.minutes,
        hours_after_rising=model.sessions.hours_after_rising,
        recovery=Recovery(**recovery),
        supervised=model.supervised,
    )


def _exercise(name: str, item: ExerciseModel, equipment: Mapping[str, EquipmentModel]) -> Exercise:
    loads = (0.0,) if item.equipment is None else _loads(equipment[item.equipment])
    doses = tuple((item.sets, reps) for reps in item.reps)
    library = _library(name, item)
    # Repetitions of alternating sides are those of each side.
    sides = 2 if library is not None and exercises.exercise(library).sides == "alternating" else 1
    return Exercise(
        name=name,
        loads_kg=loads,
        doses=doses,
        rest_s=item.rest_s,
        seconds_per_rep=_SECONDS * sides if item.seconds_per_rep is None else item.seconds_per_rep,
        value=item.value,
        cycles=float(sides) if item.cycles is None else item.cycles,
    )


def _loads(item: EquipmentModel) -> tuple[float, ...]:
    # A hair more, so that the last step is not lost to rounding.
    count = int((item.to_kg - item.from_kg) / item.step_kg + 1e-9) + 1
    return tuple(round(item.from_kg + k * item.step_kg, 6) for k in range(count))


def _activity(name: str, item: ActivityModel, start: str) -> Activity:
    day = _day(item.confirmed, start)
    shown = _slow(name) if _pace_unknown(item) else ""
    return Activity(task=name, times=item.times, load_kg=item.load_kg, days=item.days, counts=item.counts, shown=shown, confirmed_day=day)


def _day(given: str | None, start: str) -> int:
    """Day of the plan, -1 for any before it."""
    return -1 if given is None else max((datetime.date.fromisoformat(given) - datetime.date.fromisoformat(start)).days, -1)


def _tasks(model: PlanModel, subject: Subject) -> Iterator[tuple[str, Task]]:
    known: set[str] = set()
    for section in _SECTIONS:
        items: Mapping[str, TaskModel] = getattr(model, section)
        for name, item in items.items():
            library = _library(name, item)
            held = value("safe_load", "pace", "held")
            if item.posture is not None:
                # An unknown pace counts as fast where it loads, and as none where it is evidence.
                yield name, task_of(item.posture, held if section == "tolerates" and item.dynamic_factor is None else item.dynamic_factor)
                if section == "daily_life" and _pace_unknown(item):
                    yield _slow(name), task_of(item.posture, held)
            elif library is not None and name not in known:
                known.add(name)
                yield name, _paced(exercise_task(SpineModel.default(), subject, exercises.exercise(library)), item.dynamic_factor)


def _pace_unknown(item: TaskModel) -> bool:
    return item.posture is not None and item.dynamic_factor is None


def _slow(name: str) -> str:
    """Name of a task as it is shown, which no key of the file can be."""
    return f"{name} (as shown)"


def _paced(task: Task, factor: float | None) -> Task:
    """The tempo is in the exercise; a factor comes on top only where one is told."""
    return task if factor is None else replace(task, dynamic_factor=factor)


def _library(name: str, item: TaskModel) -> str | None:
    """The exercise of the library that a task is, if it is none of a posture."""
    if item.posture is not None:
        return None
    return item.exercise or (name if name in exercises.names() else None)


def _rules(document: Document) -> Iterator[Problem]:
    """Faults that no schema can say."""
    data = document.data
    yield from crossed_bounds(data.get("subject"), ("subject",), document)
    yield from _body(_mapping(data.get("subject")), document)
    yield from _start(data.get("start"), document)
    own = _mapping(data.get("exercises"))
    for section in _SECTIONS:
        for name, item in _mapping(data.get(section)).items():
            yield from _task(item, (section, name), own, document)
    seen: dict[str, str] = {}
    for section in _SECTIONS:
        for name in _mapping(data.get(section)):
            if name in seen and _mapping(_mapping(data[section]).get(name)).get("posture") is not None:
                yield _fault(document, (section, name), "the name a second time", f"another name than in {seen[name]}")
            seen.setdefault(name, section)
    equipment = _mapping(data.get("equipment"))
    for name, item in equipment.items():
        yield from _equipment(item, ("equipment", name), document)
    for name, item in own.items():
        kind = _mapping(item).get("equipment")
        if isinstance(kind, str) and kind not in equipment:
            hint = did_you_mean(kind, list(equipment), 0.5)
            yield _fault(document, ("exercises", name, "equipment"), shown(kind), f"a key of equipment ({', '.join(equipment)})", hint)
    goal = _mapping(data.get("goal")).get("exercise")
    if isinstance(goal, str) and goal not in own:
        hint = did_you_mean(goal, list(own), 0.5)
        yield _fault(document, ("goal", "exercise"), shown(goal), f"a key of exercises ({', '.join(own)})", hint)


def _body(given: Mapping[str, Any], document: Document) -> Iterator[Problem]:
    for key in ("mass_kg", "stature_m"):
        number, (low, high) = given.get(key), ranges()[f"subject.{key}"].computable
        if isinstance(number, (int, float)) and not isinstance(number, bool) and not low <= number <= high:
            yield _fault(document, ("subject", key), f"{number:g}", f"{low:g} to {high:g}")


def _task(item: Any, at: Path_, own: Mapping[str, Any], document: Document) -> Iterator[Problem]:
    posture = _mapping(item).get("posture")
    library = _mapping(item).get("exercise")
    if posture is not None and library is not None:
        yield _fault(document, (*at, "exercise"), "an exercise beside a posture", "one of them")
    elif isinstance(library, str) and library not in exercises.names():
        yield exercises.unknown(library, document.mark((*at, "exercise")), ".".join(map(str, (*at, "exercise"))))
    elif posture is None and library is None and at[1] not in exercises.names() and (at[0] == "exercises" or at[1] not in own):
        hint = did_you_mean(str(at[1]), exercises.names(), 0.6)
        yield _fault(document, at, "neither posture nor exercise", "one of them, or the name of an exercise as key", hint)
    confirmed = _mapping(item).get("confirmed")
    if isinstance(confirmed, str) and _date(confirmed) is None:
        yield _fault(document, (*at, "confirmed"), shown(confirmed), "a day as YYYY-MM-DD")
    yield from two_ways(posture, (*at, "posture"), document)
    name, place = (posture.get("preset"), (*at, "posture", "preset")) if isinstance(posture, dict) else (posture, (*at, "posture"))
    if isinstance(name, str) and name not in names():
        yield unknown(name, document.mark(place), ".".join(map(str, place)))


def _equipment(item: Any, at: Path_, document: Document) -> Iterator[Problem]:
    numbers = [_mapping(item).get(key, 0.0) for key in ("from_kg", "to_kg", "step_kg")]
    if not all(isinstance(number, (int, float)) and not isinstance(number, bool) for number in numbers):
        return
    low, high, step = numbers
    if not (0.0 <= low <= high <= 200.0 and step > 0.0 and (high - low) / step <= _MOST_LOADS - 1):
        yield _fault(document, at, f"{low:g} to {high:g} kg in steps of {step:g}", f"0 to 200 kg in at most {_MOST_LOADS} loads")


def _start(given: Any, document: Document) -> Iterator[Problem]:
    if not isinstance(given, str):
        return
    day = _date(given)
    if day is None:
        yield _fault(document, ("start",), shown(given), "a day as YYYY-MM-DD")
    elif day.weekday():
        monday = day - datetime.timedelta(days=day.weekday())
        yield _fault(document, ("start",), f"{given}, a {DAYS[day.weekday()]}", "a Monday", f"the one before is {monday.isoformat()}")


def _date(given: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(given)
    except ValueError:
        return None


def _placed(document: Document, make: Callable[[], T]) -> T:
    """What ``make`` makes; a value that it refuses is named with its place in the file."""
    try:
        return make()
    except (ValueError, TypeError) as error:
        if isinstance(error, ConfigError):
            raise
        match = _RANGE.match(str(error)) or _KEYED.match(str(error))
        if match is None:
            raise ConfigError([_fault(document, (), str(error), "a case that can be planned")]) from None
        parts = match.groupdict()
        path = _path(parts["key"], document.data)
        got, _, expected = parts["got"].partition("; expected ")
        raise ConfigError([_fault(document, path, got, parts.get("expected") or expected or "a valid value")]) from None


def _path(key: str, data: Mapping[str, Any]) -> Path_:
    """The place of a key that a part of the program names."""
    path = tuple(key.removeprefix("person.").split("."))
    if path[0] in data:
        return path
    sections = [section for section in _SECTIONS if path[0] in _mapping(data.get(section))]
    return (sections[0], *path) if sections else ("subject", *path)


def _fault(document: Document, path: Path_, got: str, expected: str, hint: str = "") -> Problem:
    return Problem(document.mark(path), ".".join(map(str, path)), got, expected, hint)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
