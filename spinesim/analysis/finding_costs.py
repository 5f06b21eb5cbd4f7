"""What findings cost in load and in stability, in the same postures for all: a deficit may cost one and not the other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from spinesim.analysis.pathology import Pathology
from spinesim.model.anatomy import SpineModel
from spinesim.model.load import Load
from spinesim.model.names import CONVERGED, LEVELS
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.solver.api import solve
from spinesim.solver.stability import stability

SETTINGS: Final = (
    ("standing", Posture(), Load()),
    ("bent, 10 kg", Posture(trunk_inclination_deg=30.0), Load(mass_kg=10.0)),
)
LEVEL: Final = "L4-L5"


@dataclass(frozen=True, slots=True)
class Held:
    """Of one person in one posture: net compression at L4-L5, and the gain of short-range stiffness that stability needs."""

    compression_N: float
    critical_gain: float


@dataclass(frozen=True, slots=True)
class Cost:
    """The person without the finding, and with it; ``None`` where a posture has no answer."""

    setting: str
    without: Held | None
    with_finding: Held | None

    @property
    def load(self) -> float | None:
        """Change of compression, as a part of that without the finding."""
        return self._change("compression_N")

    @property
    def stability(self) -> float | None:
        """Change of the gain that stability needs, as a part of that without: more is less stable."""
        return self._change("critical_gain")

    def _change(self, name: str) -> float | None:
        if self.without is None or self.with_finding is None:
            return None
        before, after = (float(getattr(held, name)) for held in (self.without, self.with_finding))
        return after / before - 1.0 if before > 0.0 and math.isfinite(before + after) else None


def costs(model: SpineModel, finding: Pathology) -> list[Cost]:
    """Load and stability in :data:`SETTINGS` with a finding beside without.

    Raises
    ------
    ValueError
        If the person is outside the computable range.
    """
    return [
        Cost(name, *(_held(model, subject, posture, load) for subject in (finding.without, finding.subject)))
        for name, posture, load in SETTINGS
    ]


def _held(model: SpineModel, subject: Subject, posture: Posture, load: Load) -> Held | None:
    found = solve(model, subject, posture, load)
    if found.status != CONVERGED:
        return None
    return Held(float(found.compression_N[LEVELS.index(LEVEL)]), stability(model, subject, posture, load, found).critical_gain)
