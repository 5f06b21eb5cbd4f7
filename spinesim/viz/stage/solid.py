"""Surfaces on the graphics side, changed in place: nothing is built again from frame to frame."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401 - gives VTK something to draw with
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from spinesim.viz.palette import Colour
from spinesim.viz.scene.surface import Array, Surface

AMBIENT, DIFFUSE, SPECULAR, SHININESS = 0.22, 0.80, 0.14, 24.0
# Darkest that hollows are drawn, of the colour in the open.
_HOLLOW: Final = 0.55


class Solid:
    """One actor over a stack of surfaces with colours by vertex.

    Parameters
    ----------
    surface, triangles
        As a frame and its scene hold them.
    colour
        Of everything, until :meth:`paint` gives others.
    closed
        Whether the surfaces have an inside that nobody sees, and triangles that run counter-clockwise seen from outside.
    """

    def __init__(self, surface: Surface, triangles: Array, colour: Colour, closed: bool = True) -> None:
        self.vertices = int(surface.points.shape[-2])
        self._points = np.ascontiguousarray(surface.points.reshape(-1, 3), np.float32)
        self._normals = np.ascontiguousarray(surface.normals.reshape(-1, 3), np.float32)
        self._colours = np.tile(np.array(colour, np.uint8), (len(self._points), 1))
        self.data = vtkPolyData()
        self._vtk_points = vtkPoints()
        self._vtk_points.SetData(numpy_to_vtk(self._points))
        self.data.SetPoints(self._vtk_points)
        self._connectivity = np.ascontiguousarray(triangles, np.int64).ravel()
        self._offsets = np.arange(0, len(self._connectivity) + 1, 3, dtype=np.int64)
        cells = vtkCellArray()
        cells.SetData(numpy_to_vtkIdTypeArray(self._offsets), numpy_to_vtkIdTypeArray(self._connectivity))
        self.data.SetPolys(cells)
        self._vtk_normals, self._vtk_colours = numpy_to_vtk(self._normals), numpy_to_vtk(self._colours)
        self.data.GetPointData().SetNormals(self._vtk_normals)
        self.data.GetPointData().SetScalars(self._vtk_colours)
        self.actor = vtkActor()
        self.mapper = vtkPolyDataMapper()
        self.mapper.SetInputData(self.data)
        self.mapper.SetColorModeToDirectScalars()
        self.actor.SetMapper(self.mapper)
        look = self.actor.GetProperty()
        look.SetInterpolationToPhong()
        look.SetAmbient(AMBIENT)
        look.SetDiffuse(DIFFUSE)
        look.SetSpecular(SPECULAR)
        look.SetSpecularPower(SHININESS)
        # Of what is closed nobody sees the back: without it a drawing without a graphics card takes two thirds of the time.
        look.SetBackfaceCulling(closed)

    def move(self, surface: Surface) -> None:
        """Take the points and normals of another frame."""
        self._points[:] = surface.points.reshape(-1, 3)
        self._normals[:] = surface.normals.reshape(-1, 3)
        self._vtk_points.Modified()
        self._vtk_normals.Modified()
        self.data.Modified()

    def paint(self, colours: Array) -> None:
        """Give every surface (N, 3), or every vertex (N, V, 3), its colour."""
        shape = (-1, self.vertices, 3)
        self._colours.reshape(shape)[:] = colours[:, None] if colours.ndim == 2 else colours
        self._vtk_colours.Modified()
        self.data.Modified()

    def place(self, matrix: Array) -> None:
        """Carry the whole by a homogeneous matrix (4, 4)."""
        held = vtkMatrix4x4()
        held.DeepCopy(matrix.ravel().tolist())
        self.actor.SetUserMatrix(held)

    def part(self, cell: int) -> int:
        """Which surface of the stack a triangle is of."""
        first: int = self._connectivity[3 * cell].item()
        return first // self.vertices


def bone(mesh: Any, colour: Colour) -> Solid:
    """A rigid mesh, darker in its hollows."""
    made = Solid(Surface(mesh.points[None], mesh.normals[None]), mesh.triangles, colour, mesh.closed)
    open_to_light = _HOLLOW + (1.0 - _HOLLOW) * np.asarray(mesh.occlusion, float)
    made.paint(np.round(open_to_light[None, :, None] * np.array(colour)))
    return made


def ghost(mesh: Any, colour: Colour) -> Solid:
    """A rigid mesh in a colour near the background's: seen behind all else, without its own inner faces showing through."""
    made = bone(mesh, colour)
    depth = 0.80 + 0.20 * np.asarray(mesh.occlusion, float)
    made.paint(np.round(depth[None, :, None] * np.array(colour)))
    return faint(made)


def faint(made: Solid) -> Solid:
    """The same with little light and shade."""
    look = made.actor.GetProperty()
    look.SetAmbient(0.72)
    look.SetDiffuse(0.30)
    look.SetSpecular(0.0)
    return made
