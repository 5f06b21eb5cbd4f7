"""Requests of the planner's tests, on the surrogate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from plan_surrogate import surrogate

from spinesim.analysis.demand import Demands
from spinesim.analysis.judged import Judged
from spinesim.analysis.plan import RED_FLAGS, Activity, Exercise, Recovery, Request
from spinesim.analysis.tissue_limits import Shown, limits_of
from spinesim.analysis.tolerance import Findings, Person

LIFTS = ((3, 8), (3, 10), (3, 12))
STEPS = ((3, 10), (3, 15), (3, 20))
NO_FLAGS = dict.fromkeys(RED_FLAGS, False)
GOOD_RECOVERY = Recovery(sleep_h=8.0, stress=False, bent_h=0.0, body_mass_index=23.0)
DAILY = (
    Activity(task="walk", times=8000.0, counts=False),
    Activity(task="chair", times=40.0),
    Activity(task="bend", times=30.0),
)
BULGE = Findings({}, {"L4-L5": "early"}, {}, {}, False, False, False, False)
WOMAN = Person(42.0, "female", BULGE)


def exercise(name: str, top_kg: int = 25, doses: Sequence[tuple[int, int]] = LIFTS, **changes: Any) -> Exercise:
    return Exercise(name=name, loads_kg=tuple(float(kg) for kg in range(top_kg + 1)), doses=tuple(doses), **changes)


FOUR = (exercise("partial_hinge"), exercise("hip_hinge"), exercise("squat_lift"), exercise("suitcase_carry", doses=STEPS))


def request(person: Person = WOMAN, exercises: Sequence[Exercise] = FOUR, **changes: Any) -> Request:
    given: dict[str, Any] = {
        "person": person,
        "goal_exercise": exercises[-1].name if len(exercises) < 3 else exercises[2].name,
        "goal_kg": 20.0,
        "exercises": tuple(exercises),
        "red_flags": NO_FLAGS,
        "daily_life": DAILY,
        "minutes": 90.0,
        "recovery": GOOD_RECOVERY,
    }
    return Request(**(given | changes))


def bent(change: Callable[[Demands], dict[str, Any]], task: str, load_kg: float, mass_kg: float = 65.0) -> Any:
    """The surrogate, other at one load of one task."""
    plain = surrogate(mass_kg)

    def loads(name: str, given: Sequence[float]) -> Demands:
        found = plain(name, given)
        if name != task or load_kg not in given:
            return found
        at = list(given).index(load_kg)
        copies = {key: np.array(getattr(found, key)) for key in change(found)}
        for key, value in change(found).items():
            copies[key][at] = value
        return replace(found, **copies)

    return loads


def bends(loads: Callable[..., Demands]) -> tuple[Shown, ...]:
    """Bending to the shoes, a habit."""
    return (Shown("bend", "daily_life", True, loads("bend", [0.0])),)


def last(person: Person, protection: str, count: float, shown: Sequence[Shown], asked: Demands) -> int:
    """Place of the largest allowed load by the rule of the safe load."""
    return Judged.of(asked, limits_of(person, protection, shown, count), shown).count - 1
