"""A case: who, in which posture, with which load, solved how."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from spinesim.config.convert import EXPONENTS, resolved, to_load, to_posture, to_subject
from spinesim.config.document import Document, read_file, read_value
from spinesim.config.errors import ConfigError, Mark, Problem, shown
from spinesim.config.presets import carried, names, preset, unknown
from spinesim.config.schema import BaseCase, CaseModel
from spinesim.config.validate import crossed_bounds, two_ways, validate
from spinesim.model.load import Load
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject


@dataclass(frozen=True, slots=True)
class Case:
    """One case, ready to be solved.

    Attributes
    ----------
    title, description
        Free text of the file.
    subject, posture, load
        What is solved.
    exponent
        Of activation in the recruitment cost: 2, 3, or ``inf`` for min-max.
    preset
        Name of the posture preset, changed or not; ``None`` if the case has angles of its own.
    resolved
        The case with every key written out, defaults and presets included; itself a valid case.
    source_sha256
        Hash of the file's bytes; ``None`` without a file.
    """

    title: str
    description: str
    subject: Subject
    posture: Posture
    load: Load
    exponent: float
    preset: str | None
    resolved: dict[str, Any]
    source_sha256: str | None


def load_case(path: str | os.PathLike[str], overrides: Sequence[str] = ()) -> Case:
    """Read a case file.

    Parameters
    ----------
    path
        YAML file with any of the keys ``title description subject posture load solver``.
    overrides
        ``KEY=VALUE`` texts that replace single values, for example ``load.mass_kg=15``.

    Raises
    ------
    OSError
        If the file cannot be read.
    ConfigError
        With every fault of the file and of the overrides.
    """
    return build(apply_overrides(read_file(Path(path)), overrides))


def assemble(path: Path | None, overrides: Sequence[str], posture: str | None, load_kg: float | None) -> Case:
    """A case from the command line: an optional file, overrides, a preset by name and a mass, carried where the preset says.

    Raises
    ------
    OSError
        If the file cannot be read.
    ConfigError
        With every fault, among them a posture or a load that is said in two ways.
    """
    document = read_file(path) if path else Document("command line")
    if posture is not None:
        _take_posture(document, posture, overrides)
    apply_overrides(document, overrides)
    if load_kg is not None:
        mark = Mark(f"--load-kg {load_kg:g}")
        key = "backpack_kg" if _carried(document) == "back" else "mass_kg"
        if any(text.partition("=")[0].strip() == f"load.{key}" for text in overrides):
            document.problems.append(Problem(mark, f"load.{key}", f"--load-kg beside --set load.{key}", "one of them"))
        else:
            document.put(("load", key), load_kg, mark)
    return build(document)


def _carried(document: Document) -> str | None:
    """Where the case's posture carries a load; ``None`` if it does not say."""
    posture = document.data.get("posture")
    given = posture if isinstance(posture, dict) else {"preset": posture}
    name = given.get("preset")
    return given.get("carried") or (carried(name) if isinstance(name, str) and name in names() else None)


def _take_posture(document: Document, name: str, overrides: Sequence[str]) -> None:
    """Put the preset of ``--posture`` into a document that says no other posture."""
    said = {text.partition("=")[0].strip() for text in overrides}
    hint = "these are two ways of saying one posture"
    if document.data.get("posture") is not None:
        mark = document.mark(("posture",), key=True)
        document.problems.append(Problem(mark, "posture", f"a posture beside --posture {name}", "one of them", hint))
    elif said & {"posture", "posture.preset"}:
        document.problems.append(Problem(Mark(f"--posture {name}"), "posture", "--posture beside --set posture", "one of them", hint))
    else:
        document.put(("posture",), name, Mark(f"--posture {name}"))


def apply_overrides(document: Document, overrides: Sequence[str], split: Callable[[str], tuple[str, ...]] | None = None) -> Document:
    """Put ``KEY=VALUE`` texts into a document; their faults name the option they came from.

    ``split`` makes a path of a dotted key; that of a case by default.
    """
    seen: set[tuple[str, ...]] = set()
    for text in overrides:
        key, equals, value = text.partition("=")
        mark = Mark(f"--set {text[:80]}")
        path = (split or case_path)(key.strip())
        if not equals or not all(path):
            document.problems.append(Problem(mark, "", shown(text), "KEY=VALUE, for example load.mass_kg=15"))
        elif path in seen:
            document.problems.append(Problem(mark, ".".join(path), "the key a second time", "every key once"))
        else:
            seen.add(path)
            _override(document, path, value, mark)
    return document


def build(document: Document) -> Case:
    """The case that a document describes.

    Raises
    ------
    ConfigError
        With every fault.
    """
    # An empty section is a section whose values are all commented out.
    document.data = {key: value for key, value in document.data.items() if value is not None}
    model = validate(CaseModel, document, list(rules(document.data, (), document)))
    name = model.posture.preset or (None if document.data.get("posture") else "standing")
    subject, posture, load, exponent = parts(model)
    keys = resolved(subject, posture, load, exponent)
    texts = {key: text for key, text in (("title", model.title), ("description", model.description)) if text}
    return Case(model.title, model.description, subject, posture, load, exponent, name, texts | keys, document.sha256)


def parts(model: BaseCase) -> tuple[Subject, Posture, Load, float]:
    """What a checked case says: subject, posture, load and the exponent of recruitment."""
    name, load = model.posture.preset, to_load(model.load)
    side: Any = model.posture.carried or (carried(name) if name else None)
    if side in ("left", "right") and "hands" not in model.load.model_fields_set:
        load = replace(load, hands=side)
    base = preset(name) if name is not None else None
    return to_subject(model.subject), to_posture(model.posture, base), load, EXPONENTS[model.solver.exponent]


def rules(case: Any, at: tuple[str, ...], document: Document) -> Iterator[Problem]:
    """Faults of a case, written at a place of a document, that no schema can say."""
    posture, place = case.get("posture"), (*at, "posture")
    yield from two_ways(posture, place, document)
    yield from crossed_bounds(case.get("subject"), (*at, "subject"), document)
    name, path = (posture.get("preset"), (*place, "preset")) if isinstance(posture, dict) else (posture, place)
    if isinstance(name, str) and name not in names():
        yield unknown(name, document.mark(path), ".".join(path))


def case_path(key: str) -> tuple[str, ...]:
    """A dotted key as a path; the names of tissue factors have dots of their own."""
    head = ("subject", "tissue")
    parts = tuple(key.split("."))
    return (*head, ".".join(parts[2:])) if parts[:2] == head and len(parts) > 2 else parts


def _override(document: Document, path: tuple[str, ...], text: str, mark: Mark) -> None:
    try:
        value, problems = read_value(text, str(mark))
    except ConfigError as error:
        value, problems = None, error.problems
    document.problems += [Problem(mark, ".".join(path), p.got, p.expected, p.hint) for p in problems]
    _open_posture(document, path)
    document.put(path, value, mark)


def _open_posture(document: Document, path: tuple[str, ...]) -> None:
    """Where a key below a posture is put that is only named, make it a mapping."""
    at = path[: path.index("posture") + 1] if "posture" in path[:2] else ()
    above = document.data.get("base") if at[:1] == ("base",) else document.data
    posture = above.get("posture") if isinstance(above, dict) else None
    if at and len(path) > len(at) and isinstance(posture, str):
        document.put(at, {"preset": posture}, document.mark(at))
