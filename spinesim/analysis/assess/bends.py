"""Forward bends in a recording: from upright down, and up again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from spinesim.analysis.recording import TrunkMotion
from spinesim.analysis.recording.record import Array

LEAST_DEG: Final = 20.0  # of inclination: below, nobody calls it a bend
UPRIGHT: Final = 0.05  # of the bend's depth: below, the trunk counts as upright


@dataclass(frozen=True, slots=True)
class Bend:
    """Frames of one bend: where it leaves upright, is deepest, and comes back; a recording may end on the way."""

    start: int
    deepest: int
    stop: int


def bends(motion: TrunkMotion) -> list[Bend]:
    """All forward bends of 20 degrees of trunk inclination or more, in order."""
    inclination = motion.inclination_deg
    found, here = [], 0
    while (bend := _next(inclination, here)) is not None:
        found.append(bend)
        here = bend.stop + 1
    return found


def _next(inclination: Array, first: int) -> Bend | None:
    """The first bend at or after a frame."""
    beyond = np.flatnonzero(inclination[first:] >= LEAST_DEG)
    if not len(beyond):
        return None
    over = first + int(beyond[0])
    ends = np.flatnonzero(inclination[over:] < LEAST_DEG * UPRIGHT)
    last = over + int(ends[0]) if len(ends) else len(inclination) - 1
    deepest = over + int(np.argmax(inclination[over : last + 1]))
    upright = UPRIGHT * inclination[deepest]
    before = np.flatnonzero(inclination[first:over] <= upright)
    start = first + int(before[-1]) if len(before) else first
    after = np.flatnonzero(inclination[deepest : last + 1] <= upright)
    return Bend(start, deepest, deepest + int(after[0]) if len(after) else last)
