"""``spinesim compare``: cases side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinesim.cli.errors import EXIT_BY_STATUS, INVALID, Failure, reported
from spinesim.cli.files import PATH, check_outputs, check_plots, write_all
from spinesim.cli.progress import counted
from spinesim.cli.solve import in_range, note_compilation, title

if TYPE_CHECKING:
    from spinesim.config.case import Case

_FORMATS = {".png": "png", ".svg": "svg", ".pdf": "pdf"}


@click.command("compare")
@click.argument("cases", nargs=-1, required=True, type=PATH)
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Replace one value in all cases. Repeatable.")
@click.option("--uncertainty", "samples", type=click.IntRange(20, 20_000), metavar="N", help="Range of every difference over N models.")
@click.option("--seed", type=click.IntRange(0), default=0, metavar="S", help="Seed of these models.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@click.option("--picture", type=PATH, metavar="F.png", help="Write a picture: .png, .svg or .pdf (needs the extra 'plot').")
def command(
    cases: tuple[Path, ...], overrides: tuple[str, ...], samples: int | None, seed: int, as_json: bool, picture: Path | None
) -> None:
    """Two or more CASES (YAML files) side by side, and how they differ from the first; with the same drawn models for all.

    \b
    spinesim compare configs/lift_stoop.yaml configs/lift_squat.yaml
    spinesim compare configs/standing.yaml configs/degenerated_l4l5.yaml --uncertainty 500 --picture out/worn.png

    Exit codes: 0 converged, 2 usage or config, 3 strength exceeded, 4 not converged, 5 invalid input, 6 file.
    """  # noqa: D301
    if len(cases) < 2:
        raise click.UsageError("one case is no comparison: give two or more")
    if picture is not None and picture.suffix not in _FORMATS:
        raise click.BadParameter(f"{picture.name!r} ends in none of {', '.join(_FORMATS)}", param_hint="--picture")
    with reported():
        from spinesim.config.case import assemble

        parsed = [assemble(path, overrides, None, None) for path in cases]
        check_outputs((picture,), cases)
        if picture:
            check_plots("--picture")
        for case in parsed:
            in_range(case, aloud=True)
        answer = _answer(cases, parsed, samples or 0, seed)
        write_all((picture, lambda: _drawn(answer, picture)))
    if as_json:
        click.echo(json.dumps(answer, allow_nan=False, indent=2))
    else:
        from spinesim.io.comparison import comparison_text

        click.echo(comparison_text(answer))
    raise SystemExit(max(EXIT_BY_STATUS[case["status"]] for case in answer["cases"]))


def _answer(paths: tuple[Path, ...], parsed: list[Case], samples: int, seed: int) -> dict[str, Any]:
    from spinesim.analysis.compare import Item, compare
    from spinesim.io.comparison import comparison_to_json
    from spinesim.io.provenance import provenance
    from spinesim.model.anatomy import SpineModel

    note_compilation("stability.differentiate", *(("gap_fit.fit_gaps",) if samples else ()))
    model = SpineModel.default()
    names = _names(paths, parsed)
    items = [Item(name, c.subject, c.posture, c.load, c.exponent) for name, c in zip(names, parsed, strict=True)]
    try:
        with counted("samples", samples * len(items)) as progress:
            found = compare(model, items, samples, seed, progress)
    except ValueError as error:
        raise Failure(str(error), INVALID) from None
    told = [provenance(c.resolved, model.hash, seed=seed if samples else None, source_sha256=c.source_sha256) for c in parsed]
    return comparison_to_json(found, told, samples, seed)


def _names(paths: tuple[Path, ...], parsed: list[Case]) -> list[str]:
    """Titles of the files where they differ, else what the files are called, else numbered."""
    for names in ([title(case) for case in parsed], [path.stem for path in paths]):
        if len(set(names)) == len(names):
            return names
    return [f"{path.stem} ({number})" for number, path in enumerate(paths, start=1)]


def _drawn(answer: dict[str, Any], path: Path | None) -> bytes:
    from spinesim.viz.comparison import comparison_picture

    return comparison_picture(answer, _FORMATS[path.suffix] if path else "png")
