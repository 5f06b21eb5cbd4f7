"""A comparison of cases as plain data, and as text for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from spinesim.analysis.compare import COMPARED, OUTER, Solved, difference
from spinesim.io.json import UNITS, finite, stability_to_json
from spinesim.io.provenance import DISCLAIMER, SIGNS
from spinesim.io.tables import number, table, wrap
from spinesim.model.names import LEVELS

_HEADS: Final = (
    ("", "level"), ("compression", "net N"), ("compression", "disc N"), ("pressure", "MPa"), ("anterior", "shear N"),
    ("lateral", "shear N"),
    ("facets", "left N"), ("facets", "right N"),
)  # fmt: skip


def comparison_to_json(cases: Sequence[Solved], provenances: Sequence[Mapping[str, Any]], samples: int, seed: int) -> dict[str, Any]:
    """Cases and their differences from the first as one object of plain values, ready for ``json.dumps(..., allow_nan=False)``."""
    first = cases[0]
    answer = {
        "cases": [_case(case, provenance) for case, provenance in zip(cases, provenances, strict=True)],
        "differences": [
            {"of": case.item.name, "from": first.item.name, "levels": _differences(first, case), "critical_gain": _gains(first, case)}
            for case in cases[1:]
        ],
        "samples": samples, "seed": seed, "percentiles": list(OUTER),
        "notes": [SIGNS, DISCLAIMER], "units": UNITS,
    }  # fmt: skip
    return {key: finite(value) for key, value in answer.items()}


def comparison_text(answer: Mapping[str, Any]) -> str:
    """Tables of all cases, then of the differences, at most 110 columns wide."""
    parts = []
    for case in answer["cases"]:
        beyond = "" if case["validated"] else "; NOT VALIDATED: an input lies outside the range that was compared with measurements"
        parts.append(f"{case['name']}: {case['status']}{beyond}{_stable(case['stability'])}")
        parts.append(
            table(_HEADS, [[name, *(number(level[key], _digits(key)) for key in COMPARED)] for name, level in case["levels"].items()])
        )
    for item in answer["differences"]:
        parts.append(f"{item['of']} less {item['from']}{_steadier(item['critical_gain'])}")
        parts.append(table(_HEADS, [[name, *(_told(level[key], key) for key in COMPARED)] for name, level in item["levels"].items()]))
    if answer["samples"]:
        parts.append(f"* where 95 % of {answer['samples']} models, drawn alike for all cases (seed {answer['seed']}), agree on the sign")
    return "\n\n".join(part if "\n" in part else wrap(part) for part in (*parts, *answer["notes"]))


def _case(case: Solved, provenance: Mapping[str, Any]) -> dict[str, Any]:
    loads = {name: take(case.solution) for name, take in COMPARED.items()}
    levels = {level: {name: float(values[k]) for name, values in loads.items()} for k, level in enumerate(LEVELS)}
    return {
        "name": case.item.name, "status": case.solution.status_name, "validated": bool(case.solution.validated), "levels": levels,
        "stability": None if case.stability is None else stability_to_json(case.stability), "provenance": dict(provenance),
    }  # fmt: skip


def _differences(first: Solved, other: Solved) -> dict[str, Any]:
    found = {name: difference(first, other, name) for name in COMPARED}
    return {
        level: {
            name: {"value": float(d.value[k]), "low": float(d.low[k]), "high": float(d.high[k]), "same_sign": float(d.same_sign[k])}
            for name, d in found.items()
        }
        for k, level in enumerate(LEVELS)
    }


def _gains(first: Solved, other: Solved) -> dict[str, float | None] | None:
    """The gain that stability needs, before and after; ``None`` where a case has no stability."""
    if first.stability is None or other.stability is None:
        return None
    before, after = first.stability.critical_gain, other.stability.critical_gain
    return {"from": before, "to": after, "relative": after / before - 1.0 if before > 0.0 else float("nan")}


def _steadier(gains: Mapping[str, float | None] | None) -> str:
    if gains is None or gains["from"] is None or gains["to"] is None:
        return ""
    part = "" if gains["relative"] is None else f" ({100 * gains['relative']:+.0f} %)"
    way = "less" if gains["to"] > gains["from"] else "more"
    return f"; {way} stable: needs a gain of {gains['to']:.1f} instead of {gains['from']:.1f}{part}"


def _told(one: Mapping[str, float | None], key: str) -> str:
    digits = _digits(key)
    value = one["value"]
    signed = "-" if value is None else f"{round(value, digits) + 0.0:+.{digits}f}"
    if one["low"] is None or one["same_sign"] is None:
        return signed
    sure = "*" if one["same_sign"] >= 0.95 else " "
    return f"{signed}{sure}"


def _digits(key: str) -> int:
    return 2 if key.endswith("MPa") else 0


def _stable(told: Mapping[str, Any] | None) -> str:
    if told is None:
        return ""
    gain = "none is enough" if told["critical_gain"] is None else number(told["critical_gain"], 1)
    return f"; critical gain of stability {gain}"
