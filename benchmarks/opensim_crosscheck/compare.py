"""LFB's recruitment by both codes on the same moment arms, gains and net moments."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.opensim_crosscheck import lfb, tools
from benchmarks.opensim_crosscheck.lfb import RESERVE, Array, Mechanics, Muscles
from benchmarks.opensim_crosscheck.postures import Case
from spinesim.solver.standalone import Problem

# OpenSim's own default, and one as tight as its optimiser can be asked for.
SETTINGS = {"default": tools.Settings(1e-4, 100), "tight": tools.Settings(1e-8, 1000)}
BUYS = RESERVE**2 / 2.0  # reserve moment r at the cost (r / RESERVE)^2, as OpenSim counts it
INSIDE = 1e-3  # an interior-point optimiser leaves activations that far from their bounds
REPEATS = 5
OBJECTIVE_TOLERANCE, FORCE_SHARE, FORCE_N = 1e-4, 0.01, 5.0


class Outcome(NamedTuple):
    """One code's answer.

    Attributes
    ----------
    objective
        Sum of squared controls of muscles and reserves.
    residual
        Largest moment left unbalanced, N m.
    kkt
        Largest distance of an activation from the best one for the multipliers that fit best.
    reserve
        Largest reserve moment, N m.
    reaction
        Force on the vertebra below each joint, ground frame (6, 3), N.
    seconds
        Of the recruitment alone.
    """

    objective: float
    residual: float
    kkt: float
    reserve: float
    reaction: Array
    seconds: float


class Row(NamedTuple):
    """One posture of LFB, solved by both."""

    case: Case
    mechanics: Mechanics
    own: Outcome
    peer: dict[str, Outcome]
    mechanics_s: float
    reaction_s: float

    def force_difference(self, setting: str, joint: int) -> tuple[float, float]:
        """Length of the difference of the forces at a joint, and of OpenSim's force, N."""
        theirs = self.peer[setting].reaction[joint]
        return float(np.linalg.norm(self.own.reaction[joint] - theirs)), float(np.linalg.norm(theirs))

    def excess(self, setting: str) -> float:
        """Our objective over OpenSim's, relative; negative where ours is lower."""
        return self.own.objective / self.peer[setting].objective - 1.0

    def hits(self, setting: str) -> bool:
        """Whether objective and forces at L5-S1 and L4-L5 are inside the tolerances."""
        forces = [self.force_difference(setting, joint) for joint in (0, 1)]
        near = all(apart <= max(FORCE_N, FORCE_SHARE * force) for apart, force in forces)
        return near and self.excess(setting) <= OBJECTIVE_TOLERANCE


def compare(path: Path, case: Case, share: Array) -> tuple[Row, Muscles]:
    """Solve one posture with both codes."""
    model = lfb.pose(path, case, share)
    muscles = lfb.muscles_of(model)
    start = time.perf_counter()
    mechanics = lfb.mechanics(model)
    mechanics_s = time.perf_counter() - start
    own = _own(mechanics)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tools.write_inputs(model, folder)
        answers = {key: tools.solve(folder, muscles, settings) for key, settings in SETTINGS.items()}
    peer = {key: _peer(mechanics, answer) for key, answer in answers.items()}
    return Row(case, mechanics, own, peer, mechanics_s, answers["tight"].reaction_s), muscles


def reaction(mechanics: Mechanics, tension: Array, weight: Array | None = None) -> Array:
    """Force on the vertebra below each joint (6, 3): all muscle tension and weight above it, cut free; ground frame."""
    force = np.einsum("jmi,m->ji", mechanics.pull, tension)
    force[:, 1] -= mechanics.weight if weight is None else weight
    return force


def _own(mechanics: Mechanics) -> Outcome:
    columns = mechanics.arms * mechanics.gain[:, None]
    problem = Problem(columns, 1.0, 0.0, 1.0)
    durations = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        found = problem.solve(mechanics.moment, reserve=BUYS)
        durations.append(time.perf_counter() - start)
    a, reserve = found.activation, BUYS * found.multiplier
    return Outcome(
        objective=_objective(a, reserve),
        residual=_residual(columns, mechanics.moment, a, reserve),
        kkt=_distance(columns, a, found.multiplier),
        reserve=float(np.abs(reserve).max()),
        reaction=reaction(mechanics, mechanics.gain * a),
        seconds=min(durations),
    )


def _peer(mechanics: Mechanics, answer: tools.Answer) -> Outcome:
    columns, a = mechanics.arms * mechanics.gain[:, None], answer.activation
    return Outcome(
        objective=_objective(a, answer.reserve),
        residual=_residual(columns, mechanics.moment, a, answer.reserve),
        kkt=_distance(columns, a, _multipliers(columns, a, answer.reserve)),
        reserve=float(np.abs(answer.reserve).max()),
        reaction=answer.reaction,
        seconds=answer.optimisation_s,
    )


def _objective(a: Array, reserve: Array) -> float:
    return float(np.sum(a**2) + np.sum((reserve / RESERVE) ** 2))


def _residual(columns: Array, moment: Array, a: Array, reserve: Array) -> float:
    return float(np.abs(moment - columns.T @ a - reserve).max())


def _multipliers(columns: Array, a: Array, reserve: Array) -> Array:
    """Multipliers that fit best to all controls off their bounds, by least squares: optimiser files hold none."""
    free = (a > INSIDE) & (a < 1.0 - INSIDE)
    left = np.vstack([columns[free], np.eye(len(reserve)) * RESERVE])
    right = 2.0 * np.concatenate([a[free], reserve / RESERVE])
    return np.asarray(np.linalg.lstsq(left, right, rcond=None)[0])


def _distance(columns: Array, a: Array, multiplier: Array) -> float:
    return float(np.abs(a - np.clip(columns @ multiplier / 2.0, 0.0, 1.0)).max())
