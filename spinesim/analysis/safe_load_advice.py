"""What would change an answer: the same loads judged again under one other assumption at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from spinesim.analysis.safe_load import Change, Query, SafeLoad, steps_of
from spinesim.analysis.tolerance import Findings
from spinesim.analysis.tolerance.data import value

_NEXT = {"strict": ("standard", "cautious_work"), "standard": ("cautious_work",)}


def advice(query: Query, found: SafeLoad) -> Iterator[Change]:
    """Changes that allow more, and by how much."""
    if found.outcome == "refused" or query.findings.red_flags:
        return
    for what, other in _others(query):
        answer = other.answer(full=False)
        if steps_of(answer) > steps_of(found):
            yield Change(what, answer.outcome, answer.modelled_limit_kg)


def _others(query: Query) -> Iterator[tuple[str, Query]]:
    task = query.task
    slow = value("safe_load", "pace", "slow")
    if task.dynamic_factor > slow:
        what = f"lifting slowly, two seconds up and two down (dynamic factor {slow:g})"
        yield what, replace(query, task=replace(task, dynamic_factor=slow))
    if None in vars_of(query.findings).values():
        yield "the unknown findings examined and absent", replace(query, findings=examined(query.findings))
    if query.loadings > value("tissues", "shear", "occasional_to"):
        yield "at most 100 loadings of the spine a day", replace(query, daily_loadings=0.0, reps=0.0)
    if any(item.counted_as != "supervised_training" or not item.habit for item in query.evidence):
        weeks = value("safe_load", "evidence", "supervised_weeks")
        kept = tuple(replace(item, kind="supervised_training", weeks=max(item.weeks or 0.0, weeks), times_a_day=item.times_a_day or 1.0)
                     for item in query.evidence)  # fmt: skip
        yield "the tolerated tasks done and logged for 12 supervised weeks without flare-up", replace(query, evidence=kept)
    for level in _NEXT.get(query.protection, ()):
        what = f"protection {level} (alpha {100 * value('rule', level, 'alpha'):g} %), chosen by the clinician"
        yield what, replace(query, protection=level)


def vars_of(findings: Findings) -> dict[str, object]:
    """Every finding by name."""
    return {name: getattr(findings, name) for name in Findings.__dataclass_fields__}


def examined(findings: Findings) -> Findings:
    """The same with what is unknown examined and absent."""
    absent = vars_of(Findings.none())
    return Findings(**{name: absent[name] if told is None else told for name, told in vars_of(findings).items()})  # type: ignore[arg-type]
