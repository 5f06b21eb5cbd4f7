"""Ways of exercises through the weeks, what they are worth and what they use up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spinesim.analysis.plan.network import OFF, OFF_STATE, Arc, State, arcs, dose_damage, worth
from spinesim.analysis.plan.setting import Setting
from spinesim.analysis.tolerance.data import Array, value

DESIGN_LIVES_D: Final = (3.0, 14.0)
_PAYS: Final = 1e-6

Template = list[list[State]]  # by week, then by exercise


@dataclass(frozen=True, slots=True)
class Way:
    """One exercise through all weeks; ``sets``, ``minutes`` and ``damage`` of a session by week."""

    exercise: int
    states: tuple[State, ...]
    worth: float
    sets: Array
    minutes: Array
    damage: Array


@dataclass(frozen=True, slots=True)
class _Layer:
    """Arcs into one week of one exercise, ordered by the state they lead to."""

    arcs: tuple[Arc, ...]
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    first: NDArray[np.int64]  # of each state that is led to
    worth: Array
    sets: Array
    minutes: Array
    damage: Array


class Network:
    """All steps of a setting, and the ways found so far."""

    def __init__(self, found: Setting) -> None:
        self.setting = found
        self.damage = dose_damage(found)
        # Damage of a session is far below 1: scaled to stay well away from the solver's tolerances.
        allowed = [table[: judged.last + 1] for table, judged in zip(self.damage, found.judged[-1], strict=True)]
        self.scale = max((float(table.max(initial=0.0)) for table in allowed), default=0.0) or 1.0
        weeks, exercises = range(len(found.weeks)), range(len(found.request.exercises))
        steps = arcs(found)
        grouped: dict[tuple[int, int], list[Arc]] = {(e, w): [] for e in exercises for w in weeks}
        for arc in steps:
            grouped[arc.exercise, arc.week].append(arc)
        self.layers = [[self._layer(e, grouped[e, w]) for w in weeks] for e in exercises]
        off = (OFF_STATE,) * len(weeks)
        self.ways = [self._way(e, off) for e in exercises]
        self._known = {(e, off) for e in exercises}

    def add_ways(self, price: Array, gain: Array) -> bool:
        """Add the best way of each exercise at given prices of the rows, if it is worth more than ``gain``."""
        weeks = len(self.setting.weeks)
        sets, minutes, damage = price[:weeks], price[weeks : 2 * weeks], self._damage_rows().T @ price[2 * weeks :]
        added = False
        for exercise, layers in enumerate(self.layers):
            reward = [
                layer.worth - sets[w] * layer.sets - minutes[w] * layer.minutes - damage[w] * layer.damage for w, layer in enumerate(layers)
            ]
            states, best = self._best(layers, reward)
            if best > gain[exercise] + _PAYS and (exercise, states) not in self._known:
                self._known.add((exercise, states))
                self.ways.append(self._way(exercise, states))
                added = True
        return added

    def coupling(self, budget: float) -> tuple[Array, Array]:
        """Rows that all ways share, sets, minutes and damage, with their upper bounds."""
        weeks = len(self.setting.weeks)
        rows = self._damage_rows()
        matrix = np.stack([np.concatenate([way.sets, way.minutes, rows @ way.damage]) for way in self.ways], axis=1)
        high = np.concatenate(
            [np.full(weeks, value("plan", "session", "sets")), np.full(weeks, self.setting.request.minutes), np.full(len(rows), budget)]
        )
        return matrix, np.where(np.isfinite(high), high, 1e9)

    def choice(self) -> Array:
        """One way for every exercise."""
        own = np.array([way.exercise for way in self.ways])
        return np.asarray(own == np.arange(len(self.layers))[:, None], float)

    def ranked(self, exercise: int, week: int, before: State) -> list[State]:
        """States that can follow, the most valuable first."""
        layer = self.layers[exercise][week]
        found = [(-float(gain), arc.after) for gain, arc in zip(layer.worth, layer.arcs, strict=True) if arc.before == before]
        return [state for _, state in sorted(found)]

    def largest(self, template: Template) -> float:
        """Largest linear damage of a template, over the scale."""
        by_week = np.array([sum(self._used(e, state)[2] for e, state in enumerate(week)) for week in template])
        return float((self._damage_rows(len(template)) @ by_week).max(initial=0.0))

    def fits(self, template: Template, budget: float) -> bool:
        """Whether the last week of a template keeps sets and minutes, and all weeks the budget."""
        used = np.array([self._used(e, state) for e, state in enumerate(template[-1])])
        sets, minutes = used[:, 0].sum(), used[:, 1].sum()
        short = sets <= value("plan", "session", "sets") and minutes <= self.setting.request.minutes
        return bool(short and self.largest(template) <= budget)

    def _damage_rows(self, weeks: int | None = None) -> Array:
        """State after the last session of each week from the damage of one session by week, for each design half-life."""
        count, days = weeks or len(self.setting.weeks), self.setting.request.days
        since = np.subtract.outer(np.arange(count), np.arange(count))
        rows = []
        for life in DESIGN_LIVES_D:
            once = sum(2.0 ** (-(days[-1] - day) / life) for day in days)
            rows.append(np.where(since >= 0, once * 2.0 ** (-7.0 * np.maximum(since, 0) / life), 0.0))
        return np.concatenate(rows)

    def _best(self, layers: Sequence[_Layer], reward: Sequence[Array]) -> tuple[tuple[State, ...], float]:
        """The way of the largest reward, by dynamic programming; the first of equal ones."""
        best = np.zeros(1)
        chosen: list[NDArray[np.int64]] = []
        for layer, gain in zip(layers, reward, strict=True):
            total = best[layer.before] + gain
            best = np.maximum.reduceat(total, layer.first)
            equal = np.flatnonzero(total >= best[layer.after])
            _, place = np.unique(layer.after[equal], return_index=True)
            chosen.append(equal[place])
        place_now, states = int(best.argmax()), []
        for layer, arc_of in zip(reversed(layers), reversed(chosen), strict=True):
            arc = int(arc_of[place_now])
            states.append(layer.arcs[arc].after)
            place_now = int(layer.before[arc])
        return tuple(reversed(states)), float(best.max())

    def _layer(self, exercise: int, given: Sequence[Arc]) -> _Layer:
        ordered = sorted(given, key=lambda arc: (arc.after, arc.before))
        before_states = sorted({arc.before for arc in ordered})
        after_states = sorted({arc.after for arc in ordered})
        after = np.array([after_states.index(arc.after) for arc in ordered])
        used = np.array([self._used(exercise, arc.after) for arc in ordered])
        return _Layer(
            tuple(ordered),
            np.array([before_states.index(arc.before) for arc in ordered]),
            after,
            np.flatnonzero(np.diff(after, prepend=-1)),
            np.array([worth(self.setting, arc.week, exercise, arc.after) for arc in ordered]),
            *used.T,
        )

    def _way(self, exercise: int, states: tuple[State, ...]) -> Way:
        used = np.array([self._used(exercise, state) for state in states])
        total = sum(worth(self.setting, week, exercise, state) for week, state in enumerate(states))
        return Way(exercise, states, total, *used.T)

    def _used(self, exercise: int, state: State) -> tuple[float, float, float]:
        """Sets, minutes, and damage over the scale of a session."""
        if state[0] == OFF:
            return 0.0, 0.0, 0.0
        spec = self.setting.request.exercises[exercise]
        return float(spec.doses[state[1]][0]), spec.seconds(state[1]) / 60.0, float(self.damage[exercise][state]) / self.scale
