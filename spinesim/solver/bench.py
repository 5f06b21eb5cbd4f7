"""Specimens for users: one segment or more, without muscles, loaded step by step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from spinesim.model.anatomy import SpineModel
from spinesim.model.layout import JOINT_COUNT
from spinesim.model.names import JOINTS, LEVELS, LIGAMENTS, unknown_name
from spinesim.model.subject import Subject
from spinesim.solver.report import disc_loads, facet_loads, ligament_loads
from spinesim.solver.specimen import DOF, balance_chain
from spinesim.solver.variables import result_type
from spinesim.solver.workspace import allocate

SEGMENTS = {**{level: (level,) for level in LEVELS}, "L1-L5": LEVELS[1:5], "L1-S1": LEVELS[1:]}
STRUCTURES = (*LIGAMENTS, "facets")
MOMENT_STEP, FORCE_STEP = 0.5, 100.0  # N m, N
MOST_MOMENT, MOST_FOLLOWER, MOST_SHEAR = 15.0, 3000.0, 500.0  # N m, N, N: beyond, tissue fails that here only stiffens
_REPORTED = (
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
    anterior_shear_N, lateral_shear_N
        Force on the uppermost vertebra of a single segment, at its disc, forward and to the right.
    hold_rotations
        Clamp all rotations: only the translations follow.
    """

    flexion_Nm: float = 0.0
    lateral_Nm: float = 0.0
    axial_Nm: float = 0.0
    follower_N: float = 0.0
    anterior_shear_N: float = 0.0
    lateral_shear_N: float = 0.0
    hold_rotations: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Answer of a specimen, with a leading axis of load steps from none to full; levels from cranial to caudal.

    Rotations (forward, right, left; deg) and translations (mm) count from the specimen under its follower load alone. ``loads``
    maps names of :data:`~spinesim.solver.variables.VARIABLES` to arrays (steps, levels, ...).
    """

    levels: tuple[str, ...]
    part: Array
    rotation_deg: Array
    rotation_total_deg: Array
    translation_mm: Array
    loads: dict[str, Array]


class UnstableSpecimenError(ValueError):
    """The specimen gave way, or did not find a balance, at a load step."""


def load_specimen(model: SpineModel, subject: Subject, segment: str, loading: Loading, without: Sequence[str] = ()) -> Curve:
    """Load a specimen from nothing to ``loading`` and report every step.

    Parameters
    ----------
    model, subject
        Geometry set and the person the specimen is from (degeneration, facets and tissue factors count).
    segment
        A level for one functional spinal unit, ``L1-L5`` or ``L1-S1``.
    loading
        Full load; moments grow in steps of at most 0.5 N m after the follower load is on.
    without
        Structures cut before the test: ligaments by name, ``facets``.

    Raises
    ------
    ValueError
        If a name is unknown, a number is not finite, or shear is asked of more than one segment.
    UnstableSpecimenError
        If a step has no stable balance; the message names the step.
    """
    levels = _checked(segment, loading, without)
    person = cut(model.pack(subject), model.topology, without)
    work, bench = allocate(person, model.topology), scratch()
    low, high = JOINTS.index(levels[-1]), JOINTS.index(levels[0]) + 1
    _mount(person, low, high, work)
    count = 3 if loading.hold_rotations else DOF
    loads = np.zeros((JOINT_COUNT, 10))

    def balance(rows: int, step: str) -> None:
        done, stable = balance_chain(person, low, high, loads, rows, bench, work)
        if not (done and stable):
            raise UnstableSpecimenError(f"specimen {segment}: no stable balance at {step}; it gives way there")

    balance(count, "no load")
    for part in _ramp(loading.follower_N, FORCE_STEP):
        loads[:, 0] = part * loading.follower_N
        balance(3, f"{part * loading.follower_N:g} N of follower load")
    # The line of a follower load is the one that turns nothing: what the held joints answer is its balance.
    if loading.follower_N and count == DOF:
        loads[low:high, 7:] = work.joint_moment[low:high]
    steps = max(_ramp(_moment(loading), MOMENT_STEP), _ramp(_shear(loading), FORCE_STEP), key=len)
    rows = []
    for part in (0.0, *steps):
        loads[:, 1:4] = part * np.array([loading.lateral_Nm, loading.axial_Nm, -loading.flexion_Nm])
        loads[:, 4:7] = part * np.array([loading.anterior_shear_N, 0.0, loading.lateral_shear_N])
        balance(count, f"{100 * part:.0f} % of the load")
        rows.append(_state(person, model, low, high, work))
    return _curve(levels, np.array([0.0, *steps]), rows)


def cut(person: Any, topology: Any, without: Sequence[str]) -> Any:
    """A person's record with structures removed."""
    for name in without:
        if name == "facets":
            person.facet_stiffness[:] = 0.0
            person.tip_law[:, :, 1] = 0.0
        else:
            person.strand_law[:, topology.strand_group == LIGAMENTS.index(name), 0] = 0.0
    return person


