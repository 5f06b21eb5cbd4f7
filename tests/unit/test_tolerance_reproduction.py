"""The rule against the worked tables of its design study.

The loads are a surrogate (affine in the hand load) that lives in this file only; no kilogram here is a result of the model.
Cells are hand loads in kg, rounded down; "no" is above tolerance already unloaded. The study's strict column was made with the
pair of percentiles (5th of the posterior strength, 95th of the task error), which is alpha = 2.2 % once the shared error has
cancelled; the level ``strict`` is alpha = 1.4 % and must stay below it.

Where the study's figures follow from something else than its text, the test says from what:
- late bulge: no SD of the factor in the exceedances of its plan (its text has 0.08); hip hinge of the pair 1.97 kg, printed as 2;
- man of 45 who lifts: floor tissue by tissue (its text wants compression, shear and flexion together);
- lifter: 121.8 kg is printed as 122; loads x 1.3 with evidence, man: 6.0 is printed where the rule gives 5.6.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from spinesim.analysis.tolerance import (
    Demand,
    Evidence,
    Findings,
    LoadError,
    Person,
    Tolerance,
    exceedance,
    flexion_factor,
    flexion_moment,
    flexion_share_limit,
    granted_share,
    limit,
    shear,
    strength,
)
from spinesim.model.names import LEVELS

L45 = LEVELS.index("L4-L5")
# c0 N, c1 N/kg, s0, s1, lumbar flexion in degrees, dynamic factor
TASKS = {
    "partial": (1300.0, 42.0, 270.0, 9.0, 8.0, 1.08),
    "hinge": (1720.0, 52.0, 355.0, 11.0, 10.0, 1.08),
    "rdl": (1780.0, 56.0, 375.0, 11.5, 20.0, 1.08),
    "squat": (1150.0, 52.0, 245.0, 9.0, 18.0, 1.08),
    "stoop": (1690.0, 61.0, 355.0, 11.7, 36.0, 1.2),
    "carry": (540.0, 41.0, 130.0, 11.0, 0.0, 1.6),
}
RISE_N, BEND_N, BEND_DEG = 1200.0, 2153.0, 40.0  # daily life of 70 kg; the bend is deeper than the stoop lift
NO, GATE = -1, -2


def moment(deg: float) -> float:
    return 60.0 * (deg / 60.0) ** 3 + 2.0 * deg / 60.0


def compression(task: str, mass: float, load: float) -> float:
    c0, c1, *_, g = TASKS[task]
    return g * (c0 * mass / 70.0 + c1 * load)


def shear_of(task: str, mass: float, load: float) -> float:
    _, _, s0, s1, _, g = TASKS[task]
    return g * (s0 * mass / 70.0 + s1 * load)


@dataclass(frozen=True)
class Case:
    person: Person
    mass: float
    evidence: tuple[Evidence, ...] = ()
    demand: Demand | None = None  # what the floor stands on

    def tolerance(self) -> Tolerance:
        return strength(self.person)


def bending(mass: float) -> tuple[tuple[Evidence, ...], Demand]:
    """Bending to the shoes every day; the floor takes the lighter of own and reference mass."""
    load = BEND_N * min(mass, 70.0) / 70.0
    return (Evidence(BEND_N * mass / 70.0, 0.7),), Demand(load, np.inf, moment(BEND_DEG))


def well(age: float, sex: str, mass: float, **findings: object) -> Case:
    person = Person(age, sex, replace(Findings.none(), **findings))  # type: ignore[arg-type]
    items, demand = bending(mass)
    return Case(person, mass, items, demand)


def lifting(mass: float, task: str, kg: float, q: float) -> tuple[Evidence, Demand]:
    load = compression(task, mass, kg)
    return Evidence(load, q), Demand(load, shear_of(task, mass, kg), moment(TASKS[task][4]))


def people() -> dict[str, Case]:
    bulge = {"L4-L5": "early"}
    stoop, stoop_demand = lifting(80.0, "stoop", 15.0, 0.8)
    man45 = well(45, "male", 80)
    early = well(42, "female", 65, bulge=bulge)
    return {
        "man 25": well(25, "male", 80),
        "man 45": man45,
        "man 45 lifts": replace(man45, evidence=(*man45.evidence, stoop), demand=stoop_demand),
        "woman 42": well(42, "female", 65),
        "bulge": early,
        "bulge avoids": replace(early, evidence=(Evidence(RISE_N * 65 / 70, 0.7),), demand=None),
        "bulge later": well(42, "female", 65, bulge={"L4-L5": "late"}),
        "woman 65": well(65, "female", 60),
        "woman 65 bone": well(65, "female", 60, osteoporosis=True),
    }


def pair_limit(case: Case) -> float:
    """5th percentile of the posterior yield against the 95th of the task's error, over known and widened SD, by quadrature."""
    t = case.tolerance()
    found = []
    for sd in (t.sd[L45], t.sd_wide[L45]):
        x = np.log(t.median[L45]) + np.hypot(sd, t.error.shared) * np.linspace(-9, 9, 8001)
        w = np.exp(-0.5 * ((x - x.mean()) / np.hypot(sd, t.error.shared)) ** 2)
        for item in case.evidence:
            w = w * (1.0 - item.q * ndtr((np.log(item.load) - x) / t.error.task))
        found.append(np.exp(np.interp(0.05, np.cumsum(w) / w.sum(), x) - ndtri(0.95) * t.error.task))
    return min(found)


