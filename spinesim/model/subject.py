"""The person: size, strength, posture of the pelvis, and findings per level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Subject:
    """A person whose spine is to be solved.

    Parameters
    ----------
    mass_kg, stature_m, sex, age_years
        Scale geometry, masses and strength (``geometry/adult/scaling.csv``).
    sacral_slope_deg, lordosis_deg
        Slope of the S1 endplate and T12-S1 lordosis in relaxed standing; ``None`` keeps the table's.
        If only one is given, the other follows it so that the thorax stays upright.
    disc_grade
        Degeneration grade 1-5 per level name; levels not named are grade 1.
    facet_angle_left_deg, facet_angle_right_deg, facet_gap_left_mm, facet_gap_right_mm
        Per level name: angle of the facet plane to the sagittal plane, and extra gap beside the table's.
        A difference between the sides is tropism.
    strength
        Factor on active strength (0.7 is a deficit of 30 %) per muscle: a group (``multifidus``), a group of one side
        (``multifidus_left``) or a fascicle (``MF_m5s_left``); the narrower name counts.
    min_activation, max_activation
        Bounds on activation per muscle, named likewise: co-contraction, delay, EMG-given values (both equal).
    segment_flexion_deg, segment_lateral_deg, segment_rotation_deg
        Per level name. Flexion and bending: the segment is held there, on top of the posture's share. Rotation: disc and
        ligaments have grown to it and are free of stress there, while the facets stay as they are; how far the segment
        turns then follows from the balance of all levels.
    segment_slip_mm
        Per level name: how far the upper vertebra stands forward of where it belongs, along the disc's mid-plane, in relaxed standing.
        Everything above comes with it; disc, ligaments and facets have grown to it. Spondylolisthesis of grade I is up to a quarter
        of the endplate's length, about 8 mm at L5-S1.
    tissue
        Factors on table values by dotted name, for example ``{"facet.cartilage_stiffness": 2.0}``.
    resting_tone
        Lower bound of every activation when not lying; ``None`` takes the calibrated one.
    """

    mass_kg: float = 70.0
    stature_m: float = 1.68
    sex: Literal["male", "female"] = "male"
    age_years: float = 45.0
    sacral_slope_deg: float | None = None
    lordosis_deg: float | None = None
    disc_grade: Mapping[str, int] = field(default_factory=dict)
    facet_angle_left_deg: Mapping[str, float] = field(default_factory=dict)
    facet_angle_right_deg: Mapping[str, float] = field(default_factory=dict)
    facet_gap_left_mm: Mapping[str, float] = field(default_factory=dict)
    facet_gap_right_mm: Mapping[str, float] = field(default_factory=dict)
    strength: Mapping[str, float] = field(default_factory=dict)
    min_activation: Mapping[str, float] = field(default_factory=dict)
    max_activation: Mapping[str, float] = field(default_factory=dict)
    segment_flexion_deg: Mapping[str, float] = field(default_factory=dict)
    segment_lateral_deg: Mapping[str, float] = field(default_factory=dict)
    segment_rotation_deg: Mapping[str, float] = field(default_factory=dict)
    segment_slip_mm: Mapping[str, float] = field(default_factory=dict)
    tissue: Mapping[str, float] = field(default_factory=dict)
    resting_tone: float | None = None
