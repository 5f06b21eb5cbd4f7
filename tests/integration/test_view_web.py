"""``spinesim view --web`` in a browser: the page loads, the slider moves, numbers and picture change."""

from __future__ import annotations

import io
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from browser import Browser, needs_browser

from spinesim import Load, Posture, SpineModel, Subject, solve
from spinesim.config.presets import preset
from spinesim.model.names import LEVELS
from spinesim.viz.web import SHARED, available

TESTS = Path(__file__).resolve().parents[1]
SERVER = """
import sys
sys.path.insert(0, {tests!r})
import stand_in, spinesim.viz.anatomy as anatomy
anatomy.build = lambda model, subject, detail, **_: stand_in.anatomy(model, subject)
from spinesim.cli import main
main(["view", "--web", "--port", "{port}", "--posture", "standing", "--load-kg", "4"])
"""

pytestmark = [
    needs_browser,
    pytest.mark.browser,
    pytest.mark.gl,
    pytest.mark.skipif(not available(), reason="no trame; it comes with the extra 'view'"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    said = tmp_path_factory.mktemp("server") / "said.txt"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code = SERVER.format(tests=str(TESTS), port=port)
    with said.open("w") as out:
        server = subprocess.Popen([sys.executable, "-c", code], stdout=out, stderr=out)
    try:
        end = time.monotonic() + 90.0
        while time.monotonic() < end:
            assert server.poll() is None, said.read_text()
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/"
        assert f"http://127.0.0.1:{port}/" in said.read_text()
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture(scope="module")
def page(address):
    with Browser() as browser:
        page = browser.page(1300, 800, offline=False)
        page.open(address)
        page.wait("document.querySelectorAll('#numbers td').length >= 30", 60)
        page.wait("document.querySelector('img') && document.querySelector('img').naturalWidth > 0", 60)
        yield page


def numbers(page):
    return [row.split("\t") for row in page.evaluate("document.querySelector('#numbers').innerText").splitlines()[1:]]


def pixels(page):
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(page.picture())).convert("RGB")).astype(int)[:, 500:]


def settled(page, condition):
    """Wait until the numbers fulfil a condition."""
    end = time.monotonic() + 30.0
    while not condition(numbers(page)):
        assert time.monotonic() < end, numbers(page)
        time.sleep(0.1)
    return numbers(page)


def check(rows, solution):
    for row, (level, name) in zip(rows, enumerate(LEVELS), strict=True):
        assert row[0] == name
        assert row[1].startswith(f"{solution.disc_compression_N[level]:,.0f} N")
        assert row[2] == f"{solution.intradiscal_pressure_MPa[level]:,.2f} MPa"
        assert row[3:] == [f"{solution.facet_force_N[level, side]:,.0f} N" for side in range(2)]


def test_the_page_has_the_numbers_of_the_case(page):
    check(numbers(page), solve(SpineModel.default(), Subject(), preset("standing"), Load(mass_kg=4.0)))
    assert SHARED in page.evaluate("document.body.innerText")


def test_a_slider_changes_numbers_and_picture(page):
    before, picture = numbers(page), pixels(page)
    page.evaluate("document.querySelector('[role=slider]').focus()")
    page.press("ArrowRight", 25)
    page.wait("document.querySelector('[role=slider]').getAttribute('aria-valuenow') == 25", 20)
    start = preset("standing")
    model = SpineModel.default()
    bent = Posture(trunk_inclination_deg=25.0, upper_arm_deg=start.upper_arm_deg, forearm_deg=start.forearm_deg)
    solution = solve(model, Subject(), bent, Load(mass_kg=4.0))
    rows = settled(page, lambda rows: rows[-1][1].startswith(f"{solution.disc_compression_N[-1]:,.0f} N"))
    check(rows, solution)
    assert rows != before
    end = time.monotonic() + 20.0
    while (np.abs(pixels(page) - picture).max(axis=-1) > 30).mean() < 0.01:
        assert time.monotonic() < end, "the picture does not change"
        time.sleep(0.2)


def test_a_click_on_a_structure_tells_its_numbers(page):
    box = page.evaluate(
        "(() => { const r = document.querySelector('img').getBoundingClientRect(); return [r.left, r.top, r.width, r.height] })()"
    )
    found = ""
    for row in range(4, 9):
        page.click(box[0] + 0.5 * box[2], box[1] + 0.1 * row * box[3])
        time.sleep(0.6)
        found = page.evaluate("document.querySelector('#picked').innerText")
        if "Click a structure" not in found:
            break
    assert any(word in found for word in ("activation", "compression", "tension", "force", "sacrum", "T12"))


def test_a_structure_is_chosen_by_keys_and_its_numbers_follow(page):
    page.evaluate("document.querySelector('#structure').focus()")
    for letter in "Facet joint L5-S1, l":
        page.press(letter)
    page.wait("document.querySelector('#picked').innerText.startsWith('Facet joint L5-S1, left: force ')", 20)
    force = page.evaluate("document.querySelector('#picked').innerText").split("force ")[1]
    assert force.startswith(numbers(page)[-1][3])


def test_the_pointer_tells_what_it_is_on(page):
    left, top, width, height = page.evaluate(
        "(() => { const r = document.querySelector('img').getBoundingClientRect(); return [r.left, r.top, r.width, r.height] })()"
    )
    end = time.monotonic() + 60.0
    while not page.evaluate("document.querySelector('#hover')?.innerText"):
        assert time.monotonic() < end, "nothing is told"
        for row in range(4, 9):
            page.move(left + 0.5 * width, top + 0.1 * row * height)
            time.sleep(0.3)
            if page.evaluate("document.querySelector('#hover')?.innerText"):
                break
    page.move(left + 3, top + 0.5 * height)
    page.wait("!document.querySelector('#hover')", 20)


def test_dragging_turns_the_picture_and_leaves_the_numbers(page):
    box = page.evaluate(
        "(() => { const r = document.querySelector('img').getBoundingClientRect(); return [r.left, r.top, r.width, r.height] })()"
    )
    before, picture = numbers(page), pixels(page)
    page.drag([(box[0] + 0.5 * box[2] + 15 * step, box[1] + 0.5 * box[3]) for step in range(8)])
    end = time.monotonic() + 20.0
    while (np.abs(pixels(page) - picture).max(axis=-1) > 30).mean() < 0.01:
        assert time.monotonic() < end, "the picture does not turn"
        time.sleep(0.2)
    assert numbers(page) == before


def test_nothing_is_asked_of_the_network(page, address):
    assert {request.split("/")[2] for request in page.requests} == {address.split("/")[2]}
    assert not [error for error in page.errors if "405" not in error]


def test_only_this_computer_is_answered(address):
    port = int(address.rsplit(":", 1)[1].strip("/"))
    listening = Path("/proc/net/tcp").read_text().splitlines()[1:]
    hosts = {line.split()[1].split(":")[0] for line in listening if line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A"}
    assert hosts == {"0100007F"}
