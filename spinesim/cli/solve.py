"""``spinesim solve``: the loads of one case."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinesim.cli.errors import CONFIG, EXIT_BY_STATUS, FILE, INVALID, Failure, reported

if TYPE_CHECKING:
    from spinesim.analysis.uncertainty import Uncertainty
    from spinesim.config.case import Case
    from spinesim.solver.solution import Solution

_COMPILE_SECONDS = 30
_FILE = click.Path(path_type=Path)
_TOLD = ("samples", "counts", "drivers")


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where results go; ``None`` where they do not."""

    hdf5: Path | None
    png: Path | None
    html: Path | None

    def check(self, case: Path | None) -> None:
        """Refuse before solving what could not be written after it."""
        paths = [path for path in (self.hdf5, self.png, self.html) if path is not None]
        for path in paths:
            folder = path.parent
            if not folder.is_dir():
                raise Failure(f"{path}: the folder {folder} does not exist", FILE)
            if path.is_dir() or not os.access(folder, os.W_OK):
                raise Failure(f"{path}: cannot be written there", FILE)
        real = [os.path.realpath(path) for path in (*paths, *([case] if case else []))]
        if len(set(real)) < len(real):
            raise Failure("two outputs, or an output and the case, are the same file", CONFIG)
        if self.png:
            from spinesim.viz.bars import available

            if not available():
                raise Failure("--png needs matplotlib; install it with: pip install 'spinesim[plot]'", CONFIG)


