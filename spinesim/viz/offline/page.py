"""One HTML file that needs nothing else: template, styles, scripts, description and packed numbers put together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any, Final

from spinesim.analysis.posture_grid import SMALL, Miss, PostureGrid
from spinesim.io.provenance import DISCLAIMER, SIGNS, status_counts
from spinesim.model.load import Load
from spinesim.model.posture import Posture
from spinesim.solver.solution import Solution
from spinesim.viz.document import provenance_details
from spinesim.viz.offline.cases import Film
from spinesim.viz.offline.content import AXIS_WORDS, content
from spinesim.viz.offline.fields import FIELDS
from spinesim.viz.offline.steps import Step
from spinesim.viz.scene import Scene

# In the order in which they need each other.
SCRIPTS: Final = (
    "numbers", "unpack", "grid", "pose", "discs", "muscles", "scene", "camera", "shaders", "renderer", "drawing", "labels", "panel",
    "rays", "structures", "picking", "motion", "lesson", "app", "controls", "main",
)  # fmt: skip
_DRAWN: Final = (
    "Muscles are drawn along smooth curves, at the back only, and taper off where they go on to parts that are not drawn; their lever arms "
    "are those of the solver. How discs bulge is drawn, not solved. Arrows stand at the middle of each facet.",
)
_ASSETS: Final = files("spinesim.viz.offline") / "assets"


def asset(name: str) -> str:
    """Text of a file of the page."""
    return (_ASSETS / name).read_text(encoding="utf-8")


def script(*names: str) -> str:
    """Scripts one after the other, as one strict function of its own."""
    parts = "\n".join(asset(f"{name}.js") for name in names or SCRIPTS)
    return f"(function () {{\n'use strict';\n{parts}\n}})();"


def offline_page(
    scene: Scene,
    grid: PostureGrid,
    misses: Sequence[Miss],
    title: str,
    who: str,
    provenance: Mapping[str, Any],
    steps: Sequence[Step] = (),
    films: Sequence[Film] = (),
) -> str:
    """One HTML file with the picture, sliders and numbers of a solved grid; it asks no network for anything.

    Parameters
    ----------
    scene
        The person, as bones and all that moves.
    grid, misses
        Solved for that person, and how far interpolation is from solving.
    title, who
        Heading, and whose spine it is.
    provenance
        As made by :func:`spinesim.io.provenance.provenance`.
    steps
        Of a lesson.
    films
        Exercises that can be played.
    """
    return _filled(
        content(scene, grid, steps, films),
        title,
        who,
        asset("page.css"),
        _median(scene),
        _footer(scene, grid, misses) + provenance_details(provenance),
    )


def motion_page(
    scene: Scene, times_s: Sequence[float], postures: Sequence[Posture], loads: Sequence[Load], found: Solution, title: str
) -> str:
    """The picture alone, of the frames of a motion, to stand inside another page: its time is the only slider.

    The other page moves it by ``spinesim.show({time_s: 1.2})`` of its window, and hears of its own moves by ``spinesim.moved``.

    Parameters
    ----------
    scene
        The person.
    times_s, postures, loads, found
        Of the frames.
    title
        For those who hear the page.
    """
    film = Film(title, "", tuple(times_s), (), tuple(postures), tuple(loads), found)
    style = asset("page.css") + asset("motion.css")
    return _filled(
        content(scene, None, films=(film,)), title, "", style, _median(scene), "".join(f"<p>{escape(note)}</p>" for note in _DRAWN)
    )


def _filled(packed: tuple[dict[str, Any], str], title: str, who: str, style: str, median: str, footer: str) -> str:
    """The page with its parts put in; ``footer`` is markup."""
    about, blob = packed
    parts = {
        "TITLE": escape(title),
        "WHO": escape(who),
        "STYLE": style,
        "MEDIAN": escape(median),
        "FOOTER": footer,
        "ABOUT": _inline(json.dumps(about, allow_nan=False, separators=(",", ":"), ensure_ascii=False)),
        "BLOB": blob,
        "SCRIPT": _inline(script()),
    }
    # In one pass, so that nothing put in is taken for a place to put something.
    pieces = asset("page.html").split("@")
    return "".join(parts[piece] if k % 2 else piece for k, piece in enumerate(pieces))


def _footer(scene: Scene, grid: PostureGrid, misses: Sequence[Miss]) -> str:
    """What the reader has to know, a paragraph each."""
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in status_counts(grid.solution).items() if count)
    solved = f"{len(grid.solution)} postures and loads were solved ({counts})."
    notes = "".join(f"<p>{escape(note)}</p>" for note in (SIGNS, *_DRAWN, DISCLAIMER))
    return f"<p>{solved}</p>{_interpolated(misses) if misses else ''}{notes}"


def _interpolated(misses: Sequence[Miss]) -> str:
    """How far interpolated values are off, as a table."""
    labels = {field.variable: field.label for field in FIELDS} | {"facet_force_N": "Facet force", "ligament_tension_N": "Ligament tension"}
    cells = f"In the middles of {misses[0].cells} cells, solved for comparison, they were off by:"
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("result", "most", f"most of those over {SMALL:.0%}", "half below"))
    rows = "".join(
        f'<tr title="{escape(_place_of(miss))}"><th scope="row">{labels[miss.name]}</th><td>{_shown(miss.worst)} of {_shown(miss.solved)} '
        f"{miss.unit}</td><td>{_shown(miss.notable)}</td><td>{_shown(miss.median)}</td></tr>"
        for miss in misses
    )
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    worst = f"Disc compression is off most at {_place_of(misses[0])}." if misses[0].name == "disc_compression_N" else ""
    return f"<p>Between them values are interpolated. {cells}</p>{table}<p>{escape(worst)}</p>"


def _shown(value: float) -> str:
    """Three digits, never in powers of ten."""
    return f"{value:,.0f}" if abs(value) >= 100.0 else f"{value:.3g}"


def _place_of(miss: Miss) -> str:
    """Where an interpolated value was off most."""
    return ", ".join("{0}: {2:g} {1}".format(*AXIS_WORDS[key][:2], value).replace(" °", "°") for key, value in miss.where.items())


def _median(scene: Scene) -> str:
    """What the percentages are of."""
    if why_not := scene.tolerances.why_not:
        return f"There is no percentage: {why_not}."
    return "of median: part of what half of such persons (age, sex, findings) bear; no limit."


def _inline(text: str) -> str:
    """Text that cannot end the script element it stands in."""
    return text.replace("</", "<\\/").replace("<!--", "<\\!--")
