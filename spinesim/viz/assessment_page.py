"""An assessment of a recorded motion as one HTML file that needs no network."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from spinesim.io.tables import number, words
from spinesim.viz.assessment_charts import LEFT, WIDE, chart, every, rhythm_chart

_MOST_GROUPS: Final = 6
_LOADS: Final = (
    ("Net compression, N", "compression_N"),
    ("Disc pressure, MPa", "intradiscal_pressure_MPa"),
    ("Net anterior shear, N", "anterior_shear_N"),
    ("Left facet, N", "facet_left_N"),
    ("Right facet, N", "facet_right_N"),
    ("All ligaments of a level, N", "ligaments_N"),
)
_ANGLES: Final = (
    ("trunk inclination", "inclination_deg"), ("lumbar flexion", "flexion_deg"), ("pelvic tilt", "pelvic_tilt_deg"),
    ("bending", "lateral_deg"), ("rotation", "rotation_deg"),
)  # fmt: skip
_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6472; --paper: #fff; --card: #f6f7f9; --line: #d5dae2; --c0: #0072b2;
  --c1: #b07800; --c2: #00805f; --c3: #c34f00; --c4: #a8558a; --c5: #39414e; --band: #c9d8ee; --warn: #c8641b; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e8ef; --soft: #a3acba; --paper: #14181f; --card: #1b212a; --line: #39414e; --c0: #5fb0e8; --c1: #e69f00;
    --c2: #35c79a; --c3: #f08a4b; --c4: #dd9cc4; --c5: #c9d1dc; --band: #2c4466; --warn: #f0a15c; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 78rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { line-height: 1.2; } h2 { margin-top: 2.2rem; border-top: 1px solid var(--line); padding-top: 1rem; }
.warn { border-left: 6px solid var(--warn); background: var(--card); padding: .7rem 1.1rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .93rem; }
th, td { padding: .25rem .55rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th { white-space: normal; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 1rem 2rem; margin-top: 1rem; }
figure { margin: 0; } figcaption { font-weight: 600; } svg { width: 100%; height: auto; } svg text { fill: var(--ink); font-size: 12px; }
.axis { stroke: var(--line); } .curve { fill: none; stroke-width: 1.8; } .stripe { fill: var(--card); } .now { stroke: var(--ink); }
.key { font-size: .85rem; color: var(--soft); } .key b { font-weight: 600; }
.norm { fill: var(--band); } .dot { fill: var(--c0); } .pain { stroke: var(--warn); stroke-width: 2; stroke-dasharray: 5 3; }
#spine { width: 100%; height: 38rem; margin-top: .8rem; border: 1px solid var(--line); border-radius: 6px; }
@media (max-width: 62rem) { #spine { height: 30rem; } }
figure svg:has(.now) { cursor: crosshair; }
#scrub { position: sticky; top: 0; z-index: 1; background: var(--paper); padding: .5rem 0; border-bottom: 1px solid var(--line); }
#scrub input { width: 100%; } #scrub output { font-variant-numeric: tabular-nums; }
footer { margin-top: 2rem; border-top: 1px solid var(--line); font-size: .9rem; } pre { overflow-x: auto; font-size: .8rem; }
"""
# Moves one line through all curves, shows the numbers of that frame, and takes the spine in 3D along, which may move by itself.
_SCRIPT: Final = """
const told = JSON.parse(document.getElementById('frames').textContent), frame = document.getElementById('spine');
const slider = document.querySelector('#scrub input'), out = document.querySelector('#scrub output');
const begin = told.time_s[0], end = told.time_s[told.time_s.length - 1], wide = told.wide - told.left - 10;
const spine = () => { const inside = frame && frame.contentWindow.spinesim; return inside && inside.ready ? inside : null; };
const nearest = (t) => told.time_s.reduce((best, at, k) => (Math.abs(at - t) < Math.abs(told.time_s[best] - t) ? k : best), 0);
function tell(k) {
  const t = told.time_s[k], x = told.left + wide * (t - begin) / (end - begin);
  const n = (v, d) => v === null ? '-' : v.toFixed(d).replace(/^-(?=0$)/, '');
  slider.value = k;
  for (const line of document.querySelectorAll('.now')) { line.setAttribute('x1', x); line.setAttribute('x2', x); }
  out.textContent = t.toFixed(2) + ' s, ' + told.phase[k] + ': trunk ' + n(told.inclination_deg[k], 0) + '\\u00b0, lumbar '
    + n(told.flexion_deg[k], 0) + '\\u00b0; ' + told.level + ' ' + n(told.compression_N[k], 0) + ' N net, '
    + n(told.intradiscal_pressure_MPa[k], 2) + ' MPa';
  slider.setAttribute('aria-valuetext', out.textContent);
}
function go(k) { tell(k); const inside = spine(); if (inside) inside.show({ time_s: told.time_s[k] }); }
function join() {
  const inside = spine();
  if (!inside) return setTimeout(join, 50);
  inside.moved = (values) => tell(nearest(values.time_s));
  go(+slider.value);
}
slider.addEventListener('input', () => go(+slider.value));
for (const line of document.querySelectorAll('.now')) {
  const picture = line.ownerSVGElement;
  picture.addEventListener('click', (event) => {
    const box = picture.getBoundingClientRect(), x = told.wide * (event.clientX - box.left) / box.width;
    go(nearest(begin + (end - begin) * (x - told.left) / wide));
  });
}
tell(told.worst);
if (frame) join();
"""


