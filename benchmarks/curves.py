"""Does cost grow as it should? ``python -m benchmarks.curves [--quick]``.

Time of random cases as their number, the number of fascicles and the number of threads grow. More fascicles come from the same
geometry, each split into equal parts with their share of the force, so that the answer stays what it is. Prints three tables with
the slope of each on logarithmic axes (1 is linear) and writes ``benchmarks/results/curves.json``.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import spinesim as ss
from benchmarks import cases
from benchmarks.run import ROOT, machine
from spinesim.model import cases as packing
from spinesim.model.data import data_dir
from spinesim.model.layout import stack
from spinesim.solver import api
from spinesim.solver.recruitment import SQUARE

RESULTS = ROOT / "benchmarks" / "results" / "curves.json"
PERSONS, BEST_OF = 8, 3


class Point(NamedTuple):
    """How many, and seconds: of processor time, or on the clock for threads."""

    count: int
    seconds: float


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer cases and fascicles")
    quick = parser.parse_args().quick
    found: dict[str, Any] = {"machine": machine()}
    for name, points in (
        ("cases", _by_cases((64, 256, 1024) if quick else (64, 256, 1024, 4096, 16384))),
        ("fascicles", _by_fascicles((1, 2) if quick else (1, 2, 4), 256 if quick else 1024)),
        ("threads", _by_threads(1024 if quick else 8192)),
    ):
        made = _table(name, points)
        found[name] = {"points": made, "slope": _slope(made)}
        print(f"{'':10} slope {_slope(made):.3f}\n", flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(f"wrote {RESULTS.relative_to(ROOT)}")


def _table(name: str, points: Iterator[Point]) -> list[Point]:
    print(f"{name:>10} {'seconds':>10} {'us for one':>12}", flush=True)
    made = []
    for point in points:
        made.append(point)
        print(f"{point.count:10} {point.seconds:10.4f} {1e6 * point.seconds / point.count:12.2f}", flush=True)
    return made


def _slope(points: list[Point]) -> float:
    """Of the logarithms, by least squares."""
    if len(points) < 2:
        return float("nan")
    count, seconds = np.log(np.array(points)).T
    return float(np.polyfit(count, seconds, 1)[0])


def _by_cases(counts: tuple[int, ...]) -> Iterator[Point]:
    for count in counts:
        yield Point(count, _solving(ss.SpineModel.default(), count, 1))


def _by_fascicles(parts: tuple[int, ...], count: int) -> Iterator[Point]:
    """Points by the number of fascicles; says how far the loads of split muscles are from those of whole ones."""
    loads = []
    for part in parts:
        with tempfile.TemporaryDirectory() as folder:
            model = ss.SpineModel.load(_split(part, Path(folder) / "geometry"))
            seconds = _solving(model, count, 1)
            loads.append(ss.solve(model, ss.Subject(), ss.preset("lift_stoop"), ss.Load(mass_kg=15.0)).compression_N)
        yield Point(len(model.fascicles), seconds)
    apart = max(float(np.abs(load - loads[0]).max()) for load in loads)
    print(f"{'':10} loads of split muscles differ by {apart:.2g} N")


def _by_threads(count: int) -> Iterator[Point]:
    for threads in range(1, (os.cpu_count() or 1) + 1):
        yield Point(threads, _solving(ss.SpineModel.default(), count, threads))


def _split(parts: int, folder: Path) -> Path:
    """The adult geometry with every fascicle in equal ``parts``."""
    shutil.copytree(data_dir("geometry") / "adult", folder)
    for name, shared in (("fascicles.csv", ("max_isometric_force_N", "max_isometric_force_sd_N")), ("fascicle_points.csv", ())):
        path = folder / name
        with path.open(encoding="utf-8", newline="") as stream:
            lines = list(csv.DictReader(stream))
        # All of one fascicle stand together, in the file of points too.
        groups: dict[str, list[dict[str, str]]] = {}
        for line in lines:
            groups.setdefault(line["fascicle"], []).append(line)
        made = [
            line | {"fascicle": f"{fascicle}_{part}"} | {key: repr(float(line[key]) / parts) for key in shared}
            for fascicle, of in groups.items()
            for part in range(parts)
            for line in of
        ]
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(lines[0]))
            writer.writeheader()
            writer.writerows(made)
    return folder


def _solving(model: ss.SpineModel, count: int, threads: int) -> float:
    """Least seconds for random cases of eight persons, packed beforehand."""
    chosen = cases.random(count, PERSONS)
    subjects = {id(subject): subject for subject, _, _ in chosen}
    number = {key: place for place, key in enumerate(subjects)}
    people = stack([api.person_record(model, subject) for subject in subjects.values()])
    person = np.array([number[id(subject)] for subject, _, _ in chosen])
    packed = packing.pack(model.tables, person, [posture for _, posture, _ in chosen], [load for _, _, load in chosen])
    clock = time.process_time if threads == 1 else time.perf_counter
    best = np.inf
    for _ in range(BEST_OF):
        start = clock()
        api.run(model, people, packed, SQUARE, threads=threads)
        best = min(best, clock() - start)
    return float(best)


if __name__ == "__main__":
    main()
