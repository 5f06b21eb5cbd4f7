"""Specimens for users: one segment or more, without muscles, loaded step by step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from spinesim.model import ranges
from spinesim.model.anatomy import SpineModel
from spinesim.model.layout import (
    AXIAL,
    AXIAL_TOE,
    BEND_X,
    BEND_Z,
    CUBIC_Z,
    DISC_HEIGHT,
    INTRINSIC_PRESSURE,
    JOINT_COUNT,
    PRESSURE_INDEX,
    QUARTIC_X,
    QUARTIC_Z,
    SHEAR_X,
    SHEAR_Z,
    STIFFENING,
    TWIST_Y,
)
from spinesim.model.load import Load
from spinesim.model.names import JOINTS, LEVELS, LIGAMENTS, SIDES, unknown_name
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.solver.report import disc_loads, facet_loads, ligament_loads
from spinesim.solver.specimen import BALANCED, DOF, LOST, balance, scratch
from spinesim.solver.variables import result_type
from spinesim.solver.workspace import allocate

SEGMENTS = {**{level: (level,) for level in LEVELS}, "L1-L5": LEVELS[1:5], "L1-S1": LEVELS[1:]}
STRUCTURES = (*LIGAMENTS, "facets", *(f"facet_{side}" for side in SIDES), "nucleus")
MOMENT_STEP, FORCE_STEP, TURN_STEP, CREEP_STEP = 0.5, 100.0, 1.0, 0.25  # N m, N, deg, mm
REPORTED = (
    "disc_compression_N", "disc_anterior_shear_N", "disc_lateral_shear_N", "disc_moment_Nm", "intradiscal_pressure_MPa", "facet_force_N",
    "facet_tip_force_N", "facet_peak_MPa", "facet_centre_mm", "facet_compression_N", "facet_shear_N", "ligament_tension_N",
    "ligament_compression_N",
)  # fmt: skip
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Loading:
    """Load on a specimen.

    Parameters
    ----------
    flexion_Nm, lateral_Nm, axial_Nm
        Pure moment on the uppermost vertebra, fixed in the laboratory: forward (extension is negative), to the right, to the left.
    follower_N
        Compression along every disc's normal, through the point where it alone turns no joint.
    compression_N, anterior_shear_N, lateral_shear_N
        Dead force on the uppermost vertebra at the centre of its disc: down, forward and to the right in the laboratory, in which the
        middle disc of the unloaded specimen lies level.
    hold_rotations
        Clamp all rotations: only the translations follow.
    flexion_deg, lateral_deg, rotation_deg
        Angles at which a single segment is clamped: forward, to the right, to the left of the table posture. Need ``hold_rotations``.
    """

    flexion_Nm: float = 0.0
    lateral_Nm: float = 0.0
    axial_Nm: float = 0.0
    follower_N: float = 0.0
    compression_N: float = 0.0
    anterior_shear_N: float = 0.0
    lateral_shear_N: float = 0.0
    hold_rotations: bool = False
    flexion_deg: float = 0.0
    lateral_deg: float = 0.0
    rotation_deg: float = 0.0

    @property
    def moment_Nm(self) -> float:
        """Size of the moment."""
        return math.sqrt(self.flexion_Nm**2 + self.lateral_Nm**2 + self.axial_Nm**2)

    @property
    def shear_N(self) -> float:
        """Size of the shear."""
        return math.hypot(self.anterior_shear_N, self.lateral_shear_N)

    @property
    def clamp_deg(self) -> float:
        """Size of the clamped rotation."""
        return math.sqrt(self.flexion_deg**2 + self.lateral_deg**2 + self.rotation_deg**2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Answer of a specimen, with a leading axis of load steps from none to full, then of creep; levels from cranial to caudal.

    Rotations (forward, right, left; deg) and translations (mm, disc frame) count from the specimen under its follower load alone.
    ``part`` is the part of the load, ``creep_mm`` the height that every disc has lost by creep; ``loads`` maps names of
    :data:`~spinesim.solver.variables.VARIABLES` to arrays (steps, levels, ...). ``validated`` is false where a load or the
    donor lies outside the ranges that experiments cover, named in ``notes``.
    """

    levels: tuple[str, ...]
    loading: Loading
    without: tuple[str, ...]
    part: Array
    creep_mm: Array
    rotation_deg: Array
    rotation_total_deg: Array
    translation_mm: Array
    loads: dict[str, Array]
    validated: bool
    notes: tuple[str, ...]


