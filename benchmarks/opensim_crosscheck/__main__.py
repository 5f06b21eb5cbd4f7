"""Does another code find the same? ``python -m benchmarks.opensim_crosscheck [--quick] [--page]`` (``make crosscheck``).

Prints tables and writes ``benchmarks/results/opensim_crosscheck.json``. Needs OpenSim and the model file that pose2sim ships;
without them it ends with exit code 6. Takes about five minutes for all postures.
"""

from __future__ import annotations

import argparse
import json
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "opensim_crosscheck.json"
PAGE = ROOT / "docs" / "crosscheck.md"
MISSING = 6
HOW = "install both with: make crosscheck, or: pip install opensim && pip install --no-deps pose2sim"


def main() -> None:
    """Compare, print and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.opensim_crosscheck", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="every fourth posture")
    parser.add_argument("--page", action="store_true", help="also rewrite the figures of docs/crosscheck.md")
    options = parser.parse_args()
    if find_spec("opensim") is None:
        _end("opensim is not installed")
    from benchmarks.opensim_crosscheck import lfb

    path = lfb.locate()
    if path is None:
        _end(f"the model file {lfb.MODEL} of pose2sim is not installed")
    _run(path, options.quick, options.page)


def _end(fault: str) -> None:
    print(f"error: {fault}; {HOW}", file=sys.stderr)
    raise SystemExit(MISSING)


def _run(path: Path, quick: bool, page: bool) -> None:
    import spinesim as ss
    from benchmarks.opensim_crosscheck import compare, lfb, report
    from benchmarks.opensim_crosscheck.postures import CASES, QUICK
    from spinesim.io.atomic import write_bytes

    cases = QUICK if quick else CASES
    share = ss.SpineModel.default().pack(ss.Subject()).share
    rows = []
    for number, case in enumerate(cases, start=1):
        row, muscles = compare.compare(path, case, share)
        rows.append(row)
        if sys.stderr.isatty():
            print(f"{number} of {len(cases)}: {case.name}", file=sys.stderr)
    found = report.assemble(rows, lfb.body_mass(path), muscles, share)
    tables = report.text(found)
    print(tables)
    RESULTS.parent.mkdir(exist_ok=True)
    write_bytes(RESULTS, (json.dumps(report.record(found), indent=2) + "\n").encode())
    print(f"\nwrote {RESULTS.relative_to(ROOT)}")
    if page:
        report.write_page(PAGE, tables)


if __name__ == "__main__":
    main()
