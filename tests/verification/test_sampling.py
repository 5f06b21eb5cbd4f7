"""Draws of whole geometry sets: moments, sums, and what must hold in every single one."""

from __future__ import annotations

import shutil
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from verification.states import MODEL, person, scratch

from spinesim import Load, Posture, SpineModel, Subject, solve
from spinesim.analysis.distributions import law_of
from spinesim.analysis.fascicle_sampling import FascicleSampler
from spinesim.analysis.sampling import Sampler, sample_models
from spinesim.mechanics import joint, kinematics
from spinesim.mechanics.facets import contact
from spinesim.model.data import data_dir
from spinesim.model.names import JOINTS, LEVELS
from spinesim.solver.variables import VARIABLES

COUNT = 400
TABLES = MODEL.tables
SDS = ("peak_force_sd", "fibre_length_sd", "tendon_length_sd", "pennation_sd", "position_sd")
LIMBS = ("upper_arm", "forearm", "hand", "thigh", "shank_foot")


def model_with(entries, **fascicles):
    """The adult model with other rows and fascicle columns."""
    return SpineModel(replace(TABLES, entries=MappingProxyType(entries)), replace(MODEL.fascicle_table, **fascicles))


@pytest.fixture(scope="module")
def drawn():
    return list(sample_models(MODEL, COUNT, 5))


def values(models, *key):
    return np.array([model.tables.value(*key) for model in models])


def test_without_spread_all_is_as_in_the_tables():
    still = {name: np.zeros_like(getattr(MODEL.fascicle_table, name)) for name in SDS}
    (model,) = sample_models(model_with({key: replace(entry, sd=0.0) for key, entry in TABLES.entries.items()}, **still), 1, 0)
    cases = [(Subject(), Posture(), Load()), (Subject(sex="female", disc_grade={"L4-L5": 3}), Posture(flexion_deg=30.0), Load(mass_kg=5.0))]
    for case in cases:
        sampled, nominal = solve(model, *case), solve(MODEL, *case)
        for name in VARIABLES:
            np.testing.assert_array_equal(getattr(sampled, name), getattr(nominal, name), err_msg=name, strict=True)


def test_moments_of_the_draws_are_those_of_the_tables(drawn):
    """What follows other draws is left out: it has their spread besides."""
    free = [
        key
        for key in Sampler(MODEL).keys
        if key[0] not in ("rhythm", "sharing", "mass") and key[2] not in ("cubic_sagittal", "resting_tone")
    ]
    table = np.array([[model.tables.drawn[key] for key in free] for model in drawn])
    at_bound = np.array([TABLES.entries[key].value == law_of(key, TABLES.entries[key]).lower for key in free])
    mean, sd = (np.array([getattr(TABLES.entries[key], name) for key in free]) for name in ("value", "sd"))
    # In units of their own scatter over samples of this size.
    off, ratio = (table.mean(axis=0) - mean) / (sd / np.sqrt(COUNT)), table.std(axis=0) / sd
    assert np.abs(off[~at_bound]).max() < 4.5
    assert np.abs(off[~at_bound].mean()) < 0.3
    assert np.median(ratio[~at_bound]) == pytest.approx(1.0, abs=0.02)
    assert ratio[~at_bound].min() > 0.8
    assert ratio[~at_bound].max() < 1.6
    assert len(free) > 350


def test_sums_are_kept(drawn):
    for axis in ("flexion", "lateral", "axial"):
        total = sum(values(drawn, "rhythm", j, f"{axis}_share") for j in JOINTS)
        np.testing.assert_allclose(total, 1.0, atol=2e-6)
    parts = [key for key in TABLES.entries if key[2] == "mass_percent"]
    body = sum(values(drawn, *key) * (2.0 if key[1] in LIMBS else 1.0) for key in parts)
    np.testing.assert_allclose(body, sum(TABLES.value(*key) * (2.0 if key[1] in LIMBS else 1.0) for key in parts), rtol=1e-12)
    assert body[0] == pytest.approx(100.0, abs=0.01)
    assert values(drawn, "mass", "T6", "mass_percent").std() > 0.1


def test_the_disc_stays_convex_and_keeps_the_spread_of_its_cubic(drawn):
    c, k, q = (values(drawn, "disc_law", "L4-L5", n) for n in ("cubic_sagittal", "bending_stiffness_sagittal", "quartic_sagittal"))
    assert (c**2 < 3.0 * k * q).all()
    entry = TABLES.entries["disc_law", "L4-L5", "cubic_sagittal"]
    assert c.mean() == pytest.approx(entry.value, abs=4.0 * entry.sd / np.sqrt(COUNT))
    # Convexity cuts the tail of large constants off, where they go with a small K or q.
    assert c.std() == pytest.approx(entry.sd, rel=0.25)


