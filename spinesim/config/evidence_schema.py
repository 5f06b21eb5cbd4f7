"""The keys of a case of published evidence and what their values may be."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from spinesim.config.schema import Level, LoadModel, Number, PostureModel, Strict, SubjectModel, Text, named
from spinesim.solver.bench import SEGMENTS

Flag = Annotated[bool, Field(strict=True)]
Group = Literal[
    "in_vivo_pressure", "in_vivo_ratio", "in_vivo_force", "specimen_rotation", "specimen_force", "specimen_share",
    "specimen_stiffness", "specimen_change", "model_to_model",
]  # fmt: skip
Segment = Literal[tuple(SEGMENTS)]  # type: ignore[valid-type]


def _listed(value: Any) -> Any:
    return value if value is None or isinstance(value, list) else [value]


class LoadingModel(Strict):
    """Load on a specimen, in the words of the bench."""

    flexion_Nm: Number = 0.0
    lateral_Nm: Number = 0.0
    axial_Nm: Number = 0.0
    follower_N: Number = 0.0
    compression_N: Number = 0.0
    anterior_shear_N: Number = 0.0
    lateral_shear_N: Number = 0.0
    hold_rotations: Flag = False
    flexion_deg: Number = 0.0
    lateral_deg: Number = 0.0
    rotation_deg: Number = 0.0


class SpecimenModel(Strict):
    """A segment on the bench."""

    segment: Segment  # type: ignore[valid-type]
    loading: LoadingModel = LoadingModel()
    without: tuple[Text, ...] = ()
    creep_mm: Number = 0.0
    subject: SubjectModel = SubjectModel()


class LivingModel(Strict):
    """A person in a posture with a load, or doing an exercise with the mass of the load."""

    subject: SubjectModel = SubjectModel()
    exercise: Text | None = None
    posture: Annotated[PostureModel, BeforeValidator(named)] = PostureModel()
    load: LoadModel = LoadModel()


class SetupModel(Strict):
    """What was tested: a specimen or a living person."""

    specimen: SpecimenModel | None = None
    living: LivingModel | None = None


class ReferenceModel(SetupModel):
    """Another set-up that the answer is held against, and how."""

    compare: Literal["ratio", "difference"] = "ratio"


class QuantityModel(Strict):
    """What is read from the answer."""

    name: Text
    level: Annotated[tuple[Level, ...] | None, BeforeValidator(_listed)] = None
    over_levels: Literal["sum", "mean", "largest", "smallest"] = "mean"
    side: Literal["left", "right", "sum", "mean", "larger", "smaller"] | None = None
    component: Text | None = None
    share_of: Any = None
    both_directions: Flag = False
    per_body_weight: Flag = False


class FigureModel(Strict):
    """A published number with its spread."""

    value: Number | None = None
    sd: Number | None = None
    lo: Number | None = None
    hi: Number | None = None


class PublishedModel(FigureModel):
    """What was published, and what its spread is."""

    unit: Text
    spread: Literal["SD", "range", "bound", "none"]


class PointModel(FigureModel):
    """A figure at one value, or one set of values, of what the case runs over."""

    at: Annotated[tuple[Any, ...], BeforeValidator(_listed)]
    judged: Flag = True


class BandModel(Strict):
    """What counts as a hit, said in one way, and why."""

    within_percent: Number | None = None
    within_sd: Number | None = None
    within: Number | None = None
    lo: Number | None = None
    hi: Number | None = None
    published_range: Literal[True] | None = None
    same_sign: Literal[True] | None = None
    because: Text


class EvidenceModel(Strict):
    """A published experiment and how to put it to the model."""

    id: Text
    title: Text
    citation: Text
    figures: tuple[Text, ...]
    status: Literal["read", "derived"]
    group: Group
    used_for_calibration: Flag
    calibrated_parameter: Text | None = None
    repeats: Text = ""
    note: Text = ""
    published: PublishedModel
    band: BandModel
    quantity: QuantityModel
    setup: SetupModel
    relative_to: ReferenceModel | None = None
    baseline: SetupModel | None = None
    over: Annotated[tuple[Text, ...], BeforeValidator(_listed)] = ()
    points: tuple[PointModel, ...] = ()


class UnaskedModel(Strict):
    """Published figures that are no case, and why."""

    figures: Annotated[tuple[Text, ...], BeforeValidator(_listed)]
    what: Text
    why: Text


class UnaskedList(Strict):
    """The file of figures that are not asked."""

    not_asked: tuple[UnaskedModel, ...]
