"""The one decorator of every compiled kernel, and where compiled code is cached.

Numba's cache does not notice that a helper in another module changed, so the cache directory is named by a
hash of all kernel sources and of the compiler's version: a changed source starts a new directory.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np

F = TypeVar("F", bound=Callable[..., Any])

_PACKAGE = Path(__file__).parent.parent


def _source_hash() -> str:
    digest = hashlib.sha256(f"{numba.__version__} {np.__version__} {sys.version}".encode())
    for layer in ("model", "mechanics", "solver"):
        for path in sorted((_PACKAGE / layer).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def cache_root() -> Path:
    """Where everything that can be made again is kept: ``SPINESIM_CACHE_DIR``, else the user's cache directory."""
    return Path(os.environ.get("SPINESIM_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spinesim"


def _choose_cache() -> tuple[Path, bool]:
    """Directory of compiled code, and whether it outlives this process."""
    folder = cache_root() / _source_hash()
    if _writable(folder):
        return folder, True
    folder = Path(tempfile.mkdtemp(prefix="spinesim-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder, False


CACHE_DIR, CACHE_PERSISTS = _choose_cache()


def kernel(function: F, inline: str = "never") -> F:
    """Compile ``function``: cached, without the GIL, numpy's rules for division, and exact floating point.

    Where numba caches is a setting of the whole process, taken when a function is decorated; it is put back for others.
    """
    others = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(CACHE_DIR)
    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=False, no_cfunc_wrapper=True, inline=inline)(function)  # type: ignore[no-any-return]
    finally:
        numba.config.CACHE_DIR = others


def part(function: F) -> F:
    """As :func:`kernel`, for a piece of one other kernel, which is compiled as if it stood there.

    LLVM goes through everything below a kernel once more for that kernel itself: every storey at the top of a tall tree costs seconds.
    """
    return kernel(function, "always")
