"""What every tissue bore over a recording: forces integrated over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spinesim.analysis.movement import MovementLoads
from spinesim.analysis.recording.record import Array


@dataclass(frozen=True, slots=True)
class Doses:
    """Impulses, N s; NaN where a frame has no answer.

    Attributes
    ----------
    disc_Ns, facets_Ns, ligaments_Ns
        Compression of the disc, both facets, tension of all ligaments, by level (6,).
    muscles_Ns
        Active and passive force of each group, both sides.
    """

    disc_Ns: Array
    facets_Ns: Array
    ligaments_Ns: Array
    muscles_Ns: dict[str, float]


def doses(loads: MovementLoads) -> Doses:
    """Impulses of all tissues."""
    found = loads.solution

    def over_time(force: Array) -> Array:
        return np.asarray(np.trapezoid(force, loads.movement.time_s, axis=0))

    muscles = {group: float(over_time(force)) for group, force in muscle_forces(loads).items()}
    return Doses(
        over_time(found.disc_compression_N), over_time(found.facet_force_N.sum(axis=-1)), over_time(ligament_forces(loads)), muscles
    )


def ligament_forces(loads: MovementLoads) -> Array:
    """Tension of all ligaments of a level together (n, 6), N."""
    return np.asarray(loads.solution.ligament_tension_N.sum(axis=-1))


def muscle_forces(loads: MovementLoads) -> dict[str, Array]:
    """Active and passive force of each group, both sides, over the frames (n,), N."""
    found = loads.solution
    force, groups = found.active_force_N + found.passive_force_N, np.array(found.groups)
    return {group: force[:, groups == group].sum(axis=1) for group in dict.fromkeys(found.groups)}
