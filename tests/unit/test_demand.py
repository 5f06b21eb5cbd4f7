"""Tasks and what they ask: signs, sides, peaks, the dynamic factor, and what is not solved."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from affine import equal

import spinesim as ss
from spinesim.analysis import demand
from spinesim.analysis.demand import FOLLOW_LOAD, Demands, Task, demands, exercise_task, flexion_share, outside
from spinesim.analysis.exercise import mirrored_load, mirrored_posture
from spinesim.model.load import Load
from spinesim.model.posture import Posture

MODEL = ss.SpineModel.default()
WOMAN = ss.Subject(mass_kg=65.0, stature_m=1.65, sex="female", age_years=42.0)
HINGE = Task(name="hip_hinge", frames=(ss.preset("hip_hinge"),), dynamic_factor=1.0)


@pytest.fixture
def answers(monkeypatch, make_solution):
    """Random answers in the place of the solver's, with what was asked for."""
    asked = []

    def solve(model, subject, postures, loads):
        asked.extend(zip(postures, loads, strict=True))
        found = make_solution(len(postures), seed=3)
        return replace(found, moment_Nm=found.moment_Nm - 250.0)

    monkeypatch.setattr(demand, "solve_batch", solve)
    names = [(f, g) for f, g in zip(*_names(make_solution), strict=True)]
    movers = dict.fromkeys((g, f.rsplit("_", 1)[1]) for f, g in names)
    member = np.array([[(g, f.rsplit("_", 1)[1]) == mover for mover in movers] for f, g in names], float)
    monkeypatch.setattr(demand, "_groups", lambda model, bounds: (member / member.sum(axis=0), np.full(len(names), 1.0)))
    return asked, make_solution


def _names(make_solution):
    found = make_solution(1)
    return found.fascicles, found.groups


def test_signs_sides_and_order(answers):
    asked, make_solution = answers
    task = replace(HINGE, frames=(Posture(), Posture(flexion_deg=30.0)), phases=("up", "down"))
    found = demands(MODEL, WOMAN, task, [0.0, 2.0, 4.0])
    assert [(p.flexion_deg, load.mass_kg) for p, load in asked] == [(f, kg) for kg in (0.0, 2.0, 4.0) for f in (0.0, 30.0)]
    want = make_solution(6, seed=3)
    assert np.array_equal(found.compression_N.reshape(6, 6), want.disc_compression_N)
    assert np.array_equal(found.net_compression_N.reshape(6, 6), want.compression_N)
    assert np.array_equal(found.anterior_shear_N.reshape(6, 6), want.anterior_shear_N)
    assert np.array_equal(found.flexion_moment_Nm.reshape(6, 6), 250.0 - want.moment_Nm[..., 2])
    assert np.array_equal(found.torsion_Nm.reshape(6, 6), np.abs(want.moment_Nm[..., 1] - 250.0))
    assert np.array_equal(found.facet_force_N.reshape(6, 6), want.facet_force_N.max(axis=-1))
    assert np.array_equal(found.facet_peak_MPa.reshape(6, 6), want.facet_peak_MPa.max(axis=-1))
    assert np.array_equal(found.pressure_MPa.reshape(6, 6), want.intradiscal_pressure_MPa)
    assert np.array_equal(found.ligament_tension_N.reshape(6, 6, 7), want.ligament_tension_N)
    # Two fascicles of multifidus on each side; every other group has one.
    single = want.activation[:, [4, 5, 6, 7, 8, 9, 10, 11]].max(axis=1)
    pairs = np.maximum(want.activation[:, [0, 2]].mean(axis=1), want.activation[:, [1, 3]].mean(axis=1))
    assert found.activation.ravel() == pytest.approx(np.maximum(single, pairs))
    assert found.converged.all()
    assert not found.strength_exceeded.any()
    assert found.flexion_share.tolist() == [[0.0, 0.5]] * 3


