"""Random quantities by their inverse distribution functions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["uniform", "normal", "lognormal", "triangular"]

LEAST_PROBABILITY: Final = 1e-6  # that a truncated distribution must keep


@dataclass(frozen=True, slots=True)
class Marginal:
    """One random quantity.

    Parameters
    ----------
    key
        Its dotted name.
    kind, parameters
        ``uniform`` (lo, hi); ``normal`` and ``lognormal`` (mean, SD of the quantity itself); ``triangular`` (lo, mode, hi).
    within
        Bounds outside which a normal or lognormal is cut off and the rest scaled up; ``None`` for none.

    Raises
    ------
    ValueError
        If the parameters make no distribution, or the bounds hold less than one part in a million of it.
    """

    key: str
    kind: Kind
    parameters: tuple[float, ...]
    within: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if fault := _fault(self.kind, self.parameters):
            raise ValueError(f"{self.kind} {list(self.parameters)}: expected {fault}")
        if self.within is not None:
            if self.kind not in ("normal", "lognormal"):
                raise ValueError(f"{self.kind}: expected no bounds, for it has some of its own")
            lo, hi = self.within
            if not (lo < hi and (lo >= 0.0 or self.kind == "normal")):
                raise ValueError(
                    f"within {[lo, hi]}: expected a lower bound{' of 0 or more' if self.kind == 'lognormal' else ''} below the upper"
                )
            if self.probability() < LEAST_PROBABILITY:
                raise ValueError(f"within {[lo, hi]}: expected bounds that hold at least {LEAST_PROBABILITY:g} of the distribution")

    def probability(self) -> float:
        """Part of a normal or lognormal distribution between its bounds."""
        lo, hi, _ = self._tail()
        return hi - lo

    def quantile(self, u: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values below which the parts ``u``, in (0, 1), of the distribution lie; same shape as ``u``."""
        if self.kind == "uniform":
            lo, hi = self.parameters
            return lo + u * (hi - lo)
        if self.kind == "triangular":
            return _triangular(u, *self.parameters)
        from scipy.special import ndtri

        lo, hi, mirrored = self._tail()
        z = ndtri(lo + ((1.0 - u) if mirrored else u) * (hi - lo))
        value = self._value(-z if mirrored else z)
        # Rounding may carry the outermost values beyond a bound, never further than the last digits.
        return value if self.within is None else np.clip(value, *self.within)

    def _tail(self) -> tuple[float, float, bool]:
        """Probabilities below both bounds; of the mirrored distribution where that keeps more digits."""
        from scipy.special import ndtr

        if self.within is None:
            return 0.0, 1.0, False
        lo, hi = (self._z(bound) for bound in self.within)
        mirrored = lo > 0.0
        lo, hi = (-hi, -lo) if mirrored else (lo, hi)
        return float(ndtr(lo)), float(ndtr(hi)), mirrored

    def _log(self) -> tuple[float, float]:
        """Mean and SD of the logarithm whose exponential has the given mean and SD."""
        mean, sd = self.parameters
        sigma = math.sqrt(math.log1p((sd / mean) ** 2))
        return math.log(mean) - 0.5 * sigma**2, sigma

    def _z(self, value: float) -> float:
        if self.kind == "normal":
            return (value - self.parameters[0]) / self.parameters[1]
        mu, sigma = self._log()
        return (math.log(value) - mu) / sigma if value > 0.0 else -math.inf

    def _value(self, z: NDArray[Any]) -> NDArray[Any]:
        if self.kind == "normal":
            mean, sd = self.parameters
            return mean + sd * z
        mu, sigma = self._log()
        value: NDArray[Any] = np.exp(mu + sigma * z)
        return value


def _triangular(u: NDArray[Any], lo: float, mode: float, hi: float) -> NDArray[Any]:
    width = hi - lo
    rising = lo + np.sqrt(u * width * (mode - lo))
    falling = hi - np.sqrt((1.0 - u) * width * (hi - mode))
    return np.where(u < (mode - lo) / width, rising, falling)


def _fault(kind: str, p: tuple[float, ...]) -> str:
    """What was expected, if the parameters make no distribution."""
    if not all(map(math.isfinite, p)):
        return "finite numbers"
    match kind:
        case "uniform":
            return "" if len(p) == 2 and p[0] < p[1] else "[lo, hi] with lo below hi"
        case "normal":
            return "" if len(p) == 2 and p[1] > 0.0 else "[mean, SD] with an SD above 0"
        case "lognormal":
            return "" if len(p) == 2 and min(p) > 0.0 else "[mean, SD], both above 0"
        case _:
            return "" if len(p) == 3 and p[0] <= p[1] <= p[2] and p[0] < p[2] else "[lo, mode, hi] in rising order"
