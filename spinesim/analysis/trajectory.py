"""From keyframes and phases to postures over time, with their rates and accelerations.

Along the way, pieces of fifth degree join the keyframes; each phase goes it by the quintic that starts and ends without velocity and
acceleration (minimum jerk: Flash T, Hogan N (1985) J Neurosci 5:1688-1703). All angles then have two continuous derivatives in time,
none moves in a pause, and none leaves the range of the two keyframes that it is between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from spinesim.analysis.exercise import Exercise, Keyframe, Phase
from spinesim.model.cases import trunk_angles
from spinesim.model.posture import Posture
from spinesim.model.tables import Tables

if TYPE_CHECKING:
    from scipy.interpolate import BPoly

Array = NDArray[np.float64]

# What moves; the rest of a posture is the same in all keyframes.
NUMBERS: Final = (
    "pelvic_tilt_deg", "flexion_deg", "lateral_deg", "rotation_deg", "pelvic_lateral_deg", "pelvic_rotation_deg",
    "hip_flexion_deg", "knee_flexion_deg", "armrest_share",
)  # fmt: skip
PAIRS: Final = ("upper_arm_deg", "forearm_deg", "arm_abduction_deg", "hand_position_mm")
_FIXED: Final = ("gravity", "stance", "support", "tone")
THIGH, SHANK = 0.245, 0.246  # of stature (Winter 2009)
TILT, FLEXION = NUMBERS.index("pelvic_tilt_deg"), NUMBERS.index("flexion_deg")
HIP, KNEE = NUMBERS.index("hip_flexion_deg"), NUMBERS.index("knee_flexion_deg")


class Trajectory:
    """Postures of an exercise at any time of a repetition.

    Parameters
    ----------
    tables
        Of the model, for the rhythm of postures that are said by trunk inclination.
    exercise
        What is done; its keyframes must have ascending ``at``.

    Raises
    ------
    ValueError
        If only some keyframes have a hand position, or they differ in something that cannot change on the way.
    """

    def __init__(self, tables: Tables, exercise: Exercise) -> None:
        keyframes = exercise.keyframes
        self.phases = exercise.phases
        self.starts = np.concatenate([[0.0], np.cumsum([phase.seconds for phase in self.phases])])
        self.rest = _common(keyframes)
        self.reaching = keyframes[0].posture.hand_position_mm is not None
        values = np.array([_numbers(tables, key.posture) for key in keyframes])
        at = np.array([key.at for key in keyframes])
        if len(keyframes) == 1:
            at, values = np.array([0.0, 1.0]), np.repeat(values, 2, axis=0)
        self._way = _way(at, values, {phase.to for phase in self.phases if phase.to is not None})
        self._slope = self._way.derivative()
        self._curvature = self._slope.derivative()

    def phase(self, time: float) -> Phase:
        """The phase at ``time``; its first moment belongs to it, the last of the repetition to the last."""
        return self.phases[self._index(time)]

    def numbers(self, time: float) -> tuple[Array, Array, Array]:
        """Values of :data:`NUMBERS` and :data:`PAIRS` with their first and second derivative (per s, per s2)."""
        share, rate, acceleration = self._share(min(max(time, 0.0), float(self.starts[-1])))
        slope, curvature = self._slope(share), self._curvature(share)
        return self._way(share), slope * rate, curvature * rate**2 + slope * acceleration

    def posture(self, numbers: Array) -> Posture:
        """The posture that has these values, at rest."""
        given: dict[str, Any] = dict(zip(NUMBERS, numbers[: len(NUMBERS)].tolist(), strict=True))
        pairs = numbers[len(NUMBERS) :].reshape(-1, 2).tolist()
        given |= {name: tuple(pair) for name, pair in zip(PAIRS, pairs, strict=True)}
        if self.reaching:
            given |= {name: getattr(Posture(), name) for name in ("upper_arm_deg", "forearm_deg")}
        else:
            given["hand_position_mm"] = None
        return replace(self.rest, **given)

    def _index(self, time: float) -> int:
        return min(int(np.searchsorted(self.starts, time, side="right")) - 1, len(self.phases) - 1)

    def _share(self, time: float) -> tuple[float, float, float]:
        """Share of the way at ``time``, its rate and acceleration."""
        index = self._index(time)
        phase, begin = self.phases[index], _place_before(self.phases, index)
        if phase.to is None:
            return begin, 0.0, 0.0
        part, length = (time - self.starts[index]) / phase.seconds, phase.to - begin
        s = part**3 * (10.0 - 15.0 * part + 6.0 * part**2)
        rate = 30.0 * part**2 * (1.0 - part) ** 2 / phase.seconds
        acceleration = 60.0 * part * (1.0 - part) * (1.0 - 2.0 * part) / phase.seconds**2
        low, high = sorted((begin, phase.to))
        return min(max(begin + length * s, low), high), length * rate, length * acceleration


def hips(numbers: Array, stature: float) -> Array:
    """Where the hips are over the ankles (forward, up; m), from hip and knee angles."""
    thigh = np.radians(numbers[..., HIP] - numbers[..., TILT])
    shank = thigh - np.radians(numbers[..., KNEE])
    forward = -THIGH * np.sin(thigh) - SHANK * np.sin(shank)
    up = THIGH * np.cos(thigh) + SHANK * np.cos(shank)
    return stature * np.stack([forward, up], axis=-1)


def _way(at: Array, values: Array, stops: set[float]) -> BPoly:
    """Curve through ``values`` (keys, n) that rises or falls from key to key without overshoot.

    It is straight at a key, with the flatter of the slopes to its neighbours, or level where they differ in sign: two continuous
    derivatives. Where the body stops anyway each side has its own slope; a bend there is none in time.
    """
    # Here, because every config would wait for it.
    from scipy.interpolate import BPoly

    step = np.diff(at)[:, None]
    slope = np.diff(values, axis=0) / step
    before, after = slope[:-1], slope[1:]
    flatter = np.where(before * after > 0.0, np.sign(before) * np.minimum(np.abs(before), np.abs(after)), 0.0)
    passed = np.array([place not in stops for place in at[1:-1]], bool)[:, None]
    start = np.vstack([slope[:1], np.where(passed, flatter, after)])
    end = np.vstack([np.where(passed, flatter, before), slope[-1:]])
    first, last = values[:-1], values[1:]
    start, end = start * step / 5.0, end * step / 5.0
    return BPoly(np.array([first, first + start, first + 2.0 * start, last - 2.0 * end, last - end, last]), at)


def _place_before(phases: Sequence[Phase], index: int) -> float:
    """Share of the way at which a phase begins."""
    return next((phase.to for phase in phases[:index][::-1] if phase.to is not None), 0.0)


def _numbers(tables: Tables, posture: Posture) -> Array:
    tilt, flexion = trunk_angles(tables, posture)
    hip = tilt if posture.hip_flexion_deg is None else posture.hip_flexion_deg
    single = {name: getattr(posture, name) for name in NUMBERS} | {"pelvic_tilt_deg": tilt, "flexion_deg": flexion, "hip_flexion_deg": hip}
    pairs = [value for name in PAIRS for value in (getattr(posture, name) or (0.0, 0.0))]
    return np.array([*single.values(), *pairs], float)


def contradictions(keyframes: Sequence[Keyframe]) -> Iterator[tuple[int, str]]:
    """Keyframes, by number, and what of their posture cannot change on the way but differs from the first."""
    first = keyframes[0].posture
    for index, key in enumerate(keyframes):
        yield from ((index, name) for name in _FIXED if getattr(key.posture, name) != getattr(first, name))
        if (key.posture.hand_position_mm is None) != (first.hand_position_mm is None):
            yield index, "hand_position_mm"


def _common(keyframes: Sequence[Keyframe]) -> Posture:
    """What all keyframes share, as a posture with nothing else."""
    for index, name in contradictions(keyframes):
        raise ValueError(f"keyframe at {keyframes[index].at:g}: {name} cannot change on the way")
    return Posture(**{name: getattr(keyframes[0].posture, name) for name in _FIXED})
