"""The columns of a sweep: what every row holds, with axes, unit and meaning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from spinesim.analysis.design import Output, Sweep
from spinesim.analysis.keys import find
from spinesim.model.anatomy import SpineModel
from spinesim.model.layout import CONTACTS
from spinesim.model.names import AXES, HIP_AXES, LEVELS, LIGAMENTS, ROTATIONS, SIDES
from spinesim.solver.variables import VARIABLES

STATUS: Final = ("status", "validated")  # kept in every sweep


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
    return table | {output.name: _result_column(output, model) for output in sweep.outputs if output.variable not in STATUS}


def row_bytes(table: Mapping[str, Column]) -> int:
    """Bytes of one row."""
    return sum(np.dtype(c.dtype).itemsize * int(np.prod(c.shape, dtype=int)) for c in table.values())


def pick(array: Any, output: Output, model: SpineModel) -> Any:
    """The selected part of a variable (N, ...)."""
    index: list[Any] = [slice(None)]
    names = labels(model)
    for dim in VARIABLES[output.variable].dims:
        index.append(names[dim].index(output.selection[dim]) if dim in output.selection else slice(None))
    return array[tuple(index)]


def _result_column(output: Output, model: SpineModel) -> Column:
    variable, names = VARIABLES[output.variable], labels(model)
    dims = tuple(dim for dim in variable.dims if dim not in output.selection)
    where = "".join(f", {dim} {label}" for dim, label in output.selection.items())
    return Column(f"<{variable.dtype}", tuple(len(names[d]) for d in dims), dims, variable.unit, variable.long_name + where)


def _key_column(key: str, dtype: np.dtype[Any]) -> Column:
    return Column(stored(dtype), (), (), find(key).unit, f"varied: {key}")


def stored(dtype: np.dtype[Any]) -> str:
    """Type in files: little-endian numbers and text of one length."""
    if dtype.kind == "U":
        return f"|S{max(1, dtype.itemsize // 4)}"
    if dtype.kind == "b":
        return "<i1"
    return dtype.newbyteorder("<").str if dtype.kind in "iufS" else "<f8"