class UnstableSpecimenError(ValueError):
    """The specimen gave way, or no balance was found, at a load step."""


def load_specimen(
    model: SpineModel, subject: Subject, segment: str, loading: Loading, without: Sequence[str] = (), creep_mm: float = 0.0
) -> Curve:
    """Load a specimen from nothing to ``loading`` and report every step.

    Parameters
    ----------
    model, subject
        Geometry set and the person the specimen is from (degeneration, facets and tissue factors count).
    segment
        A level for one functional spinal unit, ``L1-L5`` or ``L1-S1``.
    loading
        Full load: the follower load first, then all others together in steps of at most 0.5 N m, 100 N and 1 degree.
    without
        Structures removed before the test, at all levels or at one (``facets@L4-L5``): ligaments by name, ``facets``,
        ``facet_left``, ``facet_right``, ``nucleus``.
    creep_mm
        Height that every disc then loses by creep, at full load.

    Raises
    ------
    ValueError
        If a name is unknown, or a number is not finite, contradicts another or lies outside its computable range.
    UnstableSpecimenError
        If a step has no stable balance; the message names the step.
    """
    levels = check_names(segment, without)
    notes = _check(loading, subject, segment, creep_mm)
    specimen = Specimen(model, subject, levels, without)
    specimen.mount(loading)
    rows = [specimen.state()]
    parts = _ramp(loading)
    for part in parts:
        specimen.load(loading, part)
        rows.append(specimen.state())
    creeps = _steps(creep_mm, CREEP_STEP)
    for share in creeps:
        specimen.creep(1e-3 * share * creep_mm, first=share == creeps[0])
        rows.append(specimen.state())
    load = np.array([0.0, *parts, *(1.0 for _ in creeps)])
    crept = np.array([0.0, *(0.0 for _ in parts), *(share * creep_mm for share in creeps)])
    return _curve(levels, loading, tuple(without), load, crept, rows, notes)