def _checked(segment: str, loading: Loading, without: Sequence[str]) -> tuple[str, ...]:
    if segment not in SEGMENTS:
        raise ValueError(unknown_name("segment", segment, tuple(SEGMENTS)))
    for name in without:
        if name not in STRUCTURES:
            raise ValueError(unknown_name("without", name, STRUCTURES))
    for name in ("flexion_Nm", "lateral_Nm", "axial_Nm", "follower_N", "anterior_shear_N", "lateral_shear_N"):
        if not math.isfinite(getattr(loading, name)):
            raise ValueError(f"loading.{name} = {getattr(loading, name)} is not a finite number")
    if loading.follower_N < 0.0:
        raise ValueError(f"loading.follower_N = {loading.follower_N:g} is negative; a follower load presses")
    sizes = {"moment": _moment(loading), "follower_N": loading.follower_N, "shear": _shear(loading)}
    limits = {"moment": MOST_MOMENT, "follower_N": MOST_FOLLOWER, "shear": MOST_SHEAR}
    for name, most in limits.items():
        if sizes[name] > most:
            raise ValueError(
                f"loading: {name} of {sizes[name]:g} is above {most:g}, the end of what specimens bear unhurt and of the tissue laws"
            )
    levels = SEGMENTS[segment]
    if len(levels) > 1 and (loading.anterior_shear_N or loading.lateral_shear_N):
        raise ValueError(f"shear is for a single segment, not for {segment}: its lever would be another at every level")
    return levels


def _moment(loading: Loading) -> float:
    return math.sqrt(loading.flexion_Nm**2 + loading.lateral_Nm**2 + loading.axial_Nm**2)


def _shear(loading: Loading) -> float:
    return math.hypot(loading.anterior_shear_N, loading.lateral_shear_N)


def _ramp(size: float, step: float) -> tuple[float, ...]:
    count = math.ceil(abs(size) / step)
    return tuple((k + 1) / count for k in range(count))


def scratch() -> Any:
    """Scratch record of the bench's own Newton method."""
    shapes = {
        "jacobian": (DOF, DOF),
        "matrix": (DOF, DOF),
        "residual": (DOF,),
        "trial": (DOF,),
        "step": (DOF,),
        "kept": (3, 3),
        "start": (3,),
    }
    return np.zeros(1, np.dtype([(n, "f8", s) for n, s in shapes.items()], align=True)).view(np.recarray)[0]


def _mount(person: Any, low: int, high: int, work: Any) -> None:
    """Put the specimen up so that its middle disc lies level, unloaded and straight."""
    middle = person.frame[low:high].sum(axis=0)
    tilt = math.atan2(middle[1, 0], middle[0, 0])
    base = Rotation.from_rotvec([0.0, 0.0, -tilt]).as_matrix()
    for j in range(JOINT_COUNT):
        work.rotation[j] = base
        work.relative[j] = np.eye(3)
        work.translation[j] = 0.0


def _state(person: Any, model: SpineModel, low: int, high: int, work: Any) -> dict[str, Array]:
    """Rotations and loads of the present state, levels from cranial to caudal."""
    out = np.zeros(1, result_type(len(model.fascicles), _REPORTED)).view(np.recarray)[0]
    whole = np.eye(3)
    turned, moved = [], []
    for j in range(low, high):
        level = JOINT_COUNT - 1 - j
        disc_loads(person, j, level, work, out)
        facet_loads(person, j, level, work, out)
        ligament_loads(person, model.topology, j, level, work, out)
        relative = person.frame[j] @ work.relative[j] @ person.frame[j].T
        whole = whole @ relative
        turned.append(work.relative[j].copy())
        moved.append(1e3 * work.translation[j].copy())
    found = slice(JOINT_COUNT - high, JOINT_COUNT - low)
    base = Rotation.from_matrix(work.rotation[low]).as_matrix()
    return {
        "relative": np.array(turned[::-1]),
        "total": base @ whole @ base.T,
        "translation": np.array(moved[::-1]),
        **{n: np.array(out[n][found]) for n in _REPORTED},
    }


def _curve(levels: tuple[str, ...], part: Array, rows: list[dict[str, Array]]) -> Curve:
    """Steps as arrays, rotations and translations from the first of them."""
    first = rows[0]
    rotation = np.array([_angles(first["relative"].transpose(0, 2, 1) @ row["relative"]) for row in rows])
    total = np.array([_angles(first["total"].T @ row["total"]) for row in rows])
    return Curve(
        levels=levels,
        part=part,
        rotation_deg=rotation,
        rotation_total_deg=total,
        translation_mm=np.array([row["translation"] - first["translation"] for row in rows]),
        loads={n: np.array([row[n] for row in rows]) for n in _REPORTED},
    )


def _angles(matrix: Array) -> Array:
    """Rotation vector as forward, right, left (deg)."""
    vector = Rotation.from_matrix(matrix).as_rotvec(degrees=True)
    return np.stack([-vector[..., 2], vector[..., 0], vector[..., 1]], axis=-1)
