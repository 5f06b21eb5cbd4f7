"""Which table values vary together: families of one quantity over the levels, and ``correlations.csv`` of the geometry set.

A quantity that is given level by level mostly stems from one source and one person: its levels share half of their variance. Area,
depth and width of the discs are one family, and so are a facet's place and that of its tip. Nearly one figure for all levels are
the force of a facet under the calibration load, and the constant behind the sharing factors.

``correlations.csv`` (optional): ``table,item,parameter,other_table,other_item,other_parameter,correlation``, correlations of the
scores from which values are drawn. It takes the place of what families say about a pair.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from spinesim.analysis.distributions import Floats
from spinesim.model.tables import Key, rows

FAMILY: Final = 0.5
NEARLY_ONE: Final = 0.95
FILE: Final = "correlations.csv"
_COLUMNS: Final = ("table", "item", "parameter", "other_table", "other_item", "other_parameter", "correlation")
_LEVELWISE: Final = ("joints", "vertebrae", "discs", "facets", "sharing", "degeneration", "calibration")
_SLICES: Final = (*(f"T{i}" for i in range(1, 13)), *(f"L{i}" for i in range(1, 6)))
_SAME: Final = {"depth": "area", "width": "area", "tip_x": "centre_x", "tip_half_distance": "half_distance"}


def family(key: Key) -> tuple[str, ...] | None:
    """What a value shares with the same quantity at other levels; ``None`` where it stands alone."""
    table, item, name = key
    if table in _LEVELWISE:
        return table, _SAME.get(name, name) if table in ("discs", "facets") else name
    if table == "ligaments" and "@" in item:
        return table, item.partition("@")[0], name
    if (table == "mass" and item in _SLICES) or (table == "rhythm" and name == "lumbar_part"):
        return table, name
    return None


def shared(kin: tuple[str, ...]) -> float:
    """Correlation within a family."""
    return NEARLY_ONE if kin[0] in ("calibration", "sharing") else FAMILY


@dataclass(frozen=True)
class Block:
    """Columns whose scores are mixed by a lower triangle, so that they correlate as wanted."""

    columns: list[int]
    triangle: Floats


class Scores:
    """Makes correlated standard normal scores of independent ones.

    Parameters
    ----------
    keys
        Drawn values, in the order of the columns.
    folder
        Geometry set, which may have a ``correlations.csv``.
    fixed
        Values without spread: a correlation with one of them says nothing.

    Raises
    ------
    ValueError
        If that file is wrong, or asks for correlations that no set of quantities can have.
    """

    def __init__(self, keys: Sequence[Key], folder: Path, fixed: Collection[Key] = ()) -> None:
        self._families = list(dict.fromkeys(kin for key in keys if (kin := family(key)) is not None))
        place = {kin: number for number, kin in enumerate(self._families)}
        kins = [family(key) for key in keys]
        self._family = np.array([-1 if kin is None else place[kin] for kin in kins], dtype=np.int64)
        common = [0.0 if kin is None else shared(kin) for kin in kins]
        self._common, self._own = np.sqrt(common), np.sqrt(1.0 - np.array(common))
        self._block = _block(keys, read(folder / FILE, keys, fixed), folder / FILE)
        self.own_count, self.family_count = len(keys), len(self._families)

    def mix(self, own: Floats, families: Floats) -> Floats:
        """Scores (N, keys) of independent ones of the keys (N, keys) and of the families (N, families); row by row."""
        padded = np.concatenate([families, np.zeros((len(own), 1))], axis=1)
        scores: Floats = self._common * padded[:, self._family] + self._own * own
        if self._block is not None:
            # One column after the other: a row has the same bits however many stand beside it, which no matrix product promises.
            given = np.take(own, self._block.columns, axis=1)
            scores[:, self._block.columns] = sum(given[:, [j]] * column for j, column in enumerate(self._block.triangle.T))
        return scores


def _block(keys: Sequence[Key], pairs: Mapping[tuple[Key, Key], float], path: Path) -> Block | None:
    """The columns that the file names, with their families."""
    if not pairs:
        return None
    named = {key for pair in pairs for key in pair}
    kins = {kin for key in named if (kin := family(key)) is not None}
    columns = [c for c, key in enumerate(keys) if key in named or family(key) in kins]
    matrix = np.array([[_correlation(keys[a], keys[b], pairs) for b in columns] for a in columns])
    try:
        return Block(columns, np.linalg.cholesky(matrix))
    except np.linalg.LinAlgError:
        least = float(np.linalg.eigvalsh(matrix)[0])
        raise ValueError(
            f"{path.name}: its correlations contradict each other: the matrix is not positive definite (smallest eigenvalue {least:.3g})"
        ) from None


def _correlation(a: Key, b: Key, pairs: Mapping[tuple[Key, Key], float]) -> float:
    if a == b:
        return 1.0
    kin = family(a)
    given = pairs.get((a, b), pairs.get((b, a)))
    return given if given is not None else shared(kin) if kin is not None and kin == family(b) else 0.0


def read(path: Path, keys: Sequence[Key], fixed: Collection[Key] = ()) -> dict[tuple[Key, Key], float]:
    """Pairs of the file with their correlation; none without the file, none with a ``fixed`` value.

    Raises
    ------
    ValueError
        If a row names something that is not drawn, a pair twice or with itself, or no correlation; naming file, line and value.
    """
    if not path.exists():
        return {}
    known, pairs = set(keys), dict[tuple[Key, Key], float]()
    for line, row in rows(path):
        where = f"{path.name}:{line}"
        if tuple(row)[: len(_COLUMNS)] != _COLUMNS:
            raise ValueError(f"{path.name}: columns are {', '.join(row)}; expected {', '.join(_COLUMNS)}")
        one, other = (row["table"], row["item"], row["parameter"]), (row["other_table"], row["other_item"], row["other_parameter"])
        if missing := [key for key in (one, other) if key not in known and key not in fixed]:
            raise ValueError(f"{where}: {' '.join(missing[0])} is no table value that is drawn (unknown or calibrated)")
        if one == other or (one, other) in pairs or (other, one) in pairs:
            raise ValueError(f"{where}: {' '.join(one)} with {' '.join(other)}: a value with itself, or a pair given twice")
        pairs[one, other] = _number(where, row["correlation"])
    return {pair: value for pair, value in pairs.items() if known.issuperset(pair)}


def _number(where: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not -1.0 < value < 1.0:
        raise ValueError(f"{where}: correlation {text!r} must be a number between -1 and 1")
    return value
