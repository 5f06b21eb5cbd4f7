"""Rows of a design solved by columns: the same bits as every row alone, at a small part of the cost in Python.

Numbers of posture and load stay columns. What else varies (the person, names, tissues, geometry, the cost) splits the rows into
groups of one person and one kind of case, so that a person is packed once for all rows that ask for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from itertools import groupby
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from spinesim.analysis.crossed import Values
from spinesim.analysis.design import Sweep, build_case
from spinesim.analysis.keys import pair_items
from spinesim.model import ranges, validate
from spinesim.model.anatomy import SpineModel
from spinesim.model.cases import pack_columns
from spinesim.model.layout import CASE, stack
from spinesim.model.load import Load
from spinesim.model.names import INVALID_INPUT
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.solver import api
from spinesim.solver.variables import result_type

BLOCK: Final = 8192  # rows solved at once: results of 10 kB a row
MOST_GROUPS: Final = 1024  # in a block: persons of 63 kB each
VARIANTS_KEPT: Final = 64
_FAULTS: Final = (TypeError, ValueError, KeyError)
Rows = NDArray[np.int64]
Take = Callable[[Any], Values]
Geometry = tuple[tuple[tuple[str, str, str], float], ...]


@dataclass(frozen=True, slots=True)
class _Group:
    """Rows of one person; numbers of posture and load may be columns of that length."""

    rows: Rows
    subject: Subject
    posture: Posture
    load: Load
    power: int
    geometry: Geometry


def solve_rows(sweep: Sweep, model: SpineModel, values: Values, size: int, threads: int | None, take: Take) -> Values:
    """Status, flag ``validated`` and what ``take`` keeps of the results of ``size`` rows, solved in parts that fit into memory.

    A row that cannot be computed has the status ``invalid_input`` and NaN.
    """
    if size > 1 and (size > BLOCK or _count_groups(values, size) > MOST_GROUPS):
        half = BLOCK if size > BLOCK else size // 2
        parts = [({key: column[a:b] for key, column in values.items()}, b - a) for a, b in ((0, half), (half, size))]
        first, second = (solve_rows(sweep, model, part, count, threads, take) for part, count in parts)
        return {name: np.concatenate([first[name], second[name]]) for name in first}
    runs, validated, cases = _planned(sweep, model, values, size)
    nothing = take(np.zeros(0, result_type(len(model.fascicles))).view(np.recarray))
    kept = {name: np.full((size, *a.shape[1:]), np.nan if a.dtype.kind == "f" else 0, a.dtype) for name, a in nothing.items()}
    out = {"status": np.full(size, INVALID_INPUT, np.int32), "validated": validated, **kept}
    for run in runs:
        rows = np.concatenate(run.rows)
        records = api.run(run.model, stack(run.records), cases[rows], run.power, threads=threads)
        for name, array in {"status": records.status, **take(records)}.items():
            out[name][rows] = array
    return out


def _planned(sweep: Sweep, model: SpineModel, values: Values, size: int) -> tuple[list[_Run], NDArray[np.int32], Any]:
    """What the kernel is to solve, which rows are validated, and all rows packed."""
    runs: list[_Run] = []
    validated, cases = np.zeros(size, np.int32), np.zeros(size, CASE).view(np.recarray)
    for group in _groups(sweep, values, size):
        computable, good = ranges.within(group.subject, group.posture, group.load, len(group.rows))
        rows = group.rows[computable]
        if not len(rows):
            continue
        try:
            variant = _variant(model, group.geometry)
            run = _run(runs, variant, group.power)
            person = run.person(variant, group)
            cases[rows] = pack_columns(variant.tables, person, group.posture, group.load, len(group.rows))[computable]
        except _FAULTS:
            continue
        validated[rows] = good[computable]
        run.rows.append(rows)
    return [run for run in runs if run.rows], validated, cases


def why_invalid(sweep: Sweep, values: Values, row: int) -> str:
    """Words for what is wrong with one row of ``values``, whose status is ``invalid_input``."""
    try:
        subject, posture, load, exponent, geometry = _case(sweep, values, row)
        validate.check(subject, posture, load)
        api.cost_power(exponent)
        _variant(SpineModel.default(), geometry).pack(subject)
    except _FAULTS as error:
        return str(error)
    beyond = [str(v) for v in ranges.check(subject, posture, load) if v.kind == "computable"]
    return "; ".join(beyond) or "the hands cannot reach posture.hand_position_mm in this trunk posture"


@dataclass(slots=True)
class _Run:
    """Rows that the kernel takes together: the same muscle paths and the same cost, with the persons they are about."""

    model: SpineModel
    power: int
    people: dict[tuple[Geometry, api.Person], int] = field(default_factory=dict)
    records: list[Any] = field(default_factory=list)
    rows: list[Rows] = field(default_factory=list)

    def person(self, model: SpineModel, group: _Group) -> int:
        """Index of a group's person among the records."""
        key = group.geometry, api.Person(repr(group.subject), group.subject)
        if key not in self.people:
            self.records.append(api.settled_person(model, key[1]))
            self.people[key] = len(self.records) - 1
        return self.people[key]


