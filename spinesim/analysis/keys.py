"""The dotted names of everything that a study can vary, and what their values may be."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Final, Literal

from spinesim.model.anatomy import SpineModel
from spinesim.model.fascicles import muscle_names
from spinesim.model.load import Load
from spinesim.model.names import GRAVITIES, HANDS, LEVELS, STANCES, SUPPORTS
from spinesim.model.posture import Posture
from spinesim.model.ranges import Range, ranges
from spinesim.model.subject import Subject
from spinesim.model.validate import SEXES

PRESET: Final = "posture.preset"
EXPONENT: Final = "solver.exponent"
SECTIONS: Final = ("subject", "posture", "load", "solver", "geometry", "study")

_PARTS: Final = {"subject": Subject, "posture": Posture, "load": Load}
_CHOICES: Final = {
    "subject.sex": SEXES, "posture.gravity": GRAVITIES, "posture.stance": STANCES, "load.hands": HANDS, "posture.support": SUPPORTS,
}  # fmt: skip
_MUSCLES: Final = ("strength", "min_activation", "max_activation")
_STUDY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
# Figures that the packing of a person does not read: varying them would change nothing.
_UNREAD_TABLES, _UNREAD_PREFIX = ("calibration",), "published_"

Kind = Literal["number", "whole", "name", "names", "preset", "exponent"]
Entry = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Key:
    """One name.

    Attributes
    ----------
    name
        As columns are called; ``posture`` for the preset is ``posture.preset``.
    kind
        ``number``; ``whole`` number; ``name`` among choices; ``names``, any of the choices; ``preset``; ``exponent``.
    section, field, item
        Its parts; ``field`` and ``item`` are empty where there are none.
    choices
        Names that it may take.
    limits
        How far numbers may go; ``None`` where no range is known.
    unit
        Of numbers.
    """

    name: str
    kind: Kind
    section: str
    field: str = ""
    item: str = ""
    choices: tuple[str, ...] = ()
    limits: Range | None = None
    unit: str = "1"


class UnknownKeyError(ValueError):
    """A dotted name that says nothing that can be varied; ``expected`` and ``near`` (may be empty) say what would."""

    def __init__(self, name: str, expected: str, near: str) -> None:
        self.expected, self.near = expected, near
        super().__init__(f"{name[:80]!r} cannot be varied; expected {expected}" + (f"; did you mean {near!r}?" if near else ""))


@cache
def find(name: str) -> Key:
    """What a dotted name says.

    Raises
    ------
    UnknownKeyError
        If it says nothing, with the nearest name that does.
    """
    section, _, rest = name.partition(".")
    if name in ("posture", PRESET):
        return Key(PRESET, "preset", "posture", "preset")
    if name == EXPONENT:
        return Key(name, "exponent", "solver", "exponent", choices=("2", "3", "min-max"))
    if section == "geometry":
        return _geometry(name, rest)
    if section == "study":
        if not _STUDY.fullmatch(rest):
            raise UnknownKeyError(name, "study. and one word, for example study.tropism_deg", "")
        return Key(name, "number", section, rest)
    if section in _PARTS:
        return _field(name, section, rest)
    raise UnknownKeyError(name, f"a name that begins with {', '.join(SECTIONS)}", _elsewhere(name))


@cache
def plain_names() -> tuple[str, ...]:
    """Every name but those of muscles, tissue, geometry and of the study's own, in the order of the fields."""
    found = []
    for section, part in _PARTS.items():
        for f in fields(part):
            name, kind = f"{section}.{f.name}", str(f.type)
            if kind.startswith("Mapping"):
                found += [f"{name}.{level}" for level in LEVELS if f.name not in (*_MUSCLES, "tissue")]
            else:
                found += [name] * (f.name != "hand_position_mm")
                found += [f"{name}.{item}" for item in pair_items(f.name) if kind.startswith("tuple[float")]
    return (*found, PRESET, EXPONENT)


def pair_items(field: str) -> tuple[str, str]:
    """Names of the two numbers of a pair."""
    return ("anterior", "superior") if field == "hand_position_mm" else ("left", "right")


