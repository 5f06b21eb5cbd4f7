"""The Python interface as a user meets it."""

from __future__ import annotations

import dataclasses
import math
import pickle

import numpy as np
import pytest

import spinesim as ss

PERSON = ss.Subject(
    mass_kg=82.0, disc_grade={"L4-L5": 3}, facet_gap_left_mm={"L5-S1": 0.2}, strength={"multifidus": 0.7}, tissue={"facets.gap": 1.1}
)


@pytest.fixture(scope="module")
def model():
    return ss.SpineModel.default()


@pytest.mark.parametrize("part", [ss.Subject(), PERSON, ss.Posture(), ss.preset("sitting_backrest"), ss.Load(mass_kg=5.0, hands="left")])
def test_what_is_solved_can_be_pickled(part):
    again = pickle.loads(pickle.dumps(part))
    assert again == part
    assert type(again) is type(part)


def test_defaults_are_not_shared():
    assert ss.Subject().strength is not ss.Subject().strength


def test_a_solution_can_be_pickled(model):
    answer = ss.solve(model, PERSON, ss.preset("hold_close"), ss.Load(mass_kg=10.0))
    again = pickle.loads(pickle.dumps(answer))
    for field in dataclasses.fields(answer):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(answer, field.name))


def test_a_level_has_its_results(model):
    answer = ss.solve(model, ss.Subject(), ss.Posture(), ss.Load())
    level = answer.level("L4-L5")
    assert level["compression_N"] == answer.compression_N[4]
    assert level["rotation_deg"].shape == (3,)
    with pytest.raises(ValueError, match=r"level: 'L45' is unknown; expected one of T12-L1, .*; did you mean 'L4-L5'\?"):
        answer.level("L45")


def test_hands_out_of_reach_are_a_status_with_a_reason(model):
    far = ss.Posture(hand_position_mm=(900.0, 100.0))
    answers = ss.solve_batch(model, ss.Subject(), [ss.Posture(), far], ss.Load())
    assert [answers.row(i).status_name for i in range(2)] == ["converged", "invalid_input"]
    assert answers.row(0).reason == "all forces and moments balance"
    assert "hands cannot reach posture.hand_position_mm" in ss.solve(model, ss.Subject(), far, ss.Load()).reason
    assert np.isnan(answers.compression_N[1]).all()


def test_what_muscles_could_not_supply_is_in_the_answer(model):
    answer = ss.solve(model, PERSON, ss.preset("hold_arms_length"), ss.Load(mass_kg=60.0))
    assert answer.status_name == "strength_exceeded"
    joints, hips = answer.unmet_joint_moment_Nm, answer.unmet_hip_moment_Nm
    assert answer.unmet_moment_Nm == max(np.abs(joints[:, [0, 2]]).max(), abs(joints[:, 1].sum()), np.abs(hips).max())
    np.testing.assert_allclose(joints[:, 1], joints[0, 1])
    rested = ss.solve(model, PERSON, ss.Posture(), ss.Load())
    assert not rested.unmet_joint_moment_Nm.any()
    assert not rested.unmet_hip_moment_Nm.any()


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"subject": ss.Subject(mass_kg=math.nan)}, "subject.mass_kg = nan kg is outside the computable range"),
        ({"subject": ss.Subject(mass_kg=-70.0)}, "subject.mass_kg = -70 kg"),
        ({"subject": ss.Subject(disc_grade={"L9": 3})}, "subject.disc_grade: 'L9' is unknown; expected one of T12-L1"),
        ({"subject": ss.Subject(strength={"biceps": 1.0})}, "subject.strength: 'biceps' is unknown"),
        ({"subject": ss.Subject(tissue={"facet.gap": 2.0})}, "did you mean 'facets.gap'"),
        ({"posture": ss.Posture(flexion_deg=120.0)}, "posture.flexion_deg = 120 deg"),
        ({"posture": ss.Posture(trunk_inclination_deg=10.0, flexion_deg=5.0)}, "two ways of saying one posture"),
        ({"posture": ss.Posture(support=("wall",))}, "posture.support: 'wall' is unknown"),
        ({"load": ss.Load(mass_kg=math.inf)}, "load.mass_kg = inf kg"),
        ({"load": ss.Load(hands="feet")}, "load.hands: 'feet' is unknown"),  # type: ignore[arg-type]
        ({"exponent": 4.0}, "exponent 4.0 is none of 2, 3"),
        ({"exponent": "2"}, "exponent '2' is none of 2, 3"),
    ],
)
def test_bad_input_is_refused_by_name(model, parts, message):
    given = {"subject": ss.Subject(), "posture": ss.Posture(), "load": ss.Load()} | parts
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        ss.solve(model, **given)


def test_a_batch_reports_progress_and_keeps_its_order(model):
    seen = []
    masses = np.linspace(0.0, 15.0, 130)
    answers = ss.solve_batch(
        model,
        ss.Subject(),
        ss.preset("hold_close"),
        [ss.Load(mass_kg=m) for m in masses],
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen[-1] == (130, 130)
    assert len(answers) == 130
    # From 5 kg on, where the box no longer unloads the back muscles of a person who leans back.
    assert np.all(np.diff(answers.level("L4-L5")["compression_N"][masses > 5.0]) > 0.0)
