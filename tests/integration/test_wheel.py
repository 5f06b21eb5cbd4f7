"""The wheel and the source archive are complete, and the wheel works away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SINGLE_FILES = {
    ".ci/run", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md",
    "pyproject.toml", "requirements-dev.lock", "requirements.lock",
}  # fmt: skip

pytestmark = pytest.mark.wheel


def run(*command: str, cwd: Path, env: dict[str, str] | None = None) -> str:
    result = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet")
    run(*pip, "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT), cwd=folder)
    (built,) = folder.glob("spinesim-*.whl")
    return built


@pytest.fixture(scope="module")
def site(wheel) -> Path:
    folder = wheel.parent / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def data_files(name: str) -> set[str]:
    return {p.relative_to(ROOT).as_posix() for p in (ROOT / name).rglob("*") if p.is_file() and "__pycache__" not in p.parts}


def in_wheel(site: Path, cwd: Path, *arguments: str) -> str:
    """Run Python with the wheel's files in front of any installed copy."""
    return run(sys.executable, *arguments, cwd=cwd, env={**os.environ, "PYTHONPATH": str(site)})


@pytest.mark.parametrize("name", ["geometry", "configs"])
def test_wheel_carries_the_data(site, name):
    files = data_files(name)
    assert files
    missing = [f for f in sorted(files) if not (site / "spinesim/_data" / f).is_file()]
    assert not missing


def test_wheel_carries_the_published_cases(site, tmp_path):
    shipped = {Path(f).relative_to("tests/validation/cases") for f in data_files("tests/validation/cases")}
    assert shipped
    assert not [f for f in sorted(shipped) if not (site / "spinesim/_data/cases" / f).is_file()]
    code = "import sys; from spinesim.cli import main; sys.argv = ['spinesim', 'validate', '--list']; main()"
    assert "wilke-1999-standing" in in_wheel(site, tmp_path, "-c", code)


def test_wheel_carries_the_package_and_nothing_else(site):
    sources = {p.relative_to(ROOT).as_posix() for p in (ROOT / "spinesim").rglob("*.py")}
    assert not [s for s in sorted(sources) if not (site / s).is_file()]
    assert (site / "spinesim/py.typed").is_file()
    assert {p.name for p in site.iterdir() if p.suffix != ".dist-info"} == {"spinesim"}


def test_wheel_carries_what_the_offline_page_is_made_of(site):
    folder = Path("spinesim/viz/offline/assets")
    files = {path.name for path in (ROOT / folder).iterdir()}
    assert {"page.html", "page.css", "main.js"} <= files
    assert not [name for name in sorted(files) if not (site / folder / name).is_file()]


def test_wheel_has_entry_point_and_licence(site):
    (info,) = site.glob("*.dist-info")
    assert "spinesim = spinesim.cli:run" in (info / "entry_points.txt").read_text()
    assert (info / "licenses/LICENSE").read_text() == (ROOT / "LICENSE").read_text()


def test_wheel_model_loads_from_another_folder(site, tmp_path):
    code = "import spinesim; spinesim.SpineModel.default(); spinesim.preset('standing'); print(spinesim.__file__)"
    used = in_wheel(site, tmp_path, "-c", code).strip()
    assert Path(used).resolve() == (site / "spinesim/__init__.py").resolve()


def test_wheel_command_answers(site, tmp_path):
    code = "import sys; from spinesim.cli import main; sys.argv = ['spinesim', '--help']; main()"
    assert "solve" in in_wheel(site, tmp_path, "-c", code)


def test_source_archive_is_complete(tmp_path):
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path), cwd=ROOT)
    (archive,) = tmp_path.glob("spinesim-*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.split("/", 1)[1] for name in tar.getnames()}
    wanted = SINGLE_FILES | data_files("geometry") | data_files("configs") | data_files("docs") | data_files("tests/validation/cases")
    assert not sorted(wanted - names)
