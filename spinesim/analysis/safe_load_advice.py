"""What would change an answer: the same loads judged again under one other assumption at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from spinesim.analysis.safe_load import Change, Query, SafeLoad, steps_of
from spinesim.analysis.tissue_limits import EXAMINED, SCAN
from spinesim.analysis.tolerance.data import value
from spinesim.analysis.tolerance.person import examined

_NEXT = {"strict": ("standard", "cautious_work"), "standard": ("cautious_work",)}


def advice(query: Query, found: SafeLoad) -> Iterator[Change]:
    """Changes that allow more, and by how much; what does not help, or is so already, is not named."""
    if found.outcome == "refused":
        return
    for what, other in _others(query):
        answer = other.answer(full=False)
        if steps_of(answer) > steps_of(found):
            yield Change(what, answer.outcome, answer.modelled_limit_kg)


def _others(query: Query) -> Iterator[tuple[str, Query]]:
    slow = value("safe_load", "pace", "slow")
    what = f"lifting slowly, two seconds up and two down (dynamic factor {slow:g})"
    yield what, replace(query, task=replace(query.task, dynamic_factor=slow))
    yield f"{SCAN}, if that confirms the median strength", replace(query, scanned=True)
    yield f"{EXAMINED} and absent", replace(query, findings=examined(query.findings))
    few = value("tissues", "shear", "occasional_to")
    yield f"at most {few:g} loadings of the spine a day", replace(query, daily_loadings=few, reps=0.0)
    weeks, weekly = (value("safe_load", "evidence", name) for name in ("supervised_weeks", "weekly"))
    kept = tuple(replace(item, kind="supervised_training", weeks=weeks, times_a_day=item.times_a_day or weekly) for item in query.evidence)
    yield f"the tolerated tasks done and logged for {weeks:g} supervised weeks without flare-up", replace(query, evidence=kept)
    for level in _NEXT.get(query.protection, ()):
        what = f"protection {level} (alpha {100 * value('rule', level, 'alpha'):g} %), chosen by the clinician"
        yield what, replace(query, protection=level)
