"""Lumbar-spine loads, level by level.

>>> import spinesim as ss
>>> model = ss.SpineModel.default()
>>> answer = ss.solve(model, ss.Subject(mass_kg=80.0), ss.preset("lift_stoop"), ss.Load(mass_kg=15.0))  # doctest: +SKIP

Public names are loaded when they are first used, so that ``import spinesim`` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from spinesim.analysis.demand import Task
    from spinesim.analysis.exercise import Exercise
    from spinesim.analysis.movement import Movement, MovementLoads, movement, solve_movement
    from spinesim.analysis.safe_load import EvidenceTask, SafeLoad, safe_load
    from spinesim.analysis.safe_load_map import SafeLoadMap, safe_load_map
    from spinesim.analysis.tolerance import Findings
    from spinesim.analysis.uncertainty import Uncertainty, uncertainty
    from spinesim.config import load_case
    from spinesim.config.exercise import exercise
    from spinesim.config.presets import preset
    from spinesim.model.anatomy import SpineModel
    from spinesim.model.load import Load
    from spinesim.model.names import LEVELS
    from spinesim.model.posture import Posture
    from spinesim.model.subject import Subject
    from spinesim.solver.api import solve, solve_batch, solve_path
    from spinesim.solver.bench import Curve, Loading, load_specimen
    from spinesim.solver.motion import Motion, range_of_motion, stiffness
    from spinesim.solver.solution import Solution
    from spinesim.solver.stability import Stability, stability

__version__: Final = "0.1.0"

__all__ = [
    "LEVELS",
    "Curve",
    "EvidenceTask",
    "Exercise",
    "Findings",
    "Load",
    "Loading",
    "Motion",
    "Movement",
    "MovementLoads",
    "Posture",
    "SafeLoad",
    "SafeLoadMap",
    "Solution",
    "SpineModel",
    "Stability",
    "Subject",
    "Task",
    "Uncertainty",
    "__version__",
    "exercise",
    "load_case",
    "load_specimen",
    "movement",
    "preset",
    "range_of_motion",
    "safe_load",
    "safe_load_map",
    "solve",
    "solve_batch",
    "solve_movement",
    "solve_path",
    "stability",
    "stiffness",
    "uncertainty",
]

_HOME: Final = {
    "safe_load_map": "spinesim.analysis.safe_load_map",
    "safe_load": "spinesim.analysis.safe_load",
    "Task": "spinesim.analysis.demand",
    "SafeLoadMap": "spinesim.analysis.safe_load_map",
    "SafeLoad": "spinesim.analysis.safe_load",
    "Findings": "spinesim.analysis.tolerance",
    "EvidenceTask": "spinesim.analysis.safe_load",
    "LEVELS": "spinesim.model.names",
    "Curve": "spinesim.solver.bench",
    "Exercise": "spinesim.analysis.exercise",
    "Load": "spinesim.model.load",
    "Loading": "spinesim.solver.bench",
    "Motion": "spinesim.solver.motion",
    "Movement": "spinesim.analysis.movement",
    "MovementLoads": "spinesim.analysis.movement",
    "Posture": "spinesim.model.posture",
    "Solution": "spinesim.solver.solution",
    "SpineModel": "spinesim.model.anatomy",
    "Stability": "spinesim.solver.stability",
    "Subject": "spinesim.model.subject",
    "Uncertainty": "spinesim.analysis.uncertainty",
    "exercise": "spinesim.config.exercise",
    "load_case": "spinesim.config",
    "load_specimen": "spinesim.solver.bench",
    "movement": "spinesim.analysis.movement",
    "preset": "spinesim.config.presets",
    "range_of_motion": "spinesim.solver.motion",
    "solve": "spinesim.solver.api",
    "solve_batch": "spinesim.solver.api",
    "solve_path": "spinesim.solver.api",
    "solve_movement": "spinesim.analysis.movement",
    "stability": "spinesim.solver.stability",
    "stiffness": "spinesim.solver.motion",
    "uncertainty": "spinesim.analysis.uncertainty",
}


def __getattr__(name: str) -> object:
    """Load a public name on first use (PEP 562) and keep it."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__})
