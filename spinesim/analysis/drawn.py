"""Several cases of one person solved with the same drawn models, so that what they share shows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np

from spinesim.analysis.sampling import Sampler
from spinesim.model import cases as packing
from spinesim.model.anatomy import SpineModel
from spinesim.model.layout import stack
from spinesim.model.load import Load
from spinesim.model.names import CONVERGED, NOT_CONVERGED
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.solver.api import CHUNK, run, settle, to_solution
from spinesim.solver.recruitment import SQUARE
from spinesim.solver.solution import Solution


def solve_drawn(model: SpineModel, subject: Subject, cases: Sequence[tuple[Posture, Load]], samples: int, seed: int) -> Solution:
    """Every case with every drawn model.

    Returns
    -------
    Solution
        Rows sample by sample, the cases of one sample together. Samples that do not stand in balance have no answer.
    """
    drawn = Sampler(model).samples(samples, seed)
    postures, loads = (list(part) for part in zip(*cases, strict=True))
    jobs = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        # Models are made in this thread and solved in the others.
        while chunk := list(islice(drawn, CHUNK)):
            people = stack([sample.model.pack(subject) for sample in chunk])
            rows = [packing.pack(s.model.tables, np.full(len(cases), i), postures, loads) for i, s in enumerate(chunk)]
            jobs.append(pool.submit(_solve, model, people, np.concatenate(rows).view(np.recarray), len(cases)))
        out = np.concatenate([job.result() for job in jobs]).view(np.recarray)
    return to_solution(model, out, np.ones(len(out), np.int32))


def _solve(model: SpineModel, people: object, rows: object, cases: int) -> object:
    balanced = np.repeat(settle(model, people), cases)
    out = run(model, people, rows, SQUARE, threads=1)
    out.status[~balanced & (out.status == CONVERGED)] = NOT_CONVERGED
    return out