def test_the_dynamic_factor_is_on_what_follows_the_load(answers):
    one = demands(MODEL, WOMAN, HINGE, [0.0, 2.0])
    more = demands(MODEL, WOMAN, replace(HINGE, dynamic_factor=1.5), [0.0, 2.0])
    assert equal(more, one.times(1.5))
    for f in fields(Demands):
        factor = 1.5 if f.name in FOLLOW_LOAD else 1.0
        if getattr(one, f.name).dtype.kind == "f":
            assert np.array_equal(getattr(more, f.name), factor * getattr(one, f.name)), f.name
    assert {"flexion_moment_Nm", "ligament_tension_N"}.isdisjoint(FOLLOW_LOAD)


def test_activation_is_over_what_a_muscle_may_do(answers, monkeypatch):
    full = demands(MODEL, WOMAN, HINGE, [0.0])
    members, capacity = demand._groups(MODEL, ())
    monkeypatch.setattr(demand, "_groups", lambda model, bounds: (members, 0.5 * capacity))
    assert demands(MODEL, WOMAN, HINGE, [0.0]).activation == pytest.approx(2.0 * full.activation)


@pytest.mark.parametrize("name", ["hip_hinge", "reach", "step_up", "suitcase_carry", "bird_dog"])
def test_an_exercise_whose_sides_alternate_is_asked_on_both(name):
    exercise = ss.exercise(name)
    once, task = (exercise_task(MODEL, WOMAN, asked) for asked in (replace(exercise, sides="right"), exercise))
    mirrored, kg = exercise.sides == "alternating", 4.0 * (exercise.place != "none")
    assert task.frames == once.frames + tuple(map(mirrored_posture, once.frames)) * mirrored
    assert task.loads_at(kg) == once.loads_at(kg) + list(map(mirrored_load, once.loads_at(kg))) * mirrored
    assert task.dynamic_factor == 1.0


def test_outside_the_validated_range_nothing_is_solved(answers):
    asked, _ = answers
    found = demands(MODEL, WOMAN, HINGE, [0.0, 9.0, 15.0, 30.0])
    assert len(asked) == 2
    assert found.validated.ravel().tolist() == found.converged.ravel().tolist() == [True, True, False, False]
    assert np.isnan(found.compression_N[2:]).all()
    assert np.isfinite(found.compression_N[:2]).all()
    assert np.isnan(found.ligament_tension_N[2:]).all()
    assert "case.effort_Nm" in outside(WOMAN, HINGE, 15.0)[0]
    assert outside(WOMAN, HINGE, 0.0) == []
    assert any("load.mass_kg = 30 kg is outside the validated range 0 to 20 kg" in text for text in outside(WOMAN, HINGE, 30.0))
    nothing = demands(MODEL, WOMAN, HINGE, [50.0])
    assert not nothing.validated.any()


def test_steps_and_more_loads(answers):
    found = demands(MODEL, WOMAN, HINGE, [0.0, 2.0, 4.0])
    assert equal(found.step(0).then(found.step(1)).then(found.step(2)), found)
    assert found.step(1).load_kg.tolist() == [2.0]


@pytest.mark.parametrize(
    ("place", "load"),
    [
        ("both", Load(mass_kg=3.0)),
        ("left", Load(mass_kg=3.0, hands="left")),
        ("right", Load(mass_kg=3.0, hands="right")),
        ("back", Load(backpack_kg=3.0)),
    ],
)
def test_where_the_load_is(place, load):
    assert replace(HINGE, place=place).loads_at(3.0) == [load]
    assert replace(HINGE, place=place, frames=(Posture(),) * 3).loads_at(3.0) == [load] * 3


def test_a_task_without_a_place_and_one_with_its_own_loads():
    none = replace(HINGE, place="none")
    assert none.loads_at(0.0) == [Load()]
    with pytest.raises(ValueError, match=r"load_kg = 1: the task hip_hinge has no place for a load"):
        none.loads_at(1.0)
    own = replace(HINGE, loads=lambda kg: [Load(mass_kg=kg, push_N=2.0 * kg)])
    assert own.loads_at(3.0) == [Load(mass_kg=3.0, push_N=6.0)]


