"""Calibrates what no table can give: facet gaps per level, then resting tone. The targets are in ``calibration.csv``.

- Gap: under 500 N of pure compression, rotations held, a facet carries the force that the calibration of the passive joint found
  (:mod:`spinesim.analysis.calibration`).
- Tone: relaxed standing then gives 0.50 MPa in the L4-L5 disc of the reference man (Wilke 1999).

The gap comes first, because facets relieve the disc. ``python -m spinesim.cli.rebuild_geometry`` writes both into the tables.
A sample of uncertain parameters gets its own gaps in the same way (:mod:`spinesim.analysis.sampling`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import brentq

from spinesim.mechanics import kinematics
from spinesim.model import skeleton
from spinesim.model.anatomy import SpineModel, joint_fields
from spinesim.model.layout import Array
from spinesim.model.load import Load
from spinesim.model.names import JOINTS
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.model.tables import Tables
from spinesim.solver.api import solve
from spinesim.solver.gap_fit import fit_gaps
from spinesim.solver.workspace import allocate

MM = 1e-3
TONE_BRACKET = (0.002, 0.03)


class GapFit:
    """Finds the gaps of the tables of one geometry set, nominal or drawn, in the reference person."""

    def __init__(self, model: SpineModel) -> None:
        self._person, self._topology = model.pack(Subject()), model.topology

    def gaps(self, tables: Tables) -> dict[str, Array]:
        """Gaps (N,), in mm, of every level at which its facets carry their ``facet_force`` each; NaN where there is none."""
        subject, count = Subject(), tables.models
        people = np.zeros(count, self._person.dtype).view(np.recarray)
        for name, value in joint_fields(tables, subject, skeleton.build(tables, subject)).items():
            people[name] = value
        gaps, force, compression = np.empty((count, len(JOINTS))), np.empty((count, len(JOINTS))), np.empty(count)
        force[:] = tables.column("calibration", JOINTS, "facet_force")
        compression[:] = tables.value("calibration", "facets", "compression")
        fit_gaps(people, compression, force, self._upright(), gaps)
        gaps = gaps / MM - np.reshape(tables.value("degeneration", "grade_1", "facet_gap_change"), (-1, 1))
        return dict(zip(JOINTS, np.ascontiguousarray(gaps.T), strict=True))

    def _upright(self) -> Any:
        """Scratch that holds the rotations of the joints in the table posture."""
        work = allocate(self._person, self._topology)
        kinematics.prescribe(self._person, np.zeros(3), np.zeros(3), np.zeros(2), work)
        kinematics.orient(self._person, work)
        return work


def facet_gaps(model: SpineModel) -> dict[str, float]:
    """Gap (mm) of every level for the tables as they stand.

    Raises
    ------
    ValueError
        If a level has none.
    """
    gaps = {level: float(gap[0]) for level, gap in GapFit(model).gaps(model.tables).items()}
    if missing := [level for level, gap in gaps.items() if not np.isfinite(gap)]:
        raise ValueError(f"no facet gap gives the facet force of calibration.csv at {', '.join(missing)}")
    return gaps


def resting_tone(model: SpineModel) -> float:
    """Resting tone at which the reference man stands with the calibrated pressure in L4-L5."""
    wanted = float(model.tables.value("calibration", "standing", "pressure"))

    def excess(tone: float) -> float:
        standing: Any = solve(model, Subject(resting_tone=tone), Posture(), Load())
        return float(standing.level("L4-L5")["intradiscal_pressure_MPa"]) - wanted

    return float(brentq(excess, *TONE_BRACKET, xtol=1e-6))
