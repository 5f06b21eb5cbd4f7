"""Sensitivities as a tornado: the quantities that decide a result, the strongest on top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from spinesim.viz.style import BLUE, ORANGE, lettered, picture, zero_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from spinesim.analysis.sensitivity import Sensitivity

_MOST: Final = 12  # bars of one result


def tornado_png(found: Sensitivity, results: Sequence[str], title: str, footer: str = "") -> bytes:
    """A PNG image with one panel for each of ``results``.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    shown = min(_MOST, len(found.keys))
    rows, columns = -(-len(results) // 2), min(2, len(results))

    def draw(figure: Figure) -> None:
        panels = lettered(figure, title, caption=footer).subplots(rows, columns, squeeze=False)
        for axes, result in zip(panels.flat, results, strict=False):
            _panel(axes, found, result, shown)
        for axes in panels.flat[len(results) :]:
            axes.set_axis_off()

    return picture(draw, 7.5 * columns, (0.34 * shown + 1.6) * rows + 1.0)


def _panel(axes: Axes, found: Sensitivity, result: str, shown: int) -> None:
    row = found.results.index(result)
    ranked = [found.keys.index(key) for key, _ in found.ranked(result)[:shown]]
    places = np.arange(len(ranked))
    unit = found.units[row]
    if found.method == "sobol":
        for name, shift, colour, label in (("total", -0.2, BLUE, "total"), ("first", 0.2, ORANGE, "first order")):
            sizes, interval = (found.indices[part][row, ranked] for part in (name, f"{name}_interval"))
            reach = np.maximum(np.abs(interval.T - sizes), 0.0)
            axes.barh(places + shift, sizes, 0.36, xerr=reach, color=colour, label=label, error_kw={"elinewidth": 1.0, "capsize": 2.0})
        axes.set_xlabel("share of the variance, with 95 % confidence")
        axes.set_xlim(left=min(0.0, axes.get_xlim()[0]))
    else:
        axes.barh(places, found.indices["mean"][row, ranked], 0.6, color=BLUE, label="mean size of effect")
        axes.plot(found.indices["spread"][row, ranked], places, "o", color=ORANGE, markersize=5, label="SD: interaction or curvature")
        axes.set_xlabel(f"effect over the whole range, {unit}")
    axes.set_yticks(places, [found.keys[i] for i in ranked])
    axes.invert_yaxis()
    axes.set_title(f"{result}, {unit}")
    zero_line(axes, upright=True)
    axes.legend(loc="lower right")
