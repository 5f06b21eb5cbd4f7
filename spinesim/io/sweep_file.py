"""A finished sweep as one plain HDF5 file: dimension scales, units, checksums; opens unchanged in xarray.

The file is streamed from the parts, so memory does not grow with the number of rows. Its space is reserved first: a full disk is
then an ordinary error before the first byte, where the HDF5 library itself would crash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
from numpy.typing import NDArray

from spinesim.analysis.columns import Column, columns, labels
from spinesim.analysis.design import Sweep
from spinesim.analysis.summaries import Field, expanded, finish
from spinesim.io.h5 import attach, fixed, text, write_attrs
from spinesim.io.hdf5 import SCALES
from spinesim.io.provenance import DISCLAIMER, SIGNS
from spinesim.io.reserved import new_file
from spinesim.model.anatomy import SpineModel
from spinesim.model.names import STATUSES

FORMAT: Final = "spinesim-sweep"
FORMAT_VERSION: Final = 1
_CHUNK_BYTES: Final = 1 << 18
_PIECE: Final = 30_000  # characters of an attribute; the library takes less than 64 kB
_CACHE: Final = 4 * _CHUNK_BYTES
Arrays = Mapping[str, NDArray[Any]]


def write_rows(path: Path, folder: Path, sweep: Sweep, plan: Mapping[str, Any], parts: Iterable[Arrays]) -> dict[str, int]:
    """Write all rows of a sweep, in one step.

    Parameters
    ----------
    path
        Where; an existing file is replaced only when the new one is complete.
    folder
        Where it is until then, on the same file system.
    sweep, plan
        What was asked, and what the data depend on.
    parts
        Arrays of every chunk, in order.

    Returns
    -------
    dict
        Number of rows by status.

    Raises
    ------
    OSError
        If the file cannot be written; a full disk among it.
    ValueError
        If parts do not make up the sweep.
    """
    model, size = SpineModel.default(), sweep.design.size
    table = columns(sweep, model)
    counts, at = np.zeros(len(STATUSES), np.int64), 0
    digests = {name: begin_digest(name, column.dtype, (size, *column.shape)) for name, column in table.items()}
    with new_file(path, folder, _needed(table, size, plan), _CACHE) as file:
        digests |= _write_scales(file, {"case": np.arange(size), **scales(table, model)})
        made = {name: _create(file, name, column, size) for name, column in table.items()}
        for part in parts:
            length = len(part["status"])
            _expect(part, table, length)
            for name, dataset in made.items():
                dataset[at : at + length] = part[name]
                digests[name].update(np.ascontiguousarray(part[name]).data)
            counts += np.bincount(part["status"], minlength=len(STATUSES))
            at += length
        if at != size:
            raise ValueError(f"the parts hold {at} rows, not {size}")
        return _write_root(file, sweep, plan, counts, digests, "rows")


def write_summaries(path: Path, folder: Path, sweep: Sweep, plan: Mapping[str, Any], state: Arrays) -> dict[str, int]:
    """The same for the merged summaries of a sweep that keeps no rows."""
    model, fields = SpineModel.default(), dict[str, Field]()
    table = columns(sweep, model)
    for number, summary in enumerate(expanded(sweep)):
        fields |= finish(summary, number, dict(state), table)
    size = sum(2 * f.values.nbytes + 8192 for f in fields.values())
    with new_file(path, folder, size + _spare(plan), _CACHE) as file:
        digests = _write_scales(file, _summary_scales(sweep, fields, model))
        for name, one in fields.items():
            made = _whole(file, name, one.values, digests)
            made.attrs["units"], made.attrs["long_name"] = text(one.unit), text(one.long_name)
            attach(file, made, one.dims)
        return _write_root(file, sweep, plan, state["0.cases"].sum(axis=0), digests, "summaries")


def scales(table: Mapping[str, Column], model: SpineModel) -> dict[str, NDArray[Any]]:
    """Names along every axis that the columns have, beside their rows."""
    names = labels(model)
    return {dim: fixed(names[dim]) for dim in dict.fromkeys(d for column in table.values() for d in column.dims)}


def content_hash(digests: Mapping[str, str]) -> str:
    """Hash over the hashes of all arrays, each of its name, type, shape and bytes."""
    return hashlib.sha256("\n".join(digests[name] for name in sorted(digests)).encode()).hexdigest()


def begin_digest(name: str, dtype: str, shape: tuple[int, ...]) -> Any:
    """Hash of an array to which its bytes are added."""
    return hashlib.sha256(f"{name} {dtype} {tuple(int(n) for n in shape)}\n".encode())


def _needed(table: Mapping[str, Column], size: int, plan: Mapping[str, Any]) -> int:
    """Bytes that the file can take at most: data, an entry of the index for every chunk, structure and attributes."""
    total = 0
    for column in (*table.values(), Column("<i8", (), (), "1", "row number")):
        row, chunk = _row_bytes(column), _chunk_rows(column, size)
        chunks = -(-size // chunk)
        # The last chunk is whole in the file; the index has nodes of 64 entries that may be half full.
        total += chunks * (chunk * row + 4 + 160) + 16384
    return total + _spare(plan)


def _row_bytes(column: Column) -> int:
    return np.dtype(column.dtype).itemsize * int(np.prod(column.shape, dtype=int))


def _chunk_rows(column: Column, size: int) -> int:
    return max(1, min(size, _CHUNK_BYTES // max(1, _row_bytes(column))))


def _spare(plan: Mapping[str, Any]) -> int:
    """Bytes for structure and attributes."""
    return (4 << 20) + 8 * len(json.dumps(dict(plan)))


def _write_scales(file: h5py.File, labels: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Write the scales of all axes; returns their hashes by name."""
    digests: dict[str, Any] = {}
    for name, values in labels.items():
        scale = _whole(file, name, values, digests)
        scale.make_scale(name)
        scale.attrs["long_name"] = text("row number" if name == "case" else SCALES.get(name, name.replace("_", " ")))
    return digests


