"""What a finding does: a person with it beside the same person without, case by case, against what is published.

A direction that the model does not show is a miss, and is told as one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from spinesim.analysis.least_effort import least_effort
from spinesim.model.anatomy import SpineModel
from spinesim.model.load import Load
from spinesim.model.names import CONVERGED, LEVELS
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.solver.api import solve
from spinesim.solver.solution import Solution
from spinesim.solver.stability import Stability, stability

Direction = Literal["up", "down", "same"]
STILL: Final = 0.02  # of the larger value: a change below it is none
SMALL: Final = {"_N": 5.0, "_MPa": 0.01, "share": 0.005, "gain": 0.05, "rad": 1.0, "kPa": 0.05}  # whatever the value is


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of one quantity, and where that is from; ``status`` as in the tables of ``geometry/``."""

    what: str
    level: str | None
    goes: Direction
    published: str
    status: str


@dataclass(frozen=True, slots=True)
class Try:
    """A posture with a load in which the finding is looked at; by least effort where the split of an inclination is to follow from it."""

    name: str
    posture: Posture
    load: Load
    least_effort: bool
    expects: tuple[Expected, ...]


@dataclass(frozen=True, slots=True)
class Pathology:
    """A finding as a change of a person."""

    name: str
    title: str
    description: str
    subject: Subject
    without: Subject
    tries: tuple[Try, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """One expectation beside what the model says; ``None`` where it has no answer."""

    case: str
    expected: Expected
    without: float | None
    with_finding: float | None

    @property
    def goes(self) -> Direction | None:
        """Where the model goes; ``None`` without an answer."""
        if self.without is None or self.with_finding is None:
            return None
        change, size = self.with_finding - self.without, max(abs(self.without), abs(self.with_finding))
        small = next((least for end, least in SMALL.items() if self.expected.what.endswith(end)), 0.0)
        if abs(change) <= max(STILL * size, small):
            return "same"
        return "up" if change > 0.0 else "down"

    @property
    def hit(self) -> bool:
        """Whether the model goes where it is expected to."""
        return self.goes == self.expected.goes


@dataclass(frozen=True, slots=True)
class _Answer:
    solution: Solution
    stability: Stability | None
    lumbar_share: float | None


_PER_LEVEL: Final[dict[str, Callable[[Solution, int], float]]] = {
    "compression_N": lambda s, k: float(s.compression_N[k]),
    "disc_compression_N": lambda s, k: float(s.disc_compression_N[k]),
    "intradiscal_pressure_MPa": lambda s, k: float(s.intradiscal_pressure_MPa[k]),
    "anterior_shear_N": lambda s, k: float(s.anterior_shear_N[k]),
    "facet_left_N": lambda s, k: float(s.facet_force_N[k, 0]),
    "facet_right_N": lambda s, k: float(s.facet_force_N[k, 1]),
    "facet_uneven_N": lambda s, k: float(abs(s.facet_force_N[k, 0] - s.facet_force_N[k, 1])),
    "facet_share": lambda s, k: float(s.facet_compression_N[k] / s.compression_N[k]),
    "forward_slip_mm": lambda s, k: float(s.translation_mm[k, 0]),
}
_ERECTOR: Final[tuple[str, ...]] = (
    "longissimus_lumborum", "longissimus_thoracis", "iliocostalis_lumborum", "iliocostalis_thoracis", "multifidus",
)  # fmt: skip
_WHOLE: Final[dict[str, Callable[[_Answer], float | None]]] = {
    "intra_abdominal_pressure_kPa": lambda a: float(a.solution.intra_abdominal_pressure_kPa),
    "hamstrings_N": lambda a: _force(a.solution, "hamstrings"),
    "erector_N": lambda a: sum(_force(a.solution, name) for name in _ERECTOR),
    "lumbar_share": lambda a: a.lumbar_share,
    "critical_gain": lambda a: None if a.stability is None else a.stability.critical_gain,
    "eigenvalue_Nm_rad": lambda a: None if a.stability is None else a.stability.eigenvalue_Nm_rad,
}
QUANTITIES: Final = (*_PER_LEVEL, *_WHOLE)
PER_LEVEL: Final = tuple(_PER_LEVEL)


def effects(model: SpineModel, finding: Pathology) -> list[Effect]:
    """Every expectation of a finding, solved.

    Raises
    ------
    ValueError
        If a case is outside its computable range.
    """
    found = []
    for case in finding.tries:
        needs = any(expected.what in ("critical_gain", "eigenvalue_Nm_rad") for expected in case.expects)
        pair = [_answer(model, subject, case, stable=needs) for subject in (finding.without, finding.subject)]
        found += [Effect(case.name, expected, *(_value(answer, expected) for answer in pair)) for expected in case.expects]
    return found


def counts(found: Sequence[Effect]) -> tuple[int, int]:
    """Hits, and how many there are."""
    return sum(effect.hit for effect in found), len(found)


def _answer(model: SpineModel, subject: Subject, case: Try, *, stable: bool) -> _Answer | None:
    """Loads of a case; ``None`` where it did not converge."""
    posture, share = case.posture, None
    if case.least_effort:
        chosen = least_effort(model, subject, posture, case.load)
        posture, share = chosen.posture, chosen.lumbar_share
    solution = solve(model, subject, posture, case.load)
    if solution.status != CONVERGED:
        return None
    return _Answer(solution, stability(model, subject, posture, case.load, solution) if stable else None, share)


def _value(answer: _Answer | None, expected: Expected) -> float | None:
    if answer is None:
        return None
    if expected.level is not None:
        return _PER_LEVEL[expected.what](answer.solution, LEVELS.index(expected.level))
    return _WHOLE[expected.what](answer)


def _force(solution: Solution, group: str) -> float:
    """Active and passive force of a muscle group, both sides, N."""
    mine = [name == group for name in solution.groups]
    return float((solution.active_force_N + solution.passive_force_N)[mine].sum())
