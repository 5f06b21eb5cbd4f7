"""Lumbopelvic rhythm: how much of each quarter of a bend the lumbar spine takes, against what others do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from spinesim.analysis.assess.bends import Bend
from spinesim.analysis.assess.norms import norm
from spinesim.analysis.recording import TrunkMotion
from spinesim.analysis.recording.record import Array
from spinesim.model.cases import trunk_angles
from spinesim.model.posture import Posture
from spinesim.model.tables import Tables

QUARTERS: Final = 4


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of the bend.

    Attributes
    ----------
    from_deg, to_deg
        Trunk inclination.
    lumbar_share
        Of the change of inclination, from lumbar flexion: mean over the bends, and its SD over them (NaN for a single one).
    healthy, healthy_sd
        Of adults without back pain over the same inclination.
    low_back_pain
        Of people with chronic low back pain.
    """

    from_deg: float
    to_deg: float
    lumbar_share: float
    lumbar_share_sd: float
    healthy: float
    healthy_sd: float
    low_back_pain: float

    @property
    def score(self) -> float:
        """Standard deviations from the healthy mean."""
        return (self.lumbar_share - self.healthy) / self.healthy_sd


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Of one way of the bends, ``down`` or ``up``; ``whole`` is the quarter from upright to the deepest point."""

    way: str
    quarters: tuple[Quarter, ...]
    whole: Quarter
    bends: int


def rhythm(motion: TrunkMotion, found: Sequence[Bend], tables: Tables, way: str = "down") -> Rhythm | None:
    """Lumbar shares by quarters of trunk inclination; ``None`` without a bend that goes the whole way.

    Parameters
    ----------
    found
        The bends; quarters are those of the smallest of their depths, so that every bend goes through all.
    way
        ``down`` or ``up``.
    """
    whole = [bend for bend in found if way == "down" or motion.inclination_deg[bend.stop] <= 0.5 * motion.inclination_deg[bend.deepest]]
    if not whole:
        return None
    depth = float(min(motion.inclination_deg[bend.deepest] for bend in whole))
    low = max(float(motion.inclination_deg[bend.start if way == "down" else bend.stop]) for bend in whole)
    edges = np.linspace(low, depth, QUARTERS + 1)
    lumbar = np.array([_lumbar_at(motion, bend, way, edges) for bend in whole])
    quarters = tuple(_quarter(tables, lumbar, edges, k, k + 1) for k in range(QUARTERS))
    return Rhythm(way, quarters, _quarter(tables, lumbar, edges, 0, QUARTERS), len(whole))


def _lumbar_at(motion: TrunkMotion, bend: Bend, way: str, edges: Array) -> Array:
    """Lumbar flexion where the trunk first reaches the inclinations ``edges``."""
    frames = np.arange(bend.start, bend.deepest + 1) if way == "down" else np.arange(bend.stop, bend.deepest - 1, -1)
    # A trunk that wavers passes an inclination more than once: the first time counts.
    farthest = np.maximum.accumulate(motion.inclination_deg[frames])
    first = np.concatenate([[True], np.diff(farthest) > 0.0])
    return np.asarray(np.interp(edges, farthest[first], motion.lumbar_deg[frames, 0][first]))


def _quarter(tables: Tables, lumbar: Array, edges: Array, start: int, stop: int) -> Quarter:
    shares = (lumbar[:, stop] - lumbar[:, start]) / (edges[stop] - edges[start])
    low, high = (trunk_angles(tables, Posture(trunk_inclination_deg=float(edges[k])))[1] for k in (start, stop))
    healthy = float((high - low) / (edges[stop] - edges[start]))
    spread = float(shares.std(ddof=1)) if len(shares) > 1 else float("nan")
    painful = healthy + norm("rhythm", "low_back_pain_change")
    sd = norm("rhythm", "between_persons_sd")
    return Quarter(float(edges[start]), float(edges[stop]), float(shares.mean()), spread, healthy, sd, painful)
