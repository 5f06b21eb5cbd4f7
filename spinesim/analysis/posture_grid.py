"""A grid of solved postures and loads, and how far interpolation between its nodes is from solving.

Nodes are solved, never fitted. Between nodes results follow Akima's curves along one axis after the other, or straight lines along an
axis where a node that would shape the curves did not converge: such a node is never part of either. What that costs is measured, not
promised: the middle of every cell is solved too and compared.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from spinesim.analysis.between_nodes import between, curved_axes, whole_cells
from spinesim.analysis.some import solve_some
from spinesim.model.anatomy import SpineModel
from spinesim.model.load import Load
from spinesim.model.names import CONVERGED
from spinesim.model.posture import Posture
from spinesim.model.ranges import check, ranges
from spinesim.model.subject import Subject
from spinesim.solver.placement import Placer
from spinesim.solver.solution import Solution
from spinesim.solver.variables import VARIABLES

Array = NDArray[Any]
Progress = Callable[[int, int], None]

MOST_NODES: Final = 20_000
MOST_VALUES: Final = 60  # of an axis
SMALL: Final = 0.02  # of a result: how far off interpolation may be without being told apart

# What an axis may vary, and the quantity whose computable range holds for it.
KEYS: Final[Mapping[str, str]] = {
    "trunk_inclination_deg": "posture.trunk_inclination_deg",
    "flexion_deg": "posture.flexion_deg",
    "lateral_deg": "posture.lateral_deg",
    "rotation_deg": "posture.rotation_deg",
    "load_kg": "load.mass_kg",
    "hold_mm": "posture.hand_position_mm.anterior",
}
_BENDS: Final = ("trunk_inclination_deg", "flexion_deg")
_BENT_ARM, _LEAST_DROP = 0.9, 0.25  # of the arm's length: where the grip hangs below the shoulder, if it can


@dataclass(frozen=True, slots=True)
class Axis:
    """One slider: what it varies and the values that are solved, rising.

    Raises
    ------
    ValueError
        If the key is unknown, or the values do not rise, are too many or outside the computable range.
    """

    key: str
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if self.key not in KEYS:
            raise ValueError(f"axis {self.key!r} is unknown; expected one of {', '.join(KEYS)}")
        if not 1 <= len(self.values) <= MOST_VALUES:
            raise ValueError(f"axis {self.key}: {len(self.values)} values; expected 1 to {MOST_VALUES}")
        if any(not a < b for a, b in itertools.pairwise(self.values)):
            raise ValueError(f"axis {self.key}: the values {', '.join(f'{v:g}' for v in self.values)} do not rise")
        lo, hi = ranges()[KEYS[self.key]].computable
        if bad := [v for v in self.values if not lo <= v <= hi]:
            raise ValueError(f"axis {self.key}: {bad[0]:g} is outside the computable range {lo:g} to {hi:g}")


DEFAULT_AXES: Final = (
    # Finer where facets meet and muscles hand over, those in front to those behind, or left to right: leaning back, nearly straight, with
    # little in the hands.
    Axis("trunk_inclination_deg", (-15.0, -12.5, -10.0, -7.5, -5.0, 0.0, 10.0, 20.0, 35.0, 50.0, 60.0, 70.0, 80.0)),
    Axis("lateral_deg", (-10.0, -5.0, -2.0, 0.0, 2.0, 5.0, 10.0)),
    Axis("load_kg", (0.0, 1.0, 2.0, 3.0, 5.0, 7.5, 10.0, 15.0, 20.0)),
    Axis("hold_mm", (200.0, 250.0, 300.0, 350.0, 400.0, 500.0)),
)


@dataclass(frozen=True, slots=True)
class PostureGrid:
    """Solved nodes of a grid.

    Attributes
    ----------
    axes
        From the slowest to the fastest index of the nodes.
    postures, loads
        Of every node.
    solution
        Arrays with a leading node axis in C order. Nodes beyond the computable ranges, or that the hands cannot reach, have
        the status ``invalid_input`` and NaN.
    """

    axes: tuple[Axis, ...]
    postures: tuple[Posture, ...]
    loads: tuple[Load, ...]
    solution: Solution

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of every axis."""
        return tuple(len(axis.values) for axis in self.axes)


