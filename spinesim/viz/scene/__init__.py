"""The spine in three dimensions as plain arrays: no window, no graphics library."""

from __future__ import annotations

from spinesim.viz.scene.readings import DISC_QUANTITIES, QUANTITIES, Quantity, Reading, Readings, Tolerances
from spinesim.viz.scene.scene import BACK, MUSCLES, SPINE, Frame, Label, Scene, context, level_of
from spinesim.viz.scene.surface import Surface

__all__ = [
    "BACK",
    "DISC_QUANTITIES",
    "MUSCLES",
    "QUANTITIES",
    "SPINE",
    "Frame",
    "Label",
    "Quantity",
    "Reading",
    "Readings",
    "Scene",
    "Surface",
    "Tolerances",
    "context",
    "level_of",
]
