"""The user's own bones: a folder of mesh files, each named like the bone whose place it takes."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from spinesim.model.names import unknown_name
from spinesim.viz.anatomy.bones import NAMES
from spinesim.viz.anatomy.mesh import Mesh, vertex_normals
from spinesim.viz.anatomy.surface import compact, simplify

Array = NDArray[Any]

_READERS: Final = {
    ".stl": ("vtkIOGeometry", "vtkSTLReader"),
    ".ply": ("vtkIOPLY", "vtkPLYReader"),
    ".vtp": ("vtkIOXML", "vtkXMLPolyDataReader"),
}
SUFFIXES: Final = tuple(_READERS)
_FRAME: Final = "expected millimetres, x anterior, y superior, z right, origin in the centre of the L5-S1 disc"
_MM: Final = 1e-3
_LIKE: Final = (0.4, 2.5)  # size of a file's bone against the drawn one that is taken for the same unit
_AWAY: Final = 0.08  # m between the middles of the two
_SPARE: Final = 1.5  # a mesh with more triangles than this many times the wanted ones is simplified
_UNITS: Final = {"metres": 1e-3, "centimetres": 1e-1, "inches": 1.0 / 25.4, "micrometres": 1e3}  # numbers against millimetres


def read(folder: Path, drawn: Mapping[str, Mesh], triangles: int) -> tuple[dict[str, Mesh], list[str]]:
    """Meshes of the files in ``folder`` by bone, m, and what is to be said about them.

    ``drawn`` are the bones of the person whose places they take; ``triangles`` is how many a mesh should have.

    Raises
    ------
    FileNotFoundError
        If the folder is missing.
    ValueError
        If a file has no bone's name, cannot be read, or is not in the frame and unit; the file is named.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"folder of bones {folder} is missing")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not files:
        raise ValueError(f"{folder}: no bone in it; expected files such as L4.stl ({', '.join(SUFFIXES)})")
    out: dict[str, Mesh] = {}
    notes: list[str] = []
    for path in files:
        if path.stem not in NAMES:
            raise ValueError(unknown_name(str(path), path.stem, NAMES))
        if path.stem in out:
            raise ValueError(f"{path}: there is another file for {path.stem}")
        points, faces = _loaded(path)
        _check_place(path, points * _MM, drawn[path.stem])
        out[path.stem], note = _finished(path, points * _MM, faces, triangles)
        notes += [note] if note else []
    return out, notes


def _loaded(path: Path) -> tuple[Array, Array]:
    """Points (V, 3) and triangles (T, 3) of a file, doubled points made one."""
    try:
        surface, faults = _surface(path)
    except ImportError as error:
        raise ValueError(f"{path}: reading it needs vtk; pip install 'spinesim[view]'") from error
    to_numpy = importlib.import_module("vtkmodules.util.numpy_support").vtk_to_numpy
    if faults or not surface.GetNumberOfPoints() or not surface.GetNumberOfPolys():
        raise ValueError(f"{path}: cannot be read as a surface{': ' + faults[0] if faults else ''}")
    points = np.array(to_numpy(surface.GetPoints().GetData()), float)
    faces = np.array(to_numpy(surface.GetPolys().GetConnectivityArray())).reshape(-1, 3)
    if not np.isfinite(points).all():
        raise ValueError(f"{path}: holds points that are not finite")
    points, index = np.unique(points, axis=0, return_inverse=True)
    faces = index.ravel()[faces]
    whole = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    return compact(points, faces[whole])


def _surface(path: Path) -> tuple[Any, list[str]]:
    """The file's polygons as triangles, and what the reader complained of."""
    module, name = _READERS[path.suffix.lower()]
    reader = getattr(importlib.import_module(f"vtkmodules.{module}"), name)()
    faults: list[str] = []

    def hear(_sender: Any, _event: str, text: str) -> None:
        faults.append(" ".join(text.split()))

    vars(hear)["CallDataType"] = "string0"  # so that VTK hands over the words instead of printing them
    reader.AddObserver("ErrorEvent", hear)
    reader.SetFileName(str(path))
    triangles = importlib.import_module("vtkmodules.vtkFiltersCore").vtkTriangleFilter()
    triangles.PassLinesOff()
    triangles.PassVertsOff()
    triangles.SetInputConnection(reader.GetOutputPort())
    triangles.AddObserver("ErrorEvent", hear)
    reader.Update()
    if not faults:
        triangles.Update()
    return triangles.GetOutput(), faults


def _check_place(path: Path, points: Array, drawn: Mesh) -> None:
    """Refuse a bone of another unit or in another place."""
    size, usual = (float(np.linalg.norm(np.ptp(p, axis=0))) for p in (points, drawn.points))
    ratio = size / usual
    if not _LIKE[0] < ratio < _LIKE[1]:
        near = [unit for unit, factor in _UNITS.items() if _LIKE[0] < ratio / factor < _LIKE[1]]
        guess = f"; the numbers look like {near[0]}" if near else ""
        raise ValueError(f"{path}: is {size / _MM:.4g} mm large, this person's {path.stem} {usual / _MM:.4g} mm{guess}; {_FRAME}")
    away = 0.5 * (points.min(axis=0) + points.max(axis=0) - drawn.points.min(axis=0) - drawn.points.max(axis=0))
    if np.linalg.norm(away) > _AWAY:
        there = ", ".join(f"{v / _MM:.0f}" for v in away)
        raise ValueError(f"{path}: stands ({there}) mm from this person's {path.stem}; {_FRAME}")


def _finished(path: Path, points: Array, faces: Array, triangles: int) -> tuple[Mesh, str | None]:
    """The mesh, simplified and turned outwards if it is closed, and a note if it is not."""
    mesh = _mesh(points, faces)
    if not mesh.closed:
        return mesh, f"{path}: is not closed; drawn as it is"
    if len(faces) > _SPARE * triangles:
        points, faces = simplify(points, faces, triangles, np.zeros(len(points), bool))
    mesh = _mesh(points, faces)
    return (mesh if mesh.volume > 0.0 else _mesh(points, faces[:, ::-1])), None


def _mesh(points: Array, faces: Array) -> Mesh:
    return Mesh(points, np.ascontiguousarray(faces, np.int32), vertex_normals(points, faces), np.ones(len(points)))
