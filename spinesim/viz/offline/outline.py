"""Outlines of bones as they are seen from the side and from behind, for flat drawings."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import ndimage

from spinesim.viz.scene.surface import Array

PIXEL: Final = 1.0e-3  # m
_EVERY: Final = 2  # pixels of the outline that are kept
# The eight neighbours of a pixel in turn.
_RING: Final = ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1))


def outline(points: Array, triangles: Array, across: int = 0) -> Array:
    """Outer outline (K, 2; m) of a mesh as it is seen with the axis ``across`` to the right and y upwards.

    Of its largest piece, holes filled: from the right side with x (0) across, from behind with z (2).
    """
    flat = points[:, [across, 1]]
    low = flat.min(axis=0) - 3.0 * PIXEL
    seen = _shadow((flat - low) / PIXEL, triangles)
    pieces, count = ndimage.label(ndimage.binary_fill_holes(ndimage.binary_closing(seen, iterations=2)))
    sizes = ndimage.sum_labels(np.ones_like(pieces), pieces, np.arange(1, count + 1))
    border = _follow(pieces == 1 + int(np.argmax(sizes))).astype(float)
    smooth = ndimage.uniform_filter1d(border, 5, axis=0, mode="wrap")[::_EVERY]
    made: Array = smooth[:, ::-1] * PIXEL + low
    return made


def _shadow(places: Array, triangles: Array) -> Array:
    """Which pixels (rows y, columns x) triangles cover: filled by points closer to each other than pixels."""
    size = np.ceil(places.max(axis=0)).astype(int) + 4
    seen = np.zeros((size[1], size[0]), bool)
    a, b, c = (places[triangles[:, k]] for k in range(3))
    longest = np.max([np.abs(b - a).max(), np.abs(c - a).max(), np.abs(c - b).max()])
    steps = np.linspace(0.0, 1.0, max(3, int(np.ceil(longest)) + 1))
    for u in steps:
        for v in steps[steps <= 1.0 - u + 1e-9]:
            column, row = np.round(a + u * (b - a) + v * (c - a)).astype(int).T
            seen[row, column] = True
    return seen


def _follow(inside: Array) -> Array:
    """Border pixels (K, 2; row and column) of one piece, in turn (Moore's neighbour tracing)."""
    start = tuple(np.argwhere(inside)[0])
    border, at, came = [start], start, 6  # the first pixel in reading order has nothing above it
    while True:
        for turn in range(8):
            way = (came + turn) % 8
            there = (at[0] + _RING[way][0], at[1] + _RING[way][1])
            if inside[there]:
                break
        at, came = there, (way + 5) % 8 if way % 2 else (way + 6) % 8
        if at == start:
            return np.array(border)
        border.append(at)
