"""A solved movement as plain data, as text for the terminal, and as what an HDF5 file holds beside the loads."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from spinesim.analysis.exercise import Exercise
from spinesim.analysis.movement import MovementLoads, unanswered
from spinesim.io.h5 import fixed
from spinesim.io.json import UNITS, finite
from spinesim.io.provenance import DISCLAIMER, SIGNS, status_counts
from spinesim.io.tables import number, table, wrap
from spinesim.model.names import LEVELS

SHOWN: Final = (
    "compression_N", "disc_compression_N", "intradiscal_pressure_MPa", "anterior_shear_N", "lateral_shear_N",
    "facet_left_N", "facet_right_N",
)  # fmt: skip
POSTURE: Final = (
    "pelvic_tilt_deg", "flexion_deg", "hip_flexion_deg", "knee_flexion_deg", "flexion_rate_deg_s", "flexion_acceleration_deg_s2",
    "pelvic_rate_deg_s", "pelvic_acceleration_deg_s2", "hip_rise_acceleration_m_s2", "hip_advance_acceleration_m_s2",
    "lift_acceleration_m_s2",
)  # fmt: skip
_HEADS: Final = (
    ("", "level"), ("compression", "net N"), ("compression", "disc N"), ("pressure", "MPa"), ("anterior", "shear N"),
    ("lateral", "shear N"),
    ("facets", "left N"), ("facets", "right N"), ("highest", "at s"), ("highest", "in phase"),
)  # fmt: skip
_MOST_GAPS = 5


def movement_to_json(
    loads: MovementLoads, exercise: Exercise, side: str, provenance: Mapping[str, Any], notes: Sequence[str] = ()
) -> dict[str, Any]:
    """A solved movement as one object of plain values.

    Returns
    -------
    dict
        Ready for ``json.dumps(..., allow_nan=False)``. ``levels`` has the peak of each load with its time and phase, the impulse of a
        repetition and its loading cycles; ``phases`` the peaks of net compression by phase; ``frames`` all of it over time.
        Where a frame has no answer, ``complete`` is false, peaks are lower bounds, and there is neither impulse nor cycles.
    """
    moving = loads.movement
    answer = {
        "exercise": {**_told(exercise), "side": side, "load_kg": moving.load_kg, "seconds": moving.seconds},
        "status": loads.status_name,
        "complete": loads.complete,
        "validated": loads.validated,
        "counts": status_counts(loads.solution),
        "unanswered": unanswered(loads),
        "levels": dict(zip(LEVELS, _levels(loads), strict=True)),
        "phases": _phases(loads),
        "frames": _frames(loads),
        "notes": [*notes, SIGNS, DISCLAIMER],
        "units": f"{UNITS} impulse_Ns is of one repetition, N s.",
        "provenance": dict(provenance),
    }
    return {key: finite(value) for key, value in answer.items()}


def movement_text(answer: Mapping[str, Any], title: str, subtitle: str) -> str:
    """The tables of a solved movement, at most 110 columns wide."""
    told = answer["exercise"]
    reps = f"{told['reps']} repetitions of {told['seconds']:.2f} s{' on each side' if told['sides'] == 'alternating' else ''}"
    beyond = "" if answer["validated"] else "NOT VALIDATED: an input lies outside the range that was compared with measurements"
    parts = [
        "\n".join(map(wrap, (title, subtitle))),
        "\n".join(wrap(line) for line in (_status(answer), beyond) if line),
        f"Peaks of a repetition{'' if answer['complete'] else ' (lower bounds: frames are missing)'}; {reps}",
        table(_HEADS, [[name, *_cells(level)] for name, level in answer["levels"].items()]),
        table([("", "phase"), ("takes", "s"), *(("net N", name) for name in LEVELS)], list(_phase_rows(answer))),
        "\n".join(_doses(answer)),
        "\n".join(wrap(note) for note in answer["notes"]),
    ]
    return "\n\n".join(filter(None, parts))


def along(loads: MovementLoads) -> dict[str, tuple[NDArray[Any], str, str]]:
    """What an HDF5 file of a movement has beside the loads of its frames."""
    moving = loads.movement
    told = {name: np.array([getattr(p, name) for p in moving.postures], "<f8") for name in POSTURE}
    units = {"deg": "deg", "deg_s": "deg s-1", "deg_s2": "deg s-2", "m_s2": "m s-2"}
    return {
        "time_s": (moving.time_s.astype("<f8"), "s", "time of the frame from the start of the repetition"),
        "phase": (fixed(moving.phase), "1", "phase of the repetition"),
        **{name: (array, next(u for end, u in units.items() if name.endswith(end)), f"posture: {name}") for name, array in told.items()},
    }


def _told(exercise: Exercise) -> dict[str, Any]:
    return {name: getattr(exercise, name) for name in ("name", "description", "reps", "sides", "place", "citation", "notes")}


def _levels(loads: MovementLoads) -> Iterator[dict[str, Any]]:
    peaks = {name: loads.peaks(name) for name in SHOWN}
    impulse, cycles = loads.impulse_Ns(), loads.cycles()
    for index in range(len(LEVELS)):
        found = {name: {"value": of[index].value, "time_s": of[index].time_s, "phase": of[index].phase} for name, of in peaks.items()}
        yield {"peaks": found, "impulse_Ns": float(impulse[index]), "cycles": cycles[index]}


def _phases(loads: MovementLoads) -> dict[str, Any]:
    """Peaks of net compression by phase; frames at a border count for both."""
    moving, series = loads.movement, loads.series("compression_N")
    names = list(dict.fromkeys(moving.phase))
    starts = [moving.phase.index(name) for name in names]
    ends = [*starts[1:], len(moving) - 1]
    return {
        name: {
            "from_s": float(moving.time_s[a]),
            "to_s": float(moving.time_s[b]),
            "compression_N": dict(zip(LEVELS, _largest(series[a : b + 1]), strict=True)),
        }
        for name, a, b in zip(names, starts, ends, strict=True)
    }


def _largest(series: NDArray[Any]) -> list[float]:
    known = series[~np.isnan(series).any(axis=1)]
    return known.max(axis=0).tolist() if len(known) else [math.nan] * series.shape[1]


def _frames(loads: MovementLoads) -> dict[str, Any]:
    moving = loads.movement
    return {
        "time_s": moving.time_s.tolist(),
        "phase": list(moving.phase),
        **{name: [getattr(p, name) for p in moving.postures] for name in POSTURE},
        **{name: dict(zip(LEVELS, loads.series(name).T.tolist(), strict=True)) for name in SHOWN},
    }


def _status(answer: Mapping[str, Any]) -> str:
    counts, missing = answer["counts"], answer["unanswered"]
    if not missing:
        return f"converged: all {counts['converged']} frames balance"
    rest = f" and {len(missing) - _MOST_GAPS} more" if len(missing) > _MOST_GAPS else ""
    return f"{len(missing)} OF {sum(counts.values())} FRAMES WITHOUT A FULL ANSWER: {', '.join(missing[:_MOST_GAPS])}{rest}"


def _cells(level: Mapping[str, Any]) -> list[str]:
    peaks = level["peaks"]
    values = [number(peaks[name]["value"], 2 if name.endswith("MPa") else 0) for name in SHOWN]
    main = peaks["compression_N"]
    return [*values, number(main["time_s"], 2), main["phase"]]


def _phase_rows(answer: Mapping[str, Any]) -> Iterator[list[str]]:
    for name, phase in answer["phases"].items():
        yield [name, number(phase["to_s"] - phase["from_s"], 2), *(number(value) for value in phase["compression_N"].values())]


def _doses(answer: Mapping[str, Any]) -> Iterator[str]:
    """Impulse and loading cycles of a repetition, in lines."""
    for what, key in (("Impulse of net compression, N s", "impulse_Ns"), ("Loading cycles", "cycles")):
        yield wrap(f"{what}: " + ", ".join(f"{name} {number(level[key])}" for name, level in answer["levels"].items()))
