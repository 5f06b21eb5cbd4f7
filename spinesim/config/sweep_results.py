"""Which results a sweep keeps: outputs and their summaries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from spinesim.analysis.design import Output, Summary
from spinesim.analysis.keys import PRESET
from spinesim.config.document import Path_
from spinesim.config.errors import did_you_mean, shown
from spinesim.config.factors import Factors
from spinesim.config.sweep_schema import HistogramSpec, PercentilesSpec, SweepModel
from spinesim.model.anatomy import SpineModel
from spinesim.model.layout import CONTACTS
from spinesim.model.names import AXES, HIP_AXES, LEVELS, LIGAMENTS, ROTATIONS, SIDES
from spinesim.solver.variables import VARIABLES

# Results that every sweep keeps, whatever it asks for.
ALWAYS: Final = ("status", "validated")

_LABELS: Final = {
    "level": LEVELS,
    "side": SIDES,
    "axis": AXES,
    "rotation": ROTATIONS,
    "ligament": LIGAMENTS,
    "hip_axis": HIP_AXES,
    "contact": CONTACTS,
}


def labels(axis: str) -> tuple[str, ...]:
    """Names of the places along an axis of results."""
    return _LABELS[axis] if axis in _LABELS else SpineModel.default().fascicles


def read_outputs(model: SweepModel, factors: Factors) -> Iterator[Output]:
    """Results to keep; status and validated are kept anyway."""
    seen = set()
    for i, spec in enumerate(model.outputs):
        variable, selection = (spec, {}) if isinstance(spec, str) else next(iter(spec.items()))
        place: Path_ = ("outputs", i) if isinstance(spec, str) else ("outputs", i, variable)
        if variable not in VARIABLES:
            hint = did_you_mean(variable, tuple(VARIABLES), 0.5)
            factors.fault(place, shown(variable), "a result, as listed in docs/results.md", hint, key=not isinstance(spec, str))
            continue
        faults = len(factors.problems)
        for axis, label in selection.items():
            _judge_selection(variable, axis, label, (*place, axis), factors)
        output = Output(variable, {axis: selection[axis] for axis in VARIABLES[variable].dims if axis in selection})
        if output.name in seen:
            factors.fault(place, f"{output.name} a second time", "every result once", key=not isinstance(spec, str))
        elif len(factors.problems) == faults and variable not in ALWAYS:
            seen.add(output.name)
            yield output


def _judge_selection(variable: str, axis: str, label: str, place: Path_, factors: Factors) -> None:
    dims = VARIABLES[variable].dims
    if axis not in dims:
        expected = f"an axis of {variable} ({', '.join(dims)})" if dims else f"no axis, for {variable} is one number"
        factors.fault(place, shown(axis), expected, did_you_mean(axis, dims, 0.5), key=True)
    elif label not in labels(axis):
        few = labels(axis)[:8]
        factors.fault(
            place,
            shown(label),
            f"one of {', '.join(few)}{' and so on' if len(labels(axis)) > 8 else ''}",
            did_you_mean(label, labels(axis), 0.5),
        )


def read_summaries(model: SweepModel, outputs: set[str], factors: Factors) -> Iterator[Summary]:
    """Summaries, of outputs by name and for each value of crossed factors."""
    by_factor = {key for factor in factors.crossed for key in factor.keys}
    for i, spec in enumerate(model.summaries):
        if spec.of and spec.of not in outputs:
            hint = did_you_mean(spec.of, sorted(outputs), 0.5)
            factors.fault(("summaries", i, "of"), shown(spec.of), f"one of the outputs ({', '.join(sorted(outputs)[:8])})", hint)
        by = tuple(PRESET if key == "posture" else key for key in spec.by)
        for j, key in enumerate(by):
            if key not in by_factor or key in by[:j]:
                told = f"a key of vary, zip or table with given values, once ({', '.join(sorted(by_factor)[:8]) or 'there is none'})"
                factors.fault(("summaries", i, "by", j), shown(key), told, did_you_mean(key, sorted(by_factor), 0.5))
        if isinstance(spec, HistogramSpec):
            bins = spec.histogram
            if not bins.lo < bins.hi:
                factors.fault(("summaries", i, "histogram", "hi"), f"{bins.hi:g}", f"more than lo, which is {bins.lo:g}")
            yield Summary(kind="histogram", variable=spec.of, lo=bins.lo, hi=bins.hi, count=bins.count, by=by)
        elif isinstance(spec, PercentilesSpec):
            yield Summary(kind="percentiles", variable=spec.of, percentiles=tuple(spec.percentiles), by=by)
        else:
            yield Summary(kind="worst", variable=spec.of, k=spec.worst, by=by)
