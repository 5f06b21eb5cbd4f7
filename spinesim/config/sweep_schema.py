"""The keys of a sweep file. Only form is judged here; names and sizes are judged against the model."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag, WithJsonSchema

from spinesim.config.schema import BaseCase, Number, PostureModel, Strict, Text

# Tags of unions stand in brackets, so that none is taken for a key of the file.
Count = Annotated[int, Field(strict=True, ge=1)]
Seed = Annotated[int, Field(strict=True, ge=0, le=2**63 - 1)]
Pair = tuple[Number, Number]
# Values are judged with their key, which says whether they are numbers or names.
Value = Annotated[Any, WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}, {"type": "array", "items": {"type": "string"}}]})]
Values = Annotated[list[Value], Field(strict=True, min_length=1)]


def _by_table(value: Any) -> str:
    return "(table)" if isinstance(value, str) else "(numbers)"


MeanAndSd = Annotated[Annotated[Pair, Tag("(numbers)")] | Annotated[Literal["table"], Tag("(table)")], Discriminator(_by_table)]


class RangeSpec(Strict):
    """Equally spaced values, both ends among them: how many, or how far apart."""

    range: Pair
    count: Annotated[int, Field(strict=True, ge=2, le=10**9)] | None = None
    step: Number | None = None


class UniformSpec(Strict):
    """Random, everywhere alike between two numbers."""

    uniform: Pair


class NormalSpec(Strict):
    """Random, normal by mean and SD, or by those of the geometry table."""

    normal: MeanAndSd
    within: Pair | None = None


class LognormalSpec(Strict):
    """Random and positive, lognormal by the mean and SD of the value itself, or by those of the geometry table."""

    lognormal: MeanAndSd
    within: Pair | None = None


class TriangularSpec(Strict):
    """Random, triangular between two numbers."""

    triangular: tuple[Number, Number, Number]


FORMS = ("range", "uniform", "normal", "lognormal", "triangular")


def _form(value: Any) -> str | None:
    """Which specification a value is."""
    if isinstance(value, list):
        return "(list)"
    if isinstance(value, Strict):
        value = value.model_fields_set
    return next((f"({form})" for form in FORMS if form in value), None) if isinstance(value, (dict, set)) else None


Spec = Annotated[
    Annotated[Values, Tag("(list)")]
    | Annotated[RangeSpec, Tag("(range)")]
    | Annotated[UniformSpec, Tag("(uniform)")]
    | Annotated[NormalSpec, Tag("(normal)")]
    | Annotated[LognormalSpec, Tag("(lognormal)")]
    | Annotated[TriangularSpec, Tag("(triangular)")],
    Discriminator(
        _form,
        custom_error_type="no_spec",
        custom_error_message=f"a list of values such as [1, 2, 3], or a mapping with one of {', '.join(FORMS)}",
    ),
]


class TableSpec(Strict):
    """Columns of a CSV file that go together: key by column name."""

    file: Text
    columns: Annotated[dict[Text, Text], Field(min_length=1)]
    sha256: Text | None = None


class SamplingSpec(Strict):
    """How random quantities are drawn."""

    samples: Count
    method: Literal["sobol", "halton", "random"] = "sobol"
    seed: Seed = 0


class Bins(Strict):
    """Equal bins."""

    lo: Number
    hi: Number
    count: Annotated[int, Field(strict=True, ge=1, le=100_000)]


Percent = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=100)]


class PercentilesSpec(Strict):
    """Percentiles of an output, or of every output."""

    percentiles: Annotated[list[Percent], Field(strict=True, min_length=1)]
    of: Text = ""
    by: Annotated[list[Text], Field(strict=True)] = Field(default_factory=list)


class HistogramSpec(Strict):
    """Counts of an output in equal bins."""

    histogram: Bins
    of: Text
    by: Annotated[list[Text], Field(strict=True)] = Field(default_factory=list)


class WorstSpec(Strict):
    """The rows with the highest values of an output."""

    worst: Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
    of: Text
    by: Annotated[list[Text], Field(strict=True)] = Field(default_factory=list)


SUMMARIES = ("percentiles", "histogram", "worst")


def _summary(value: Any) -> str | None:
    if isinstance(value, Strict):
        value = value.model_fields_set
    return next((f"({kind})" for kind in SUMMARIES if kind in value), None) if isinstance(value, (dict, set)) else None


SummarySpec = Annotated[
    Annotated[PercentilesSpec, Tag("(percentiles)")] | Annotated[HistogramSpec, Tag("(histogram)")] | Annotated[WorstSpec, Tag("(worst)")],
    Discriminator(
        _summary, custom_error_type="no_summary", custom_error_message=f"a mapping with one of {', '.join(SUMMARIES)}"
    ),
]  # fmt: skip

Selection = dict[Text, Text]


def _kept(value: Any) -> str:
    return "(name)" if isinstance(value, str) else "(selection)"


OutputSpec = Annotated[
    Annotated[Text, Tag("(name)")] | Annotated[dict[Text, Selection], Field(min_length=1, max_length=1), Tag("(selection)")],
    Discriminator(_kept),
]


# What is kept where a file does not say it.
OUTPUTS = ("compression_N", "anterior_shear_N", "disc_compression_N", "intradiscal_pressure_MPa", "facet_force_N")


class SweepModel(Strict):
    """A sweep file."""

    places: ClassVar[dict[str, tuple[str, ...]]] = {
        "base": tuple(BaseCase.model_fields),
        "vary.*": (*FORMS, "count", "step", "within"),
        "table": tuple(TableSpec.model_fields),
        "sampling": tuple(SamplingSpec.model_fields),
        "summaries.*": (*SUMMARIES, "of", "by"),
        "histogram": tuple(Bins.model_fields),
        "postures.*": tuple(PostureModel.model_fields),
    }

    title: Text = ""
    description: Text = ""
    base: BaseCase = BaseCase()
    postures: dict[Text, PostureModel] = Field(default_factory=dict)
    vary: dict[Text, Spec] = Field(default_factory=dict)
    zip: Annotated[list[dict[Text, Values]], Field(strict=True)] = Field(default_factory=list)
    table: TableSpec | None = None
    derive: dict[Text, Text] = Field(default_factory=dict)
    sampling: SamplingSpec | None = None
    outputs: Annotated[list[OutputSpec], Field(strict=True, min_length=1)] = list(OUTPUTS)  # noqa: RUF012 - copied by pydantic
    summaries: Annotated[list[SummarySpec], Field(strict=True)] = Field(default_factory=list)
