"""Work in children of this process, which has imported and compiled everything once."""

from __future__ import annotations

import os
import pickle
import signal
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple


class Work(NamedTuple):
    """What to do, and after how many seconds of computing it is given up; of waiting, after many times as many."""

    task: Callable[[], object]
    seconds: float


def in_children(works: Sequence[Work], jobs: int) -> Iterator[tuple[int, Any]]:
    """Number of each piece of work and what it gives, as they end; ``None`` from a child that died or was given up."""
    waiting, running = deque(enumerate(works)), {}
    while waiting or running:
        while waiting and len(running) < jobs:
            number, work = waiting.popleft()
            told = tempfile.TemporaryFile()  # noqa: SIM115
            running[_start(work, told)] = number, told
        child, status = os.wait()
        number, told = running.pop(child)
        with told:
            told.seek(0)
            yield number, pickle.load(told) if status == 0 else None


def _start(work: Work, told: Any) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        signal.setitimer(signal.ITIMER_PROF, work.seconds)
        signal.alarm(int(40.0 * work.seconds))
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        pickle.dump(work.task(), told)
        told.flush()
        code = 0
    finally:
        os._exit(code)
