"""Loads per level and muscle forces as a picture of bars."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Colours that people with colour blindness tell apart.
_BLUE, _ORANGE, _GREEN, _GREY = "#3b6fb6", "#d9822b", "#3f8f5b", "#8a8f98"


def available() -> bool:
    """Whether matplotlib is installed."""
    return find_spec("matplotlib") is not None


def bars_png(answer: Mapping[str, Any], title: str) -> bytes:
    """A PNG image of one answer.

    Parameters
    ----------
    answer
        As made by :func:`spinesim.io.json.solution_to_json`.
    title
        Heading of the picture.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11.0, 7.5), layout="constrained")
    FigureCanvasAgg(figure)
    (compression, facets), (shear, muscles) = figure.subplots(2, 2)
    levels = answer["levels"]
    _grouped(compression, levels, (("net compression", "compression_N", _GREY), ("disc compression", "disc_compression_N", _BLUE)))
    _grouped(facets, levels, (("left facet", "facet_left_N", _ORANGE), ("right facet", "facet_right_N", _GREEN)))
    _grouped(shear, levels, (("anterior shear", "anterior_shear_N", _BLUE), ("lateral shear (right)", "lateral_shear_N", _ORANGE)))
    _muscles(muscles, answer["muscle_groups"])
    figure.suptitle(f"{title} - {answer['status']}{'' if answer['validated'] else ', outside the validated range'}")
    figure.supxlabel("\n".join(answer["notes"][-3:]).replace(": compression", ":\ncompression"), fontsize=7)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=130)
    return buffer.getvalue()


def _grouped(axes: Axes, levels: Mapping[str, Any], series: Sequence[tuple[str, str, str]]) -> None:
    """Bars side by side for each level, cranial at the top as in the body."""
    height = 0.8 / len(series)
    for index, (label, key, colour) in enumerate(series):
        places = [place + index * height for place in range(len(levels))]
        axes.barh(places, [level[key] or 0.0 for level in levels.values()], height, label=label, color=colour)
    axes.set_yticks([place + 0.4 - height / 2.0 for place in range(len(levels))], list(levels))
    axes.invert_yaxis()
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.set_xlabel("N")
    axes.legend(fontsize=8)


def _muscles(axes: Axes, groups: Mapping[str, Any]) -> None:
    busiest = sorted(groups.items(), key=lambda item: item[1]["force_N"] or 0.0)[-10:]
    names = [name.replace("_", " ") for name, _ in busiest]
    left, right = ([group[f"force_{side}_N"] or 0.0 for _, group in busiest] for side in ("left", "right"))
    axes.barh(names, left, label="left muscles", color=_ORANGE)
    axes.barh(names, right, left=left, label="right muscles", color=_GREEN)
    axes.set_xlabel("N")
    axes.legend(fontsize=8)
