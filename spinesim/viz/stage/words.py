"""Title, level labels, colour scales and scale bar of a picture."""

from __future__ import annotations

import textwrap
from typing import Any, Final

import numpy as np

from spinesim.io.provenance import DISCLAIMER
from spinesim.model.names import LEVELS
from spinesim.viz import palette
from spinesim.viz.scene import QUANTITIES, Frame
from spinesim.viz.scene.surface import Array
from spinesim.viz.stage.camera import metres_per_pixel, to_pixels
from spinesim.viz.stage.options import Options
from spinesim.viz.stage.overlay import Overlay

FRAME: Final = "x forward, y up, z right; seen without perspective"
BAR: Final = 0.05  # m
NIOSH_N: Final = 3400.0


class Words:
    """Writes on a picture.

    Parameters
    ----------
    overlay
        Where to.
    options
        Theme, labels, scales.

    Attributes
    ----------
    room
        Whether there is room for scales.
    """

    def __init__(self, overlay: Overlay, options: Options) -> None:
        self.overlay, self.options, self.room = overlay, options, True
        self._scaled: Any = None
        self._ink = palette.THEMES[options.theme]

    def write(self, frame: Frame, title: str, subtitle: str, camera: Any, size: tuple[int, int], front: float) -> None:
        """Everything, for a camera, a window of ``size`` pixels and labels right of the pixel ``front``."""
        em = float(np.clip(size[1] / 46.0, 11.0, 64.0))  # height of a line's letters, pixels
        text, width, height = self._ink["text"], size[0], size[1]
        first, second = _wrapped(title, width / (0.66 * em), 2)
        self._over("title", first, (0.6 * em, height - 1.5 * em), 1.05 * em, bold=True)
        self._over("title goes on", second, (0.6 * em, height - 2.8 * em), 1.05 * em, bold=True)
        below = 2.7 + (1.3 if second else 0.0)
        for row, line in enumerate(_wrapped(subtitle, width / (0.44 * em), 3)):
            self._over(f"subtitle {row}", line, (0.6 * em, height - (below + 1.15 * row) * em), 0.78 * em)
        if self.options.labels != "off":
            self._levels(frame, to_pixels(camera, np.array([label.anchor for label in frame.labels]), size), front, em, width)
        if self.options.legends and self.room:
            # Scales stay as they are from frame to frame.
            if (now := (size, self.options, frame.readings.tolerances.why_not)) != self._scaled:
                self._scales(frame, em)
                self._scaled = now
            self._bar(camera, size, em)
            note = f"{FRAME}. {DISCLAIMER}"
            self.overlay.text("note", note, (width - 0.6 * em, 0.5 * em), 0.62 * em, text, "right")

    def _over(self, name: str, words: str, place: tuple[float, float], size: float, bold: bool = False) -> None:
        self.overlay.text(name, words, place, size, self._ink["text"], bold=bold)

    def _levels(self, frame: Frame, anchors: Array, front: float, em: float, width: int) -> None:
        """A word at each level, in one column, never on each other, tied to its disc by a line."""
        words = levels_text(frame, self.options.colour_by, self.options.labels)
        heights = spread(anchors[:, 1], 1.5 * em)
        longest = 0.60 * em * max(map(len, words))
        column = min(front + 2.2 * em, width - longest - 0.6 * em)
        ends = np.array([[[x, y], [column - 0.4 * em, h]] for (x, y), h in zip(anchors, heights, strict=True)])
        self.overlay.lines("leaders halo", ends, self._ink["background"], 3.0)
        self.overlay.lines("leaders", ends, self._ink["line"], 1.2)
        for level, (line, height) in enumerate(zip(words, heights, strict=True)):
            paper, ink = self._ink["background"], self._ink["text"]
            self.overlay.text(f"level {LEVELS[level]}", line, (column, height - 0.36 * em), em, ink, bold=True, paper=paper)

    def _scales(self, frame: Frame, em: float) -> None:
        """Colour scales from the bottom up, each with its title, ends and what lies beyond."""
        o = self.options
        rows: list[tuple[str, str | None, str, str, str]] = []
        disc = QUANTITIES[o.colour_by]
        full = o.full or disc.full
        if o.facets:
            rows.append(("facet", None, "Facet contact force: arrow", f"longest from {QUANTITIES['facet'].full:.0f} N", ""))
        if o.ligaments:
            top = QUANTITIES["ligament"].full
            rows.append(("ligament", "ligament", "Ligament tension, N (group)", "0", f"{top:.0f}"))
        if o.muscles != "off":
            rows.append(("muscle", "muscle", "Muscle activation, %", "0", "100"))
        marks = f"{full:,.{1 if disc.unit == 'MPa' else 0}f}"
        rows.append(("disc", "disc", f"{disc.title}, {disc.unit}", "0", marks))
        length, thick, bottom = 11.0 * em, 0.62 * em, 0.8 * em
        for name, colours, title, low, high in rows:
            self._scale(name, colours, (title, low, high), (0.6 * em, bottom), (length, thick), em)
            bottom += 3.1 * em
        if o.colour_by == "compression":
            self._mark(NIOSH_N / full, "3,400 NIOSH", (0.6 * em, bottom - 3.1 * em), (length, thick), em)
        known = not frame.readings.tolerances.why_not
        for row, line in enumerate((">: more than that, or beyond the scale", "%: of what half of such persons bear")):
            self._over(f"share {row}", line if known else "", (0.6 * em, bottom - (0.1 - 0.9 * row) * em), 0.62 * em)

    def _scale(
        self, name: str, colours: str | None, words: tuple[str, str, str], corner: tuple[float, float], size: tuple[float, float], em: float
    ) -> None:
        """One scale: title above, strip, ends below; without colours an arrow's own swatch."""
        (x, y), (length, thick) = corner, size
        base = y + 0.85 * em
        self._over(f"{name} title", words[0], (x, base + thick + 0.3 * em), 0.72 * em, bold=True)
        if colours is None:
            self.overlay.strip(f"{name} strip", (x, base), (2.0 * em, thick), np.array([palette.FACET]))
            self._over(f"{name} low", words[1], (x + 2.4 * em, base), 0.66 * em)
            return
        self.overlay.strip(f"{name} strip", (x, base), size, palette.table(colours))
        self._over(f"{name} low", words[1], (x, y), 0.66 * em)
        self.overlay.text(f"{name} high", words[2], (x + length, y), 0.66 * em, self._ink["text"], "centre")
        if name == "muscle":  # nothing is beyond all of a muscle
            return
        self.overlay.strip(f"{name} above", (x + length, base), (1.2 * em, thick), np.array([palette.ABOVE]))
        self._over(f"{name} more", ">", (x + length + 1.4 * em, base), 0.72 * em, bold=True)

    def _mark(self, share: float, words: str, corner: tuple[float, float], size: tuple[float, float], em: float) -> None:
        """A mark on the disc's scale."""
        if not 0.0 < share < 0.92:
            return
        x, base = corner[0] + share * size[0], corner[1] + 0.85 * em
        self.overlay.lines("mark", np.array([[[x, base - 0.2 * em], [x, base + size[1]]]]), self._ink["text"], 1.5)
        self.overlay.text("mark", words, (x, corner[1]), 0.58 * em, self._ink["text"], "centre")

    def _bar(self, camera: Any, size: tuple[int, int], em: float) -> None:
        length = BAR / metres_per_pixel(camera, size)
        right, y = size[0] - 0.8 * em, 2.0 * em
        self.overlay.lines("bar", np.array([[[right - length, y], [right, y]]]), self._ink["text"], 3.0)
        self.overlay.text("bar", f"{1e3 * BAR:.0f} mm", (right - 0.5 * length, y + 0.4 * em), 0.66 * em, self._ink["text"], "centre")


def levels_text(frame: Frame, colour_by: str, labels: str) -> list[str]:
    """What is written at each level, cranial to caudal."""
    if labels == "names":
        return list(LEVELS)
    return [f"{name}  {frame.readings.reading(colour_by, k).text}" for k, name in enumerate(LEVELS)]


def spread(heights: Array, least: float) -> Array:
    """Heights (N,) moved apart to at least ``least``, in their order, as little as one pass from the middle out needs."""
    order = np.argsort(-heights, kind="stable")
    moved = heights[order].copy()
    middle = len(moved) // 2
    for k in range(middle - 1, -1, -1):
        moved[k] = max(moved[k], moved[k + 1] + least)
    for k in range(middle + 1, len(moved)):
        moved[k] = min(moved[k], moved[k - 1] - least)
    back = np.empty_like(moved)
    back[order] = moved
    return back


def _wrapped(words: str, letters: float, most: int) -> list[str]:
    """Words in ``most`` lines of so many letters, empty ones at the end; what goes beyond is left out with a mark."""
    lines = textwrap.wrap(words, max(20, int(letters)), max_lines=most, placeholder=" ...")
    return lines + [""] * (most - len(lines))
