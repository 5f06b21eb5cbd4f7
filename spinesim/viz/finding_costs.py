"""What findings cost as a picture: load and stability side by side, in the same postures for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from spinesim.io.provenance import DISCLAIMER
from spinesim.viz.style import BLUE, ORANGE, lettered, picture, zero_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FARTHEST: Final = 100.0  # percent: longer bars end here, with their number
_WORDS: Final = (
    "Gain: the least short-range stiffness of active muscle, in tensions over lengths, with which the posture is stable; a finding that "
    "raises it costs stability. Bent: 30 degrees of trunk inclination. Both are the model's own, without their uncertainty."
)


def costs_picture(findings: Sequence[Mapping[str, Any]], form: str = "png") -> bytes:
    """A picture of the ``costs`` of findings as ``spinesim pathology --json`` tells them.

    Parameters
    ----------
    form
        ``png``, ``svg`` or ``pdf``.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    settings = [cost["setting"] for cost in findings[0]["costs"]]

    def draw(figure: Figure) -> None:
        body = lettered(figure, "What findings cost, beside the same person without", caption=f"{_WORDS} {DISCLAIMER}")
        for axes, setting in zip(body.subplots(1, len(settings), sharey=True, squeeze=False).flat, settings, strict=True):
            _panel(axes, setting, findings)

    return picture(draw, 13.0, 0.42 * len(findings) + 2.6, form)


def _panel(axes: Axes, setting: str, findings: Sequence[Mapping[str, Any]]) -> None:
    told = [next(cost for cost in finding["costs"] if cost["setting"] == setting) for finding in findings]
    for shift, key, colour, label in ((-0.2, "load", BLUE, "L4-L5 compression"), (0.2, "stability", ORANGE, "gain that stability needs")):
        sizes = [100.0 * (cost[key] or 0.0) for cost in told]
        shown = [min(max(size, -_FARTHEST), _FARTHEST) for size in sizes]
        places = [place + shift for place in range(len(findings))]
        axes.barh(places, shown, 0.38, color=colour, label=label)
        for place, size, cost in zip(places, sizes, told, strict=True):
            if abs(size) > _FARTHEST:
                axes.text(_FARTHEST, place, f" {size:+.0f} %", va="center", fontsize=8)
            elif cost[key] is None:
                axes.text(0.0, place, " no answer", va="center", fontsize=8)
    axes.set_yticks(range(len(findings)), [finding["title"] for finding in findings])
    axes.set_ylim(len(findings) - 0.4, -0.6)
    axes.set_xlim(-_FARTHEST * 0.6, _FARTHEST * 1.15)
    axes.set_xlabel("change, %")
    axes.set_title(setting, pad=24)
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2)
    zero_line(axes, upright=True)
