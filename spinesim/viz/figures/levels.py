"""Loads of every level as bars, one a case, with the range between their outer percentiles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from spinesim.io.tables import number
from spinesim.model.names import LEVELS
from spinesim.solver.solution import Solution
from spinesim.viz.figures.data import Array, Case, FigureError, caption
from spinesim.viz.style import CATEGORIES, lettered, picture, zero_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_CASES: Final = 4
PANELS: Final[tuple[tuple[str, int, Callable[[Solution], Array]], ...]] = (
    ("Disc compression, N", 0, lambda s: s.disc_compression_N),
    ("Disc pressure, MPa", 2, lambda s: s.intradiscal_pressure_MPa),
    ("Net anterior shear, N", 0, lambda s: s.anterior_shear_N),
    ("Facet force, left, N", 0, lambda s: s.facet_force_N[:, 0]),
    ("Facet force, right, N", 0, lambda s: s.facet_force_N[:, 1]),
    ("Tautest ligament, N", 0, lambda s: s.ligament_tension_N.max(axis=1)),
)


def level_bars(cases: Sequence[Case], title: str = "", form: str = "png") -> bytes:
    """Six loads of every level, cranial on top.

    Parameters
    ----------
    cases
        One to four; whiskers go from the lowest to the highest of a case's percentiles, with a dot at the median.
    title
        Heading; the name of the case without it.
    form
        One of :data:`spinesim.viz.style.FORMATS`.

    Raises
    ------
    FigureError
        If there is no case, or more than can be told apart.
    ImportError
        If matplotlib is not installed.
    """
    check_count(cases, MOST_CASES)
    return picture(lambda figure: draw(figure, cases, title), 13.0, 6.5 + 0.8 * len(cases), form)


def check_count(cases: Sequence[Case], most: int) -> None:
    """Refuse none, and more than ``most``."""
    if not 1 <= len(cases) <= most:
        raise FigureError(f"{len(cases)} cases: this figure shows 1 to {most}")


def draw(figure: Figure, cases: Sequence[Case], title: str = "") -> None:
    """The same on a figure that is given."""
    spread = [sorted(case.percentiles) for case in cases if case.percentiles]
    told = f"Bars and numbers: the case itself; whiskers: {spread[0][0]}th to {spread[0][-1]}th percentile, dot: median." if spread else ""
    heading = title or (cases[0].label if len(cases) == 1 else "")
    body = lettered(figure, heading, caption=caption(told, source=cases[0].source))
    panels = body.subplots(2, 3, sharey=True).ravel()
    for axes, (name, digits, value) in zip(panels, PANELS, strict=True):
        _panel(axes, name, digits, value, cases)
    panels[0].set_yticks(np.arange(len(LEVELS)), LEVELS)
    panels[0].invert_yaxis()
    if len(cases) > 1:
        body.legend(*panels[0].get_legend_handles_labels(), loc="outside upper left", ncols=len(cases))


def _panel(axes: Axes, name: str, digits: int, value: Callable[[Solution], Array], cases: Sequence[Case]) -> None:
    height = 0.84 / len(cases)
    for index, (case, colour) in enumerate(zip(cases, CATEGORIES, strict=False)):
        places = np.arange(len(LEVELS)) + (index - 0.5 * (len(cases) - 1)) * height
        sizes = value(case.solution)
        axes.barh(places, sizes, 0.92 * height, color=colour, label=case.label)
        ends = np.stack([value(of) for _, of in sorted(case.percentiles.items())] or [sizes])
        if case.percentiles:
            axes.hlines(places, ends[0], ends[-1], color="black", linewidth=1.4)
            axes.plot(ends[len(ends) // 2], places, "o", color="white", markeredgecolor="black", markersize=4.5)
        _numbers(axes, places, sizes, np.vstack([sizes, ends]), digits)
    axes.set_title(name)
    axes.margins(x=0.2)
    zero_line(axes, upright=True)
    axes.grid(visible=True, axis="x")


def _numbers(axes: Axes, places: Array, sizes: Array, ends: Array, digits: int) -> None:
    """The number of each bar, beyond its end and its whisker."""
    for place, size, outer in zip(places.tolist(), sizes.tolist(), ends.T, strict=True):
        right = size >= 0.0
        where = float(outer.max() if right else outer.min())
        side, offset = ("left", 4.0) if right else ("right", -4.0)
        axes.annotate(number(size, digits), (where, place), (offset, 0.0), textcoords="offset points", ha=side, va="center", fontsize=9.0)
