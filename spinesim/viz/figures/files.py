"""Result files as what figures are drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from spinesim.analysis.tolerance import Findings, Person, compression_limit, disc_pressure, facet_force, limit, protection
from spinesim.io.reading import ResultFileError, Stored, read_solution
from spinesim.io.sweep_reading import Rows, read_attrs, read_rows
from spinesim.model.names import CONVERGED, LEVELS
from spinesim.solver.variables import VARIABLES
from spinesim.viz.figures.data import Array, Case, FigureError, Frames, Grid, level_index
from spinesim.viz.figures.maps import SHOWN

SOLUTION = "spinesim-solution"


@dataclass(frozen=True, slots=True)
class Choice:
    """What of the files is drawn.

    Attributes
    ----------
    level
        For figures of one level, and for the frame of a motion in which that level is pressed most.
    row
        Number of the case in a file that holds many; of a motion, the frame.
    at_s
        Time of a motion; its nearest frame is drawn.
    x, y
        Keys along the axes of a map.
    where
        Values of the other keys of a sweep, as text.
    protection
        Level of protection whose limits a map shows.
    """

    level: str = "L4-L5"
    row: int | None = None
    at_s: float | None = None
    x: str = "posture.flexion_deg"
    y: str = "load.mass_kg"
    where: Mapping[str, str] = field(default_factory=dict)
    protection: str = "standard"


def cases_of(paths: Sequence[Path], choice: Choice) -> list[Case]:
    """A case of every file: the only one, the one that is asked for, or the frame of a motion that presses the level most.

    Raises
    ------
    OSError, ResultFileError
        If a file cannot be read or is no solution.
    FigureError
        If it does not say which of many cases is meant, or has no such case.
    """
    return [_case(path, choice) for path in paths]


def is_motion(path: Path) -> bool:
    """Whether a file holds the frames of a motion."""
    return "time_s" in _solution(path).along


def frames_of(path: Path) -> Frames:
    """The motion of a file.

    Raises
    ------
    OSError, ResultFileError
        If the file cannot be read or is no solution.
    FigureError
        If it holds no motion, or one without any answer.
    """
    return _frames(path, _solution(path))


def _frames(path: Path, stored: Stored) -> Frames:
    if not {"time_s", "phase"} <= set(stored.along):
        raise FigureError(f"{path}: no motion; expected what spinesim exercise -o writes")
    phases = tuple(word.decode("ascii") for word in stored.along["phase"].tolist())
    return Frames(_name(path, stored.attrs), stored.along["time_s"], phases, stored.solution, _source(stored.attrs))


def grid_of(path: Path, choice: Choice) -> Grid:
    """The rows of a sweep over two of its keys.

    Raises
    ------
    OSError, ResultFileError
        If the file cannot be read or is no sweep that kept its rows.
    FigureError
        If it lacks a key or a result, or the rows that are asked for are none or no grid.
    """
    level_index(choice.level)
    rows = read_rows(path)
    keys = _keys(rows)
    for key in (choice.x, choice.y):
        if key not in keys or rows.columns[key].dtype.kind not in "if":
            numbers = [name for name in keys if rows.columns[name].dtype.kind in "if"]
            raise FigureError(f"{path}: {key} does not vary in this sweep; an axis can be {', '.join(numbers) or 'none of its keys'}")
    chosen = _chosen(path, rows, choice)
    x, column = np.unique(rows.columns[choice.x][chosen], return_inverse=True)
    y, line = np.unique(rows.columns[choice.y][chosen], return_inverse=True)
    _expect_grid(path, rows, chosen, choice, len(x) * len(y), len(np.unique(line * len(x) + column)))

    def spread(values: Array) -> Array:
        made = np.full((len(y), len(x)), np.nan)
        made[line, column] = values[chosen]
        return made

    converged = rows.columns["status"] == CONVERGED
    fields = {name: spread(np.where(converged, _at_level(path, rows, name, choice.level), np.nan)) for name in SHOWN}
    name = rows.attrs["config"].get("title") or path.stem
    limits, words = _limits(rows, chosen, choice)
    validated = spread(rows.columns["validated"].astype(float))
    return Grid(name, choice.level, choice.x, choice.y, x, y, fields, validated, limits, words, _source(rows.attrs))


def _case(path: Path, choice: Choice) -> Case:
    stored = _solution(path)
    name, source = _name(path, stored.attrs), _source(stored.attrs)
    if choice.at_s is not None and "time_s" not in stored.along:
        raise FigureError(f"{path}: no motion that has a moment {choice.at_s:g} s")
    if not stored.solution.status.ndim:
        return Case(name, stored.solution, stored.percentiles, source)
    row, times = _row(path, stored, choice), stored.along.get("time_s")
    if row is None:
        return _frames(path, stored).at_peak(choice.level)
    percentiles = {q: of.row(row) for q, of in stored.percentiles.items()}
    when = f", case {row}" if times is None else f" at {times[row]:.2f} s"
    return Case(f"{name}{when}", stored.solution.row(row), percentiles, source)


def _row(path: Path, stored: Stored, choice: Choice) -> int | None:
    """Which case of many is asked for; none for the highest load of a motion."""
    count, times = len(stored.solution), stored.along.get("time_s")
    if choice.at_s is not None and times is not None:
        if not times[0] <= choice.at_s <= times[-1]:
            raise FigureError(f"{path}: {choice.at_s:g} s is outside the motion, {times[0]:g} to {times[-1]:g} s")
        return int(np.argmin(np.abs(times - choice.at_s)))
    if choice.row is None and times is not None:
        return None
    if choice.row is None or not 0 <= choice.row < count:
        given = "" if choice.row is None else f", not {choice.row}"
        raise FigureError(f"{path}: {count} cases; say which is drawn, 0 to {count - 1}{given}")
    return choice.row


def _solution(path: Path) -> Stored:
    found = _format(path)
    if found != SOLUTION:
        raise ResultFileError(f"{path}: a {found} file; expected a solution, as spinesim solve or exercise -o writes")
    return read_solution(path)


def _format(path: Path) -> str:
    return str(read_attrs(path)["spinesim_format"])


def _name(path: Path, attrs: Mapping[str, Any]) -> str:
    config = attrs.get("config", {})
    if "exercise" in config:
        load = f", {config['load_kg']:g} kg" if config.get("load_kg") else ""
        return f"{config['exercise']['name'].replace('_', ' ').capitalize()}{load}"
    return str(config.get("title") or path.stem)


def _source(attrs: Mapping[str, Any]) -> str:
    return f"spinesim {attrs.get('spinesim_version', '?')}, model {str(attrs.get('model_hash', '?'))[:8]}"


def _keys(rows: Rows) -> list[str]:
    """What varies, without what follows from it."""
    derived = rows.attrs["config"].get("derive") or {}
    results = {"status", "validated"}
    return [name for name in rows.columns if name not in derived and name not in results and name.split(".")[0] not in VARIABLES]


def _chosen(path: Path, rows: Rows, choice: Choice) -> Array:
    """Numbers of the rows that have the values asked for."""
    keep, keys = np.ones(len(rows.columns["status"]), bool), _keys(rows)
    for key, given in choice.where.items():
        if key not in keys:
            raise FigureError(f"{path}: {key} does not vary in this sweep; expected one of {', '.join(keys)}")
        column = rows.columns[key]
        try:
            same = column == (given if column.dtype.kind == "U" else float(given))
        except ValueError:
            same = np.zeros(len(keep), bool)
        if not same.any():
            raise FigureError(f"{path}: no row has {key} = {given}; expected one of {_some(column)}")
        keep &= same
    if not keep.any():
        raise FigureError(f"{path}: no row has all of {', '.join(f'{key} = {value}' for key, value in choice.where.items())}")
    return np.flatnonzero(keep)


def _expect_grid(path: Path, rows: Rows, chosen: Array, choice: Choice, cells: int, filled: int) -> None:
    """Refuse several rows for a cell, and cells without a row."""
    if len(chosen) > filled:
        others = {key: rows.columns[key][chosen] for key in _keys(rows) if key not in (choice.x, choice.y)}
        words = "; ".join(f"{key} ({_some(values)})" for key, values in others.items() if len(np.unique(values)) > 1)
        raise FigureError(f"{path}: other keys vary too; choose a value of each: {words or 'rows repeat each other'}")
    if filled < cells:
        raise FigureError(f"{path}: {choice.x} and {choice.y} are not crossed: {filled} of {cells} combinations are there")


def _some(column: Array) -> str:
    values = np.unique(column).tolist()
    told = ", ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in values[:8])
    return f"{told} and {len(values) - 8} more" if len(values) > 8 else told


def _at_level(path: Path, rows: Rows, name: str, level: str) -> Array:
    """A result at a level (rows,), the larger side where it has two."""
    index = LEVELS.index(level)
    if name in rows.columns:
        values = rows.columns[name][:, index]
    elif f"{name}.{level}" in rows.columns:
        values = rows.columns[f"{name}.{level}"]
    else:
        raise FigureError(f"{path}: {name} of {level} is not in this sweep; add it to its outputs")
    return np.asarray(values.max(axis=1) if values.ndim > 1 else values)


def _limits(rows: Rows, chosen: Array, choice: Choice) -> tuple[dict[str, float], str]:
    """Limits of the person of the sweep, and whose they are; none where that person varies."""
    subject = dict(rows.attrs["config"]["base"]["subject"])
    for key in (key for key in rows.columns if key.startswith("subject.")):
        head = key.split(".")[1]
        values = np.unique(rows.columns[key][chosen])
        if head in ("age_years", "sex", "disc_grade") and (len(values) > 1 or head == "disc_grade"):
            return {}, ""
        subject[head] = values[0].item()
    findings = replace(Findings.none(), disc_grade=subject["disc_grade"])
    person, index = Person(float(subject["age_years"]), subject["sex"], findings), LEVELS.index(choice.level)
    found = {
        "disc_compression_N": compression_limit(person, choice.protection),
        "intradiscal_pressure_MPa": limit(disc_pressure(person), choice.protection),
        "facet_force_N": limit(facet_force(person), choice.protection),
    }
    who = f"{subject['sex']}, {subject['age_years']:g} years, {'disc grades as given' if subject['disc_grade'] else 'no findings'}"
    words = f"more than {100.0 * protection(choice.protection):g} % chance that it is not borne ({who})"
    return {name: float(values[index]) for name, values in found.items()}, words
