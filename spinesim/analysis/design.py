"""What a sweep asks: which rows there are, and which case each of them is.

Crossed factors (ranges, lists, columns that go together) vary slowest first in the order of the file; random quantities form one
sample set, crossed with the factors and varying fastest. A row's values depend on its number only, never on how rows are cut into
chunks, and numbers of rows are Python integers, so that no grid overflows.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from spinesim.analysis.crossed import Listed, Range, Values
from spinesim.analysis.expressions import Expression
from spinesim.analysis.keys import PRESET, Entry, Key, find, geometry_names, pair_items
from spinesim.analysis.marginals import Marginal
from spinesim.analysis.samples import Sampling
from spinesim.model.load import Load
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject

MOST_ROWS: Final = 2**63 - 1  # row numbers are 64-bit in files and kernels
SUPPORT_SIGN: Final = "+"  # between the names of several supports in one cell; no support is an empty cell

# What a value of the first field does away with: other ways of saying the same of a posture.
REPLACES: Final[dict[str, tuple[str, ...]]] = {
    "trunk_inclination_deg": ("pelvic_tilt_deg", "flexion_deg"),
    "pelvic_tilt_deg": ("trunk_inclination_deg", "lumbar_share"),
    "flexion_deg": ("trunk_inclination_deg", "lumbar_share"),
    "hand_position_mm": ("upper_arm_deg", "forearm_deg"),
    "upper_arm_deg": ("hand_position_mm",),
    "forearm_deg": ("hand_position_mm",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Which values every row has.

    Parameters
    ----------
    keys
        Every varied key in the order of the file, derived ones last.
    factors
        Crossed, the first varying slowest.
    sampling, marginals
        Random quantities and the points they are drawn from.
    derived
        Columns computed from others, in an order in which each reads only what stands before it.
    constants
        Numbers of the base case that expressions read.

    Raises
    ------
    ValueError
        If keys are not those of the parts, or there are marginals without sampling.
    """

    keys: tuple[str, ...]
    factors: tuple[Listed | Range, ...] = ()
    sampling: Sampling | None = None
    marginals: tuple[Marginal, ...] = ()
    derived: Mapping[str, Expression] = field(default_factory=dict)
    constants: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        made = [key for factor in self.factors for key in factor.keys] + [m.key for m in self.marginals] + list(self.derived)
        if sorted(made) != sorted(self.keys):
            raise ValueError(f"keys {', '.join(self.keys)}: expected {', '.join(made)}")
        if bool(self.marginals) != (self.sampling is not None):
            raise ValueError("expected sampling where there are random quantities, and only there")

    @property
    def size(self) -> int:
        """Exact number of rows; ``len`` ends at 2^63 - 1."""
        return math.prod(map(len, self.factors)) * (self.sampling.samples if self.sampling else 1)

    def __len__(self) -> int:
        return self.size

    @property
    def factor_keys(self) -> tuple[str, ...]:
        """Keys of the crossed factors: those that results can be grouped by."""
        return tuple(key for factor in self.factors for key in factor.keys)

    def columns(self, start: int, stop: int) -> Values:
        """Values of rows ``start`` to ``stop - 1``, by key.

        Returns
        -------
        dict
            Columns (stop - start,): float64, int64 for whole numbers, fixed-width text for names.

        Raises
        ------
        ValueError
            If there are no such rows, or a row number is beyond 64 bits.
        """
        if not 0 <= start <= stop <= self.size:
            raise ValueError(f"rows {start} to {stop}: expected rows between 0 and {self.size}")
        if stop > MOST_ROWS:
            raise ValueError(f"rows {start} to {stop}: the design has {self.size} rows; row numbers end at {MOST_ROWS}")
        values = self._sampled(start, stop)
        carry, before = np.arange(stop - start), start // (self.sampling.samples if self.sampling else 1)
        if self.sampling:
            carry = (start % self.sampling.samples + carry) // self.sampling.samples
        for factor in reversed(self.factors):
            before, place = divmod(before, len(factor))
            carry, index = np.divmod(place + carry, len(factor))
            values |= factor.take(index)
        return self._with_derived(values, stop - start)

    def at(self, points: NDArray[np.float64]) -> Values:
        """Values of a design without factors at points (N, random keys) of the unit cube, strictly inside it, instead of its samples."""
        values = {m.key: m.quantile(np.ascontiguousarray(points[:, i])) for i, m in enumerate(self.marginals)}
        return self._with_derived(values, len(points))

    def _sampled(self, start: int, stop: int) -> Values:
        """Random columns; a chunk may reach over the end of the sample set into its next repetition."""
        if self.sampling is None or start == stop:
            return {m.key: np.empty(0) for m in self.marginals}
        samples, columns, first = self.sampling.samples, len(self.marginals), start % self.sampling.samples
        last = first + stop - start
        if last <= samples:
            points = self.sampling.points(first, last, columns)
        elif last - first >= samples:
            points = self.sampling.points(0, samples, columns)[np.arange(first, last) % samples]
        else:
            points = np.concatenate([self.sampling.points(first, samples, columns), self.sampling.points(0, last - samples, columns)])
        return {m.key: m.quantile(np.ascontiguousarray(points[:, i])) for i, m in enumerate(self.marginals)}

    def _with_derived(self, values: Values, rows: int) -> Values:
        for key, expression in self.derived.items():
            values[key] = expression({**self.constants, **values}, rows)
        return {key: values[key] for key in self.keys}


