"""What is wrong with a recording: found and said, never silently repaired.

A fault that keeps the recording from being used is an ``error``; one that was mended, or may be as it is, a ``warning``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from spinesim.analysis.recording.filtering import LONGEST_GAP_S
from spinesim.analysis.recording.record import Array, Recording

Kind = Literal["gap", "dropped", "constant", "units", "sides"]

LATE = 1.5  # steps of time: a frame is missing
DEGREES = 180.0 / np.pi
RADIANS_AT_MOST = 3.5  # no joint turns further
DEGREES_AT_LEAST = 5.0  # a trunk that is moved turns at least so far
STEPS_OF_UNITS = (DEGREES, 1.0 / DEGREES, 1000.0, 1.0 / 1000.0, 100.0, 1.0 / 100.0)
NEAR_FACTOR = 0.25  # of its logarithm to the base e
OPPOSITE = -0.3  # cosine between the lines from left to right of two landmarks


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: what kind, in which channel, when, in words; an error makes the recording unusable."""

    kind: Kind
    channel: str
    from_s: float
    to_s: float
    text: str
    error: bool = False

    def __str__(self) -> str:
        return f"{self.channel}: {self.text} ({self.from_s:.2f} to {self.to_s:.2f} s)"


def check(recording: Recording) -> list[Fault]:
    """All faults of a recording, in order of time.

    Gaps up to 0.2 s are warnings, for they are filled by splines; longer ones are errors. Constant channels, dropped frames
    and sides that change places for some frames are warnings. Units that slip are errors.
    """
    found = [*_dropped(recording), *_gaps(recording), *_constant(recording), *_units(recording), *_sides(recording)]
    return sorted(found, key=lambda fault: (fault.from_s, fault.channel))


def runs(flags: Any) -> Iterator[tuple[int, int]]:
    """First and last index of every run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    yield from ((int(start), int(stop) - 1) for start, stop in zip(edges[::2], edges[1::2], strict=True))


def _dropped(recording: Recording) -> Iterator[Fault]:
    time, step = recording.time_s, 1.0 / recording.rate_Hz
    late = np.diff(time) > LATE * step
    if late.any():
        missing = int(np.round(np.diff(time)[late] / step - 1.0).sum())
        places = np.flatnonzero(late)
        longest = float(np.diff(time)[late].max())
        text = f"{missing} frames are missing at {len(places)} places, at most {longest:.2f} s at once"
        yield Fault("dropped", "time", float(time[places[0]]), float(time[places[-1] + 1]), text, longest > LONGEST_GAP_S + LATE * step)


def _gaps(recording: Recording) -> Iterator[Fault]:
    time = recording.time_s
    for name, values in recording.channels().items():
        empty = np.isnan(values).any(axis=1)
        for start, stop in runs(empty):
            before, after = time[max(start - 1, 0)], time[min(stop + 1, len(time) - 1)]
            end, long = start == 0 or stop == len(time) - 1, after - before > LONGEST_GAP_S
            inside = "is longer than can be filled" if long else "is filled by a spline"
            what = "is at an end, where nothing can be filled" if end else inside
            yield Fault("gap", name, float(time[start]), float(time[stop]), f"a gap of {stop - start + 1} frames {what}", bool(end or long))


def _constant(recording: Recording) -> Iterator[Fault]:
    time = recording.time_s
    for name, values in recording.channels().items():
        known = values[np.isfinite(values).all(axis=1)]
        if len(known) > 1 and (np.ptp(known, axis=0) == 0.0).all():
            # A coordinate that a model locks is written as zeros; a sensor that hangs repeats some other number.
            stuck = bool((known[0] != 0.0).any())
            text = "does not change at all; a sensor that hangs looks so" if stuck else "is zero throughout"
            yield Fault("constant", name, float(time[0]), float(time[-1]), text)


def _units(recording: Recording) -> Iterator[Fault]:
    time = recording.time_s
    for name, values in (*recording.angles_deg.items(), *recording.markers_m.items()):
        size = np.linalg.norm(np.asarray(values).reshape(len(time), -1), axis=1)
        for frame, factor in _jumps(size):
            text = f"is {factor:.3g} times as large from here on: its unit slips"
            yield Fault("units", name, float(time[frame]), float(time[-1]), text, True)
    moving = {name: np.nanmax(np.abs(v)) for name, v in recording.angles_deg.items() if np.isfinite(v).any()}
    largest = max(moving.values(), default=0.0)
    if 0.0 < largest < min(RADIANS_AT_MOST, DEGREES_AT_LEAST):
        text = f"no angle is beyond {largest:.2f} degrees: these look like radians"
        yield Fault("units", "angles", float(time[0]), float(time[-1]), text, True)
    if largest > 360.0 * 2:
        yield Fault("units", "angles", float(time[0]), float(time[-1]), f"an angle of {largest:.4g} degrees cannot be", True)


def _jumps(size: Array) -> Iterator[tuple[int, float]]:
    """Frames at which a positive series jumps by one of the factors between units, and stays there."""
    known = np.flatnonzero(np.isfinite(size) & (size > 0.0))
    if len(known) < 8:
        return
    level = np.log(size[known])
    for place in np.flatnonzero(np.abs(np.diff(level)) > 2.0):
        before, after = np.median(level[max(place - 7, 0) : place + 1]), np.median(level[place + 1 : place + 9])
        for factor in STEPS_OF_UNITS:
            if abs((after - before) - np.log(factor)) < NEAR_FACTOR:
                yield int(known[place + 1]), factor
                break


def _sides(recording: Recording) -> Iterator[Fault]:
    """Left and right of a pair against the other pairs: for all frames, or for some."""
    from spinesim.analysis.recording.markers import pairs

    across = {name: right - left for name, (left, right) in pairs(recording.markers_m).items()}
    if len(across) < 2:
        return
    time = recording.time_s
    unit = {name: v / np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-9) for name, v in across.items()}
    for name, mine in unit.items():
        # Two pairs that disagree are both named: which of them is swapped cannot be told.
        against = [(mine * other).sum(axis=1) < OPPOSITE for key, other in unit.items() if key != name]
        for start, stop in runs(np.all(against, axis=0)):
            whole = stop - start + 1 == len(time)
            text = "left and right are swapped" + (" throughout" if whole else f" for {stop - start + 1} frames")
            yield Fault("sides", name, float(time[start]), float(time[stop]), text, True)
