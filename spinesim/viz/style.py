"""How every plot looks: colours, type, small print, and a file of the same bytes each time."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

FORMATS: Final = ("png", "svg", "pdf")

# Colours that people with colour blindness tell apart, of Okabe and Ito (jfly.uni-koeln.de/color, 2008).
BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY = "#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9"
YELLOW = "#f0e442"
GREY, SOFT, FAINT = "#6b6b6b", "#444444", "#dddddd"
CATEGORIES: Final = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, GREY)
STRIPES: Final = ("#f0f3f7", "#ffffff")

_DPI: Final = 150
_LETTERS_PER_INCH: Final = 14.0  # of the small print
_TYPE: Final[dict[str, Any]] = {
    "font.family": "sans-serif",
    "font.size": 11.0,
    "axes.titlesize": 11.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "figure.titlesize": 12.0,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.8,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "legend.handlelength": 1.3,
    "legend.columnspacing": 1.2,
    "xtick.labelsize": 10.0,
    "ytick.labelsize": 10.0,
    # Text stays text, and identifiers do not depend on the day.
    "svg.fonttype": "none",
    "svg.hashsalt": "spinesim",
    "pdf.fonttype": 42,
}
# What a format would otherwise write of the hour.
_UNDATED: Final[dict[str, dict[str, Any]]] = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}


def available() -> bool:
    """Whether matplotlib is installed."""
    return find_spec("matplotlib") is not None


def picture(draw: Callable[[Figure], None], width: float, height: float, form: str = "png") -> bytes:
    """What ``draw`` puts on a figure, as a file.

    Parameters
    ----------
    draw
        Gets an empty figure.
    width, height
        Inches.
    form
        One of :data:`FORMATS`. The same drawing gives the same bytes with the same version of matplotlib.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    ValueError
        If the format is unknown.
    """
    if form not in FORMATS:
        raise ValueError(f"format: {form!r} is unknown; expected one of {', '.join(FORMATS)}")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.style import context

    # Whatever settings the user has for other plots do not count here.
    with context(_TYPE, after_reset=True):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure)
        buffer = io.BytesIO()
        figure.savefig(buffer, format=form, dpi=_DPI, metadata=_UNDATED[form])
    return buffer.getvalue()


def lettered(figure: Figure, *heading: str, caption: str = "") -> SubFigure:
    """Write lines above a figure and small print below it, broken to its width; returns the room between them.

    Empty lines are left out.
    """
    width = figure.get_figwidth()
    lines = [fill(line, int(0.75 * _LETTERS_PER_INCH * width)) for line in heading if line]
    figure.suptitle("\n".join(lines), x=0.01, ha="left")
    figure.supxlabel(fill(caption, int(_LETTERS_PER_INCH * width)), x=0.01, ha="left", fontsize=9.0, color=SOFT)
    body: SubFigure = figure.subfigures(1, 1, squeeze=False)[0, 0]
    return body


def zero_line(axes: Axes, *, upright: bool = False) -> None:
    """A line where values change sign."""
    (axes.axvline if upright else axes.axhline)(0.0, color="black", linewidth=0.8)


def stripes(axes: Axes, phases: Sequence[tuple[str, float, float]], *, named: bool = True) -> None:
    """The phases of a motion (name, start, end) as stripes behind its lines, with their names on top."""
    for index, (name, start, end) in enumerate(phases):
        axes.axvspan(start, end, color=STRIPES[index % 2], zorder=-1.0)
        if named:
            place = (0.5 * (start + end), 1.0)
            axes.annotate(name, place, (0.0, -2.0), xycoords=("data", "axes fraction"), textcoords="offset points", ha="center", va="top",
                          fontsize=9.0, color=SOFT)  # fmt: skip
