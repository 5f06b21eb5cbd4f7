"""Persons, random states and the scratch record that the laws are checked on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinesim import Load, Posture, SpineModel, Subject
from spinesim.mechanics import paths
from spinesim.model import cases, ranges
from spinesim.model.layout import FORCES, MOMENTS, stack
from spinesim.solver import balance
from spinesim.solver.api import person_record
from spinesim.solver.workspace import allocate

MODEL = SpineModel.default()
TOPOLOGY = MODEL.topology
MUSCLES = len(MODEL.fascicles)
SIDE = MUSCLES // 2  # fascicles of one side, right side first

_LOPSIDED = {
    "facet_angle_left_deg": {"L4-L5": 30.0, "L5-S1": 60.0},
    "facet_angle_right_deg": {"L4-L5": 55.0},
    "facet_gap_left_mm": {"L4-L5": 0.4},
    "facet_gap_right_mm": {"L3-L4": -0.2},
}
_MIRRORED = {name.replace("left", "RIGHT").replace("right", "left").replace("RIGHT", "right"): value for name, value in _LOPSIDED.items()}
_GRADES = {"L5-S1": 4, "L4-L5": 3, "L3-L4": 5, "L1-L2": 2}
SUBJECTS = {
    "healthy": Subject(),
    # Far from healthy, for single kernels: such a person can hardly stand.
    "worn": Subject(
        mass_kg=88.0,
        stature_m=1.81,
        disc_grade=_GRADES,
        segment_lateral_deg={"L2-L3": 2.0},
        segment_rotation_deg={"L3-L4": -1.5},
        **_LOPSIDED,
    ),
    "mirrored_worn": Subject(
        mass_kg=88.0,
        stature_m=1.81,
        disc_grade=_GRADES,
        segment_lateral_deg={"L2-L3": -2.0},
        segment_rotation_deg={"L3-L4": 1.5},
        **_MIRRORED,
    ),
    "lopsided": Subject(
        mass_kg=60.0,
        stature_m=1.6,
        sex="female",
        disc_grade={"L4-L5": 3},
        segment_slip_mm={"L4-L5": 3.0},
        segment_lateral_deg={"L2-L3": 0.5},
        segment_rotation_deg={"L3-L4": -1.5},
        **_LOPSIDED,
    ),
    "mirrored_lopsided": Subject(
        mass_kg=60.0,
        stature_m=1.6,
        sex="female",
        disc_grade={"L4-L5": 3},
        segment_slip_mm={"L4-L5": 3.0},
        segment_lateral_deg={"L2-L3": -0.5},
        segment_rotation_deg={"L3-L4": 1.5},
        **_MIRRORED,
    ),
}


@cache
def person(name: str = "healthy") -> Any:
    return person_record(MODEL, SUBJECTS[name])


def copy_of(spine: Any) -> Any:
    return stack([spine])[0]


def scratch() -> Any:
    return allocate(person(), TOPOLOGY)


def pack(postures: list[Posture], loads: list[Load]) -> Any:
    return cases.pack(MODEL.tables, np.zeros(len(postures)), postures, loads)


def any_state(rng: np.random.Generator) -> tuple[Posture, Load]:
    """Anything in the computable range."""

    def pair(lo: float, hi: float) -> tuple[float, float]:
        return tuple(float(v) for v in rng.uniform(lo, hi, 2))

    posture = Posture(
        pelvic_tilt_deg=rng.uniform(-60, 100),
        flexion_deg=rng.uniform(-25, 70),
        lateral_deg=rng.uniform(-25, 25),
        rotation_deg=rng.uniform(-18, 18),
        pelvic_lateral_deg=rng.uniform(-30, 30),
        pelvic_rotation_deg=rng.uniform(-60, 60),
        upper_arm_deg=pair(-60, 180),
        forearm_deg=pair(-60, 180),
        arm_abduction_deg=pair(-20, 120),
        hip_flexion_deg=rng.uniform(-30, 140),
        knee_flexion_deg=rng.uniform(0, 150),
        gravity=str(rng.choice(["standing", "supine", "prone", "left_side", "right_side"])),
        stance=str(rng.choice(["both", "left", "right", "seated", "lying"])),
        support=tuple(s for s in ("backrest", "elbows", "armrests") if rng.uniform() < 0.3),
        armrest_share=rng.uniform(0, 0.2),
        flexion_rate_deg_s=rng.uniform(-100, 100),
        flexion_acceleration_deg_s2=rng.uniform(-500, 500),
        pelvic_rate_deg_s=rng.uniform(-100, 100),
        pelvic_acceleration_deg_s2=rng.uniform(-500, 500),
        lift_acceleration_m_s2=rng.uniform(-5, 5),
    )
    return posture, any_load(rng)


def rising_state(rng: np.random.Generator) -> tuple[Posture, Load]:
    """As ``any_state``, with hips that accelerate."""
    posture, load = any_state(rng)
    rise, advance = (float(v) for v in rng.uniform(-5, 5, 2))
    return replace(posture, hip_rise_acceleration_m_s2=rise, hip_advance_acceleration_m_s2=advance), load


def any_load(rng: np.random.Generator) -> Load:
    push, lift, side = (float(v) for v in rng.uniform(-200, 200, 3))
    hands = str(rng.choice(["both", "left", "right"]))
    return Load(mass_kg=rng.uniform(0, 30), hands=hands, backpack_kg=rng.uniform(0, 20), push_N=push, lift_N=lift, side_N=side)


def daily_state(rng: np.random.Generator, heaviest: float = 20.0, name: str = "healthy") -> tuple[Posture, Load]:
    """Standing and lifting within the validated range."""

    def draw() -> tuple[Posture, Load]:
        posture = Posture(
            flexion_deg=rng.uniform(-15, 60),
            lateral_deg=rng.uniform(-10, 10),
            rotation_deg=rng.uniform(-5, 5),
            pelvic_tilt_deg=rng.uniform(-10, 40),
        )
        return posture, Load(mass_kg=rng.uniform(0, heaviest))

    return _validated(draw, name)


def busy_state(rng: np.random.Generator) -> tuple[Posture, Load]:
    """As ``daily_state``, with arms and pelvis turned anyhow within the validated range."""

    def draw() -> tuple[Posture, Load]:
        posture, load = daily_state(rng)
        upper_arm, forearm, out = (tuple(float(v) for v in rng.uniform(lo, hi, 2)) for lo, hi in ((-20, 110), (-20, 150), (0, 45)))
        lateral, rotation = float(rng.uniform(-10, 10)), float(rng.uniform(-20, 20))
        turned = {"pelvic_lateral_deg": lateral, "pelvic_rotation_deg": rotation}
        return replace(posture, upper_arm_deg=upper_arm, forearm_deg=forearm, arm_abduction_deg=out, **turned), load

    return _validated(draw, "healthy")


def seated_state(rng: np.random.Generator) -> tuple[Posture, Load]:
    """As ``daily_state``, on a seat, with at least one support. Elbow and arm rests push at one place, so there is one of them at most."""
    posture, load = daily_state(rng)
    rests = [("backrest",), ("elbows",), ("armrests",), ("backrest", "elbows"), ("backrest", "armrests")]
    seat = {"stance": "seated", "hip_flexion_deg": 90.0, "knee_flexion_deg": 90.0, "forearm_deg": (90.0, 90.0)}
    return replace(posture, support=rests[rng.integers(len(rests))], **seat), load


def _validated(draw: Callable[[], tuple[Posture, Load]], name: str) -> tuple[Posture, Load]:
    while True:
        posture, load = draw()
        if not ranges.check(SUBJECTS[name], posture, load):
            return posture, load


def many(kind: Any, rng: np.random.Generator, count: int) -> tuple[list[Posture], list[Load]]:
    postures, loads = zip(*(kind(rng) for _ in range(count)), strict=True)
    return list(postures), list(loads)


def shifted(spine: Any, rng: np.random.Generator) -> NDArray[np.float64]:
    """Disc translations (m) round the settled ones."""
    return spine.settled + rng.uniform(-1e-3, 1e-3, (6, 3))


def twists(rng: np.random.Generator) -> NDArray[np.float64]:
    """Twists (rad) of the joints beside the posture's shares."""
    return rng.uniform(-0.05, 0.05, 6)


