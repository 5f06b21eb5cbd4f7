"""The rule: a load is within tolerance if P(F e > Y / B | person, evidence) <= alpha.

Y is what the tissue bears, F the model's median load of a task, B the load error that all tasks of one person share and
e that of one task; all lognormal with medians Y_med, 1, 1 and SDs s, s_B, s_e of their logarithms. A task of load F_i that
the person tolerates now makes the weak persons unlikely: a failure there would have been noticed with probability q, so

    w(x) = N(x; ln Y_med, s^2 + s_B^2) (1 - q Phi((ln F_i - x)/s_e)),    x = ln(Y/B)
    P = sum w Phi((ln F - x)/s_e) / sum w = (Phi(k) - q Phi2(h, k; rho)) / (1 - q Phi(h))

with T^2 = s^2 + s_B^2 + s_e^2, h = ln(F_i/Y_med)/T, k = ln(F/Y_med)/T, rho = (s^2 + s_B^2)/T^2 and Phi2 the bivariate
normal distribution. P rises with F, so that the limit is one root, without sampling.

Several items of evidence test the same spine: the one that tells most counts, never their product. Taking the largest
q Phi inside w instead would let a further item lower a limit. What is unknown widens s, and because a wider prior can
have a *higher* lower percentile under evidence, the worst over all SDs from the known to the widened one counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri, owens_t

from spinesim.analysis.tolerance.data import Array, known, numbers, value, within

PROTECTION_LEVELS: Final = ("strict", "standard", "cautious_work", "ergonomic")
EVIDENCE_KINDS: Final = ("daily_life", "logged_training", "supervised_training")

_STEPS: Final = 16
_HAIR: Final = 1e-11
_FAR: Final = 6.0  # standard deviations above the median, where P is 1 whatever is known
_ROUNDING: Final = 1e-12  # of a limit, downwards, so that rounding of a logarithm cannot carry it over alpha


@dataclass(frozen=True, slots=True)
class LoadError:
    """SD of the logarithm of the load: ``shared`` by all tasks of a person, and of one ``task``."""

    shared: float
    task: float

    def __post_init__(self) -> None:
        within("error.shared", self.shared)
        within("error.task", self.task)

    @classmethod
    def of(cls, tissue: str) -> LoadError:
        """The error of a tissue's load in ``errors.csv``."""
        return cls(value("errors", tissue, "shared"), value("errors", tissue, "task"))


