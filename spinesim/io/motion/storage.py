"""OpenSim storage files: ``.mot`` and ``.sto``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from spinesim.analysis.recording import Recording
from spinesim.analysis.recording.coordinates import known
from spinesim.io.motion.quaternions import PARTS, rotations
from spinesim.io.motion.text import Lines

Array = NDArray[np.float64]

_LENGTHS = ("_tx", "_ty", "_tz")
_ORIGIN = tuple(f"pelvis{end}" for end in _LENGTHS)
# /jointset/back/lumbar_extension/value of newer models is lumbar_extension of older ones; speeds and activations keep their path.
_PATH: Final = re.compile(r"/jointset/(?:.*/)?(?P<name>[^/]+)/value")
_SENSORS: Final = {"pelvis_imu": "pelvis", "torso_imu": "thorax", "thorax_imu": "thorax"}
_OLD: Final = "the head does not say so, but OpenSim takes angles of such old motion files in degrees; so they are here"


def read_storage(path: Path) -> Recording:
    """Joint angles, in degrees whatever the file has, and where the pelvis is (m); or orientations of sensors as quaternions.

    A row that repeats the time of the row before, as OpenSim writes at the end of a simulation, is left out and told.

    Raises
    ------
    MotionFileError
        If the head has no end, does not say whether angles are in degrees, or a row is wrong.
    """
    text = Lines.read(path)
    end = next((k for k, line in enumerate(text.lines, start=1) if line.strip().lower() == "endheader"), None)
    if end is None:
        raise text.fault(1, "no line 'endheader'; expected an OpenSim storage file")
    if end >= len(text.lines):
        raise text.fault(end, "nothing after 'endheader'; expected a line of column names")
    names = text.lines[end].split()
    if not names or names[0].lower() != "time":
        raise text.fault(end + 1, f"first column {names[0] if names else ''!r}; expected time")
    if twice := sorted({name for name in names if names.count(name) > 1 and known(_plain(name))}):  # force plates all name theirs alike
        raise text.fault(end + 1, f"column {twice[0]} stands twice")
    head = _head(text.lines[: end - 1])
    return _orientations(text, end, names) if head.get("datatype") == "quaternion" else _angles(text, end, names, head)


def _head(lines: tuple[str, ...]) -> dict[str, str]:
    """Keys and values in lower case; a sentence about angles stands under ``angles``."""
    pairs = (line.split("=", 1) if "=" in line else line.split(None, 1) for line in lines if len(line.split()) > 1 or "=" in line)
    return {key.strip().lower(): value.strip().lower() for key, value in pairs}


def _angles(text: Lines, end: int, names: list[str], head: dict[str, str]) -> Recording:
    degrees, notes = _degrees(text, head)
    values = text.table(end + 2, names, None)
    again = np.concatenate([[False], np.diff(values[:, 0]) == 0.0])
    if again.any():
        notes = (*notes, f"{np.count_nonzero(again)} rows repeat the time of the row before and are left out")
        values = values[~again]
    columns = dict(zip(map(_plain, names), values.T, strict=True))
    factor = 1.0 if degrees else 180.0 / np.pi
    angles = {name: factor * column for name, column in columns.items() if name != names[0] and not name.endswith(_LENGTHS)}
    return Recording(origin=text.path.name, time_s=values[:, 0], angles_deg=angles, pelvis_m=_pelvis(columns), notes=notes)


def _plain(name: str) -> str:
    """A coordinate's name without its path."""
    return found["name"] if (found := _PATH.fullmatch(name)) else name


def _degrees(text: Lines, head: dict[str, str]) -> tuple[bool, tuple[str, ...]]:
    """Whether angles are in degrees, and what the reader should know of it."""
    told = head.get("indegrees")
    if told is None and (sentence := head.get("angles", "")) in ("are in degrees.", "are in radians."):
        told = "yes" if "degrees" in sentence else "no"
    if told is None and "version" not in head and text.path.suffix.lower() == ".mot":
        return True, (_OLD,)
    if told not in ("yes", "no"):
        raise text.fault(1, f"inDegrees = {told}; expected inDegrees=yes or inDegrees=no in the head")
    return told == "yes", () if told == "yes" else ("angles were in radians, as the file's head says, and are degrees here",)


def _pelvis(columns: dict[str, Array]) -> Array | None:
    """The pelvis's origin (n, 3); a model that moves in a plane has no third coordinate."""
    if not set(_ORIGIN[:2]) <= set(columns):
        return None
    forward, up = (columns[name] for name in _ORIGIN[:2])
    return np.stack([forward, up, columns.get(_ORIGIN[2], np.zeros(len(up)))], axis=1)


def _orientations(text: Lines, end: int, names: list[str]) -> Recording:
    """Sensors on pelvis and thorax; each cell is ``w,x,y,z``."""
    parts = [names[0], *(f"{name}_{part}" for name in names[1:] for part in PARTS)]
    values = Lines(text.path, tuple(line.replace(",", " ") for line in text.lines)).table(end + 2, parts, None)
    found = {}
    for k, name in enumerate(names[1:]):
        if (segment := _SENSORS.get(name.lower())) is not None:
            found[segment] = rotations(text, end + 2, name, values[:, 1 + 4 * k : 5 + 4 * k])
    notes = ("orientations are taken in a world with z up, as inertial sensors give them",)
    return Recording(origin=text.path.name, time_s=values[:, 0], orientations=found, notes=notes)
