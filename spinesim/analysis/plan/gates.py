"""Gates of a week: scores of questionnaires, pain by traffic light with the 24 h rule, red flags.

An answer that is missing never opens a gate: pain that nobody noted repeats the week.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from spinesim.analysis.plan.inputs import RED_FLAGS, NoPlan
from spinesim.analysis.proms import change
from spinesim.analysis.proms import check as check_score
from spinesim.analysis.tolerance.data import value

# In rising order of consequence.
EVENTS: Final = ("green", "repeat", "reduce", "stop", "red_flag")
_SCORES: Final = ("odi", "rmdq", "psfs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One exercise of one day as it was done.

    Attributes
    ----------
    day
        From the first Monday of the plan.
    pain_before, pain, pain_24h, pain_48h
        NPRS 0 to 10 before, during, and one and two days after; ``None`` is unknown.
    odi, rmdq, psfs
        Scores of that day.
    """

    day: int
    exercise: str
    load_kg: float
    sets: int
    reps: int
    pain_before: float | None = None
    pain: float | None = None
    pain_24h: float | None = None
    pain_48h: float | None = None
    odi: float | None = None
    rmdq: float | None = None
    psfs: float | None = None
    red_flag: bool = False

    def __post_init__(self) -> None:
        for key in ("pain_before", "pain", "pain_24h", "pain_48h"):
            check_score("nprs", getattr(self, key), key)
        for key in _SCORES:
            check_score(key, getattr(self, key), key)
        for key, least, most in (("day", 0, 10_000), ("load_kg", 0, 200), ("sets", 0, 50), ("reps", 0, 5000)):
            given = getattr(self, key)
            if isinstance(given, bool) or not isinstance(given, (int, float)) or not least <= given <= most:
                raise ValueError(f"{key} = {given!r} is not a number from {least} to {most}")


def recovered(nprs: float, rmdq_score: float) -> bool:
    """Whether somebody counts as recovered (kamper2010)."""
    return nprs <= value("plan", "recovered", "nprs") and rmdq_score <= value("plan", "recovered", "rmdq")


def light(entry: Entry) -> str:
    """What one exercise of one day asks for, by its pain.

    0-3 and settled: green. 4-5 and back to what it was before within 48 h: repeat. 4-5 and not, or two points up and not
    back: reduce. From 6: stop. What is unknown is not settled, and a day without any note of pain is to be repeated.
    """
    if entry.red_flag:
        return "red_flag"
    after = [p for p in (entry.pain_24h, entry.pain_48h) if p is not None]
    known = [p for p in (entry.pain, *after) if p is not None]
    if not known:
        return "repeat"
    worst, before = max(known), entry.pain_before if entry.pain_before is not None else 0.0
    if worst > value("plan", "gate", "amber"):
        return "stop"
    settled = bool(after) and min(after) <= before
    if worst > value("plan", "gate", "green"):
        return "repeat" if settled else "reduce"
    risen = bool(after) and max(after) - before >= value("plan", "mic", "nprs")
    if risen and not settled:
        return "reduce"
    return "green" if after and entry.pain is not None else "repeat"


def week_event(entries: Sequence[Entry], sessions: int, baseline: Mapping[str, float]) -> str:
    """The gate of a week in which something was done: the worst light; missing sessions or a worse score repeat it."""
    events = [light(entry) for entry in entries]
    if len({entry.day for entry in entries}) < sessions:
        events.append("repeat")
    for name in _SCORES:
        scores = [given for entry in entries if (given := getattr(entry, name)) is not None]
        if scores and name in baseline and change(name, baseline[name], scores[-1]) == "worse":
            events.append("repeat")
    return max(events, key=EVENTS.index)


def baselines(entries: Sequence[Entry]) -> dict[str, float]:
    """First known score of each questionnaire."""
    found: dict[str, float] = {}
    for entry in entries:
        for name in _SCORES:
            if getattr(entry, name) is not None:
                found.setdefault(name, getattr(entry, name))
    return found


def red_flags(answers: Mapping[str, bool | None]) -> NoPlan | None:
    """Stop if a red flag is answered yes, or not at all."""
    yes = [flag for flag in RED_FLAGS if answers.get(flag) is True]
    open_ = [flag for flag in RED_FLAGS if answers.get(flag) is None]
    if yes:
        return NoPlan("red_flags", f"red flag: {_words(yes)}; no plan before a physician has seen the person")
    if open_:
        return NoPlan("red_flags", f"red flags not answered: {_words(open_)}; they come first")
    return None


def _words(names: Sequence[str]) -> str:
    return ", ".join(name.replace("_", " ") for name in names)
