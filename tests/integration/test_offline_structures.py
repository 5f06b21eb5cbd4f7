"""Touching, choosing and playing in the offline page, in headless Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import offline_parts
import pytest
from browser import Browser, Page, needs_browser

from spinesim.analysis.posture_grid import PostureGrid, nodes
from spinesim.model.names import LEVELS, LIGAMENTS
from spinesim.viz.offline.cases import Film
from spinesim.viz.offline.fields import FIELDS, NAMES
from spinesim.viz.scene import BACK, Scene

pytestmark = [pytest.mark.browser, needs_browser]
READY = "window.spinesim && window.spinesim.ready"


@pytest.fixture(scope="module")
def scene() -> Scene:
    return offline_parts.scene()


@pytest.fixture(scope="module")
def grid(scene) -> PostureGrid:
    return offline_parts.solved(scene)


@pytest.fixture(scope="module")
def film(scene) -> Film:
    return offline_parts.film(scene)


@pytest.fixture(scope="module")
def file(scene, grid, film, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("page") / "spine.html"
    path.write_text(offline_parts.page(scene, grid, films=(film,)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as started:
        yield started


def opened(browser: Browser, file: Path, address: str = "", **options: object) -> Page:
    page = browser.page(**options)
    page.open(file.as_uri() + address)
    page.wait(READY)
    return page


@pytest.fixture
def page(browser, file) -> Page:
    return opened(browser, file, "#exercise=0&trunk_inclination_deg=20&load_kg=10")


@pytest.fixture
def playing(browser, file) -> Page:
    return opened(browser, file)


def answer(grid: PostureGrid, bend: float = 20.0):
    return grid.solution.row(nodes(grid.axes).tolist().index([bend, 0.0, 10.0, 200.0]))


def drawn(scene: Scene) -> list[int]:
    """Numbers in the model of the fascicles of the page."""
    return np.flatnonzero(scene.side("both")).tolist()


def choose(page: Page, key: str) -> dict[str, str]:
    """Numbers that the panel shows of a structure chosen in the list."""
    page.evaluate(f"(() => {{ const s = document.getElementById('part'); s.value = '{key}'; s.dispatchEvent(new Event('change')); }})()")
    page.wait(f"window.spinesim.part === '{key}'")
    rows = page.evaluate("[...document.querySelectorAll('#structure tr')].map((row) => [...row.cells].map((cell) => cell.textContent))")
    return dict(rows)


def test_every_kind_of_structure_has_the_numbers_of_the_result(page, scene, grid):
    solution = answer(grid)
    force = solution.active_force_N + solution.passive_force_N
    for number, fascicle in list(enumerate(drawn(scene)))[::23]:
        told = choose(page, f"muscle:{number}")
        assert told["Activation"] == f"{100.0 * solution.activation[fascicle]:.1f} %"
        assert told["Force"] == f"{force[fascicle]:,.0f} N"
    facet = choose(page, "facet:5:1")
    assert facet["Force"].startswith(f"{solution.facet_force_N[5, 1]:,.0f} N (")
    assert facet["Peak pressure"] == f"{solution.facet_peak_MPa[5, 1]:.2f} MPa"
    for group, name in enumerate(LIGAMENTS):
        tension = choose(page, f"ligament:4:{group}")["Tension of the whole group"]
        assert tension.startswith(f"{solution.ligament_tension_N[4, group]:,.0f} N"), name
    disc = choose(page, "disc:4")
    assert disc["Disc compression"].startswith(f"{solution.disc_compression_N[4]:,.0f} N (")
    assert page.errors == []


def test_a_group_of_muscles_has_the_force_that_the_result_sums(page, scene, grid):
    from spinesim.io.json import solution_to_json

    solution = answer(grid)
    groups = solution_to_json(solution, {})["muscle_groups"]
    for number, fascicle in list(enumerate(drawn(scene)))[::31]:
        told, group = choose(page, f"muscle:{number}"), scene.model.groups[fascicle]
        side = scene.model.fascicles[fascicle].rsplit("_", 1)[1]
        assert told[f"All of {group.replace('_', ' ')}, {side}"] == f"{groups[group][f'force_{side}_N']:,.0f} N"
        assert told["Mean activation of it"] == f"{100.0 * groups[group][f'mean_activation_{side}']:.1f} %"


def test_what_is_seen_is_what_is_touched(browser, file, scene, grid):
    """The middle of every structure is found where it is drawn, or something in front of it is."""
    page = opened(browser, file, "#exercise=0&trunk_inclination_deg=-10&load_kg=10")
    page.evaluate("document.getElementById('ligaments').click()")
    page.wait("window.spinesim.draws >= 2")
    found = page.evaluate("window.spinesim.keys.map((key) => [key, window.spinesim.at(...window.spinesim.where(key))])")
    hits = [key.split(":")[0] for key, seen in found if key == seen]
    assert min(hits.count("disc"), hits.count("muscle")) > 3
    assert page.evaluate("window.spinesim.at(3, 400)") == ""
    assert {seen.split(":")[0] for _, seen in found} <= {"muscle", "ligament", "facet", "disc", "bone", ""}
    key = next(key for key, seen in found if key == seen and key.startswith("muscle"))
    place = page.evaluate(f"window.spinesim.where('{key}')")
    page.move(*place)
    page.wait("!document.getElementById('tip').hidden")
    tip = page.evaluate("document.getElementById('tip').textContent")
    fascicle = drawn(scene)[int(key.split(":")[1])]
    assert tip.split(":")[0].replace(" ", "_") in BACK
    assert f"Activation: {100.0 * answer(grid, -10.0).activation[fascicle]:.1f} %" in tip
    page.click(*place)
    page.wait(f"window.spinesim.part === '{key}'")
    page.wait("!document.getElementById('mark').hasAttribute('hidden')")
    page.move(3, 400)
    page.wait("document.getElementById('tip').hidden")
    page.click(3, 400)
    page.wait("window.spinesim.part === ''")
    assert page.errors == []


def test_ligaments_are_touched_and_facet_forces_through_bone(browser, file):
    page = opened(browser, file, "#exercise=0&trunk_inclination_deg=-10&load_kg=10&muscles=off&view=side")
    page.evaluate("document.getElementById('ligaments').click()")
    page.wait("window.spinesim.draws >= 2")
    found = page.evaluate("window.spinesim.keys.map((key) => [key, window.spinesim.at(...window.spinesim.where(key))])")
    for kind in ("facet", "ligament"):
        assert sum(seen.startswith(kind) for key, seen in found if key.startswith(kind)) > 3, kind


def test_structures_are_reached_by_keys(page):
    page.evaluate("document.getElementById('canvas').focus()")
    page.press("n", 7)
    page.wait("window.spinesim.part === 'facet:0:0'")
    page.wait("document.getElementById('live').textContent.includes('Facet joint T12-L1, left: Force')")
    page.press("p")
    page.wait("window.spinesim.part === 'disc:5'")
    page.press("Escape")
    page.wait("window.spinesim.part === ''")
    page.press("p")
    page.wait("window.spinesim.part === window.spinesim.keys.at(-1)")
    page.evaluate("document.getElementById('part').focus()")
    assert page.evaluate("document.activeElement.labels[0].textContent.startsWith('Structure')")
    assert page.errors == []


def test_what_is_chosen_comes_out(page, scene):
    page.evaluate("(() => { const s = document.getElementById('muscles'); s.value = 'off'; s.dispatchEvent(new Event('change')); })()")
    right = next(k for k, f in enumerate(drawn(scene)) if scene.model.fascicles[f].endswith("_right"))
    choose(page, f"muscle:{right}")
    assert page.evaluate("document.getElementById('muscles').value") == "right"
    choose(page, "ligament:2:1")
    assert page.evaluate("document.getElementById('ligaments').checked")


def test_every_frame_of_an_exercise_is_the_solver_s_number_bit_for_bit(playing, film):
    times = list(film.time_s)
    found = playing.evaluate(f"{times}.map((time_s) => window.spinesim.read({{ time_s }}))")
    assert {one["kind"] for one in found} == {"solved"}
    made = np.array([one["results"] for one in found]).reshape(len(times), len(LEVELS), len(NAMES))
    for index, field in enumerate(FIELDS):
        assert made[..., index].astype("f4").tobytes() == field.of(film.solution).tobytes(), field.name
    assert playing.errors == []


def test_an_exercise_plays_stops_and_is_scrubbed(playing, film):
    times = np.array(film.time_s)
    assert playing.evaluate("window.spinesim.source") == 1
    playing.evaluate("document.getElementById('play').click()")
    playing.wait(f"window.spinesim.values.time_s > {0.2 * times[-1]}")
    playing.evaluate("document.getElementById('play').click()")
    playing.wait("window.spinesim.state.kind === 'solved' && document.getElementById('play').textContent === 'Play'")
    at = playing.evaluate("window.spinesim.values.time_s")
    row = int(np.argmin(np.abs(times - at)))
    assert times[row] == at
    playing.evaluate("document.getElementById('axis-time_s').focus()")
    playing.press("ArrowRight")
    playing.wait(f"window.spinesim.values.time_s === {times[row + 1]}")
    shown = playing.evaluate("[...document.querySelectorAll('#levels tbody tr')].map((row) => row.cells[1].textContent)")
    assert shown == [f"{force:,.0f}" for force in film.solution.disc_compression_N[row + 1].astype("f4")]
    words = playing.evaluate("document.getElementById('axis-time_s').getAttribute('aria-valuetext')")
    assert words == f"{times[row + 1]:.2f} s, {film.phase[row + 1].replace('_', ' ')}"
    assert playing.errors == []


def test_from_an_exercise_to_the_sliders_and_back(playing):
    change = "(() => {{ const s = document.getElementById('source'); s.value = '{}'; s.dispatchEvent(new Event('change')); }})()"
    playing.evaluate(change.format(0))
    playing.wait("window.spinesim.source === 0 && document.getElementById('axis-trunk_inclination_deg') !== null")
    playing.evaluate(change.format(1))
    playing.wait("window.spinesim.source === 1 && document.getElementById('axis-time_s') !== null")
    assert playing.evaluate("document.querySelectorAll('#sliders input').length") == 1
    assert playing.errors == []


def test_a_body_that_lies_is_drawn_upright_and_said_to_be(browser, scene, grid, tmp_path):
    path = tmp_path / "lying.html"
    path.write_text(offline_parts.page(scene, grid, films=(offline_parts.film(scene, "side_bridge"),)), encoding="utf-8")
    page = opened(browser, path)
    assert "Drawn upright; weight acts towards the left side." in page.evaluate("document.getElementById('sliders').textContent")
    assert "Drawn upright" not in opened(browser, path, "#exercise=0").evaluate("document.getElementById('panel').textContent")


def test_without_webgl_it_bends_to_the_side_too(file, grid):
    with Browser("--disable-3d-apis") as blind:
        page = opened(blind, file, "#exercise=0&view=back")
        disc = "document.querySelector('#drawing [data-level=\"0\"]').getBoundingClientRect()"
        box = f"(() => {{ const r = {disc}; return r.left + r.width / 2; }})()"
        upright = page.evaluate(box)
        page.evaluate("document.getElementById('axis-lateral_deg').focus()")
        page.press("ArrowRight", 5)
        page.wait("window.spinesim.values.lateral_deg === 5")
        assert page.evaluate(box) > upright + 5.0
        outline = page.evaluate("document.getElementById('drawing').innerHTML")
        page.evaluate("document.querySelector('[data-view=side]').click()")
        page.wait(f"document.getElementById('drawing').innerHTML !== {outline!r}")
        assert "right side" in page.evaluate("document.getElementById('drawing').getAttribute('aria-label')")
        x, y = page.evaluate(f"(() => {{ const r = {disc}; return [r.left + r.width / 2, r.top + r.height / 2]; }})()")
        page.click(x, y)
        page.wait("window.spinesim.part === 'disc:0'")
        assert page.errors == []
