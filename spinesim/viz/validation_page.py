"""A validation run as one HTML file that needs no network; misses stand as plainly as hits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from spinesim.analysis.agreement import GROUPS
from spinesim.io.evidence import Report, figure, grouped, place, span, tally_rows
from spinesim.io.provenance import DISCLAIMER
from spinesim.viz.document import document, provenance_details
from spinesim.viz.validation_plots import bland_altman, curve, deviations, pair_count, scatter, strip

TITLE: Final = "spinesim against published experiments"
_LEAST_PAIRS: Final = 3
_STYLE = """
:root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6472; --paper: #fff; --card: #f6f7f9; --line: #d5dae2; --band: #cfe0d4;
  --blue: #2f66b3; --orange: #c8641b; --grey: #8a93a1; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e8ef; --soft: #a3acba; --paper: #14181f; --card: #1b212a; --line: #39414e; --band: #2c4636;
    --blue: #7aa7e6; --orange: #f0a15c; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
h1 { line-height: 1.2; } h2 { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1rem; }
a { color: var(--blue); } .soft { color: var(--soft); }
.tiles { display: flex; flex-wrap: wrap; gap: 1rem; } .tile { background: var(--card); border-radius: .5rem; padding: .7rem 1.1rem; }
.tile b { display: block; font-size: 1.5rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .93rem; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top; }
th:first-child, td:first-child { text-align: left; } td { white-space: nowrap; }
table.words td, table.words th { text-align: left; white-space: normal; }
.wide { max-width: 50rem; } .plots { display: flex; flex-wrap: wrap; gap: 1rem 2rem; }
figure { margin: 0; flex: 1 1 20rem; max-width: 26rem; }
figcaption { font-weight: 600; } svg { width: 100%; height: auto; overflow: visible; } svg text { fill: var(--ink); font-size: 12px; }
article { background: var(--card); border-left: 6px solid var(--grey); border-radius: .4rem; padding: .8rem 1.1rem; margin: 1rem 0;
  display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: .5rem 2rem; }
article.hit { border-color: var(--blue); } article.miss { border-color: var(--orange); }
article h3 { margin: 0; grid-column: 1 / -1; font-size: 1.05rem; } article p { margin: .3rem 0; font-size: .93rem; }
.chip { font-size: .8rem; font-weight: 600; border: 1.5px solid; border-radius: 1rem; padding: .05rem .6rem;
  margin-left: .5rem; white-space: nowrap; }
