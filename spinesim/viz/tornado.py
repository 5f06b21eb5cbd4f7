"""Sensitivities as a tornado: the quantities that decide a result, the strongest on top."""

from __future__ import annotations

import io
from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from spinesim.analysis.sensitivity import Sensitivity

# Colours that people with colour blindness tell apart.
_BLUE, _ORANGE = "#3b6fb6", "#d9822b"
_MOST: Final = 12  # bars of one result


def tornado_png(found: Sensitivity, results: Sequence[str], title: str, footer: str = "") -> bytes:
    """A PNG image with one panel for each of ``results``.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = min(_MOST, len(found.keys))
    figure = Figure(figsize=(7.5 * min(2, len(results)), (0.34 * shown + 1.6) * -(-len(results) // 2) + 1.0), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(-(-len(results) // 2), min(2, len(results)), squeeze=False)
    for axes, result in zip(panels.flat, results, strict=False):
        _panel(axes, found, result, shown)
    for axes in panels.flat[len(results) :]:
        axes.set_axis_off()
    figure.suptitle(fill(title, 90), fontsize=12)
    figure.supxlabel(fill(footer, 130), fontsize=8, color="#444444")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return buffer.getvalue()


def _panel(axes: Axes, found: Sensitivity, result: str, shown: int) -> None:
    row = found.results.index(result)
    ranked = [found.keys.index(key) for key, _ in found.ranked(result)[:shown]]
    places = np.arange(len(ranked))
    unit = found.units[row]
    if found.method == "sobol":
        for name, shift, colour, label in (("total", -0.2, _BLUE, "total"), ("first", 0.2, _ORANGE, "first order")):
            sizes, interval = (found.indices[part][row, ranked] for part in (name, f"{name}_interval"))
            reach = np.maximum(np.abs(interval.T - sizes), 0.0)
            axes.barh(places + shift, sizes, 0.36, xerr=reach, color=colour, label=label, error_kw={"elinewidth": 1.0, "capsize": 2.0})
        axes.set_xlabel("share of the variance, with 95 % confidence", fontsize=9)
        axes.set_xlim(left=min(0.0, axes.get_xlim()[0]))
    else:
        axes.barh(places, found.indices["mean"][row, ranked], 0.6, color=_BLUE, label="mean size of effect")
        axes.plot(found.indices["spread"][row, ranked], places, "o", color=_ORANGE, markersize=5, label="SD: interaction or curvature")
        axes.set_xlabel(f"effect over the whole range, {unit}", fontsize=9)
    axes.set_yticks(places, [found.keys[i] for i in ranked], fontsize=8)
    axes.invert_yaxis()
    axes.set_title(f"{result}, {unit}", loc="left", fontsize=10, fontweight="bold")
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(axis="x", labelsize=8)
    axes.legend(fontsize=8, frameon=False, loc="lower right")
