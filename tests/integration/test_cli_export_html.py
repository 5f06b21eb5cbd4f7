"""``spinesim export-html`` as a user calls it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from browser import CHROMIUM, Browser, needs_browser
from click.testing import CliRunner

from spinesim.cli import main

ROOT = Path(__file__).resolve().parents[2]
FEW = ("--axis", "trunk_inclination_deg=0,40", "--axis", "lateral_deg=0", "--axis", "load_kg=0,10", "--axis", "hold_mm=300")


def call(*arguments: str):
    return CliRunner().invoke(main, ["export-html", *map(str, arguments)])


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    (folder / "case.yaml").write_text("title: A <page>\ndescription: For a test.\n")
    result = call(
        folder / "case.yaml", *FEW, "--person", ROOT / "configs/persons/woman_42_bulge.yaml", "--detail", "low", "-o", folder / "a.html"
    )
    assert result.exit_code == 0, result.output
    assert "wrote" in result.stderr
    return folder / "a.html"


def test_the_page_says_whose_and_whence(written):
    text = written.read_text(encoding="utf-8")
    assert len(text) < 5_000_000
    assert "<h1>A &lt;page&gt;</h1>" in text
    assert "Woman, 42 years" in text
    assert "4 postures and loads were solved (4 converged)" in text
    assert re.search(r"In the middles of 1 cells, solved for comparison, they were off by:</p><table>.*Disc compression</th><td>\d", text)
    about = json.loads(re.search(r'id="about">(.*?)</script>', text, re.DOTALL)[1].replace("<\\/", "</"))
    assert [axis["values"] for axis in about["sources"][0]["axes"]] == [[0.0, 40.0], [0.0], [0.0, 10.0], [300.0]]
    assert {bone["name"] for bone in about["bones"]} >= {"sacrum", "L5", "L1", "T12", "pelvis_left", "pelvis_right"}


def test_nothing_of_the_page_is_elsewhere(written):
    text = re.sub(r"<script type=.*?</script>", "", written.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.search(r"""(src|href)=["'](?!data:)""", text)
    assert not re.search(r"@import|url\(|importScripts|XMLHttpRequest|WebSocket", text)
    assert set(re.findall(r"https?://[^'\"\s<)]+", text)) <= {"http://www.w3.org/2000/svg"}


@pytest.mark.browser
@needs_browser
def test_the_page_opens_in_less_than_three_seconds(written):
    assert CHROMIUM
    with Browser() as browser:
        page = browser.page()
        page.open(written)
        page.wait("window.spinesim && window.spinesim.ready")
        assert page.evaluate("window.spinesim.first_picture_ms") < 3000.0
        assert page.requests == [written.as_uri()]
        assert page.errors == []


def test_findings_of_the_person_lower_what_the_tissues_bear(written):
    from spinesim.analysis.tolerance import Findings
    from spinesim.config.person import load_person
    from spinesim.viz.scene import Tolerances

    person = load_person(ROOT / "configs/persons/woman_42_bulge.yaml")
    text = written.read_text(encoding="utf-8")
    about = json.loads(re.search(r'id="about">(.*?)</script>', text, re.DOTALL)[1].replace("<\\/", "</"))
    known = Tolerances.of(person.subject, person.findings).median["compression"].tolist()
    assert about["tolerances"]["disc_compression_N"] == known
    assert known != Tolerances.of(person.subject, Findings.none()).median["compression"].tolist()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--axis", "flexoin_deg=0,1"), 2, "axis 'flexoin_deg' is unknown; expected one of trunk_inclination_deg"),
        (("--axis", "load_kg=0..x:3"), 2, "--axis load_kg=0..x:3: expected KEY=A..B:N or KEY=A,B,C"),
        (("--axis", "load_kg"), 2, "axis load_kg: 0 values"),
        (("--axis", "load_kg=0..100:3"), 2, "axis load_kg: 100 is outside the computable range 0 to"),
        (("--axis", "load_kg=0", "--axis", "load_kg=1"), 2, "axis load_kg is given twice"),
        (("--axis", "load_kg=0..10:2000"), 2, "expected KEY=A..B:N"),
        (("--axis", "flexion_deg=0,10", "--axis", "trunk_inclination_deg=0,10"), 2, "two ways of saying one posture"),
        (("--lesson", str(ROOT / "configs/lessons/lifting.yaml"), "--axis", "load_kg=0,1"), 2, "the axes of a lesson are in its file"),
        (("--lesson", "missing.yaml"), 6, "missing.yaml: No such file"),
        (("--person", str(ROOT / "configs/persons/woman_42_bulge.yaml"), "--set", "subject.mass_kg=80"), 2, "two ways of saying one body"),
        (("--set", "subject.mass_kg=400"), 5, "subject.mass_kg = 400 kg is outside the computable range"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_by_name_and_nothing_is_written(tmp_path, arguments, code, words):
    result = call(*arguments, "-o", tmp_path / "a.html")
    assert (result.exit_code, words in result.output) == (code, True), result.output
    assert list(tmp_path.iterdir()) == []


def test_a_page_does_not_take_the_place_of_what_it_is_made_from(tmp_path):
    lesson = tmp_path / "lesson.yaml"
    lesson.write_text("title: T\nsteps: [{title: A, caption: b}]\n")
    result = call("--lesson", lesson, "-o", lesson)
    assert result.exit_code == 2
    assert lesson.read_text().startswith("title: T")
    assert call("-o", tmp_path / "no" / "a.html").exit_code == 6
