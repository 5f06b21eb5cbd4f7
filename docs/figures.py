"""Figures that documents quote about the model's behaviour; ``docs/refresh.py`` puts them in their place."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import spinesim as ss
from spinesim.analysis.validation import evaluate
from spinesim.config.evidence import load_cases
from spinesim.config.exercise import names as exercise_names
from spinesim.model.layout import GRAVITY

ROOT = Path(__file__).resolve().parents[1]
HANGING = {"upper_arm_deg": (0.0, 0.0), "forearm_deg": (0.0, 0.0)}
FULL_FLEXION = ss.Posture(pelvic_tilt_deg=30.0, flexion_deg=60.0, **HANGING)  # type: ignore[arg-type]


def pressures() -> str:
    """The model beside the pressures of Wilke 1999."""
    rows = runpy.run_path(str(ROOT / "examples/05_against_measured_pressures.py"))["compare"]()
    heads = ("L4-L5", "MPa", "measured MPa", "off by %", "verdict")
    return table(heads, [[name, f"{p:.2f}", f"{m:.2f}", f"{percent + 0.0:.0f}", verdict] for name, p, m, percent, verdict in rows])


def validation() -> str:
    """The table of agreement and every case with its verdict, as ``spinesim validate`` gives them."""
    from spinesim.io.evidence import report, tally_rows

    found = report(evaluate(ss.SpineModel.default(), load_cases()), [], {})
    heads = ("group", "cases hit", "figures hit", "bias", "limits of agreement", "r", "under %", "off by %")
    cases = [[f"`{case['id']}`", case["title"], case["band"], _verdict(case)] for case in found["cases"]]
    return "\n\n".join((table(heads, tally_rows(found)), table(("case", "what", "counts as a hit", "verdict"), cases)))


def _verdict(case: Mapping[str, Any]) -> str:
    judged = [point["verdict"] for point in case["points"] if point["judged"]]
    part = f" ({judged.count('hit')} of {len(judged)})" if len(judged) > 1 else ""
    return f"{case['verdict']}{part}{', calibrated' if case['used_for_calibration'] else ''}"


def weak_points() -> str:
    """What the weak points of limits.md are about, level by level."""
    standing, extended = _solve("standing"), _solve("standing_extended")
    stoop, full, loaded = _solve("lift_stoop", 15.0), _solve(FULL_FLEXION), _solve(FULL_FLEXION, 20.0)
    arms = _solve("hold_arms_length", 10.0)
    columns: list[tuple[str, Callable[[ss.Solution], NDArray[np.float64]], ss.Solution, str]] = [
        ("net compression N, standing", lambda a: a.compression_N, standing, ".0f"),
        ("net compression N, 10 kg at arm's length", lambda a: a.compression_N, arms, ".0f"),
        ("anterior shear N, standing", lambda a: a.anterior_shear_N, standing, ".0f"),
        ("anterior shear N, stoop lift of 15 kg", lambda a: a.anterior_shear_N, stoop, ".0f"),
        ("facet share %, standing", _facet_share, standing, ".1f"),
        ("facet share %, extended by 15 degrees", _facet_share, extended, ".1f"),
        ("facet share %, stoop lift", _facet_share, stoop, ".1f"),
        ("facet share %, full flexion", _facet_share, full, ".1f"),
        ("passive share %, full flexion", _passive_share, full, ".0f"),
        ("passive share %, full flexion with 20 kg", _passive_share, loaded, ".0f"),
    ]
    rows = [[name, *(format(float(v) + 0.0, digits) for v in of(answer))] for name, of, answer, digits in columns]
    return table(("", *ss.LEVELS), rows)


def single_figures() -> str:
    """Single figures about known weaknesses."""
    stoop = _solve("lift_stoop", 15.0)
    spent = [n for n, a in zip(stoop.fascicles, stoop.activation, strict=True) if a > 0.995]
    steep = [_solve("lift_stoop", 15.0, ss.Subject(tissue={"vertebrae.L5.tilt": tilt / 21.0})) for tilt in (16.0, 21.0, 26.0)]
    weak = ss.Subject(strength={"gluteus_maximus": 0.5, "gluteus_medius": 0.5})
    strong, deficit = _solve("hip_hinge", 10.0), _solve("hip_hinge", 10.0, weak)
    far, sitting, standing = _solve("hold_arms_length", 20.0), _solve("sitting"), _solve("standing")
    worn = {grade: _solve("standing", 0.0, ss.Subject(disc_grade={"L4-L5": grade})) for grade in (1, 4, 5)}
    bent = {grade: _solve("standing_extended", 0.0, ss.Subject(disc_grade={"L4-L5": grade})) for grade in (1, 4, 5)}
    pressure = {name: float(a.intradiscal_pressure_MPa[4]) for name, a in (("far", far), ("sit", sitting), ("up", standing))}
    rows = [
        (
            "shear at L4-L5, stoop lift of 15 kg, L5 tilted by 16, 21 (table) and 26 degrees",
            _both(steep, lambda a: a.anterior_shear_N[4], "N"),
        ),
        ("compression at L4-L5 in the same", _both(steep, lambda a: a.compression_N[4], "N")),
        ("fascicles at full activation in the same lift", f"{len(spent)}: {', '.join(sorted({n.rsplit('_', 1)[0] for n in spent}))}"),
        ("compression at L5-S1, hip hinge with 10 kg, gluteal strength whole and half", _both([strong, deficit], _lowest, "N")),
        ("hamstrings in the same", _both([strong, deficit], _hamstrings, "N")),
        ("pressure at L4-L5, sitting upright over standing", f"{pressure['sit'] / pressure['up']:.2f}"),
        ("pressure at L4-L5, 20 kg at arm's length", f"{pressure['far']:.2f} MPa, {far.status_name}"),
        ("net compression at L4-L5, standing, its disc of grade 1, 4 and 5", _both(list(worn.values()), lambda a: a.compression_N[4], "N")),
        (
            "net compression at L4-L5, extended by 15 degrees, the same grades",
            _both(list(bent.values()), lambda a: a.compression_N[4], "N"),
        ),
        ("facet share at L4-L5, standing, the same grades", _both(list(worn.values()), lambda a: _facet_share(a)[4], "%")),
    ]
    return table(("figure", "value"), rows)


# Figures that were not read in their source: shown beside the model, never a case. Exercise, published, what of ours, unit.
REMEMBERED = (
    ("curl_up", "1991 N", "curl-up, feet free, men (Axler 1997)", "compression_N"),
    ("curl_up", "2392 N", "quarter sit-up, men (Axler 1997)", "compression_N"),
    ("side_bridge", "2585 N", "isometric side bridge, men (Axler 1997)", "compression_N"),
    ("bird_dog", "about 3000 N", "arm and leg, 13 men of 77 kg (Callaghan 1998)", "compression_N"),
    ("back_extension", "about 4000 N", "roman chair, 13 men of 77 kg (Callaghan 1998)", "compression_N"),
    ("walking", "1.0 to 2.5 body weights", "1.2 to 2.2 m/s (Callaghan 1999)", "compression_N"),
    ("sit_to_stand", "1.10 MPa", "one man of 70 kg (Wilke 1999)", "intradiscal_pressure_MPa"),
)


def exercises() -> str:
    """Peaks of all exercises with their usual loads."""
    rows = []
    for name in exercise_names():
        done, loads = _perform(name)
        at = {key: loads.peaks(key) for key in ("compression_N", "anterior_shear_N", "intradiscal_pressure_MPa")}
        main, pressure = at["compression_N"][4], at["intradiscal_pressure_MPa"][4].value
        cells = [f"`{name}`", f"{done.load_kg:g} {done.place}" if done.load_kg else "-", f"{done.seconds:g}"]
        cells += [f"{main.value:.0f}", main.phase, f"{at['compression_N'][5].value:.0f}", f"{at['anterior_shear_N'][4].value:.0f}"]
        rows.append([*cells, f"{pressure:.2f}", f"{loads.impulse_Ns()[4]:.0f}", "yes" if loads.validated else "no"])
    heads = ("exercise", "load kg", "s", "L4-L5 N", "in phase", "L5-S1 N", "L4-L5 shear N", "L4-L5 MPa", "L4-L5 N s", "validated")
    return table(heads, rows)


def remembered() -> str:
    """The model beside figures that are only remembered."""
    rows = []
    for name, published, whose, key in REMEMBERED:
        value = _perform(name)[1].peaks(key)[4].value
        ours = f"{value:.2f} MPa" if key.endswith("MPa") else f"{value:.0f} N ({value / (ss.Subject().mass_kg * GRAVITY):.2f} body weights)"
        rows.append([f"`{name}`", published, whose, ours])
    return table(("exercise", "remembered, L4-L5", "of", "model"), rows)


def _perform(name: str) -> tuple[ss.Exercise, ss.MovementLoads]:
    model, person, done = ss.SpineModel.default(), ss.Subject(), ss.exercise(name)
    return done, ss.solve_movement(model, person, ss.movement(model, person, done))


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _solve(posture: str | ss.Posture, load_kg: float = 0.0, person: ss.Subject | None = None) -> ss.Solution:
    wanted = ss.preset(posture) if isinstance(posture, str) else posture
    return ss.solve(ss.SpineModel.default(), person or ss.Subject(), wanted, ss.Load(mass_kg=load_kg))


def _facet_share(answer: ss.Solution) -> NDArray[np.float64]:
    return 100.0 * answer.facet_compression_N / answer.compression_N


def _passive_share(answer: ss.Solution) -> NDArray[np.float64]:
    return 100.0 * answer.passive_share


def _lowest(answer: ss.Solution) -> float:
    return float(answer.compression_N[5])


def _hamstrings(answer: ss.Solution) -> float:
    return float(answer.active_force_N[np.array(answer.groups) == "hamstrings"].sum())


def _both(answers: Sequence[ss.Solution], of: Callable[[ss.Solution], float], unit: str) -> str:
    values = [f"{of(a):.0f}" + ("" if a.status_name == "converged" else f" ({a.status_name})") for a in answers]
    return f"{', '.join(values)} {unit}"
