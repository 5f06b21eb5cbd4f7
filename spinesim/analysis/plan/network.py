"""States of an exercise (load and dose) and the steps from week to week that progression allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from spinesim.analysis.plan.setting import Setting
from spinesim.analysis.tolerance.data import Array, value

OFF = -1
State = tuple[int, int]  # places among loads and doses; (OFF, 0) is left out
OFF_STATE: State = (OFF, 0)
Roles = tuple[int, ...]  # what an exercise is in each session of its weeks
NONE, LIGHT, MAIN = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Arc:
    """One exercise goes from one state to another; ``week`` is the place of the later one among the weeks planned."""

    exercise: int
    week: int
    before: State
    after: State


def roles(sessions: int) -> list[Roles]:
    """Every way of spreading an exercise over the sessions of a week: heavy at least once, light or left out in the others."""
    return [found for found in product((MAIN, LIGHT, NONE), repeat=sessions) if MAIN in found]


def arcs(setting: Setting) -> list[Arc]:
    """Every step that can be reached, in a fixed order: exercise, week, state."""
    found: list[Arc] = []
    for exercise in range(len(setting.request.exercises)):
        reached = {OFF_STATE}
        for week in range(len(setting.weeks)):
            steps = [Arc(exercise, week, before, after) for before in sorted(reached) for after in _after(setting, exercise, week, before)]
            reached = {arc.after for arc in steps}
            found += steps
    return found


def _after(setting: Setting, exercise: int, week: int, before: State) -> Iterator[State]:
    states = {OFF_STATE} | set(_candidates(setting, exercise, week, before))
    for state in sorted(states):
        if state == OFF_STATE or _allowed(setting, exercise, week, state):
            yield state


def _candidates(setting: Setting, exercise: int, week: int, before: State) -> Iterator[State]:
    name = setting.request.exercises[exercise].name
    cap = setting.standing.caps.get(name)
    if week == 0 and cap is not None:
        yield from _from_log(setting, exercise)
    elif before == OFF_STATE:
        if week > 0 or setting.standing.begin:
            # A week left out must not be a way around what the log leaves open.
            top = _start(setting, exercise, week) if cap is None else min(_start(setting, exercise, week), _capped(setting, exercise))
            yield from ((load, 0) for load in range(top + 1))
    else:
        yield from _steps(setting, exercise, before)


def _steps(setting: Setting, exercise: int, before: State) -> Iterator[State]:
    """One change up, or staying, or stepping down."""
    load, dose = before
    yield before
    if may_rise(setting, exercise, load):
        yield from ((load + 1, dose), (load + 1, 0))
    if dose + 1 < len(setting.request.exercises[exercise].doses):
        yield (load, dose + 1)
    if dose:
        yield (load, dose - 1)
    if load:
        yield from ((load - 1, dose), (load - 1, 0))


def _from_log(setting: Setting, exercise: int) -> Iterator[State]:
    """First week after a log: what its cap leaves."""
    spec = setting.request.exercises[exercise]
    cap = setting.standing.caps[spec.name]
    top = _capped(setting, exercise)
    if setting.standing.restart:
        top = min(top, _start(setting, exercise, 0))
    yield from ((load, dose) for load in range(top + 1) for dose in range(cap.dose + 1))
    exact = top >= 0 and abs(spec.loads_kg[top] - cap.load_kg) < 1e-9
    if cap.rises and not setting.standing.restart and exact:
        yield from _steps(setting, exercise, (top, cap.dose))


def _capped(setting: Setting, exercise: int) -> int:
    """Place of the largest load that the log leaves open."""
    spec = setting.request.exercises[exercise]
    return sum(load <= setting.standing.caps[spec.name].load_kg + 1e-9 for load in spec.loads_kg) - 1


def _start(setting: Setting, exercise: int, week: int) -> int:
    """Place of the largest load of a first week: half of the limit. An exercise without load may begin at any limit."""
    judged, loads = setting.judged[week][exercise], setting.request.exercises[exercise].loads_kg
    if judged.last < 0:
        return -1
    most = value("plan", "first_week", "share") * loads[judged.last]
    return sum(load <= most + 1e-9 for load in loads) - 1


def _allowed(setting: Setting, exercise: int, week: int, state: State) -> bool:
    """Whether a state is within the week's limits and not held back."""
    load, dose = state
    if load > setting.judged[week][exercise].last:
        return False
    spec = setting.request.exercises[exercise]
    held = setting.standing.held.get(spec.name)
    if held is None or setting.weeks[week] >= held.week:
        return True
    return spec.loads_kg[load] < held.load_kg - 1e-9 or (abs(spec.loads_kg[load] - held.load_kg) < 1e-9 and dose < held.dose)


def may_rise(setting: Setting, exercise: int, load: int) -> bool:
    """Whether one step of the equipment stays within the weekly rise of load and of peak compression."""
    loads = setting.request.exercises[exercise].loads_kg
    if load + 1 > setting.judged[-1][exercise].last:
        return False
    if loads[load] >= value("plan", "step", "heavy_kg") and loads[load + 1] > (1.0 + value("plan", "step", "load")) * loads[load]:
        return False
    return setting.rises(exercise, load)


def light(setting: Setting, exercise: int, state: State) -> State:
    """The dose of a light session beside a heavy one: a share of its load, the fewest repetitions where there is no such load."""
    spec = setting.request.exercises[exercise]
    most = value("plan", "session", "light") * spec.loads_kg[state[0]]
    below = [place for place in range(state[0]) if spec.loads_kg[place] <= most + 1e-9]
    return (below[-1], state[1]) if below else (state[0], 0)


def worth(setting: Setting, week: int, exercise: int, state: State, roles: Roles) -> float:
    """Value of a week: its heavy session and a part of every further one, and so for the goal in the last week.

    Sessions alike are worth what one state is worth, however many there are.
    """
    if state[0] == OFF:
        return 0.0
    spec, part = setting.request.exercises[exercise], value("plan", "objective", "session")
    main, less = (_session_worth(setting, exercise, one) for one in (state, light(setting, exercise, state)))
    full, again = 1.0 + part * (len(roles) - 1), part * (roles.count(MAIN) - 1)
    late = 1.0 + value("plan", "objective", "late") * (setting.weeks[week] + 1)
    found = ((1.0 + again) * main + part * roles.count(LIGHT) * less) / full * late
    if week == len(setting.weeks) - 1 and spec.name == setting.request.goal_exercise:
        found += (1.0 + again) / full * value("plan", "objective", "goal") * min(spec.loads_kg[state[0]], setting.request.goal_kg)
    # Equal plans are told apart by the order of exercises.
    return found * (1.0 + 1e-7 * (len(setting.request.exercises) - exercise))


def _session_worth(setting: Setting, exercise: int, state: State) -> float:
    spec = setting.request.exercises[exercise]
    more = 1.0 + value("plan", "objective", "repetition") * state[1]
    return spec.value * (value("plan", "objective", "start") + spec.loads_kg[state[0]] / value("plan", "objective", "load_kg")) * more


def dose_damage(setting: Setting) -> list[Array]:
    """Damage of the design person in one session, by exercise (loads, doses)."""
    found = []
    for place, spec in enumerate(setting.request.exercises):
        reps = np.array([sets * reps for sets, reps in spec.doses]) * spec.cycles
        found.append(setting.cycle_damage(place)[:, None] * reps)
    return found
