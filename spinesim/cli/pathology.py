"""``spinesim pathology``: what findings do, against what is published."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import click

from spinesim.cli.errors import INVALID, Failure, reported
from spinesim.cli.solve import note_compilation

if TYPE_CHECKING:
    from spinesim.analysis.pathology import Effect, Pathology

_HEADS: Final = (("", "case"), ("", "quantity"), ("", "without"), ("", "with"), ("", "goes"), ("", "expected"), ("", "status"))


@click.command("pathology")
@click.argument("names", nargs=-1)
@click.option("--list", "listed", is_flag=True, help="List the findings.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
def command(names: tuple[str, ...], listed: bool, as_json: bool) -> None:
    """What findings (NAMES, or YAML files) do to loads, rhythm and stability, beside the same person without; all without a name.

    \b
    spinesim pathology --list
    spinesim pathology degenerated_disc gluteal_deficit
    spinesim pathology mine.yaml --json

    Exit codes: 0 solved, also with misses; 2 usage or config, 5 invalid input, 6 file.
    """  # noqa: D301
    with reported():
        from spinesim.config.pathology import load_pathology
        from spinesim.config.pathology import names as all_names

        chosen = [load_pathology(name) for name in names or all_names()]
        if listed:
            width = max(len(item.name) for item in chosen)
            click.echo("\n".join(f"{item.name.ljust(width)}  {item.title}" for item in chosen))
            return
        told = [_told(item) for item in chosen]
    hits, total = sum(item["hits"] for item in told), sum(len(item["effects"]) for item in told)
    if as_json:
        click.echo(json.dumps({"findings": told, "hits": hits, "expectations": total}, allow_nan=False, indent=2))
        return
    for item in told:
        click.echo(_text(item))
    click.echo(f"{hits} of {total} expectations are met. A miss is the model's, or the expectation's: see its status.")


def _told(item: Pathology) -> dict[str, Any]:
    from spinesim.analysis.pathology import counts, effects
    from spinesim.model.anatomy import SpineModel

    note_compilation("stability.differentiate")
    try:
        found = effects(SpineModel.default(), item)
    except ValueError as error:
        raise Failure(f"{item.name}: {error}", INVALID) from None
    return {
        "name": item.name, "title": item.title, "description": item.description, "hits": counts(found)[0],
        "effects": [_effect(effect) for effect in found],
    }  # fmt: skip


def _effect(effect: Effect) -> dict[str, Any]:
    from spinesim.io.json import finite

    one = effect.expected
    return {
        "case": effect.case, "what": one.what, "level": one.level, "without": finite(effect.without), "with": finite(effect.with_finding),
        "goes": effect.goes, "expected": one.goes, "hit": effect.hit, "published": one.published, "status": one.status,
    }  # fmt: skip


def _text(item: dict[str, Any]) -> str:
    from spinesim.io.tables import table, wrap

    rows = [_cells(effect) for effect in item["effects"]]
    published = dict.fromkeys(f"{e['what']}: {e['published']}" for e in item["effects"])
    parts = [f"{item['title']}\n{wrap(item['description'])}" if item["description"] else item["title"], table(_HEADS, rows)]
    return "\n\n".join([*parts, "\n".join(wrap(line) for line in published)]) + "\n"


def _cells(e: dict[str, Any]) -> list[str]:
    values = ["-" if e[key] is None else f"{e[key]:.3g}" if abs(e[key]) < 100 else f"{e[key]:.0f}" for key in ("without", "with")]
    goes = e["goes"] or "no answer"
    what = " ".join(filter(None, (e["what"], e["level"])))
    return [e["case"], what, *values, goes if e["hit"] else f"{goes} (MISS)", e["expected"], e["status"]]
