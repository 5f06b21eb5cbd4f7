"""The answer: frozen arrays with the names of :data:`~spinesim.solver.variables.VARIABLES`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinesim.model.names import LEVELS, STATUSES, unknown_name

Array = NDArray[Any]

_REASONS = {
    "converged": "all forces and moments balance",
    "strength_exceeded": "no allowed activation of the muscles supplies all moments; the unmet ones are in unmet_joint_moment_Nm",
    "not_converged": "no equilibrium was found, nor a proof that there is none",
    "invalid_input": "the hands cannot reach posture.hand_position_mm in this trunk posture",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """Loads of one case, or of a batch with a leading case axis.

    Shapes, units and meaning of every array are in :data:`~spinesim.solver.variables.VARIABLES`; levels run
    from cranial to caudal, sides left then right. ``fascicles`` and ``groups`` name the fascicle axis,
    ``contacts`` the free supports.
    """

    fascicles: tuple[str, ...]
    groups: tuple[str, ...]
    contacts: tuple[str, ...]
    status: Array
    validated: Array
    residual_force_N: Array
    residual_moment_Nm: Array
    kkt: Array
    unmet_moment_Nm: Array
    unmet_joint_moment_Nm: Array
    unmet_hip_moment_Nm: Array
    iterations: Array
    cost: Array
    smallest_pivot_N_per_m: Array
    intra_abdominal_pressure_kPa: Array
    support_force_N: Array
    hip_moment_Nm: Array
    weight_above_N: Array
    compression_N: Array
    anterior_shear_N: Array
    lateral_shear_N: Array
    moment_Nm: Array
    load_moment_Nm: Array
    disc_compression_N: Array
    disc_anterior_shear_N: Array
    disc_lateral_shear_N: Array
    disc_moment_Nm: Array
    intradiscal_pressure_MPa: Array
    facet_force_N: Array
    facet_tip_force_N: Array
    facet_peak_MPa: Array
    facet_centre_mm: Array
    facet_compression_N: Array
    facet_shear_N: Array
    ligament_tension_N: Array
    ligament_compression_N: Array
    translation_mm: Array
    rotation_deg: Array
    passive_share: Array
    activation: Array
    active_force_N: Array
    passive_force_N: Array
    fibre_length: Array

    def __len__(self) -> int:
        """Number of cases; a single solution has no case axis and counts as one."""
        return int(self.status.shape[0]) if self.status.ndim else 1

    def row(self, index: int) -> Solution:
        """One case of a batch, without the case axis."""
        return self._at(index)

    def take(self, rows: Sequence[int]) -> Solution:
        """Some cases of a batch."""
        return self._at(np.asarray(rows))

    def _at(self, index: Any) -> Solution:
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        picked: dict[str, Any] = {n: v if isinstance(v, tuple) else v[index] for n, v in values.items()}
        return Solution(**picked)

    @property
    def status_name(self) -> str:
        """Status of a single case by name."""
        return STATUSES[int(self.status)]

    @property
    def reason(self) -> str:
        """What the status of a single case means, in words."""
        return _REASONS[self.status_name]

    def level(self, name: str) -> dict[str, Array]:
        """Every result of one level, by variable name.

        Raises
        ------
        ValueError
            If ``name`` is not one of the six levels; the nearest one is named.
        """
        from spinesim.solver.variables import VARIABLES

        if name not in LEVELS:
            raise ValueError(unknown_name("level", name, LEVELS, cutoff=0.2))
        index = LEVELS.index(name)
        batch = self.status.ndim
        return {n: np.take(getattr(self, n), index, axis=batch) for n, v in VARIABLES.items() if v.dims[:1] == ("level",)}
