"""The JSON schemas of case and exercise files, for editors."""

from __future__ import annotations

from typing import Any

from spinesim.config.exercise import ExerciseModel
from spinesim.config.presets import names
from spinesim.config.schema import CaseModel
from spinesim.model.posture import MOTION
from spinesim.model.ranges import ranges


def json_schema() -> dict[str, Any]:
    """JSON schema of a case file, for editors; numbers carry their computable ranges."""
    schema = CaseModel.model_json_schema()
    schema |= {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "spinesim case"}
    for section in ("subject", "posture", "load"):
        limited(schema["$defs"][f"{section.capitalize()}Model"], section)
    schema["properties"]["posture"] = posture_schema(schema["$defs"]["PostureModel"]) | {"default": "standing"}
    return schema


def posture_schema(definition: dict[str, Any]) -> dict[str, Any]:
    """A posture by the name of its preset or as a mapping; the definition of the mapping learns the names too."""
    definition["properties"]["preset"]["anyOf"][0]["enum"] = list(names())
    return {"anyOf": [{"enum": list(names())}, {"$ref": "#/$defs/PostureModel"}]}


def limited(definition: dict[str, Any], section: str) -> None:
    """Write the ranges into the numbers of a section."""
    for key, entry in definition["properties"].items():
        entry.pop("title", None)
        _limit(entry, f"{section}.{key}")


def exercise_schema() -> dict[str, Any]:
    """JSON schema of an exercise file, likewise; what follows from the motion is no key of a keyframe."""
    schema = ExerciseModel.model_json_schema()
    schema |= {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "spinesim exercise"}
    keyframe = schema["$defs"]["KeyframeModel"]["properties"]
    for key in MOTION:
        del keyframe[key]
    limited(schema["$defs"]["KeyframeModel"], "posture")
    keyframe["preset"]["anyOf"][0]["enum"] = list(names())
    return schema


def _limit(entry: dict[str, Any], quantity: str) -> None:
    """Write the computable range into every number below a property."""
    table = ranges()
    if quantity in table:
        limits = table[quantity]
        inner = "validated from {:g} to {:g}".format(*limits.validated) + ("" if limits.unit == "1" else f" {limits.unit}")
        entry["description"] = f"{limits.note}; {inner}" if limits.note else inner
        for part in _numbers(entry):
            part["minimum"], part["maximum"] = limits.computable


def _numbers(entry: dict[str, Any]) -> list[dict[str, Any]]:
    if entry.get("type") in ("number", "integer"):
        return [entry]
    below = [*entry.get("anyOf", ()), *entry.get("oneOf", ()), entry.get("additionalProperties")]
    return [found for part in below if isinstance(part, dict) for found in _numbers(part)]
