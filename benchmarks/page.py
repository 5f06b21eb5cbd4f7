"""Puts measured figures into ``docs/speed.md``: ``python -m benchmarks.page``, after ``make bench``, ``make rivals`` and ``make million``.

Reads ``benchmarks/results`` and rewrites what stands between the page's markers; the words around them stay.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from benchmarks.run import ROOT
from spinesim.io.atomic import write_bytes

PAGE = ROOT / "docs" / "speed.md"
FOLDER = ROOT / "benchmarks" / "results"


def main() -> None:
    """Rewrite every part of the page whose results are there."""
    text = PAGE.read_text(encoding="utf-8")
    for name, part in PARTS.items():
        path = FOLDER / f"{name}.json"
        if not path.exists():
            print(f"left as it is, no results: {name}")
            continue
        found = json.loads(path.read_text(encoding="utf-8"))
        made = f"{_machine(found['machine'])}\n\n{part(found)}"
        pattern = re.compile(rf"(<!-- {name}:begin[^>]*-->\n).*?(<!-- {name}:end -->)", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"error: {PAGE.relative_to(ROOT)} has no markers for {name}")
        text = pattern.sub(lambda hit, made=made: f"{hit[1]}{made}\n{hit[2]}", text)  # type: ignore[misc]
    write_bytes(PAGE, text.encode())
    print(f"wrote {PAGE.relative_to(ROOT)}")


def _machine(machine: dict[str, Any]) -> str:
    return f"{machine['processor']}, {machine['cores']} cores, Python {machine['python']}, numba {machine['numba']}."


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _speed(found: dict[str, Any]) -> str:
    return _table(("", "", "note"), ((f["name"], f"{f['value']:.4g} {f['unit']}", f["note"]) for f in found["figures"]))


def _rivals(found: dict[str, Any]) -> str:
    lines = found["recruitment"]
    own = next(line["seconds"] for line in lines if "lanes" in line["name"])
    heads = ("recruitment alone", "us a problem", "times ours", "residual, N m", "cost over ours: median, worst", "failed")
    tables = [_table(heads, ((
        line["name"], f"{1e6 * line['seconds']:.1f}", f"{line['seconds'] / own:.0f}", f"{line['residual']:.0e}",
        f"{line['excess']:.0e}, {line['worst']:.0e}", str(line["failed"]),
    ) for line in lines))]  # fmt: skip
    if "opensim" in found:
        whole = found["opensim"]
        rows = [("OpenSim: StaticOptimization and JointReaction", whole["opensim_s"])]
        rows += [(f"spinesim: `{name}`", whole[key]) for key, name in OWN.items() if key in whole]
        heads = (f"whole answer, median of {whole['postures']:.0f} postures", "us a posture", "OpenSim's over it")
        tables.append(_table(heads, ((name, f"{1e6 * value:,.0f}", f"{whole['opensim_s'] / value:,.0f}") for name, value in rows)))
    return "\n\n".join(tables)


OWN = {"solve_s": "ss.solve", "batch_s": "ss.solve_batch", "path_s": "ss.solve_path"}


def _curves(found: dict[str, Any]) -> str:
    tables = []
    for name, unit in (("cases", "us a case"), ("fascicles", "us for one"), ("threads", "speed over one")):
        points = found[name]["points"]
        first = points[0][1]
        each = (first / s if name == "threads" else 1e6 * s / n for n, s in points)
        rows = ((str(n), f"{1e3 * s:.2f}", f"{value:.3g}") for (n, s), value in zip(points, each, strict=True))
        tables.append(_table((name, "ms in all", unit), rows) + f"\n\nSlope on logarithmic axes: {found[name]['slope']:.2f}.")
    return "\n\n".join(tables)


def _roofline(found: dict[str, Any]) -> str:
    heads = ("stage, eight cases", "kflop", "us", "of peak", "flop a byte", "of reads", "kB touched", "sines and the like")
    rows = []
    for name, f in found["stages"].items():
        flops, moved = 8 * f["flops"], 64 * (f["reads"] + f["writes"])
        rows.append((
            name.strip(), f"{flops / 1e3:.0f}", f"{1e6 * f['seconds']:.1f}", f"{f['of_peak']:.0%}", f"{flops / moved:.2f}",
            f"{f['of_reads']:.0%}", f"{0.064 * f['numbers']:.0f}", str(8 * f["elementary"]),
        ))  # fmt: skip
    peak, stream = found["peak_flop_s"] / 1e9, found["stream_B_s"] / 1e9
    return f"A loop of multiply-adds alone reaches {peak:.0f} Gflop/s, one of reads {stream:.0f} GB/s.\n\n{_table(heads, rows)}"


def _million(found: dict[str, Any]) -> str:
    rows = []
    for name in RANGES:
        f = found.get(name)
        if f is not None:
            counts = ", ".join(f"{count:,} {status}" for status, count in f["status"].items() if count)
            passes = ", ".join(f"{status} {mean:.1f}" for status, mean in f["passes_of_a_row"].items())
            worst = f["worst_of_converged"]
            left = f"{worst['residual_force_N']:.0e} N, {worst['residual_moment_Nm']:.0e} N m, {worst['kkt']:.0e}"
            rows.append((name, f"{f['rows']:,}", counts, left, passes, f"{f['us_a_row']:.0f}", f"{f['peak_memory_MB']:.0f}"))
    heads = ("range", "rows", "statuses", "worst converged: force, moment, KKT", "passes of a row", "us a row, all cores", "MB")
    return _table(heads, rows)


RANGES = ("validated", "wide", "computable")
PARTS: dict[str, Callable[[dict[str, Any]], str]] = {
    "speed": _speed,
    "rivals": _rivals,
    "curves": _curves,
    "roofline": _roofline,
    "million": _million,
}


if __name__ == "__main__":
    main()
