"""A person's file: who is asked about, what is known, and what the person tolerates now."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from spinesim.analysis.demand import Task, exercise_task
from spinesim.analysis.safe_load import EvidenceTask
from spinesim.analysis.tolerance import Findings
from spinesim.analysis.tolerance.data import entry, value
from spinesim.config import exercise as exercises
from spinesim.config.case import apply_overrides
from spinesim.config.convert import to_posture, to_subject
from spinesim.config.document import Document, Path_, read_file
from spinesim.config.errors import ConfigError, Mark, Problem, shown
from spinesim.config.person_schema import PersonModel, QuestionModel, ToleratedModel
from spinesim.config.presets import carried, names, preset, unknown
from spinesim.config.schema import PostureModel
from spinesim.config.validate import crossed_bounds, two_ways, validate
from spinesim.model.anatomy import SpineModel
from spinesim.model.ranges import ranges
from spinesim.model.subject import Subject

_DAYS: Final = 7.0
_DATES: Final = ("date", "last_event")


@dataclass(frozen=True, slots=True)
class PersonFile:
    """A person, ready to be asked about.

    Attributes
    ----------
    subject, findings
        Body and spine.
    evidence
        What is tolerated now.
    protection, daily_loadings, max_flexion_deg, step_kg
        As :func:`~spinesim.analysis.safe_load.safe_load` takes them.
    title
        Of the file.
    resolved
        The file with what it leaves open filled in.
    source_sha256
        Of the file's bytes; ``None`` without a file.
    """

    subject: Subject
    findings: Findings
    evidence: tuple[EvidenceTask, ...]
    protection: str
    daily_loadings: float | None
    max_flexion_deg: float | None
    step_kg: float
    title: str
    resolved: dict[str, Any]
    source_sha256: str | None


def load_person(path: Path | None, overrides: Sequence[str] = ()) -> PersonFile:
    """Read a person's file.

    Parameters
    ----------
    path
        Without a file all values are those of the overrides.
    overrides
        ``KEY=VALUE`` texts that replace single values, for example ``subject.age_years=50``.

    Raises
    ------
    OSError
        If the file cannot be read.
    ConfigError
        With every fault of the file and of the overrides.
    """
    document = _closed(apply_overrides(_document(path), overrides))
    return person_of(validate(PersonModel, document, list(rules(document))), document)


def load_question(
    path: Path | None,
    overrides: Sequence[str],
    posture: str | None = None,
    exercise: str | None = None,
    dynamic_factor: float | None = None,
) -> tuple[PersonFile, Task]:
    """A person's file and what is asked about: an exercise, or a posture by name or by ``posture.`` keys of the overrides.

    Raises
    ------
    OSError, ConfigError
        As :func:`load_person`.
    """
    document = _document(path)
    if posture is not None:
        document.put(("posture",), posture, Mark(f"--posture {posture}"))
    _closed(apply_overrides(document, overrides))
    if bool(document.data.get("posture")) == bool(exercise):
        got = "a posture beside --exercise" if exercise else "no posture and no exercise"
        expected = "one of --posture NAME and --exercise NAME; see 'spinesim postures' and 'spinesim exercise --list'"
        document.problems.append(Problem(Mark("--posture"), "posture", got, expected))
    if exercise and not _is_exercise(exercise):
        document.problems.append(exercises.unknown(exercise, Mark(f"--exercise {exercise}"), "exercise"))
    model = validate(QuestionModel, document, list(rules(document)))
    person = person_of(model, document)
    if exercise:
        return person, _exercise_task(exercise, person.subject, dynamic_factor)
    assert model.posture is not None
    return person, task_of(model.posture, dynamic_factor)


def person_of(model: PersonModel, document: Document) -> PersonFile:
    """What a checked file says."""
    today = _date(model.date) or datetime.datetime.now(datetime.UTC).date()
    last = _date(model.last_event)
    subject = to_subject(model.subject)
    evidence = tuple(_evidence(item, subject, today, last) for item in model.tolerates)
    findings = Findings(**model.findings.model_dump())
    resolved = model.model_dump(exclude_none=True, exclude_defaults=True) | {"date": today.isoformat(), "protection": model.protection}
    return PersonFile(
        subject, findings, evidence, model.protection, model.daily_loadings, model.max_flexion_deg, model.step_kg,
        model.title, resolved, document.sha256,
    )  # fmt: skip


def task_of(model: PostureModel, dynamic_factor: float | None = None) -> Task:
    """A posture with a load as a task; its pace is unknown unless it is told."""
    base = preset(model.preset) if model.preset is not None else None
    place: Any = model.carried or (carried(model.preset) if model.preset else None) or "both"
    task = Task(name=model.preset or "own posture", frames=(to_posture(model, base),), place=place)
    return task if dynamic_factor is None else replace(task, dynamic_factor=dynamic_factor)


def rules(document: Document) -> Iterator[Problem]:
    """Faults that no schema can say."""
    data = document.data
    yield from crossed_bounds(data.get("subject"), ("subject",), document)
    yield from _posture_rules(data.get("posture"), ("posture",), document)
    for name in _DATES:
        yield from _date_rules(data.get(name), (name,), document)
    yield from _order_rules(data, document)
    limits = {"step_kg": "safe_load.step_kg", "max_flexion_deg": "safe_load.max_flexion_deg", "daily_loadings": "shear.loadings_per_day"}
    for name, quantity in limits.items():
        yield from _limit_rules(data.get(name), (name,), quantity, document)
    grades = [section.get("disc_grade") if isinstance(section := data.get(name), dict) else None for name in ("subject", "findings")]
    if all(grades) and grades[0] != grades[1]:
        mark = document.mark(("findings", "disc_grade"), key=True)
        yield Problem(mark, "findings.disc_grade", shown(grades[1]), f"the same as subject.disc_grade, {grades[0]}, or one of the two keys")
    items = data.get("tolerates")
    for number, item in enumerate(items if isinstance(items, list) else []):
        if isinstance(item, dict):
            yield from _tolerated_rules(item, ("tolerates", number), document)


def _tolerated_rules(item: dict[str, Any], at: Path_, document: Document) -> Iterator[Problem]:
    if ("posture" in item) == ("exercise" in item):
        yield Problem(document.mark(at), _key(at), "both or none of them", "one of posture and exercise")
    yield from _posture_rules(item.get("posture"), (*at, "posture"), document)
    if isinstance(name := item.get("exercise"), str) and not _is_exercise(name):
        yield exercises.unknown(name, document.mark((*at, "exercise")), _key((*at, "exercise")))
    yield from _date_rules(item.get("since"), (*at, "since"), document)
    today = _date(document.data.get("date")) or datetime.datetime.now(datetime.UTC).date()
    since = _date(item.get("since"))
    if since and since > today:
        yield Problem(document.mark((*at, "since")), _key((*at, "since")), shown(item["since"]), f"a day not after {today.isoformat()}")
    for name in ("times_a_day", "dynamic_factor"):
        yield from _limit_rules(item.get(name), (*at, name), f"safe_load.{name}", document)
    load, limits = item.get("load_kg"), ranges()["load.mass_kg"].computable
    if isinstance(load, (int, float)) and not isinstance(load, bool) and not limits[0] <= load <= limits[1]:
        yield _range_problem(load, limits, "kg", (*at, "load_kg"), document)


def _posture_rules(posture: Any, at: Path_, document: Document) -> Iterator[Problem]:
    yield from two_ways(posture, at, document)
    name, place = (posture.get("preset"), (*at, "preset")) if isinstance(posture, dict) else (posture, at)
    if isinstance(name, str) and name not in names():
        yield unknown(name, document.mark(place), _key(place))


def _date_rules(given: Any, at: Path_, document: Document) -> Iterator[Problem]:
    if isinstance(given, str) and _date(given) is None:
        yield Problem(document.mark(at), _key(at), shown(given), "a day as YYYY-MM-DD")


def _order_rules(data: dict[str, Any], document: Document) -> Iterator[Problem]:
    today, last = _date(data.get("date")) or datetime.datetime.now(datetime.UTC).date(), _date(data.get("last_event"))
    if last and last > today:
        yield Problem(document.mark(("last_event",)), "last_event", shown(data["last_event"]), f"a day not after {today.isoformat()}")


def _limit_rules(given: Any, at: Path_, quantity: str, document: Document) -> Iterator[Problem]:
    lo, hi = entry("ranges", quantity, "lo"), entry("ranges", quantity, "hi")
    if isinstance(given, (int, float)) and not isinstance(given, bool) and not lo.value <= given <= hi.value:
        yield _range_problem(given, (lo.value, hi.value), "" if lo.unit == "-" else lo.unit, at, document)


def _range_problem(given: float, limits: tuple[float, float], unit: str, at: Path_, document: Document) -> Problem:
    return Problem(document.mark(at), _key(at), f"{given:g}", f"{limits[0]:g} to {limits[1]:g} {unit}".rstrip())


def _evidence(item: ToleratedModel, subject: Subject, today: datetime.date, last_event: datetime.date | None) -> EvidenceTask:
    """A tolerated task; what was done before the last event does not count."""
    since = _date(item.since)
    begun = max(since, last_event) if since and last_event else since
    weeks = None if begun is None else (today - begun).days / _DAYS
    if item.exercise is not None:
        task = _exercise_task(item.exercise, subject, item.dynamic_factor)
    else:
        assert item.posture is not None
        task = task_of(item.posture, value("safe_load", "pace", "held") if item.dynamic_factor is None else item.dynamic_factor)
    return EvidenceTask(task=task, load_kg=item.load_kg, kind=item.kind, times_a_day=item.times_a_day, weeks=weeks)


def _exercise_task(name: str, subject: Subject, dynamic_factor: float | None) -> Task:
    """An exercise as this person does it; its tempo is in the file, so that a factor comes on top only where one is told."""
    task = exercise_task(SpineModel.default(), subject, exercises.exercise(name))
    return task if dynamic_factor is None else replace(task, dynamic_factor=dynamic_factor)


def _is_exercise(name: str) -> bool:
    return name in exercises.names()


def _document(path: Path | None) -> Document:
    return read_file(path) if path else Document("command line")


def _closed(document: Document) -> Document:
    """An empty section is a section whose values are all commented out."""
    document.data = {key: found for key, found in document.data.items() if found is not None}
    return document


def _date(given: Any) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(given) if isinstance(given, str) and len(given) == 10 else None
    except ValueError:
        return None


def _key(at: Path_) -> str:
    return ".".join(map(str, at))


__all__ = ["ConfigError", "PersonFile", "load_person", "load_question", "person_of", "task_of"]
