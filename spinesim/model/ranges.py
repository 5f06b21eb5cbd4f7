"""How far inputs may go: the computable and the validated range of every quantity.

Beyond the computable range a case is refused by name; inside it but beyond the validated range it is solved
and flagged. The numbers are in ``geometry/adult/ranges.csv``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from numbers import Real
from typing import Any, Literal

import numpy as np

from spinesim.model.anatomy import SpineModel
from spinesim.model.cases import trunk_angles
from spinesim.model.data import data_dir
from spinesim.model.effort import Body, effort
from spinesim.model.load import Load
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject

_PAIR = ("left", "right")
_POSITION = ("anterior", "superior")


@dataclass(frozen=True, slots=True)
class Range:
    """Limits of one quantity, in the unit of its name."""

    unit: str
    computable: tuple[float, float]
    validated: tuple[float, float]
    note: str


@dataclass(frozen=True, slots=True)
class Violation:
    """One value outside a range.

    Attributes
    ----------
    key
        Dotted name, for example ``posture.flexion_deg`` or ``subject.strength.multifidus``.
    value, lo, hi, unit
        What was given and the limits it breaks.
    kind
        ``computable``: an error; ``validated``: the answer is flagged.
    """

    key: str
    value: float
    lo: float
    hi: float
    unit: str
    kind: Literal["computable", "validated"]

    def __str__(self) -> str:
        unit = "" if self.unit == "1" else f" {self.unit}"
        return f"{self.key} = {self.value:g}{unit} is outside the {self.kind} range {self.lo:g} to {self.hi:g}{unit}"


@cache
def ranges() -> Mapping[str, Range]:
    """Every range, by the dotted name of its quantity."""
    with (data_dir("geometry") / "adult" / "ranges.csv").open(newline="", encoding="utf-8") as file:
        return {row["quantity"]: _range(row) for row in csv.DictReader(file)}


def check(subject: Subject, posture: Posture, load: Load) -> list[Violation]:
    """Compare every number of a case with its ranges.

    Returns
    -------
    list of Violation
        Empty if all is validated. A value beyond the computable range is listed once, as that.
    """
    table = ranges()
    found = (_judge(key, value, table[quantity]) for quantity, key, value in quantities(subject, posture, load))
    return [violation for violation in found if violation is not None]


def check_values(values: Mapping[str, float]) -> list[Violation]:
    """Compare single quantities, by their dotted names, with their ranges."""
    found = (_judge(key, value, ranges()[key]) for key, value in values.items())
    return [violation for violation in found if violation is not None]


def within(subject: Subject, posture: Posture, load: Load, size: int) -> tuple[Any, Any]:
    """The same comparison for cases of one person, where numbers of posture and load may be columns (N,).

    Returns
    -------
    tuple of arrays (N,)
        Which cases are inside every computable range, and which inside every validated one too.
    """
    return _inside(quantities(subject, posture, load), np.ones(size, bool))


def within_subject(subject: Subject) -> tuple[bool, bool]:
    """Whether all numbers of a person are inside the computable ranges, and inside the validated ones too."""
    computable, validated = _inside(_of_subject(subject), np.ones(1, bool))
    return bool(computable[0]), bool(validated[0])


def within_columns(body: Body, posture: Posture, load: Load, size: int) -> tuple[Any, Any]:
    """As :func:`within`, where persons may be columns, too, and their own numbers are not asked."""
    return _inside(_of_case(body, posture, load), np.ones(size, bool))


def _inside(found: Iterator[tuple[str, str, Any]], everywhere: Any) -> tuple[Any, Any]:
    table, computable, validated = ranges(), everywhere, everywhere.copy()
    for quantity, _, value in found:
        limits = table[quantity]
        computable &= (limits.computable[0] <= value) & (value <= limits.computable[1])
        validated &= (limits.validated[0] <= value) & (value <= limits.validated[1])
    return computable, computable & validated


def quantities(subject: Subject, posture: Posture, load: Load) -> Iterator[tuple[str, str, Any]]:
    """Every number of a case as ``(quantity, key, value)``; values of ``None`` are left out, columns stay columns."""
    yield from _of_subject(subject)
    # A stature or mass that is no size is reported for itself.
    sized = subject.stature_m > 0.0 and subject.mass_kg > 0.0
    yield from _of_case(Body.of(subject) if sized else None, posture, load)


def _of_subject(subject: Subject) -> Iterator[tuple[str, str, Any]]:
    yield from _fields("subject", subject)
    if subject.stature_m > 0.0 and subject.mass_kg > 0.0:
        yield "subject.bmi", "subject.bmi", subject.mass_kg / subject.stature_m**2


def _of_case(body: Body | None, posture: Posture, load: Load) -> Iterator[tuple[str, str, Any]]:
    yield from _fields("posture", posture)
    yield from _fields("load", load)
    # Legs hang vertically from a standing pelvis unless they are told otherwise: its tilt bends the hips.
    if posture.hip_flexion_deg is None and posture.stance in ("both", "left", "right"):
        yield "posture.hip_flexion_deg", "posture.pelvic_tilt_deg", trunk_angles(SpineModel.default().tables, posture)[0]
    if body is not None:
        yield "case.effort_Nm", "case.effort_Nm", effort(body, posture, load)


def _fields(section: str, part: Subject | Posture | Load) -> Iterator[tuple[str, str, Any]]:
    for field in fields(part):
        yield from _numbers(f"{section}.{field.name}", getattr(part, field.name))


def _numbers(name: str, value: object) -> Iterator[tuple[str, str, Any]]:
    match value:
        case Real():
            yield name, name, float(value)
        case np.ndarray():
            yield name, name, value
        case Mapping():
            yield from ((name, f"{name}.{key}", float(item)) for key, item in value.items())
        case (Real() | np.ndarray(), Real() | np.ndarray()) if name == "posture.hand_position_mm":
            yield from ((f"{name}.{axis}", f"{name}.{axis}", item) for axis, item in zip(_POSITION, value, strict=True))
        case (Real() | np.ndarray(), Real() | np.ndarray()):
            yield from ((name, f"{name}.{side}", item) for side, item in zip(_PAIR, value, strict=True))


def _judge(key: str, value: float, limits: Range) -> Violation | None:
    kinds: tuple[tuple[Literal["computable", "validated"], tuple[float, float]], ...]
    kinds = (("computable", limits.computable), ("validated", limits.validated))
    for kind, (lo, hi) in kinds:
        # Written so that NaN is a violation.
        if not lo <= value <= hi:
            return Violation(key, value, lo, hi, limits.unit, kind)
    return None


def _range(row: Mapping[str, str]) -> Range:
    lo, hi, inner_lo, inner_hi = (float(row[c]) for c in ("computable_lo", "computable_hi", "validated_lo", "validated_hi"))
    return Range(row["unit"], (lo, hi), (inner_lo, inner_hi), row["note"])
