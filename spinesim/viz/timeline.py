"""A solved movement as a picture: loads and angles over the time of a repetition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from spinesim.io.provenance import DISCLAIMER, SIGNS
from spinesim.viz.style import CATEGORIES, lettered, picture, stripes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

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
    beyond = "" if answer["validated"] else " - outside the validated range"

    def draw(figure: Figure) -> None:
        body = lettered(figure, title, subtitle, f"{answer['status']}{beyond}", caption=f"{SIGNS} {DISCLAIMER}")
        axes = body.subplots(2, 2, sharex=True).ravel()
        frames = answer["frames"]
        for place, (name, key) in zip(axes, _LOADS, strict=False):
            _panel(place, name, answer, list(frames[key].items()))
        body.legend(*axes[0].get_legend_handles_labels(), loc="outside right center", title="level")
        _panel(axes[3], "Posture, deg", answer, [(name, frames[key]) for name, key in _ANGLES])
        axes[3].legend(loc="upper left", bbox_to_anchor=(0.0, 0.93))

    return picture(draw, 12.0, 8.0)


def _panel(axes: Axes, title: str, answer: Mapping[str, Any], lines: Sequence[tuple[str, Sequence[float | None]]]) -> None:
    """Lines over time on stripes that are the phases."""
    stripes(axes, [(name, phase["from_s"], phase["to_s"]) for name, phase in answer["phases"].items()])
    for (name, values), colour in zip(lines, CATEGORIES, strict=False):
        known = [float("nan") if value is None else value for value in values]
        axes.plot(answer["frames"]["time_s"], known, color=colour, label=name, marker=".", markersize=3)
    axes.set_title(title)
    axes.set_xlabel("time, s")
    axes.margins(x=0.0, y=0.12)
