"""Muscle forces as stacks: through a motion, or of single cases side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Final

import numpy as np

from spinesim.io.tables import number
from spinesim.viz.figures.data import HIPS, MUSCLES_NOTE, TRUNK, Case, Frames, caption, muscle_forces
from spinesim.viz.figures.levels import check_count
from spinesim.viz.style import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION, YELLOW, lettered, picture, stripes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_CASES: Final = 6
_LABEL: Final = 13  # letters in a line under a stack
COLOURS: Final = dict(
    zip((*TRUNK, *HIPS), (BLUE, SKY, GREEN, PURPLE, GREY, VERMILION, ORANGE, YELLOW, BLUE, SKY, ORANGE, VERMILION), strict=True)
)
_PANELS: Final[tuple[tuple[str, Mapping[str, tuple[str, ...]]], ...]] = (
    ("Trunk muscles, N", TRUNK),
    ("Hip muscles that do not cross the lumbar joints, N", HIPS),
)
_TOLD: Final = f"Forces along the tendons, both sides, active and passive. {MUSCLES_NOTE}"


def muscle_motion(frames: Frames, title: str = "", form: str = "png") -> bytes:
    """Muscle forces of a motion over its time, stacked; a dashed line is the active part of their sum.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    return picture(lambda figure: draw_motion(figure, frames, title), 11.0, 7.6, form)


def muscle_cases(cases: Sequence[Case], title: str = "", form: str = "png") -> bytes:
    """Muscle forces of one to six cases as stacks side by side.

    Raises
    ------
    FigureError
        If there is no case, or more than fit.
    ImportError
        If matplotlib is not installed.
    """
    check_count(cases, MOST_CASES)
    return picture(lambda figure: draw_cases(figure, cases, title), 5.0 + 2.4 * len(cases), 6.6, form)


def draw_motion(figure: Figure, frames: Frames, title: str = "") -> None:
    """The same on a figure that is given."""
    body = lettered(figure, title or frames.name, caption=caption(_TOLD, source=frames.source))
    panels = body.subplots(2, 1, sharex=True, height_ratios=(1.6, 1.0))
    for axes, (name, muscles) in zip(panels, _PANELS, strict=True):
        forces = muscle_forces(frames.solution, muscles)
        axes.stackplot(
            frames.time_s, list(forces.values()), labels=list(forces), colors=[COLOURS[n] for n in forces], edgecolor="white", linewidth=0.4
        )
        active = sum(muscle_forces(frames.solution, muscles, active=True).values())
        axes.plot(frames.time_s, active, color="black", linestyle="--", linewidth=1.3, label="of which active")
        stripes(axes, frames.phases, named=axes is panels[0])
        axes.set_title(name)
        axes.margins(x=0.0)
        _legend(axes)
    panels[-1].set_xlabel("time, s")


def draw_cases(figure: Figure, cases: Sequence[Case], title: str = "") -> None:
    """The same on a figure that is given."""
    panels = lettered(figure, title, caption=caption(_TOLD, source=cases[0].source)).subplots(1, 2)
    for axes, (name, muscles) in zip(panels, _PANELS, strict=True):
        forces = [muscle_forces(case.solution, muscles) for case in cases]
        places, totals = np.arange(len(cases)), np.zeros(len(cases))
        for muscle in muscles:
            sizes = np.array([float(force[muscle]) for force in forces])
            axes.bar(places, sizes, 0.66, bottom=totals, color=COLOURS[muscle], label=muscle, edgecolor="white", linewidth=0.5)
            totals = totals + sizes
        for place, total in enumerate(totals.tolist()):
            axes.annotate(number(total), (place, total), (0.0, 3.0), textcoords="offset points", ha="center", fontweight="bold")
        axes.set_xticks(places, [fill(case.label, _LABEL) for case in cases])
        axes.set_title(name.replace(" that do not cross the lumbar joints", ""))
        axes.margins(x=0.08, y=0.1)
        axes.grid(visible=True, axis="y")
        _legend(axes)


def _legend(axes: Axes) -> None:
    """Names in the order of the stack, beside it."""
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), reverse=True)
