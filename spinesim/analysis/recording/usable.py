"""Which markers of a recording, and which stretch of it, can be used: people walk into what cameras see, and out of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from spinesim.analysis.recording.coordinates import known
from spinesim.analysis.recording.faults import Fault, runs
from spinesim.analysis.recording.filtering import LONGEST_GAP_S
from spinesim.analysis.recording.markers import FEWEST, SEGMENTS, landmarks, of_segment, on_a_line, pairs
from spinesim.analysis.recording.record import Array, Recording

SHORTEST_S: Final = 0.5  # as long as the reference: below, nothing is cut and the gaps are errors
NEARLY: Final = 0.9  # of the longest stretch: a marker is not left out for less


def needed(recording: Recording) -> Recording:
    """The channels that angles come from: coordinates of trunk and limbs, markers of pelvis and thorax.

    Raises
    ------
    ValueError
        If joint angles have no coordinate of the trunk, or a segment has fewer than three markers.
    """
    angles = {name: values for name, values in recording.angles_deg.items() if known(name)}
    if recording.angles_deg and not angles:
        some = ", ".join(list(recording.angles_deg)[:6])
        raise ValueError(f"{recording.origin}: none of its columns ({some}) is an angle of the trunk, such as lumbar_extension")
    markers = {}
    if recording.markers_m and not angles:
        used = [name for segment in SEGMENTS for name in landmarks(recording.markers_m, segment).values()]
        markers = {name: recording.markers_m[name] for name in used}
    return replace(recording, angles_deg=angles, markers_m=markers)


def usable(recording: Recording) -> tuple[Recording, list[Fault]]:
    """The longest stretch in which every channel is known but for gaps that can be filled, and what was left out for it.

    A marker is left out where that makes the stretch longer by a tenth or more and at least three others, not on a line, hold its
    segment. A stretch below half a second is none: the recording comes back as it is.
    """
    if not recording.channels():
        return recording, []
    there = {name: closed(np.isfinite(values).all(axis=1), recording.time_s) for name, values in recording.channels().items()}
    kept = _kept(recording, there) if recording.markers_m else list(there)
    stretch = _longest(there, kept)
    seconds = recording.time_s[stretch.stop - 1] - recording.time_s[stretch.start] if stretch.stop > stretch.start else 0.0
    if seconds < SHORTEST_S:
        return recording, []
    dropped = [name for name in there if name not in kept]
    told = [_left_out(recording, name, there[name]) for name in dropped]
    if stretch.stop - stretch.start < len(recording.time_s):
        told.append(_cut(recording, there, kept, stretch))
    return _without(recording, dropped).part(stretch), told


def closed(there: Any, time: Array) -> Any:
    """Where a channel (n,) is known or can be filled."""
    closed = there.copy()
    for start, stop in runs(~there):
        inside = start > 0 and stop < len(time) - 1
        closed[start : stop + 1] = inside and time[stop + 1] - time[start - 1] <= LONGEST_GAP_S
    return closed


def _kept(recording: Recording, there: Mapping[str, Any]) -> list[str]:
    """Channels to keep: all, or the most with which the stretch is nearly the longest that can be had."""
    kept = list(there)
    choices = [(kept, _longest(there, kept))]
    for name in sorted(there, key=lambda name: _length(_longest(there, [name]))):
        fewer = [other for other in kept if other != name]
        if fewer and _holds(recording, fewer, _longest(there, fewer)):
            kept = fewer
            choices.append((kept, _longest(there, kept)))
    longest = max(_length(stretch) for _, stretch in choices)
    return next(names for names, stretch in choices if _length(stretch) >= NEARLY * longest)


def _holds(recording: Recording, names: Sequence[str], stretch: slice) -> bool:
    """Whether markers tell the rotation of both segments and where the person faces."""
    markers = {name: recording.markers_m[name] for name in names if name in recording.markers_m}
    for segment in SEGMENTS:
        mine = list(of_segment(markers, segment).values())
        if len(mine) < FEWEST:
            return False
        points = np.stack([markers[name][stretch] for name in mine], axis=1)
        whole = points[np.isfinite(points).all(axis=(1, 2))]
        if len(whole) and on_a_line((whole - whole.mean(axis=1, keepdims=True))[len(whole) // 2]):
            return False
    return bool(pairs(markers))


def _longest(there: Mapping[str, Any], names: Iterable[str]) -> slice:
    """The longest run of frames in which all of some channels are known."""
    together = np.all([there[name] for name in names], axis=0)
    start, stop = max(runs(together), key=lambda run: run[1] - run[0], default=(0, -1))
    return slice(start, stop + 1)


def _length(stretch: slice) -> int:
    return int(stretch.stop - stretch.start)


def _without(recording: Recording, names: Sequence[str]) -> Recording:
    return replace(recording, markers_m={name: values for name, values in recording.markers_m.items() if name not in names})


def _left_out(recording: Recording, name: str, there: Any) -> Fault:
    time = recording.time_s
    missing = np.flatnonzero(~there)
    share = 100.0 * len(missing) / len(time)
    text = f"is not seen in {share:.0f} % of the frames and is left out; other markers hold its segment"
    return Fault("gap", name, float(time[missing[0]]), float(time[missing[-1]]), text)


def _cut(recording: Recording, there: Mapping[str, Any], kept: Sequence[str], stretch: slice) -> Fault:
    time = recording.time_s - recording.time_s[0]
    gone = [name for name in kept if not there[name].all()]
    names = ", ".join(gone[:4]) + (f" and {len(gone) - 4} more" if len(gone) > 4 else "")
    first, last = time[stretch.start], time[stretch.stop - 1]
    text = f"only {first:.2f} to {last:.2f} s of {time[-1]:.2f} s are used: elsewhere {names} {'is' if len(gone) == 1 else 'are'} not known"
    return Fault("gap", "recording", float(recording.time_s[stretch.start]), float(recording.time_s[stretch.stop - 1]), text)
