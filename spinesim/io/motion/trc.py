"""Marker positions as TRC: text with five lines of head."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spinesim.analysis.recording import Recording
from spinesim.io.motion.text import Lines
from spinesim.io.motion.upright import upright
from spinesim.model.names import unknown_name

METRES = {"m": 1.0, "cm": 1e-2, "mm": 1e-3}


def read_trc(path: Path) -> Recording:
    """Markers in metres, with y up; an empty cell, or a marker at exactly zero, is a gap.

    Raises
    ------
    MotionFileError
        If the head is another one, its unit is unknown, or a row is wrong.
    """
    text = Lines.read(path)
    if len(text.lines) < 6 or not text.lines[0].startswith("PathFileType"):
        raise text.fault(1, "expected a TRC file: 'PathFileType' and five lines of head")
    head = dict(zip(text.lines[1].split(), text.lines[2].split(), strict=False))
    unit = head.get("Units", "").lower()
    if unit not in METRES:
        raise text.fault(3, unknown_name("Units", unit, tuple(METRES)))
    # Some programs write a tab more or less between names: their order alone counts, and every row tells how many there are.
    markers = [name.strip() for name in text.lines[3].split("\t") if name.strip()][2:]
    if not markers:
        raise text.fault(4, "no marker names; expected them over every third column, from the third on")
    if twice := sorted({name for name in markers if markers.count(name) > 1}):
        raise text.fault(4, f"marker {twice[0]} stands twice")
    columns = ["Frame#", "Time", *(f"{name} {axis}" for name in markers for axis in "XYZ")]
    values = text.table(6, columns, "\t", short=True)
    points = METRES[unit] * values[:, 2:].reshape(len(values), -1, 3)
    points[(points == 0.0).all(axis=-1)] = np.nan
    placed, notes = upright({name: points[:, k] for k, name in enumerate(markers)})
    return Recording(origin=path.name, time_s=np.asarray(values[:, 1]), markers_m=placed, notes=notes)
