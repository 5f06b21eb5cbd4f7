"""``spinesim sensitivity``: which random quantity of a sweep decides its results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from spinesim.cli.errors import CONFIG, Failure, reported
from spinesim.cli.files import PATH, Outputs, write_all

if TYPE_CHECKING:
    from spinesim.analysis.sensitivity import Sensitivity

_MOST_PANELS: Final = 4
_SAMPLES: Final = {"sobol": 256, "morris": 20}


@click.command("sensitivity")
@click.argument("config", type=PATH)
@click.option("--method", type=click.Choice(["sobol", "morris"]), default="sobol", show_default=True, help="Indices, or a cheap screening.")
@click.option("--samples", type=click.IntRange(4), metavar="N", help="Power of 2 for sobol (256), trajectories for morris (20).")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the points.")
@click.option(
    "--of", "asked", multiple=True, metavar="RESULT", help="Result to show, as compression_N.L4-L5. Repeatable; all are in --json."
)
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Replace one value of the config. Repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@click.option("--png", type=PATH, metavar="F.png", help="Draw a tornado (needs the extra 'plot').")
def command(
    config: Path,
    method: str,
    samples: int | None,
    seed: int,
    asked: tuple[str, ...],
    overrides: tuple[str, ...],
    as_json: bool,
    png: Path | None,
) -> None:
    """Sensitivity of the outputs of CONFIG (a sweep file) to its random quantities.

    \b
    spinesim sensitivity configs/sweep_uncertainty.yaml --method morris
    spinesim sensitivity configs/sweep_uncertainty.yaml --samples 256 --of compression_N.L4-L5 --png tornado.png

    Exit codes: 0 done, 2 usage or config, 6 file.
    """  # noqa: D301
    with reported():
        Outputs(None, png, None).check(config)
        from spinesim.config.sweep import load_sweep

        sweep = load_sweep(config, overrides)
        found = _found(sweep, method, samples or _SAMPLES[method], seed)
        shown = _shown(found, asked)
        write_all((png, lambda: _tornado(found, shown, sweep.title or config.name)))
        click.echo(json.dumps(as_object(found), indent=2, allow_nan=False) if as_json else as_text(found, shown))


def _found(sweep: Any, method: str, samples: int, seed: int) -> Sensitivity:
    from spinesim.analysis.sensitivity import morris, sobol
    from spinesim.cli.progress import counted
    from spinesim.cli.solve import note_compilation
    from spinesim.model.anatomy import SpineModel

    note_compilation()
    count = len(sweep.design.marginals)
    with counted("rows", samples * (count + (2 if method == "sobol" else 1))) as progress:
        try:
            return (sobol if method == "sobol" else morris)(sweep, SpineModel.default(), samples, seed, progress)
        except ValueError as error:
            raise Failure(str(error), CONFIG) from None


def _shown(found: Sensitivity, asked: tuple[str, ...]) -> list[str]:
    from spinesim.model.names import unknown_name

    for name in asked:
        if name not in found.results:
            raise Failure(unknown_name("--of", name, found.results), CONFIG)
    lowest = [name for name in found.results if name.split(".")[1:2] == ["L4-L5"]] or list(found.results)
    return list(asked) or lowest[:_MOST_PANELS]


def _tornado(found: Sensitivity, shown: list[str], title: str) -> bytes:
    from spinesim.io.provenance import DISCLAIMER
    from spinesim.viz.tornado import tornado_png

    return tornado_png(found, shown[:_MOST_PANELS], title, f"{_told(found)} {DISCLAIMER}")


def _told(found: Sensitivity) -> str:
    words = "samples" if found.method == "sobol" else "trajectories"
    left = f"; {found.left_out} of them have no answer and are left out" if found.left_out else ""
    return f"{found.method}, {found.samples} {words}, {found.evaluations} rows, seed {found.seed}{left}."


def as_object(found: Sensitivity) -> dict[str, Any]:
    """Every index of every result."""
    results = {
        result: {
            "unit": found.units[row],
            "keys": {key: {name: array[row, k].tolist() for name, array in found.indices.items()} for k, key in enumerate(found.keys)},
        }
        for row, result in enumerate(found.results)
    }
    numbers = {n: getattr(found, n) for n in ("method", "samples", "seed", "evaluations", "left_out")}
    return {**numbers, "results": results}


def as_text(found: Sensitivity, shown: list[str]) -> str:
    """A table for each result shown, strongest quantity first."""
    from spinesim.io.tables import table, wrap

    parts = [f"{result}, {found.units[found.results.index(result)]}\n\n{table(_heads(found), _rows(found, result))}" for result in shown]
    return "\n\n".join([*parts, wrap(_told(found)), wrap(_MEANING[found.method])])


_SHOWN: Final = {"sobol": ("total", "total_interval", "first", "first_interval"), "morris": ("mean", "spread")}
_MEANING: Final = {
    "sobol": "First order: share of the variance that vanishes if the quantity is known. Total: share that stays if all others are known. "
    "Totals above first orders mean interaction. Intervals hold 95 %.",
    "morris": "Mean size and SD of the effect of a quantity over its whole range (2.5 to 97.5 %): a small mean says it does not matter, "
    "a large SD that its effect is curved or depends on others.",
}


def _heads(found: Sensitivity) -> tuple[tuple[str, str], ...]:
    if found.method == "morris":
        return (("", "quantity"), ("effect", "mean size"), ("effect", "SD"))
    return (
        ("", "quantity"),
        ("total", "index"),
        ("total", "from"),
        ("total", "to"),
        ("first", "index"),
        ("first", "from"),
        ("first", "to"),
    )


def _rows(found: Sensitivity, result: str) -> list[list[str]]:
    import numpy as np

    from spinesim.io.tables import number

    row = found.results.index(result)
    rows = []
    for key, _ in found.ranked(result):
        k = found.keys.index(key)
        values = [value for name in _SHOWN[found.method] for value in np.atleast_1d(found.indices[name][row, k])]
        rows.append([key, *(number(float(v), 3 if found.method == "sobol" else 2) for v in values)])
    return rows
