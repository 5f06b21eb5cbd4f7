"""The map: every cell is the answer to its own question, and what cannot vary is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from affine import LIFT, MAN, MODEL, NEAR, WELL, ask

from spinesim.analysis.keys import UnknownKeyError
from spinesim.analysis.safe_load_map import safe_load_map
from spinesim.analysis.tolerance import Findings
from spinesim.model.posture import Posture


def made(x, y=("subject.stature_m", [1.8]), task=NEAR, findings=WELL, subject=MAN, **told):
    return safe_load_map(MODEL, subject, findings, task, x, y, **({"daily_loadings": 50.0} | told))


def posed(task=NEAR, **change):
    return replace(task, frames=(replace(task.frames[0], **change),))


GRADED = replace(MAN, disc_grade={"L4-L5": 3})
HANDS = replace(LIFT, frames=(Posture(hand_position_mm=(300.0, -100.0)),))


@pytest.mark.parametrize(
    ("key", "numbers", "asked"),
    [
        ("dynamic_factor", [1.0, 1.4], lambda v: {"task": replace(NEAR, dynamic_factor=v)}),
        ("daily_loadings", [100.0, 101.0], lambda v: {"daily_loadings": v}),
        ("reps", [50.0, 51.0], lambda v: {"reps": v}),
        ("max_flexion_deg", [30.0, 60.0], lambda v: {"max_flexion_deg": v}),
        ("subject.age_years", [30.0, 70.0, 85.0], lambda v: {"subject": replace(MAN, age_years=v)}),
        ("subject.disc_grade.L4-L5", [1, 4], lambda v: {"findings": replace(WELL, disc_grade={"L4-L5": int(v)})}),
        ("posture.flexion_deg", [0.0, 20.0], lambda v: {"task": posed(flexion_deg=v)}),
        ("posture.upper_arm_deg", [0.0, 80.0], lambda v: {"task": posed(upper_arm_deg=(v, v))}),
        ("posture.upper_arm_deg.left", [0.0, 80.0], lambda v: {"task": posed(upper_arm_deg=(v, 0.0))}),
        ("posture.upper_arm_deg.right", [0.0, 80.0], lambda v: {"task": posed(upper_arm_deg=(0.0, v))}),
    ],
)
def test_a_cell_is_the_answer_to_its_question(solver, key, numbers, asked):
    solver()
    found = made((key, numbers))
    assert found.modelled_limit_kg.shape == found.outcome.shape == (1, len(numbers))
    for cell, number in zip(found.cells, numbers, strict=True):
        want = ask(**asked(float(number)))
        assert (cell.outcome, cell.modelled_limit_kg, cell.why, cell.refused) == (
            want.outcome,
            want.modelled_limit_kg,
            want.why,
            want.refused,
        )
        assert cell.what_would_change == ()


def test_rows_are_of_y_and_columns_of_x(solver):
    solver()
    done = []
    found = made(("dynamic_factor", [1.0, 1.2, 3.0]), ("subject.age_years", [30.0, 84.0]), progress=lambda *told: done.append(told))
    assert (found.x.tolist(), found.y.tolist()) == ([1.0, 1.2, 3.0], [30.0, 84.0])
    assert found.outcome.tolist() == [["limit", "limit", "no"], ["refused"] * 3]
    assert np.isfinite(found.modelled_limit_kg).tolist() == [[True, True, False], [False] * 3]
    assert found.modelled_limit_kg[0, 1] == ask(task=replace(NEAR, dynamic_factor=1.2)).modelled_limit_kg
    assert found.basis[:, 0].tolist() == ["tolerance", ""]
    assert done == [(number, 6) for number in range(1, 7)]


def test_grades_that_were_known_stay(solver):
    solver()
    found = made(("subject.disc_grade.L5-S1", [2.0]), subject=GRADED, findings=Findings())
    want = ask(findings=Findings(disc_grade={"L4-L5": 3, "L5-S1": 2}))
    assert found.cells[0].exceedance == {**want.exceedance}
    told = made(("subject.disc_grade.L5-S1", [2.0]), findings=Findings(disc_grade={"L4-L5": 3}))
    assert told.cells[0].exceedance == found.cells[0].exceedance
    assert made(("subject.disc_grade.L5-S1", [2.0]), findings=Findings()).cells[0].exceedance != found.cells[0].exceedance


def test_each_part_of_a_position_varies_alone(solver, monkeypatch):
    solve, seen = solver(), []

    def watch(model, subject, task, *args, **told):
        seen.append(task.frames[0].hand_position_mm)
        return solve(model, subject, task, *args, **told)

    monkeypatch.setattr("spinesim.analysis.safe_load.demands", watch)
    made(("posture.hand_position_mm.anterior", [400.0]), ("posture.hand_position_mm.superior", [-50.0, 50.0]), task=HANDS)
    assert list(dict.fromkeys(seen)) == [(400.0, -50.0), (400.0, 50.0)]


@pytest.mark.parametrize(
    ("key", "task", "words"),
    [
        ("subject.sex", NEAR, "expected a number of subject. or posture., or one of dynamic_factor, daily_loadings"),
        ("posture.stance", NEAR, "expected a number of subject. or posture."),
        ("load.mass_kg", NEAR, "expected a number of subject. or posture."),
        ("subject.sax", NEAR, "did you mean 'subject.sex'"),
        ("posture.flexion_deg", replace(NEAR, frames=NEAR.frames * 2), "lift has more than one posture"),
        ("posture.hand_position_mm.anterior", NEAR, "lift does not tell the position of the hands"),
    ],
)
def test_what_cannot_vary_is_refused(solver, key, task, words):
    solver()
    with pytest.raises(UnknownKeyError, match=words):
        made((key, [1.0]), task=task)


def test_a_subject_varies_in_an_exercise_too(solver):
    solver()
    frames = replace(NEAR, frames=NEAR.frames * 2)
    assert made(("subject.age_years", [40.0]), task=frames).outcome.tolist() == [["limit"]]


def test_the_size_of_a_body_is_in_the_accelerations_of_an_exercise(solver):
    solver()
    moving = replace(NEAR, of=lambda subject: posed(upper_arm_deg=(0.2 * subject.mass_kg, 0.0)))
    found = made(("subject.mass_kg", [60.0, 100.0]), ("dynamic_factor", [1.2]), task=moving)
    for cell, kg in zip(found.cells, (60.0, 100.0), strict=True):
        want = ask(subject=replace(MAN, mass_kg=kg), task=posed(replace(NEAR, dynamic_factor=1.2), upper_arm_deg=(0.2 * kg, 0.0)))
        assert cell.modelled_limit_kg == want.modelled_limit_kg
    assert found.cells[0].modelled_limit_kg > found.cells[1].modelled_limit_kg


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (("reps", [1.0]), ("reps", [2.0]), "map: reps stands twice"),
        (("reps", []), ("dynamic_factor", [1.0]), "map: 0 x 1 cells; expected 1 to 2500"),
        (("reps", [1.0]), ("dynamic_factor", []), "map: 1 x 0 cells"),
        (("reps", np.ones(2501)), ("dynamic_factor", [1.0]), "map: 2501 x 1 cells; expected 1 to 2500"),
        (("reps", np.ones(51)), ("dynamic_factor", np.ones(50)), "map: 51 x 50 cells"),
        (("subject.disc_grade.L4-L5", [2.0, 2.7]), ("dynamic_factor", [1.0]), "map: subject.disc_grade.L4-L5 = 2.7 is not a whole number"),
    ],
)
def test_maps_that_are_refused(solver, x, y, words):
    solver()
    with pytest.raises(ValueError, match=words):
        made(x, y)


def test_the_largest_map_there_may_be(solver, monkeypatch):
    solver()
    monkeypatch.setattr("spinesim.analysis.safe_load_map.MOST_CELLS", 4)
    assert len(made(("reps", [1.0, 2.0]), ("dynamic_factor", [1.0, 1.2])).cells) == 4
    with pytest.raises(ValueError, match="expected 1 to 4"):
        made(("reps", np.arange(5.0)))