def by_tissue(case: Case, task: str, compression_limit: float) -> int:
    """The same with the floor applied to compression alone, as in the study's row of the man who lifts."""
    c0, c1, s0, s1, deg, g = TASKS[task]
    assert case.demand is not None
    factor = float(flexion_factor(moment(deg), limit(flexion_moment(case.person), 0.05)[L45]))
    most = max(compression_limit * factor, float(case.demand.compression_N))
    t = shear(case.person, 50)
    by_shear = (limit(t, 0.05)[t.at("L4-L5")] / g - s0 * case.mass / 70.0) / s1
    return int(min((most / g - c0 * case.mass / 70.0) / c1, by_shear) + 1e-9)


def kilograms(case: Case, task: str, alpha: float, compression_limit: float) -> int:
    """Largest whole hand load within every tissue, or granted as demonstrated."""
    c0, c1, s0, s1, deg, g = TASKS[task]
    if deg / 60.0 > flexion_share_limit(case.person)[L45]:
        return GATE
    factor = float(flexion_factor(moment(deg), limit(flexion_moment(case.person), alpha)[L45]))
    t = shear(case.person, 50)
    by_shear = (limit(t, alpha)[t.at("L4-L5")] / g - s0 * case.mass / 70.0) / s1
    ruled = min((compression_limit * factor / g - c0 * case.mass / 70.0) / c1, by_shear)
    return max(int(np.floor(ruled)), shown(case, task), NO)


def shown(case: Case, task: str) -> int:
    """Largest whole hand load that the demonstrated floor grants."""
    if case.demand is None or case.person.floor_share == 0.0:
        return NO
    kg = np.arange(0.0, 200.0)
    new = Demand(compression(task, case.mass, kg), shear_of(task, case.mass, kg), moment(TASKS[task][4]))
    return int(np.sum(granted_share(new, case.demand) <= case.person.floor_share)) - 1


# The study's cells, standard level (alpha 5 %).
STANDARD = {
    "man 25": (46, 28, 23, 39, 10, 30),
    "man 45": (28, 14, 10, 25, 1, 29),
    "woman 42": (20, 8, 6, 18, 1, 21),
    "bulge": (13, 3, 1, 12, GATE, 16),
    "bulge avoids": (7, NO, NO, 8, GATE, 12),
    "bulge later": (16, 5, 3, 15, NO, 19),
    "woman 65": (10, 1, 0, 10, NO, 14),
    "woman 65 bone": (0, NO, NO, 2, GATE, 7),
}
# Its strict column; None where it does not print one.
PAIR = {
    "man 25": (37, 21, 17, 32, 4, None),
    "man 45": (21, 8, 5, 20, None, 24),
    "woman 42": (15, 4, 3, 15, 1, 18),
    "bulge": (10, 1, 0, 11, GATE, 15),
    "bulge avoids": (3, NO, NO, 5, GATE, 10),
    "bulge later": (11, None, 0, 11, NO, 15),
    "woman 65": (10, 1, 0, 10, NO, 14),
    "woman 65 bone": (NO, NO, NO, 0, GATE, 5),
}


