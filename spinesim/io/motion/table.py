"""CSV tables: angles over time, or orientations of sensors as quaternions.

Angles: a column ``time_s`` and columns in degrees, named as in OpenSim with ``_deg`` (``pelvis_tilt_deg``), or as a posture of this
program (``pelvic_tilt_deg``, ``flexion_deg``, ``lateral_deg``, ``rotation_deg``: forward, to the right, to the left positive).
Orientations: ``time_s`` and ``pelvis_qw`` ... ``thorax_qz``, unit quaternions from the sensor to a world whose z points up, as
inertial sensors give them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spinesim.analysis.recording import Recording
from spinesim.io.motion.text import Lines
from spinesim.model.names import unknown_name

Array = NDArray[np.float64]

# Our names, that of the model's coordinate, and the sign between them.
OURS: Final = {
    "pelvic_tilt": ("pelvis_tilt", -1.0), "pelvic_lateral": ("pelvis_list", 1.0), "pelvic_rotation": ("pelvis_rotation", 1.0),
    "flexion": ("lumbar_extension", -1.0), "lateral": ("lumbar_bending", 1.0), "rotation": ("lumbar_rotation", 1.0),
}  # fmt: skip
_PARTS: Final = ("qw", "qx", "qy", "qz")
_SEGMENTS: Final = ("pelvis", "thorax")
_UNIT: Final = 0.05  # from 1: a quaternion's norm may be off by rounding, not more
_UP: Final = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])  # from a world with z up to one with y up


def read_table(path: Path) -> Recording:
    """Angles or orientations.

    Raises
    ------
    MotionFileError
        If the head names neither, a column is unknown or its unit is not said, or a row is wrong.
    """
    text = Lines.read(path)
    if not text.lines:
        raise text.fault(1, "the file is empty; expected a head with time_s")
    names = [name.strip() for name in text.lines[0].split(",")]
    if names[0] != "time_s":
        raise text.fault(1, f"first column {names[0]!r}; expected time_s")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise text.fault(1, f"column {twice[0]} stands twice")
    wanted = tuple(f"{segment}_{part}" for segment in _SEGMENTS for part in _PARTS)
    if any(name in wanted for name in names):
        return _orientations(path, text, names, wanted)
    for name in names[1:]:
        if not name.endswith("_deg"):
            raise text.fault(1, f"column {name!r}: expected names that end in _deg, such as flexion_deg or pelvis_tilt_deg")
    values = text.table(2, names, ",")
    angles = {}
    for k, name in enumerate(names[1:], start=1):
        theirs, sign = OURS.get(name.removesuffix("_deg"), (name.removesuffix("_deg"), 1.0))
        angles[theirs] = sign * values[:, k]
    return Recording(origin=path.name, time_s=values[:, 0], angles_deg=angles)


def _orientations(path: Path, text: Lines, names: list[str], wanted: tuple[str, ...]) -> Recording:
    if bad := [name for name in names[1:] if name not in wanted]:
        raise text.fault(1, unknown_name("column", bad[0], wanted))
    if missing := [name for name in wanted if name not in names]:
        raise text.fault(1, f"no column {missing[0]}; expected {', '.join(wanted)}")
    values = text.table(2, names, ",")
    column = {name: values[:, k] for k, name in enumerate(names)}
    found = {}
    for segment in _SEGMENTS:
        quaternion = np.stack([column[f"{segment}_{part}"] for part in _PARTS], axis=1)
        norm = np.linalg.norm(quaternion, axis=1)
        if (off := np.abs(norm - 1.0) > _UNIT).any():
            row = int(np.argmax(off))
            raise text.fault(row + 2, f"{segment}: the quaternion's length is {norm[row]:.3g}; expected 1")
        found[segment] = _UP @ _matrices(quaternion / norm[:, None])
    return Recording(origin=path.name, time_s=values[:, 0], orientations=found)


def _matrices(q: Array) -> Array:
    """Rotation matrices (n, 3, 3) of unit quaternions w, x, y, z."""
    w, x, y, z = q.T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), -1, 0)
