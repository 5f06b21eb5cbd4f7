"""Solving for users: one posture, or many on all cores through the same kernel."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import lru_cache
from numbers import Real
from threading import local
from typing import Any

import numpy as np

from spinesim.mechanics.lanes import WIDTH
from spinesim.model import cases as packing
from spinesim.model import ranges, validate
from spinesim.model.anatomy import SpineModel
from spinesim.model.layout import stack
from spinesim.model.load import Load
from spinesim.model.names import INVALID_INPUT, NOT_CONVERGED
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.solver.compiled import solve_rows
from spinesim.solver.recruitment import CUBE, MIN_MAX, SQUARE
from spinesim.solver.solution import Solution
from spinesim.solver.variables import VARIABLES, result_type
from spinesim.solver.workspace import Batch, allocate_bench

CHUNK, LARGEST_CHUNK = 64, 256  # rows: whole vectors, enough for hard rows to meet; few enough to share and to interrupt
CORES = os.cpu_count() or 1
PARTS = 4  # chunks a thread, where there are rows enough
PERSONS_KEPT = 256
_POWERS = {2.0: SQUARE, 3.0: CUBE, math.inf: MIN_MAX}
Progress = Callable[[int, int], None]


def solve(model: SpineModel, subject: Subject, posture: Posture, load: Load, exponent: float = 2.0) -> Solution:
    """Loads of one person in one posture with one load.

    Parameters
    ----------
    model
        The geometry set, usually ``SpineModel.default()``.
    subject, posture, load
        Who, how and with what.
    exponent
        Recruitment cost: 2, 3, or ``math.inf`` for min-max.

    Returns
    -------
    Solution
        Arrays without a case axis; look at ``status_name`` first and at ``reason`` if it is not ``converged``. Hands that
        cannot reach their position give ``invalid_input``, for that shows only when the trunk is in its posture.

    Raises
    ------
    ValueError
        If an input is outside its computable range, names something unknown or contradicts another.
    TypeError
        If an input is of the wrong kind, such as text for a number or one number for left and right.
    """
    return solve_batch(model, [subject], [posture], [load], exponent).row(0)


def solve_batch(
    model: SpineModel,
    subjects: Subject | Sequence[Subject],
    postures: Posture | Sequence[Posture],
    loads: Load | Sequence[Load],
    exponent: float = 2.0,
    progress: Progress | None = None,
    threads: int | None = None,
) -> Solution:
    """Loads of many cases; every row has the same bits as that case solved alone.

    Parameters
    ----------
    model
        The geometry set.
    subjects, postures, loads
        One each, or sequences of equal length; what stands alone holds for all cases.
    exponent
        Recruitment cost: 2, 3, or ``math.inf`` for min-max.
    progress
        Called with (rows done, rows in all) as chunks finish.
    threads
        Number of threads; all cores by default.

    Returns
    -------
    Solution
        Arrays with a leading case axis. Rows that did not converge, and rows whose hands cannot reach their position
        (``invalid_input``), hold NaN.

    Raises
    ------
    ValueError
        If lengths differ, or an input is outside its computable range, names something unknown or contradicts another.
    TypeError
        If an input is of the wrong kind, such as text for a number or one number for left and right.
    """
    rows = _broadcast(subjects, postures, loads)
    validated = _checked(rows)
    power = cost_power(exponent)
    unique: dict[Person, int] = {}
    person = np.array([unique.setdefault(Person(repr(subject), subject), len(unique)) for subject, _, _ in rows])
    people = stack([settled_person(model, key) for key in unique])
    cases = packing.pack(model.tables, person, [p for _, p, _ in rows], [load for _, _, load in rows])
    out = run(model, people, cases, power, progress, threads)
    return to_solution(model, out, validated)


@dataclass(frozen=True, slots=True)
class Person:
    """A subject as a key: the same where all its values are."""

    values: str
    subject: Subject = field(compare=False)


@lru_cache(maxsize=PERSONS_KEPT)
def settled_person(model: SpineModel, key: Person) -> Any:
    """:func:`person_record`, kept for the persons asked last."""
    return person_record(model, key.subject)


def person_record(model: SpineModel, subject: Subject) -> Any:
    """The packed person, with translations settled in relaxed standing.

    The table geometry is that of standing. So standing is solved with all bodies where the table has them, whatever the discs
    do; the translations that come out are the settled ones, from which bodies move and results count.
    """
    people = stack([model.pack(subject)])
    settle(model, people)
    return people[0]


def settle(model: SpineModel, people: Any, threads: int | None = None) -> Any:
    """Write the settled translations of packed persons (N,) into them; returns which of them stand in balance (N,)."""
    standing: Any = np.repeat(packing.pack(model.tables, np.zeros(1), [Posture()], [Load()]), len(people))
    standing.person = np.arange(len(people))
    people.carried[:] = 0.0
    out = run(model, people, standing, SQUARE, threads=threads)
    balanced: Any = np.isin(out.status, (INVALID_INPUT, NOT_CONVERGED), invert=True)
    people.settled[balanced] += 1e-3 * out.translation_mm[balanced, ::-1]
    people.carried[:] = 1.0
    return balanced


def run(model: SpineModel, people: Any, cases: Any, power: int, progress: Progress | None = None, threads: int | None = None) -> Any:
    """Result records of packed cases, in chunks over threads; the kernel holds no lock."""
    out = np.zeros(len(cases), result_type(len(model.fascicles))).view(np.recarray)
    for name, variable in VARIABLES.items():
        if variable.dtype == "f8":
            out[name] = np.nan
    status, iterations = np.zeros((2, len(cases)), np.int32)
    batch = Batch(table(people), table(cases), np.ascontiguousarray(cases.person), table(out), status, iterations)
    own, workers = local(), threads or CORES
    chunk = min(max(len(cases) // (PARTS * workers), CHUNK), LARGEST_CHUNK) // WIDTH * WIDTH

    def work_off(start: int) -> int:
        if not hasattr(own, "bench"):
            own.bench = allocate_bench(people, model.topology, chunk)
        stop = min(start + chunk, len(cases))
        solve_rows(batch, model.topology, start, stop, power, own.bench)
        return stop - start

    _work_off(work_off, len(cases), chunk, progress, workers)
    out["status"], out["iterations"] = status, iterations
    return out


def _work_off(part: Callable[[int], int], count: int, chunk: int, progress: Progress | None, workers: int) -> None:
    """Call ``part`` with the first row of every chunk of ``count`` rows, over threads."""
    starts = range(0, count, chunk)
    if len(starts) == 1:
        part(0)
        return
    with ThreadPoolExecutor(workers) as pool:
        try:
            done = 0
            for future in as_completed([pool.submit(part, start) for start in starts]):
                done += future.result()
                if progress is not None:
                    progress(done, count)
        except BaseException:
            # Whoever interrupts does not wait for rows that nobody will read.
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def table(records: Any) -> Any:
    """Records as a table of their numbers (N, numbers of a record), the same memory."""
    return np.ascontiguousarray(records).view(np.ndarray).view(np.float64).reshape(len(records), -1)


def to_solution(model: SpineModel, out: Any, validated: Any) -> Solution:
    """Result records as a :class:`Solution` with a leading case axis."""
    arrays = {name: np.ascontiguousarray(out[name]) for name in VARIABLES}
    arrays["validated"] = validated
    return Solution(fascicles=model.fascicles, groups=model.groups, contacts=model.contacts, **arrays)


def _broadcast(subjects: Any, postures: Any, loads: Any) -> list[tuple[Subject, Posture, Load]]:
    given = (subjects, postures, loads)
    columns = [list(c) if isinstance(c, Iterable) and not isinstance(c, str | Mapping) else [c] for c in given]
    length = max(len(c) for c in columns)
    if not length:
        raise ValueError("no case was given: subjects, postures and loads are empty")
    if bad := [len(c) for c in columns if len(c) not in (1, length)]:
        raise ValueError(
            f"subjects, postures and loads must have equal lengths or stand alone, got lengths {[len(c) for c in columns]}: {bad[0]}"
        )
    return list(zip(*(c * length if len(c) == 1 else c for c in columns), strict=True))


def cost_power(exponent: Any) -> int:
    """The kernel's number of a recruitment cost.

    Raises
    ------
    ValueError
        If there is no such cost.
    """
    if isinstance(exponent, bool) or not isinstance(exponent, Real) or exponent not in _POWERS:
        raise ValueError(f"exponent {exponent!r} is none of 2, 3 and math.inf (min-max)")
    return _POWERS[float(exponent)]


def _checked(rows: list[tuple[Subject, Posture, Load]]) -> Any:
    """Which rows lie inside the validated ranges (N,); refuses what cannot be understood or lies outside the computable ones."""
    validated, understood = np.zeros(len(rows), np.int32), set[int]()
    for index, row in enumerate(rows):
        where = f"case {index}: " if len(rows) > 1 else ""
        try:
            for kind, part in zip(validate.KINDS, row, strict=True):
                if id(part) not in understood:
                    validate.check_part(kind, part)
                    understood.add(id(part))
            violations = ranges.check(*row)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{where}{error}") from None
        if broken := [v for v in violations if v.kind == "computable"]:
            raise ValueError(f"{where}{broken[0]}")
        validated[index] = not violations
    return validated
