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

from spinesim.analysis.recording import Recording
from spinesim.io.motion.quaternions import PARTS, rotations
from spinesim.io.motion.text import Lines
from spinesim.model.names import unknown_name

# Our names, that of the model's coordinate, and the sign between them.
OURS: Final = {
    "pelvic_tilt": ("pelvis_tilt", -1.0), "pelvic_lateral": ("pelvis_list", 1.0), "pelvic_rotation": ("pelvis_rotation", 1.0),
    "flexion": ("lumbar_extension", -1.0), "lateral": ("lumbar_bending", 1.0), "rotation": ("lumbar_rotation", 1.0),
}  # fmt: skip
_SEGMENTS: Final = ("pelvis", "thorax")


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
    wanted = tuple(f"{segment}_{part}" for segment in _SEGMENTS for part in PARTS)
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
        found[segment] = rotations(text, 2, segment, np.stack([column[f"{segment}_{part}"] for part in PARTS], axis=1))
    return Recording(origin=path.name, time_s=values[:, 0], orientations=found)
