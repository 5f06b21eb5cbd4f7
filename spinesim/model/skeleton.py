"""The skeleton of persons: joint centres, disc frames, masses, all in the neutral standing posture.

Arrays begin with an axis of N drawn models, which is 1 where nothing is drawn. All is elementwise along it, so that a model has the
same bits alone and among others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from spinesim.model.layout import JOINT_COUNT, Array, beside
from spinesim.model.names import JOINTS
from spinesim.model.subject import Subject
from spinesim.model.tables import Tables

_VERTEBRAE: Final = ("S1", "L5", "L4", "L3", "L2", "L1", "T12")
_THORAX: Final = (*(f"T{i}" for i in range(1, 13)), "head_neck")
_SLICES: Final = ("pelvis", "L5", "L4", "L3", "L2", "L1", *_THORAX)
_BODY: Final = np.array([*range(6), *(6 for _ in _THORAX)])  # of every slice

MM = 1e-3


@dataclass(frozen=True)
class Skeleton:
    """Neutral posture of N persons: metres, kilograms; z rotations of the bodies from the table posture in rad."""

    scale: Array  # (N,)
    centre: Array  # (N, 6, 3)
    frame: Array  # (N, 6, 3, 3)
    turn: Array  # (N, 7) rotation of each body about z against the table
    shift: Array  # (N, 7, 3)

    def move(self, position: Array, body: Array) -> Array:
        """Where table positions (N, K, 3), m and already scaled, on bodies (K,) of the chain stand in these persons."""
        c, s = (np.take(part, body, axis=1) for part in (np.cos(self.turn), np.sin(self.turn)))
        x, y, z = (position[..., k] for k in range(3))
        shift = [np.take(self.shift[..., k], body, axis=1) for k in range(3)]
        return beside(c * x - s * y + shift[0], s * x + c * y + shift[1], z + shift[2])


@dataclass(frozen=True)
class Masses:
    """Mass (N, 7), its centre (N, 7, 3) and inertia about z (N, 7) of pelvis, lumbar slices and thorax with head and neck."""

    mass: Array
    centre: Array
    inertia: Array


def rotation_z(angle: Any) -> Array:
    """Rotations (..., 3, 3) about z by angles (...) in rad."""
    c, s = np.cos(angle), np.sin(angle)
    return beside(c, -s, 0.0, s, c, 0.0, 0.0, 0.0, 1.0).reshape(*np.shape(angle), 3, 3)


def rotation_y(angle: Any) -> Array:
    """Rotations (..., 3, 3) about y by angles (...) in rad."""
    c, s = np.cos(angle), np.sin(angle)
    return beside(c, 0.0, s, 0.0, 1.0, 0.0, -s, 0.0, c).reshape(*np.shape(angle), 3, 3)


def turned_back(points: Array, rotation: Array) -> Array:
    """Points (..., K, 3) turned by the inverses of rotations (..., 3, 3), which are those of each row of points."""
    x, y, z = (points[..., k] for k in range(3))
    r = rotation[..., None, :, :]
    return beside(*[x * r[..., 0, k] + y * r[..., 1, k] + z * r[..., 2, k] for k in range(3)])


def build(tables: Tables, subject: Subject) -> Skeleton:
    """Scale the table skeleton to a person, with the person's sacral slope and lordosis."""
    stature = subject.stature_m / tables.value("scaling", "reference", "stature")
    scale = np.atleast_1d(np.power(stature, tables.value("scaling", "geometry", "length_stature_exponent")))
    table_centre = table_centres(tables) * MM * scale[:, None, None]
    turn, shift = _curve(tables, subject, table_centre)
    tilt = np.radians(tables.column("vertebrae", _VERTEBRAE, "tilt"))
    middle = 0.5 * (tilt[:, :-1] + turn[:, :-1] + tilt[:, 1:] + turn[:, 1:])
    if subject.segment_slip_mm:
        shift = shift + _slipped(subject, middle)
    bare = Skeleton(scale, table_centre, rotation_z(middle), turn, shift)
    return Skeleton(scale, bare.move(table_centre, np.arange(JOINT_COUNT)), bare.frame, turn, shift)


def _slipped(subject: Subject, middle: Array) -> Array:
    """How far every body (N, 7, 3) stands from its place because joints below have slipped along their mid-planes (N, 6)."""
    slip = MM * np.array([subject.segment_slip_mm.get(joint, 0.0) for joint in JOINTS])
    step = beside(slip * np.cos(middle), slip * np.sin(middle), 0.0)
    return np.concatenate([np.zeros_like(step[:, :1]), np.cumsum(step, axis=1)], axis=1)


def table_centres(tables: Tables) -> Array:
    """Joint centres (N, 6, 3) in the table posture, mm."""
    return beside(tables.column("joints", JOINTS, "centre_x"), tables.column("joints", JOINTS, "centre_y"), 0.0)


def _curve(tables: Tables, subject: Subject, centre: Array) -> tuple[Array, Array]:
    """Rotation and shift of every body for the person's slope and lordosis; the difference of lordosis is shared like flexion."""
    slope, lordosis = (tables.nominal("scaling", "reference", name) for name in ("sacral_slope", "lordosis"))
    given_slope, given_lordosis = subject.sacral_slope_deg, subject.lordosis_deg
    # The table posture has the slope and lordosis of the table; a person of whom nothing is known has the drawn slope.
    usual = tables.value("scaling", "reference", "sacral_slope") - slope
    # Slope and lordosis go together in people who stand upright: what is not given follows what is.
    steeper = given_slope - slope if given_slope is not None else (given_lordosis - lordosis if given_lordosis is not None else usual)
    hollow = given_lordosis - lordosis if given_lordosis is not None else steeper
    share = tables.column("rhythm", JOINTS, "flexion_share")
    turn = [np.atleast_1d(-np.radians(steeper))]
    for j in range(JOINT_COUNT):
        turn.append(turn[j] + np.radians(hollow) * share[:, j])
    angle = beside(*turn)
    c, s = np.cos(angle), np.sin(angle)
    x, y = [np.zeros(1)], [np.zeros(1)]
    for j in range(JOINT_COUNT):
        # Both bodies of a joint have its centre in the same place.
        less_c, less_s = c[:, j] - c[:, j + 1], s[:, j] - s[:, j + 1]
        x.append(x[j] + less_c * centre[:, j, 0] - less_s * centre[:, j, 1])
        y.append(y[j] + less_s * centre[:, j, 0] + less_c * centre[:, j, 1])
    return angle, beside(beside(*x), beside(*y), 0.0)


def masses(tables: Tables, subject: Subject, bones: Skeleton) -> Masses:
    """Body masses from slices: pelvis, five lumbar slices, thorax with head and neck."""
    length = MM * bones.scale[:, None]
    part = 0.01 * subject.mass_kg * tables.column("mass", _SLICES, "mass_percent")
    place = bones.move(tables.positions("mass", _SLICES) * length[..., None], _BODY)
    radius = tables.column("mass", _SLICES, "gyration_z") * length
    mass = _by_body(part)
    centre = _by_body(part[..., None] * place) / mass[..., None]
    away = place - np.take(centre, _BODY, axis=1)
    return Masses(mass, centre, _by_body(part * (radius**2 + away[..., 0] ** 2 + away[..., 1] ** 2)))


def _by_body(slices: Array) -> Array:
    """Sums (N, 7, ...) of the slices (N, 19, ...) of every body, one after the other."""
    out = slices[:, :7].copy()
    for number in range(7, len(_SLICES)):
        out[:, 6] += slices[:, number]
    return out
