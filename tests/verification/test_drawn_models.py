"""Models drawn and packed together: each has the bits that it has alone, however many stand beside it."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pytest
from verification.states import MODEL

from spinesim import Load, Posture, Subject
from spinesim.analysis.drawn import solve_samples
from spinesim.analysis.sampling import BLOCK, Sampler, sample_models
from spinesim.model import cases
from spinesim.model.names import CONVERGED, NOT_CONVERGED
from spinesim.solver.api import settle
from spinesim.solver.variables import VARIABLES

SUBJECTS = {
    "reference": Subject(),
    "small_woman": Subject(mass_kg=52.0, stature_m=1.55, sex="female", age_years=67.0, disc_grade={"L4-L5": 4, "L5-S1": 5}),
    "given_shape": Subject(
        sacral_slope_deg=48.0, lordosis_deg=40.0, facet_angle_left_deg={"L3-L4": 35.0}, facet_gap_right_mm={"L4-L5": 0.4}
    ),
    "held": Subject(
        segment_flexion_deg={"L4-L5": 4.0}, segment_lateral_deg={"L2-L3": -3.0}, segment_rotation_deg={"L5-S1": 5.0},
        segment_slip_mm={"L4-L5": 4.0}, resting_tone=0.02
    ),
    "factors": Subject(
        tissue={"facets.cartilage_stiffness": 2.0, "ligaments.FC.stiffness": 0.5, "scaling.length_stature_exponent": 0.9},
        strength={"psoas_left": 0.5}, max_activation={"multifidus": 0.4}, min_activation={"IL_L1_right": 0.1},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def sampler():
    return Sampler(MODEL)


@pytest.fixture(scope="module")
def numbers(sampler):
    return next(sampler.blocks(BLOCK, 11))


@pytest.fixture(scope="module")
def many(sampler, numbers):
    return sampler.draw(numbers)


@pytest.mark.parametrize("rows", [slice(0, 1), slice(5, 6), slice(0, 2), slice(3, 20), slice(BLOCK - 1, BLOCK)])
def test_a_draw_does_not_depend_on_its_block(sampler, numbers, many, rows):
    few = sampler.draw(numbers[rows])
    np.testing.assert_array_equal(few.scores, many.scores[rows], strict=True)
    for key, values in many.model.tables.drawn.items():
        np.testing.assert_array_equal(few.model.tables.drawn[key], values[rows], err_msg=str(key), strict=True)
    for subject in SUBJECTS.values():
        assert few.model.pack_drawn(subject).tobytes() == many.model.pack_drawn(subject)[rows].tobytes()


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_one_of_many_is_the_model_packed_alone(many, subject):
    packed = many.model.pack_drawn(subject)
    assert len(packed) == BLOCK
    for number in (0, 7, BLOCK - 1):
        assert many.model.one(number).pack(subject).tobytes() == packed[number].tobytes()
    assert packed[0].tobytes() != packed[1].tobytes()


def test_blocks_hold_the_same_samples_however_many_are_asked_for(sampler):
    all_rows = np.concatenate(list(sampler.blocks(2 * BLOCK + 1, 3)))
    assert len(all_rows) == 2 * BLOCK + 1
    np.testing.assert_array_equal(np.concatenate(list(sampler.blocks(BLOCK + 1, 3))), all_rows[: BLOCK + 1], strict=True)
    np.testing.assert_array_equal(
        np.concatenate(list(sampler.blocks(BLOCK + 9, 3, BLOCK - 5, 4))), all_rows[BLOCK - 5 : BLOCK + 9], strict=True
    )
    last = list(sample_models(MODEL, BLOCK + 1, 3))[-1]
    assert dict(last.tables.drawn) == dict(sampler.draw(all_rows[BLOCK : BLOCK + 1]).model.one(0).tables.drawn)


def test_cases_of_drawn_models_are_those_of_each(many):
    """The rhythm splits an inclination in another way in every model."""
    asked = [
        (Posture(trunk_inclination_deg=37.0, knee_flexion_deg=20.0), Load(mass_kg=8.0, hands="left")),
        (Posture(flexion_deg=20.0, pelvic_tilt_deg=5.0, support=("backrest",)), Load()),
        (Posture(trunk_inclination_deg=250.0, lateral_deg=4.0), Load(backpack_kg=5.0)),
    ]
    together = cases.pack_drawn(many.model.tables, asked, BLOCK).reshape(BLOCK, len(asked))
    for number in (0, 9, BLOCK - 1):
        alone = cases.pack(many.model.one(number).tables, np.full(len(asked), number), *map(list, zip(*asked, strict=True)))
        assert alone.tobytes() == together[number].tobytes()
    assert np.ptp(together["lumbar"][:, 0, 0]) > 0.05
    assert np.ptp(together["lumbar"][:, 1, 0]) == 0.0


def test_an_inclination_is_split_as_by_linear_interpolation():
    keys = [key for key in MODEL.tables.entries if key[1].startswith("inclination_")]
    known = {int(key[1].removeprefix("inclination_")): MODEL.tables.value(*key) for key in keys}
    asked = np.array([-200.0, -31.0, 0.0, 3.0, *known, 77.0, 400.0])
    tilt, flexion = cases.trunk_angles(MODEL.tables, Posture(trunk_inclination_deg=asked))
    shares = np.interp(np.abs(asked), sorted(known), [known[k] for k in sorted(known)])
    np.testing.assert_allclose(flexion, shares * asked, rtol=1e-14)
    np.testing.assert_allclose(tilt + flexion, asked, rtol=1e-14)


def test_persons_settle_the_same_alone(many):
    people = many.model.pack_drawn(Subject())
    alone = many.model.one(4).pack_drawn(Subject())
    assert settle(MODEL, people[:6]).all()
    settle(MODEL, alone)
    assert alone[0].tobytes() == people[4].tobytes()
    assert np.abs(alone.settled).max() > 1e-5


def test_models_packed_together_have_the_same_strands():
    key = ("ligaments", "ALL", "strands")
    more = MODEL.with_draw({key: np.array([3.0, 4.0])}, MODEL.fascicle_table)
    with pytest.raises(ValueError, match=r"ligaments ALL strands: models that are packed together have \[3\.0, 4\.0\]"):
        more.pack_drawn(Subject())
    assert len(MODEL.with_draw({key: np.array([3.0, 3.0])}, MODEL.fascicle_table).pack_drawn(Subject())) == 2


def test_every_case_is_solved_with_every_model_in_order(sampler):
    asked = [(Posture(), Load()), (Posture(flexion_deg=20.0), Load(mass_kg=4.0))]
    done = []
    both = solve_samples(MODEL, Subject(), asked, BLOCK + 2, 3, threads=2, progress=lambda *count: done.append(count))
    one = solve_samples(MODEL, Subject(), asked[1:], BLOCK + 2, 3, threads=1)
    for name in VARIABLES:
        np.testing.assert_array_equal(both.records[name][1::2], one.records[name], err_msg=name, strict=True)
    np.testing.assert_array_equal(both.scores, one.scores, strict=True)
    some = solve_samples(MODEL, Subject(), asked[1:], BLOCK + 2, 3, first=BLOCK - 6)
    for name in VARIABLES:
        np.testing.assert_array_equal(some.records[name], one.records[name][BLOCK - 6 :], err_msg=name, strict=True)
    assert both.keys == one.keys
    assert done[-1] == (BLOCK + 2, BLOCK + 2)


def test_a_sample_without_an_answer_is_not_solved_further():
    bent, heavy = (Posture(flexion_deg=20.0), Load()), (Posture(trunk_inclination_deg=60.0), Load(mass_kg=30.0))
    alone = solve_samples(MODEL, Subject(), [heavy], 20, 3).records
    both = solve_samples(MODEL, Subject(), [heavy, bent], 20, 3).records.reshape(20, 2)
    np.testing.assert_array_equal(both["status"][:, 0], alone["status"])
    failed = alone["status"] != CONVERGED
    assert 0 < failed.sum() < 20
    assert (both["status"][failed, 1] == NOT_CONVERGED).all()
    assert (both["status"][~failed, 1] == CONVERGED).all()
    assert np.isnan(both["compression_N"][failed]).all()
    assert np.isfinite(both["compression_N"][~failed]).all()


def test_drawn_tables_are_left_alone(many):
    drawn = many.model.tables.drawn
    assert isinstance(drawn, MappingProxyType)
    before = {key: values.copy() for key, values in drawn.items()}
    many.model.pack_drawn(SUBJECTS["factors"])
    assert all((before[key] == drawn[key]).all() for key in before)
