"""Refits the passive joint and writes it: ``python -m spinesim.cli.calibrate [--write]``.

Without ``--write`` it only reports. With it, the values and SDs go into ``geometry/adult``, correlations into ``correlations.csv``
there, the report into ``docs/calibration.md``; facet gaps and resting tone, which follow, are set anew.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import numpy as np

from spinesim.analysis import calibration
from spinesim.analysis.calibration import ALL_LEVELS, Fit, Parameter
from spinesim.analysis.reference_fit import facet_gaps, resting_tone
from spinesim.cli.rebuild_geometry import set_values, write_table
from spinesim.io.atomic import write_bytes
from spinesim.model.anatomy import SpineModel
from spinesim.model.data import data_dir

REPORT = Path(__file__).resolve().parents[2] / "docs" / "calibration.md"
LEAST_CORRELATION = 0.05
LARGEST_SPREAD = 0.5  # of the value, where it cannot be negative
_PAGE = """# Calibration of the passive joint

Written by `python -m spinesim.cli.calibrate --write`; the method is in `spinesim/analysis/calibration.py`. Disc, ligaments and facets are
fitted as the one joint that laboratories measured. Half the sum of squares, in units of the SD of the fit: {before:.1f} with the values
before, {after:.1f} with those found.

## Experiments

SD: how far the mean may be missed. Spread: between specimens. Miss: in SD. `recalled` figures are weak priors, nothing more.

{experiments}

## Parameters

Range: published, or derived as the note in `fit_ranges.csv` says. Spread: what the experiments' spread between specimens leaves of that
range; it is the SD of the tables, and parameters vary together from person to person (`correlations.csv`). Most sensitive: the
experiments that the parameter moves most.

{parameters}
"""
STRONGEST = 3


@click.command()
@click.option("--write", is_flag=True, help="Write the values, not only the report to the terminal.")
def main(write: bool) -> None:
    """Fit disc, ligaments and facets to the experiments of the geometry set."""
    folder = data_dir("geometry") / "adult"
    experiments, parameters = calibration.read_experiments(folder), calibration.read_parameters(folder)
    found = calibration.fit(SpineModel.load(folder), experiments, parameters, progress=_shown if sys.stderr.isatty() else None)
    text = report(found)
    click.echo(text)
    if not write:
        return
    write_values(folder, found)
    model = SpineModel.load(folder)
    set_values(folder / "facets.csv", {(level, "gap"): {"value": f"{gap:.3f}"} for level, gap in facet_gaps(model).items()})
    set_values(folder / "muscle_law.csv", {("tone", "resting_tone"): {"value": f"{resting_tone(SpineModel.load(folder)):.5f}"}})
    write_bytes(REPORT, text.encode())


def _shown(count: int, misfit: float) -> None:
    click.echo(f"\r{count} evaluations, misfit {misfit:.2f}  ", nl=False, err=True)


def write_values(folder: Path, found: Fit) -> None:
    """Values and SDs into their tables, correlations into their own."""
    model = SpineModel.load(folder)
    changed: dict[str, dict[tuple[str, str], dict[str, str]]] = {}
    for parameter, value, spread in zip(found.parameters, found.values, found.spread, strict=True):
        for table, item, name in model.tables.entries:
            if (table, name) != (parameter.table, parameter.name) or parameter.item not in (item, ALL_LEVELS):
                continue
            factor = calibration.level_factor(model, parameter, item)
            # At the end of a range the posterior is one-sided, which an SD cannot say.
            spread = min(spread, LARGEST_SPREAD * value) if parameter.lo > 0.0 else spread
            changed.setdefault(table, {})[item, name] = {"value": f"{value * factor:.4g}", "sd": f"{spread * factor:.3g}"}
    for table, rows in changed.items():
        set_values(folder / f"{table}.csv", rows)
    write_table(folder / "correlations.csv", list(_correlations(found)))


def _correlations(found: Fit) -> Iterator[dict[str, str]]:
    """Pairs of parameters that one experiment ties together; a value of all levels has no row of its own."""
    own = [i for i, p in enumerate(found.parameters) if p.item != ALL_LEVELS]
    for a, i in enumerate(own):
        for j in own[a + 1 :]:
            if abs(found.correlation[i, j]) >= LEAST_CORRELATION:
                first, other = found.parameters[i], found.parameters[j]
                yield {
                    **dict(zip(("table", "item", "parameter"), (first.table, first.item, first.name), strict=True)),
                    **dict(zip(("other_table", "other_item", "other_parameter"), (other.table, other.item, other.name), strict=True)),
                    "correlation": f"{found.correlation[i, j]:.3f}",
                }


def report(found: Fit) -> str:
    """The fit as a page of Markdown."""
    before, after = found.misfit
    experiment_heads = ("experiment", "published", "SD", "spread", "before", "model", "miss", "unit", "source", "status")
    parameter_heads = ("parameter", "from", "to", "before", "value", "spread", "", "most sensitive")
    return _PAGE.format(
        before=before,
        after=after,
        experiments="\n".join(_markdown(experiment_heads, _experiment_rows(found))),
        parameters="\n".join(_markdown(parameter_heads, _parameter_rows(found))),
    )


def _experiment_rows(found: Fit) -> Iterator[tuple[str, ...]]:
    for e, before, after in zip(found.experiments, found.before, found.after, strict=True):
        numbers = (f"{v:.3g}" for v in (e.value, e.sd, e.spread, before, after))
        yield e.name, *numbers, f"{(after - e.value) / e.sd:+.1f}", e.unit, e.source, e.status


def _parameter_rows(found: Fit) -> Iterator[tuple[str, ...]]:
    for k, (p, start, value, spread) in enumerate(zip(found.parameters, found.start, found.values, found.spread, strict=True)):
        order = np.argsort(-np.abs(found.sensitivity[:, k]))[:STRONGEST]
        strongest = ", ".join(found.experiments[i].name for i in order)
        yield p.label, *(f"{v:.4g}" for v in (p.lo, p.hi, start, value)), f"{spread:.2g}", _at_end(p, value), strongest


def _at_end(parameter: Parameter, value: float) -> str:
    margin = 0.005 * (parameter.hi - parameter.lo)
    return "at its end" if not parameter.lo + margin < value < parameter.hi - margin else ""


def _markdown(heads: Sequence[str], rows: Iterator[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (heads, ["---"] * len(heads), *rows)]


if __name__ == "__main__":
    main()
