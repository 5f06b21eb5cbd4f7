"""One evaluator for all published cases.

A case asks for one quantity of one set-up, living or on the bench, at one or more points; it may be taken relative to another
set-up. How far the answer may lie from the published figure is the case's own band.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from spinesim.analysis.movement import MovementLoads, movement, solve_movement, unanswered
from spinesim.analysis.published import (
    COMPONENTS,
    STIFFNESS,
    STIFFNESS_ENTRIES,
    Answer,
    Case,
    Exercising,
    Living,
    Point,
    Quantity,
    Result,
    Setup,
    Specimen,
    dims_of,
)
from spinesim.model.anatomy import SpineModel
from spinesim.model.layout import GRAVITY
from spinesim.model.names import LEVELS, SIDES
from spinesim.solver.api import solve
from spinesim.solver.bench import Curve, Loading, load_specimen
from spinesim.solver.motion import stiffness
from spinesim.solver.solution import Solution

MOMENTS: Final = ("flexion_Nm", "lateral_Nm", "axial_Nm")
_COMBINED: Final[dict[str, Callable[..., Any]]] = {
    "sum": np.sum, "mean": np.mean, "largest": np.max, "smallest": np.min, "larger": np.max, "smaller": np.min,
}  # fmt: skip
Array = NDArray[np.float64]
Progress = Callable[[int, int], None]


class CannotComputeError(ValueError):
    """The model has no answer to a case; the message says why."""


def evaluate(model: SpineModel, cases: Sequence[Case], progress: Progress | None = None) -> list[Result]:
    """Ask the model every case.

    Parameters
    ----------
    model
        The geometry set.
    cases
        What to ask; set-ups that several cases share are solved once.
    progress
        Called with (cases done, cases in all).
    """
    runs, results = _Runs(model), []
    for done, case in enumerate(cases, start=1):
        results.append(Result(case, tuple(_answer(runs, case, point) for point in case.points)))
        if progress is not None:
            progress(done, len(cases))
    return results


def with_bands(results: Sequence[Result], models: Iterable[SpineModel], progress: Callable[[int], None] | None = None) -> list[Result]:
    """The same results with percentiles over drawn models.

    Parameters
    ----------
    results
        Of the model itself.
    models
        Models with drawn parameters, as from :func:`spinesim.analysis.sampling.sample_models`.
    progress
        Called with the number of models done.
    """
    cases = [result.case for result in results]
    drawn = []
    for done, model in enumerate(models, start=1):
        drawn.append([[answer.value for answer in result.answers] for result in evaluate(model, cases)])
        if progress is not None:
            progress(done)
    return [
        replace(result, answers=tuple(_banded(answer, [row[c][p] for row in drawn]) for p, answer in enumerate(result.answers)))
        for c, result in enumerate(results)
    ]


def _banded(answer: Answer, drawn: Sequence[float | None]) -> Answer:
    known = [value for value in drawn if value is not None]
    failed = len(drawn) - len(known)
    if not known:
        return replace(answer, failed=failed)
    low, high = np.percentile(known, [5.0, 95.0])
    return replace(answer, low=float(low), high=float(high), failed=failed)


def _answer(runs: _Runs, case: Case, point: Point) -> Answer:
    try:
        value = float(np.mean(_compared(runs, case, point)))
    except ValueError as error:
        return Answer(point, None, fault=str(error))
    if not np.isfinite(value):
        return Answer(point, None, fault="the figure it is relative to is zero, or no number came out")
    return Answer(point, value, note=runs.note(point.setup))


def _compared(runs: _Runs, case: Case, point: Point) -> Array:
    """The quantity at a point, as a ratio or a difference if the case says so; increases count from the baseline."""
    base = _read(runs, case.baseline, point.quantity) if case.baseline else np.zeros(1)
    value = _read(runs, point.setup, point.quantity) - base
    if case.reference is None:
        return value
    other = _read(runs, case.reference, point.quantity) - base
    if case.difference:
        return value - other
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(value / other)


def _read(runs: _Runs, setup: Setup, quantity: Quantity) -> Array:
    value = _reading(runs, setup, quantity)
    if quantity.both_directions:
        value = value - _reading(runs, _opposite(setup), quantity)
    if isinstance(quantity.share_of, str):
        value = 100.0 * value / _reading(runs, setup, replace(quantity, name=quantity.share_of, side="", component=""))
    elif quantity.share_of is not None:
        value = 100.0 * value / quantity.share_of
    return value / (setup.subject.mass_kg * GRAVITY) if quantity.per_body_weight else value


def _opposite(setup: Setup) -> Setup:
    if not isinstance(setup, Specimen):
        raise CannotComputeError("both directions are for specimens")
    return replace(setup, loading={name: -value if name in MOMENTS else value for name, value in setup.loading.items()})


def _reading(runs: _Runs, setup: Setup, quantity: Quantity) -> Array:
    """One or more numbers, (n,), of an answer."""
    if isinstance(setup, Specimen) and quantity.name == STIFFNESS:
        matrix = runs.stiffness(setup, quantity.levels[0])
        return 1e-3 * np.array([matrix[entry] for entry in STIFFNESS_ENTRIES[quantity.component]])
    if isinstance(setup, Exercising):
        frames = [_picked(array, quantity, LEVELS) for array in runs.exercising(setup, quantity.name)]
        return np.atleast_1d(max(frames, key=abs))
    levels, array = runs.living(setup, quantity.name) if isinstance(setup, Living) else runs.specimen(setup, quantity.name)
    return np.atleast_1d(_picked(array, quantity, levels))


def _picked(array: Array, quantity: Quantity, levels: Sequence[str]) -> Array:
    """The component, then the side, then the levels of a result without its case or step axis."""
    dims = dims_of(quantity.name)
    for name, table in COMPONENTS.items():
        if name in dims:
            index, sign = table[quantity.component]
            array = sign * np.take(array, index, axis=dims.index(name))
    if "side" in dims:
        array = _of_sides(array, quantity.side)
    if "level" in dims:
        if outside := [level for level in quantity.levels if level not in levels]:
            raise CannotComputeError(f"{', '.join(outside)} is not in the specimen")
        array = np.asarray(_COMBINED[quantity.over_levels](array[[levels.index(level) for level in quantity.levels]]))
    return array


def _of_sides(array: Array, side: str) -> Array:
    return np.asarray(array[..., SIDES.index(side)] if side in SIDES else _COMBINED[side](array, axis=-1))


@dataclass(slots=True)
class _Runs:
    """Answers of one model, each set-up solved once."""

    model: SpineModel
    known: dict[str, Any] = field(default_factory=dict)

    def living(self, setup: Living, name: str) -> tuple[Sequence[str], Array]:
        """Levels and the array of one variable."""
        solution: Solution = self._once(setup, lambda: solve(self.model, setup.subject, setup.posture, setup.load))
        if solution.status_name in ("not_converged", "invalid_input"):
            raise CannotComputeError(f"{solution.status_name}: {solution.reason}")
        return LEVELS, getattr(solution, name)

    def exercising(self, setup: Exercising, name: str) -> Array:
        """The array of one variable, frames first."""
        loads: MovementLoads = self._once(setup, lambda: self._move(setup))
        if loads.gaps:
            raise CannotComputeError("; ".join(unanswered(loads)))
        return np.asarray(getattr(loads.solution, name))

    def specimen(self, setup: Specimen, name: str) -> tuple[Sequence[str], Array]:
        """Levels and the array of one variable under full load."""
        curve: Curve = self._once(setup, lambda: self._load(setup))
        if name in ("rotation_deg", "rotation_total_deg", "translation_mm"):
            return curve.levels, getattr(curve, name)[-1]
        if name not in curve.loads:
            raise CannotComputeError(f"the bench gives no {name}")
        return curve.levels, curve.loads[name][-1]

    def stiffness(self, setup: Specimen, level: str) -> Array:
        """Stiffness matrix (6, 6; SI units) under the follower load of the set-up."""
        preload = float(setup.loading.get("follower_N", 0.0))
        matrix: Array = self._once((setup, STIFFNESS), lambda: stiffness(self.model, setup.subject, level, preload, setup.without))
        return matrix

    def note(self, setup: Setup) -> str:
        """What the reader has to know of an answer."""
        found = self.known.get(repr(setup))
        weak = isinstance(found, Solution | MovementLoads) and found.status_name == "strength_exceeded"
        notes = ["strength exceeded"] if weak else []
        outside = isinstance(found, Solution | Curve | MovementLoads) and not found.validated
        return ", ".join([*notes, "outside the validated range"] if outside else notes)

    def _move(self, setup: Exercising) -> MovementLoads:
        return solve_movement(self.model, setup.subject, movement(self.model, setup.subject, setup.exercise, setup.load_kg))

    def _load(self, setup: Specimen) -> Curve:
        return load_specimen(self.model, setup.subject, setup.segment, Loading(**setup.loading), setup.without, setup.creep_mm)

    def _once(self, key: Any, run: Callable[[], Any]) -> Any:
        """The answer to a set-up; a refusal is kept as well and raised again."""
        text = repr(key)
        if text not in self.known:
            try:
                self.known[text] = run()
            except ValueError as error:
                self.known[text] = error
        found = self.known[text]
        if isinstance(found, ValueError):
            raise found
        return found
