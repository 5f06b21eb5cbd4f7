"""Answers of questionnaires from CSV: one row a questionnaire and day."""

from __future__ import annotations

import csv
import datetime
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from spinesim.analysis.proms import SCORING
from spinesim.config.errors import ConfigError, Mark, Problem, did_you_mean, shown

COLUMNS: Final = ("date", "questionnaire", "answers")
MISSING: Final = "-"


@dataclass(frozen=True, slots=True)
class Filled:
    """One questionnaire of one day, with its score."""

    date: datetime.date
    questionnaire: str
    score: float


def read_answers(path: Path) -> list[Filled]:
    """Scores in order of day.

    Parameters
    ----------
    path
        CSV with the head ``date,questionnaire,answers``; answers are whole numbers with spaces between, ``-`` where one is missing.

    Raises
    ------
    OSError
        If the file cannot be read.
    ConfigError
        With every fault, each with its line.
    """
    lines = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    head = tuple(cell.strip() for cell in lines[0]) if lines else ()
    if head != COLUMNS:
        raise ConfigError([Problem(Mark(str(path), 1, 1), "", shown(",".join(head)), ",".join(COLUMNS))])
    found: list[Filled] = []
    problems: list[Problem] = []
    for number, cells in enumerate(lines[1:], start=2):
        if any(cell.strip() for cell in cells):
            one = _filled(Mark(str(path), number, 1), [cell.strip() for cell in cells])
            (problems if isinstance(one, Problem) else found).append(one)  # type: ignore[arg-type]
    if problems or not found:
        raise ConfigError(problems or [Problem(Mark(str(path), 1, 1), "", "no rows", "one row a questionnaire and day")])
    return sorted(found, key=lambda one: one.date)


def _filled(mark: Mark, cells: list[str]) -> Filled | Problem:
    if len(cells) != len(COLUMNS):
        return Problem(mark, "", f"{len(cells)} cells", f"{len(COLUMNS)}: {', '.join(COLUMNS)}")
    day, name, text = cells
    try:
        date = datetime.date.fromisoformat(day)
    except ValueError:
        return Problem(mark, "date", shown(day) if day else "nothing", "a day as YYYY-MM-DD")
    if name not in SCORING:
        return Problem(mark, "questionnaire", shown(name), ", ".join(SCORING), did_you_mean(name, list(SCORING), 0.5))
    try:
        items = [None if word == MISSING else int(word) for word in text.split()]
        return Filled(date, name, SCORING[name](items))
    except ValueError as error:
        return Problem(mark, "answers", shown(text), f"whole numbers, {MISSING} where one is missing ({error})")
