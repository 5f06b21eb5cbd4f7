"""``spinesim safe-load``: the load within tolerance of a person in a posture or an exercise."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from spinesim.cli.errors import CONFIG, INVALID, Failure, reported
from spinesim.cli.files import PATH, Outputs, write_all
from spinesim.cli.solve import note_compilation

if TYPE_CHECKING:
    from spinesim.analysis.demand import Task
    from spinesim.analysis.safe_load_map import SafeLoadMap
    from spinesim.config.person import PersonFile

_RANGE: Final = re.compile(r"(?P<key>[^=]+)=(?P<lo>[-+.\deE]+?)\.\.(?P<hi>[-+.\deE]+?):(?P<count>\d+)")


@click.command("safe-load")
@click.argument("person", required=False, type=PATH, metavar="SUBJECT.yaml")
@click.option("--posture", metavar="NAME", help="Posture preset that is asked about; see 'spinesim postures'.")
@click.option("--exercise", metavar="NAME", help="Exercise that is asked about, instead of a posture; see 'spinesim exercise --list'.")
@click.option("--dynamic-factor", type=float, metavar="X", help="1 held still, 1.08 slow (2 s up, 2 s down); 1.2 without it: pace unknown.")
@click.option("--protection", metavar="NAME", help="strict, standard, cautious_work or ergonomic, in the place of the file's.")
@click.option("--subject", type=PATH, metavar="SUBJECT.yaml", help="The person, instead of as argument.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Replace one value, e.g. subject.age_years=50. Repeatable.")
@click.option(
    "--map", "mapped", nargs=2, metavar="KEY=A..B:N KEY=A..B:N", help="Limits over two parameters, e.g. subject.age_years=20..80:7."
)
@click.option(
    "--uncertainty", "samples", type=click.IntRange(20, 20_000), metavar="N", help="Load error of this person and task from N drawn models."
)
@click.option("--seed", type=click.IntRange(0), metavar="S", help="Seed of these models; 0 without it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
@click.option("-o", "--output", type=PATH, metavar="F.h5", help="Write the map as HDF5.")
@click.option("--png", type=PATH, metavar="F.png", help="Write a picture of the map (needs the extra 'plot').")
@click.option("--html", type=PATH, metavar="F.html", help="Write the map as one HTML page that needs no network.")
def command(
    person: Path | None,
    subject: Path | None,
    posture: str | None,
    exercise: str | None,
    dynamic_factor: float | None,
    protection: str | None,
    overrides: tuple[str, ...],
    mapped: tuple[str, str] | None,
    samples: int | None,
    seed: int | None,
    as_json: bool,
    output: Path | None,
    png: Path | None,
    html: Path | None,
) -> None:
    """The load within tolerance of a person (SUBJECT.yaml) in a posture or an exercise, what limits it and what would change it.

    \b
    spinesim safe-load configs/persons/woman_42_bulge.yaml --posture hip_hinge --dynamic-factor 1.08
    spinesim safe-load person.yaml --exercise hip_hinge --protection standard
    spinesim safe-load person.yaml --posture lift_squat --set findings.osteoporosis=true --json
    spinesim safe-load person.yaml --posture lift_squat --map subject.age_years=20..80:7 subject.mass_kg=50..90:5 --png out.png

    A model for professionals, not medical advice.

    Exit codes: 0 answered, also with "no" and "gate"; 2 usage or config; 5 refused: outside what was validated; 6 file.
    """  # noqa: D301
    if person is not None and subject is not None:
        raise click.UsageError("--subject beside SUBJECT.yaml: give one of them")
    person = person or subject
    if seed is not None and samples is None:
        raise click.UsageError("--seed is that of --uncertainty N, which is missing")
    if (output or png or html) and not mapped:
        raise click.UsageError("-o, --png and --html write a map: --map is missing")
    outputs = Outputs(output, png, html)
    if protection is not None:
        overrides = (*overrides, f"protection={protection}")
    with reported():
        asked, task = _asked(person, overrides, posture, exercise, dynamic_factor)
        outputs.check(person)
        axes = [_axis(text) for text in mapped or ()]
        note_compilation(*(("gap_fit.fit_gaps",) if samples else ()))
        if axes:
            _map(asked, task, axes, outputs, as_json=as_json)
            return
        refused = _one(asked, task, samples or 0, seed or 0, as_json=as_json)
    raise SystemExit(INVALID if refused else 0)


def _asked(
    person: Path | None, overrides: tuple[str, ...], posture: str | None, exercise: str | None, factor: float | None
) -> tuple[PersonFile, Task]:
    from spinesim.config.errors import ConfigError
    from spinesim.config.person import load_question

    try:
        return load_question(person, overrides, posture, exercise, factor)
    except ConfigError:
        raise
    except ValueError as error:
        # A number of a task beyond its range, or hands that cannot reach on the way of an exercise.
        raise Failure(str(error), INVALID) from None


def _one(asked: PersonFile, task: Task, samples: int, seed: int, *, as_json: bool) -> bool:
    """Answer and print; returns whether it was refused."""
    import spinesim as ss
    from spinesim.io.provenance import provenance
    from spinesim.io.safe_load import safe_load_json, safe_load_text

    model = ss.SpineModel.default()
    try:
        found = ss.safe_load(
            model, asked.subject, asked.findings, task, asked.protection, asked.evidence, asked.step_kg, samples=samples, seed=seed,
            daily_loadings=asked.daily_loadings, max_flexion_deg=asked.max_flexion_deg,
        )  # fmt: skip
    except ValueError as error:
        raise Failure(str(error), INVALID) from None
    if as_json:
        told = provenance(asked.resolved, model.hash, seed=seed if samples else None, source_sha256=asked.source_sha256)
        click.echo(json.dumps(safe_load_json(found, told), allow_nan=False, indent=2))
    else:
        click.echo(safe_load_text(found, _title(asked), _subtitle(asked, task)))
    return found.outcome == "refused"


def _map(asked: PersonFile, task: Task, axes: list[tuple[str, Any]], outputs: Outputs, *, as_json: bool) -> None:
    import spinesim as ss
    from spinesim.cli.progress import counted
    from spinesim.io.provenance import provenance
    from spinesim.io.safe_load import map_json, map_text

    model = ss.SpineModel.default()
    with counted("cells", len(axes[0][1]) * len(axes[1][1])) as progress:
        try:
            found = ss.safe_load_map(
                model, asked.subject, asked.findings, task, axes[0], axes[1], asked.protection, asked.evidence, asked.step_kg,
                progress, daily_loadings=asked.daily_loadings, max_flexion_deg=asked.max_flexion_deg,
            )  # fmt: skip
        except ValueError as error:
            raise Failure(str(error), CONFIG) from None
    told = provenance(asked.resolved | {"task": task.name}, model.hash, source_sha256=asked.source_sha256)
    _write(outputs, found, told, _title(asked), _subtitle(asked, task))
    text = map_text(found, _title(asked), _subtitle(asked, task))
    click.echo(json.dumps(map_json(found, told), allow_nan=False, indent=2) if as_json else text)


def _write(outputs: Outputs, found: SafeLoadMap, told: dict[str, Any], title: str, subtitle: str) -> None:
    from spinesim.io.safe_load import map_bytes
    from spinesim.viz.safe_load_map import map_html, map_png

    write_all(
        (outputs.hdf5, lambda: map_bytes(found, told)),
        (outputs.png, lambda: map_png(found, title, subtitle)),
        (outputs.html, lambda: map_html(found, title, subtitle).encode()),
    )


def _axis(text: str) -> tuple[str, Any]:
    """A parameter of the map and its values."""
    import numpy as np

    found = _RANGE.fullmatch(text.strip())
    try:
        lo, hi = (float(found[name]) for name in ("lo", "hi")) if found else (np.nan, np.nan)
    except ValueError:
        lo = hi = np.nan
    if not found or not 1 <= int(found["count"]) <= 200 or not np.isfinite(lo + hi):
        raise Failure(f"--map {text[:80]}: expected KEY=A..B:N with N from 1 to 200, for example subject.age_years=20..80:7", CONFIG)
    return found["key"].strip(), np.round(np.linspace(lo, hi, int(found["count"])), 9)


def _title(asked: PersonFile) -> str:
    return asked.title or "Load within tolerance"


def _subtitle(asked: PersonFile, task: Task) -> str:
    """Who and what, in a line."""
    from spinesim.io.tables import person_words

    place = {"both": "both hands", "left": "the left hand", "right": "the right hand", "back": "the back", "none": "no place"}[task.place]
    return (
        f"Task: {task.name}, load in {place}, dynamic factor {task.dynamic_factor:g}. Person: {person_words(asked.subject)}. "
        f"Protection: {asked.protection}."
    )