def test_what_a_task_refuses():
    with pytest.raises(ValueError, match=r"task.place: 'boht' is unknown.*did you mean 'both'"):
        replace(HINGE, place="boht")
    with pytest.raises(ValueError, match=r"task.dynamic_factor = 0.9 is outside the range 1 to 3"):
        replace(HINGE, dynamic_factor=0.9)
    with pytest.raises(TypeError, match=r"task.dynamic_factor: .* is not one number"):
        replace(HINGE, dynamic_factor=[1.0, 1.1])
    with pytest.raises(ValueError, match=r"task.frames: there is no posture"):
        replace(HINGE, frames=())
    with pytest.raises(ValueError, match=r"task.phases: 2 names for 1 frames"):
        replace(HINGE, phases=("up", "down"))
    assert Task(name="x", frames=(Posture(),)).dynamic_factor == 1.2
    assert HINGE.phase(0) == "hip_hinge"
    assert replace(HINGE, frames=(Posture(),) * 2, phases=("up", "down")).phase(1) == "down"


def test_flexion_share():
    assert flexion_share(MODEL, Posture(flexion_deg=30.0)) == 0.5
    assert flexion_share(MODEL, Posture(flexion_deg=30.0), 40.0) == 0.75
    with pytest.raises(ValueError, match=r"max_flexion_deg = 10 deg is outside the range 20 to 75"):
        flexion_share(MODEL, Posture(), 10.0)


def test_capacity_counts_the_bound_of_a_muscle():
    free, capacity = demand._groups(MODEL, ())
    _, bound = demand._groups(MODEL, (("multifidus", 0.5), ("longissimus_lumborum", 0.0)))
    groups = np.array(MODEL.groups)
    assert (capacity == 1.0).all()
    assert set(bound[groups == "multifidus"]) == {0.5}
    # A muscle that may not work is not at the end of its strength.
    assert set(bound[groups == "longissimus_lumborum"]) == {1.0}
    assert free.sum(axis=0) == pytest.approx(1.0)
    assert not free[groups == "transversus_abdominis"].any()
    assert (free[groups != "transversus_abdominis"].sum(axis=1) > 0.0).all()


def test_real_answers_have_the_signs_that_tissues_feel():
    found = demands(MODEL, WOMAN, replace(HINGE, frames=(ss.preset("bent_forward_60"), ss.preset("standing"))), [0.0, 5.0])
    assert found.converged.all()
    assert (found.compression_N > 300.0).all()
    # Bent, passive tissue is in flexion; standing it is near its zero.
    assert (found.flexion_moment_Nm[:, 0, :5] > 5.0).all()
    assert (np.abs(found.flexion_moment_Nm[:, 1]) < 3.0).all()
    assert (found.compression_N[1] > found.compression_N[0]).all()
    assert (found.anterior_shear_N[:, 0, 4] > 200.0).all()
    assert ((found.activation > 0.0) & (found.activation < 1.0)).all()


def test_drawn_models_have_an_axis_of_their_own(monkeypatch, make_solution):
    drawn = []

    def solve(model, subject, cases, samples, seed, first):
        drawn.append((cases, seed))
        return make_solution((samples - first) * len(cases))

    monkeypatch.setattr(demand, "solve_drawn", solve)
    monkeypatch.setattr(demand, "_groups", lambda model, bounds: (np.ones((12, 1)) / 12, np.ones(12)))
    found = demands(MODEL, WOMAN, HINGE, [0.0, 5.0, 15.0], samples=4, seed=9)
    assert found.compression_N.shape == (4, 3, 1, 6)
    assert demands(MODEL, WOMAN, HINGE, [0.0], samples=4, seed=9, first=3).compression_N.shape == (1, 1, 1, 6)
    demands(MODEL, WOMAN, HINGE, [0.0], samples=1)
    assert [(len(cases), seed) for cases, seed in drawn] == [(2, 9), (1, 9), (1, 0)]
    assert np.isfinite(found.compression_N[:, :2]).all()
    assert np.isnan(found.compression_N[:, 2]).all()
    assert found.ligament_tension_N.shape == (4, 3, 1, 6, 7)
    assert found.activation.shape == found.flexion_share.shape == (4, 3, 1)
    assert found.validated[:, :, 0].tolist() == [[True, True, False]] * 4
    want = make_solution(8).disc_compression_N.reshape(4, 2, 6)
    assert np.array_equal(found.compression_N[:, :2, 0], want)
