"""Read sweep files back, trusting nothing in them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from itertools import count, takewhile
from pathlib import Path
from typing import Any, Final, NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from spinesim.analysis.columns import Column
from spinesim.io.reading import ResultFileError, opened, own, plain
from spinesim.io.sweep_file import FORMAT, FORMAT_VERSION, begin_digest, content_hash

_READ_ROWS: Final = 1 << 16
_READ_BYTES: Final = 1 << 26


def read_attrs(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Root attributes of a result file of any kind, with ``config`` read from its JSON.

    Raises
    ------
    OSError
        If there is no such file or it may not be read.
    ResultFileError
        If the file is foreign or damaged.
    """
    with opened(path) as file:
        attrs = {name: plain(value) for name, value in file.attrs.items()}
        if not str(attrs.get("spinesim_format", "")).startswith("spinesim-"):
            raise ResultFileError("not a result written by spinesim")
        if attrs["spinesim_format"] == FORMAT:
            if attrs["spinesim_format_version"] > FORMAT_VERSION:
                raise ResultFileError(f"format {attrs['spinesim_format_version']} is newer than this version reads ({FORMAT_VERSION})")
            pieces = takewhile(attrs.__contains__, (f"config_{n}" for n in count(2)))
            attrs["config"] += "".join([attrs.pop(name) for name in pieces])
        if "config" in attrs:
            attrs["config"] = json.loads(attrs["config"])
        return attrs


class Rows(NamedTuple):
    """All rows of a sweep: attributes of the file, columns by name, and the axes of each after that of the rows."""

    attrs: dict[str, Any]
    columns: dict[str, NDArray[Any]]
    dims: dict[str, tuple[str, ...]]


def read_rows(path: str | os.PathLike[str]) -> Rows:
    """Every row of a finished sweep, text as ``str``; the content is held against its hash first.

    Raises
    ------
    OSError
        If there is no such file or it may not be read.
    ResultFileError
        If the file is foreign, no sweep, keeps no rows, or is damaged.
    """
    attrs = read_attrs(path)
    if attrs["spinesim_format"] != FORMAT:
        raise ResultFileError(f"{path}: a {attrs['spinesim_format']} file; expected a sweep")
    if attrs.get("kind") != "rows":
        raise ResultFileError(f"{path}: this sweep kept summaries and no rows")
    check_content(path, attrs, None, {}, np.zeros(0, np.int64))
    with opened(path) as file:
        dims = {name: _dims(file[name]) for name in file}
        names = [name for name, axes in dims.items() if axes[:1] == ("case",) and name != "case"]
        return Rows(attrs, {name: _words(file[name][()]) for name in names}, {name: dims[name][1:] for name in names})


def check_content(
    path: str | os.PathLike[str],
    attrs: Mapping[str, Any],
    table: Mapping[str, Column] | None,
    scales: Mapping[str, NDArray[Any]],
    rows: NDArray[np.int64],
) -> dict[str, NDArray[Any]]:
    """Check every byte of the data and give some of its rows.

    Parameters
    ----------
    path, attrs
        The file, and what :func:`read_attrs` gave.
    table
        Columns that it must have, with its rows; ``None`` for summaries, whose arrays are as many as they are.
    scales
        Names along the axes that it must have.
    rows
        Row numbers to give, rising.

    Raises
    ------
    ResultFileError
        If an array is missing, in excess, of the wrong shape, lies elsewhere, or the content does not match its hash.
    """
    with opened(path) as file:
        if table is not None:
            _expect_names(file, {"case", *table, *scales})
            for name, column in table.items():
                _expect_shape(file, name, (int(attrs["rows"]), *column.shape), column)
        digests, picked = {}, {}
        for name in file:
            digests[name], picked[name] = _read(file, name, rows if table is not None and name in table else None)
        if content_hash(digests) != attrs.get("content_sha256"):
            raise ResultFileError("the file is damaged (its content does not match its checksum)")
        if wrong := [name for name, words in scales.items() if not np.array_equal(file[name][()], words)]:
            raise ResultFileError(f"the file is damaged (labels of {', '.join(wrong)})")
        return {name: picked[name] for name in table or ()}


def _dims(dataset: h5py.Dataset) -> tuple[str, ...]:
    """Names of the scales of a dataset's axes."""
    return tuple(Path(axis[0].name).name if len(axis) else "" for axis in dataset.dims)


def _words(array: NDArray[Any]) -> NDArray[Any]:
    return np.char.decode(array, "utf-8") if array.dtype.kind == "S" else array


def _expect_names(file: h5py.File, expected: set[str]) -> None:
    if found := set(file) ^ expected:
        name = min(found)
        raise ResultFileError(f"{name} is {'missing' if name in expected else 'not part of this sweep'}")


def _expect_shape(file: h5py.File, name: str, shape: tuple[int, ...], column: Column) -> None:
    dataset = own(file, name)
    if dataset.shape != shape or dataset.dtype != np.dtype(column.dtype):
        raise ResultFileError(f"{name} is {dataset.dtype} {dataset.shape}, expected {np.dtype(column.dtype)} {shape}")
    if plain(dataset.attrs.get("units", b"")) != column.unit:
        raise ResultFileError(f"{name} is in {plain(dataset.attrs.get('units', b''))!r}, expected {column.unit!r}")


def _read(file: h5py.File, name: str, rows: NDArray[np.int64] | None) -> tuple[str, NDArray[Any]]:
    """Hash of an array, read a piece at a time, and some of its rows."""
    dataset = own(file, name)
    digest, found = begin_digest(name, dataset.dtype.str, dataset.shape), []
    step = max(1, min(_READ_ROWS, _READ_BYTES // max(1, dataset.nbytes // max(1, len(dataset)))))
    for start in range(0, len(dataset), step):
        piece = np.ascontiguousarray(dataset[start : start + step])
        digest.update(piece.data)
        if rows is not None:
            found.append(piece[rows[(rows >= start) & (rows < start + step)] - start])
    return digest.hexdigest(), np.concatenate(found) if found else np.zeros(0)
