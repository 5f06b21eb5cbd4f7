"""From validated keys to subject, posture and load, and back to keys."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Final

from spinesim.config.schema import LoadModel, PostureModel, Sides, SubjectModel
from spinesim.model.load import Load
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject

EXPONENTS: Final[dict[Any, float]] = {2: 2.0, 3: 3.0, "min-max": math.inf}

_POSTURE = {field.name for field in fields(Posture)}
_PAIRS = ("upper_arm_deg", "forearm_deg", "arm_abduction_deg")


def to_subject(model: SubjectModel) -> Subject:
    """The person of a case."""
    return Subject(**model.model_dump())


def to_load(model: LoadModel) -> Load:
    """The load of a case."""
    return Load(**model.model_dump())


def to_posture(model: PostureModel, base: Posture | None = None) -> Posture:
    """The posture of a case: what was given, on top of ``base`` or of relaxed standing."""
    given = {key: _plain(getattr(model, key)) for key in model.model_fields_set & _POSTURE}
    # Arms are said in one way: what is given replaces what the preset says in the other.
    if given.get("hand_position_mm") is not None:
        given |= {"upper_arm_deg": Posture().upper_arm_deg, "forearm_deg": Posture().forearm_deg}
    elif given.keys() & {"upper_arm_deg", "forearm_deg"}:
        given["hand_position_mm"] = None
    given |= {key: (given[key],) * 2 for key in _PAIRS if isinstance(given.get(key), float)}
    return replace(base or Posture(), **given)


def resolved(subject: Subject, posture: Posture, load: Load, exponent: float) -> dict[str, Any]:
    """The case with every key written out; read again it gives the same case."""
    names = {value: key for key, value in EXPONENTS.items()}
    sections = {"subject": _keys(subject), "posture": posture_keys(posture), "load": _keys(load)}
    return {**sections, "solver": {"exponent": names[exponent]}}


def _plain(value: Any) -> Any:
    return (value.left, value.right) if isinstance(value, Sides) else value


def _keys(part: Subject | Posture | Load) -> dict[str, Any]:
    values = {field.name: getattr(part, field.name) for field in fields(part)}
    return {key: dict(value) if isinstance(value, Mapping) else value for key, value in values.items() if value is not None}


def posture_keys(posture: Posture) -> dict[str, Any]:
    """A posture with every key written out that it is said by."""
    unused: set[str] = set()
    if posture.hand_position_mm is not None:
        unused |= {"upper_arm_deg", "forearm_deg"}
    if posture.trunk_inclination_deg is not None:
        unused |= {"pelvic_tilt_deg", "flexion_deg"}
    keys = {key: value for key, value in _keys(posture).items() if key not in unused}
    keys |= {key: dict(zip(("left", "right"), keys[key], strict=True)) for key in _PAIRS if key in keys}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in keys.items()}
