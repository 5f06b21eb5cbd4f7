"""A plan as one HTML file that needs no network."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from spinesim.io.plan import ALPHA, FOR_WHOM, PROVISIONAL, band, bound_lines, goal_lines, short_days
from spinesim.io.tables import words
from spinesim.viz.document import document, provenance_details

_WIDE, _HIGH, _LEFT, _BOTTOM = 420.0, 190.0, 46.0, 24.0
_LOADS: Final = (
    "Largest load of the week with the band of the load error (5th to 95th percentile); the dashed line is the limit. It holds for the "
    "curve and allows for the band already. Compression is raised by what bending takes from its limit."
)
_DAMAGE: Final = (
    "Probability that damage with recovery has exceeded its budget, so far; the band is over the constants that nobody has measured. The "
    "ranking is robust, the percentage is not."
)
_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6472; --paper: #fff; --card: #f6f7f9; --line: #d5dae2;
  --blue: #2f66b3; --orange: #c8641b; --band: #c9d8ee; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e8ef; --soft: #a3acba; --paper: #14181f; --card: #1b212a; --line: #39414e; --blue: #7aa7e6; --orange: #f0a15c;
    --band: #2c4466; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
h1 { line-height: 1.2; } h2 { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 1rem; }
.warn { border-left: 6px solid var(--orange); background: var(--card); padding: .7rem 1.1rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .93rem; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid var(--line); text-align: left; white-space: nowrap; }
th, td { vertical-align: top; } .soft { color: var(--soft); font-weight: 400; }
tr > :first-child { position: sticky; left: 0; background: var(--paper); }
.used { background: linear-gradient(90deg, var(--band) var(--part), transparent var(--part)); }
td.n, th.n { text-align: right; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem 2rem; }
figure { margin: 0; max-width: 36rem; } figcaption { font-weight: 600; }
svg { width: 100%; height: auto; } svg text { fill: var(--ink); font-size: 11px; }
.axis { stroke: var(--line); } .limit { stroke: var(--orange); stroke-width: 1.5; stroke-dasharray: 5 3; }
.curve { fill: none; stroke: var(--blue); stroke-width: 2; } .area { fill: var(--band); opacity: .6; } .dot { fill: var(--blue); }
pre { overflow-x: auto; font-size: .8rem; } footer { margin-top: 2rem; border-top: 1px solid var(--line); font-size: .9rem; }
"""


def page_html(answer: Mapping[str, Any]) -> str:
    """A self-contained page of one plan, or of the reason why there is none.

    Parameters
    ----------
    answer
        As made by :func:`spinesim.io.plan.plan_json`.
    """
    title = answer["title"] or "Plan"
    body = [f"<h1>{escape(title)}</h1>", f'<p class="warn"><b>{escape(FOR_WHOM)}</b> {escape(ALPHA)}</p>']
    if answer["status"] == "plan":
        body += _plan(answer)
    else:
        reason = answer["reason"]
        body.append(f'<p class="warn"><b>No safe plan</b> ({escape(words(reason["rule"]))}): {escape(reason["reason"])}</p>')
    body += [_list("What limits", bound_lines(answer)), _list("The goal", goal_lines(answer))]
    body += [_gates(answer), _basis(answer), _foot(answer)]
    return document(title, _STYLE, body)


def _plan(answer: Mapping[str, Any]) -> list[str]:
    weeks, damage = answer["weeks"], answer["damage"]
    tissues = [load["tissue"] for load in weeks[0]["tissues"]]
    low, high = damage["band"]
    return [
        "<h2>Sessions</h2>",
        f"<p>{escape(PROVISIONAL)}</p>",
        _sessions(weeks),
        "<h2>Load by tissue and week</h2>",
        f"<p>{_LOADS}</p>",
        f'<div class="plots">{"".join(_tissue(weeks, name) for name in tissues)}</div>',
        "<h2>Utilisation</h2>",
        _utilisation(weeks),
        "<h2>Damage</h2>",
        f"<p>{_DAMAGE} At the end {100 * damage['probability']:.1f} % ({escape(damage['level'])}), {escape(band(damage['probability']))}, "
        f"{100 * low:.1f} to {100 * high:.1f} %; without any session {100 * damage['background']:.1f} %.</p>",
        f'<div class="plots">{_damage(weeks, damage)}</div>',
    ]


