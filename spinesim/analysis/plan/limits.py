"""Which loads of an exercise stay within every tissue's limit in a week, and which tissue ends them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from spinesim.analysis.plan.inputs import Demands
from spinesim.analysis.tolerance import (
    Demand,
    Evidence,
    Person,
    Tolerance,
    compression_limit,
    disc_pressure,
    facet_force,
    facet_pressure,
    flexion_moment,
    flexion_share_limit,
    granted_share,
    interaction,
    ligament_tension,
    limit,
    shear,
    strength,
    torsion,
)
from spinesim.analysis.tolerance.data import Array, value
from spinesim.analysis.tolerance.tissues import LIGAMENTS, SHEAR_LEVELS
from spinesim.model.names import LEVELS
from spinesim.model.names import LIGAMENTS as GROUPS

TISSUES: Final = ("compression", "shear", "facet_force", "facet_pressure", "disc_pressure", "torsion", "ligament")
_SHEAR: Final = slice(1, 1 + len(SHEAR_LEVELS))
_FLOOR: Final = {"compression": slice(None), "shear": _SHEAR}
_GROUPS: Final = [GROUPS.index(name) for name in LIGAMENTS]

Worst = dict[str, tuple[Array, NDArray[np.int64]]]


@dataclass(frozen=True, slots=True)
class Tolerated:
    """A task tolerated now (one load, all frames), the q of its evidence, and whether it gives the floor."""

    demands: Demands
    q: float
    floor: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """One exercise over its loads.

    Attributes
    ----------
    utilisation
        By tissue, load over limit at the worst level and frame (N,); above 1 is refused.
    level
        By tissue, the level of it (N,), as an index.
    demonstrated
        Whether the floor alone lets compression and shear pass (N,).
    allowed
        Whether this load and all below it are within every limit (N,).
    """

    utilisation: Mapping[str, Array]
    level: Mapping[str, NDArray[np.int64]]
    demonstrated: NDArray[np.bool_]
    allowed: NDArray[np.bool_]

    @property
    def last(self) -> int:
        """Index of the largest allowed load, -1 if there is none."""
        return int(self.allowed.sum()) - 1

    def limiting(self, index: int) -> tuple[str, int]:
        """Tissue and level (index) of the largest utilisation at a load."""
        name = max(self.utilisation, key=lambda tissue: float(self.utilisation[tissue][index]))
        return name, int(self.level[name][index])


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a person in a week, with the floor of what is tolerated."""

    person: Person
    by_tissue: Mapping[str, Array]
    tolerances: Mapping[str, Tolerance]
    floor: tuple[Demands, ...]
    growth: float
    known: dict[int, tuple[Demands, Worst, dict[str, Array]]] = field(default_factory=dict, compare=False)

    def judge(self, demands: Demands) -> Judged:
        """Every load of an exercise against every tissue."""
        shown, left = self._tissues(demands)
        gates = {
            "flexion_gate": demands.flexion_share.max(axis=1) / float(flexion_share_limit(self.person).min()),
            "muscle": demands.activation.max(axis=1) / (value("plan", "muscle", "share") * self.growth),
            "converged": np.where(demands.converged.all(axis=1), 0.0, np.inf),
            "validated": np.where(demands.validated.all(axis=1), 0.0, np.inf),
        }
        gates = {name: _unanswered(share) for name, share in gates.items()}
        fine = np.all([share <= 1.0 for share in (*gates.values(), *left.values())], axis=0)
        by_rule = np.all([shown[name][0] <= 1.0 for name in TISSUES], axis=0)
        utilisation = {name: part[0] for name, part in shown.items()} | gates
        none = np.full(len(demands.load_kg), -1)
        levels = {name: part[1] for name, part in shown.items()} | dict.fromkeys(gates, none)
        return Judged(utilisation, levels, fine & ~by_rule, np.logical_and.accumulate(fine))

    def _tissues(self, demands: Demands) -> tuple[Worst, dict[str, Array]]:
        """Worst share of each tissue with its level, and what of it is left where something was demonstrated."""
        if id(demands) not in self.known:
            raw = {name: self._share(name, demands) for name in TISSUES}
            granted = self._granted(demands)
            left = {name: np.where(granted[..., _FLOOR[name]], 0.0, raw[name]) for name in _FLOOR}
            worst = {name: _worst(share)[0] for name, share in (raw | left).items()}
            # The demands are kept with the answer, so that their identity stays theirs.
            self.known[id(demands)] = (demands, {name: _worst(share) for name, share in raw.items()}, worst)
        return self.known[id(demands)][1:]

    def _share(self, tissue: str, demands: Demands) -> Array:
        """Load over limit (N, F, levels); a load without an answer is infinite."""
        bound = self.by_tissue[tissue]
        if tissue == "compression":
            return _unanswered(interaction(demands.compression_N, bound, demands.flexion_moment_Nm, self.by_tissue["flexion_moment"]))
        return _unanswered(peaks(demands, tissue) / bound)

    def _granted(self, demands: Demands) -> NDArray[np.bool_]:
        """Where a demonstrated frame exceeds compression, shear and bending together (N, F, 6)."""
        psi = self.person.floor_share
        share = np.full(demands.compression_N.shape, np.inf)
        new = _demand(demands, (slice(None), slice(None), None))
        for shown in self.floor if psi > 0.0 else ():
            share = np.minimum(share, granted_share(new, _demand(shown, (0, slice(None), slice(None)))).min(axis=2))
        return np.asarray(share <= psi)


