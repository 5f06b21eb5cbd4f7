"""``spinesim export-html``: one offline page with the spine in three dimensions, sliders and numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from spinesim.cli.errors import CONFIG, INVALID, Failure, reported
from spinesim.cli.files import PATH, check_outputs, write_all
from spinesim.cli.solve import note_compilation

if TYPE_CHECKING:
    from spinesim.analysis.posture_grid import Axis
    from spinesim.analysis.tolerance import Findings
    from spinesim.cli.exercise import Request
    from spinesim.config.case import Case
    from spinesim.viz.offline.cases import Film
    from spinesim.viz.offline.steps import Step

MOST_BYTES: Final = 5_000_000
_RANGE: Final = re.compile(r"(?P<lo>[-+.\deE]+?)\.\.(?P<hi>[-+.\deE]+?):(?P<count>\d+)")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the page is about."""

    case: Case
    findings: Findings | None
    axes: tuple[Axis, ...]
    steps: tuple[Step, ...]
    requests: tuple[Request, ...]
    title: str
    sources: dict[str, str | None]


@click.command("export-html")
@click.argument("case", required=False, type=PATH)
@click.option("--person", type=PATH, metavar="PERSON.yaml", help="Whose spine: body and findings, instead of the case's subject.")
@click.option("--lesson", type=PATH, metavar="LESSON.yaml", help="Short captions with slider values; see configs/lessons.")
@click.option("--axis", "axes", multiple=True, metavar="KEY=A..B:N", help="Values of a slider, also KEY=A,B,C. Repeatable.")
@click.option(
    "--exercise",
    "exercises",
    multiple=True,
    metavar="NAME",
    help="A motion that the page plays; see 'spinesim exercise --list'. Repeatable.",
)
@click.option("--mirrored", is_flag=True, help="The exercises on the other side.")
@click.option("--load-kg", type=float, metavar="X", help="Mass where the exercises have their load, instead of the usual one.")
@click.option("--posture", metavar="NAME", help="Posture preset that the sliders change; see 'spinesim postures'.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Replace one value of the case. Repeatable.")
@click.option("--detail", type=click.Choice(["low", "medium", "high"]), default="medium", help="How finely bones are drawn.")
@click.option("-o", "--output", type=PATH, required=True, metavar="F.html", help="The page.")
def command(
    case: Path | None,
    person: Path | None,
    lesson: Path | None,
    axes: tuple[str, ...],
    exercises: tuple[str, ...],
    mirrored: bool,
    load_kg: float | None,
    posture: str | None,
    overrides: tuple[str, ...],
    detail: Any,
    output: Path,
) -> None:
    """One offline page around a CASE (a YAML file): the spine to turn and bend, loads at every level, no network, no server.

    A grid of postures and loads is solved, 4,914 by default; the page shows these and interpolates between them, and says how
    far off that is. Sliders: trunk_inclination_deg or flexion_deg, lateral_deg or rotation_deg, load_kg, hold_mm (how far the hands are
    in front of L5-S1). One value alone holds a slider still. With --exercise it also plays solved motions.

    \b
    spinesim export-html -o spine.html
    spinesim export-html configs/standing.yaml --axis rotation_deg=-5..5:5 --axis load_kg=0,10,20 -o spine.html
    spinesim export-html --exercise hip_hinge -o hinge.html
    spinesim export-html --lesson configs/lessons/lifting.yaml -o lesson.html

    Exit codes: 0 written; 2 usage or config; 5 invalid input; 6 file.
    """  # noqa: D301
    if lesson is not None and axes:
        raise click.UsageError("--axis beside --lesson: the axes of a lesson are in its file")
    if not exercises and (mirrored or load_kg is not None):
        raise click.UsageError("--mirrored and --load-kg are those of --exercise NAME, which is missing")
    with reported():
        asked = _asked(case, person, lesson, axes, posture, overrides)
        asked = replace(asked, requests=tuple(_request(name, asked.case, load_kg, mirrored) for name in exercises))
        check_outputs((output,), (case, person, lesson))
        page = _page(asked, detail).encode()
        if len(page) > MOST_BYTES:
            size, most = len(page) / 1e6, MOST_BYTES / 1e6
            raise Failure(f"{output}: the page would have {size:.1f} MB; expected at most {most:g}: fewer values, or --detail low", CONFIG)
        write_all((output, lambda: page))


