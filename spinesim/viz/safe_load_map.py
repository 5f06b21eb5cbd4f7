"""A map of loads within tolerance as a picture and as a page; cells stand for themselves, nothing is drawn between them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

import numpy as np

from spinesim.analysis.safe_load_map import SafeLoadMap
from spinesim.io.safe_load import ALPHA, FOR_WHOM, cell_words
from spinesim.viz.document import document
from spinesim.viz.style import lettered, picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

_NONE: Final = {"no": "#d9822b", "gate": "#b65b5b", "refused": "#8a8f98"}
_LEGEND: Final = (
    "kg; d: demonstrated, the rule alone would refuse; no: not even unloaded; gate: bends too far; refused: outside what was validated."
)
_MOST_WORDS: Final = 400  # cells; more could not be read


def map_png(found: SafeLoadMap, title: str, subtitle: str = "") -> bytes:
    """A PNG image of a map.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """

    def draw(figure: Figure) -> None:
        _cells(lettered(figure, title, subtitle, caption=f"{_LEGEND} {ALPHA} {FOR_WHOM}"), found)

    return picture(draw, 10.0, 7.0)


def _cells(figure: SubFigure, found: SafeLoadMap) -> None:
    from matplotlib.patches import Rectangle

    axes = figure.subplots()
    limits = np.ma.masked_invalid(found.modelled_limit_kg)
    drawn = axes.imshow(limits, origin="lower", aspect="auto", cmap="viridis", interpolation="nearest", vmin=0.0)
    figure.colorbar(drawn, ax=axes, label="modelled limit, kg")
    texts = cell_words(found)
    for row, column in np.ndindex(found.outcome.shape):
        word = str(found.outcome[row, column])
        if word in _NONE:
            axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1.0, 1.0, color=_NONE[word]))
        if found.outcome.size <= _MOST_WORDS:
            axes.text(column, row, texts[row][column], ha="center", va="center", fontsize=8, color="white")
    axes.set_xticks(range(len(found.x)), [f"{value:g}" for value in found.x.tolist()], rotation=45 if len(found.x) > 10 else 0)
    axes.set_yticks(range(len(found.y)), [f"{value:g}" for value in found.y.tolist()])
    axes.set_xlabel(found.x_key)
    axes.set_ylabel(found.y_key)


_STYLE: Final = """
:root { color-scheme: light dark; } body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .7rem; text-align: right; } td { color: #fff; } .no { background: #a8570f; } .gate { background: #9c3b3b; }
.refused { background: #5b616b; }
"""


def map_html(found: SafeLoadMap, title: str, subtitle: str = "") -> str:
    """A self-contained page of a map; what limits a cell shows under the pointer."""
    most = float(np.nanmax(found.modelled_limit_kg, initial=1.0)) if np.isfinite(found.modelled_limit_kg).any() else 1.0
    head = "".join(f"<th>{value:g}</th>" for value in found.x.tolist())
    rows = []
    for number, (value, texts) in reversed(list(enumerate(zip(found.y.tolist(), cell_words(found), strict=True)))):
        cells = "".join(_cell(found, number, column, word, most) for column, word in enumerate(texts))
        rows.append(f"<tr><th>{value:g}</th>{cells}</tr>")
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(subtitle)}</p>",
        f"<p>Modelled limit. Across: {escape(found.x_key)}; up: {escape(found.y_key)}. {escape(_LEGEND)}</p>",
        f'<div class="scroll"><table><tbody>{"".join(rows)}</tbody><tfoot><tr><th></th>{head}</tr></tfoot></table></div>',
        f"<footer><p>{escape(ALPHA)}</p><p>{escape(FOR_WHOM)}</p></footer>",
    ]
    return document(title, _STYLE, body)


def _cell(found: SafeLoadMap, row: int, column: int, word: str, most: float) -> str:
    cell = found.cells[row * len(found.x) + column]
    hint = escape(cell.refused or cell.why, quote=True)
    if cell.modelled_limit_kg is None:
        return f'<td class="{cell.outcome}" title="{hint}">{escape(word)}</td>'
    lightness = 25.0 + 25.0 * cell.modelled_limit_kg / most
    return f'<td style="background:hsl(165 60% {lightness:.0f}%)" title="{hint}">{escape(word)}</td>'
