"""The load error of one person and task from drawn models, in the place of the tabulated one.

What drawn models vary is shared by all tasks of a person as far as the loads of tasks go up and down together; the rest,
and technique, distance and day, which no table knows, is the task's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from spinesim.analysis.demand import Demands, Task, demands
from spinesim.analysis.safe_load import Query
from spinesim.analysis.tissue_limits import limits_of, on_axis
from spinesim.analysis.tolerance import LoadError, Person, Tolerance
from spinesim.analysis.tolerance.data import Array, value

FEWEST: Final = 20


def sampled_errors(query: Query, load_kg: float, samples: int, seed: int) -> dict[str, LoadError]:
    """Load errors by tissue; a tissue that is hardly loaded keeps the tabulated one.

    Parameters
    ----------
    load_kg
        At which load of the task.

    Raises
    ------
    ValueError
        If too few samples have an answer, or the spread is beyond what the rule can carry.
    """
    person = Person(query.subject.age_years, query.subject.sex, query.findings)
    table = limits_of(person, query.protection, [], query.loadings, None, query.law).tolerances
    drawn = _draw(query, load_kg, samples, seed)
    found = {name: _error([_peaks(one, name) for one in drawn], name, tolerance) for name, tolerance in table.items()}
    return {name: error for name, error in found.items() if error is not None}


def _draw(query: Query, load_kg: float, samples: int, seed: int) -> list[Demands]:
    """The task and then what is shown, with the same drawn models: all frames as those of one task."""
    items = [(query.task, load_kg), *((item.task, item.load_kg) for item in query.evidence)]
    loads = [load for task, kg in items for load in task.loads_at(kg)]
    every = Task(name="all", frames=tuple(frame for task, _ in items for frame in task.frames), dynamic_factor=1.0, loads=lambda _: loads)
    found = demands(query.model, query.subject, every, [load_kg], samples, seed, query.max_flexion_deg)
    ends = np.cumsum([len(task.frames) for task, _ in items]).tolist()
    return [found.frames(start, stop) for start, stop in zip([0, *ends], ends, strict=False)]


def _error(drawn: Sequence[Array], tissue: str, tolerance: Tolerance) -> LoadError | None:
    """From peaks (S, axis) of the task and of what is shown; ``None`` where the task hardly loads the tissue."""
    median = np.nanmedian(drawn[0], axis=0)
    place = int(np.argmax(median / tolerance.median))
    if not median[place] > value("safe_load", "sampled", "least_share") * tolerance.median[place]:
        return None
    columns = np.array([peak[:, place] for peak in drawn])
    answered = np.isfinite(columns).all(axis=0)
    if np.count_nonzero(answered) < FEWEST:
        raise ValueError(f"samples: {np.count_nonzero(answered)} of {len(answered)} have an answer for {tissue}; expected {FEWEST} or more")
    # Relative spread and not that of logarithms, which loads that change their sign do not have.
    relative = columns[:, answered] / np.maximum(np.median(columns[:, answered], axis=1, keepdims=True), 1e-6)
    cover = np.log1p(np.maximum(np.atleast_2d(np.cov(relative)), 0.0))
    total = float(cover[0, 0])
    shared = float(cover[0, 1:].min(initial=total))
    return LoadError(float(np.sqrt(shared)), float(np.sqrt(total - shared + tolerance.error.task**2)))


def _peaks(drawn: Demands, tissue: str) -> Array:
    """Peak over the frames (S, axis); NaN where a frame has no answer."""
    peaks = on_axis(drawn, tissue)[:, 0].max(axis=-2)
    answered = np.asarray(drawn.converged)[:, 0].all(axis=1, keepdims=True)
    return np.asarray(np.where(answered, peaks, np.nan))
