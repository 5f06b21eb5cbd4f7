"""What a task asks of a person's tissues, over a ladder of loads: solved case by case, never interpolated.

Signs and sizes are made here, so that everything that judges a demand compares one positive number with one limit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from spinesim.analysis.drawn import solve_drawn
from spinesim.analysis.exercise import Exercise
from spinesim.analysis.movement import movement
from spinesim.analysis.tolerance.data import Array, known, value, within
from spinesim.model import ranges
from spinesim.model.anatomy import SpineModel
from spinesim.model.cases import trunk_angles
from spinesim.model.fascicles import by_muscle
from spinesim.model.load import Load
from spinesim.model.names import CONVERGED, LEVELS, LIGAMENTS, STRENGTH_EXCEEDED
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.solver.api import solve_batch
from spinesim.solver.solution import Solution

Place = Literal["both", "left", "right", "back", "none"]
Booleans = NDArray[np.bool_]

PLACES: Final = ("both", "left", "right", "back", "none")
# What the dynamic factor is on.
FOLLOW_LOAD: Final = ("compression_N", "net_compression_N", "anterior_shear_N", "facet_force_N", "facet_peak_MPa", "pressure_MPa",
                      "torsion_Nm", "activation")  # fmt: skip
# Abdominal pressure alone comes from it, and that is no muscle at the end of its strength.
_NO_MOVER: Final = "transversus_abdominis"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A posture, or the frames of an exercise, and how a load is carried in it.

    Parameters
    ----------
    name
        For the reader.
    frames
        One posture, or those of a motion with its accelerations.
    place
        Where the load is: in ``both`` hands, ``left``, ``right``, on the ``back``, or ``none`` if there can be none.
    dynamic_factor
        On all forces that follow the load; 1 where accelerations are in the frames or a posture is held, 1.2 where the
        speed is unknown (``safe_load.csv``). Passive bending and ligaments follow the posture and are left alone.
    phases
        Name of the phase of every frame; empty for a single posture.
    loads
        Loads of all frames at a mass in kg, where they are more than that mass at its place.
    of
        The same task of another person, where the size of the body is in its accelerations.
    """

    name: str
    frames: tuple[Posture, ...]
    place: Place = "both"
    dynamic_factor: float = field(default_factory=lambda: value("safe_load", "pace", "unknown"))
    phases: tuple[str, ...] = ()
    loads: Callable[[float], Sequence[Load]] | None = None
    of: Callable[[Subject], Task] | None = None

    def __post_init__(self) -> None:
        known("task.place", self.place, PLACES)
        if np.ndim(within("safe_load.dynamic_factor", self.dynamic_factor, "task.dynamic_factor")):
            raise TypeError(f"task.dynamic_factor: {self.dynamic_factor!r} is not one number")
        if not self.frames:
            raise ValueError("task.frames: there is no posture; expected one or more")
        if self.phases and len(self.phases) != len(self.frames):
            raise ValueError(f"task.phases: {len(self.phases)} names for {len(self.frames)} frames; expected one each, or none")

    def phase(self, frame: int) -> str:
        """Name of the phase of a frame."""
        return self.phases[frame] if self.phases else self.name

    def loads_at(self, load_kg: float) -> list[Load]:
        """Load of every frame."""
        if self.loads is not None:
            return list(self.loads(load_kg))
        if self.place == "none" and load_kg:
            raise ValueError(f"load_kg = {load_kg:g}: the task {self.name} has no place for a load")
        return [_load(self.place, load_kg)] * len(self.frames)


