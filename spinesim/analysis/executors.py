"""Where chunks are computed: here, in worker processes, or on a Dask cluster.

An executor takes chunk numbers and gives the arrays of each as it is done. It never loses one: a worker that dies costs time only,
and a chunk whose workers die again and again is named.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing.connection import wait as wait_for
from typing import Any, Final

from spinesim.analysis.crossed import Values
from spinesim.analysis.sweep import OtherCodeError, Task

MOST_DEATHS: Final = 3  # of workers over one chunk
_AHEAD: Final = 2  # chunks a worker has waiting
_DASK_HINT = "--scheduler needs Dask's distributed; install it with: pip install 'spinesim[dask]'"


class WorkerDiedError(RuntimeError):
    """Workers died over the same chunk too often."""

    def __init__(self, number: int) -> None:
        super().__init__(f"chunk {number}: {MOST_DEATHS} workers died while they computed it (out of memory?); what is done is kept")


class MissingDaskError(ImportError):
    """The extra ``dask`` is not installed."""


class SchedulerError(OSError):
    """The scheduler does not answer."""


class InProcess:
    """Chunks one after the other, each on all threads."""

    def __init__(self, task: Task) -> None:
        self.task = task

    def __call__(self, numbers: Sequence[int]) -> Iterator[tuple[int, Values]]:
        """Arrays of every chunk, in order."""
        for number in numbers:
            yield number, self.task(number)


class Processes:
    """Chunks in worker processes, one thread each unless the task says otherwise.

    A pool whose worker was killed fails as a whole. It is made again, and what was under way is tried alone, one after the
    other, so that the chunk that kills is known from those that were beside it.
    """

    def __init__(self, task: Task, workers: int) -> None:
        self.task, self.workers = task, workers
        self.pool: ProcessPoolExecutor | None = None

    def __call__(self, numbers: Sequence[int]) -> Iterator[tuple[int, Values]]:
        """Arrays of every chunk as it is done.

        Raises
        ------
        WorkerDiedError
            If workers die over one chunk again and again.
        """
        todo, suspects, deaths = deque(numbers), deque[int](), Counter[int]()
        running: dict[Future[Values], int] = {}
        try:
            while todo or suspects or running:
                self._fill(todo, suspects, running)
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                broken = False
                for future in done:
                    if isinstance(future.exception(), BrokenProcessPool):
                        broken = True
                    else:
                        yield running.pop(future), future.result()
                if broken:
                    self._mourn(running, suspects, deaths)
        finally:
            self._end()

    def _fill(self, todo: deque[int], suspects: deque[int], running: dict[Future[Values], int]) -> None:
        """Give the workers something to do; a suspect is computed with nothing beside it."""
        if suspects and not running:
            self._submit(suspects.popleft(), suspects, running)
        elif not suspects:
            while todo and len(running) < _AHEAD * self.workers and self._submit(todo.popleft(), todo, running):
                pass

    def _submit(self, number: int, back: deque[int], running: dict[Future[Values], int]) -> bool:
        if self.pool is None:
            spawn = multiprocessing.get_context("spawn")
            self.pool = ProcessPoolExecutor(self.workers, mp_context=spawn, initializer=_begin_worker, initargs=(self.task,))
        try:
            running[self.pool.submit(_work, number)] = number
        except BrokenProcessPool:
            back.appendleft(number)
            if not running:
                self._end()
            return False
        return True

    def _mourn(self, running: dict[Future[Values], int], suspects: deque[int], deaths: Counter[int]) -> None:
        """Take back what a broken pool was doing, and end it."""
        if len(running) == 1:
            number = next(iter(running.values()))
            deaths[number] += 1
            if deaths[number] == MOST_DEATHS:
                raise WorkerDiedError(number)
        suspects.extend(sorted(running.values()))
        running.clear()
        self._end()

    def _end(self) -> None:
        """Stop the workers at once, whatever they do."""
        if self.pool is not None:
            mine = list(getattr(self.pool, "_processes", None) or {})
            self.pool.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                if process.pid in mine:
                    process.terminate()
            self.pool = None


class Dask:
    """Chunks on the workers of a Dask scheduler, a few under way on each."""

    def __init__(self, task: Task, address: str, timeout: float = 10.0) -> None:
        """Connect.

        Raises
        ------
        MissingDaskError
            If Dask is not installed.
        SchedulerError
            If nothing answers at the address.
        """
        try:
            from distributed import Client
        except ImportError:
            raise MissingDaskError(_DASK_HINT) from None
        try:
            self.client = Client(address, timeout=timeout, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise SchedulerError(None, f"no Dask scheduler answers ({error})", address) from None
        self.task = task

    def __call__(self, numbers: Sequence[int]) -> Iterator[tuple[int, Values]]:
        """Arrays of every chunk as it is done; the scheduler repeats what a lost worker was doing.

        Raises
        ------
        WorkerDiedError
            If workers die over one chunk again and again.
        OtherCodeError
            If spinesim is missing on a worker, or another one.
        """
        from distributed import as_completed
        from distributed.scheduler import KilledWorker

        todo, deaths = deque(numbers), Counter[int]()
        running: dict[Any, int] = {}
        done = as_completed(loop=self.client.loop)

        def fill() -> None:
            threads = sum(self.client.nthreads().values()) or 1
            while todo and len(running) < _AHEAD * threads:
                number = todo.popleft()
                # The task goes with every chunk: nothing that a lost worker held is needed by another.
                future = self.client.submit(_apply, self.task, number, pure=False)
                running[future] = number
                done.add(future)

        try:
            fill()
            for future in done:
                number = running.pop(future)
                try:
                    yield number, future.result()
                except ImportError as error:
                    raise OtherCodeError(f"a worker cannot load spinesim ({error}); install the same version there") from None
                except (KilledWorker, TimeoutError) as error:
                    deaths[number] += 1
                    if deaths[number] == MOST_DEATHS:
                        raise WorkerDiedError(number) from error
                    todo.append(number)
                future.release()
                fill()
        finally:
            for future in running:
                with suppress(Exception):
                    future.cancel()
            self.client.close()


_TASK: Task | None = None


def _begin_worker(task: Task) -> None:
    """Set up a worker process: it ends with its parent, and interruptions are its parent's business."""
    global _TASK
    _TASK = task
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)


def _work(number: int) -> Values:
    assert _TASK is not None
    return _TASK(number)


def _apply(task: Task, number: int) -> Values:
    return task(number)