def _whole(file: h5py.File, name: str, values: NDArray[Any], digests: dict[str, Any]) -> h5py.Dataset:
    """A dataset written at once, and its hash."""
    digests[name] = begin_digest(name, values.dtype.str, values.shape)
    digests[name].update(np.ascontiguousarray(values).data)
    row = max(1, values.nbytes // max(1, len(values)))
    chunks = (max(1, min(len(values), _CHUNK_BYTES // row)), *values.shape[1:])
    return file.create_dataset(name, data=values, chunks=chunks, fletcher32=True)


def _create(file: h5py.File, name: str, column: Column, size: int) -> h5py.Dataset:
    chunks = (_chunk_rows(column, size), *column.shape)
    made = file.create_dataset(name, (size, *column.shape), column.dtype, chunks=chunks, fletcher32=True)
    made.attrs["units"], made.attrs["long_name"] = text(column.unit), text(column.long_name)
    attach(file, made, ("case", *column.dims))
    return made


def _expect(part: Arrays, table: Mapping[str, Column], length: int) -> None:
    for name, column in table.items():
        array = part.get(name)
        if array is None or array.shape != (length, *column.shape) or array.dtype != np.dtype(column.dtype):
            raise ValueError(f"a part does not hold {name} as the sweep has it")


def _summary_scales(sweep: Sweep, fields: Mapping[str, Field], model: SpineModel) -> dict[str, NDArray[Any]]:
    """Values along every axis of the summaries."""
    known: dict[str, Any] = {**labels(model), "status_name": STATUSES}
    out: dict[str, Any] = {}
    for number, summary in enumerate(expanded(sweep)):
        name = f"{summary.kind}_{number}_{summary.variable}"
        edges = np.linspace(summary.lo, summary.hi, summary.count + 1)
        known[f"percentile_{number}"] = np.array(summary.percentiles, "<f8")
        known[f"bin_{number}"] = np.concatenate([[-np.inf], edges])
        known[f"rank_{number}"] = np.arange(1, summary.k + 1)
        known[f"cell_{number}"] = np.arange(len(fields[f"{name}_cases"].values))
    for dim in dict.fromkeys(d for one in fields.values() for d in one.dims):
        out[dim] = fixed(known[dim]) if isinstance(known[dim], tuple) else known[dim]
    return out


def _write_root(
    file: h5py.File, sweep: Sweep, plan: Mapping[str, Any], counts: NDArray[np.int64], digests: Mapping[str, Any], kind: str
) -> dict[str, int]:
    """Provenance, complete: config, hashes, versions, seed, counts by status; returns the counts."""
    config = json.dumps(plan["config"], allow_nan=False)
    pieces = [config[i : i + _PIECE] for i in range(0, len(config), _PIECE)]
    tallied = {name: int(count) for name, count in zip(STATUSES, counts, strict=True)}
    attrs: dict[str, Any] = {
        "spinesim_format": FORMAT,
        "spinesim_format_version": FORMAT_VERSION,
        "kind": kind,
        "title": sweep.title or "sweep of lumbar spine loads",
        "comment": f"{sweep.description} {SIGNS} {DISCLAIMER}".strip(),
        **{name: value for name, value in plan.items() if name not in ("config", "spinesim_parts", "chunk_rows")},
        **{f"count_{name}": count for name, count in tallied.items()},
        "seed": sweep.design.sampling.seed if sweep.design.sampling else None,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "config": pieces[0],
        **{f"config_{number}": piece for number, piece in enumerate(pieces[1:], start=2)},
        "content_sha256": content_hash({name: digest.hexdigest() for name, digest in digests.items()}),
    }
    write_attrs(file, attrs)
    return tallied
