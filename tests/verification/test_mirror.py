"""Left is the mirror of right: a mirrored person in a mirrored case carries mirrored loads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from verification.states import (
    MODEL,
    MUSCLES,
    SIDE,
    SUBJECTS,
    daily_state,
    evaluate,
    largest_error,
    many,
    pack,
    person,
    rising_state,
    scratch,
    shifted,
    twists,
)

from spinesim import Load, Posture, solve_batch

POLAR = np.array([1.0, 1.0, -1.0])
AXIAL = -POLAR
OPPOSITE = {"left": "right", "right": "left", "left_side": "right_side", "right_side": "left_side"}
FASCICLES = np.r_[SIDE:MUSCLES, 0:SIDE]
COLUMNS = np.r_[FASCICLES, MUSCLES : MUSCLES + 3]
ROWS = np.r_[2, 3, 0, 1, 4:17]
ROW_SIGN = np.r_[1.0, -1.0, 1.0, -1.0, AXIAL[1], np.tile(AXIAL[::2], 6)]
FREE_SIGN = np.tile(np.r_[POLAR, AXIAL[1]], 6)


def mirror_posture(p: Posture) -> Posture:
    return replace(
        p,
        lateral_deg=-p.lateral_deg,
        rotation_deg=-p.rotation_deg,
        pelvic_lateral_deg=-p.pelvic_lateral_deg,
        pelvic_rotation_deg=-p.pelvic_rotation_deg,
        upper_arm_deg=p.upper_arm_deg[::-1],
        forearm_deg=p.forearm_deg[::-1],
        arm_abduction_deg=p.arm_abduction_deg[::-1],
        gravity=OPPOSITE.get(p.gravity, p.gravity),
        stance=OPPOSITE.get(p.stance, p.stance),
    )


def mirror_load(load: Load) -> Load:
    return replace(load, hands=OPPOSITE.get(load.hands, load.hands), side_N=-load.side_N)


@pytest.mark.parametrize(("name", "other"), [("healthy", "healthy"), ("worn", "mirrored_worn")])
def test_columns_targets_and_passive_forces_mirror(name, other):
    rng = np.random.default_rng(11)
    here, there = person(name), person(other)
    postures, loads = many(rising_state, rng, 600)
    given = pack(postures, loads)
    turned = pack([mirror_posture(p) for p in postures], [mirror_load(load) for load in loads])
    a, b = scratch(), scratch()
    worst = dict.fromkeys(("moment column", "free column", "length", "target", "joint force", "joint moment", "stiffness", "load"), 0.0)
    for row in range(len(postures)):
        x, twist = shifted(here, rng), twists(rng)
        evaluate(here, given[row], x, a, twist)
        evaluate(there, turned[row], x * POLAR, b, -twist)
        pairs = {
            "moment column": (b.active_moment[COLUMNS][:, ROWS] * ROW_SIGN, a.active_moment),
            "free column": (b.active_free[COLUMNS] * FREE_SIGN, a.active_free),
            "length": (b.length[FASCICLES], a.length[:MUSCLES]),
            "target": (b.target[ROWS] * ROW_SIGN, a.target),
            "joint force": (b.joint_force * POLAR, a.joint_force),
            "joint moment": (b.joint_moment * AXIAL, a.joint_moment),
            "stiffness": (b.joint_stiffness * np.outer(POLAR, POLAR), a.joint_stiffness),
            "load": (b.load_force * POLAR, a.load_force),
        }
        for key, (actual, wanted) in pairs.items():
            worst[key] = max(worst[key], largest_error(actual, wanted))
    print(worst)
    assert max(worst.values()) < 1e-10, worst


@pytest.mark.parametrize("exponent", [2.0, 3.0])
def test_solutions_mirror(exponent):
    """Sums run in another order, so that bits differ; a case at the edge of one more pass could differ by the solver's 3e-7 N."""
    rng = np.random.default_rng(12)
    postures, loads = many(daily_state, rng, 600)
    loads = [replace(load, hands=str(rng.choice(["both", "left", "right"])), side_N=float(rng.uniform(-30, 30))) for load in loads]
    arms = rng.uniform(-30, 60, (len(postures), 2, 2))
    postures = [replace(p, upper_arm_deg=tuple(a[0]), forearm_deg=tuple(a[1])) for p, a in zip(postures, arms, strict=True)]
    pairs = (("healthy", "lopsided"), ("healthy", "mirrored_lopsided"))
    subjects, opposites = ([SUBJECTS[names[i % 2]] for i in range(len(postures))] for names in pairs)
    a = solve_batch(MODEL, subjects, postures, loads, exponent)
    b = solve_batch(MODEL, opposites, [mirror_posture(p) for p in postures], [mirror_load(load) for load in loads], exponent)
    np.testing.assert_array_equal(a.status, b.status)
    solved = a.status == 0
    print(np.bincount(a.status))
    assert solved.sum() > 500
    pairs = {
        "compression_N": (b.compression_N, a.compression_N),
        "anterior_shear_N": (b.anterior_shear_N, a.anterior_shear_N),
        "lateral_shear_N": (-b.lateral_shear_N, a.lateral_shear_N),
        "moment_Nm": (b.moment_Nm * AXIAL, a.moment_Nm),
        "facet_force_N": (b.facet_force_N[..., ::-1], a.facet_force_N),
        "facet_centre_mm": (b.facet_centre_mm[..., ::-1, :] * POLAR, a.facet_centre_mm),
        "ligament_tension_N": (b.ligament_tension_N, a.ligament_tension_N),
        "translation_mm": (b.translation_mm * POLAR, a.translation_mm),
        "rotation_deg": (b.rotation_deg * (1.0, -1.0, -1.0), a.rotation_deg),
        "activation": (b.activation[:, FASCICLES], a.activation),
        "hip_moment_Nm": (b.hip_moment_Nm[:, ::-1], a.hip_moment_Nm),
    }
    worst = {key: largest_error(actual[solved], wanted[solved]) for key, (actual, wanted) in pairs.items()}
    print(worst)
    assert max(worst.values()) < 1e-8, worst
