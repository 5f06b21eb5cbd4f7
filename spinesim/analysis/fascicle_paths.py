"""Builds the derived part of the fascicle tables: via points on the vertebrae passed, and workable fibre lengths.

The published paths of some fascicles are straight chords that leave the spine when it bends, and some published fibres
are shorter than the excursion they must make. Two rules mend that; both keep the neutral posture as published.

- Pinning: a chord of psoas, longissimus lumborum, iliocostalis lumborum, iliocostalis R12, the anterior quadratus or
  latissimus rides on every lumbar vertebra that it passes, where it crosses the vertebra's mid-height in neutral.
- Fibres: optimal length is at least the excursion over the working range, and so long that the normalised length stays
  between 0.4 and 1.5 (1.25 at the hips). The published neutral length is kept, but not above 1: nothing is stretched in standing. Fibres
  near their optimum in neutral are lengthened for it, shorter ones shifted. Psoas and the obliques joined across the
  midline have length 1 in neutral.

``python -m spinesim.cli.rebuild_geometry`` rewrites the tables from their published columns; it is idempotent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinesim.mechanics import kinematics
from spinesim.model import cases
from spinesim.model.anatomy import SpineModel
from spinesim.model.load import Load
from spinesim.model.names import JOINTS
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.model.tables import Tables, rows
from spinesim.solver.stability import fascicle_lengths
from spinesim.solver.workspace import allocate

Floats = NDArray[np.float64]

PINNED_GROUPS = ("psoas", "longissimus_lumborum", "iliocostalis_lumborum", "latissimus_dorsi")
PINNED = ("IL_R12", "QL_ant_I_2_T12", "QL_ant_I_3_T12", "QL_ant_I_2_12_1", "QL_ant_I_3_12_1", "QL_ant_I_3_12_2", "QL_ant_I_3_12_3")
NEUTRAL_ONE = ("EO1", "EO2", "EO3", "EO4", "IO1", "IO2", "IO3")
HIP_GROUPS = ("gluteus_maximus", "gluteus_medius", "hamstrings", "iliacus")
LUMBAR = ("L5", "L4", "L3", "L2", "L1")
CHAIN = ("pelvis", *LUMBAR, "thorax")
FLEXION, BENDING, ROTATION = (-20.0, 0.0, 20.0, 40.0, 60.0), (-20.0, 0.0, 20.0), (-15.0, 0.0, 15.0)
SHORTEST, LONGEST = 0.4, 1.5
NEAR_OPTIMUM = 0.9
SHORTEST_TENDON = 5.0  # mm
CLEARANCE = 15.0  # mm between a via point and the chord's ends
HIP_AND_KNEE = ((0.0, 0.0), (-10.0, 0.0), (40.0, 0.0), (70.0, 0.0), (95.0, 90.0))  # standing first
LONGEST_HIP = 1.25  # passive glutei of the source resist a squat by kilonewtons


@dataclass(frozen=True)
class Excursion:
    """Path length (mm) of the right fascicles in neutral and its range over the working postures."""

    neutral: Floats
    shortest: Floats
    longest: Floats


def pinned_points(folder: Path) -> list[dict[str, str]]:
    """Rows of ``fascicle_points.csv`` with the derived via points made anew."""
    tables = Tables.load(folder)
    group = {row["fascicle"]: row["group"] for _, row in rows(folder / "fascicles.csv")}
    kept = [row for _, row in rows(folder / "fascicle_points.csv") if (row["role"], row["status"]) != ("via", "derived")]
    out: list[dict[str, str]] = []
    for name in dict.fromkeys(row["fascicle"] for row in kept):
        path = [row for row in kept if row["fascicle"] == name]
        if group[name] in PINNED_GROUPS or name in PINNED:
            path = _pin(tables, path)
        out += [{**row, "order": str(order)} for order, row in enumerate(path)]
    return out


def _pin(tables: Tables, path: list[dict[str, str]]) -> list[dict[str, str]]:
    """A path with one more point on every lumbar vertebra that a chord passes without touching."""
    out = [path[0]]
    for before, after in pairwise(path):
        if before["body"] in CHAIN and after["body"] in CHAIN:
            for body in CHAIN[CHAIN.index(before["body"]) + 1 : CHAIN.index(after["body"])]:
                out += _crossing(tables, before, after, body)
        out.append(after)
    return out


def _crossing(tables: Tables, before: dict[str, str], after: dict[str, str], body: str) -> list[dict[str, str]]:
    """The via point on ``body``; none where the chord begins or ends beside that vertebra and so hardly passes it."""
    level = LUMBAR.index(body)
    height = 0.5 * sum(tables.value("joints", JOINTS[j], "centre_y") for j in (level, level + 1))
    a, b = (np.array([float(row[f"{axis}_mm"]) for axis in "xyz"]) for row in (before, after))
    part = (height - a[1]) / (b[1] - a[1])
    if min(part, 1.0 - part) * float(np.linalg.norm(b - a)) < CLEARANCE:
        return []
    names = {f"{axis}_mm": f"{value:.2f}" for axis, value in zip("xyz", a + part * (b - a), strict=True)}
    return [{**before, "body": body, **names, "sd_mm": "5", "role": "via", "source": "project", "status": "derived"}]


def fitted_fibres(folder: Path) -> list[dict[str, str]]:
    """Rows of ``fascicles.csv`` with optimal fibre and tendon slack lengths made anew from the published ones."""
    span = excursion(SpineModel.load(folder))
    return [
        _fit(row, *values)
        for (_, row), *values in zip(rows(folder / "fascicles.csv"), span.neutral, span.shortest, span.longest, strict=True)
    ]


def _fit(row: dict[str, str], neutral: float, shortest: float, longest: float) -> dict[str, str]:
    if row["group"] == "transversus_abdominis":
        return row
    cosine = math.cos(math.radians(float(row["pennation_deg"])))
    optimal, slack = float(row["published_optimal_fibre_length_mm"]), float(row["published_tendon_slack_length_mm"])
    length = float(row["published_neutral_fibre_length"] or (neutral - slack) / (optimal * cosine))
    if row["group"] == "psoas" or row["fascicle"] in NEUTRAL_ONE:
        # Fibre and tendon grow or shrink together to fibre length 1 in neutral; tendon beyond the pelvic brim is extra.
        own = slack + length * optimal * cosine if row["group"] == "psoas" else neutral
        optimal, length = optimal * own / (slack + optimal * cosine), 1.0
    span = Excursion(*map(np.array, (neutral, shortest, longest)))
    fibre, tendon = workable(np.array(optimal), np.array(length), np.array(cosine), longest_fibre(row["group"]), span)
    return {**row, "optimal_fibre_length_mm": f"{fibre:.2f}", "tendon_slack_length_mm": f"{tendon:.2f}"}


def longest_fibre(group: str) -> float:
    """Normalised fibre length that no posture exceeds."""
    return LONGEST_HIP if group in HIP_GROUPS else LONGEST


def workable(optimal: Floats, length: Floats, cosine: Floats, most: Floats | float, span: Excursion) -> tuple[Floats, Floats]:
    """Fibre and tendon lengths (mm) that can work over ``span``: as given where they can.

    Parameters
    ----------
    optimal, length, cosine, most
        Optimal fibre length (mm), normalised length in neutral, cosine of pennation, longest normalised length.
    span
        Path lengths of the same fascicles.
    """
    length = np.minimum(length, 1.0)
    shortening, lengthening = (span.neutral - span.shortest) / cosine, (span.longest - span.neutral) / cosine
    optimal = np.maximum(np.maximum(optimal, (span.longest - span.shortest) / cosine), lengthening / (most - length))
    near = length > NEAR_OPTIMUM
    optimal = np.where(near, np.maximum(optimal, shortening / np.maximum(length - SHORTEST, NEAR_OPTIMUM - SHORTEST)), optimal)
    length = np.where(near, length, np.minimum(np.maximum(length, SHORTEST + shortening / optimal), 1.0))
    optimal = np.minimum(optimal, (span.neutral - SHORTEST_TENDON) / (length * cosine))
    return optimal, span.neutral - length * optimal * cosine


def excursion(model: SpineModel) -> Excursion:
    """Lengths over all corners and middles of the working range; hip angles vary for what crosses only a hip."""
    spine, topology = model.pack(Subject()), model.topology
    work = allocate(spine, topology)
    lumbar = [Posture(flexion_deg=f, lateral_deg=b, rotation_deg=r, hip_flexion_deg=0.0) for f, b, r in product(FLEXION, BENDING, ROTATION)]
    hips = [Posture(hip_flexion_deg=hip, knee_flexion_deg=knee) for hip, knee in HIP_AND_KNEE]
    packed = cases.pack(model.tables, np.zeros(len(lumbar) + len(hips)), [*lumbar, *hips], [Load()] * (len(lumbar) + len(hips)))
    lengths = np.array([path_lengths(spine, topology, case, work) for case in packed])
    right = len(model.fascicles) // 2
    lumbar_only, with_hips = lengths[: len(lumbar), :right], lengths[:, :right]
    crosses_spine = np.array([topology.joint_high[f] > topology.joint_low[f] for f in range(right)])
    neutral = lengths[len(lumbar), :right]
    return Excursion(
        neutral,
        np.where(crosses_spine, lumbar_only.min(axis=0), with_hips.min(axis=0)),
        np.where(crosses_spine, lumbar_only.max(axis=0), with_hips.max(axis=0)),
    )


def path_lengths(spine: Any, topology: Any, case: Any, work: Any) -> Floats:
    """Path length (mm) of every fascicle in one posture, discs at their reference."""
    kinematics.prescribe(spine, case.pelvis, case.lumbar, case.legs, work)
    kinematics.orient(spine, work)
    kinematics.place(spine, spine.settled, work)
    kinematics.locate_points(spine, topology, work)
    lengths = np.zeros(topology.fascicles)
    fascicle_lengths(spine, topology, work, lengths)
    return 1e3 * lengths
