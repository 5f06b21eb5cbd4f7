"""From the sections of a sweep file to factors, random quantities and derived columns, every fault with its place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from spinesim.analysis.crossed import Listed, Range
from spinesim.analysis.design import SUPPORT_SIGN
from spinesim.analysis.expressions import Expression, ExpressionError, parse
from spinesim.analysis.keys import Key, UnknownKeyError, find, geometry_names, pair_items
from spinesim.analysis.marginals import Marginal
from spinesim.config.convert import EXPONENTS
from spinesim.config.csv_columns import MAX_BYTES, read_columns
from spinesim.config.document import Document, Path_
from spinesim.config.errors import ConfigError, Mark, Problem, did_you_mean, shown
from spinesim.config.sweep_schema import RangeSpec, Spec, SweepModel, TableSpec
from spinesim.config.validate import EXCLUSIVE, TWO_WAYS
from spinesim.model.anatomy import SpineModel
from spinesim.model.posture import Posture

MOST_RANGE: Final = 10**9
_MOST_FAULTS: Final = 50  # that are told of one file

_TEXT_KINDS: Final = ("name", "names", "preset")


@dataclass(slots=True)
class Factors:
    """Reads the factors of one file; what is wrong is collected in ``problems``."""

    document: Document
    presets: tuple[str, ...]
    problems: list[Problem] = field(default_factory=list)
    places: dict[str, Path_] = field(default_factory=dict)
    crossed: list[Listed | Range] = field(default_factory=list)
    marginals: list[Marginal] = field(default_factory=list)
    derived: dict[str, Expression] = field(default_factory=dict)
    specs: dict[str, Any] = field(default_factory=dict)
    zipped: list[dict[str, Any]] = field(default_factory=list)

    def fault(self, place: Path_ | Mark, got: str, expected: str, hint: str = "", *, key: bool = False) -> None:
        """Note what is wrong at a place of the file, or at a mark of another one."""
        mark = place if isinstance(place, Mark) else self.document.mark(place, key=key)
        name = "" if isinstance(place, Mark) else ".".join(map(str, place))
        self.problems.append(Problem(mark, name, got, expected, hint))
        if len(self.problems) >= _MOST_FAULTS:
            raise ConfigError([*self.problems, Problem(mark, "", "perhaps more faults", "these corrected first")])

    def read(self, model: SweepModel, folder: Path) -> None:
        """All sections, factors crossed in the order in which the file says them."""
        sections: dict[str, Callable[[], None]] = {
            "vary": lambda: self._vary(model.vary),
            "zip": lambda: self._zip(model.zip),
            "table": lambda: self._table(model.table, folder),
        }
        for name in self.document.data:
            sections.get(name, lambda: None)()

    def _vary(self, vary: Mapping[str, Spec]) -> None:
        for name, spec in vary.items():
            place = ("vary", name)
            key = self.key(name, place)
            if key is None:
                continue
            if isinstance(spec, list):
                if (column := self._column(key, spec, place, unique=True)) is not None:
                    self.crossed.append(Listed({key.name: column}))
                    self.specs[key.name] = written(key, column)
            elif key.kind not in ("number", "whole") or (key.kind == "whole" and not isinstance(spec, RangeSpec)):
                what = "whole numbers" if key.kind == "whole" else "names" if key.kind in _TEXT_KINDS else "values"
                self.fault(place, shown(self.document.data["vary"][name]), f"a list of {what}")
            elif isinstance(spec, RangeSpec):
                self._range(key, spec, place)
            else:
                self._random(key, spec, place)

    def _zip(self, groups: Sequence[Mapping[str, list[Any]]]) -> None:
        for i, group in enumerate(groups):
            columns = {}
            for name, values in group.items():
                key = self.key(name, ("zip", i, name))
                column = self._column(key, values, ("zip", i, name)) if key else None
                if key and column is not None:
                    columns[key.name] = column
            lengths = {name: len(values) for name, values in group.items()}
            if not group:
                self.fault(("zip", i), "nothing", "two or more keys whose values go together")
            elif len(set(lengths.values())) > 1:
                told = ", ".join(f"{name} {length}" for name, length in list(lengths.items())[:4])
                self.fault(("zip", i), f"columns of unequal lengths ({told})", "as many values for each key")
            elif len(columns) == len(group):
                self.crossed.append(Listed(columns))
                self.zipped.append({name: written(find(name), column) for name, column in columns.items()})

    def _table(self, table: TableSpec | None, folder: Path) -> None:
        if table is None:
            return
        path = folder / table.file
        try:
            with path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except OSError as error:
            self.fault(("table", "file"), shown(table.file), f"a CSV file that can be read ({error.strerror or error})")
            return
        found = hashlib.sha256(content).hexdigest()
        if table.sha256 not in (None, found):
            self.fault(("table", "sha256"), shown(table.sha256), f"the hash of {table.file}, which is {found}; the file has changed")
        table.sha256 = found
        keys = {name: self.key(name, ("table", "columns", name)) for name in table.columns}
        cells = read_columns(content, str(path), table.columns, self, ("table", "columns"))
        columns = {}
        for name, texts in cells.items():
            if (key := keys[name]) and (column := self._column(key, texts.values, texts.mark)) is not None:
                columns[key.name] = column
        if columns and len(columns) == len(table.columns):
            self.crossed.append(Listed(columns))

    def derive(self, texts: Mapping[str, str], constants: Mapping[str, float]) -> None:
        """Derived columns, each from numbers that stand before it and those of the base case."""
        known = {name for name in self.places if find(name).kind not in _TEXT_KINDS} | constants.keys()
        for name, text in texts.items():
            place = ("derive", name)
            key = self.key(name, place)
            if key is None:
                continue
            if key.kind not in ("number", "whole"):
                self.fault(place, f"an expression for {name}", "a key whose values are numbers", key=True)
                continue
            try:
                self.derived[key.name] = parse(text.strip(), known - {key.name})
            except ExpressionError as error:
                self.fault(place, f"{error.got} in column {error.column} of the expression", error.expected, error.hint)
            known.add(key.name)

    def key(self, name: str, place: Path_) -> Key | None:
        """The key of a name that is said here for the first time; else a fault."""
        try:
            key = find(name)
        except UnknownKeyError as error:
            got = f"the unknown key {shown(name)}"
            self.fault(place, got, error.expected, f"did you mean {error.near!r}?" if error.near else "", key=True)
            return None
        # Both sides of a pair at once, beside one of them, are the same value said twice.
        whole, sides = f"{key.section}.{key.field}", (f"{key.name}.{item}" for item in pair_items(key.field))
        for other in (key.name, whole if key.item else "", *sides):
            if other in self.places:
                again = "a second time" if other == key.name else f"beside {other}"
                first = self.document.mark(self.places[other], key=True)
                self.fault(place, f"{name} {again}", "every value said once", f"it stands in {first} too", key=True)
                return None
        self.places[key.name] = place
        return key

    def _range(self, key: Key, spec: RangeSpec, place: Path_) -> None:
        first, last = spec.range
        inside = [self._inside(key, value, (*place, "range", i)) for i, value in enumerate(spec.range)]
        count = spec.count
        if first == last:
            self.fault((*place, "range"), shown(list(spec.range)), "two different numbers")
        elif (spec.count is None) == (spec.step is None):
            self.fault(place, "count and step" if spec.step is not None else "neither count nor step", "one of them", key=True)
        elif spec.step is not None and (count := self._steps(spec, place)) is None:
            return
        elif key.kind == "whole" and count is not None and (first % 1 or (last - first) % (count - 1)):
            self.fault(place, f"{count} values from {first:g} to {last:g}", "whole numbers", key=True)
        elif count is not None and all(inside):
            self.crossed.append(Range(key.name, first, last, count))
            self.specs[key.name] = {"range": [first, last], "count": count}

    def _steps(self, spec: RangeSpec, place: Path_) -> int | None:
        """How many values a step gives, if it leads from one end to the other."""
        first, last, step = (Fraction(repr(float(value))) for value in (*spec.range, spec.step or 0.0))
        number = (last - first) / step if step else Fraction(-1)
        if number.denominator != 1 or not 1 <= number < MOST_RANGE:
            expected = f"a step that leads from {spec.range[0]:g} to {spec.range[1]:g} in at most {MOST_RANGE:.0e} equal steps"
            self.fault((*place, "step"), shown(spec.step), expected)
            return None
        return int(number) + 1

    def _random(self, key: Key, spec: Any, place: Path_) -> None:
        kind: Any = next(kind for kind in ("uniform", "normal", "lognormal", "triangular") if hasattr(spec, kind))
        given, within = getattr(spec, kind), getattr(spec, "within", None)
        parameters = self._of_table(key, (*place, kind)) if given == "table" else given
        if parameters is None:
            return
        known = [((*place, kind, i), value) for i, value in enumerate(parameters) if kind in ("uniform", "triangular")]
        known += [((*place, "within", i), value) for i, value in enumerate(within or ())]
        inside = [self._inside(key, value, where) for where, value in known]
        try:
            marginal = Marginal(key.name, kind, tuple(parameters), within)
        except ValueError as error:
            got, _, expected = str(error).partition(": expected ")
            self.fault((*place, "within" if got.startswith("within") else kind), got, expected)
            return
        if all(inside):
            self.marginals.append(marginal)
            self.specs[key.name] = {kind: list(parameters)} | ({"within": list(within)} if within else {})

    def _of_table(self, key: Key, place: Path_) -> tuple[float, float] | None:
        """Mean and SD of a geometry value as its table has them."""
        if key.name not in geometry_names():
            self.fault(place, "'table'", "[mean, SD]; only geometry values have a table", "geometry.table.item.parameter")
            return None
        entry = SpineModel.default().tables.entries[geometry_names()[key.name]]
        if not entry.sd:
            self.fault(place, "'table'", "[mean, SD]; the table gives no SD for this value")
            return None
        return entry.value, entry.sd

    def _column(
        self, key: Key, values: Sequence[Any], where: Path_ | Callable[[int], Mark], *, unique: bool = False
    ) -> NDArray[Any] | None:
        """Values of a key as a column, or ``None`` if there is a fault among them."""
        before, seen = len(self.problems), set()
        column = []
        for i, raw in enumerate(values):
            place = where(i) if callable(where) else (*where, i)
            value = self._value(key, raw, place)
            if unique and value is not None and value in seen:
                self.fault(place, f"{shown(raw)} a second time", "every value once")
            seen.add(value)
            column.append(value)
        if len(self.problems) > before:
            return None
        kinds: dict[str, Any] = {"number": np.float64, "exponent": np.float64, "whole": np.int64}
        return np.array(column, kinds.get(key.kind, np.str_))

    def _value(self, key: Key, raw: Any, place: Path_ | Mark) -> Any:
        """One value as columns hold it; ``None`` and a fault if it is none."""
        number = isinstance(raw, (int, float)) and not isinstance(raw, bool)
        match key.kind:
            case "number" if number:
                return float(raw) if self._inside(key, raw, place) else None
            case "whole" if number and float(raw).is_integer():
                return int(raw) if self._inside(key, raw, place) else None
            case "exponent" if (number or isinstance(raw, str)) and raw in EXPONENTS:
                return EXPONENTS[raw]
            case "names" if isinstance(raw, list) and len(set(map(str, raw))) == len(raw) and all(name in key.choices for name in raw):
                return SUPPORT_SIGN.join(name for name in key.choices if name in raw)
        choices = self.presets if key.kind == "preset" else key.choices
        if key.kind in ("name", "preset") and raw in choices:
            return raw
        many = {"names": f"a list of some of {', '.join(choices)}", "exponent": "2, 3 or min-max", "whole": "a whole number"}
        expected = many.get(key.kind) or (f"one of {', '.join(choices)}" if choices else "a number")
        self.fault(
            place, "nothing" if raw is None else shown(raw), expected, did_you_mean(raw, choices, 0.5) if isinstance(raw, str) else ""
        )
        return None

    def _inside(self, key: Key, value: float, place: Path_ | Mark) -> bool:
        """Whether a number can be computed; else a fault."""
        if key.limits is None:
            return True
        lo, hi = key.limits.computable
        if not lo <= value <= hi:
            unit = "" if key.unit == "1" else f" {key.unit}"
            self.fault(place, f"{value:g}", f"{lo:g} to {hi:g}{unit}, the computable range of {key.name}")
        return lo <= value <= hi

    def judge_posture(self, said: set[str], base: Posture) -> None:
        """Faults of postures that would be said in two ways, or half; ``said`` are the keys that the base posture writes."""
        varied = {find(name).field: place for name, place in self.places.items() if find(name).section == "posture"}
        given = (said - {"preset"}) | varied.keys()
        for first, others in EXCLUSIVE:
            for other in (k for k in others if first in given and k in given and (k in varied or first in varied)):
                place = varied[other] if other in varied else varied[first]
                self.fault(place, f"{other} beside {first}", "one of them", TWO_WAYS, key=True)
        if "lumbar_share" in varied and "trunk_inclination_deg" not in given and base.trunk_inclination_deg is None:
            self.fault(varied["lumbar_share"], "no trunk_inclination_deg", "both keys, or neither", key=True)
        hands = [name for name in self.places if name.startswith("posture.hand_position_mm.")]
        if len(hands) == 1 and base.hand_position_mm is None:
            expected = "anterior and superior, or a base with a hand_position_mm"
            self.fault(self.places[hands[0]], f"{hands[0]} alone", expected, key=True)


def written(key: Key, column: NDArray[Any]) -> list[Any]:
    """A column as it is written in a config."""
    values = column.tolist()
    if key.kind == "exponent":
        names = {value: name for name, value in EXPONENTS.items()}
        return [names[value] for value in values]
    return [text.split(SUPPORT_SIGN) if text else [] for text in values] if key.kind == "names" else values
