"""How a model agrees with published figures (Bland and Altman 1986), group by group."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from spinesim.analysis.published import Result
from spinesim.analysis.validation import Array

# Group, what it is, and the unit its absolute differences have (none: units differ inside it).
GROUPS: Final[dict[str, tuple[str, str]]] = {
    "in_vivo_pressure": ("Living: disc pressure", "MPa"),
    "in_vivo_ratio": ("Living: ratios of postures", "ratio"),
    "in_vivo_force": ("Living: forces", "N"),
    "specimen_rotation": ("Specimens: rotations", "deg"),
    "specimen_force": ("Specimens: facets, ligaments", "N"),
    "specimen_share": ("Specimens: shares of load", "%"),
    "specimen_stiffness": ("Specimens: stiffness", "N/mm"),
    "specimen_change": ("Specimens: effect of a change", "ratio"),
    "model_to_model": ("Other models (no measurement)", ""),
}
LIMITS: Final = 1.96  # standard deviations


@dataclass(frozen=True, slots=True)
class Agreement:
    """Bias, limits of agreement, correlation and share under-predicted of ``count`` pairs; NaN where there are too few.

    ``mean_absolute`` is the mean absolute difference.
    """

    count: int
    bias: float
    lower: float
    upper: float
    correlation: float
    under: float
    mean_absolute: float


@dataclass(frozen=True, slots=True)
class Tally:
    """Hits of a group, in cases and in figures, and its agreement in its unit and relative to the published (%)."""

    title: str
    unit: str
    cases: int
    cases_hit: int
    figures: int
    figures_hit: int
    unanswered: int
    absolute: Agreement
    relative: Agreement


def agreement(model: Sequence[float], published: Sequence[float]) -> Agreement:
    """Agreement of pairs, model minus published."""
    ours, theirs = np.asarray(model, float), np.asarray(published, float)
    gap = ours - theirs
    if not len(gap):
        return Agreement(0, *(math.nan,) * 6)
    bias = float(gap.mean())
    spread = LIMITS * float(gap.std(ddof=1)) if len(gap) > 1 else math.nan
    under = float(np.count_nonzero(gap < 0.0)) / len(gap)
    return Agreement(len(gap), bias, bias - spread, bias + spread, _correlation(ours, theirs), under, float(np.abs(gap).mean()))


def relative_agreement(model: Sequence[float], published: Sequence[float]) -> Agreement:
    """Agreement of differences in percent of the published figure; figures of zero have none and are left out.

    The correlation is that of the logarithms, over pairs above zero, as units may differ.
    """
    ours, theirs = np.asarray(model, float), np.asarray(published, float)
    percent = 100.0 * (ours - theirs)[theirs != 0.0] / np.abs(theirs[theirs != 0.0])
    found = agreement(list(percent), [0.0] * len(percent))
    above = (ours > 0.0) & (theirs > 0.0)
    return replace(found, correlation=_correlation(np.log(ours[above]), np.log(theirs[above])))


def pairs(results: Iterable[Result]) -> list[tuple[float, float, str]]:
    """Model, published value and case of every judged and answered point that has a value."""
    answers = ((answer, result.case.id) for result in results for answer in result.answers if answer.point.judged)
    return [(a.value, a.point.value, name) for a, name in answers if a.value is not None and a.point.value is not None]


def tally(results: Sequence[Result], title: str, unit: str = "") -> Tally:
    """Count hits and compare figures of some results; ``unit`` is empty where units differ."""
    judged = [a for r in results for a in r.answers if a.point.judged]
    found = pairs(results)
    ours, theirs = [m for m, _, _ in found], [p for _, p, _ in found]
    return Tally(
        title=title,
        unit=unit,
        cases=len(results),
        cases_hit=sum(r.verdict == "hit" for r in results),
        figures=len(judged),
        figures_hit=sum(a.verdict == "hit" for a in judged),
        unanswered=sum(a.value is None for r in results for a in r.answers),
        absolute=agreement(ours, theirs) if unit else agreement([], []),
        relative=relative_agreement(ours, theirs),
    )


def by_group(results: Sequence[Result]) -> dict[str, Tally]:
    """Tallies of the groups that have cases; cases used for calibration count in none of them."""
    found = {}
    for group, (title, unit) in GROUPS.items():
        if members := [r for r in results if r.case.group == group and not r.case.calibrates]:
            found[group] = tally(members, title, unit)
    return found


def overall(results: Sequence[Result]) -> Tally:
    """The validation as a whole, in relative differences.

    Left out are cases used for calibration, other models, and figures that repeat a measurement counted already.
    """
    return tally([r for r in results if r.case.counts and not r.case.repeats], "All measurements")


def calibration(results: Sequence[Result]) -> Tally:
    """The cases that parameters were set on."""
    return tally([r for r in results if r.case.calibrates], "Used for calibration")


def _correlation(ours: Array, theirs: Array) -> float:
    if len(ours) < 3 or not ours.std() or not theirs.std():
        return math.nan
    return float(np.corrcoef(ours, theirs)[0, 1])
