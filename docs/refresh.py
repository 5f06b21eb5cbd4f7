"""Rewrites what documents quote from the model: ``python docs/refresh.py`` (``make refresh``).

README.md: the picture it opens with, the result between the marks, its picture, and the comparison with measured pressures;
validation.md: agreement and verdicts; exercises.md: peaks; figures.md: its pictures; results.md: the list of variables; limits.md:
the ranges and the figures about weak points; the datasheet's counts of rows; the schemas in configs.
Tests fail where these are out of date.
"""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]
COMMAND = "spinesim solve configs/lift_stoop.yaml"
PICTURE = "docs/img/lift_stoop.png"
SPINE = "spinesim render configs/lift_stoop.yaml -o docs/img/spine.png --size 1200x820"
# What follows the tables stands in the README in other words.
_LAST = "\n\nJoint loads are"


def main() -> None:
    """Rewrite everything in place."""
    import figures

    count_rows()
    _between("README.md", "result", quoted())
    _between("README.md", "pressures", figures.pressures())
    spine()
    _between("docs/validation.md", "validation", figures.validation())
    _between("docs/exercises.md", "exercises", figures.exercises())
    _between("docs/exercises.md", "remembered", figures.remembered())
    draw_figures()
    _between("docs/limits.md", "weak points", figures.weak_points())
    _between("docs/limits.md", "single figures", figures.single_figures())
    _replace("docs/results.md", r"(?<=\|---\|---\|---\|---\|\n)(\| `.*\n)+", variable_rows(), count=1)
    _replace("docs/limits.md", r"(?<=\|---\|---\|---\|---\|---\|\n)(\| `.*\n)+", range_rows(), count=1)
    from spinesim.config.json_schema import exercise_schema, json_schema
    from spinesim.config.lesson import lesson_schema
    from spinesim.config.person_schema import person_schema
    from spinesim.config.plan_json_schema import log_schema, plan_schema
    from spinesim.config.sweep_json_schema import sweep_schema

    schemas = {
        "schema": json_schema(),
        "sweep.schema": sweep_schema(),
        "exercises/schema": exercise_schema(),
        "person.schema": person_schema(),
        "plan.schema": plan_schema(),
        "sessions.schema": log_schema(),
        "lessons/schema": lesson_schema(),
    }
    for name, schema in schemas.items():
        (ROOT / f"configs/{name}.json").write_text(json.dumps(schema, indent=2) + "\n", encoding="utf-8")


def count_rows() -> None:
    """The numbers of rows in the datasheet: by file and by status."""
    tables = {}
    for path in sorted((ROOT / "geometry/adult").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as table:
            tables[path.name] = list(csv.DictReader(table))
    statuses = Counter(row["status"] for table in tables.values() for row in table if "status" in row)
    sheet = "geometry/adult/DATASHEET.md"
    for name, table in tables.items():
        _replace(sheet, rf"(?<=^\| `{name}` \| )\d+", str(len(table)), flags=re.MULTILINE)
    for status, count in statuses.items():
        row = rf"^(\| `{status}` \|.*\| )\d+(?= \|$)"
        _replace(sheet, row, lambda found, count=count: f"{found[1]}{count}", flags=re.MULTILINE)


def spine() -> None:
    """The picture that the README opens with."""
    _run(SPINE)


def draw_figures() -> None:
    """The pictures of figures.md, by the commands that stand there."""
    (ROOT / "out").mkdir(exist_ok=True)
    block = re.search(r"```\n(.*?)```", (ROOT / "docs/figures.md").read_text(encoding="utf-8"), re.DOTALL)
    for line in block[1].splitlines() if block else ():
        # A finished sweep would be left as it is.
        (ROOT / line.split()[-1]).unlink(missing_ok=True)
        _run(line)


def quoted() -> str:
    """The terminal output of the README's case, without its legend and closing notes; also draws the picture."""
    return f"```\n$ {COMMAND}\n{_run(f'{COMMAND} --png {PICTURE}').partition(_LAST)[0].rstrip()}\n```"


def variable_rows() -> str:
    """The rows of results.md."""
    from spinesim.solver.variables import VARIABLES

    return "".join(f"| `{name}` | {', '.join(v.dims) or '-'} | {v.unit} | {v.long_name} |\n" for name, v in VARIABLES.items())


def range_rows() -> str:
    """The rows of limits.md."""
    with (ROOT / "geometry/adult/ranges.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    text = "| `{quantity}` | {unit} | {computable_lo} to {computable_hi} | {validated_lo} to {validated_hi} | {note} |\n"
    return "".join(text.format(**{**row, "note": row["note"] or "-"}) for row in rows)


def _run(command: str) -> str:
    """What a ``spinesim`` command prints."""
    python = [sys.executable, "-c", "from spinesim.cli import main; main()"]
    return subprocess.run([*python, *command.split()[1:]], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def _between(name: str, mark: str, text: str) -> None:
    """Replace what stands between two marks of a document."""
    begin, end = f"<!-- {mark}:begin, written by docs/refresh.py -->", f"<!-- {mark}:end -->"
    _replace(name, f"{re.escape(begin)}.*?{re.escape(end)}", f"{begin}\n{text}\n{end}", flags=re.DOTALL)


def _replace(name: str, pattern: str, text: str | Callable[[re.Match[str]], str], count: int = 0, flags: int = 0) -> None:
    path = ROOT / name
    old = path.read_text(encoding="utf-8")
    new, found = re.subn(pattern, text if callable(text) else lambda _: text, old, count=count, flags=flags)
    if not found:
        raise SystemExit(f"{name}: nothing to replace")
    if new != old:
        path.write_text(new, encoding="utf-8")
        print(f"{name}: rewritten")


if __name__ == "__main__":
    main()
