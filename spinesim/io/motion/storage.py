"""OpenSim storage files: ``.mot`` and ``.sto``."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spinesim.analysis.recording import Recording
from spinesim.io.motion.text import Lines

_LENGTHS = ("_tx", "_ty", "_tz")
_ORIGIN = tuple(f"pelvis{end}" for end in _LENGTHS)


def read_storage(path: Path) -> Recording:
    """Joint angles, in degrees whatever the file has, and where the pelvis is (m); other translations are left out.

    Raises
    ------
    MotionFileError
        If the head has no end, does not say whether angles are in degrees, or a row is wrong.
    """
    text = Lines.read(path)
    end = next((k for k, line in enumerate(text.lines, start=1) if line.strip().lower() == "endheader"), None)
    if end is None:
        raise text.fault(1, "no line 'endheader'; expected an OpenSim storage file")
    head = dict(line.split("=", 1) for line in text.lines[: end - 1] if "=" in line)
    unit = {key.strip().lower(): value.strip().lower() for key, value in head.items()}.get("indegrees")
    if unit not in ("yes", "no"):
        raise text.fault(1, f"inDegrees = {unit}; expected inDegrees=yes or inDegrees=no in the head")
    if end >= len(text.lines):
        raise text.fault(end, "nothing after 'endheader'; expected a line of column names")
    names = text.lines[end].split()
    if not names or names[0].lower() != "time":
        raise text.fault(end + 1, f"first column {names[0] if names else ''!r}; expected time")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise text.fault(end + 1, f"column {twice[0]} stands twice")
    values = text.table(end + 2, names, None)
    factor = 1.0 if unit == "yes" else 180.0 / np.pi
    angles = {name: factor * values[:, k] for k, name in enumerate(names) if k and not name.endswith(_LENGTHS)}
    notes = () if unit == "yes" else ("angles were in radians, as the file's head says, and are degrees here",)
    pelvis = np.stack([values[:, names.index(name)] for name in _ORIGIN], axis=1) if set(_ORIGIN) <= set(names) else None
    return Recording(origin=path.name, time_s=values[:, 0], angles_deg=angles, pelvis_m=pelvis, notes=notes)
