"""Curves and bars of an assessment as inline SVG: no script is needed to see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

WIDE, HIGH, LEFT, BOTTOM = 560.0, 200.0, 52.0, 26.0
MOST_POINTS: Final = 500  # of a curve


def every(values: Sequence[Any]) -> int:
    """Of how many points one is drawn."""
    return max(1, -(-len(values) // MOST_POINTS))


def chart(answer: Mapping[str, Any], title: str, lines: Sequence[tuple[str, Sequence[float | None]]]) -> str:
    """Curves over time on stripes that are bends; a frame without an answer is a gap."""
    time = answer["frames"]["time_s"]
    step = every(time)
    known = [value for _, values in lines for value in values if value is not None]
    low, high = min(0.0, *known), max(*known, 1e-9)

    begin, end = float(time[0]), float(time[-1])

    def x(at: float) -> float:
        return LEFT + (WIDE - LEFT - 10.0) * (at - begin) / (end - begin)

    def y(value: float) -> float:
        return 8.0 + (HIGH - BOTTOM - 8.0) * (high - value) / (high - low)

    stripes = "".join(
        f'<rect class="stripe" x="{x(b["from_s"]):.1f}" y="8" width="{x(b["to_s"]) - x(b["from_s"]):.1f}" height="{HIGH - BOTTOM - 8}"/>'
        for b in answer["bends"]
    )
    ticks = "".join(
        f'<line class="axis" x1="{LEFT}" x2="{WIDE - 10}" y1="{y(t):.1f}" y2="{y(t):.1f}"/>'
        f'<text x="{LEFT - 5}" y="{y(t) + 4:.1f}" text-anchor="end">{t:g}</text>'
        for t in _ticks(low, high)
    )
    ends = "".join(
        f'<text x="{x(t):.1f}" y="{HIGH - 8:.0f}" text-anchor="middle">{t:g}{" s" if k else ""}</text>'
        for k, t in enumerate(_ticks(begin, end))
    )
    drawn = ([(x(t), None if v is None else y(v)) for t, v in _thin(time, values, step)] for _, values in lines)
    curves = "".join(f'<path class="curve" style="stroke:var(--c{k % 6})" d="{_path(points)}"/>' for k, points in enumerate(drawn))
    now = f'<line class="now" x1="{LEFT}" x2="{LEFT}" y1="8" y2="{HIGH - BOTTOM:.0f}"/>'
    key = " ".join(f'<b style="color:var(--c{k % 6})">{escape(name)}</b>' for k, (name, _) in enumerate(lines))
    picture = f'<svg viewBox="0 0 {WIDE:.0f} {HIGH:.0f}" role="img" aria-label="{escape(title)}">{stripes}{ticks}{curves}{now}{ends}</svg>'
    return f'<figure><figcaption>{escape(title)}</figcaption>{picture}<div class="key">{key}</div></figure>'


def _thin(time: Sequence[float], values: Sequence[float | None], step: int) -> list[tuple[float, float | None]]:
    """One point of every ``step``: that of the largest size, so that no peak is lost; a gap stays a gap."""
    found = []
    for start in range(0, len(time), step):
        part = list(zip(time[start : start + step], values[start : start + step], strict=True))
        gap = next((item for item in part if item[1] is None), None)
        found.append(gap or max(part, key=lambda item: abs(item[1] or 0.0)))
    return found


def _path(points: Sequence[tuple[float, float | None]]) -> str:
    pieces, pen = [], "M"
    for x, y in points:
        if y is None:
            pen = "M"
            continue
        pieces.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "L"
    return "".join(pieces)


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers within a range, at most six of them."""
    span = high - low
    ten = 10.0 ** len(str(int(span))) / 100.0 if span >= 1.0 else 0.01
    step = next(step for scale in (1.0, 10.0, 100.0) for step in (ten * scale, 2 * ten * scale, 5 * ten * scale) if span / step <= 5.5)
    first = -(-low // step)
    return [round((first + k) * step, 9) for k in range(int((high - first * step) // step) + 1)]


def rhythm_chart(part: Mapping[str, Any]) -> str:
    """Shares by quarter as dots on the band of two SD of people without pain."""

    def y(share: float) -> float:
        return 8.0 + (HIGH - BOTTOM - 8.0) * (1.2 - min(max(share, 0.0), 1.2)) / 1.2

    width = (WIDE - LEFT - 10.0) / len(part["quarters"])
    drawn = [
        f'<line class="axis" x1="{LEFT}" x2="{WIDE - 10}" y1="{y(t):.1f}" y2="{y(t):.1f}"/>'
        f'<text x="{LEFT - 5}" y="{y(t) + 4:.1f}" text-anchor="end">{100 * t:.0f} %</text>'
        for t in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    for k, q in enumerate(part["quarters"]):
        left, high, low = LEFT + k * width + 8.0, y(q["healthy"] + 2 * q["healthy_sd"]), y(q["healthy"] - 2 * q["healthy_sd"])
        drawn.append(f'<rect class="norm" x="{left:.1f}" y="{high:.1f}" width="{width - 16:.1f}" height="{low - high:.1f}"/>')
        drawn.append(f'<path class="pain" d="M{left:.1f} {y(q["low_back_pain"]):.1f}h{width - 16:.1f}"/>')
        drawn.append(f'<circle class="dot" cx="{left + 0.5 * width - 8:.1f}" cy="{y(q["lumbar_share"]):.1f}" r="5"/>')
        drawn.append(
            f'<text x="{left + 0.5 * width - 8:.1f}" y="{HIGH - 8:.0f}" text-anchor="middle">{q["from_deg"]:.0f}-{q["to_deg"]:.0f}°</text>'
        )
    svg = f'<svg viewBox="0 0 {WIDE:.0f} {HIGH:.0f}" role="img" aria-label="lumbar share by quarter">{"".join(drawn)}</svg>'
    key = "dots: this person; band: two SD of adults without pain; dashed: mean with low back pain"
    return f'<figure><figcaption>Lumbar share by quarter of the bend</figcaption>{svg}<div class="key">{key}</div></figure>'
