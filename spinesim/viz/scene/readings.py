"""The numbers of a picture, and what part they are of what the person's tissues bear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from spinesim.analysis.tolerance import Findings, Person, disc_pressure, facet_force, ligament_tension, limit, strength
from spinesim.analysis.tolerance.tissues import LIGAMENTS as BORNE
from spinesim.model.names import LEVELS, LIGAMENTS
from spinesim.model.subject import Subject
from spinesim.solver.solution import Solution
from spinesim.viz.scene.surface import Array

PROTECTION: Final = "standard"


@dataclass(frozen=True)
class Quantity:
    """A number that can colour a structure.

    Attributes
    ----------
    name, title, unit, digits
        Key of the result, words, unit and decimals as everywhere else.
    full
        End of its colour scale.
    """

    name: str
    title: str
    unit: str
    digits: int
    full: float


QUANTITIES: Final[dict[str, Quantity]] = {
    "compression": Quantity("disc_compression_N", "Disc compression", "N", 0, 6000.0),
    "pressure": Quantity("intradiscal_pressure_MPa", "Disc pressure", "MPa", 2, 3.0),
    "facet": Quantity("facet_force_N", "Facet force", "N", 0, 800.0),
    "ligament": Quantity("ligament_tension_N", "Ligament tension", "N", 0, 300.0),
    "activation": Quantity("activation", "Muscle activation", "%", 0, 1.0),
}
DISC_QUANTITIES: Final = ("compression", "pressure")


@dataclass(frozen=True)
class Tolerances:
    """What a person's tissues bear, by the names of :data:`QUANTITIES`, on the axes of their results.

    Attributes
    ----------
    median
        Half of such persons bear more.
    limit
        Load within tolerance at the level of protection :data:`PROTECTION`, nothing demonstrated.
    why_not
        Why there are none; empty where there are.
    """

    median: Mapping[str, Array]
    limit: Mapping[str, Array]
    why_not: str = ""

    @classmethod
    def of(cls, subject: Subject, findings: Findings | None = None) -> Tolerances:
        """Tolerances of a person of whom nothing is known but size, age, sex and disc grades, unless there are ``findings``."""
        try:
            person = Person(subject.age_years, subject.sex, findings or Findings(disc_grade=subject.disc_grade or None))
            found = {"compression": strength(person), "pressure": disc_pressure(person), "facet": facet_force(person)}
            found["ligament"] = ligament_tension()
        except ValueError as error:
            return cls({}, {}, str(error))
        medians = {name: _spread(name, tolerance.median) for name, tolerance in found.items()}
        return cls(medians, {name: _spread(name, limit(tolerance, PROTECTION)) for name, tolerance in found.items()})

    def share(self, name: str, values: Array) -> Array:
        """Part of the median tolerance that values (levels cranial to caudal, ...) are; NaN where none is known."""
        if name not in self.median:
            return np.full(values.shape, np.nan)
        part: Array = values / self.median[name]
        return part


def _spread(name: str, values: Array) -> Array:
    """By level and side, or by level and ligament, where results are."""
    if name == "facet":
        return np.repeat(values[:, None], 2, axis=1)
    if name != "ligament":
        return values
    by_name = dict(zip(BORNE, values.tolist(), strict=True))
    return np.tile([by_name.get(group, np.nan) for group in LIGAMENTS], (len(LEVELS), 1))


@dataclass(frozen=True)
class Reading:
    """One number for a reader: the result itself, and its part of the median tolerance (NaN where none is known)."""

    quantity: Quantity
    value: float
    share: float

    @property
    def number(self) -> str:
        """The number with its unit, after a mark if it is beyond its scale or the median tolerance."""
        if not np.isfinite(self.value):
            return "no answer"
        shown = 100.0 * self.value if self.quantity.unit == "%" else self.value
        over = "> " if self.value > self.quantity.full or self.share > 1.0 else ""
        return f"{over}{shown:,.{self.quantity.digits}f} {self.quantity.unit}"

    @property
    def text(self) -> str:
        """The same, and the percentage."""
        return f"{self.number}, {100.0 * self.share:.0f} %" if np.isfinite(self.value * self.share) else self.number


@dataclass(frozen=True)
class Readings:
    """All numbers of one solved case."""

    solution: Solution | None
    tolerances: Tolerances

    def values(self, name: str) -> Array:
        """Results by the name of a quantity; NaN without a solution."""
        result = QUANTITIES[name].name
        shapes: dict[str, tuple[int, ...]] = {"facet": (6, 2), "ligament": (6, len(LIGAMENTS)), "activation": (0,)}
        if self.solution is None:
            return np.full(shapes.get(name, (6,)), np.nan)
        found: Array = getattr(self.solution, result)
        return found

    def shares(self, name: str) -> Array:
        """The same as parts of the median tolerance."""
        return self.tolerances.share(name, self.values(name))

    def scaled(self, name: str, full: float | None = None) -> Array:
        """The same as parts of the colour scale; beyond it too where a result is more than the median tolerance."""
        part = self.values(name) / (full or QUANTITIES[name].full)
        with np.errstate(invalid="ignore"):
            made: Array = np.where(self.shares(name) > 1.0, np.inf, part)
        return made

    def reading(self, name: str, *at: int) -> Reading:
        """One number, by the place in the result's axes."""
        return Reading(QUANTITIES[name], float(self.values(name)[at]), float(self.shares(name)[at]))

    def level(self, index: int) -> dict[str, Any]:
        """Every result of a level (cranial to caudal), by variable name."""
        return {} if self.solution is None else self.solution.level(LEVELS[index])