@pytest.mark.parametrize("name", STANDARD)
def test_limits_of_the_standard_level(name):
    case = people()[name]
    f_alpha = limit(case.tolerance(), "standard", case.evidence)[L45]
    assert tuple(kilograms(case, task, 0.05, f_alpha) for task in TASKS) == STANDARD[name]


def test_limits_of_the_man_who_lifts():
    case = people()["man 45 lifts"]
    f_alpha = limit(case.tolerance(), "standard", case.evidence)[L45]
    cells = tuple(by_tissue(case, task, f_alpha) for task in TASKS)
    assert cells == (39, 23, 20, 35, 15, 30)
    together = tuple(kilograms(case, task, 0.05, f_alpha) for task in TASKS)
    assert together == (38, 21, 18, 35, 15, 30)


@pytest.mark.parametrize("name", PAIR)
def test_limits_of_the_percentile_pair(name):
    case = people()[name]
    cells = [kilograms(case, task, 0.014, pair_limit(case)) for task in TASKS]
    assert all(want is None or got == want for got, want in zip(cells, PAIR[name], strict=True)), cells


@pytest.mark.parametrize("name", PAIR)
def test_strict_level_stays_below_the_pair(name):
    case = people()[name]
    assert limit(case.tolerance(), "strict", case.evidence)[L45] < pair_limit(case)


def test_lifter_lives_on_the_floor():
    """122 kg in the study, which rounds 121.8 up; ours rounds down."""
    item, demand = lifting(90.0, "rdl", 140.0, 0.9)
    lifter = Case(Person(30, "male", replace(Findings.none(), disc_grade={"L5-S1": 3})), 90.0, (item,), demand)
    assert lifter.person.floor_share == 0.9
    f_alpha = limit(lifter.tolerance(), "standard", lifter.evidence)[L45]
    bent = float(flexion_factor(moment(20.0), limit(flexion_moment(lifter.person), "standard")[L45]))
    assert 15.0 <= (f_alpha * bent / 1.08 - 1780.0 * 90.0 / 70.0) / 56.0 <= 18.0
    assert shown(lifter, "rdl") == 121
    assert shown(lifter, "carry") == 100


@pytest.mark.parametrize(
    ("alpha", "strength_percentile"),
    [("strict", 5), ("standard", 11), ("cautious_work", 17), ("ergonomic", 23)],
)
def test_pairs_of_equal_percentiles(alpha, strength_percentile):
    t = strength(Person(42, "female", Findings.none()))
    z = ndtri(1.0 - strength_percentile / 100.0)
    pair = t.median[L45] * np.exp(-z * (t.sd[L45] + np.hypot(t.error.shared, t.error.task)))
    assert limit(t, alpha)[L45] == pytest.approx(pair, rel=0.015)


@pytest.mark.parametrize(("age", "sex", "kilonewton"), [(25, "male", 3.7), (45, "male", 2.8), (42, "female", 2.1), (65, "female", 1.46)])
def test_limits_without_evidence(age, sex, kilonewton):
    assert limit(strength(Person(age, sex, Findings.none())), "standard")[L45] == pytest.approx(1000 * kilonewton, rel=0.015)


@pytest.mark.parametrize(
    ("phase", "load_N", "percent"),
    [("early", 1781, 3.1), ("early", 1837, 3.8), ("early", 1893, 4.8), ("late", 1950, 3.0), ("late", 2006, 3.8)],
)
def test_exceedance_of_the_worked_plan(phase, load_N, percent):
    case = people()["bulge" if phase == "early" else "bulge later"]
    t = case.tolerance()
    studied = replace(t, sd_wide=t.sd) if phase == "late" else t
    loads = np.full(len(LEVELS), float(load_N))
    assert 100 * exceedance(loads, studied, case.evidence)[L45] == pytest.approx(percent, abs=0.1)
    assert 100 * exceedance(loads, t, case.evidence)[L45] == pytest.approx(percent, abs=0.4)


