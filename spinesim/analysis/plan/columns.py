"""Ways of exercises through the weeks, what they are worth and what they use up.

A way is one state a week, heavy, and how the exercise is spread over the sessions of the week: heavy, light or left out,
the same in all weeks. So sessions of a week can differ, and no exercise changes its number of sessions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spinesim.analysis.plan.network import LIGHT, MAIN, NONE, OFF, OFF_STATE, Arc, Roles, State, arcs, dose_damage, light, roles, worth
from spinesim.analysis.plan.setting import Setting
from spinesim.analysis.tolerance.data import Array, value

DESIGN_LIVES_D: Final = (3.0, 14.0)
_PAYS: Final = 1e-6
_AT_ONCE: Final = 3  # ways of an exercise that are added at the same prices


@dataclass(frozen=True, slots=True)
class Way:
    """One exercise through all weeks; ``used`` are sets, minutes and scaled damage by week and session (3, weeks, sessions)."""

    exercise: int
    states: tuple[State, ...]
    roles: Roles
    worth: float
    used: Array

    @property
    def present(self) -> Array:
        """Whether the exercise is in a session (weeks, sessions)."""
        return np.asarray(self.used[0] > 0.0, float)


@dataclass(frozen=True, slots=True)
class _Layer:
    """Arcs into one week of one exercise, ordered by the state they lead to."""

    arcs: tuple[Arc, ...]
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    first: NDArray[np.int64]  # of each state that is led to
    worth: Array  # of those states by spread (states, spreads)
    used: Array  # by role (3, states, roles)


class Network:
    """All steps of a setting, and the ways found so far."""

    def __init__(self, found: Setting) -> None:
        self.setting = found
        self.spreads = roles(len(found.request.days))
        self._roles = np.eye(3)[np.array(self.spreads)]  # spreads, sessions, roles
        self.damage = dose_damage(found)
        # Damage of a session is far below 1: scaled to stay well away from the solver's tolerances.
        reached = [table[: judged.last + 1] for table, judged in zip(self.damage, found.judged[-1], strict=True)]
        self.scale = max((float(table.max(initial=0.0)) for table in reached), default=0.0) or 1.0
        self._damage_rows = self._decays()
        weeks, exercises = range(len(found.weeks)), range(len(found.request.exercises))
        grouped: dict[tuple[int, int], list[Arc]] = {(e, w): [] for e in exercises for w in weeks}
        for arc in arcs(found):
            grouped[arc.exercise, arc.week].append(arc)
        self.layers = [[self._layer(e, grouped[e, w]) for w in weeks] for e in exercises]
        self.ways = [self.off(e) for e in exercises]
        self._known = {(way.exercise, way.roles, way.states) for way in self.ways}

    def off(self, exercise: int) -> Way:
        """The exercise left out of all weeks."""
        return self.way(exercise, (OFF_STATE,) * len(self.setting.weeks), self.spreads[0])

    def way(self, exercise: int, states: tuple[State, ...], spread: Roles) -> Way:
        """A way with its worth and what it uses up."""
        total = sum(worth(self.setting, week, exercise, state, spread) for week, state in enumerate(states))
        used = np.array([[self._used(exercise, state)[:, role] for role in spread] for state in states])  # weeks, sessions, 3
        return Way(exercise, states, spread, total, np.moveaxis(used, -1, 0))

    def add_ways(self, price: Array, gain: Array) -> bool:
        """Add the best ways of each exercise at given prices of the rows, if they are worth more than ``gain``."""
        shape = (len(self.setting.weeks), len(self.setting.request.days))
        size = shape[0] * shape[1]
        rows, days = price[: 2 * size + len(self._damage_rows)], price[2 * size + len(self._damage_rows) :].reshape(shape)
        costs = np.stack([*rows[: 2 * size].reshape(2, *shape), (rows[2 * size :] @ self._damage_rows).reshape(shape)])
        # Being in a session keeps its day from being empty, and asks for the day before.
        there = np.roll(days, 1, axis=1) - len(self.layers) * days
        added = False
        for exercise, layers in enumerate(self.layers):
            rewards = [self._reward(layer, costs[:, week], there[week]) for week, layer in enumerate(layers)]
            for spread, states, best in _best(layers, rewards):
                key = (exercise, self.spreads[spread], states)
                if best > gain[exercise] + _PAYS and key not in self._known:
                    self._known.add(key)
                    self.ways.append(self.way(exercise, states, self.spreads[spread]))
                    added = True
        return added

    def column(self, way: Way) -> Array:
        """What a way takes of the rows that all ways share: sets, minutes and damage by session, and days that it would leave empty."""
        present = way.present
        empty = np.roll(present, -1, axis=1) - len(self.layers) * present
        return np.concatenate([way.used[0].ravel(), way.used[1].ravel(), self._damage_rows @ way.used[2].ravel(), empty.ravel()])

    def most(self, budget: float) -> Array:
        """Upper bounds of the rows."""
        size = len(self.setting.weeks) * len(self.setting.request.days)
        minutes, finite = self.setting.request.minutes, budget if np.isfinite(budget) else 1e9
        return np.repeat(
            [value("plan", "session", "sets"), minutes, finite, 0.0], [size, size, len(self._damage_rows), size]
        )  # fmt: skip

    def choice(self) -> Array:
        """One way for every exercise."""
        own = np.array([way.exercise for way in self.ways])
        return np.asarray(own == np.arange(len(self.layers))[:, None], float)

    def largest(self, ways: Sequence[Way]) -> float:
        """Largest linear damage of a choice of ways, over the scale."""
        together = np.sum([way.used[2] for way in ways], axis=0)
        return float((self._damage_rows @ together.ravel()).max(initial=0.0))

    def _decays(self) -> Array:
        """State after each session from the damage of every session (half-lives x sessions, sessions)."""
        days = np.add.outer(7 * np.arange(len(self.setting.weeks)), self.setting.request.days).ravel()
        since = np.subtract.outer(days, days)
        return np.concatenate([np.where(since >= 0, 2.0 ** (-np.maximum(since, 0) / life), 0.0) for life in DESIGN_LIVES_D])

    def _reward(self, layer: _Layer, costs: Array, there: Array) -> Array:
        """Worth less cost of the states of a week by spread (states, spreads); ``costs`` (3, sessions), ``there`` of being in a session."""
        cost = np.einsum("ksr,kd->sdr", layer.used, costs) + (layer.used[0] > 0.0)[:, None, :] * there[:, None]
        return np.asarray(layer.worth - np.einsum("sdr,pdr->sp", cost, self._roles))

    def _layer(self, exercise: int, given: Sequence[Arc]) -> _Layer:
        ordered = sorted(given, key=lambda arc: (arc.after, arc.before))
        before_states = sorted({arc.before for arc in ordered})
        after_states = sorted({arc.after for arc in ordered})
        after = np.array([after_states.index(arc.after) for arc in ordered])
        week = ordered[0].week
        return _Layer(
            tuple(ordered),
            np.array([before_states.index(arc.before) for arc in ordered]),
            after,
            np.flatnonzero(np.diff(after, prepend=-1)),
            np.array([[worth(self.setting, week, exercise, state, spread) for spread in self.spreads] for state in after_states]),
            np.stack([self._used(exercise, state) for state in after_states], axis=1),
        )

    def _used(self, exercise: int, state: State) -> Array:
        """Sets, minutes, and damage over the scale, of a session by role (3, roles)."""
        found = np.zeros((3, 3))
        if state[0] == OFF:
            return found
        spec = self.setting.request.exercises[exercise]
        for role, (load, dose) in ((MAIN, state), (LIGHT, light(self.setting, exercise, state))):
            found[:, role] = spec.doses[dose][0], spec.seconds(dose) / 60.0, self.damage[exercise][load, dose] / self.scale
        assert not found[:, NONE].any()
        return found


def _best(layers: Sequence[_Layer], rewards: Sequence[Array]) -> list[tuple[int, tuple[State, ...], float]]:
    """The best spreads with their ways and rewards, by dynamic programming over the weeks; the first of equal ones."""
    best = np.zeros((rewards[0].shape[1], 1))
    totals: list[Array] = []
    for layer, reward in zip(layers, rewards, strict=True):
        totals.append(best[:, layer.before] + reward.T[:, layer.after])
        best = np.maximum.reduceat(totals[-1], layer.first, axis=1)
    ends = best.max(axis=1)
    order = np.argsort(-ends, kind="stable")[:_AT_ONCE]
    return [(int(spread), _back(layers, [total[spread] for total in totals], int(best[spread].argmax())), float(ends[spread]))
            for spread in order]  # fmt: skip


def _back(layers: Sequence[_Layer], totals: Sequence[Array], place: int) -> tuple[State, ...]:
    """The states of a way from its last one."""
    states = []
    for layer, total in zip(reversed(layers), reversed(totals), strict=True):
        stop = layer.first[place + 1] if place + 1 < len(layer.first) else len(total)
        arc = int(layer.first[place] + total[layer.first[place] : stop].argmax())
        states.append(layer.arcs[arc].after)
        place = int(layer.before[arc])
    return tuple(reversed(states))
