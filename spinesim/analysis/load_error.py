"""The load error of one person and task from drawn models, in the place of the tabulated one.

What drawn models vary is shared by all tasks of a person as far as the loads of tasks go up and down together; the rest,
and technique, distance and day, which no table knows, is the task's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spinesim.analysis.demand import Booleans, Demands, Task, demands
from spinesim.analysis.safe_load import Query
from spinesim.analysis.tissue_limits import limits_of, on_axis
from spinesim.analysis.tolerance import LoadError, Person, Tolerance
from spinesim.analysis.tolerance.data import Array, value
from spinesim.model.load import Load
from spinesim.model.posture import Posture

FEWEST: Final = 20
PILOT: Final = 96  # models that are solved in every frame, and show in which ones peaks are
NEAR: Final = 0.01  # of a peak: as good as the peak
RIVAL: Final = 0.9  # of the largest share of strength: a place that may turn out to be the one

Case = tuple[Posture, Load]
Peaks = dict[str, list[Array]]  # by tissue: (S, axis) of the task, then of each task that is shown
Places = Mapping[str, NDArray[np.int64]]  # by tissue: indices on its axis


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
    drawn = _peaks_of(query, load_kg, samples, seed, table)
    found = {name: _error(drawn[name], name, tolerance) for name, tolerance in table.items()}
    return {name: error for name, error in found.items() if error is not None}


def _peaks_of(query: Query, load_kg: float, samples: int, seed: int, table: Mapping[str, Tolerance]) -> Peaks:
    """Peaks of the task and of what is shown with the same drawn models.

    The first models are solved in every frame; the others in those frames that hold the peaks of the first.
    """
    tasks = _hardest_first(query, [(query.task, load_kg), *((item.task, item.load_kg) for item in query.evidence)])
    first = min(samples, PILOT) if any(len(cases) > 1 for cases in tasks) else samples
    pilot = _solve(query, tasks, 0, first, seed)
    parts = [pilot]
    if first < samples:
        frames = _binding_of_all(pilot, _places(pilot[0], table))
        few = [[cases[frame] for frame in mine] for cases, mine in zip(tasks, frames, strict=True)]
        parts.append(_solve(query, few, first, samples, seed))
    return {name: [np.concatenate([_peaks(d, name) for d in of_one]) for of_one in zip(*parts, strict=True)] for name in table}


def _hardest_first(query: Query, asked: Sequence[tuple[Task, float]]) -> list[list[Case]]:
    """The frames of every task at its load, the hardest for the muscles of the nominal model first: others fail there first, too."""
    found = []
    for task, kg in asked:
        nominal = demands(query.model, query.subject, task, [kg])
        effort = np.where(nominal.converged, nominal.activation, np.inf)[0]
        cases = list(zip(task.frames, task.loads_at(kg), strict=True))
        found.append([cases[frame] for frame in np.argsort(-effort, kind="stable")])
    return found


def _solve(query: Query, tasks: Sequence[Sequence[Case]], first: int, stop: int, seed: int) -> list[Demands]:
    """Every task with the samples ``first`` to ``stop - 1``: all frames as those of one task."""
    postures, loads = zip(*(case for cases in tasks for case in cases), strict=True)
    every = Task(name="all", frames=postures, dynamic_factor=1.0, loads=lambda _: loads)
    found = demands(query.model, query.subject, every, [0.0], stop, seed, query.max_flexion_deg, first)
    ends = np.cumsum([len(cases) for cases in tasks]).tolist()
    return [found.frames(*span) for span in zip([0, *ends], ends, strict=False)]


def _places(pilot: Demands, table: Mapping[str, Tolerance]) -> Places:
    """By tissue that the task loads, the places where most of the strength is used, or nearly most (indices on its axis)."""
    found = {}
    for name, tolerance in table.items():
        share = np.nan_to_num(np.nanmedian(_peaks(pilot, name), axis=0) / tolerance.median)
        if share.max() > RIVAL * value("safe_load", "sampled", "least_share"):
            found[name] = np.flatnonzero(share >= RIVAL * share.max())
    return found


def _binding_of_all(pilot: Sequence[Demands], places: Places) -> list[list[int]]:
    """Binding frames of every task; a model that failed in one was not solved in the next."""
    reached, found = np.ones(len(pilot[0].converged), bool), []
    for one in pilot:
        found.append(binding(one, places, reached))
        reached &= np.asarray(one.converged)[:, 0].all(axis=1)
    return found


def binding(pilot: Demands, places: Places, reached: Booleans) -> list[int]:
    """Few frames that hold every peak, within :data:`NEAR`, of every model of the pilot that got so far (``reached``).

    A model that has no answer counts as met by the frame in which it failed, the first without one. The frame that meets most comes
    first, then the one that meets most of the rest.
    """
    answered = np.asarray(pilot.converged)[:, 0]
    whole = answered.all(axis=1)
    failed = answered[reached & ~whole]
    met = [np.arange(failed.shape[1]) == np.argmin(failed, axis=1)[:, None]]
    for name, place in places.items():
        load = on_axis(pilot, name)[whole, 0][..., place]
        peak = load.max(axis=1, keepdims=True)
        met += list(np.moveaxis(load >= peak - NEAR * np.abs(peak), 2, 0))
    rows, chosen = np.concatenate(met), set[int]()
    while len(rows) or not chosen:
        frame = int(np.argmax(rows.sum(axis=0)))
        chosen.add(frame)
        rows = rows[~rows[:, frame]]
    return sorted(chosen)


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
