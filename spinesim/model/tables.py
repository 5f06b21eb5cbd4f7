"""Reading the tables of ``geometry/``: one value with SD, unit, source and status a row."""

from __future__ import annotations

import csv
import difflib
import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

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
    takes its place.
    """

    folder: Path
    entries: Mapping[Key, Entry]
    factors: Mapping[str, float]
    drawn: Mapping[Key, float] = field(default_factory=lambda: MappingProxyType({}))

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

    def with_values(self, values: Mapping[Key, float]) -> Tables:
        """The same tables with ``values`` in the place of their own; factors act on them as on the others.

        Raises
        ------
        ValueError
            If a key is not in the tables.
        """
        if not values.keys() <= self.entries.keys():
            raise ValueError(f"no table value: {'.'.join(next(iter(values.keys() - self.entries.keys())))}")
        return replace(self, drawn=MappingProxyType(dict(values)))

    def value(self, table: str, item: str, parameter: str) -> float:
        """One value in the table's unit, drawn if it was, with its factors."""
        drawn = self.drawn.get((table, item, parameter)) if self.drawn else None
        return self._scaled(self.entries[table, item, parameter].value if drawn is None else drawn, table, item, parameter)

    def nominal(self, table: str, item: str, parameter: str) -> float:
        """One value as it stands in the table, with its factors."""
        return self._scaled(self.entries[table, item, parameter].value, table, item, parameter)

    def _scaled(self, value: float, table: str, item: str, parameter: str) -> float:
        if self.factors:
            value *= self.factors.get(f"{table}.{parameter}", 1.0) * self.factors.get(f"{table}.{item}.{parameter}", 1.0)
        return value

    def position(self, table: str, item: str) -> tuple[float, float, float]:
        """Parameters x, y, z of an item, mm; z is 0 where it is not given."""
        z = self.value(table, item, "z") if (table, item, "z") in self.entries else 0.0
        return self.value(table, item, "x"), self.value(table, item, "y"), z


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
