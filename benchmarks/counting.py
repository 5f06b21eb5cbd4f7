"""Counts what the kernels do, by running them as plain Python on numbers that count. Started by :mod:`benchmarks.roofline`.

    NUMBA_DISABLE_JIT=1 python -m benchmarks.counting SOLVED.npz

Prints, as JSON, for every stage of :data:`benchmarks.stages.STAGES` at a solved case: floating-point operations (a fused multiply-add
is two; sines, cosines and arctangents stand apart), numbers read and written, and how many different ones.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from types import SimpleNamespace
from typing import Any

import numba
import numpy as np

import spinesim as ss
from benchmarks import stages
from spinesim.mechanics import lanes

COUNTS: Counter[str] = Counter()
TOUCHED: set[int] = set()


class Number(float):
    """A float whose arithmetic is counted."""

    def __neg__(self) -> Number:
        return Number(float(self) * -1.0)

    def __abs__(self) -> Number:
        return Number(math.fabs(self))


def _counted(name: str, flops: int = 1) -> None:
    plain = getattr(float, name)

    def method(self: Number, other: Any) -> Any:
        COUNTS["flops"] += flops
        try:
            made = plain(self, other)
        except ZeroDivisionError:  # what kernels then leave to select
            made = math.nan
        return made if made is NotImplemented else Number(made)

    setattr(Number, name, method)


for _name in ("add", "sub", "mul", "truediv"):
    _counted(f"__{_name}__")
    _counted(f"__r{_name}__")


class Numbers(np.ndarray):  # type: ignore[type-arg]
    """Counting numbers whose reads and writes are counted."""

    def _note(self, index: Any, what: str) -> None:
        place = index if isinstance(index, tuple) else (index,)
        if len(place) == self.ndim and not any(isinstance(i, slice) for i in place):
            steps = (int(i) % n * s for i, n, s in zip(place, self.shape, self.strides, strict=True))
            COUNTS[what] += 1
            TOUCHED.add(self.__array_interface__["data"][0] + sum(steps))

    def __getitem__(self, index: Any) -> Any:
        self._note(index, "reads")
        return super().__getitem__(index)

    def __setitem__(self, index: Any, value: Any) -> None:
        self._note(index, "writes")
        super().__setitem__(index, Number(value))


class Maths:
    """``math`` for counting numbers."""

    def __getattr__(self, name: str) -> Any:
        plain = getattr(math, name)
        if not callable(plain):
            return plain

        def function(*arguments: float) -> Any:
            COUNTS["flops" if name == "sqrt" else "elementary"] += 1
            made = plain(*map(float, arguments))
            return Number(made) if isinstance(made, float) else made

        return function


def _fma(a: float, b: float, c: float) -> Number:
    COUNTS["flops"] += 2
    return Number(float(a) * float(b) + float(c))


def _nearest(x: float) -> Number:
    return Number(round(float(x)))


class Record(SimpleNamespace):
    """A record whose numbers count, scalars among them."""


def _record(plain: Any) -> Record:
    made = Record()
    for name in plain.dtype.names:
        value = np.asarray(plain[name])
        if value.dtype == np.float64 and value.ndim:
            objects = np.empty(value.shape, object)
            objects.ravel()[:] = [Number(v) for v in value.ravel()]
            setattr(made, name, objects.view(Numbers))
        else:
            setattr(made, name, Number(value[()]) if value.dtype == np.float64 else value)
    return made


def _instrument() -> None:
    """Put counting functions where kernels look for theirs."""
    swaps: dict[int, Any] = {id(lanes.fma): _fma, id(lanes.nearest): _nearest, id(math): Maths()}
    for name, module in list(sys.modules.items()):
        if name.startswith(("spinesim.mechanics", "spinesim.solver")) and module is not lanes:
            for key, value in list(vars(module).items()):
                if id(value) in swaps:
                    setattr(module, key, swaps[id(value)])


def main() -> None:
    """Run every stage once, counting."""
    if not numba.config.DISABLE_JIT:
        raise SystemExit("error: set NUMBA_DISABLE_JIT=1, or run python -m benchmarks.roofline")
    stored, topology = np.load(sys.argv[1]), ss.SpineModel.default().topology
    _instrument()
    found = {}
    for name, stage in stages.STAGES.items():
        if stage not in stages.WHOLE:
            spine, case, work = (_record(stored[part][0]) for part in ("spine", "case", "work"))
            COUNTS.clear()
            TOUCHED.clear()
            stage(spine, topology, case, work, None)
            found[name] = {key: COUNTS[key] for key in ("flops", "elementary", "reads", "writes")} | {"numbers": len(TOUCHED)}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
