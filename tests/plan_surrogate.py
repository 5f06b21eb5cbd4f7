"""Affine loads of the planner's design study: examples of what the rules do, no results of the model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spinesim.analysis.demand import Demands

# c0 N, c1 N/kg, s0, s1, lumbar flexion in degrees, dynamic factor; daily tasks have theirs inside.
TASKS = {
    "partial_hinge": (1300, 42, 270, 9, 8, 1.08),
    "hip_hinge": (1720, 52, 355, 11, 10, 1.08),
    "romanian_deadlift": (1780, 56, 375, 11.5, 20, 1.08),
    "squat_lift": (1150, 52, 245, 9, 18, 1.08),
    "stoop_lift": (1690, 61, 355, 11.7, 36, 1.2),
    "suitcase_carry": (540, 41, 130, 11, 0, 1.6),
    "farmer_carry": (520, 30, 120, 8, 0, 1.6),
    "step_up": (900, 30, 180, 6, 5, 1.1),
    "walk": (626, 0, 120, 0, 0, 1.0),
    "chair": (1200, 0, 200, 0, 20, 1.0),
    "bend": (2153, 0, 440, 0, 25, 1.0),
    "lift_daily": (1150, 52, 245, 9, 18, 1.2),
}
BELOW = np.array([0.8, 0.8, 0.8, 0.8, 1.0, 0.8])  # L4-L5 carries most


def surrogate(mass_kg: float):
    """Loads of a person of a mass, in the form of the planner."""

    def loads(task: str, load_kg: Sequence[float]) -> Demands:
        return stand(task, np.asarray(load_kg, float), mass_kg)

    return loads


def stand(task: str, load: np.ndarray, mass_kg: float) -> Demands:
    c0, c1, s0, s1, flexion, g = TASKS[task]
    one = np.ones((load.size, 1))
    compression = g * (c0 * mass_kg / 70.0 + c1 * load)[:, None, None] * BELOW
    passive = 60.0 * (flexion / 60.0) ** 3 + 2.0 * flexion / 60.0
    return Demands(
        load_kg=load,
        converged=one > 0,
        validated=one > 0,
        strength_exceeded=one < 0,
        compression_N=compression,
        net_compression_N=compression,
        anterior_shear_N=g * (s0 * mass_kg / 70.0 + s1 * load)[:, None, None] * BELOW,
        flexion_moment_Nm=np.full_like(compression, passive),
        facet_force_N=0.05 * compression,
        facet_peak_MPa=0.0002 * compression,
        pressure_MPa=0.0005 * compression,
        ligament_tension_N=np.zeros((*compression.shape, 7)),
        torsion_Nm=np.zeros_like(compression),
        activation=0.0001 * compression[:, :, 4],
        flexion_share=one * flexion / 60.0,
    )
