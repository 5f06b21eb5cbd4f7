"""Weeks of graded loading within tolerance: a builder that proposes, a checker that refuses, gates and re-planning.

Loads come in as a function ``loads(task, loads_kg) -> Demands``; nothing here asks the model itself. See ``docs/planner.md``.
"""

from __future__ import annotations

from spinesim.analysis.plan.builder import Built, build
from spinesim.analysis.plan.checker import Verdict, Violation, check
from spinesim.analysis.plan.gates import Entry
from spinesim.analysis.plan.inputs import RED_FLAGS, Activity, Dose, Exercise, NoPlan, Plan, Proof, Recovery, Request, Session
from spinesim.analysis.plan.planning import Outcome, plan
from spinesim.analysis.plan.replan import Standing, standing
from spinesim.analysis.plan.rules import RULES

__all__ = [
    "RED_FLAGS",
    "RULES",
    "Activity",
    "Built",
    "Dose",
    "Entry",
    "Exercise",
    "NoPlan",
    "Outcome",
    "Plan",
    "Proof",
    "Recovery",
    "Request",
    "Session",
    "Standing",
    "Verdict",
    "Violation",
    "build",
    "check",
    "plan",
    "standing",
]
