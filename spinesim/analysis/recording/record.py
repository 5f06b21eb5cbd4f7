"""What a recording holds, before anything is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
FEWEST_FRAMES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Channels over time, as a file gave them; NaN where it has a gap.

    Attributes
    ----------
    origin
        Name of the file.
    time_s
        Of the frames (n,), rising.
    angles_deg
        Joint angles (n,) by the file's names.
    markers_m
        Marker positions (n, 3) by name, in a frame with y up.
    orientations
        Rotation matrices (n, 3, 3) from sensor to a world with y up, by segment: ``pelvis``, ``thorax``.
    pelvis_m
        Position of the origin of a model's pelvis (n, 3) with y up, where joint angles come with it; ``None`` where not.
    notes
        What the reader did beside reading, in words.

    Raises
    ------
    ValueError
        If time does not rise, frames are too few, or a channel has another length than time.
    """

    origin: str
    time_s: Array
    angles_deg: Mapping[str, Array] = field(default_factory=dict)
    markers_m: Mapping[str, Array] = field(default_factory=dict)
    orientations: Mapping[str, Array] = field(default_factory=dict)
    pelvis_m: Array | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        count = len(self.time_s)
        if count < FEWEST_FRAMES:
            raise ValueError(f"{self.origin}: {count} frames; expected {FEWEST_FRAMES} or more")
        if not np.isfinite(self.time_s).all():
            raise ValueError(f"{self.origin}: time of frame {_first(~np.isfinite(self.time_s))} is no number")
        if (fall := np.diff(self.time_s) <= 0.0).any():
            frame = _first(fall) + 1
            raise ValueError(f"{self.origin}: time of frame {frame} is {self.time_s[frame]:g} s, not after that of the frame before")
        for name, channel in self.channels().items():
            if len(channel) != count:
                raise ValueError(f"{self.origin}: {name} has {len(channel)} frames; expected {count}, as time has")

    def channels(self) -> dict[str, Array]:
        """Every channel by name, flattened to (n, k)."""
        parts = {**self.angles_deg, **self.markers_m, **self.orientations}
        if self.pelvis_m is not None:
            parts["pelvis origin"] = self.pelvis_m
        return {name: np.asarray(values).reshape(len(values), -1) for name, values in parts.items()}

    @property
    def rate_Hz(self) -> float:
        """Frames a second: steps over the whole time, where a dropped frame is a step more; times are often rounded to milliseconds."""
        steps = np.diff(self.time_s)
        count = np.maximum(np.round(steps / np.median(steps)), 1.0).sum()
        return float(count / (self.time_s[-1] - self.time_s[0]))

    def part(self, frames: slice) -> Recording:
        """The recording between two frames."""

        def cut(channels: Mapping[str, Array]) -> dict[str, Array]:
            return {name: values[frames] for name, values in channels.items()}

        pelvis = None if self.pelvis_m is None else self.pelvis_m[frames]
        angles, markers, orientations = map(cut, (self.angles_deg, self.markers_m, self.orientations))
        return replace(self, time_s=self.time_s[frames], angles_deg=angles, markers_m=markers, orientations=orientations, pelvis_m=pelvis)


def _first(flags: Any) -> int:
    return int(np.argmax(flags))