@click.command("solve")
@click.argument("case", required=False, type=_FILE)
@click.option("--posture", metavar="NAME", help="Posture preset; see 'spinesim postures'.")
@click.option("--load-kg", type=float, metavar="X", help="Mass in the hands.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Replace one value, e.g. subject.mass_kg=80. Repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@click.option("-o", "--output", type=_FILE, metavar="F.h5", help="Write all results as HDF5.")
@click.option("--png", type=_FILE, metavar="F.png", help="Write a picture with bars (needs the extra 'plot').")
@click.option("--html", type=_FILE, metavar="F.html", help="Write one HTML page that needs no network.")
@click.option("--uncertainty", "samples", type=click.IntRange(20, 20_000), metavar="N", help="Percentiles over N samples of all tables.")
@click.option("--seed", type=click.IntRange(0), metavar="S", help="Seed of these samples; 0 without it.")
def command(
    case: Path | None,
    posture: str | None,
    load_kg: float | None,
    overrides: tuple[str, ...],
    as_json: bool,
    output: Path | None,
    png: Path | None,
    html: Path | None,
    samples: int | None,
    seed: int | None,
) -> None:
    """Loads of one CASE (a YAML file); without one, of relaxed standing.

    \b
    spinesim solve configs/lift_stoop.yaml
    spinesim solve --posture lift_squat --load-kg 15 --set subject.mass_kg=80
    spinesim solve --posture standing --uncertainty 1000

    Exit codes: 0 converged, 2 usage or config, 3 strength exceeded, 4 not converged, 5 invalid input, 6 file.
    """  # noqa: D301
    if seed is not None and samples is None:
        raise click.UsageError("--seed is that of --uncertainty N, which is missing")
    outputs = Outputs(output, png, html)
    with reported():
        from spinesim.config.case import assemble

        parsed = assemble(case, overrides, posture, load_kg)
        outputs.check(case)
        notes = in_range(parsed, aloud=as_json)
        solution, model_hash = solved(parsed)
        spread = _sample(parsed, samples, seed or 0) if samples else None
        provenance = _provenance(parsed, model_hash, spread.seed if spread else None)
        answer = _answer(solution, provenance, notes, spread)
        _write(outputs, solution, spread, answer, provenance, parsed)
    _print(answer, parsed, as_json)
    raise SystemExit(EXIT_BY_STATUS[answer["status"]])


def in_range(case: Case, *, aloud: bool) -> list[str]:
    """Notes on values outside the validated range; ``aloud`` where the answer itself is read by a program.

    Raises
    ------
    Failure
        If a value is beyond what can be computed.
    """
    from spinesim.model.ranges import check

    violations = check(case.subject, case.posture, case.load)
    if beyond := [str(v) for v in violations if v.kind == "computable"]:
        raise Failure("\n".join(beyond), INVALID)
    notes = [str(v) for v in violations]
    for note in notes if aloud else ():
        click.echo(f"note: {note}", err=True)
    return notes


def solved(case: Case) -> tuple[Solution, str]:
    """The solution and the model's hash."""
    import spinesim as ss

    note_compilation()
    model = ss.SpineModel.default()
    try:
        solution = ss.solve(model, case.subject, case.posture, case.load, case.exponent)
    except ValueError as error:
        # Faults of input name their section; anything else is a fault of the program and keeps its traceback.
        if not str(error).startswith(("subject", "posture", "load", "exponent", "case")):
            raise
        raise Failure(str(error), INVALID) from None
    if solution.status_name == "invalid_input":
        raise Failure(_unreachable(case), INVALID)
    return solution, model.hash


def note_compilation(*kernels: str) -> bool:
    """Say that the solver, and ``kernels`` beside it, will be compiled, if they will be."""
    from spinesim.mechanics.jit import CACHE_PERSISTS
    from spinesim.solver.compiled import is_cached

    missing = not is_cached(*kernels)
    if missing:
        often = "once" if CACHE_PERSISTS else "every time, as no cache folder can be written: set SPINESIM_CACHE_DIR"
        click.echo(f"compiling the solver ({often}; about {_COMPILE_SECONDS} s) ...", err=True)
    return missing


def _sample(case: Case, samples: int, seed: int) -> Uncertainty:
    """The case with many drawn models; its numbers were checked when it was solved."""
    import spinesim as ss
    from spinesim.cli.progress import counted

    note_compilation("gap_fit.fit_gap")
    with counted("samples", samples) as progress:
        model = ss.SpineModel.default()
        return ss.uncertainty(model, case.subject, case.posture, case.load, samples, seed, case.exponent, progress)


def _unreachable(case: Case) -> str:
    """Why the kernel refused a case whose numbers are all in range: the arms are too short."""
    position = case.posture.hand_position_mm
    if position is None:
        return "this input cannot be solved"
    return f"posture.hand_position_mm = [{position[0]:g}, {position[1]:g}] mm is out of reach of the arms in this trunk posture"


def _provenance(case: Case, model_hash: str, seed: int | None) -> dict[str, Any]:
    from spinesim.io.provenance import provenance

    return provenance(case.resolved, model_hash, seed=seed, source_sha256=case.source_sha256)


def _answer(solution: Solution, provenance: dict[str, Any], notes: list[str], spread: Uncertainty | None) -> dict[str, Any]:
    from spinesim.io.json import solution_to_json

    return solution_to_json(solution, provenance, notes, spread)


def _write(
    outputs: Outputs, solution: Solution, spread: Uncertainty | None, answer: dict[str, Any], provenance: dict[str, Any], case: Case
) -> None:
    """Make everything first and write then, so that a fault leaves nothing behind."""
    from spinesim.io.atomic import write_bytes

    contents: list[tuple[Path, bytes]] = []
    if outputs.hdf5:
        from spinesim.io.hdf5 import to_bytes

        attrs = provenance | ({"uncertainty": {name: answer["uncertainty"][name] for name in _TOLD}} if spread else {})
        contents.append((outputs.hdf5, to_bytes(solution, attrs, spread.percentiles if spread else None)))
    if outputs.png:
        from spinesim.viz.bars import bars_png

        contents.append((outputs.png, bars_png(answer, title(case), subtitle(case))))
    if outputs.html:
        from spinesim.viz.page import page_html

        contents.append((outputs.html, page_html(answer, title(case), subtitle(case)).encode()))
    for path, content in contents:
        write_bytes(path, content)
        click.echo(f"wrote {path}", err=True)


def title(case: Case) -> str:
    """Heading of tables and pictures."""
    return case.title or "Loads of the lumbar spine"


def subtitle(case: Case) -> str:
    """Who, how and with what, in a line."""
    person, load = case.subject, case.load
    hands = {"both": "both hands", "left": "the left hand", "right": "the right hand"}[load.hands]
    carried = [f"{load.mass_kg:g} kg in {hands}"] if load.mass_kg else []
    carried += [f"{load.backpack_kg:g} kg on the back"] if load.backpack_kg else []
    forces = (("push", load.push_N), ("lift", load.lift_N), ("sideways", load.side_N))
    carried += [f"{name} {force:g} N" for name, force in forces if force]
    who = f"{person.sex}, {person.age_years:g} years, {person.mass_kg:g} kg, {person.stature_m:g} m"
    return f"Posture: {case.preset or 'own angles'}. Load: {', '.join(carried) or 'none'}. Person: {who}."


def _print(answer: dict[str, Any], case: Case, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(answer, allow_nan=False, indent=2))
        return
    from spinesim.io.tables import answer_text

    click.echo(answer_text(answer, title(case), subtitle(case)))
