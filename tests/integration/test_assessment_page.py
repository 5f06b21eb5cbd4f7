"""The page of an assessment in headless Chromium, opened as a file with the network off: the spine in 3D follows the time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser, Page, needs_browser
from click.testing import CliRunner
from recordings import bow, marker_paths, write_trc

from spinesim.cli import main

pytestmark = [pytest.mark.browser, needs_browser]
PERSON = str(Path(__file__).parents[2] / "configs" / "persons" / "woman_42_bulge.yaml")
INSIDE = "document.getElementById('spine').contentWindow"
READY = "!!document.getElementById('spine')?.contentWindow?.spinesim?.moved"
MOST_BYTES = 6_000_000


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    """A bow of 4 s with 5 kg in the hands after the first second."""
    folder = tmp_path_factory.mktemp("assessed")
    time, pelvis, lumbar = bow(4.0)
    motion = write_trc(folder / "bow.trc", time, marker_paths(0.6 * pelvis, 0.6 * lumbar))
    args = ["assess", str(motion), "--subject", PERSON, "--held", "5:1..3.5", "--rate", "25", "-o", str(folder / "r.html")]
    done = CliRunner().invoke(main, args)
    assert done.exit_code == 0, done.output
    return folder / "r.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as started:
        yield started


def opened(browser: Browser, file: Path, **options: object) -> Page:
    page = browser.page(**options)
    page.open(file)
    page.wait(READY)
    return page


def slide(page: Page, index: int) -> None:
    script = f"(() => {{ const s = document.querySelector('#scrub input'); s.value = {index}; s.dispatchEvent(new Event('input')); }})()"
    page.evaluate(script)


def shown_s(page: Page) -> float:
    return page.evaluate(f"{INSIDE}.spinesim.values.time_s")


def test_one_file_of_a_few_megabytes_that_asks_no_network(browser, file):
    page = opened(browser, file)
    assert file.stat().st_size < MOST_BYTES
    assert page.requests == [file.as_uri()]
    assert page.errors == []


def test_the_spine_and_its_numbers_follow_the_slider(browser, file):
    page = opened(browser, file)
    frames = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))["frames"]
    times = page.evaluate("told.time_s")
    for index in (0, 50, 70):
        slide(page, index)
        page.wait(f"{INSIDE}.spinesim.values.time_s === {times[index]}")
        frame = frames["time_s"].index(times[index])
        cell = page.evaluate(f"{INSIDE}.document.querySelector('#levels tbody tr:nth-child(5) td').textContent")
        assert float(cell.replace(",", "")) == pytest.approx(frames["disc_compression_N"]["L4-L5"][frame], abs=0.51)
        assert page.evaluate("document.querySelector('#scrub output').textContent").startswith(f"{times[index]:.2f} s")
        assert "-0°" not in page.evaluate("document.querySelector('#scrub output').textContent")
        held = page.evaluate(f"{INSIDE}.document.querySelector('#figure .load') !== null")
        assert held is (1.0 <= times[index] <= 3.5)


def test_it_begins_where_the_load_is_largest(browser, file):
    page = opened(browser, file)
    levels = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))["levels"]
    most = max((level["peaks"]["compression_N"] for level in levels.values()), key=lambda peak: peak["value"])
    page.wait(f"{INSIDE}.spinesim.values.time_s === {most['time_s']}")


def test_a_motion_that_plays_takes_slider_and_curves_along(browser, file):
    page = opened(browser, file)
    slide(page, 0)
    page.wait(f"{INSIDE}.spinesim.values.time_s === 0")
    before = page.evaluate("document.querySelector('.now').getAttribute('x1')")
    page.evaluate(f"{INSIDE}.document.getElementById('play').click()")
    page.wait("+document.querySelector('#scrub input').value > 3")
    page.evaluate(f"{INSIDE}.document.getElementById('play').click()")
    assert page.evaluate("told.time_s[+document.querySelector('#scrub input').value]") == shown_s(page)
    assert page.evaluate("document.querySelector('.now').getAttribute('x1')") != before


def test_a_click_on_a_curve_goes_there(browser, file):
    page = opened(browser, file)
    box = page.evaluate(
        "(() => { const b = document.querySelector('figure svg'); b.scrollIntoView({block: 'center'});"
        " const {left, top, width, height} = b.getBoundingClientRect(); return [left, top, width, height]; })()"
    )
    page.click(box[0] + 0.5 * box[2], box[1] + 0.5 * box[3])
    middle = 4.0 * (0.5 * 560.0 - 52.0) / (560.0 - 52.0 - 10.0)
    page.wait(f"Math.abs({INSIDE}.spinesim.values.time_s - {middle}) < 0.03")


def test_every_tissue_has_its_curves_and_its_dose(browser, file):
    page = opened(browser, file)
    told = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    assert page.evaluate("document.querySelectorAll('figure svg:has(.now)').length") == 8
    text = page.evaluate("document.body.textContent")
    assert f"{1e-3 * told['doses']['levels']['L4-L5']['ligaments_Ns']:.2f}" in text
    assert f"{1e-3 * max(told['doses']['muscles_Ns'].values()):.2f}" in text


@pytest.mark.parametrize("width", [1280, 400])
def test_nothing_runs_over_the_side(browser, file, width):
    page = opened(browser, file, width=width, height=860)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(f"{INSIDE}.document.documentElement.scrollWidth <= {INSIDE}.innerWidth")


def test_without_a_graphics_card_the_drawing_follows(file):
    with Browser("--disable-3d-apis") as plain:
        page = opened(plain, file)
        drawn = f"{INSIDE}.document.querySelector('#drawing path').getAttribute('d')"
        assert "drawing instead" in page.evaluate(f"{INSIDE}.document.getElementById('notice').textContent")
        slide(page, 0)
        page.wait(f"{INSIDE}.spinesim.values.time_s === 0")
        upright = page.evaluate(drawn)
        slide(page, 60)
        page.wait(f"{drawn} !== {json.dumps(upright)}")
