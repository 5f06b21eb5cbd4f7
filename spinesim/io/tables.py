"""One answer as text for the terminal, at most 110 columns wide."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from spinesim.model.subject import Subject

WIDTH: Final = 110

Answer = Mapping[str, Any]

# Each head has two lines: what, and in which unit.
LEVEL_HEADS: Final = (
    ("", "level"), ("compression", "net N"), ("compression", "disc N"), ("pressure", "MPa"), ("anterior", "shear N"),
    ("lateral", "shear N"), ("facets", "left N"), ("facets", "right N"), ("facets", "share %"), ("passive", "share %"),
    ("largest", "ligament N"),
)  # fmt: skip
MUSCLE_HEADS: Final = (
    ("", "muscle group"), ("force", "left N"), ("force", "right N"), ("of which", "passive N"), ("activation", "left"),
    ("activation", "right"), ("most active", "fascicle"),
)  # fmt: skip
LEGEND: Final = (
    "Facet share: part of the net compression that both facets carry; their force is mostly shear. "
    "Passive share: part of the flexing moment of weight and load that tissues without activation carry; - where that moment is small."
)
SPREAD_COLUMNS: Final = (
    ("compression", "net N", "compression_N", 1.0, 0), ("compression", "disc N", "disc_compression_N", 1.0, 0),
    ("pressure", "MPa", "intradiscal_pressure_MPa", 1.0, 2), ("anterior", "shear N", "anterior_shear_N", 1.0, 0),
    ("lateral", "shear N", "lateral_shear_N", 1.0, 0), ("facets", "left N", "facet_left_N", 1.0, 0),
    ("facets", "right N", "facet_right_N", 1.0, 0), ("facets", "share %", "facet_share", 100.0, 0),
)  # fmt: skip
SPREAD_HEADS: Final = (("", "level"), *((above, below) for above, below, *_ in SPREAD_COLUMNS))
STATUS: Final = {
    "converged": "converged: all forces and moments balance",
    "strength_exceeded": "STRENGTH EXCEEDED: no allowed activation of the muscles holds this; the loads below leave a moment unmet",
    "not_converged": "NOT CONVERGED: no equilibrium was found, nor a proof that there is none; there are no numbers to use",
    "invalid_input": "INVALID INPUT: nothing was solved",
}

# Below these a number says nothing: a tension, a share of a moment, a force of a support, a hip moment.
_LEAST_TENSION, _LEAST_MOMENT, _LEAST_SUPPORT, _LEAST_HIP = 1.0, 15.0, 0.5, 0.5


def answer_text(answer: Answer, title: str = "", subtitle: str = "") -> str:
    """The tables of one answer.

    Parameters
    ----------
    answer
        As made by :func:`spinesim.io.json.solution_to_json`.
    title, subtitle
        Heading and what was asked; may be empty.
    """
    head = "\n".join(filter(None, (title, subtitle)))
    closing = "\n".join(wrap(note) for note in answer["notes"])
    parts = [head, wrap(STATUS[answer["status"]]), *(_body(answer) if has_numbers(answer) else ()), closing]
    return "\n\n".join(filter(None, parts))


def has_numbers(answer: Answer) -> bool:
    """Whether there are loads to show; a case that did not converge has none."""
    return any(level["compression_N"] is not None for level in answer["levels"].values())


def table(heads: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]]) -> str:
    """Columns under their two-line heads, the first to the left and the others to the right."""
    upper, lower = zip(*heads, strict=True)
    widths = [max(map(len, column)) for column in zip(upper, lower, *rows, strict=True)]
    rule = "-" * (sum(widths) + 2 * len(widths) - 2)
    return "\n".join([_spanned(upper, widths), _line(lower, widths), rule, *(_line(row, widths) for row in rows)])


def number(value: float | None, digits: int = 0) -> str:
    """A number to be read, a dash if there is none."""
    return "-" if value is None else f"{round(value, digits) + 0.0:.{digits}f}"


def level_rows(answer: Answer) -> list[list[str]]:
    """Cells of the level table, cranial to caudal."""
    rows = []
    for name, level in answer["levels"].items():
        cells = [number(level["compression_N"]), number(level["disc_compression_N"]), number(level["intradiscal_pressure_MPa"], 2)]
        cells += [number(level[key]) for key in ("anterior_shear_N", "lateral_shear_N", "facet_left_N", "facet_right_N")]
        ligament, tension = _largest(level["ligament_tension_N"])
        taut = f"{ligament} {number(tension)}" if (tension or 0.0) >= _LEAST_TENSION else "-"
        rows.append([name, *cells, _percent(level["facet_share"]), _percent(_passive(level)), taut])
    return rows


def spread_rows(answer: Answer) -> list[list[str]]:
    """Cells of the level table with the outer percentiles in the place of each value."""
    return [
        [name, *(_between(level[key], factor, digits) for _, _, key, factor, digits in SPREAD_COLUMNS)]
        for name, level in answer["uncertainty"]["levels"].items()
    ]


def spread_title(answer: Answer) -> str:
    """What the table of percentiles holds."""
    told = answer["uncertainty"]
    low, _, high = told["percentiles"]
    return f"{low} to {high} % of {told['counts']['converged']} converged of {told['samples']} samples (seed {told['seed']})"


def spread_causes(answer: Answer) -> str:
    """What to measure for a narrower spread; empty if nothing stands out."""
    named = [f"{_driver(d)} {d['rank_correlation']:+.2f}" for d in answer["uncertainty"]["drivers"]]
    return f"Spread of L4-L5 disc compression goes most with (rank correlation): {', '.join(named)}" if named else ""


def muscle_rows(answer: Answer, count: int = 8) -> list[list[str]]:
    """Cells of the busiest muscle groups, by force."""
    rows = []
    for name, group in sorted(answer["muscle_groups"].items(), key=lambda item: -(item[1]["force_N"] or 0.0))[:count]:
        forces = [number(group[key]) for key in ("force_left_N", "force_right_N", "passive_N")]
        means = [number(group[f"mean_activation_{side}"], 2) for side in ("left", "right")]
        rows.append([words(name), *forces, *means, number(group["max_activation"], 2)])
    return rows


def summary(answer: Answer) -> list[str]:
    """What no table holds: ligaments, abdominal pressure, hips, supports."""
    pressure = f"Intra-abdominal pressure: {number(answer['intra_abdominal_pressure_kPa'], 1)} kPa"
    return [line for line in (_ligaments(answer), pressure, _hips(answer), _supports(answer), _stability(answer)) if line]


def _stability(answer: Answer) -> str:
    """Whether the posture is stable, and what it takes."""
    told = answer.get("stability")
    if told is None:
        return ""
    needed = "no short-range gain is enough" if told["critical_gain"] is None else f"needs a gain of {number(told['critical_gain'], 1)}"
    return (
        f"Stability: {'stable' if told['stable'] else 'NOT stable'} with a short-range gain of {told['gain']:g}, least resistance "
        f"{number(told['eigenvalue_Nm_rad'])} N m/rad; {needed}"
    )


def limits(answer: Answer) -> Iterator[str]:
    """What an answer is limited by, one sentence each."""
    level, highest = _largest({name: values["compression_N"] for name, values in answer["levels"].items()})
    pressed, pressure = _largest({name: values["intradiscal_pressure_MPa"] for name, values in answer["levels"].items()})
    yield f"highest compression: {level}, {number(highest)} N; highest disc pressure: {pressed}, {number(pressure, 2)} MPa"
    yield _strength(answer)
    if answer["status"] == "strength_exceeded":
        yield f"unmet moment: {_unmet(answer)}"
    beyond = "NOT VALIDATED: an input lies outside the range that was compared with measurements"
    yield "inputs inside the validated range" if answer["validated"] else beyond


def words(name: str) -> str:
    """A muscle group as it is read."""
    return name.replace("_", " ")


def person_words(person: Subject) -> str:
    """Sex, age, mass and stature of a person in a line."""
    return f"{person.sex}, {person.age_years:g} years, {person.mass_kg:g} kg, {person.stature_m:g} m"


def _body(answer: Answer) -> Iterator[str]:
    yield table(LEVEL_HEADS, level_rows(answer))
    yield wrap(LEGEND)
    yield table(MUSCLE_HEADS, muscle_rows(answer))
    yield "\n".join(wrap(line) for line in summary(answer))
    yield "What limits\n" + "\n".join(wrap(f"- {line}") for line in limits(answer))
    if "uncertainty" in answer:
        yield f"{spread_title(answer)}\n\n{table(SPREAD_HEADS, spread_rows(answer))}"
        yield wrap(spread_causes(answer))


def _strength(answer: Answer) -> str:
    groups = answer["muscle_groups"].items()
    busiest, activation = _largest({words(name): group["mean_activation"] for name, group in groups})
    spent = [f"{words(name)} ({group['fascicles_at_full_activation']})" for name, group in groups if group["fascicles_at_full_activation"]]
    full = f"; fascicles at full activation: {', '.join(spent)}" if spent else ""
    return f"nearest its strength: {busiest}, mean activation {number(activation, 2)}{full}"


def _unmet(answer: Answer) -> str:
    named = {name: abs(value) for name, value in answer["unmet_moments_Nm"].items()}
    if not named:
        return f"{number(answer['unmet_moment_Nm'], 2)} N m"
    largest = sorted(named.items(), key=lambda item: -item[1])[:3]
    return ", ".join(f"{name} {number(value, 2)} N m" for name, value in largest)


def _between(values: Sequence[float | None], factor: float, digits: int) -> str:
    low, _, high = (None if value is None else factor * value for value in values)
    return "-" if low is None else f"{number(low, digits)}..{number(high, digits)}"


def _driver(driver: Mapping[str, Any]) -> str:
    """A parameter as it is read: its table, the item if it has more than one, and its name."""
    return words(f"{driver['table']} {driver['item']} {driver['parameter']}")


def _passive(level: Mapping[str, Any]) -> float | None:
    share: float | None = level["passive_share"]
    moment = level["load_moment_Nm"]["z"]
    return share if moment is not None and moment <= -_LEAST_MOMENT else None


def _ligaments(answer: Answer, count: int = 5) -> str:
    every = ((f"{key} {name}", value) for name, level in answer["levels"].items() for key, value in level["ligament_tension_N"].items())
    largest = sorted((item for item in every if (item[1] or 0.0) >= _LEAST_TENSION), key=lambda item: -item[1])[:count]
    return f"Ligaments: {', '.join(f'{name} {number(value)} N' for name, value in largest) or 'none carries 1 N or more'}"


def _hips(answer: Answer) -> str:
    parts = []
    for axis, opposite in (("extension", "flexion"), ("abduction", "adduction")):
        moments = {side: of[axis] or 0.0 for side, of in answer["hip_moment_Nm"].items()}
        # On two feet the pelvis takes abduction moments of both sides against each other.
        told = max(moments.values()) - min(moments.values()) if axis == "abduction" else max(map(abs, moments.values()))
        if told >= _LEAST_HIP:
            sides = ", ".join(f"{side} {number(value, 1)}" for side, value in moments.items())
            parts.append(f"{axis} {sides}" + (f" (negative: {opposite})" if min(moments.values()) < -_LEAST_HIP else ""))
    return f"Hip moment of muscles, N m: {'; '.join(parts)}" if parts else ""


def _supports(answer: Answer) -> str:
    carrying = [f"{name} {number(force)} N" for name, force in answer["support_force_N"].items() if (force or 0.0) >= _LEAST_SUPPORT]
    return f"Supports: {', '.join(carrying)}" if carrying else ""


def _percent(share: float | None) -> str:
    return number(None if share is None else 100.0 * share)


def _largest(values: Mapping[str, float | None]) -> tuple[str, float | None]:
    return max(values.items(), key=lambda item: -1.0 if item[1] is None else item[1], default=("none", None))


def _spanned(heads: Sequence[str], widths: Sequence[int]) -> str:
    """The upper line of heads; one that stands over several columns is written once, across them."""
    cells = []
    for head, columns in groupby(zip(heads, widths, strict=True), key=lambda column: column[0]):
        spans = [width for _, width in columns]
        total = sum(spans) + 2 * len(spans) - 2
        cells.append(head.rjust(total) if len(spans) == 1 else f" {head} ".center(total, "-"))
    return "  ".join(cells).rstrip()


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]).rstrip()


def wrap(text: str, indent: str = "  ") -> str:
    """A text in lines of at most :data:`WIDTH` characters, all but the first indented."""
    return textwrap.fill(text, WIDTH, subsequent_indent=indent)
