"""``spinesim specimen``: a segment without muscles under moments, forces and creep."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from spinesim.cli.errors import CONFIG, INVALID, NOT_CONVERGED, Failure, reported
from spinesim.cli.files import PATH, Outputs, write_all

if TYPE_CHECKING:
    from spinesim.model.anatomy import SpineModel
    from spinesim.model.subject import Subject
    from spinesim.solver.bench import Curve, Loading
    from spinesim.solver.motion import Motion

DIRECTIONS: Final = {"flexion": ("flexion", 1.0), "extension": ("flexion", -1.0), "lateral": ("lateral", 1.0), "axial": ("axial", 1.0)}
_AXIS: Final = {"flexion": "sagittal", "lateral": "lateral", "axial": "axial"}
# The order in which laboratories cut from behind.
STEPWISE: Final = ("SSL", "ISL", "LF", "FC", "facets", "ALL", "PLL", "nucleus")


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked of the bench."""

    subject: Subject
    segment: str
    loading: Loading
    without: tuple[str, ...]
    creep_mm: float
    axis: str | None
    stepwise: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bench found."""

    model: SpineModel
    curve: Curve
    motion: Motion | None
    steps: tuple[tuple[str, Curve], ...]


@click.command("specimen")
@click.argument("case", required=False, type=PATH)
@click.option("--segment", default="L4-L5", show_default=True, help="One level, L1-L5 or L1-S1.")
@click.option("--moment", "moments", multiple=True, metavar="DIRECTION=NM", help="flexion, extension, lateral (right), axial (left).")
@click.option("--follower", "follower_N", type=float, default=0.0, metavar="N", help="Follower load.")
@click.option("--compression", "compression_N", type=float, default=0.0, metavar="N", help="Dead weight on the uppermost disc.")
@click.option("--shear", "anterior_shear_N", type=float, default=0.0, metavar="N", help="Anterior shear at the uppermost disc.")
@click.option("--lateral-shear", "lateral_shear_N", type=float, default=0.0, metavar="N", help="Shear to the right.")
@click.option("--hold-rotations", is_flag=True, help="Clamp all rotations.")
@click.option("--clamp", "clamps", multiple=True, metavar="DIRECTION=DEG", help="Angle of a single segment; holds its rotations.")
@click.option("--creep", "creep_mm", type=float, default=0.0, metavar="MM", help="Height that every disc loses by creep at full load.")
@click.option("--both-ways", is_flag=True, help="Range of motion and neutral zone about the axis of the moment.")
@click.option("--without", multiple=True, metavar="NAME", help="Structure removed before, as ISL, facet_left or nucleus@L4-L5.")
@click.option("--stepwise", is_flag=True, help=f"Remove one after the other: {' '.join(STEPWISE)}.")
@click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Replace one value of the donor, as subject.disc_grade.L4-L5=4."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@click.option("-o", "--output", type=PATH, metavar="F.h5", help="Write the curve as HDF5.")
@click.option("--png", type=PATH, metavar="F.png", help="Draw the curve.")
def command(
    case: Path | None,
    segment: str,
    moments: tuple[str, ...],
    clamps: tuple[str, ...],
    creep_mm: float,
    both_ways: bool,
    without: tuple[str, ...],
    stepwise: bool,
    overrides: tuple[str, ...],
    as_json: bool,
    output: Path | None,
    png: Path | None,
    **loads: Any,
) -> None:
    """Rotations and loads of a specimen; CASE (a YAML file) says whose, by its ``subject``.

    \b
    spinesim specimen --moment flexion=7.5 --both-ways
    spinesim specimen --segment L1-L5 --moment extension=7.5 --follower 500 --png curve.png
    spinesim specimen --compression 500 --clamp extension=2 --creep 1
    spinesim specimen --moment flexion=7.5 --stepwise

    \b
    Names for --without: ALL PLL LF FC ITL ISL SSL facets facet_left facet_right nucleus, each with @LEVEL if wanted.
    Exit codes: 0 balanced, 2 usage or config, 4 no stable balance, 5 invalid input, 6 file.
    """  # noqa: D301
    with reported():
        loading, axis = _loading(loads, moments, clamps)
        if both_ways and axis is None:
            raise Failure("--both-ways needs --moment about one axis", CONFIG)
        Outputs(output, png, None).check(case)
        subject, resolved = _subject(case, overrides)
        request = Request(subject, segment, loading, without, creep_mm, axis if both_ways else None, stepwise)
        answer = _tested(request)
        provenance = _provenance(answer, request, resolved)
        _write(answer, provenance, output, png)
        _print(answer, provenance, as_json)


def _loading(loads: dict[str, Any], moments: tuple[str, ...], clamps: tuple[str, ...]) -> tuple[Loading, str | None]:
    """The load, and the axis of its moment if it has one."""
    from spinesim.solver.bench import Loading

    turning = _directions("--moment", moments, "newton metres", "_Nm")
    angles = _directions("--clamp", clamps, "degrees", "_deg")
    if "axial_deg" in angles:
        angles["rotation_deg"] = angles.pop("axial_deg")
    loading = replace(Loading(**loads), **turning, **angles)
    loading = replace(loading, hold_rotations=True) if clamps else loading
    axes = [_AXIS[name.removesuffix("_Nm")] for name in turning]
    return loading, axes[0] if len(axes) == 1 else None


def _directions(option: str, texts: tuple[str, ...], unit: str, suffix: str) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for text in texts:
        name, _, number = text.partition("=")
        try:
            value = float(number)
        except ValueError:
            value = float("nan")
        if name not in DIRECTIONS or value != value:
            raise Failure(f"{option} {text}: expected one of {', '.join(DIRECTIONS)} with {unit}, as in flexion=2", CONFIG)
        key, sign = DIRECTIONS[name]
        if key + suffix in given:
            raise Failure(f"{option} {text}: that axis is given already", CONFIG)
        given[key + suffix] = sign * value
    return given


def _subject(case: Path | None, overrides: tuple[str, ...]) -> tuple[Subject, dict[str, Any]]:
    """The donor, and its config with every key written out."""
    from spinesim.config.case import assemble

    parsed = assemble(case, overrides, None, None)
    return parsed.subject, {"subject": parsed.resolved["subject"]}


def _tested(request: Request) -> Answer:
    from spinesim.model.anatomy import SpineModel
    from spinesim.solver.bench import UnstableSpecimenError, load_specimen
    from spinesim.solver.motion import range_of_motion

    model, given = SpineModel.default(), (request.subject, request.segment)
    motion, steps = None, []
    try:
        curve = load_specimen(model, *given, request.loading, request.without, request.creep_mm)
        if request.axis:
            load = request.loading
            motion = range_of_motion(model, *given, request.axis, load.moment_Nm, load.follower_N, request.without)
        removed = list(request.without)
        steps += [("nothing", curve)] if request.stepwise else []
        for name in STEPWISE if request.stepwise else ():
            removed += [name]
            steps.append((f"+ {name}", load_specimen(model, *given, request.loading, removed, request.creep_mm)))
    except UnstableSpecimenError as error:
        raise Failure(str(error), NOT_CONVERGED) from None
    except ValueError as error:
        raise Failure(str(error), INVALID) from None
    return Answer(model, curve, motion, tuple(steps))


def _provenance(answer: Answer, request: Request, resolved: dict[str, Any]) -> dict[str, Any]:
    from dataclasses import asdict

    from spinesim.io.provenance import provenance

    asked = {"segment": request.segment, "loading": asdict(request.loading), "without": request.without, "creep_mm": request.creep_mm}
    return provenance({**resolved, **asked}, answer.model.hash)


def _write(answer: Answer, provenance: dict[str, Any], output: Path | None, png: Path | None) -> None:
    from spinesim.io.specimen import curve_bytes

    write_all((output, lambda: curve_bytes(answer.curve, provenance)), (png, lambda: _picture(answer)))


def _picture(answer: Answer) -> bytes:
    from spinesim.io.provenance import DISCLAIMER
    from spinesim.io.specimen import SIGNS, describe
    from spinesim.viz.curves import curves_png

    curve = answer.curve
    title = f"{curve.levels[0]} to {curve.levels[-1]}" if len(curve.levels) > 1 else curve.levels[0]
    title = f"{title}: {describe(curve.loading, curve.without, float(curve.creep_mm[-1]))}"
    return curves_png(curve, title, f"{SIGNS} {DISCLAIMER}", answer.motion)


def _print(answer: Answer, provenance: dict[str, Any], as_json: bool) -> None:
    from spinesim.io.specimen import curve_json, curve_text

    if as_json:
        click.echo(json.dumps(curve_json(answer.curve, provenance, answer.motion, answer.steps), allow_nan=False, indent=2))
    else:
        click.echo(curve_text(answer.curve, answer.motion, answer.steps))
