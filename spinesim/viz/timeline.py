"""A solved movement as a picture: loads and angles over the time of a repetition."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final

from spinesim.io.provenance import DISCLAIMER, SIGNS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Colours that people with colour blindness tell apart, one a level.
_COLOURS: Final = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9")
_SHADES: Final = ("#f3f5f8", "#ffffff")
_LOADS: Final = (
    ("Net compression, N", "compression_N"),
    ("Disc pressure, MPa", "intradiscal_pressure_MPa"),
    ("Net anterior shear, N", "anterior_shear_N"),
)
_ANGLES: Final = (("pelvic tilt", "pelvic_tilt_deg"), ("lumbar flexion", "flexion_deg"), ("knee", "knee_flexion_deg"))


def timeline_png(answer: Mapping[str, Any], title: str, subtitle: str = "") -> bytes:
    """A PNG image of a movement.

    Parameters
    ----------
    answer
        As made by :func:`spinesim.io.movement.movement_to_json`. Frames without an answer are gaps in the lines.
    title, subtitle
        Heading of the picture and what was asked.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12.0, 8.0), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 2, sharex=True).ravel()
    frames = answer["frames"]
    for place, (name, key) in zip(axes, _LOADS, strict=False):
        _panel(place, name, answer, list(frames[key].items()))
    _panel(axes[3], "Posture, deg", answer, [(name, frames[key]) for name, key in _ANGLES])
    beyond = "" if answer["validated"] else " - outside the validated range"
    figure.suptitle("\n".join(filter(None, (title, subtitle, f"{answer['status']}{beyond}"))), fontsize=11)
    figure.supxlabel(fill(f"{SIGNS} {DISCLAIMER}", 150), fontsize=8, color="#444444")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return buffer.getvalue()


def _panel(axes: Axes, title: str, answer: Mapping[str, Any], lines: Sequence[tuple[str, Sequence[float | None]]]) -> None:
    """Lines over time on stripes that are the phases."""
    for index, (name, phase) in enumerate(answer["phases"].items()):
        axes.axvspan(phase["from_s"], phase["to_s"], color=_SHADES[index % 2], zorder=0)
        middle = 0.5 * (phase["from_s"] + phase["to_s"])
        axes.annotate(name, (middle, 1.0), xycoords=("data", "axes fraction"), ha="center", va="top", fontsize=7, color="#555555")
    for (name, values), colour in zip(lines, _COLOURS, strict=False):
        known = [float("nan") if value is None else value for value in values]
        axes.plot(answer["frames"]["time_s"], known, color=colour, label=name, marker=".", markersize=3)
    axes.set_title(title, loc="left", fontsize=10, fontweight="bold")
    axes.set_xlabel("time, s", fontsize=9)
    axes.margins(y=0.12)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    axes.legend(fontsize=8, frameon=False, ncols=3)
