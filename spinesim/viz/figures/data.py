"""What figures are drawn from: single cases, the frames of a motion, a grid of a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from spinesim.io.provenance import DISCLAIMER, SIGNS
from spinesim.model.names import CONVERGED, LEVELS, STRENGTH_EXCEEDED, unknown_name
from spinesim.solver.solution import Solution

Array = NDArray[Any]

# Muscles as they stand in figures, and the groups of the model in each. The transversus acts through the abdominal pressure alone.
TRUNK: Final[dict[str, tuple[str, ...]]] = {
    "multifidus": ("multifidus",),
    "longissimus": ("longissimus_lumborum", "longissimus_thoracis"),
    "iliocostalis": ("iliocostalis_lumborum", "iliocostalis_thoracis"),
    "quadratus lumborum": ("quadratus_lumborum",),
    "latissimus dorsi": ("latissimus_dorsi",),
    "psoas": ("psoas",),
    "obliques": ("external_oblique", "internal_oblique"),
    "rectus abdominis": ("rectus_abdominis",),
}
HIPS: Final[dict[str, tuple[str, ...]]] = {
    "gluteus maximus": ("gluteus_maximus",),
    "gluteus medius": ("gluteus_medius",),
    "hamstrings": ("hamstrings",),
    "iliacus": ("iliacus",),
}
MUSCLES_NOTE: Final = "The transversus acts through the abdominal pressure and is not among the forces."
LEAST_COMPRESSION_N, LEAST_SHEAR_N, LEAST_MOMENT_NM = 100.0, 50.0, 15.0


class FigureError(ValueError):
    """A result that does not hold what a figure is drawn from."""


@dataclass(frozen=True, slots=True)
class Case:
    """One solved case.

    Attributes
    ----------
    name
        What it is called beside others.
    solution
        Without a case axis.
    percentiles
        The same case by percentile (5, 50, 95), where they were asked for.
    source
        Version and model it comes from, for the small print.
    """

    name: str
    solution: Solution
    percentiles: Mapping[int, Solution] = field(default_factory=dict)
    source: str = ""

    def __post_init__(self) -> None:
        if self.solution.status.ndim:
            raise FigureError(f"{self.name}: {len(self.solution)} cases where one is drawn; take a row")
        if int(self.solution.status) not in (CONVERGED, STRENGTH_EXCEEDED):
            raise FigureError(f"{self.name}: {self.solution.status_name}: there are no numbers to draw")

    @property
    def label(self) -> str:
        """The name, with what has to be known of the answer."""
        notes = ["strength exceeded"] if int(self.solution.status) == STRENGTH_EXCEEDED else []
        notes += [] if self.solution.validated else ["outside the validated range"]
        return f"{self.name} ({', '.join(notes)})" if notes else self.name


@dataclass(frozen=True, slots=True)
class Frames:
    """A solved motion: ``time_s`` (N,), ``phase`` of every frame, ``solution`` with one row a frame; gaps are NaN."""

    name: str
    time_s: Array
    phase: tuple[str, ...]
    solution: Solution
    source: str = ""

    def __post_init__(self) -> None:
        if not np.isfinite(self.solution.compression_N).any():
            raise FigureError(f"{self.name}: no frame has an answer")

    @property
    def phases(self) -> list[tuple[str, float, float]]:
        """Name, start and end in s of every phase in turn."""
        starts = [i for i, name in enumerate(self.phase) if i == 0 or name != self.phase[i - 1]]
        ends = [*starts[1:], len(self.phase) - 1]
        return [(self.phase[a], float(self.time_s[a]), float(self.time_s[b])) for a, b in zip(starts, ends, strict=True)]

    def at_peak(self, level: str) -> Case:
        """The frame in which the disc of a level is pressed most."""
        frame = int(np.nanargmax(self.solution.disc_compression_N[:, level_index(level)]))
        where = f"{self.name} at {self.time_s[frame]:.2f} s ({self.phase[frame]}), when {level} is pressed most"
        return Case(where, self.solution.row(frame), source=self.source)


@dataclass(frozen=True, slots=True)
class Grid:
    """Loads at one level over two quantities.

    Attributes
    ----------
    x_key, y_key, x, y
        Names with units, and values (nx,), (ny,), both rising.
    fields
        By result: (ny, nx), NaN where the case has no answer.
    validated
        (ny, nx), whether every input lies inside the validated range.
    limits
        By result: a limit on it; none for results that have none.
    limit_of
        Whose limit, in words.
    """

    name: str
    level: str
    x_key: str
    y_key: str
    x: Array
    y: Array
    fields: Mapping[str, Array]
    validated: Array
    limits: Mapping[str, float] = field(default_factory=dict)
    limit_of: str = ""
    source: str = ""


def level_index(level: str) -> int:
    """Place of a level in results.

    Raises
    ------
    FigureError
        If it is none of the six; the nearest one is named.
    """
    if level not in LEVELS:
        raise FigureError(unknown_name("level", level, LEVELS, cutoff=0.2))
    return LEVELS.index(level)


def muscle_forces(solution: Solution, muscles: Mapping[str, Sequence[str]], *, active: bool = False) -> dict[str, Array]:
    """Force of both sides by muscle, N, with the axes of the solution's cases; of which ``active`` if asked."""
    force = solution.active_force_N if active else solution.active_force_N + solution.passive_force_N
    groups = np.array(solution.groups)
    return {name: np.asarray(force[..., np.isin(groups, members)].sum(axis=-1)) for name, members in muscles.items()}


