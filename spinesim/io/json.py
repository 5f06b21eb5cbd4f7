"""One solution as plain data: what ``spinesim solve --json`` prints and every table and page shows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from spinesim.io.missing import unmet_moments
from spinesim.io.provenance import DISCLAIMER, SIGNS
from spinesim.model.names import AXES, CONVERGED, HIP_AXES, LEVELS, LIGAMENTS, MUSCLE_GROUPS, SIDES
from spinesim.solver.solution import Solution
from spinesim.solver.variables import VARIABLES

if TYPE_CHECKING:
    from spinesim.analysis.uncertainty import Uncertainty
    from spinesim.solver.stability import Stability

UNITS = "Units are in the names: N, N m, MPa, kPa, mm, deg; shares and activations are 0 to 1."

# An activation above this is a muscle at the end of its strength.
_FULL: Final = 0.995
# Below this net compression a share of it says nothing.
_LEAST_COMPRESSION: Final = 100.0
_SCALARS = tuple(name for name, v in VARIABLES.items() if not v.dims and name not in ("status", "validated"))
_OF_THE_SOLVER = ("residual_force_N", "residual_moment_Nm", "kkt", "iterations")
_PER_LEVEL = tuple(name for name, v in VARIABLES.items() if v.dims == ("level",))
_PER_HIP = tuple(name for name, v in VARIABLES.items() if v.dims == ("side", "hip_axis"))
_VECTORS = tuple(name for name, v in VARIABLES.items() if v.dims == ("level", "axis"))


def stability_to_json(found: Stability) -> dict[str, Any]:
    """Stability of a case as plain values; a critical gain that no muscle has is ``None``."""
    turns = {name: dict(zip(AXES, turn, strict=True)) for name, turn in zip(LEVELS, found.mode.tolist(), strict=True)}
    told = {"stable": found.stable, "eigenvalue_Nm_rad": found.eigenvalue_Nm_rad, "gain": found.gain, "critical_gain": found.critical_gain}
    return {name: finite(value) for name, value in told.items()} | {"mode": turns}


def solution_to_json(
    solution: Solution, provenance: Mapping[str, Any], notes: Sequence[str] = (), uncertainty: Uncertainty | None = None
) -> dict[str, Any]:
    """A single solution as one object of plain values.

    Parameters
    ----------
    solution
        One case, without a case axis.
    provenance
        As made by :func:`spinesim.io.provenance.provenance`.
    notes
        What the reader has to know, for example which inputs lie outside the validated range.
    uncertainty
        Percentiles of the same case, which then stand under the key ``uncertainty``.

    Returns
    -------
    dict
        Ready for ``json.dumps(..., allow_nan=False)``: a number that is not finite is ``None``. Keys are those of
        :data:`~spinesim.solver.variables.VARIABLES`, with levels, sides and groups by name.

    Raises
    ------
    ValueError
        If the solution is a batch.
    """
    if solution.status.ndim:
        raise ValueError(f"a batch of {len(solution)} cases is not one object; take a row")
    loads = _loads(solution)
    answer = {
        "status": solution.status_name,
        "validated": bool(solution.validated),
        **{name: getattr(solution, name).item() for name in _SCALARS},
        "unmet_moments_Nm": unmet_moments(solution),
        **{name: loads[name] for name in ("levels", "muscle_groups", "support_force_N", *_PER_HIP)},
        "notes": [*notes, *(uncertainty.notes if uncertainty else ()), SIGNS, DISCLAIMER],
        "units": UNITS,
        "provenance": dict(provenance),
    }
    if uncertainty is not None:
        answer["uncertainty"] = uncertainty_to_json(uncertainty)
    return {key: finite(value) for key, value in answer.items()}


def uncertainty_to_json(uncertainty: Uncertainty) -> dict[str, Any]:
    """The percentiles of one case as one object of plain values.

    Returns
    -------
    dict
        ``samples``, ``seed``, ``counts`` by status, ``percentiles`` (which they are), ``drivers``, and ``levels``, ``muscle_groups``,
        supports, hips and whole-body numbers as in :func:`solution_to_json` with a list of percentiles in the place of each number:
        over the converged samples in which the number exists, ``None`` where it exists in none.
    """
    used = np.flatnonzero(uncertainty.draws.status == CONVERGED)
    trees = [_loads(uncertainty.draws.row(index)) for index in used.tolist()] or [_loads(uncertainty.p50)]
    told: dict[str, Any] = {
        "samples": uncertainty.samples,
        "seed": uncertainty.seed,
        "counts": dict(uncertainty.counts),
        "percentiles": list(uncertainty.percentiles),
        "drivers": [asdict(driver) for driver in uncertainty.drivers],
        **_percentiles(trees, list(uncertainty.percentiles)),
    }
    return {key: finite(value) for key, value in told.items()}


def _percentiles(trees: Sequence[Any], which: Sequence[int]) -> Any:
    """One tree like all of ``trees``, each number replaced by its percentiles over them."""
    if isinstance(trees[0], dict):
        return {key: _percentiles([tree[key] for tree in trees], which) for key in trees[0]}
    values = np.array(trees, float)
    exists = np.isfinite(values)
    return np.percentile(values[exists], which).tolist() if exists.any() else [math.nan] * len(which)


def _loads(solution: Solution) -> dict[str, Any]:
    """Every load of a single solution."""
    return {
        **{name: getattr(solution, name).item() for name in _SCALARS if name not in _OF_THE_SOLVER},
        "levels": {name: _level(solution, index) for index, name in enumerate(LEVELS)},
        "muscle_groups": _groups(solution),
        "support_force_N": dict(zip(solution.contacts, solution.support_force_N.tolist(), strict=True)),
        **{name: _by_hip(getattr(solution, name)) for name in _PER_HIP},
    }


def _level(solution: Solution, index: int) -> dict[str, Any]:
    result: dict[str, Any] = {name: getattr(solution, name)[index].item() for name in _PER_LEVEL}
    for number, side in enumerate(SIDES):
        result[f"facet_{side}_N"] = solution.facet_force_N[index, number].item()
        result[f"facet_{side}_peak_MPa"] = solution.facet_peak_MPa[index, number].item()
        result[f"facet_{side}_tip_N"] = solution.facet_tip_force_N[index, number].item()
        result[f"facet_{side}_centre_mm"] = _vector(solution.facet_centre_mm[index, number])
    result["facet_share"] = _share(result["facet_compression_N"], result["compression_N"])
    result["ligament_tension_N"] = dict(zip(LIGAMENTS, solution.ligament_tension_N[index].tolist(), strict=True))
    result |= {name: _vector(getattr(solution, name)[index]) for name in _VECTORS}
    angles = solution.rotation_deg[index].tolist()
    return result | dict(zip(("flexion_deg", "lateral_deg", "rotation_deg"), angles, strict=True))


def _groups(solution: Solution) -> dict[str, dict[str, float | int]]:
    groups, left = np.array(solution.groups), np.array([_is_left(name) for name in solution.fascicles])
    present = [name for name in MUSCLE_GROUPS if name in solution.groups]
    return {name: _group(solution, groups == name, left) for name in present}


def _group(solution: Solution, mine: np.ndarray[Any, Any], left: np.ndarray[Any, Any]) -> dict[str, float | int]:
    active, passive, activation = solution.active_force_N, solution.passive_force_N, solution.activation
    force = active + passive
    result: dict[str, Any] = {
        "force_N": force[mine].sum(),
        "active_N": active[mine].sum(),
        "passive_N": passive[mine].sum(),
        "mean_activation": activation[mine].mean(),
        "max_activation": activation[mine].max(),
    }
    for side, part in (("left", mine & left), ("right", mine & ~left)):
        result[f"force_{side}_N"] = force[part].sum()
        result[f"mean_activation_{side}"] = activation[part].mean() if part.any() else math.nan
    numbers: dict[str, float | int] = {key: float(value) for key, value in result.items()}
    return numbers | {"fascicles_at_full_activation": int(np.count_nonzero(activation[mine] >= _FULL))}


def _by_hip(values: np.ndarray[Any, Any]) -> dict[str, dict[str, float]]:
    return {side: dict(zip(HIP_AXES, row, strict=True)) for side, row in zip(SIDES, values.tolist(), strict=True)}


def _is_left(fascicle: str) -> bool:
    return fascicle.endswith(("_l", "_left"))


def _share(part: float, whole: float) -> float:
    return part / whole if whole >= _LEAST_COMPRESSION else math.nan


def _vector(values: np.ndarray[Any, Any]) -> dict[str, float]:
    return dict(zip(AXES, values.tolist(), strict=True))


def finite(value: Any) -> Any:
    """The same value with ``None`` in the place of every number that JSON does not have."""
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
