"""One answer as text for the terminal, at most 110 columns wide."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

WIDTH: Final = 110

Answer = Mapping[str, Any]

_LEVEL_HEADS = ("level", "compr. N", "disc N", "press. MPa", "ant. sh. N", "lat. sh. N", "facet L N", "facet R N", "facet %", "ligam. N")
_MUSCLE_HEADS = ("muscle group", "force N", "left N", "right N", "active N", "passive N", "act. L", "act. R", "highest")
_STATUS = {
    "converged": "converged: forces, moments and muscle shares balance",
    "strength_exceeded": "STRENGTH EXCEEDED: no allowed activation of the muscles holds this; the loads below leave a moment unmet",
    "not_converged": "NOT CONVERGED: the numbers below do not balance and must not be used",
    "invalid_input": "INVALID INPUT: nothing was solved",
}


def answer_text(answer: Answer, title: str = "") -> str:
    """The tables of one answer.

    Parameters
    ----------
    answer
        As made by :func:`spinesim.io.json.solution_to_json`.
    title
        Heading; may be empty.
    """
    parts = [
        *([title] if title else []),
        _STATUS[answer["status"]],
        table(_LEVEL_HEADS, level_rows(answer)),
        table(_MUSCLE_HEADS, muscle_rows(answer)),
        "\n".join(_wrap(line) for line in (ligament_line(answer), whole_line(answer), support_line(answer)) if line),
        "What limits\n" + "\n".join(_wrap(f"- {line}", "  ") for line in limits(answer)),
        "\n".join(_wrap(note) for note in answer["notes"]),
    ]
    return "\n\n".join(parts)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns under their heads, the first to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    lines = [_line(heads, widths), "-" * (sum(widths) + 2 * len(widths) - 2), *(_line(row, widths) for row in rows)]
    return "\n".join(lines)


def number(value: float | None, digits: int = 0) -> str:
    """A number to be read, a dash if there is none."""
    return "-" if value is None else f"{round(value, digits) + 0.0:.{digits}f}"


def level_rows(answer: Answer) -> list[list[str]]:
    """Cells of the level table, cranial to caudal."""
    rows = []
    for name, level in answer["levels"].items():
        ligament, tension = _largest(level["ligament_tension_N"])
        shares = None if level["facet_share"] is None else 100.0 * level["facet_share"]
        forces = (level[key] for key in ("anterior_shear_N", "lateral_shear_N", "facet_left_N", "facet_right_N"))
        cells = [number(level["compression_N"]), number(level["disc_compression_N"]), number(level["intradiscal_pressure_MPa"], 2)]
        rows.append([name, *cells, *map(number, forces), number(shares), f"{ligament} {number(tension)}"])
    return rows


def muscle_rows(answer: Answer, count: int = 8) -> list[list[str]]:
    """Cells of the busiest muscle groups, by force."""
    busiest = sorted(answer["muscle_groups"].items(), key=lambda item: -(item[1]["force_N"] or 0.0))[:count]
    forces = ("force_N", "force_left_N", "force_right_N", "active_N", "passive_N")
    activations = ("mean_activation_left", "mean_activation_right", "max_activation")
    return [[name.replace("_", " "), *(number(g[k]) for k in forces), *(number(g[k], 2) for k in activations)] for name, g in busiest]


def ligament_line(answer: Answer, count: int = 5) -> str:
    """The largest ligament tensions over all levels."""
    every = ((f"{key} {name}", value) for name, level in answer["levels"].items() for key, value in level["ligament_tension_N"].items())
    largest = sorted(every, key=lambda item: -(item[1] or 0.0))[:count]
    return "Largest ligament tensions: " + ", ".join(f"{name} {number(value)} N" for name, value in largest)


def whole_line(answer: Answer) -> str:
    """What belongs to the whole trunk: abdominal pressure and hips."""
    hips = answer["hip_moment_Nm"]
    extension = ", ".join(f"{side} {number(moments['extension'], 1)} N m" for side, moments in hips.items())
    pressure = number(answer["intra_abdominal_pressure_kPa"], 1)
    return f"Intra-abdominal pressure: {pressure} kPa. Hip extension moment of the muscles: {extension}"


def support_line(answer: Answer) -> str:
    """Forces of the supports that carry something; empty if none does."""
    carrying = [f"{name} {number(force)} N" for name, force in answer["support_force_N"].items() if force]
    return f"Supports: {', '.join(carrying)}" if carrying else ""


def limits(answer: Answer) -> Iterator[str]:
    """What an answer is limited by, one sentence each."""
    level, highest = _largest({name: values["compression_N"] for name, values in answer["levels"].items()})
    yield f"highest compression: {level}, {number(highest)} N"
    groups, sides = answer["muscle_groups"].items(), ("left", "right")
    means = {f"{name.replace('_', ' ')} ({side})": group[f"mean_activation_{side}"] for name, group in groups for side in sides}
    group, activation = _largest(means)
    yield f"nearest its strength: {group}, mean activation {number(activation, 2)}"
    if answer["status"] != "converged":
        yield f"unmet moment: {number(answer['unmet_moment_Nm'], 2)} N m"
    beyond = "NOT VALIDATED: an input lies outside the range that was compared with measurements"
    yield "inputs inside the validated range" if answer["validated"] else beyond


def _largest(values: Mapping[str, float | None]) -> tuple[str, float | None]:
    return max(values.items(), key=lambda item: -1.0 if item[1] is None else item[1], default=("none", None))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]).rstrip()


def _wrap(text: str, indent: str = "  ") -> str:
    return textwrap.fill(text, WIDTH, subsequent_indent=indent)
