"""Tissues one by one: what is tested against which limit, what a habit covers, and what is named as the end of a range."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from affine import BASE, LIFT, MAN, MODEL, NEAR, SLOPE, WELL, Solver, ask, lines, proof, scaled

from spinesim.analysis import safe_load as module
from spinesim.analysis.judged import Judged
from spinesim.analysis.tissue_limits import (
    EXAMINED,
    SCAN,
    Shown,
    axis,
    demonstrated,
    leading,
    limits_of,
    on_axis,
    parts,
    share_shown,
    utilisation,
    variances,
    within,
)
from spinesim.analysis.tolerance import Findings, LoadError, Person, limit, strength
from spinesim.model.names import LEVELS


@pytest.mark.parametrize(
    ("tissue", "name", "places"),
    [
        ("compression", "compression_N", 6), ("shear", "anterior_shear_N", 4), ("facet_force", "facet_force_N", 6),
        ("facet_pressure", "facet_peak_MPa", 6), ("disc_pressure", "pressure_MPa", 6), ("torsion", "torsion_Nm", 6),
        ("ligament", "ligament_tension_N", 36), ("muscle", "activation", 1), ("compression_flexion", "flexion_moment_Nm", 6),
    ],
)  # fmt: skip
def test_each_tissue_can_end_the_range(solver, monkeypatch, tissue, name, places):
    made = Solver()

    def more(*args, **told):
        found = made(*args, **told)
        # From 4 kg on one tissue is far beyond its limit, in the second frame and at one place alone.
        array = getattr(found, name).copy()
        late = found.load_kg >= 4.0
        index = (late, 1) if name == "activation" else (late, 1, 2, 2) if name == "ligament_tension_N" else (late, 1, 2)
        array[index] *= 60.0
        return replace(found, **{name: array})

    solver()
    monkeypatch.setattr(module, "demands", more)
    found = ask(task=replace(NEAR, frames=NEAR.frames * 2, phases=("down", "up")))
    level = {"muscle": None, "ligament": "L2-L3 LF"}.get(tissue, "L2-L3")
    assert (found.tissue, found.level, found.phase, found.modelled_limit_kg) == (tissue, level, "up", 3.0)
    assert len(found.utilisation[tissue]) == places == len(axis(tissue))
    assert "at 4 kg" in found.why


def test_on_axis_takes_the_levels_and_groups_of_the_law():
    found = lines(
        [1.0], {**BASE, "anterior_shear_N": np.arange(6.0), "ligament_tension_N": np.arange(42.0).reshape(6, 7)}, dict.fromkeys(SLOPE, 0.0)
    )
    assert on_axis(found, "shear").ravel().tolist() == [1.0, 2.0, 3.0, 4.0]
    rows = np.arange(42.0).reshape(6, 7)
    assert on_axis(found, "ligament").ravel().tolist() == np.delete(rows, 4, axis=1).ravel().tolist()
    assert axis("ligament")[:7] == ("T12-L1 ALL", "T12-L1 PLL", "T12-L1 LF", "T12-L1 FC", "T12-L1 ISL", "T12-L1 SSL", "L1-L2 ALL")
    assert on_axis(found, "muscle").shape == (1, 1, 1)
    assert axis("shear") == LEVELS[1:5]


def test_limits_are_those_of_the_tolerance_package():
    person = Person(30.0, "male", WELL)
    found = limits_of(person, "standard", [], 50.0)
    assert np.array_equal(found.limits["compression"], np.minimum(limit(strength(person), "standard"), 6376.0))
    assert found.limits["muscle"].tolist() == [0.8]
    assert found.limits["ligament"].shape == (36,)
    assert found.limits["ligament"][:6].tolist() == found.limits["ligament"][30:].tolist()
    wide = limits_of(person, "standard", [], 50.0, {"compression": LoadError(0.3, 0.1)})
    assert (wide.limits["compression"] < found.limits["compression"]).all()
    assert np.array_equal(wide.limits["shear"], found.limits["shear"])
    proof_ = Shown("x", "supervised_training", True, lines([20.0], BASE, {**SLOPE, "anterior_shear_N": -50.0}))
    more = limits_of(person, "standard", [proof_], 50.0)
    for name in ("compression", "disc_pressure", "facet_pressure"):
        assert (more.limits[name] > found.limits[name]).all()
    # Shear against the direction was no proof of shear.
    assert more.limits["shear"] == pytest.approx(found.limits["shear"])


def test_leading_counts_to_the_first_that_is_not():
    rows = np.array([[1, 1, 0, 1], [0, 1, 1, 1], [1, 1, 1, 1], [0, 0, 0, 0]], bool)
    assert leading(rows).tolist() == [2, 0, 4, 0]


def test_within_is_up_to_the_limit_itself():
    found = lines([0.0, 1.0, 2.0], BASE, SLOPE)
    share = np.array([1.0, np.nextafter(1.0, 2.0), np.nan]).reshape(3, 1, 1)
    assert within(found, {"x": share}).tolist() == [True, False, False]


@pytest.mark.parametrize(("flag", "tissue", "phase"), [("validated", "validated range", None), ("converged", "no answer", "up")])
def test_one_frame_without_an_answer_ends_the_range(solver, flag, tissue, phase):
    solver()
    limits = limits_of(Person(30.0, "male", WELL), "strict", [], 50.0)
    asked = lines([0.0, 1.0], BASE, SLOPE, frames=3)
    getattr(asked, flag)[1, 1] = False
    task = replace(NEAR, frames=NEAR.frames * 3, phases=("down", "up", "still"))
    judged = Judged.of(asked, limits, ())
    end = judged.end(MAN, task)
    assert (judged.count, end.tissue, end.phase) == (1, tissue, phase)


def test_a_tissue_at_its_limit_is_not_what_ends_the_range():
    limits = limits_of(Person(30.0, "male", WELL), "strict", [], 50.0)
    asked = scaled(lines([0.0], BASE, SLOPE), torsion_Nm=200.0)
    judged = replace(Judged.of(asked, limits, ()), used={"compression": np.ones((1, 1, 6)), "compression_flexion": np.full((1, 1, 6), 1.5)})
    assert judged.end(MAN, NEAR).tissue == "compression_flexion"


def test_a_proof_shows_the_unloaded_posture_too(monkeypatch):
    def flattening(model, subject, task, loads_kg, max_flexion_deg=None):
        return lines(loads_kg, BASE, {**SLOPE, "flexion_moment_Nm": -0.2, "ligament_tension_N": -0.1})

    monkeypatch.setattr(module, "demands", flattening)
    found = module.shown_demands(MODEL, MAN, proof(10.0), None)
    assert (found.load_kg.tolist(), found.compression_N.max()) == ([10.0], 1300.0)
    assert (found.flexion_moment_Nm.max(), found.ligament_tension_N.max()) == (6.0, 8.0)


def test_the_worst_of_several_is_named_and_bending_only_where_compression_alone_would_do():
    person = Person(30.0, "male", WELL)
    limits = limits_of(person, "strict", [], 50.0)
    both = scaled(lines([0.0], BASE, SLOPE), compression_N=5.0, flexion_moment_Nm=3.0)
    end = Judged.of(both, limits, ()).end(MAN, LIFT)
    assert end.tissue == "compression"
    assert "against" in end.why
    less = scaled(lines([0.0], BASE, SLOPE), compression_N=2.2, flexion_moment_Nm=5.0)
    end = Judged.of(less, limits, ()).end(MAN, LIFT)
    assert end.tissue == "compression_flexion"
    assert "% of the joint limit" in end.why
    two = scaled(lines([0.0], BASE, SLOPE), torsion_Nm=100.0, facet_peak_MPa=20.0)
    used = utilisation(two, limits)
    worst = max(used, key=lambda name: used[name].max())
    assert Judged.of(two, limits, ()).end(MAN, LIFT).tissue == worst


def test_one_place_and_one_frame_decide():
    limits = limits_of(Person(30.0, "male", WELL), "strict", [], 50.0)
    asked = lines([0.0], BASE, SLOPE, frames=2)
    asked.torsion_Nm[0, 1, 2] = 500.0
    asked.facet_peak_MPa[:] = 8.0
    judged = Judged.of(asked, limits, ())
    end = judged.end(MAN, replace(NEAR, frames=NEAR.frames * 2, phases=("down", "up")))
    assert (end.tissue, end.level, end.phase) == ("torsion", "L2-L3", "up")
    used = judged.utilisation(0)["torsion"]
    assert used["L2-L3"] > 10.0 > used["L3-L4"]


def test_a_habit_covers_every_tissue():
    person = Person(30.0, "male", WELL)
    limits = limits_of(person, "strict", [], 50.0)
    shown = Shown("x", "daily_life", True, lines([20.0], BASE, SLOPE))
    asked = lines([20.0], BASE, SLOPE)
    used = utilisation(asked, limits)
    assert demonstrated(asked, used, shown, person).tolist() == [True]
    assert not demonstrated(asked, used, replace(shown, habit=False), person).any()
    many = lines([5.0, 20.0], BASE, SLOPE, frames=3, lead=(4,))
    granted = [demonstrated(many, utilisation(many, limits), replace(shown, habit=habit), person) for habit in (True, False)]
    assert [(found.shape, found.all()) for found in granted] == [((4, 2), True), ((4, 2), False)]
    assert not demonstrated(asked, used, shown, replace(person, findings=replace(WELL, osteoporosis=True))).any()
    for name in ("compression_N", "anterior_shear_N", "flexion_moment_Nm"):
        more = scaled(asked, **{name: 1.01})
        assert not demonstrated(more, utilisation(more, limits), shown, person).any(), name
    for name in ("facet_force_N", "facet_peak_MPa", "pressure_MPa", "torsion_Nm", "activation", "ligament_tension_N"):
        far = 30.0
        shown_more = replace(shown, demands=scaled(shown.demands, **{name: far}))
        for factor, granted in ((far, True), (1.01 * far, False)):
            more = scaled(asked, **{name: factor})
            used = utilisation(more, limits)
            assert not within(more, used).any(), name
            assert demonstrated(more, used, shown_more, person).tolist() == [granted], name
    older = replace(person, age_years=66.0)
    for name, part in (("torsion_Nm", 0.9), ("ligament_tension_N", 1.0)):
        less = scaled(asked, **dict.fromkeys(("compression_N", "anterior_shear_N"), 0.9))
        shown_more = replace(shown, demands=scaled(shown.demands, **{name: 30.0}))
        for factor, granted in ((30.0 * part, True), (30.0 * part + 0.1, False)):
            more = scaled(less, **{name: factor})
            assert demonstrated(more, utilisation(more, limits), shown_more, older).tolist() == [granted], (name, factor)
    for flag in ("converged", "validated"):
        gone = replace(asked, **{flag: np.zeros((1, 1), bool)})
        assert not demonstrated(gone, used, shown, person).any()


def test_a_habit_covers_every_frame():
    person = Person(30.0, "male", WELL)
    limits = limits_of(person, "strict", [], 50.0)
    shown = Shown("x", "daily_life", True, lines([20.0], BASE, SLOPE))
    asked = lines([20.0], BASE, SLOPE, frames=2)
    asked.torsion_Nm[0, 1, 2] = 500.0
    assert not demonstrated(asked, utilisation(asked, limits), shown, person).any()
    plain = lines([20.0], BASE, SLOPE, frames=2)
    half = replace(plain, converged=np.array([[True, False]]))
    assert demonstrated(plain, utilisation(plain, limits), shown, person).all()
    assert not demonstrated(half, utilisation(plain, limits), shown, person).any()
    plain.compression_N[0, 1, 2] *= 1.01
    assert not demonstrated(plain, utilisation(plain, limits), shown, person).any()
    # Shown in one frame is shown, whichever frame asks for it.
    twice = replace(shown, demands=asked)
    assert demonstrated(asked, utilisation(asked, limits), twice, person).tolist() == [True]


def test_a_habit_covers_the_levels_that_it_loads_and_no_other():
    person = Person(30.0, "male", WELL)
    limits = limits_of(person, "strict", [], 50.0)
    shown = Shown("x", "daily_life", True, lines([20.0], BASE, SLOPE, frames=2))
    shown.demands.compression_N[0, :, 4] = 6000.0
    for level in range(6):
        asked = lines([20.0], BASE, SLOPE, frames=2)
        asked.compression_N[0, :, level] = 6000.0
        assert demonstrated(asked, utilisation(asked, limits), shown, person).tolist() == [level == 4], LEVELS[level]


def test_a_tissue_at_its_limit_itself_is_within():
    person = Person(30.0, "male", WELL)
    shown = Shown("x", "daily_life", True, scaled(lines([20.0], BASE, SLOPE), torsion_Nm=0.0))
    asked = lines([20.0], BASE, SLOPE)
    for share, granted in ((1.0, True), (np.nextafter(1.0, 2.0), False)):
        assert demonstrated(asked, {"torsion": np.full((1, 1, 6), share)}, shown, person).tolist() == [granted]


def test_shares_of_what_was_shown_go_level_by_level():
    shown, asked = (lines([20.0], BASE, SLOPE, frames=2) for _ in range(2))
    shown.compression_N[0] = [[1000.0, 2000, 3000, 3000, 3000, 3000], [500.0, 500, 500, 500, 500, 500]]
    asked.compression_N[0] = [[400.0, 400, 400, 400, 400, 400], [900.0, 900, 900, 900, 900, 900]]
    asked.anterior_shear_N[:] = 1.0
    assert share_shown(asked, Shown("x", "daily_life", True, shown)) == pytest.approx(0.9)


def test_evidence_is_the_peak_that_was_shown():
    person = Person(30.0, "male", WELL)
    shown = lines([20.0], BASE, {**SLOPE, "anterior_shear_N": -50.0}, frames=2)
    shown.pressure_MPa[0, 1, 3] = 2.0
    items = limits_of(person, "strict", [Shown("x", "daily_life", True, shown)], 50.0).items
    assert np.asarray(items["disc_pressure"][0].load).tolist() == pytest.approx([1.5, 1.5, 1.5, 2.0, 1.5, 1.5])
    assert np.asarray(items["facet_pressure"][0].load) == pytest.approx(2.0)
    # Far below what the tissue bears nothing is shown.
    assert items["torsion"] == items["shear"] == ()


def test_a_proof_six_spreads_below_the_median_tells_nothing():
    """Where Phi(-6) = 1e-9; the spread is that of strength and of both load errors together."""
    person = Person(30.0, "male", WELL)
    tolerances = limits_of(person, "strict", [], 50.0).tolerances
    for name, demand in (("compression", "compression_N"), ("torsion", "torsion_Nm"), ("disc_pressure", "pressure_MPa")):
        t = tolerances[name]
        spread = np.sqrt(t.sd_wide**2 + t.error.shared**2 + t.error.task**2)
        for spreads, tells in ((5.95, True), (6.05, False)):
            low, one = (t.median * np.exp(-by * spread) for by in (6.5, spreads))
            load = np.where(np.arange(6) == 3, one, low)  # one level is enough
            shown = Shown("x", "daily_life", True, replace(lines([0.0], BASE, SLOPE), **{demand: load.reshape(1, 1, 6)}))
            items = limits_of(person, "strict", [shown], 50.0).items[name]
            assert len(items) == tells, (name, spreads)
            assert not tells or np.array_equal(items[0].load, load)


def test_variances_are_those_of_strength_and_of_both_load_errors():
    """CV 0.30 from age and sex, 0.18 from imaging, and load errors of 12 and 8 %."""
    known, unknown = (limits_of(Person(30.0, "male", findings), "strict", [], 50.0) for findings in (WELL, Findings()))
    errors = 0.12**2 + 0.08**2
    before, after = variances(known, "L4-L5")
    assert before == pytest.approx(np.log1p(0.30**2) + errors)
    assert after == {SCAN: pytest.approx(np.log1p(0.18**2) + errors), EXAMINED: pytest.approx(before)}
    wide, narrowed = variances(unknown, "L4-L5")
    # Degeneration and a bulge unknown by 8 % each, bone by 10 %.
    assert wide == pytest.approx(before + 2 * 0.08**2 + 0.10**2)
    assert narrowed[EXAMINED] == pytest.approx(before)
    assert narrowed[SCAN] == pytest.approx(after[SCAN] + wide - before)


def test_parts_are_those_of_the_worst_frame_and_level():
    limits = limits_of(Person(30.0, "male", WELL), "strict", [], 50.0)
    one, two = lines([10.0], BASE, SLOPE), lines([10.0], BASE, SLOPE, frames=2)
    one.compression_N[0, 0, 2] = two.compression_N[0, 1, 2] = 3000.0
    assert parts(two, limits) == parts(one, limits)
    assert parts(two, limits)[0] == "L2-L3"


def test_share_shown_is_of_compression_and_shear():
    shown = Shown("x", "daily_life", True, lines([20.0], BASE, SLOPE))
    asked = lines([10.0], BASE, SLOPE)
    assert share_shown(asked, shown) == pytest.approx(max(1300 / 1700, 270 / 360))
    assert share_shown(scaled(asked, anterior_shear_N=2.0), shown) == pytest.approx(540 / 360)
