"""Which results a page carries, and how they are called there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from spinesim.model.names import LIGAMENTS, SIDES
from spinesim.solver.solution import Solution
from spinesim.viz.scene.surface import Array


@dataclass(frozen=True, slots=True)
class Field:
    """One number of a level.

    Attributes
    ----------
    name, label, unit, digits
        Key in the page, words, unit and decimals.
    variable, column
        Result of the solver, and the place on its axis after the level; ``None`` where it has none.
    tolerance
        Quantity of :class:`~spinesim.viz.scene.Tolerances` that it is a part of; empty if none.
    """

    name: str
    label: str
    unit: str
    digits: int
    variable: str
    column: int | None = None
    tolerance: str = ""

    def of(self, solution: Solution) -> Array:
        """Its values (..., 6) as the solver's numbers in single precision."""
        values = getattr(solution, self.variable)
        chosen: Array = (values if self.column is None else values[..., self.column]).astype(np.float32)
        return chosen


def _facets() -> tuple[Field, ...]:
    forces = [Field(f"facet_{side}_N", f"Facet {side}", "N", 0, "facet_force_N", k, "facet") for k, side in enumerate(SIDES)]
    peaks = [Field(f"facet_{side}_peak_MPa", f"Facet {side}, peak", "MPa", 2, "facet_peak_MPa", k) for k, side in enumerate(SIDES)]
    return (*forces, *peaks)


FIELDS: Final = (
    Field("disc_compression_N", "Disc compression", "N", 0, "disc_compression_N", None, "compression"),
    Field("intradiscal_pressure_MPa", "Disc pressure", "MPa", 2, "intradiscal_pressure_MPa", None, "pressure"),
    Field("compression_N", "Net compression", "N", 0, "compression_N"),
    Field("anterior_shear_N", "Anterior shear", "N", 0, "anterior_shear_N"),
    Field("lateral_shear_N", "Shear to the right", "N", 0, "lateral_shear_N"),
    *_facets(),
    *(Field(f"ligament_{name}_N", f"Ligament {name}", "N", 0, "ligament_tension_N", k, "ligament") for k, name in enumerate(LIGAMENTS)),
    *(Field(key, label, "°", 1, "rotation_deg", k) for k, (key, label) in enumerate(
        (("flexion_deg", "Flexion"), ("lateral_deg", "Bent to the right"), ("rotation_deg", "Turned to the left"))
    )),
)  # fmt: skip

NAMES: Final = tuple(field.name for field in FIELDS)

# Of the table: two lines of head, and the field; ``share`` shows the percentage of the median in its place.
COLUMNS: Final[tuple[dict[str, Any], ...]] = (
    {"head": ["disc", "N"], "field": "disc_compression_N", "digits": 0},
    {"head": ["of", "median"], "field": "disc_compression_N", "digits": 0, "share": True},
    {"head": ["pressure", "MPa"], "field": "intradiscal_pressure_MPa", "digits": 2},
    {"head": ["ant.", "shear N"], "field": "anterior_shear_N", "digits": 0},
    {"head": ["facet", "left N"], "field": "facet_left_N", "digits": 0},
    {"head": ["facet", "right N"], "field": "facet_right_N", "digits": 0},
)
# Results whose interpolation is measured.
MEASURED: Final = ("disc_compression_N", "intradiscal_pressure_MPa", "anterior_shear_N", "facet_force_N", "ligament_tension_N")
