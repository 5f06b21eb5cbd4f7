"""Parts of every HDF5 file: checksummed datasets, scales, text of fixed length, root attributes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

_CHUNK_BYTES = 1 << 20


def dataset(file: h5py.File, name: str, array: NDArray[Any]) -> h5py.Dataset:
    """A dataset with checksums."""
    # Chunks of whole cases; an axis without entries has nothing to check.
    row = max(1, array.nbytes // max(1, array.shape[0]))
    chunks = (max(1, min(array.shape[0], _CHUNK_BYTES // row)), *array.shape[1:])
    options = {"chunks": chunks, "fletcher32": True} if array.size else {}
    return file.create_dataset(name, data=array, **options)


def attach(file: h5py.File, made: h5py.Dataset, dims: Sequence[str]) -> None:
    """Give a dataset its dimension scales."""
    for axis, dim in enumerate(dims):
        made.dims[axis].attach_scale(file[dim])


def write_attrs(file: h5py.File, attrs: Mapping[str, Any]) -> None:
    """Root attributes: numbers, text, and JSON for the rest, keys in their order; ``None`` is left out."""
    for name, value in attrs.items():
        if isinstance(value, int):
            file.attrs[name] = np.int64(value)
        elif isinstance(value, float):
            file.attrs[name] = np.float64(value)
        elif value is not None:
            file.attrs[name] = text(value if isinstance(value, str) else json.dumps(value, allow_nan=False))


def fixed(words: tuple[str, ...]) -> NDArray[np.bytes_]:
    """Words as ASCII of one length."""
    return np.array([word.encode("ascii") for word in words], dtype=f"S{max(map(len, words), default=1)}")


def text(value: str) -> np.ndarray[Any, Any]:
    """Text of fixed length, in UTF-8."""
    encoded = value.encode() or b" "
    return np.array(encoded, dtype=h5py.string_dtype("utf-8", len(encoded)))
