"""Reads a motion file by what its name ends in."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from spinesim.analysis.recording import Recording
from spinesim.io.motion.c3d import read_c3d
from spinesim.io.motion.storage import read_storage
from spinesim.io.motion.table import read_table
from spinesim.io.motion.text import MotionFileError
from spinesim.io.motion.trc import read_trc
from spinesim.model.names import unknown_name

READERS: Final[dict[str, Callable[[Path], Recording]]] = {
    ".mot": read_storage, ".sto": read_storage, ".trc": read_trc, ".c3d": read_c3d, ".csv": read_table,
}  # fmt: skip


def read_motion(path: str | os.PathLike[str]) -> Recording:
    """Read a recording.

    Parameters
    ----------
    path
        OpenSim storage (``.mot``, ``.sto``), markers (``.trc``, ``.c3d``) or a table (``.csv``).

    Raises
    ------
    OSError
        If there is no such file or it may not be read.
    MotionFileError
        If it cannot be understood, naming file, line and what was expected.
    """
    file = Path(path)
    reader = READERS.get(file.suffix.lower())
    if reader is None:
        raise MotionFileError(f"{file}: {unknown_name('suffix', file.suffix, tuple(READERS))}")
    try:
        return reader(file)
    except MotionFileError:
        raise
    except ValueError as error:  # of the recording itself: time that falls, too few frames
        raise MotionFileError(f"{file.parent}{os.sep}{error}" if file.parent != Path() else str(error)) from None
