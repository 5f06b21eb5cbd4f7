"""The skeleton of one person: joint centres, disc frames, masses, all in the neutral standing posture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from spinesim.model.layout import JOINT_COUNT, Array
from spinesim.model.names import JOINTS
from spinesim.model.subject import Subject
from spinesim.model.tables import Tables

_VERTEBRAE = ("S1", "L5", "L4", "L3", "L2", "L1", "T12")
_SLICES = ("L5", "L4", "L3", "L2", "L1")
_THORAX = (*(f"T{i}" for i in range(1, 13)), "head_neck")

MM = 1e-3


@dataclass(frozen=True)
class Skeleton:
    """Neutral posture of one person: metres, kilograms; z rotations of the bodies from the table posture in rad."""

    scale: float
    centre: Array  # (6, 3)
    frame: Array  # (6, 3, 3)
    turn: Array  # (7,) rotation of each body about z against the table
    shift: Array  # (7, 3)
    body_mass: Array
    body_centre: Array
    body_inertia: Array

    def move(self, position: Array, body: int) -> Array:
        """Where table positions (..., 3), m and already scaled, on a body of the chain stand in this person."""
        moved: Array = position @ rotation_z(self.turn[body]).T + self.shift[body]
        return moved


def rotation_z(angle: float) -> Array:
    """Rotation about z by ``angle`` rad."""
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def rotation_y(angle: float) -> Array:
    """Rotation about y by ``angle`` rad."""
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def build(tables: Tables, subject: Subject) -> Skeleton:
    """Scale the table skeleton to a person, with the person's sacral slope and lordosis."""
    scale = (subject.stature_m / tables.value("scaling", "reference", "stature")) ** tables.value(
        "scaling", "geometry", "length_stature_exponent"
    )
    table_centre = (
        np.array([[tables.value("joints", j, "centre_x"), tables.value("joints", j, "centre_y"), 0.0] for j in JOINTS]) * MM * scale
    )
    turn, shift = _curve(tables, subject, table_centre)
    tilt = np.array([math.radians(tables.value("vertebrae", v, "tilt")) for v in _VERTEBRAE])
    middle = 0.5 * (tilt[:-1] + turn[:-1] + tilt[1:] + turn[1:])
    bare = Skeleton(
        scale=scale,
        centre=np.array([rotation_z(turn[j]) @ table_centre[j] + shift[j] for j in range(JOINT_COUNT)]),
        frame=np.array([rotation_z(angle) for angle in middle]),
        turn=turn,
        shift=shift,
        body_mass=np.zeros(7),
        body_centre=np.zeros((7, 3)),
        body_inertia=np.zeros(7),
    )
    return _with_masses(tables, subject, bare)


def _curve(tables: Tables, subject: Subject, centre: Array) -> tuple[Array, Array]:
    """Rotation and shift of every body for the person's slope and lordosis; the difference of lordosis is shared like flexion."""
    slope, lordosis = (tables.nominal("scaling", "reference", name) for name in ("sacral_slope", "lordosis"))
    given_slope, given_lordosis = subject.sacral_slope_deg, subject.lordosis_deg
    # The table posture has the slope and lordosis of the table; a person of whom nothing is known has the drawn slope.
    usual = tables.value("scaling", "reference", "sacral_slope") - slope
    # Slope and lordosis go together in people who stand upright: what is not given follows what is.
    steeper = given_slope - slope if given_slope is not None else (given_lordosis - lordosis if given_lordosis is not None else usual)
    hollow = given_lordosis - lordosis if given_lordosis is not None else steeper
    steeper, hollow = math.radians(steeper), math.radians(hollow)
    turn, shift = np.zeros(7), np.zeros((7, 3))
    turn[0] = -steeper
    for j, name in enumerate(JOINTS):
        turn[j + 1] = turn[j] + hollow * tables.value("rhythm", name, "flexion_share")
        here = rotation_z(turn[j]) @ centre[j] + shift[j]
        shift[j + 1] = here - rotation_z(turn[j + 1]) @ centre[j]
    return turn, shift


def _with_masses(tables: Tables, subject: Subject, bare: Skeleton) -> Skeleton:
    """Body masses from slices: pelvis, five lumbar slices, thorax with head and neck."""
    percent = 0.01 * subject.mass_kg
    mass, centre, inertia = np.zeros(7), np.zeros((7, 3)), np.zeros(7)
    for body, slices in enumerate((("pelvis",), *((s,) for s in _SLICES), _THORAX)):
        parts = np.array([percent * tables.value("mass", s, "mass_percent") for s in slices])
        places = np.array([bare.move(np.array(tables.position("mass", s)) * MM * bare.scale, body) for s in slices])
        radius = np.array([tables.value("mass", s, "gyration_z") for s in slices]) * MM * bare.scale
        mass[body] = parts.sum()
        centre[body] = parts @ places / mass[body]
        inertia[body] = parts @ (radius**2 + ((places - centre[body]) ** 2)[:, :2].sum(axis=1))
    return Skeleton(bare.scale, bare.centre, bare.frame, bare.turn, bare.shift, mass, centre, inertia)
