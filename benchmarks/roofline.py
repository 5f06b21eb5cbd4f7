"""How near is each stage to what a core can do? ``python -m benchmarks.roofline``.

Counts floating-point operations and numbers read and written of every stage (:mod:`benchmarks.counting`), times the stages on eight
cases at once, and gives both as shares of what this core reaches in loops of nothing but multiply-adds and nothing but reads.
Prints a table and writes ``benchmarks/results/roofline.json``.

A number read or written is eight bytes in each lane. Reads are those of the source: what the compiler keeps in a register is counted
every time, so that shares of the cache's speed are upper bounds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numba
import numpy as np

import spinesim as ss
from benchmarks import cases, stages
from benchmarks.run import ROOT, machine
from spinesim.mechanics.lane_records import Lanes
from spinesim.mechanics.lanes import WIDTH, fma

RESULTS = ROOT / "benchmarks" / "results" / "roofline.json"
_CHAINS = 16  # independent sums: more than a multiply-add takes cycles times units
_ROUNDS, _BEST_OF = 20_000, 7


def main() -> None:
    """Count, measure, print and write."""
    model = ss.SpineModel.default()
    bench = stages.filled(model, cases.random(WIDTH, WIDTH))
    solve = stages.looped(stages.whole)
    solve(1, bench.spine, model.topology, bench.case, bench.work, bench.answer)
    counts = _counts(bench)
    peak, stream = _peak(), _stream()
    print(f"multiply-adds alone: {peak / 1e9:.0f} Gflop/s; reads alone, from the first cache: {stream / 1e9:.0f} GB/s")
    print(f"{'stage':36} {'kflop':>7} {'us':>7} {'of peak':>8} {'flop/byte':>10} {'of reads':>9} {'kB':>6} {'sin, cos':>9}")
    found = {}
    for name, count in counts.items():
        solve(1, bench.spine, model.topology, bench.case, bench.work, bench.answer)
        seconds = stages.seconds(stages.looped(stages.STAGES[name]), bench, model.topology)
        flops, moved = WIDTH * count["flops"], 8 * WIDTH * (count["reads"] + count["writes"])
        found[name] = count | {"seconds": seconds, "of_peak": flops / seconds / peak, "of_reads": moved / seconds / stream}
        print(
            f"{name:36} {flops / 1e3:7.0f} {1e6 * seconds:7.2f} {found[name]['of_peak']:8.1%} {flops / moved:10.2f} "
            f"{found[name]['of_reads']:9.0%} {8e-3 * WIDTH * count['numbers']:6.0f} {WIDTH * count['elementary']:9}",
            flush=True,
        )
    RESULTS.parent.mkdir(exist_ok=True)
    whole: dict[str, Any] = {"machine": machine(), "peak_flop_s": peak, "stream_B_s": stream, "stages": found}
    RESULTS.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
    print(f"wrote {RESULTS.relative_to(ROOT)}")


def _counts(bench: Any) -> dict[str, dict[str, int]]:
    """Counts of all stages at the solution in the first lane."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "solved.npz"
        records = {
            name: np.ascontiguousarray(getattr(bench, name).numbers[:, 0]).view(getattr(bench, name).kind)
            for name in ("spine", "case", "work")
        }
        np.savez(path, **records)
        command = (sys.executable, "-m", "benchmarks.counting", str(path))
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, env=os.environ | {"NUMBA_DISABLE_JIT": "1"})
    found: dict[str, dict[str, int]] = json.loads(done.stdout)
    return found


@numba.njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _multiply_adds(rounds, r):  # type: ignore[no-untyped-def]
    a, b, c, d = r.sums[0], r.sums[1], r.sums[2], r.sums[3]
    e, f, g, h = r.sums[4], r.sums[5], r.sums[6], r.sums[7]
    i, j, k, m = r.sums[8], r.sums[9], r.sums[10], r.sums[11]
    n, o, p, q = r.sums[12], r.sums[13], r.sums[14], r.sums[15]
    x, y = r.factor, r.term
    for _ in range(rounds):
        a, b, c, d = fma(a, x, y), fma(b, x, y), fma(c, x, y), fma(d, x, y)
        e, f, g, h = fma(e, x, y), fma(f, x, y), fma(g, x, y), fma(h, x, y)
        i, j, k, m = fma(i, x, y), fma(j, x, y), fma(k, x, y), fma(m, x, y)
        n, o, p, q = fma(n, x, y), fma(o, x, y), fma(p, x, y), fma(q, x, y)
    r.sums[0] = a + b + c + d + e + f + g + h + i + j + k + m + n + o + p + q


@numba.njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _reads(rounds, r):  # type: ignore[no-untyped-def]
    a, b, c, d = r.factor, r.factor, r.factor, r.factor
    for _ in range(rounds):
        for k in range(0, 256, 4):
            a, b, c, d = max(a, r.many[k]), max(b, r.many[k + 1]), max(c, r.many[k + 2]), max(d, r.many[k + 3])
        # Different every round, or the compiler reads once.
        r.many[0] = a + b + c + d


def _scratch() -> Lanes:
    made = Lanes(np.dtype([("sums", "f8", (_CHAINS,)), ("many", "f8", (256,)), ("factor", "f8"), ("term", "f8")], align=True))
    made["factor"][:], made["term"][:] = 0.999, 1e-3
    return made


def _peak() -> float:
    """Operations a second in a loop of multiply-adds."""
    return _rate(_multiply_adds, 2 * WIDTH * _CHAINS)


def _stream() -> float:
    """Bytes a second in a loop of reads that stay in the first cache."""
    return _rate(_reads, 8 * WIDTH * 256)


def _rate(loop: Any, of_a_round: int) -> float:
    scratch = _scratch()
    loop(1, scratch)
    best = np.inf
    for _ in range(_BEST_OF):
        start = time.thread_time()
        loop(_ROUNDS, scratch)
        best = min(best, time.thread_time() - start)
    return _ROUNDS * of_a_round / float(best)


if __name__ == "__main__":
    main()
