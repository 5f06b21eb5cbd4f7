"""One answer as one HTML file that needs no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from spinesim.io.tables import (
    LEGEND,
    LEVEL_HEADS,
    MUSCLE_HEADS,
    SPREAD_HEADS,
    STATUS,
    has_numbers,
    level_rows,
    limits,
    muscle_rows,
    number,
    spread_causes,
    spread_rows,
    spread_title,
    summary,
    words,
)
from spinesim.viz.document import document, provenance_details

Shown = tuple[float | None, tuple[float, float] | None]

_SIDES = ': <span class="left">left</span>, <span class="right">right</span>'
_STYLE = """
:root { color-scheme: light dark; --ink: #1d2430; --paper: #fff; --line: #d5dae2; --blue: #3b6fb6; --orange: #d9822b; --green: #3f8f5b; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e8ef; --paper: #14181f; --line: #39414e; --blue: #7aa7e6; --orange: #eaa45e; --green: #76c293; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; white-space: nowrap; border-bottom: 1px solid var(--line); text-align: right; }
th:first-child, td:first-child { text-align: left; }
.bars { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem 2.5rem; }
figure { margin: 0; } figcaption { font-weight: 600; margin-bottom: .3rem; } svg { width: 100%; height: auto; }
.whisker { fill: none; stroke: var(--ink); stroke-width: 1.2; }
svg text { fill: var(--ink); font-size: 11px; } .left { color: var(--orange); } .right { color: var(--green); }
.status { font-weight: 600; } .status.bad { color: var(--orange); }
footer { margin-top: 2rem; border-top: 1px solid var(--line); font-size: .9rem; } pre { overflow-x: auto; font-size: .8rem; }
"""


def page_html(answer: Mapping[str, Any], title: str, subtitle: str = "") -> str:
    """A self-contained page of one answer: bars, tables, limits, provenance.

    Parameters
    ----------
    answer
        As made by :func:`spinesim.io.json.solution_to_json`.
    title, subtitle
        Heading of the page and what was asked.
    """
    bad = "" if answer["status"] == "converged" and answer["validated"] else " bad"
    body = [
        f"<h1>{escape(title)}</h1>",
        f"<p>{escape(subtitle)}</p>" if subtitle else "",
        f'<p class="status{bad}">{escape(STATUS[answer["status"]])}{"" if answer["validated"] else ", outside the validated range"}</p>',
        *(_loads(answer) if has_numbers(answer) else ()),
        f"<footer>{''.join(f'<p>{escape(note)}</p>' for note in answer['notes'])}{provenance_details(answer['provenance'])}</footer>",
    ]
    return document(title, _STYLE, body)


def _loads(answer: Mapping[str, Any]) -> list[str]:
    return [
        f'<div class="bars">{_charts(answer)}</div>',
        "<h2>Levels</h2>",
        _table(LEVEL_HEADS, level_rows(answer)),
        f"<p>{escape(LEGEND)}</p>",
        "<h2>Muscles</h2>",
        _table(MUSCLE_HEADS, muscle_rows(answer, 20)),
        "<p>The transversus acts through the abdominal pressure alone.</p>",
        f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in summary(answer))}</ul>",
        "<h2>What limits</h2>",
        f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in limits(answer))}</ul>",
        *(_spread(answer) if "uncertainty" in answer else ()),
    ]


def _spread(answer: Mapping[str, Any]) -> list[str]:
    return [
        "<h2>Uncertainty</h2>",
        f"<p>{escape(spread_title(answer))}, the range of the whiskers above. The median is in the JSON and HDF5 results.</p>",
        _table(SPREAD_HEADS, spread_rows(answer)),
        f"<p>{escape(spread_causes(answer))}</p>",
    ]


def _charts(answer: Mapping[str, Any]) -> str:
    spread = answer.get("uncertainty")
    levels = {name: (level, spread["levels"][name] if spread else {}) for name, level in answer["levels"].items()}
    one = {name: {"blue": _value(*level, "disc_compression_N")} for name, level in levels.items()}
    two = {name: {"orange": _value(*level, "facet_left_N"), "green": _value(*level, "facet_right_N")} for name, level in levels.items()}
    shear = {name: {"blue": _value(*level, "anterior_shear_N")} for name, level in levels.items()}
    busiest = sorted(answer["muscle_groups"].items(), key=lambda item: -(item[1]["force_N"] or 0.0))[:8]
    groups = {name: (group, spread["muscle_groups"][name] if spread else {}) for name, group in busiest}
    forces = {
        words(name): {"orange": _value(*group, "force_left_N"), "green": _value(*group, "force_right_N")} for name, group in groups.items()
    }
    charts = (
        ("Disc compression, N", one, ""),
        ("Net anterior shear, N", shear, ""),
        ("Facets, N", two, _SIDES),
        ("Muscles, N", forces, _SIDES),
    )
    return "".join(f"<figure><figcaption>{escape(name)}{key}</figcaption>{_bars(rows)}</figure>" for name, rows, key in charts)


def _value(values: Mapping[str, Any], spread: Mapping[str, Any], key: str) -> Shown:
    """A number with its outer percentiles, which are left out where there are none."""
    low, _, high = spread.get(key) or (None, None, None)
    return values[key], None if low is None or high is None else (low, high)


def _bars(rows: Mapping[str, Mapping[str, Shown]]) -> str:
    """Horizontal bars with whiskers, drawn from zero to either side; the number stands in its own column."""
    values = [end for row in rows.values() for value, whisker in row.values() for end in (value or 0.0, *(whisker or ()))]
    low, high = min(0.0, *values), max(0.0, *values)
    scale = 200.0 / (high - low or 1.0)
    step = 14
    drawn, y = [], 0
    for name, row in rows.items():
        drawn.append(f'<text x="0" y="{y + step * len(row) / 2 + 4:.0f}">{escape(name)}</text>')
        for colour, (value, whisker) in row.items():
            size = value or 0.0
            x = 150.0 + (min(size, 0.0) - low) * scale
            drawn.append(f'<rect x="{x:.1f}" y="{y + 2}" width="{abs(size) * scale:.1f}" height="{step - 3}" fill="var(--{colour})"/>')
            if whisker:
                ends = [150.0 + (end - low) * scale for end in whisker]
                drawn.append(f'<path class="whisker" d="M{ends[0]:.1f} {y + 4}v7m0 -3.5H{ends[1]:.1f}m0 -3.5v7"/>')
            drawn.append(f'<text x="410" y="{y + 12}" text-anchor="end">{number(value)}</text>')
            y += step
        y += 6
    return f'<svg viewBox="0 0 412 {y}" role="img">{"".join(drawn)}</svg>'


def _table(heads: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(above)}<br>{escape(below)}</th>" for above, below in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
