"""The JSON schema of sweep files, for editors."""

from __future__ import annotations

import re
from typing import Any

from spinesim.analysis.keys import find, plain_names
from spinesim.config.json_schema import json_schema
from spinesim.config.sweep_results import ALWAYS, labels
from spinesim.config.sweep_schema import SweepModel
from spinesim.solver.variables import VARIABLES


def sweep_schema() -> dict[str, Any]:
    """JSON schema of a sweep file; the names of fields, results and factors are listed where they are few enough."""
    schema = SweepModel.model_json_schema()
    schema |= {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "spinesim sweep"}
    definitions, properties = schema["$defs"], schema["properties"]
    case = json_schema()
    definitions |= {name: entry for name, entry in case["$defs"].items() if name in definitions}
    definitions["BaseCase"]["properties"]["posture"] = case["properties"]["posture"]
    _name_keys(properties, definitions)
    output = {"enum": [name for name in VARIABLES if name not in ALWAYS]}
    selections = {
        name: {"type": "object", "additionalProperties": False, "properties": {axis: _labels(axis) for axis in variable.dims}}
        for name, variable in VARIABLES.items()
        if variable.dims and name not in ALWAYS
    }
    one = {"type": "object", "additionalProperties": False, "properties": selections, "minProperties": 1, "maxProperties": 1}
    properties["outputs"]["items"] = {"anyOf": [output, one]}
    return schema


def _labels(axis: str) -> dict[str, Any]:
    """Names along an axis; there are too many fascicles to list."""
    return {"type": "string"} if axis == "fascicle" else {"enum": list(labels(axis))}


def _name_keys(properties: dict[str, Any], definitions: dict[str, Any]) -> None:
    """Where a file names what it varies, say which names there are."""
    # Levels and sides are listed; muscles, tissue and geometry values follow a pattern.
    pattern = "|".join(re.escape(name) for name in plain_names())
    names_ = {"pattern": rf"^(posture|{pattern}|(subject\.(strength|min_activation|max_activation|tissue)|geometry|study)\.[\w.@-]+)$"}
    listed = (properties["vary"], properties["derive"], properties["zip"]["items"], definitions["TableSpec"]["properties"]["columns"])
    for mapping in listed:
        mapping["propertyNames"] = names_
    definitions["Spec"] = properties["vary"].pop("additionalProperties")
    spec = {"$ref": "#/$defs/Spec"}
    properties["vary"]["additionalProperties"] = spec
    properties["vary"]["properties"] = {name: {**spec, "description": _about(name)} for name in plain_names() if _about(name)}


def _about(name: str) -> str:
    """What a number is, and how far it may go."""
    limits = find(name).limits
    return "" if limits is None else f"{limits.computable[0]:g} to {limits.computable[1]:g} {limits.unit}; {limits.note}"
