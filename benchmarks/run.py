"""How fast is it? ``python -m benchmarks.run [--quick]`` (``make bench``).

Prints a table and writes ``benchmarks/results/speed.json``. Every figure is the best of a few repetitions, on the machine it
is run on; nothing else should be running there. A case is one posture of one person with one load, solved to the end.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import spinesim as ss
from benchmarks import cases
from spinesim.analysis.demand import exercise_task
from spinesim.analysis.sampling import BLOCK, Sampler
from spinesim.config.exercise import exercise
from spinesim.model import cases as packing
from spinesim.model.layout import stack
from spinesim.solver import api
from spinesim.solver.recruitment import CUBE, MIN_MAX, SQUARE

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "speed.json"
PERSONS = 20
CLI = (sys.executable, "-c", "from spinesim.cli import run; run()")


class Figure(NamedTuple):
    """One measured number."""

    name: str
    value: float
    unit: str
    note: str = ""


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the cases, no cold start")
    quick = parser.parse_args().quick
    figures = []
    for figure in _all(200 if quick else 2000, cold=not quick):
        figures.append(figure)
        print(f"{figure.name:44} {figure.value:10.4g} {figure.unit:8} {figure.note}", flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"machine": machine(), "figures": [f._asdict() for f in figures]}, indent=2) + "\n", encoding="utf-8")
    print(f"wrote {RESULTS.relative_to(ROOT)}")


def _all(count: int, *, cold: bool) -> Iterator[Figure]:
    if cold:
        yield _cold()
    yield from _single()
    yield from _drawn(1000 if cold else 100)
    yield from _batch("smooth", cases.smooth(count))
    yield from _path(cases.smooth(count))
    yield from _batch("random", cases.random(count, PERSONS))
    yield from _commands()


def _single() -> Iterator[Figure]:
    """One posture, compiled and warm."""
    model, posture, load = ss.SpineModel.default(), ss.preset("lift_stoop"), ss.Load(mass_kg=15.0)
    ss.solve(model, ss.Subject(), posture, load)
    yield Figure("one posture, same person", 1e3 * _best(lambda: ss.solve(model, ss.Subject(), posture, load), 50), "ms", "ss.solve")
    masses = iter(np.linspace(60.5, 80.5, 21))
    new = _best(lambda: ss.solve(model, ss.Subject(mass_kg=float(next(masses))), posture, load), 20)
    yield Figure("one posture, new person", 1e3 * new, "ms", "packs the person and settles the standing translations first")


def _drawn(count: int) -> Iterator[Figure]:
    """Models drawn from the SDs of all tables, and what is asked of a thousand of them."""
    model, subject = ss.SpineModel.default(), ss.Subject(mass_kg=65.0, stature_m=1.66, sex="female", age_years=42.0)
    sampler = Sampler(model)
    numbers = next(sampler.blocks(BLOCK, 0))
    draws = sampler.draw(numbers)
    people = draws.model.pack_drawn(subject)
    api.settle(model, people)
    yield Figure("a drawn model: draw, fit of gaps", 1e3 * _best(lambda: sampler.draw(numbers), 10) / BLOCK, "ms", "of one core")
    yield Figure("a drawn model: pack", 1e3 * _best(lambda: draws.model.pack_drawn(subject), 10) / BLOCK, "ms", "of one core")
    yield Figure("a drawn model: settle", 1e3 * _best(lambda: api.settle(model, people, threads=1), 3) / BLOCK, "ms", "of one core")
    case = (subject, ss.preset("lift_stoop"), ss.Load(mass_kg=5.0))
    yield Figure(f"ss.uncertainty, {count} models", _best(lambda: ss.uncertainty(model, *case, samples=count), 2), "s", "lift_stoop")
    posture = ss.Task(name="lift_stoop", frames=(ss.preset("lift_stoop"),))
    for task in (posture, exercise_task(model, subject, exercise("hip_hinge"))):
        yield Figure(f"ss.safe_load, {count} models, {task.name}", _best(partial(_safe_load, model, subject, task, count), 2), "s")


def _safe_load(model: ss.SpineModel, subject: ss.Subject, task: ss.Task, count: int) -> None:
    ss.safe_load(model, subject, ss.Findings.none(), task, "standard", daily_loadings=80.0, explain=False, samples=count)


def _batch(name: str, chosen: list[cases.Case]) -> Iterator[Figure]:
    """Many cases: solving alone on one and more threads, and the whole call; then the costlier recruitments on some of them."""
    solve, cores = _packed(chosen), os.cpu_count() or 1
    note = _counts(solve(SQUARE, 1))
    yield Figure(f"batch, {name}, 1 thread", 1e6 * _best(partial(solve, SQUARE, 1), 3) / len(chosen), "us/case", note)
    if cores > 1:
        yield Figure(f"batch, {name}, {cores} threads", 1e6 * _best(partial(solve, SQUARE, cores), 3) / len(chosen), "us/case")
    yield Figure(
        f"batch, {name}, ss.solve_batch", 1e6 * _best(partial(_whole, chosen), 2) / len(chosen), "us/case", "checks, persons, packing"
    )
    some = chosen[:: max(1, len(chosen) // 200)]
    solve = _packed(some)
    for power, label in ((CUBE, "p = 3"), (MIN_MAX, "min-max")):
        note = _counts(solve(power, 1))
        yield Figure(f"batch, {name}, {label}, 1 thread", 1e6 * _best(partial(solve, power, 1), 2) / len(some), "us/case", note)


def _path(chosen: list[cases.Case]) -> Iterator[Figure]:
    """The smooth cases as one path, each started where the last ones lead; the whole call; and how near the answers are to cold starts."""
    solve, cores = _packed(chosen), os.cpu_count() or 1
    for power, label in ((SQUARE, ""), (CUBE, ", p = 3")):
        for threads in dict.fromkeys((1, cores)):
            found = solve(power, threads, len(chosen))
            near = np.abs(found.compression_N - solve(power, threads).compression_N).max()
            seconds = _best(partial(solve, power, threads, len(chosen)), 3)
            note = f"{_counts(found)}; within {near:.0e} N of cold starts"
            yield Figure(f"path, smooth{label}, {threads} thread{'s' if threads > 1 else ''}", 1e6 * seconds / len(chosen), "us/case", note)
    whole = partial(ss.solve_path, ss.SpineModel.default(), chosen[0][0], [p for _, p, _ in chosen], [load for _, _, load in chosen])
    yield Figure("path, smooth, ss.solve_path", 1e6 * _best(whole, 3) / len(chosen), "us/case", "checks, persons, packing")


def _counts(records: Any) -> str:
    converged, exceeded, lost, _ = np.bincount(records["status"], minlength=4)
    passes = f"{records.iterations.mean():.1f} passes (99 % within {np.percentile(records.iterations, 99):.0f})"
    return f"{len(records)} cases: {converged} converged, {exceeded} strength_exceeded, {lost} not_converged; {passes}"


def _packed(chosen: list[cases.Case]) -> Callable[..., Any]:
    """A function of cost, threads and length of paths that solves already packed cases and gives their records."""
    model = ss.SpineModel.default()
    number: dict[int, int] = {}
    person = np.array([number.setdefault(id(subject), len(number)) for subject, _, _ in chosen])
    first = {id(subject): subject for subject, _, _ in chosen}
    people = stack([api.person_record(model, first[key]) for key in number])
    packed = packing.pack(model.tables, person, [posture for _, posture, _ in chosen], [load for _, _, load in chosen])
    return lambda power, threads, path=1: api.run(model, people, packed, power, threads=threads, path=path)


def _whole(chosen: list[cases.Case]) -> None:
    subjects, postures, loads = zip(*chosen, strict=True)
    ss.solve_batch(ss.SpineModel.default(), subjects, postures, loads)


def _commands() -> Iterator[Figure]:
    """The command line as a user waits for it."""
    with tempfile.TemporaryDirectory() as folder:
        solve = (*CLI, "solve", str(ROOT / "configs" / "lift_stoop.yaml"), "-o", str(Path(folder) / "a.h5"))
        _command(solve)
        yield Figure("spinesim solve -o F.h5, warm cache", _best(lambda: _command(solve), 5), "s")
        yield Figure("spinesim --help", _best(lambda: _command((*CLI, "--help")), 5), "s")


def _cold() -> Figure:
    """The first solve on a machine, which compiles everything."""
    with tempfile.TemporaryDirectory() as folder:
        command = (*CLI, "solve", "--json")
        seconds = _best(lambda: _command(command, SPINESIM_CACHE_DIR=folder), 1)
    return Figure("spinesim solve, empty cache", seconds, "s", "compiles the solver")


def _command(command: tuple[str, ...], **environment: str) -> None:
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=os.environ | environment, timeout=600)


def _best(action: Callable[[], object], times: int) -> float:
    """Shortest duration of an action in seconds."""
    best = math.inf
    for _ in range(times):
        start = time.perf_counter()
        action()
        best = min(best, time.perf_counter() - start)
    return best


def machine() -> dict[str, object]:
    """What the figures depend on."""
    import numba

    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    processor = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
    versions = {"python": platform.python_version(), "numpy": np.__version__, "numba": numba.__version__, "spinesim": ss.__version__}
    return {"processor": processor, "cores": os.cpu_count(), **versions}


if __name__ == "__main__":
    main()