def page_html(answer: Mapping[str, Any], title: str, subtitle: str, spine: str = "") -> str:
    """A self-contained page of one assessment, with a slider through time.

    Parameters
    ----------
    answer
        As made by :func:`spinesim.io.assessment.assessment_to_json`.
    title, subtitle
        Heading of the page and what was assessed.
    spine
        The spine in 3D at :func:`shown_frames`, a page of its own as of :func:`spinesim.viz.offline.page.motion_page`; none if empty.
    """
    bad = "" if answer["validated"] and answer["complete"] else ' class="warn"'
    told = answer["recording"]
    status = f"{answer['status']}{'' if answer['validated'] else '; frames lie outside the validated range'}"
    body = [
        f"<h1>{escape(title)}</h1><p>{escape(subtitle)}</p>",
        f"<p{bad}>{escape(status)}. {told['frames']} frames, {told['seconds']:.1f} s, from {escape(told['used'])}.</p>",
        _list("What stands out", answer["stands_out"]),
        _scrub(answer),
        f'<iframe id="spine" title="The spine in 3D at that time" srcdoc="{escape(spine)}"></iframe>' if spine else "",
        "<h2>Loads over time</h2>",
        f'<div class="plots">{_angles(answer)}{"".join(_loads(answer, *item) for item in _LOADS)}{_muscles(answer)}</div>',
        "<h2>Peaks and doses</h2>",
        _peaks(answer),
        _doses(answer["doses"]),
        "<h2>Worst frames</h2>",
        _worst(answer),
        "<h2>Lumbopelvic rhythm</h2>",
        _rhythm(answer["rhythm"]["down"]),
        "<h2>Left and right</h2>",
        _sides(answer["asymmetry"]),
        "<h2>How it moves</h2>",
        _bends(answer["bends"]),
        _list("The recording", [_read(told), *told["notes"], *told["faults"], *_fits(told["fits"])]),
        _foot(answer),
    ]
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n'
        + "\n".join(body)
        + f"\n<script>{_SCRIPT}</script></body></html>\n"
    )


def shown_frames(answer: Mapping[str, Any]) -> list[int]:
    """Frames that the slider goes through: evenly some hundreds, and those that load a tissue most."""
    times = answer["frames"]["time_s"]
    worst = [times.index(w["time_s"]) for w in answer["worst"] if w["value"] is not None]
    return sorted({*range(0, len(times), every(times)), len(times) - 1, *worst})