def axes_with(given: Mapping[str, Sequence[float]]) -> tuple[Axis, ...]:
    """The default axes with some replaced or added; ``flexion_deg`` and ``rotation_deg`` take the place of inclination and side bending.

    Raises
    ------
    ValueError
        As :class:`Axis` and :func:`check_axes`.
    """
    chosen: dict[str, Sequence[float]] = {axis.key: axis.values for axis in DEFAULT_AXES}
    for key, instead_of in (("flexion_deg", "trunk_inclination_deg"), ("rotation_deg", "lateral_deg")):
        if key in given and instead_of not in given:
            del chosen[instead_of]
    chosen |= given
    axes = tuple(Axis(key, tuple(map(float, chosen[key]))) for key in (*KEYS, *(set(chosen) - set(KEYS))) if key in chosen)
    check_axes(axes, Posture())
    return axes


def check_axes(axes: Sequence[Axis], posture: Posture) -> None:
    """Refuse axes that contradict each other or are more than can be solved.

    Raises
    ------
    ValueError
        Naming the axes.
    """
    keys = [axis.key for axis in axes]
    if not keys:
        raise ValueError("axes: there is none; expected one or more")
    if double := [key for key in keys if keys.count(key) > 1]:
        raise ValueError(f"axis {double[0]} is given twice")
    if set(_BENDS) <= set(keys):
        raise ValueError(f"axes {' and '.join(_BENDS)} are two ways of saying one posture; give one")
    if "flexion_deg" in keys and posture.trunk_inclination_deg is not None:
        raise ValueError("axis flexion_deg beside posture.trunk_inclination_deg of the case: two ways of saying one posture")
    count = int(np.prod([len(axis.values) for axis in axes], dtype=float))
    if count > MOST_NODES:
        raise ValueError(f"axes: {count} nodes; expected at most {MOST_NODES}")


def nodes(axes: Sequence[Axis]) -> Array:
    """Values of the axes at every node, (N, axes), the last axis fastest."""
    return np.array(list(itertools.product(*(axis.values for axis in axes))), float)


def middles(axes: Sequence[Axis]) -> Array:
    """Values of the axes in the middle of every cell, (C, axes)."""
    return np.array(list(itertools.product(*_middles(axes))), float)


def _middles(axes: Sequence[Axis]) -> list[Array]:
    """Middles along every axis; the value itself where there is but one."""
    return [np.array([0.5 * (a + b) for a, b in itertools.pairwise(axis.values)] or axis.values) for axis in axes]


def solve_grid(
    model: SpineModel,
    subject: Subject,
    posture: Posture,
    load: Load,
    axes: Sequence[Axis],
    exponent: float = 2.0,
    progress: Progress | None = None,
) -> PostureGrid:
    """Solve every node of a grid around a case.

    Parameters
    ----------
    posture, load
        What the axes leave open.
    axes
        See :data:`KEYS`. ``trunk_inclination_deg`` takes the place of tilt and flexion; ``hold_mm`` is how far in front of the
        L5-S1 disc the grips are, at a height that the arms reach with bent elbows.
    progress
        Called with (nodes done, nodes in all).

    Raises
    ------
    ValueError
        As :func:`check_axes` and :func:`~spinesim.solver.api.solve_batch`.
    """
    check_axes(axes, posture)
    return solve_points(model, subject, posture, load, axes, nodes(axes), exponent, progress)


def solve_points(
    model: SpineModel,
    subject: Subject,
    posture: Posture,
    load: Load,
    axes: Sequence[Axis],
    points: Array,
    exponent: float = 2.0,
    progress: Progress | None = None,
) -> PostureGrid:
    """The same for any points (N, axes), which need not be nodes."""
    keys, placer = [axis.key for axis in axes], Placer(model, subject)
    rows = [dict(zip(keys, map(float, point), strict=True)) for point in points]
    loads = [replace(load, mass_kg=row["load_kg"]) if "load_kg" in row else load for row in rows]
    postures = [_posed(placer, posture, row) for row in rows]
    beyond = [[v for v in check(subject, p, w) if v.kind == "computable"] for p, w in zip(postures, loads, strict=True)]
    if all(beyond):
        raise ValueError(f"no point of the grid can be computed: {beyond[0][0]}")
    solution = solve_some(model, subject, postures, loads, np.array([not found for found in beyond]), exponent, progress)
    return PostureGrid(tuple(axes), tuple(postures), tuple(loads), solution)


