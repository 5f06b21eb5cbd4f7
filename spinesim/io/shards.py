"""The parts of a sweep that is not finished: a folder beside the output with a plan and a file for every chunk.

A part is made in memory and put in place by one rename, under a name that holds the hash of its bytes: the listing of the folder
is its manifest, and nothing half-written or changed can pass for a part. Parts are plain arrays behind a line of JSON, so there is
nothing in them that could point elsewhere.
"""

from __future__ import annotations

import fcntl
import glob
import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from spinesim.io.atomic import write_bytes

FORMAT: Final = 1
PLAN: Final = "plan.json"
_PART = re.compile(r"(\d{9,})-([0-9a-f]{64})\.part")
_TEMPORARY = re.compile(r"\..*\.tmp")
Arrays = dict[str, NDArray[Any]]


class PartsError(ValueError):
    """A folder or a part that is not what this sweep wrote."""


@dataclass(slots=True)
class Parts:
    """The folder of one sweep; see :func:`open_parts`."""

    folder: Path
    plan: dict[str, Any]
    names: dict[int, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Hash of the plan, which every part carries."""
        return hashlib.sha256(_text(self.plan)).hexdigest()

    def scan(self) -> list[int]:
        """Find the parts and check every byte of them; damaged ones are removed.

        Returns
        -------
        list of int
            Chunks whose part was damaged.

        Raises
        ------
        PartsError
            If something else is in the folder, or a part of another sweep.
        """
        self.names, damaged = {}, []
        for entry in sorted(os.scandir(self.folder), key=lambda e: e.name):
            found = _PART.fullmatch(entry.name)
            if found is None:
                _expect_own(self.folder, entry)
            elif self._is_whole(entry, found[2]):
                if int(found[1]) in self.names:
                    raise PartsError(
                        f"{self.folder}: two different parts of chunk {int(found[1])}; were they computed on different machines?"
                    )
                self.names[int(found[1])] = entry.name
            else:
                damaged.append(int(found[1]))
                os.unlink(entry.path)
        return [number for number in dict.fromkeys(damaged) if number not in self.names]

    def write(self, number: int, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep one chunk; when this returns it is on the disk."""
        header = {"plan": self.key, "chunk": number, "arrays": [[n, a.dtype.str, list(a.shape)] for n, a in arrays.items()]}
        content = b"".join((_text(header), b"\n", *(np.ascontiguousarray(a).tobytes() for a in arrays.values())))
        name = f"{number:09d}-{hashlib.sha256(content).hexdigest()}.part"
        write_bytes(self.folder / name, content)
        self.names[number] = name

    def read(self, number: int) -> Arrays:
        """Arrays of one chunk, checked.

        Raises
        ------
        PartsError
            If the part is missing or damaged; then it is removed.
        """
        name = self.names.get(number)
        if name is None:
            raise PartsError(f"{self.folder}: chunk {number} is missing")
        content = _read_plain(self.folder / name)
        if hashlib.sha256(content).hexdigest() != name.partition("-")[2].removesuffix(".part"):
            os.unlink(self.folder / name)
            raise PartsError(f"{self.folder / name}: the part is damaged and was removed; --resume computes it again")
        return _arrays(self.folder / name, content)

    def forget(self, name: str) -> None:
        """Remove what an interruption left of the file that the parts were put together to."""
        for path in self.folder.glob(f".{glob.escape(name)}.*.tmp"):
            path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Delete the folder, its plan last, so that what an interruption leaves is still known."""
        names = [entry.name for entry in os.scandir(self.folder)]
        if foreign := [n for n in names if n != PLAN and not _PART.fullmatch(n) and not _TEMPORARY.fullmatch(n)]:
            raise PartsError(f"{self.folder / foreign[0]}: not a file of this sweep; the folder is left as it is")
        for name in sorted(names, key=lambda n: n == PLAN):
            (self.folder / name).unlink(missing_ok=True)
        self.folder.rmdir()

    def _is_whole(self, entry: os.DirEntry[str], digest: str) -> bool:
        content = _read_plain(Path(entry.path))
        if hashlib.sha256(content).hexdigest() != digest:
            return False
        if _header(Path(entry.path), content)["plan"] != self.key:
            raise PartsError(f"{entry.path}: a part of another sweep")
        return True


def open_parts(folder: Path, plan: Mapping[str, Any]) -> Parts:
    """The folder of a sweep: made with its plan, or found with a plan that is read back.

    Whether the plan that was found is the one asked for, the caller compares.

    Raises
    ------
    PartsError
        If the folder is not that of a sweep.
    OSError
        If it cannot be read or written.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise PartsError(f"{folder}: not a folder of a sweep; move it away")
    folder.mkdir(exist_ok=True)
    if not (folder / PLAN).exists() and not (folder / PLAN).is_symlink():
        for entry in os.scandir(folder):
            _expect_own(folder, entry)
        _put_first(folder / PLAN, _text(dict(plan)))
    return Parts(folder, read_plan(folder))


def read_plan(folder: Path) -> dict[str, Any]:
    """The plan in a folder.

    Raises
    ------
    PartsError
        If it is none.
    """
    try:
        plan = json.loads(_read_plain(folder / PLAN))
        if plan["spinesim_parts"] != FORMAT:
            raise PartsError(f"{folder / PLAN}: format {plan['spinesim_parts']} is not the one this version writes ({FORMAT})")
        return dict(plan)
    except PartsError:
        raise
    except (ValueError, KeyError, TypeError, RecursionError):
        raise PartsError(f"{folder / PLAN}: not the plan of a sweep; the folder is not used") from None


@contextmanager
def locked(folder: Path, *, wait: bool) -> Iterator[bool]:
    """Whether this process alone works on the folder, if need be after others; ends with the process, however that ends."""
    try:
        handle = os.open(folder / PLAN, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        yield False
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def _put_first(path: Path, content: bytes) -> None:
    """Write a file that another process may be writing just as well: who comes first wins."""
    own = path.with_name(f".{path.name}.{os.getpid()}.first.tmp")
    write_bytes(own, content)
    try:
        os.link(own, path)
    except FileExistsError:
        pass
    except OSError:
        # A file system without hard links: the last wins, and every process reads back what stands.
        own.replace(path)
    finally:
        own.unlink(missing_ok=True)


def _expect_own(folder: Path, entry: os.DirEntry[str]) -> None:
    if entry.name != PLAN and not (_TEMPORARY.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)):
        raise PartsError(f"{folder}: {entry.name} is no part of a sweep; the folder is not used")


def _read_plain(path: Path) -> bytes:
    """Bytes of a file that is a file and no link elsewhere."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if path.is_symlink():
            raise PartsError(f"{path}: a link elsewhere; links are not followed") from None
        raise error
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise PartsError(f"{path}: not a plain file")
        return file.read()


def _header(path: Path, content: bytes) -> dict[str, Any]:
    try:
        header = json.loads(content[: content.find(b"\n")])
        if {"plan", "chunk", "arrays"} <= set(header):
            return dict(header)
    except (ValueError, TypeError, RecursionError):
        pass
    raise PartsError(f"{path}: not a part of a sweep")


def _arrays(path: Path, content: bytes) -> Arrays:
    at, out = content.index(b"\n") + 1, {}
    for name, dtype, shape in _header(path, content)["arrays"]:
        kind, count = np.dtype(dtype), int(np.prod(shape, dtype=int))
        out[name] = np.frombuffer(content, kind, count, at).reshape(shape)
        at += kind.itemsize * count
    return out


def _text(value: Any) -> bytes:
    # The order of keys stays: it is the order of the rows.
    return json.dumps(value, allow_nan=False).encode()
