"""Straight bodies between two points: ligament strands as flat strips, facet forces as arrows, limbs as rods, loads as boxes."""

from __future__ import annotations

from typing import Final

import numpy as np

from spinesim.model.names import LIGAMENTS
from spinesim.viz.scene.strands import SAGITTAL
from spinesim.viz.scene.surface import Array, Surface, cross, grid_triangles, repeated, unit

AROUND: Final = 10
# Half width and half thickness of one strand as it is drawn, m: the groups side by side look like their ligament.
STRIP: Final = {
    "ALL": (4.2e-3, 0.8e-3),
    "PLL": (3.0e-3, 0.8e-3),
    "LF": (4.5e-3, 1.2e-3),
    "FC": (1.7e-3, 0.9e-3),
    "ITL": (2.4e-3, 0.8e-3),
    "ISL": (4.2e-3, 0.7e-3),
    "SSL": (2.6e-3, 1.6e-3),
}
STRIP_AROUND: Final = 8
RINGS: Final = 6  # of a strip: its four knots, and an end closed at each

# An arrow from its tail: way along it, in shares of the length but for the head, and radius in shaft radii.
HEAD: Final = 2.6  # length of the head in shaft radii, and its radius
ARROW_LENGTH: Final = (8e-3, 30e-3)  # m, at no force and at FULL_FORCE
ARROW_RADIUS: Final = 2.4e-3  # m, at FULL_FORCE; grows with the root of the force
FULL_FORCE: Final = 800.0  # N
LEAST_FORCE: Final = 1.0  # N: less is not drawn


class Strips:
    """Ligament strands as flat strips through four knots each.

    Parameters
    ----------
    group
        Ligament of every strand of a joint (T,).
    """

    def __init__(self, group: Array) -> None:
        self.group = np.asarray(group)
        self.half = np.array([STRIP[LIGAMENTS[g]] for g in self.group])
        # Interspinous strands lie in the sagittal plane: flat from side to side, wide from front to back.
        self.sagittal = np.array([LIGAMENTS[g] in SAGITTAL for g in self.group])
        self.triangles = repeated(grid_triangles(RINGS, STRIP_AROUND), 6 * len(self.group), RINGS * STRIP_AROUND)

    def shape(self, knots: Array, frame: Array) -> Surface:
        """Points and normals (6 T, V, 3) of strands through ``knots`` (6, T, 4, 3) in joints with mid-plane axes ``frame`` (6, 3, 3)."""
        along = unit(np.gradient(knots, axis=2))
        across = np.where(self.sagittal[:, None], frame[:, None, :, 0], frame[:, None, :, 2])[:, :, None]
        wide = unit(across - np.einsum("jtki,jtki->jtk", np.broadcast_to(across, along.shape), along)[..., None] * along)
        thick = cross(along, wide)
        turn = 2.0 * np.pi * np.arange(STRIP_AROUND) / STRIP_AROUND
        half = self.half[:, None, None, :]
        cosine, sine = np.cos(turn)[:, None], np.sin(turn)[:, None]
        ring = half[..., :1] * cosine * wide[:, :, :, None] + half[..., 1:] * sine * thick[:, :, :, None]
        out = unit(cosine / half[..., :1] * wide[:, :, :, None] + sine / half[..., 1:] * thick[:, :, :, None])
        # Both ends close in a point.
        points = np.concatenate([_all_round(knots[:, :, :1]), knots[:, :, :, None] + ring, _all_round(knots[:, :, -1:])], axis=2)
        normals = np.concatenate([_all_round(-along[:, :, :1]), out, _all_round(along[:, :, -1:])], axis=2)
        count = len(self.group) * len(knots)
        return Surface(points.reshape(count, -1, 3), normals.reshape(count, -1, 3))


def _all_round(middle: Array) -> Array:
    """One ring (..., 1, A, 3) of the same vector (..., 1, 3)."""
    return np.repeat(middle[..., None, :], STRIP_AROUND, axis=-2)


ARROW_TRIANGLES: Final = grid_triangles(6, AROUND)


