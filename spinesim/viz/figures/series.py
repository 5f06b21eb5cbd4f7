"""A motion at one level over its time: disc, facets, ligaments and muscles, with their peaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from spinesim.io.tables import number
from spinesim.model.names import LEVELS, LIGAMENTS, SIDES
from spinesim.viz.figures.data import MUSCLES_NOTE, TRUNK, Array, Frames, caption, level_index, muscle_forces
from spinesim.viz.style import CATEGORIES, GREY, lettered, picture, stripes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_MUSCLES: Final = 4
_WHOLE: Final = 10.0  # N, from where on a number has no decimals
_LEAST_TENSION: Final = 1.0  # N, of a ligament worth a line


def time_series(frames: Frames, level: str = "L4-L5", title: str = "", form: str = "png") -> bytes:
    """Loads of a level through a motion; frames without an answer are gaps in the lines.

    Parameters
    ----------
    frames
        The motion.
    level
        Which level; the discs of the others are thin lines.
    title, form
        As for :func:`spinesim.viz.figures.levels.level_bars`.

    Raises
    ------
    FigureError
        If there is no such level.
    ImportError
        If matplotlib is not installed.
    """
    level_index(level)
    return picture(lambda figure: draw(figure, frames, level, title), 11.0, 9.4, form)


def draw(figure: Figure, frames: Frames, level: str, title: str = "") -> None:
    """The same on a figure that is given."""
    note = f"Disc, facets and ligaments of {level}; grey: the discs of the other levels. Dots: peaks. {MUSCLES_NOTE}"
    body = lettered(figure, title or frames.name, caption=caption(note, source=frames.source))
    panels, at = body.subplots(4, 1, sharex=True), level_index(level)
    for other in sorted(set(range(len(LEVELS))) - {at}):
        panels[0].plot(frames.time_s, frames.solution.disc_compression_N[:, other], color="#b0b0b0", linewidth=0.9)
    for axes, (name, lines) in zip(panels, _lines(frames, at).items(), strict=True):
        # Room for the names of the phases.
        axes.margins(x=0.0, y=0.16 if axes is panels[0] else 0.06)
        _panel(axes, frames, lines)
        axes.set_title(f"{name}, N")
        stripes(axes, frames.phases, named=axes is panels[0])
    panels[-1].set_xlabel("time, s")


def _lines(frames: Frames, at: int) -> dict[str, dict[str, Array]]:
    """What each panel shows: the disc, both facets, ligaments under tension, the muscles with the highest peaks."""
    solution = frames.solution
    tension = {name: solution.ligament_tension_N[:, at, g] for g, name in enumerate(LIGAMENTS)}
    taut = {name: values for name, values in tension.items() if np.nanmax(values) >= _LEAST_TENSION}
    forces = muscle_forces(solution, TRUNK)
    busiest = sorted(forces, key=lambda name: -float(np.nanmax(forces[name])))[:_MOST_MUSCLES]
    return {
        "Disc compression": {LEVELS[at]: solution.disc_compression_N[:, at]},
        "Facet force": {side: solution.facet_force_N[:, at, s] for s, side in enumerate(SIDES)},
        "Ligament tension, both sides": taut,
        "Muscle force, both sides": {name: forces[name] for name in forces if name in busiest},
    }


def _panel(axes: Axes, frames: Frames, lines: Mapping[str, Array]) -> None:
    for (name, values), colour, style in zip(lines.items(), CATEGORIES, ("-", "--", "-.", ":", "-", "--", "-."), strict=False):
        peak = int(np.nanargmax(values))
        size = float(values[peak])
        label = f"{name}: {number(size, 0 if size >= _WHOLE else 1)} N at {frames.time_s[peak]:.2f} s"
        axes.plot(frames.time_s, values, color=colour, linestyle=style, linewidth=2.0, label=label)
        axes.plot(frames.time_s[peak], values[peak], "o", color=colour, markeredgecolor="white", markersize=8.0, clip_on=False, zorder=3.0)
    axes.set_ylim(bottom=0.0)
    axes.grid(visible=True, axis="y")
    if not lines:
        axes.annotate("none is taut", (0.5, 0.5), xycoords="axes fraction", ha="center", va="center", color=GREY)
        return
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), title="peak", alignment="left")
