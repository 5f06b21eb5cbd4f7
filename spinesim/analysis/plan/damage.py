"""Damage of a schedule as a probability, over strength, life and half-life of recovery.

Small damage of the Barrett-Callaghan law adds up, D(t+1) = D(t) 2^(-1/h) + dose, with dose = sum n A exp(b F/X)/kappa and X the
ultimate strength on the model's own scale of loads. For given h and kappa there is one strength below which the largest D
of the schedule exceeds D*; the mass below it, under the evidence of the rule, has a closed form. Strengths at which the
tolerated background alone would exceed D* keep a weight of 0.05: someone who lives like this is not such a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from spinesim.analysis.plan.inputs import Recovery
from spinesim.analysis.tolerance import Evidence, Tolerance
from spinesim.analysis.tolerance.data import Array, numbers, value
from spinesim.analysis.tolerance.fatigue import half_lives_d
from spinesim.analysis.tolerance.rule import bivariate_below

# Logarithm of strength in N: the same grid for everybody, so that a shift of a person moves nothing else.
LOG_STRENGTH: Final = np.linspace(np.log(100.0), np.log(60_000.0), 321)
_LARGEST: Final = 600.0
_SD_STEP: Final = 0.01


@dataclass(frozen=True, slots=True)
class Bout:
    """Loading cycles of one day: peak compression by level in N (6,), and how many."""

    peak_N: Array
    cycles: float


def half_lives(recovery: Recovery, age_years: float) -> Array:
    """Half-lives with equal weight, days: those of the table, stretched by what slows recovery.

    A bad answer stretches them by its factor, an unknown one adds the stretched ones, and a good one shortens nothing.
    """
    low, high = modifier_range(recovery, age_years)
    base = half_lives_d()
    return base * low if low == high else np.concatenate([base * low, base * high])


def modifier_range(recovery: Recovery, age_years: float) -> tuple[float, float]:
    """Least and largest factor on the half-life that the answers leave open."""
    answers = {
        "sleep": None if recovery.sleep_h is None else recovery.sleep_h < value("plan", "sleep", "from_h"),
        "stress": recovery.stress,
        "bent": None if recovery.bent_h is None else recovery.bent_h > value("plan", "bent", "from_h"),
        "obesity": None if recovery.body_mass_index is None else recovery.body_mass_index >= value("plan", "obesity", "from_kg_m2"),
        "age": age_years >= value("findings", "older", "from_years"),
    }
    most = value("plan", "recovery", "most")
    factors = {name: value("plan", name, "factor") for name in answers}
    low = np.prod([factors[name] for name, answer in answers.items() if answer])
    high = np.prod([factors[name] for name, answer in answers.items() if answer is None]) * low
    return min(float(low), most), min(float(high), most)


def day_dose(bouts: Sequence[Bout]) -> Array:
    """Damage of a day at kappa = 1 over :data:`LOG_STRENGTH` and level (321, 6)."""
    dose = np.zeros((LOG_STRENGTH.size, 6))
    for bout in bouts:
        dose += bout.cycles * per_cycle(bout.peak_N, np.exp(LOG_STRENGTH)[:, None])
    return dose


def per_cycle(peak_N: Array, strength_N: Array) -> Array:
    """Small damage of one cycle at kappa = 1."""
    b = value("fatigue", "barrett_callaghan", "per_newton") * value("fatigue", "barrett_callaghan", "reference_strength")
    share = np.maximum(peak_N, 0.0) / strength_N
    return np.asarray(value("fatigue", "barrett_callaghan", "rate") * np.exp(np.minimum(b * share, _LARGEST)))


def most_damage(doses: Sequence[Array], half_life_d: float) -> Array:
    """Largest state over the days of ``doses`` (each (321, 6)); the first day repeated for ever is what was before."""
    decay = 2.0 ** (-1.0 / half_life_d)
    state = doses[0] / (1.0 - decay)
    most = state
    for dose in doses[1:]:
        state = decay * state + dose
        most = np.maximum(most, state)
    return np.asarray(most)


def probability(
    tolerance: Tolerance, items: Sequence[Evidence], background: Array, days: Sequence[Array], job: Array | None, lives: Array
) -> Array:
    """P(largest D > D* | tolerated background) by level (6,).

    Parameters
    ----------
    tolerance
        Of compression; its median is the yield.
    items
        Evidence; the one that tells most counts.
    background
        Dose of an ordinary day without the job.
    days
        Dose of every day of the schedule, background and job included.
    job
        Mean dose of the job a day before the schedule began; ``None`` without one.
    lives
        Half-lives, equal weights.
    """
    before = background if job is None else background + job
    over = np.stack([_critical(most_damage([before, *days], h)) for h in lives])
    # What slows recovery must not make the tolerated days a stronger proof: they count with the plain half-lives.
    plain = np.resize(half_lives_d(), lives.shape)
    alone = np.stack([_critical(background / (1.0 - 2.0 ** (-1.0 / h))) for h in plain])
    kappa, weight = life_factors()
    limit = np.log(value("plan", "damage", "threshold") * kappa)
    critical = np.stack([_below(row, limit) for row in over])  # lives, kappa, level
    unlikely = np.minimum(np.stack([_below(row, limit) for row in alone]), critical)
    # The table holds the yield, the law wants the ultimate strength.
    share = np.log(value("compression", "yield", "share"))
    worst = np.zeros(6)
    for sd in _sds(tolerance):
        rows = [_mass(tolerance, sd, item, critical + share, unlikely + share, weight) for item in (None, *items)]
        worst = np.maximum(worst, np.min(rows, axis=0))
    return worst


def life_factors() -> tuple[Array, Array]:
    """Values of kappa and their weights, nine points of a lognormal distribution."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(9)
    return np.exp(value("fatigue", "life", "sd_ln") * nodes), weights / weights.sum()


