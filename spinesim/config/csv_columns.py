"""Columns of a CSV file, as strict as the values of a config: plain decimal numbers and names, every fault with its place."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from spinesim.config.document import Path_
from spinesim.config.errors import Mark, did_you_mean, shown

MAX_BYTES: Final = 200_000_000
_NUMBER = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Cells:
    """Values of one column, and where each of them stands."""

    values: list[Any]
    mark: Callable[[int], Mark]


class Reporter(Protocol):
    """Where faults go."""

    def fault(self, place: Path_ | Mark, got: str, expected: str, hint: str = "", *, key: bool = False) -> None:
        """Note one."""


def read_columns(content: bytes, origin: str, wanted: Mapping[str, str], report: Reporter, place: Path_) -> dict[str, Cells]:
    """Columns of a CSV file with a heading line, by the names on the left of ``wanted``; faults of form are reported.

    Parameters
    ----------
    content, origin
        The file and its name.
    wanted
        Heading of the column for each name.
    report, place
        Where faults go, and where ``wanted`` stands in the config.
    """
    if len(content) > MAX_BYTES:
        report.fault(Mark(origin, 1, 1), f"more than {MAX_BYTES // 10**6} MB", "a smaller table")
        return {}
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        report.fault(Mark(origin, content.count(b"\n", 0, error.start) + 1, 1), "bytes that are not UTF-8", "text in UTF-8")
        return {}
    table = _rows(lines, origin, report)
    if len(table) < 2:
        report.fault(Mark(origin, 1, 1), "no rows", "a line of column names and one or more rows")
        return {}
    head = [name.strip() for name in table[0][1]]
    found = {}
    for name, column in wanted.items():
        if head.count(column) != 1:
            got = f"the column {shown(column)}" + (" that stands there twice" if column in head else "")
            report.fault((*place, name), got, f"a column of {origin} ({', '.join(head[:12])})", did_you_mean(column, head, 0.5))
            continue
        found[name] = _cells(table, head.index(column), origin)
    return found


def _rows(lines: list[str], origin: str, report: Reporter) -> list[tuple[int, list[str]]]:
    """Line number and cells of every line that is not empty; none if lines are of unequal lengths."""
    table: list[tuple[int, list[str]]] = []
    try:
        for number, cells in enumerate(csv.reader(lines, strict=True), start=1):
            if cells:
                table.append((number, cells))
                if len(cells) != len(table[0][1]):
                    report.fault(Mark(origin, number, 1), f"{len(cells)} cells", f"{len(table[0][1])}, as in the line of column names")
                    return []
    except csv.Error as error:
        report.fault(Mark(origin, len(table) + 1, 1), f"a broken line ({error})", "cells with commas between them")
        return []
    return table


def _cells(table: list[tuple[int, list[str]]], column: int, origin: str) -> Cells:
    def mark(i: int) -> Mark:
        line, cells = table[i + 1]
        return Mark(origin, line, 1 + sum(len(cell) + 1 for cell in cells[:column]))

    return Cells([_plain(cells[column].strip()) for _, cells in table[1:]], mark)


def _plain(text: str) -> Any:
    """A number where the text is a plain decimal one, else the text, which the key then judges."""
    if _NUMBER.fullmatch(text) and len(text) <= 40:
        value = float(text)
        return value if math.isfinite(value) else text
    return text or None
