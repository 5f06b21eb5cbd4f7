"""One model of the person, as the builder asks it: each load once, and what is shown to be tolerated."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from spinesim.analysis.demand import Demands
from spinesim.analysis.plan.inputs import Activity, Exercise, Loads, Proof, Request
from spinesim.analysis.plan.replan import Standing
from spinesim.analysis.tissue_limits import Shown, as_shown
from spinesim.analysis.tolerance.data import Array, value

_NO_ANSWER_N = 1e5  # a frame without an answer counts as beyond every strength


class View:
    """Loads of one model of the person; each is solved once."""

    def __init__(self, loads: Loads, request: Request, standing: Standing) -> None:
        self._loads = loads
        self._one: dict[tuple[str, float], Demands] = {}
        self._ladders: dict[str, Demands] = {}
        # What the model has no answer for tells nothing.
        self.shown = tuple(item for item in _shown(self, request, standing) if item.demands.converged.all())

    def one(self, task: str, load_kg: float) -> Demands:
        """One load of a task."""
        if (task, load_kg) not in self._one:
            self._one[task, load_kg] = self._loads(task, (load_kg,))
        return self._one[task, load_kg]

    def upto(self, exercise: Exercise, steps: int) -> Demands:
        """The first steps of :func:`ladder_kg`; at most those that there are."""
        have = self._ladders.get(exercise.name)
        start = 0 if have is None else len(have.load_kg)
        wanted = ladder_kg(exercise)[start:steps]
        if wanted:
            more = self._loads(exercise.name, wanted)
            have = self._ladders[exercise.name] = more if have is None else have.then(more)
        assert have is not None  # the first step is asked for first
        return have

    def peaks_N(self, exercise: Exercise) -> Array:
        """Peak compression of the loads of the equipment (N, 6), as far as they were asked for."""
        return peak_N(self.upto(exercise, 1))[len(ladder_kg(exercise)) - len(exercise.loads_kg) :]


def ladder_kg(exercise: Exercise) -> tuple[float, ...]:
    """The exercise without a load, and then the loads of its equipment: nothing is allowed above a load that is not."""
    return exercise.loads_kg if exercise.loads_kg[0] == 0.0 else (0.0, *exercise.loads_kg)


def peak_N(demands: Demands) -> Array:
    """Peak compression over frames (N, 6)."""
    given = demands.compression_N
    return np.asarray(np.where(np.isnan(given), _NO_ANSWER_N, np.maximum(given, 0.0)).max(axis=1))


def _shown(view: View, request: Request, standing: Standing) -> Iterator[Shown]:
    """Evidence that no event has taken away."""
    given: list[Activity | Proof] = [*request.daily_life, *request.proofs]
    for item in given:
        name, kind, habit = _counted(item, standing)
        if _survives(view, name, item, standing):
            yield Shown(name, kind, habit, _carried(view, name, item.load_kg))
    # What the log shows came after every event in it.
    for proof in standing.proofs:
        yield Shown(proof.task, proof.kind, proof.weekly, _carried(view, proof.task, proof.load_kg))


def _counted(item: Activity | Proof, standing: Standing) -> tuple[str, str, bool]:
    """Task, kind of evidence, and whether it is a habit."""
    if isinstance(item, Activity):
        return item.shown or item.task, "daily_life", item.times * item.days / 7.0 >= value("safe_load", "evidence", "weekly") - 1e-12
    return item.task, item.kind, item.weekly and not standing.stale


def _carried(view: View, task: str, load_kg: float) -> Demands:
    return as_shown(view.one(task, load_kg), view.one(task, 0.0))


def _survives(view: View, task: str, item: Activity | Proof, standing: Standing) -> bool:
    """Whether no event since it was confirmed has taken a piece of evidence away."""
    confirmed = item.confirmed_day
    if standing.cleared_day is not None and confirmed < standing.cleared_day:
        return False
    own = peak_N(view.one(task, item.load_kg))
    later = [peak_N(view.one(name, load)) for name, load, day in standing.provoking if confirmed <= day]
    return not any((own >= peak * (1.0 - 1e-9)).any() for peak in later)
