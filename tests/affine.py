"""Demands that are straight lines over the load: a stand-in for the solver with the shapes and signs of the real one."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

import spinesim as ss
from spinesim.analysis.demand import FOLLOW_LOAD, Demands, Task, flexion_share
from spinesim.analysis.safe_load import EvidenceTask, SafeLoad, safe_load
from spinesim.analysis.tolerance import Findings
from spinesim.model.names import LEVELS, LIGAMENTS
from spinesim.model.posture import Posture

MODEL = ss.SpineModel.default()
MAN = ss.Subject(mass_kg=80.0, stature_m=1.8, sex="male", age_years=30.0)
WELL = Findings.none()
LIFT = Task(name="lift", frames=(Posture(),), dynamic_factor=1.0)
NEAR = replace(LIFT, frames=(Posture(upper_arm_deg=(0.0, 0.0)),))

# Unloaded, and a kilogram more: about what a hip hinge asks.
BASE = {
    "compression_N": 900.0, "net_compression_N": 950.0, "anterior_shear_N": 180.0, "flexion_moment_Nm": 6.0, "facet_force_N": 120.0,
    "facet_peak_MPa": 1.0, "pressure_MPa": 0.9, "torsion_Nm": 0.5, "ligament_tension_N": 8.0, "activation": 0.2,
}  # fmt: skip
SLOPE = {
    "compression_N": 40.0, "net_compression_N": 42.0, "anterior_shear_N": 9.0, "flexion_moment_Nm": 0.0, "facet_force_N": 4.0,
    "facet_peak_MPa": 0.05, "pressure_MPa": 0.03, "torsion_Nm": 0.1, "ligament_tension_N": 0.1, "activation": 0.012,
}  # fmt: skip
LAST = {"ligament_tension_N": (len(LEVELS), len(LIGAMENTS)), "activation": ()}


def shape_of(name: str) -> tuple[int, ...]:
    return LAST.get(name, (len(LEVELS),))


def lines(load_kg: Any, base: dict[str, Any], slope: dict[str, Any], frames: int = 1, lead: tuple[int, ...] = ()) -> Demands:
    """Demands of many tasks at once: numbers may have the axes (lead, 1, frames, the axis of the tissue)."""
    grid = np.asarray(load_kg, float)
    numbers = {}
    for name in BASE:
        last = shape_of(name)
        load = grid.reshape(-1, *[1] * (1 + len(last)))
        numbers[name] = np.broadcast_to(base[name] + slope[name] * load, (*lead, len(grid), frames, *last)).copy()
    flags = (*lead, len(grid), frames)
    return Demands(
        load_kg=grid, converged=np.ones(flags, bool), validated=np.ones(flags, bool), strength_exceeded=np.zeros(flags, bool),
        flexion_share=np.zeros(flags), **numbers,
    )  # fmt: skip


def scaled(found: Demands, **factors: float) -> Demands:
    return replace(found, **{name: factor * getattr(found, name) for name, factor in factors.items()})


class Solver:
    """In the place of ``demands``: the same line for everybody, but weaker and degenerate people load themselves less.

    ``weights`` are factors by name of the task; ``fails`` and ``leaves`` say from which load on a task has no answer, or is
    not validated.
    """

    def __init__(self, weights: dict[str, float] | None = None, fails: float = np.inf, leaves: float = 60.0) -> None:
        self.weights, self.fails, self.leaves = weights or {}, fails, leaves
        self.asked: list[float] = []

    def __call__(self, model: Any, subject: Any, task: Task, loads_kg: Any, samples: int = 0, seed: int = 0,
                 max_flexion_deg: float | None = None) -> Demands:  # fmt: skip
        found = lines(loads_kg, BASE, SLOPE, len(task.frames))
        self.asked += found.load_kg.tolist()
        weaker = 1.0 - 0.006 * max(subject.age_years - 40.0, 0.0) - 0.03 * (max(subject.disc_grade.values(), default=1) - 1)
        reach = 1.0 + max(abs(posture.upper_arm_deg[0]) for posture in task.frames) / 100.0
        factor = weaker * reach * self.weights.get(task.name, 1.0)
        found = scaled(found, **dict.fromkeys(FOLLOW_LOAD, factor)).times(task.dynamic_factor)
        bent = np.array([flexion_share(model, posture, max_flexion_deg) for posture in task.frames])
        kg = found.load_kg[:, None]
        return replace(
            found,
            flexion_share=np.broadcast_to(bent, found.converged.shape),
            converged=found.converged & (kg < min(self.fails, self.leaves)),
            validated=found.validated & (kg < self.leaves),
        )


def equal(one: Demands, other: Demands) -> bool:
    return all(np.array_equal(getattr(one, f.name), getattr(other, f.name), equal_nan=True) for f in fields(Demands))


def ask(subject=MAN, findings=WELL, task=NEAR, protection="strict", evidence=(), **told) -> SafeLoad:
    return safe_load(MODEL, subject, findings, task, protection, evidence, **({"daily_loadings": 50.0, "explain": False} | told))


def proof(kg, **told) -> EvidenceTask:
    return EvidenceTask(**({"task": NEAR, "load_kg": kg, "times_a_day": 1.0, "weeks": 5.0} | told))
