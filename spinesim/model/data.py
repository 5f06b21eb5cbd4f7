"""Where the data files are: in a checkout, an editable install or a wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parents[1]


def data_dir(name: Literal["geometry", "configs"]) -> Path:
    """Folder of data files that ships with the package.

    Parameters
    ----------
    name
        ``geometry`` (tables) or ``configs`` (runnable cases and posture presets).

    Raises
    ------
    FileNotFoundError
        If the installation is incomplete.
    """
    # A wheel carries the folders inside the package; a checkout and an editable install beside it.
    candidates = (_PACKAGE / "_data" / name, _PACKAGE.parent / name)
    for folder in candidates:
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"data folder {name!r} is missing, looked in: {', '.join(map(str, candidates))}; reinstall spinesim")
