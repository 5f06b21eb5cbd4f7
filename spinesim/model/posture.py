"""How the person holds the body, and what supports it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Gravity = Literal["standing", "supine", "prone", "left_side", "right_side"]
Stance = Literal["both", "left", "right", "seated", "lying"]


@dataclass(frozen=True, slots=True)
class Posture:
    """A static posture, or one instant of a motion.

    All angles are degrees from relaxed standing. Thorax inclination is pelvic tilt + lumbar flexion.

    Parameters
    ----------
    pelvic_tilt_deg
        Forward tilt of the pelvis.
    flexion_deg, lateral_deg, rotation_deg
        Lumbar (T12-S1) flexion forward, bending to the right, axial rotation to the left; shared over the
        six joints by the rhythm table.
    trunk_inclination_deg, lumbar_share
        Instead of tilt and flexion: thorax inclination, and the lumbar part of it (``None``: the rhythm of
        healthy adults for that inclination).
    pelvic_lateral_deg, pelvic_rotation_deg
        Drop of the pelvis to the right and turn to the left.
    upper_arm_deg, forearm_deg, arm_abduction_deg
        Left and right: from the downward vertical, forward positive; abduction outwards.
    hand_position_mm
        Instead of arm angles: where the grips are, from the L5-S1 disc centre in the upright frame,
        (anterior, superior); the elbow angle follows from the arm's lengths.
    hip_flexion_deg, knee_flexion_deg
        Thigh against pelvis (``None``: legs vertical, so equal to pelvic tilt) and knee.
    gravity
        Which way the body lies.
    stance
        Which legs carry the pelvis; a seat or a bed carries it otherwise and hip moments are then free.
    support
        Free contacts that can only push: ``backrest``, ``elbows``, ``armrests``.
    tone
        Factor on resting tone: 1 upright, 0 lying or fully supported.
    armrest_share
        Part of body weight that the arm rests carry at the shoulders.
    flexion_rate_deg_s, flexion_acceleration_deg_s2, pelvic_rate_deg_s, pelvic_acceleration_deg_s2
        Motion in the sagittal plane: inertia of the trunk and the force-velocity law follow from it.
    lift_acceleration_m_s2
        Upward acceleration of the load in the hands against the shoulders, with which arms and load move otherwise.
    hip_rise_acceleration_m_s2, hip_advance_acceleration_m_s2
        Acceleration of the hips, and with them of the whole trunk, against gravity and forward: legs that stretch, a step.
    """

    pelvic_tilt_deg: float = 0.0
    flexion_deg: float = 0.0
    lateral_deg: float = 0.0
    rotation_deg: float = 0.0
    trunk_inclination_deg: float | None = None
    lumbar_share: float | None = None
    pelvic_lateral_deg: float = 0.0
    pelvic_rotation_deg: float = 0.0
    upper_arm_deg: tuple[float, float] = (5.0, 5.0)
    forearm_deg: tuple[float, float] = (20.0, 20.0)
    arm_abduction_deg: tuple[float, float] = (0.0, 0.0)
    hand_position_mm: tuple[float, float] | None = None
    hip_flexion_deg: float | None = None
    knee_flexion_deg: float = 0.0
    gravity: Gravity = "standing"
    stance: Stance = "both"
    support: tuple[str, ...] = ()
    tone: float = 1.0
    armrest_share: float = 0.0
    flexion_rate_deg_s: float = 0.0
    flexion_acceleration_deg_s2: float = 0.0
    pelvic_rate_deg_s: float = 0.0
    pelvic_acceleration_deg_s2: float = 0.0
    lift_acceleration_m_s2: float = 0.0
    hip_rise_acceleration_m_s2: float = 0.0
    hip_advance_acceleration_m_s2: float = 0.0

    @property
    def moves(self) -> bool:
        """Whether it is an instant of a motion: a rate or an acceleration is not zero."""
        return any(getattr(self, name) for name in MOTION)


MOTION: Final = tuple(name for name in Posture.__slots__ if "rate_deg" in name or "acceleration" in name)
