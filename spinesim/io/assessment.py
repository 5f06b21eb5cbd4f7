"""An assessment as plain data, and as text for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from spinesim.analysis.assess import Assessment, Quarter, Rhythm
from spinesim.analysis.assess.assessment import Held, Side
from spinesim.analysis.assess.doses import Doses, ligament_forces, muscle_forces
from spinesim.analysis.assess.norms import norm
from spinesim.analysis.movement import FACETS, unanswered
from spinesim.io.json import UNITS, finite
from spinesim.io.movement import SHOWN
from spinesim.io.provenance import DISCLAIMER, SIGNS, status_counts
from spinesim.io.tables import number, table, wrap
from spinesim.model.names import LEVELS

RHYTHM_NOTE: Final = (
    "Rhythm: lumbar flexion over the change of trunk inclination. Groups with and without back pain overlap widely, and a person differs "
    "between two tests by 8 to 15 points: no diagnosis follows from it."
)
DAMAGE_NOTE: Final = (
    "Damage: of specimens, at the median strength of people of that age and sex; it ranks motions of one person and is no probability."
)
_HEADS: Final = (
    ("", "level"), ("compression", "net N"), ("compression", "disc N"), ("pressure", "MPa"), ("anterior", "shear N"),
    ("facets", "left N"), ("facets", "right N"), ("impulse", "kN s"), ("cycles", ""), ("damage", "1e-6"), ("passive", "share %"),
)  # fmt: skip
_MOST_FRAMES: Final = 5


def assessment_to_json(found: Assessment, held: Sequence[Held], provenance: Mapping[str, Any], notes: Sequence[str] = ()) -> dict[str, Any]:
    """An assessment as one object of plain values.

    Returns
    -------
    dict
        Ready for ``json.dumps(..., allow_nan=False)``. ``frames`` has angles and loads over time; a frame without an answer holds nulls,
        ``complete`` is then false and peaks are lower bounds.
    """
    motion, loads = found.motion, found.loads
    answer = {
        "recording": {
            "file": motion.origin, "used": motion.source, "frames": len(motion), "seconds": float(np.ptp(motion.clock_s)),
            "rate_Hz": motion.rate_Hz, "cutoff_Hz": motion.cutoff_Hz, "faults": [str(fault) for fault in motion.faults],
            "notes": list(motion.notes), "fits": {name: _fit(fit) for name, fit in motion.fits.items()},
            "arms": "as recorded" if "upper_arm_deg" in motion.limbs_deg else "not recorded: they hang",
        },
        "held": [{"mass_kg": h.mass_kg, "hands": h.hands, "from_s": h.from_s, "to_s": h.to_s} for h in held],
        "status": loads.status_name,
        "complete": loads.complete,
        "validated": loads.validated,
        "counts": status_counts(loads.solution),
        "unanswered": unanswered(loads),
        "levels": dict(zip(LEVELS, _levels(found), strict=True)),
        "doses": {"levels": dict(zip(LEVELS, _doses(found.doses), strict=True)), "muscles_Ns": found.doses.muscles_Ns},
        "worst": [{"tissue": w.tissue, "where": w.level, "time_s": w.time_s, "value": w.value} for w in found.worst],
        "bends": list(_bends(found)),
        "rhythm": {way: _rhythm(part) for way, part in (("down", found.down), ("up", found.up))},
        "asymmetry": {
            "facets_N": {name: _side(side) for name, side in found.facets.items()},
            "muscles_N": {name: _side(side) for name, side in found.muscles.items()},
            "bending_deg": found.sideways_deg[0], "rotation_deg": found.sideways_deg[1],
        },
        "stands_out": list(remarks(found)),
        "frames": _frames(found),
        "notes": [*notes, RHYTHM_NOTE, DAMAGE_NOTE, SIGNS, DISCLAIMER],
        "units": f"{UNITS} impulse_Ns is of the whole recording, N s.",
        "provenance": dict(provenance),
    }  # fmt: skip
    return {key: finite(value) for key, value in answer.items()}


def remarks(found: Assessment) -> Iterator[str]:
    """What a reader should look at, in words: each with its number, none a diagnosis."""
    yield from (doubt.capitalize() for doubt in found.motion.doubts)
    if found.down is not None:
        yield from (_rhythm_remark(k, q) for k, q in enumerate(found.down.quarters, start=1) if abs(q.score) > 2.0)
    much = norm("asymmetry", "facet")
    for name, side in found.facets.items():
        if abs(side.index) > much and max(side.left, side.right) > 20.0:
            more = "left" if side.index > 0.0 else "right"
            yield f"Facets {name}: the {more} one carries more, {side.left:.0f} N left and {side.right:.0f} N right on average"
    for name, share in zip(LEVELS, found.passive_share.tolist(), strict=True):
        if share > norm("passive", "much"):
            yield f"{name}: passive tissue holds up to {100 * share:.0f} % of the load moment in the bend"
    if found.loads.gaps:
        yield f"{len(found.loads.gaps)} frames have no answer: peaks are lower bounds"


def assessment_text(answer: Mapping[str, Any], title: str, subtitle: str) -> str:
    """The tables of an assessment, at most 110 columns wide."""
    told = answer["recording"]
    read = (
        f"{told['frames']} frames at {told['rate_Hz']:g} Hz, {told['seconds']:.1f} s, from {told['used']}; "
        f"zero-phase Butterworth filter of fourth order at {told['cutoff_Hz']:.2g} Hz; arms {told['arms']}"
    )
    fits = [f"{name}: {f['markers']} markers, residual {f['residual_mm']['median']:.1f} mm (at most {f['residual_mm']['largest']:.1f})"
            for name, f in told["fits"].items()]  # fmt: skip
    beyond = "" if answer["validated"] else "NOT VALIDATED: frames lie outside the range that was compared with measurements"
    parts = [
        "\n".join(map(wrap, (title, subtitle))),
        "\n".join(wrap(line) for line in (read, *fits, *told["notes"], *told["faults"], _status(answer), beyond) if line),
        f"Peaks{'' if answer['complete'] else ' (lower bounds: frames are missing)'} and doses of the whole recording",
        table(_HEADS, [[name, *_cells(level)] for name, level in answer["levels"].items()]),
        "\n".join(wrap(f"Most {w['tissue']}: {number(w['value'], 2)} at {w['time_s']:.2f} s, {w['where']}") for w in answer["worst"]),
        _rhythm_text(answer["rhythm"]["down"]),
        "\n".join(wrap(line) for line in answer["stands_out"]),
        "\n".join(wrap(note) for note in answer["notes"]),
    ]
    return "\n\n".join(filter(None, parts))


def _fit(fit: Any) -> dict[str, Any]:
    millimetres = 1e3 * fit.residual_m
    return {
        "markers": len(fit.markers),
        "names": list(fit.markers),
        "residual_mm": {"median": float(np.median(millimetres)), "largest": float(millimetres.max())},
    }


def _levels(found: Assessment) -> Iterator[dict[str, Any]]:
    peaks = {name: found.loads.peaks(name) for name in SHOWN}
    for k in range(len(LEVELS)):
        told = {name: {"value": of[k].value, "time_s": of[k].time_s, "phase": of[k].phase} for name, of in peaks.items()}
        yield {
            "peaks": told, "impulse_Ns": float(found.impulse_Ns[k]), "cycles": found.cycles[k], "damage": float(found.damage[k]),
            "passive_share": float(found.passive_share[k]),
        }  # fmt: skip


def _doses(doses: Doses) -> Iterator[dict[str, float]]:
    columns = {"disc_Ns": doses.disc_Ns, "facets_Ns": doses.facets_Ns, "ligaments_Ns": doses.ligaments_Ns}
    yield from ({name: float(values[k]) for name, values in columns.items()} for k in range(len(LEVELS)))


def _bends(found: Assessment) -> Iterator[dict[str, Any]]:
    motion, clock = found.motion, found.motion.clock_s
    for bend, moved in zip(found.bends, found.smoothness, strict=True):
        yield {
            "from_s": float(clock[bend.start]), "deepest_s": float(clock[bend.deepest]),
            "to_s": float(clock[bend.stop]), "depth_deg": float(motion.inclination_deg[bend.deepest]),
            "lumbar_deg": float(motion.lumbar_deg[bend.deepest, 0]), "pelvis_deg": float(motion.pelvis_deg[bend.deepest, 0]),
            "peak_rate_down_deg_s": moved.peak_rate_deg_s[0], "peak_rate_up_deg_s": moved.peak_rate_deg_s[1],
            "spectral_arc_length": moved.spectral_arc_length, "speed_peaks": moved.peaks,
        }  # fmt: skip


def _rhythm(part: Rhythm | None) -> dict[str, Any] | None:
    if part is None:
        return None
    return {"bends": part.bends, "quarters": [_quarter(q) for q in part.quarters], "whole": _quarter(part.whole)}


def _quarter(q: Quarter) -> dict[str, Any]:
    return {
        "from_deg": q.from_deg, "to_deg": q.to_deg, "lumbar_share": q.lumbar_share, "sd_over_bends": q.lumbar_share_sd,
        "healthy": q.healthy, "healthy_sd": q.healthy_sd, "low_back_pain": q.low_back_pain, "score": q.score,
    }  # fmt: skip


def _side(side: Side) -> dict[str, float]:
    return {"left": side.left, "right": side.right, "index": side.index}


def _frames(found: Assessment) -> dict[str, Any]:
    motion, loads = found.motion, found.loads
    angles = {
        "pelvic_tilt_deg": motion.pelvis_deg[:, 0], "flexion_deg": motion.lumbar_deg[:, 0], "lateral_deg": motion.lumbar_deg[:, 1],
        "rotation_deg": motion.lumbar_deg[:, 2], "inclination_deg": motion.inclination_deg,
    }  # fmt: skip
    return {
        "time_s": loads.movement.time_s.tolist(),
        "phase": list(loads.movement.phase),
        **{name: values.tolist() for name, values in angles.items()},
        **{name: dict(zip(LEVELS, loads.series(name).T.tolist(), strict=True)) for name in (*SHOWN, "passive_share") if name not in FACETS},
        **{name: dict(zip(LEVELS, loads.series(name).T.tolist(), strict=True)) for name in FACETS},
        "ligaments_N": dict(zip(LEVELS, ligament_forces(loads).T.tolist(), strict=True)),
        "muscles_N": {group: force.tolist() for group, force in muscle_forces(loads).items()},
    }


def _rhythm_remark(number_: int, q: Quarter) -> str:
    side = "more" if q.score > 0.0 else "less"
    return (
        f"Quarter {number_} of the bend ({q.from_deg:.0f} to {q.to_deg:.0f} degrees): the lumbar spine takes {100 * q.lumbar_share:.0f} %, "
        f"{abs(q.score):.1f} SD {side} than in adults without pain ({100 * q.healthy:.0f} %)"
    )


def _rhythm_text(part: Mapping[str, Any] | None) -> str:
    if part is None:
        return "No forward bend of 20 degrees or more: no rhythm"
    rows = [_quarter_cells(q) for q in (*part["quarters"], part["whole"])]
    heads = (("trunk", "inclination"), ("lumbar", "share %"), ("without", "pain %"), ("with low", "back pain %"), ("score", "SD"))
    times = "one bend" if part["bends"] == 1 else f"mean of {part['bends']} bends"
    return f"Lumbopelvic rhythm going down, by quarters and whole; {times}\n\n" + table(heads, rows)


def _quarter_cells(q: Mapping[str, float]) -> list[str]:
    own, healthy, sd, painful = (100.0 * q[name] for name in ("lumbar_share", "healthy", "healthy_sd", "low_back_pain"))
    return [
        f"{q['from_deg']:.0f} to {q['to_deg']:.0f} deg",
        f"{own:.0f}",
        f"{healthy:.0f} +- {sd:.0f}",
        f"{painful:.0f}",
        f"{q['score']:+.1f}",
    ]


def _status(answer: Mapping[str, Any]) -> str:
    missing = answer["unanswered"]
    if not missing:
        return f"converged: all {answer['counts']['converged']} frames balance"
    rest = f" and {len(missing) - _MOST_FRAMES} more" if len(missing) > _MOST_FRAMES else ""
    return f"{len(missing)} OF {sum(answer['counts'].values())} FRAMES WITHOUT A FULL ANSWER: {', '.join(missing[:_MOST_FRAMES])}{rest}"


def _cells(level: Mapping[str, Any]) -> list[str]:
    peaks = level["peaks"]
    shown = ("compression_N", "disc_compression_N", "intradiscal_pressure_MPa", "anterior_shear_N", *FACETS)
    values = [number(peaks[name]["value"], 2 if name.endswith("MPa") else 0) for name in shown]
    impulse, damage, share = level["impulse_Ns"], level["damage"], level["passive_share"]
    scaled = [None if value is None else factor * value for factor, value in ((1e-3, impulse), (1e6, damage), (100.0, share))]
    return [*values, number(scaled[0], 1), number(level["cycles"]), number(scaled[1], 1), number(scaled[2])]


def describe(held: Sequence[Held]) -> str:
    """What is in the hands, and when, in a line."""
    if not held:
        return "Nothing in the hands."
    hands = {"both": "both hands", "left": "the left hand", "right": "the right hand"}
    return "; ".join(f"{h.mass_kg:g} kg in {hands[h.hands]} from {h.from_s:g} to {h.to_s:g} s" for h in held) + "."
