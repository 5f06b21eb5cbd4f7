"""Reading the tables of ``geometry/``: one value with SD, unit, source and status a row."""

from __future__ import annotations

import csv
import difflib
import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from spinesim.model.layout import Array, beside

STATUSES = ("read", "derived", "recalled", "assumed")

Key = tuple[str, str, str]  # table, item, parameter
_LONG = ("item", "parameter", "value", "sd", "unit", "source", "status", "note")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a table."""

    value: float
    sd: float
    unit: str
    source: str
    status: str


@dataclass(frozen=True)
class Tables:
    """All scalar tables of one geometry set, and what is laid over them: drawn values, then factors.

    A factor is named ``table.parameter`` (every item) or ``table.item.parameter``; a drawn value has the key of its entry and
    takes its place. It is one number, or an array (N,) of them: then these are the tables of N models at once.
    """

    folder: Path
    entries: Mapping[Key, Entry]
    factors: Mapping[str, float]
    drawn: Mapping[Key, Any] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def load(cls, folder: Path) -> Tables:
        """Read every long-format table of a set.

        Raises
        ------
        ValueError
            If a row is not a finite number with a known source and status, naming file, line and value.
        """
        sources = {row["key"] for _, row in rows(folder / "sources.csv")}
        entries: dict[Key, Entry] = {}
        for path in sorted(folder.glob("*.csv")):
            for line, row in rows(path):
                if tuple(row) != _LONG:
                    break
                key = (path.stem, row["item"], row["parameter"])
                if key in entries:
                    raise ValueError(f"{path.name}:{line}: {row['item']} {row['parameter']} stands twice")
                entries[key] = _entry(path, line, row, sources)
        return cls(folder, MappingProxyType(entries), MappingProxyType({}))

    def scaled(self, factors: Mapping[str, float]) -> Tables:
        """The same tables with ``factors`` laid over them.

        Raises
        ------
        ValueError
            If a factor names nothing in the tables; the nearest name is told.
        """
        # What others were calibrated on changes nothing by itself.
        own = [key for key in self.entries if key[0] != "calibration"]
        known = {f"{t}.{p}" for t, _, p in own} | {f"{t}.{i}.{p}" for t, i, p in own}
        for name in factors:
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                raise ValueError(f"subject.tissue: {name!r} names no table value" + (f"; did you mean {near[0]!r}?" if near else ""))
        return replace(self, factors=MappingProxyType(dict(factors)))

    def with_values(self, values: Mapping[Key, Any]) -> Tables:
        """The same tables with ``values``, numbers or arrays (N,), in the place of their own; factors act on them as on the others.

        Raises
        ------
        ValueError
            If a key is not in the tables.
        """
        if not values.keys() <= self.entries.keys():
            raise ValueError(f"no table value: {'.'.join(next(iter(values.keys() - self.entries.keys())))}")
        return replace(self, drawn=MappingProxyType(dict(values)))

    @property
    def models(self) -> int:
        """How many models were drawn together; 1 where none was."""
        return next((len(values) for values in self.drawn.values() if np.ndim(values)), 1)

    def one(self, number: int) -> Tables:
        """One of the models that were drawn together."""
        own = {key: float(values[number] if np.ndim(values) else values) for key, values in self.drawn.items()}
        return replace(self, drawn=MappingProxyType(own))

    def value(self, table: str, item: str, parameter: str) -> Any:
        """One value in the table's unit, drawn if it was, with its factors: a number or an array (N,)."""
        drawn = self.drawn.get((table, item, parameter)) if self.drawn else None
        return self._scaled(self.entries[table, item, parameter].value if drawn is None else drawn, table, item, parameter)

    def nominal(self, table: str, item: str, parameter: str) -> float:
        """One value as it stands in the table, with its factors."""
        return float(self._scaled(self.entries[table, item, parameter].value, table, item, parameter))

    def _scaled(self, value: Any, table: str, item: str, parameter: str) -> Any:
        if self.factors:
            value = value * (self.factors.get(f"{table}.{parameter}", 1.0) * self.factors.get(f"{table}.{item}.{parameter}", 1.0))
        return value

    def column(self, table: str, items: Sequence[str], parameter: str) -> Array:
        """One parameter of several items side by side (N, items); N is 1 where none of them is drawn for many models."""
        return self._beside([self.value(table, item, parameter) for item in items])

    def row(self, table: str, item: str, parameters: Sequence[str]) -> Array:
        """Several parameters of one item side by side (N, parameters)."""
        return self._beside([self.value(table, item, parameter) for parameter in parameters])

    def positions(self, table: str, items: Sequence[str]) -> Array:
        """Parameters x, y, z of items (N, items, 3), mm; z is 0 where it is not given."""
        z = [self.value(table, item, "z") if (table, item, "z") in self.entries else 0.0 for item in items]
        return beside(self.column(table, items, "x"), self.column(table, items, "y"), self._beside(z))

    def _beside(self, values: list[Any]) -> Array:
        return np.atleast_2d(beside(*values)) if self.drawn else np.array([values])


def rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a CSV file by column name, with their line numbers.

    Raises
    ------
    ValueError
        If a row has more or fewer cells than the heading, as with a comma outside quotes.
    """
    with path.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        for row in reader:
            if None in row or None in row.values():
                raise ValueError(f"{path.name}:{reader.line_num}: expected {len(reader.fieldnames or ())} cells; a comma outside quotes?")
            yield reader.line_num, row


def _entry(path: Path, line: int, row: Mapping[str, str], sources: set[str]) -> Entry:
    try:
        value, sd = float(row["value"]), float(row["sd"])
    except ValueError:
        raise ValueError(f"{path.name}:{line}: value {row['value']!r} and sd {row['sd']!r} must be numbers") from None
    if not (math.isfinite(value) and math.isfinite(sd) and sd >= 0.0):
        raise ValueError(f"{path.name}:{line}: value {value} and sd {sd} must be finite, sd not negative")
    if row["source"] not in sources:
        raise ValueError(f"{path.name}:{line}: source {row['source']!r} is not in sources.csv")
    if row["status"] not in STATUSES:
        raise ValueError(f"{path.name}:{line}: status {row['status']!r} is none of {', '.join(STATUSES)}")
    return Entry(value, sd, row["unit"], row["source"], row["status"])


def tables_hash(folder: Path) -> str:
    """Hash of every table of a set, for provenance."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.csv")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
