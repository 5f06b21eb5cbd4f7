"""What a published experiment is to the model: a set-up, a quantity, figures and the band that counts as a hit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from spinesim.analysis.exercise import Exercise
from spinesim.model.load import Load
from spinesim.model.names import AXES, LIGAMENTS
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.solver.variables import VARIABLES

STIFFNESS: Final = "stiffness"
# Names of the axes of results, as (index, sign).
COMPONENTS: Final[dict[str, dict[str, tuple[int, int]]]] = {
    "rotation": {"flexion": (0, 1), "extension": (0, -1), "lateral": (1, 1), "axial": (2, 1)},
    "axis": {name: (index, 1) for index, name in enumerate(AXES)},
    "ligament": {name: (index, 1) for index, name in enumerate(LIGAMENTS)},
}
# Entries of the stiffness matrix (translations x y z, rotations x y z); the main ones are its diagonal and the couplings of a
# shear with the bending in its plane (Gardner-Morse and Stokes 2004).
STIFFNESS_ENTRIES: Final = {
    "anterior": ((0, 0),),
    "axial": ((1, 1),),
    "lateral": ((2, 2),),
    "main": (*((i, i) for i in range(6)), (0, 5), (2, 3)),
}


@dataclass(frozen=True, slots=True)
class Living:
    """A person in a posture with a load."""

    subject: Subject
    posture: Posture
    load: Load


@dataclass(frozen=True, slots=True)
class Exercising:
    """A person who does a repetition of an exercise; of every quantity the largest over it is read."""

    subject: Subject
    exercise: Exercise
    load_kg: float


@dataclass(frozen=True, slots=True)
class Specimen:
    """A segment on the bench; ``loading`` has the names of :class:`~spinesim.solver.bench.Loading`."""

    subject: Subject
    segment: str
    loading: Mapping[str, Any]
    without: tuple[str, ...] = ()
    creep_mm: float = 0.0


Setup = Living | Exercising | Specimen


@dataclass(frozen=True, slots=True)
class Quantity:
    """What is read from an answer.

    Parameters
    ----------
    name
        Of :data:`~spinesim.solver.variables.VARIABLES`, ``rotation_total_deg`` or ``stiffness``.
    levels, over_levels
        Levels, and what is made of several: ``sum mean largest smallest``.
    side
        ``left right``, or of both sides ``sum mean larger smaller``.
    component
        Of :data:`COMPONENTS` or :data:`STIFFNESS_ENTRIES`.
    share_of
        Another variable at the same place, or a number in the same unit; the answer is then in percent of it.
    both_directions
        Specimens: the range between the load and its opposite.
    per_body_weight
        A force in body weights.
    """

    name: str
    levels: tuple[str, ...] = ()
    over_levels: str = "mean"
    side: str = ""
    component: str = ""
    share_of: str | float | None = None
    both_directions: bool = False
    per_body_weight: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """One published figure: where it was taken, its spread, and the band ``(low, high)`` that counts as a hit.

    ``at`` holds the values of what the case runs ``over``. A range or a bound without a ``value`` can be hit, but has no part in
    agreement; a point that is not ``judged`` is shown and counts nowhere.
    """

    at: tuple[Any, ...]
    setup: Setup
    quantity: Quantity
    value: float | None
    low: float | None
    high: float | None
    band: tuple[float, float]
    judged: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A published experiment; the texts are for its reader, see ``docs/validation.md``."""

    id: str
    title: str
    citation: str
    figures: tuple[str, ...]
    status: str
    group: str
    unit: str
    spread: str
    band: str
    because: str
    note: str
    calibrates: str
    repeats: str
    over: tuple[str, ...]
    points: tuple[Point, ...]
    reference: Setup | None = None
    baseline: Setup | None = None
    difference: bool = False

    @property
    def counts(self) -> bool:
        """Whether the case is a validation: a published model or a figure that the model was set on is none."""
        return not self.calibrates and self.group != "model_to_model"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model says at a point; ``value`` is ``None`` and ``fault`` says why if it has no answer.

    ``low`` and ``high`` are the 5th and 95th percentile over drawn models, ``failed`` how many of them had no answer.
    """

    point: Point
    value: float | None
    fault: str = ""
    note: str = ""
    low: float | None = None
    high: float | None = None
    failed: int = 0

    @property
    def verdict(self) -> str:
        """``hit``, ``miss``, ``shown`` (not judged) or ``no answer``."""
        if self.value is None:
            return "no answer"
        if not self.point.judged:
            return "shown"
        return "hit" if self.point.band[0] <= self.value <= self.point.band[1] else "miss"


@dataclass(frozen=True, slots=True)
class Result:
    """A case with the model's answers."""

    case: Case
    answers: tuple[Answer, ...]

    @property
    def verdict(self) -> str:
        """``hit`` if all judged points are, ``no answer`` if one has none."""
        verdicts = {answer.verdict for answer in self.answers}
        return next((verdict for verdict in ("no answer", "miss") if verdict in verdicts), "hit")


def dims_of(name: str) -> tuple[str, ...]:
    """Axes of a quantity, without those of cases and load steps."""
    return ("rotation",) if name == "rotation_total_deg" else () if name == STIFFNESS else VARIABLES[name].dims
