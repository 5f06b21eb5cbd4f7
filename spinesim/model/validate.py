"""Checks of what a Python caller gives: kinds of values, known names, pairs, and keys that exclude each other.

Sizes are checked by :mod:`spinesim.model.ranges`. A wrong kind of value is a ``TypeError``, a wrong value a ``ValueError``;
both name the field, the value, what was expected and, where there is one, the nearest valid name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from numbers import Integral, Real
from typing import Any, Final

from spinesim.model.fascicles import muscle_names
from spinesim.model.load import Load
from spinesim.model.names import GRAVITIES, HANDS, LEVELS, STANCES, SUPPORTS, unknown_name
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject

KINDS: Final = (Subject, Posture, Load)
SEXES: Final = ("male", "female")
_CHOICES: Final = {
    "subject.sex": SEXES, "posture.gravity": GRAVITIES, "posture.stance": STANCES, "load.hands": HANDS,
}  # fmt: skip
_BY_GROUP: Final = ("subject.strength", "subject.min_activation", "subject.max_activation")
_TISSUE: Final = "subject.tissue"  # its names are those of tables, which the model checks
_PAIRS: Final = {"posture.hand_position_mm": "(anterior, superior)"}
_SIDES: Final = "(left, right)"


def check(subject: Subject, posture: Posture, load: Load) -> None:
    """Refuse a case that cannot be understood.

    Raises
    ------
    TypeError
        If a value is of the wrong kind: text for a number, one number for a pair of sides, a list for a mapping.
    ValueError
        If a name is unknown, a pair has not two values, or two values exclude each other.
    """
    for kind, part in zip(KINDS, (subject, posture, load), strict=True):
        check_part(kind, part)


def check_part(kind: type[Subject | Posture | Load], part: Any) -> None:
    """The same for one of the three, which must be of ``kind``."""
    section = kind.__name__.lower()
    if not isinstance(part, kind):
        raise TypeError(f"{section}: {_shown(part)} is a {type(part).__name__}; expected a spinesim.{kind.__name__}")
    for field in fields(part):
        _check_field(f"{section}.{field.name}", str(field.type), getattr(part, field.name))
    if isinstance(part, Subject):
        _check_bounds(part)
    if isinstance(part, Posture):
        _check_one_way(part)


def _check_field(name: str, kind: str, value: Any) -> None:
    """One field by the kind that its dataclass declares."""
    if value is None and kind.endswith("| None"):
        return
    if name in _CHOICES:
        _check_name(name, value, _CHOICES[name])
    elif kind.startswith("Mapping"):
        _check_mapping(name, value, whole="int" in kind)
    elif name == "posture.support":
        _check_supports(name, value)
    elif kind.startswith("tuple"):
        _check_pair(name, value, _PAIRS.get(name, _SIDES))
    else:
        _check_number(name, value)


def _check_number(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name}: {_shown(value)} is not a number{_as_number(value)}")


def _check_pair(name: str, value: Any, of: str) -> None:
    if not isinstance(value, (tuple, list)):
        example = f", for example ({value:g}, {value:g})" if isinstance(value, Real) and of == _SIDES else ""
        raise TypeError(f"{name}: {_shown(value)} is not a pair; expected two numbers {of}{example}")
    if len(value) != 2:
        raise ValueError(f"{name}: {_shown(value)} has {len(value)} values; expected two numbers {of}")
    for item in value:
        _check_number(name, item)


def _check_mapping(name: str, value: Any, *, whole: bool) -> None:
    keys = muscle_names() if name in _BY_GROUP else LEVELS
    kind, example = (
        ("table value", "facets.gap") if name == _TISSUE else ("muscle group", "multifidus") if name in _BY_GROUP else ("level", "L4-L5")
    )
    if not isinstance(value, Mapping):
        raise TypeError(f"{name}: {_shown(value)} is not a mapping; expected a number by {kind}, for example {{{example!r}: 1}}")
    for key, item in value.items():
        if name != _TISSUE:
            _check_name(name, key, keys)
        _check_number(f"{name}.{key}", item)
        if whole and not isinstance(item, Integral):
            raise TypeError(f"{name}.{key}: {_shown(item)} is not a whole number")


def _check_supports(name: str, value: Any) -> None:
    if isinstance(value, str) or not isinstance(value, (tuple, list)):
        raise TypeError(f"{name}: {_shown(value)} is not a tuple of names; expected some of {', '.join(SUPPORTS)}, as in ('backrest',)")
    for item in value:
        _check_name(name, item, SUPPORTS)


def _check_name(name: str, value: Any, expected: tuple[str, ...]) -> None:
    if value not in expected:
        raise ValueError(unknown_name(name, value, expected))


def _check_bounds(subject: Subject) -> None:
    for group, lower in subject.min_activation.items():
        upper = subject.max_activation.get(group, 1.0)
        if lower > upper:
            raise ValueError(
                f"subject.min_activation.{group} = {lower:g} is above subject.max_activation.{group} = {upper:g}; expected at most that"
            )


def _check_one_way(posture: Posture) -> None:
    """A posture is said in one way."""
    relaxed = Posture()
    if posture.lumbar_share is not None and posture.trunk_inclination_deg is None:
        raise ValueError("posture.lumbar_share needs posture.trunk_inclination_deg; give both or neither")
    for key in ("upper_arm_deg", "forearm_deg"):
        if posture.hand_position_mm is not None and tuple(getattr(posture, key)) != getattr(relaxed, key):
            raise ValueError(f"posture: hand_position_mm and {key} are two ways of saying one posture; give one of them")


def _as_number(value: Any) -> str:
    """A hint where text holds the number that was meant."""
    try:
        return f"; expected {float(value):g} without quotes" if isinstance(value, str) else "; expected one number"
    except ValueError:
        return "; expected one number"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
