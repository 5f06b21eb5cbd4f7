"""``spinesim render --figure``: figures for papers from result files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from spinesim.cli.errors import CONFIG, FILE, Failure
from spinesim.cli.files import check_outputs, check_plots, write_all
from spinesim.cli.look import added

SUFFIXES: Final = (".png", ".svg", ".pdf")
# Options of figures alone; their values go to Choice.
OPTIONS: Final = ("level", "row", "axes", "where", "protection", "heading")
F = TypeVar("F", bound=Callable[..., Any])
_FIGURE: Final = (
    click.option("--figure", metavar="NAME", help="Draw result files as a figure: levels, sharing, muscles, time or load-map."),
    click.option("--level", metavar="NAME", help="Level of a figure; L4-L5 without it."),
    click.option("--case", "row", type=int, metavar="N", help="Case of a file that holds many, from 0."),
    click.option("--axes", nargs=2, metavar="KEY KEY", help="Across and up of a load map: posture.flexion_deg load.mass_kg."),
    click.option("--where", multiple=True, metavar="KEY=VALUE", help="Value of another key of a sweep. Repeatable."),
    click.option("--protection", metavar="NAME", help="strict, standard, cautious_work or ergonomic: limits of a load map."),
    click.option("--title", "heading", metavar="TEXT", help="Heading of a figure."),
)


def figure_options(command: F) -> F:
    """Options of figures, of :func:`draw_figure`."""
    return added(command, _FIGURE)


def draw_figure(name: str, sources: Sequence[Path], output: Path, at_s: float | None = None, **given: Any) -> None:
    """Draw result files as a figure, in the format of the output's suffix.

    Raises
    ------
    Failure
        If the figure, its files or the choice among them are wrong.
    OSError
        If a file cannot be read or written.
    """
    if output.suffix not in SUFFIXES:
        raise Failure(f"{output}: the suffix {output.suffix or '(none)'} is unknown; expected one of {', '.join(SUFFIXES)}", CONFIG)
    check_outputs((output,), sources)
    check_plots("--figure")
    from spinesim.io.reading import ResultFileError
    from spinesim.viz.figures import FigureError, from_files

    try:
        content = from_files(name, sources, output.suffix[1:], _choice(at_s, given), given.get("heading") or "")
    except FigureError as error:
        raise Failure(str(error), CONFIG) from None
    except ResultFileError as error:
        raise Failure(str(error), FILE) from None
    write_all((output, lambda: content))


def _choice(at_s: float | None, given: dict[str, Any]) -> Any:
    """What of the files is drawn; what is not given keeps its default."""
    from spinesim.analysis.tolerance import PROTECTION_LEVELS
    from spinesim.model.names import unknown_name
    from spinesim.viz.figures import Choice

    where = dict(_pair(text) for text in given.get("where") or ())
    chosen = {key: given[key] for key in ("level", "row", "protection") if given.get(key) is not None}
    if chosen.get("protection", "standard") not in PROTECTION_LEVELS:
        raise Failure(unknown_name("--protection", chosen["protection"], PROTECTION_LEVELS), CONFIG)
    if given.get("axes"):
        chosen["x"], chosen["y"] = given["axes"]
    return Choice(at_s=at_s, where=where, **chosen)


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not (key.strip() and sign and value.strip()):
        raise Failure(f"--where {text[:80]}: expected KEY=VALUE, for example posture=lift_stoop", CONFIG)
    return key.strip(), value.strip()
