"""What a lesson says, step by step."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

VIEWS: Final = ("back", "side", "front")
COLOURS: Final = ("compression", "pressure", "compression_share", "pressure_share")
MUSCLES: Final = ("off", "left", "right", "both")
_NUMBER: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Step:
    """One step: words, values of the axes, and what is looked at (``None``: as in the steps before).

    Attributes
    ----------
    title, caption
        Words; ``{L4-L5.disc_compression_N}`` in a caption becomes the number of the step.
    at
        Values of the axes by key; axes that are left out stay where they are.
    level
        Level that is marked.
    view, colour, muscles
        One of :data:`VIEWS`, :data:`COLOURS`, :data:`MUSCLES`.
    """

    title: str
    caption: str
    at: Mapping[str, float]
    level: str | None = None
    view: str | None = None
    colour: str | None = None
    muscles: str | None = None


def numbers(caption: str) -> Iterator[tuple[str, str]]:
    """Level and result of every number in a caption, as written."""
    for found in _NUMBER.finditer(caption):
        level, _, name = found[1].partition(".")
        yield level, name
