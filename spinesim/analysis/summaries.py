"""What a sweep keeps when its rows are too many: percentiles, histograms, worst cases, by cell of a grid.

Everything that is added up is a whole number, and everything that is chosen is chosen by a strict order, so a summary does not
depend on how the rows were cut into chunks nor on which came first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinesim.analysis.columns import Column
from spinesim.analysis.crossed import Values
from spinesim.analysis.design import Summary, Sweep
from spinesim.model.names import CONVERGED, STATUSES

MANTISSA_BITS: Final = 9  # a bucket is 0.2 % wide, its middle at most 0.1 % from what is in it
_DROPPED: Final = 52 - MANTISSA_BITS
_BUCKET_BITS: Final = 12 + MANTISSA_BITS
_HALF: Final = 1 << (_BUCKET_BITS - 1)
MOST_CELLS: Final = 100_000
_ROW: Final = Column("<i8", (), (), "1", "row number")


class Field(NamedTuple):
    """One finished array: values, names of its axes, unit, meaning."""

    values: NDArray[Any]
    dims: tuple[str, ...]
    unit: str
    long_name: str


def expanded(sweep: Sweep) -> tuple[Summary, ...]:
    """The summaries with one of each output where percentiles of all are asked."""
    return tuple(
        replace(summary, variable=name)
        for summary in sweep.summaries
        for name in ((summary.variable,) if summary.variable else (output.name for output in sweep.outputs))
    )


def partial(summaries: Sequence[Summary], rows: Values, start: int) -> Values:
    """What the summaries keep of some rows.

    Parameters
    ----------
    summaries
        What is asked.
    rows
        Arrays of :func:`spinesim.analysis.sweep.chunk`.
    start
        Number of the first of these rows.

    Returns
    -------
    dict of arrays
        To be given to :func:`merge` with those of other rows.
    """
    out: Values = {}
    for number, summary in enumerate(summaries):
        out |= {f"{number}.{name}": array for name, array in _partial(summary, rows, start).items()}
    return out


def merge(summaries: Sequence[Summary], parts: Iterable[Values]) -> Values:
    """Partial summaries of different rows as one, whatever their order."""
    state: Values = {}
    for part in parts:
        state = _merge(summaries, state, part) if state else part
    return state


def finish(summary: Summary, number: int, state: Values, table: Mapping[str, Column]) -> dict[str, Field]:
    """The arrays of one summary for the file, cells in the order of their first rows; ``table`` has the columns of the rows."""
    _, shape, dims, unit, _ = table[summary.variable]
    mine = {name.partition(".")[2]: array for name, array in state.items() if name.split(".")[0] == str(number)}
    order = np.argsort(mine["first"])
    name = f"{summary.kind}_{number}_{summary.variable}"
    cell = f"cell_{number}"
    fields = {f"{name}_by_{key}": Field(mine[f"by.{key}"][order], (cell,), "1", f"cell: {key}") for key in summary.by}
    fields[f"{name}_cases"] = Field(mine["cases"][order], (cell, "status_name"), "1", "number of cases by status")
    if summary.kind == "worst":
        return fields | {
            f"{name}_{column}": Field(
                mine[f"of.{column}"][order], (cell, f"rank_{number}", *of.dims), of.unit, f"worst cases: {of.long_name}"
            )
            for column, of in {"row": _ROW, **table}.items()
        }
    tally = _tally(mine, order, int(np.prod(shape, dtype=int)))
    if summary.kind == "histogram":
        counts = np.array([[_dense(codes, numbers, summary.count + 2) for codes, numbers in row] for row in tally])
        counts = counts.reshape(len(order), *shape, summary.count + 2)
        return fields | {
            name: Field(counts, (cell, *dims, f"bin_{number}"), "1", "number of converged cases; first and last bin: below and above")
        }
    values = np.array([[[_percentile(*entry, p) for p in summary.percentiles] for entry in row] for row in tally])
    values = values.reshape(len(order), *shape, len(summary.percentiles))
    return fields | {name: Field(values, (cell, *dims, f"percentile_{number}"), unit, "percentiles of converged cases, within 0.1 %")}


def _partial(summary: Summary, rows: Values, start: int) -> Values:
    size = len(rows["status"])
    cell, first = _cells([rows[key] for key in summary.by], size)
    cases = np.zeros((len(first), len(STATUSES)), np.int64)
    np.add.at(cases, (cell, rows["status"]), 1)
    out = {f"by.{key}": rows[key][first] for key in summary.by} | {"first": start + first, "cases": cases}
    values = rows[summary.variable].reshape(size, -1)
    if summary.kind == "worst":
        return out | _worst(summary.k, cell, len(first), {"row": start + np.arange(size), **rows}, values)
    good = np.flatnonzero(rows["status"] == CONVERGED)
    codes = _bins(summary, values[good]) if summary.kind == "histogram" else _buckets(values[good])
    span, elements = _span(summary), values.shape[1]
    keys = (cell[good, None] * elements + np.arange(elements)) * span + codes
    key, number = np.unique(keys, return_counts=True)
    return out | {"elements": np.array([elements]), "span": np.array([span]), "key": key, "number": number}


def _merge(summaries: Sequence[Summary], one: Values, two: Values) -> Values:
    out: Values = {}
    for number, summary in enumerate(summaries):
        parts = [{n.partition(".")[2]: a for n, a in p.items() if n.split(".")[0] == str(number)} for p in (one, two)]
        out |= {f"{number}.{name}": array for name, array in _merge_one(summary, *parts).items()}
    return out


def _merge_one(summary: Summary, one: Values, two: Values) -> Values:
    both = {name: np.concatenate([one[name], two[name]]) for name in one}
    size = len(both["first"])
    cell, kept = _cells([both[f"by.{key}"] for key in summary.by], size)
    first, cases = np.full(len(kept), np.iinfo(np.int64).max), np.zeros((len(kept), len(STATUSES)), np.int64)
    np.minimum.at(first, cell, both["first"])
    np.add.at(cases, cell, both["cases"])
    out = {f"by.{key}": both[f"by.{key}"][kept] for key in summary.by} | {"first": first, "cases": cases}
    if summary.kind == "worst":
        flat = {name[3:]: array.reshape(-1, *array.shape[2:]) for name, array in both.items() if name.startswith("of.")}
        width = len(flat["row"]) // size
        return out | _worst(summary.k, np.repeat(cell, width), len(kept), flat, flat[summary.variable].reshape(len(flat["row"]), -1))
    wide = int(one["elements"][0] * one["span"][0])
    shifted = [both["key"][: len(one["key"])], both["key"][len(one["key"]) :] + len(one["first"]) * wide]
    keys = np.concatenate([cell[k // wide] * wide + k % wide for k in shifted])
    key, index = np.unique(keys, return_inverse=True)
    number = np.zeros(len(key), np.int64)
    np.add.at(number, index, both["number"])
    return out | {"elements": one["elements"], "span": one["span"], "key": key, "number": number}


def _cells(columns: list[NDArray[Any]], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cell of every row, and the first row of every cell."""
    code = np.zeros(size, np.int64)
    for column in columns:
        known, index = np.unique(column, return_inverse=True)
        code = np.unique(code * len(known) + index, return_inverse=True)[1]
    _, first, cell = np.unique(code, return_index=True, return_inverse=True)
    if len(first) > MOST_CELLS:
        raise ValueError(f"summaries: {len(first)} cells are more than {MOST_CELLS}; choose fewer factors for 'by'")
    return cell, first