def test_a_cubic_without_spread_follows_what_it_must_stay_below():
    key = ("disc_law", "L4-L5", "cubic_sagittal")
    model = model_with({**TABLES.entries, key: replace(TABLES.entries[key], sd=0.0)})
    names = ("cubic_sagittal", "bending_stiffness_sagittal", "quartic_sagittal")
    law = [[m.tables.value("disc_law", "L4-L5", n) for n in names] for m in sample_models(model, 5, 0)]
    nominal = [TABLES.value("disc_law", "L4-L5", n) for n in names]
    np.testing.assert_allclose(
        [c / np.sqrt(3.0 * k * q) for c, k, q in law], nominal[0] / np.sqrt(3.0 * nominal[1] * nominal[2]), rtol=1e-12
    )


def test_softer_levels_turn_further(drawn):
    share, factor = values(drawn, "rhythm", "L5-S1", "flexion_share"), values(drawn, "sharing", "L5-S1", "flexion_factor")
    assert np.corrcoef(np.log(share), np.log(factor))[0, 1] < -0.7
    height = values(drawn, "discs", "L5-S1", "height") / values(drawn, "discs", "L1-L2", "height")
    assert np.corrcoef(height, share)[0, 1] > 0.1


def test_tonic_force_has_the_spread_of_the_tone(drawn):
    force = np.array([model.fascicle_table.peak_force.sum() for model in drawn]) * values(
        drawn, "muscle_law", "stress", "active_stress_factor"
    )
    tonic = force * values(drawn, "muscle_law", "tone", "resting_tone")
    entry = TABLES.entries["muscle_law", "tone", "resting_tone"]
    assert tonic.std() / tonic.mean() == pytest.approx(entry.sd / entry.value, rel=0.15)
    assert np.corrcoef(tonic, force)[0, 1] == pytest.approx(0.0, abs=0.15)


def compressed_facet_force(spine, j, force):
    """Force on one facet of joint ``j`` under pure compression, rotations held."""
    work, x = scratch(), np.zeros(3)
    kinematics.prescribe(spine, np.zeros(3), np.zeros(3), np.zeros(2), work)
    kinematics.orient(spine, work)
    joint.prepare(spine, j, work)
    for _ in range(2000):
        joint.passive_force(spine, j, x, work)
        rest = np.array([0.0, -force, 0.0]) - work.joint_force[j]
        if np.abs(rest).max() < 1e-9:
            break
        step = np.linalg.solve(work.joint_stiffness[j], rest)
        x += step * min(1.0, 2e-4 / max(float(np.linalg.norm(step)), 1e-12))
    gaps = work.facet_offset[j, 0] + x @ work.facet_normal[j, 0]
    return sum(contact(g, k, spine.facet_smoothing[j])[0] for g, k in zip(gaps, spine.facet_stiffness[j, 0], strict=True))


def test_every_facet_carries_its_drawn_force_under_the_calibration_load(drawn):
    for model in drawn[:12]:
        spine = model.pack(Subject())
        for j, level in enumerate(JOINTS):
            wanted = model.tables.value("calibration", level, "facet_force")
            assert compressed_facet_force(spine, j, 500.0) == pytest.approx(wanted, abs=1e-5)


def test_forces_that_hardly_follow_the_gap_are_found_too():
    """Far beyond what is drawn, where Newton's method jumps to and fro."""
    from spinesim.analysis.reference_fit import GapFit

    forces = {("calibration", level, "facet_force"): 190.0 for level in LEVELS}
    model = MODEL.with_draw(forces, MODEL.fascicle_table)
    gaps = GapFit(model).gaps(model.tables)
    spine = model.with_draw(forces | {("facets", k, "gap"): g for k, g in gaps.items()}, MODEL.fascicle_table).pack(Subject())
    assert [compressed_facet_force(spine, j, 500.0) for j in range(6)] == pytest.approx([190.0] * 6, abs=1e-4)


def test_facet_forces_of_the_levels_vary_together(drawn):
    force = np.log([[model.tables.value("calibration", level, "facet_force") for level in LEVELS] for model in drawn])
    assert np.corrcoef(force.T).min() > 0.9
    gap = np.array([[model.tables.value("facets", level, "gap") for level in LEVELS] for model in drawn])
    assert np.isfinite(gap).all()
    assert (gap.std(axis=0) > 0.1).all()


def test_the_first_samples_do_not_depend_on_how_many_follow(drawn):
    for few, many in zip(sample_models(MODEL, 3, 5), drawn, strict=False):
        assert dict(few.tables.drawn) == dict(many.tables.drawn)
        np.testing.assert_array_equal(few.pack(Subject()).tobytes(), many.pack(Subject()).tobytes())
    (other,) = sample_models(MODEL, 1, 6)
    assert dict(other.tables.drawn) != dict(drawn[0].tables.drawn)