@dataclass(frozen=True, slots=True)
class Output:
    """A result to keep: a variable, whole or at one place of some of its axes, for example ``{"level": "L4-L5"}``."""

    variable: str
    selection: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What it is called: the variable and the places, for example ``facet_force_N.L4-L5.left``."""
        return ".".join((self.variable, *self.selection.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What to keep of a result instead of its rows.

    Parameters
    ----------
    kind
        ``percentiles`` of it; a ``histogram`` of ``count`` equal bins from ``lo`` to ``hi``; the ``k`` ``worst`` (highest) rows.
    variable
        :attr:`Output.name` of the result; empty for percentiles of every output.
    by
        Factor keys: one summary for each combination of their values.
    """

    kind: Literal["percentiles", "histogram", "worst"]
    variable: str = ""
    percentiles: tuple[float, ...] = ()
    lo: float = 0.0
    hi: float = 0.0
    count: int = 0
    k: int = 0
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """A study: a base case, what varies, and what is kept. Plain data.

    Parameters
    ----------
    title, description
        Free text.
    subject, posture, load, exponent
        The base case.
    design
        What varies.
    outputs, summaries
        Results to keep; with summaries, rows are not kept.
    resolved
        The config with every key written out; itself a config of the same sweep.
    postures, hands
        Where a design names postures: what they are, and in which hands those that say so carry a load.
    """

    title: str
    description: str
    subject: Subject
    posture: Posture
    load: Load
    exponent: float
    design: Design
    outputs: tuple[Output, ...]
    summaries: tuple[Summary, ...]
    resolved: dict[str, Any]
    postures: Mapping[str, Posture] = field(default_factory=dict)
    hands: Mapping[str, Literal["both", "left", "right"]] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """Hash that identifies the sweep. The order of keys counts: it is the order of the rows."""
        return hashlib.sha256(json.dumps(self.resolved, separators=(",", ":"), allow_nan=False).encode()).hexdigest()


def build_case(sweep: Sweep, values: Mapping[str, Any]) -> tuple[Subject, Posture, Load, float, dict[Entry, float]]:
    """The case of one row.

    Parameters
    ----------
    sweep
        Its base case is what ``values`` do not say.
    values
        One value (Python or numpy) for every key, as in a row of :meth:`Design.columns`.

    Returns
    -------
    tuple
        Subject, posture, load, recruitment exponent, and geometry values in the unit of their table, by table, item and parameter.
        Parts in which nothing varies are the very objects of the base case. Values are not checked.
    """
    changes: dict[str, dict[str, Any]] = {"subject": {}, "posture": {}, "load": {}}
    exponent, geometry = sweep.exponent, {}
    bases: dict[str, Any] = {"subject": sweep.subject, "posture": sweep.posture, "load": sweep.load}
    if PRESET in values:
        preset = str(values[PRESET])
        bases["posture"] = sweep.postures[preset]
        changes["load"] |= {"hands": sweep.hands[preset]} if preset in sweep.hands else {}
    for key, value in zip(_keys(tuple(values)), values.values(), strict=True):
        if key.section in changes and key.kind != "preset":
            _change(changes[key.section], bases[key.section], key, value)
        elif key.section == "geometry":
            geometry[geometry_names()[key.name]] = float(value)
        elif key.kind == "exponent":
            exponent = float(value)
    subject, posture, load = (_replaced(bases[section], changes[section]) for section in changes)
    return subject, posture, load, exponent, geometry


@lru_cache(maxsize=64)
def _keys(names: tuple[str, ...]) -> tuple[Key, ...]:
    return tuple(find(name) for name in names)


def _change(changes: dict[str, Any], base: Any, key: Key, value: Any) -> None:
    """Put one value into the changes of its part."""
    if key.kind == "name":
        changes[key.field] = str(value)
    elif key.kind == "names":
        changes[key.field] = tuple(filter(None, str(value).split(SUPPORT_SIGN)))
    elif not key.item:
        number = float(value)
        pair = isinstance(getattr(base, key.field), tuple)
        changes[key.field] = (number, number) if pair else number
    elif isinstance(old := changes.get(key.field, getattr(base, key.field)), Mapping):
        changes[key.field] = {**old, key.item: _number(key, value)}
    else:
        items = pair_items(key.field)
        place = items.index(key.item)
        pair_ = list(old or (math.nan, math.nan))
        pair_[place] = float(value)
        changes[key.field] = tuple(pair_)


def _number(key: Key, value: Any) -> float:
    """A whole number where one is asked for and given; others are left to the checks of the case."""
    number = float(value)
    return int(number) if key.kind == "whole" and number.is_integer() else number


def _replaced(base: Any, changes: dict[str, Any]) -> Any:
    if not changes:
        return base
    if isinstance(base, Posture):
        relaxed = Posture()
        changes = {other: getattr(relaxed, other) for said in changes for other in REPLACES.get(said, ()) if other not in changes} | changes
    return replace(base, **changes)
