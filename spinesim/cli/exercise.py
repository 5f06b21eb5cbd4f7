"""``spinesim exercise``: the loads over a repetition of an exercise."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinesim.cli.errors import EXIT_BY_STATUS, INVALID, Failure, reported
from spinesim.cli.files import PATH, Outputs, write_all
from spinesim.cli.progress import counted
from spinesim.cli.solve import note_compilation

if TYPE_CHECKING:
    from spinesim.analysis.exercise import Exercise
    from spinesim.analysis.movement import MovementLoads
    from spinesim.config.case import Case

_OF_CASE = ("subject", "solver")


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked: who does what, on which side, with how much."""

    exercise: Exercise
    case: Case
    load_kg: float
    mirrored: bool
    data: dict[str, Any]

    @property
    def side(self) -> str:
        """Which side is solved, in words."""
        if self.exercise.sides == "symmetric":
            return "symmetric"
        return "mirrored" if self.mirrored else "as written"

    @property
    def title(self) -> str:
        """Heading of tables and pictures."""
        return f"{self.exercise.name}: {self.exercise.description}"

    @property
    def subtitle(self) -> str:
        """Who does it, with what, in a line."""
        from spinesim.io.tables import person_words

        side = "" if self.side == "symmetric" else f" Side: {self.side}."
        return f"{self.load_words}{side} Person: {person_words(self.case.subject)}."

    @property
    def load_words(self) -> str:
        """What is carried where, as a sentence."""
        place = (self.exercise.mirrored() if self.mirrored else self.exercise).place
        where = {"both": "in both hands", "back": "on the back", "none": ""}.get(place, f"in the {place} hand")
        return f"Load: {self.load_kg:g} kg {where}." if self.load_kg else "Load: none."


@click.command("exercise")
@click.argument("name", required=False)
@click.argument("case", required=False, type=PATH)
@click.option("--list", "listed", is_flag=True, help="List the exercises.")
@click.option("--yaml", "as_yaml", is_flag=True, help="Print the exercise as YAML, to copy and change.")
@click.option("--load-kg", type=float, metavar="X", help="Mass instead of the usual one, where the exercise has its load.")
@click.option("--mirrored", is_flag=True, help="On the other side than it is written for.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Replace one value, e.g. tempo.rising.seconds=1. Repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@click.option("-o", "--output", type=PATH, metavar="F.h5", help="Write all results of all frames as HDF5.")
@click.option("--png", type=PATH, metavar="F.png", help="Write a picture over time (needs the extra 'plot').")
def command(
    name: str | None,
    case: Path | None,
    listed: bool,
    as_yaml: bool,
    load_kg: float | None,
    mirrored: bool,
    overrides: tuple[str, ...],
    as_json: bool,
    output: Path | None,
    png: Path | None,
) -> None:
    """Loads over one repetition of an exercise: NAME, or a YAML file; CASE says whose, by its ``subject``.

    \b
    spinesim exercise --list
    spinesim exercise hip_hinge --load-kg 12 --png hinge.png
    spinesim exercise squat --set tempo.rising.seconds=0.8 --set subject.mass_kg=80
    spinesim exercise romanian_deadlift --yaml > mine.yaml; spinesim exercise mine.yaml

    Exit codes: 0 every frame converged, 2 usage or config, 3 strength exceeded in a frame, 4 one not converged, 5 invalid input, 6 file.
    """  # noqa: D301
    with reported():
        if listed:
            click.echo(_listing())
            return
        if name is None:
            raise click.UsageError("NAME of an exercise is missing; see spinesim exercise --list")
        if as_yaml:
            from spinesim.config.exercise import source

            click.echo(source(name), nl=False)
            return
        outputs = Outputs(output, png, None)
        outputs.check(case)
        request = requested(name, case, load_kg, mirrored, overrides)
        loads, answer = solved(request, aloud=as_json)
        _write(outputs, loads, answer, request)
    _print(answer, request, as_json)
    raise SystemExit(EXIT_BY_STATUS[answer["status"]])


def _listing() -> str:
    from spinesim.config.exercise import exercise, names

    width = max(map(len, names()))
    return "\n".join(f"{name.ljust(width)}  {exercise(name).description}" for name in names())


def requested(name: str, path: Path | None, load_kg: float | None, mirrored: bool, overrides: tuple[str, ...]) -> Request:
    """The exercise and the person; keys of ``--set`` go where they belong."""
    from spinesim.config.case import assemble
    from spinesim.config.exercise import build, find

    mine = [text for text in overrides if text.partition(".")[0].strip() in _OF_CASE]
    document = find(name, [text for text in overrides if text not in mine])
    found = build(document)
    case = assemble(path, mine, None, None)
    return Request(found, case, found.load_kg if load_kg is None else load_kg, mirrored, document.data)


def solved(request: Request, *, aloud: bool) -> tuple[MovementLoads, dict[str, Any]]:
    """The movement's loads, and all that is told of them; notes go to standard error if they are ``aloud``."""
    from spinesim.analysis.movement import movement, solve_movement, violations
    from spinesim.io.movement import movement_to_json
    from spinesim.io.provenance import provenance
    from spinesim.model.anatomy import SpineModel

    note_compilation("balance.set_up")
    model, subject = SpineModel.default(), request.case.subject
    try:
        moving = movement(model, subject, request.exercise, request.load_kg, mirrored=request.mirrored)
        notes = [beyond.text for beyond in violations(subject, moving) if beyond.kind == "validated"]
        with counted("frames", len(moving)) as progress:
            loads = solve_movement(model, subject, moving, request.case.exponent, progress)
    except ValueError as error:
        if not str(error).startswith(("subject", "posture", "load", "case")):
            raise
        raise Failure(str(error), INVALID) from None
    for note in notes if aloud else ():
        click.echo(f"note: {note}", err=True)
    resolved = {"exercise": {"name": request.exercise.name, **request.data}, "load_kg": request.load_kg, "mirrored": request.mirrored}
    resolved |= {key: request.case.resolved[key] for key in _OF_CASE}
    told = provenance(resolved, model.hash, source_sha256=request.case.source_sha256)
    return loads, movement_to_json(loads, request.exercise, request.side, told, notes)


def _write(outputs: Outputs, loads: MovementLoads, answer: dict[str, Any], request: Request) -> None:
    def hdf5() -> bytes:
        from spinesim.io.hdf5 import to_bytes
        from spinesim.io.movement import along

        return to_bytes(loads.solution, answer["provenance"], along=along(loads))

    def png() -> bytes:
        from spinesim.viz.timeline import timeline_png

        return timeline_png(answer, request.title, request.subtitle)

    write_all((outputs.hdf5, hdf5), (outputs.png, png))


def _print(answer: dict[str, Any], request: Request, as_json: bool) -> None:
    from spinesim.io.movement import movement_text

    click.echo(json.dumps(answer, allow_nan=False, indent=2) if as_json else movement_text(answer, request.title, request.subtitle))
