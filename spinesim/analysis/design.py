"""What a sweep asks: rows of values by dotted key, the base case they change, and what is kept of the answers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinesim.model.load import Load
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject

Values = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Crossed lists, and uniform numbers by Philox."""

    lists: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    uniform: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    samples: int = 1
    seed: int = 0

    @property
    def keys(self) -> tuple[str, ...]:
        """Every varied key."""
        return (*self.lists, *self.uniform)

    @property
    def size(self) -> int:
        """Number of rows."""
        return math.prod(len(v) for v in self.lists.values()) * (self.samples if self.uniform else 1)

    def columns(self, start: int, stop: int) -> Values:
        """Values of some rows."""
        rows = np.arange(start, stop)
        out: Values = {}
        inner = self.size
        for key, values in self.lists.items():
            inner //= len(values)
            out[key] = np.asarray(values)[rows // inner % len(values)]
        for axis, (key, (lo, hi)) in enumerate(self.uniform.items()):
            draws = [np.random.Generator(np.random.Philox(key=self.seed, counter=[0, axis, int(r % self.samples), 0])).random() for r in rows]
            out[key] = lo + (hi - lo) * np.array(draws)
        return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One selected result."""

    variable: str
    selection: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What is kept instead of rows: percentiles, a histogram or the worst cases of one output."""

    kind: str
    output: Output
    percentiles: tuple[float, ...] = ()
    lo: float = 0.0
    hi: float = 1.0
    count: int = 10
    k: int = 10
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """A whole sweep."""

    title: str = ""
    description: str = ""
    subject: Subject = field(default_factory=Subject)
    posture: Posture = field(default_factory=Posture)
    load: Load = field(default_factory=Load)
    exponent: float = 2.0
    design: Design
    outputs: tuple[Output, ...]
    summaries: tuple[Summary, ...] = ()
    resolved: dict[str, Any] = field(default_factory=dict)


def build_case(sweep: Sweep, values: Mapping[str, Any]) -> tuple[Subject, Posture, Load, float, Mapping[tuple[str, str, str], float]]:
    """The case of one row."""
    parts = {"subject": sweep.subject, "posture": sweep.posture, "load": sweep.load}
    geometry: dict[tuple[str, str, str], float] = {}
    exponent = sweep.exponent
    for key, value in values.items():
        section, _, name = key.partition(".")
        if section == "geometry":
            table, item, parameter = name.split(".")
            geometry[table, item, parameter] = float(value)
        elif section == "solver":
            exponent = float(value)
        else:
            head, _, tail = name.partition(".")
            part = parts[section]
            known = {f.name for f in fields(part)}
            if head not in known:
                raise ValueError(f"{key}: unknown")
            old = getattr(part, head)
            plain = value.item() if isinstance(value, np.generic) else value
            if isinstance(old, tuple) and len(old) == 2 and not tail:
                plain = (plain, plain)
            elif isinstance(old, tuple) and tail:
                plain = (plain, old[1]) if tail == "left" else (old[0], plain)
            elif tail:
                plain = {**old, tail: plain}
            parts[section] = replace(part, **{head: plain})
    return parts["subject"], parts["posture"], parts["load"], exponent, geometry  # type: ignore[return-value]
