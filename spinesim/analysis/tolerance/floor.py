"""The demonstrated floor: what a person does weekly is granted up to a share psi, even where the rule refuses it.

What counts as demonstrated (at least weekly for four weeks, still done, without flare, after the last event) is for the
caller to check. An answer on this ground has to say so: basis ``demonstrated``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spinesim.analysis.tolerance.data import Array, numbers
from spinesim.analysis.tolerance.person import Person


@dataclass(frozen=True, slots=True)
class Demand:
    """Peak loads of a task by level: compression and anterior shear in N, passive flexion moment in N m."""

    compression_N: ArrayLike
    anterior_shear_N: ArrayLike
    flexion_moment_Nm: ArrayLike


def granted_share(new: Demand, demonstrated: Demand) -> Array:
    """Largest of new/demonstrated over compression and shear, infinite where the new task bends further.

    Bending may equal what was demonstrated, because one posture has one passive moment whatever the load is. Compression
    after the flexion factor needs no test of its own: the factor falls with the moment. A load against the direction
    counts as none; where nothing was demonstrated, any load is infinitely more.
    """
    shares = [_share(getattr(new, name), getattr(demonstrated, name)) for name in ("compression_N", "anterior_shear_N")]
    # Written so that NaN, a case without an answer, is further.
    further = ~(
        numbers("flexion_moment_Nm", new.flexion_moment_Nm) <= np.maximum(numbers("flexion_moment_Nm", demonstrated.flexion_moment_Nm), 0.0)
    )
    return np.asarray(np.where(further, np.inf, np.maximum(*shares)))


def granted(person: Person, new: Demand, demonstrated: Demand) -> Array:
    """Whether a task is granted as demonstrated at each level: its share is at most psi and psi is not 0."""
    psi = person.floor_share
    return np.asarray((granted_share(new, demonstrated) <= psi) & (psi > 0.0))


def _share(new: ArrayLike, demonstrated: ArrayLike) -> Array:
    load, shown = (np.maximum(numbers("demand", x), 0.0) for x in (new, demonstrated))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(load == 0.0, 0.0, load / shown)
