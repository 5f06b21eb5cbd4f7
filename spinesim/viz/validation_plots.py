"""Drawings of a validation run as SVG: bands with dots, curves, agreement. Colours come from the page's style."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from spinesim.io.evidence import figure, place

ROW: Final = 26
_LEFT, _RIGHT, _WIDTH = 145.0, 490.0, 560.0
_SIDE: Final = 330.0

Point = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear axis: numbers ``low`` to ``high`` on places ``start`` to ``stop``."""

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, value: float) -> float:
        """The place of a number."""
        return self.start + (value - self.low) * (self.stop - self.start) / (self.high - self.low)

    def ticks(self, count: int = 5) -> list[float]:
        """Round numbers inside the axis."""
        rough = (self.high - self.low) / count
        unit = 10.0 ** math.floor(math.log10(rough))
        step = next(unit * m for m in (1.0, 2.0, 5.0, 10.0) if unit * m >= 0.7 * rough)
        first = math.ceil(self.low / step - 1e-9)
        return [step * k for k in range(first, math.floor(self.high / step + 1e-9) + 1)]


def fitted(values: Iterable[float | None], start: float, stop: float) -> Scale:
    """An axis that holds some numbers with a margin."""
    known = [value for value in values if value is not None] or [0.0, 1.0]
    low, high = min(known), max(known)
    margin = 0.08 * (high - low) or 0.5 * abs(high) or 1.0
    return Scale(low - margin, high + margin, start, stop)


def strip(case: Mapping[str, Any]) -> str:
    """Every point of a case in a row: the band, the published figure with its spread, the model with its percentiles."""
    points = case["points"]
    axis = fitted((value for point in points for value in _numbers(point)), _LEFT, _RIGHT)
    rows = [_row(point, index * ROW, axis, name=bool(case["over"])) for index, point in enumerate(points)]
    below = len(points) * ROW + 4
    ticks = "".join(_text(axis(t), below + 14, _plain(t)) + _line(axis(t), below - 2, axis(t), below + 3) for t in axis.ticks())
    base = _line(_LEFT, below - 2, _RIGHT, below - 2)
    unit = "" if case["unit"] == "ratio" else escape(case["unit"])
    return _svg(_WIDTH, below + 20, f'{"".join(rows)}{base}{ticks}<text x="{_RIGHT + 8}" y="{below + 14}">{unit}</text>', case["title"])


def curve(case: Mapping[str, Any]) -> str:
    """Published and model over what the case runs over, with the band between; empty unless that is three numbers or more."""
    single = len(case["over"]) == 1 and all(isinstance(point["at"][0], (int, float)) for point in case["points"])
    points = sorted(case["points"], key=lambda point: abs(point["at"][0])) if single else []
    if len(points) < 3 or any(point["published"]["value"] is None for point in points):
        return ""
    across = Scale(0.0, 1.05 * max(abs(p["at"][0]) for p in points), 46.0, 400.0)
    up = fitted((0.0, *(value for point in points for value in _numbers(point))), 220.0, 12.0)
    place_of = [across(abs(point["at"][0])) for point in points]
    band = [(x, up(p["band"][k])) for k, order in ((0, 1), (1, -1)) for x, p in list(zip(place_of, points, strict=True))[::order]]
    published = [(x, up(p["published"]["value"])) for x, p in zip(place_of, points, strict=True)]
    model = [(x, up(p["model"])) for x, p in zip(place_of, points, strict=True) if p["model"] is not None]
    dots = "".join(_model_dot(x, up(p["model"]), p) for x, p in zip(place_of, points, strict=True) if p["model"] is not None)
    drawn = ((x, p) for x, p in zip(place_of, points, strict=True) if p["p5"] is not None)
    bars = "".join(_line(x, up(p["p5"]), x, up(p["p95"]), "drawn") for x, p in drawn)
    area = f'<polygon class="band" points="{_path(band)}"/>'
    lines = "".join(f'<polyline class="{name}" points="{_path(line)}"/>' for name, line in (("published", published), ("model", model)))
    name = case["over"][0].rpartition(".")[2]
    return _svg(420.0, 258.0, _frame(across, up, name, case["unit"]) + area + lines + bars + dots, case["title"])


