"""What is measured: a smooth path of postures of one person, and random cases of many inside the validated range."""

from __future__ import annotations

import itertools

import numpy as np

import spinesim as ss
from spinesim.model.ranges import check

Case = tuple[ss.Subject, ss.Posture, ss.Load]


def smooth(count: int) -> list[Case]:
    """One person who bends forward to 50 degrees of lumbar flexion with a load that grows to 15 kg."""
    person, hanging = ss.Subject(), (0.0, 0.0)
    parts = np.linspace(0.0, 1.0, count)
    postures = [ss.Posture(pelvic_tilt_deg=20.0 * p, flexion_deg=50.0 * p, upper_arm_deg=hanging, forearm_deg=hanging) for p in parts]
    return [(person, posture, ss.Load(mass_kg=15.0 * part)) for posture, part in zip(postures, parts, strict=True)]


def random(count: int, persons: int, seed: int = 7) -> list[Case]:
    """Independent postures and loads of ``persons`` adults, all inside the validated range."""
    rng = np.random.default_rng(seed)
    people = [person(rng) for _ in range(persons)]
    found: list[Case] = []
    for tried in itertools.count():
        case = (people[tried % persons], *_posture_and_load(rng))
        if not check(*case):
            found.append(case)
        if len(found) == count:
            return found


def person(rng: np.random.Generator) -> ss.Subject:
    """An adult of the validated range who is neither thin nor heavy for the stature."""
    stature = rng.uniform(1.5, 1.95)
    mass = rng.uniform(max(46.0, 19.0 * stature**2), min(119.0, 32.0 * stature**2))
    sex, age = str(rng.choice(["male", "female"])), rng.uniform(20.0, 75.0)
    return ss.Subject(mass_kg=mass, stature_m=stature, sex=sex, age_years=age)  # type: ignore[arg-type]


def _posture_and_load(rng: np.random.Generator) -> tuple[ss.Posture, ss.Load]:
    arm = rng.uniform(-20.0, 60.0)
    forearm = rng.uniform(arm, 110.0)
    posture = ss.Posture(
        pelvic_tilt_deg=rng.uniform(-10.0, 45.0),
        flexion_deg=rng.uniform(-15.0, 60.0),
        lateral_deg=rng.uniform(-10.0, 10.0),
        rotation_deg=rng.uniform(-5.0, 5.0),
        upper_arm_deg=(arm, arm),
        forearm_deg=(forearm, forearm),
    )
    hands = str(rng.choice(["both", "both", "left", "right"]))
    return posture, ss.Load(mass_kg=rng.uniform(0.0, 20.0), hands=hands)  # type: ignore[arg-type]