def _posed(placer: Placer, base: Posture, row: Mapping[str, float]) -> Posture:
    """The posture at a point: hands are put last, for they hang from the shoulders."""
    posture = base
    if (inclination := row.get("trunk_inclination_deg")) is not None:
        posture = replace(posture, trunk_inclination_deg=inclination, pelvic_tilt_deg=0.0, flexion_deg=0.0)
    turned: dict[str, Any] = {key: row[key] for key in ("flexion_deg", "lateral_deg", "rotation_deg") if key in row}
    posture = replace(posture, **turned)
    return replace(posture, hand_position_mm=_grip_mm(placer, posture, row["hold_mm"])) if "hold_mm" in row else posture


def _grip_mm(placer: Placer, posture: Posture, ahead_mm: float) -> tuple[float, float]:
    """Where the grips are at a distance in front of L5-S1: as far below the shoulders as bent arms hang there."""
    ahead, above, _ = 1e3 * placer.place(replace(posture, hand_position_mm=None), Load()).shoulder.mean(axis=0)
    arm = 1e3 * float(placer.person.arm_length.sum())
    drop = np.sqrt(max((_BENT_ARM * arm) ** 2 - (ahead_mm - ahead) ** 2, (_LEAST_DROP * arm) ** 2))
    return ahead_mm, round(float(above - drop), 3)


@dataclass(frozen=True, slots=True)
class Miss:
    """How far interpolation is from solving in the middles of cells, for one result.

    Attributes
    ----------
    name, unit
        Of the result.
    worst, median
        Largest absolute difference over levels and sides, and the median over cells of the largest in each.
    notable
        Largest absolute difference among those of more than :data:`SMALL` of what is solved; 0 if there is none.
    where
        Values of the axes at the worst, by key.
    solved
        What is solved there.
    cells
        Number of cells that were compared: those whose nodes and middle converged.
    """

    name: str
    unit: str
    worst: float
    notable: float
    median: float
    where: Mapping[str, float]
    solved: float
    cells: int


def measured_misses(
    model: SpineModel,
    subject: Subject,
    posture: Posture,
    load: Load,
    grid: PostureGrid,
    names: Sequence[str],
    exponent: float = 2.0,
    progress: Progress | None = None,
) -> list[Miss]:
    """Solve the middle of every cell and compare it with the curves between the nodes; empty where nothing can be compared.

    Parameters
    ----------
    posture, load
        Those the grid was solved around.
    names
        Of results with a level axis.
    """
    usable = whole_cells(grid.axes, grid.solution.status == CONVERGED, [False] * len(grid.axes))
    if not usable.any():
        return []
    points = middles(grid.axes)[usable]
    truth = solve_points(model, subject, posture, load, grid.axes, points, exponent, progress).solution
    solved = np.flatnonzero(truth.status == CONVERGED)
    return [_miss(name, grid, truth, points, usable, solved) for name in names] if len(solved) else []


def _miss(name: str, grid: PostureGrid, truth: Solution, points: Array, usable: Array, solved: Array) -> Miss:
    found = getattr(truth, name)[solved].reshape(len(solved), -1)
    which, ways = curved_axes(grid.axes, grid.solution.status == CONVERGED)[usable][solved], np.zeros_like(found)
    for way in np.unique(which, axis=0):
        mine = (which == way).all(axis=1)
        made = between(grid.axes, getattr(grid.solution, name), _middles(grid.axes), way.tolist())
        ways[mine] = made[usable][solved][mine].reshape(mine.sum(), -1)
    off = np.abs(ways - found)
    row, column = np.unravel_index(int(off.argmax()), off.shape)
    where = dict(zip((axis.key for axis in grid.axes), points[solved[row]].tolist(), strict=True))
    notable = float(off[off > SMALL * np.abs(found)].max(initial=0.0))
    middling, solved_there = float(np.median(off.max(axis=1))), float(found[row, column])
    return Miss(name, VARIABLES[name].unit, float(off.max()), notable, middling, where, solved_there, len(solved))
