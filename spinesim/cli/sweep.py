"""``spinesim sweep``: many cases from one config, into one file, whatever happens on the way."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from spinesim.cli.errors import CONFIG, FILE, Failure, reported
from spinesim.cli.files import PATH
from spinesim.cli.sweep_estimate import compile_once, duration, estimate, print_estimate

if TYPE_CHECKING:
    from spinesim.analysis.design import Sweep
    from spinesim.analysis.sweep import Executor, Progress
    from spinesim.io.shards import Parts

INTERRUPTED: Final = 130


@dataclass(frozen=True, slots=True)
class How:
    """How a sweep is computed; none of it changes the data."""

    resume: bool
    workers: int | None
    scheduler: str | None
    shard: tuple[int, int] | None
    rows: int | None
    threads: int | None


def _shard(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """``I/N``: the I-th of N jobs, counted from 1."""
    if value is None:
        return None
    number, slash, count = value.partition("/")
    if not (slash and number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise click.BadParameter(f"{value!r} is no part of a whole; expected I/N with I from 1 to N, for example 3/10")
    return int(number), int(count)


@click.command("sweep")
@click.argument("config", type=PATH)
@click.option("-o", "--output", type=PATH, metavar="OUT.h5", help="Where the results go; unfinished parts lie beside it in OUT.h5.parts.")
@click.option("--dry-run", is_flag=True, help="Only say how many rows, bytes and hours it will be.")
@click.option("--resume", is_flag=True, help="Go on with what was begun; a finished sweep is left as it is.")
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Compute in N processes instead of threads.")
@click.option("--scheduler", metavar="ADDRESS", help="Compute on a Dask cluster, e.g. tcp://host:8786 (needs the extra 'dask').")
@click.option("--shard", callback=_shard, metavar="I/N", help="Do the I-th of N shares of the work; the last job writes the file.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Replace one value of the config. Repeatable.")
@click.option(
    "--chunk", "rows", type=click.IntRange(1, 10_000_000), metavar="ROWS", help="Rows of a part, which is what an interruption can cost."
)
@click.option("--threads", type=click.IntRange(1), metavar="N", help="Threads; all cores by default, one in every worker.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    config: Path,
    output: Path | None,
    dry_run: bool,
    resume: bool,
    workers: int | None,
    scheduler: str | None,
    shard: tuple[int, int] | None,
    overrides: tuple[str, ...],
    rows: int | None,
    threads: int | None,
    as_json: bool,
) -> None:
    """Solve every case of CONFIG (a YAML file) and write one HDF5 file.

    \b
    spinesim sweep configs/sweep_lift.yaml -o lift.h5
    spinesim sweep configs/sweep_lift.yaml -o lift.h5 --resume

    The data are the same, byte for byte, for any number of threads, workers, jobs and interruptions.

    Exit codes: 0 complete (or this job's share is), 2 usage or config, 6 file, 130 interrupted.
    """  # noqa: D301
    if workers and scheduler:
        raise Failure("--workers and --scheduler are two ways of computing; give one of them", CONFIG)
    if output is None and not dry_run:
        raise Failure("-o OUT.h5 is missing; only --dry-run needs none", CONFIG)
    with reported(), _failures():
        from spinesim.config.sweep import load_sweep

        sweep = load_sweep(config, overrides)
        how = How(resume, workers, scheduler, shard, rows, threads)
        if dry_run:
            answer = estimate(sweep, output, how.threads)
        else:
            assert output is not None
            answer = run_sweep(sweep, output, how)
    if as_json:
        click.echo(json.dumps(answer, indent=2, allow_nan=False))
    elif dry_run:
        print_estimate(answer)


@contextmanager
def _failures() -> Iterator[None]:
    """Faults of folders, files and workers as messages with exit codes."""
    from spinesim.analysis.executors import MissingDaskError, WorkerDiedError
    from spinesim.analysis.sweep import OtherCodeError
    from spinesim.io.reading import ResultFileError
    from spinesim.io.shards import PartsError

    try:
        yield
    except (MissingDaskError, OtherCodeError) as error:
        raise Failure(str(error), CONFIG) from None
    except (PartsError, ResultFileError, WorkerDiedError) as error:
        raise Failure(str(error), FILE) from None


def run_sweep(sweep: Sweep, output: Path, how: How) -> dict[str, Any]:
    """Do what is missing and put it together."""
    from spinesim.analysis.sweep import chunk_count, identity
    from spinesim.io.shards import FORMAT, open_parts

    asked, folder = identity(sweep), output.with_name(f"{output.name}.parts")
    if not output.parent.is_dir():
        raise Failure(f"{output}: the folder {output.parent} does not exist", FILE)
    if output.exists() or output.is_symlink():
        return _finished(output, folder, asked, how)
    if folder.exists() and not (how.resume or how.shard):
        raise Failure(f"{folder}: an unfinished sweep; go on with --resume, or remove the folder to start anew", FILE)
    parts = open_parts(folder, {"spinesim_parts": FORMAT, "chunk_rows": how.rows or _chunk_rows(sweep, how), **asked})
    _expect_same(f"{folder}", parts.plan, asked)
    numbers = range(chunk_count(sweep.design.size, parts.plan["chunk_rows"]))
    try:
        return _share(sweep, parts, numbers, output, how) if how.shard else _alone(sweep, parts, numbers, output, how)
    except KeyboardInterrupt:
        kept = f"{len(parts.names)} parts are kept in {folder}"
        raise Failure(f"interrupted; {kept}; go on with: spinesim sweep ... -o {output} --resume", INTERRUPTED) from None


def _chunk_rows(sweep: Sweep, how: How) -> int:
    """Rows of a part: many for the threads of one process, which wait for each other at its end; fewer for workers to share."""
    from spinesim.analysis.sweep import LEAST_ROWS, ROWS, SHARES, SUMMARY_ROWS

    most = SUMMARY_ROWS if sweep.summaries else ROWS
    return min(most, max(LEAST_ROWS, sweep.design.size // SHARES)) if how.workers or how.scheduler or how.shard else most


def _alone(sweep: Sweep, parts: Parts, numbers: range, output: Path, how: How) -> dict[str, Any]:
    """All that is missing, by this process and its workers."""
    from spinesim.io.shards import locked

    with locked(parts.folder, wait=False) as alone:
        if not alone:
            raise Failure(f"{parts.folder}: another process is working on it", FILE)
        _work(sweep, parts, numbers, how)
        return _assemble(sweep, parts, output)


def _share(sweep: Sweep, parts: Parts, numbers: range, output: Path, how: How) -> dict[str, Any]:
    """One job's share; who is the last of all jobs puts the file together."""
    from spinesim.io.shards import locked

    assert how.shard is not None
    number, count = how.shard
    _work(sweep, parts, [n for n in numbers if n % count == number - 1], how)
    # Two jobs that end together look one after the other: the second sees the parts of both, or the file.
    with locked(parts.folder, wait=True) as here:
        if not here or output.exists():
            return _said({"output": str(output), "rows": sweep.design.size}, f"{output} was put together by another job")
        parts.scan()
        if missing := len(numbers) - len(parts.names):
            return _said(
                {"output": None, "rows": sweep.design.size}, f"this job's share is done; {missing} parts of other jobs are missing"
            )
        return _assemble(sweep, parts, output)


def _finished(output: Path, folder: Path, asked: dict[str, Any], how: How) -> dict[str, Any]:
    """An output that exists is never replaced: it is what was asked, or it is refused."""
    from spinesim.io.shards import open_parts
    from spinesim.io.sweep_reading import read_attrs

    if not (how.resume or how.shard):
        raise Failure(f"{output}: exists; --resume goes on with a sweep, otherwise choose another name or remove it", FILE)
    attrs = read_attrs(output)
    _expect_same(str(output), attrs, asked)
    if (folder / "plan.json").exists() and not how.shard:
        # What an interruption left between the last two steps.
        parts = open_parts(folder, {})
        _expect_same(str(folder), parts.plan, asked)
        parts.remove()
    counts = {key.removeprefix("count_"): value for key, value in attrs.items() if key.startswith("count_")}
    answer = {"output": str(output), "rows": asked["rows"], "counts": counts, "content_sha256": attrs["content_sha256"]}
    return _said(answer, f"{output} is complete: {asked['rows']} rows")


def _expect_same(where: str, found: dict[str, Any], asked: dict[str, Any]) -> None:
    """Refuse what was made from another config, model or version.

    Raises
    ------
    Failure
        With what differs.
    """
    from spinesim.analysis.sweep import difference

    if words := difference({key: found.get(key) for key in asked}, asked):
        raise Failure(f"{where}: made from another config, model or version: {words}", CONFIG)


def _work(sweep: Sweep, parts: Parts, numbers: Sequence[int], how: How) -> None:
    """Compute the parts that are missing among ``numbers``."""
    from spinesim.analysis.sweep import run

    if damaged := parts.scan():
        some = ", ".join(map(str, damaged[:8])) + (" ..." if len(damaged) > 8 else "")
        click.echo(f"{parts.folder}: {len(damaged)} damaged parts are computed again (chunks {some})", err=True)
    if missing := [number for number in numbers if number not in parts.names]:
        rows = parts.plan["chunk_rows"]
        with _stoppable(at_once=True), _bar(sweep.design.size) as report:
            run(missing, _executor(sweep, rows, how), parts.write, sweep.design.size, rows, report)


def _executor(sweep: Sweep, rows: int, how: How) -> Executor:
    from spinesim.analysis import executors
    from spinesim.analysis.sweep import Task, code_identity

    threads = how.threads or (1 if how.workers or how.scheduler else None)
    task = Task(sweep, rows, threads, code_identity())
    if how.scheduler:
        return executors.Dask(task, how.scheduler)
    compile_once()
    return executors.Processes(task, how.workers) if how.workers else executors.InProcess(task)


def _assemble(sweep: Sweep, parts: Parts, output: Path) -> dict[str, Any]:
    """The one file out of all parts, which are removed when it stands."""
    from spinesim.analysis import summaries
    from spinesim.io.sweep_file import write_rows, write_summaries
    from spinesim.io.sweep_reading import read_attrs

    parts.forget(output.name)
    with _stoppable(at_once=False) as check:
        stored = _in_order(parts, check)
        if sweep.summaries:
            counts = write_summaries(output, parts.folder, sweep, parts.plan, summaries.merge(summaries.expanded(sweep), stored))
        else:
            counts = write_rows(output, parts.folder, sweep, parts.plan, stored)
    parts.remove()
    rows = parts.plan["rows"]
    answer = {"output": str(output), "rows": rows, "counts": counts, "content_sha256": read_attrs(output)["content_sha256"]}
    tally = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return _said(answer, f"wrote {output}: {rows} rows, {tally}")


def _in_order(parts: Parts, check: Callable[[], None]) -> Iterator[dict[str, Any]]:
    for number in range(len(parts.names)):
        check()
        yield parts.read(number)


def _said(answer: dict[str, Any], words: str) -> dict[str, Any]:
    click.echo(words, err=True)
    return answer


@contextmanager
def _stoppable(*, at_once: bool) -> Iterator[Callable[[], None]]:
    """Ctrl-C and a request to terminate end the work: at once, or where the function that is given is called.

    The HDF5 library is not to be interrupted in the middle.
    """
    asked = False

    def stop(*_: object) -> None:
        nonlocal asked
        asked = True
        if at_once:
            raise KeyboardInterrupt

    def check() -> None:
        if asked:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield check
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _bar(size: int) -> Iterator[Callable[[Progress], None] | None]:
    """A progress bar with rate and time to go; nothing where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    text = TextColumn("{task.completed:,.0f} of {task.total:,.0f} rows  {task.fields[rate]}  {task.fields[eta]}")
    with Progress(BarColumn(), text, console=Console(stderr=True)) as bar:
        shown = bar.add_task("", total=size, rate="", eta="")

        def report(now: Any) -> None:
            bar.update(shown, completed=now.done, rate=f"{now.rate:,.0f} rows/s", eta=f"{duration(now.eta)} to go")

        yield report
