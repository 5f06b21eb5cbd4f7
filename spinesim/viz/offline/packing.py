"""Numbers of a page in one blob: typed arrays at aligned offsets, compressed, with a small table of what is where."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from spinesim.viz.anatomy.mesh import Mesh
from spinesim.viz.scene.surface import Array

ALIGNMENT: Final = 4  # bytes: what a view of 32-bit numbers needs
MOST_VERTICES: Final = 1 << 16  # differences of indices wrap at 16 bits
_TYPES: Final = {"f4": "Float32Array", "i2": "Int16Array", "u2": "Uint16Array", "i1": "Int8Array", "u1": "Uint8Array", "i4": "Int32Array"}


class Blob:
    """Arrays one after the other; ``table`` says name, type, offset, length and shape of each."""

    def __init__(self) -> None:
        self.table: dict[str, dict[str, Any]] = {}
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, name: str, array: Array) -> None:
        """Put one array in; little-endian, in C order.

        Raises
        ------
        ValueError
            If the name is taken, or the browser has no such type.
        """
        code = array.dtype.str[1:]
        if name in self.table or code not in _TYPES:
            raise ValueError(f"{name}: the name is taken, or {array.dtype} is no type of a typed array")
        content = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes()
        self.table[name] = {"type": _TYPES[code], "offset": self._size, "length": array.size, "shape": list(array.shape)}
        padded = content + b"\0" * (-len(content) % ALIGNMENT)
        self._parts.append(padded)
        self._size += len(padded)

    def add_rows(self, name: str, array: Array) -> None:
        """Put rows (N, ...) in that change little from one to the next: column by column, and byte by byte of the numbers.

        So they take half of the room; ``rows`` in the table says that they have to be put in order again.

        Raises
        ------
        ValueError
            As :meth:`add`.
        """
        little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).reshape(len(array), -1)
        split = little.view("u1").reshape(len(array), -1, array.dtype.itemsize)
        self.add(name, np.ascontiguousarray(split.transpose(2, 1, 0)))
        code = _TYPES.get(array.dtype.str[1:])
        if code is None:
            raise ValueError(f"{name}: {array.dtype} is no type of a typed array")
        self.table[name] |= {"type": code, "length": array.size, "shape": list(array.shape), "rows": len(array)}

    def text(self) -> str:
        """All of it, compressed, as base64; the same bytes for the same arrays."""
        return base64.b64encode(gzip.compress(b"".join(self._parts), 9, mtime=0)).decode("ascii")


def add_mesh(blob: Blob, name: str, mesh: Mesh) -> Mapping[str, Any]:
    """Put a mesh in: positions in 65,535 steps of its box, normals on an octahedron, occlusion in bytes, differences of indices.

    Returns
    -------
    dict
        ``low`` and ``step`` of each axis (m): position = low + step * number.

    Raises
    ------
    ValueError
        If the mesh has more vertices than 16 bits count.
    """
    if len(mesh.points) > MOST_VERTICES:
        raise ValueError(f"mesh {name}: {len(mesh.points)} vertices; a page takes at most {MOST_VERTICES} in one mesh")
    order, triangles = first_use(np.asarray(mesh.triangles), len(mesh.points))
    points = np.asarray(mesh.points)[order]
    low = points.min(axis=0)
    step = np.maximum(np.ptp(points, axis=0), 1e-9) / 65535.0
    blob.add(f"{name}.points", np.round((points - low) / step).astype("u2").T)
    blob.add(f"{name}.normals", octahedral(np.asarray(mesh.normals)[order]).T)
    blob.add(f"{name}.occlusion", np.round(255.0 * np.clip(np.asarray(mesh.occlusion)[order], 0.0, 1.0)).astype("u1"))
    blob.add(f"{name}.triangles", np.diff(triangles.ravel(), prepend=0).astype("u2"))
    return {"low": low.tolist(), "step": step.tolist(), "vertices": len(points)}


def first_use(triangles: Array, count: int) -> tuple[Array, Array]:
    """Vertices in the order in which triangles use them, and the triangles in these numbers; unused vertices drop out."""
    used, first = np.unique(triangles.ravel(), return_index=True)
    order = used[np.argsort(first, kind="stable")]
    number = np.zeros(count, np.int64)
    number[order] = np.arange(len(order))
    return order, number[triangles]


def octahedral(normals: Array) -> Array:
    """Unit vectors (N, 3) folded onto a square, as signed bytes (N, 2) (Cigolle et al. 2014, J Comput Graph Tech 3(2):1-30)."""
    n = normals / np.maximum(np.abs(normals).sum(axis=1, keepdims=True), 1e-12)
    folded = (1.0 - np.abs(n[:, [1, 0]])) * np.where(n[:, :2] >= 0.0, 1.0, -1.0)
    made: Array = np.round(127.0 * np.where(n[:, 2:] < 0.0, folded, n[:, :2])).astype("i1")
    return made


def quaternions(rotation: Array) -> Array:
    """Rotations (N, 3, 3) as unit quaternions x, y, z, w (N, 4) with w >= 0."""
    from scipy.spatial.transform import Rotation

    return np.asarray(Rotation.from_matrix(rotation.reshape(-1, 3, 3)).as_quat(canonical=True)).reshape(*rotation.shape[:-2], 4)
