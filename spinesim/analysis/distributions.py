"""How a table value is drawn from its mean and SD: one monotone function of a standard normal score for every kind of quantity.

- additive: angles, positions, gaps, exponents and ligament slack, ``mean + sd z``;
- log: what must be positive, a lognormal with that mean and SD (above a lower bound where the quantity has one);
- bounded: shares within 0..1 and facet angles within 0..90 degrees, a beta distribution with that mean and SD. A value that stands at its
  lower bound gets a half-normal whose root mean square distance from the bound is the SD.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
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
        return Laws([self]).draw(score[:, None])[:, 0]


class Laws:
    """Distributions of many quantities, drawn together.

    Raises
    ------
    ValueError
        If one of them has no distribution with its mean and SD.
    """

    def __init__(self, laws: Sequence[Law]) -> None:
        kinds = [_kind(law) for law in laws]
        numbers = np.array([(law.mean, law.sd, law.lower, law.upper) for law in laws]).T
        groups = [(kind, np.array([k is kind for k in kinds])) for kind in dict.fromkeys(kinds)]
        self._groups = [(kind, np.flatnonzero(mine), numbers[:, mine]) for kind, mine in groups]

    def draw(self, scores: Floats) -> Floats:
        """Values (N, laws) for standard normal scores of that shape; elementwise."""
        values = np.empty_like(scores)
        for kind, columns, numbers in self._groups:
            values[:, columns] = kind(*numbers, np.take(scores, columns, axis=1))
        return values


def _kind(law: Law) -> Callable[..., Floats]:
    """The function that draws a quantity from mean, SD and bounds; refuses what has none."""
    if law.sd == 0.0:
        return _fixed
    if law.scale is Scale.ADDITIVE:
        return _additive
    if law.scale is Scale.LOG:
        if not law.mean > law.lower:
            raise ValueError(f"a quantity above {law.lower:g} cannot have the mean {law.mean:g}")
        return _log
    share, spread = (law.mean - law.lower) / (law.upper - law.lower), law.sd / (law.upper - law.lower)
    if share == 0.0:
        return _at_bound
    if not (0.0 < share < 1.0 and share * (1.0 - share) > spread**2):
        raise ValueError(f"no share of {share:g} within its range has the SD {spread:g}")
    return _bounded


def _fixed(mean: Floats, sd: Floats, lower: Floats, upper: Floats, score: Floats) -> Floats:
    return np.broadcast_to(mean, score.shape)


def _additive(mean: Floats, sd: Floats, lower: Floats, upper: Floats, score: Floats) -> Floats:
    value: Floats = mean + sd * score
    return value


def _log(mean: Floats, sd: Floats, lower: Floats, upper: Floats, score: Floats) -> Floats:
    value: Floats = lower + lognormal(mean - lower, sd, score)
    return value


def _at_bound(mean: Floats, sd: Floats, lower: Floats, upper: Floats, score: Floats) -> Floats:
    width = upper - lower
    value: Floats = lower + width * np.minimum(sd / width * ndtri(0.5 + 0.5 * ndtr(score)), 1.0)
    return value


def _bounded(mean: Floats, sd: Floats, lower: Floats, upper: Floats, score: Floats) -> Floats:
    width = upper - lower
    share, spread = (mean - lower) / width, sd / width
    narrow = share * (1.0 - share) / spread**2 - 1.0
    value: Floats = lower + width * betaincinv(share * narrow, (1.0 - share) * narrow, ndtr(score))
    return value


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
