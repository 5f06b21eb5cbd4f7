"""Loads per level and muscle forces as a picture of bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from spinesim.io.provenance import DISCLAIMER, SIGNS
from spinesim.io.tables import STATUS, has_numbers, number, spread_title, words
from spinesim.viz.style import BLUE, GREEN, GREY, ORANGE, lettered, picture, zero_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.container import BarContainer
    from matplotlib.figure import Figure, SubFigure

_LEAST_SHEAR = 1.0

Series = tuple[str, str, str]
_PANELS: Final[tuple[tuple[str, int, tuple[Series, ...]], ...]] = (
    ("Compression, N", 0, (("net", "compression_N", GREY), ("disc", "disc_compression_N", BLUE))),
    ("Disc pressure, MPa", 2, (("disc pressure", "intradiscal_pressure_MPa", BLUE),)),
    ("Net shear, N", 0, (("anterior", "anterior_shear_N", BLUE), ("to the right", "lateral_shear_N", ORANGE))),
    ("Facet force, N", 0, (("left", "facet_left_N", ORANGE), ("right", "facet_right_N", GREEN))),
)


def bars_png(answer: Mapping[str, Any], title: str, subtitle: str = "") -> bytes:
    """A PNG image of one answer.

    Parameters
    ----------
    answer
        As made by :func:`spinesim.io.json.solution_to_json`.
    title, subtitle
        Heading of the picture and what was asked.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    status = answer["status"] if has_numbers(answer) else STATUS[answer["status"]]
    beyond = "" if answer["validated"] else " - outside the validated range"
    whiskers = f"Whiskers: {spread_title(answer)}. " if "uncertainty" in answer else ""

    def draw(figure: Figure) -> None:
        body = lettered(figure, title, subtitle, f"{status}{beyond}", caption=f"{whiskers}{SIGNS} {DISCLAIMER}")
        if has_numbers(answer):
            _panels(body, answer)

    return picture(draw, 13.0, 7.6)


def _panels(figure: SubFigure, answer: Mapping[str, Any]) -> None:
    axes = figure.subplot_mosaic([[0, 1, 4], [2, 3, 4]], width_ratios=(1.0, 1.0, 1.15))
    spread = answer.get("uncertainty", {})
    for index, (name, digits, series) in enumerate(_PANELS):
        _grouped(axes[index], name, answer["levels"], spread.get("levels", {}), series, digits)
    _muscles(axes[4], answer["muscle_groups"], spread.get("muscle_groups", {}))


def _grouped(axes: Axes, name: str, levels: Mapping[str, Any], spread: Mapping[str, Any], series: Sequence[Series], digits: int) -> None:
    """Bars side by side for each level, cranial at the top as in the body, with their numbers and whiskers."""
    shown = [s for s in series if s[1] != "lateral_shear_N" or any(abs(level[s[1]] or 0.0) >= _LEAST_SHEAR for level in levels.values())]
    height = 0.8 / len(shown)
    for index, (label, key, colour) in enumerate(shown):
        values = [level[key] or 0.0 for level in levels.values()]
        bars = axes.barh([place + index * height for place in range(len(levels))], values, height, label=label, color=colour)
        _numbers(axes, bars, [number(value, digits) for value in values], [spread[name][key] for name in levels] if spread else [])
    axes.set_yticks([place + 0.4 - height / 2.0 for place in range(len(levels))], list(levels))
    axes.invert_yaxis()
    _finish(axes, name, len(shown))


def _muscles(axes: Axes, groups: Mapping[str, Any], spread: Mapping[str, Any]) -> None:
    busiest = sorted(groups.items(), key=lambda item: item[1]["force_N"] or 0.0)[-12:]
    height = 0.4
    for index, (side, colour) in enumerate((("left", ORANGE), ("right", GREEN))):
        key = f"force_{side}_N"
        values = [group[key] or 0.0 for _, group in busiest]
        bars = axes.barh([place - index * height for place in range(len(busiest))], values, height, label=side, color=colour)
        _numbers(axes, bars, [number(value) for value in values], [spread[name][key] for name, _ in busiest] if spread else [])
    axes.set_yticks([place - height / 2.0 for place in range(len(busiest))], [words(name) for name, _ in busiest])
    _finish(axes, "Muscle force, N", 2)


def _numbers(axes: Axes, bars: BarContainer, texts: Sequence[str], spread: Sequence[Sequence[float | None]]) -> None:
    """The number of each bar, beyond its whisker where it has one."""
    if not spread:
        axes.bar_label(bars, texts, padding=3, fontsize=8)
        return
    for bar, text, (low, _, high) in zip(bars, texts, spread, strict=True):
        size, place = bar.get_width(), bar.get_y() + 0.5 * bar.get_height()
        ends = (size if low is None else low, size if high is None else high)
        axes.plot(ends, (place, place), color="black", linewidth=0.9, marker="|", markersize=4)
        outer, side = (max(*ends, size), 1) if size >= 0.0 else (min(*ends, size), -1)
        where = "left" if side > 0 else "right"
        axes.annotate(text, (outer, place), (4 * side, 0), textcoords="offset points", ha=where, va="center", fontsize=8)


def _finish(axes: Axes, name: str, series: int) -> None:
    axes.set_title(name)
    zero_line(axes, upright=True)
    axes.margins(x=0.16)
    if series > 1:
        axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=series)
