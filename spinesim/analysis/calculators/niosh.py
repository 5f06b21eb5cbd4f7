"""The revised NIOSH lifting equation with its multipliers, and the composite lifting index (waters1994).

RWL = LC HM VM DM AM FM CM, LI = load/RWL; FIRWL and FILI leave out FM; CLI adds, in order of falling STLI,
FILI_i (1/FM(F_1 + .. + F_i) - 1/FM(F_1 + .. + F_{i-1})).

Metric and US units are two sets of constants that the manual gives side by side and that differ by up to 2 %; a task
says in which it is measured. Rules of the method, not corrections: H and D below their minimum count as the minimum, F
below 0.2 as 0.2; beyond the maximum of H, V, D, A or F the RWL is 0 and the index infinite. FM is linear between
rows; between a row and one that is 0 it is 0.

Not for: one hand, more than 8 h, seated or kneeling, confined space, unstable loads, carrying, pushing or pulling,
wheelbarrows and shovels, fast lifts (above 0.75 m/s), slippery floors, heat or cold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final, Literal

import numpy as np

from spinesim.analysis.tolerance.data import known, value, within

DURATIONS: Final = ("short", "moderate", "long")
COUPLINGS: Final = ("good", "fair", "poor")
UNITS: Final = ("metric", "us")
FREQUENCIES: Final = (0.2, 0.5, *map(float, range(1, 16)))


@dataclass(frozen=True, slots=True)
class Lift:
    """One lifting task at the end that is judged; lengths in cm and loads in kg, or inches and pounds with ``us``.

    Parameters
    ----------
    load, horizontal, vertical, travel, asymmetry_deg, lifts_per_min
        L, H, V, D, A, F of the manual. For a destination that needs control, assess a second lift with its H, V and A
        and ``origin_vertical``, and take the lower RWL.
    duration
        ``short`` (to 1 h), ``moderate`` (to 2 h) or ``long`` (to 8 h), with the manual's recovery times.
    coupling
        ``good``, ``fair`` or ``poor``.
    origin_vertical
        V at the origin, which FM goes by; ``vertical`` if it is not given.
    max_load
        Largest load, for FILI; ``load`` (the average) if it is not given.
    """

    load: float
    horizontal: float
    vertical: float
    travel: float
    asymmetry_deg: float = 0.0
    lifts_per_min: float = 0.2
    duration: Literal["short", "moderate", "long"] = "short"
    coupling: Literal["good", "fair", "poor"] = "good"
    units: Literal["metric", "us"] = "metric"
    origin_vertical: float | None = None
    max_load: float | None = None

    def __post_init__(self) -> None:
        ranges = {"origin_vertical": "vertical", "max_load": "load"}
        for item in fields(self):
            given = getattr(self, item.name)
            if item.type in ("float", "float | None") and given is not None:
                within(f"niosh.{ranges.get(item.name, item.name)}", given, item.name)
        known("duration", self.duration, DURATIONS)
        known("coupling", self.coupling, COUPLINGS)
        known("units", self.units, UNITS)


@dataclass(frozen=True, slots=True)
class Multipliers:
    """The six multipliers of a lift, none with a unit."""

    HM: float
    VM: float
    DM: float
    AM: float
    FM: float
    CM: float


@dataclass(frozen=True, slots=True)
class LiftAnswer:
    """Limits in the unit of the load, and indices, of one lift; ``single`` is with the task's own frequency."""

    multipliers: Multipliers
    firwl: float
    rwl: float
    fili: float
    lifting_index: float


@dataclass(frozen=True, slots=True)
class JobAnswer:
    """Composite index of a job; ``order`` has the tasks by falling single-task index."""

    tasks: tuple[LiftAnswer, ...]
    order: tuple[int, ...]
    composite_index: float


