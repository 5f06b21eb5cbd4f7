"""What does a sweep cost beside solving? ``python -m benchmarks.sweep [--rows N] [--dask]``.

Prints a table and writes ``benchmarks/results/sweep.json``. The peer is the batch solver itself on the same cases: the compiled
kernel alone, and ``spinesim.solve_batch`` with cases made before. Nothing else should be running on the machine.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

import spinesim as ss
from benchmarks.run import Figure, machine
from spinesim.analysis import rows as columnar
from spinesim.analysis.columns import columns, row_bytes
from spinesim.analysis.crossed import Listed
from spinesim.analysis.design import Design, Output, Sweep, build_case
from spinesim.analysis.marginals import Marginal
from spinesim.analysis.samples import Sampling
from spinesim.analysis.sweep import chunk, identity
from spinesim.cli.sweep import How, run_sweep
from spinesim.io.shards import FORMAT, open_parts
from spinesim.model.layout import stack
from spinesim.solver import api

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "sweep.json"
PERSONS = 20
OUTPUTS = (
    "compression_N", "anterior_shear_N", "lateral_shear_N", "moment_Nm", "disc_compression_N", "intradiscal_pressure_MPa",
    "facet_force_N", "facet_peak_MPa", "ligament_tension_N", "residual_force_N",
)  # fmt: skip


def sweep_of(rows: int) -> Sweep:
    """Persons crossed with random postures and loads, all inside the validated range."""
    persons = np.linspace(55.0, 90.0, PERSONS)
    marginals = (
        Marginal("posture.pelvic_tilt_deg", "uniform", (-10.0, 20.0)),
        Marginal("posture.flexion_deg", "uniform", (-5.0, 50.0)),
        Marginal("posture.lateral_deg", "uniform", (-5.0, 5.0)),
        Marginal("load.mass_kg", "uniform", (0.0, 15.0)),
    )
    design = Design(
        keys=("subject.mass_kg", *(m.key for m in marginals)),
        factors=(Listed({"subject.mass_kg": persons}),),
        sampling=Sampling("random", max(1, rows // PERSONS), 1),
        marginals=marginals,
    )
    outputs = tuple(Output(name) for name in OUTPUTS)
    return Sweep(
        title="benchmark", description="", subject=ss.Subject(), posture=ss.Posture(), load=ss.Load(), exponent=2.0,
        design=design, outputs=outputs, summaries=(), resolved={"benchmark": rows},
    )  # fmt: skip


def main() -> None:
    """Run the benchmark, or a sweep of it in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--dask", action="store_true", help="also one and two Dask workers")
    parser.add_argument("--child", nargs=4, metavar=("OUT", "WORKERS", "SCHEDULER", "RESUME"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        _child(chosen.rows, *chosen.child)
        return
    figures = []
    for figure in _all(chosen.rows, dask=chosen.dask):
        figures.append(figure)
        print(f"{figure.name:52} {figure.value:10.4g} {figure.unit:8} {figure.note}", flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"machine": machine(), "rows": chosen.rows, "figures": [f._asdict() for f in figures]}, indent=2) + "\n")
    print(f"wrote {RESULTS.relative_to(ROOT)}")


def _all(rows: int, *, dask: bool) -> Iterator[Figure]:
    sweep = sweep_of(rows)
    size = sweep.design.size
    chunk(sweep, ss.SpineModel.default(), 0, 64)
    yield from _parts_of_a_row(sweep)
    kernel, batch = _kernel(sweep), _batch(sweep)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.h5"
        seconds, peak = _process(rows, path)
        rate = size / seconds
        yield Figure("kernel alone, packed cases", size / kernel, "rows/s", f"{1e6 * kernel / size:.0f} us a row")
        yield Figure("solve_batch, cases made before", size / batch, "rows/s", f"{1e6 * batch / size:.0f} us a row")
        yield Figure("sweep, from design to file", rate, "rows/s", f"{1e6 * seconds / size:.0f} us a row")
        yield Figure("lost against the kernel alone", 100.0 * (seconds / kernel - 1.0), "%", "sampling, checks, packing, writing, progress")
        yield Figure("lost against solve_batch", 100.0 * (seconds / batch - 1.0), "%", "negative: faster")
        yield Figure(
            "peak memory of the process", peak / 1e6, "MB", f"{size} rows of {row_bytes(columns(sweep, ss.SpineModel.default()))} bytes"
        )
        resumed = min(_timed(lambda: _spawn(rows, path, 0, "", resume=True)) for _ in range(3))
        yield Figure("resume of a finished sweep, whole process", resumed, "s")
        one, two = (_process(rows, Path(folder) / f"w{n}.h5", workers=n)[0] for n in (1, 2))
        yield Figure("two worker processes against one", one / two, "times", f"{size / one:.0f} and {size / two:.0f} rows/s")
        if dask:
            one, two = (_on_dask(rows, Path(folder) / f"d{n}.h5", n) for n in (1, 2))
            yield Figure("two Dask workers against one", one / two, "times", f"{size / one:.0f} and {size / two:.0f} rows/s")


