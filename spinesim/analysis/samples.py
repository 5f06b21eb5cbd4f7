"""Points of the unit cube that random quantities are drawn from, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

Method = Literal["sobol", "halton", "random"]

METHODS: Final = ("sobol", "halton", "random")
SOBOL_BITS: Final = 30
MOST_SAMPLES: Final = {"sobol": 2**SOBOL_BITS, "halton": 2**53, "random": 2**53}


@dataclass(frozen=True, slots=True)
class Sampling:
    """A design of ``samples`` points.

    Parameters
    ----------
    method
        ``sobol`` (scrambled; balanced where ``samples`` is a power of 2), ``halton`` (scrambled) or ``random`` (Philox, one stream
        for each column).
    samples
        Number of points; at most 2^30 for ``sobol``, whose 30-bit points repeat after that.
    seed
        Not negative; scrambles the sequences or keys the generator.

    Raises
    ------
    ValueError
        If the method is unknown, or samples or seed out of bounds.
    """

    method: Method
    samples: int
    seed: int = 0

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ValueError(f"method {self.method!r}: expected one of {', '.join(METHODS)}")
        if not 1 <= self.samples <= MOST_SAMPLES[self.method]:
            raise ValueError(f"samples {self.samples}: expected 1 to {MOST_SAMPLES[self.method]} for the method {self.method}")
        if not 0 <= self.seed < 2**63:
            raise ValueError(f"seed {self.seed}: expected 0 to {2**63 - 1}")

    def points(self, start: int, stop: int, columns: int) -> NDArray[np.float64]:
        """Points ``start`` to ``stop - 1`` (stop - start, columns), strictly between 0 and 1.

        A point depends on method, seed, its number and, for ``sobol`` and ``halton``, on the number of columns only.
        """
        if self.method == "random":
            return np.column_stack([_philox(self.seed, column, start, stop) for column in range(columns)])
        u = _sequence(self.method, self.seed, columns).points(start, stop)
        # The middle of the cell that 30 bits tell, never its edge at 0.
        return u + 0.5 ** (SOBOL_BITS + 1) if self.method == "sobol" else np.clip(u, 0.5**53, 1.0 - 0.5**53)


def _philox(seed: int, column: int, start: int, stop: int) -> NDArray[np.float64]:
    """Numbers of one stream; each count of the generator gives four."""
    first = start // 4
    generator = np.random.Philox(counter=first, key=np.array([seed, column], np.uint64))
    words = generator.random_raw(stop - 4 * first)[start - 4 * first :]
    return (words >> np.uint64(11)).astype(np.float64) * 0.5**53 + 0.5**54


class _Sequence:
    """A scrambled sequence with a place in it. Points do not depend on what was drawn before; going on is only cheaper than going back."""

    def __init__(self, method: str, seed: int, columns: int) -> None:
        from scipy.stats import qmc

        rng = np.random.default_rng(seed)
        self.engine: Any = qmc.Sobol(columns, bits=SOBOL_BITS, rng=rng) if method == "sobol" else qmc.Halton(columns, rng=rng)
        self.method, self.lock = method, Lock()

    def points(self, start: int, stop: int) -> NDArray[np.float64]:
        with self.lock:
            self._go_to(start)
            # Sobol' points begin with one that the engine draws apart, and warns if it is not alone.
            head = self.engine.random(1) if start == 0 < stop else None
            tail = self.engine.random(stop - start - (head is not None))
        points: NDArray[np.float64] = tail if head is None else np.concatenate([head, tail])
        return points

    def _go_to(self, start: int) -> None:
        if self.method == "halton":
            self.engine.num_generated = start  # its points are made from their numbers, but its fast_forward would draw them all
            return
        if self.engine.num_generated > start:
            self.engine.reset()
        if (ahead := start - self.engine.num_generated) > 0:
            self.engine.fast_forward(ahead)


@lru_cache(maxsize=4)
def _sequence(method: str, seed: int, columns: int) -> _Sequence:
    return _Sequence(method, seed, columns)
