"""How fast are the window and the pages? ``python -m benchmarks.view``.

Prints a table and writes ``benchmarks/results/view.json``. Medians by the clock, with the processor time of all cores in the note: on a
machine that is busy with other work the latter says more. Without a graphics card it measures drawing in software, multisampling off.
Needs the extra ``view``, and Debian's package ``chromium`` for the pages.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.opened import SIZE, desk
from benchmarks.run import CLI, ROOT, Figure, machine

RESULTS = ROOT / "benchmarks" / "results" / "view.json"
STEPS = 60
_FIRST = "from benchmarks.opened import desk; desk().window.Render()"
_SLIDE = """(() => {
  const s = document.getElementById('axis-%s'), taken = [];
  for (let k = 0; k < 40; k++) {
    s.value = +s.min + ((s.max - s.min) * (((k * 7) %% 40) + 0.5)) / 40;
    s.dispatchEvent(new Event('input'));
    window.spinesim.frames_ms(1);
    taken.push(window.spinesim.update_ms.at(-1));
  }
  return taken;
})()"""


class Taken(NamedTuple):
    """Median duration by the clock, and of all processors, ms."""

    clock: float
    processor: float


def main() -> None:
    """Measure, print and write."""
    figures = []
    for figure in (*_window(), *_pages()):
        figures.append(figure)
        print(f"{figure.name:50} {figure.value:10.4g} {figure.unit:8} {figure.note}", flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"machine": machine(), "figures": [f._asdict() for f in figures]}, indent=2) + "\n", encoding="utf-8")
    print(f"wrote {RESULTS.relative_to(ROOT)}")


def _window() -> Iterator[Figure]:
    """Steps of the slider of the trunk, alone and drawn."""
    from spinesim.viz.gl import graphics
    from spinesim.viz.web import rows

    _child()
    clock, processor = np.median([_child() for _ in range(3)], axis=0).tolist()
    yield Figure("first picture, bones from the cache", clock, "s", f"{processor:.2f} s of all processors; from the start of the program")
    opened = desk()
    opened.window.Render()
    shapes: list[float] = []

    def slide(step: int) -> None:
        opened.set("flexion", float(step % 60))
        shapes.append(opened.update_ms)

    def tell(step: int) -> None:
        slide(step)
        rows(opened.open_stage.frame)

    def drag(step: int) -> None:
        slide(step)
        opened.window.Render()

    taken = _taken(slide)
    yield Figure("a step of a slider: solve, all geometry, colours", float(np.median(shapes)), "ms", "without words and drawing")
    yield Figure("a step of a slider with its words", taken.clock, "ms", _processor(taken))
    taken = _taken(tell)
    yield Figure("view --web: a step with its table", taken.clock, "ms", _processor(taken))
    taken = _taken(lambda _: opened.window.Render())
    triangles = sum(solid.data.GetNumberOfPolys() for solid in opened.open_stage.solids.values())
    told = f"{triangles:,} triangles, {SIZE[0]} x {SIZE[1]}, {graphics().renderer.split(',')[0].strip('(')}"
    yield Figure("draw the window", taken.clock, "ms", f"{_processor(taken)}; {told}")
    taken = _taken(drag)
    yield Figure("drag a slider: solve, shape, draw", 1e3 / taken.clock, "frames/s", _processor(taken))


def _pages() -> Iterator[Figure]:
    """The offline page with the default grid and an exercise, opened as a file."""
    sys.path.insert(0, str(ROOT / "tests"))
    from browser import CHROMIUM, Browser

    if CHROMIUM is None:
        print("no Chromium on PATH: nothing is measured of the pages")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spine.html"
        began = time.perf_counter()
        subprocess.run((*CLI, "export-html", "--exercise", "hip_hinge", "-o", str(path)), check=True, cwd=ROOT, capture_output=True)
        yield Figure("export-html --exercise hip_hinge", time.perf_counter() - began, "s", f"{path.stat().st_size / 1e6:.1f} MB")
        with Browser() as browser:
            yield from _page(browser, path)


def _page(browser: Any, path: Path) -> Iterator[Figure]:
    opening = []
    for _ in range(5):
        page = browser.page()
        page.open(path.as_uri() + "#exercise=0")
        page.wait("window.spinesim && window.spinesim.ready")
        opening.append(page.evaluate("window.spinesim.first_picture_ms"))
    card = page.evaluate("window.spinesim.card")
    yield Figure("page: first picture after opening", 1e-3 * float(np.median(opening)), "s", f"most of five {1e-3 * max(opening):.2f} s")
    for key in ("trunk_inclination_deg", "load_kg"):
        taken = page.evaluate(_SLIDE % key)[5:]
        yield Figure(
            f"page: a step of {key} between nodes",
            float(np.median(taken)),
            "ms",
            f"script; one in ten above {np.percentile(taken, 90):.1f} ms",
        )
    frames = page.evaluate("window.spinesim.frames_ms(20)")
    yield Figure("page: a whole picture, waited for", float(np.median(frames)), "ms", f"1400 x 840, {card[:60]}")


def _child() -> tuple[float, float]:
    """Seconds of a program that opens the window and draws it once: by the clock, and of all processors."""
    began, before = time.perf_counter(), os.times()
    subprocess.run((sys.executable, "-c", _FIRST), check=True, cwd=ROOT, timeout=600)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - began, used


def _taken(act: Callable[[int], object]) -> Taken:
    clock, processor = [], []
    for step in range(STEPS):
        begins = time.perf_counter(), time.process_time()
        act(step)
        clock.append(time.perf_counter() - begins[0])
        processor.append(time.process_time() - begins[1])
    return Taken(1e3 * float(np.median(clock)), 1e3 * float(np.median(processor)))


def _processor(taken: Taken) -> str:
    return f"{taken.processor:.1f} ms of all processors"


if __name__ == "__main__":
    main()
