"""Which parameters a spread comes from: rank correlation of what was drawn with an answer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from spinesim.analysis.correlation import family
from spinesim.analysis.distributions import Floats
from spinesim.analysis.reference_fit import GapFit
from spinesim.model import cases
from spinesim.model.anatomy import SpineModel
from spinesim.model.load import Load
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.model.tables import Entry, Key

MOST: Final = 6
LEAST: Final = 0.1
CHANCE: Final = 3.5  # standard errors: the largest of a thousand correlations with nothing
CLEARLY: Final = 0.05
ALL: Final = "all levels"
_MUSCLE: Final = ("fascicles", "fascicle_points")


@dataclass(frozen=True, slots=True)
class Driver:
    """One parameter, or the mean of one over all levels, and its rank correlation with the answer."""

    table: str
    item: str
    parameter: str
    rank_correlation: float


class _Reads(Mapping[Key, Entry]):
    """Entries that remember which of them were asked for."""

    def __init__(self, entries: Mapping[Key, Entry]) -> None:
        self._entries, self.keys_read = entries, set[Key]()

    def __getitem__(self, key: Key) -> Entry:
        self.keys_read.add(key)
        return self._entries[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def keys_read(model: SpineModel, subject: Subject, posture: Posture, load: Load) -> set[Key]:
    """Table values that a case depends on."""
    reads = _Reads(model.tables.entries)
    watched = SpineModel(replace(model.tables, entries=reads), model.fascicle_table)
    watched.pack(subject)
    cases.pack(watched.tables, np.zeros(1), [posture], [load])
    GapFit(watched).gaps(watched.tables)
    return reads.keys_read


def drivers(keys: Sequence[Key], scores: Floats, answer: Floats, read: set[Key]) -> tuple[Driver, ...]:
    """The few parameters that go most with an answer, strongest first.

    Parameters
    ----------
    keys, scores
        What was drawn, and its scores (N, keys).
    answer
        One number a sample (N,).
    read
        Table values that the case depends on; others are left out.
    """
    columns = [c for c, key in enumerate(keys) if key in read or key[0] in _MUSCLE]
    kinds: dict[Key, list[int]] = {}
    for c in columns:
        kinds.setdefault(_kind(keys[c]), []).append(c)
    found = [_strongest(kind, members, keys, scores, answer) for kind, members in kinds.items()]
    least = max(LEAST, CHANCE / math.sqrt(max(len(answer), 1)))
    told = sorted((d for d in found if abs(d.rank_correlation) >= least), key=lambda d: -abs(d.rank_correlation))
    return tuple(told[:MOST])


def _kind(key: Key) -> Key:
    """One name for the same quantity at all levels."""
    table, item, name = key
    if table in _MUSCLE or family(key) is None:
        return key
    _, at, _ = item.partition("@")
    return table, f"{item.partition('@')[0]}, {ALL}" if at else ALL, name


def _strongest(kind: Key, members: Sequence[int], keys: Sequence[Key], scores: Floats, answer: Floats) -> Driver:
    """The mean over the levels, unless one level goes clearly more with the answer than that."""
    single = max((Driver(*keys[c], rank_correlation(scores[:, c], answer)) for c in members), key=lambda d: abs(d.rank_correlation))
    if len(members) == 1:
        return single
    mean = Driver(*kind, rank_correlation(scores[:, members].mean(axis=1), answer))
    return single if abs(single.rank_correlation) > abs(mean.rank_correlation) + CLEARLY else mean


def rank_correlation(one: Floats, other: Floats) -> float:
    """Spearman's coefficient of numbers without ties; 0 where there is nothing to rank."""
    if len(one) < 3 or np.ptp(one) == 0.0 or np.ptp(other) == 0.0:
        return 0.0
    a, b = (np.argsort(np.argsort(values)) - 0.5 * (len(one) - 1) for values in (one, other))
    return float((a * b).sum() / (a * a).sum())
