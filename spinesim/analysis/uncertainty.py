"""Percentiles of every result: one case solved with many models drawn from the SDs of all tables."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import numpy as np

from spinesim.analysis.distributions import Floats
from spinesim.analysis.drivers import Driver, drivers, keys_read
from spinesim.analysis.sampling import Sample, Sampler
from spinesim.model import cases as packing
from spinesim.model.anatomy import SpineModel
from spinesim.model.layout import stack
from spinesim.model.load import Load
from spinesim.model.names import CONVERGED, LEVELS, NOT_CONVERGED, STATUSES
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.model.tables import Key
from spinesim.solver.api import CHUNK, Progress, cost_power, run, settle, solve, to_solution
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
    out, keys, scores = _solve_samples(model, (subject, posture, load), samples, seed, cost_power(exponent), progress, threads)
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
        drivers=drivers(keys, scores[used], explained, keys_read(model, subject, posture, load)),
    )


def _check(samples: Any, seed: Any) -> None:
    for name, value, least, most in (("samples", samples, FEWEST, MOST), ("seed", seed, 0, 2**63 - 1)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            raise TypeError(f"uncertainty: {name} = {value!r} is not a whole number")
        if not least <= value <= most:
            raise ValueError(f"uncertainty: {name} = {value} is outside {least} to {most}")


def _solve_samples(
    model: SpineModel,
    case: tuple[Subject, Posture, Load],
    count: int,
    seed: int,
    power: int,
    progress: Progress | None,
    threads: int | None,
) -> tuple[Any, tuple[Key, ...], Floats]:
    """Result records of all samples, and what was drawn: models are made in this thread and solved in the others."""
    parts: list[Any] = []
    scores: list[Floats] = []
    keys: tuple[Key, ...] = ()
    done = 0
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        jobs: list[Future[Any]] = []
        for chunk in _chunks(Sampler(model).samples(count, seed)):
            people = stack([sample.model.pack(case[0]) for sample in chunk])
            rows = stack([_row(sample, number, case) for number, sample in enumerate(chunk)])
            keys = tuple(chunk[0].scores)
            scores.append(np.array([list(sample.scores.values()) for sample in chunk]))
            jobs.append(pool.submit(_settle_and_solve, model, people, rows, power))
            done += len(chunk)
            if progress is not None:
                progress(done, count)
        parts = [job.result() for job in jobs]
    return np.concatenate(parts).view(np.recarray), keys, np.concatenate(scores)


def _chunks(samples: Iterator[Sample]) -> Iterator[list[Sample]]:
    while chunk := list(islice(samples, CHUNK)):
        yield chunk


def _row(sample: Sample, number: int, case: tuple[Subject, Posture, Load]) -> Any:
    """The packed case of one sample, whose rhythm may differ."""
    return packing.pack(sample.model.tables, np.array([number]), [case[1]], [case[2]])[0]


def _settle_and_solve(model: SpineModel, people: Any, rows: Any, power: int) -> Any:
    """Results of one chunk; who does not stand in balance has no zero of translations, and no answer."""
    balanced = settle(model, people)
    out = run(model, people, rows, power)
    out.status[~balanced & (out.status == CONVERGED)] = NOT_CONVERGED
    for name, variable in VARIABLES.items():
        if variable.dtype == "f8":
            out[name][out.status != CONVERGED] = np.nan
    return out


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
