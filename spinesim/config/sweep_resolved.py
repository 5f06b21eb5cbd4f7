"""A sweep written out again, every key of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from spinesim.analysis.design import REPLACES, Summary, Sweep
from spinesim.analysis.keys import find
from spinesim.config.convert import posture_keys, resolved
from spinesim.config.factors import Factors
from spinesim.config.sweep_schema import SweepModel


def resolved_sweep(sweep: Sweep, model: SweepModel, said: Collection[str], factors: Factors) -> dict[str, Any]:
    """Everything written out, so that it reads as the same sweep.

    Sections and keys keep the order of the file, for it is the order of the rows. ``said`` are the keys that the base posture
    writes.
    """
    sampling = sweep.design.sampling
    table = model.table and {
        "file": model.table.file, "columns": {find(name).name: column for name, column in model.table.columns.items()},
        "sha256": model.table.sha256,
    }  # fmt: skip
    crossed = {"vary": {find(name).name: factors.specs[find(name).name] for name in model.vary}, "zip": factors.zipped, "table": table}
    sections: dict[str, Any] = {
        "title": sweep.title,
        "description": sweep.description,
        "base": _base(sweep, said),
        "postures": {n: posture_keys(p) | ({"carried": sweep.hands[n]} if n in sweep.hands else {}) for n, p in sweep.postures.items()},
        **{name: crossed[name] for name in factors.document.data if name in crossed},
        "derive": {key: expression.text for key, expression in sweep.design.derived.items()},
        "sampling": sampling and {"method": sampling.method, "samples": sampling.samples, "seed": sampling.seed},
        "outputs": [{o.variable: dict(o.selection)} if o.selection else o.variable for o in sweep.outputs],
        "summaries": [_summary(summary) for summary in sweep.summaries],
    }
    return {key: value for key, value in sections.items() if value or key == "base"}


def _base(sweep: Sweep, said: Collection[str]) -> dict[str, Any]:
    """The base case without what every row replaces: read again, it would be the same said in two ways."""
    case = resolved(sweep.subject, sweep.posture, sweep.load, sweep.exponent)
    varied = {find(key).field for key in sweep.design.keys if find(key).section == "posture"}
    replaced = {other for name in varied for other in REPLACES.get(name, ())}
    kept = (set(said) if sweep.postures else set(case["posture"])) - replaced
    case["posture"] = {key: value for key, value in case["posture"].items() if key in kept}
    if sweep.hands:
        case["load"] = {key: value for key, value in case["load"].items() if key != "hands"}
    return case


def _summary(summary: Summary) -> dict[str, Any]:
    kinds: dict[str, dict[str, Any]] = {
        "percentiles": {"percentiles": list(summary.percentiles)},
        "histogram": {"histogram": {"lo": summary.lo, "hi": summary.hi, "count": summary.count}},
        "worst": {"worst": summary.k},
    }
    return kinds[summary.kind] | ({"of": summary.variable} if summary.variable else {}) | ({"by": list(summary.by)} if summary.by else {})
