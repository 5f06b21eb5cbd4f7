"""What a plan is made from: person, exercises, tolerated days, recovery; and what a plan is. Plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from spinesim.analysis.demand import Demands
from spinesim.analysis.tolerance import Person
from spinesim.analysis.tolerance.data import known, value
from spinesim.analysis.tolerance.rule import EVIDENCE_KINDS, protection

RED_FLAGS: Final = (
    "recent_trauma",
    "fever",
    "unexplained_weight_loss",
    "cancer",
    "bladder_or_bowel_change",
    "saddle_numbness",
    "progressive_weakness",
    "osteoporosis_with_new_pain",
    "pregnancy_with_symptoms",
)
DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


# What numbers of a request may be, for the messages of what is refused and for the schema of its file.
RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "load_kg": (0.0, 200.0),
    "times": (0.0, 50_000.0),
    "days": (1, 7),
    "sleep_h": (0.0, 16.0),
    "bent_h": (0.0, 16.0),
    "body_mass_index": (0.0, 70.0),
    "minutes": (5.0, 240.0),
    "hours_after_rising": (0.0, 24.0),
    "weeks": (value("plan", "weeks", "least"), value("plan", "weeks", "most")),
    "positive": (0.0, 3600.0),
}

Loads = Callable[[str, Sequence[float]], Demands]  # name of a task and loads in kg, rising


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """An exercise as it may be planned.

    Attributes
    ----------
    name
        What is asked of the model.
    loads_kg
        Loads that the equipment gives, rising.
    doses
        Sets and repetitions, rising.
    rest_s, seconds_per_rep
        Between sets, and of one repetition.
    value
        Weight among exercises.
    cycles
        Loading cycles of a repetition.
    """

    name: str
    loads_kg: tuple[float, ...]
    doses: tuple[tuple[int, int], ...]
    rest_s: float = 60.0
    seconds_per_rep: float = 5.0
    value: float = 1.0
    cycles: float = 1.0

    def __post_init__(self) -> None:
        _rising(f"exercises.{self.name}.loads_kg", self.loads_kg, 0.0)
        _rising(f"exercises.{self.name}.doses", [s * n for s, n in self.doses], 1.0)
        for key in ("rest_s", "seconds_per_rep", "value", "cycles"):
            _positive(f"exercises.{self.name}.{key}", getattr(self, key))

    def seconds(self, dose: int) -> float:
        """Time that a dose takes, the rest after every set included."""
        sets, reps = self.doses[dose]
        return sets * (reps * self.seconds_per_rep + self.rest_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A task of ordinary days.

    Attributes
    ----------
    times, days
        Times a day, and days a week.
    counts
        Whether it is a loading in the daily count of shear; steps of walking are none.
    shown
        The task as it counts as tolerated, where that is another one: a pace that nobody told is fast as damage and slow as
        evidence.
    confirmed_day
        Day of the plan on which the person last said that it is tolerated; -1 is before it.
    """

    task: str
    times: float
    load_kg: float = 0.0
    days: int = 7
    counts: bool = True
    shown: str = ""
    confirmed_day: int = -1

    def __post_init__(self) -> None:
        for key in ("times", "load_kg", "days"):
            _between(f"{self.task}.{key}", getattr(self, key), *RANGES[key])


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A task tolerated now with a load, after the last event; ``weekly`` for at least four weeks without flare gives the floor.

    ``confirmed_day`` as in :class:`Activity`.
    """

    task: str
    load_kg: float = 0.0
    kind: str = "daily_life"
    weekly: bool = True
    confirmed_day: int = -1

    def __post_init__(self) -> None:
        known(f"{self.task}.kind", self.kind, EVIDENCE_KINDS)
        _between(f"{self.task}.load_kg", self.load_kg, *RANGES["load_kg"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What slows recovery; ``None`` is unknown."""

    sleep_h: float | None = None
    stress: bool | None = None
    bent_h: float | None = None
    body_mass_index: float | None = None

    def __post_init__(self) -> None:
        for key in ("sleep_h", "bent_h", "body_mass_index"):
            if getattr(self, key) is not None:
                _between(f"recovery.{key}", getattr(self, key), *RANGES[key])
        if self.stress is not None and not isinstance(self.stress, bool):
            raise TypeError(f"recovery.stress: {self.stress!r} is neither true, false nor unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """All that a plan is asked with.

    Attributes
    ----------
    person
        Findings as they are at the start; a bulge ``early`` becomes ``late`` after six weeks with green gates.
    goal_exercise, goal_kg
        What is to be lifted at the end.
    red_flags
        Answer to every one of :data:`RED_FLAGS`; ``None`` is not answered.
    daily_life
        Confirmed by the person and tolerated: damage and evidence.
    job
        Adds damage only, never evidence.
    proofs
        Further tolerated tasks.
    days
        Weekdays of sessions, 0 is Monday.
    minutes, hours_after_rising
        Longest session, and when it begins.
    supervised
        Whether a professional watches; raises the q of a log of twelve weeks.
    """

    person: Person
    goal_exercise: str
    goal_kg: float
    exercises: tuple[Exercise, ...]
    red_flags: Mapping[str, bool | None]
    weeks: int = 10
    protection: str = "standard"
    daily_life: tuple[Activity, ...] = ()
    job: tuple[Activity, ...] = ()
    proofs: tuple[Proof, ...] = ()
    days: tuple[int, ...] = (0, 2, 4)
    minutes: float = 60.0
    hours_after_rising: float = 2.0
    recovery: Recovery = field(default_factory=Recovery)
    supervised: bool = False

    def __post_init__(self) -> None:
        protection(self.protection)
        names = [exercise.name for exercise in self.exercises]
        if not 1 <= len(set(names)) == len(names):
            raise ValueError("exercises: expected at least one, each once")
        known("goal.exercise", self.goal_exercise, tuple(names))
        _between("goal.load_kg", self.goal_kg, *RANGES["load_kg"])
        _between("weeks", self.weeks, *RANGES["weeks"])
        _between("sessions.minutes", self.minutes, *RANGES["minutes"])
        _between("sessions.hours_after_rising", self.hours_after_rising, *RANGES["hours_after_rising"])
        _days(self.days)
        for flag, answer in self.red_flags.items():
            known("red_flags", flag, RED_FLAGS)
            if answer is not None and not isinstance(answer, bool):
                raise TypeError(f"red_flags.{flag}: {answer!r} is neither true, false nor unknown")

    def exercise(self, name: str) -> Exercise | None:
        """The exercise of a name, if it is among those of the request."""
        return next((exercise for exercise in self.exercises if exercise.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """One exercise of a session."""

    exercise: str
    load_kg: float
    sets: int
    reps: int
    rest_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What is done on a day, counted from the first Monday of the plan (0)."""

    day: int
    doses: tuple[Dose, ...]

    @property
    def week(self) -> int:
        """From 0."""
        return self.day // 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Sessions of all weeks; ``growth`` is the capacity a plan credits, by tissue and week, over that of today."""

    weeks: int
    sessions: tuple[Session, ...]
    growth: Mapping[str, tuple[float, ...]]

    def loads_kg(self, exercise: str) -> list[float | None]:
        """Largest load of each week."""
        found: list[float | None] = [None] * self.weeks
        for session in self.sessions:
            for dose in session.doses:
                if dose.exercise == exercise:
                    found[session.week] = max(found[session.week] or 0.0, dose.load_kg)
        return found


@dataclass(frozen=True, slots=True)
class NoPlan:
    """No safe plan, an answer like any other: the rule that stands against it, and why."""

    rule: str
    reason: str


def _days(days: tuple[int, ...]) -> None:
    if not days or list(days) != sorted(set(days)) or not set(days) <= set(range(7)):
        raise ValueError(f"sessions.days = {days} is no rising list of weekdays 0 to 6")
    least = value("plan", "session", "rest_h") / 24.0
    gaps = [(b - a) % 7 or 7 for a, b in zip(days, (*days[1:], days[0]), strict=True)]
    if min(gaps) < least:
        raise ValueError(f"sessions.days: two sessions within {min(gaps)} day; expected at least {least:g} days between them")


def _between(key: str, given: Any, low: float, high: float) -> None:
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        raise TypeError(f"{key}: {given!r} is not a number")
    if not low <= given <= high:
        raise ValueError(f"{key} = {given:g} is outside the range {low:g} to {high:g}")


def _positive(key: str, given: Any) -> None:
    _between(key, given, *RANGES["positive"])
    if not given > 0.0:
        raise ValueError(f"{key} = {given:g} is outside the range above 0")


def _rising(key: str, given: Sequence[float], least: float) -> None:
    for number in given:
        _between(key, number, least, 10_000.0)
    if not given or any(a >= b for a, b in pairwise(given)):
        raise ValueError(f"{key}: {list(given)} does not rise")
