"""Postures and loads as the arrays that kernels read."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from spinesim.model.layout import CASE, CONTACTS, Array
from spinesim.model.load import Load
from spinesim.model.posture import Posture
from spinesim.model.tables import Tables

DOWN = {
    "standing": (0.0, -1.0, 0.0),
    "supine": (-1.0, 0.0, 0.0),
    "prone": (1.0, 0.0, 0.0),
    "left_side": (0.0, 0.0, -1.0),
    "right_side": (0.0, 0.0, 1.0),
}
_STANCE = {
    "both": (1.0, 0.0, 1.0, 0.0),
    "right": (1.0, 1.0, 0.0, 0.0),
    "left": (0.0, 0.0, 1.0, 1.0),
    "seated": (0.0,) * 4,
    "lying": (0.0,) * 4,
}


def pack(tables: Tables, person: Array, postures: Sequence[Posture], loads: Sequence[Load]) -> Any:
    """One row per posture and load; ``person`` (N,) says which person of the stack each row is about.

    Raises
    ------
    ValueError
        If a support, gravity or stance is unknown, or a posture says its angles in two ways.
    """
    trunk = [trunk_angles(tables, p) for p in postures]
    hands = [_hand_shares(load.hands) for load in loads]
    columns = {
        "person": np.asarray(person, np.int64),
        "pelvis": np.radians([[tilt, p.pelvic_lateral_deg, p.pelvic_rotation_deg] for (tilt, _), p in zip(trunk, postures, strict=True)]),
        "lumbar": np.radians([[flexion, p.lateral_deg, p.rotation_deg] for (_, flexion), p in zip(trunk, postures, strict=True)]),
        "arms": np.radians([np.transpose([p.upper_arm_deg, p.forearm_deg, p.arm_abduction_deg]) for p in postures]),
        "reach": np.array([_reach(p) for p in postures]),
        "legs": np.radians([
            [tilt if p.hip_flexion_deg is None else p.hip_flexion_deg, p.knee_flexion_deg]
            for (tilt, _), p in zip(trunk, postures, strict=True)
        ]),
        "stance": np.array([_named("stance", p.stance, _STANCE) for p in postures]),
        "gravity": np.array([(*_named("gravity", p.gravity, DOWN), 0.0 if p.stance == "lying" else 1.0) for p in postures]),
        "support": np.array([_supports(p) for p in postures]),
        "armrest": np.array([p.armrest_share for p in postures], float),
        "tone": np.array([p.tone for p in postures], float),
        "motion": np.array([_motion(p) for p in postures]),
        "hand_mass": np.array([share * load.mass_kg for share, load in zip(hands, loads, strict=True)]),
        "hand_force": np.array([
            -np.outer(share, (load.push_N, load.lift_N, load.side_N)) for share, load in zip(hands, loads, strict=True)
        ]),
        "pack_mass": np.array([load.backpack_kg for load in loads], float),
    }  # fmt: skip
    cases = np.zeros(len(postures), CASE).view(np.recarray)
    for name, column in columns.items():
        cases[name] = column
    return cases


def pack_drawn(tables: Tables, cases: Sequence[tuple[Posture, Load]], size: int) -> Any:
    """Every case with every one of ``size`` drawn persons, the cases of one person together; their tables may be drawn, too.

    Raises
    ------
    ValueError
        As :func:`pack`.
    """
    packed = [pack_columns(tables, np.arange(size), posture, load, size) for posture, load in cases]
    return np.stack(packed, axis=1).ravel().view(np.recarray)


def pack_columns(tables: Tables, person: int | Array, posture: Posture, load: Load, size: int) -> Any:
    """The same for ``size`` cases whose posture and load have columns (N,) for some of their numbers, of one person or of N.

    Raises
    ------
    ValueError
        As :func:`pack`.
    """
    p, hands = posture, _hand_shares(load.hands)
    tilt, flexion = trunk_angles(tables, p)
    reach = (0.0, 0.0, 0.0) if p.hand_position_mm is None else (1.0, *(1e-3 * v for v in p.hand_position_mm))
    rates = (p.flexion_rate_deg_s, p.flexion_acceleration_deg_s2, p.pelvic_rate_deg_s, p.pelvic_acceleration_deg_s2)

    def rows(*numbers: Any) -> Array:
        return np.stack([np.broadcast_to(np.asarray(n, float), size) for n in numbers], axis=-1)

    cases = np.zeros(size, CASE).view(np.recarray)
    cases.person = person
    cases.pelvis = np.radians(rows(tilt, p.pelvic_lateral_deg, p.pelvic_rotation_deg))
    cases.lumbar = np.radians(rows(flexion, p.lateral_deg, p.rotation_deg))
    for side in range(2):
        cases.arms[:, side] = np.radians(rows(p.upper_arm_deg[side], p.forearm_deg[side], p.arm_abduction_deg[side]))
        cases.hand_mass[:, side] = hands[side] * load.mass_kg
        cases.hand_force[:, side] = -(hands[side] * rows(load.push_N, load.lift_N, load.side_N))
    cases.reach = rows(*reach)
    cases.legs = np.radians(rows(tilt if p.hip_flexion_deg is None else p.hip_flexion_deg, p.knee_flexion_deg))
    cases.stance = _named("stance", p.stance, _STANCE)
    cases.gravity = (*_named("gravity", p.gravity, DOWN), 0.0 if p.stance == "lying" else 1.0)
    cases.support = _supports(p)
    cases.armrest, cases.tone, cases.pack_mass = p.armrest_share, p.tone, load.backpack_kg
    lifts = (p.lift_acceleration_m_s2, p.hip_rise_acceleration_m_s2, p.hip_advance_acceleration_m_s2)
    cases.motion = np.column_stack([np.radians(rows(*rates)), rows(*lifts)])
    return cases


def trunk_angles(tables: Tables, posture: Posture) -> tuple[Any, Any]:
    """Pelvic tilt and lumbar flexion (deg) of a posture; an inclination is split by the share given or the healthy rhythm."""
    inclination = posture.trunk_inclination_deg
    if inclination is None:
        return posture.pelvic_tilt_deg, posture.flexion_deg
    if posture.pelvic_tilt_deg or posture.flexion_deg:
        raise ValueError("posture: trunk_inclination_deg and pelvic_tilt_deg or flexion_deg are two ways of saying one posture")
    share: Any = posture.lumbar_share
    if share is None:
        known = sorted(int(i.removeprefix("inclination_")) for t, i, _ in tables.entries if t == "rhythm" and i.startswith("inclination_"))
        share = _between(np.abs(inclination), known, [tables.value("rhythm", f"inclination_{k}", "lumbar_part") for k in known])
    return (1.0 - share) * inclination, share * inclination


def _between(at: Any, places: Sequence[float], values: Sequence[Any]) -> Any:
    """Linear interpolation, where places ``at`` or ``values`` may have an axis of models; constant outside."""
    found = np.clip(at, places[0], places[-1])
    share = values[0]
    for k in range(len(places) - 1):
        # Every piece adds what it rises, up to where it is asked.
        part = np.clip((found - places[k]) / (places[k + 1] - places[k]), 0.0, 1.0)
        share = share + part * (values[k + 1] - values[k])
    return share


def _named(what: str, name: str, table: Mapping[str, tuple[float, ...]]) -> tuple[float, ...]:
    if name not in table:
        raise ValueError(f"posture.{what}: {name!r} is unknown; expected one of {', '.join(table)}")
    return table[name]


def _supports(posture: Posture) -> list[float]:
    for name in posture.support:
        if name not in CONTACTS:
            raise ValueError(f"posture.support: {name!r} is unknown; expected one of {', '.join(CONTACTS)}")
    return [float(name in posture.support) for name in CONTACTS]


def _reach(p: Posture) -> tuple[float, ...]:
    return (0.0, 0.0, 0.0) if p.hand_position_mm is None else (1.0, *(1e-3 * v for v in p.hand_position_mm))


def _hand_shares(hands: str) -> Array:
    shares = {"both": (0.5, 0.5), "left": (1.0, 0.0), "right": (0.0, 1.0)}
    if hands not in shares:
        raise ValueError(f"load.hands: {hands!r} is unknown; expected one of {', '.join(shares)}")
    return np.array(shares[hands])


def _motion(p: Posture) -> list[float]:
    rates = (p.flexion_rate_deg_s, p.flexion_acceleration_deg_s2, p.pelvic_rate_deg_s, p.pelvic_acceleration_deg_s2)
    return [*(math.radians(r) for r in rates), p.lift_acceleration_m_s2, p.hip_rise_acceleration_m_s2, p.hip_advance_acceleration_m_s2]
