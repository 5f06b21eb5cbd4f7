"""Cases of one person solved with models drawn from the SDs of all tables: the same ones for all cases, so that what they share shows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

import numpy as np

from spinesim.analysis.distributions import Floats
from spinesim.analysis.sampling import Draws, Sampler
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
from spinesim.solver.variables import VARIABLES


@dataclass(frozen=True)
class Answers:
    """Result records of every sample, the cases of one sample together, and the scores (N, keys) of what was drawn."""

    records: Any
    keys: tuple[Key, ...]
    scores: Floats


def solve_drawn(model: SpineModel, subject: Subject, cases: Sequence[tuple[Posture, Load]], samples: int, seed: int) -> Solution:
    """Every case with every drawn model.

    Returns
    -------
    Solution
        Rows sample by sample, the cases of one sample together. Samples that do not stand in balance have no answer.
    """
    out = solve_samples(model, subject, cases, samples, seed).records
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
) -> Answers:
    """Draw, pack, settle and solve in blocks over all threads; ``progress`` is called with (samples done, samples in all)."""
    sampler = Sampler(model)

    def work_off(numbers: Floats) -> tuple[Draws, Any]:
        draws = sampler.draw(numbers)
        return draws, _solve(draws.model, subject, cases, power)

    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        jobs = [pool.submit(work_off, numbers) for numbers in sampler.blocks(samples, seed)]
        try:
            _follow(jobs, samples, progress)
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
    """Results of one block; who does not stand in balance has no zero of translations, and no answer."""
    people = model.pack_drawn(subject)
    balanced = np.repeat(settle(model, people), len(cases))
    out = run(model, people, packing.pack_drawn(model.tables, cases, len(people)), power, threads=1)
    out.status[~balanced & (out.status == CONVERGED)] = NOT_CONVERGED
    for name, variable in VARIABLES.items():
        if variable.dtype == "f8":
            out[name][out.status != CONVERGED] = np.nan
    return out
