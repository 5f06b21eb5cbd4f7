"""``spinesim prom``: scores of questionnaires, and whether their change matters."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from spinesim.cli.errors import reported
from spinesim.cli.files import PATH

if TYPE_CHECKING:
    from spinesim.config.answers import Filled

_HEADS: Final = (
    ("", "date"),
    ("", "questionnaire"),
    ("", "score"),
    ("of", "scale"),
    ("since", "first"),
    ("matters", "from"),
    ("", "change"),
)


@click.command("prom")
@click.argument("answers", type=PATH)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def command(answers: Path, as_json: bool) -> None:
    """Score questionnaires from ANSWERS.csv (date,questionnaire,answers): nprs, odi, rmdq, psfs, tsk11, psqi.

    Answers are whole numbers with spaces between, "-" where one is missing; psqi takes its seven components. Each score is
    compared with the first of its questionnaire by the minimal important change.

    \b
    spinesim prom answers.csv

    Exit codes: 0 scored, 2 usage or a fault in the file, 6 file.
    """  # noqa: D301
    with reported():
        from spinesim.config.answers import read_answers

        told = [*_compared(read_answers(answers))]
    if as_json:
        click.echo(json.dumps({"scores": told}, allow_nan=False, indent=2))
        return
    from spinesim.io.tables import table

    click.echo(table(_HEADS, [_cells(one) for one in told]))
    click.echo("\nA change that matters: minimal important change or 30 % of the first score, whichever is larger (worse: smaller).")


def _compared(filled: Sequence[Filled]) -> list[dict[str, Any]]:
    """Every score with what has changed since the first of its kind."""
    from spinesim.analysis.proms import RANGES, change, important_change

    first: dict[str, float] = {}
    told = []
    for one in filled:
        name, base = one.questionnaire, first.setdefault(one.questionnaire, one.score)
        matters, verdict = important_change(name, base)[0], change(name, base, one.score)
        told.append({
            "date": one.date.isoformat(), "questionnaire": name, "score": one.score, "range": list(RANGES[name]),
            "change": one.score - base, "important_change": matters, "verdict": verdict,
        })  # fmt: skip
    return told


def _cells(one: dict[str, Any]) -> list[str]:
    low, high = one["range"]
    return [one["date"], one["questionnaire"], f"{one['score']:g}", f"{low:g} to {high:g}", f"{one['change']:+g}",
            f"{one['important_change']:.3g}", one["verdict"]]  # fmt: skip
