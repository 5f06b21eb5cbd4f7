"""Tolerance laws one by one: published points, what findings do, and what is refused."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.special import exp1, ndtr

from spinesim.analysis.tolerance import (
    REFERENCE_LAWS,
    Brinckmann,
    Demand,
    Evidence,
    Findings,
    LoadError,
    Person,
    StateDependentDamage,
    compression_limit,
    disc_pressure,
    evidence,
    exceedance,
    facet_force,
    facet_pressure,
    flexion_factor,
    flexion_moment,
    flexion_share_limit,
    granted,
    interaction,
    ligament_strain,
    ligament_tension,
    limit,
    protection,
    recover,
    reference_limit,
    rotation_until_contact_deg,
    shear,
    strength,
    torsion,
)
from spinesim.analysis.tolerance.compression import dortmund_kN, level_factor, mean_strength_kN
from spinesim.analysis.tolerance.data import tables, value
from spinesim.analysis.tolerance.fatigue import half_lives_d
from spinesim.model.anatomy import SpineModel
from spinesim.model.names import LEVELS
from spinesim.model.tables import rows

WELL = Findings.none()
MAN, WOMAN = Person(45, "male", WELL), Person(42, "female", WELL)
L45 = LEVELS.index("L4-L5")


def finding(**change: object) -> Person:
    return replace(MAN, findings=replace(WELL, **change))  # type: ignore[arg-type]


def test_every_row_is_cited_and_every_source_used():
    loaded = tables()
    used = Counter(entry.source for entry in loaded.entries.values())
    lines = (loaded.folder / "sources.csv").read_text(encoding="utf-8").splitlines()[1:]
    named_in_notes = {"belwadi2008", "tushak2022"}
    assert {line.split(",")[0] for line in lines} - set(used) <= named_in_notes


def test_datasheet_counts_its_rows():
    folder, statuses = tables().folder, Counter(entry.status for entry in tables().entries.values())
    sheet = (folder / "DATASHEET.md").read_text(encoding="utf-8")
    for path in folder.glob("*.csv"):
        assert f"| `{path.name}` | {sum(1 for _ in rows(path))} |" in sheet
    assert all(re.search(rf"^\| `{status}` \|.*\| {count} \|$", sheet, re.MULTILINE) for status, count in statuses.items())


def test_ranges_are_pairs_in_order():
    limits = {key[1:]: entry for key, entry in tables().entries.items() if key[0] == "ranges"}
    for item in {item for item, _ in limits}:
        assert limits[item, "lo"].value < limits[item, "hi"].value, item


def test_level_factors_follow_the_disc_areas_of_the_geometry():
    areas = np.array([SpineModel.default().tables.value("discs", level, "area") for level in LEVELS])
    assert level_factor() == pytest.approx(areas / areas[L45], abs=1e-4)
    assert level_factor().max() == 1.0


# --- compression


def test_regression_falls_by_its_slope_a_decade():
    for sex in ("male", "female"):
        slope = value("compression", f"regression_{sex}", "slope")
        assert np.diff(mean_strength_kN([20, 30, 80], sex)) == pytest.approx([-slope, -5 * slope])


def test_strength_is_the_lognormal_of_the_mean_and_cv():
    t = strength(WOMAN)
    ultimate = t.median / 0.82 * np.exp(0.5 * t.sd**2)
    assert ultimate[L45] == pytest.approx(1000 * float(mean_strength_kN(42, "female")))
    assert np.sqrt(np.expm1(t.sd**2)) == pytest.approx(0.30)


@pytest.mark.parametrize(("law", "ages"), [("dortmund_2001", (20, 30, 40, 50, 60)), ("dortmund_2018", (20, 60))])
@pytest.mark.parametrize("sex", ["male", "female"])
def test_dortmund_tables(law, ages, sex):
    points = [value("compression", f"{law}_{sex}", f"age_{age}") for age in ages]
    assert dortmund_kN(ages, sex, law) == pytest.approx(points)
    between = 0.5 * (np.array(ages[1:]) + np.array(ages[:-1]))
    assert dortmund_kN(between, sex, law) == pytest.approx(0.5 * (np.array(points[1:]) + np.array(points[:-1])))
    assert float(dortmund_kN(78, sex, law)) == points[-1]


def test_reference_limits():
    assert reference_limit(MAN, "niosh_action").published_N == 3400
    assert reference_limit(MAN, "niosh_maximum").published_N == 6376
    assert reference_limit(MAN, "niosh_action").limit_N[L45] == 3400
    # Halfway from 4.1 to 3.2 kN, and 25 of the 40 years from 5.4 to 2.2.
    assert reference_limit(MAN, "dortmund_2001").published_N == pytest.approx(3650.0)
    assert reference_limit(MAN, "dortmund_2018").published_N == pytest.approx(3400.0)
    assert reference_limit(Person(45), "dortmund_2018").published_N == reference_limit(Person(45, "female"), "dortmund_2018").published_N
    assert reference_limit(MAN, "niosh_action").within(3400.0)[L45]
    within = reference_limit(MAN, "niosh_action").within([[2900.0] * 6, [3401.0] * 6, [np.nan] * 6])
    assert within.tolist() == [[True] * 6, [False] * 6, [False] * 6]


def test_strength_of_levels():
    assert strength(MAN).median / strength(MAN).median[L45] == pytest.approx(level_factor())
    assert reference_limit(MAN, "niosh_action").limit_N / 3400 == pytest.approx(level_factor())


def test_our_limit_lies_below_dortmund():
    for age, sex in ((25, "male"), (45, "male"), (42, "female"), (65, "female")):
        person = Person(age, sex, WELL)
        assert limit(strength(person), "standard")[L45] < reference_limit(person, "dortmund_2001").limit_N[L45]


def test_density_needs_imaging():
    imaged = replace(WOMAN, density_mg_ml=140.0, endplate_area_cm2=14.0)
    t = strength(imaged, "density_area")
    assert t.median[L45] == pytest.approx(820 * (0.32 + 0.00308 * 140 * 14) / np.sqrt(1 + 0.18**2))
    assert t.sd[0] < strength(WOMAN).sd[0]
    assert (strength(WOMAN).sources[0], t.sources[0]) == ("jaeger1991", "brinckmann1989")
    for missing in ({"density_mg_ml": None}, {"endplate_area_cm2": None}):
        with pytest.raises(ValueError, match=r"needs person.density_mg_ml and person.endplate_area_cm2"):
            strength(replace(imaged, **missing), "density_area")
    with pytest.raises(ValueError, match=r"person.density_mg_ml = 900 mg/ml is outside the range 40 to 300"):
        strength(replace(imaged, density_mg_ml=900.0), "density_area")


def test_hard_cap_without_own_evidence():
    strong = replace(Person(20, "male", WELL), density_mg_ml=300.0, endplate_area_cm2=25.0)
    assert compression_limit(strong, 0.25, law="density_area").max() == 6376
    item = Evidence(9000.0, 0.9)
    assert 6376 < compression_limit(strong, 0.25, (item,), law="density_area").max() <= 9000
    assert compression_limit(WOMAN, "standard") == pytest.approx(limit(strength(WOMAN), "standard"))


# --- findings


@pytest.mark.parametrize(
    ("change", "law", "factor"),
    [
        ({"bulge": {"L4-L5": "early"}}, strength, 0.80),
        ({"bulge": {"L4-L5": "late"}}, strength, 0.90),
        ({"disc_grade": {"L4-L5": 4}}, strength, 0.90),
        ({"disc_grade": {"L4-L5": 2}}, strength, 1.0),
        ({"osteoporosis": True}, strength, 0.75),
        ({"disc_grade": {"L4-L5": 3}, "osteoporosis": True}, strength, 0.95 * 0.75),
        ({"osteoporosis": True}, facet_force, 0.75),
        ({"osteoporosis": True}, flexion_moment, 1.0),
        ({"tropism_deg": {"L4-L5": -7.0}}, facet_pressure, 1.0),
        ({"tropism_deg": {"L4-L5": -8.5}}, facet_pressure, 0.885),
        ({"tropism_deg": {"L4-L5": 20.0}}, torsion, 0.77),
        ({"disc_grade": {"L4-L5": 5}}, torsion, 0.61),
        ({"bulge": {"L4-L5": "early"}}, disc_pressure, 0.80),
    ],
)
def test_findings_change_the_median(change, law, factor):
    before, after = law(MAN), law(finding(**change))
    assert after.median[L45] / before.median[L45] == pytest.approx(factor)
    elsewhere = 0 if "osteoporosis" not in change else L45
    assert elsewhere == L45 or after.median[elsewhere] == before.median[elsewhere]
    assert (after.sd == before.sd).all()
    assert (after.sd_wide >= before.sd_wide).all()


def test_tropism_starts_beyond_its_onset():
    before, at = torsion(MAN), torsion(finding(tropism_deg={"L4-L5": 7.0}))
    assert at.median.tolist() == before.median.tolist()
    assert at.sd_wide.tolist() == before.sd_wide.tolist()


def test_medians_are_those_of_the_table():
    medians = {t.tissue: t.median[L45] for t in (law(MAN) for law in (flexion_moment, facet_force, facet_pressure, disc_pressure, torsion))}
    printed = {name: value("tissues", name, "median") for name in medians}
    scale = {"facet_force": 1000.0, "torsion": value("tissues", "torsion", "yield_share")}
    assert medians == pytest.approx({name: printed[name] * scale.get(name, 1.0) for name in printed})


def test_facet_loss_lowers_shear():
    both = shear(finding(facet_loss={"L4-L5": "bilateral"}), 50)
    assert both.median[both.at("L4-L5")] == pytest.approx(780)
    one = shear(finding(facet_loss={"L4-L5": "unilateral"}), 50)
    assert one.median.tolist() == [1000, 1000, 1000, pytest.approx(900)]


def test_floor_share():
    assert MAN.floor_share == 1.0
    assert replace(MAN, age_years=65.0).floor_share == 0.9
    assert finding(disc_grade={"L4-L5": 2}).floor_share == 1.0
    assert finding(tropism_deg={"L4-L5": 7.0}).floor_share == 1.0
    for change in (
        {"disc_grade": {"L1-L2": 3}},
        {"bulge": {"L4-L5": "late"}},
        {"tropism_deg": {"L4-L5": 9.0}},
        {"tropism_deg": {"L4-L5": -9.0}},
        {"osteoporosis": None},
    ):
        assert finding(**change).floor_share == 0.9
    for name in ("osteoporosis", "vertebral_fracture", "steroids", "red_flags"):
        assert finding(**{name: True}).floor_share == 0.0
    assert Person(45).floor_share == 0.9


def test_flexion_gates():
    assert flexion_share_limit(MAN).tolist() == [1.0] * 6
    assert flexion_share_limit(finding(bulge={"L4-L5": "early", "L3-L4": "late"})).tolist() == [1, 1, 1, 0.75, 0.5, 1]
    assert flexion_share_limit(finding(osteoporosis=True, bulge={"L3-L4": "late"})).tolist() == [0.5] * 6


def test_a_finding_cannot_be_changed_from_outside():
    grades = {"L4-L5": 1}
    found = Findings(disc_grade=grades)
    grades["L4-L5"] = 5
    assert found.disc_grade == {"L4-L5": 1}


# --- other tissues


def test_shear_by_daily_count():
    assert shear(MAN, 100).median.tolist() == [1000.0] * 4
    assert shear(MAN, 101).median.tolist() == [700.0] * 4
    assert limit(shear(MAN, 50), "standard") == pytest.approx(1000 * np.exp(-1.6449 * 0.15), rel=1e-4)
    with pytest.raises(ValueError, match="loadings_per_day = 1001 1/day is outside the range 0 to 1000"):
        shear(MAN, 1001)
    for level in ("L5-S1", "T12-L1"):
        with pytest.raises(ValueError, match=f"'{level}' is unknown; expected one of L1-L2, L2-L3, L3-L4, L4-L5"):
            shear(MAN, 10).at(level)


def test_interaction_surface_at_the_test_point():
    """3.4 kN with 73 N m of the combined tests, pure strengths 5 kN and 150 N m: about 1 (recalled strengths gate nothing here)."""
    assert float(interaction(3400, 5000, 73, 150)) == pytest.approx(1.02, abs=0.02)


def test_interaction_and_factor_are_one_surface():
    moment, most = np.linspace(0, 47, 20), 48.4
    assert interaction(2000 * flexion_factor(moment, most), 2000, moment, most) == pytest.approx(1.0)
    assert interaction(4000, 2000, 0.0, most) == pytest.approx(2.0)
    assert interaction(3000, 2000, 3.0 * moment, most) == pytest.approx(3.0 * interaction(1000, 2000, moment, most))
    assert float(flexion_factor(60, most)) == float(flexion_factor(most, most)) == 0.0
    assert float(flexion_factor(-30, most)) == 1.0
    assert float(flexion_factor(np.nan, most)) == 0.0
    assert float(interaction(-500, 2000, -10, most)) == 0.0


@pytest.mark.parametrize("law", [flexion_moment, facet_force, facet_pressure, disc_pressure, torsion, strength])
def test_limit_lies_below_the_median(law):
    t = law(MAN)
    assert t.median.shape == t.sd.shape == (len(t.axis),)
    assert (limit(t, "strict") < limit(t, "standard")).all()
    assert (limit(t, "ergonomic") < t.median).all()
    assert exceedance(limit(t, "standard"), t) == pytest.approx(0.05)


def test_ligaments():
    for t in (ligament_tension(), ligament_strain()):
        assert (limit(t, "standard") < t.median).all()
        assert t.axis[t.at("FC")] == "FC"
    with pytest.raises(ValueError, match="'ITL' is unknown"):
        ligament_tension().at("ITL")


def test_own_rotation_uses_up_the_way_to_facet_contact():
    assert rotation_until_contact_deg([0.0, -2.0, 5.0]).tolist() == [2.0, 0.0, 0.0]


# --- the rule


def test_rule_against_quadrature():
    """The closed form with the bivariate normal distribution against its defining integral."""
    t = strength(WOMAN)
    m, spread, s_e, q, shown = np.log(t.median[L45]), np.hypot(t.sd[L45], 0.12), 0.08, 0.7, 2000.0
    z, step = np.linspace(-9, 9, 20001, retstep=True)
    x = m + spread * z
    w = np.exp(-0.5 * z * z) * (1 - q * ndtr((np.log(shown) - x) / s_e)) * step
    for load in (800.0, 2000.0, 2200.0, 5000.0):
        expected = (w * ndtr((np.log(load) - x) / s_e)).sum() / w.sum()
        assert exceedance(load, t, (Evidence(shown, q),))[L45] == pytest.approx(expected, rel=1e-9)


def test_rule_at_the_medians():
    """Evidence or load right at the median is a corner of the closed form."""
    t = strength(WOMAN)
    at, near = (exceedance(t.median * (1 + d), t, (Evidence(t.median, 0.7),)) for d in (0.0, 1e-9))
    assert at == pytest.approx(near, rel=1e-6)


def test_evidence_up_to_twice_the_median():
    t = strength(MAN)
    assert t.most_evidence == pytest.approx(2 * t.median[L45] / 0.82)
    assert np.isfinite(limit(t, "standard", (Evidence(t.most_evidence, 0.7),))).all()


def test_a_proof_is_believed_level_by_level():
    t = replace(strength(MAN), most_evidence=np.array([5000.0, 5000, 5000, 5000, 7000, 5000]))
    assert limit(t, "standard", (Evidence([4000.0, 4000, 4000, 4000, 6000, 4000], 0.7),)).shape == (6,)
    with pytest.raises(ValueError, match=r"evidence.load = 8000 N is outside the range 0 to 7000 N"):
        limit(t, "standard", (Evidence([4000.0, 4000, 4000, 4000, 8000, 4000], 0.7),))


def test_a_proof_with_hardly_any_error_is_nearly_a_step():
    """The chance of failure rises steeply at what was shown; the limit is still the last load within alpha."""
    t = replace(strength(MAN), sd=np.full(6, 0.45), sd_wide=np.full(6, 0.45), error=LoadError(0.45, 0.02), most_evidence=np.full(6, np.inf))
    for shown in np.geomspace(0.3, 3.0, 60):
        for alpha in (0.05, 0.25):
            proof = (Evidence(shown * t.median, 0.95),)
            at = limit(t, alpha, proof)
            assert (exceedance(at, t, proof) <= alpha).all()
            assert (exceedance(at * (1 + 1e-6), t, proof) > alpha).all()


def test_shapes_and_missing_answers():
    t = strength(MAN)
    loads = np.full((3, 2, 6), 2500.0)
    loads[0, 0, 0], loads[1, 1, 1], loads[2, 0, 2] = np.nan, 0.0, -300.0
    p = exceedance(loads, t, (evidence(2000.0, "daily_life"),))
    assert p.shape == (3, 2, 6)
    assert (p[0, 0, 0], p[1, 1, 1], p[2, 0, 2]) == (1.0, 0.0, 0.0)
    assert p[2, 1] == pytest.approx(exceedance(np.full(6, 2500.0), t, (evidence(2000.0, "daily_life"),)))


def test_protection_levels():
    assert [protection(n) for n in ("strict", "standard", "cautious_work", "ergonomic")] == [0.014, 0.05, 0.10, 0.16]
    with pytest.raises(ValueError, match=r"protection: 'strikt' is unknown; .* did you mean 'strict'"):
        protection("strikt")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: limit(strength(MAN), 0.3), r"rule.alpha = 0.3 is outside the range 0.001 to 0.25"),
        (lambda: limit(strength(MAN), "standard", (Evidence(2000, 1.0),)), r"evidence.q = 1 is outside the range 0 to 0.95"),
        (lambda: limit(strength(MAN), "standard", (Evidence(25000, 0.7),)), "evidence.load = 25000 N is outside .* pounds for kilograms"),
        (lambda: limit(strength(MAN), "standard", (Evidence(np.nan, 0.7),)), "evidence.load = nan N"),
        (lambda: limit(strength(MAN), "standard", (Evidence(0.0, 0.7),)), "evidence.load = 0 N"),
        (lambda: evidence(2000, "hearsay"), "evidence: 'hearsay' is unknown"),
        (lambda: LoadError(0.1, 0.001), r"error.task = 0.001 is outside"),
        (lambda: Person(17, "male"), r"person.age_years = 17 year is outside the range 18 to 80 year"),
        (lambda: Person(45, "man"), "person.sex: 'man' is unknown; expected one of male, female; did you mean"),
        (lambda: Findings(disc_grade={"L4-5": 3}), "findings.disc_grade: 'L4-5' is unknown; .* did you mean 'L4-L5'"),
        (lambda: Findings(disc_grade={"L4-L5": 6}), "findings.disc_grade.L4-L5 = 6 is none of the grades 1 to 5"),
        (lambda: Findings(disc_grade={"L4-L5": 2.5}), "2.5 is none of the grades"),
        (lambda: Findings(bulge={"L4-L5": "fresh"}), "findings.bulge.L4-L5: 'fresh' is unknown"),
        (lambda: Findings(facet_loss={"L4-L5": 1}), "findings.facet_loss.L4-L5: 1 is unknown"),
        (lambda: Findings(tropism_deg={"L4-L5": 90}), r"findings.tropism_deg.L4-L5 = 90 deg is outside the range 0 to 60"),
        (lambda: reference_limit(Person(19, "male"), "dortmund_2018"), r"dortmund_2018.age_years = 19 year is outside the range 20 to 80"),
        (lambda: reference_limit(MAN, "niosh"), "law: 'niosh' is unknown"),
        (lambda: strength(MAN, "regresion"), "did you mean 'regression'"),
        (lambda: StateDependentDamage().per_cycle(1.01), r"load_share = 1.01 is outside the range 0 to 1"),
        (lambda: StateDependentDamage().after(0, 0.5, [1, -1]), "cycles = -1 is below 0"),
        (lambda: StateDependentDamage(0.0), "life_factor = 0 is outside"),
        (lambda: recover(0.1, 1, 0), "half_life_d = 0 d is outside"),
        (lambda: recover(0.1, [1, -1], 3), "days = -1 is below 0"),
        (lambda: Brinckmann().probability(0.1, 100), r"load_share = 0.1 is outside the range 0.2 to 0.7"),
        (lambda: Brinckmann().probability(0.3, 6000), "cycles = 6000 is outside the range 0 to 5000"),
    ],
)
def test_refusals(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: Person("45", "male"),  # type: ignore[arg-type]
        lambda: Person(True, "male"),
        lambda: Person([45, 46], "male"),  # type: ignore[arg-type]
        lambda: Person(45, "male", {}),  # type: ignore[arg-type]
        lambda: Findings(osteoporosis="no"),  # type: ignore[arg-type]
        lambda: Findings(disc_grade=3),  # type: ignore[arg-type]
        lambda: Findings(disc_grade={"L4-L5": "3"}),  # type: ignore[dict-item]
        lambda: exceedance("2000", strength(MAN)),
        lambda: shear(MAN, "100"),
    ],
)
def test_other_kinds_are_refused(call):
    with pytest.raises(TypeError, match=r"is not|is neither"):
        call()


def test_what_is_no_number_is_named():
    with pytest.raises(TypeError, match=r"^rule.alpha: None is not a number"):
        limit(strength(MAN), None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^half_life_d: 'week' is not a number"):
        recover(0.1, 1.0, "week")  # type: ignore[arg-type]


# --- demonstrated floor


def test_floor_asks_compression_shear_and_bending_together():
    shown = Demand(2000.0, 400.0, 20.0)
    assert granted(MAN, shown, shown).all()
    for worse in (Demand(2001.0, 400.0, 20.0), Demand(2000.0, 401.0, 20.0), Demand(2000.0, 400.0, 20.1)):
        assert not granted(MAN, worse, shown)
    older = replace(MAN, age_years=70.0)
    assert granted(older, Demand(1800.0, 360.0, 20.0), shown)
    assert not granted(older, Demand(1810.0, 300.0, 20.0), shown)
    assert granted(older, Demand(1800.0, 0.0, 20.0), Demand(2000.0, 0.0, 20.0))
    assert not granted(finding(osteoporosis=True), Demand(0.0, 0.0, 0.0), shown)
    assert not granted(MAN, Demand(100.0, 10.0, 0.0), Demand(200.0, -50.0, 0.0))
    assert granted(MAN, Demand(100.0, -5.0, 0.0), Demand(200.0, -50.0, 0.0))
    assert granted(MAN, Demand(0.0, 0.0, 0.0), Demand(0.0, 0.0, 0.0))
    assert not granted(MAN, Demand(0.5, 0.0, 0.0), Demand(0.0, 0.0, 0.0))
    # Bending back shows no bending forward, be it ever so little.
    assert granted(MAN, Demand(100.0, 10.0, 0.0), Demand(200.0, 50.0, -5.0))
    assert not granted(MAN, Demand(100.0, 10.0, 0.1), Demand(200.0, 50.0, -5.0))
    assert granted(MAN, Demand(0.4, 0.0, 0.0), Demand(0.5, 0.0, 0.0))
    assert not granted(MAN, Demand(0.6, 0.0, 0.0), Demand(0.5, 0.0, 0.0))
    for missing in (Demand(np.nan, 1.0, 1.0), Demand(1.0, np.nan, 1.0), Demand(1.0, 1.0, np.nan)):
        assert not granted(MAN, missing, shown)


# --- fatigue


def test_life_of_the_state_dependent_law():
    """Published constants in newtons: 5.2e6 cycles at 3400 N, 7.0e3 at 6376 N, 2.9 at 10 kN."""
    law = StateDependentDamage()
    assert law.cycles_to_failure([0.34, 0.6376, 1.0]) == pytest.approx([5.2e6, 7.0e3, 2.9], rel=0.01)
    assert StateDependentDamage(3.0).cycles_to_failure(0.34) == pytest.approx(3 * law.cycles_to_failure(0.34))


def test_life_is_the_integral_of_the_rate():
    law, share = StateDependentDamage(), 0.5
    found, _ = quad(lambda d: 1.0 / float(law.per_cycle(share, d)), 0.0, 1.0 - 1e-9)
    assert found == pytest.approx(float(law.cycles_to_failure(share)), rel=1e-6)


def test_state_after_cycles_solves_the_law():
    law, share, cycles = StateDependentDamage(), 0.6, 12000.0
    path = solve_ivp(lambda _, d: law.per_cycle(share, d), (0.0, cycles), [0.02], rtol=1e-10, atol=1e-14)
    assert float(law.after(0.02, share, cycles)) == pytest.approx(path.y[0, -1], rel=1e-7)
    assert law.after(0.02, share, [0.0, 1e9]).tolist() == pytest.approx([0.02, 1.0])
    assert law.after(1.0, [0.0, share], 1.0).tolist() == [1.0, 1.0]
    assert law.per_cycle([0.0, share], 1.0).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 0.5, 1.0])
def test_every_part_of_a_life_uses_up_its_part(share):
    """What is left of E1(b u/(1 - D)) is the part of the life that is left."""
    law, parts = StateDependentDamage(), np.array([0.001, 0.3, 0.9, 0.999])
    damage = law.after(0.0, share, parts * law.cycles_to_failure(share))
    assert exp1(law.exponent * share / (1.0 - damage)) == pytest.approx((1.0 - parts) * exp1(law.exponent * share), rel=1e-9)


def test_recovery_and_days():
    assert recover(0.08, [0, 3, 6], 3.0).tolist() == pytest.approx([0.08, 0.04, 0.02])
    assert half_lives_d().tolist() == [1, 3, 7, 14]
    law = StateDependentDamage()
    assert law.daily([0.0, 0.1], 1.0).tolist() == [0.0, 0.1]
    assert law.daily([0.0, 0.1, 0.0], 1.0, start=0.4) == pytest.approx([0.2, 0.2, 0.1])
    steady = law.daily(np.full(400, 1e-4), 7.0)
    assert steady[-1] == pytest.approx(1e-4 / (1 - 2 ** (-1 / 7)))


def test_small_damage_adds_up():
    law = StateDependentDamage()
    assert float(law.after(0.0, 0.3, 1000)) == pytest.approx(1000 * float(law.per_cycle(0.3)), rel=1e-3)


def test_brinckmann_table_and_between():
    law, counts = Brinckmann(), [10, 100, 500, 1000, 5000]
    for band, row in zip((0.2, 0.3, 0.4, 0.5, 0.6), law.table, strict=True):
        for share in (band, band + 0.099):
            assert law.probability(share, counts) == pytest.approx(row)
    assert law.probability(0.7, counts) == pytest.approx(law.table[-1])
    assert float(law.probability(0.45, 1)) == law.table[2, 0]
    assert float(law.probability(0.45, np.sqrt(100 * 500))) == pytest.approx(0.5 * (law.table[2, 1] + law.table[2, 2]))


def test_reference_laws_are_all_there():
    assert {law: reference_limit(MAN, law).sources for law in REFERENCE_LAWS} == {
        "niosh_action": ("niosh1981",),
        "niosh_maximum": ("niosh1981",),
        "dortmund_2001": ("jaeger2001",),
        "dortmund_2018": ("jaeger2018",),
    }
