"""Figures for papers and slides, each a pure function of results that gives a PNG, SVG or PDF.

In Python: :func:`~spinesim.viz.figures.maps.load_map`, :func:`~spinesim.viz.figures.levels.level_bars`,
:func:`~spinesim.viz.figures.muscles.muscle_motion` and ``muscle_cases``, :func:`~spinesim.viz.figures.sharing.load_sharing`,
:func:`~spinesim.viz.figures.series.time_series`. From result files: :func:`from_files` with a name of :data:`FIGURES`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from spinesim.model.names import unknown_name
from spinesim.viz.figures.data import Case, FigureError, Frames, Grid
from spinesim.viz.figures.files import Choice, cases_of, frames_of, grid_of, is_motion
from spinesim.viz.figures.levels import level_bars
from spinesim.viz.figures.maps import load_map
from spinesim.viz.figures.muscles import muscle_cases, muscle_motion
from spinesim.viz.figures.series import time_series
from spinesim.viz.figures.sharing import load_sharing

__all__ = [
    "FIGURES",
    "Case",
    "Choice",
    "FigureError",
    "FigureKind",
    "Frames",
    "Grid",
    "from_files",
    "level_bars",
    "load_map",
    "load_sharing",
    "muscle_cases",
    "muscle_motion",
    "time_series",
]


@dataclass(frozen=True, slots=True)
class FigureKind:
    """A figure by what it shows, what it is drawn from, at most how many files, and how."""

    shows: str
    needs: str
    most: int
    draw: Callable[[Sequence[Path], Choice, str, str], bytes]


def _muscles(paths: Sequence[Path], choice: Choice, title: str, form: str) -> bytes:
    if len(paths) == 1 and choice.row is None and choice.at_s is None and is_motion(paths[0]):
        return muscle_motion(frames_of(paths[0]), title, form)
    return muscle_cases(cases_of(paths, choice), title, form)


FIGURES: Final[dict[str, FigureKind]] = {
    "levels": FigureKind(
        "loads of every level as bars, with percentiles where there are any",
        "1 to 4 files of solve or exercise",
        4,
        lambda paths, choice, title, form: level_bars(cases_of(paths, choice), title, form),
    ),
    "sharing": FigureKind(
        "shares of disc, facets, ligaments and muscles at every level",
        "1 to 3 files of solve or exercise",
        3,
        lambda paths, choice, title, form: load_sharing(cases_of(paths, choice), title, form),
    ),
    "muscles": FigureKind(
        "muscle forces stacked: through a motion, or of cases side by side",
        "a file of exercise, or 1 to 6 of solve",
        6,
        _muscles,
    ),
    "time": FigureKind(
        "disc, facets, ligaments and muscles of a level through a motion, with peaks",
        "a file of exercise",
        1,
        lambda paths, choice, title, form: time_series(frames_of(paths[0]), choice.level, title, form),
    ),
    "load-map": FigureKind(
        "disc compression, pressure and facet force of a level over load and flexion, with limits",
        "a file of a sweep that crosses two keys",
        1,
        lambda paths, choice, title, form: load_map(grid_of(paths[0], choice), title, form),
    ),
}


def from_files(name: str, paths: Sequence[Path], form: str = "png", choice: Choice | None = None, title: str = "") -> bytes:
    """Draw a figure of :data:`FIGURES` from result files.

    Parameters
    ----------
    name
        Which figure.
    paths
        Result files, as many as the figure takes.
    form
        One of :data:`spinesim.viz.style.FORMATS`.
    choice
        What of them is drawn.
    title
        Heading; without it the names of the results.

    Raises
    ------
    FigureError
        If there is no such figure, it takes another number of files, or these do not hold what it needs.
    OSError, spinesim.io.reading.ResultFileError
        If a file cannot be read, is foreign, of another kind or version, or damaged.
    ImportError
        If matplotlib is not installed.
    """
    if name not in FIGURES:
        raise FigureError(unknown_name("figure", name, tuple(FIGURES)))
    kind = FIGURES[name]
    if not 1 <= len(paths) <= kind.most:
        raise FigureError(f"{name}: {len(paths)} files; this figure is drawn from {kind.needs}")
    return kind.draw(paths, choice or Choice(), title, form)
