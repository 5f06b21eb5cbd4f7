"""How a person splits a trunk inclination between lumbar spine and hips: the split of least effort.

    J(share) = sum_f V a^p  +  w_l (flexion / range_l)^2  +  w_h (tilt / range_h)^2

Recruitment's own cost, and what it takes to bend lumbar spine and hips towards their ends. The two weights are fitted, by
:func:`fitted`, to the rhythm of healthy adults at five inclinations (``geometry/assessment/norms.csv``); what a deficit then does to
the rhythm follows, because weaker muscles cost more. It predicts a tendency, not a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spinesim.analysis.assess.norms import norm
from spinesim.model.anatomy import SpineModel
from spinesim.model.cases import trunk_angles
from spinesim.model.load import Load
from spinesim.model.names import CONVERGED
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.solver.api import solve_batch

Array = NDArray[np.float64]

SPLITS: Final = 27  # solved; between them a parabola
LOWEST, HIGHEST = 0.2, 0.95
FITTED_AT: Final = (15.0, 30.0, 60.0, 90.0, 110.0)  # deg
_WEIGHTS: Final = np.geomspace(1.0, 1e4, 121)  # N m, tried by the fit


@dataclass(frozen=True, slots=True, kw_only=True)
class LeastEffort:
    """The split of least effort of one posture.

    Attributes
    ----------
    posture
        With that split.
    lumbar_share
        Of the inclination.
    healthy_share
        That of the rhythm table.
    shares, effort
        What was tried and J there (n,), N m; NaN where muscles cannot hold it.
    """

    posture: Posture
    lumbar_share: float
    healthy_share: float
    shares: Array
    effort: Array


def least_effort(model: SpineModel, subject: Subject, posture: Posture, load: Load, exponent: float = 2.0) -> LeastEffort:
    """The posture with the split of its trunk inclination that takes the least effort.

    Parameters
    ----------
    posture
        With ``trunk_inclination_deg`` above 0; its ``lumbar_share`` is what is found.

    Raises
    ------
    ValueError
        If there is no forward inclination, or no split that muscles can hold.
    """
    inclination = posture.trunk_inclination_deg
    if inclination is None or not inclination > 0.0:
        raise ValueError(f"least effort: posture.trunk_inclination_deg = {inclination}; expected a forward inclination")
    shares = _shares(inclination)
    effort = _muscles(model, subject, posture, load, shares, exponent) + _bending(shares, inclination, *_weights())
    if not np.isfinite(effort).any():
        raise ValueError(f"least effort: no split of {inclination:g} degrees can be held")
    share = _lowest(shares, effort)
    healthy = trunk_angles(model.tables, replace(posture, lumbar_share=None))[1] / inclination
    return LeastEffort(
        posture=replace(posture, lumbar_share=share), lumbar_share=share, healthy_share=float(healthy), shares=shares, effort=effort
    )


def fitted(model: SpineModel, inclinations: Sequence[float] = FITTED_AT) -> tuple[float, float, Array]:
    """Weights w_l and w_h (N m) with which the reference person moves as healthy adults do, and what of the shares they miss.

    All pairs of a grid are tried; the misfit is the sum of squared differences of lumbar shares.
    """
    wanted = np.array([trunk_angles(model.tables, Posture(trunk_inclination_deg=angle))[1] / angle for angle in inclinations])
    tried = [_shares(angle) for angle in inclinations]
    cost = [
        _muscles(model, Subject(), Posture(trunk_inclination_deg=angle), Load(), shares, 2.0)
        for angle, shares in zip(inclinations, tried, strict=True)
    ]
    best: tuple[float, float, float, Array] = (np.inf, 0.0, 0.0, wanted)
    for low in _WEIGHTS:
        for high in _WEIGHTS:
            pairs = zip(tried, cost, inclinations, strict=True)
            found = np.array([_lowest(s, c + _bending(s, angle, low, high)) for s, c, angle in pairs])
            misfit = float(((found - wanted) ** 2).sum())
            if misfit < best[0]:
                best = misfit, float(low), float(high), found - wanted
    return best[1], best[2], best[3]


def _shares(inclination: float) -> Array:
    """Splits to try: no lumbar flexion beyond its range."""
    return np.linspace(LOWEST, min(HIGHEST, norm("least_effort", "lumbar_range") / inclination), SPLITS)


def _weights() -> tuple[float, float]:
    return norm("least_effort", "lumbar_weight"), norm("least_effort", "hip_weight")


def _bending(shares: Array, inclination: float, lumbar_weight: float, hip_weight: float) -> Array:
    flexion, tilt = shares * inclination, (1.0 - shares) * inclination
    lumbar = (flexion / norm("least_effort", "lumbar_range")) ** 2
    hip = (tilt / norm("least_effort", "hip_range")) ** 2
    return np.asarray(lumbar_weight * lumbar + hip_weight * hip)


def _muscles(model: SpineModel, subject: Subject, posture: Posture, load: Load, shares: Array, exponent: float) -> Array:
    """Cost of recruitment at every split (n,), N m; NaN where it does not converge."""
    postures = [replace(posture, lumbar_share=share) for share in shares.tolist()]
    found = solve_batch(model, subject, postures, load, exponent)
    return np.where(found.status == CONVERGED, found.cost, np.nan)


def _lowest(shares: Array, effort: Array) -> float:
    """Where the parabola through the lowest point and its neighbours is lowest."""
    k = int(np.nanargmin(effort))
    if k in (0, len(shares) - 1) or not np.isfinite(effort[k - 1 : k + 2]).all():
        return float(shares[k])
    before, here, after = effort[k - 1 : k + 2]
    return float(shares[k] + 0.5 * (shares[1] - shares[0]) * (before - after) / (before - 2.0 * here + after))
