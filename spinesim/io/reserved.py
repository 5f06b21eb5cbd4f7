"""A new HDF5 file in space that was taken before its first byte.

The HDF5 library crashes the process when the disk is full in the middle of a file. Here a full disk is an ordinary error before it
starts, and any other fault of writing is raised after the library is done.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

from spinesim.io.atomic import sync_folder


@contextmanager
def new_file(path: Path, folder: Path, size: int, cache: int) -> Iterator[h5py.File]:
    """An HDF5 file that takes the place of ``path`` when all is written.

    Parameters
    ----------
    path
        Where; what was there stays until then, and after a failure.
    folder
        Where it is until then, on the same file system.
    size
        Bytes that the file takes at most.
    cache
        Bytes that a dataset may hold in memory.

    Raises
    ------
    OSError
        If there is no room for ``size`` bytes, or writing fails.
    """
    temporary = folder / f".{path.name}.{os.getpid()}.tmp"
    handle = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        raw = _Reserved(handle, size)
        with h5py.File(raw, "w", track_order=True, rdcc_nbytes=cache) as file:
            yield file
        raw.finish()
        temporary.replace(path)
    except OSError as error:
        error.filename = error.filename or str(path)
        raise
    finally:
        os.close(handle)
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


class _Reserved(io.RawIOBase):
    """A file object on a handle; the library sees the size it wrote, not the one reserved."""

    def __init__(self, handle: int, size: int) -> None:
        self.handle, self.end, self.at = handle, 0, 0
        self.fault: OSError | None = None
        os.posix_fallocate(handle, 0, size)

    def finish(self) -> None:
        """Give back what was not needed and bring the rest to the disk."""
        if self.fault is not None:
            raise self.fault
        os.ftruncate(self.handle, self.end)
        os.fsync(self.handle)

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.at

    def flush(self) -> None:
        """Nothing is held back."""

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self.at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self.at, os.SEEK_END: self.end}[whence]
        return self.at

    def truncate(self, size: int | None = None) -> int:
        # The space stays reserved until the file is complete.
        self.end = self.at if size is None else size
        return self.end

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        count = os.preadv(self.handle, [view], self.at)
        self.at += count
        return count

    def write(self, content: Any) -> int:
        view = memoryview(content).cast("B")
        done = 0
        try:
            while done < len(view) and self.fault is None:
                done += os.pwrite(self.handle, view[done:], self.at + done)
        except OSError as error:
            # The library does not survive a failed write: it is told later.
            self.fault = error
        self.at += len(view)
        self.end = max(self.end, self.at)
        return len(view)
