"""The tables of ``geometry/tolerance/``, and the refusal of what lies outside a law's range."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinesim.model.data import data_dir
from spinesim.model.names import unknown_name
from spinesim.model.tables import Entry, Tables

Array = NDArray[np.float64]


@cache
def tables() -> Tables:
    """All tables of the tolerance set."""
    return Tables.load(data_dir("geometry") / "tolerance")


def entry(table: str, item: str, parameter: str) -> Entry:
    """One row, with its SD, unit, source and status."""
    return tables().entries[table, item, parameter]


def value(table: str, item: str, parameter: str) -> float:
    """The value of one row, in the table's unit."""
    return entry(table, item, parameter).value


def numbers(key: str, given: Any) -> Array:
    """An array of numbers.

    Raises
    ------
    TypeError
        If ``given`` is text, truth values or anything else that is no number.
    """
    array = np.asarray(given)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{key}: {given!r} is not a number")
    return array.astype(np.float64)


def within(quantity: str, given: ArrayLike, key: str | None = None) -> Array:
    """An array of numbers, all inside the range of ``quantity`` in ``ranges.csv``.

    Parameters
    ----------
    key
        What the message calls the quantity; its own name if it is not given.

    Raises
    ------
    TypeError
        If ``given`` holds anything but numbers.
    ValueError
        If a number is outside the range or not a number at all, naming key, value and range.
    """
    array = numbers(key or quantity, given)
    lo, hi = entry("ranges", quantity, "lo"), entry("ranges", quantity, "hi")
    bad = ~((array >= lo.value) & (array <= hi.value))
    if bad.any():
        unit = "" if lo.unit in ("-", "1") else f" {lo.unit}"
        raise ValueError(f"{key or quantity} = {array[bad].flat[0]:g}{unit} is outside the range {lo.value:g} to {hi.value:g}{unit}")
    return array


def known(key: str, given: object, expected: tuple[str, ...]) -> None:
    """Refuse a name that is none of the expected ones.

    Raises
    ------
    ValueError
        With the names and the nearest of them.
    """
    if not isinstance(given, str) or given not in expected:
        raise ValueError(unknown_name(key, given, expected))
