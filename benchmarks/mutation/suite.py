"""The fast tests, collected once: which lines each of them reaches, and which of them notices a change."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from types import FrameType, ModuleType
from typing import Any, NamedTuple

import pytest

from benchmarks.mutation.changes import Mutant
from benchmarks.mutation.children import Task, in_children
from benchmarks.mutation.graft import forget, graft

SLOWEST = 0.7  # seconds of computing of a test, beyond which mutants do without it


class Reach(NamedTuple):
    """One test alone: whether it passes, in which time, and which lines of which file it reaches."""

    passed: bool
    seconds: float
    lines: dict[str, set[int]]


class Suite:
    """A plugin of pytest that hands the collected tests to ``use`` in the place of running them."""

    def __init__(self, use: Callable[[Suite], None], modules: dict[str, ModuleType], jobs: int) -> None:
        self.use, self.modules, self.jobs = use, modules, jobs
        self.failed = False
        self.items: dict[str, Any] = {}
        self.reach: dict[str, Reach] = {}

    def pytest_runtestloop(self, session: Any) -> bool:
        """Measure what each test reaches, and begin."""
        self.items = {item.nodeid: item for item in session.items}
        names = list(self.items)
        tasks = [partial(self._measure, name) for name in names]
        self.reach = {names[number]: found for number, found in in_children(tasks, self.jobs)}
        if failing := [name for name, found in self.reach.items() if found is None or not found.passed]:
            pytest.exit(f"without any change fails: {', '.join(failing)}", 1)
        self.use(self)
        return True

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Remember that something failed."""
        self.failed |= report.failed

    def tests_of(self, mutant: Mutant, first: str | None) -> list[str]:
        """Tests that reach the statement, fast ones first; of what runs on import, all that reach the module."""
        path = str(self.modules[mutant.module].__file__)
        wanted = None if mutant.span is None else set(range(mutant.span[0], mutant.span[1] + 1))
        near = {name: reach.lines[path] for name, reach in self.reach.items() if reach.seconds < SLOWEST}
        found = [name for name, lines in near.items() if lines and (wanted is None or not wanted.isdisjoint(lines))]
        return sorted(found, key=lambda name: (name != first, self.reach[name].seconds))

    def task(self, mutant: Mutant, first: str | None) -> Task:
        """Find the test that fails with a mutant, or nothing; a test that computes far longer than without it ends the child."""
        return partial(self._kill, mutant, self.tests_of(mutant, first))

    def _kill(self, mutant: Mutant, tests: Iterable[str]) -> str:
        try:
            graft(self.modules[mutant.module], mutant.tree())
        except Exception as error:
            return f"import: {type(error).__name__}"
        return next((name for name in tests if not self._passes(name, 3.0 + 5.0 * self.reach[name].seconds)), "")

    def _passes(self, name: str, seconds: float = 0.0) -> bool:
        self.failed = False
        for module in self.modules.values():
            forget(module)
        signal.setitimer(signal.ITIMER_PROF, seconds)  # of computing; 0 is for ever
        item = self.items[name]
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        return not self.failed

    def _measure(self, name: str) -> Reach:
        lines: dict[str, set[int]] = {str(module.__file__): set() for module in self.modules.values()}

        def calls(frame: FrameType, event: str, arg: object) -> Any:
            reached = lines.get(frame.f_code.co_filename)
            if reached is None:
                return None

            def steps(frame: FrameType, event: str, arg: object) -> Any:
                reached.add(frame.f_lineno)
                return steps

            reached.add(frame.f_lineno)
            return steps

        start = time.process_time()
        sys.settrace(calls)
        passed = self._passes(name)
        sys.settrace(None)
        return Reach(passed, time.process_time() - start, lines)
