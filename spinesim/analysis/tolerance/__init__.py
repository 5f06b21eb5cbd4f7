"""What tissues tolerate, and when a load is within it: laws, findings, and the rule of probability.

Every law is a pure function of a person and of arrays whose last axis is the level, cranial to caudal
(:data:`~spinesim.model.names.LEVELS`). Numbers are rows of ``geometry/tolerance/``; a law asked outside its range
refuses. See ``docs/tolerance.md``.
"""

from __future__ import annotations

from spinesim.analysis.tolerance.compression import (
    REFERENCE_LAWS,
    STRENGTH_LAWS,
    ReferenceLimit,
    compression_limit,
    imaged,
    reference_limit,
    strength,
)
from spinesim.analysis.tolerance.fatigue import Brinckmann, StateDependentDamage, recover
from spinesim.analysis.tolerance.floor import Demand, granted, granted_share
from spinesim.analysis.tolerance.person import Findings, Person
from spinesim.analysis.tolerance.rule import PROTECTION_LEVELS, Evidence, LoadError, Tolerance, evidence, exceedance, limit, protection
from spinesim.analysis.tolerance.split import Split, split
from spinesim.analysis.tolerance.tissues import (
    disc_pressure,
    facet_force,
    facet_pressure,
    flexion_factor,
    flexion_moment,
    flexion_share_limit,
    interaction,
    ligament_strain,
    ligament_tension,
    rotation_until_contact_deg,
    shear,
    torsion,
)

__all__ = [
    "PROTECTION_LEVELS",
    "REFERENCE_LAWS",
    "STRENGTH_LAWS",
    "Brinckmann",
    "Demand",
    "Evidence",
    "Findings",
    "LoadError",
    "Person",
    "ReferenceLimit",
    "Split",
    "StateDependentDamage",
    "Tolerance",
    "compression_limit",
    "disc_pressure",
    "evidence",
    "exceedance",
    "facet_force",
    "facet_pressure",
    "flexion_factor",
    "flexion_moment",
    "flexion_share_limit",
    "granted",
    "granted_share",
    "imaged",
    "interaction",
    "ligament_strain",
    "ligament_tension",
    "limit",
    "protection",
    "recover",
    "reference_limit",
    "rotation_until_contact_deg",
    "shear",
    "split",
    "strength",
    "torsion",
]
