"""A validation run as plain data and as text: what ``spinesim validate`` prints and its page shows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from spinesim.analysis.agreement import GROUPS, Agreement, Tally, by_group, calibration, overall
from spinesim.analysis.published import Answer, Result
from spinesim.io.json import finite
from spinesim.io.tables import table, wrap

Report = Mapping[str, Any]

_CASE_HEADS: Final = (
    ("", "case"), ("published", "value"), ("published", "spread"), ("counts", "as a hit"), ("model", "value"), ("model", "5 to 95 %"),
    ("", "verdict"),
)  # fmt: skip
_TALLY_HEADS: Final = (
    ("", "group"), ("hits", "cases"), ("hits", "figures"), ("model - published", "bias"), ("model - published", "limits"), ("", "r"),
    ("under", "%"), ("off by", "%"),
)  # fmt: skip
_SHOWN_CHARACTERS: Final = 30
_MOST_DECIMALS: Final = 4
LEGEND: Final = (
    "A case is a hit if every judged figure lies in its band. Bias and limits of agreement (1.96 SD) in the unit of the group, for all "
    "measurements in percent of the published; r: correlation, there of logarithms, which units of many sizes raise. Under: share "
    "of figures the model puts too low. Off by: mean absolute deviation from the published. Ranges and bounds can be hit, but have no "
    "part in these. Cases used for calibration, other models, and figures that repeat a measurement are not in 'All measurements'."
)


def report(results: Sequence[Result], not_asked: Sequence[Mapping[str, Any]], provenance: Mapping[str, Any], samples: int = 0) -> Report:
    """Everything about a validation run, ready for ``json.dumps(..., allow_nan=False)``.

    Parameters
    ----------
    results
        Of :func:`spinesim.analysis.validation.evaluate`, with bands or without.
    not_asked
        Published figures that are no case: ``figures``, ``what``, ``why``.
    provenance
        As made by :func:`spinesim.io.provenance.provenance`.
    samples
        Number of drawn models behind the percentiles.
    """
    return {
        "summary": _tally(overall(results)),
        "calibration": _tally(calibration(results)),
        "groups": {group: _tally(found) for group, found in by_group(results).items()},
        "cases": [case_object(result) for result in results],
        "not_asked": [dict(entry) for entry in not_asked],
        "samples": samples,
        "legend": LEGEND,
        "provenance": dict(provenance),
    }


def case_object(result: Result) -> dict[str, Any]:
    """One case with its points."""
    case = result.case
    texts = ("id", "title", "citation", "status", "group", "unit", "spread", "band", "because", "note", "repeats")
    return {
        **{name: getattr(case, name) for name in texts},
        "figures": list(case.figures),
        "used_for_calibration": bool(case.calibrates),
        "calibrated_parameter": case.calibrates or None,
        "over": list(case.over),
        "verdict": result.verdict,
        "points": [_point(answer) for answer in result.answers],
    }


def report_text(found: Report) -> str:
    """Cases by group and the tallies, at most 110 columns wide."""
    parts = [f"{GROUPS[group][0]}{_unit(cases)}\n\n{_case_table(cases)}" for group, cases in grouped(found)]
    faults = [wrap(f"- {case['id']}: {text}") for case in found["cases"] for text in _faults(case)]
    parts += ["No answer\n" + "\n".join(faults)] if faults else []
    closing = [table(_TALLY_HEADS, tally_rows(found)), wrap(LEGEND)]
    if count := sum(len(entry["figures"]) for entry in found["not_asked"]):
        closing.append(f"{count} published figures or families of figures are not asked; the page says why.")
    return "\n\n".join([*parts, *closing])


def grouped(found: Report) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Groups in their order, with their cases."""
    for group in GROUPS:
        if cases := [case for case in found["cases"] if case["group"] == group]:
            yield group, cases


def tally_rows(found: Report) -> list[list[str]]:
    """Cells of the table of agreement: groups, then all measurements, then what calibration used."""
    return [_tally_row(tally) for tally in (*found["groups"].values(), found["summary"], found["calibration"])]


