"""What laboratories measure of a specimen: range of motion with neutral zone, and blocked stiffness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from spinesim.model.anatomy import SpineModel
from spinesim.model.names import unknown_name
from spinesim.model.subject import Subject
from spinesim.solver.bench import Array, Curve, Loading, Specimen, check_names, load_specimen
from spinesim.solver.specimen import tissue

AXES = {"sagittal": ("flexion_Nm", 0), "lateral": ("lateral_Nm", 1), "axial": ("axial_Nm", 2)}
NEUTRAL_MOMENT = 0.5  # N m
BODY_CENTRE = np.array([0.0, 0.02, 0.0])  # m above the disc: where laboratories grip the upper vertebra
AMPLITUDE_MM = (0.5, 0.35, 0.5)  # x, y, z of Gardner-Morse and Stokes 2003
AMPLITUDE_DEG = (1.5, 1.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """A specimen moved both ways about one axis.

    ``moment_Nm`` (S,) runs from the most negative to the most positive (forward, right, left), ``rotation_deg`` (S, L) and
    ``rotation_total_deg`` (S,) are the angles about the same axis. ``range_deg`` and ``neutral_zone_deg`` (L,) sum both
    ways. An elastic specimen has no hysteresis: its neutral zone is the rotation between -0.5 and +0.5 N m.
    """

    levels: tuple[str, ...]
    moment_Nm: Array
    rotation_deg: Array
    rotation_total_deg: Array
    range_deg: Array
    neutral_zone_deg: Array
    range_total_deg: float
    ways: tuple[Curve, Curve]


def range_of_motion(
    model: SpineModel,
    subject: Subject,
    segment: str,
    axis: str,
    moment_Nm: float,
    follower_N: float = 0.0,
    without: Sequence[str] = (),
) -> Motion:
    """Move a specimen both ways with a pure moment.

    Parameters
    ----------
    model, subject, segment, without
        As of :func:`~spinesim.solver.bench.load_specimen`.
    axis
        ``sagittal``, ``lateral`` or ``axial``.
    moment_Nm
        Largest moment either way; at least the 0.5 N m that bound the neutral zone.
    follower_N
        Follower load.

    Raises
    ------
    ValueError, UnstableSpecimenError
        As :func:`~spinesim.solver.bench.load_specimen`; or if the axis is unknown or the moment too small.
    """
    if axis not in AXES:
        raise ValueError(unknown_name("axis", axis, tuple(AXES)))
    if not moment_Nm >= NEUTRAL_MOMENT:
        raise ValueError(f"moment_Nm = {moment_Nm:g} is below {NEUTRAL_MOMENT:g}, which bounds the neutral zone")
    name, column = AXES[axis]
    loads = (replace(Loading(follower_N=follower_N), **{name: sign * moment_Nm}) for sign in (-1.0, 1.0))  # type: ignore[arg-type]
    back, forth = (load_specimen(model, subject, segment, loading, without) for loading in loads)
    moment = np.concatenate([-moment_Nm * back.part[:0:-1], moment_Nm * forth.part])
    turned = np.concatenate([back.rotation_deg[:0:-1, :, column], forth.rotation_deg[:, :, column]])
    total = np.concatenate([back.rotation_total_deg[:0:-1, column], forth.rotation_total_deg[:, column]])
    inside = [np.interp([-NEUTRAL_MOMENT, NEUTRAL_MOMENT], moment, turned[:, level]) for level in range(turned.shape[1])]
    return Motion(
        levels=forth.levels,
        moment_Nm=moment,
        rotation_deg=turned,
        rotation_total_deg=total,
        range_deg=turned[-1] - turned[0],
        neutral_zone_deg=np.array([high - low for low, high in inside]),
        range_total_deg=float(total[-1] - total[0]),
        ways=(back, forth),
    )


def stiffness(
    model: SpineModel,
    subject: Subject,
    level: str,
    preload_N: float = 0.0,
    without: Sequence[str] = (),
    amplitude_mm: tuple[float, float, float] = AMPLITUDE_MM,
    amplitude_deg: tuple[float, float, float] = AMPLITUDE_DEG,
) -> Array:
    """Stiffness of one segment about the centre of the upper body: one displacement imposed at a time, all others held.

    Parameters
    ----------
    model, subject, level, without
        As of :func:`~spinesim.solver.bench.load_specimen`, for a single segment.
    preload_N
        Compression along the disc's normal, applied with rotations held.
    amplitude_mm, amplitude_deg
        Half of the imposed displacements along and about x, y, z of the disc frame; the stiffness is the secant between their ends.

    Returns
    -------
    ndarray of shape (6, 6)
        Force (N) and moment (N m) over displacement (m) and rotation (rad), rows and columns x, y, z, about x, about y, about z. Far above
        the slope of a free moment-rotation curve, where the segment chooses its own axis.
    """
    specimen = Specimen(model, subject, check_names(level, without), without)
    specimen.mount(Loading(follower_N=preload_N, hold_rotations=True))
    j = specimen.low
    rest, matrix = specimen.work.translation[j].copy(), np.zeros((6, 6))
    sizes = np.concatenate([1e-3 * np.array(amplitude_mm), np.radians(amplitude_deg)])
    for column, size in enumerate(sizes):
        ends = [_wrench(specimen, j, rest, sign * size * np.eye(6)[column]) for sign in (1.0, -1.0)]
        matrix[:, column] = (ends[0] - ends[1]) / (2.0 * size)
    return matrix


def _wrench(specimen: Specimen, j: int, rest: Array, displacement: Array) -> Array:
    """Force and moment (6,) about the centre of the upper body, displaced from ``rest``, in the disc frame of the lower vertebra."""
    turn = Rotation.from_rotvec(displacement[3:])
    work = specimen.work
    moved = rest + displacement[:3] + BODY_CENTRE - turn.apply(BODY_CENTRE)
    half = Rotation.from_rotvec(0.5 * displacement[3:]).as_matrix()
    work.relative[j], work.translation[j] = turn.as_matrix(), half.T @ moved
    tissue(specimen.person, j, work)
    force, moment = half @ work.joint_force[j], half @ work.joint_moment[j]
    return np.concatenate([force, moment - np.cross(turn.apply(BODY_CENTRE), force)])
