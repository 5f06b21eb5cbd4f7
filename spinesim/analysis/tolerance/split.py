"""Where an exceedance comes from: people who differ although the same is known of them, and what nobody knows.

x = ln(Y/B) = ln Y_med + p + c. p is what differs between people with the same known data; c is common to all of them: error of
the median, specimen and laboratory, unknown findings, and the load error that all tasks share. With them the chance of one
person in one state of knowledge is pi(p, c) = Phi((ln F - x)/s_e), and the exceedance of the rule is its mean under the weight
w(x) of the rule. Its variance is shared out between p and c by Shapley effects, which add up to 1 also under evidence, where
p and c are no longer independent (Owen and Prieur 2017, SIAM/ASA J Uncertain Quantif 5:986-1002):

    people = (Var E[pi|p] + Var pi - Var E[pi|c]) / (2 Var pi)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtr

from spinesim.analysis.tolerance.data import Array
from spinesim.analysis.tolerance.rule import Evidence, Tolerance, spreads

_Z: Final = np.linspace(-6.0, 6.0, 241)
_ENDS: Final = (0.05, 0.95)


@dataclass(frozen=True, slots=True)
class Split:
    """Parts of an exceedance.

    Attributes
    ----------
    exceedance
        Of the rule.
    people, knowledge
        Shares of the variance, together 1.
    low, high
        5th and 95th percentile, over what is not known, of the chance among people of whom the same is known.
    """

    exceedance: float
    people: float
    knowledge: float
    low: float
    high: float


def split(load: float, tolerance: Tolerance, place: int, items: Sequence[Evidence] = ()) -> Split | None:
    """Parts of the exceedance of one load at one place of a tolerance.

    Returns
    -------
    Split or None
        Without an answer if the tables do not say how much of the spread lies between people, or if there is nothing to split.
    """
    if tolerance.sd_people is None or not load > 0.0:
        return None
    people = float(tolerance.sd_people[place])
    proofs = [(1.0, 0.0), *((float(np.broadcast_to(item.load, tolerance.median.shape)[place]), item.q) for item in items)]
    found = []
    for total, rho in zip(*(grid[:, place] for grid in spreads(tolerance)), strict=True):
        # What is known as a share of the spread cannot be more than all of it.
        own = min(people, float(np.sqrt(rho) * total))
        common = float(np.sqrt(max(rho * total**2 - own**2, 0.0)))
        centre, task = float(np.log(tolerance.median[place])), tolerance.error.task
        x = centre + own * _Z[:, None] + common * _Z
        each = [_parts(np.log(load), x, task, np.log(max(proof, 1e-9)), q) for proof, q in proofs]
        # As the rule: the item that tells most, and the worst of all spreads.
        found.append(min(each, key=lambda part: part.exceedance))
    return max(found, key=lambda part: part.exceedance)


def _parts(log_load: float, x: Array, task: float, log_proof: float, q: float) -> Split:
    """Parts of one item and spread over the grid of strengths (people, knowledge)."""
    density = np.exp(-0.5 * _Z**2)
    weight = density[:, None] * density * (1.0 - q * ndtr((log_proof - x) / task))
    weight /= weight.sum()
    chance = ndtr((log_load - x) / task)
    mean = float((weight * chance).sum())
    variance = float((weight * (chance - mean) ** 2).sum())
    by_people, by_knowledge = (_between(weight, chance, mean, axis) for axis in (1, 0))
    share = 0.5 * (by_people + variance - by_knowledge) / max(variance, np.finfo(float).tiny)
    common = weight.sum(axis=0)
    # Falls with what is common to all, so that its percentiles are those of the weight from the other end.
    falling = (weight * chance).sum(axis=0) / np.maximum(common, np.finfo(float).tiny)
    low, high = np.interp(_ENDS, np.cumsum(common[::-1]) - 0.5 * common[::-1], falling[::-1])
    return Split(mean, share, 1.0 - share, float(low), float(high))


def _between(weight: Array, chance: Array, mean: float, axis: int) -> float:
    """Variance of the mean over one axis."""
    whole = weight.sum(axis=axis)
    means = (weight * chance).sum(axis=axis) / np.maximum(whole, np.finfo(float).tiny)
    return float((whole * (means - mean) ** 2).sum())