def evaluate(spine: Any, case: Any, x: NDArray[np.float64], w: Any, twist: Any = 0.0) -> None:
    """Columns, targets and passive forces of a case at the translations ``x`` and twists."""
    balance.set_up(spine, TOPOLOGY, case, w)
    w.translation[:] = x
    w.twist[:] = twist
    balance.evaluate(spine, TOPOLOGY, case, True, w)


def unit_columns(spine: Any, w: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Moments (F, 22) and forces (F, 18) of a newton of every fascicle's tension, in the present pose."""
    moment, force = np.zeros((MUSCLES, MOMENTS)), np.zeros((MUSCLES, FORCES))
    for f in range(MUSCLES):
        paths.unit_column(spine, TOPOLOGY, f, w)
        low, high = 3 * TOPOLOGY.joint_low[f], 3 * TOPOLOGY.joint_high[f]
        moment[f, TOPOLOGY.moment_low[f] : TOPOLOGY.moment_high[f]] = w.unit_moment[TOPOLOGY.moment_low[f] : TOPOLOGY.moment_high[f]]
        force[f, low:high] = w.unit_force[low:high]
    return moment, force


def largest_error(actual: Any, wanted: Any) -> float:
    """Largest difference over the largest value."""
    return float(np.abs(np.asarray(actual) - wanted).max() / max(np.abs(wanted).max(), 1e-300))
