"""Calibrates what no table can give: facet gaps per level, then resting tone.

- Gap: under 500 N of pure compression, rotations held, a facet carries 35 N. Published are 43 N (a finite element level under
  500 N) and 45 +- 40 N at 400 N (Jaumard 2011), against facets that are all but unloaded in flexion (Adams and Hutton 1980,
  Schendel 1993): 43 N a side leaves 5 % of compression on them in a lift from the knees, 35 N less than that.
- Tone: relaxed standing then gives 0.50 MPa in the L4-L5 disc of the reference man (Wilke 1999).

The gap comes first, because facets relieve the disc. ``python -m spinesim.cli.rebuild_geometry`` writes both into the tables.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import brentq

from spinesim.mechanics import joint, kinematics
from spinesim.mechanics.facets import contact
from spinesim.model.anatomy import SpineModel
from spinesim.model.load import Load
from spinesim.model.names import JOINTS, LEVELS
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.solver.api import solve
from spinesim.solver.workspace import allocate

COMPRESSION = 500.0  # N
STANDING_PRESSURE = 0.50  # MPa
GAP_BRACKET = (-0.5, 0.5)  # mm
TONE_BRACKET = (0.002, 0.03)


def facet_gaps(model: SpineModel) -> dict[str, float]:
    """Gap (mm) of every level at which each of its facets carries its force of the calibration table under ``COMPRESSION``."""
    table = {level: model.tables.value("facets", level, "gap") for level in LEVELS}
    person = model.pack(Subject())
    work = allocate(person, model.topology)
    kinematics.prescribe(person, np.zeros(3), np.zeros(3), np.zeros(2), work)
    kinematics.orient(person, work)

    def excess(gap: float, index: int) -> float:
        person.facet_gap[index] = 1e-3 * gap
        joint.prepare(person, index, work)
        return compressed_facet_force(person, index, work) - model.tables.value("calibration", JOINTS[index], "facet_force")

    return {level: float(brentq(excess, *GAP_BRACKET, args=(JOINTS.index(level),), xtol=1e-5)) for level in table}


def compressed_facet_force(person: Any, index: int, work: Any) -> float:
    """Force (N) on one facet of joint ``index`` under pure compression, rotations held."""
    x = np.zeros(3)
    for _ in range(100):
        joint.passive_force(person, index, x, work)
        rest = np.array([0.0, -COMPRESSION, 0.0]) - work.joint_force[index]
        if np.abs(rest).max() < 1e-9:
            break
        step = np.linalg.solve(work.joint_stiffness[index], rest)
        x += step * min(1.0, 5e-4 / max(float(np.linalg.norm(step)), 1e-12))
    gaps = work.facet_offset[index, 0] + x @ work.facet_normal[index, 0]
    return float(sum(contact(g, k, person.facet_smoothing[index])[0] for g, k in zip(gaps, person.facet_stiffness[index, 0], strict=True)))


def resting_tone(model: SpineModel) -> float:
    """Resting tone at which the reference man stands with ``STANDING_PRESSURE`` in L4-L5."""

    def excess(tone: float) -> float:
        standing = solve(model, Subject(resting_tone=tone), Posture(), Load())
        return float(standing.level("L4-L5")["intradiscal_pressure_MPa"]) - STANDING_PRESSURE

    return float(brentq(excess, *TONE_BRACKET, xtol=1e-6))