def scatter(cases: Sequence[Mapping[str, Any]], unit: str) -> str:
    """Model against published, with the line of identity."""
    pairs = _pairs(cases)
    values = [value for ours, theirs, _, _ in pairs for value in (ours, theirs)]
    across, up = fitted(values, 52.0, _SIDE - 10.0), fitted(values, _SIDE - 60.0, 10.0)
    line = _line(across(across.low), up(up.low), across(across.high), up(up.high), "identity")
    dots = "".join(_pair_dot(across(theirs), up(ours), case, point) for ours, theirs, case, point in pairs)
    return _svg(_SIDE, _SIDE - 15.0, _frame(across, up, f"published, {unit}", f"model, {unit}") + line + dots, "Model against published")


def bland_altman(cases: Sequence[Mapping[str, Any]], agreement: Mapping[str, Any], unit: str) -> str:
    """Difference over mean of model and published, with bias and limits of agreement."""
    pairs = _pairs(cases)
    ends = [agreement[name] for name in ("lower", "bias", "upper")]
    across = fitted(((a + b) / 2.0 for a, b, _, _ in pairs), 52.0, _SIDE - 10.0)
    up = fitted((0.0, *(a - b for a, b, _, _ in pairs), *ends), _SIDE - 60.0, 10.0)
    lines = [_line(52.0, up(0.0), _SIDE - 10.0, up(0.0), "zero")]
    for end, style in zip(ends, ("limit", "bias", "limit"), strict=True):
        if end is not None:
            lines.append(_line(52.0, up(end), _SIDE - 10.0, up(end), style))
            lines.append(f'<text class="{style}" x="{_SIDE - 12.0}" y="{up(end) - 3:.1f}" text-anchor="end">{figure(end)}</text>')
    dots = "".join(_pair_dot(across((a + b) / 2.0), up(a - b), case, point) for a, b, case, point in pairs)
    frame = _frame(across, up, f"mean of both, {unit}", f"model - published, {unit}")
    return _svg(_SIDE, _SIDE - 15.0, frame + "".join(lines) + dots, "Difference over mean")


def deviations(groups: Sequence[tuple[str, Sequence[Mapping[str, Any]]]]) -> str:
    """Deviation from the published in percent, a row of dots for each group."""
    rows = [(title, [(100.0 * (a - b) / abs(b), case, point) for a, b, case, point in _pairs(cases) if b]) for title, cases in groups]
    rows = [(title, found) for title, found in rows if found]
    axis = fitted((0.0, *(value for _, found in rows for value, _, _ in found)), 220.0, _WIDTH - 10.0)
    bottom = len(rows) * ROW + 4.0
    marks = "".join(_line(axis(t), 0.0, axis(t), bottom, "grid") + _text(axis(t), bottom + 14, f"{_plain(t)} %") for t in axis.ticks())
    drawn = [_line(axis(0.0), 0.0, axis(0.0), bottom, "zero")]
    for index, (title, found) in enumerate(rows):
        y = (index + 0.5) * ROW
        drawn.append(f'<text x="0" y="{y + 4}">{escape(title)}</text>')
        drawn += [_pair_dot(axis(value), y, case, point) for value, case, point in found]
    return _svg(_WIDTH, bottom + 20.0, marks + "".join(drawn), "Deviation from the published, percent")


def pair_count(cases: Sequence[Mapping[str, Any]]) -> int:
    """Figures that agreement is made of."""
    return len(_pairs(cases))


def _pairs(cases: Sequence[Mapping[str, Any]]) -> list[tuple[float, float, Mapping[str, Any], Point]]:
    """Model, published, case and point of what counts for agreement."""
    counted = [(case, point) for case in cases if not case["used_for_calibration"] for point in case["points"] if point["judged"]]
    return [
        (p["model"], p["published"]["value"], c, p) for c, p in counted if p["model"] is not None and p["published"]["value"] is not None
    ]


