"""Read YAML 1.2 into plain data, remembering where every key and value stands.

Strict on purpose: no tags, no aliases, no duplicate keys, no numbers that one reader takes for octal or text
and another does not. Every fault is collected, so that one run shows them all.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent

from spinesim.config.errors import ConfigError, Mark, Problem, shown

Path_ = tuple[str | int, ...]

MAX_BYTES: Final = 500_000
MAX_DEPTH: Final = 12
MAX_NODES: Final = 5_000

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_OTHER_BASE = re.compile(r"[-+]?0[xob][0-9a-fA-F_]+", re.IGNORECASE)
_NOT_FINITE = re.compile(r"[-+]?\.(inf|nan)", re.IGNORECASE)
_CONSTANTS: Final = {"": None, "~": None, "null": None, "Null": None, "NULL": None} | dict.fromkeys(("true", "True", "TRUE"), True)
_FALSE = ("false", "False", "FALSE")


@dataclass(slots=True)
class Document:
    """Plain data of a case, the places of its keys and values by path, and the faults of form found so far."""

    origin: str
    data: dict[str, Any] = field(default_factory=dict)
    keys: dict[Path_, Mark] = field(default_factory=dict)
    values: dict[Path_, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    sha256: str | None = None

    def mark(self, path: Path_, *, key: bool = False) -> Mark:
        """Place of a path, or of the nearest one above it that was written."""
        for end in range(len(path), 0, -1):
            table = self.keys if key else self.values
            if found := table.get(path[:end]) or self.keys.get(path[:end]):
                return found
        return Mark(self.origin, 1, 1)

    def put(self, path: tuple[str, ...], value: Any, mark: Mark) -> None:
        """Set one value; sections on the way are created."""
        target = self.data
        for depth, name in enumerate(path[:-1], start=1):
            section = target.get(name)
            if section is not None and not isinstance(section, dict):
                self.problems.append(Problem(self.mark(path[:depth]), ".".join(path[:depth]), shown(section), "a mapping"))
            if not isinstance(section, dict):
                target[name] = {}
                self.keys.setdefault(path[:depth], mark)
            target = target[name]
        target[path[-1]] = value
        # What was written below the replaced value has no place any more.
        for table in (self.keys, self.values):
            for old in [known for known in table if known[: len(path)] == path]:
                del table[old]
            table[path] = mark


def read_file(path: Path) -> Document:
    """Read a YAML mapping from a file.

    Raises
    ------
    OSError
        If the file cannot be read.
    ConfigError
        If it is not one plain YAML mapping. Faults that let reading go on are left in ``Document.problems``.
    """
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    origin = str(path)
    if len(content) > MAX_BYTES:
        raise _fault(origin, "more than 500 kB", "a config of at most 500 kB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError([Problem(Mark(origin, line, 1), "", "bytes that are not UTF-8", "text in UTF-8")]) from None
    document = read_text(text, origin)
    document.sha256 = hashlib.sha256(content).hexdigest()
    return document


def read_text(text: str, origin: str) -> Document:
    """Read a YAML mapping from text; an empty text is an empty mapping."""
    document = Document(origin)
    data = _Reader(document).read(text)
    if data is not None and not isinstance(data, dict):
        fault = Problem(Mark(origin, 1, 1), "", shown(data), "a mapping of keys, such as 'posture: standing'")
        raise ConfigError([*document.problems, fault])
    document.data = data or {}
    return document


def read_value(text: str, origin: str) -> tuple[Any, list[Problem]]:
    """Read one YAML value, as on the right of ``--set KEY=VALUE``, and its faults."""
    scratch = Document(origin)
    return _Reader(scratch, placed=False).read(text), scratch.problems


class _Reader:
    """Builds plain data from parser events; faults that do not hide the rest go to the document's problems."""

    def __init__(self, document: Document, *, placed: bool = True) -> None:
        self.document, self.placed = document, placed
        self.nodes = 0

    def read(self, text: str) -> Any:
        """The one document in ``text``, ``None`` if there is none."""
        try:
            return self._documents(iter(YAML(typ="safe", pure=True).parse(text)))
        except MarkedYAMLError as error:
            at = error.problem_mark or error.context_mark
            mark = self._mark(at.line, at.column) if at else self._mark(0, 0)
            raise self._broken(mark, str(error.problem or error.context)) from None
        except ConfigError as error:
            raise ConfigError([*self.document.problems, *error.problems]) from None
        except (YAMLError, ValueError) as error:
            raise self._broken(self._mark(0, 0), str(error).strip().splitlines()[0]) from None

    def _broken(self, mark: Mark, message: str) -> ConfigError:
        return ConfigError([*self.document.problems, Problem(mark, "", f"broken YAML ({message})", "YAML 1.2")])

    def _documents(self, events: Iterator[Any]) -> Any:
        data, count = None, 0
        for event in events:
            if isinstance(event, (ScalarEvent, MappingStartEvent, SequenceStartEvent, AliasEvent)):
                count += 1
                if count > 1:
                    raise self._stop(event, (), "a second document", "one config in a file")
                data = self._node(event, events, ())
        return data

    def _node(self, event: Any, events: Iterator[Any], path: Path_) -> Any:
        self._guard(event, path)
        if isinstance(event, ScalarEvent):
            return self._scalar(event, path)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(events, path)
        return self._mapping(events, path)

    def _guard(self, event: Any, path: Path_) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self._stop(event, path, f"more than {MAX_NODES} values", "a config; long tables go into a CSV file")
        if len(path) > MAX_DEPTH:
            raise self._stop(event, path, f"nesting deeper than {MAX_DEPTH}", "a mapping of sections")
        if isinstance(event, AliasEvent):
            raise self._stop(event, path, f"the alias *{shown(event.anchor)[1:-1]}", "the value itself; aliases are not read")
        if event.tag is not None and not (isinstance(event, ScalarEvent) and event.tag == "!" and event.style):
            self._add(event, path, f"the tag {shown(str(event.tag))}", "a plain value; tags are not read")

    def _sequence(self, events: Iterator[Any], path: Path_) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), SequenceEndEvent):
            self._place(event, (*path, len(items)), key=False)
            items.append(self._node(event, events, (*path, len(items))))
        return items

    def _mapping(self, events: Iterator[Any], path: Path_) -> dict[str, Any]:
        data: dict[str, Any] = {}
        while not isinstance(event := next(events), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                raise self._stop(event, path, "a key that is no word", "keys that are single words")
            place = (*path, event.value)
            double = event.value in data
            if double:
                self._add(event, place, "the key a second time", "every key once")
            else:
                self._place(event, place, key=True)
            value_event = next(events)
            if not double:
                self._place(value_event, place, key=False)
            value = self._node(value_event, events, place)
            data.setdefault(event.value, value)
        return data

    def _scalar(self, event: Any, path: Path_) -> Any:
        text: str = event.value
        if event.style in ("'", '"', "|", ">"):
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if text in _FALSE:
            return False
        return self._number(event, text, path)

    def _number(self, event: Any, text: str, path: Path_) -> Any:
        if _OTHER_BASE.fullmatch(text) or _NOT_FINITE.fullmatch(text):
            self._add(event, path, text[:40], "a finite decimal number")
        elif _DECIMAL.fullmatch(text) or _INTEGER.fullmatch(text):
            bare = text.lstrip("+-")
            if len(text) > 40 or not math.isfinite(float(text)):
                self._add(event, path, shown(text), "a finite decimal number of at most 40 characters")
            elif _INTEGER.fullmatch(text):
                return int(text)
            elif bare[0] == "0" and bare[1:2].isdigit():
                plain = bare.lstrip("0") or "0"
                self._add(event, path, text, "a number without leading zeros", f"write {plain}, or {text!r} in quotes for text")
            else:
                return float(text)
        else:
            return text
        return None

    def _place(self, event: Any, path: Path_, *, key: bool) -> None:
        if self.placed:
            table = self.document.keys if key else self.document.values
            table[path] = self._mark(event.start_mark.line, event.start_mark.column)

    def _mark(self, line: int, column: int) -> Mark:
        return Mark(self.document.origin, line + 1, column + 1) if self.placed else Mark(self.document.origin)

    def _problem(self, event: Any, path: Path_, got: str, expected: str, hint: str = "") -> Problem:
        mark = self._mark(event.start_mark.line, event.start_mark.column)
        return Problem(mark, ".".join(map(str, path))[:120], got, expected, hint)

    def _add(self, event: Any, path: Path_, got: str, expected: str, hint: str = "") -> None:
        self.document.problems.append(self._problem(event, path, got, expected, hint))

    def _stop(self, event: Any, path: Path_, got: str, expected: str) -> ConfigError:
        return ConfigError([self._problem(event, path, got, expected)])


def _fault(origin: str, got: str, expected: str) -> ConfigError:
    return ConfigError([Problem(Mark(origin, 1, 1), "", got, expected)])
