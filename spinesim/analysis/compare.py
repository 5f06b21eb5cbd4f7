"""Cases side by side: what one loads more than another, and how sure that is.

Both are solved with the same drawn models, sample by sample, so that what is uncertain in both alike does not blur their difference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from spinesim.analysis.uncertainty import uncertainty
from spinesim.model.anatomy import SpineModel
from spinesim.model.load import Load
from spinesim.model.names import CONVERGED
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.solver.api import Progress, solve
from spinesim.solver.solution import Solution
from spinesim.solver.stability import Stability, stability

Array = NDArray[np.float64]

# What is compared, level by level.
COMPARED: Final[dict[str, Callable[[Solution], Any]]] = {
    "compression_N": lambda s: s.compression_N,
    "disc_compression_N": lambda s: s.disc_compression_N,
    "intradiscal_pressure_MPa": lambda s: s.intradiscal_pressure_MPa,
    "anterior_shear_N": lambda s: s.anterior_shear_N,
    "lateral_shear_N": lambda s: s.lateral_shear_N,
    "facet_left_N": lambda s: s.facet_force_N[..., 0],
    "facet_right_N": lambda s: s.facet_force_N[..., 1],
}
OUTER: Final = (5, 95)
FEWEST: Final = 20


@dataclass(frozen=True, slots=True)
class Item:
    """One case, with a name for the reader."""

    name: str
    subject: Subject
    posture: Posture
    load: Load
    exponent: float = 2.0


@dataclass(frozen=True, slots=True)
class Solved:
    """A case with its loads; ``draws`` are those of drawn models, one row a sample, ``None`` where none were asked for.

    ``stability`` is ``None`` where the case moves or did not converge.
    """

    item: Item
    solution: Solution
    stability: Stability | None
    draws: Solution | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A variable of one case less that of the first, by level (6,).

    Attributes
    ----------
    value
        With the tables as they stand.
    low, high
        5th and 95th percentile over the samples in which both converged; NaN without enough of them.
    same_sign
        Share of these samples whose difference has the sign of ``value``.
    samples
        How many there are.
    """

    value: Array
    low: Array
    high: Array
    same_sign: Array
    samples: int


def compare(model: SpineModel, items: Sequence[Item], samples: int = 0, seed: int = 0, progress: Progress | None = None) -> list[Solved]:
    """Solve cases, with the same drawn models if samples are asked for.

    Parameters
    ----------
    items
        Two or more; the first is what the others are compared with.
    samples, seed
        As of :func:`~spinesim.analysis.uncertainty.uncertainty`.
    progress
        Called with (samples done, samples in all) over all cases.

    Raises
    ------
    ValueError, TypeError
        If there are fewer than two cases, or one is refused by :func:`~spinesim.solver.api.solve`; the message names the case.
    """
    if len(items) < 2:
        raise ValueError(f"compare: {len(items)} cases; expected 2 or more")
    found = []
    for number, item in enumerate(items):
        try:
            found.append(_solved(model, item, samples, seed, _shifted(progress, number * samples, len(items) * samples)))
        except (ValueError, TypeError) as error:
            raise type(error)(f"{item.name}: {error}") from None
    return found


def difference(first: Solved, other: Solved, name: str) -> Difference:
    """How a variable of :data:`COMPARED` differs between two cases."""
    take = COMPARED[name]
    value = take(other.solution) - take(first.solution)
    if first.draws is None or other.draws is None:
        none = np.full_like(value, np.nan)
        return Difference(value, none, none, none, 0)
    both = (first.draws.status == CONVERGED) & (other.draws.status == CONVERGED)
    drawn = (take(other.draws) - take(first.draws))[both]
    if len(drawn) < FEWEST:
        none = np.full_like(value, np.nan)
        return Difference(value, none, none, none, len(drawn))
    low, high = np.percentile(drawn, OUTER, axis=0)
    return Difference(value, low, high, (np.sign(drawn) == np.sign(value)).mean(axis=0), len(drawn))


def _solved(model: SpineModel, item: Item, samples: int, seed: int, progress: Progress | None) -> Solved:
    case = item.subject, item.posture, item.load
    if samples:
        spread = uncertainty(model, *case, samples=samples, seed=seed, exponent=item.exponent, progress=progress)
        return Solved(item, spread.nominal, _stability(model, item, spread.nominal), spread.draws)
    solution = solve(model, *case, item.exponent)
    return Solved(item, solution, _stability(model, item, solution), None)


def _stability(model: SpineModel, item: Item, solution: Solution) -> Stability | None:
    if solution.status != CONVERGED or item.posture.moves:
        return None
    return stability(model, item.subject, item.posture, item.load, solution)


def _shifted(progress: Progress | None, before: int, total: int) -> Progress | None:
    return None if progress is None else lambda done, _: progress(before + done, total)
