"""Mutation testing of limits, signs and rounding: ``python -m benchmarks.mutation [MODULE ...]``.

One operator, comparison, number, sign, extreme or branch is changed at a time, and a fast test must notice. Tests are collected
once; a mutant runs those that reach its line, the fastest first, in a child of this process. Outcomes are kept as they come in
``benchmarks/results/mutation.jsonl``, so that a broken-off run goes on, and end in ``mutation.json`` with every survivor and the
reason that ``equivalent.toml`` gives for it.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import os
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from benchmarks.mutation.changes import Mutant, mutants
from benchmarks.mutation.children import in_children
from benchmarks.mutation.outcomes import Log, reasons, report
from benchmarks.mutation.suite import Suite

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"
PACKAGE = "spinesim.analysis"
MODULES = (
    "demand", "tissue_limits", "judged", "safe_load", "safe_load_advice", "safe_load_map", "load_error",
    "tolerance.rule", "tolerance.compression", "tolerance.fatigue", "tolerance.tissues", "tolerance.findings",
    "tolerance.floor", "tolerance.person", "tolerance.data",
)  # fmt: skip
TESTS = ("test_demand*.py", "test_safe_load*.py", "test_load_error*.py", "test_tolerance*.py")


def main() -> None:
    """Count what is killed and list what survives."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", default=list(MODULES))
    parser.add_argument("--jobs", type=int, default=2, help="children at once")
    parser.add_argument("--check", action="store_true", help="try what is listed as equivalent, too")
    told = parser.parse_args()
    os.chdir(ROOT)
    os.environ |= {"SPINESIM_PERSONS": "2", "SPINESIM_CASES": "40"}
    _files()
    _compile()
    modules = {name: importlib.import_module(f"{PACKAGE}.{name}") for name in told.modules}
    suite = Suite(lambda suite: _judge(suite, check=told.check), modules, told.jobs)
    tests = sorted(str(path) for pattern in TESTS for path in (ROOT / "tests").rglob(pattern))
    sys.exit(pytest.main(["-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", *tests], plugins=[suite]))


def _compile() -> None:
    """Compile kernels here once, and not in every child."""
    import spinesim as ss

    ss.solve(ss.SpineModel.default(), ss.Subject(), ss.Posture(), ss.Load())


def _judge(suite: Suite, *, check: bool) -> None:
    every = [mutant for name, module in suite.modules.items() for mutant in mutants(name, Path(str(module.__file__)).read_text("utf-8"))]
    log, equal = Log(RESULTS / "mutation.jsonl"), reasons()
    open_ = [mutant for mutant in every if (check or mutant.name not in equal) and not log.knows(mutant, _state)]
    print(f"{len(suite.items)} tests, {len(every)} mutants, {len(open_)} of them open", flush=True)
    tasks = [suite.task(mutant, log.killer(mutant)) for mutant in open_]
    for number, killer in in_children(tasks, suite.jobs):
        killer = "time or memory" if killer is None else killer
        log.add(open_[number], killer, _state(open_[number], killer))
    print(report(every, log, equal, RESULTS / "mutation.json"))


def _state(mutant: Mutant, killer: str) -> str:
    """A number that changes with the module or the test that killed it; for what survived, with any source or test."""
    files = _files()
    if not killer:
        return _number(files)
    module = f"{PACKAGE}.{mutant.module}".replace(".", "/") + ".py"
    return _number(name for name in files if name in (module, killer.partition("::")[0]))


@cache
def _files() -> dict[str, bytes]:
    """Sources and tests as they were when this run began."""
    paths = [path for folder in ("spinesim", "tests") for path in sorted((ROOT / folder).rglob("*.py"))]
    return {str(path.relative_to(ROOT)): path.read_bytes() for path in paths}


def _number(names: Iterable[str]) -> str:
    return hashlib.sha256(b"".join(_files()[name] for name in names)).hexdigest()[:16]


if __name__ == "__main__":
    main()
