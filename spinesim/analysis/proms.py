"""Questionnaires that patients answer: sum rules, and whether a change matters. None of their texts is here.

Scores rise with trouble, but for PSFS, which rises with function. An answer that is missing is ``None``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

import numpy as np

from spinesim.analysis.tolerance.data import value

Answers = Sequence[int | None]
Change = Literal["better", "same", "worse"]

RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "nprs": (0.0, 10.0), "odi": (0.0, 100.0), "rmdq": (0.0, 24.0), "psfs": (0.0, 10.0), "tsk11": (11.0, 44.0), "psqi": (0.0, 21.0),
}  # fmt: skip
PSQI_HOURS: Final = 24.0


def nprs(items: Answers) -> float:
    """Numeric pain rating, 0-10: one answer."""
    return float(_items("nprs", items, 1, 0, 10, least=1)[0])


def odi(items: Answers) -> float:
    """Oswestry Disability Index, 0-100: ten items of 0-5, twice the sum; items left out lower the largest sum (fairbank2000, recalled)."""
    answered = _items("odi", items, 10, 0, 5, least=8)
    return 100.0 * sum(answered) / (5.0 * len(answered))


def rmdq(items: Answers) -> float:
    """Roland-Morris questionnaire, 0-24: number of statements that hold; one left out counts as none."""
    return float(sum(_items("rmdq", items, 24, 0, 1, least=24)))


def psfs(items: Answers) -> float:
    """Patient-specific functional scale, 0-10: mean of three to five activities; 10 is as before (stratford1995)."""
    if not 3 <= len(items) <= 5:
        raise ValueError(f"psfs: {len(items)} activities; expected 3 to 5")
    return float(np.mean(_items("psfs", items, len(items), 0, 10, least=len(items))))


def tsk11(items: Answers) -> float:
    """Tampa scale of kinesiophobia in its short form, 11-44: eleven items of 1-4, none reversed (woby2005, recalled)."""
    return float(sum(_items("tsk11", items, 11, 1, 4, least=11)))


def psqi(items: Answers) -> float:
    """Pittsburgh sleep quality index from its seven components, 0-21 (buysse1989, recalled); :func:`psqi_components` makes them."""
    return float(sum(_items("psqi", items, 7, 0, 3, least=7)))


def psqi_components(
    *,
    quality: int,
    latency_min: float,
    latency_item: int,
    asleep_h: float,
    in_bed_h: float,
    disturbances: Sequence[int],
    medication: int,
    dysfunction: tuple[int, int],
) -> tuple[int, ...]:
    """The seven components of the PSQI, 0-3 each, from answers (buysse1989, recalled).

    Parameters
    ----------
    quality, latency_item, medication
        Answers of 0-3.
    latency_min
        Minutes until asleep.
    asleep_h, in_bed_h
        Hours a night.
    disturbances
        Nine answers of 0-3.
    dysfunction
        Two answers of 0-3: staying awake, enthusiasm.

    Raises
    ------
    ValueError
        If an answer is outside its scale, or more hours are slept than spent in bed.
    """
    singles = _items("psqi", [quality, latency_item, medication, *dysfunction], 5, 0, 3, least=5)
    nights = _items("psqi disturbances", list(disturbances), 9, 0, 3, least=9)
    for name, hours in (("asleep_h", asleep_h), ("in_bed_h", in_bed_h)):
        if not 0.0 < hours <= PSQI_HOURS:
            raise ValueError(f"psqi: {name} = {hours!r} is not a number of hours above 0 and up to 24")
    if asleep_h > in_bed_h:
        raise ValueError(f"psqi: asleep_h = {asleep_h:g} is more than in_bed_h = {in_bed_h:g}")
    if not latency_min >= 0.0:
        raise ValueError(f"psqi: latency_min = {latency_min!r} is not a number from 0 on")
    minutes = _step(latency_min, (15.0, 30.0, 60.0))
    latency = _step(minutes + singles[1], (0, 2, 4))
    duration = 3 - (asleep_h > 7.0) - (asleep_h >= 6.0) - (asleep_h >= 5.0)
    efficiency = 3 - sum(100.0 * asleep_h / in_bed_h >= percent for percent in (85.0, 75.0, 65.0))
    return (
        singles[0], latency, duration, efficiency, _step(sum(nights), (0, 9, 18)), singles[2], _step(sum(singles[3:]), (0, 2, 4)),
    )  # fmt: skip


SCORING: Final[Mapping[str, Callable[[Answers], float]]] = {
    "nprs": nprs, "odi": odi, "rmdq": rmdq, "psfs": psfs, "tsk11": tsk11, "psqi": psqi,
}  # fmt: skip


def check(name: str, given: float | None, key: str | None = None) -> None:
    """Refuse a score outside its scale; ``None`` is unknown.

    Raises
    ------
    ValueError
        Naming ``key``, or the questionnaire.
    """
    number: Any = given
    low, high = RANGES[name]
    if given is not None and (isinstance(number, bool) or not isinstance(number, (int, float)) or not low <= given <= high):
        raise ValueError(f"{key or name} = {given!r} is not a number from {low:g} to {high:g}")


def important_change(name: str, baseline: float) -> tuple[float, float]:
    """Change that counts as better, and one that counts as worse: the absolute minimal important change or 30 % of the baseline.

    Better takes the larger of both, worse the smaller, so that doubt holds back (ostelo2008 for NPRS, ODI and RMDQ).
    """
    absolute, relative = value("plan", "mic", name), value("plan", "mic", "relative") * baseline
    return max(absolute, relative), min(absolute, relative) if relative > 0.0 else absolute


def change(name: str, baseline: float, now: float) -> Change:
    """``better``, ``same`` or ``worse`` by the minimal important change."""
    check(name, baseline)
    check(name, now)
    gain = (now - baseline) if name == "psfs" else (baseline - now)
    better, worse = important_change(name, baseline)
    if gain >= better:
        return "better"
    return "worse" if gain < 0.0 and -gain >= worse else "same"


def _step(number: float, limits: Sequence[float]) -> int:
    """How many of the rising limits a number is above."""
    return sum(number > limit for limit in limits)


def _items(name: str, items: Answers, count: int, low: int, high: int, least: int) -> list[int]:
    """Answers without the missing ones.

    Raises
    ------
    ValueError
        If there are too few or too many, or one is off its scale.
    """
    if len(items) != count:
        raise ValueError(f"{name}: {len(items)} answers; expected {count}, None where one is missing")
    given: Sequence[Any] = items
    for number, item in enumerate(given, start=1):
        if item is None:
            continue
        number_of_scale = isinstance(item, int | np.integer) and (not isinstance(item, bool) or (low, high) == (0, 1))
        if not number_of_scale or not low <= item <= high:
            raise ValueError(f"{name}: answer {number} = {item!r} is not a whole number from {low} to {high}")
    answered = [int(item) for item in items if item is not None]
    if len(answered) < least:
        raise ValueError(f"{name}: {len(answered)} of {count} answered; expected {least} or more")
    return answered
