"""Drawn fascicles: strength, fibres, tendons and paths of the right side; the left is the mirror.

Strength: the variance is a third each the person's, the muscle group's and the fascicle's own; independent draws for a hundred
fascicles would average out. Fibre length, pennation, and the path points of a group share half of their variance.

Tendon slack length is not drawn by itself: with a long tendon its SD alone would stretch fibres at rest. What is drawn is the
normalised fibre length in standing, with the SD that the tendon gives it but at most ``neutral_length_sd``; nothing is stretched in
standing, and fibres stay workable over their excursion, as in the tables (:func:`spinesim.analysis.fascicle_paths.workable`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from spinesim.analysis.distributions import Floats, lognormal
from spinesim.analysis.fascicle_paths import Excursion, excursion, longest_fibre, workable
from spinesim.model.anatomy import SpineModel
from spinesim.model.fascicles import FascicleTable

_AXES = ("x", "y", "z")
_MIRROR = np.array([1.0, 1.0, -1.0])


@dataclass(frozen=True)
class FascicleDraws:
    """Right fascicles of N samples: properties (N, F), path points (N, P, 3)."""

    peak_force: Floats
    fibre_length: Floats
    tendon_length: Floats
    pennation: Floats
    position: Floats

    def table(self, nominal: FascicleTable) -> FascicleTable:
        """Both sides of all samples."""
        return replace(
            nominal,
            peak_force=np.tile(self.peak_force, 2),
            fibre_length=np.tile(self.fibre_length, 2),
            tendon_length=np.tile(self.tendon_length, 2),
            pennation=np.tile(self.pennation, 2),
            position=np.concatenate([self.position, self.position * _MIRROR], axis=1),
        )


class FascicleSampler:
    """Draws the fascicles of a model; ``width`` independent scores make a sample."""

    def __init__(self, model: SpineModel) -> None:
        table = model.fascicle_table
        self.table, self.count = table, len(table.names) // 2
        self.points = len(table.owner) // 2
        groups = table.groups[: self.count]
        self.groups = tuple(dict.fromkeys(groups))
        self._group = np.array([self.groups.index(g) for g in groups])
        self._owner = table.owner[: self.points]
        self._inner = self._owner[1:] == self._owner[:-1]  # pieces between points of one fascicle
        self._starts = np.flatnonzero(np.r_[True, np.diff(self._owner[1:][self._inner]) > 0])
        self._has_path = np.isin(np.arange(self.count), self._owner)
        self._span = self._nominal_span(model)
        self._most = np.array([longest_fibre(g) for g in groups])
        self._cap = model.tables.value("calibration", "fascicles", "neutral_length_sd")
        self._sizes = (1, *(len(self.groups), self.count) * 4, 3 * len(self.groups), 3 * self.points)
        self.width = sum(self._sizes)

    def draw(self, scores: Floats) -> tuple[FascicleDraws, dict[tuple[str, str, str], Floats]]:
        """Fascicles of N samples from independent scores (N, width), and what varied, by group and quantity, as scores (N,)."""
        parts = np.split(scores, np.cumsum(self._sizes)[:-1], axis=1)
        person, force_group, force_own, fibre_group, fibre_own, bend_group, bend_own, rest_group, rest_own, shift, place = parts
        force = np.sqrt(1.0 / 3.0) * (person + force_group[:, self._group] + force_own)
        fibre, bend, rest = (self._half(a, b) for a, b in ((fibre_group, fibre_own), (bend_group, bend_own), (rest_group, rest_own)))
        moved = np.sqrt(0.5) * (shift.reshape(-1, len(self.groups), 3)[:, self._group[self._owner]] + place.reshape(-1, self.points, 3))
        varied = {("fascicles", "all", "max_isometric_force"): person[:, 0]}
        for number, group in enumerate(self.groups):
            mine = self._group == number
            varied["fascicles", group, "max_isometric_force"] = _mean(force, mine)
            varied["fascicles", group, "optimal_fibre_length"] = _mean(fibre, mine)
            varied["fascicles", group, "neutral_fibre_length"] = _mean(rest, mine)
            on = mine[self._owner]
            if on.any():
                varied |= {("fascicle_points", group, axis): _mean(moved[..., k], on) for k, axis in enumerate(_AXES)}
        return self._values(force, fibre, bend, rest, moved), varied

    def _values(self, force: Floats, fibre: Floats, bend: Floats, rest: Floats, moved: Floats) -> FascicleDraws:
        t, n = self.table, self.count
        position = t.position[: self.points] + t.position_sd[: self.points, None] * moved
        pennation = np.abs(t.pennation[:n] + t.pennation_sd[:n] * bend)
        optimal, cosine = lognormal(t.fibre_length[:n], t.fibre_length_sd[:n], fibre), np.cos(np.radians(pennation))
        change = np.where(self._has_path, self._lengths(position) - self._span.neutral, 0.0)
        span = Excursion(*(length + change for length in (self._span.neutral, self._span.shortest, self._span.longest)))
        fitted = workable(optimal, self._neutral_length(rest), cosine, self._most, span)
        drawn = self._has_path & self._is_drawn()
        return FascicleDraws(
            lognormal(t.peak_force[:n], t.peak_force_sd[:n], force),
            np.where(drawn, fitted[0], t.fibre_length[:n]),
            np.where(drawn, fitted[1], t.tendon_length[:n]),
            pennation,
            position,
        )

    def _half(self, group: Floats, own: Floats) -> Floats:
        both: Floats = np.sqrt(0.5) * (group[:, self._group] + own)
        return both

    def _is_drawn(self) -> NDArray[np.bool_]:
        """Fascicles of which anything varies that decides fibre and tendon (F,)."""
        t, n = self.table, self.count
        moving = np.bincount(self._owner, t.position_sd[: self.points], n)
        varies: NDArray[np.bool_] = (t.fibre_length_sd[:n] + t.tendon_length_sd[:n] + t.pennation_sd[:n] + moving) > 0.0
        return varies

    def _neutral_length(self, score: Floats) -> Floats:
        """Normalised fibre length in standing: normal about that of the table, cut off at 1."""
        t, n = self.table, self.count
        fibre = t.fibre_length[:n] * np.cos(np.radians(t.pennation[:n]))
        length = np.minimum((self._span.neutral - t.tendon_length[:n]) / fibre, 1.0)
        sd = np.minimum(t.tendon_length_sd[:n] / fibre, self._cap)
        below = ndtr((1.0 - length) / np.maximum(sd, 1e-12))
        drawn: Floats = length + sd * ndtri(ndtr(score) * below)
        return np.minimum(drawn, 1.0)

    def _nominal_span(self, model: SpineModel) -> Excursion:
        """Working range of the paths; what has no path gets a harmless one."""
        span = excursion(model)
        return Excursion(*(np.where(self._has_path, length, 1e3) for length in (span.neutral, span.shortest, span.longest)))

    def _lengths(self, position: Floats) -> Floats:
        """Path lengths (N, F) in the table posture; 0 without a path."""
        pieces = np.sqrt(((position[:, 1:] - position[:, :-1]) ** 2).sum(axis=2))[:, self._inner]
        lengths = np.zeros((len(position), self.count))
        lengths[:, self._has_path] = np.add.reduceat(pieces, self._starts, axis=1)
        return lengths


def _mean(scores: Floats, mine: NDArray[np.bool_]) -> Floats:
    """Mean (N,) of some columns (N, K), which stand together in memory, or the order of the sum would depend on N."""
    mean: Floats = np.compress(mine, scores, axis=1).mean(axis=1)
    return mean