def limits(person: Person, alpha: float | str, loadings_per_day: float, tolerated: Sequence[Tolerated], growth: float = 1.0) -> Limits:
    """Limits of every tissue.

    Parameters
    ----------
    loadings_per_day
        All loadings of the busiest day, for shear.
    tolerated
        Evidence on the model's own scale.
    growth
        Capacity of muscle over today's.

    Raises
    ------
    ValueError
        If a law is asked outside its range, or a demonstrated load is beyond belief.
    """
    laws = tolerances(person, loadings_per_day)
    found = {name: limit(law, alpha, evidence_of(name, tolerated)) for name, law in laws.items() if name != "compression"}
    found["compression"] = compression_limit(person, alpha, evidence_of("compression", tolerated))
    floor = tuple(item.demands for item in tolerated if item.floor)
    return Limits(person, found, laws, floor, growth)


def tolerances(person: Person, loadings_per_day: float) -> dict[str, Tolerance]:
    """Law of every tissue."""
    return {
        "compression": strength(person),
        "shear": shear(person, loadings_per_day),
        "flexion_moment": flexion_moment(person),
        "facet_force": facet_force(person),
        "facet_pressure": facet_pressure(person),
        "disc_pressure": disc_pressure(person),
        "torsion": torsion(person),
        "ligament": ligament_tension(),
    }


def evidence_of(tissue: str, tolerated: Sequence[Tolerated]) -> list[Evidence]:
    """What tolerated tasks tell of a tissue: the largest load of each over its frames, by level or ligament."""
    items = []
    for item in tolerated:
        load = peaks(item.demands, tissue).max(axis=(0, 1))
        if tissue == "ligament":
            load = load.max(axis=0)
        if np.isfinite(load).all():
            # A load of nothing tells nothing.
            items.append(Evidence(np.maximum(load, 1e-6), item.q))
    return items


def peaks(demands: Demands, tissue: str) -> Array:
    """Load of a tissue (N, F, 6), of shear (N, F, 4) and of ligaments (N, F, 6, 6), never below 0."""
    given: dict[str, Any] = {
        "compression": demands.compression_N,
        "shear": demands.anterior_shear_N[..., _SHEAR],
        "flexion_moment": demands.flexion_moment_Nm,
        "facet_force": demands.facet_force_N,
        "facet_pressure": demands.facet_peak_MPa,
        "disc_pressure": demands.pressure_MPa,
        "torsion": np.abs(demands.torsion_Nm),
        "ligament": demands.ligament_tension_N[..., _GROUPS],
    }
    return np.maximum(given[tissue], 0.0)  # type: ignore[no-any-return]


def at_week(person: Person, week: int) -> Person:
    """The person in a week (from 0) of the phase: an early bulge becomes a late one, provided the gates are green."""
    bulge = person.findings.bulge
    if not bulge or week < value("plan", "phase", "bulge_weeks"):
        return person
    return replace(person, findings=replace(person.findings, bulge=dict.fromkeys(bulge, "late")))


def growth(weeks_done: int) -> float:
    """Capacity of muscle and tendon after weeks of training, over today's; disc, bone and ligament get none."""
    counted = max(0.0, weeks_done - value("plan", "muscle", "from_week"))
    return 1.0 + value("plan", "muscle", "growth") * counted


def _demand(demands: Demands, pick: Any) -> Demand:
    return Demand(demands.compression_N[pick], demands.anterior_shear_N[pick], demands.flexion_moment_Nm[pick])


def _unanswered(share: Array) -> Array:
    return np.where(np.isnan(share), np.inf, share)


def _worst(share: Array) -> tuple[Array, NDArray[np.int64]]:
    """Largest over frames, levels and ligaments, and the level of it."""
    by_level = share.max(axis=1) if share.ndim == 3 else share.max(axis=(1, 3))
    place = by_level.argmax(axis=1)
    offset = _SHEAR.start if by_level.shape[1] == len(SHEAR_LEVELS) else 0
    return by_level.max(axis=1), place + offset


def level_name(index: int) -> str:
    """Name of a level, empty for what has none."""
    return LEVELS[index] if index >= 0 else ""