def exercise_task(model: SpineModel, subject: Subject, exercise: Exercise) -> Task:
    """One repetition of an exercise as a task, on both sides if they alternate; accelerations are in its frames.

    Raises
    ------
    ValueError
        As :func:`~spinesim.analysis.movement.movement`.
    """
    sides = [movement(model, subject, exercise, 0.0)]
    if exercise.sides == "alternating":
        sides.append(movement(model, subject, exercise, 0.0, mirrored=True))
    return Task(
        name=exercise.name,
        frames=tuple(posture for side in sides for posture in side.postures),
        place=exercise.place,
        dynamic_factor=1.0,
        phases=tuple(phase for side in sides for phase in side.phase),
        loads=lambda kg: [load for side in sides for load in side.with_load(kg).loads],
        of=lambda other: exercise_task(model, other, exercise),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What one task loads over loads N, frames F and levels; sampled ones have a leading axis of samples.

    Attributes
    ----------
    load_kg
        (N,).
    converged, validated, strength_exceeded
        (N, F). What lies outside the validated range is not solved: it is not converged and all its numbers are NaN.
    compression_N, net_compression_N
        (N, F, 6), disc and joint; times the dynamic factor, as all but bending and ligaments.
    anterior_shear_N
        (N, F, 6), net, forward positive.
    flexion_moment_Nm
        (N, F, 6), passive, flexion positive.
    facet_force_N, facet_peak_MPa
        (N, F, 6), the larger side.
    pressure_MPa, torsion_Nm
        (N, F, 6), disc; size of the twisting moment.
    ligament_tension_N
        (N, F, 6, 7), by :data:`~spinesim.model.names.LIGAMENTS`.
    activation
        (N, F), largest mean of a muscle group of one side over its own capacity.
    flexion_share
        (N, F), lumbar flexion over the person's own maximum.
    """

    load_kg: Array
    converged: Booleans
    validated: Booleans
    strength_exceeded: Booleans
    compression_N: Array
    net_compression_N: Array
    anterior_shear_N: Array
    flexion_moment_Nm: Array
    facet_force_N: Array
    facet_peak_MPa: Array
    pressure_MPa: Array
    ligament_tension_N: Array
    torsion_Nm: Array
    activation: Array
    flexion_share: Array

    def step(self, number: int) -> Demands:
        """One load step, with an axis of one load."""
        return Demands(**{f.name: getattr(self, f.name)[number : number + 1] for f in fields(self)})

    def frames(self, start: int, stop: int) -> Demands:
        """Some of the frames, of drawn models with their leading axis."""
        return Demands(
            **{f.name: getattr(self, f.name) if f.name == "load_kg" else getattr(self, f.name)[:, :, start:stop] for f in fields(self)}
        )

    def times(self, factor: float) -> Demands:
        """The same with another dynamic factor on top."""
        return replace(self, **{name: factor * getattr(self, name) for name in FOLLOW_LOAD})

    def then(self, more: Demands) -> Demands:
        """These loads and then ``more`` of the same task."""
        return Demands(**{f.name: np.concatenate([getattr(self, f.name), getattr(more, f.name)]) for f in fields(self)})


def demands(
    model: SpineModel,
    subject: Subject,
    task: Task,
    loads_kg: Sequence[float] | Array,
    samples: int = 0,
    seed: int = 0,
    max_flexion_deg: float | None = None,
    first: int = 0,
) -> Demands:
    """Loads of a task over a ladder of hand loads.

    Parameters
    ----------
    loads_kg
        Every one is solved that lies inside the validated range.
    samples, seed
        If given, with as many models drawn from the SDs of all tables; arrays then have a leading axis of samples.
    max_flexion_deg
        Own maximum of lumbar flexion; 60 without it.
    first
        Which of the samples is the first; those before it are left out.

    Raises
    ------
    TypeError, ValueError
        If subject or postures cannot be understood.
    """
    grid = np.asarray(loads_kg, float)
    cases = [(posture, load) for kg in grid.tolist() for posture, load in zip(task.frames, task.loads_at(kg), strict=True)]
    validated = np.array([not ranges.check(subject, *case) for case in cases])
    inside = [case for case, good in zip(cases, validated, strict=True) if good]
    lead, answers = (samples - first,) if samples else (), None
    if inside and samples:
        answers = solve_drawn(model, subject, inside, samples, seed, first)
    elif inside:
        postures, loads = zip(*inside, strict=True)
        answers = solve_batch(model, subject, postures, loads)
    numbers = _empty(len(cases), lead) | {"validated": np.broadcast_to(validated, (*lead, len(cases)))}
    if answers is not None:
        shape = (*lead, len(inside))
        for name, found in _numbers(answers, _groups(model, _bounds(subject))).items():
            numbers[name][..., validated, *[slice(None)] * (found.ndim - 1)] = found.reshape(*shape, *found.shape[1:])
    folded = {name: array.reshape(*lead, len(grid), len(task.frames), *array.shape[len(lead) + 1 :]) for name, array in numbers.items()}
    bent = np.array([flexion_share(model, posture, max_flexion_deg) for posture in task.frames])
    made = Demands(load_kg=grid, flexion_share=np.broadcast_to(bent, folded["converged"].shape), **folded)
    return made.times(task.dynamic_factor)


def flexion_share(model: SpineModel, posture: Posture, max_flexion_deg: float | None = None) -> float:
    """Lumbar flexion of a posture over the person's own maximum."""
    most = value("tissues", "flexion_moment", "full_flexion_deg") if max_flexion_deg is None else max_flexion_deg
    own = float(within("safe_load.max_flexion_deg", most, "max_flexion_deg"))
    return float(trunk_angles(model.tables, posture)[1]) / own


def outside(subject: Subject, task: Task, load_kg: float) -> list[str]:
    """What of a task at a load lies outside the validated ranges, in words, each quantity once."""
    found = {v.key: str(v) for p, load in zip(task.frames, task.loads_at(load_kg), strict=True) for v in ranges.check(subject, p, load)}
    return list(found.values())


def _load(place: Place, load_kg: float) -> Load:
    if place == "back":
        return Load(backpack_kg=load_kg)
    return Load(mass_kg=load_kg, hands="both" if place == "none" else place)


def _empty(cases: int, lead: tuple[int, ...]) -> dict[str, Any]:
    """Arrays without an answer."""
    shapes: dict[str, tuple[int, ...]] = dict.fromkeys((*FOLLOW_LOAD, "flexion_moment_Nm"), (len(LEVELS),))
    shapes |= {"ligament_tension_N": (len(LEVELS), len(LIGAMENTS)), "activation": ()}
    made: dict[str, Any] = {name: np.full((*lead, cases, *shape), np.nan) for name, shape in shapes.items()}
    return made | {name: np.zeros((*lead, cases), bool) for name in ("converged", "strength_exceeded")}


def _numbers(found: Solution, groups: tuple[Array, Array]) -> dict[str, Any]:
    """Demands of solved cases, first axis the case."""
    sums, capacity = groups
    return {
        "converged": found.status == CONVERGED,
        "strength_exceeded": found.status == STRENGTH_EXCEEDED,
        "compression_N": found.disc_compression_N,
        "net_compression_N": found.compression_N,
        "anterior_shear_N": found.anterior_shear_N,
        "flexion_moment_Nm": -found.moment_Nm[..., 2],
        "facet_force_N": found.facet_force_N.max(axis=-1),
        "facet_peak_MPa": found.facet_peak_MPa.max(axis=-1),
        "pressure_MPa": found.intradiscal_pressure_MPa,
        "ligament_tension_N": found.ligament_tension_N,
        "torsion_Nm": np.abs(found.moment_Nm[..., 1]),
        "activation": ((found.activation / capacity) @ sums).max(axis=1),
    }


def _bounds(subject: Subject) -> tuple[tuple[str, float], ...]:
    return tuple(subject.max_activation.items())


@lru_cache(maxsize=64)
def _groups(model: SpineModel, bounds: tuple[tuple[str, float], ...]) -> tuple[Array, Array]:
    """Weights (F, G) that make means of the muscle groups of either side, and the capacity of each fascicle (F,)."""
    names = [(group, name.rsplit("_", 1)[1]) for name, group in zip(model.fascicles, model.groups, strict=True)]
    movers = list(dict.fromkeys(name for name in names if name[0] != _NO_MOVER))
    member = np.array([[name == mover for mover in movers] for name in names], float)
    capacity = by_muscle(model.fascicle_table, dict(bounds), 1.0)
    return member / member.sum(axis=0), np.where(capacity > 0.0, capacity, 1.0)
