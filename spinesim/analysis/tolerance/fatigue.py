"""Repeated compression: a state-dependent law with recovery, and Brinckmann's table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import exp1, expn

from spinesim.analysis.tolerance.data import Array, numbers, tables, value, within

_BANDS: Final = (20, 30, 40, 50, 60)  # percent of strength, lower ends
_COUNTS: Final = (10, 100, 500, 1000, 5000)
_NEWTON: Final = 30
_LARGEST: Final = 600.0  # argument of E1 beyond which it is no number any more


@dataclass(frozen=True)
class StateDependentDamage:
    """Barrett-Callaghan law: dD/dn = (A/kappa) (1 - D) exp(b u/(1 - D)), u = F/R (barrett2026).

    A = 2.47e-11 a cycle; b = 0.00203/N times 10 kN, the ultimate of the published code: the load is taken relative to the
    person's own ultimate strength, because in newtons the same law finds nothing in weak people. kappa is the life of a
    living person over that of a specimen. Life is N = kappa E1(b u)/A.

    Parameters
    ----------
    life_factor
        kappa; SD of its logarithm is 1.5 (assumed).
    """

    life_factor: float = 1.0

    def __post_init__(self) -> None:
        within("barrett_callaghan.life_factor", self.life_factor, "life_factor")

    @cached_property
    def rate(self) -> float:
        """A/kappa, 1/cycle."""
        return value("fatigue", "barrett_callaghan", "rate") / self.life_factor

    @cached_property
    def exponent(self) -> float:
        """Factor b of the relative load."""
        return value("fatigue", "barrett_callaghan", "per_newton") * value("fatigue", "barrett_callaghan", "reference_strength")

    def cycles_to_failure(self, load_share: ArrayLike) -> Array:
        """Cycles from a sound state to failure at F/R, up to 1."""
        return np.asarray(exp1(self.exponent * _load_share(load_share)) / self.rate)

    def per_cycle(self, load_share: ArrayLike, damage: ArrayLike = 0.0) -> Array:
        """Damage of the next cycle; while damage is small, A exp(b u)/kappa, so that cycles and days add up."""
        sound = 1.0 - within("barrett_callaghan.damage", damage, "damage")
        share = self.exponent * _load_share(load_share)
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            return np.where(sound > 0.0, self.rate * sound * np.exp(share / sound), 0.0)

    def after(self, damage: ArrayLike, load_share: ArrayLike, cycles: ArrayLike) -> Array:
        """State after cycles at one load, without recovery: E1(b u/(1 - D)) falls by A/kappa a cycle; 1 is failure."""
        start = within("barrett_callaghan.damage", damage, "damage")
        share = self.exponent * np.maximum(_load_share(load_share), 1e-9)
        count = numbers("cycles", cycles)
        if not (count >= 0.0).all():
            raise ValueError(f"cycles = {count.min():g} is below 0")
        sound = np.maximum(1.0 - start, share / _LARGEST)
        left = exp1(share / sound) - count * self.rate
        failed = left <= exp1(_LARGEST)
        end = 1.0 - share / _inverse_exp1(np.where(failed, exp1(share), left), share)
        return np.where(failed, 1.0, np.maximum(end, start))

    def daily(self, per_day: ArrayLike, half_life_d: float, start: ArrayLike = 0.0) -> Array:
        """Small damage day by day: D(t+1) = D(t) 2^(-1/h) + damage of the day.

        Parameters
        ----------
        per_day
            Damage of each day, first axis the day.

        Returns
        -------
        ndarray
            State at the end of each day, of the shape of ``per_day``.
        """
        doses = numbers("per_day", per_day)
        state, states = numbers("start", start), np.empty_like(doses)
        for day, dose in enumerate(doses):
            state = recover(state, 1.0, half_life_d) + dose
            states[day] = state
        return states


def recover(damage: ArrayLike, days: ArrayLike, half_life_d: ArrayLike) -> Array:
    """Damage left after days of rest: D 2^(-days/h).

    No constant is published for tissue of the spine; h = 1, 3, 7 and 14 days weigh alike (:func:`half_lives_d`, assumed).
    """
    rest = numbers("days", days)
    if not (rest >= 0.0).all():
        raise ValueError(f"days = {rest.min():g} is below 0")
    return numbers("damage", damage) * np.exp2(-rest / within("recovery.half_life_d", half_life_d, "half_life_d"))


def half_lives_d() -> Array:
    """The half-lives of recovery over which every answer is tested, days."""
    return np.array([entry.value for (table, item, _), entry in tables().entries.items() if (table, item) == ("fatigue", "recovery")])


@dataclass(frozen=True)
class Brinckmann:
    """Probability that a specimen has broken after a number of cycles (brinckmann1988, recalled).

    Bands of 10 % of strength from 20 to 70 %, 10 to 5000 cycles at 0.25 Hz, 70 segments. A load takes the row of its
    band (lower end included; 70 % the last one); between the cycles of the table it is linear in their logarithm, below
    10 as at 10.
    """

    @cached_property
    def table(self) -> Array:
        """Probabilities, bands by counts."""
        return np.array([[value("fatigue", f"brinckmann_{band}", f"cycles_{n}") for n in _COUNTS] for band in _BANDS])

    def probability(self, load_share: ArrayLike, cycles: ArrayLike) -> Array:
        """Probability at F/R from 0.2 to 0.7 and up to 5000 cycles."""
        share = within("brinckmann.load_share", load_share, "load_share")
        count = within("brinckmann.cycles", cycles, "cycles")
        share, count = np.broadcast_arrays(share, count)
        # A band is named in whole percent; 0.3 must not fall below 30 % by rounding.
        band = np.minimum(np.floor(share * 10.0 + 1e-9).astype(int) - 2, len(_BANDS) - 1)
        rows = [np.interp(np.log10(np.maximum(count, _COUNTS[0])), np.log10(_COUNTS), row) for row in self.table]
        return np.asarray(np.choose(band, rows))


def _load_share(given: ArrayLike) -> Array:
    return within("barrett_callaghan.load_share", given, "load_share")


def _inverse_exp1(target: Array, start: Array) -> Array:
    """Find v with E1(v) = target, at or above ``start``, by Newton on the logarithm, which is nearly a straight line."""
    v = np.broadcast_to(start, np.broadcast_shapes(np.shape(start), np.shape(target))).copy()
    for _ in range(_NEWTON):
        # d ln E1/dv = -E0/E1, E0 = exp(-v)/v
        v = np.clip(v + (np.log(exp1(v)) - np.log(target)) * exp1(v) / expn(0, v), start, _LARGEST)
    return v
