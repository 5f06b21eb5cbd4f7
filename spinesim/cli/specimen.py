"""``spinesim specimen``: a segment without muscles under moments and preload."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from spinesim.cli.errors import CONFIG, INVALID, NOT_CONVERGED, Failure, reported

if TYPE_CHECKING:
    from spinesim.model.subject import Subject
    from spinesim.solver.bench import Curve, Loading

DIRECTIONS: Final = {
    "flexion": ("flexion_Nm", 1.0),
    "extension": ("flexion_Nm", -1.0),
    "lateral": ("lateral_Nm", 1.0),
    "axial": ("axial_Nm", 1.0),
}
_FILE = click.Path(path_type=Path)


@click.command("specimen")
@click.argument("case", required=False, type=_FILE)
@click.option("--segment", default="L4-L5", show_default=True, help="One level, L1-L5 or L1-S1.")
@click.option(
    "--moment", "moments", multiple=True, metavar="DIRECTION=NM", help="flexion, extension, lateral (right) or axial (left). Repeatable."
)
@click.option("--follower", type=float, default=0.0, metavar="N", help="Follower load.")
@click.option("--shear", type=float, default=0.0, metavar="N", help="Anterior shear on a single segment.")
@click.option("--hold-rotations", is_flag=True, help="Clamp all rotations.")
@click.option(
    "--without", multiple=True, metavar="NAME", help="Structure cut before the test: ALL PLL LF FC ITL ISL SSL facets. Repeatable."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
def command(
    case: Path | None,
    segment: str,
    moments: tuple[str, ...],
    follower: float,
    shear: float,
    hold_rotations: bool,
    without: tuple[str, ...],
    as_json: bool,
) -> None:
    """Rotations and loads of a specimen; CASE (a YAML file) says whose, by its ``subject``.

    \b
    spinesim specimen --segment L4-L5 --moment flexion=7.5
    spinesim specimen --segment L1-L5 --moment extension=7.5 --follower 500 --without SSL --without ISL

    Exit codes: 0 balanced, 2 usage or config, 4 no stable balance, 5 invalid input, 6 file.
    """  # noqa: D301
    with reported():
        from spinesim.model.anatomy import SpineModel
        from spinesim.solver.bench import Loading, UnstableSpecimenError, load_specimen

        loading = _loading(Loading(follower_N=follower, anterior_shear_N=shear, hold_rotations=hold_rotations), moments)
        try:
            curve = load_specimen(SpineModel.default(), _subject(case), segment, loading, without)
        except UnstableSpecimenError as error:
            raise Failure(str(error), NOT_CONVERGED) from None
        except ValueError as error:
            raise Failure(str(error), INVALID) from None
        click.echo(json.dumps(as_object(curve), indent=2) if as_json else as_text(curve, loading))


def _subject(case: Path | None) -> Subject:
    from spinesim.model.subject import Subject

    if case is None:
        return Subject()
    from spinesim.config import load_case

    return load_case(case).subject


def _loading(loading: Loading, moments: tuple[str, ...]) -> Loading:
    given: dict[str, Any] = {}
    for text in moments:
        name, _, number = text.partition("=")
        try:
            value = float(number)
        except ValueError:
            value = float("nan")
        if name not in DIRECTIONS or value != value:
            raise Failure(f"--moment {text}: expected one of {', '.join(DIRECTIONS)} with newton metres, as in flexion=7.5", CONFIG)
        key, sign = DIRECTIONS[name]
        if key in given:
            raise Failure(f"--moment {text}: a moment about that axis is given already", CONFIG)
        given[key] = sign * value
    return replace(loading, **given)


def as_object(curve: Curve) -> dict[str, Any]:
    """The full load as one object, with the curve of rotations over load beside it."""
    from spinesim.model.names import LIGAMENTS

    last = {name: values[-1] for name, values in curve.loads.items()}
    levels = {
        level: {
            "rotation_deg": curve.rotation_deg[-1, i].tolist(),
            "translation_mm": curve.translation_mm[-1, i].tolist(),
            "facet_left_N": float(last["facet_force_N"][i, 0]),
            "facet_right_N": float(last["facet_force_N"][i, 1]),
            "facet_left_peak_MPa": float(last["facet_peak_MPa"][i, 0]),
            "facet_right_peak_MPa": float(last["facet_peak_MPa"][i, 1]),
            "disc_compression_N": float(last["disc_compression_N"][i]),
            "intradiscal_pressure_MPa": float(last["intradiscal_pressure_MPa"][i]),
            "ligament_tension_N": dict(zip(LIGAMENTS, last["ligament_tension_N"][i].tolist(), strict=True)),
        }
        for i, level in enumerate(curve.levels)
    }
    return {
        "status": "converged",
        "rotation_total_deg": curve.rotation_total_deg[-1].tolist(),
        "levels": levels,
        "curve": {"part_of_load": curve.part.tolist(), "rotation_total_deg": curve.rotation_total_deg.tolist()},
        "rotation_axes": ["forward", "right", "left"],
    }


def as_text(curve: Curve, loading: Loading) -> str:
    """A table per level of the full load."""
    from spinesim.io.tables import number, table
    from spinesim.model.names import LIGAMENTS

    heads = (
        ("", "level"), ("forward", "deg"), ("right", "deg"), ("left", "deg"), ("pressure", "MPa"), ("facet", "left N"),
        ("facet", "right N"), ("largest", "ligament N"),
    )  # fmt: skip
    rows = []
    for i, level in enumerate(curve.levels):
        tension = curve.loads["ligament_tension_N"][-1, i]
        top = int(tension.argmax())
        facets = curve.loads["facet_force_N"][-1, i]
        pressure = curve.loads["intradiscal_pressure_MPa"][-1, i]
        turned = [number(v, 2) for v in curve.rotation_deg[-1, i]]
        rows.append([level, *turned, number(pressure, 2), *(number(f) for f in facets), f"{LIGAMENTS[top]} {tension[top]:.0f}"])
    whole = ", ".join(f"{number(v, 2)} {n}" for v, n in zip(curve.rotation_total_deg[-1], ("forward", "right", "left"), strict=True))
    moments = f"{loading.flexion_Nm:g} N m forward, {loading.lateral_Nm:g} right, {loading.axial_Nm:g} left"
    asked = f"{moments}; follower load {loading.follower_N:g} N, anterior shear {loading.anterior_shear_N:g} N"
    return f"{asked}\n\n{table(heads, rows)}\n\nWhole specimen, degrees from its state under follower load alone: {whole}"
