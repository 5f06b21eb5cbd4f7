"""What is shown and how: choices that the command line, the window and the page in a browser share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from spinesim.model.names import MUSCLE_GROUPS, unknown_name
from spinesim.viz.palette import THEMES
from spinesim.viz.scene import BACK, DISC_QUANTITIES, MUSCLES
from spinesim.viz.scene.scene import Muscles
from spinesim.viz.stage.camera import VIEWS

SWITCHES: Final = ("ligaments", "facets", "pelvis", "ribs", "body", "legends")
LABELS: Final = ("off", "names", "numbers")
SIZES: Final = (200, 8000)  # pixels


@dataclass(frozen=True)
class Options:
    """How a picture looks.

    Parameters
    ----------
    view, theme
        One of :data:`VIEWS`, one of :data:`THEMES`.
    size
        Width and height in pixels.
    colour_by
        What colours the discs, one of :data:`DISC_QUANTITIES`.
    muscles, groups
        Which side's muscles, and of which groups.
    labels
        ``numbers`` at every level, ``names`` alone, or ``off``.
    ligaments, facets, pelvis, ribs, body, legends
        Whether they are drawn.
    full
        End of the disc's colour scale in its unit; ``None`` takes the usual one.

    Raises
    ------
    ValueError
        Naming the option, its value and what was expected.
    """

    view: str = "oblique"
    theme: str = "light"
    size: tuple[int, int] = (1200, 900)
    colour_by: str = "compression"
    muscles: Muscles = "left"
    groups: tuple[str, ...] = BACK
    labels: str = "numbers"
    ligaments: bool = True
    facets: bool = True
    pelvis: bool = True
    ribs: bool = True
    body: bool = False
    legends: bool = True
    full: float | None = None

    def __post_init__(self) -> None:
        choices: tuple[tuple[str, str, tuple[str, ...]], ...] = (
            ("view", self.view, tuple(VIEWS)),
            ("theme", self.theme, tuple(THEMES)),
            ("colour-by", self.colour_by, DISC_QUANTITIES),
            ("muscles", self.muscles, MUSCLES),
            ("labels", self.labels, LABELS),
            *(("groups", group, MUSCLE_GROUPS) for group in self.groups),
        )
        for name, given, expected in choices:
            if given not in expected:
                raise ValueError(unknown_name(name, given, expected))
        if not all(SIZES[0] <= edge <= SIZES[1] for edge in self.size):
            raise ValueError(f"size: {self.size[0]}x{self.size[1]} is outside {SIZES[0]} to {SIZES[1]} pixels an edge")
        if self.full is not None and not 0.0 < self.full < float("inf"):
            raise ValueError(f"full: {self.full:g} is no end of a scale; expected a number above 0")
