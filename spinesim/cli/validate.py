"""``spinesim validate``: the model beside every published case."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinesim.cli.errors import CONFIG, NOT_CONVERGED, Failure, reported
from spinesim.cli.files import PATH, check_outputs, write_all
from spinesim.cli.progress import counted

if TYPE_CHECKING:
    from spinesim.analysis.published import Case, Result


@click.command("validate")
@click.option("--only", metavar="GLOB", help="Only cases whose id or group matches, e.g. 'wilke-*' or in_vivo_pressure.")
@click.option("--list", "listed", is_flag=True, help="List the cases without asking the model.")
@click.option("--cases", type=PATH, metavar="DIR", help="A folder of cases instead of those that come with spinesim.")
@click.option("--uncertainty", type=click.IntRange(min=0), default=0, metavar="N", help="Percentiles over N models with drawn parameters.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of the drawn parameters.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@click.option("-o", "--output", type=PATH, metavar="F.html", help="Write one HTML page with plots that needs no network.")
def command(only: str | None, listed: bool, cases: Path | None, uncertainty: int, seed: int, as_json: bool, output: Path | None) -> None:
    """The model beside published experiments: hits and misses, bias, limits of agreement, correlation.

    \b
    spinesim validate
    spinesim validate --only 'wilke-*' -o out/validation.html

    Exit codes: 0 all cases were computed, hit or miss; 2 usage or a fault in a case; 4 a case cannot be computed; 6 file.
    """  # noqa: D301
    with reported():
        check_outputs((output,))
        from spinesim.config.evidence import load_cases, load_not_asked

        chosen = _chosen(load_cases(cases), only)
        if listed:
            click.echo(_listing(chosen))
            return
        results, provenance = _run(chosen, uncertainty, seed)
        from spinesim.io.evidence import report, report_text

        found = report(results, [entry.model_dump() for entry in load_not_asked(cases)], provenance, uncertainty)
        write_all((output, lambda: _page(found)))
        click.echo(json.dumps(found, allow_nan=False, indent=2) if as_json else report_text(found))
    raise SystemExit(NOT_CONVERGED if any(result.verdict == "no answer" for result in results) else 0)


def _chosen(cases: Sequence[Case], only: str | None) -> list[Case]:
    names = [case.id for case in cases] + [case.group for case in cases]
    chosen = [case for case in cases if only is None or any(fnmatch.fnmatchcase(name, only) for name in (case.id, case.group))]
    if not chosen:
        from spinesim.config.errors import did_you_mean

        hint = did_you_mean(only or "", list(dict.fromkeys(names)), 0.4)
        raise Failure(f"--only {only}: no case and no group matches; {hint or 'see spinesim validate --list'}", CONFIG)
    return chosen


def _listing(cases: Sequence[Case]) -> str:
    width = max(len(case.id) for case in cases)
    return "\n".join(f"{case.id.ljust(width)}  {case.title}"[:110].rstrip() for case in cases)


def _run(cases: Sequence[Case], samples: int, seed: int, sampler: Any = None) -> tuple[list[Result], dict[str, Any]]:
    """Results, with percentiles if samples are asked for, and where they come from."""
    from spinesim.analysis.sampling import sample_models
    from spinesim.analysis.validation import evaluate, with_bands
    from spinesim.io.provenance import provenance
    from spinesim.model.anatomy import SpineModel

    model = SpineModel.default()
    with counted("asking the model", len(cases)) as show:
        results = evaluate(model, cases, show)
    if samples:
        drawn = (sampler or sample_models)(model, samples, seed)
        with counted("drawn models", samples) as show:
            results = with_bands(results, drawn, None if show is None else lambda done: show(done, samples))
    resolved = {"cases": [case.id for case in cases], "samples": samples}
    return results, provenance(resolved, model.hash, seed=seed if samples else None)


def _page(found: Any) -> bytes:
    from spinesim.viz.validation_page import validation_html

    return validation_html(found).encode()
