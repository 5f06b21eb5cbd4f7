"""Files that commands read and write."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from spinesim.cli.errors import CONFIG, FILE, Failure

PATH: Final = click.Path(path_type=Path)


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where results go; ``None`` where they do not."""

    hdf5: Path | None
    png: Path | None
    html: Path | None

    def check(self, case: Path | None) -> None:
        """Refuse before solving what could not be written after it."""
        check_outputs((self.hdf5, self.png, self.html), (case,))
        if self.png:
            check_plots("--png")


def check_outputs(outputs: Sequence[Path | None], inputs: Sequence[Path | None] = ()) -> None:
    """Refuse outputs that cannot be written, or that are each other or an input.

    Raises
    ------
    Failure
        With the path and the reason.
    """
    written = [path for path in outputs if path]
    for path in written:
        if not path.parent.is_dir():
            raise Failure(f"{path}: the folder {path.parent} does not exist", FILE)
        if path.is_dir() or not os.access(path.parent, os.W_OK):
            raise Failure(f"{path}: cannot be written there", FILE)
    real = [os.path.realpath(path) for path in written]
    if len(set(real)) < len(real) or {os.path.realpath(path) for path in inputs if path} & set(real):
        raise Failure("two outputs, or an output and an input, are the same file", CONFIG)


def check_plots(option: str) -> None:
    """Refuse an option that draws where there is nothing to draw with."""
    from spinesim.viz.style import available

    if not available():
        raise Failure(f"{option} needs matplotlib; install it with: pip install 'spinesim[plot]'", CONFIG)


def write_all(*files: tuple[Path | None, Callable[[], bytes]]) -> None:
    """Make every file that is asked for first and write then, so that a fault leaves nothing behind."""
    from spinesim.io.atomic import write_bytes

    contents = [(path, make()) for path, make in files if path]
    for path, content in contents:
        write_bytes(path, content)
        click.echo(f"wrote {path}", err=True)
