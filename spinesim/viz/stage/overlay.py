"""What is written over the picture: words, leader lines and colour scales, in pixels of the window."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import vtkmodules.vtkRenderingFreeType  # noqa: F401 - draws text
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor2D, vtkPolyDataMapper2D, vtkTextActor

from spinesim.viz.palette import Colour
from spinesim.viz.scene.surface import Array

_PAPER: Final = 0.8
_ALIGN: Final = {"left": 0, "centre": 1, "right": 2}


class Overlay:
    """Words and flat shapes by name; the same name again changes what is there.

    Parameters
    ----------
    renderer
        Where they are drawn.
    """

    def __init__(self, renderer: Any) -> None:
        self._renderer = renderer
        self._texts: dict[str, Any] = {}
        self._shapes: dict[str, tuple[Any, Any]] = {}
        self._last: dict[str, Any] = {}

    def text(
        self,
        name: str,
        words: str,
        place: tuple[float, float],
        size: float,
        colour: Colour,
        align: str = "left",
        bold: bool = False,
        paper: Colour | None = None,
    ) -> None:
        """Write ``words`` with their base line at ``place`` (pixels from the lower left), over ``paper`` that lets little through."""
        if self._as_before(f"text {name}", (words, place, size, colour, align, bold, paper)):
            return
        if name not in self._texts:
            self._texts[name] = vtkTextActor()
            self._renderer.AddViewProp(self._texts[name])
        actor = self._texts[name]
        look = actor.GetTextProperty()
        look.SetFontFamilyToArial()
        look.SetFontSize(max(8, round(size)))
        look.SetBold(bold)
        look.SetColor(*(part / 255.0 for part in colour))
        look.SetJustification(_ALIGN[align])
        if paper is not None:
            look.SetBackgroundColor(*(part / 255.0 for part in paper))
            look.SetBackgroundOpacity(_PAPER)
        if actor.GetInput() != words:
            actor.SetInput(words)
        actor.SetPosition(*place)

    def words(self, name: str) -> str:
        """What is written under a name; nothing if there is no such text."""
        return str(self._texts[name].GetInput()) if name in self._texts else ""

    def all_words(self) -> dict[str, str]:
        """Every text by name."""
        return {name: self.words(name) for name in self._texts}

    def lines(self, name: str, ends: Array, colour: Colour, width: float = 1.0) -> None:
        """Straight lines (N, 2, 2), in pixels."""
        count = len(ends)
        connectivity = np.arange(2 * count, dtype=np.int64).reshape(-1, 2)
        self._shape(name, ends.reshape(-1, 2), connectivity, np.tile(np.array(colour, np.uint8), (count, 1)), lines=True, width=width)

    def strip(self, name: str, corner: tuple[float, float], size: tuple[float, float], colours: Array) -> None:
        """Cells side by side from left to right, one for each of ``colours`` (N, 3), in a box at ``corner``."""
        edge = corner[0] + size[0] * np.linspace(0.0, 1.0, len(colours) + 1)
        bottom, top = (np.stack([edge, np.full_like(edge, corner[1] + y)], axis=1) for y in (0.0, size[1]))
        k, n = np.arange(len(colours)), len(edge)
        quads = np.stack([k, k + 1, n + k + 1, n + k], axis=1)
        self._shape(name, np.concatenate([bottom, top]), quads, np.ascontiguousarray(colours, np.uint8), lines=False)

    def remove(self, name: str) -> None:
        """Take away what has this name, if anything has."""
        for kind in ("text", "shape"):
            self._last.pop(f"{kind} {name}", None)
        if name in self._texts:
            self._renderer.RemoveViewProp(self._texts.pop(name))
        if name in self._shapes:
            self._renderer.RemoveViewProp(self._shapes.pop(name)[0])

    def clear(self) -> None:
        """Take everything away."""
        for name in {*self._texts, *self._shapes}:
            self.remove(name)

    def _as_before(self, name: str, what: Any) -> bool:
        """Whether this is what stands there already: most words and scales stay from frame to frame."""
        if self._last.get(name) == what:
            return True
        self._last[name] = what
        return False

    def _shape(self, name: str, points: Array, cells: Array, colours: Array, *, lines: bool, width: float = 1.0) -> None:
        if self._as_before(f"shape {name}", (points.tobytes(), colours.tobytes(), width)):
            return
        data = vtkPolyData()
        held = vtkPoints()
        held.SetData(numpy_to_vtk(np.column_stack([points, np.zeros(len(points))]).astype(np.float32), deep=True))
        data.SetPoints(held)
        made = vtkCellArray()
        for cell in cells.tolist():
            made.InsertNextCell(len(cell), cell)
        (data.SetLines if lines else data.SetPolys)(made)
        data.GetCellData().SetScalars(numpy_to_vtk(colours, deep=True))
        if name not in self._shapes:
            mapper, actor = vtkPolyDataMapper2D(), vtkActor2D()
            actor.SetMapper(mapper)
            self._shapes[name] = actor, mapper
            self._renderer.AddViewProp(actor)
        actor, mapper = self._shapes[name]
        mapper.SetInputData(data)
        actor.GetProperty().SetLineWidth(width)
