"""A repetition of an exercise as frames, and what every frame loads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from spinesim.analysis.exercise import Exercise, Lean, Place
from spinesim.analysis.some import solve_some
from spinesim.analysis.trajectory import FLEXION, TILT, Trajectory, hips
from spinesim.model import cases as packing
from spinesim.model import ranges
from spinesim.model.anatomy import SpineModel
from spinesim.model.layout import GRAVITY, stack
from spinesim.model.load import Load
from spinesim.model.names import CONVERGED, INVALID_INPUT, LEVELS, NOT_CONVERGED, SIDES, STATUSES
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.solver.api import Progress, solve_path
from spinesim.solver.balance import set_up
from spinesim.solver.solution import Solution
from spinesim.solver.workspace import allocate

Array = NDArray[np.float64]

FACETS: Final = tuple(f"facet_{side}_N" for side in SIDES)
LONGEST_STEP_S: Final = 0.1
FEWEST_STEPS: Final = 16  # of a phase that moves
CYCLE: Final = 0.1  # of the highest load: smaller ups and downs are no loading cycle
_DELTA: Final = 1e-4  # of a repetition: step of the finite differences of positions


@dataclass(frozen=True, slots=True)
class Movement:
    """One repetition, ready to be solved.

    Attributes
    ----------
    name, reps
        Of the exercise.
    load_kg
        Mass of the load.
    time_s
        Of the frames, (n,), from 0 to the end of the repetition; frames are closer where the body moves.
    phase
        Name of the phase of every frame.
    postures, loads
        Of every frame, with rates, accelerations and the inertia of the load.
    place
        Of the load: ``both`` hands, ``left``, ``right``, ``back`` or ``none``.
    load_acceleration_m_s2
        Of a load in the hands against the shoulders (n, 3).
    """

    name: str
    reps: int
    load_kg: float
    time_s: Array
    phase: tuple[str, ...]
    postures: tuple[Posture, ...]
    loads: tuple[Load, ...]
    place: Place
    load_acceleration_m_s2: Array

    def __len__(self) -> int:
        """Number of frames."""
        return len(self.postures)

    @property
    def seconds(self) -> float:
        """Duration of the repetition."""
        return float(self.time_s[-1])

    def where(self, frame: int) -> str:
        """Time and phase of a frame, for a reader."""
        return f"{self.time_s[frame]:.2f} s ({self.phase[frame]})"

    def with_load(self, load_kg: float) -> Movement:
        """The same movement with another load; nothing else is computed again.

        Raises
        ------
        ValueError
            If the exercise has no place for a load.
        """
        if load_kg and self.place == "none":
            raise ValueError(f"load.mass_kg = {load_kg:g}: the exercise {self.name} has no place for a load")
        if self.place == "none":
            return self
        loads = tuple(_load(self.place, load_kg, relative) for relative in self.load_acceleration_m_s2)
        return replace(self, load_kg=load_kg, loads=loads)


@dataclass(frozen=True, slots=True)
class Peak:
    """Largest size of a load over a repetition, with its sign, and where it comes."""

    value: float
    level: str
    time_s: float
    phase: str


@dataclass(frozen=True, slots=True)
class MovementLoads:
    """What a movement loads; ``solution`` has one row a frame.

    A frame without an answer is a gap: peaks are then those of the others and lower bounds, and there is no impulse. ``beyond`` tells
    which quantities leave their ranges.
    """

    movement: Movement
    solution: Solution
    beyond: tuple[Beyond, ...] = ()

    @property
    def gaps(self) -> list[int]:
        """Frames without an answer."""
        return np.flatnonzero(np.isin(self.solution.status, (NOT_CONVERGED, INVALID_INPUT))).tolist()

    @property
    def complete(self) -> bool:
        """Whether every frame has an answer."""
        return not self.gaps

    @property
    def status_name(self) -> str:
        """The worst status of all frames."""
        return STATUSES[int(self.solution.status.max())]

    @property
    def validated(self) -> bool:
        """Whether every frame lies inside the validated ranges."""
        return bool(self.solution.validated.all())

    def series(self, name: str) -> Array:
        """A variable with one value a level over the frames (n, 6); also ``facet_left_N`` and ``facet_right_N``."""
        if name in FACETS:
            return np.asarray(self.solution.facet_force_N[..., FACETS.index(name)])
        return np.asarray(getattr(self.solution, name))

    def peaks(self, name: str) -> list[Peak]:
        """The peak of a variable of :meth:`series` at every level, cranial to caudal; NaN where no frame has an answer."""
        values = self.series(name)
        frames = np.nan_to_num(np.abs(values), nan=-1.0).argmax(axis=0)
        times, phases = self.movement.time_s, self.movement.phase
        return [
            Peak(float(values[frame, level]), LEVELS[level], float(times[frame]), phases[frame])
            for level, frame in enumerate(frames.tolist())
        ]

    def impulse_Ns(self, name: str = "compression_N") -> Array:
        """Integral of a force over the repetition per level (6,); NaN if there is a gap."""
        return np.asarray(np.trapezoid(self.series(name), self.movement.time_s, axis=0))

    def cycles(self, name: str = "compression_N") -> list[int | None]:
        """Loading cycles of a repetition per level; ``None`` if there is a gap."""
        return [loading_cycles(column) if self.complete else None for column in self.series(name).T]


@dataclass(frozen=True, slots=True)
class Beyond:
    """A quantity that leaves a range (``computable`` or ``validated``): where it is farthest out in words, and in which frames."""

    text: str
    kind: str
    frames: tuple[int, ...]


def movement(model: SpineModel, subject: Subject, exercise: Exercise, load_kg: float | None = None, *, mirrored: bool = False) -> Movement:
    """The frames of one repetition.

    Parameters
    ----------
    model, subject
        Lengths of the limbs decide the accelerations of hips and load.
    exercise
        What is done.
    load_kg
        Instead of the usual load of the exercise.
    mirrored
        On the other side than it is written for.

    Raises
    ------
    ValueError
        If the hands cannot reach where they should, the exercise has no place for a load, or its keyframes contradict each other.
    """
    exercise = exercise.mirrored() if mirrored else exercise
    path = Trajectory(model.tables, exercise)
    times = _times(exercise)
    hip, held = _accelerations(model, subject, path, exercise, times)
    postures = [_posture(path, exercise, *at) for at in zip(times, hip, held, strict=True)]
    loads = (_leaning(subject, exercise.lean, postures[0]),) * len(times)
    phases = tuple(path.phase(time).name for time in times)
    empty = Movement(exercise.name, exercise.reps, 0.0, np.array(times), phases, tuple(postures), loads, exercise.place, held)
    return empty.with_load(exercise.load_kg if load_kg is None else load_kg)


def solve_movement(
    model: SpineModel,
    subject: Subject,
    moving: Movement,
    exponent: float = 2.0,
    progress: Progress | None = None,
    *,
    most_gaps: float = 0.0,
) -> MovementLoads:
    """Loads of every frame, along a path: see :func:`~spinesim.solver.api.solve_path`.

    Parameters
    ----------
    most_gaps
        Share of the frames that may be outside the computable range: they have no answer, with the status ``invalid_input``.

    Raises
    ------
    ValueError
        If more frames are outside the computable range; the message says which is farthest out, in what.
    """
    found = violations(subject, moving)
    inside = np.ones(len(moving), bool)
    inside[[frame for violation in found if violation.kind == "computable" for frame in violation.frames]] = False
    if np.count_nonzero(~inside) > most_gaps * len(moving):
        raise ValueError("\n".join(violation.text for violation in found if violation.kind == "computable"))
    loads = solve_some(model, subject, moving.postures, moving.loads, inside, exponent, progress, solve_path)
    return MovementLoads(moving, loads, tuple(found))


def violations(subject: Subject, moving: Movement) -> list[Beyond]:
    """Quantities that leave a range, each once where it is farthest out; one that leaves both ranges only as ``computable``."""
    worst: dict[tuple[str, str], tuple[float, str]] = {}
    frames: dict[tuple[str, str], list[int]] = {}
    for frame, (posture, load) in enumerate(zip(moving.postures, moving.loads, strict=True)):
        for found in ranges.check(subject, posture, load):
            out = max(found.lo - found.value, found.value - found.hi)
            key = (found.key, found.kind)
            frames.setdefault(key, []).append(frame)
            if key not in worst or out > worst[key][0]:
                worst[key] = (out, f"{found} at {moving.where(frame)}")
    refused = {key for key, kind in worst if kind == "computable"}
    told = [(text, *name) for name, (_, text) in worst.items() if name[1] == "computable" or name[0] not in refused]
    return [Beyond(text, kind, tuple(frames[key, kind])) for text, key, kind in told]


def loading_cycles(force: Array) -> int:
    """How often a force rises and falls in a repetition that is repeated, ups and downs below :data:`CYCLE` left out; at least once."""
    turned = np.roll(force[:-1], -int(np.argmin(force[:-1]))) if len(force) > 1 else force
    least = CYCLE * float(np.max(np.abs(force)))
    count, rising, extreme = 0, True, float(turned[0])
    for value in (*turned.tolist(), float(turned[0])):
        extreme = max(extreme, value) if rising else min(extreme, value)
        if rising and value < extreme - least:
            count, rising, extreme = count + 1, False, value
        elif not rising and value > extreme + least:
            rising, extreme = True, value
    return max(count, 1)


def _times(exercise: Exercise) -> list[float]:
    """Times of the frames: a pause needs its ends only."""
    times, begin = [0.0], 0.0
    for phase in exercise.phases:
        moves = phase.to is not None or exercise.dynamic_factor != 1.0
        steps = max(FEWEST_STEPS, math.ceil(phase.seconds / LONGEST_STEP_S)) if moves else 1
        if phase.seconds > 0.0:
            times += [begin + phase.seconds * step / steps for step in range(1, steps + 1)]
        begin += phase.seconds
    return times


def _accelerations(
    model: SpineModel, subject: Subject, path: Trajectory, exercise: Exercise, times: Sequence[float]
) -> tuple[Array, Array]:
    """Of the hips (n, 2: forward, up) and of the load against the shoulders (n, 3), m/s2, by central differences."""
    step = max(_DELTA * exercise.seconds, 1e-9)
    numbers = np.array([[path.numbers(time + k * step)[0] for k in (-1, 0, 1)] for time in times])
    hip, load = np.zeros((len(times), 2)), np.zeros((len(times), 3))
    if exercise.hips == "over_feet":
        hip = _second(hips(numbers, subject.stature_m), step)
    if exercise.place in ("both", "left", "right"):
        postures = [path.posture(row) for row in numbers.reshape(-1, numbers.shape[-1])]
        load = _second(_held(model, subject, postures, exercise.place).reshape(len(times), 3, 3), step)
    return hip, load


def _second(positions: Array, step: float) -> Array:
    """Second derivative of positions (n, 3 times, axes) at the middle one."""
    return np.asarray((positions[:, 0] - 2.0 * positions[:, 1] + positions[:, 2]) / step**2)


def _held(model: SpineModel, subject: Subject, postures: Sequence[Posture], hands: str) -> Array:
    """Position of the load from the shoulders (n, 3; m).

    Raises
    ------
    ValueError
        If the hands cannot reach their position.
    """
    spine = stack([model.pack(subject)])[0]
    cases: Any = packing.pack(model.tables, np.zeros(len(postures), np.int64), postures, [Load()] * len(postures))
    w, sides = allocate(spine, model.topology), {"both": (0, 1), "left": (0,), "right": (1,)}[hands]
    out = np.zeros((len(postures), 3))
    for row in range(len(postures)):
        if not set_up(spine, model.topology, cases[row], w):
            raise ValueError(f"posture.hand_position_mm = {postures[row].hand_position_mm} is out of reach of the arms on the way")
        out[row] = np.mean([w.grip[side] - w.shoulder[side] for side in sides], axis=0)
    return out


def _posture(path: Trajectory, exercise: Exercise, time: float, hip: Array, held: Array) -> Posture:
    numbers, rates, accelerations = path.numbers(time)
    sway = (exercise.dynamic_factor - 1.0) * GRAVITY * math.cos(2.0 * math.pi * time / exercise.seconds)
    return replace(
        path.posture(numbers),
        flexion_rate_deg_s=float(rates[FLEXION]),
        flexion_acceleration_deg_s2=float(accelerations[FLEXION]),
        pelvic_rate_deg_s=float(rates[TILT]),
        pelvic_acceleration_deg_s2=float(accelerations[TILT]),
        lift_acceleration_m_s2=float(held[1]),
        hip_advance_acceleration_m_s2=float(hip[0]),
        hip_rise_acceleration_m_s2=float(hip[1]) + sway,
    )


def _leaning(subject: Subject, lean: Lean | None, posture: Posture) -> Load:
    """What hands give to the ground, along gravity."""
    if lean is None:
        return Load()
    push, lift, side = (lean.share * subject.mass_kg * GRAVITY * part for part in packing.DOWN[posture.gravity])
    return Load(hands=lean.hands, push_N=push, lift_N=lift, side_N=side)


def _load(place: Place, mass: float, relative: Array) -> Load:
    """Load of a frame; hands push it as it accelerates level against the shoulders."""
    if place == "back" or place == "none":
        return Load(backpack_kg=mass)
    return Load(mass_kg=mass, hands=place, push_N=mass * float(relative[0]), side_N=mass * float(relative[2]))


def unanswered(loads: MovementLoads) -> list[str]:
    """Frames that did not converge to a balance with strength, in words."""
    found = np.flatnonzero(loads.solution.status != CONVERGED).tolist()
    return [f"{STATUSES[int(loads.solution.status[frame])]} at {loads.movement.where(frame)}" for frame in found]
