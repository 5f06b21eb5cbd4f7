"""How hard a case is for a person, estimated before it is solved: the quantity that ends the validated range.

A stick figure: the moment of trunk, arms and load about L5-S1 in the sagittal plane (in space for one hand), raised by side
bending and by turning, for which facets and discs ask muscle as well, over the person's strength. Fitted so that of random
healthy persons, postures and loads within 160 N m fewer than 0.5 % lack strength.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from spinesim.model.anatomy import SpineModel
from spinesim.model.cases import DOWN, trunk_angles
from spinesim.model.fascicles import personal_strength
from spinesim.model.layout import GRAVITY
from spinesim.model.load import Load
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject

SHOULDER_HEIGHT, SHOULDER_WIDTH = 0.413, 0.17  # m from L5-S1, at the reference stature
TRUNK_MASS, TRUNK_CENTRE = 0.397, 0.27  # of body mass above L5-S1 without arms; m
ARM_MASS = 0.10
BACKWARD = 3.0  # the trunk's flexors are that much weaker for leaning back
UPPER_ARM, FOREARM = 0.186, 0.206  # to the grip, of stature
BENDING, TURNING, ARCHING, PASSIVE = 15.0, 10.0, 15.0, 30.0  # deg, deg, deg, N m
ONE_SIDED = 2.0  # few muscles hold a load beside the spine


class Body(NamedTuple):
    """What the effort of a case needs to know of the person, one or (N,): mass, stature, and the factor on all muscle forces."""

    mass_kg: Any
    stature_m: Any
    strength: Any

    @classmethod
    def of(cls, subject: Subject) -> Body:
        """That of one person."""
        return cls(subject.mass_kg, subject.stature_m, personal_strength(SpineModel.default().tables, subject))


# A number that is not finite is refused by its own range.
@np.errstate(invalid="ignore", over="ignore")
def effort(subject: Subject | Body, posture: Posture, load: Load) -> Any:
    """Estimated moment (N m) that the case asks of the reference man's strength; (N,) where numbers are columns."""
    subject = subject if isinstance(subject, Body) else Body.of(subject)
    tables = SpineModel.default().tables
    scale = subject.stature_m / tables.value("scaling", "reference", "stature")
    trunk = np.radians(sum(trunk_angles(tables, posture)))
    lean = _ahead(posture, np.sin(trunk), np.cos(trunk))
    reach = _reach(subject, posture)
    weight = 0.0 if posture.stance == "lying" else GRAVITY * subject.mass_kg
    shoulder = SHOULDER_HEIGHT * scale * lean
    ahead = shoulder + reach if posture.hand_position_mm is None else 1e-3 * _ahead(posture, *posture.hand_position_mm)
    body = weight * (TRUNK_MASS * TRUNK_CENTRE * scale * lean + ARM_MASS * 0.5 * (shoulder + ahead))
    held = GRAVITY * load.mass_kg
    aside = ONE_SIDED * held * SHOULDER_WIDTH * scale if load.hands != "both" else 0.0
    # Lying on a side without a bed, the trunk weighs sideways.
    aside = aside + abs(DOWN[posture.gravity][2]) * weight * (TRUNK_MASS * TRUNK_CENTRE + ARM_MASS * SHOULDER_HEIGHT) * scale
    oblique = abs(posture.lateral_deg) / BENDING
    turned = abs(posture.rotation_deg) / TURNING
    forward = body + held * ahead + 0.5 * GRAVITY * load.backpack_kg * lean
    forward = forward * (1.0 if "backrest" in posture.support else np.where(forward < 0.0, BACKWARD, 1.0))
    arched = np.maximum(-posture.flexion_deg, 0.0) / ARCHING
    asked = np.hypot(forward, aside) * (1.0 + oblique) + PASSIVE * (oblique + turned + arched)
    return asked / np.maximum(subject.strength * scale, 1e-9)


def _ahead(posture: Posture, forward: Any, up: Any) -> Any:
    """Lever about the sagittal axis of a weight at a point of the body: its part ahead where the person stands."""
    x, y, _ = DOWN[posture.gravity]
    return up * x - forward * y


def _reach(subject: Body, posture: Posture) -> Any:
    """Grip ahead of the shoulder (m), mean of both arms."""
    upper, lower = (
        sum(_ahead(posture, np.sin(np.radians(a)), -np.cos(np.radians(a))) for a in pair) / 2.0
        for pair in (posture.upper_arm_deg, posture.forearm_deg)
    )
    return subject.stature_m * (UPPER_ARM * upper + FOREARM * lower)