@dataclass(frozen=True, slots=True)
class Evidence:
    """A load that the person tolerates now, on the model's own scale.

    Parameters
    ----------
    load
        The model's median load, in the unit of the tolerance, of a shape that fits its levels.
    q
        Probability that a failure there would have been noticed and reported.
    """

    load: ArrayLike
    q: float


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What a tissue bears, as a lognormal distribution by level.

    Attributes
    ----------
    tissue, unit, law
        What is borne, in which unit, and by which law.
    axis
        Names of the last axis: levels, or ligaments.
    sources
        Keys of ``geometry/tolerance/sources.csv``.
    median
        Median of what is borne without lasting damage, findings included.
    sd, sd_wide
        SD of the logarithm: as known, and as widened by findings and by what is unknown.
    error
        Error of the load that is compared with it.
    most_evidence
        A demonstrated load above this is refused as a slip; infinite where no such bound is known.
    sd_people
        The part of ``sd`` that lies between people of whom the same is known; ``None`` where no table tells it from the rest.
    """

    tissue: str
    unit: str
    axis: tuple[str, ...]
    law: str
    sources: tuple[str, ...]
    median: Array
    sd: Array
    sd_wide: Array
    error: LoadError
    most_evidence: Array
    sd_people: Array | None = None

    def at(self, name: str) -> int:
        """Place of a level (or ligament) on the axis.

        Raises
        ------
        ValueError
            If the law does not cover it.
        """
        known(f"{self.tissue} ({self.law})", name, self.axis)
        return self.axis.index(name)


def protection(level: str) -> float:
    """Allowed exceedance alpha of a named level of protection.

    Raises
    ------
    ValueError
        If the name is none of :data:`PROTECTION_LEVELS`.
    """
    known("protection", level, PROTECTION_LEVELS)
    return value("rule", level, "alpha")


def evidence(load: ArrayLike, kind: str) -> Evidence:
    """A tolerated load with the q of its kind, one of :data:`EVIDENCE_KINDS` (all assumed)."""
    known("evidence", kind, EVIDENCE_KINDS)
    return Evidence(load, value("rule", kind, "q"))


def exceedance(load: ArrayLike, tolerance: Tolerance, items: Sequence[Evidence] = ()) -> Array:
    """Probability that the tissue bears less than ``load``, given all that is known and unknown.

    Mostly ignorance, not incidence: it is no rate of injury.

    Parameters
    ----------
    load
        The model's median load of any shape whose last axis fits the levels; NaN (a case without an answer) gives 1,
        a load of zero or against the direction gives 0.
    items
        Loads that the person tolerates now.

    Returns
    -------
    ndarray
        Shape of ``load`` against the levels.
    """
    given = numbers("load", load)
    logarithm = np.log(np.maximum(given, np.finfo(float).tiny))
    proofs = _proofs(tolerance, items)
    worst: Array = np.zeros(np.broadcast_shapes(given.shape, tolerance.median.shape))
    # One SD after the other: loads may be large arrays.
    for total, rho in zip(*spreads(tolerance), strict=True):
        k = (logarithm - np.log(tolerance.median)) / total
        worst = np.maximum(worst, np.min([_posterior(k, h / total, q, rho) for h, q in proofs], axis=0))
    return np.where(np.isnan(given), 1.0, worst)


def limit(tolerance: Tolerance, alpha: float | str, items: Sequence[Evidence] = ()) -> Array:
    """Largest load whose exceedance is at most alpha.

    Parameters
    ----------
    alpha
        Allowed exceedance, or the name of a level of protection.
    items
        Loads that the person tolerates now.

    Returns
    -------
    ndarray
        By level, in the unit of the tolerance, rounded down in the twelfth digit.

    Raises
    ------
    ValueError
        If alpha or a q is outside its range, or a demonstrated load is beyond belief.
    """
    allowed = protection(alpha) if isinstance(alpha, str) else float(within("rule.alpha", alpha))
    proofs = _proofs(tolerance, items)
    total, rho = spreads(tolerance)
    best = np.max([total * _root(allowed, h / total, q, rho) for h, q in proofs], axis=0)
    return np.asarray(tolerance.median * np.exp(best.min(axis=0)) * (1.0 - _ROUNDING))


def spreads(tolerance: Tolerance) -> tuple[Array, Array]:
    """Total SD T and rho on a grid of SDs (first axis) from the known to the widened one, rounded up to the grid.

    The grid has a fixed step and starts at the known SD, so that a wider range holds all SDs of a narrower one.
    """
    step = value("rule", "widening", "step")
    steps = np.ceil((tolerance.sd_wide - tolerance.sd) / step - 1e-9)
    sd = np.stack([tolerance.sd + step * np.minimum(j, steps) for j in range(int(steps.max()) + 1)])
    shared = sd**2 + tolerance.error.shared**2
    total = shared + tolerance.error.task**2
    return np.sqrt(total), shared / total


def _proofs(tolerance: Tolerance, items: Sequence[Evidence]) -> list[tuple[Array, float]]:
    """Logarithm of each demonstrated load over the median, with its q; without evidence q is 0."""
    proofs = [(np.zeros_like(tolerance.median), 0.0)]
    for item in items:
        load, q = numbers("evidence.load", item.load), float(within("evidence.q", item.q))
        bad = ~((load > 0.0) & (load <= tolerance.most_evidence))
        if bad.any():
            wrong, most = (np.broadcast_to(x, bad.shape)[bad][0] for x in (load, tolerance.most_evidence))
            raise ValueError(
                f"evidence.load = {wrong:g} {tolerance.unit} is outside the range 0 to {most:.4g} {tolerance.unit}; pounds for kilograms?"
            )
        proofs.append((np.log(load / tolerance.median), q))
    return proofs


def _posterior(k: Array, h: Array, q: float, rho: Array) -> Array:
    """P of the rule for one item of evidence."""
    if q == 0.0:
        return np.asarray(ndtr(k))
    return np.asarray((ndtr(k) - q * bivariate_below(h, k, rho)) / (1.0 - q * ndtr(h)))


def _root(alpha: float, h: Array, q: float, rho: Array) -> Array:
    """Largest k with P <= alpha, by Newton inside a shrinking bracket.

    Evidence only raises it, so that the search starts at the k without evidence. The number of steps is fixed: a row is
    the same in every batch.
    """
    target = float(ndtri(alpha))
    lo = np.full(np.broadcast_shapes(h.shape, rho.shape), target)
    # P is at least (1 - q) Phi(k).
    hi = np.full_like(lo, ndtri(min(alpha / (1.0 - q), ndtr(_FAR))))
    k = lo
    for _ in range(_STEPS):
        p = _posterior(k, h, q, rho)
        lo, hi = np.where(p <= alpha, k, lo), np.where(p <= alpha, hi, k)
        score = ndtri(p)  # nearly a straight line over k, which P is not
        k = k - (score - target) / _slope(k, score, h, q, rho)
        # Where evidence is nearly a step, Newton would jump to and fro.
        k = np.where((k >= lo) & (k <= hi), k, 0.5 * (lo + hi))
    # Newton may have come from above all the way: a hair below the root is inside.
    k = k - _HAIR
    return np.asarray(np.maximum(lo, np.where(_posterior(k, h, q, rho) <= alpha, k, lo)))


def _slope(k: Array, score: Array, h: Array, q: float, rho: Array) -> Array:
    """Slope over k of the score, the normal quantile of P."""
    rest = 1.0 - q * ndtr((h - rho * k) / np.sqrt((1.0 - rho) * (1.0 + rho)))
    return np.asarray(np.exp(0.5 * (score * score - k * k)) * rest / (1.0 - q * ndtr(h)))


def bivariate_below(h: Array, k: Array, rho: Array) -> Array:
    """Bivariate normal distribution by Owen's function T (Owen 1956, Ann Math Stat 27:1075-1090)."""
    h, k = (np.where(np.abs(x) < 1e-12, 1e-12, x) for x in (h, k))
    root = np.sqrt((1.0 - rho) * (1.0 + rho))
    both = 0.5 * (ndtr(h) + ndtr(k)) - owens_t(h, (k / h - rho) / root) - owens_t(k, (h / k - rho) / root)
    return np.asarray(np.maximum(both - 0.5 * (h * k < 0.0), 0.0))
