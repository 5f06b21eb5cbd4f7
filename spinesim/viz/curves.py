"""Curves of a specimen as a picture: rotation, facets, pressure and ligaments over the load."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from spinesim.model.names import LIGAMENTS
from spinesim.viz.style import CATEGORIES, lettered, picture, zero_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from spinesim.solver.bench import Curve
    from spinesim.solver.motion import Motion

_AXES: Final = ("forward", "to the right", "to the left")
_LEAST = 1.0  # N, of a ligament worth a line


def curves_png(curve: Curve, title: str, footer: str = "", motion: Motion | None = None) -> bytes:
    """A PNG image of one loading, or of a range of motion.

    Parameters
    ----------
    curve
        The loading; its abscissa is the largest of its loads.
    title, footer
        Heading and small print.
    motion
        If given, the first panel shows moment against rotation both ways.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """

    def draw(figure: Figure) -> None:
        _panels(lettered(figure, title, caption=footer), curve, motion)

    return picture(draw, 12.0, 8.0)


def _panels(figure: SubFigure, curve: Curve, motion: Motion | None) -> None:
    axes = figure.subplots(2, 2)
    load, name = _abscissa(curve)
    if motion is None:
        _rotations(axes[0, 0], curve, load, name)
    else:
        _both_ways(axes[0, 0], motion)
    forces = curve.loads["facet_force_N"]
    _lines(axes[0, 1], "Facet force, N: left solid, right dashed", load, name, curve.levels, forces[:, :, 0], forces[:, :, 1])
    _lines(axes[1, 0], "Disc pressure, MPa", load, name, curve.levels, curve.loads["intradiscal_pressure_MPa"])
    _ligaments(axes[1, 1], curve, load, name)


def _abscissa(curve: Curve) -> tuple[Any, str]:
    """What grows along the curve, and its name; creep if there is any."""
    if curve.creep_mm[-1]:
        return curve.creep_mm + curve.part - 1.0, "load from -1 to 0, then creep, mm"
    load = curve.loading
    kinds = (
        (load.moment_Nm, "moment, N m"),
        (load.compression_N, "compression, N"),
        (load.shear_N, "shear, N"),
        (load.clamp_deg, "angle, deg"),
    )
    size, name = next(((s, n) for s, n in kinds if s), (1.0, "part of the load"))
    return size * curve.part, name


def _rotations(axes: Axes, curve: Curve, load: Any, name: str) -> None:
    main = int(np.argmax(np.abs(curve.rotation_total_deg[-1])))
    _lines(axes, f"Rotation {_AXES[main]}, deg", load, name, curve.levels, curve.rotation_deg[:, :, main])


def _both_ways(axes: Axes, motion: Motion) -> None:
    for i, level in enumerate(motion.levels):
        axes.plot(motion.rotation_deg[:, i], motion.moment_Nm, color=CATEGORIES[i], label=level)
    zero_line(axes)
    zero_line(axes, upright=True)
    _finish(axes, "Moment, N m, over rotation", "rotation, deg", len(motion.levels))


def _lines(axes: Axes, title: str, load: Any, name: str, labels: Sequence[str], solid: Any, dashed: Any = None) -> None:
    for i, label in enumerate(labels):
        axes.plot(load, solid[:, i], color=CATEGORIES[i], label=label)
        if dashed is not None:
            axes.plot(load, dashed[:, i], color=CATEGORIES[i], linestyle="--")
    _finish(axes, title, name, len(labels))


def _ligaments(axes: Axes, curve: Curve, load: Any, name: str) -> None:
    """Tensions of the level with the tautest ligament."""
    tension = curve.loads["ligament_tension_N"]
    level = int(np.unravel_index(np.argmax(tension.max(axis=0)), tension.shape[1:])[0])
    taut = [g for g in range(len(LIGAMENTS)) if tension[:, level, g].max() >= _LEAST]
    for g in taut:
        axes.plot(load, tension[:, level, g], color=CATEGORIES[g], label=LIGAMENTS[g])
    _finish(axes, f"Ligament tension at {curve.levels[level]}, N", name, len(taut))


def _finish(axes: Axes, title: str, name: str, series: int) -> None:
    axes.set_title(title)
    axes.set_xlabel(name)
    axes.grid(visible=True)
    if series:
        axes.legend()