def _scrub(answer: Mapping[str, Any]) -> str:
    """The slider, and the numbers of its frames at the level that carries most."""
    frames = answer["frames"]
    level = max(answer["levels"], key=lambda name: answer["levels"][name]["peaks"]["compression_N"]["value"] or 0.0)
    series = {name: frames[name] for name in ("time_s", "phase", "inclination_deg", "flexion_deg")}
    series |= {name: frames[name][level] for name in ("compression_N", "intradiscal_pressure_MPa")}
    shown = shown_frames(answer)
    thin = {name: [values[k] for k in shown] for name, values in series.items()}
    known = [-1.0 if value is None else value for value in thin["compression_N"]]
    data = {**thin, "left": LEFT, "wide": WIDE, "level": level, "worst": known.index(max(known))}
    text = json.dumps(data, allow_nan=False).replace("</", "<\\/")
    slider = f'<input type="range" min="0" max="{len(shown) - 1}" step="1">'
    return (
        f'<div id="scrub"><label>Time {slider}</label><output aria-live="off"></output></div>'
        f'<script type="application/json" id="frames">{text}</script>'
    )


def _angles(answer: Mapping[str, Any]) -> str:
    return chart(answer, "Angles, degrees", [(name, answer["frames"][key]) for name, key in _ANGLES])


def _loads(answer: Mapping[str, Any], name: str, key: str) -> str:
    return chart(answer, name, list(answer["frames"][key].items()))


def _muscles(answer: Mapping[str, Any]) -> str:
    """The groups that pulled most over the recording."""
    bore = answer["doses"]["muscles_Ns"]
    most = sorted(bore, key=lambda group: -(bore[group] or 0.0))[:_MOST_GROUPS]
    return chart(answer, "Muscles that pull most, both sides, N", [(words(name), answer["frames"]["muscles_N"][name]) for name in most])


def _peaks(answer: Mapping[str, Any]) -> str:
    heads = ["level", "net compression, N", "disc, N", "pressure, MPa", "anterior shear, N", "left facet, N", "right facet, N",
             "impulse, kN\u00a0s", "cycles", "damage, 10\u207b\u2076", "passive, %"]  # fmt: skip
    keys = ("compression_N", "disc_compression_N", "intradiscal_pressure_MPa", "anterior_shear_N", "facet_left_N", "facet_right_N")
    rows = []
    for name, level in answer["levels"].items():
        cells = [number(level["peaks"][key]["value"], 2 if key.endswith("MPa") else 0) for key in keys]
        dose = ((level["impulse_Ns"], 1e-3, 1), (level["cycles"], 1.0, 0), (level["damage"], 1e6, 1), (level["passive_share"], 100.0, 0))
        rows.append([name, *cells, *(number(None if value is None else factor * value, digits) for value, factor, digits in dose)])
    return _table(heads, rows)


def _doses(doses: Mapping[str, Any]) -> str:
    """Impulses by level and by group, beside each other."""

    def kilo(value: float | None) -> str:
        return number(None if value is None else 1e-3 * value, 2)

    levels = [[name, *(kilo(level[key]) for key in ("disc_Ns", "facets_Ns", "ligaments_Ns"))] for name, level in doses["levels"].items()]
    bore = doses["muscles_Ns"]
    muscles = [[words(name), kilo(bore[name])] for name in sorted(bore, key=lambda group: -(bore[group] or 0.0))]
    tables = (
        _table(["impulse, kN s", "disc", "both facets", "ligaments"], levels),
        f"<details><summary>Muscles, both sides</summary>{_table(['impulse', 'kN s'], muscles)}</details>",
    )
    return f'<div class="plots">{"".join(f"<div>{table}</div>" for table in tables)}</div>'