@cache
def geometry_names() -> Mapping[str, Entry]:
    """Table, item and parameter of every geometry value, by dotted name."""
    return {f"geometry.{'.'.join(entry)}": entry for entry in SpineModel.default().tables.entries if _read(entry)}


def _read(entry: Entry) -> bool:
    table, _, parameter = entry
    return table not in _UNREAD_TABLES and not parameter.startswith(_UNREAD_PREFIX)


def _geometry(name: str, rest: str) -> Key:
    if name not in geometry_names():
        tables = sorted({table for table, _, _ in geometry_names().values()})
        table = rest.partition(".")[0]
        known = [n for n in geometry_names() if n.startswith(f"geometry.{table}.")] or [f"geometry.{t}" for t in tables]
        raise UnknownKeyError(name, "geometry.table.item.parameter, as in geometry.facets.L4-L5.gap", _near(name, known))
    table, item, parameter = geometry_names()[name]
    return Key(
        name, "number", "geometry", table, f"{item}.{parameter}", unit=SpineModel.default().tables.entries[table, item, parameter].unit
    )


def _field(name: str, section: str, rest: str) -> Key:
    """A field of subject, posture or load, with the item of mappings and pairs."""
    field, _, item = rest.partition(".")
    kinds = {f.name: str(f.type) for f in fields(_PARTS[section])}
    if field not in kinds:
        home = next((known for known in _fields() if known.partition(".")[2] == field), "")
        near = home or _near(f"{section}.{field}", [f"{section}.{k}" for k in kinds]) or _elsewhere(name)
        raise UnknownKeyError(name, f"a key of {section}", near)
    quantity = f"{section}.{field}"
    if quantity in _CHOICES:
        return Key(_alone(name, quantity, item), "names" if field == "support" else "name", section, field, "", _CHOICES[quantity])
    if kinds[field].startswith("Mapping"):
        _known(name, quantity, item, _items(field))
        return _number(name, section, field, item, quantity, "whole" if "int" in kinds[field] else "number")
    if kinds[field].startswith("tuple"):
        if item or field == "hand_position_mm":
            _known(name, quantity, item, pair_items(field))
        return _number(name, section, field, item, f"{quantity}.{item}" if field == "hand_position_mm" else quantity)
    return _number(_alone(name, quantity, item), section, field, "", quantity)


def _number(name: str, section: str, field: str, item: str, quantity: str, kind: Kind = "number") -> Key:
    limits = ranges().get(quantity)
    return Key(name, kind, section, field, item, (), limits, limits.unit if limits else "1")


@cache
def _items(field: str) -> tuple[str, ...]:
    if field == "tissue":
        tables = [entry for entry in SpineModel.default().tables.entries if _read(entry)]
        return tuple(dict.fromkeys([f"{t}.{p}" for t, _, p in tables] + [".".join(entry) for entry in tables]))
    return muscle_names() if field in _MUSCLES else LEVELS


def _alone(name: str, quantity: str, item: str) -> str:
    if item:
        raise UnknownKeyError(name, f"{quantity} alone", quantity)
    return name


def _known(name: str, quantity: str, item: str, items: Collection[str]) -> None:
    if item not in items:
        some = ", ".join(items) if len(items) <= 6 else f"{next(iter(items))} and the like"
        near = _near(item, list(items))
        raise UnknownKeyError(name, f"{quantity}. and one of {some}", f"{quantity}.{near}" if near else "")


@cache
def _fields() -> tuple[str, ...]:
    own = [f"{section}.{f.name}" for section, part in _PARTS.items() for f in fields(part)]
    return (*own, PRESET, EXPONENT)


def _elsewhere(name: str) -> str:
    """The nearest field of any section, also for a name that leaves its section out."""
    bare = name.rpartition(".")[2]
    homes = {known.partition(".")[2]: known for known in reversed(_fields())}
    return _near(name, _fields(), 0.75) or homes.get(_near(bare, tuple(homes)), "")


def _near(word: str, candidates: Collection[str], cutoff: float = 0.5) -> str:
    found = difflib.get_close_matches(word[:80], candidates, 1, cutoff)
    return found[0] if found else ""
