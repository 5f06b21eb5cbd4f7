"""What a result holds: every variable with its axes, unit and meaning.

The dataclass :class:`~spinesim.solver.solution.Solution`, the JSON, the tables and the HDF5 files are all
written from this one list.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np

from spinesim.model.layout import CONTACTS
from spinesim.model.names import LEVELS, LIGAMENTS


@dataclass(frozen=True, slots=True)
class Variable:
    """Axes (after the case axis), unit and description of one result."""

    dims: tuple[str, ...]
    unit: str
    long_name: str
    dtype: str = "f8"


_L = ("level",)
_LS = ("level", "side")
_F = ("fascicle",)

VARIABLES: Final[dict[str, Variable]] = {
    "status": Variable((), "1", "0 converged, 1 strength_exceeded, 2 not_converged, 3 invalid_input", "i4"),
    "validated": Variable((), "1", "1 where every input lies inside the validated range", "i4"),
    "residual_force_N": Variable((), "N", "largest unbalanced force over the joints"),
    "residual_moment_Nm": Variable((), "N m", "largest unbalanced moment over the joints and hips, beside the unmet moment"),
    "kkt": Variable((), "1", "largest violation of the recruitment's optimality conditions, scaled"),
    "unmet_moment_Nm": Variable((), "N m", "largest component of the moment that no allowed activation can supply"),
    "unmet_joint_moment_Nm": Variable(
        ("level", "axis"), "N m", "moment that no allowed activation can supply, disc frame; twist is that of the whole, shared alike"
    ),
    "unmet_hip_moment_Nm": Variable(
        ("side", "hip_axis"), "N m", "moment that no allowed activation can supply at the hip: extension and abduction positive"
    ),
    "iterations": Variable((), "1", "evaluations of paths and passive forces", "i4"),
    "cost": Variable((), "N m", "recruitment cost, sum of V a^p"),
    "smallest_pivot_N_per_m": Variable((), "N m-1", "smallest pivot of the joints' translational stiffness"),
    "intra_abdominal_pressure_kPa": Variable((), "kPa", "intra-abdominal pressure"),
    "support_force_N": Variable(("contact",), "N", "force of each free support"),
    "hip_moment_Nm": Variable(("side", "hip_axis"), "N m", "moment that muscles supply at the hip: extension and abduction positive"),
    "weight_above_N": Variable(_L, "N", "body weight above the level, without loads"),
    "compression_N": Variable(_L, "N", "net compression of the joint, along the disc normal"),
    "anterior_shear_N": Variable(_L, "N", "net shear that pushes the upper vertebra forward"),
    "lateral_shear_N": Variable(_L, "N", "net shear to the right"),
    "moment_Nm": Variable(("level", "axis"), "N m", "net moment that passive structures carry, disc frame"),
    "load_moment_Nm": Variable(("level", "axis"), "N m", "moment of weights and loads about the disc centre, disc frame"),
    "disc_compression_N": Variable(_L, "N", "compression of the disc itself"),
    "disc_anterior_shear_N": Variable(_L, "N", "anterior shear carried by the disc"),
    "disc_lateral_shear_N": Variable(_L, "N", "lateral shear carried by the disc"),
    "disc_moment_Nm": Variable(("level", "axis"), "N m", "moment carried by the disc about its own centre line"),
    "intradiscal_pressure_MPa": Variable(_L, "MPa", "pressure in the nucleus"),
    "facet_force_N": Variable(_LS, "N", "contact force of the facet joint, tip included"),
    "facet_tip_force_N": Variable(_LS, "N", "part of the facet force that the tip carries on the lamina"),
    "facet_peak_MPa": Variable(_LS, "MPa", "highest cartilage pressure on the facet patch"),
    "facet_centre_mm": Variable(("level", "side", "axis"), "mm", "centre of facet contact in the disc frame"),
    "facet_compression_N": Variable(_L, "N", "compression carried by both facets along the disc normal"),
    "facet_shear_N": Variable(_L, "N", "anterior shear carried by both facets"),
    "ligament_tension_N": Variable(("level", "ligament"), "N", "tension of the ligament group, both sides"),
    "ligament_compression_N": Variable(_L, "N", "compression of the disc by ligament tension (negative: ligaments relieve it)"),
    "translation_mm": Variable(("level", "axis"), "mm", "translation of the upper vertebra from standing, disc frame"),
    "rotation_deg": Variable(("level", "rotation"), "deg", "flexion, right bending, left rotation of the joint"),
    "passive_share": Variable(
        _L, "1", "share of the sagittal load moment that passive joint and passive muscle carry (0 where the load moment is below 1 N m)"
    ),
    "activation": Variable(_F, "1", "muscle activation"),
    "active_force_N": Variable(_F, "N", "active fascicle force along the tendon"),
    "passive_force_N": Variable(_F, "N", "passive fascicle force along the tendon"),
    "fibre_length": Variable(_F, "1", "fibre length over optimal fibre length"),
}


@lru_cache(maxsize=4)
def result_type(fascicles: int, names: tuple[str, ...] = tuple(VARIABLES)) -> np.dtype[Any]:
    """Record of one case's results, of all variables or those named."""
    size = {
        "level": len(LEVELS),
        "side": 2,
        "axis": 3,
        "rotation": 3,
        "ligament": len(LIGAMENTS),
        "fascicle": fascicles,
        "contact": len(CONTACTS),
        "hip_axis": 2,
    }
    return np.dtype([(n, VARIABLES[n].dtype, tuple(size[d] for d in VARIABLES[n].dims)) for n in names], align=True)
