"""Recruitment for muscles whose moment arms and net moments come from elsewhere, by the same kernel as the spine's own.

minimise  sum_i V_i a_i^p + sum_k r_k^2 / (2 reserve)   subject to   sum_i M_i a_i + r = b,   lo_i <= a_i <= hi_i
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinesim.model.layout import WEIGHT, Array, record
from spinesim.solver.recruitment import CUBE, SQUARE, recruit
from spinesim.solver.report import optimality

POWERS = {2: SQUARE, 3: CUBE}
DEFAULT_TOLERANCE = 1e-9  # N m


class Recruitment(NamedTuple):
    """Least effort that meets the moments.

    Attributes
    ----------
    solved
        False where the moments are beyond the muscles and no reserve was allowed.
    activation
        Of every muscle (n,).
    multiplier
        Price of every moment (rows,): cost for one more N m. Reserve moments are ``reserve`` times it.
    residual
        What muscles and reserves leave of the moments (rows,), N m.
    kkt
        Largest violation of the optimality conditions, over the largest pull.
    """

    solved: bool
    activation: NDArray[np.float64]
    multiplier: NDArray[np.float64]
    residual: NDArray[np.float64]
    kkt: float


class Problem:
    """Muscles with their moments at full activation; solved for any net moments.

    Parameters
    ----------
    moment
        Moment about every axis at full activation (n, rows), N m.
    weight
        Cost weight V of every muscle (n,), above 0.
    lower, upper
        Bounds of activation (n,).

    Raises
    ------
    ValueError
        If shapes do not fit, a number is not finite, a weight is not positive, or a lower bound is above its upper one.
    """

    def __init__(self, moment: ArrayLike, weight: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> None:
        table = np.asarray(moment, np.float64)
        if table.ndim != 2 or not table.size:
            raise ValueError(f"moment has shape {table.shape}, expected (muscles, rows)")
        v, lo, hi = (_column(name, given, len(table)) for name, given in (("weight", weight), ("lower", lower), ("upper", upper)))
        if not np.isfinite(table).all():
            raise ValueError("moment holds numbers that are not finite")
        if not (v > 0.0).all() or not (lo <= hi).all():
            raise ValueError("weights must be positive, and no lower bound above its upper one")
        self._spine, self._topology, self._work = _records(table, v, lo, hi)
        self._stance = np.ones(0)  # no rows that may be switched off

    def solve(self, target: ArrayLike, exponent: int = 2, reserve: float = 0.0, tolerance: float = DEFAULT_TOLERANCE) -> Recruitment:
        """Least effort for net moments.

        Parameters
        ----------
        target
            Net moments b that muscles must supply (rows,), N m.
        exponent
            2 or 3; with 3 the cost carries the term 1e-4 V a^2 besides.
        reserve
            How much reserve moment a unit of price buys, (N m)^2; 0 allows none.
        tolerance
            Largest residual of a solved problem, N m.

        Raises
        ------
        ValueError
            If the target does not fit the rows or is not finite, the exponent is neither 2 nor 3, or the reserve is negative.
        """
        w = self._work
        if exponent not in POWERS:
            raise ValueError(f"exponent {exponent!r} is neither 2 nor 3")
        if not 0.0 <= reserve < np.inf:
            raise ValueError(f"reserve {reserve!r} is not a finite number of at least 0")
        w.target[:] = _column("target", target, len(w.target))
        w.multiplier[:] = 0.0
        solved = recruit(self._spine, self._topology, POWERS[exponent], self._stance, reserve, tolerance, True, w)
        kkt = optimality(self._spine, self._topology, POWERS[exponent], w)
        return Recruitment(bool(solved), w.activation.copy(), w.multiplier.copy(), w.residual.copy(), float(kkt))


def _column(name: str, given: ArrayLike, length: int) -> NDArray[np.float64]:
    """Numbers of one column, one number standing for all of a bound or weight."""
    value = np.asarray(given, np.float64)
    if value.shape not in ((), (length,)):
        raise ValueError(f"{name} has shape {value.shape}, expected ({length},)")
    if not np.isfinite(value).all():
        raise ValueError(f"{name} holds numbers that are not finite")
    return np.broadcast_to(value, (length,))


def _records(moment: Array, weight: Array, lower: Array, upper: Array) -> tuple[Any, Any, Any]:
    """The fields of person, topology and scratch that recruitment reads; every muscle enters every row."""
    columns, rows = moment.shape
    fascicle = np.zeros((columns, WEIGHT + 1))
    fascicle[:, WEIGHT] = weight
    spine = record(np.dtype([("fascicle", "f8", fascicle.shape)], align=True), fascicle=fascicle)
    ints = {name: np.zeros(columns, np.int64) for name in ("row_low", "joint_low", "joint_high")} | {"row_high": np.full(columns, rows)}
    kind = np.dtype([*((name, "i8", (columns,)) for name in ints), ("fascicles", "i8")], align=True)
    topology = record(kind, **ints, fascicles=columns)
    shapes: dict[str, tuple[int, ...]] = {
        **dict.fromkeys(("cap_moment", "target", "residual", "direction", "multiplier"), (rows,)),
        **dict.fromkeys(("normal", "factor"), (rows, rows)),
        **dict.fromkeys(("lower", "upper", "pull", "start", "along", "activation", "slope", "counted", "capped"), (columns,)),
        "active_moment": (columns, rows),
        # Read with min-max alone, where the spine's joints follow the common cap.
        "active_free": (columns, 1),
        "cap_free": (1,),
    }
    fields: list[Any] = [*((name, "f8", shape) for name, shape in shapes.items()), ("spread", "f8"), ("contact_weight", "f8")]
    work = np.zeros(1, np.dtype(fields, align=True)).view(np.recarray)[0]
    work.active_moment[:], work.lower[:], work.upper[:] = moment, lower, upper
    return spine, topology, work
