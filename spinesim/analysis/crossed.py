"""Factors that a design crosses: given values, alone or in columns that go together, and equal steps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinesim.analysis.keys import find

Values = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """A factor of given values: one column, or several that go together."""

    columns: Mapping[str, NDArray[Any]]

    def __post_init__(self) -> None:
        if len({len(column) for column in self.columns.values()}) != 1 or not len(self):
            raise ValueError(f"columns {', '.join(self.columns)}: expected one or more values, as many for each")

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of its columns."""
        return tuple(self.columns)

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def take(self, index: NDArray[np.int64]) -> Values:
        """Values at places of the factor."""
        return {key: column[index] for key, column in self.columns.items()}


@dataclass(frozen=True, slots=True)
class Range:
    """A factor of ``count`` equally spaced values from ``first`` to ``last``, both among them; never held in memory."""

    key: str
    first: float
    last: float
    count: int

    def __post_init__(self) -> None:
        if not (2 <= self.count <= 2**53 and math.isfinite(self.first) and math.isfinite(self.last) and self.first != self.last):
            raise ValueError(f"range of {self.key}: expected two different numbers and a count from 2 to 2^53")

    @property
    def keys(self) -> tuple[str, ...]:
        """Name of its column."""
        return (self.key,)

    def __len__(self) -> int:
        return self.count

    def take(self, index: NDArray[np.int64]) -> Values:
        """Values at places of the factor; decimal fractions come out as they would be typed."""
        first, last, scale = _whole(self.first, self.last)
        steps = self.count - 1
        value = (first * steps + index * (last - first)) / (scale * steps)
        return {self.key: np.rint(value).astype(np.int64) if find(self.key).kind == "whole" else value}


def _whole(first: float, last: float) -> tuple[float, float, float]:
    """Two decimal fractions as whole numbers over one denominator, where that is exact in double precision."""
    digits = max(0, *(-int(Decimal(repr(value)).as_tuple().exponent) for value in (first, last)))
    if digits > 15:
        return first, last, 1.0
    scale = 10.0**digits
    return float(round(first * scale)), float(round(last * scale)), scale
