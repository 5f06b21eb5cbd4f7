"""Where the data files are: in a checkout, an editable install or a wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parents[1]


def data_dir(name: Literal["geometry", "configs", "cases"]) -> Path:
    """Folder of data files that ships with the package.

    Parameters
    ----------
    name
        ``geometry`` (tables), ``configs`` (runnable cases and posture presets) or ``cases`` (published experiments to compare with).

    Raises
    ------
    FileNotFoundError
        If the installation is incomplete.
    """
    # A wheel carries the folders inside the package; a checkout and an editable install beside it.
    beside = "tests/validation/cases" if name == "cases" else name
    candidates = (_PACKAGE / "_data" / name, _PACKAGE.parent / beside)
    for folder in candidates:
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"data folder {name!r} is missing, looked in: {', '.join(map(str, candidates))}; reinstall spinesim")
