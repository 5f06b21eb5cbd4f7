"""``spinesim plan``: weeks of graded loading within tolerance, or why there is no safe plan."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinesim.cli.errors import INVALID, Failure, reported
from spinesim.cli.files import PATH, check_outputs, write_all

if TYPE_CHECKING:
    from spinesim.analysis.demand import Demands
    from spinesim.analysis.plan import Outcome, Standing
    from spinesim.config.plan import PlanFile
    from spinesim.model.subject import Subject


@click.command("plan")
@click.argument("case", type=PATH, metavar="CASE.yaml")
@click.option("--weeks", type=click.IntRange(6, 12), metavar="N", help="Weeks, 6 to 12, in the place of the file's.")
@click.option("--log", type=PATH, metavar="F.csv", help="Sessions that were done, with pain and scores; plans the weeks that are left.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Day on which is planned again; today without it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@click.option("-o", "--output", type=PATH, metavar="F.html", help="Write one HTML page that needs no network.")
@click.option("--ics", type=PATH, metavar="F.ics", help="Write the sessions as a calendar.")
def command(
    case: Path,
    weeks: int | None,
    log: Path | None,
    as_of: datetime.datetime | None,
    as_json: bool,
    output: Path | None,
    ics: Path | None,
) -> None:
    """Sessions of 6 to 12 weeks towards a goal, each within every tissue's limit, or the reason why there is no safe plan.

    \b
    spinesim plan configs/plan_bulge.yaml -o plan.html --ics plan.ics
    spinesim plan configs/plan_bulge.yaml --log sessions.csv --as-of 2026-12-20

    A model for professionals, not medical advice.

    Exit codes: 0 answered, also with "no safe plan"; 2 usage or config; 5 a value no law covers; 6 file.
    """  # noqa: D301
    if as_of and not log:
        raise click.UsageError("--as-of is the day of a --log, which is missing")
    with reported():
        from spinesim.config.plan import load_plan

        check_outputs((output, ics), (case, log))
        asked = load_plan(case)
        if weeks is not None:
            asked = replace(asked, request=replace(asked.request, weeks=weeks))
        standing = _standing(asked, log, as_of)
        answer = _answer(asked, standing)
        _write(answer, output, ics)
    _print(answer, as_json=as_json)


def _standing(asked: PlanFile, log: Path | None, as_of: datetime.datetime | None) -> Standing:
    """What the log leaves open; without one, the first week."""
    from spinesim.analysis.plan import Standing, standing

    if log is None:
        return Standing()
    from spinesim.config.plan_log import read_log, weeks_passed

    entries = read_log(log, asked.request, asked.start)
    day = as_of.date() if as_of else datetime.datetime.now(datetime.UTC).date()
    try:
        return standing(asked.request, entries, weeks_passed(entries, asked.start, day))
    except ValueError as error:
        raise Failure(f"{log}: {error}", INVALID) from None


def _answer(asked: PlanFile, standing: Standing) -> dict[str, Any]:
    from spinesim import SpineModel
    from spinesim.io.plan import plan_json
    from spinesim.io.provenance import provenance

    model = SpineModel.default()
    outcome = _plan(model, asked, standing)
    told = provenance(asked.resolved, model.hash, source_sha256=asked.source_sha256)
    return plan_json(outcome, asked.start, standing, told, asked.title)


def _plan(model: Any, asked: PlanFile, standing: Standing) -> Outcome:
    from spinesim.analysis.demand import demands
    from spinesim.analysis.plan import plan
    from spinesim.analysis.safe_load import kin
    from spinesim.cli.progress import counted
    from spinesim.cli.solve import note_compilation

    note_compilation()

    with counted("tasks solved", len(asked.tasks)) as progress:
        seen = set[str]()

        def loads(subject: Subject, task: str, load_kg: Sequence[float]) -> Demands:
            found = demands(model, subject, asked.tasks[task], load_kg, max_flexion_deg=asked.max_flexion_deg)
            seen.add(task)
            if progress:
                progress(len(seen), len(asked.tasks))
            return found

        own, *others = (partial(loads, subject) for subject in kin(model, asked.subject))
        try:
            return plan(asked.request, own, standing, kin=others)
        except ValueError as error:
            raise Failure(str(error), INVALID) from None


def _write(answer: dict[str, Any], output: Path | None, ics: Path | None) -> None:
    from spinesim.io.calendar import calendar
    from spinesim.viz.plan_page import page_html

    write_all((output, lambda: page_html(answer).encode()), (ics, lambda: calendar(answer).encode()))


def _print(answer: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(answer, allow_nan=False, indent=2))
        return
    from spinesim.io.plan import plan_text

    click.echo(plan_text(answer))
