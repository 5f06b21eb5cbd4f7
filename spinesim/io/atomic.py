"""Write a file as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Put ``content`` where ``path`` points, in one step.

    The bytes go to a temporary file in the same folder, are synced to the disk and then take the place of what
    was there. A reader sees the old file or the new one; after a failure the old one is still there.

    Raises
    ------
    OSError
        If the folder is missing, not writable or full.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        _write(temporary, content)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Bring a rename in a folder to the disk, where the file system can."""
    # Not every file system lets a folder be synced; the rename itself has happened.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
