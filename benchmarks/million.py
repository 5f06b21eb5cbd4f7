"""Does every case get an answer? ``python -m benchmarks.million [--validated N] [--wide N] [--computable N]``.

Solves random persons, postures and loads: a million inside the validated range, a hundred thousand in wide postures and twenty
thousand at the edges of all that is accepted, in blocks, so that memory stays that of a block. Counts statuses, and for every
converged row checks what it reports of its own balance and optimality. Says what a row costs by status, prints a table, and writes
``benchmarks/results/million.json`` after every block.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import spinesim as ss
from benchmarks import cases
from benchmarks.run import ROOT, machine
from spinesim.model import cases as packing
from spinesim.model import ranges
from spinesim.model.layout import stack
from spinesim.model.names import CONVERGED, STATUSES
from spinesim.solver import api
from spinesim.solver.recruitment import SQUARE

RESULTS = ROOT / "benchmarks" / "results" / "million.json"
PERSONS, EACH = 50, 400  # of a block
FORCE, MOMENT, KKT = 1e-6, 1e-6, 1e-6  # N, N m and 1: what a converged row may leave


@dataclass
class Tally:
    """What was seen so far."""

    rows: int = 0
    status: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATUSES, 0))
    worst: dict[str, float] = field(default_factory=lambda: {"residual_force_N": 0.0, "residual_moment_Nm": 0.0, "kkt": 0.0})
    broken: int = 0
    passes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATUSES, 0))
    seconds: float = 0.0

    def add(self, out: Any, seconds: float) -> None:
        """One block of results."""
        self.rows, self.seconds = self.rows + len(out), self.seconds + seconds
        for number, name in enumerate(STATUSES):
            mine = out.status == number
            self.status[name] += int(mine.sum())
            self.passes[name] += int(out.iterations[mine].sum())
        done = out[out.status == CONVERGED]
        for name in self.worst:
            self.worst[name] = max(self.worst[name], float(done[name].max(initial=0.0)))
        good = (done.residual_force_N <= FORCE) & (done.residual_moment_Nm <= MOMENT) & (done.kkt <= KKT)
        self.broken += int((~good).sum())

    def record(self) -> dict[str, Any]:
        """For the file."""
        each = {name: self.passes[name] / count for name, count in self.status.items() if count}
        return {
            "rows": self.rows,
            "status": self.status,
            "passes_of_a_row": each,
            "worst_of_converged": self.worst,
            "converged_but_broken": self.broken,
            "us_a_row": 1e6 * self.seconds / max(self.rows, 1),
            "peak_memory_MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
        }


def main() -> None:
    """Solve, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, (_, rows) in RANGES.items():
        parser.add_argument(f"--{name}", type=int, default=rows, help=f"rows, {rows} without it")
    asked = vars(parser.parse_args())
    found: dict[str, Any] = {"machine": machine()}
    for name, rows in asked.items():
        tally = Tally()
        for out, seconds in _blocks(rows, name):
            tally.add(out, seconds)
            found[name] = tally.record()
            RESULTS.parent.mkdir(exist_ok=True)
            RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
            if sys.stderr.isatty():
                print(f"\r{name}: {tally.rows} of {rows}", end="", file=sys.stderr, flush=True)
        _told(name, tally)
    print(f"wrote {RESULTS.relative_to(ROOT)}")


def _told(name: str, tally: Tally) -> None:
    made = tally.record()
    counts = ", ".join(f"{count} {status}" for status, count in tally.status.items() if count)
    passes = ", ".join(f"{status} {mean:.1f}" for status, mean in made["passes_of_a_row"].items())
    print(f"{name} range: {tally.rows} rows; {counts}")
    print(f"  passes of a row: {passes}; {made['us_a_row']:.0f} us a row on all cores; at most {made['peak_memory_MB']:.0f} MB")
    worst = made["worst_of_converged"]
    print(
        f"  worst of the converged: {worst['residual_force_N']:.1e} N, {worst['residual_moment_Nm']:.1e} N m, KKT {worst['kkt']:.1e}; "
        f"{tally.broken} beyond {FORCE:g} N, {MOMENT:g} N m or {KKT:g}",
        flush=True,
    )