def _critical(damage: Array) -> Array:
    """Logarithm of damage, made to fall with strength without a flat piece."""
    return np.asarray(np.log(np.maximum(damage, np.finfo(float).tiny)))


def _below(damage: Array, limit: Array) -> Array:
    """Strength (logarithm) at which falling curves (321, 6) cross limits (K,): (K, 6); infinite where they do not."""
    found = np.empty((limit.size, damage.shape[1]))
    for level in range(damage.shape[1]):
        found[:, level] = np.interp(limit, damage[::-1, level], LOG_STRENGTH[::-1], left=np.inf, right=-np.inf)
    return found


def _sds(tolerance: Tolerance) -> list[Array]:
    """SDs from the known to the widened one; a wider range holds all of a narrower one."""
    steps = np.ceil((tolerance.sd_wide - tolerance.sd) / _SD_STEP - 1e-9)
    return [tolerance.sd + _SD_STEP * np.minimum(j, steps) for j in range(int(steps.max()) + 1)]


def _mass(tolerance: Tolerance, sd: Array, item: Evidence | None, critical: Array, unlikely: Array, weight: Array) -> Array:
    """Posterior share below the critical strengths, by level."""
    prior = np.sqrt(sd**2 + tolerance.error.shared**2)
    below = _Cumulative(tolerance, prior, item)
    light = 1.0 - value("plan", "damage", "background_weight")
    removed = below(unlikely)
    top = (below(critical) - light * removed).mean(axis=0)
    whole = (below(np.full_like(unlikely, np.inf)) - light * removed).mean(axis=0)
    return np.asarray((weight @ top) / (weight @ whole))


class _Cumulative:
    """Integral of w(x) = N(x; ln median, prior^2) (1 - q Phi((ln F - x)/s_e)) up to a strength."""

    def __init__(self, tolerance: Tolerance, prior: Array, item: Evidence | None) -> None:
        self.centre, self.prior = np.log(tolerance.median), prior
        self.q = 0.0 if item is None else item.q
        total = np.sqrt(prior**2 + tolerance.error.task**2)
        load = tolerance.median if item is None else numbers("evidence.load", item.load)
        self.h, self.rho = (np.log(np.maximum(load, 1e-9)) - self.centre) / total, prior / total

    def __call__(self, log_strength: Array) -> Array:
        k = np.clip((log_strength - self.centre) / self.prior, -30.0, 30.0)
        plain: NDArray[np.float64] = np.asarray(ndtr(k))
        if self.q == 0.0:
            return plain
        h, rho = np.broadcast_to(self.h, k.shape), np.broadcast_to(self.rho, k.shape)
        return np.asarray(plain - self.q * bivariate_below(h, k, rho))
