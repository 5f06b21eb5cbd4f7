"""Hold a document against a schema and say every fault in the words of the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from spinesim.config.document import Document, Path_
from spinesim.config.errors import ConfigError, Problem, did_you_mean, nearest, shown
from spinesim.config.schema import SECTIONS, CaseModel, Strict
from spinesim.model.names import MOST_NAMES

M = TypeVar("M", bound=Strict)

_EXPECTED = {
    "float_type": "a number",
    "finite_number": "a finite number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "text",
    "dict_type": "a mapping",
    "list_type": "a list",
    "model_type": "a mapping",
    "tuple_type": "a list",
    "too_long": "a shorter list",
    "too_short": "at least {min_length} value",
    "greater_than_equal": "{ge:g} or more",
    "less_than_equal": "{le:g} or less",
}
_TUPLES = {
    "hand_position_mm": "two numbers [anterior, superior]",
    "range": "two numbers [first, last]",
    "uniform": "two numbers [lo, hi]",
    "within": "two numbers [lo, hi]",
    "normal": "two numbers [mean, SD]",
    "lognormal": "two numbers [mean, SD]",
    "triangular": "three numbers [lo, mode, hi]",
}
_MOST_FAULTS = 50  # that are told at once
_LEADING_NUMBER = re.compile(r"\s*([-+]?[0-9]+(?:[.,][0-9]+)?)\s*[^0-9]*")


def validate(model: type[M], document: Document, rules: list[Problem]) -> M:
    """The document as a model.

    Parameters
    ----------
    model
        Schema of the whole document.
    document
        What was read, with its faults of form.
    rules
        Faults found by rules that no schema can say.

    Raises
    ------
    ConfigError
        With the faults of form, of the schema and of the rules together.
    """
    problems = [*document.problems, *rules]
    known = {problem.key for problem in problems}
    result = None
    try:
        result = model.model_validate(document.data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        found = (_problem(detail, document, model) for detail in details[:_MOST_FAULTS])
        problems += [problem for problem in found if problem.key not in known]
        if unsaid := details[_MOST_FAULTS:]:
            mark = document.mark(_path(unsaid[0]["loc"], document.data))
            problems.append(Problem(mark, "", f"{len(unsaid)} more faults", "the others corrected first"))
    if problems or result is None:
        raise ConfigError(problems)
    return result


def _problem(detail: ErrorDetails, document: Document, model: type[Strict]) -> Problem:
    path, kind, value = _path(detail["loc"], document.data), detail["type"], detail["input"]
    key = ".".join(map(str, path))
    about_key = kind == "extra_forbidden" or detail["loc"][-1:] == ("[key]",)
    mark = document.mark(path, key=about_key)
    if kind == "extra_forbidden":
        return Problem(mark, key, f"the unknown key {shown(path[-1])}", *_keys(path, model))
    if kind == "literal_error":
        expected = detail["ctx"]["expected"]
        names = re.findall(r"'([^']*)'", expected)
        hint = did_you_mean(str(value), names, 0.5) if isinstance(value, str) else ""
        if len(names) > MOST_NAMES:
            expected = f"{', '.join(names[:MOST_NAMES])} or one of {len(names) - MOST_NAMES} more"
        return Problem(mark, key, shown(value), expected, hint)
    if kind == "missing":
        name = detail["loc"][-1]
        expected = _TUPLES.get(str(path[-1]), "a longer list") if isinstance(name, int) else f"the key {shown(name)} too"
        return Problem(mark, key, shown(value), expected)
    got = "nothing" if value is None else shown(value)
    expected = _EXPECTED[kind].format(**detail.get("ctx", {})) if kind in _EXPECTED else detail["msg"]
    return Problem(mark, key, got, expected, _how_to_write(kind, value))


def _path(loc: tuple[int | str, ...], data: Any) -> Path_:
    """The part of a location that exists in the file; union tags and absent keys drop out."""
    path: list[int | str] = []
    for part in loc:
        in_mapping = isinstance(data, dict) and part in data
        in_list = isinstance(data, list) and isinstance(part, int) and part < len(data)
        if in_mapping or in_list:
            data = data[part]
            path.append(part)
    return tuple(path)


def _keys(path: Path_, model: type[Strict]) -> tuple[str, str]:
    """What keys there may be at a place, and which one was probably meant."""
    word, parents = str(path[-1]), [str(p) for p in path[:-1] if not isinstance(p, int)]
    allowed = _allowed(path[:-1], model)
    expected = f"a key of {parents[-1]}" if parents else f"a key of the {model.__name__.removesuffix('Model').lower()}"
    expected += f" ({', '.join(allowed)})" if len(allowed) <= 8 else ""
    return expected, _meant(word, allowed, parents, model)


def _allowed(path: Path_, model: type[Strict]) -> list[str]:
    """Keys that may stand below a path: where the model names the place, else those of the model that its field holds."""
    parents = [str(part) for part in path]
    places = (".".join(parents), f"{parents[0]}.*", parents[-1]) if parents else ()
    if named := next((model.places[place] for place in places if place in model.places), None):
        return list(named)
    owner = _owner(path, model)
    return list(owner.model_fields) if owner else ["left", "right"]


def _owner(path: Path_, model: type[BaseModel]) -> type[BaseModel] | None:
    """The model whose keys stand below a path, if there is one."""
    owner: type[BaseModel] | None = model
    named = False  # a key of a mapping of models, such as the name of a phase
    for part in path:
        if owner is None:
            return None
        if isinstance(part, int) or named:
            named = False
            continue
        annotation = owner.model_fields[part].annotation if part in owner.model_fields else None
        owner, named = _model_in(annotation), get_origin(annotation) is dict
    return owner


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that a field holds, alone, in a list or beside something else."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def _meant(word: str, allowed: list[str], parents: list[str], model: type[Strict]) -> str:
    """The nearest key: in its own section, unless another section has it better."""
    base = "base." if "base" in model.model_fields else ""
    if base and not parents and word in SECTIONS:
        return f"did you mean 'base.{word}'?"
    for cutoff in (0.95, 0.7):
        if own := did_you_mean(word, allowed, cutoff):
            return own
        if (model is CaseModel or parents[:1] == ["base"]) and (other := _elsewhere(word, cutoff)):
            return f"did you mean {base + other!r}?"
    return did_you_mean(word, allowed, 0.5)


def _elsewhere(word: str, cutoff: float) -> str:
    homes = {key: section for section in reversed(SECTIONS) for key in SECTIONS[section].model_fields}
    # A load is the commonest thing to misplace: its mass is meant before the body's.
    homes["mass_kg"] = "load" if "load" in word else "subject"
    found = nearest(word, list(homes), cutoff)
    return f"{homes[found]}.{found}" if found else ""


def _how_to_write(kind: str, value: Any) -> str:
    if kind in ("float_type", "int_type") and isinstance(value, str) and (match := _LEADING_NUMBER.fullmatch(value)):
        return f"write {match[1].replace(',', '.')} without unit or quotes"
    if kind == "string_type" and isinstance(value, (bool, int, float)):
        return "put it in quotes"
    if kind == "tuple_type" and isinstance(value, str):
        return f"write [{value}]"
    return ""


_ANGLES = ("pelvic_tilt_deg", "flexion_deg", "lateral_deg", "rotation_deg", "trunk_inclination_deg", "lumbar_share")
# What says a posture in one way, and what says it in another.
EXCLUSIVE: Final = (
    ("preset", _ANGLES),
    ("trunk_inclination_deg", ("pelvic_tilt_deg", "flexion_deg")),
    ("hand_position_mm", ("upper_arm_deg", "forearm_deg")),
)
TWO_WAYS: Final = "these are two ways of saying one posture"


def two_ways(posture: Any, path: Path_, document: Document) -> Iterator[Problem]:
    """Faults of a posture that is said twice: preset, angles and hand position exclude each other."""
    if not isinstance(posture, dict):
        return
    given = {key for key, value in posture.items() if value is not None}
    for first, others in EXCLUSIVE:
        for key in (k for k in others if first in given and k in given):
            place = (*path, key)
            yield Problem(document.mark(place, key=True), ".".join(map(str, place)), f"{key} beside {first}", "one of them", TWO_WAYS)
    if "lumbar_share" in given and "trunk_inclination_deg" not in given and "preset" not in given:
        place = (*path, "lumbar_share")
        yield Problem(document.mark(place, key=True), ".".join(map(str, place)), "no trunk_inclination_deg", "both keys, or neither")


def crossed_bounds(subject: Any, path: Path_, document: Document) -> Iterator[Problem]:
    """Faults of muscle groups whose lower bound on activation is above the upper one."""
    tables = [subject.get(key) if isinstance(subject, dict) else None for key in ("min_activation", "max_activation")]
    lower, upper = (table if isinstance(table, dict) else {} for table in tables)
    for group in lower.keys() & upper.keys():
        lo, hi = lower[group], upper[group]
        if isinstance(lo, (int, float)) and isinstance(hi, (int, float)) and lo > hi:
            place = (*path, "min_activation", group)
            yield Problem(document.mark(place), ".".join(map(str, place)), shown(lo), f"at most max_activation, which is {hi:g}")
