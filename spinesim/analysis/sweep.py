"""Doing a sweep: one chunk of its rows, and the loop over chunks.

Where chunks are computed (an executor) and where they go (a writer) is given from outside. A row depends on nothing but its
number, so the data are the same for any executor, number of threads, size of chunks and history.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

import spinesim
from spinesim.analysis import summaries
from spinesim.analysis.columns import STATUS, pick, stored
from spinesim.analysis.crossed import Values
from spinesim.analysis.design import Sweep
from spinesim.analysis.rows import solve_rows
from spinesim.model.anatomy import SpineModel

ROWS: Final = 8192  # of a chunk by default
SUMMARY_ROWS: Final = 65536  # where rows are not kept
LEAST_ROWS, SHARES = 256, 64  # where workers share a sweep
Executor = Callable[[Sequence[int]], Iterator[tuple[int, Values]]]
Store = Callable[[int, Values], None]


def chunk(sweep: Sweep, model: SpineModel, start: int, stop: int, threads: int | None = None) -> Values:
    """Rows ``start`` to ``stop`` - 1: what they vary, their status and their outputs.

    Parameters
    ----------
    sweep
        What is asked.
    model
        The geometry set.
    start, stop
        Row numbers.
    threads
        All cores by default.

    Returns
    -------
    dict of arrays
        By column, with the types of :func:`~spinesim.analysis.columns.columns`. A row whose input is outside the computable
        ranges or contradicts itself has the status ``invalid_input`` and NaN.
    """
    return solved(sweep, model, sweep.design.columns(start, stop), stop - start, threads)


def solved(sweep: Sweep, model: SpineModel, values: Values, size: int, threads: int | None = None) -> Values:
    """The same for ``size`` rows by their values, which may come from anywhere in the design."""
    kept = [output for output in sweep.outputs if output.variable not in STATUS]

    def take(records: Any) -> Values:
        return {output.name: pick(records[output.variable], output, model) for output in kept}

    results = solve_rows(sweep, model, values, size, threads, take)
    return {name: np.ascontiguousarray(array, dtype=stored(array.dtype)) for name, array in {**values, **results}.items()}


def identity(sweep: Sweep) -> dict[str, Any]:
    """What the data depend on: equal identities give equal bytes."""
    return {"config": sweep.resolved, "config_sha256": sweep.sha256, "rows": sweep.design.size, **code_identity()}


@cache
def code_identity() -> dict[str, str]:
    """Model and code that this process computes with."""
    return {
        "model_hash": SpineModel.default().hash,
        "spinesim_version": spinesim.__version__,
        "code_sha256": _code_hash(),
        **{f"{name}_version": version(name) for name in ("numpy", "scipy", "numba")},
    }


class OtherCodeError(RuntimeError):
    """A worker computes with another model or code than the process that asks."""


@dataclass(frozen=True, slots=True)
class Task:
    """Computes a chunk by its number, here or in another process."""

    sweep: Sweep
    rows: int
    threads: int | None
    code: Mapping[str, str]

    def __call__(self, number: int) -> Values:
        """Arrays of one chunk: its rows, or what summaries keep of them.

        Raises
        ------
        OtherCodeError
            If this process computes with another model or code than the one that asks.
        """
        if self.code != code_identity():
            raise OtherCodeError(f"a worker computes with another model or version: {difference(self.code, code_identity())}")
        start = number * self.rows
        model, sweep = SpineModel.default(), self.sweep
        rows = chunk(sweep, model, start, min(start + self.rows, sweep.design.size), self.threads)
        return summaries.partial(summaries.expanded(sweep), rows, start) if sweep.summaries else rows


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sweep is."""

    done: int
    rows: int
    rate: float  # rows a second since this run began
    eta: float  # seconds


def run(
    numbers: Sequence[int], executor: Executor, store: Store, size: int, rows: int, report: Callable[[Progress], None] | None = None
) -> None:
    """Compute missing chunks and store each as it comes.

    Parameters
    ----------
    numbers
        Chunks that are missing.
    executor
        Gives the arrays of every chunk, in any order.
    store
        Keeps the arrays of one chunk; when it returns they are safe.
    size, rows
        Rows in all and of a chunk.
    report
        Told after every chunk.
    """
    missing = sum(chunk_size(number, size, rows) for number in numbers)
    begun, fresh = time.perf_counter(), 0
    for number, arrays in executor(numbers):
        store(number, arrays)
        fresh += chunk_size(number, size, rows)
        if report is not None:
            rate = fresh / max(time.perf_counter() - begun, 1e-9)
            report(Progress(size - missing + fresh, size, rate, (missing - fresh) / rate))


def chunk_count(size: int, rows: int) -> int:
    """Number of chunks of a sweep."""
    return -(-size // rows)


def chunk_size(number: int, size: int, rows: int) -> int:
    """Rows of one chunk; the last may be shorter."""
    return min(rows, size - number * rows)


def difference(before: Mapping[str, Any], now: Mapping[str, Any], prefix: str = "") -> str:
    """What differs between two nested mappings, as ``key: before -> now``; empty if nothing does."""
    found = []
    for key in (*before, *(key for key in now if key not in before)):
        old, new = before.get(key, "nothing"), now.get(key, "nothing")
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            found.append(difference(old, new, f"{prefix}{key}."))
        elif old != new:
            found.append(f"{prefix}{key}: {_short(old)} -> {_short(new)}")
    return "; ".join(words for words in found if words)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


@lru_cache(maxsize=1)
def _code_hash() -> str:
    """Hash of the sources that numbers come from."""
    folder, digest = Path(spinesim.__file__).parent, hashlib.sha256()
    names = ("columns", "crossed", "design", "distributions", "expressions", "keys", "rows", "samples", "summaries", "sweep")
    own = [folder / "analysis" / f"{name}.py" for name in names]
    for path in (*(p for layer in ("model", "mechanics", "solver") for p in sorted((folder / layer).glob("*.py"))), *own):
        if path.exists():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
