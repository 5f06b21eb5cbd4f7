"""Work in children of this process, which has imported and compiled everything once."""

from __future__ import annotations

import os
import pickle
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

Task = Callable[[], object]


def in_children(tasks: Sequence[Task], jobs: int) -> Iterator[tuple[int, Any]]:
    """Number of each task and what it gives, as they end; ``None`` from a child that died."""
    waiting, running = deque(enumerate(tasks)), {}
    while waiting or running:
        while waiting and len(running) < jobs:
            number, task = waiting.popleft()
            told = tempfile.TemporaryFile()  # noqa: SIM115
            running[_start(task, told)] = number, told
        child, status = os.wait()
        number, told = running.pop(child)
        with told:
            told.seek(0)
            yield number, pickle.load(told) if status == 0 else None


def _start(task: Task, told: Any) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        pickle.dump(task(), told)
        told.flush()
        code = 0
    finally:
        os._exit(code)
