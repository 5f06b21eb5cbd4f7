"""What a sweep will be: ``spinesim sweep --dry-run``."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from spinesim.analysis.design import Sweep

_SAMPLE_PLACES, _SAMPLE_ROWS = 4, 256  # rows enough for several threads


def compile_once() -> None:
    """Let the solver be compiled once, before workers all do."""
    from spinesim.cli.solve import note_compilation
    from spinesim.model.anatomy import SpineModel
    from spinesim.model.load import Load
    from spinesim.model.posture import Posture
    from spinesim.model.subject import Subject
    from spinesim.solver.api import solve

    if note_compilation():
        solve(SpineModel.default(), Subject(), Posture(), Load())


def estimate(sweep: Sweep, output: Path | None, threads: int | None) -> dict[str, Any]:
    """Rows, bytes and time, from solving a few rows at a few places."""
    from spinesim.analysis.columns import columns, row_bytes
    from spinesim.analysis.rows import why_invalid
    from spinesim.analysis.sweep import chunk
    from spinesim.model.anatomy import SpineModel
    from spinesim.model.names import INVALID_INPUT

    compile_once()
    model, size = SpineModel.default(), sweep.design.size
    table = columns(sweep, model)
    places = min(_SAMPLE_PLACES, max(1, size // _SAMPLE_ROWS))
    starts = [(size - _SAMPLE_ROWS) * place // (places - 1) for place in range(places)] if places > 1 else [0]
    spent, done, timed, invalid = 0.0, 0, 0, list[int]()
    for start in starts:
        begun = time.perf_counter()
        status = chunk(sweep, model, start, min(size, start + _SAMPLE_ROWS), threads)["status"]
        # The first place also pays for what is made only once.
        if start or len(starts) == 1:
            spent, timed = spent + time.perf_counter() - begun, timed + len(status)
        done += len(status)
        invalid += [start + place for place, code in enumerate(status) if code == INVALID_INPUT]
    seconds = spent / timed * size
    where = (output or Path("out.h5")).absolute().parent
    free = os.statvfs(where) if where.is_dir() else None
    data = 0 if sweep.summaries else size * (row_bytes(table) + 8)
    why = f"row {invalid[0]}: {why_invalid(sweep, sweep.design.columns(invalid[0], invalid[0] + 1), 0)}" if invalid else None
    return {
        "rows": size,
        "columns": list(table),
        "row_bytes": row_bytes(table),
        "file_bytes": data,
        "needed_bytes": 2 * data,
        "free_bytes": free.f_bavail * free.f_frsize if free else None,
        "seconds": seconds,
        "sampled_rows": done,
        "sampled_invalid": len(invalid),
        "first_invalid": why,
    }


def print_estimate(answer: dict[str, Any]) -> None:
    """The same for a reader."""
    click.echo(f"rows     {answer['rows']:,}")
    click.echo(f"columns  {len(answer['columns'])}: {', '.join(answer['columns'])}")
    if answer["needed_bytes"]:
        free = f", {_bytes(answer['free_bytes'])} are free there" if answer["free_bytes"] is not None else ""
        click.echo(f"bytes    {_bytes(answer['file_bytes'])} for the file, {_bytes(answer['needed_bytes'])} while it is put together{free}")
    else:
        click.echo("bytes    summaries only, rows are not kept")
    click.echo(f"time     {duration(answer['seconds'])} on this machine, from {answer['sampled_rows']} rows")
    if answer["sampled_invalid"]:
        click.echo(f"invalid  {answer['sampled_invalid']} of {answer['sampled_rows']} rows tried; {answer['first_invalid']}")


def _bytes(count: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if count < 1000.0 or unit == "TB":
            break
        count /= 1000.0
    return f"{count:.3g} {unit}"


def duration(seconds: float) -> str:
    """Seconds in words that can be read at a glance."""
    for unit, size in (("days", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2.0 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"
