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
    from spinesim.config.case import Case
    from spinesim.solver.solution import Solution

_COMPILE_SECONDS = 60
_FILE = click.Path(path_type=Path)


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
def command(
    case: Path | None,
    posture: str | None,
    load_kg: float | None,
    overrides: tuple[str, ...],
    as_json: bool,
    output: Path | None,
    png: Path | None,
    html: Path | None,
) -> None:
    """Loads of one CASE (a YAML file); without one, of relaxed standing.

    \b
    spinesim solve configs/lift_stoop.yaml
    spinesim solve --posture lift_squat --load-kg 15 --set subject.mass_kg=80

    Exit codes: 0 converged, 2 usage or config, 3 strength exceeded, 4 not converged, 5 invalid input, 6 file.
    """  # noqa: D301
    outputs = Outputs(output, png, html)
    with reported():
        from spinesim.config.case import assemble

        parsed = assemble(case, overrides, posture, load_kg)
        outputs.check(case)
        notes = _in_range(parsed)
        solution, model_hash = _solve(parsed)
        answer, provenance = _answer(parsed, solution, model_hash, notes)
        _write(outputs, solution, answer, provenance, _title(parsed))
    _print(answer, _title(parsed), as_json)
    raise SystemExit(EXIT_BY_STATUS[answer["status"]])


def _in_range(case: Case) -> list[str]:
    """Notes on values outside the validated range.

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
    for note in notes:
        click.echo(f"note: {note}", err=True)
    return notes


def _solve(case: Case) -> tuple[Solution, str]:
    import spinesim as ss
    from spinesim.solver.compiled import is_cached

    if not is_cached():
        click.echo(f"compiling the solver (once, about {_COMPILE_SECONDS} s) ...", err=True)
    model = ss.SpineModel.default()
    try:
        solution = ss.solve(model, case.subject, case.posture, case.load, exponent=case.exponent)
    except ValueError as error:
        raise Failure(str(error), INVALID) from None
    if solution.status_name == "invalid_input":
        raise Failure("this input cannot be solved (invalid_input)", INVALID)
    return solution, model.hash


def _answer(case: Case, solution: Solution, model_hash: str, notes: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    from spinesim.io.json import solution_to_json
    from spinesim.io.provenance import provenance

    source = provenance(case.resolved, model_hash, source_sha256=case.source_sha256)
    return solution_to_json(solution, source, notes), source


def _write(outputs: Outputs, solution: Solution, answer: dict[str, Any], provenance: dict[str, Any], title: str) -> None:
    """Make everything first and write then, so that a fault leaves nothing behind."""
    from spinesim.io.atomic import write_bytes

    contents: list[tuple[Path, bytes]] = []
    if outputs.hdf5:
        from spinesim.io.hdf5 import to_bytes

        contents.append((outputs.hdf5, to_bytes(solution, provenance)))
    if outputs.png:
        from spinesim.viz.bars import bars_png

        contents.append((outputs.png, bars_png(answer, title)))
    if outputs.html:
        from spinesim.viz.page import page_html

        contents.append((outputs.html, page_html(answer, title).encode()))
    for path, content in contents:
        write_bytes(path, content)
        click.echo(f"wrote {path}", err=True)


def _title(case: Case) -> str:
    carried = f", {case.load.mass_kg:g} kg in the hands" if case.load.mass_kg else ""
    return case.title or f"Lumbar spine loads, {case.subject.mass_kg:g} kg, {case.subject.stature_m:g} m{carried}"


def _print(answer: dict[str, Any], title: str, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(answer, allow_nan=False, indent=2))
        return
    from spinesim.io.tables import answer_text

    click.echo(answer_text(answer, title))
