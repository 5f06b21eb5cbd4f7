"""The keys of a person's file: body, findings, tolerated tasks, and how careful to be."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from spinesim.analysis.tolerance import PROTECTION_LEVELS
from spinesim.analysis.tolerance.person import BULGES, LOSSES
from spinesim.analysis.tolerance.rule import EVIDENCE_KINDS
from spinesim.config.evidence_schema import Flag
from spinesim.config.json_schema import limited, posture_schema
from spinesim.config.schema import Grade, Level, Number, PerLevel, PostureModel, Strict, SubjectModel, Text, named

AskedPosture = Annotated[PostureModel | None, BeforeValidator(named)]


class BodyModel(SubjectModel):
    """The person's body; what decides strength has no default."""

    mass_kg: Number
    stature_m: Number
    sex: Literal["male", "female"]
    age_years: Number


class FindingsModel(Strict):
    """What is known of the spine; left out is unknown, an empty mapping is examined and without finding."""

    disc_grade: dict[Level, Grade] | None = None
    bulge: dict[Level, Literal[BULGES]] | None = None  # type: ignore[valid-type]
    facet_loss: dict[Level, Literal[LOSSES]] | None = None  # type: ignore[valid-type]
    tropism_deg: PerLevel | None = None
    osteoporosis: Flag | None = None
    vertebral_fracture: Flag | None = None
    steroids: Flag | None = None
    red_flags: Flag | None = None


class ToleratedModel(Strict):
    """A task that is done now, without flare-up."""

    posture: AskedPosture = None
    exercise: Text | None = None
    load_kg: Number = 0.0
    kind: Literal[EVIDENCE_KINDS] = "daily_life"  # type: ignore[valid-type]
    times_a_day: Number | None = None
    since: Text | None = None
    dynamic_factor: Number | None = None


class PersonModel(Strict):
    """A person's file."""

    title: Text = ""
    description: Text = ""
    subject: BodyModel
    findings: FindingsModel = FindingsModel()
    tolerates: tuple[ToleratedModel, ...] = ()
    protection: Literal[PROTECTION_LEVELS] = "strict"  # type: ignore[valid-type]
    daily_loadings: Number | None = None
    max_flexion_deg: Number | None = None
    step_kg: Number = 1.0
    date: Text | None = None
    last_event: Text | None = None


class QuestionModel(PersonModel):
    """A person's file with the posture that is asked about."""

    posture: AskedPosture = None


def person_schema() -> dict[str, Any]:
    """JSON schema of a person's file, for editors; numbers of the body carry their computable ranges."""
    schema = PersonModel.model_json_schema()
    schema |= {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "spinesim person"}
    definitions = schema["$defs"]
    limited(definitions["BodyModel"], "subject")
    limited(definitions["PostureModel"], "posture")
    definitions["ToleratedModel"]["properties"]["posture"] = posture_schema(definitions["PostureModel"])
    for name in ("date", "last_event"):
        schema["properties"][name]["anyOf"][0]["format"] = "date"
    definitions["ToleratedModel"]["properties"]["since"]["anyOf"][0]["format"] = "date"
    return schema