def test_strength_is_shared_in_thirds():
    sampler, random = FascicleSampler(MODEL), np.random.default_rng(8)
    table = MODEL.fascicle_table
    pulls = table.peak_force[: sampler.count] > 0.0  # the transversus has no path and no force of its own
    force = np.log(sampler.draw(random.standard_normal((3000, sampler.width)))[0].peak_force[:, pulls])
    groups = np.array(MODEL.groups[: sampler.count])[pulls]
    correlation = np.corrcoef(force.T)
    same = groups[:, None] == groups
    np.fill_diagonal(correlation, np.nan)
    assert np.nanmean(correlation[same]) == pytest.approx(2.0 / 3.0, abs=0.03)
    assert np.nanmean(correlation[~same]) == pytest.approx(1.0 / 3.0, abs=0.03)
    strength = np.exp(force)
    np.testing.assert_allclose(strength.std(axis=0) / table.peak_force_sd[: sampler.count][pulls], 1.0, atol=0.15)
    np.testing.assert_allclose(strength.mean(axis=0) / table.peak_force[: sampler.count][pulls], 1.0, atol=0.05)


def test_nothing_is_stretched_in_standing(drawn):
    """Fibres of the drawn paths, in the table posture, are at most at their optimum, and tendons have a length."""
    n = len(MODEL.fascicles) // 2
    for model in drawn[:40]:
        t = model.fascicle_table
        same = t.owner[1:] == t.owner[:-1]
        length = np.bincount(t.owner[1:][same], np.linalg.norm(np.diff(t.position, axis=0), axis=1)[same], 2 * n)[:n]
        has_path = length > 0.0
        fibre = (length - t.tendon_length[:n])[has_path] / (t.fibre_length[:n] * np.cos(np.radians(t.pennation[:n])))[has_path]
        assert fibre.max() <= 1.0 + 1e-12
        assert fibre.min() > 0.35
        assert t.tendon_length[:n][has_path].min() >= 5.0 - 1e-9
        np.testing.assert_array_equal(t.position[: len(t.position) // 2] * [1, 1, -1], t.position[len(t.position) // 2 :])


def test_a_zero_of_rotation_is_where_nothing_is_stretched():
    """With the zero at 12 degrees of flexion, a spine flexed by 12 degrees holds its discs and strands as the table posture did."""
    model = MODEL.with_draw({("calibration", "lumbar", "rotation_zero"): 12.0}, MODEL.fascicle_table)
    spine, nominal, w, v = model.pack(Subject()), person(), scratch(), scratch()
    for who, work, flexion in ((spine, w, 12.0), (nominal, v, 0.0)):
        kinematics.prescribe(who, np.zeros(3), np.radians([flexion, 0.0, 0.0]), np.zeros(2), work)
        kinematics.orient(who, work)
        for j in range(6):
            joint.prepare(who, j, work)
    np.testing.assert_allclose(w.disc_rotation, 0.0, atol=1e-15)
    for j in range(6):
        # Seen from the lower vertebra, upper attachments are where they were.
        for name in ("strand_upper", "facet_point", "tip_point"):
            table = getattr(nominal, name)[j]
            np.testing.assert_allclose(getattr(w, name)[j] @ w.half[j].T, table, atol=1e-15, err_msg=name)
    for j in range(6):
        joint.prepare(spine, j, w)
    kinematics.prescribe(spine, np.zeros(3), np.zeros(3), np.zeros(2), w)
    kinematics.orient(spine, w)
    joint.prepare(spine, 1, w)
    joint.passive_force(spine, 1, np.zeros(3), w)
    assert w.disc_moment[1, 2] > 0.5, "upright the discs are bent backwards and push forward"


def test_a_given_slope_is_kept_and_an_open_one_varies(drawn):
    open_, given = (
        np.array([model.pack(subject).hip[0, 0] for model in drawn[:30]]) for subject in (Subject(), Subject(sacral_slope_deg=44.0))
    )
    assert open_.std() > 1.3 * given.std()


def test_an_impossible_row_is_named():
    entries = dict(TABLES.entries)
    key = ("mass", "forearm", "com_share")
    entries[key] = replace(entries[key], sd=0.6)
    with pytest.raises(ValueError, match=r"mass\.csv: forearm com_share: no share of 0\.43"):
        Sampler(model_with(entries))


def test_a_table_of_correlations_is_honoured(tmp_path):
    folder = tmp_path / "adult"
    shutil.copytree(data_dir("geometry") / "adult", folder)
    head = "table,item,parameter,other_table,other_item,other_parameter,correlation\n"
    (folder / "correlations.csv").write_text(head + "disc_law,L4-L5,preload_stiffening,ligaments,FC,stiffness,0.9\n")
    models = list(sample_models(SpineModel.load(folder), COUNT, 1))
    a, b = values(models, "disc_law", "L4-L5", "preload_stiffening"), values(models, "ligaments", "FC", "stiffness")
    assert np.corrcoef(np.log(a), np.log(b))[0, 1] == pytest.approx(0.9, abs=0.03)