.chip.hit { color: var(--blue); } .chip.miss, .chip.none { color: var(--orange); } .chip.cal { color: var(--soft); }
code { font-size: .88em; }
.axis { stroke: var(--soft); } .grid { stroke: var(--line); } .zero { stroke: var(--soft); }
.identity { stroke: var(--soft); stroke-dasharray: 5 4; }
.bias { stroke: var(--blue); stroke-width: 1.5; } .limit { stroke: var(--soft); stroke-dasharray: 6 4; }
text.bias, text.limit { stroke: none; }
.band { fill: var(--band); } .spread { stroke: var(--ink); stroke-width: 2; } .value { stroke: var(--ink); stroke-width: 2.5; }
.drawn { stroke: var(--blue); stroke-width: 5; opacity: .45; } .published { fill: none; stroke: var(--ink); stroke-width: 2; }
.model { fill: none; stroke: var(--blue); stroke-width: 1.5; stroke-dasharray: 4 3; }
circle.hit { fill: var(--blue); } .shown { fill: var(--card); stroke: var(--grey); stroke-width: 2; } path.miss { fill: var(--orange); }
.key svg { width: 1.4rem; height: .9rem; vertical-align: middle; } .key span { margin-right: 1.4rem; white-space: nowrap; }
#misses:checked ~ main article.hit { display: none; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); font-size: .9rem; } pre { overflow-x: auto; font-size: .8rem; }
"""
_KEY = """<p class="key"><span><svg viewBox="0 0 22 14"><rect class="band" width="22" height="14"/></svg> counts as a hit</span>
<span><svg viewBox="0 0 22 14"><path class="value" d="M11 0v14"/><path class="spread" d="M1 7h20"/></svg> published, with its spread</span>
<span><svg viewBox="0 0 22 14"><circle class="hit" cx="11" cy="7" r="5"/></svg> model, hit</span>
<span><svg viewBox="0 0 22 14"><path class="miss" d="M11 .5l6.5 6.5-6.5 6.5-6.5-6.5z"/></svg> model, miss</span>
<span><svg viewBox="0 0 22 14"><circle class="shown" cx="11" cy="7" r="5"/></svg> shown, not judged</span>%s</p>"""
_KEY_DRAWN = '\n<span><svg viewBox="0 0 22 14"><path class="drawn" d="M1 7h20"/></svg> model, 5 to 95 %% of %d drawn</span>'
_TALLY_HEADS = ("group", "cases hit", "figures hit", "bias", "limits of agreement", "r", "under %", "off by %")


def validation_html(found: Report) -> str:
    """A self-contained page of a validation run.

    Parameters
    ----------
    found
        As made by :func:`spinesim.io.evidence.report`.
    """
    groups = list(grouped(found))
    sections = "".join(_section(group, cases, found["groups"].get(group)) for group, cases in groups)
    measured = [(GROUPS[group][0], cases) for group, cases in groups]
    body = [
        f"<h1>{TITLE}</h1>",
        _tiles(found),
        _table(_TALLY_HEADS, tally_rows(found)),
        f'<p class="soft">{escape(found["legend"])}</p>',
        f"<h2>Deviation of each figure</h2><div class=wide>{deviations(measured)}</div>"
        if any(pair_count(cases) for _, cases in measured)
        else "",
        _KEY % (_KEY_DRAWN % found["samples"] if found["samples"] else ""),
        '<input type="checkbox" id="misses"> <label for="misses">Hide the hits</label>',
        f"<main>{sections}</main>",
        _not_asked(found["not_asked"]),
        f"<footer><p>{escape(DISCLAIMER)}</p>{provenance_details(found['provenance'])}</footer>",
    ]
    return document(TITLE, _STYLE, body)


def _tiles(found: Report) -> str:
    summary, calibration = found["summary"], found["calibration"]
    relative = summary["relative_percent"]
    tiles = [
        (f"{summary['cases_hit']} of {summary['cases']}", "measured cases hit, calibration not counted"),
        (f"{summary['figures_hit']} of {summary['figures']}", "of their figures"),
        (f"{calibration['cases_hit']} of {calibration['cases']}", "cases used for calibration hit"),
    ]
    if relative:
        tiles.append((f"{figure(relative['bias'])} %", f"bias; {span(relative['lower'], relative['upper'])} % limits of agreement"))
        tiles.append((f"{100.0 * relative['under']:.0f} %", "of figures under-predicted"))
    if summary["unanswered"]:
        tiles.append((str(summary["unanswered"]), "figures without an answer, counted as no hit"))
    return (
        f'<div class="tiles">{"".join(f"<div class=tile><b>{escape(big)}</b>{escape(small)}</div>" for big, small in tiles)}</div><p></p>'
    )


def _section(group: str, cases: Sequence[Mapping[str, Any]], tally: Mapping[str, Any] | None) -> str:
    title, unit = GROUPS[group]
    plots = ""
    if unit and tally and tally["absolute"] and pair_count(cases) >= _LEAST_PAIRS:
        drawn = (
            ("Model against published", scatter(cases, unit)),
            ("Difference over mean (Bland-Altman)", bland_altman(cases, tally["absolute"], unit)),
        )
        plots = f'<div class="plots">{"".join(f"<figure><figcaption>{name}</figcaption>{svg}</figure>" for name, svg in drawn)}</div>'
    return f'<section id="{group}"><h2>{escape(title)}</h2>{plots}{"".join(map(_case, cases))}</section>'


def _case(case: Mapping[str, Any]) -> str:
    style = {"hit": "hit", "miss": "miss"}.get(case["verdict"], "none")
    chips = f'<span class="chip {style}">{case["verdict"]}</span>'
    chips += '<span class="chip cal">used for calibration</span>' if case["used_for_calibration"] else ""
    chips += '<span class="chip cal">repeats a measurement</span>' if case["repeats"] else ""
    lines = [("", f"Counts as a hit: {case['band']} ({case['because']})."), ("", case["note"])]
    lines += [("", f"By {' and '.join(key.rpartition('.')[2] for key in case['over'])}.")] if case["over"] else []
    lines += [("", f"Set on it: {case['calibrated_parameter']}.")] if case["used_for_calibration"] else []
    lines += [("", f"Repeats {case['repeats']}.")] if case["repeats"] else []
    lines += [("soft", f"{case['citation']} [{case['status']}]"), ("soft", f"{case['id']}; figures {', '.join(case['figures'])}")]
    lines += [("", text) for text in _remarks(case)]
    words = "".join(f'<p class="{name}">{escape(text)}</p>' for name, text in lines if text)
    head = f"<h3>{escape(case['title'])}{chips}</h3>"
    return f'<article id="{escape(case["id"])}" class="{style}">{head}<div>{curve(case) or strip(case)}</div><div>{words}</div></article>'


def _remarks(case: Mapping[str, Any]) -> list[str]:
    """What went wrong, or has to be known, and where; said once for all points that share it."""
    places = dict[str, list[str]]()
    for point in case["points"]:
        failed = f"{point['failed_samples']} drawn models had no answer" if point["failed_samples"] else ""
        for text in (f"no answer: {point['fault']}" if point["fault"] else "", point["note"], failed):
            if text:
                places.setdefault(text, []).append(place(point))
    return [f"At {'; '.join(where)}: {text}." if any(where) else f"{text[0].upper()}{text[1:]}." for text, where in places.items()]


def _not_asked(entries: Sequence[Mapping[str, Any]]) -> str:
    if not entries:
        return ""
    rows = [(entry["what"], entry["why"], ", ".join(entry["figures"])) for entry in entries]
    return f"<h2>Not asked, and why</h2>{_table(('what', 'why', 'figures'), rows, 'words')}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], style: str = "") -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table class="{style}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