def _asked(
    case: Path | None, person: Path | None, lesson: Path | None, axes: tuple[str, ...], posture: str | None, overrides: tuple[str, ...]
) -> _Asked:
    from spinesim.analysis.posture_grid import axes_with, check_axes
    from spinesim.config.case import assemble

    found = assemble(case, overrides, posture, None)
    findings, sources, title = None, {"case": found.source_sha256}, found.title
    steps: tuple[Step, ...] = ()
    if person is not None:
        from spinesim.config.person import load_person

        _one_subject(case, person, overrides)
        who = load_person(person)
        found, findings = replace(found, subject=who.subject), who.findings
        sources["person"] = who.source_sha256
    if lesson is not None:
        from spinesim.config.lesson import load_lesson

        told = load_lesson(lesson)
        chosen, steps, title = told.axes, told.steps, told.title
        sources["lesson"] = told.source_sha256
    try:
        chosen = chosen if lesson is not None else axes_with(_values(axes))
        check_axes(chosen, found.posture)
    except ValueError as error:
        raise Failure(str(error), CONFIG) from None
    return _Asked(found, findings, chosen, steps, (), title or "Loads of the lumbar spine", sources)


def _request(name: str, case: Case, load_kg: float | None, mirrored: bool) -> Request:
    """An exercise of the person of the page."""
    from spinesim.cli.exercise import requested

    found = requested(name, None, load_kg, mirrored, ())
    return replace(found, case=replace(found.case, subject=case.subject, exponent=case.exponent))


def _one_subject(case: Path | None, person: Path, overrides: tuple[str, ...]) -> None:
    """Refuse a body that is said in two ways."""
    from spinesim.config.document import read_file

    said = case is not None and read_file(case).data.get("subject") is not None
    if said or any(text.strip().startswith("subject") for text in overrides):
        raise Failure(f"--person {person} beside a subject of the case: two ways of saying one body; give one", CONFIG)


def _values(texts: tuple[str, ...]) -> Mapping[str, tuple[float, ...]]:
    """Values of axes by key, from ``KEY=A..B:N`` or ``KEY=A,B,C``."""
    found: dict[str, tuple[float, ...]] = {}
    for text in texts:
        key, equals, value = (part.strip() for part in text.partition("="))
        if key in found:
            raise ValueError(f"axis {key} is given twice")
        try:
            found[key] = _listed(value) if equals else ()
        except ValueError:
            raise ValueError(f"--axis {text[:80]}: expected KEY=A..B:N or KEY=A,B,C, for example load_kg=0..20:5") from None
    return found


def _listed(text: str) -> tuple[float, ...]:
    import numpy as np

    if spread := _RANGE.fullmatch(text):
        if not 1 <= int(spread["count"]) <= 1000:
            raise ValueError(text)
        return tuple(np.round(np.linspace(float(spread["lo"]), float(spread["hi"]), int(spread["count"])), 9).tolist())
    return tuple(float(part) for part in text.split(","))


def _page(asked: _Asked, detail: Any) -> str:
    """Solve, measure, draw and put together."""
    import spinesim as ss
    from spinesim.analysis.posture_grid import measured_misses, middles, nodes, solve_grid
    from spinesim.cli.progress import counted
    from spinesim.io.provenance import provenance
    from spinesim.viz.anatomy import build
    from spinesim.viz.offline.fields import MEASURED
    from spinesim.viz.offline.page import offline_page
    from spinesim.viz.scene import Scene, Tolerances

    note_compilation()
    model, case = ss.SpineModel.default(), asked.case
    parts = (model, case.subject, case.posture, case.load)
    try:
        with counted("postures", len(nodes(asked.axes))) as progress:
            grid = solve_grid(*parts, asked.axes, case.exponent, progress)
        with counted("between them", len(middles(asked.axes))) as progress:
            misses = measured_misses(*parts, grid, MEASURED, case.exponent, progress)
    except ValueError as error:
        raise Failure(str(error), INVALID) from None
    films = tuple(_film(request) for request in asked.requests)
    with counted("bones", 100) as progress:
        told = None if progress is None else lambda _, share: progress(round(100 * share), 100)
        scene = Scene(model, case.subject, build(model, case.subject, detail, progress=told), "low")
    scene.tolerances = Tolerances.of(case.subject, asked.findings)
    played = [{"name": r.exercise.name, **r.data, "load_kg": r.load_kg, "mirrored": r.mirrored} for r in asked.requests]
    config = case.resolved | {"axes": {axis.key: list(axis.values) for axis in asked.axes}, "exercises": played, "sha256": asked.sources}
    return offline_page(scene, grid, misses, asked.title, _who(case), provenance(config, model.hash), asked.steps, films)


def _film(request: Request) -> Film:
    """An exercise with all its frames solved."""
    from spinesim.cli.exercise import solved
    from spinesim.viz.offline.cases import Film

    loads, _ = solved(request, aloud=True)
    return Film.of(request.exercise.name.replace("_", " "), f"{request.exercise.description} {request.load_words}", loads)


def _who(case: Case) -> str:
    """Whose spine it is, in a line."""
    person = case.subject
    name = {"male": "Man", "female": "Woman"}[person.sex]
    about = f"{name}, {person.age_years:g} years, {person.mass_kg:g} kg, {person.stature_m:g} m"
    return f"{about}. {case.description}".strip() if case.description else f"{about}."