def _worst(k: int, cell: NDArray[Any], cells: int, rows: Values, values: NDArray[Any]) -> Values:
    """The ``k`` rows of every cell with the largest value, the earlier row first where two are equal; -1 where there are fewer."""
    known = np.flatnonzero(np.isfinite(values).any(axis=1) & (rows["row"] >= 0))
    height = np.where(np.isfinite(values[known]), values[known], -np.inf).max(axis=1) if len(known) else np.zeros(0)
    order = known[np.lexsort((rows["row"][known], -height, cell[known]))]
    sorted_cells = cell[order]
    rank = np.arange(len(order)) - np.searchsorted(sorted_cells, sorted_cells)
    order, place = order[rank < k], (sorted_cells[rank < k], rank[rank < k])
    out: Values = {}
    for name, array in rows.items():
        blank = np.nan if array.dtype.kind == "f" else b"" if array.dtype.kind == "S" else -1
        best = np.full((cells, k, *array.shape[1:]), blank, array.dtype)
        best[place] = array[order]
        out[f"of.{name}"] = best
    return out


def _span(summary: Summary) -> int:
    return summary.count + 2 if summary.kind == "histogram" else 1 << _BUCKET_BITS


def _bins(summary: Summary, values: NDArray[Any]) -> NDArray[np.int64]:
    """Bin of every value: 0 below, 1 to count inside, count + 1 above."""
    edges = np.linspace(summary.lo, summary.hi, summary.count + 1)
    inside = np.searchsorted(edges, values, side="right")
    return np.where(values == summary.hi, summary.count, inside)


def _buckets(values: NDArray[Any]) -> NDArray[np.int64]:
    """Bucket of every value: the first bits of the number, in rising order."""
    bits = np.ascontiguousarray(values, "<f8").view("<i8")
    rising = np.where(bits < 0, bits ^ np.int64(0x7FFFFFFFFFFFFFFF), bits)
    return np.asarray((rising >> _DROPPED) + _HALF, np.int64)


def _middle(bucket: int) -> float:
    """Value in the middle of a bucket."""
    rising = ((bucket - _HALF) << _DROPPED) + (1 << (_DROPPED - 1))
    bits = np.int64(rising if rising >= 0 else rising ^ 0x7FFFFFFFFFFFFFFF)
    return float(bits.view(np.float64))


def _tally(mine: Values, order: NDArray[Any], elements: int) -> list[list[tuple[NDArray[Any], NDArray[Any]]]]:
    """Codes and numbers of every cell and element."""
    span = int(mine["span"][0])
    starts = np.searchsorted(mine["key"], np.arange(len(order) * elements + 1) * span)
    found = [(mine["key"][a:b] % span, mine["number"][a:b]) for a, b in pairwise(starts.tolist())]
    return [found[c * elements : (c + 1) * elements] for c in order]


def _dense(codes: NDArray[Any], numbers: NDArray[Any], count: int) -> NDArray[np.int64]:
    out = np.zeros(count, np.int64)
    out[codes] = numbers
    return out


def _percentile(codes: NDArray[Any], numbers: NDArray[Any], percent: float) -> float:
    """The value with ``percent`` of all at or below it (nearest rank)."""
    if not len(codes):
        return float("nan")
    total = numbers.cumsum()
    rank = max(1, int(np.ceil(percent / 100.0 * total[-1])))
    return _middle(int(codes[np.searchsorted(total, rank)]))
