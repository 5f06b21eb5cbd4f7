"""``spinesim solve``: the loads of one case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinesim.cli.errors import CONFIG, EXIT_BY_STATUS, INVALID, Failure, reported
from spinesim.cli.files import PATH, Outputs, write_all

if TYPE_CHECKING:
    from spinesim.analysis.uncertainty import Uncertainty
    from spinesim.config.case import Case
    from spinesim.solver.solution import Solution
    from spinesim.solver.stability import Stability

_COMPILE_SECONDS = 50
_TOLD = ("samples", "counts", "drivers")


@click.command("solve")
@click.argument("case", required=False, type=PATH)
@click.option("--posture", metavar="NAME", help="Posture preset; see 'spinesim postures'.")
@click.option("--load-kg", type=float, metavar="X", help="Mass in the hands.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Replace one value, e.g. subject.mass_kg=80. Repeatable.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@click.option("-o", "--output", type=PATH, metavar="F.h5", help="Write all results as HDF5.")
@click.option("--png", type=PATH, metavar="F.png", help="Write a picture with bars (needs the extra 'plot').")
@click.option("--html", type=PATH, metavar="F.html", help="Write one HTML page that needs no network.")
@click.option("--uncertainty", "samples", type=click.IntRange(20, 20_000), metavar="N", help="Percentiles over N samples of all tables.")
@click.option("--seed", type=click.IntRange(0), metavar="S", help="Seed of these samples; 0 without it.")
@click.option("--stability", "nudged", is_flag=True, help="Also whether the spine comes back when it is nudged.")
@click.option("--least-effort", "chosen", is_flag=True, help="Split the trunk inclination between spine and hips by least effort.")
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
    nudged: bool,
    chosen: bool,
) -> None:
    """Loads of one CASE (a YAML file); without one, of relaxed standing.

    \b
    spinesim solve configs/lift_stoop.yaml
    spinesim solve --posture lift_squat --load-kg 15 --set subject.mass_kg=80
    spinesim solve --posture standing --uncertainty 1000
    spinesim solve --posture standing --stability
    spinesim solve --set posture.trunk_inclination_deg=60 --least-effort --set subject.strength.gluteus_maximus=0.7

    Exit codes: 0 converged, 2 usage or config, 3 strength exceeded, 4 not converged, 5 invalid input, 6 file.
    """  # noqa: D301
    if seed is not None and samples is None:
        raise click.UsageError("--seed is that of --uncertainty N, which is missing")
    outputs = Outputs(output, png, html)
    with reported():
        from spinesim.config.case import assemble

        parsed = assemble(case, overrides, posture, load_kg)
        outputs.check(case)
        split = _split(parsed) if chosen else None
        parsed = split[0] if split else parsed
        notes = [*in_range(parsed, aloud=as_json), *(split[1:] if split else ())]
        solution, model_hash = solved(parsed)
        spread = _sample(parsed, samples, seed or 0) if samples else None
        provenance = _provenance(parsed, model_hash, spread.seed if spread else None)
        answer = _answer(solution, provenance, notes, spread, _stability(parsed, solution) if nudged else None)
        _write(outputs, solution, spread, answer, provenance, parsed)
    _print(answer, parsed, as_json)
    raise SystemExit(EXIT_BY_STATUS[answer["status"]])


def _split(case: Case) -> tuple[Case, str]:
    """The case with the lumbar share of least effort, and a note on it."""
    from dataclasses import replace

    from spinesim.analysis.least_effort import least_effort
    from spinesim.model.anatomy import SpineModel

    note_compilation()
    try:
        found = least_effort(SpineModel.default(), case.subject, case.posture, case.load, case.exponent)
    except ValueError as error:
        raise Failure(str(error), CONFIG) from None
    told = case.resolved | {"posture": case.resolved["posture"] | {"lumbar_share": found.lumbar_share}}
    shares = f"{100 * found.lumbar_share:.1f} % of the trunk inclination; healthy adults unloaded {100 * found.healthy_share:.1f} %"
    return replace(case, posture=found.posture, resolved=told), f"lumbar spine by least effort: {shares}"


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

    note_compilation("gap_fit.fit_gaps")
    with counted("samples", samples) as progress:
        model = ss.SpineModel.default()
        return ss.uncertainty(model, case.subject, case.posture, case.load, samples, seed, case.exponent, progress)


def _stability(case: Case, solution: Solution) -> Stability:
    """The stability of a solved case.

    Raises
    ------
    Failure
        If the case has none: it moves, or did not converge.
    """
    import spinesim as ss

    note_compilation("stability.differentiate")
    try:
        return ss.stability(ss.SpineModel.default(), case.subject, case.posture, case.load, solution)
    except ValueError as error:
        raise Failure(str(error), INVALID) from None


def _unreachable(case: Case) -> str:
    """Why the kernel refused a case whose numbers are all in range: the arms are too short."""
    position = case.posture.hand_position_mm
    if position is None:
        return "this input cannot be solved"
    return f"posture.hand_position_mm = [{position[0]:g}, {position[1]:g}] mm is out of reach of the arms in this trunk posture"


def _provenance(case: Case, model_hash: str, seed: int | None) -> dict[str, Any]:
    from spinesim.io.provenance import provenance

    return provenance(case.resolved, model_hash, seed=seed, source_sha256=case.source_sha256)


def _answer(
    solution: Solution, provenance: dict[str, Any], notes: list[str], spread: Uncertainty | None, nudged: Stability | None
) -> dict[str, Any]:
    from spinesim.io.json import solution_to_json, stability_to_json

    answer = solution_to_json(solution, provenance, notes, spread)
    return answer if nudged is None else answer | {"stability": stability_to_json(nudged)}


def _write(
    outputs: Outputs, solution: Solution, spread: Uncertainty | None, answer: dict[str, Any], provenance: dict[str, Any], case: Case
) -> None:
    def hdf5() -> bytes:
        from spinesim.io.hdf5 import to_bytes

        attrs = provenance | ({"uncertainty": {name: answer["uncertainty"][name] for name in _TOLD}} if spread else {})
        return to_bytes(solution, attrs, spread.percentiles if spread else None)

    def png() -> bytes:
        from spinesim.viz.bars import bars_png

        return bars_png(answer, title(case), subtitle(case))

    def html() -> bytes:
        from spinesim.viz.page import page_html

        return page_html(answer, title(case), subtitle(case)).encode()

    write_all((outputs.hdf5, hdf5), (outputs.png, png), (outputs.html, html))


def title(case: Case) -> str:
    """Heading of tables and pictures."""
    return case.title or "Loads of the lumbar spine"


def subtitle(case: Case) -> str:
    """Who, how and with what, in a line."""
    from spinesim.io.tables import person_words

    load = case.load
    hands = {"both": "both hands", "left": "the left hand", "right": "the right hand"}[load.hands]
    carried = [f"{load.mass_kg:g} kg in {hands}"] if load.mass_kg else []
    carried += [f"{load.backpack_kg:g} kg on the back"] if load.backpack_kg else []
    forces = (("push", load.push_N), ("lift", load.lift_N), ("sideways", load.side_N))
    carried += [f"{name} {force:g} N" for name, force in forces if force]
    return f"Posture: {case.preset or 'own angles'}. Load: {', '.join(carried) or 'none'}. Person: {person_words(case.subject)}."


def _print(answer: dict[str, Any], case: Case, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(answer, allow_nan=False, indent=2))
        return
    from spinesim.io.tables import answer_text

    click.echo(answer_text(answer, title(case), subtitle(case)))