def _parts_of_a_row(sweep: Sweep) -> Iterator[Figure]:
    """Costs of one chunk of the default size, step by step."""
    model, count = ss.SpineModel.default(), min(8192, sweep.design.size)
    yield Figure("a row: values of the design", 1e6 * _timed(lambda: sweep.design.columns(0, count)) / count, "us")
    values = sweep.design.columns(0, count)

    columnar._planned(sweep, model, values, count)
    packed = _timed(lambda: columnar._planned(sweep, model, values, count))
    yield Figure("a row: checks and packing", 1e6 * packed / count, "us", "persons known")
    arrays = chunk(sweep, model, 0, count)
    with tempfile.TemporaryDirectory(dir=ROOT) as folder:
        parts = open_parts(Path(folder) / "p", {"spinesim_parts": FORMAT, "chunk_rows": count, **identity(sweep)})
        written = min(_timed(lambda n=n: parts.write(n, arrays)) for n in range(5))  # type: ignore[misc]
        yield Figure("a chunk: part written and synced", 1e3 * written, "ms", f"{count} rows, {1e6 * written / count:.2f} us a row")
        yield Figure("a chunk: part read and checked", 1e3 * _timed(lambda: parts.read(0)), "ms")


def _kernel(sweep: Sweep) -> float:
    """Seconds in the compiled solver for all rows, packed before, on all threads; its results are thrown away."""
    model, size, total = ss.SpineModel.default(), sweep.design.size, 0.0
    for start in range(0, size, columnar.BLOCK):
        stop = min(size, start + columnar.BLOCK)
        runs, _, cases = columnar._planned(sweep, model, sweep.design.columns(start, stop), stop - start)
        for run in runs:
            people, rows = stack(run.records), cases[np.concatenate(run.rows)]
            total += _timed(partial(api.run, model, people, rows, run.power))
    return total


def _batch(sweep: Sweep) -> float:
    """Seconds of ``solve_batch`` for a part of the rows, as if for all."""
    count = min(8192, sweep.design.size)
    picks = np.linspace(0, sweep.design.size - 1, count).astype(int)
    made = [build_case(sweep, {k: c[0] for k, c in sweep.design.columns(int(r), int(r) + 1).items()})[:3] for r in picks]
    subjects, postures, loads = zip(*made, strict=True)
    return _timed(lambda: ss.solve_batch(ss.SpineModel.default(), subjects, postures, loads)) * sweep.design.size / count


def _timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _process(rows: int, path: Path, workers: int = 0, scheduler: str = "") -> tuple[float, float]:
    """Seconds of a sweep in a process of its own, without its start, and its peak memory in bytes."""
    seconds, peak = json.loads(_spawn(rows, path, workers, scheduler, resume=False))
    return seconds, peak


def _spawn(rows: int, path: Path, workers: int, scheduler: str, *, resume: bool) -> str:
    command = [
        sys.executable,
        "-m",
        "benchmarks.sweep",
        "--rows",
        str(rows),
        "--child",
        str(path),
        str(workers),
        scheduler,
        str(int(resume)),
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, timeout=7200).stdout


def _child(rows: int, path: str, workers: str, scheduler: str, resume: str) -> None:
    how = How(resume == "1", int(workers) or None, scheduler or None, None, None, None)
    start = time.perf_counter()
    run_sweep(sweep_of(rows), Path(path), how)
    print(json.dumps([time.perf_counter() - start, 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]))


def _on_dask(rows: int, path: Path, workers: int) -> float:
    with _cluster(workers) as address:
        return _process(rows, path, scheduler=address)[0]


@contextlib.contextmanager
def _cluster(workers: int) -> Iterator[str]:
    """A scheduler and workers of one thread on this machine, warmed up."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        client.run(_warm)
        yield cluster.scheduler_address


def _warm() -> None:
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")
    chunk(sweep_of(100), ss.SpineModel.default(), 0, 8)


if __name__ == "__main__":
    main()