def _numbers(point: Point) -> list[float | None]:
    return [*point["published"].values(), *point["band"], point["model"], point["p5"], point["p95"]]


def _row(point: Point, top: float, axis: Scale, *, name: bool) -> str:
    middle = top + ROW / 2.0
    low, high = (axis(end) if end is not None else edge for end, edge in zip(point["band"], (_LEFT, _RIGHT), strict=True))
    parts = [f'<rect class="band" x="{low:.1f}" y="{top + 4:.1f}" width="{max(high - low, 1.0):.1f}" height="{ROW - 8}"/>']
    parts += [f'<text x="0" y="{middle + 4:.1f}">{escape(place(point))}</text>'] if name else []
    published = point["published"]
    if published["lo"] is not None and published["hi"] is not None:
        parts.append(_line(axis(published["lo"]), middle, axis(published["hi"]), middle, "spread"))
    if published["value"] is not None:
        parts.append(_line(axis(published["value"]), top + 4.0, axis(published["value"]), top + ROW - 4.0, "value"))
    if point["p5"] is not None:
        parts.append(_line(axis(point["p5"]), middle, axis(point["p95"]), middle, "drawn"))
    if point["model"] is not None:
        parts.append(_model_dot(axis(point["model"]), middle, point))
    parts.append(f'<text x="{_WIDTH}" y="{middle + 4:.1f}" text-anchor="end">{figure(point["model"])}</text>')
    return "".join(parts)


def _model_dot(x: float, y: float, point: Point) -> str:
    """A hit is a disc, a miss a diamond, what is only shown a ring: told apart without colour too."""
    tip = f"<title>{escape(_tip(point))}</title>"
    if point["verdict"] == "miss":
        return f'<path class="miss" d="M{x:.1f} {y - 6.5:.1f}l6.5 6.5-6.5 6.5-6.5-6.5z">{tip}</path>'
    return f'<circle class="{"hit" if point["verdict"] == "hit" else "shown"}" cx="{x:.1f}" cy="{y:.1f}" r="5">{tip}</circle>'


def _pair_dot(x: float, y: float, case: Mapping[str, Any], point: Point) -> str:
    name = escape(case["id"])
    return f'<a href="#{name}">{_model_dot(x, y, point).replace("<title>", f"<title>{name}: ", 1)}</a>'


def _tip(point: Point) -> str:
    where = f"at {place(point)}: " if point["at"] else ""
    return f"{where}model {figure(point['model'])}, published {figure(point['published']['value'])}"


def _frame(across: Scale, up: Scale, name: str, side: str) -> str:
    """Axes with ticks and names."""
    left, bottom = across.start, up.start
    parts = [_line(left, bottom, across.stop, bottom), _line(left, bottom, left, up.stop)]
    for tick in across.ticks(4):
        parts.append(_line(across(tick), bottom, across(tick), bottom + 4) + _text(across(tick), bottom + 16, _plain(tick)))
    for tick in up.ticks():
        parts.append(_line(left - 4, up(tick), left, up(tick)) + _text(left - 7, up(tick) + 4, _plain(tick), "end"))
    parts.append(_text((across.start + across.stop) / 2.0, bottom + 33, name))
    turned = f"translate(11 {(up.start + up.stop) / 2.0:.1f}) rotate(-90)"
    parts.append(f'<text transform="{turned}" text-anchor="middle">{escape(side)}</text>')
    return "".join(parts)


def _line(x1: float, y1: float, x2: float, y2: float, style: str = "axis") -> str:
    return f'<line class="{style}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _path(places: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _plain(value: float) -> str:
    return f"{value + 0.0:g}" if abs(value) > 1e-12 else "0"


def _svg(width: float, height: float, drawn: str, name: str) -> str:
    return f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(name)}">{drawn}</svg>'
