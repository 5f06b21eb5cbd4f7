"""Colours of the anatomy: tables of 256 steps that rise evenly in CIELAB, one hue for each kind of load.

The same tables colour the pictures, the window and the page. Lightness falls all along each table, so that a reader who sees no hue
reads it too; what lies beyond the end of a scale has a colour of its own.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Bytes = NDArray[np.uint8]
Colour = tuple[int, int, int]

STEPS: Final = 256
# Corners of each table, low load first; between them straight in CIELAB, all with even steps.
CORNERS: Final[dict[str, tuple[Colour, ...]]] = {
    "disc": ((214, 221, 233), (142, 172, 224), (66, 116, 190), (34, 72, 128), (16, 32, 62)),
    "muscle": ((228, 168, 156), (110, 6, 18)),
    "ligament": ((196, 228, 216), (0, 70, 62)),
}

BONE: Final[Colour] = (232, 220, 196)
PELVIS: Final[Colour] = (214, 204, 186)
TENDON: Final[Colour] = (236, 226, 214)
FACET: Final[Colour] = (237, 140, 26)
ABOVE: Final[Colour] = (150, 15, 255)
UNKNOWN: Final[Colour] = (150, 150, 150)
LIMB: Final[Colour] = (196, 190, 186)
LOAD: Final[Colour] = (172, 154, 128)

THEMES: Final[dict[str, dict[str, Colour]]] = {
    "light": {"background": (245, 246, 250), "text": (24, 32, 44), "line": (92, 104, 122), "warning": (122, 16, 208)},
    "dark": {"background": (18, 22, 27), "text": (234, 238, 244), "line": (150, 160, 176), "warning": (199, 155, 255)},
}

_WHITE: Final = np.array([0.95047, 1.0, 1.08883])  # D65
_TO_XYZ: Final = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])
_EPSILON: Final = (6.0 / 29.0) ** 3


@cache
def table(name: str) -> Bytes:
    """Colours (256, 3; sRGB) of a kind of load, low to high: ``disc``, ``muscle`` or ``ligament``."""
    corner = lab(np.array(CORNERS[name]) / 255.0)
    fine = np.concatenate([np.linspace(a, b, 200, endpoint=False) for a, b in pairwise(corner)] + [corner[-1:]])
    way = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(fine, axis=0), axis=1))])
    even = np.linspace(0.0, way[-1], STEPS)
    steps = np.stack([np.interp(even, way, fine[:, axis]) for axis in range(3)], axis=1)
    made: Bytes = np.round(255.0 * np.clip(rgb(steps), 0.0, 1.0)).astype(np.uint8)
    made.setflags(write=False)
    return made


def shade(name: str, share: ArrayLike) -> Bytes:
    """Colours (..., 3) of shares of a scale: beyond 1 :data:`ABOVE`, of NaN :data:`UNKNOWN`, below 0 the lowest."""
    given = np.asarray(share, float)
    known = np.nan_to_num(given, nan=0.0, posinf=2.0, neginf=0.0)
    step = np.clip(np.round(known * (STEPS - 1)), 0, STEPS - 1).astype(np.intp)
    colours: Any = table(name)[step]
    colours[known > 1.0] = ABOVE
    colours[np.isnan(given)] = UNKNOWN
    made: Bytes = colours
    return made


def lab(colour: Array) -> Array:
    """CIELAB (..., 3) of sRGB colours 0 to 1 (CIE 15, IEC 61966-2-1)."""
    linear = np.where(colour <= 0.04045, colour / 12.92, ((np.maximum(colour, 0.04045) + 0.055) / 1.055) ** 2.4)
    ratio = linear @ _TO_XYZ.T / _WHITE
    root = np.where(ratio > _EPSILON, np.cbrt(ratio), ratio / (3.0 * (6.0 / 29.0) ** 2) + 4.0 / 29.0)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], axis=-1)


def rgb(colour: Array) -> Array:
    """SRGB colours of CIELAB ones (..., 3); outside 0 to 1 where the screen has no such colour."""
    light, a, b = np.moveaxis(colour, -1, 0)
    y = (light + 16.0) / 116.0
    root = np.stack([y + a / 500.0, y, y - b / 200.0], axis=-1)
    ratio = np.where(root > 6.0 / 29.0, root**3, 3.0 * (6.0 / 29.0) ** 2 * (root - 4.0 / 29.0)) * _WHITE
    linear = ratio @ np.linalg.inv(_TO_XYZ).T
    curved = 1.055 * np.maximum(linear, 0.0031308) ** (1.0 / 2.4) - 0.055
    return np.asarray(np.where(linear <= 0.0031308, 12.92 * linear, curved))