def _worst(answer: Mapping[str, Any]) -> str:
    return _table(
        ["tissue", "value", "where", "time, s"],
        [
            [
                w["tissue"],
                number(w["value"], 2 if w["value"] is not None and w["value"] < 10.0 else 0),
                words(w["where"]),
                number(w["time_s"], 2),
            ]
            for w in answer["worst"]
        ],
    )


def _digits(value: float | None) -> int:
    return 2 if value is not None and value < 10.0 else 0


def _rhythm(part: Mapping[str, Any] | None) -> str:
    if part is None:
        return "<p>No forward bend of 20 degrees or more was recorded.</p>"
    rows = [_quarter(q) for q in (*part["quarters"], part["whole"])]
    heads = ["trunk inclination", "lumbar share", "without pain", "with low back pain", "SD from healthy"]
    return f'<div class="plots">{rhythm_chart(part)}<div>{_table(heads, rows)}</div></div>'


def _quarter(q: Mapping[str, float]) -> list[str]:
    own, healthy, sd, painful = (100.0 * q[name] for name in ("lumbar_share", "healthy", "healthy_sd", "low_back_pain"))
    shares = [f"{own:.0f} %", f"{healthy:.0f} ± {sd:.0f} %", f"{painful:.0f} %"]
    return [f"{q['from_deg']:.0f} to {q['to_deg']:.0f}°", *shares, f"{q['score']:+.1f}"]


def _sides(sides: Mapping[str, Any]) -> str:
    rows = [[f"facet {name}, N", *_both(side)] for name, side in sides["facets_N"].items()]
    rows += [[f"{words(name)}, N", *_both(side)] for name, side in sides["muscles_N"].items()]
    bent = f"While bent: {sides['bending_deg']:+.1f}° bending (right positive), {sides['rotation_deg']:+.1f}° rotation (left positive)."
    return f"<p>{bent}</p>" + _table(["mean over the recording", "left", "right", "index"], rows)


def _both(side: Mapping[str, Any]) -> list[str]:
    return [number(side["left"]), number(side["right"]), f"{side['index']:+.2f}"]


def _bends(bends: Sequence[Mapping[str, Any]]) -> str:
    if not bends:
        return "<p>No forward bend of 20 degrees or more was recorded.</p>"
    heads = ["bend", "from, s", "to, s", "depth, °", "lumbar, °", "pelvis, °", "down, °/s", "up, °/s", "arc length", "speed peaks"]
    keys = ("depth_deg", "lumbar_deg", "pelvis_deg", "peak_rate_down_deg_s", "peak_rate_up_deg_s")
    rows = [
        [str(k), number(b["from_s"], 2), number(b["to_s"], 2), *(number(b[key]) for key in keys), number(b["spectral_arc_length"], 2),
         str(b["speed_peaks"])]
        for k, b in enumerate(bends, start=1)
    ]  # fmt: skip
    return _table(heads, rows)


def _read(told: Mapping[str, Any]) -> str:
    return f"{told['rate_Hz']:.4g} frames a second; zero-phase Butterworth filter at {told['cutoff_Hz']:.2g} Hz; arms {told['arms']}"


def _fits(fits: Mapping[str, Any]) -> list[str]:
    return [
        f"{name}: {fit['markers']} markers ({', '.join(fit['names'])}), residual {fit['residual_mm']['median']:.1f} mm, "
        f"at most {fit['residual_mm']['largest']:.1f} mm"
        for name, fit in fits.items()
    ]


def _foot(answer: Mapping[str, Any]) -> str:
    told = escape(json.dumps(answer["provenance"], indent=1, ensure_ascii=False))
    notes = "".join(f"<p>{escape(note)}</p>" for note in answer["notes"])
    return f"<footer>{notes}<details><summary>Where this comes from</summary><pre>{told}</pre></details></footer>"


def _list(title: str, lines: Sequence[str]) -> str:
    return f"<h2>{title}</h2><ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>" if lines else ""


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
