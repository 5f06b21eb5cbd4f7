"""``spinesim assess``: what a recorded motion does to the spine."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from spinesim.cli.errors import EXIT_BY_STATUS, FILE, INVALID, Failure, reported
from spinesim.cli.files import PATH, Outputs, write_all
from spinesim.cli.progress import counted
from spinesim.cli.solve import note_compilation

if TYPE_CHECKING:
    from spinesim.analysis.assess import Assessment
    from spinesim.analysis.assess.assessment import Held
    from spinesim.analysis.movement import Beyond
    from spinesim.analysis.recording import TrunkMotion
    from spinesim.config.person import PersonFile
    from spinesim.model.anatomy import SpineModel

_SPAN: Final = re.compile(r"(?P<from>[\d.]+)\.\.(?P<to>[\d.]+)")
_HELD: Final = re.compile(r"(?P<mass>[\d.]+)(?:@(?P<hands>both|left|right))?(?::(?P<from>[\d.]+)\.\.(?P<to>[\d.]+))?")


@click.command("assess")
@click.argument("motion", type=PATH)
@click.option("--subject", type=PATH, metavar="SUBJECT.yaml", help="The person; or its values by --set.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Replace one value, e.g. subject.mass_kg=80. Repeatable.")
@click.option("--held", multiple=True, metavar="KG[@HAND][:A..B]", help="Mass in both, left or right hands, from A to B s. Repeatable.")
@click.option("--reference", metavar="A..B", help="When the person stands relaxed, s: zero of all angles. 0..0.5 for markers and sensors.")
@click.option(
    "--rate", type=click.FloatRange(min=1.0), metavar="HZ", help="Frames a second that are solved; the recording's own without it."
)
@click.option(
    "--cutoff",
    type=click.FloatRange(min=0.0, min_open=True),
    metavar="HZ",
    help="Of the zero-phase filter; by residual analysis without it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@click.option("-o", "--output", type=PATH, metavar="REPORT.html", help="Write one HTML page that needs no network, and JSON beside it.")
@click.option("--flat", is_flag=True, help="Leave the spine in 3D out of the page: smaller, and written sooner.")
@click.option("--hdf5", type=PATH, metavar="F.h5", help="Write all results of all frames.")
def command(
    motion: Path,
    subject: Path | None,
    overrides: tuple[str, ...],
    held: tuple[str, ...],
    reference: str | None,
    rate: float | None,
    cutoff: float | None,
    as_json: bool,
    output: Path | None,
    flat: bool,
    hdf5: Path | None,
) -> None:
    """Loads, rhythm, symmetry and smoothness of a recorded MOTION (.mot .sto .trc .c3d .csv).

    \b
    spinesim assess bow.trc --subject person.yaml -o report.html
    spinesim assess lift.mot --held 10@both:2.0..5.5 --json
    spinesim assess imu.csv --reference 1..2 --rate 50

    Exit codes: 0 every frame converged, 2 usage or config, 3 strength exceeded in a frame, 4 one not converged, 5 invalid input, or
    a frame outside the computable range (then the rest is told), 6 file.
    """  # noqa: D301
    from spinesim.config.person import load_person

    outputs = Outputs(hdf5, None, output)
    with reported():
        outputs.check(motion)
        person = load_person(subject, overrides)
        moved, model = _moved(motion, reference, rate, cutoff)
        masses = [_held(text, moved) for text in held]
        found, answer = _assessed(model, person, moved, masses, motion)
        spine = "" if flat or output is None else _spine(model, person, found, answer)
        _write(outputs, found, answer, person, spine)
    if as_json:
        click.echo(json.dumps(answer, allow_nan=False))
    else:
        from spinesim.io.assessment import assessment_text

        click.echo(assessment_text(answer, *_heading(answer, person)))
    raise SystemExit(EXIT_BY_STATUS[answer["status"]])


def _moved(path: Path, reference: str | None, rate: float | None, cutoff: float | None) -> tuple[TrunkMotion, SpineModel]:
    from spinesim.analysis.recording import trunk_motion
    from spinesim.io.motion import MotionFileError, read_motion
    from spinesim.model.anatomy import SpineModel

    span = _SPAN.fullmatch(reference) if reference else None
    if reference and span is None:
        raise click.BadParameter(f"{reference!r} is no span of seconds such as 0..0.5", param_hint="--reference")
    given: dict[str, Any] = {"cutoff_Hz": cutoff}
    if span is not None:
        given["reference_s"] = (float(span["from"]), float(span["to"]))
    model = SpineModel.default()
    try:
        return trunk_motion(read_motion(path), model.tables, rate_Hz=rate, **given), model
    except MotionFileError as error:
        raise Failure(str(error), FILE) from None
    except ValueError as error:
        raise Failure(str(error), INVALID) from None


def _held(text: str, motion: TrunkMotion) -> Held:
    from spinesim.analysis.assess.assessment import Held

    found = _HELD.fullmatch(text)
    if found is None:
        raise click.BadParameter(f"{text!r} is no mass such as 10, 10@left or 10@both:2..5.5", param_hint="--held")
    ends = (float(motion.clock_s[0]), float(motion.clock_s[-1]))
    start, stop = (end if found[name] is None else float(found[name]) for end, name in zip(ends, ("from", "to"), strict=True))
    hands: Any = found["hands"] or "both"
    return Held(float(found["mass"]), hands, start, stop)


def _assessed(
    model: SpineModel, person: PersonFile, motion: TrunkMotion, held: list[Held], path: Path
) -> tuple[Assessment, dict[str, Any]]:
    import hashlib

    from spinesim.analysis.assess import assess
    from spinesim.io.assessment import assessment_to_json
    from spinesim.io.provenance import provenance

    note_compilation()
    try:
        with counted("frames", len(motion)) as progress:
            found = assess(model, person.subject, motion, held, person.findings, progress=progress)
    except ValueError as error:
        raise Failure(str(error), INVALID) from None
    resolved = {"person": person.resolved, "motion_sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    told = provenance(resolved, model.hash, source_sha256=person.source_sha256)
    notes = [_beyond(beyond) for beyond in found.loads.beyond]
    return found, assessment_to_json(found, held, told, notes)


def _beyond(found: Beyond) -> str:
    count = len(found.frames)
    lost = f"; {count} frame{'s' if count > 1 else ''} beyond it {'have' if count > 1 else 'has'} no answer"
    return found.text + (lost if found.kind == "computable" else "")


def _heading(answer: dict[str, Any], person: PersonFile) -> tuple[str, str]:
    from spinesim.analysis.assess.assessment import Held
    from spinesim.io.assessment import describe
    from spinesim.io.tables import person_words

    masses = describe([Held(**item) for item in answer["held"]])
    return f"Motion of {answer['recording']['file']}", f"{masses} Person: {person_words(person.subject)}."


def _spine(model: SpineModel, person: PersonFile, found: Assessment, answer: dict[str, Any]) -> str:
    """The spine in 3D at the frames that the page shows, as a page inside it."""
    from spinesim.viz.anatomy import build
    from spinesim.viz.assessment_page import shown_frames
    from spinesim.viz.offline.page import motion_page
    from spinesim.viz.scene import Scene, Tolerances

    with counted("bones", 100) as progress:
        told = None if progress is None else lambda _, share: progress(round(100 * share), 100)
        scene = Scene(model, person.subject, build(model, person.subject, progress=told), "low")
    scene.tolerances = Tolerances.of(person.subject, person.findings)
    moving, shown = found.loads.movement, shown_frames(answer)
    postures, loads = [moving.postures[k] for k in shown], [moving.loads[k] for k in shown]
    title = _heading(answer, person)[0]
    return motion_page(scene, moving.time_s[shown].tolist(), postures, loads, found.loads.solution.take(shown), title)


def _write(outputs: Outputs, found: Assessment, answer: dict[str, Any], person: PersonFile, spine: str) -> None:
    from spinesim.io.hdf5 import to_bytes
    from spinesim.io.movement import along
    from spinesim.viz.assessment_page import page_html

    write_all(
        (outputs.hdf5, lambda: to_bytes(found.loads.solution, answer["provenance"], along=along(found.loads))),
        (outputs.html, lambda: page_html(answer, *_heading(answer, person), spine).encode()),
        (outputs.html and outputs.html.with_suffix(".json"), lambda: json.dumps(answer, allow_nan=False).encode()),
    )
