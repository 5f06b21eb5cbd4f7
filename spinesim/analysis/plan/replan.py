"""From a log to what may come next: the table of re-planning as one pass over the logged weeks.

Pain or absence never raises the next load: every branch takes a load that was done, or less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from spinesim.analysis.plan.gates import EVENTS, Entry, baselines, light, week_event
from spinesim.analysis.plan.inputs import NoPlan, Proof, Request
from spinesim.analysis.tolerance.data import value

CLEARANCE: Final = "clearance"
_LONG: Final = 4  # missed weeks after which everything begins again


@dataclass(frozen=True, slots=True)
class Cap:
    """Most that an exercise may be next: load, and dose as its place among the doses; ``rises`` allows one step from there."""

    load_kg: float
    dose: int
    rises: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A dose that provoked pain; it may return in ``week`` (from 0) at the earliest."""

    load_kg: float
    dose: int
    week: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a person stands before the first week to be planned.

    Attributes
    ----------
    week
        First week to be planned, from 0.
    caps
        By exercise; one that was never done has none.
    begin
        Whether an exercise that was never done may begin.
    restart
        Whether the rule of the first week holds again.
    held
        Provoking doses.
    provoking
        Exercise, load and day of every dose that provoked pain: evidence at or above it is gone unless it was confirmed later.
    cleared_day
        All evidence that was not confirmed from this day on is gone.
    stale
        Whether training shown before the plan is too old for the floor.
    late_from
        First week at which an early bulge may count as late.
    proofs
        Evidence out of the log.
    events
        The gate of each logged week, ``missed`` among them.
    stop
        Why there is no plan.
    """

    week: int = 0
    caps: Mapping[str, Cap] = field(default_factory=dict)
    begin: bool = True
    restart: bool = False
    held: Mapping[str, Held] = field(default_factory=dict)
    provoking: tuple[tuple[str, float, int], ...] = ()
    cleared_day: int | None = None
    stale: bool = False
    late_from: int = 0
    proofs: tuple[Proof, ...] = ()
    events: tuple[str, ...] = ()
    stop: NoPlan | None = None


@dataclass
class _State:
    """What one pass over the weeks carries along."""

    caps: dict[str, Cap] = field(default_factory=dict)
    tolerated: dict[str, Cap] = field(default_factory=dict)
    held: dict[str, Held] = field(default_factory=dict)
    provoking: list[tuple[str, float, int]] = field(default_factory=list)
    history: list[dict[str, Cap]] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    greens: int = 0
    missed: int = 0
    restart: bool = False
    stopped: bool = False
    flagged: bool = False
    cleared_day: int | None = None
    late_from: int = 0


def standing(request: Request, entries: Sequence[Entry], weeks_passed: int) -> Standing:
    """What a log of the weeks 0 to ``weeks_passed`` - 1 leaves open.

    Parameters
    ----------
    entries
        In order of day. An entry of the exercise :data:`CLEARANCE` is a physician's clearance after a stop.

    Raises
    ------
    ValueError
        If an entry lies beyond the weeks that passed, days fall, or names an exercise that is not in the request.
    """
    _check(request, entries, weeks_passed)
    state, base = _State(late_from=int(value("plan", "phase", "bulge_weeks"))), baselines(entries)
    for week in range(weeks_passed):
        _week(state, request, week, [entry for entry in entries if entry.day // 7 == week], base)
    return _finish(state, request, weeks_passed)


def _check(request: Request, entries: Sequence[Entry], weeks_passed: int) -> None:
    for entry in entries:
        if entry.exercise != CLEARANCE and request.exercise(entry.exercise) is None:
            raise ValueError(f"exercise {entry.exercise!r} of the log is none of the case")
        if entry.day // 7 >= weeks_passed:
            raise ValueError(f"day {entry.day} of the log is beyond the {weeks_passed} weeks that passed")
    if any(a.day > b.day for a, b in pairwise(entries)):
        raise ValueError("days of the log fall; expected them in order")


def _week(state: _State, request: Request, week: int, entries: Sequence[Entry], base: Mapping[str, float]) -> None:
    cleared = max((entry.day for entry in entries if entry.exercise == CLEARANCE), default=-1)
    done = [entry for entry in entries if entry.exercise != CLEARANCE and entry.sets > 0]
    if done:
        _done(state, request, week, done, base)
    else:
        state.events.append("missed")
        state.missed, state.greens = state.missed + 1, 0
        state.history.clear()
    if cleared > max((entry.day for entry in done), default=-1) and (state.stopped or state.flagged):
        state.stopped, state.flagged, state.restart, state.cleared_day = False, False, True, cleared


def _done(state: _State, request: Request, week: int, done: Sequence[Entry], base: Mapping[str, float]) -> None:
    """A week in which something was done."""
    event = week_event(done, len(request.days), base)
    state.events.append(event)
    levels = _levels(request, done)
    state.missed = 0
    {"green": _green, "repeat": _repeat, "reduce": _reduce, "stop": _stop, "red_flag": _stop}[event](state, request, week, done, levels)
    state.flagged |= event == "red_flag"


def _green(state: _State, _request: Request, _week: int, _done: Sequence[Entry], levels: dict[str, Cap]) -> None:
    state.greens += 1
    state.restart = False
    state.caps = {name: replace(cap, rises=False) for name, cap in state.caps.items()}
    state.caps |= {name: replace(cap, rises=True) for name, cap in levels.items()}
    state.tolerated |= levels
    state.history.append(levels)


def _repeat(state: _State, _request: Request, _week: int, _done: Sequence[Entry], levels: dict[str, Cap]) -> None:
    state.greens = 0
    state.history.clear()
    state.caps = {name: replace(cap, rises=False) for name, cap in (state.caps | levels).items()}
    state.tolerated |= {name: _lower(cap, state.tolerated.get(name, cap)) for name, cap in levels.items()}


def _reduce(state: _State, request: Request, week: int, done: Sequence[Entry], levels: dict[str, Cap]) -> None:
    state.greens = 0
    state.history.clear()
    known = state.caps | levels
    below = {name: _lower(cap, state.tolerated.get(name, cap)) for name, cap in known.items()}
    state.caps = {name: Cap(_step_down(request, name, cap.load_kg), 0) for name, cap in below.items()}
    state.tolerated = {name: _lower(cap, below[name]) for name, cap in state.tolerated.items()}
    back = week + 1 + int(value("plan", "replan", "return_weeks"))
    for entry in done:
        if EVENTS.index(light(entry)) >= EVENTS.index("reduce"):
            state.held[entry.exercise] = Held(entry.load_kg, _dose(request, entry), back)
            state.provoking.append((entry.exercise, entry.load_kg, entry.day))
    state.late_from = max(state.late_from, back)


def _stop(state: _State, request: Request, week: int, done: Sequence[Entry], levels: dict[str, Cap]) -> None:
    _reduce(state, request, week, done, levels)
    half = value("plan", "replan", "restart")
    low = {name: _lower(cap, state.tolerated.get(name, cap)) for name, cap in (state.caps | levels).items()}
    state.caps = {name: Cap(half * cap.load_kg, 0) for name, cap in low.items()}
    state.tolerated = {}
    state.stopped = state.restart = True
    state.late_from = week + 1 + int(value("plan", "phase", "bulge_weeks"))


def _finish(state: _State, request: Request, weeks: int) -> Standing:
    event = state.events[-1] if state.events else "green"
    caps = dict(state.caps)
    if state.missed:
        share = _absence(state.missed)
        caps = {name: Cap(share * cap.load_kg, 0 if state.missed >= _LONG else cap.dose) for name, cap in caps.items()}
    held = {name: held for name, held in state.held.items() if state.greens < value("plan", "replan", "return_weeks")}
    # Green weeks still to come before a provoking dose returns are counted from now.
    wait = weeks + int(value("plan", "replan", "return_weeks")) - state.greens
    held = {name: replace(item, week=max(item.week, wait)) for name, item in held.items()}
    return Standing(
        week=weeks,
        caps=caps,
        begin=event == "green",
        restart=state.restart or state.missed >= _LONG,
        held=held,
        provoking=tuple(state.provoking),
        cleared_day=state.cleared_day,
        stale=state.missed >= value("plan", "replan", "fresh_weeks"),
        late_from=max(state.late_from, *(h.week for h in held.values())) if held else state.late_from,
        proofs=tuple(_proofs(state, request)),
        events=tuple(state.events),
        stop=_stopped(state),
    )


def _stopped(state: _State) -> NoPlan | None:
    if state.flagged:
        return NoPlan("red_flags", "a red flag in the log; no plan before a physician has seen the person")
    if state.stopped:
        return NoPlan("gate", "pain of 6 or more in the log; the plan stops until a professional clears it (a row 'clearance')")
    return None


def _absence(missed: int) -> float:
    if missed == 1:
        return 1.0
    return value("plan", "replan", "two_missed" if missed < _LONG else "restart")


def _proofs(state: _State, request: Request) -> list[Proof]:
    """Loads of the last green weeks in a row: what was done in every one of them."""
    fresh = int(value("plan", "replan", "fresh_weeks"))
    if len(state.history) < fresh:
        return []
    watched = request.supervised and len(state.history) >= value("plan", "replan", "supervised_weeks")
    kind = "supervised_training" if watched else "logged_training"
    last = state.history[-fresh:]
    shared = [name for name in last[-1] if all(name in levels for levels in last)]
    return [Proof(task=name, load_kg=min(levels[name].load_kg for levels in last), kind=kind) for name in shared]


def _levels(request: Request, done: Sequence[Entry]) -> dict[str, Cap]:
    """What was done of each exercise in a week: its largest load, and the dose with it."""
    found: dict[str, Cap] = {}
    for entry in done:
        cap, old = Cap(entry.load_kg, _dose(request, entry)), found.get(entry.exercise)
        if old is None or (cap.load_kg, cap.dose) > (old.load_kg, old.dose):
            found[entry.exercise] = cap
    return found


def _dose(request: Request, entry: Entry) -> int:
    """Place of the largest dose that was fulfilled; the smallest one if none was."""
    exercise = request.exercise(entry.exercise)
    assert exercise is not None  # checked with the log
    done = [k for k, (sets, reps) in enumerate(exercise.doses) if entry.sets * entry.reps >= sets * reps]
    return max(done, default=0)


def _step_down(request: Request, name: str, load_kg: float) -> float:
    """The next load of the equipment below; the lowest less a hair if there is none, which leaves the exercise out."""
    exercise = request.exercise(name)
    assert exercise is not None  # checked with the log
    below = [load for load in exercise.loads_kg if load < load_kg]
    return max(below) if below else (0.0 if exercise.loads_kg[0] == 0.0 else -1.0)


def _lower(a: Cap, b: Cap) -> Cap:
    return Cap(min(a.load_kg, b.load_kg), min(a.dose, b.dose))
