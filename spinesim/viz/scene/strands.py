"""Ligament strands for the eye: the model's attachments set on the bone as it is drawn.

Lengths and tensions stay the solver's. Each strand has four knots, two on the vertebra below and two on the one above. Long bands
run on over the front and the back of the bodies and meet the next level's half-way; all others reach from bone to bone, even where
the model's attachment stands off the sketch of the bone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.spatial import KDTree

from spinesim.model.layout import JOINT_COUNT
from spinesim.model.load import Load
from spinesim.model.names import LIGAMENTS
from spinesim.model.posture import Posture
from spinesim.solver.placement import Placement, Placer
from spinesim.viz.scene.surface import Array

BANDS: Final = ("ALL", "PLL")
SAGITTAL: Final = ("ISL", "SSL")  # between the spinous processes, flat from side to side
_REACH: Final = 0.012  # m that bands run on at the two ends of the chain
_FOOT: Final = 0.15  # of a strand, the piece next to the bone
# Measures of distance: the same all ways, and one by which a step to the side is a long one.
_EVEN: Final = np.ones(3)
_UPRIGHT: Final = np.array([1.0, 1.0, 10.0])


@dataclass(frozen=True, eq=False)
class Strands:
    """Knots of all strands.

    Attributes
    ----------
    knots
        (6, T, 4, 3) m, neutral coordinates, joints caudal to cranial: two on the body below, two on the body above.
    group
        Ligament of every strand of a joint (T,).
    """

    knots: Array
    group: Array

    @classmethod
    def of(cls, placer: Placer, meshes: Mapping[int, Any], group: Array) -> Strands:
        """Strands of a person between bones with ``meshes`` by body, sacrum to T12."""
        placed = placer.place(Posture(), Load())
        ends = np.stack([
            np.stack([on_body(placed, j + e, placed.strand[j, :, e]) for e in range(2)], axis=1) for j in range(JOINT_COUNT)
        ])  # fmt: skip
        names = np.array(LIGAMENTS)[group]
        bands = np.isin(names, BANDS)
        feet = np.where(bands[None, :, None, None], _halfway(ends), ends)
        for body, mesh in meshes.items():
            for joint, end in ((body, 0), (body - 1, 1)):
                if 0 <= joint < JOINT_COUNT:
                    feet[joint, :, end] = _onto(mesh, feet[joint, :, end], np.isin(names, SAGITTAL))
        along = (feet[:, :, 1] - feet[:, :, 0])[:, :, None] * np.array([_FOOT, -_FOOT])[:, None]
        inner = np.where(bands[None, :, None, None], ends, feet + along)
        return cls(np.stack([feet[:, :, 0], inner[:, :, 0], inner[:, :, 1], feet[:, :, 1]], axis=2), group)

    @property
    def ends(self) -> Array:
        """Ends (6, T, 2, 3) of the straight piece that spans the joint: of bands between the rims, of others from bone to bone."""
        bands = np.isin(np.array(LIGAMENTS)[self.group], BANDS)[None, :, None, None]
        made: Array = np.where(bands, self.knots[:, :, 1:3], self.knots[:, :, ::3])
        return made

    def carried(self, rotation: Array, shift: Array) -> Array:
        """The knots where bodies with ``rotation`` (B, 3, 3) and ``shift`` (B, 3) carry them."""
        body = np.arange(JOINT_COUNT)[:, None] + np.array([0, 0, 1, 1])
        moved: Array = np.einsum("jkab,jtkb->jtka", rotation[body], self.knots) + shift[body][:, None]
        return moved


def _onto(mesh: Any, points: Array, sagittal: Array) -> Array:
    """Points (T, 3) that stand off the bone brought to its nearest vertex; ``sagittal`` ones (T,) seek it along the midline."""
    surface, normals = np.asarray(mesh.points, float), np.asarray(mesh.normals, float)
    made = points.copy()
    for chosen, measure in ((~sagittal, _EVEN), (sagittal, _UPRIGHT)):
        near = KDTree(surface * measure).query(points[chosen] * measure)[1]
        outside = ((points[chosen] - surface[near]) * normals[near]).sum(axis=1) > 0.0
        made[chosen] = np.where(outside[:, None], surface[near], points[chosen])
    made[sagittal, 2] = points[sagittal, 2]
    return made


def _halfway(ends: Array) -> Array:
    """Where the strands of a level and of the next one meet on the body between them; beyond the last bodies a little further."""
    middle = 0.5 * (ends[1:, :, 0] + ends[:-1, :, 1])
    way = ends[:, :, 1] - ends[:, :, 0]
    way /= np.linalg.norm(way, axis=-1, keepdims=True)
    below = np.concatenate([ends[:1, :, 0] - _REACH * way[:1], middle])
    above = np.concatenate([middle, ends[-1:, :, 1] + _REACH * way[-1:]])
    return np.stack([below, above], axis=2)


def on_body(placed: Placement, body: int, position: Array) -> Array:
    """Neutral coordinates on a body of positions (..., 3) in a posture."""
    made: Array = (position - placed.shift[body]) @ placed.rotation[body]
    return made
