"""Damage of a schedule for the checker: quadrature over strength day by day, life integrated in closed form.

Nothing here is shared with the builder's :mod:`~spinesim.analysis.plan.damage`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from scipy.special import ndtr

from spinesim.analysis.plan.inputs import Recovery
from spinesim.analysis.tolerance import Evidence, StateDependentDamage, Tolerance, limit
from spinesim.analysis.tolerance.data import Array, value
from spinesim.analysis.tolerance.fatigue import half_lives_d, recover

Cycles = list[tuple[Array, float]]  # peak by level in N (6,), number
_Z = np.arange(-6.0, 6.0 + 1e-9, 0.02)


@dataclass(frozen=True, slots=True)
class Course:
    """P(largest D so far > D*) by week and level, with bands, and the state of one design person.

    Attributes
    ----------
    probability
        (weeks, 6).
    low, high
        The same with other spreads of life (SD of ln 1 and 2.5) and single half-lives: lowest and highest.
    background
        Without any session (6,).
    linear, state_dependent
        Largest D of a person at the tenth percentile of strength with life 1 and the longest half-life, with damage that
        adds up and with damage that speeds itself up (6,).
    """

    probability: Array
    low: Array
    high: Array
    background: Array
    linear: Array
    state_dependent: Array


def lives_d(recovery: Recovery, age_years: float) -> list[float]:
    """Half-lives of recovery, days: what is known to slow it stretches them, what is unknown adds the stretched ones."""
    known, open_ = 1.0, 1.0
    for name, slow in (
        ("sleep", None if recovery.sleep_h is None else recovery.sleep_h < value("plan", "sleep", "from_h")),
        ("stress", recovery.stress),
        ("bent", None if recovery.bent_h is None else recovery.bent_h > value("plan", "bent", "from_h")),
        ("obesity", None if recovery.body_mass_index is None else recovery.body_mass_index >= value("plan", "obesity", "from_kg_m2")),
        ("age", bool(age_years >= value("findings", "older", "from_years"))),
    ):
        factor = value("plan", name, "factor")
        known *= factor if slow else 1.0
        open_ *= factor if slow is None else 1.0
    most = value("plan", "recovery", "most")
    factors = sorted({min(known, most), min(known * open_, most)})
    return [float(h) * factor for factor in factors for h in half_lives_d()]


def course(
    tolerance: Tolerance, items: Sequence[Evidence], ordinary: Cycles, days: Sequence[Cycles], job: Cycles, lives: Sequence[float]
) -> Course:
    """Follow a schedule day by day.

    Parameters
    ----------
    tolerance
        Of compression (yield).
    ordinary
        Cycles of an ordinary day without the job.
    days
        Cycles of every day, ordinary life and job included; whole weeks.
    job
        Cycles of the job on a mean day, done for ever before.
    """
    spread = value("fatigue", "life", "sd_ln")
    grids = [_Grid(tolerance, sd, items) for sd in (tolerance.sd, 0.5 * (tolerance.sd + tolerance.sd_wide), tolerance.sd_wide)]
    followed = [grid.follow(ordinary, days, job, lives) for grid in grids]
    worst = np.max([grid.judge(rows, slice(None), spread) for grid, rows in zip(grids, followed, strict=True)], axis=0)
    others = [
        grid.judge(rows, part, sd)
        for grid, rows in zip(grids, followed, strict=True)
        for part in (slice(None), *(slice(k, k + 1) for k in range(len(lives))))
        for sd in (1.0, spread, 2.5)
    ]
    none = np.max([grid.judge((rows[0], rows[2][None]), slice(None), spread) for grid, rows in zip(grids, followed, strict=True)], axis=0)
    plain, growing = _design(tolerance, items, days, max(lives))
    return Course(worst, np.min(others, axis=0), np.max(others, axis=0), none[0], plain, growing)


def worst_course(courses: Sequence[Course]) -> Course:
    """Courses of the same days in several models of the person: the largest of each number, the lowest of the bands."""
    joined = {f.name: np.max([getattr(each, f.name) for each in courses], axis=0) for f in fields(Course)}
    return Course(**joined | {"low": np.min([each.low for each in courses], axis=0)})


class _Grid:
    """Strengths of one spread with their weights."""

    def __init__(self, tolerance: Tolerance, sd: Array, items: Sequence[Evidence]) -> None:
        prior = np.sqrt(sd**2 + tolerance.error.shared**2)
        log_yield = np.log(tolerance.median) + prior * _Z[:, None]
        self.ultimate_N = np.exp(log_yield) / value("compression", "yield", "share")
        density = np.exp(-0.5 * _Z[:, None] ** 2)
        noticed = [item.q * ndtr((np.log(np.asarray(item.load, float)) - log_yield) / tolerance.error.task) for item in items]
        self.weights = [density, *(density * (1.0 - share) for share in noticed)]

    def follow(self, ordinary: Cycles, days: Sequence[Cycles], job: Cycles, lives: Sequence[float]) -> tuple[Array, Array, Array]:
        """Logarithm of damage at life 1: of ordinary days, largest by week (first axis), and of days with the job; (h, z, 6)."""
        cache: dict[tuple[bytes, ...], Array] = {}
        decay = np.exp2(-1.0 / np.asarray(lives))[:, None, None]
        usual, working = self._dose(ordinary, cache), self._dose([*ordinary, *job], cache)
        state = working / (1.0 - decay)
        most, weeks = state.copy(), []
        for number, cycles in enumerate(days, start=1):
            state = decay * state + self._dose(cycles, cache)
            np.maximum(most, state, out=most)
            if number % 7 == 0:
                weeks.append(np.log(most))
        # Ordinary days are a proof with the plain half-lives, whatever slows recovery.
        known = np.exp2(-1.0 / np.resize(half_lives_d(), len(lives)))[:, None, None]
        return np.log(usual / (1.0 - known)), np.array(weeks), np.log(working / (1.0 - decay))

    def judge(self, rows: Sequence[Array], part: slice, spread: float) -> Array:
        """P by week and level, over some of the half-lives: the least over items of evidence."""
        usual, weeks = rows[0][part], rows[1][:, part]
        threshold = np.log(value("plan", "damage", "threshold"))
        below = ndtr((usual - threshold) / spread)  # ordinary days alone are too much
        light = 1.0 - value("plan", "damage", "background_weight")
        over = ndtr((np.maximum(weeks, usual) - threshold) / spread) - light * below
        found = [(w * over).sum(axis=(1, 2)) / (w * (1.0 - light * below)).sum(axis=(0, 1)) for w in self.weights]
        return np.asarray(np.min(found, axis=0))

    def _dose(self, cycles: Cycles, cache: dict[tuple[bytes, ...], Array]) -> Array:
        key = tuple(peak.tobytes() + np.float64(count).tobytes() for peak, count in cycles)
        if key not in cache:
            rate = value("fatigue", "barrett_callaghan", "rate")
            steep = value("fatigue", "barrett_callaghan", "per_newton") * value("fatigue", "barrett_callaghan", "reference_strength")
            parts = [count * rate * np.exp(np.minimum(steep * peak / self.ultimate_N, 600.0)) for peak, count in cycles]
            cache[key] = np.sum(parts, axis=0) if parts else np.full_like(self.ultimate_N, 1e-300)
        return cache[key]


def _design(tolerance: Tolerance, items: Sequence[Evidence], days: Sequence[Cycles], life_d: float) -> tuple[Array, Array]:
    """Largest D of a person at the tenth percentile of strength, adding up and by the state-dependent law."""
    law = StateDependentDamage()
    ultimate = limit(tolerance, 0.10, items) / value("compression", "yield", "share")
    plain, growing = np.zeros(6), np.zeros(6)
    most_plain, most_growing = np.zeros(6), np.zeros(6)
    for cycles in days:
        plain, growing = recover(plain, 1.0, life_d), recover(growing, 1.0, life_d)
        for peak, count in cycles:
            share = np.minimum(peak / ultimate, 1.0)
            plain = plain + count * law.per_cycle(share)
            growing = law.after(growing, share, count)
        most_plain, most_growing = np.maximum(most_plain, plain), np.maximum(most_growing, growing)
    return most_plain, most_growing