def carried(solution: Solution) -> dict[str, dict[str, Array]]:
    """What carries compression, shear and flexion moment of a single case, by level.

    Net compression is disc + facets + ligaments, where ligaments under tension count negative: they press the disc. Net anterior shear
    is disc + facets + ligaments. The moment of weights and load about the disc centre is active muscle (with the abdominal pressure) +
    passive muscle + joint (disc, facets and ligaments) + what no muscle can supply.

    Returns
    -------
    dict
        Of ``compression`` and ``shear``, N, and ``moment``, N m: part -> (6,), with their sum under ``net``.
    """
    disc, facets = solution.disc_anterior_shear_N, solution.facet_shear_N
    load, joint = solution.load_moment_Nm[:, 2], solution.moment_Nm[:, 2]
    # Muscles and what they leave unmet act against the load: joint = load + muscles + unmet.
    passive, unmet = solution.passive_share * load, -solution.unmet_joint_moment_Nm[:, 2]
    return {
        "compression": {
            "disc": solution.disc_compression_N,
            "facets": solution.facet_compression_N,
            "ligaments": -solution.ligament_compression_N,
            "net": solution.compression_N,
        },
        "shear": {"disc": disc, "facets": facets, "ligaments": solution.anterior_shear_N - disc - facets, "net": solution.anterior_shear_N},
        "moment": {
            "active muscle": load - passive - unmet,
            "passive muscle": passive - joint,
            "disc, facets, ligaments": joint,
            "unmet": unmet,
            "net": load,
        },
    }


def shares(solution: Solution) -> dict[str, dict[str, Array]]:
    """The parts of :func:`carried` in percent of their sum; NaN at levels where the sum is too small to be shared out."""
    least = {"compression": LEAST_COMPRESSION_N, "shear": LEAST_SHEAR_N, "moment": LEAST_MOMENT_NM}
    found = {}
    for name, parts in carried(solution).items():
        net = np.where(np.abs(parts["net"]) >= least[name], parts["net"], np.nan)
        found[name] = {part: 100.0 * values / net for part, values in parts.items() if part != "net"}
    return found


def caption(*parts: str, source: str = "") -> str:
    """Small print: what is drawn, signs and frame, where it comes from."""
    return " ".join(filter(None, (*parts, SIGNS, f"{source}." if source else "", DISCLAIMER)))