def multipliers(lift: Lift) -> Multipliers:
    """The multipliers of a lift at the end that it describes."""
    c = {
        key: value("niosh", lift.units, key)
        for key in ("h_min", "h_max", "v_best", "v_slope", "v_max", "d_offset", "d_slope", "d_min", "d_max")
    }
    reach, travel = max(lift.horizontal, c["h_min"]), max(lift.travel, c["d_min"])
    steep = value("niosh", "asymmetry", "slope")
    return Multipliers(
        HM=c["h_min"] / reach if reach <= c["h_max"] else 0.0,
        VM=1.0 - c["v_slope"] * abs(lift.vertical - c["v_best"]) if lift.vertical <= c["v_max"] else 0.0,
        DM=c["d_offset"] + c["d_slope"] / travel if travel <= c["d_max"] else 0.0,
        AM=1.0 - steep * lift.asymmetry_deg if lift.asymmetry_deg <= value("niosh", "asymmetry", "max") else 0.0,
        FM=frequency_multiplier(lift.lifts_per_min, lift.duration, low=_is_low(lift)),
        CM=value("niosh", f"coupling_{lift.coupling}", "low" if lift.vertical < c["v_best"] else "high"),
    )


def frequency_multiplier(lifts_per_min: float, duration: str, *, low: bool) -> float:
    """FM of table 5 of the manual; ``low`` is an origin below 75 cm (30 in)."""
    known("duration", duration, DURATIONS)
    rate = max(float(within("niosh.lifts_per_min", lifts_per_min, "lifts_per_min")), FREQUENCIES[0])
    column = [value("niosh", f"{duration}_{'low' if low else 'high'}", f"{f:g}") for f in FREQUENCIES]
    last = max(f for f, m in zip(FREQUENCIES, column, strict=True) if m > 0.0)
    return float(np.interp(rate, FREQUENCIES, column)) if rate <= last else 0.0


def assess(lift: Lift) -> LiftAnswer:
    """Recommended weight limit and lifting index of a single task."""
    m = multipliers(lift)
    firwl = value("niosh", lift.units, "load") * m.HM * m.VM * m.DM * m.AM * m.CM
    rwl = firwl * m.FM
    most = lift.load if lift.max_load is None else lift.max_load
    return LiftAnswer(m, firwl, rwl, _index(most, firwl), _index(lift.load, rwl))


def assess_job(lifts: Sequence[Lift]) -> JobAnswer:
    """Composite lifting index of a job of several tasks.

    Raises
    ------
    ValueError
        If there is no task, or tasks differ in duration or units.
    """
    if not lifts:
        raise ValueError("lifts: none given; expected at least one")
    for name in ("duration", "units"):
        if len({getattr(lift, name) for lift in lifts}) > 1:
            raise ValueError(f"lifts: {name} differs between tasks; expected one for the whole job")
    answers = tuple(assess(lift) for lift in lifts)
    low = any(_is_low(lift) for lift in lifts)
    order, total = composite_index(
        [a.lifting_index for a in answers], [a.fili for a in answers], [lift.lifts_per_min for lift in lifts], lifts[0].duration, low=low
    )
    return JobAnswer(answers, order, total)


def composite_index(
    single: Sequence[float], independent: Sequence[float], lifts_per_min: Sequence[float], duration: str, *, low: bool
) -> tuple[tuple[int, ...], float]:
    """Order of the tasks and CLI from single-task indices, frequency-independent ones and frequencies.

    Where tasks start on both sides of 75 cm, ``low`` (the smaller FM) holds for all sums: the manual does not say.
    Equal indices are ordered by falling frequency.
    """
    order = tuple(sorted(range(len(single)), key=lambda i: (-single[i], -lifts_per_min[i])))
    total, frequency = single[order[0]], lifts_per_min[order[0]]
    for i in order[1:]:
        before = frequency_multiplier(frequency, duration, low=low)
        frequency += lifts_per_min[i]
        after = frequency_multiplier(frequency, duration, low=low)
        total += independent[i] * (1.0 / after - 1.0 / before) if after > 0.0 else float("inf")
    return order, total


def _is_low(lift: Lift) -> bool:
    height = lift.vertical if lift.origin_vertical is None else lift.origin_vertical
    return height < value("niosh", lift.units, "v_best")


def _index(load: float, weight_limit: float) -> float:
    if weight_limit > 0.0:
        return load / weight_limit
    return float("inf") if load > 0.0 else 0.0
