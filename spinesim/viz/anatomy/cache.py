"""Meshes on disk, so that a person's bones are made once.

The name of a file is a hash of all that the bones follow from: the fields (which hold the person and the tables), the triangles wanted,
and the sources of this package. A file that cannot be read is made again; where nothing can be written, everything works and the
reason is told.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from spinesim.io.atomic import write_bytes
from spinesim.mechanics.jit import cache_root
from spinesim.viz.anatomy.bones import Plan
from spinesim.viz.anatomy.mesh import Mesh

Array = NDArray[Any]

_MOST_FILES: Final = 48  # kept; the oldest go first
_FIELDS: Final = ("points", "triangles", "normals", "occlusion")


def folder() -> Path:
    """Where the files are."""
    return cache_root() / "anatomy"


def key(plans: Mapping[str, Plan], *more: object) -> str:
    """Hash of the plans, of ``more`` (numbers and arrays), and of the code."""
    digest = hashlib.sha256(f"{np.__version__} {sys.byteorder}".encode())
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    for name, plan in plans.items():
        digest.update(f"{name} {plan.body} {plan.spacing!r} {plan.share!r} {plan.around} {plan.smooth} {plan.field.sides}".encode())
        for part in (plan.field.rows, plan.field.left, plan.field.outlines):
            digest.update(part.tobytes())
    for thing in more:
        digest.update(thing.tobytes() if isinstance(thing, np.ndarray) else repr(thing).encode())
    return digest.hexdigest()[:32]


def read(name: str) -> tuple[dict[str, Mesh], dict[str, Array]] | None:
    """Meshes and other arrays kept under a key; none if there are none or they cannot be read."""
    path = folder() / f"{name}.npz"
    try:
        # Opened here: numpy leaves a file open that it cannot read.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
            arrays = {k: stored[k] for k in stored.files}
        bones = {k.removesuffix("/points") for k in arrays if k.endswith("/points")}
        meshes = {bone: Mesh(*(arrays.pop(f"{bone}/{field}") for field in _FIELDS)) for bone in bones}
        # A file in use is a young one.
        with contextlib.suppress(OSError):
            path.touch()
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return meshes, arrays


def write(name: str, meshes: Mapping[str, Mesh], arrays: Mapping[str, Array]) -> str | None:
    """Keep meshes and other arrays under a key; returns why that failed, if it did."""
    packed = {f"{bone}/{field}": getattr(mesh, field) for bone, mesh in meshes.items() for field in _FIELDS}
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **packed, **arrays)
    try:
        folder().mkdir(parents=True, exist_ok=True)
        write_bytes(folder() / f"{name}.npz", buffer.getvalue())
    except OSError as error:
        return f"bones are made anew every time: {folder()}: {error.strerror or error}"
    _prune()
    return None


def _prune() -> None:
    """Remove the oldest files beyond the number that is kept."""
    with contextlib.suppress(OSError):
        files = sorted(folder().glob("*.npz"), key=lambda path: path.stat().st_mtime)
        for path in files[:-_MOST_FILES]:
            path.unlink(missing_ok=True)
