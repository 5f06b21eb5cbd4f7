"""Rewrites what documents quote from the model: ``python docs/refresh.py`` (``make refresh``).

README.md: the result between the marks and its picture; results.md: the list of variables; limits.md: the ranges;
configs/schema.json. Tests fail where these are out of date.
"""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
COMMAND = "spinesim solve configs/lift_stoop.yaml"
PICTURE = "docs/img/lift_stoop.png"
BEGIN, END = "<!-- result:begin, written by docs/refresh.py -->", "<!-- result:end -->"
# What follows the tables stands in the README in other words.
_LAST = "\n\nJoint loads are"


def main() -> None:
    """Rewrite everything in place."""
    _replace("README.md", rf"{re.escape(BEGIN)}.*?{re.escape(END)}", f"{BEGIN}\n{quoted()}\n{END}")
    _replace("docs/results.md", r"(?<=\|---\|---\|---\|---\|\n)(\| `.*\n)+", variable_rows(), count=1)
    _replace("docs/limits.md", r"(?<=\|---\|---\|---\|---\|---\|\n)(\| `.*\n)+", range_rows(), count=1)
    from spinesim.config import json_schema

    (ROOT / "configs/schema.json").write_text(json.dumps(json_schema(), indent=2) + "\n", encoding="utf-8")


def quoted() -> str:
    """The terminal output of the README's case, without its legend and closing notes; also draws the picture."""
    python = [sys.executable, "-c", "from spinesim.cli import main; main()"]
    done = subprocess.run([*python, *COMMAND.split()[1:], "--png", PICTURE], cwd=ROOT, capture_output=True, text=True, check=True)
    return f"```\n$ {COMMAND}\n{done.stdout.partition(_LAST)[0].rstrip()}\n```"


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


def _replace(name: str, pattern: str, text: str, count: int = 0) -> None:
    path = ROOT / name
    old = path.read_text(encoding="utf-8")
    new, found = re.subn(pattern, lambda _: text, old, count=count, flags=re.DOTALL if "result" in pattern else 0)
    if not found:
        raise SystemExit(f"{name}: nothing to replace")
    if new != old:
        path.write_text(new, encoding="utf-8")
        print(f"{name}: rewritten")


if __name__ == "__main__":
    main()
