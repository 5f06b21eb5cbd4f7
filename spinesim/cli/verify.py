"""``spinesim verify``: is a result file what was written, and does this version give the same again?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from spinesim.cli.errors import CONFIG, FILE, Failure, reported
from spinesim.cli.files import PATH

if TYPE_CHECKING:
    from spinesim.analysis.design import Sweep

DIFFERS: Final = 4
LEAST_ROWS: Final = 10


@click.command("verify")
@click.argument("file", type=PATH)
@click.option(
    "--share", type=click.FloatRange(0.0, 1.0), default=0.01, show_default=True, help="Part of the rows to solve again, at random."
)
@click.option("--tables", type=PATH, metavar="FOLDER", help="Where a table of the config lies; beside FILE by default.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(file: Path, share: float, tables: Path | None, as_json: bool) -> None:
    """Check the structure and every byte of FILE, then solve some of its rows again and compare them bit by bit.

    FILE is what 'spinesim sweep -o' or 'spinesim solve -o' wrote. Links and storage in other files are never followed.

    Exit codes: 0 all is as it was written, 2 made by another model or version, 4 solving again gives other numbers, 6 damaged,
    foreign or unreadable.
    """
    from spinesim.io.reading import ResultFileError

    with reported():
        try:
            answer = _verify(file, share, tables or file.parent)
        except ResultFileError as error:
            raise Failure(str(error), FILE) from None
    if as_json:
        click.echo(json.dumps(answer, indent=2))
    else:
        click.echo(
            f"{file}: {answer['rows']} rows, checksums are right; {answer['solved_again']} solved again, {answer['different']} differ"
        )
    raise SystemExit(DIFFERS if answer["different"] else 0)


def _verify(file: Path, share: float, tables: Path) -> dict[str, Any]:
    from spinesim.io.sweep_reading import read_attrs

    attrs = read_attrs(file)
    if attrs["spinesim_format"] == "spinesim-sweep":
        return {"file": str(file), **_verify_sweep(file, attrs, share, tables)}
    if attrs["spinesim_format"] == "spinesim-solution":
        return {"file": str(file), **_verify_solution(file, attrs)}
    raise Failure(f"{file}: {attrs['spinesim_format']} files cannot be verified; expected a sweep or a solution", CONFIG)


def _verify_sweep(file: Path, attrs: dict[str, Any], share: float, tables: Path) -> dict[str, Any]:
    """Every byte by the hash of the content, and random rows by solving."""
    import numpy as np

    from spinesim.analysis.columns import columns
    from spinesim.analysis.sweep import solved
    from spinesim.io.sweep_file import scales
    from spinesim.io.sweep_reading import check_content
    from spinesim.model.anatomy import SpineModel

    if attrs["kind"] == "summaries":
        check_content(file, attrs, None, {}, np.zeros(0, np.int64))
        _expect_same(file, attrs)
        click.echo("a file of summaries has no rows to solve again", err=True)
        return {"rows": attrs["rows"], "solved_again": 0, "different": 0}
    _expect_same(file, attrs)
    sweep, model = _sweep_of(file, attrs, tables), SpineModel.default()
    table, size = columns(sweep, model), sweep.design.size
    count = min(size, max(LEAST_ROWS, round(share * size)))
    rows = np.sort(np.random.default_rng().choice(size, count, replace=False))
    stored = check_content(file, attrs, table, scales(table, model), rows)
    drawn = [sweep.design.columns(int(row), int(row) + 1) for row in rows]
    values = {key: np.concatenate([one[key] for one in drawn]) for key in sweep.design.keys}
    again = solved(sweep, model, values, count)
    same = np.ones(count, bool)
    for name, array in stored.items():
        same &= (array.reshape(count, -1).view("u1") == np.ascontiguousarray(again[name]).reshape(count, -1).view("u1")).all(axis=1)
    for row in rows[~same][:5]:
        click.echo(f"row {row}: solving again gives other numbers", err=True)
    return {"rows": size, "solved_again": count, "different": int((~same).sum())}


def _verify_solution(file: Path, attrs: dict[str, Any]) -> dict[str, Any]:
    """A single case from its config."""
    import numpy as np

    from spinesim.config.case import build
    from spinesim.config.document import Document
    from spinesim.io.reading import read_solution
    from spinesim.model.anatomy import SpineModel
    from spinesim.solver.api import solve
    from spinesim.solver.variables import VARIABLES

    stored = read_solution(file).solution
    _expect_same(file, attrs)
    if stored.status.ndim:
        click.echo("a batch of the Python interface keeps no cases to solve again", err=True)
        return {"rows": len(stored), "solved_again": 0, "different": 0}
    case = build(Document(str(file), data=attrs["config"]))
    again = solve(SpineModel.default(), case.subject, case.posture, case.load, case.exponent)
    same = all(np.asarray(getattr(again, n)).tobytes() == getattr(stored, n).astype(f"<{v.dtype}").tobytes() for n, v in VARIABLES.items())
    return {"rows": 1, "solved_again": 1, "different": int(not same)}


def _expect_same(file: Path, attrs: dict[str, Any]) -> None:
    """Refuse a file of another model or version, for it cannot be solved again here.

    Raises
    ------
    Failure
        With what differs.
    """
    from spinesim.analysis.sweep import code_identity, difference

    now = {key: value for key, value in code_identity().items() if key in attrs}
    if words := difference({key: attrs[key] for key in now}, now):
        raise Failure(f"{file}: made by another model or version: {words}", CONFIG)


def _sweep_of(file: Path, attrs: dict[str, Any], tables: Path) -> Sweep:
    """The sweep that a file's own config says."""
    from spinesim.config.document import Document
    from spinesim.config.sweep import build_sweep

    return build_sweep(Document(str(file), data=attrs["config"]), tables)
