"""The offline page in headless Chromium, opened as a file with the network off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import offline_parts
import pytest
from browser import Browser, Page, needs_browser

from spinesim.analysis.posture_grid import PostureGrid, nodes
from spinesim.model.names import LEVELS, NOT_CONVERGED, STRENGTH_EXCEEDED
from spinesim.viz.offline.fields import FIELDS, NAMES
from spinesim.viz.offline.steps import Step
from spinesim.viz.scene import Scene

pytestmark = [pytest.mark.browser, needs_browser]
READY = "window.spinesim && window.spinesim.ready"
LESSON = (
    Step("Upright", "Upright: {L4-L5.disc_compression_N}.", {"trunk_inclination_deg": 0.0, "load_kg": 0.0}, "L4-L5", "back"),
    Step(
        "Bent", "Bent: {L5-S1.disc_compression_N}.", {"trunk_inclination_deg": 40.0, "load_kg": 10.0}, "L5-S1", "side", "pressure", "both"
    ),
)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return offline_parts.scene()


@pytest.fixture(scope="module")
def grid(scene) -> PostureGrid:
    return offline_parts.solved(scene)


@pytest.fixture(scope="module")
def file(scene, grid, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("page") / "spine.html"
    path.write_text(offline_parts.page(scene, grid), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as started:
        yield started


@pytest.fixture
def page(browser, file) -> Page:
    return opened(browser, file)


def opened(browser: Browser, file: Path, address: str = "", **options: object) -> Page:
    page = browser.page(**options)
    page.open(file.as_uri() + address)
    page.wait(READY)
    return page


def cells(page: Page) -> list[list[str]]:
    return page.evaluate("[...document.querySelectorAll('#levels tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))")


def edges(page: Page, selector: str) -> list[float]:
    """Left, right, top and bottom of an element."""
    box = f"document.querySelector('{selector}').getBoundingClientRect()"
    return page.evaluate(f"(({{ left, right, top, bottom }}) => [left, right, top, bottom])({box})")


def middle_of(page: Page, selector: str) -> tuple[float, float]:
    left, right, top, bottom = edges(page, selector)
    return (left + right) / 2, (top + bottom) / 2


def node(grid: PostureGrid, bend: float, load: float = 0.0) -> int:
    """Number of the node at a bend and a load, upright otherwise, hands near."""
    return nodes(grid.axes).tolist().index([bend, 0.0, load, 200.0])


def test_one_request_and_nothing_to_complain(page, file):
    page.wait("window.spinesim.draws >= 1")
    assert page.requests == [file.as_uri()]
    assert page.errors == []
    assert page.evaluate("document.title") == "Loads <of> a test"
    assert page.evaluate("window.spinesim.first_picture_ms") > 0.0


def test_the_page_cannot_reach_a_network(page):
    assert page.evaluate("fetch('https://example.org').then(() => 'reached', () => 'refused')") == "refused"
    assert any("Content Security Policy" in text for text in page.errors)


def test_every_node_is_the_solver_s_number_bit_for_bit(page, grid):
    keys = [axis.key for axis in grid.axes]
    points = [dict(zip(keys, point, strict=True)) for point in nodes(grid.axes).tolist()]
    found = page.evaluate(f"{points}.map((point) => window.spinesim.read(point))")
    assert {answer["kind"] for answer in found} == {"solved"}
    made = np.array([answer["results"] for answer in found]).reshape(len(points), len(LEVELS), len(NAMES))
    for index, field in enumerate(FIELDS):
        values = getattr(grid.solution, field.variable)
        truth = values if field.column is None else values[..., field.column]
        assert made[..., index].astype("f4").tobytes() == truth.astype("f4").tobytes(), field.name


def test_between_nodes_values_are_blended_and_said_to_be(page, grid):
    found = page.evaluate("window.spinesim.read({trunk_inclination_deg: 10, lateral_deg: 0, load_kg: 0, hold_mm: 200})")
    rows = [node(grid, 0.0), node(grid, 20.0)]
    truth = grid.solution.disc_compression_N[rows].astype("f4").astype(float).mean(axis=0)
    made = np.reshape(found["results"], (len(LEVELS), len(NAMES)))[:, NAMES.index("disc_compression_N")]
    assert found["kind"] == "interpolated"
    np.testing.assert_allclose(made, truth, rtol=1e-12)


def test_a_slider_by_keyboard_changes_numbers_words_and_picture(page):
    before, seen = cells(page), page.picture()
    assert page.evaluate("document.querySelector('#state b').textContent") == "Solved value"
    page.evaluate("document.getElementById('axis-trunk_inclination_deg').focus()")
    page.press("ArrowRight", 10)
    page.wait("window.spinesim.values.trunk_inclination_deg === 10")
    page.wait("document.querySelector('#state b').textContent === 'Interpolated'")
    page.press("ArrowRight", 10)
    page.wait("document.querySelector('#state b').textContent === 'Solved value'")
    assert page.evaluate("document.querySelector('output[for=axis-trunk_inclination_deg]').textContent") == "20°"
    assert page.evaluate("document.getElementById('axis-trunk_inclination_deg').getAttribute('aria-valuetext')") == "20°"
    after = cells(page)
    assert [row[0] for row in after] == list(LEVELS)
    assert all(float(new[1].replace(",", "")) > float(old[1].replace(",", "")) for new, old in zip(after, before, strict=True))
    assert page.picture() != seen
    page.wait("document.getElementById('live').textContent.includes('L4-L5: Disc compression')")
    assert page.errors == []


def test_numbers_on_screen_are_those_of_the_result(page, grid):
    answer = grid.solution.row(node(grid, 0.0))
    for index, shown in enumerate(cells(page)):
        assert shown[1] == f"{np.float32(answer.disc_compression_N[index]):,.0f}"
        assert shown[3] == f"{np.float32(answer.intradiscal_pressure_MPa[index]):.2f}"
        assert shown[4].replace("\u2212", "-") == f"{np.float32(answer.anterior_shear_N[index]):,.0f}"
    label = page.evaluate("document.querySelectorAll('#labels button')[4].textContent")
    assert label.startswith(f"L4-L5  {np.float32(answer.disc_compression_N[4]):,.0f} N")


def test_only_solved_values_if_asked(page):
    page.evaluate("document.getElementById('snap').click()")
    page.evaluate("document.getElementById('axis-trunk_inclination_deg').focus()")
    page.press("ArrowRight", 3)
    page.wait("window.spinesim.values.trunk_inclination_deg === 0")
    page.evaluate(
        "(() => { const s = document.getElementById('axis-trunk_inclination_deg'); s.value = 33; s.dispatchEvent(new Event('input')); })()"
    )
    page.wait("window.spinesim.values.trunk_inclination_deg === 40 && window.spinesim.state.kind === 'solved'")


def test_mouse_wheel_and_keys_move_the_camera(page):
    x, y = middle_of(page, "#canvas")
    first = page.evaluate("window.spinesim.camera")
    page.drag([(x, y), (x + 60, y + 20), (x + 120, y + 30)])
    page.wait(f"window.spinesim.camera.yaw > {first['yaw'] + 0.5}")
    page.wheel(x, y, -300)
    page.wait("window.spinesim.camera.zoom > 1.2")
    page.evaluate("document.getElementById('canvas').focus()")
    turned = page.evaluate("window.spinesim.camera")
    page.press("ArrowLeft", 2)
    page.wait(f"window.spinesim.camera.yaw < {turned['yaw'] - 0.1}")
    page.press("-", 3)
    page.wait(f"window.spinesim.camera.zoom < {turned['zoom']}")
    page.press("2")
    page.wait("Math.abs(window.spinesim.camera.yaw - Math.PI / 2) < 1e-9 && window.spinesim.camera.zoom === 1")


def test_one_finger_turns_and_two_zoom(browser, file):
    page = opened(browser, file, width=412, height=860, touch=True)
    x, y = middle_of(page, "#canvas")
    first = page.evaluate("window.spinesim.camera")
    page.touch([[(x, y)], [(x + 40, y)], [(x + 80, y)]])
    page.wait(f"window.spinesim.camera.yaw > {first['yaw'] + 0.3}")
    page.touch([[(x - 40, y), (x + 40, y)], [(x - 70, y), (x + 70, y)], [(x - 100, y), (x + 100, y)]])
    page.wait("window.spinesim.camera.zoom > 1.5")
    assert page.errors == []


def test_hovering_and_picking_a_disc_shows_its_numbers(page):
    place = page.evaluate(
        "(() => { const c = document.querySelectorAll('#leaders circle')[3].getBoundingClientRect(); return [c.x - 3, c.y + 3]; })()"
    )
    page.move(*place)
    page.wait("!document.getElementById('tip').hidden && document.getElementById('tip').textContent.startsWith('Disc L2-L3')")
    page.click(*place)
    page.wait("document.querySelector('#detail h2').textContent === 'L2-L3'")
    page.move(5, 400)
    page.wait("document.getElementById('tip').hidden")
    assert page.evaluate("document.querySelector('#levels tr.chosen').dataset.level") == "2"
    page.evaluate("document.querySelectorAll('#labels button')[5].click()")
    page.wait("document.querySelector('#detail h2').textContent === 'L5-S1'")


def test_a_motion_plays_and_stops(page):
    page.evaluate("document.getElementById('play').click()")
    page.wait("window.spinesim.values.trunk_inclination_deg > 5")
    assert page.evaluate("document.getElementById('play').getAttribute('aria-pressed')") == "true"
    page.evaluate("document.getElementById('play').click()")
    stopped = page.evaluate("window.spinesim.values.trunk_inclination_deg")
    page.evaluate("new Promise((done) => setTimeout(done, 200))")
    assert page.evaluate("window.spinesim.values.trunk_inclination_deg") == stopped


def test_options_change_the_picture(page):
    seen = {page.picture()}
    for click in ("#pelvis", "#ligaments", "#theme"):
        page.evaluate(f"document.querySelector('{click}').click()")
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        seen.add(page.picture())
    for name, value in (("muscles", "both"), ("quantity", "pressure_share")):
        page.evaluate(
            f"(() => {{ const s = document.getElementById('{name}'); s.value = '{value}'; s.dispatchEvent(new Event('change')); }})()"
        )
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        seen.add(page.picture())
    assert len(seen) == 6
    assert "% of median" in page.evaluate("document.querySelector('.scale').textContent")
    assert page.errors == []


@pytest.mark.parametrize("size", [(412, 860), (768, 1024), (1400, 840), (1920, 1080)], ids=str)
@pytest.mark.parametrize("bend", [-10, 0, 40])
def test_nothing_is_clipped_and_labels_do_not_overlap(browser, file, size, bend):
    page = opened(browser, file, f"#trunk_inclination_deg={bend}&view=side", width=size[0], height=size[1])
    boxes = [edges(page, f"#labels button:nth-child({k})") for k in range(1, 7)]
    view = edges(page, "#view")
    tools = page.evaluate("document.getElementById('tools').getBoundingClientRect().bottom")
    assert all(view[0] <= left and right <= view[1] + 0.5 and tools <= top and bottom <= view[3] for left, right, top, bottom in boxes)
    tops = sorted(boxes, key=lambda box: box[2])
    assert all(upper[3] <= lower[2] + 6 for upper, lower in pairwise(tops))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("[...document.querySelectorAll('.scroll')].every((s) => s.scrollWidth <= s.clientWidth)")


def test_dark_if_the_system_is_dark(browser, file):
    colours = []
    for dark in (False, True):
        page = opened(browser, file, dark=dark)
        colours.append([int(c) for c in re.findall(r"\d+", page.evaluate("getComputedStyle(document.getElementById('panel')).color"))[:3]])
    assert max(colours[0]) < 100 < 200 < min(colours[1])


@pytest.fixture(scope="module")
def blind() -> Iterator[Browser]:
    with Browser("--disable-3d-apis") as started:
        yield started


def test_without_webgl_there_is_a_drawing_with_the_same_numbers(blind, file, grid):
    page = opened(blind, file)
    assert "no WebGL" in page.evaluate("document.getElementById('notice').textContent")
    assert page.evaluate("document.getElementById('canvas').hidden")
    drawn = "document.getElementById('drawing').innerHTML"
    before = page.evaluate(drawn)
    assert before.count("data-level") == len(LEVELS)
    row = node(grid, 0.0)
    assert [shown[1] for shown in cells(page)] == [f"{v:,.0f}" for v in grid.solution.disc_compression_N[row].astype("f4")]
    page.evaluate("document.getElementById('axis-trunk_inclination_deg').focus()")
    page.press("ArrowRight", 20)
    page.wait("window.spinesim.values.trunk_inclination_deg === 20")
    page.wait(f"{drawn} !== {before!r}" if "'" not in before else "window.spinesim.draws > 10")
    assert page.evaluate(drawn) != before
    assert page.errors == []


def test_statuses_are_told_and_never_blended_over(scene, grid, browser, tmp_path):
    status, bad, weak = grid.solution.status.copy(), node(grid, 40.0), node(grid, -10.0)
    status[bad], status[weak] = NOT_CONVERGED, STRENGTH_EXCEEDED
    forces = grid.solution.disc_compression_N.copy()
    forces[bad] = np.nan
    worse = replace(grid, solution=replace(grid.solution, status=status, disc_compression_N=forces))
    path = tmp_path / "worse.html"
    path.write_text(offline_parts.page(scene, worse), encoding="utf-8")
    page = opened(browser, path, "#trunk_inclination_deg=30")
    assert page.evaluate("window.spinesim.state.kind") == "unknown"
    assert page.evaluate("document.getElementById('state').textContent").startswith(
        "No numbers here: beside a posture that has no equilibrium"
    )
    assert {cell for row in cells(page) for cell in row[1:]} == {"\u2013"}
    assert "1 strength exceeded, 1 not converged" in page.evaluate("document.querySelector('footer').textContent")
    weak_page = opened(browser, path, "#trunk_inclination_deg=-10")
    assert "exceeds the strength" in weak_page.evaluate("document.getElementById('state').textContent")
    assert cells(weak_page)[0][1] == f"{np.float32(forces[weak][0]):,.0f}"
    assert page.errors == []


def test_a_lesson_steps_through_its_captions(scene, grid, browser, tmp_path):
    path = tmp_path / "lesson.html"
    path.write_text(offline_parts.page(scene, grid, LESSON), encoding="utf-8")
    page = opened(browser, path)
    forces = grid.solution.disc_compression_N.astype("f4")
    first, last = node(grid, 0.0), node(grid, 40.0, 10.0)
    caption = "document.querySelector('#lesson .caption').textContent"
    page.wait(f"{caption} === 'Upright: {forces[first][4]:,.0f} N.'")
    page.evaluate("document.querySelector('#lesson .after').click()")
    page.wait(f"{caption} === 'Bent: {forces[last][5]:,.0f} N.'")
    assert page.evaluate("[window.spinesim.state.kind, window.spinesim.values.load_kg, document.getElementById('quantity').value]") == [
        "solved",
        10,
        "pressure",
    ]
    assert page.evaluate("document.querySelector('#lesson .after').disabled")
    page.evaluate("document.querySelector('#lesson .before').click()")
    page.wait(f"{caption} === 'Upright: {forces[first][4]:,.0f} N.'")
    assert page.errors == []


def test_every_way_to_a_step_shows_the_same(scene, grid, browser, tmp_path):
    path = tmp_path / "lesson.html"
    path.write_text(offline_parts.page(scene, grid, (*LESSON, Step("Empty", "Hands empty.", {"load_kg": 0.0}))), encoding="utf-8")
    shown = "[window.spinesim.values, window.spinesim.camera, window.spinesim.level, document.getElementById('quantity').value]"
    caption = "document.querySelector('#lesson .caption').textContent"
    # One after the other: a page behind another draws nothing.
    page = opened(browser, path, "#step=3")
    page.wait(f"{caption} === 'Hands empty.'")
    jumped = page.evaluate(shown)
    page = opened(browser, path)
    for words in ("Upright: ", "Bent: ", "Hands empty."):
        page.wait(f"{caption}.startsWith('{words}')")
        page.evaluate("document.querySelector('#lesson .after').click()")
    assert page.evaluate(shown) == jumped
    assert jumped[0]["trunk_inclination_deg"] == 40.0


def test_it_is_made_for_those_who_listen(page):
    assert page.evaluate("[...document.querySelectorAll('input, select')].every((e) => e.labels.length === 1)")
    assert page.evaluate("[...document.querySelectorAll('#levels th')].every((e) => ['col', 'row'].includes(e.scope))")
    assert page.evaluate("document.querySelectorAll('[aria-live=polite]').length") == 2
    assert page.evaluate("[...document.querySelectorAll('output')].every((e) => e.getAttribute('aria-live') === 'off')")
    assert "Arrow keys" in page.evaluate("document.getElementById('canvas').getAttribute('aria-label')")
    assert page.evaluate("[...document.querySelectorAll('button')].every((b) => b.textContent.trim() || b.ariaLabel)")


def test_every_update_is_timed_for_who_asks(page):
    assert page.evaluate("window.spinesim.frames_ms(30).length") == 30
    assert all(took >= 0.0 for took in page.evaluate("window.spinesim.update_ms.slice(-20)"))


def test_nothing_is_above_a_tolerance_that_nobody_knows(scene, grid, browser, tmp_path):
    path = tmp_path / "unknown.html"
    known = scene.tolerances
    scene.tolerances = replace(known, median={}, limit={}, why_not="age 12 is outside")
    try:
        path.write_text(offline_parts.page(scene, grid), encoding="utf-8")
    finally:
        scene.tolerances = known
    page = opened(browser, path)
    assert "There is no percentage: age 12 is outside." in page.evaluate("document.getElementById('median').textContent")
    assert {row[2] for row in cells(page)} == {"\u2013"}
    assert page.evaluate("document.querySelectorAll('.above').length") == 0
    assert page.evaluate("[...document.getElementById('quantity').options].map((option) => option.value)") == ["compression", "pressure"]
    assert page.errors == []


def test_shares_are_of_the_median(page, scene, grid):
    forces, median = grid.solution.disc_compression_N[node(grid, 0.0)], scene.tolerances.median["compression"]
    assert [row[2] for row in cells(page)] == [f"{100 * np.float32(f) / m:.0f} %" for f, m in zip(forces, median, strict=True)]


def test_labels_of_discs_out_of_the_window_are_left_out(page):
    for _ in range(8):
        page.evaluate("document.getElementById('closer').click()")
    page.wait("window.spinesim.camera.zoom > 4")
    page.wait("document.querySelectorAll('#labels button:not([hidden])').length < 6")
    assert page.errors == []


def test_what_is_printed_is_what_is_seen(page):
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait("document.getElementById('printed').naturalWidth > 100")
    page.call("Emulation.setEmulatedMedia", media="print")
    assert page.evaluate("getComputedStyle(document.getElementById('printed')).display") == "block"
    assert page.evaluate("getComputedStyle(document.getElementById('tools')).display") == "none"
    assert page.errors == []
