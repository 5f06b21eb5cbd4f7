"""The keys of a case file and what their values may be.

Field names, units and defaults are those of :class:`~spinesim.model.subject.Subject`,
:class:`~spinesim.model.posture.Posture` and :class:`~spinesim.model.load.Load`. Only form is judged here; how far
a number may go is judged against the ranges of the model.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from spinesim.model.fascicles import muscle_names
from spinesim.model.names import GRAVITIES, HANDS, LEVELS, STANCES, SUPPORTS

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Grade = Annotated[int, Field(strict=True)]
Text = Annotated[str, Field(strict=True)]

# The names live in one place, so the literals are made from them.
Level = Literal[LEVELS]  # type: ignore[valid-type]
Muscle = Literal[muscle_names()]  # type: ignore[valid-type]

PerLevel = dict[Level, Number]
PerMuscle = dict[Muscle, Number]  # type: ignore[valid-type]


class Strict(BaseModel):
    """A mapping that takes no other keys than its fields."""

    model_config = ConfigDict(extra="forbid")

    # Keys that may stand at a place of the file, for hints: by the name of the place, ``*`` for a name of the user's own.
    places: ClassVar[dict[str, tuple[str, ...]]] = {}


class Sides(Strict):
    """One number for each side."""

    left: Number
    right: Number


def _form(value: Any) -> str:
    return "sides" if isinstance(value, (dict, Sides)) else "number"


Pair = Annotated[Annotated[Number, Tag("number")] | Annotated[Sides, Tag("sides")], Discriminator(_form)]


class SubjectModel(Strict):
    """The person."""

    mass_kg: Number = 70.0
    stature_m: Number = 1.68
    sex: Literal["male", "female"] = "male"
    age_years: Number = 45.0
    sacral_slope_deg: Number | None = None
    lordosis_deg: Number | None = None
    disc_grade: dict[Level, Grade] = {}
    facet_angle_left_deg: PerLevel = {}
    facet_angle_right_deg: PerLevel = {}
    facet_gap_left_mm: PerLevel = {}
    facet_gap_right_mm: PerLevel = {}
    strength: PerMuscle = {}
    min_activation: PerMuscle = {}
    max_activation: PerMuscle = {}
    segment_flexion_deg: PerLevel = {}
    segment_lateral_deg: PerLevel = {}
    segment_rotation_deg: PerLevel = {}
    segment_slip_mm: PerLevel = {}
    tissue: dict[Text, Number] = {}
    resting_tone: Number | None = None


class PostureModel(Strict):
    """The posture: a preset with overrides, or angles; arms by angles or by the position of the hands."""

    preset: Text | None = None
    description: Text = ""
    carried: Literal["both", "left", "right", "back"] | None = None
    pelvic_tilt_deg: Number = 0.0
    flexion_deg: Number = 0.0
    lateral_deg: Number = 0.0
    rotation_deg: Number = 0.0
    trunk_inclination_deg: Number | None = None
    lumbar_share: Number | None = None
    pelvic_lateral_deg: Number = 0.0
    pelvic_rotation_deg: Number = 0.0
    upper_arm_deg: Pair = 5.0
    forearm_deg: Pair = 20.0
    arm_abduction_deg: Pair = 0.0
    hand_position_mm: tuple[Number, Number] | None = None
    hip_flexion_deg: Number | None = None
    knee_flexion_deg: Number = 0.0
    gravity: Literal[GRAVITIES] = "standing"  # type: ignore[valid-type]
    stance: Literal[STANCES] = "both"  # type: ignore[valid-type]
    support: tuple[Literal[SUPPORTS], ...] = ()  # type: ignore[valid-type]
    tone: Number = 1.0
    armrest_share: Number = 0.0
    flexion_rate_deg_s: Number = 0.0
    flexion_acceleration_deg_s2: Number = 0.0
    pelvic_rate_deg_s: Number = 0.0
    pelvic_acceleration_deg_s2: Number = 0.0
    lift_acceleration_m_s2: Number = 0.0
    hip_rise_acceleration_m_s2: Number = 0.0
    hip_advance_acceleration_m_s2: Number = 0.0


class LoadModel(Strict):
    """What the person carries, pushes or pulls."""

    mass_kg: Number = 0.0
    hands: Literal[HANDS] = "both"  # type: ignore[valid-type]
    backpack_kg: Number = 0.0
    push_N: Number = 0.0
    lift_N: Number = 0.0
    side_N: Number = 0.0


class SolverModel(Strict):
    """How the muscles share the work: the exponent of their activation in the cost."""

    exponent: Literal[2, 3, "min-max"] = 2


def named(value: Any) -> Any:
    """A posture that is given by the name of its preset alone, as a mapping."""
    return {"preset": value} if isinstance(value, str) else value


class BaseCase(Strict):
    """What is solved, without words about it."""

    subject: SubjectModel = SubjectModel()
    posture: Annotated[PostureModel, BeforeValidator(named)] = PostureModel()
    load: LoadModel = LoadModel()
    solver: SolverModel = SolverModel()


class CaseModel(BaseCase):
    """A case file."""

    title: Text = ""
    description: Text = ""


SECTIONS: dict[str, type[BaseModel]] = {"subject": SubjectModel, "posture": PostureModel, "load": LoadModel, "solver": SolverModel}
