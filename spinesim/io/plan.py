"""A plan as plain data and as text."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from spinesim.analysis.plan.builder import Built
from spinesim.analysis.plan.checker import Verdict
from spinesim.analysis.plan.inputs import DAYS, Dose, Session
from spinesim.analysis.plan.peaks import Load
from spinesim.analysis.plan.planning import Outcome
from spinesim.analysis.plan.replan import Standing
from spinesim.analysis.plan.rules import RULES
from spinesim.analysis.tolerance.data import tables, value
from spinesim.io.json import finite
from spinesim.io.tables import table, words, wrap
from spinesim.model.names import LEVELS

ALPHA: Final = (
    "An exceedance is the chance that this person's tissue yields below the load, given all that is known and unknown about person, tissue "
    "and model. It is mostly ignorance, not incidence: it is not a chance of injury."
)
FOR_WHOM: Final = "A model for professionals, not medical advice and not a medical device."
PROVISIONAL: Final = (
    "Weeks ahead are provisional: they use today's evidence, and later phases of a finding only if the gates stay green. Log every session "
    "and plan again each week."
)
BANDS: Final = (0.01, 0.05, 0.20)
BAND_WORDS: Final = ("below 1 %", "1-5 %", "5-20 %", "above 20 %")
_Z: Final = 1.6449
_TABLES: Final = ("plan", "rule", "fatigue", "compression")
_LEFT_OUT: Final = ("brinckmann", "density", "dortmund", "niosh_action")
_HEADS: Final = (("", "week"), ("exercise", ""), ("load", "kg"), ("sets x", "reps"), ("rest", "s"), ("days", ""))


def plan_json(outcome: Outcome, start: datetime.date, standing: Standing, provenance: Mapping[str, Any], title: str = "") -> dict[str, Any]:
    """A plan, or why there is none, as one object ready for ``json.dumps(..., allow_nan=False)``."""
    built, verdict = outcome.built, outcome.verdict
    told: dict[str, Any] = {
        "title": title,
        "status": "plan" if built else "no_safe_plan",
        "reason": None if outcome.none is None else {"rule": outcome.none.rule, "reason": outcome.none.reason},
        "start": start.isoformat(),
        "first_week": standing.week + 1,
        "gates": list(standing.events),
        "held": {name: {"load_kg": h.load_kg, "until_week": h.week + 1} for name, h in standing.held.items()},
        "sessions": [] if built is None else _sessions(built, start),
        "optimality_gap": None if built is None else built.gap,
        "weeks": [] if built is None or verdict is None else _weeks(built, verdict),
        "damage": None if built is None or verdict is None else _damage(built, verdict),
        "limits": [_bound(bound) for bound in outcome.bounds],
        "goal": _goal(outcome),
        "capacity": {} if built is None else {name: list(shares) for name, shares in built.plan.growth.items()},
        "checked_rules": dict(RULES),
        "violations": [] if verdict is None else [str(violation) for violation in verdict.violations],
        "evidence_and_assumptions": basis(),
        "notes": [PROVISIONAL, ALPHA, FOR_WHOM],
        "provenance": dict(provenance),
    }
    return finite(told)  # type: ignore[no-any-return]


def basis() -> list[dict[str, Any]]:
    """Numbers that decide a plan, with status and source: what is evidence and what is assumption."""
    return [
        {"number": f"{name}.{item}.{parameter}", "value": row.value, "unit": row.unit, "status": row.status, "source": row.source}
        for (name, item, parameter), row in tables().entries.items()
        if name in _TABLES and not item.startswith(_LEFT_OUT)
    ]


def band(probability: float) -> str:
    """A probability of damage as the band that may be told: its ranking is robust, its percentage is not."""
    return BAND_WORDS[sum(probability >= edge for edge in BANDS)]


def plan_text(answer: Mapping[str, Any]) -> str:
    """The plan for a terminal."""
    return "\n".join(_lines(answer))


def _lines(answer: Mapping[str, Any]) -> Iterator[str]:
    yield answer["title"] or "Plan"
    yield ""
    if answer["status"] != "plan":
        yield wrap(f"NO SAFE PLAN ({words(answer['reason']['rule'])}): {answer['reason']['reason']}")
    else:
        yield table(_HEADS, [row for week in answer["weeks"] for row in _week_rows(week)])
        yield ""
        yield from _weekly(answer)
    if answer["gates"]:
        yield wrap(f"Gates of the logged weeks: {', '.join(words(gate) for gate in answer['gates'])}.")
    for name, held in answer["held"].items():
        yield wrap(f"{words(name)} {held['load_kg']:g} kg provoked pain and stays out until week {held['until_week']}.")
    yield from (wrap(line) for line in bound_lines(answer))
    yield from (wrap(line) for line in goal_lines(answer))
    yield ""
    yield from (wrap(note) for note in answer["notes"])


def bound_lines(answer: Mapping[str, Any]) -> Iterator[str]:
    """What ends the load of each exercise."""
    for bound in answer["limits"]:
        allowed = "no load is allowed" if bound["allowed_kg"] is None else f"up to {bound['allowed_kg']:g} kg"
        why = words(bound["tissue"]) + (f" {bound['level']}" if bound["level"] else "")
        shown = ", demonstrated" if bound["demonstrated"] else ""
        yield f"{words(bound['exercise']).capitalize()}: {allowed}{shown}; then {why} ends it."


def goal_lines(answer: Mapping[str, Any]) -> Iterator[str]:
    """Whether the goal is reached, and what stands against it."""
    goal = answer["goal"]
    if goal is None:
        return
    planned = "not at all" if goal["planned_kg"] is None else f"{goal['planned_kg']:g} kg"
    reached = "reached" if goal["reached"] else "not reached"
    yield f"Goal {words(goal['exercise'])} {goal['load_kg']:g} kg: {reached}; the last week has {planned}."
    for refusal in goal["refused_by"]:
        where = f"{words(refusal['tissue'])} {refusal['level']}".rstrip()
        share = refusal["utilisation"]
        yield f"The goal is {'without an answer' if share is None else f'at {100 * share:.0f} % of the limit'} in {where}."
    if not goal["reached"]:
        levels = ", ".join(f"{words(name)} {'none' if kg is None else f'{kg:g} kg'}" for name, kg in goal["allowed_kg"].items())
        yield f"Largest load by level of protection: {levels}."
        yield (
            "What would change it: more confirmed and logged tasks as evidence, imaging instead of unknowns, another way of lifting, or "
            "another level of protection chosen by the professional."
        )


def _weekly(answer: Mapping[str, Any]) -> Iterator[str]:
    rows = [
        [str(week["week"]), f"{week['tissue']['load']:.0f}", f"{week['tissue']['tissue']} {week['tissue']['level']}",
         f"{100 * week['tissue']['utilisation']:.0f}", f"{100 * week['tissue']['exceedance']:.1f}", band(week["damage"]["probability"])]
        for week in ({**week, "tissue": max(week["tissues"], key=lambda t: t["utilisation"])} for week in answer["weeks"])
    ]  # fmt: skip
    heads = (("", "week"), ("peak", ""), ("limiting", "tissue"), ("used", "%"), ("exceedance", "%"), ("damage beyond budget", "so far"))
    yield table(heads, rows)
    damage = answer["damage"]
    low, high = damage["band"]
    yield ""
    yield wrap(
        f"Damage beyond its budget: {100 * damage['probability']:.1f} % ({damage['level']}), {band(damage['probability'])}; "
        f"{100 * low:.1f} to "
        f"{100 * high:.1f} % over the free constants; {100 * damage['background']:.1f} % without any session. An index, no rate."
    )


def _week_rows(week: Mapping[str, Any]) -> list[list[str]]:
    return [
        [
            "" if k else str(week["week"]),
            words(d["exercise"]),
            f"{d['load_kg']:g}",
            f"{d['sets']} x {d['reps']}",
            f"{d['rest_s']:g}",
            short_days(d["days"]),
        ]
        for k, d in enumerate(week["doses"])
    ]


def short_days(days: Sequence[str]) -> str:
    """Days of the week as they are read in a table."""
    return " ".join(day[:3].capitalize() for day in days)


def _sessions(built: Built, start: datetime.date) -> list[dict[str, Any]]:
    return [
        {"date": (start + datetime.timedelta(days=session.day)).isoformat(), "week": session.week + 1, "doses": _doses(session.doses)}
        for session in built.plan.sessions
    ]


def _doses(doses: Sequence[Dose]) -> list[dict[str, Any]]:
    return [{key: getattr(dose, key) for key in ("exercise", "load_kg", "sets", "reps", "rest_s")} for dose in doses]


def _by_day(sessions: Sequence[Session]) -> list[dict[str, Any]]:
    """The doses of a week with their days, those of an exercise together, the heaviest first."""
    days: dict[Dose, list[str]] = {}
    for session in sessions:
        for dose in session.doses:
            days.setdefault(dose, []).append(DAYS[session.day % 7])
    order = [dose.exercise for dose in days]
    together = sorted(days, key=lambda dose: (order.index(dose.exercise), -dose.load_kg, -dose.reps))
    return [told | {"days": days[dose]} for dose, told in zip(together, _doses(together), strict=True)]


def _weeks(built: Built, verdict: Verdict) -> list[dict[str, Any]]:
    damage = verdict.damage
    assert damage is not None  # a plan has weeks
    found = []
    for place, week in enumerate(built.setting.weeks):
        sessions = [session for session in built.plan.sessions if session.week == week]
        loads = [load for load in verdict.loads if load.week == week]
        if not sessions:
            continue
        level = int(damage.probability[place].argmax())
        spread = [float(damage.low[place].max()), float(damage.high[place].max())]
        told = {"probability": float(damage.probability[place, level]), "band": spread}
        found.append({"week": week + 1, "doses": _by_day(sessions), "tissues": [_load(load) for load in loads], "damage": told})
    return found


def _load(load: Load) -> dict[str, Any]:
    return {
        "tissue": load.tissue,
        "level": load.level,
        "exercise": load.exercise,
        "load": load.load,
        "unit": load.unit,
        "band": [load.load * math.exp(sign * _Z * load.spread) for sign in (-1.0, 1.0)],
        "limit": load.limit,
        "utilisation": load.utilisation,
        "exceedance": load.exceedance,
        "basis": "demonstrated" if load.demonstrated else "tolerance",
    }


def _damage(built: Built, verdict: Verdict) -> dict[str, Any]:
    damage = verdict.damage
    assert damage is not None  # a plan has weeks
    level = int(damage.probability[-1].argmax())
    return {
        "probability": float(damage.probability[-1, level]),
        "level": LEVELS[level],
        "band": [float(damage.low[-1].max()), float(damage.high[-1].max())],
        "background": float(damage.background.max()),
        "budget": value("plan", "damage", "alpha"),
        "design_person": {"linear": float(damage.linear[level]), "state_dependent": float(damage.state_dependent[level])},
        "by_level": dict(zip(LEVELS, damage.probability[-1].tolist(), strict=True)),
        "half_lives_d": built.setting.lives.tolist(),
    }


def _bound(bound: Any) -> dict[str, Any]:
    names = ("exercise", "allowed_kg", "next_kg", "tissue", "level", "demonstrated")
    return {name: getattr(bound, name) for name in names}


def _goal(outcome: Outcome) -> dict[str, Any] | None:
    goal = outcome.goal
    if goal is None:
        return None
    return {
        "exercise": goal.exercise,
        "load_kg": goal.load_kg,
        "planned_kg": goal.planned_kg,
        "reached": goal.reached,
        "refused_by": [{"tissue": tissue, "level": level, "utilisation": share} for tissue, level, share in goal.refused_by],
        "allowed_kg": goal.allowed_kg,
    }