@pytest.mark.parametrize(("deg", "factor"), [(10, 1.00), (36, 0.82), (48, 0.48)])
def test_flexion_factor(deg, factor):
    most = limit(flexion_moment(Person(42, "female", Findings.none())), "standard")[L45]
    assert float(flexion_factor(moment(deg), most)) == pytest.approx(factor, abs=0.006)


# Sensitivity of the hip hinge at standard, kg, bulge with f = 0.85 and man 45; both bend daily. None: not printed or below.
BASE = {"f": 0.85, "cv": 0.30, "median": 1.0, "yield": 0.82, "alpha": 0.05, "q": 0.7, "shared": 0.12, "task": 0.08, "g": 1.08, "loads": 1.0}
SENSITIVITY = [
    ({}, 4.5, 14.1),
    ({"q": 0.0}, 0.3, 12.2),
    ({"cv": 0.25}, 5.8, 17.2),
    ({"cv": 0.35}, 3.1, 11.6),
    ({"cv": 0.40}, 1.7, 9.5),
    ({"median": 1.2}, 8.9, 22.8),
    ({"median": 0.85}, 1.3, 8.5),
    ({"yield": 1.0}, 9.3, 23.7),
    ({"yield": 0.75}, 2.4, 10.8),
    ({"alpha": 0.10}, 7.9, 19.8),
    ({"f": 0.70}, 1.3, None),
    ({"f": 1.0}, 8.3, None),
    ({"q": 0.5}, 3.0, 13.6),
    ({"q": 0.9}, 5.9, 14.6),
    ({"shared": 0.20}, 3.6, 12.3),
    ({"shared": 0.25}, 2.9, 11.1),
    ({"task": 0.12}, 3.3, 13.2),
    ({"g": 1.2}, 0.9, 8.9),
    ({"g": 1.03}, 6.2, 16.6),
    ({"loads": 1.3}, 1.3, None),
    ({"loads": 1.3, "q": 0.0}, None, 0.7),
]


def hinge_kg(change: dict[str, float], *, bulge: bool) -> float:
    v = BASE | change
    mass = 65.0 if bulge else 80.0
    base = strength(Person(42 if bulge else 45, "female" if bulge else "male", Findings.none()))
    spread = np.log1p(0.3**2) - np.log1p(v["cv"] ** 2)  # the mean is held, not the median
    factor = (v["f"] if bulge else 1.0) * v["median"] * v["yield"] / 0.82 * np.exp(0.5 * spread)
    sd = np.full(len(LEVELS), np.sqrt(np.log1p(v["cv"] ** 2)))
    t = replace(
        base, median=base.median * factor, sd=sd, sd_wide=np.hypot(sd, 0.08 if bulge else 0.0), error=LoadError(v["shared"], v["task"])
    )
    items = (Evidence(v["loads"] * BEND_N * mass / 70.0, v["q"]),) if v["q"] else ()
    bent = float(flexion_factor(moment(10.0), limit(flexion_moment(Person(42)), v["alpha"])[L45]))
    ruled = limit(t, v["alpha"], items)[L45] * bent / v["loads"]
    floor = (0.9 if bulge else 1.0) * BEND_N * min(mass, 70.0) / 70.0 if items else 0.0
    return (max(ruled, floor) / v["g"] - 1720.0 * mass / 70.0) / 52.0


@pytest.mark.parametrize(("change", "bulge", "man"), SENSITIVITY)
def test_sensitivity_of_the_hip_hinge(change, bulge, man):
    for expected, who in ((bulge, True), (man, False)):
        if expected is not None:
            assert hinge_kg(change, bulge=who) == pytest.approx(expected, abs=0.15), who


def test_loads_of_another_scale():
    """With all loads 1.3 times as high the bulge case is refused without evidence."""
    assert hinge_kg({"loads": 1.3, "q": 0.0}, bulge=True) < 0.0
    assert hinge_kg({"loads": 1.3}, bulge=False) == pytest.approx(5.6, abs=0.05)