class Specimen:
    """A specimen on the bench, at one state of load after the other."""

    def __init__(self, model: SpineModel, subject: Subject, levels: tuple[str, ...], without: Sequence[str] = ()) -> None:
        self.model = model
        self.levels = levels
        self.low, self.high = JOINTS.index(levels[-1]), JOINTS.index(levels[0]) + 1
        self.person = model.pack(subject)
        for name in without:
            remove(self.person, model, name)
        self.work, self.bench = allocate(self.person, model.topology), scratch()
        self.rows = DOF
        self.reference = np.zeros(JOINT_COUNT)

    def mount(self, loading: Loading) -> None:
        """Put it up straight, let it settle, and apply the follower load.

        The middle disc lies level. The line of a follower load is the one that turns nothing: what the held joints answer is its balance.
        """
        middle = self.person.frame[self.low : self.high].sum(axis=0)
        self.work.rotation[self.low] = Rotation.from_rotvec([0.0, 0.0, -math.atan2(middle[1, 0], middle[0, 0])]).as_matrix()
        for j in range(JOINT_COUNT):
            self.work.relative[j] = np.eye(3)
            self.work.translation[j] = 0.0
        self.rows = 3 if loading.hold_rotations else DOF
        self.balance(self.rows, "no load")
        for part in _steps(loading.follower_N, FORCE_STEP):
            self.bench.applied[0] = part * loading.follower_N
            self.balance(3, f"{part * loading.follower_N:g} N of follower load")
        if loading.follower_N and self.rows == DOF:
            self.bench.couple[self.low : self.high] = self.work.joint_moment[self.low : self.high]
            self.balance(self.rows, f"{loading.follower_N:g} N of follower load")

    def load(self, loading: Loading, part: float) -> None:
        """Apply a part of the other loads."""
        self.bench.applied[1:4] = part * np.array([loading.lateral_Nm, loading.axial_Nm, -loading.flexion_Nm])
        self.bench.applied[4:7] = part * np.array([loading.anterior_shear_N, -loading.compression_N, loading.lateral_shear_N])
        if loading.clamp_deg:
            vector = part * np.array([loading.lateral_deg, loading.rotation_deg, -loading.flexion_deg])
            self.work.relative[self.low] = Rotation.from_rotvec(vector, degrees=True).as_matrix()
        self.balance(self.rows, f"{100 * part:.0f} % of the load")

    def creep(self, loss: float, first: bool) -> None:
        """Lower the stress-free height of every disc until it stands ``loss`` (m) lower than before creep."""
        here = slice(self.low, self.high)
        if first:
            self.reference = self.height()
        rate = np.ones(self.high - self.low)
        for _ in range(40):
            missing = loss - (self.reference - self.height())[here]
            if np.abs(missing).max() < 1e-8:
                return
            step = missing / rate
            before = self.height()[here]
            for j, amount in zip(range(self.low, self.high), step, strict=True):
                lower(self.person, j, amount)
            self.balance(self.rows, f"{1e3 * loss:g} mm of creep")
            rate = np.clip((before - self.height()[here]) / step, 0.05, 2.0)
        raise UnstableSpecimenError(
            f"specimen {self.levels[0]}: {1e3 * loss:g} mm of creep are not reached: facets and ligaments hold the height"
        )

    def height(self) -> Array:
        """Height of the upper vertebra above its place in the table geometry (6,), m, along the disc normal."""
        return np.asarray(self.work.translation[:, 1] - self.person.height_loss)

    def balance(self, rows: int, step: str) -> None:
        """Balance ``rows`` unknowns of every joint."""
        found = balance(self.person, self.low, self.high, rows, self.bench, self.work)
        if found != BALANCED:
            words = "no balance was found" if found == LOST else "the balance is unstable, it gives way"
            raise UnstableSpecimenError(f"specimen of {', '.join(self.levels)} at {step}: {words}")

    def state(self) -> dict[str, Array]:
        """Rotations and loads of the present state, levels from cranial to caudal."""
        out = np.zeros(1, result_type(len(self.model.fascicles), REPORTED)).view(np.recarray)[0]
        work, whole = self.work, np.eye(3)
        for j in range(self.low, self.high):
            level = JOINT_COUNT - 1 - j
            disc_loads(self.person, j, level, work, out)
            facet_loads(self.person, j, level, work, out)
            ligament_loads(self.person, self.model.topology, j, level, work, out)
            whole = whole @ self.person.frame[j] @ work.relative[j] @ self.person.frame[j].T
        here, found = slice(self.low, self.high), slice(JOINT_COUNT - self.high, JOINT_COUNT - self.low)
        base = work.rotation[self.low]
        moved = work.translation[here] - self.person.height_loss[here, None] * np.array([0.0, 1.0, 0.0])
        return {
            "relative": work.relative[here][::-1].copy(),
            "total": base @ whole @ base.T,
            "translation": 1e3 * moved[::-1],
            **{n: np.array(out[n][found]) for n in REPORTED},
        }


def remove(person: Any, model: SpineModel, name: str) -> None:
    """Remove a structure from a person's record, at all levels or at the one after ``@``."""
    structure, _, level = name.partition("@")
    at: Any = JOINTS.index(level) if level else slice(None)
    if structure == "nucleus":
        for j in range(JOINT_COUNT) if not level else (at,):
            _remove_nucleus(person, model, j)
    elif structure.startswith("facet"):
        side: Any = slice(None) if structure == "facets" else SIDES.index(structure.removeprefix("facet_"))
        person.facet_stiffness[at, side] = 0.0
        person.tip_law[at, side, 1] = 0.0
    else:
        person.strand_law[at, model.topology.strand_group == LIGAMENTS.index(structure), 0] = 0.0


def _remove_nucleus(person: Any, model: SpineModel, j: int) -> None:
    """The annulus alone: it keeps its share of the area axially and of the second moment of area in bending and twist.

    Shares are those of concentric ellipses of like shape. What pressure in the nucleus stiffens goes with the area.
    """
    nucleus = model.tables.value("discs", JOINTS[j], "nucleus_area_share")
    law = person.disc[j]
    for term in (AXIAL_TOE, AXIAL, SHEAR_X, SHEAR_Z, STIFFENING):
        law[term] *= 1.0 - nucleus
    for term in (BEND_X, BEND_Z, TWIST_Y, QUARTIC_X, QUARTIC_Z, CUBIC_Z):
        law[term] *= 1.0 - nucleus**2
    for term in (INTRINSIC_PRESSURE, PRESSURE_INDEX):
        law[term] *= model.tables.value("degeneration", "nucleotomy", "pressure_factor")
    lower(person, j, law[DISC_HEIGHT] * model.tables.value("degeneration", "nucleotomy", "height_loss_share"))


