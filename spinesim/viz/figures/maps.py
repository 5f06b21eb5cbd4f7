"""Loads over two quantities, such as load and flexion, as maps with the limits of validation and of tolerance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from spinesim.viz.figures.data import Array, FigureError, Grid, caption
from spinesim.viz.style import GREY, VERMILION, lettered, picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Shown(NamedTuple):
    """Words, unit and digits of a result on a map."""

    words: str
    unit: str
    digits: int


SHOWN: Final = {
    "disc_compression_N": Shown("Disc compression", "N", 0),
    "intradiscal_pressure_MPa": Shown("Disc pressure", "MPa", 1),
    "facet_force_N": Shown("Facet force, larger side", "N", 0),
}
AXIS_WORDS: Final = {
    "load.mass_kg": "load in the hands, kg",
    "load.backpack_kg": "load on the back, kg",
    "posture.flexion_deg": "lumbar flexion, deg",
    "posture.trunk_inclination_deg": "trunk inclination, deg",
    "posture.pelvic_tilt_deg": "pelvic tilt, deg",
}
_STEPS: Final = 10
_OUTSIDE: Final = "outside the validated range"
# Of opposite slope, so that both are seen where they meet.
_UNVALIDATED, _ABOVE = "///", "\\\\\\"


def load_map(grid: Grid, title: str = "", form: str = "png") -> bytes:
    """Disc compression, pressure and facet force of a level, with contour lines between the solved cases.

    Parameters
    ----------
    grid
        At least two by two values, with at least one answer.
    title, form
        As for :func:`spinesim.viz.figures.levels.level_bars`.

    Raises
    ------
    FigureError
        If there is nothing to draw.
    ImportError
        If matplotlib is not installed.
    """
    if len(grid.x) < 2 or len(grid.y) < 2:
        raise FigureError(f"{grid.name}: {len(grid.x)} by {len(grid.y)} values are no map; two by two is the least")
    if not any(np.isfinite(values).any() for values in grid.fields.values()):
        raise FigureError(f"{grid.name}: no case has an answer")
    return picture(lambda figure: draw(figure, grid, title), 1.0 + 4.6 * len(grid.fields), 6.0, form)


def draw(figure: Figure, grid: Grid, title: str = "") -> None:
    """The same on a figure that is given."""
    from matplotlib.patches import Patch

    told = f"Dots: solved cases of {grid.level}; lines between them are interpolated."
    limits = ", ".join(_words(name, grid.limits[name]) for name in grid.fields if name in grid.limits)
    told = f"{told} Limits: {limits}." if limits else told
    body = lettered(figure, title or f"{grid.name}: {grid.level}", caption=caption(told, source=grid.source))
    panels = body.subplots(1, len(grid.fields), sharex=True, sharey=True, squeeze=False)[0]
    for axes, (name, values) in zip(panels, grid.fields.items(), strict=True):
        _panel(axes, grid, name, values)
        axes.set_xlabel(AXIS_WORDS.get(grid.x_key, grid.x_key))
    panels[0].set_ylabel(AXIS_WORDS.get(grid.y_key, grid.y_key))
    drawn = [] if grid.validated.all() else [Patch(facecolor="none", edgecolor="black", hatch=_UNVALIDATED, label=_OUTSIDE)]
    drawn += [Patch(facecolor="none", edgecolor=VERMILION, hatch=_ABOVE, label=f"above the limit: {grid.limit_of}")] if grid.limits else []
    holes = any(np.isnan(values).any() for values in grid.fields.values())
    drawn += [Patch(facecolor=GREY, label="strength exceeded, or no answer")] if holes else []
    if drawn:
        body.legend(handles=drawn, loc="outside upper left", ncols=3)


def _words(name: str, limit: float) -> str:
    shown = SHOWN[name]
    return f"{shown.words.partition(',')[0].lower()} {limit:.{shown.digits}f} {shown.unit}"


def _panel(axes: Axes, grid: Grid, name: str, values: Array) -> None:
    from matplotlib.patheffects import withStroke

    shown, known = SHOWN[name], np.ma.masked_invalid(values)
    axes.set_facecolor(GREY)
    filled = axes.contourf(grid.x, grid.y, known, levels=_STEPS, cmap="viridis")
    lines = axes.contour(grid.x, grid.y, known, levels=filled.levels, colors="white", linewidths=0.9)
    for text in axes.clabel(lines, fmt=f"%.{shown.digits}f", fontsize=10.0):
        text.set_path_effects([withStroke(linewidth=2.5, foreground="#202020")])
    if not grid.validated.all():
        # From the last validated case on: what lies between it and the next is not claimed.
        _hatch(axes, grid, 1.0 - grid.validated, 0.001, _UNVALIDATED, "black")
    limit = grid.limits.get(name, np.inf)
    if limit < float(known.max()):
        _hatch(axes, grid, known, limit, _ABOVE, VERMILION)
        axes.contour(grid.x, grid.y, known, levels=[limit], colors=VERMILION, linewidths=2.5)
    across, up = np.meshgrid(grid.x, grid.y)
    solved = np.isfinite(values)
    axes.plot(across[solved], up[solved], ".", color="black", markersize=2.0)
    axes.set_title(f"{shown.words}, {shown.unit}")
    axes.figure.colorbar(filled, ax=axes, orientation="horizontal", shrink=0.9, aspect=30)


def _hatch(axes: Axes, grid: Grid, values: Array, above: float, pattern: str, colour: str) -> None:
    drawn = axes.contourf(grid.x, grid.y, values, levels=[above, 1e30], colors="none", hatches=[pattern])
    drawn.set_edgecolor(colour)
    drawn.set_linewidth(0.0)