def _sessions(weeks: Sequence[Mapping[str, Any]]) -> str:
    names = list(dict.fromkeys(dose["exercise"] for week in weeks for dose in week["doses"]))
    days = {name: _usual_days(weeks, name) for name in names}
    head = "<th>week</th>" + "".join(f"<th>{escape(words(name))}{_soft(days[name])}</th>" for name in names)
    rows = []
    for week in weeks:
        cells = ["<br>".join(_dose(d, days[name]) for d in week["doses"] if d["exercise"] == name) or "-" for name in names]
        rows.append(f"<tr><td>{week['week']}</td>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    return _table(head, rows)


def _usual_days(weeks: Sequence[Mapping[str, Any]], name: str) -> str:
    """The days of an exercise, where they are the same for all its doses."""
    found = {short_days(dose["days"]) for week in weeks for dose in week["doses"] if dose["exercise"] == name}
    return found.pop() if len(found) == 1 else ""


def _dose(dose: Mapping[str, Any], usual: str) -> str:
    return f"{dose['load_kg']:g} kg {dose['sets']} × {dose['reps']}" + ("" if usual else _soft(short_days(dose["days"])))


def _soft(days: str) -> str:
    return f'<br><span class="soft">{escape(days)}</span>' if days else ""


def _utilisation(weeks: Sequence[Mapping[str, Any]]) -> str:
    tissues = [load["tissue"] for load in weeks[0]["tissues"]]
    heads = ["week", "limiting", "exceedance", "basis", *(words(name) for name in tissues)]
    rows = []
    for week in weeks:
        worst = max(week["tissues"], key=lambda load: load["utilisation"])
        where = "<br>".join(escape(words(part)) for part in (f"{worst['tissue']} {worst['level']}", worst["exercise"]))
        told = f"<td>{where}</td><td>{100 * worst['exceedance']:.1f} %</td><td>{worst['basis']}</td>"
        rows.append(f"<tr><td>{week['week']}</td>{told}{''.join(_share(load['utilisation']) for load in week['tissues'])}</tr>")
    return _table("".join(f"<th>{escape(head)}</th>" for head in heads), rows)


def _share(used: float) -> str:
    """A share of a limit as a number over a bar."""
    return f'<td class="used" style="--part: {100 * min(used, 1.0):.0f}%">{100 * used:.0f} %</td>'


def _tissue(weeks: Sequence[Mapping[str, Any]], tissue: str) -> str:
    loads = [next(load for load in week["tissues"] if load["tissue"] == tissue) for week in weeks]
    names = [week["week"] for week in weeks]
    chart = _chart(names, [load["load"] for load in loads], [load["band"] for load in loads], [load["limit"] for load in loads])
    return f"<figure><figcaption>{escape(words(tissue))}, {escape(loads[0]['unit'])}</figcaption>{chart}</figure>"


def _damage(weeks: Sequence[Mapping[str, Any]], damage: Mapping[str, Any]) -> str:
    values = [100.0 * week["damage"]["probability"] for week in weeks]
    bands = [[100.0 * end for end in week["damage"]["band"]] for week in weeks]
    chart = _chart([week["week"] for week in weeks], values, bands, [100.0 * damage["budget"]] * len(weeks))
    return f"<figure><figcaption>Damage beyond its budget, % (an index)</figcaption>{chart}</figure>"


def _chart(names: Sequence[int], values: Sequence[float], bands: Sequence[Sequence[float]], limits: Sequence[float]) -> str:
    """A curve with a band and a limit over weeks, from zero."""
    top = 1.08 * max([*values, *limits, *(end for pair in bands for end in pair)]) or 1.0

    def x(place: int) -> float:
        return _LEFT + (_WIDE - _LEFT - 10.0) * (place + 0.5) / len(names)

    def y(value: float) -> float:
        return _HIGH - _BOTTOM - (_HIGH - _BOTTOM - 8.0) * value / top

    def line(numbers: Sequence[float]) -> str:
        return " ".join(f"{x(k):.1f},{y(number):.1f}" for k, number in enumerate(numbers))

    outline = line([pair[1] for pair in bands]) + " " + " ".join(reversed(line([pair[0] for pair in bands]).split()))
    marks = "".join(f'<text x="{x(k):.1f}" y="{_HIGH - 8:.0f}" text-anchor="middle">{name}</text>' for k, name in enumerate(names))
    ticks = "".join(
        f'<line class="axis" x1="{_LEFT}" x2="{_WIDE - 10}" y1="{y(t):.1f}" y2="{y(t):.1f}"/>'
        f'<text x="{_LEFT - 5}" y="{y(t) + 4:.1f}" text-anchor="end">{t:g}</text>'
        for t in _ticks(top)
    )
    dots = "".join(f'<circle class="dot" cx="{x(k):.1f}" cy="{y(v):.1f}" r="3"/>' for k, v in enumerate(values))
    bound = f'<polyline class="limit" fill="none" points="{line(limits)}"/>'
    drawn = f'<polygon class="area" points="{outline}"/><polyline class="curve" points="{line(values)}"/>{dots}{bound}'
    return f'<svg viewBox="0 0 {_WIDE:.0f} {_HIGH:.0f}" role="img">{ticks}{drawn}{marks}</svg>'


def _ticks(top: float) -> list[float]:
    """Round numbers from 0, at most five of them."""
    ten = 10.0 ** math.floor(math.log10(top))
    step = next(step for step in (0.2 * ten, 0.25 * ten, 0.5 * ten, ten, 2.0 * ten, 2.5 * ten) if top / step <= 4.5)
    return [round(k * step, 9) for k in range(int(top / step) + 1)]


def _gates(answer: Mapping[str, Any]) -> str:
    if not answer["gates"]:
        return ""
    lines = [f"Week {k}: {words(gate)}" for k, gate in enumerate(answer["gates"], start=1)]
    lines += [f"{words(n)} {h['load_kg']:g} kg provoked pain and stays out until week {h['until_week']}" for n, h in answer["held"].items()]
    return _list("Logged weeks", lines)


def _basis(answer: Mapping[str, Any]) -> str:
    rows = answer["evidence_and_assumptions"]
    kinds = (
        ("What is evidence", ("read", "derived"), "Read in a source, or arithmetic on such numbers."),
        ("What is remembered", ("recalled",), "Recalled from the literature and not checked; never the ground of a test."),
        ("What is assumption", ("assumed",), "A choice of this project with a range; another choice gives another plan."),
    )
    parts = ["<h2>Evidence and assumption</h2>"]
    for name, statuses, what in kinds:
        chosen = [row for row in rows if row["status"] in statuses]
        body = [
            f'<tr><td>{escape(row["number"])}</td><td class="n">{row["value"]:g}</td>'
            f"<td>{escape(row['unit'])}</td><td>{escape(row['source'])}</td></tr>"
            for row in chosen
        ]
        head = '<th>number</th><th class="n">value</th><th>unit</th><th>source</th>'
        parts.append(f"<details><summary>{name} ({len(chosen)})</summary><p>{what}</p>{_table(head, body)}</details>")
    return "".join(parts)


def _foot(answer: Mapping[str, Any]) -> str:
    rules = "".join(f"<li>{escape(words(rule))}: {escape(text)}</li>" for rule, text in answer["checked_rules"].items())
    return (
        f"<footer><details><summary>Rules that the checker held it against</summary><ul>{rules}</ul></details>"
        f"{provenance_details(answer['provenance'])}<p>{escape(FOR_WHOM)}</p></footer>"
    )


def _list(title: str, lines: Any) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<h2>{title}</h2><ul>{items}</ul>" if items else ""


def _table(head: str, rows: Sequence[str]) -> str:
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
