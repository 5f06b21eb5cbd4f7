"""Which uncertain quantity decides an answer: Sobol indices and Morris screening of a sweep's random quantities.

Both ask the model at points of the unit cube, which the quantities' distributions turn into values. Results are taken apart into
single numbers (``compression_N.L4-L5``), and every number gets an index for every quantity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from spinesim.analysis.columns import columns, labels
from spinesim.analysis.design import Sweep
from spinesim.analysis.sweep import solved
from spinesim.model.anatomy import SpineModel

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]
CONFIDENCE: Final = 0.95
RESAMPLES: Final = 200
LEVELS: Final = 8  # of the grid that Morris' trajectories walk on
_BLOCK: Final = 1024  # points asked at once
_LEAST: Final = 16  # points left, below which an index says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """Indices of every result to every random quantity.

    ``indices`` holds, of Sobol, ``first`` and ``total`` (R, K) with ``first_interval`` and ``total_interval`` (R, K, 2); of Morris ``mean``
    and ``spread`` (R, K): mean size and SD of the elementary effects, in the unit of the result for the range of a quantity between
    its 2.5th and 97.5th percentile. ``evaluations`` counts rows asked, ``left_out`` the samples without an answer.
    """

    method: str
    keys: tuple[str, ...]
    results: tuple[str, ...]
    units: tuple[str, ...]
    samples: int
    seed: int
    evaluations: int
    left_out: int
    indices: Mapping[str, Array]

    def ranked(self, result: str) -> list[tuple[str, float]]:
        """Quantities by their total index, or mean effect, on a result, largest first."""
        row = self.indices["total" if self.method == "sobol" else "mean"][self.results.index(result)]
        return [(self.keys[i], float(row[i])) for i in np.argsort(-row, kind="stable")]


def sobol(sweep: Sweep, model: SpineModel, samples: int, seed: int = 0, progress: Progress | None = None) -> Sensitivity:
    """First and total Sobol indices with bootstrap confidence intervals, by :func:`scipy.stats.sobol_indices`.

    Parameters
    ----------
    sweep
        Its random quantities are the inputs, its outputs the results; nothing may be crossed.
    model
        The geometry set.
    samples
        Power of 2; the model is asked (K + 2) times as often, K the number of random quantities.
    seed
        Of points and bootstrap.
    progress
        Called with (rows asked, rows in all).

    Raises
    ------
    ValueError
        If there is no random quantity or something is crossed, samples are no power of 2, or too few rows have an answer.
    """
    _check(sweep)
    if samples < _LEAST or samples & (samples - 1):
        raise ValueError(f"samples = {samples}: expected a power of 2 from {_LEAST} on, for the balance of Sobol' points")
    from scipy.stats import qmc

    count = len(sweep.design.marginals)
    both = qmc.Sobol(2 * count, bits=30, rng=np.random.default_rng(seed)).random(samples) + 0.5**31
    a, b = both[:, :count], both[:, count:]
    mixed = [np.where(np.arange(count) == k, b, a) for k in range(count)]
    found = _asked(sweep, model, np.concatenate([a, b, *mixed]), progress)
    names, table = tuple(found), np.array(list(found.values())).reshape(len(found), count + 2, samples)
    whole = np.isfinite(table).all(axis=(0, 1))
    # scipy wants the balance of a power of 2 also where some samples have no answer; they are repeated from those that have one.
    kept = _refilled(whole, samples, seed)
    f_a, f_b, f_ab = table[:, 0, kept], table[:, 1, kept], table[:, 2:, kept].transpose(1, 0, 2)
    varies = np.ptp(np.concatenate([f_a, f_b], axis=1), axis=1) > 1e-9 * np.abs(f_a).max(axis=1)
    shape = (len(names), count)
    first, total = np.zeros(shape), np.zeros(shape)
    intervals = np.zeros((2, *shape, 2))
    if varies.any():
        parts = f_a[varies], f_b[varies], f_ab[:, varies]
        first[varies], total[varies] = _orders(*parts)
        intervals[:, varies] = _intervals(parts, seed)
    return Sensitivity(
        **_common("sobol", sweep, model, names, samples, seed, table.shape[1] * samples, int(np.sum(~whole))),
        indices={"first": first, "first_interval": intervals[0], "total": total, "total_interval": intervals[1]},
    )


def _orders(f_a: Array, f_b: Array, f_ab: Array) -> Array:
    """First and total indices (2, R, K) from answers (R, N), (R, N) and (K, R, N)."""
    from scipy.stats import sobol_indices

    found = sobol_indices(func={"f_A": f_a, "f_B": f_b, "f_AB": f_ab}, n=f_a.shape[-1])
    return np.array([found.first_order, found.total_order]).reshape(2, len(f_a), len(f_ab))


def _intervals(parts: tuple[Array, Array, Array], seed: int) -> Array:
    """Bootstrap intervals (2, R, K, 2) of both orders: percentiles over resampled samples."""
    rng, samples = np.random.default_rng(seed), parts[0].shape[-1]
    drawn = np.array([_orders(*(part[..., rows] for part in parts)) for rows in rng.integers(0, samples, (RESAMPLES, samples))])
    tail = 50.0 * (1.0 - CONFIDENCE)
    return np.moveaxis(np.percentile(drawn, (tail, 100.0 - tail), axis=0), 0, -1)


def morris(sweep: Sweep, model: SpineModel, trajectories: int, seed: int = 0, progress: Progress | None = None) -> Sensitivity:
    """Elementary effects of Morris (1991) with the mean of their sizes (Campolongo 2007): a cheap screening.

    Every trajectory changes one quantity after the other by half its range on a grid of probabilities from 2.5 to 97.5 %, so that
    the model is asked K + 1 times.

    Parameters
    ----------
    sweep, model, seed, progress
        As of :func:`sobol`.
    trajectories
        At least 4; 10 to 50 are usual.

    Raises
    ------
    ValueError
        As :func:`sobol`.
    """
    _check(sweep)
    if trajectories < 4:
        raise ValueError(f"trajectories = {trajectories}: expected at least 4")
    count = len(sweep.design.marginals)
    rng = np.random.default_rng(seed)
    orders = np.array([rng.permutation(count) for _ in range(trajectories)])
    walks = np.array([_walk(rng, order) for order in orders])
    found = _asked(sweep, model, 0.025 + 0.95 * walks.reshape(-1, count), progress)
    names, table = tuple(found), np.array(list(found.values())).reshape(len(found), trajectories, count + 1)
    whole = np.isfinite(table).all(axis=(0, 2))
    if whole.sum() < 4:
        raise ValueError(f"only {int(whole.sum())} of {trajectories} trajectories have answers")
    effects = np.zeros((len(names), int(whole.sum()), count))
    for place, (order, walk, values) in enumerate(zip(orders[whole], walks[whole], table[:, whole].transpose(1, 0, 2), strict=True)):
        step = np.diff(walk, axis=0)[np.arange(count), order]
        effects[:, place, order] = np.diff(values, axis=1) / step
    return Sensitivity(
        **_common("morris", sweep, model, names, trajectories, seed, len(walks) * (count + 1), int(np.sum(~whole))),
        indices={"mean": np.abs(effects).mean(axis=1), "spread": effects.std(axis=1, ddof=1)},
    )


def _walk(rng: np.random.Generator, order: NDArray[np.int64]) -> Array:
    """Points (K + 1, K) of one trajectory on the grid; each step is half the range, up or down."""
    jump = LEVELS // 2
    place = rng.integers(0, LEVELS, len(order))
    points = [place / (LEVELS - 1)]
    for k in order:
        place = place.copy()
        place[k] += jump if place[k] < jump else -jump
        points.append(place / (LEVELS - 1))
    return np.array(points)


def _check(sweep: Sweep) -> None:
    if not sweep.design.marginals:
        raise ValueError("there is no random quantity; sensitivity is that to uniform, normal, lognormal or triangular keys under 'vary'")
    if sweep.design.factors:
        raise ValueError(
            f"{', '.join(sweep.design.factor_keys)}: a list or range is crossed; give it one value with --set, or leave it out"
        )


def _asked(sweep: Sweep, model: SpineModel, points: Array, progress: Progress | None) -> dict[str, Array]:
    """Every single result (N,) at points (N, K); NaN where there is no answer."""
    parts: list[dict[str, Array]] = []
    for start in range(0, len(points), _BLOCK):
        block = points[start : start + _BLOCK]
        values = sweep.design.at(block)
        parts.append(dict(_single(sweep, model, solved(sweep, model, values, len(block)))))
        if progress is not None:
            progress(min(start + _BLOCK, len(points)), len(points))
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _single(sweep: Sweep, model: SpineModel, rows: dict[str, Any]) -> Iterator[tuple[str, Array]]:
    """Results taken apart: one name and column for each place of their axes."""
    names = labels(model)
    for output in sweep.outputs:
        column = columns(sweep, model)[output.name]
        for index in np.ndindex(*column.shape):
            place = [names[dim][i] for dim, i in zip(column.dims, index, strict=True)]
            yield ".".join([output.name, *place]), np.asarray(rows[output.name][(slice(None), *index)], float)


def _refilled(whole: NDArray[np.bool_], samples: int, seed: int) -> NDArray[np.int64]:
    """Numbers of samples: those with an answer, and for the others a random one of them.

    Raises
    ------
    ValueError
        If fewer than half have one.
    """
    good = np.flatnonzero(whole)
    if len(good) < samples // 2:
        raise ValueError(f"only {len(good)} of {samples} samples have answers; narrow the distributions")
    kept = np.arange(samples)
    kept[~whole] = np.random.default_rng(seed).choice(good, samples - len(good))
    return kept


def _common(
    method: str, sweep: Sweep, model: SpineModel, names: tuple[str, ...], samples: int, seed: int, rows: int, left_out: int
) -> dict[str, Any]:
    table = columns(sweep, model)
    units = [table[output.name].unit for output in sweep.outputs for _ in np.ndindex(*table[output.name].shape)]
    return {
        "method": method,
        "keys": tuple(m.key for m in sweep.design.marginals),
        "results": names,
        "units": tuple(units),
        "samples": samples,
        "seed": seed,
        "evaluations": rows,
        "left_out": left_out,
    }
