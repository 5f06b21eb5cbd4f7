"""Cases side by side as a picture: loads by level, and their differences with whiskers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from spinesim.io.provenance import DISCLAIMER, SIGNS
from spinesim.viz.style import CATEGORIES, lettered, picture, zero_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PANELS: Final = (("Disc compression, N", ("disc_compression_N",)), ("Both facets, N", ("facet_left_N", "facet_right_N")))


def comparison_picture(answer: Mapping[str, Any], form: str = "png") -> bytes:
    """A picture of what :func:`spinesim.io.comparison.comparison_to_json` made.

    Parameters
    ----------
    form
        ``png``, ``svg`` or ``pdf``.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    first, *others = (case["name"] for case in answer["cases"])
    low, high = answer["percentiles"]
    whiskers = f"Whiskers: {low} to {high} % of the difference over {answer['samples']} models drawn alike. " if answer["samples"] else ""

    gains = {case["name"]: case["stability"]["critical_gain"] for case in answer["cases"] if case["stability"] is not None}
    rows = 3 if gains else 2

    def draw(figure: Figure) -> None:
        heights = (1.0, 1.0, 0.12 * len(answer["cases"]) + 0.1)[:rows]
        grid = figure.add_gridspec(rows, 2, height_ratios=heights)
        axes = np.array([[figure.add_subplot(grid[row, column]) for column in range(2)] for row in range(2)])
        if gains:
            _stability(figure.add_subplot(grid[2, :]), [case["name"] for case in answer["cases"]], gains)
        for row, (name, keys) in enumerate(_PANELS):
            _loads(axes[row, 0], name, answer["cases"], keys)
            if row == 0:
                _differences(axes[row, 1], "Difference of disc compression, N", answer["differences"], keys[0])
            else:
                _differences(axes[row, 1], "Difference of disc pressure, MPa", answer["differences"], "intradiscal_pressure_MPa")
        lettered(figure, f"{', '.join(others)} beside {first}", caption=f"{whiskers}{SIGNS} {DISCLAIMER}")

    return picture(draw, 12.0, 8.0 if rows == 2 else 9.2, form)


def _loads(axes: Axes, title: str, cases: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> None:
    """Bars of every case at every level, cranial at the top as in the body."""
    height = 0.8 / len(cases)
    for index, case in enumerate(cases):
        sums = [sum(level[key] or 0.0 for key in keys) for level in case["levels"].values()]
        places = [place + index * height for place in range(len(sums))]
        axes.barh(places, sums, height, label=case["name"], color=CATEGORIES[index % len(CATEGORIES)])
    _levels(axes, title, list(cases[0]["levels"]), height)


def _differences(axes: Axes, title: str, differences: Sequence[Mapping[str, Any]], key: str) -> None:
    height = 0.8 / len(differences)
    for index, item in enumerate(differences):
        values = [level[key] for level in item["levels"].values()]
        places = [place + index * height for place in range(len(values))]
        axes.barh(
            places, [one["value"] or 0.0 for one in values], height, label=item["of"], color=CATEGORIES[(index + 1) % len(CATEGORIES)]
        )
        for place, one in zip(places, values, strict=True):
            if one["low"] is not None:
                axes.plot((one["low"], one["high"]), (place, place), color="black", linewidth=0.9, marker="|", markersize=5)
    _levels(axes, title, list(differences[0]["levels"]), height)


def _stability(axes: Axes, names: Sequence[str], gains: Mapping[str, float | None]) -> None:
    """The gain of short-range muscle stiffness that each case needs; a case that moves has none, and no gain may be enough."""
    for index, name in enumerate(names):
        gain = gains.get(name)
        axes.barh(index, gain or 0.0, 0.7, color=CATEGORIES[index % len(CATEGORIES)])
        told = "moves, or has no answer" if name not in gains else "no gain is enough" if gain is None else f"{gain:.1f}"
        axes.text(gain or 0.0, index, f" {told} ({name})", va="center")
    axes.set_yticks([])
    axes.invert_yaxis()
    axes.set_xlim(0.0, 1.6 * max((gain or 0.0 for gain in gains.values()), default=0.0) or 1.0)
    axes.set_title("Gain of short-range muscle stiffness that stability needs; lower is more stable")


def _levels(axes: Axes, title: str, names: Sequence[str], height: float) -> None:
    axes.set_yticks([place + 0.4 - height / 2.0 for place in range(len(names))], list(names))
    axes.invert_yaxis()
    axes.set_title(title, pad=24)
    zero_line(axes, upright=True)
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3)