def _run(runs: list[_Run], model: SpineModel, power: int) -> _Run:
    for run in runs:
        if power == run.power and (run.model is model or run.model.topology.tobytes() == model.topology.tobytes()):
            return run
    runs.append(_Run(model, power))
    return runs[-1]


@lru_cache(maxsize=VARIANTS_KEPT)
def _variant(model: SpineModel, geometry: Geometry) -> SpineModel:
    """The model with other table values, kept for the next rows that ask for them."""
    return replace(model, tables=model.tables.with_values(dict(geometry))) if geometry else model


def _groups(sweep: Sweep, values: Values, size: int) -> Iterator[_Group]:
    """The rows by what cannot be a column; rows that cannot be understood are left out."""
    columns = {key: values[key] for key in values if _may_be_column(key) and values[key].dtype.kind in "if"}
    code = _codes([values[key] for key in values if key not in columns], size)
    order = np.argsort(code, kind="stable")
    for _, same in groupby(order.tolist(), key=code.tolist().__getitem__):
        rows = np.array(list(same))
        yield from _group(sweep, values, columns, rows)


def _group(sweep: Sweep, values: Values, columns: Values, rows: Rows) -> Iterator[_Group]:
    try:
        group = _checked(rows, *_case(sweep, values, int(rows[0])))
    except _FAULTS:
        group = None
    if len(rows) == 1:
        yield from () if group is None else (group,)
    elif group is None or _contradict(group.posture, columns):
        # What is wrong may be a number of the first row only: every row is asked for itself.
        for row in rows:
            yield from _group(sweep, values, columns, np.array([row]))
    else:
        chosen = {key: np.asarray(column[rows], float) for key, column in columns.items()}
        yield replace(group, posture=_with(group.posture, "posture", chosen), load=_with(group.load, "load", chosen))


def _case(sweep: Sweep, values: Values, row: int) -> tuple[Subject, Posture, Load, float, Geometry]:
    subject, posture, load, exponent, geometry = build_case(sweep, {key: column[row].item() for key, column in values.items()})
    return subject, posture, load, exponent, tuple(sorted(geometry.items()))


def _checked(rows: Rows, subject: Subject, posture: Posture, load: Load, exponent: float, geometry: Geometry) -> _Group:
    validate.check(subject, posture, load)
    if bad := [key for key, value in geometry if not np.isfinite(value)]:
        raise ValueError(f"geometry.{'.'.join(bad[0])} is not finite")
    return _Group(rows, subject, posture, load, api.cost_power(exponent), geometry)


def _codes(columns: list[NDArray[Any]], size: int) -> NDArray[np.int64]:
    """One number for every combination of values (N,)."""
    code = np.zeros(size, np.int64)
    for column in columns:
        known, index = np.unique(column, return_inverse=True)
        code = np.unique(code * len(known) + index, return_inverse=True)[1]
    return code


def _may_be_column(key: str) -> bool:
    """Whether a key is one number of posture or load; quantities of the study itself are no part of a case."""
    section, _, name = key.partition(".")
    return section == "study" or name in _COLUMNS.get(section, ())


def _free_names(kind: type[Posture | Load]) -> Iterator[str]:
    """Keys of a section that hold one number each: a pair has one for both sides and one for each."""
    for one in fields(kind):
        if str(one.type) in ("float", "float | None"):
            yield one.name
        elif str(one.type).startswith("tuple[float, float]"):
            yield from (one.name, *(f"{one.name}.{item}" for item in pair_items(one.name)))


_COLUMNS: Final[Mapping[str, frozenset[str]]] = {"posture": frozenset(_free_names(Posture)), "load": frozenset(_free_names(Load))}


def _contradict(posture: Posture, columns: Values) -> bool:
    """Whether a posture may be said in two ways by some rows only, where one way is a column."""
    heads = {key.split(".")[1] for key in columns if key.startswith("posture.")}
    by_angles = posture.trunk_inclination_deg is not None and heads & {"pelvic_tilt_deg", "flexion_deg"}
    return bool(by_angles or (posture.hand_position_mm is not None and heads & {"upper_arm_deg", "forearm_deg"}))


def _with(part: Any, section: str, columns: Values) -> Any:
    """A posture or load with columns in the place of the numbers they vary."""
    changed: dict[str, Any] = {}
    for key, column in columns.items():
        head, _, name = key.partition(".")
        name, _, end = name.partition(".")
        if head != section:
            continue
        old = changed.get(name, getattr(part, name))
        if end:
            changed[name] = (column, old[1]) if end == pair_items(name)[0] else (old[0], column)
        else:
            changed[name] = (column, column) if isinstance(old, tuple) else column
    return replace(part, **changed)


def _count_groups(values: Values, size: int) -> int:
    fixed = [column for key, column in values.items() if not (_may_be_column(key) and column.dtype.kind in "if")]
    return int(_codes(fixed, size).max()) + 1
