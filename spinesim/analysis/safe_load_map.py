"""The load within tolerance over two parameters: every cell asked for itself, none between others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from spinesim.analysis.demand import Task
from spinesim.analysis.keys import Key, UnknownKeyError, find, pair_items
from spinesim.analysis.safe_load import EvidenceTask, SafeLoad, safe_load
from spinesim.analysis.tolerance import Findings
from spinesim.analysis.tolerance.data import Array
from spinesim.model.anatomy import SpineModel
from spinesim.model.subject import Subject
from spinesim.solver.api import Progress

OWN: Final = ("dynamic_factor", "daily_loadings", "max_flexion_deg", "reps")
OUTCOMES: Final = ("limit", "no", "gate", "refused")
MOST_CELLS: Final = 2500


@dataclass(frozen=True, slots=True)
class SafeLoadMap:
    """Answers over two parameters.

    Attributes
    ----------
    x_key, y_key, x, y
        What varies, and its values (X,) and (Y,).
    modelled_limit_kg
        (Y, X); NaN where the outcome is not ``limit``.
    outcome, basis, tissue, level
        (Y, X), words; empty where there is none.
    cells
        Every answer, row by row.
    """

    x_key: str
    y_key: str
    x: Array
    y: Array
    modelled_limit_kg: Array
    outcome: NDArray[np.str_]
    basis: NDArray[np.str_]
    tissue: NDArray[np.str_]
    level: NDArray[np.str_]
    cells: tuple[SafeLoad, ...]


def safe_load_map(
    model: SpineModel,
    subject: Subject,
    findings: Findings,
    task: Task,
    x: tuple[str, Sequence[float] | Array],
    y: tuple[str, Sequence[float] | Array],
    protection: str = "strict",
    evidence_tasks: Sequence[EvidenceTask] = (),
    step_kg: float = 1.0,
    progress: Progress | None = None,
    **options: Any,
) -> SafeLoadMap:
    """The load within tolerance over two parameters.

    Parameters
    ----------
    x, y
        Key and values: a number of ``subject.`` or ``posture.``, or one of :data:`OWN`.
    progress
        Called with (cells done, cells in all).
    options
        As :func:`~spinesim.analysis.safe_load.safe_load`; nothing is explained.

    Raises
    ------
    ValueError
        If a key names no number that can vary, both are the same, or there are too many cells.
    """
    (x_key, xs), (y_key, ys) = ((key, np.asarray(values, float)) for key, values in (x, y))
    for key in (x_key, y_key):
        check_key(key, task)
    if x_key == y_key:
        raise ValueError(f"map: {x_key} stands twice; expected two parameters")
    if not 0 < len(xs) * len(ys) <= MOST_CELLS:
        raise ValueError(f"map: {len(xs)} x {len(ys)} cells; expected 1 to {MOST_CELLS}")
    cells = []
    for b in ys.tolist():
        for a in xs.tolist():
            who, what, how = _with(subject, findings, task, options, {x_key: a, y_key: b})
            found = safe_load(model, who, what, how[0], protection, evidence_tasks, step_kg, explain=False, **how[1])
            cells.append(found)
            if progress is not None:
                progress(len(cells), len(xs) * len(ys))
    shape = len(ys), len(xs)
    limit = np.array([np.nan if cell.modelled_limit_kg is None else cell.modelled_limit_kg for cell in cells]).reshape(shape)
    names = ("outcome", "basis", "tissue", "level")
    outcome, basis, tissue, level = (np.array([getattr(cell, name) or "" for cell in cells]).reshape(shape) for name in names)
    return SafeLoadMap(x_key, y_key, xs, ys, limit, outcome, basis, tissue, level, tuple(cells))


def check_key(name: str, task: Task) -> None:
    """Refuse a key that a map cannot vary.

    Raises
    ------
    UnknownKeyError
        With what it can, and the nearest name.
    """
    if name in OWN:
        return
    key = find(name)
    if key.section not in ("subject", "posture") or key.kind not in ("number", "whole"):
        raise UnknownKeyError(name, f"a number of subject. or posture., or one of {', '.join(OWN)}", "")
    if key.field == "hand_position_mm" and task.frames[0].hand_position_mm is None:
        raise UnknownKeyError(name, f"arm angles: {task.name} does not tell the position of the hands", "")
    if key.section == "posture" and len(task.frames) > 1:
        raise UnknownKeyError(name, f"a number of subject., or one of {', '.join(OWN)}: {task.name} has more than one posture", "")


def _with(
    subject: Subject, findings: Findings, task: Task, options: dict[str, Any], values: dict[str, float]
) -> tuple[Subject, Findings, tuple[Task, dict[str, Any]]]:
    """The question of one cell."""
    options = dict(options)
    for name, number in values.items():
        if name == "dynamic_factor":
            task = replace(task, dynamic_factor=number)
        elif name in OWN:
            options[name] = number
        elif find(name).field == "disc_grade":
            grades = {**(subject.disc_grade or findings.disc_grade or {}), find(name).item: _whole(name, number)}
            subject, findings = replace(subject, disc_grade=grades), replace(findings, disc_grade=grades)
        elif find(name).section == "subject":
            subject = _put(subject, find(name), number)
        else:
            task = replace(task, frames=(_put(task.frames[0], find(name), number),))
    # Accelerations of an exercise go with the size of the body.
    return subject, findings, (task if task.of is None else replace(task.of(subject), dynamic_factor=task.dynamic_factor), options)


def _put(part: Any, key: Key, number: float) -> Any:
    """A subject or posture with one number changed."""
    old: Any = getattr(part, key.field)
    new: Any = number
    if isinstance(old, Mapping):
        new = {**old, key.item: number}
    elif isinstance(old, tuple):
        new = tuple(number if key.item in ("", item) else other for item, other in zip(pair_items(key.field), old, strict=True))
    return replace(part, **{key.field: new})


def _whole(name: str, number: float) -> int:
    if not number.is_integer():
        raise ValueError(f"map: {name} = {number:g} is not a whole number")
    return int(number)


__all__ = ["OUTCOMES", "OWN", "SafeLoadMap", "check_key", "safe_load_map"]