def figure(value: float | None) -> str:
    """A number with three significant digits, a dash if there is none."""
    if value is None:
        return "-"
    digits = min(2 - math.floor(math.log10(abs(value))), _MOST_DECIMALS) if value else 0
    return f"{round(value, digits) + 0.0:.{max(0, digits)}f}"


def span(low: float | None, high: float | None) -> str:
    """A range, or its one end, in words."""
    if low is None or high is None:
        return "-" if low is high else f"at least {figure(low)}" if high is None else f"at most {figure(high)}"
    return f"{figure(low)} to {figure(high)}"


def place(point: Mapping[str, Any]) -> str:
    """Where a point was taken, as it is read."""
    words = [f"{value:g}" if isinstance(value, (int, float)) else str(value) for value in point["at"]]
    return ", ".join(dict.fromkeys(words))


def _case_table(cases: Sequence[Mapping[str, Any]]) -> str:
    rows = [row for case in cases for row in _case_rows(case)]
    drawn = any(row[5] not in ("", "-") for row in rows)
    keep = [index for index in range(len(_CASE_HEADS)) if drawn or index != 5]
    return table([_CASE_HEADS[i] for i in keep], [[row[i] for i in keep] for row in rows])


def _case_rows(case: Mapping[str, Any]) -> Iterator[list[str]]:
    mark = " (cal)" if case["used_for_calibration"] else ""
    if case["over"]:
        yield [case["id"], *[""] * 5, case["verdict"] + mark]
    for point in case["points"]:
        name = f"  {place(point)[:_SHOWN_CHARACTERS]}" if case["over"] else case["id"]
        published, verdict = point["published"], point["verdict"] + ("" if case["over"] else mark)
        spans = [span(published["lo"], published["hi"]), span(*point["band"])]
        yield [name, figure(published["value"]), *spans, figure(point["model"]), span(point["p5"], point["p95"]), verdict]


def _faults(case: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(point["fault"] for point in case["points"] if point["fault"]))


def _unit(cases: Sequence[Mapping[str, Any]]) -> str:
    units = [unit for unit in dict.fromkeys(case["unit"] for case in cases) if unit != "ratio"]
    return f", {' or '.join(units)}" if units else ""


def _point(answer: Answer) -> dict[str, Any]:
    point = answer.point
    return {
        "at": list(point.at),
        "published": {"value": point.value, "lo": point.low, "hi": point.high},
        "band": [finite(end) for end in point.band],
        "model": answer.value,
        "p5": answer.low,
        "p95": answer.high,
        "failed_samples": answer.failed,
        "verdict": answer.verdict,
        "judged": point.judged,
        "fault": answer.fault,
        "note": answer.note,
    }


def _tally(found: Tally) -> dict[str, Any]:
    counts = {name: value for name, value in asdict(found).items() if name not in ("absolute", "relative")}
    return {**counts, "absolute": _agreement(found.absolute), "relative_percent": _agreement(found.relative)}


def _agreement(found: Agreement) -> dict[str, Any] | None:
    return {name: finite(value) for name, value in asdict(found).items()} if found.count else None


def _tally_row(tally: Mapping[str, Any]) -> list[str]:
    own, relative = tally["absolute"], tally["relative_percent"]
    shown, unit = (own, tally["unit"]) if own else (relative, "%")
    hits = [f"{tally[f'{what}_hit']} of {tally[what]}" for what in ("cases", "figures")]
    if shown is None:
        return [tally["title"], *hits, *["-"] * 5]
    off = figure(relative["mean_absolute"]) if relative else "-"
    limits = span(shown["lower"], shown["upper"])
    r = "-" if shown["correlation"] is None else f"{shown['correlation']:.3f}"
    return [
        tally["title"],
        *hits,
        f"{figure(shown['bias'])} {unit}".removesuffix(" ratio"),
        limits,
        r,
        f"{100.0 * shown['under']:.0f}",
        off,
    ]
