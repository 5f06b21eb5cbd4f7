"""The keys of a plan's case file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from spinesim.analysis.plan.inputs import DAYS, RED_FLAGS
from spinesim.analysis.tolerance import PROTECTION_LEVELS
from spinesim.analysis.tolerance.rule import EVIDENCE_KINDS
from spinesim.config.evidence_schema import Flag
from spinesim.config.person_schema import BodyModel, FindingsModel
from spinesim.config.schema import Number, PostureModel, Strict, Text, named

Whole = Annotated[int, Field(strict=True)]
Asked = Annotated[PostureModel | None, BeforeValidator(named)]


class TaskModel(Strict):
    """A posture with a load, whose pace is unknown (a factor of 1.2) unless it is told, or an exercise with its tempo.

    Without either, the exercise of the same name.
    """

    posture: Asked = None
    exercise: Text | None = None
    dynamic_factor: Number | None = None


class ExerciseModel(TaskModel):
    """An exercise that may be planned."""

    equipment: Text | None = None
    sets: Whole = 3
    reps: tuple[Whole, ...] = (8, 10, 12)
    rest_s: Number = 60.0
    seconds_per_rep: Number | None = None
    cycles: Number | None = None
    value: Number = 1.0


class ActivityModel(TaskModel):
    """A task of ordinary days; ``counts`` says whether it is a loading in the daily count of shear."""

    times: Number
    load_kg: Number = 0.0
    days: Whole = 7
    counts: Flag = True
    confirmed: Text | None = None


class ToleratedModel(TaskModel):
    """A further task that is tolerated now, after the last event; without a posture it is an exercise of the same name."""

    load_kg: Number = 0.0
    kind: Literal[EVIDENCE_KINDS] = "daily_life"  # type: ignore[valid-type]
    weekly: Flag = True
    confirmed: Text | None = None


class EquipmentModel(Strict):
    """Loads that there are, from the lightest in equal steps."""

    from_kg: Number = 0.0
    to_kg: Number
    step_kg: Number


class GoalModel(Strict):
    """What is to be lifted at the end."""

    exercise: Text
    load_kg: Number


class SessionsModel(Strict):
    """When there is time."""

    days: tuple[Literal[DAYS], ...] = ("monday", "wednesday", "friday")  # type: ignore[valid-type]
    minutes: Number = 60.0
    hours_after_rising: Number = 2.0


class RecoveryModel(Strict):
    """What slows recovery; left out is unknown."""

    sleep_h: Number | None = None
    stress: Flag | None = None
    bent_h: Number | None = None


class PlanModel(Strict):
    """A plan's case file."""

    title: Text = ""
    description: Text = ""
    red_flags: dict[Literal[RED_FLAGS], Flag | None] = Field(default_factory=dict)  # type: ignore[valid-type]
    subject: BodyModel
    findings: FindingsModel = FindingsModel()
    max_flexion_deg: Number | None = None
    protection: Literal[PROTECTION_LEVELS] = "standard"  # type: ignore[valid-type]
    supervised: Flag = False
    goal: GoalModel
    start: Text
    weeks: Whole = 10
    sessions: SessionsModel = SessionsModel()
    equipment: dict[Text, EquipmentModel] = Field(default_factory=dict)
    exercises: dict[Text, ExerciseModel]
    daily_life: dict[Text, ActivityModel] = Field(default_factory=dict)
    job: dict[Text, ActivityModel] = Field(default_factory=dict)
    tolerates: dict[Text, ToleratedModel] = Field(default_factory=dict)
    recovery: RecoveryModel = RecoveryModel()
