"""LiFFT, the Lifting Fatigue Failure Tool: damage of a workday's lifts from the moment of the hand load.

DPC = exp(0.038 M + 0.32)/902416 with M = load x lever in N m; CD = sum n DPC; Y = 1.7229 + 1.0239 log10 CD;
P = 1/(1 + exp(-Y)) is the probability that the *job* is one of high risk (gallagher2017, tool v1.4; zelik2022).
It holds for the load's moment only: fed with the compression of a spine model it would fail every walker in a week.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesim.analysis.tolerance.data import Array, value, within


@dataclass(frozen=True, slots=True)
class Task:
    """Lifts of one kind: load in the hands, horizontal distance to the low back, repetitions of a workday."""

    load_kg: float
    lever_m: float
    repetitions: float


@dataclass(frozen=True, slots=True)
class LifftResult:
    """Answer of LiFFT.

    Attributes
    ----------
    moment_Nm, damage_per_lift, share
        By task: peak load moment, damage of one lift, share of the day's damage.
    cumulative_damage
        Of the workday; 0 without lifts.
    probability
        That the job is of high risk (12 or more low back disorders in 200,000 h); not a person's risk.
    band
        ``low`` below 25 %, ``moderate`` to 50 %, ``high`` above.
    caution
        Whether a moment exceeds 100 N m, beyond which the authors advise caution.
    """

    moment_Nm: Array
    damage_per_lift: Array
    share: Array
    cumulative_damage: float
    probability: float
    band: str
    caution: bool


def damage_per_lift(moment_Nm: ArrayLike) -> Array:
    """Damage of one lift from the moment of the hand load, N m, up to 271 (200 ft-lb)."""
    moment = within("lifft.moment_Nm", moment_Nm, "moment_Nm")
    scaled = np.exp(value("lifft", "damage", "slope") * moment + value("lifft", "damage", "offset"))
    return np.asarray(scaled / value("lifft", "damage", "cycles"))


def probability(cumulative_damage: ArrayLike) -> Array:
    """Probability that a job of this daily damage is of high risk."""
    with np.errstate(divide="ignore"):
        y = value("lifft", "risk", "intercept") + value("lifft", "risk", "slope") * np.log10(np.asarray(cumulative_damage, float))
    return np.asarray(1.0 / (1.0 + np.exp(-y)))


def lifft(tasks: Sequence[Task]) -> LifftResult:
    """Assess a workday.

    Raises
    ------
    ValueError
        If there is no task, or load, lever, moment or repetitions are outside their ranges.
    """
    if not tasks:
        raise ValueError("tasks: none given; expected at least one")
    load, lever, count = (
        np.array([float(within(f"lifft.{name}", getattr(task, name), f"tasks[{i}].{name}")) for i, task in enumerate(tasks)])
        for name in ("load_kg", "lever_m", "repetitions")
    )
    moment = value("lifft", "constant", "gravity") * load * lever
    each = damage_per_lift(moment)
    total = float(count @ each)
    chance = float(probability(total))
    band = (
        "low"
        if chance < value("lifft", "risk", "moderate_from")
        else "high"
        if chance > value("lifft", "risk", "high_above")
        else "moderate"
    )
    share = count * each / total if total > 0.0 else np.zeros_like(each)
    return LifftResult(moment, each, share, total, chance, band, bool(moment.max() > value("lifft", "caution", "moment")))
