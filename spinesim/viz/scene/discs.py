"""Discs: lofts between the rims of two endplates that bulge where the disc is pressed together.

    p(s, k) = (1 - s) a_k + s b_k + u_k beta_k (4 s (1 - s))^0.8,    beta_k = clip(beta_0 + q (h0_k - h_k), least, most)

a and b are the rims as their vertebrae carry them, u points outward in the disc's mid-plane, h is the local height and h0 that of
relaxed standing. The bulge is a picture of nearly constant volume, not a result of the model.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from spinesim.viz.scene.surface import Array, Surface, cross, grid_triangles, repeated, unit

ROWS: Final = 9
RINGS: Final = (1.0, 2.0 / 3.0, 1.0 / 3.0)  # of each cap, about its middle
BULGE: Final = 1.3e-3  # m in relaxed standing
BULGE_GAIN: Final = 0.35  # of lost height
BULGE_RANGE: Final = (0.3e-3, 4.5e-3)
DOME: Final = 1.4e-3  # m, of the caps into the hollow endplates
SHAPE: Final = 0.8
_HIGHER: Final = np.minimum(np.arange(ROWS) + 1, ROWS - 1)
_LOWER: Final = np.maximum(np.arange(ROWS) - 1, 0)


class Discs:
    """The six discs of a person.

    Parameters
    ----------
    rims
        Neutral rims (6, 2, K, 3), joints caudal to cranial: on the body below, on the body above; in step with each other.

    Attributes
    ----------
    triangles
        Of all discs (T, 3).
    vertices
        Of one disc.
    front
        Index of the vertex at mid-height in front, of every disc (6,): where labels point.
    """

    def __init__(self, rims: Array) -> None:
        self.rims = np.asarray(rims, float)
        around = rims.shape[2]
        self.rest = np.linalg.norm(rims[:, 1] - rims[:, 0], axis=-1)
        self.profile = (4.0 * np.linspace(0.0, 1.0, ROWS) * np.linspace(1.0, 0.0, ROWS)) ** SHAPE
        # Rims may run either way round: walls face outward by their own turning sense.
        middle = rims[:, 0].mean(axis=1, keepdims=True)
        arms = rims[:, 0] - middle
        area = cross(arms, np.roll(arms, -1, axis=1)).sum(axis=1)
        self.sense = float(np.sign((area * (rims[:, 1] - rims[:, 0]).mean(axis=1)).sum()))
        self.vertices = ROWS * around + 2 * (len(RINGS) * around + 1)
        self.front = (ROWS // 2) * around + np.argmax(rims[:, 0, :, 0] + rims[:, 1, :, 0], axis=1)
        self._next, self._before = np.roll(np.arange(around), -1), np.roll(np.arange(around), 1)
        self.triangles = repeated(self._triangles(around), len(rims), self.vertices)

    def shape(self, rotation: Array, shift: Array, frame: Array) -> Surface:
        """Points and normals with bodies placed by ``rotation`` (7, 3, 3) and ``shift`` (7, 3), mid-plane axes ``frame`` (6, 3, 3)."""
        low = np.einsum("jik,jnk->jni", rotation[:6], self.rims[:, 0]) + shift[:6, None]
        high = np.einsum("jik,jnk->jni", rotation[1:7], self.rims[:, 1]) + shift[1:7, None]
        up = frame[:, :, 1]
        share = np.linspace(0.0, 1.0, ROWS)[:, None, None]
        wall = low[:, None] * (1.0 - share) + high[:, None] * share
        way = wall - wall.mean(axis=2, keepdims=True)
        way -= np.einsum("jrni,ji->jrn", way, up)[..., None] * up[:, None, None]
        lost = self.rest - np.linalg.norm(high - low, axis=-1)
        bulge = np.clip(BULGE + BULGE_GAIN * lost, *BULGE_RANGE)
        wall += unit(way) * (bulge[:, None] * self.profile[:, None])[..., None]
        beside = wall[:, :, self._next] - wall[:, :, self._before]
        normals = self.sense * unit(cross(beside, wall[:, _HIGHER] - wall[:, _LOWER]))
        count = len(wall)
        caps = [_cap(low, -up), _cap(high, up)]
        points = np.concatenate([wall.reshape(count, -1, 3), *(cap.points for cap in caps)], axis=1)
        return Surface(points, np.concatenate([normals.reshape(count, -1, 3), *(cap.normals for cap in caps)], axis=1))

    def _triangles(self, around: int) -> Array:
        """Of one disc: wall, lower cap, upper cap."""
        wall = grid_triangles(ROWS, around)
        size = len(RINGS) * around + 1
        rings, place = grid_triangles(len(RINGS), around), np.arange(around)
        last = (len(RINGS) - 1) * around
        fan = np.stack([last + place, last + (place + 1) % around, np.full(around, size - 1)], axis=1)
        upper = np.concatenate([rings, fan])
        start = ROWS * around
        parts = [wall, start + upper[:, ::-1], start + size + upper]
        made = np.concatenate(parts)
        return made if self.sense > 0.0 else made[:, ::-1]


def _cap(rim: Array, outward: Array) -> Surface:
    """Domes (6, V, 3) over rims, rings from the outside to the middle, then the middle itself."""
    middle = rim.mean(axis=1, keepdims=True)
    arm, along = rim - middle, outward[:, None]
    radius = np.linalg.norm(arm, axis=-1, keepdims=True)
    points = [middle + f * arm + DOME * (1.0 - f * f) * along for f in RINGS] + [middle + DOME * along]
    normals = [unit(along + 2.0 * DOME * f / radius**2 * arm) for f in RINGS] + [np.broadcast_to(along, middle.shape)]
    return Surface(np.concatenate(points, axis=1), np.concatenate(normals, axis=1))