def _blocks(rows: int, name: str) -> Iterator[tuple[Any, float]]:
    """Results and seconds, block by block."""
    model, rng = ss.SpineModel.default(), np.random.default_rng(11)
    left = rows
    while left > 0:
        each = min(EACH, -(-left // PERSONS))
        subjects = [cases.person(rng) for _ in range(PERSONS)]
        people = stack([api.person_record(model, subject) for subject in subjects])
        packed = np.concatenate([_columns(model, rng, subject, number, each, name) for number, subject in enumerate(subjects)])
        packed = packed[rng.permutation(len(packed))][:left].view(np.recarray)
        start = time.perf_counter()
        out = api.run(model, people, packed, SQUARE)
        yield out, time.perf_counter() - start
        left -= len(packed)


def _columns(model: ss.SpineModel, rng: np.random.Generator, subject: ss.Subject, number: int, count: int, name: str) -> Any:
    """``count`` random cases of a person that lie in the range."""
    kept: list[Any] = []
    while sum(map(len, kept)) < count:
        posture, load = RANGES[name][0](rng, 4 * count)
        inside = ranges.within(subject, posture, load, 4 * count)[name == "validated"]
        kept.append(packing.pack_columns(model.tables, number, posture, load, 4 * count)[inside])
    return np.concatenate(kept)[:count]


def _inside(rng: np.random.Generator, size: int) -> tuple[Any, Any]:
    """Standing people who bend, turn and hold something, arms anyhow."""
    posture: Any = ss.Posture(
        pelvic_tilt_deg=rng.uniform(-10, 45, size),
        flexion_deg=rng.uniform(-15, 60, size),
        lateral_deg=rng.uniform(-10, 10, size),
        rotation_deg=rng.uniform(-5, 5, size),
        upper_arm_deg=_pair(rng, size, -20, 110),
        forearm_deg=_pair(rng, size, -20, 150),
        arm_abduction_deg=_pair(rng, size, 0, 45),
        flexion_acceleration_deg_s2=rng.uniform(-200, 200, size),
    )
    load: Any = ss.Load(mass_kg=rng.uniform(0, 20, size), hands=_hands(rng), push_N=rng.uniform(-50, 50, size))
    return posture, load


def _wide(rng: np.random.Generator, size: int) -> tuple[Any, Any]:
    """Standing people at any angle of the lumbar spine, with arms anywhere and heavy things."""
    posture: Any = ss.Posture(
        pelvic_tilt_deg=rng.uniform(-20, 60, size),
        flexion_deg=rng.uniform(-25, 70, size),
        lateral_deg=rng.uniform(-25, 25, size),
        rotation_deg=rng.uniform(-18, 18, size),
        upper_arm_deg=_pair(rng, size, -60, 110),
        forearm_deg=_pair(rng, size, -60, 150),
    )
    load: Any = ss.Load(mass_kg=rng.uniform(0, 30, size), hands=_hands(rng), backpack_kg=rng.uniform(0, 20, size))
    return posture, load


def _anywhere(rng: np.random.Generator, size: int) -> tuple[Any, Any]:
    """Whatever can be computed: any stance, support and direction of gravity, fast, heavily loaded."""
    posture: Any = ss.Posture(
        pelvic_tilt_deg=rng.uniform(-80, 120, size),
        flexion_deg=rng.uniform(-25, 70, size),
        lateral_deg=rng.uniform(-25, 25, size),
        rotation_deg=rng.uniform(-18, 18, size),
        pelvic_lateral_deg=rng.uniform(-30, 30, size),
        pelvic_rotation_deg=rng.uniform(-60, 60, size),
        upper_arm_deg=_pair(rng, size, -60, 180),
        forearm_deg=_pair(rng, size, -60, 210),
        arm_abduction_deg=_pair(rng, size, -20, 120),
        hip_flexion_deg=rng.uniform(-30, 140, size),
        knee_flexion_deg=rng.uniform(0, 150, size),
        gravity=str(rng.choice(["standing", "supine", "prone", "left_side", "right_side"])),
        stance=str(rng.choice(["both", "left", "right", "seated", "lying"])),  # type: ignore[arg-type]
        support=tuple(name for name in ("backrest", "elbows") if rng.uniform() < 0.3),
        flexion_rate_deg_s=rng.uniform(-200, 200, size),
        flexion_acceleration_deg_s2=rng.uniform(-1500, 1500, size),
        lift_acceleration_m_s2=rng.uniform(-9.8, 15, size),
    )
    load: Any = ss.Load(mass_kg=rng.uniform(0, 60, size), hands=_hands(rng), backpack_kg=rng.uniform(0, 40, size))
    return posture, load


def _pair(rng: np.random.Generator, size: int, low: float, high: float) -> tuple[Any, Any]:
    """Left and right."""
    return rng.uniform(low, high, size), rng.uniform(low, high, size)


def _hands(rng: np.random.Generator) -> Any:
    return str(rng.choice(["both", "both", "left", "right"]))


RANGES: dict[str, tuple[Callable[[np.random.Generator, int], tuple[Any, Any]], int]] = {
    "validated": (_inside, 1_000_000),
    "wide": (_wide, 100_000),
    "computable": (_anywhere, 20_000),
}


if __name__ == "__main__":
    main()
