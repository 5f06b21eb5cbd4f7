"""Rules of the repository itself: imports, sizes, versions, words, locks and what the README promises."""

from __future__ import annotations

import ast
import csv
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import spinesim

ROOT = Path(__file__).resolve().parents[2]
# Nothing here belongs to the project: environments, caches, outputs.
GENERATED = {".git", ".venv", "build", "dist", "out", "__pycache__", "node_modules"}
TEXT = (".py", ".md", ".toml", ".yaml", ".yml", ".json", ".csv", ".cff", ".lock", ".html", ".js", ".css", "Makefile", "run")
PINNED = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+")
MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 90


def project_files(*suffixes: str) -> Iterator[Path]:
    for folder, subfolders, names in os.walk(ROOT):
        subfolders[:] = [s for s in subfolders if s not in GENERATED and not s.endswith(("_cache", ".egg-info")) and s != ".hypothesis"]
        for name in names:
            if not suffixes or name.endswith(suffixes):
                yield Path(folder, name)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def project() -> dict[str, object]:
    return tomllib.loads(read("pyproject.toml"))["project"]


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    total = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        total -= (first.end_lineno or first.lineno) - first.lineno + 1
    return total


def distribution(requirement: str) -> str:
    """Normalised name of the distribution in a requirement or pin."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def pins(name: str) -> dict[str, str]:
    lines = [line for line in read(name).splitlines() if line and not line.startswith("#")]
    assert all(PINNED.fullmatch(line) for line in lines), f"{name}: only plain name==version pins"
    return {distribution(line): line for line in lines}


def test_import_contracts_hold():
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "2 kept, 0 broken" in result.stdout


def test_nothing_is_left_of_a_merge():
    marked = re.compile(r"^(<{7}|>{7}) ", re.MULTILINE)
    assert not [str(p) for p in project_files(*TEXT) if marked.search(p.read_text(encoding="utf-8"))]


def test_no_file_is_too_long():
    lengths = {p.relative_to(ROOT): len(p.read_text(encoding="utf-8").splitlines()) for p in project_files(".py")}
    assert not {str(p): n for p, n in lengths.items() if n > MAX_FILE_LINES}


def test_no_function_is_too_long():
    long = []
    for path in project_files(".py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and code_lines(node) > MAX_FUNCTION_LINES:
                long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {code_lines(node)} lines")
    assert not long


def test_fastmath_stays_off():
    hits = [str(p.relative_to(ROOT)) for p in (ROOT / "spinesim").rglob("*.py") if re.search(r"fastmath\s*=\s*[^F\s]", p.read_text())]
    assert not hits


def test_versions_agree():
    version = str(project()["version"])
    cited = re.search(r"^version: (\S+)$", read("CITATION.cff"), re.MULTILINE)
    released = re.search(r"^## \[(\d\S*)\] - (\S+)$", read("CHANGELOG.md"), re.MULTILINE)
    assert cited
    assert released
    assert spinesim.__version__ == version == cited[1] == released[1]
    assert f'date-released: "{released[2]}"' in read("CITATION.cff")


def test_nothing_of_a_machine_is_in_the_files():
    folders = "|".join(("work", "root", "home", "opt", "mnt", "Users"))
    absolute = re.compile(rf"(?<![\w./~$}}-])/(?:{folders})/\w")
    # Put together here, so that this file passes its own test.
    hosts = [a + b for a, b in (("pypi", ".org"), ("pythonhosted", "."), ("anaconda", ".org"), ("--index", "-url"), ("--find", "-links"))]
    found = []
    for path in project_files(*TEXT):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if absolute.search(line) or any(host in line for host in hosts):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not found


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", ".ci/run"])
def test_make_commands_exist(document):
    targets = set(re.findall(r"^([a-z][a-z-]*):", read("Makefile"), re.MULTILINE))
    # At the start of a line or of code, after variables at most: "make sure" in prose is no command.
    named = set(re.findall(r"(?:^|`)(?:[A-Z]+=\S+ )*make ([a-z][a-z-]*)", read(document), re.MULTILINE))
    assert named
    assert named <= targets, f"{document} names unknown targets: {sorted(named - targets)}"


def test_links_of_documents_exist():
    missing = []
    for path in project_files(".md"):
        for target in re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8")):
            if "://" not in target and not (path.parent / target).exists():
                missing.append(f"{path.relative_to(ROOT)}: {target}")
    assert not missing


def test_locks_cover_the_dependencies_and_agree():
    run, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    extras = project()["optional-dependencies"]
    wanted = {distribution(r) for r in project()["dependencies"]}
    # Other codes to compare with are no part of the development environment.
    tools = {distribution(r) for name, group in extras.items() if name != "opensim" for r in group} - {"spinesim"}
    assert wanted <= set(run)
    assert wanted | tools <= set(dev)
    assert set(run.values()) <= set(dev.values())


def test_import_is_light_and_names_are_complete():
    code = "import sys, spinesim; print(sorted({'numpy', 'numba', 'click', 'pydantic', 'h5py'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_public_names_match_their_type_hints():
    tree = ast.parse(read("spinesim/__init__.py"))
    hinted = {
        alias.name: node.module
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert hinted == spinesim._HOME
    assert set(spinesim.__all__) == set(hinted) | {"__version__"}
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = spinesim.no_such_name


@pytest.mark.parametrize("name", spinesim.__all__)
def test_public_name_loads(name):
    assert getattr(spinesim, name) is not None
    assert name in dir(spinesim)


def test_results_page_lists_every_variable():
    from spinesim.solver.variables import VARIABLES

    page = read("docs/results.md")
    rows = [f"| `{name}` | {', '.join(v.dims) or '-'} | {v.unit} | {v.long_name} |" for name, v in VARIABLES.items()]
    assert not [row for row in rows if row not in page]


def test_limits_page_lists_every_range():
    page = read("docs/limits.md")
    with (ROOT / "geometry/adult/ranges.csv").open(encoding="utf-8", newline="") as table:
        ranges = list(csv.DictReader(table))
    row = "| `{quantity}` | {unit} | {computable_lo} to {computable_hi} | {validated_lo} to {validated_hi} |"
    rows = [row.format(**r) for r in ranges]
    assert rows
    assert not [row for row in rows if row not in page]


def test_datasheet_counts_its_rows():
    sheet, statuses = read("geometry/adult/DATASHEET.md"), Counter()
    for path in sorted((ROOT / "geometry/adult").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as table:
            rows = list(csv.DictReader(table))
        assert f"| `{path.name}` | {len(rows)} |" in sheet, "run: make refresh"
        statuses.update(row["status"] for row in rows if "status" in row)
    for status, count in statuses.items():
        assert re.search(rf"^\| `{status}` \|.*\| {count} \|$", sheet, re.MULTILINE), status
