"""Many cases as few whose numbers are columns: checked and packed so, a case costs next to nothing.

Only what is plainly right goes this way. Anything that needs a closer look is left to the checks of single cases, which say what is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from itertools import chain
from operator import attrgetter
from typing import Any, Final, NamedTuple

import numpy as np

from spinesim.model import ranges, validate
from spinesim.model.cases import pack_columns
from spinesim.model.effort import Body
from spinesim.model.layout import CASE, Array
from spinesim.model.load import Load
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.model.tables import Tables

FEWEST: Final = 16  # cases: fewer are checked sooner one by one
_PLAIN: Final = frozenset((float, int, np.float64))
_RELAXED: Final = Posture()

Columns = dict[str, Any]  # by name of a field: its values (N,), pairs (N, 2); what is no number stays a tuple


class Kind(NamedTuple):
    """Cases that say the same things, with columns for their numbers."""

    rows: Array
    posture: Posture
    load: Load


def kinds(postures: Sequence[Posture], loads: Sequence[Load]) -> list[Kind] | None:
    """The cases by what they say; ``None`` if a value is not plainly of the right type."""
    tables = [_columns(kind, parts) for kind, parts in ((Posture, postures), (Load, loads))]
    if any(table is None for table in tables):
        return None
    posture, load = (table for table in tables if table is not None)
    signs = [*(part[name] for part in (posture, load) for name in part if isinstance(part[name], tuple))]
    signs += [tuple(v is None for v in part[name].tolist()) for part in (posture,) for name in part if _has_gaps(part[name])]
    rows: dict[Any, list[int]] = {}
    for row, sign in enumerate(zip(*signs, strict=True)):
        rows.setdefault(sign, []).append(row)
    try:
        return [_kind(np.array(mine), _pick(Posture, posture, mine), _pick(Load, load, mine), postures, loads) for mine in rows.values()]
    except (TypeError, ValueError):
        return None


def validated(subjects: Sequence[Subject], who: Array, cases: Sequence[Kind]) -> Array | None:
    """Which cases lie inside the validated ranges (N,), the subject of each being ``subjects[who]``; ``None`` if one is not computable."""
    try:
        for subject in subjects:
            validate.check_part(Subject, subject)
    except (TypeError, ValueError):
        return None
    people = [ranges.within_subject(subject) for subject in subjects]
    if not all(computable for computable, _ in people):
        return None
    bodies, healthy = [Body.of(subject) for subject in subjects], np.array([good for _, good in people])
    body = Body(*(np.array(column) for column in zip(*bodies, strict=True)))
    out = np.zeros(len(who), np.int32)
    for rows, posture, load in cases:
        mine = who[rows]
        computable, good = ranges.within_columns(Body(*(column[mine] for column in body)), posture, load, len(rows))
        if not computable.all():
            return None
        out[rows] = good & healthy[mine]
    return out


def pack(tables: Tables, who: Array, cases: Sequence[Kind]) -> Any:
    """The packed rows, as :func:`~spinesim.model.cases.pack` makes them."""
    out = np.zeros(len(who), CASE).view(np.recarray)
    for rows, posture, load in cases:
        out[rows] = pack_columns(tables, who[rows], posture, load, len(rows))
    return out


def _columns(kind: type[Posture | Load], parts: Sequence[Any]) -> Columns | None:
    """All fields of many postures or loads."""
    if {*map(type, parts)} != {kind}:
        return None
    names = [field.name for field in fields(kind)]
    values = zip(*map(attrgetter(*names), parts), strict=True)
    found = {field.name: _column(str(field.type), column) for field, column in zip(fields(kind), values, strict=True)}
    return None if any(column is None for column in found.values()) else found


def _column(kind: str, values: tuple[Any, ...]) -> Any:
    """One field of all; ``None`` if a value is not plainly of its kind."""
    given = {*map(type, values)} - ({type(None)} if kind.endswith("| None") else set())
    if kind.startswith("float"):
        return np.array(values, float if None not in values else object) if given <= _PLAIN else None
    if kind.startswith("tuple[float"):
        return _pairs(values) if given <= {tuple} else None
    if kind.startswith("tuple"):
        return values if given <= {tuple} and {*map(type, chain.from_iterable(values))} <= {str} else None
    return values if given <= {str} else None


def _pairs(values: tuple[Any, ...]) -> Any:
    told = [value for value in values if value is not None]
    if {*map(len, told)} - {2} or not {*map(type, chain.from_iterable(told))} <= _PLAIN:
        return None
    if len(told) == len(values):
        return np.array(values, float)
    column = np.empty(len(values), object)
    column[:] = values
    return column


def _has_gaps(column: Any) -> bool:
    return isinstance(column, np.ndarray) and column.dtype == object


def _pick(kind: type[Any], columns: Columns, rows: list[int]) -> Any:
    """A posture or load whose numbers are columns (n,)."""
    return kind(**{name: _values(column, rows) for name, column in columns.items()})


def _values(column: Any, rows: list[int]) -> Any:
    if isinstance(column, tuple):
        return column[rows[0]]
    mine = column[rows]
    if _has_gaps(column):
        if mine[0] is None:
            return None
        mine = np.array(mine.tolist(), float)
    return mine if mine.ndim == 1 else (mine[:, 0], mine[:, 1])


def _kind(rows: Array, posture: Posture, load: Load, postures: Sequence[Posture], loads: Sequence[Load]) -> Kind:
    """The kind, whose names are known, and which says nothing in two ways; what holds for one case of a kind holds for all.

    Raises
    ------
    TypeError, ValueError
        If it is none.
    """
    validate.check_part(Posture, postures[rows[0]])
    validate.check_part(Load, loads[rows[0]])
    if posture.trunk_inclination_deg is not None:
        if np.any(posture.pelvic_tilt_deg) or np.any(posture.flexion_deg):
            raise ValueError("trunk_inclination_deg beside tilt or flexion")
        posture = replace(posture, pelvic_tilt_deg=0.0, flexion_deg=0.0)
    if posture.hand_position_mm is not None:
        for name in ("upper_arm_deg", "forearm_deg"):
            if np.any(np.transpose(getattr(posture, name)) != getattr(_RELAXED, name)):
                raise ValueError(f"hand_position_mm beside {name}")
    return Kind(rows, posture, load)
