"""Cases of which some cannot be computed: the others are solved, these are left without numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinesim.model.anatomy import SpineModel
from spinesim.model.load import Load
from spinesim.model.names import INVALID_INPUT
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.solver.api import Progress, solve_batch
from spinesim.solver.solution import Solution
from spinesim.solver.variables import VARIABLES


def solve_some(
    model: SpineModel,
    subject: Subject,
    postures: Sequence[Posture],
    loads: Sequence[Load],
    solvable: NDArray[np.bool_],
    exponent: float,
    progress: Progress | None,
    solve: Callable[..., Solution] = solve_batch,
) -> Solution:
    """Solutions of all cases (N,); those that are not ``solvable`` have the status ``invalid_input`` and no numbers.

    Parameters
    ----------
    solve
        :func:`~spinesim.solver.api.solve_batch`, or :func:`~spinesim.solver.api.solve_path` for cases in the order of a path.

    Raises
    ------
    ValueError
        As of :func:`~spinesim.solver.api.solve_batch`; at least one has to be solvable.
    """
    chosen = np.flatnonzero(solvable)
    some, carried = [postures[int(i)] for i in chosen], [loads[int(i)] for i in chosen]
    found = solve(model, subject, some, carried, exponent, progress)
    if len(chosen) == len(postures):
        return found
    arrays: dict[str, Any] = {}
    for name in VARIABLES:
        value = getattr(found, name)
        whole = np.full((len(postures), *value.shape[1:]), np.nan if value.dtype.kind == "f" else 0, value.dtype)
        whole[chosen] = value
        arrays[name] = whole
    arrays["status"][~solvable] = INVALID_INPUT
    return replace(found, **arrays)
