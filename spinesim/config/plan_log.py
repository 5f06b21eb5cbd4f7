"""A log of sessions from CSV: one row an exercise and day."""

from __future__ import annotations

import csv
import datetime
import io
import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from spinesim.analysis.plan.gates import Entry
from spinesim.analysis.plan.inputs import Request
from spinesim.analysis.plan.replan import CLEARANCE
from spinesim.config.errors import ConfigError, Mark, Problem, did_you_mean, shown

NEEDED: Final = ("date", "exercise", "load_kg", "sets", "reps")
SCORES: Final = ("pain_before", "pain", "pain_24h", "pain_48h", "odi", "rmdq", "psfs")
COLUMNS: Final = (*NEEDED, *SCORES, "red_flag")
FLAGS: Final = {"": False, "no": False, "yes": True}
# Largest number of a column; the least is 0.
MOST: Final = {"load_kg": 200.0, "sets": 50.0, "reps": 5000.0} | dict.fromkeys(SCORES, 10.0) | {"odi": 100.0, "rmdq": 24.0}
WHOLE: Final = ("sets", "reps")


def read_log(path: Path, request: Request, start: datetime.date) -> list[Entry]:
    """Entries in order of day.

    Parameters
    ----------
    path
        CSV with a head of :data:`COLUMNS`; all but the first five may be left out, and an empty cell is unknown. A row of
        the exercise ``clearance`` is a professional's leave to go on after a stop.
    start
        First Monday of the plan.

    Raises
    ------
    OSError
        If the file cannot be read.
    ConfigError
        With every fault, each with line and column.
    """
    text = path.read_text(encoding="utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    head = [cell.strip() for cell in lines[0]] if lines else []
    problems = list(_head(str(path), head))
    if problems:
        raise ConfigError(problems)
    entries = []
    for number, cells in enumerate(lines[1:], start=2):
        if any(cell.strip() for cell in cells):
            entries.append(_entry(_Row(str(path), number, head, cells, problems), request, start))
    if not problems:
        problems += _order(str(path), entries)
    if problems:
        raise ConfigError(problems)
    return [entry for _, entry in entries if entry is not None]


def weeks_passed(entries: list[Entry], start: datetime.date, as_of: datetime.date) -> int:
    """Whole weeks up to a day, and the one that has begun if something of it is logged.

    Raises
    ------
    ValueError
        If an entry is later than the day.
    """
    days = (as_of - start).days
    if entries and entries[-1].day > days:
        raise ValueError(f"the log ends on {start + datetime.timedelta(days=entries[-1].day)}, after {as_of}")
    whole = max(days + 1, 0) // 7
    return max(whole, entries[-1].day // 7 + 1) if entries else whole


class _Row:
    """Cells of a line by name, with their faults."""

    def __init__(self, origin: str, line: int, head: list[str], cells: list[str], problems: list[Problem]) -> None:
        self.origin, self.line, self.problems = origin, line, problems
        if len(cells) != len(head):
            problems.append(Problem(Mark(origin, line, 1), "", f"{len(cells)} cells", f"{len(head)} cells, as in the head"))
        starts = [1 + sum(len(cell) + 1 for cell in cells[:k]) for k in range(len(cells))]
        self.cells = {name: (cell.strip(), at) for name, cell, at in zip(head, cells, starts, strict=False)}

    def text(self, name: str) -> str:
        """A cell, empty where there is none."""
        return self.cells.get(name, ("", 1))[0]

    def fault(self, name: str, expected: str, hint: str = "") -> None:
        """Note that a cell is wrong."""
        got, at = self.cells.get(name, ("", 1))
        self.problems.append(Problem(Mark(self.origin, self.line, at), name, shown(got) if got else "nothing", expected, hint))

    def number(self, name: str, *, needed: bool = False) -> Any:
        """A number in the range of its column; ``None`` for an empty cell."""
        text, most, whole = self.text(name), MOST[name], name in WHOLE
        if not text and not needed:
            return None
        kind = "a whole number" if whole else "a number"
        try:
            found: float = int(text) if whole else float(text)
        except ValueError:
            found = math.nan
        if not 0.0 <= found <= most:
            self.fault(name, f"{kind} from 0 to {most:g}")
            return 0 if needed else None
        return found


def _head(origin: str, head: list[str]) -> Iterator[Problem]:
    for place, name in enumerate(head):
        at = 1 + sum(len(other) + 1 for other in head[:place])
        if name not in COLUMNS or head.index(name) != place:
            expected = f"a column of {', '.join(COLUMNS)}, each once"
            yield Problem(Mark(origin, 1, at), "", shown(name), expected, did_you_mean(name, COLUMNS, 0.5))
    if missing := [name for name in NEEDED if name not in head]:
        yield Problem(Mark(origin, 1, 1), "", "no " + ", ".join(missing), f"the columns {', '.join(NEEDED)}")


def _entry(row: _Row, request: Request, start: datetime.date) -> tuple[int, Entry | None]:
    before = len(row.problems)
    day, names = _day(row, start), [*(exercise.name for exercise in request.exercises), CLEARANCE]
    name = row.text("exercise")
    if name not in names:
        row.fault("exercise", ", ".join(names), did_you_mean(name, names, 0.5))
    done = name != CLEARANCE
    numbers = {key: row.number(key, needed=done) or 0 for key in ("load_kg", *WHOLE)}
    scores = {key: row.number(key) for key in SCORES}
    if row.text("red_flag").lower() not in FLAGS:
        row.fault("red_flag", "yes, no or nothing")
    if len(row.problems) > before:
        return row.line, None
    flag = FLAGS[row.text("red_flag").lower()]
    return row.line, Entry(day=day, exercise=name, red_flag=flag, **numbers, **scores)


def _day(row: _Row, start: datetime.date) -> int:
    try:
        day = (datetime.date.fromisoformat(row.text("date")) - start).days
    except ValueError:
        row.fault("date", "a day as YYYY-MM-DD")
        return 0
    if not 0 <= day <= 3650:
        row.fault("date", f"a day from {start.isoformat()} on, where the plan starts")
    return day


def _order(origin: str, entries: list[tuple[int, Entry | None]]) -> Iterator[Problem]:
    for (_, before), (line, after) in pairwise(entries):
        if before and after and after.day < before.day:
            yield Problem(Mark(origin, line, 1), "date", "a day before that of the row above", "rows in order of day")
