"""The JSON schemas of a plan's case file, and of a row of a session log, for editors."""

from __future__ import annotations

from typing import Any, Final

from spinesim.analysis.plan.inputs import RANGES, RED_FLAGS
from spinesim.config.exercise import names as exercises
from spinesim.config.json_schema import limited, posture_schema
from spinesim.config.plan_log import COLUMNS, FLAGS, MOST, NEEDED, SCORES, WHOLE
from spinesim.config.plan_schema import PlanModel

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TASKS: Final = ("ExerciseModel", "ActivityModel", "ToleratedModel")
# Numbers of a model whose range is that of a request's quantity.
_LIMITED: Final = {
    "GoalModel": ("load_kg",),
    "ActivityModel": ("load_kg", "times", "days"),
    "ToleratedModel": ("load_kg",),
    "SessionsModel": ("minutes", "hours_after_rising"),
    "RecoveryModel": ("sleep_h", "bent_h"),
}
_POSITIVE: Final = ("rest_s", "seconds_per_rep", "cycles", "value")


def plan_schema() -> dict[str, Any]:
    """JSON schema of a plan's case file; numbers carry their ranges, tasks the names that there are."""
    schema = PlanModel.model_json_schema()
    schema |= {"$schema": _DIALECT, "title": "spinesim plan"}
    definitions, properties = schema["$defs"], schema["properties"]
    limited(definitions["BodyModel"], "subject")
    limited(definitions["PostureModel"], "posture")
    named = posture_schema(definitions["PostureModel"])
    for model in _TASKS:
        definitions[model]["properties"]["posture"] = named
        definitions[model]["properties"]["exercise"]["anyOf"][0]["enum"] = list(exercises())
    for model, keys in _LIMITED.items():
        for key in keys:
            _bound(definitions[model]["properties"][key], RANGES[key])
    for key in _POSITIVE:
        _bound(definitions["ExerciseModel"]["properties"][key], (None, RANGES["positive"][1]), above=RANGES["positive"][0])
    _bound(properties["weeks"], RANGES["weeks"])
    properties["start"] |= {"format": "date", "description": "a Monday"}
    for model in ("ActivityModel", "ToleratedModel"):
        definitions[model]["properties"]["confirmed"]["anyOf"][0]["format"] = "date"
    properties["red_flags"]["description"] = f"all of {', '.join(RED_FLAGS)}; one left out is not answered, and there is no plan"
    return schema


def log_schema() -> dict[str, Any]:
    """JSON schema of one row of a session log as an object by column; an empty cell is null."""
    properties: dict[str, dict[str, Any]] = {
        "date": {"type": "string", "format": "date"},
        "exercise": {"type": "string", "description": "an exercise of the case, or clearance"},
        "red_flag": {"enum": [flag or None for flag in FLAGS]},
    }
    for key, most in MOST.items():
        properties[key] = {"type": ["integer" if key in WHOLE else "number", "null"], "minimum": 0, "maximum": most}
    for key in SCORES:
        properties[key]["description"] = "null is unknown, which is never green"
    return {
        "$schema": _DIALECT,
        "title": "spinesim session log, one row",
        "type": "object",
        "properties": {key: properties[key] for key in COLUMNS},
        "required": list(NEEDED),
        "additionalProperties": False,
    }


def _bound(entry: dict[str, Any], limits: tuple[float | None, float], above: float | None = None) -> None:
    """Write a range into every number below a property."""
    low = {"minimum": limits[0]} if above is None else {"exclusiveMinimum": above}
    for part in (entry, *entry.get("anyOf", ())):
        if part.get("type") in ("number", "integer"):
            part |= low | {"maximum": limits[1]}
