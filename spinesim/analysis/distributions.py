"""How a table value is drawn from its mean and SD: one monotone function of a standard normal score for every kind of quantity.

- additive: angles, positions, gaps, exponents and ligament slack, ``mean + sd z``;
- log: what must be positive, a lognormal with that mean and SD (above a lower bound where the quantity has one);
- bounded: shares within 0..1 and facet angles within 0..90 degrees, a beta distribution with that mean and SD. A value that stands at its
  lower bound gets a half-normal whose root mean square distance from the bound is the SD.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtr, ndtri

from spinesim.model.tables import Entry, Key

Floats = NDArray[np.float64]

_ADDITIVE: Final = ("x", "y", "z", "gap", "tip_gap", "facet_gap_change", "slack_strain", "age_onset")
_RIGHT_ANGLE: Final = ("angle_axial", "angle_transverse")
_ABOVE: Final = {("muscle_law", "eccentric_limit"): 1.0}  # the force plateau in lengthening is above the force at rest


class Scale(Enum):
    """Scale on which a quantity is drawn."""

    ADDITIVE = "additive"
    LOG = "log"
    BOUNDED = "bounded"


@dataclass(frozen=True, slots=True)
class Law:
    """Distribution of one quantity, in its own unit."""

    scale: Scale
    mean: float
    sd: float
    lower: float = -math.inf
    upper: float = math.inf

    def draw(self, score: Floats) -> Floats:
        """Values for standard normal scores; with SD 0 the mean itself.

        Raises
        ------
        ValueError
            If there is no such distribution.
        """
        if self.sd == 0.0:
            return np.full_like(score, self.mean)
        if self.scale is Scale.ADDITIVE:
            return self.mean + self.sd * score
        return self._log(score) if self.scale is Scale.LOG else self._bounded(score)

    def _log(self, score: Floats) -> Floats:
        if not self.mean > self.lower:
            raise ValueError(f"a quantity above {self.lower:g} cannot have the mean {self.mean:g}")
        return self.lower + lognormal(self.mean - self.lower, self.sd, score)

    def _bounded(self, score: Floats) -> Floats:
        width = self.upper - self.lower
        share, spread = (self.mean - self.lower) / width, self.sd / width
        if share == 0.0:
            half: Floats = np.minimum(spread * ndtri(0.5 + 0.5 * ndtr(score)), 1.0)
            return self.lower + width * half
        narrow = share * (1.0 - share) / spread**2 - 1.0
        if not (0.0 < share < 1.0 and narrow > 0.0):
            raise ValueError(f"no share of {share:g} within its range has the SD {spread:g}")
        value: Floats = betaincinv(share * narrow, (1.0 - share) * narrow, ndtr(score))
        return self.lower + width * value


def lognormal(mean: Any, sd: Any, score: Floats) -> Floats:
    """Lognormal values with the given mean and SD, elementwise; the mean itself where the SD is 0."""
    variance = np.log1p((sd / np.where(sd == 0.0, 1.0, mean)) ** 2)
    value: Floats = mean * np.exp(np.sqrt(variance) * score - 0.5 * variance)
    return value


def law_of(key: Key, entry: Entry) -> Law:
    """The distribution of one table value."""
    table, _, name = key
    if name in _RIGHT_ANGLE:
        return Law(Scale.BOUNDED, entry.value, entry.sd, 0.0, 90.0)
    if name.endswith("_share") or name == "lumbar_part":
        return Law(Scale.BOUNDED, entry.value, entry.sd, 0.0, 1.0)
    place = name.endswith(("_x", "_y", "_z")) and not name.startswith("gyration")
    if entry.unit == "deg" or place or name in _ADDITIVE or name.endswith("_exponent"):
        return Law(Scale.ADDITIVE, entry.value, entry.sd)
    lower = _ABOVE.get((table, name), 0.0)
    if entry.value <= lower:  # nothing that must be positive stands there
        return Law(Scale.ADDITIVE, entry.value, entry.sd)
    return Law(Scale.LOG, entry.value, entry.sd, lower)
