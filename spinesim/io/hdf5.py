"""Solutions as HDF5: dimension scales, units, checksums; opens unchanged in xarray.

The file is built in memory and written by :mod:`spinesim.io.atomic`, because a library that writes HDF5 in place
leaves an unreadable file when it is interrupted and can crash on a full disk.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from typing import Any, Final

import h5py
import numpy as np
from numpy.typing import NDArray

from spinesim.io.atomic import write_bytes
from spinesim.io.h5 import attach, dataset, fixed, text, write_attrs
from spinesim.io.provenance import DISCLAIMER, SIGNS, status_counts
from spinesim.model.names import AXES, HIP_AXES, LEVELS, LIGAMENTS, ROTATIONS, SIDES
from spinesim.solver.solution import Solution
from spinesim.solver.variables import VARIABLES

FORMAT: Final = "spinesim-solution"
FORMAT_VERSION: Final = 1

PERCENTILE: Final = "percentile"
PERCENTILE_SUFFIX: Final = "_percentiles"

SCALES: Final = {
    "case": "case number",
    "level": "level, cranial to caudal",
    "side": "side of the body",
    "axis": "x anterior, y superior, z right",
    "rotation": "joint angle: flexion forward, lateral bending to the right, axial rotation to the left",
    "ligament": "ligament group",
    "fascicle": "muscle fascicle",
    "contact": "free support",
    "hip_axis": "hip moment",
}


def write_solution(
    path: str | os.PathLike[str], solution: Solution, attrs: Mapping[str, Any], percentiles: Mapping[int, Solution] | None = None
) -> None:
    """Write a solution, single or batch, in one step.

    Parameters
    ----------
    path
        Where; an existing file is replaced only when the new one is complete.
    solution
        The results. A single case is written as a batch of one and read back as single.
    attrs
        Root attributes, as made by :func:`spinesim.io.provenance.provenance`; mappings become JSON text and
        ``None`` is left out.
    percentiles
        Solutions of the same shape by percentile, for example ``{5: p05, 50: p50, 95: p95}``.

    Raises
    ------
    ValueError
        If there is no case, or an array does not have the shape its variable has.
    OSError
        If the file cannot be written.
    """
    write_bytes(path, to_bytes(solution, attrs, percentiles))


def to_bytes(
    solution: Solution,
    attrs: Mapping[str, Any],
    percentiles: Mapping[int, Solution] | None = None,
    along: Mapping[str, tuple[NDArray[Any], str, str]] | None = None,
) -> bytes:
    """The HDF5 image of a solution; see :func:`write_solution`.

    ``along`` holds variables of the case axis alone, such as the time of a motion's frames: array, unit, what it is.
    """
    single = solution.status.ndim == 0
    labels, arrays = _labels(solution), _arrays(solution, single)
    # The name is never opened: without a backing store the file lives in memory.
    with h5py.File("solution.h5", "w", driver="core", backing_store=False, track_order=True) as file:
        _write_scales(file, labels)
        for name, array in arrays.items():
            _write_variable(file, name, array)
        dataset(file, "group", fixed(solution.groups)).attrs["long_name"] = text("muscle group of the fascicle")
        file["group"].dims[0].attach_scale(file["fascicle"])
        for name, (array, unit, meaning) in (along or {}).items():
            made = dataset(file, name, array)
            made.attrs["units"], made.attrs["long_name"] = text(unit), text(meaning)
            attach(file, made, ("case",))
        if percentiles:
            _write_percentiles(file, percentiles, single)
        write_attrs(file, _root_attrs(solution, single) | dict(attrs) | {"content_sha256": content_hash(labels, solution.groups, arrays)})
        file.flush()
        image: bytes = file.id.get_file_image()
    return image


def content_hash(labels: Mapping[str, NDArray[Any]], groups: tuple[str, ...], arrays: Mapping[str, NDArray[Any]]) -> str:
    """Hash over every name, shape and number of a file.

    A chunk's own checksum does not see damage to the file's structure; this does.
    """
    digest = hashlib.sha256("\n".join(groups).encode())
    for name, array in (*labels.items(), *arrays.items()):
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _labels(solution: Solution) -> dict[str, NDArray[Any]]:
    names = {
        "level": LEVELS,
        "side": SIDES,
        "axis": AXES,
        "rotation": ROTATIONS,
        "ligament": LIGAMENTS,
        "fascicle": solution.fascicles,
        "contact": solution.contacts,
        "hip_axis": HIP_AXES,
    }
    return {"case": np.arange(len(solution), dtype="<i4")} | {name: fixed(words) for name, words in names.items()}


def _arrays(solution: Solution, single: bool) -> dict[str, NDArray[Any]]:
    """Arrays with a case axis, in the types of the file.

    Raises
    ------
    ValueError
        If a shape is wrong or there is no case.
    """
    sizes = {name: len(label) for name, label in _labels(solution).items()}
    if not sizes["case"] or len(solution.groups) != sizes["fascicle"]:
        raise ValueError("a solution needs at least one case, and one group for every fascicle")
    arrays = {}
    for name, variable in VARIABLES.items():
        array = np.asarray(getattr(solution, name), dtype=f"<{variable.dtype}")
        array = array[None] if single else array
        expected = (sizes["case"], *(sizes[dim] for dim in variable.dims))
        if array.shape != expected:
            raise ValueError(f"{name} has shape {array.shape}, expected {expected}")
        arrays[name] = array
    return arrays


def _write_scales(file: h5py.File, labels: Mapping[str, NDArray[Any]]) -> None:
    for name, array in labels.items():
        scale = dataset(file, name, array)
        scale.make_scale(name)
        scale.attrs["long_name"] = text(SCALES[name])


def _write_variable(file: h5py.File, name: str, array: NDArray[Any]) -> None:
    variable = VARIABLES[name]
    made = dataset(file, name, array)
    made.attrs["units"] = text(variable.unit)
    made.attrs["long_name"] = text(variable.long_name)
    attach(file, made, ("case", *variable.dims))


def _write_percentiles(file: h5py.File, percentiles: Mapping[int, Solution], single: bool) -> None:
    """Beside every real variable one with the percentile as first axis."""
    scale = dataset(file, PERCENTILE, np.array(list(percentiles), "<i4"))
    scale.make_scale(PERCENTILE)
    scale.attrs["long_name"] = text("percentile over the converged samples of uncertain parameters")
    parts = [_arrays(solution, single) for solution in percentiles.values()]
    stacked = {name: np.stack([part[name] for part in parts]) for name, variable in VARIABLES.items() if variable.dtype == "f8"}
    for name, array in stacked.items():
        variable = VARIABLES[name]
        made = dataset(file, f"{name}{PERCENTILE_SUFFIX}", array)
        made.attrs["units"] = text(variable.unit)
        made.attrs["long_name"] = text(f"percentiles of: {variable.long_name}")
        attach(file, made, (PERCENTILE, "case", *variable.dims))
    labels = {PERCENTILE: scale[()]}
    write_attrs(file, {"percentiles_sha256": content_hash(labels, (), stacked)})


def _root_attrs(solution: Solution, single: bool) -> dict[str, Any]:
    return {
        "spinesim_format": FORMAT,
        "spinesim_format_version": FORMAT_VERSION,
        "Conventions": "units are SI or named in the variable; no CF convention is claimed",
        "title": "lumbar spine loads",
        "comment": f"{SIGNS} {DISCLAIMER}",
        "single_case": int(single),
        **{f"count_{name}": count for name, count in status_counts(solution).items()},
    }
