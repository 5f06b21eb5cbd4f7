"""Marker positions as C3D, read by ezc3d (the extra ``motion``)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spinesim.analysis.recording import Recording
from spinesim.io.motion.text import MotionFileError
from spinesim.io.motion.trc import METRES
from spinesim.io.motion.upright import upright
from spinesim.model.names import unknown_name


def read_c3d(path: Path) -> Recording:
    """Markers in metres, with y up; a point with a negative residual, or at exactly zero, is a gap.

    Raises
    ------
    OSError
        If the file cannot be read.
    MotionFileError
        If ezc3d is missing or does not understand the file, or the unit is unknown.
    """
    try:
        import ezc3d
    except ImportError:
        raise MotionFileError(f"{path}: C3D files need ezc3d; install spinesim[motion]") from None
    with path.open("rb"):
        pass  # what is missing or may not be read says so by itself
    try:
        file = ezc3d.c3d(str(path))
        parameters = file["parameters"]["POINT"]
        lists = ["LABELS", *(f"LABELS{k}" for k in range(2, 9) if f"LABELS{k}" in parameters)]  # 255 names fit in one
        names = [name.strip() for part in lists for name in parameters[part]["value"]]
        unit = str(parameters["UNITS"]["value"][0]).strip().lower()
        rate = float(parameters["RATE"]["value"][0])
        points = np.moveaxis(np.asarray(file["data"]["points"], float)[:3], 0, -1)
        residuals = np.asarray(file["data"]["meta_points"]["residuals"], float)[0]
    except (KeyError, IndexError, RuntimeError, ValueError, OSError) as error:
        raise MotionFileError(f"{path}: not a C3D file with points ({error})") from None
    if unit not in METRES:
        raise MotionFileError(f"{path}: {unknown_name('POINT:UNITS', unit, tuple(METRES))}")
    lost = (residuals < 0.0) | (points == 0.0).all(axis=-1)
    points = np.where(lost[..., None], np.nan, METRES[unit] * points)
    placed, notes = upright({name: points[k] for k, name in enumerate(names[: len(points)])})
    return Recording(origin=path.name, time_s=np.arange(points.shape[1]) / rate, markers_m=placed, notes=notes)
