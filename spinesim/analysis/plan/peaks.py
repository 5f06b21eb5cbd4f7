"""The checker's own view of one model of the person: exceedances of tissues, and what habits grant.

The builder compares loads with limits; here the model is asked again, and its loads become probabilities that are compared
with alpha. Laws of tolerance are shared, code and arrays are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np

from spinesim.analysis.demand import Demands
from spinesim.analysis.plan.inputs import Loads, Request
from spinesim.analysis.plan.replan import Standing
from spinesim.analysis.tolerance import (
    Demand,
    Evidence,
    Person,
    Tolerance,
    disc_pressure,
    exceedance,
    facet_force,
    facet_pressure,
    flexion_factor,
    flexion_moment,
    flexion_share_limit,
    granted,
    ligament_tension,
    limit,
    protection,
    shear,
    strength,
    torsion,
)
from spinesim.analysis.tolerance.data import Array, value
from spinesim.model.names import LEVELS, LIGAMENTS

TISSUES: Final = ("compression", "shear", "facet_force", "facet_pressure", "disc_pressure", "torsion", "ligament")
_HABIT: Final = ("compression", "shear")  # granted together with bending, by the size of the habit alone
_BEYOND: Final = 1e7
_HAIR: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Largest load of a tissue in a week."""

    week: int
    tissue: str
    level: str
    exercise: str
    load: float
    unit: str
    limit: float
    spread: float
    exceedance: float
    demonstrated: bool

    @property
    def utilisation(self) -> float:
        """Load over limit."""
        return self.load / self.limit


@dataclass(frozen=True, slots=True)
class _Tolerated:
    """A task tolerated now: what the model says of it, q, and whether it is a habit."""

    demands: Demands
    q: float
    habit: bool


