"""``spinesim pathology``: what findings do, against what is published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from spinesim.cli.errors import INVALID, Failure, reported
from spinesim.cli.files import PATH, check_outputs, check_plots, write_all
from spinesim.cli.solve import note_compilation

if TYPE_CHECKING:
    from spinesim.analysis.finding_costs import Cost
    from spinesim.analysis.pathology import Effect, Pathology

_FORMATS: Final = {".png": "png", ".svg": "svg", ".pdf": "pdf"}
_HEADS: Final = (("", "case"), ("", "quantity"), ("", "without"), ("", "with"), ("", "goes"), ("", "expected"), ("", "status"))


@click.command("pathology")
@click.argument("names", nargs=-1)
@click.option("--list", "listed", is_flag=True, help="List the findings.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@click.option(
    "--picture", type=PATH, metavar="F.png", help="Write what they cost as a picture: .png, .svg or .pdf (needs the extra 'plot')."
)
def command(names: tuple[str, ...], listed: bool, as_json: bool, picture: Path | None) -> None:
    """What findings (NAMES, or YAML files) do to loads, rhythm and stability, beside the same person without; all without a name.

    \b
    spinesim pathology --list
    spinesim pathology degenerated_disc gluteal_deficit
    spinesim pathology mine.yaml --json
    spinesim pathology --picture costs.png

    Exit codes: 0 solved, also with misses; 2 usage or config, 5 invalid input, 6 file.
    """  # noqa: D301
    if picture is not None and picture.suffix not in _FORMATS:
        raise click.BadParameter(f"{picture.name!r} ends in none of {', '.join(_FORMATS)}", param_hint="--picture")
    with reported():
        from spinesim.config.pathology import load_pathology
        from spinesim.config.pathology import names as all_names

        chosen = [load_pathology(name) for name in names or all_names()]
        if listed:
            width = max(len(item.name) for item in chosen)
            click.echo("\n".join(f"{item.name.ljust(width)}  {item.title}" for item in chosen))
            return
        check_outputs((picture,))
        if picture:
            check_plots("--picture")
        note_compilation("stability.differentiate")
        told = [_told(item) for item in chosen]
        write_all((picture, lambda: _drawn(told, picture)))
    hits, total = sum(item["hits"] for item in told), sum(len(item["effects"]) for item in told)
    if as_json:
        click.echo(json.dumps({"findings": told, "hits": hits, "expectations": total}, allow_nan=False, indent=2))
        return
    for item in told:
        click.echo(_text(item))
    click.echo(_costs(told))
    click.echo(f"{hits} of {total} expectations are met. A miss is the model's, or the expectation's: see its status.")


def _told(item: Pathology) -> dict[str, Any]:
    from spinesim.analysis.finding_costs import costs
    from spinesim.analysis.pathology import counts, effects
    from spinesim.model.anatomy import SpineModel

    model = SpineModel.default()
    try:
        found, cost = effects(model, item), costs(model, item)
    except ValueError as error:
        raise Failure(f"{item.name}: {error}", INVALID) from None
    return {
        "name": item.name, "title": item.title, "description": item.description, "hits": counts(found)[0],
        "effects": [_effect(effect) for effect in found], "costs": [_cost(one) for one in cost],
    }  # fmt: skip


def _effect(effect: Effect) -> dict[str, Any]:
    from spinesim.io.json import finite

    one = effect.expected
    return {
        "case": effect.case, "what": one.what, "level": one.level, "without": finite(effect.without), "with": finite(effect.with_finding),
        "goes": effect.goes, "expected": one.goes, "hit": effect.hit, "published": one.published, "status": one.status,
    }  # fmt: skip


def _cost(one: Cost) -> dict[str, Any]:
    from dataclasses import asdict

    from spinesim.io.json import finite

    pair = {"without": one.without, "with": one.with_finding}
    told = {name: None if held is None else {key: finite(value) for key, value in asdict(held).items()} for name, held in pair.items()}
    return {"setting": one.setting, **told, "load": one.load, "stability": one.stability}


def _drawn(told: list[dict[str, Any]], path: Path | None) -> bytes:
    from spinesim.viz.finding_costs import costs_picture

    return costs_picture(told, _FORMATS[path.suffix] if path else "png")


def _costs(told: list[dict[str, Any]]) -> str:
    """What every finding costs in load and in stability, in the same postures."""
    from spinesim.io.tables import table, wrap

    settings = [cost["setting"] for cost in told[0]["costs"]]
    heads = (("", "finding"), *((setting, head) for setting in settings for head in ("L4-L5 %", "gain", "gain %")))
    rows = [[item["name"], *(cell for cost in item["costs"] for cell in _cost_cells(cost))] for item in told]
    words = (
        "What they cost beside the same person without: net compression at L4-L5, and the gain of short-range muscle stiffness that "
        "stability needs; a higher gain is less stable. Bent by 30 degrees."
    )
    return f"{wrap(words)}\n\n{table(heads, rows)}\n"


def _cost_cells(cost: dict[str, Any]) -> list[str]:
    changes = ["-" if cost[key] is None else f"{round(100 * cost[key]) + 0:+d}" for key in ("load", "stability")]
    gain = None if cost["with"] is None else cost["with"]["critical_gain"]
    return [changes[0], "-" if gain is None else f"{gain:.1f}", changes[1]]


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
