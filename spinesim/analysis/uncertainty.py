"""Percentiles of every result: one case solved with many models drawn from the SDs of all tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from spinesim.analysis.drawn import solve_samples
from spinesim.analysis.drivers import Driver, drivers, keys_read
from spinesim.model.anatomy import SpineModel
from spinesim.model.load import Load
from spinesim.model.names import CONVERGED, LEVELS, STATUSES
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.solver.api import Progress, cost_power, solve, to_solution
from spinesim.solver.solution import Solution
from spinesim.solver.variables import VARIABLES

PERCENTILES: Final = (5, 50, 95)
FEWEST: Final = 20
MOST: Final = 20_000
MANY_LEFT_OUT: Final = 0.05
EXPLAINED: Final = "L4-L5"  # the level whose disc compression is explained


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertainty:
    """One case with percentiles.

    Attributes
    ----------
    nominal
        The case with the tables as they stand.
    p05, p50, p95
        Percentiles over the samples that converged, number by number, with the names and shapes of a single
        :class:`~spinesim.solver.solution.Solution`; whole numbers, such as the status, are those of ``nominal``.
    draws
        All samples as a batch; NaN where one did not converge.
    counts
        Number of samples by status. Only converged ones enter percentiles.
    samples, seed
        How many were drawn, and from which seed.
    drivers
        What goes most with the compression of the L4-L5 disc, by rank correlation.
    """

    nominal: Solution
    p05: Solution
    p50: Solution
    p95: Solution
    draws: Solution
    counts: Mapping[str, int]
    samples: int
    seed: int
    drivers: tuple[Driver, ...]

    @property
    def percentiles(self) -> dict[int, Solution]:
        """The solutions by percentile."""
        return dict(zip(PERCENTILES, (self.p05, self.p50, self.p95), strict=True))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the percentiles has to know."""
        used = self.counts[STATUSES[CONVERGED]]
        left = ", ".join(f"{count} {name}" for name, count in self.counts.items() if count and name != STATUSES[CONVERGED])
        if not left:
            return ()
        if not used:
            return (f"no percentiles: none of {self.samples} samples converged ({left})",)
        plain = f"{self.samples - used} of {self.samples} samples are left out of the percentiles ({left})"
        if self.samples - used <= MANY_LEFT_OUT * self.samples:
            return (plain,)
        return (f"MORE THAN 5 % LEFT OUT: {plain}; the percentiles hold for persons whose muscles can hold this case, not for all",)


def uncertainty(
    model: SpineModel,
    subject: Subject,
    posture: Posture,
    load: Load,
    samples: int = 1000,
    seed: int = 0,
    exponent: float = 2.0,
    progress: Progress | None = None,
    threads: int | None = None,
) -> Uncertainty:
    """Percentiles of one case over what the tables leave uncertain.

    Parameters
    ----------
    model, subject, posture, load, exponent
        As for :func:`~spinesim.solver.api.solve`. What the subject gives is held; what it leaves open varies with the tables.
    samples
        How many models are drawn, 20 to 20,000.
    seed
        Of the random numbers; the same seed gives the same answer for any number of threads.
    progress
        Called with (samples done, samples in all).
    threads
        Number of threads; all cores by default.

    Raises
    ------
    ValueError
        If an input is refused by :func:`~spinesim.solver.api.solve`, ``samples`` or ``seed`` is none, or a table cannot be drawn from.
    TypeError
        If an input is of the wrong kind.
    """
    _check(samples, seed)
    nominal = solve(model, subject, posture, load, exponent)
    answers = solve_samples(model, subject, [(posture, load)], samples, seed, cost_power(exponent), progress, threads)
    out = answers.records
    used = out.status == CONVERGED
    draws = to_solution(model, out, np.full(samples, nominal.validated, np.int32))
    explained = draws.disc_compression_N[used, LEVELS.index(EXPLAINED)]
    p05, p50, p95 = (_percentile(nominal, draws, used, q) for q in PERCENTILES)
    return Uncertainty(
        nominal=nominal,
        p05=p05,
        p50=p50,
        p95=p95,
        draws=draws,
        counts={name: int(np.count_nonzero(out.status == code)) for code, name in enumerate(STATUSES)},
        samples=samples,
        seed=seed,
        drivers=drivers(answers.keys, answers.scores[used], explained, keys_read(model, subject, posture, load)),
    )


def _check(samples: Any, seed: Any) -> None:
    for name, value, least, most in (("samples", samples, FEWEST, MOST), ("seed", seed, 0, 2**63 - 1)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            raise TypeError(f"uncertainty: {name} = {value!r} is not a whole number")
        if not least <= value <= most:
            raise ValueError(f"uncertainty: {name} = {value} is outside {least} to {most}")


def _percentile(nominal: Solution, draws: Solution, used: Any, q: int) -> Solution:
    """One percentile of every real number."""
    arrays: dict[str, Any] = {}
    for name, variable in VARIABLES.items():
        given = getattr(nominal, name)
        if variable.dtype != "f8":
            arrays[name] = given
        else:
            arrays[name] = np.percentile(getattr(draws, name)[used], q, axis=0) if used.any() else np.full_like(given, np.nan)
    return Solution(fascicles=nominal.fascicles, groups=nominal.groups, contacts=nominal.contacts, **arrays)