def arrows(tip: Array, direction: Array, force: Array) -> Surface:
    """Arrows (N, V, 3) with their tips at ``tip`` (N, 3) along unit vectors ``direction``; forces (N,) in N.

    Longer up to :data:`FULL_FORCE`, thicker with the root of the force; those below :data:`LEAST_FORCE`, or of no number, shrink to a
    point.
    """
    size = np.where(np.nan_to_num(force) >= LEAST_FORCE, np.nan_to_num(force), 0.0)
    shown = size > 0.0
    length = np.where(shown, ARROW_LENGTH[0] + (ARROW_LENGTH[1] - ARROW_LENGTH[0]) * np.minimum(size / FULL_FORCE, 1.0), 0.0)
    radius = np.where(shown, ARROW_RADIUS * np.sqrt(np.clip(size / FULL_FORCE, 0.06, 1.0)), 0.0)
    head = np.minimum(HEAD * radius * 1.3, 0.6 * length)
    back = np.stack([length, length, head, head, head, np.zeros_like(length)], axis=1)
    wide = radius[:, None] * np.array([0.0, 1.0, 1.0, 1.0, HEAD, 0.0])
    slope = np.array([[-1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [-1.0, 0.2], [0.5, 0.9], [0.5, 0.9]])  # of the normal: along, outward
    return _turned(tip, direction, -back, wide, slope, AROUND)


def _turned(base: Array, along: Array, place: Array, radius: Array, slope: Array, around: int) -> Surface:
    """Bodies of revolution: rings of ``around`` vertices at ``place`` (N, R) along ``along`` from ``base``, of ``radius`` (N, R),
    normals by ``slope`` (R, 2).
    """
    least = np.eye(3)[np.argmin(np.abs(along), axis=1)]
    first = unit(cross(least, along))
    second = cross(along, first)
    turn = 2.0 * np.pi * np.arange(around) / around
    out = np.cos(turn)[:, None] * first[:, None] + np.sin(turn)[:, None] * second[:, None]
    centre = base[:, None] + place[..., None] * along[:, None]
    points = centre[:, :, None] + radius[..., None, None] * out[:, None]
    normals = unit(slope[:, 0, None, None] * along[:, None, None] + slope[:, 1, None, None] * out[:, None])
    return Surface(points.reshape(len(base), -1, 3), normals.reshape(len(base), -1, 3))


_ROUND: Final = np.sin(np.linspace(-0.5 * np.pi, 0.5 * np.pi, 10))
ROD_AROUND: Final = 28
ROD_TRIANGLES: Final = grid_triangles(len(_ROUND), ROD_AROUND)


def rods(start: Array, end: Array, radius: Array) -> Surface:
    """Rods with round ends (N, V, 3) from ``start`` to ``end`` (N, 3) of ``radius`` (N, 2) there."""
    way = end - start
    along, length = unit(way), np.linalg.norm(way, axis=1)
    # A rod of no length is a ball.
    along = np.where(length[:, None] > 0.0, along, np.array([0.0, 1.0, 0.0]))
    far = _ROUND > 0.0
    wide = np.where(far, radius[:, 1:], radius[:, :1])
    place = wide * _ROUND + np.where(far, length[:, None], 0.0)
    outward = np.sqrt(1.0 - _ROUND**2)
    return _turned(start, along, place, wide * outward, np.stack([_ROUND, outward], axis=1), ROD_AROUND)


_CORNERS: Final = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
_FACES: Final = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
BOX_TRIANGLES: Final = np.concatenate([[[4 * f, 4 * f + 1, 4 * f + 2], [4 * f, 4 * f + 2, 4 * f + 3]] for f in range(6)])
_FACE_NORMALS: Final = np.array([_CORNERS[list(face)].mean(axis=0) * 2.0 for face in _FACES])


def boxes(centre: Array, size: Array) -> Surface:
    """Boxes (N, 24, 3) round ``centre`` (N, 3) with edges ``size`` (N, 3); flat faces."""
    corners = np.concatenate([_CORNERS[list(face)] for face in _FACES])
    points = centre[:, None] + size[:, None] * corners
    return Surface(points, np.broadcast_to(np.repeat(_FACE_NORMALS, 4, axis=0), points.shape).copy())
