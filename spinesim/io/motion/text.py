"""Lines of numbers in text files, with the place of what is wrong."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_MISSING = ("", "nan", "na", "null", "-")


class MotionFileError(ValueError):
    """A motion file that cannot be understood: file, line, column and what was expected."""


@dataclass(frozen=True, slots=True)
class Lines:
    """A text file by lines, numbered from 1."""

    path: Path
    lines: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> Lines:
        """Read a file as UTF-8.

        Raises
        ------
        OSError
            If it cannot be read.
        MotionFileError
            If it is no text.
        """
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise MotionFileError(f"{path}: byte {error.start} is no UTF-8 text") from None
        return cls(path, tuple(text.splitlines()))

    def fault(self, line: int, text: str) -> MotionFileError:
        """An error at a line (from 1)."""
        return MotionFileError(f"{self.path}:{line}: {text}")

    def table(self, first: int, names: Sequence[str], separator: str | None, *, short: bool = False) -> Array:
        """Numbers (rows, names) of all lines from ``first`` (from 1) on; empty lines are left out, missing cells are NaN.

        Parameters
        ----------
        separator
            Between cells; ``None``: any white space.
        short
            Whether a row may end before its last cells, which are then missing.

        Raises
        ------
        MotionFileError
            If a row has another number of cells or a cell is no number, or there is no row.
        """
        rows = []
        for number, line in enumerate(self.lines[first - 1 :], start=first):
            if not line.strip():
                continue
            cells = [cell.strip() for cell in line.split(separator)]
            while separator is not None and len(cells) > len(names) and not cells[-1]:
                cells.pop()  # separators at the end of a line
            if len(cells) != len(names) and not (short and len(cells) < len(names)):
                raise self.fault(number, f"{len(cells)} cells; expected {len(names)}, as in the head")
            row = [self._number(number, name, cell) for name, cell in zip(names, cells, strict=False)]
            rows.append(row + [math.nan] * (len(names) - len(row)))
        if not rows:
            raise self.fault(len(self.lines), "no rows of numbers")
        return np.array(rows)

    def _number(self, line: int, name: str, cell: str) -> float:
        if cell.lower() in _MISSING:
            return math.nan
        try:
            value = float(cell)
        except ValueError:
            value = math.inf
        if math.isinf(value):
            raise self.fault(line, f"{name}: {cell!r} is not a number")
        return value
