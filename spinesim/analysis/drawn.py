"""Cases of one person solved with models drawn from the SDs of all tables: the same ones for all cases, so that what they share shows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from spinesim.analysis.distributions import Floats
from spinesim.analysis.sampling import BLOCK, Draws, Sampler
from spinesim.model import cases as packing
from spinesim.model.anatomy import SpineModel
from spinesim.model.load import Load
from spinesim.model.names import CONVERGED, NOT_CONVERGED
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.model.tables import Key
from spinesim.solver.api import Progress, run, settle, to_solution
from spinesim.solver.recruitment import SQUARE
from spinesim.solver.solution import Solution
from spinesim.solver.variables import VARIABLES, result_type

LEAST: Final = 16  # models in a block: fewer are not worth the calls


@dataclass(frozen=True)
class Answers:
    """Result records of every sample, the cases of one sample together, and the scores (N, keys) of what was drawn."""

    records: Any
    keys: tuple[Key, ...]
    scores: Floats


def solve_drawn(
    model: SpineModel, subject: Subject, cases: Sequence[tuple[Posture, Load]], samples: int, seed: int, first: int = 0
) -> Solution:
    """Every case with every drawn model, from sample ``first`` to ``samples - 1``; a sample without an answer gets no further.

    Returns
    -------
    Solution
        Rows sample by sample, the cases of one sample together. What did not converge holds NaN, and so do the cases after the first
        that did not: they were not solved.
    """
    out = solve_samples(model, subject, cases, samples, seed, first=first).records
    return to_solution(model, out, np.ones(len(out), np.int32))


def solve_samples(
    model: SpineModel,
    subject: Subject,
    cases: Sequence[tuple[Posture, Load]],
    samples: int,
    seed: int,
    power: int = SQUARE,
    progress: Progress | None = None,
    threads: int | None = None,
    first: int = 0,
) -> Answers:
    """Draw, pack, settle and solve in blocks over all threads; ``progress`` is called with (samples done, samples in all).

    Cases that are most likely to have no answer should come first: what follows them in a sample is then not solved.
    """
    sampler, workers = Sampler(model), threads or os.cpu_count() or 1
    # Samples do not depend on their block: as large as memory likes it, but some for every thread.
    size = min(BLOCK, max(LEAST, -(-(samples - first) // (4 * workers))))

    def work_off(numbers: Floats) -> tuple[Draws, Any]:
        draws = sampler.draw(numbers)
        return draws, _solve(draws.model, subject, cases, power)

    with ThreadPoolExecutor(workers) as pool:
        jobs = [pool.submit(work_off, numbers) for numbers in sampler.blocks(samples, seed, first, size)]
        try:
            _follow(jobs, samples - first, progress)
        except BaseException:
            # Whoever interrupts does not wait for samples that nobody will read.
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    parts = [job.result() for job in jobs]
    records = np.concatenate([out for _, out in parts]).view(np.recarray)
    return Answers(records, parts[0][0].keys, np.concatenate([draws.scores for draws, _ in parts]))


def _follow(jobs: Sequence[Future[tuple[Draws, Any]]], samples: int, progress: Progress | None) -> None:
    done = 0
    for job in as_completed(jobs):
        done += len(job.result()[0].scores)
        if progress is not None:
            progress(done, samples)


def _solve(model: SpineModel, subject: Subject, cases: Sequence[tuple[Posture, Load]], power: int) -> Any:
    """Results of one block, case after case, each with the models that had an answer so far.

    Who does not stand in balance has no zero of translations, and no answer.
    """
    people = model.pack_drawn(subject)
    balanced, asked = settle(model, people, threads=1), np.arange(len(people))
    rows = packing.pack_drawn(model.tables, cases, len(people)).reshape(len(people), len(cases))
    out = _no_answers(rows.shape, len(model.fascicles))
    for number in range(len(cases)):
        found = run(model, people, rows[asked, number], power, threads=1)
        found.status[~balanced[asked] & (found.status == CONVERGED)] = NOT_CONVERGED
        answered = found.status == CONVERGED
        out["status"][asked, number] = found.status
        asked = asked[answered]
        out[asked, number] = found[answered]
        if not len(asked):
            break
    return out.ravel()


def _no_answers(shape: tuple[int, ...], fascicles: int) -> Any:
    """Records of cases that were not solved."""
    out = np.zeros(shape, result_type(fascicles)).view(np.recarray)
    for name, variable in VARIABLES.items():
        if variable.dtype == "f8":
            out[name] = np.nan
    out.status = NOT_CONVERGED
    return out
