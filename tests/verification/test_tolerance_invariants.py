"""What must hold for every person: more risk never allows more. Over 20,000 generated cases.

Each property takes its own seed and compares limits pairwise; equal up to a part in 10^9 counts as equal.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from spinesim.analysis.calculators.lifft import Task, lifft
from spinesim.analysis.calculators.niosh import Lift, assess
from spinesim.analysis.tolerance import (
    PROTECTION_LEVELS,
    REFERENCE_LAWS,
    Brinckmann,
    Evidence,
    Findings,
    Person,
    StateDependentDamage,
    Tolerance,
    disc_pressure,
    exceedance,
    facet_force,
    facet_pressure,
    flexion_factor,
    flexion_moment,
    flexion_share_limit,
    interaction,
    limit,
    reference_limit,
    shear,
    strength,
    torsion,
)
from spinesim.analysis.tolerance.data import entry, tables, within
from spinesim.analysis.tolerance.person import BONE_LOSS
from spinesim.analysis.tolerance.rule import LoadError
from spinesim.model.names import LEVELS

CASES = int(os.environ.get("SPINESIM_CASES", "800"))
EQUAL = 1.0 + 1e-9
QS = (0.5, 0.7, 0.9)
LAWS: tuple[Callable[[Person], Tolerance], ...] = (strength, facet_force, facet_pressure, disc_pressure, torsion, flexion_moment)


def some(rng: np.random.Generator, *choices: Any) -> Any:
    return choices[rng.integers(len(choices))]


def by_level(rng: np.random.Generator, *choices: Any) -> dict[str, Any] | None:
    """Unknown, nothing, or something at some levels."""
    if rng.random() < 0.3:
        return None
    return {level: some(rng, *choices) for level in LEVELS if rng.random() < 0.3}


def random_findings(rng: np.random.Generator) -> Findings:
    return Findings(
        disc_grade=by_level(rng, 1, 2, 3, 4, 5),
        bulge=by_level(rng, "early", "late"),
        facet_loss=by_level(rng, "unilateral", "bilateral"),
        tropism_deg=by_level(rng, 3.0, 8.0, -9.5, 20.0),
        osteoporosis=some(rng, None, False, True),
        vertebral_fracture=some(rng, None, False, True),
        steroids=some(rng, None, False, True),
        red_flags=some(rng, None, False, True),
    )


def random_person(rng: np.random.Generator) -> Person:
    return Person(float(rng.uniform(20, 80)), some(rng, "male", "female", None), random_findings(rng))


def stacked(tolerances: Sequence[Tolerance], places: Sequence[int]) -> Tolerance:
    """One level of each of many persons as one array."""

    def pick(name: str) -> np.ndarray:
        return np.array([getattr(t, name)[i] for t, i in zip(tolerances, places, strict=True)])

    return replace(tolerances[0], **{name: pick(name) for name in ("median", "sd", "sd_wide", "most_evidence")})


def proofs(rng: np.random.Generator, cases: int, low: float = 300.0, high: float = 3000.0) -> tuple[Evidence, ...]:
    """Demonstrated loads of any weight, mostly telling little."""
    return tuple(Evidence(rng.uniform(low, high, cases), q) for q in QS)


def limits_of(pairs: Sequence[tuple[Person, Person]], law: Callable[[Person], Tolerance], rng: np.random.Generator) -> tuple[Any, Any]:
    """Limits of the better and the worse person of each pair at one level, same evidence in newtons."""
    alpha = some(rng, *PROTECTION_LEVELS)
    places = rng.integers(len(law(pairs[0][0]).axis), size=len(pairs))
    items = proofs(rng, len(pairs)) if law is strength else ()
    found = [limit(stacked([law(pair[k]) for pair in pairs], places), alpha, items) for k in (0, 1)]
    return found[0], found[1]


def never_more(
    pairs: Sequence[tuple[Person, Person]], rng: np.random.Generator, laws: Sequence[Callable[[Person], Tolerance]] = LAWS
) -> None:
    for law in laws:
        better, worse = limits_of(pairs, law, rng)
        assert np.isfinite(better).all()
        assert (worse >= 0.0).all()
        assert (worse <= better * EQUAL).all(), law.__name__
    for better_person, worse_person in pairs:
        assert worse_person.floor_share <= better_person.floor_share
        assert (flexion_share_limit(worse_person) <= flexion_share_limit(better_person)).all()


def changed(person: Person, **change: Any) -> Person:
    return replace(person, findings=replace(person.findings, **change))


def older(person: Person, rng: np.random.Generator) -> Person:
    return replace(person, age_years=float(rng.uniform(person.age_years, 80)))


def more_degenerate(person: Person, rng: np.random.Generator) -> Person:
    grades = dict(person.findings.disc_grade or {})
    level = some(rng, *LEVELS)
    grades[level] = int(rng.integers(grades.get(level, 1), 6))
    return changed(person, disc_grade=grades)


def with_bulge(person: Person, rng: np.random.Generator) -> Person:
    bulges = dict(person.findings.bulge or {})
    level = some(rng, *LEVELS)
    bulges[level] = "early" if bulges.get(level) else some(rng, "early", "late")
    return changed(person, bulge=bulges)


def with_facet_loss(person: Person, rng: np.random.Generator) -> Person:
    losses = dict(person.findings.facet_loss or {})
    level = some(rng, *LEVELS)
    losses[level] = "bilateral" if losses.get(level) else some(rng, "unilateral", "bilateral")
    return changed(person, facet_loss=losses)


def with_tropism(person: Person, rng: np.random.Generator) -> Person:
    angles = dict(person.findings.tropism_deg or {})
    level = some(rng, *LEVELS)
    angles[level] = min(abs(angles.get(level, 0.0)) + float(rng.uniform(0, 15)), 60.0)
    return changed(person, tropism_deg=angles)


def with_bone_loss(person: Person, rng: np.random.Generator) -> Person:
    return changed(person, **{some(rng, "osteoporosis", *BONE_LOSS): True})


def examined(person: Person, name: str) -> Person:
    """The same with one finding known; absent where it was unknown."""
    absent = False if name in BONE_LOSS else {}
    return changed(person, **{name: absent}) if getattr(person.findings, name) is None else person


WORSE = {
    "age": (older, None),
    "degeneration": (more_degenerate, "disc_grade"),
    "bulge": (with_bulge, "bulge"),
    "facet_loss": (with_facet_loss, "facet_loss"),
    "tropism": (with_tropism, "tropism_deg"),
    "bone": (with_bone_loss, None),
}


@pytest.mark.parametrize("name", WORSE)
def test_one_more_risk_never_gives_more(name):
    rng = np.random.default_rng(100 + len(name) + ord(name[0]))
    worsen, known = WORSE[name]
    people = [random_person(rng) for _ in range(CASES)]
    if known is not None:
        people = [examined(person, known) for person in people]
    if name == "bone":
        people = [changed(person, **dict.fromkeys(BONE_LOSS, False)) for person in people]
    never_more([(person, worsen(person, rng)) for person in people], rng)


def test_unknown_never_raises():
    rng = np.random.default_rng(7)
    names = ("disc_grade", "bulge", "facet_loss", "tropism_deg", *BONE_LOSS)
    pairs = []
    for _ in range(CASES):
        name = some(rng, *names)
        person = changed(random_person(rng), **{name: False if name in BONE_LOSS else {}})
        pairs.append((person, changed(person, **{name: None})))
    never_more(pairs, rng)


def test_unknown_sex_is_the_weaker():
    rng = np.random.default_rng(8)
    pairs = [
        (person, replace(person, sex=None))
        for person in (replace(random_person(rng), sex=some(rng, "male", "female")) for _ in range(CASES))
    ]
    never_more(pairs, rng, (strength,))


def random_tolerance(rng: np.random.Generator, cases: int = CASES) -> Tolerance:
    """Tolerances of compression far beyond what persons of the table give."""
    base, sd = strength(Person(45, "male", Findings.none())), rng.uniform(0.15, 0.45, cases)
    return replace(
        base,
        median=rng.uniform(600.0, 7000.0, cases),
        sd=sd,
        sd_wide=sd + rng.uniform(0.0, 0.05, cases),
        error=LoadError(float(rng.uniform(0.05, 0.3)), float(rng.uniform(0.03, 0.2))),
        most_evidence=np.full(cases, 20000.0),
    )


@pytest.mark.parametrize("seed", range(3))
def test_limit_is_within_and_one_step_above_is_not(seed):
    rng = np.random.default_rng(20 + seed)
    t, alpha = random_tolerance(rng), float(rng.uniform(0.005, 0.2))
    items = proofs(rng, CASES)[: int(rng.integers(0, 4))]
    at = limit(t, alpha, items)
    assert (exceedance(at, t, items) <= alpha).all()
    assert (exceedance(at * (1 + 1e-6), t, items) > alpha).all()


@pytest.mark.parametrize("seed", range(2))
def test_stricter_protection_never_gives_more(seed):
    rng = np.random.default_rng(30 + seed)
    t, items = random_tolerance(rng), proofs(rng, CASES)
    found = [limit(t, name, items) for name in PROTECTION_LEVELS]
    for stricter, looser in pairwise(found):
        assert (stricter < looser).all()


@pytest.mark.parametrize("seed", range(3))
def test_more_evidence_never_lowers(seed):
    rng = np.random.default_rng(40 + seed)
    t, alpha = random_tolerance(rng), some(rng, *PROTECTION_LEVELS)
    items = [Evidence(rng.uniform(300, 8000, CASES), float(rng.uniform(0, 0.95))) for _ in range(4)]
    load, before, chance = rng.uniform(200, 6000, CASES), np.zeros(CASES), np.ones(CASES)
    for n in range(5):
        now, p = limit(t, alpha, items[:n]), exceedance(load, t, items[:n])
        assert (now >= before / EQUAL).all()
        assert (p <= chance * EQUAL).all()
        before, chance = now, p


def test_surer_report_of_a_load_never_lowers():
    rng = np.random.default_rng(50)
    t, shown = random_tolerance(rng), rng.uniform(300, 8000, CASES)
    found = [limit(t, "standard", (Evidence(shown, q),)) for q in (0.0, 0.3, 0.6, 0.9, 0.95)]
    for less, more in pairwise(found):
        assert (more >= less / EQUAL).all()


def test_wider_range_of_spread_never_gives_more():
    """The trap of evidence: the lower percentile of a wider prior may be the higher one."""
    rng = np.random.default_rng(60)
    t, items = random_tolerance(rng), proofs(rng, CASES)
    wider = replace(t, sd_wide=t.sd_wide + rng.uniform(0.0, 0.05, CASES))
    for alpha in ("strict", "ergonomic"):
        assert (limit(wider, alpha, items) <= limit(t, alpha, items) * EQUAL).all()


def test_exceedance_rises_with_load_and_is_a_probability():
    rng = np.random.default_rng(61)
    t, items = random_tolerance(rng), proofs(rng, CASES)
    p = exceedance(np.sort(rng.uniform(1, 20000, (12, CASES)), axis=0), t, items)
    assert ((p >= 0.0) & (p <= 1.0)).all()
    assert (np.diff(p, axis=0) >= -1e-12).all()


def test_shear_falls_with_the_daily_count_and_facet_loss():
    rng = np.random.default_rng(70)
    for _ in range(CASES):
        person, counts = random_person(rng), np.sort(rng.uniform(0, 1000, 2))
        few, many = (shear(person, count).median for count in counts)
        assert (many <= few).all()
        lost = with_facet_loss(examined(person, "facet_loss"), rng)
        assert (
            limit(shear(lost, counts[0]), "standard") <= limit(shear(examined(person, "facet_loss"), counts[0]), "standard") * EQUAL
        ).all()


def test_reference_limits_fall_with_age_and_findings():
    rng = np.random.default_rng(71)
    for _ in range(CASES):
        person, law = random_person(rng), some(rng, *REFERENCE_LAWS)
        for worse in (older(person, rng), with_bone_loss(person, rng)):
            assert (reference_limit(worse, law).limit_N <= reference_limit(person, law).limit_N).all()


def test_bending_never_allows_more_compression():
    rng = np.random.default_rng(72)
    moments, most = np.sort(rng.uniform(-20, 120, (2, CASES)), axis=0), rng.uniform(20, 100, CASES)
    less, more = (flexion_factor(m, most) for m in moments)
    assert (more <= less).all()
    load = rng.uniform(-500, 5000, CASES)
    assert (interaction(load, 2000.0, moments[1], most) >= interaction(load, 2000.0, moments[0], most)).all()


def test_damage_rises_with_load_and_repetitions_and_falls_with_rest():
    rng = np.random.default_rng(73)
    law = StateDependentDamage(float(rng.uniform(0.2, 5)))
    start, (less, more) = rng.uniform(0, 0.5, CASES), np.sort(rng.uniform(0.01, 1.0, (2, CASES)), axis=0)
    n = rng.integers(0, 5000, (2, CASES))
    first = law.after(start, less, n[0])
    assert (first >= start).all()
    assert (law.after(start, more, n[0]) >= first - 1e-12).all()
    whole = law.after(start, less, n.sum(axis=0))
    assert law.after(first, less, n[1]) == pytest.approx(whole, rel=1e-6, abs=1e-12)
    assert (law.cycles_to_failure(more) <= law.cycles_to_failure(less)).all()


def test_brinckmann_rises_with_load_and_repetitions():
    rng = np.random.default_rng(74)
    share, n = np.sort(rng.uniform(0.2, 0.7, (2, CASES)), axis=0), np.sort(rng.uniform(0, 5000, (2, CASES)), axis=0)
    law = Brinckmann()
    assert (law.probability(share[1], n[0]) >= law.probability(share[0], n[0])).all()
    assert (law.probability(share[0], n[1]) >= law.probability(share[0], n[0])).all()


def test_calculators_fall_with_load_reach_and_repetitions():
    rng = np.random.default_rng(75)
    for _ in range(CASES):
        load, lever, n = float(rng.uniform(0, 30)), float(rng.uniform(0, 0.6)), float(rng.uniform(0, 5000))
        base = lifft([Task(load, lever, n)]).probability
        assert all(
            lifft([task]).probability >= base for task in (Task(load * 1.2, lever, n), Task(load, lever + 0.1, n), Task(load, lever, 2 * n))
        )
        lift = Lift(
            load, *rng.uniform((20, 75, 20), (70, 180, 180)), float(rng.uniform(0, 140)), float(rng.uniform(0, 16)), "moderate", "fair"
        )
        rwl = assess(lift).rwl
        assert assess(replace(lift, horizontal=lift.horizontal + 5)).rwl <= rwl
        assert assess(replace(lift, lifts_per_min=lift.lifts_per_min + 1)).rwl <= rwl
        assert assess(replace(lift, asymmetry_deg=lift.asymmetry_deg + 10)).rwl <= rwl
        assert assess(replace(lift, coupling="poor")).rwl <= rwl


def test_out_of_range_is_refused_by_name():
    rng = np.random.default_rng(76)
    quantities = sorted({item for table, item, _ in tables().entries if table == "ranges"})
    for _ in range(2 * CASES):
        name = some(rng, *quantities)
        lo, hi = entry("ranges", name, "lo").value, entry("ranges", name, "hi").value
        away = float(rng.exponential(hi - lo)) + 1e-6 * (hi - lo)
        bad = some(rng, lo - away, hi + away, np.nan, np.inf)
        with pytest.raises(ValueError, match=rf"^{name} = .* is outside the range "):
            within(name, [0.5 * (lo + hi), bad])
        assert within(name, [lo, hi]).tolist() == [lo, hi]
