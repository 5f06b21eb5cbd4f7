"""Muscle paths as they are solved: what is drawn where an anatomy leads none of its own round the bones."""

from __future__ import annotations

from typing import Any

import numpy as np

from spinesim.model.anatomy import SpineModel
from spinesim.viz.scene.surface import Array


class SolvedPaths:
    """Straight pieces between the points of the model.

    Parameters
    ----------
    model, person
        The geometry set and the packed person.

    Attributes
    ----------
    point, body
        Neutral positions (P, 3), m, and the bodies that carry them (P,).
    start
        First point of every fascicle (F + 1,); a fascicle without a path has none.
    """

    def __init__(self, model: SpineModel, person: Any) -> None:
        self.point: Array = np.array(person.point)
        self.body: Array = np.array(model.topology.point_body)
        self.start: Array = np.searchsorted(model.fascicle_table.owner, np.arange(len(model.fascicles) + 1))

    def carried(self, rotation: Array, shift: Array) -> Array:
        """The points where bodies with ``rotation`` (B, 3, 3) and ``shift`` (B, 3) carry them."""
        moved: Array = np.einsum("qij,qj->qi", rotation[self.body], self.point) + shift[self.body]
        return moved
