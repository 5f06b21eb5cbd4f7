"""The load error of one person and task from drawn models, in the place of the tabulated one.

What drawn models vary is shared by all tasks of a person as far as the loads of tasks go up and down together; the rest,
and technique, distance and day, which no table knows, is the task's own.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from spinesim.analysis.demand import Demands, demands
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
    asked = _draw(query, query.task, load_kg, samples, seed)
    proofs = [_draw(query, item.task, item.load_kg, samples, seed) for item in query.evidence]
    person = Person(query.subject.age_years, query.subject.sex, query.findings)
    table = limits_of(person, query.protection, [], query.loadings, None, query.law).tolerances
    found = {name: _error(asked, proofs, name, tolerance) for name, tolerance in table.items()}
    return {name: error for name, error in found.items() if error is not None}


def _draw(query: Query, task: object, load_kg: float, samples: int, seed: int) -> Demands:
    # The same seed draws the same models for every task.
    return demands(query.model, query.subject, task, [load_kg], samples, seed, query.max_flexion_deg)  # type: ignore[arg-type]


def _error(asked: Demands, proofs: list[Demands], tissue: str, tolerance: Tolerance) -> LoadError | None:
    new, old = _peaks(asked, tissue), [_peaks(proof, tissue) for proof in proofs]
    median = np.nanmedian(np.where(np.isfinite(new), new, np.nan), axis=0)
    place = int(np.argmax(median / tolerance.median))
    if not median[place] > value("safe_load", "sampled", "least_share") * tolerance.median[place]:
        return None
    columns = [np.log(np.maximum(peak[:, place], 1e-6)) for peak in (new, *old)]
    answered = np.all([np.isfinite(column) for column in columns], axis=0)
    if np.count_nonzero(answered) < FEWEST:
        raise ValueError(f"samples: {np.count_nonzero(answered)} of {len(answered)} have an answer for {tissue}; expected {FEWEST} or more")
    cover = np.atleast_2d(np.cov(np.array(columns)[:, answered]))
    total = float(cover[0, 0])
    shared = float(np.clip(cover[0, 1:].min(initial=total), 0.0, total))
    return LoadError(np.sqrt(shared).item(), float(np.sqrt(total - shared + tolerance.error.task**2)))


def _peaks(drawn: Demands, tissue: str) -> Array:
    """Peak over the frames (S, axis); NaN where a frame has no answer."""
    peaks = on_axis(drawn, tissue)[:, 0].max(axis=-2)
    return np.asarray(np.where(drawn.converged[:, 0].all(axis=-1)[:, None], peaks, np.nan))