def lower(person: Any, j: int, amount: float) -> None:
    """Let the stress-free height of disc ``j`` fall by ``amount`` (m): what hangs on the upper vertebra comes down with it."""
    person.height_loss[j] += amount
    person.strand_upper[j, :, 1] -= amount
    person.facet_point[j, :, :, 1] -= amount
    person.tip_law[j, :, 0] -= amount


def check_names(segment: str, without: Sequence[str]) -> tuple[str, ...]:
    """Levels of a segment.

    Raises
    ------
    ValueError
        If the segment or a structure is unknown, or a structure's level is not in the segment.
    """
    if segment not in SEGMENTS:
        raise ValueError(unknown_name("segment", segment, tuple(SEGMENTS)))
    for name in without:
        structure, at, level = name.partition("@")
        if structure not in STRUCTURES:
            raise ValueError(unknown_name("without", structure, STRUCTURES))
        if at and level not in SEGMENTS[segment]:
            raise ValueError(f"without: {name!r} names no level of {segment} ({', '.join(SEGMENTS[segment])})")
    return SEGMENTS[segment]


def _check(loading: Loading, subject: Subject, segment: str, creep_mm: float) -> tuple[str, ...]:
    """What lies outside the validated ranges, as notes; refuses what cannot be."""
    for field in fields(Loading):
        value = getattr(loading, field.name)
        if field.name != "hold_rotations" and not math.isfinite(value):
            raise ValueError(f"loading.{field.name} = {value} is not a finite number")
    for name in ("follower_N", "compression_N"):
        if getattr(loading, name) < 0.0:
            raise ValueError(f"loading.{name} = {getattr(loading, name):g} is negative; this load presses")
    if loading.clamp_deg and not (loading.hold_rotations and len(SEGMENTS[segment]) == 1):
        raise ValueError("loading: an angle to clamp needs hold_rotations and a single segment")
    sizes = {f"specimen.{n}": getattr(loading, n) for n in ("moment_Nm", "follower_N", "compression_N", "shear_N", "clamp_deg")}
    found = [*ranges.check_values({**sizes, "specimen.creep_mm": creep_mm})]
    found += [v for v in ranges.check(subject, Posture(), Load()) if v.key.startswith("subject.")]
    if beyond := [v for v in found if v.kind == "computable"]:
        raise ValueError(str(beyond[0]))
    return tuple(str(v) for v in found)


def _ramp(loading: Loading) -> tuple[float, ...]:
    """Parts of the load, as fine as the coarsest load needs."""
    force = max(loading.shear_N, loading.compression_N)
    sizes = ((loading.moment_Nm, MOMENT_STEP), (force, FORCE_STEP), (loading.clamp_deg, TURN_STEP))
    return max((_steps(*size) for size in sizes), key=len)


def _steps(size: float, step: float) -> tuple[float, ...]:
    count = math.ceil(abs(size) / step)
    return tuple((k + 1) / count for k in range(count))


def _curve(
    levels: tuple[str, ...],
    loading: Loading,
    without: tuple[str, ...],
    part: Array,
    creep_mm: Array,
    rows: list[dict[str, Array]],
    notes: tuple[str, ...],
) -> Curve:
    """Steps as arrays, rotations and translations from the first of them."""
    first = rows[0]
    return Curve(
        levels=levels,
        loading=loading,
        without=without,
        part=part,
        creep_mm=creep_mm,
        rotation_deg=np.array([_angles(first["relative"].transpose(0, 2, 1) @ row["relative"]) for row in rows]),
        rotation_total_deg=np.array([_angles(first["total"].T @ row["total"]) for row in rows]),
        translation_mm=np.array([row["translation"] - first["translation"] for row in rows]),
        loads={n: np.array([row[n] for row in rows]) for n in REPORTED},
        validated=not notes,
        notes=notes,
    )


def _angles(matrix: Array) -> Array:
    """Rotation vector as forward, right, left (deg)."""
    vector = Rotation.from_matrix(matrix).as_rotvec(degrees=True)
    return np.stack([-vector[..., 2], vector[..., 0], vector[..., 1]], axis=-1)