class Peaks:
    """One model of the person."""

    def __init__(self, request: Request, standing: Standing, loads: Loads) -> None:
        self.request, self.standing, self._loads = request, standing, loads
        self.alpha = protection(request.protection)
        self._kept: dict[tuple[str, float], Demands] = {}
        self._limits: dict[tuple[Any, ...], tuple[Tolerance, Array]] = {}
        self._judged: dict[tuple[Any, ...], list[Load]] = {}

    def demands(self, task: str, load_kg: float) -> Demands:
        """The model's answer for one load."""
        if (task, load_kg) not in self._kept:
            self._kept[task, load_kg] = self._loads(task, (load_kg,))
        return self._kept[task, load_kg]

    def peak_N(self, task: str, load_kg: float) -> Array:
        """Peak compression by level; without an answer, beyond every strength."""
        given = self.demands(task, load_kg).compression_N[0]
        return np.where(np.isnan(given), 1e5, np.maximum(given, 0.0)).max(axis=0)  # type: ignore[no-any-return]

    def broken(self, person: Person, exercise: str, load_kg: float, count: float, muscle: float) -> Iterator[tuple[str, str]]:
        """Rules that one load breaks, and what was found.

        Parameters
        ----------
        count
            Loadings of the day.
        muscle
            Largest share of capacity.
        """
        demands = self.demands(exercise, load_kg)
        for name, fine in (("converged", demands.converged), ("validated", demands.validated)):
            if not np.all(fine):
                yield name, f"{load_kg:g} kg"
        gate = float(np.min(flexion_share_limit(person)))
        if not (bent := float(np.max(demands.flexion_share))) <= gate:
            yield "flexion_gate", f"{bent:.2f} of own maximum; {gate:.2f} are left"
        if self._habit_grants(person, demands, count, muscle):
            return
        if not (used := float(np.max(demands.activation))) <= muscle:
            yield "muscle", f"{used:.2f} of capacity"
        for load in self.judge(person, exercise, load_kg, count):
            if load.exceedance > self.alpha + _HAIR:
                yield load.tissue, f"{load_kg:g} kg: {load.load:.4g} {load.unit} {load.level}, exceedance {100 * load.exceedance:.1f} %"

    def judge(self, person: Person, exercise: str, load_kg: float, count: float) -> list[Load]:
        """Worst load of each tissue; its week is not known here."""
        key = (exercise, load_kg, self._often(count), person is self.request.person)
        if key not in self._judged:
            demands = self.demands(exercise, load_kg)
            found = [self._worst(person, tissue, exercise, demands, count) for tissue in TISSUES]
            shown = self._habit_grants(person, demands, count, np.inf)
            self._judged[key] = [replace(load, demonstrated=shown and load.exceedance > self.alpha + _HAIR) for load in found]
        return self._judged[key]

    def evidence(self, tissue: str) -> list[Evidence]:
        """What tolerated tasks tell of a tissue."""
        forces = [(_force(item.demands, tissue).max(axis=(0, 1)), item.q) for item in self._tolerated]
        if tissue == "ligament":
            forces = [(force.max(axis=0), q) for force, q in forces]
        return [Evidence(np.maximum(force, 1e-6), q) for force, q in forces]

    def _worst(self, person: Person, tissue: str, exercise: str, demands: Demands, count: float) -> Load:
        law, bound = self._limit(person, tissue, count)
        given, chance = self._chance(person, tissue, demands, count)
        share = np.nan_to_num(given / bound, nan=_BEYOND)
        decisive = np.unravel_index(np.argmax(chance if chance.max() > self.alpha else share), chance.shape)
        return Load(
            week=0,
            tissue=tissue,
            level=(LEVELS[1:5] if tissue == "shear" else LEVELS)[int(decisive[1])],
            exercise=exercise,
            load=float(given[decisive]),
            unit=law.unit,
            limit=float(bound[int(decisive[-1])]),
            spread=float(np.hypot(law.error.shared, law.error.task)),
            exceedance=float(chance[decisive]),
            demonstrated=False,
        )

    def _chance(self, person: Person, tissue: str, demands: Demands, count: float) -> tuple[Array, Array]:
        """Load and its exceedance by frame and level; compression is raised by what bending takes from its limit."""
        given = _force(demands, tissue)[0]
        if tissue != "compression":
            return given, exceedance(given, self._limit(person, tissue, count)[0], self.evidence(tissue))
        left = flexion_factor(demands.flexion_moment_Nm[0], self._limit(person, "flexion_moment", count)[1])
        bent = np.minimum(given / np.maximum(left, 1.0 / _BEYOND), _BEYOND)
        chance = exceedance(bent, self._limit(person, tissue, count)[0], self.evidence(tissue))
        return bent, np.where(bent > self._cap_N(), 1.0, chance)

    def _limit(self, person: Person, tissue: str, count: float) -> tuple[Tolerance, Array]:
        """Law of a tissue and its limit, by level."""
        key = (tissue, self._often(count), person is self.request.person)
        if key not in self._limits:
            law = _law(person, tissue, count)
            self._limits[key] = (law, limit(law, self.alpha, self.evidence(tissue)))
        return self._limits[key]

    def _habit_grants(self, person: Person, demands: Demands, count: float, muscle: float) -> bool:
        """Whether one habit carried as much, in compression, shear and bending together, and everywhere else too or by the rule."""
        if person.floor_share <= 0.0 or not (np.all(demands.converged) and np.all(demands.validated)):
            return False
        return any(item.habit and self._grants(person, demands, item.demands, count, muscle) for item in self._tolerated)

    def _grants(self, person: Person, demands: Demands, shown: Demands, count: float, muscle: float) -> bool:
        new, old = (
            Demand(d.compression_N[0].max(axis=0), d.anterior_shear_N[0].max(axis=0), d.flexion_moment_Nm[0].max(axis=0))
            for d in (demands, shown)
        )
        if not granted(person, new, old).all():
            return False
        if not float(np.max(demands.activation)) <= max(muscle, person.floor_share * float(np.max(shown.activation))):
            return False
        for tissue in (name for name in TISSUES if name not in _HABIT):
            part = 1.0 if tissue == "ligament" else person.floor_share
            carried = _force(demands, tissue)[0].max(axis=0) <= part * _force(shown, tissue)[0].max(axis=0)
            ruled = (self._chance(person, tissue, demands, count)[1] <= self.alpha + _HAIR).all(axis=0)
            if not (carried | ruled).all():
                return False
        return True

    def _cap_N(self) -> Array:
        """No compression above the largest published limit unless it was demonstrated."""
        most = np.full(6, value("compression", "niosh_maximum", "limit"))
        for item in self._tolerated:
            most = np.maximum(most, _force(item.demands, "compression").max(axis=(0, 1)))
        return most

    @cached_property
    def _tolerated(self) -> list[_Tolerated]:
        """Tasks tolerated now; one without an answer tells nothing."""
        cleared, weekly = self.standing.cleared_day, value("safe_load", "evidence", "weekly") - _HAIR
        given = [
            (a.shown or a.task, a.load_kg, "daily_life", a.times * a.days / 7.0 >= weekly, a.confirmed_day) for a in self.request.daily_life
        ]
        given += [(p.task, p.load_kg, p.kind, p.weekly and not self.standing.stale, p.confirmed_day) for p in self.request.proofs]
        if cleared is not None:
            given = [item for item in given if item[4] >= cleared]
        for name, load, day in self.standing.provoking:
            peak = self.peak_N(name, load) * (1.0 - _HAIR)
            given = [item for item in given if item[4] > day or not (self.peak_N(*item[:2]) >= peak).any()]
        given += [(p.task, p.load_kg, p.kind, p.weekly, 0) for p in self.standing.proofs]
        answered = [item for item in given if np.all(self.demands(*item[:2]).converged)]
        return [_Tolerated(self._carried(task, load), value("rule", kind, "q"), habit) for task, load, kind, habit, _ in answered]

    def _carried(self, task: str, load_kg: float) -> Demands:
        """A tolerated task; what follows the posture was carried without the load as well."""
        loaded, bare = self.demands(task, load_kg), self.demands(task, 0.0)
        return replace(
            loaded,
            flexion_moment_Nm=np.fmax(loaded.flexion_moment_Nm, bare.flexion_moment_Nm),
            ligament_tension_N=np.fmax(loaded.ligament_tension_N, bare.ligament_tension_N),
        )

    @staticmethod
    def _often(count: float) -> bool:
        return count > value("tissues", "shear", "occasional_to")


