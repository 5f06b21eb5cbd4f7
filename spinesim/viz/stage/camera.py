"""From where the spine is seen: named views without perspective, so that one scale bar is true all over the picture."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from spinesim.viz.scene.surface import Array, cross, unit

# Where the eye is, from the spine: x anterior, y superior, z right. And what is up in the picture.
VIEWS: Final[dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]]] = {
    "oblique": ((-0.62, 0.20, 0.76), (0.0, 1.0, 0.0)),
    "right": ((0.0, 0.0, 1.0), (0.0, 1.0, 0.0)),
    "left": ((0.0, 0.0, -1.0), (0.0, 1.0, 0.0)),
    "back": ((-1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
    "front": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
    "top": ((0.0, 1.0, 0.0), (1.0, 0.0, 0.0)),
}
_AWAY: Final = 3.0  # m, of the eye


class Window(NamedTuple):
    """Part of the picture, in shares of its width and height from the lower left, that the body may fill."""

    left: float
    bottom: float
    right: float
    top: float


def axes(view: str) -> tuple[Array, Array, Array]:
    """Directions to the right, up, and towards the eye of a named view."""
    towards, upright = (np.array(v) for v in VIEWS[view])
    towards = unit(towards)
    right = unit(cross(upright, towards))
    return right, cross(towards, right), towards


def aim(camera: Any, view: str, points: Array, window: Window, size: tuple[int, int]) -> None:
    """Point a camera so that ``points`` (N, 3) fill ``window`` of a picture of ``size`` pixels and nothing of them is cut."""
    right, up, towards = axes(view)
    u, v = points @ right, points @ up
    width, height = size
    room = (window.right - window.left) * width, (window.top - window.bottom) * height
    metres = max((u.max() - u.min()) / room[0], (v.max() - v.min()) / room[1], 1e-6)  # a pixel
    # The middle of what is seen comes to the middle of its window, not of the picture.
    across = 0.5 * (u.max() + u.min()) - metres * width * (0.5 * (window.left + window.right) - 0.5)
    along = 0.5 * (v.max() + v.min()) - metres * height * (0.5 * (window.bottom + window.top) - 0.5)
    focus = across * right + along * up + points.mean(axis=0) @ towards * towards
    camera.ParallelProjectionOn()
    camera.SetFocalPoint(*focus)
    camera.SetPosition(*(focus + _AWAY * towards))
    camera.SetViewUp(*up)
    camera.SetParallelScale(0.5 * metres * height)
    camera.SetClippingRange(0.1, 2.0 * _AWAY)


def to_pixels(camera: Any, points: Array, size: tuple[int, int]) -> Array:
    """Where points (N, 3) are in the picture (N, 2), pixels from the lower left."""
    focus, eye, up = (np.array(v) for v in (camera.GetFocalPoint(), camera.GetPosition(), camera.GetViewUp()))
    towards = unit(eye - focus)
    right = unit(cross(up, towards))
    upright = cross(towards, right)
    scale = 0.5 * size[1] / camera.GetParallelScale()
    way = np.asarray(points) - focus
    return np.stack([0.5 * size[0] + scale * (way @ right), 0.5 * size[1] + scale * (way @ upright)], axis=-1)


def metres_per_pixel(camera: Any, size: tuple[int, int]) -> float:
    """Scale of the picture."""
    return float(2.0 * camera.GetParallelScale() / size[1])
