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
from spinesim.model import columns, ranges, validate
from spinesim.model.anatomy import SpineModel
from spinesim.model.layout import Array, stack
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
SHORTEST_PATH = 128  # cases: fewer are too coarse to lead anywhere, and too few to fill the lanes
SHORTEST_SEGMENT, LONGEST_SEGMENT, ENOUGH_SEGMENTS = 8, 32, 64  # of a path: the first case of each starts cold
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
    return _solve(model, _broadcast(subjects, postures, loads), exponent, progress, threads, 1)


def solve_path(
    model: SpineModel,
    subject: Subject,
    postures: Sequence[Posture],
    loads: Load | Sequence[Load],
    exponent: float = 2.0,
    progress: Progress | None = None,
    threads: int | None = None,
) -> Solution:
    """Loads of one person along a path, such as the frames of a motion: every case starts from where the last three lead.

    In small steps that takes a third of the time of :func:`solve_batch`. Answers are the same within the tolerances of the solver
    (1e-6 N), not to the bit: a row's bits depend on the path and its place on it, though not on threads. The path is cut into segments
    that its length decides, each with a cold start; where the last cases mislead, a case starts cold, too. Paths of fewer than
    128 cases are too coarse to gain anything and are solved case by case, with the bits of :func:`solve_batch`.

    Parameters
    ----------
    model, subject, postures, loads, exponent, progress, threads
        As of :func:`solve_batch`, in the order of the path.

    Raises
    ------
    ValueError, TypeError
        As :func:`solve_batch`.
    """
    rows = _broadcast(subject, postures, loads)
    if any(one is not rows[0][0] for one, _, _ in rows):
        raise ValueError("subject: a path is that of one person, and more were given; expected one spinesim.Subject")
    return _solve(model, rows, exponent, progress, threads, len(rows))


def _solve(
    model: SpineModel, rows: list[tuple[Subject, Posture, Load]], exponent: float, progress: Progress | None, threads: int | None, path: int
) -> Solution:
    """Check, pack and solve rows that are paths of ``path`` cases."""
    subjects, postures, loads = zip(*rows, strict=True)
    distinct = {id(subject): subject for subject in subjects}
    place = {one: index for index, one in enumerate(distinct)}
    who = np.array([place[id(subject)] for subject in subjects])
    kinds = columns.kinds(postures, loads) if len(rows) >= columns.FEWEST else None
    validated = None if kinds is None else columns.validated(list(distinct.values()), who, kinds)
    if kinds is None or validated is None:
        validated = _checked(rows)
    power = cost_power(exponent)
    unique: dict[Person, int] = {}
    person = np.array([unique.setdefault(Person(repr(subject), subject), len(unique)) for subject in distinct.values()])[who]
    people = stack([settled_person(model, key) for key in unique])
    cases = packing.pack(model.tables, person, postures, loads) if kinds is None else columns.pack(model.tables, person, kinds)
    out = run(model, people, cases, power, progress, threads, path)
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


def run(
    model: SpineModel, people: Any, cases: Any, power: int, progress: Progress | None = None, threads: int | None = None, path: int = 1
) -> Any:
    """Result records of packed cases, in chunks over threads; the kernel holds no lock.

    The rows are paths of ``path`` cases each, one after another; 1: cases that have nothing to do with each other.
    """
    out = np.zeros(len(cases), result_type(len(model.fascicles))).view(np.recarray)
    status, iterations = np.zeros((2, len(cases)), np.int32)
    first = np.append(np.arange(0, len(cases), path)[:, None] + segments(path), len(cases))
    batch = Batch(table(people), table(cases), first, np.ascontiguousarray(cases.person), table(out), status, iterations)
    own, workers = local(), threads or CORES
    rows = min(max(len(cases) // (PARTS * workers), CHUNK), LARGEST_CHUNK)
    longest = int(np.diff(first).max())
    chunk = max(rows // longest // WIDTH, 1) * WIDTH

    def work_off(start: int) -> int:
        if not hasattr(own, "bench"):
            own.bench = allocate_bench(people, model.topology, longest * chunk)
        stop = min(start + chunk, len(first) - 1)
        solve_rows(batch, model.topology, start, stop, power, own.bench)
        return int(first[stop] - first[start])

    _work_off(work_off, range(0, len(first) - 1, chunk), len(cases), progress, workers)
    out["status"], out["iterations"] = status, iterations
    lost = np.flatnonzero((status == INVALID_INPUT) | (status == NOT_CONVERGED))
    for name, variable in VARIABLES.items():
        if variable.dtype == "f8" and len(lost):
            out[name][lost] = np.nan
    return out


def segments(path: int) -> Array:
    """First case of every segment of a path of ``path`` cases: pieces of nearly one length, which that number alone decides."""
    longest = min(max(path // ENOUGH_SEGMENTS, SHORTEST_SEGMENT), LONGEST_SEGMENT) if path >= SHORTEST_PATH else 1
    count = -(-path // longest)
    return np.arange(count) * path // count


def _work_off(part: Callable[[int], int], starts: range, count: int, progress: Progress | None, workers: int) -> None:
    """Call ``part`` with every one of ``starts``, over threads; it returns how many of ``count`` rows it solved."""
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