def worst_of(rows: Sequence[Load]) -> Load:
    """The load that uses up most of its limit."""
    return max(rows, key=lambda load: (load.utilisation, load.exercise))


def _law(person: Person, tissue: str, count: float) -> Tolerance:
    if tissue == "shear":
        return shear(person, count)
    if tissue == "ligament":
        return ligament_tension()
    laws = {"compression": strength, "facet_force": facet_force, "facet_pressure": facet_pressure, "disc_pressure": disc_pressure}
    return (laws | {"torsion": torsion, "flexion_moment": flexion_moment})[tissue](person)


def _force(demands: Demands, tissue: str) -> Array:
    """Load of a tissue, first axes loads and frames; against its direction it is none."""
    if tissue == "shear":
        return np.maximum(demands.anterior_shear_N[..., 1:5], 0.0)
    if tissue == "ligament":
        return np.maximum(np.delete(demands.ligament_tension_N, LIGAMENTS.index("ITL"), axis=-1), 0.0)
    names: Mapping[str, str] = {
        "compression": "compression_N",
        "flexion_moment": "flexion_moment_Nm",
        "facet_force": "facet_force_N",
        "facet_pressure": "facet_peak_MPa",
        "disc_pressure": "pressure_MPa",
        "torsion": "torsion_Nm",
    }
    return np.maximum(getattr(demands, names[tissue]), 0.0)  # type: ignore[no-any-return]
