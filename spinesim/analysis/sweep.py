"""Doing a sweep: which columns it has, one chunk of its rows, and the loop over chunks.

Where chunks are computed (an executor) and where they go (a writer) is given from outside. A row depends on nothing but its
number, so the data are the same for any executor, number of threads, size of chunks and history.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

import spinesim
from spinesim.analysis import summaries
from spinesim.analysis.design import Output, Sweep, Values
from spinesim.analysis.rows import solve_block
from spinesim.analysis.summaries import output_key
from spinesim.model.anatomy import SpineModel
from spinesim.model.layout import CONTACTS
from spinesim.model.names import AXES, HIP_AXES, LEVELS, LIGAMENTS, ROTATIONS, SIDES
from spinesim.model.ranges import ranges
from spinesim.solver.variables import VARIABLES

ROWS: Final = 8192  # of a chunk by default
SUMMARY_ROWS: Final = 65536  # where rows are not kept
STATUS: Final = ("status", "validated")
Executor = Callable[[Sequence[int]], Iterator[tuple[int, Values]]]
Store = Callable[[int, Values], None]


class Column(NamedTuple):
    """One array of a sweep: type and shape of a row, names of its axes, unit, meaning."""

    dtype: str
    shape: tuple[int, ...]
    dims: tuple[str, ...]
    unit: str
    long_name: str


def labels(model: SpineModel) -> dict[str, tuple[str, ...]]:
    """Names along every axis that a result can have."""
    fixed = {"level": LEVELS, "side": SIDES, "axis": AXES, "rotation": ROTATIONS, "ligament": LIGAMENTS, "hip_axis": HIP_AXES}
    return {**fixed, "contact": CONTACTS, "fascicle": model.fascicles}


def columns(sweep: Sweep, model: SpineModel) -> dict[str, Column]:
    """Every array of a sweep that keeps its rows, in the order of the file: varied keys, status, outputs."""
    table = {key: _key_column(key, values.dtype) for key, values in sweep.design.columns(0, 1).items()}
    table |= {name: _result_column(Output(variable=name), model) for name in STATUS}
    return table | {output_key(output): _result_column(output, model) for output in sweep.outputs if output.variable not in STATUS}


def row_bytes(table: Mapping[str, Column]) -> int:
    """Bytes of one row."""
    return sum(np.dtype(c.dtype).itemsize * int(np.prod(c.shape, dtype=int)) for c in table.values())


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
        By column, with the types of :func:`columns`. A row whose input is outside the computable ranges or contradicts itself
        has the status ``invalid_input`` and NaN.
    """
    values = sweep.design.columns(start, stop)

    def take(records: Any, validated: Any) -> Values:
        picked = {output_key(output): _pick(records[output.variable], output, model) for output in sweep.outputs if output.variable not in STATUS}
        return {"status": records.status.copy(), "validated": validated, **picked}

    results = solve_block(sweep, model, values, stop - start, threads, take)
    return {name: np.ascontiguousarray(array, dtype=_stored(array.dtype)) for name, array in {**values, **results}.items()}


def identity(sweep: Sweep) -> dict[str, Any]:
    """What the data depend on: equal identities give equal bytes."""
    config = json.dumps(sweep.resolved, sort_keys=True, allow_nan=False)
    return {
        "config": sweep.resolved,
        "config_sha256": hashlib.sha256(config.encode()).hexdigest(),
        "rows": sweep.design.size,
        **code_identity(),
    }


@cache
def code_identity() -> dict[str, str]:
    """Model and code that this process computes with."""
    return {
        "model_hash": SpineModel.default().hash,
        "spinesim_version": spinesim.__version__,
        "code_sha256": _code_hash(),
        **{f"{name}_version": version(name) for name in ("numpy", "scipy", "numba")},
    }


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
        RuntimeError
            If this process computes with another model or code than the one that asks.
        """
        if self.code != code_identity():
            raise RuntimeError(f"a worker computes with another model or version: {difference(self.code, code_identity())}")
        start = number * self.rows
        model, sweep = SpineModel.default(), self.sweep
        rows = chunk(_whole(sweep), model, start, min(start + self.rows, sweep.design.size), self.threads)
        return summaries.partial(sweep.summaries, rows, start) if sweep.summaries else rows


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
    names = ("design", "expressions", "rows", "summaries", "sweep")
    own = [folder / "analysis" / f"{name}.py" for name in names]
    for path in (*(p for layer in ("model", "mechanics", "solver") for p in sorted((folder / layer).glob("*.py"))), *own):
        if path.exists():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _whole(sweep: Sweep) -> Sweep:
    """The sweep with every output that its summaries need."""
    return summaries.with_outputs(sweep) if sweep.summaries else sweep


def _pick(array: Any, output: Output, model: SpineModel) -> Any:
    """The selected part of a variable (N, ...)."""
    index: list[Any] = [slice(None)]
    names = labels(model)
    for dim in VARIABLES[output.variable].dims:
        index.append(names[dim].index(output.selection[dim]) if dim in output.selection else slice(None))
    return array[tuple(index)].copy()


def _result_column(output: Output, model: SpineModel) -> Column:
    variable, names = VARIABLES[output.variable], labels(model)
    dims = tuple(dim for dim in variable.dims if dim not in output.selection)
    where = "".join(f", {dim} {label}" for dim, label in output.selection.items())
    return Column(f"<{variable.dtype}", tuple(len(names[d]) for d in dims), dims, variable.unit, variable.long_name + where)


def _key_column(key: str, dtype: np.dtype[Any]) -> Column:
    return Column(_stored(dtype), (), (), _unit(key), f"varied: {key}")


def _unit(key: str) -> str:
    """Unit of a varied key: that of its range, or of its table."""
    for name in (key, key.rpartition(".")[0]):
        if name in ranges():
            return ranges()[name].unit
    entry = SpineModel.default().tables.entries.get(tuple(key.split(".")[1:])) if key.startswith("geometry.") else None  # type: ignore[call-overload]
    return entry.unit if entry else "1"


def _stored(dtype: np.dtype[Any]) -> str:
    """Type in files: little-endian numbers and text of one length."""
    if dtype.kind == "U":
        return f"|S{dtype.itemsize // 4}"
    if dtype.kind == "b":
        return "<i1"
    return dtype.newbyteorder("<").str if dtype.kind in "iufS" else "<f8"
