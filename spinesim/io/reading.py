"""Read solutions back, trusting nothing in the file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

import spinesim
from spinesim.io.hdf5 import FORMAT, FORMAT_VERSION, PERCENTILE, PERCENTILE_SUFFIX, content_hash
from spinesim.model.names import AXES, HIP_AXES, LEVELS, LIGAMENTS, ROTATIONS, SIDES
from spinesim.solver.solution import Solution
from spinesim.solver.variables import VARIABLES

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
# The library answers damage with whatever its layers happen to raise.
_FAULTS = (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError, OverflowError, MemoryError, RecursionError)
_FIXED = {"level": LEVELS, "side": SIDES, "axis": AXES, "rotation": ROTATIONS, "ligament": LIGAMENTS, "hip_axis": HIP_AXES}
_SCALES = ("case", "level", "side", "axis", "rotation", "ligament", "fascicle", "contact", "hip_axis")


class ResultFileError(ValueError):
    """A file that is no result of spinesim, or no longer the one that was written."""


class Stored(NamedTuple):
    """A solution and the attributes of its file; JSON texts among them are read.

    ``percentiles`` holds, where the file has them, solutions of the same shape by percentile; their whole numbers are those of the
    solution. ``along`` holds what a motion has beside its loads, such as ``time_s`` and ``phase``: one value a frame, text as bytes.
    """

    solution: Solution
    attrs: dict[str, Any]
    percentiles: dict[int, Solution]
    along: dict[str, NDArray[Any]]


def read_solution(path: str | os.PathLike[str]) -> Stored:
    """Read what :func:`spinesim.io.hdf5.write_solution` wrote.

    Raises
    ------
    OSError
        If there is no such file or it may not be read.
    ResultFileError
        If the file is foreign, made by a newer version, damaged, or refers to other files.
    """
    with opened(path) as file:
        return _read(file)


@contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[h5py.File]:
    """An HDF5 file, with whatever the library makes of damage as one kind of error.

    Raises
    ------
    OSError
        If there is no such file or it may not be read.
    ResultFileError
        If it is not HDF5, is damaged, or is refused while it is open; with the path.
    """
    with Path(path).open("rb") as start:
        if start.read(len(_SIGNATURE)) != _SIGNATURE:
            raise ResultFileError(f"{path}: not an HDF5 file")
    try:
        with h5py.File(path, "r") as file:
            yield file
    except ResultFileError as error:
        raise ResultFileError(f"{path}: {error}") from None
    except _FAULTS as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ResultFileError(f"{path}: the file is damaged ({reason})") from None


def own(file: h5py.File, name: str) -> h5py.Dataset:
    """A dataset whose bytes lie in this file, complete and without filters that this project does not write.

    Raises
    ------
    ResultFileError
        If it is anything else.
    """
    if not isinstance(file.get(name, getlink=True), h5py.HardLink):
        raise ResultFileError(f"{name} is a link elsewhere; links are not followed")
    dataset = file[name]
    if not isinstance(dataset, h5py.Dataset) or dataset.external or dataset.is_virtual:
        raise ResultFileError(f"{name} keeps its data outside this file; that is not read")
    settings = dataset.id.get_create_plist()
    filters = {settings.get_filter(n)[0] for n in range(settings.get_nfilters())}
    if dataset.dtype.kind not in "ifS" or filters - {h5py.h5z.FILTER_FLETCHER32} or dataset.id.get_storage_size() < dataset.nbytes:
        raise ResultFileError(f"{name} is incomplete or of a type that is not written")
    return dataset


def plain(value: Any) -> Any:
    """An attribute as text or a number of Python."""
    if isinstance(value, (bytes, np.bytes_)):
        return value.decode()
    return value.item() if isinstance(value, np.generic) else value


def _read(file: h5py.File) -> Stored:
    attrs = {name: _parsed(plain(value)) for name, value in file.attrs.items()}
    if attrs.get("spinesim_format") != FORMAT:
        raise ResultFileError("not a solution written by spinesim")
    if attrs["spinesim_format_version"] > FORMAT_VERSION:
        raise ResultFileError(f"format {attrs['spinesim_format_version']} is newer than this version reads ({FORMAT_VERSION})")
    expected = {*VARIABLES, *_SCALES, "group"}
    if missing := sorted(expected - set(file)):
        other = attrs.get("spinesim_version", spinesim.__version__)
        why = "the file is damaged" if other == spinesim.__version__ else f"made by spinesim {other}; solve again with this version"
        raise ResultFileError(f"{why} (without {', '.join(missing)})")
    data = {name: _load(file, name) for name in (*_SCALES, *VARIABLES, "group")}
    _verify(data, attrs)
    single = bool(attrs["single_case"])
    return Stored(_solution(data, single), attrs, _percentiles(file, data, attrs, single), _along(file, set(data)))


def _along(file: h5py.File, known: set[str]) -> dict[str, NDArray[Any]]:
    """What else runs along the cases alone."""
    others = (name for name in file if name not in known and name != PERCENTILE and not name.endswith(PERCENTILE_SUFFIX))
    return {name: array for name in others if (array := _load(file, name)).shape == file["case"].shape}


def _percentiles(file: h5py.File, data: Mapping[str, NDArray[Any]], attrs: Mapping[str, Any], single: bool) -> dict[int, Solution]:
    """Percentiles of every real variable, if the file has any."""
    if "percentiles_sha256" not in attrs:
        return {}
    labels = _load(file, PERCENTILE)
    real = {name: _load(file, f"{name}{PERCENTILE_SUFFIX}") for name, variable in VARIABLES.items() if variable.dtype == "f8"}
    if attrs["percentiles_sha256"] != content_hash({PERCENTILE: labels}, (), real):
        raise ResultFileError("the file is damaged (its percentiles do not match their checksum)")
    parts = ({**data, **{name: array[number] for name, array in real.items()}} for number in range(len(labels)))
    return {int(q): _solution(part, single) for q, part in zip(labels.tolist(), parts, strict=True)}


def _load(file: h5py.File, name: str) -> NDArray[Any]:
    return np.asarray(own(file, name)[()])


def _verify(data: Mapping[str, NDArray[Any]], attrs: Mapping[str, Any]) -> None:
    words = {name: _words(data[name]) for name in (*_FIXED, "group")}
    if wrong := [name for name, names in _FIXED.items() if words[name] != names]:
        raise ResultFileError(f"the file is damaged (labels of {', '.join(wrong)})")
    labels, arrays = ({name: data[name] for name in names} for names in (_SCALES, VARIABLES))
    if attrs.get("content_sha256") != content_hash(labels, words["group"], arrays):
        raise ResultFileError("the file is damaged (its content does not match its checksum)")


def _solution(data: Mapping[str, NDArray[Any]], single: bool) -> Solution:
    arrays: dict[str, Any] = {name: np.asarray(data[name][0] if single else data[name]) for name in VARIABLES}
    return Solution(fascicles=_words(data["fascicle"]), groups=_words(data["group"]), contacts=_words(data["contact"]), **arrays)


def _words(labels: NDArray[Any]) -> tuple[str, ...]:
    return tuple(label.decode("ascii") for label in labels.tolist())


def _parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value[:1] == "{" else value
