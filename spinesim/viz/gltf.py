"""A frame as glTF 2.0 in one binary file: for slides, web pages and 3D programs. Needs no OpenGL.

Written by hand from the specification (Khronos Group, glTF 2.0, 2021): positions and normals as floats, colours by vertex in linear
light, one node for each structure, bones with the matrix of their body. Metres; x forward, y up, z right.
"""

from __future__ import annotations

import json
import struct
from typing import Any, Final

import numpy as np

from spinesim.viz import palette
from spinesim.viz.scene import Frame, Scene, context
from spinesim.viz.scene.spindles import Spindles
from spinesim.viz.scene.strips import ARROW_TRIANGLES, BOX_TRIANGLES
from spinesim.viz.scene.surface import Array, Surface, repeated

_MAGIC: Final = 0x46546C67
_FLOAT, _BYTE, _UINT = 5126, 5121, 5125
_ARRAY, _ELEMENTS = 34962, 34963


class Writer:
    """Collects structures and writes them as one file."""

    def __init__(self) -> None:
        self._blob = bytearray()
        self._views: list[dict[str, Any]] = []
        self._accessors: list[dict[str, Any]] = []
        self._meshes: list[dict[str, Any]] = []
        self._nodes: list[dict[str, Any]] = []
        self._materials: list[dict[str, Any]] = []
        self._material_of: dict[float, int] = {}

    def add(self, name: str, surface: Surface, triangles: Array, colours: Array, matrix: Array | None = None, opacity: float = 1.0) -> None:
        """One structure: points and normals (V, 3), triangles (T, 3), sRGB colours (V, 3) of 0 to 255."""
        points = np.ascontiguousarray(surface.points.reshape(-1, 3), np.float32)
        attributes = {
            "POSITION": self._accessor(points, "VEC3", _FLOAT, _ARRAY, bounds=True),
            "NORMAL": self._accessor(np.ascontiguousarray(surface.normals.reshape(-1, 3), np.float32), "VEC3", _FLOAT, _ARRAY),
            "COLOR_0": self._accessor(_linear(colours.reshape(-1, 3)), "VEC4", _BYTE, _ARRAY, normalised=True),
        }
        indices = self._accessor(np.ascontiguousarray(triangles, np.uint32).ravel(), "SCALAR", _UINT, _ELEMENTS)
        primitive = {"attributes": attributes, "indices": indices, "material": self._material(opacity)}
        self._meshes.append({"name": name, "primitives": [primitive]})
        node: dict[str, Any] = {"name": name, "mesh": len(self._meshes) - 1}
        if matrix is not None:
            node["matrix"] = matrix.T.ravel().tolist()
        self._nodes.append(node)

    def content(self, told: dict[str, Any]) -> bytes:
        """The file, with ``told`` among its extras."""
        tree = {
            "asset": {"version": "2.0", "generator": "spinesim", "extras": told},
            "scene": 0,
            "scenes": [{"nodes": list(range(len(self._nodes)))}],
            "nodes": self._nodes,
            "meshes": self._meshes,
            "materials": self._materials,
            "accessors": self._accessors,
            "bufferViews": self._views,
            "buffers": [{"byteLength": len(self._blob)}],
        }
        text = json.dumps(tree, separators=(",", ":"), allow_nan=False).encode()
        text += b" " * (-len(text) % 4)
        blob = bytes(self._blob) + b"\0" * (-len(self._blob) % 4)
        chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(blob), 0x004E4942) + blob
        return struct.pack("<III", _MAGIC, 2, 12 + len(chunks)) + chunks

    def _accessor(self, array: Array, kind: str, component: int, target: int, *, bounds: bool = False, normalised: bool = False) -> int:
        self._blob += b"\0" * (-len(self._blob) % 4)
        self._views.append({"buffer": 0, "byteOffset": len(self._blob), "byteLength": array.nbytes, "target": target})
        self._blob += array.tobytes()
        made: dict[str, Any] = {"bufferView": len(self._views) - 1, "componentType": component, "count": len(array), "type": kind}
        if bounds:
            made |= {"min": array.min(axis=0).tolist(), "max": array.max(axis=0).tolist()}
        if normalised:
            made["normalized"] = True
        self._accessors.append(made)
        return len(self._accessors) - 1

    def _material(self, opacity: float) -> int:
        if opacity not in self._material_of:
            look: dict[str, Any] = {
                "pbrMetallicRoughness": {"baseColorFactor": [1.0, 1.0, 1.0, opacity], "metallicFactor": 0.0, "roughnessFactor": 0.65}
            }
            self._materials.append(look if opacity == 1.0 else look | {"alphaMode": "BLEND"})
            self._material_of[opacity] = len(self._materials) - 1
        return self._material_of[opacity]


def glb(scene: Scene, frame: Frame, spindles: Spindles, colour_by: str, told: dict[str, Any], full: float | None = None) -> bytes:
    """A frame with all its structures; ``spindles`` are those that it was made with, ``told`` goes into the file's extras."""
    writer, readings = Writer(), frame.readings
    for name, bone in scene.bones.items():
        hollow = 0.5 + 0.5 * np.asarray(bone.mesh.occlusion, float)
        colours = hollow[:, None] * np.array(palette.PELVIS if context(name) else palette.BONE)
        surface = Surface(np.asarray(bone.mesh.points), np.asarray(bone.mesh.normals))
        writer.add(name, surface, bone.mesh.triangles, colours, frame.bodies[bone.body], 0.35 if context(name) else 1.0)
    _stack(writer, "discs", frame.discs, scene.discs.triangles, palette.shade("disc", readings.scaled(colour_by, full)[::-1]))
    if len(spindles.fascicle):
        activation = readings.values("activation")
        mine = activation[spindles.fascicle] if len(activation) else np.full(len(spindles.fascicle), np.nan)
        _stack(writer, "muscles", frame.spindles, spindles.triangles, palette.shade("muscle", np.minimum(mine, 1.0)))
    tension = readings.scaled("ligament")[::-1][:, scene.strips.group].reshape(-1)
    _stack(writer, "ligaments", frame.ligaments, scene.strips.triangles, palette.shade("ligament", tension))
    arrows = repeated(ARROW_TRIANGLES, 12, int(ARROW_TRIANGLES.max()) + 1)
    _stack(writer, "facet forces", frame.arrows, arrows, np.tile(palette.FACET, (12, 1)))
    _stack(writer, "body", frame.limbs, scene.limb_triangles, np.tile(palette.LIMB, (frame.limbs.points.shape[0], 1)))
    _stack(writer, "load", frame.load, repeated(BOX_TRIANGLES, 2, 24), np.tile(palette.LOAD, (2, 1)))
    return writer.content(told)


def _stack(writer: Writer, name: str, surface: Surface, triangles: Array, colours: Array) -> None:
    """All surfaces of a stack as one structure; triangles without an area are left out."""
    points = surface.points.reshape(-1, 3)
    corner = points[triangles]
    area = np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1)
    if (area > 1e-12).any():
        writer.add(name, surface, triangles[area > 1e-12], np.repeat(colours, surface.points.shape[1], axis=0))


def _linear(colours: Array) -> Array:
    """SRGB bytes (V, 3) as linear bytes with opacity (V, 4)."""
    share = np.asarray(colours, float) / 255.0
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.column_stack([np.round(255.0 * linear), np.full(len(linear), 255.0)]).astype(np.uint8)
