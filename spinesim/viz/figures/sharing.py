"""Who carries what: compression, shear and flexion moment of every level in shares that add up to 100 %."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from spinesim.model.names import LEVELS
from spinesim.viz.figures.data import LEAST_COMPRESSION_N, LEAST_MOMENT_NM, LEAST_SHEAR_N, Array, Case, caption, carried, shares
from spinesim.viz.figures.levels import check_count
from spinesim.viz.style import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION, lettered, picture, zero_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_CASES: Final = 3
COLOURS: Final = {
    "disc": BLUE,
    "facets": ORANGE,
    "ligaments": GREEN,
    "active muscle": VERMILION,
    "passive muscle": PURPLE,
    "disc, facets, ligaments": SKY,
    "unmet": GREY,
}
_LIGHT: Final = ("facets", "passive muscle", "disc, facets, ligaments")  # colours that take black letters
_PANELS: Final = {
    "compression": ("Net compression", "N"),
    "shear": ("Net anterior shear", "N"),
    "moment": ("Flexion moment of weight and load", "N m"),
}
_LEAST_LABEL: Final = 9.0  # percent of a part that has room for its number
_TOLD: Final = (
    "Shares of the number on the right add up to 100 %; what works against it is left of zero: ligaments under tension press the disc. "
    f"No shares below {LEAST_COMPRESSION_N:g} N of compression, {LEAST_SHEAR_N:g} N of shear and {LEAST_MOMENT_NM:g} N m. "
    "Moments are about the disc centre, flexion > 0; active muscle is with the abdominal pressure."
)


def load_sharing(cases: Sequence[Case], title: str = "", form: str = "png") -> bytes:
    """Shares of disc, facets and ligaments in compression and shear, and of muscles and passive tissues in the moment.

    Parameters
    ----------
    cases
        One to three, a row of panels each.
    title, form
        As for :func:`spinesim.viz.figures.levels.level_bars`.

    Raises
    ------
    FigureError
        If there is no case, or more than fit.
    ImportError
        If matplotlib is not installed.
    """
    check_count(cases, MOST_CASES)
    return picture(lambda figure: draw(figure, cases, title), 13.0, 1.9 + 3.5 * len(cases), form)


def draw(figure: Figure, cases: Sequence[Case], title: str = "") -> None:
    """The same on a figure that is given."""
    heading = title or (cases[0].label if len(cases) == 1 else "")
    body = lettered(figure, heading, caption=caption(_TOLD, source=cases[0].source))
    panels = body.subplots(len(cases), len(_PANELS), sharey=True, sharex="col", squeeze=False)
    for row, case in zip(panels, cases, strict=True):
        found, whole = shares(case.solution), carried(case.solution)
        for axes, (name, (_, unit)) in zip(row, _PANELS.items(), strict=True):
            _panel(axes, found[name], -whole[name]["net"] if name == "moment" else whole[name]["net"], unit)
        row[0].set_ylabel(case.label if len(cases) > 1 else "")
    for axes, (words, _) in zip(panels[0], _PANELS.values(), strict=True):
        axes.set_title(words)
    for axes in panels[-1]:
        axes.set_xlabel("share, %")
    panels[0, 0].set_yticks(np.arange(len(LEVELS)), LEVELS)
    panels[0, 0].invert_yaxis()
    handles = {label: handle for axes in panels.flat for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    body.legend(handles.values(), handles.keys(), loc="outside upper left", ncols=len(handles))


def _panel(axes: Axes, parts: Mapping[str, Array], net: Array, unit: str) -> None:
    """Parts that help stacked to the right of zero, those that work against it to the left."""
    places, left, right = np.arange(len(LEVELS)), np.zeros(len(LEVELS)), np.zeros(len(LEVELS))
    for name, percent in parts.items():
        size = np.nan_to_num(percent)
        if not np.abs(size).max() >= 0.05:
            continue
        start = np.where(size < 0.0, left, right)
        hatch = "//" if name == "unmet" else None
        bars = axes.barh(places, size, 0.72, left=start, color=COLOURS[name], label=name, hatch=hatch)
        texts = [f"{value:.0f}" if abs(value) >= _LEAST_LABEL else "" for value in size.tolist()]
        axes.bar_label(bars, texts, label_type="center", fontsize=9.0, color="black" if name in _LIGHT else "white")
        left, right = left + np.minimum(size, 0.0), right + np.maximum(size, 0.0)
    unshared = np.isnan(next(iter(parts.values())))
    for place, value, small in zip(places.tolist(), net.tolist(), unshared.tolist(), strict=True):
        axes.annotate(f"{value:.0f} {unit}", (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=9.0)
        if small:
            axes.annotate("too small to share out", (2.0, place), va="center", fontsize=9.0, color=GREY)
    zero_line(axes, upright=True)
    axes.axvline(100.0, color="black", linewidth=0.8, linestyle=":")
    axes.grid(visible=True, axis="x")
