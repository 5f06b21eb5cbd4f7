"""What is drawn stands where the solver had it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from spinesim import Load, Posture, SpineModel, Subject, solve
from spinesim.mechanics import kinematics
from spinesim.mechanics.ligaments import strand
from spinesim.model import cases as packing
from spinesim.model.layout import stack
from spinesim.model.names import JOINTS, LEVELS
from spinesim.solver import api
from spinesim.solver.api import run, to_solution
from spinesim.solver.path import begin, follow
from spinesim.solver.placement import Placer
from spinesim.solver.recruitment import SQUARE
from spinesim.solver.workspace import allocate

MODEL = SpineModel.default()
ASYMMETRIC = Subject(mass_kg=82.0, stature_m=1.79, disc_grade={"L4-L5": 3}, segment_lateral_deg={"L2-L3": 0.5})
CASES = {
    "lifting": (Subject(), Posture(trunk_inclination_deg=50.0, upper_arm_deg=(50.0, 50.0)), Load(mass_kg=12.0)),
    "twisted": (ASYMMETRIC, Posture(flexion_deg=15.0, lateral_deg=10.0, rotation_deg=8.0, pelvic_tilt_deg=10.0), Load(5.0, "left")),
    "reaching": (Subject(sex="female", mass_kg=61.0, stature_m=1.63), Posture(hand_position_mm=(450.0, 250.0)), Load(mass_kg=3.0)),
}


def solved(subject, posture, load):
    """Solution of a case and the scratch in which it was solved."""
    person = api.settled_person(MODEL, api.Person(repr(subject), subject))
    cases = packing.pack(MODEL.tables, np.zeros(1, np.int64), [posture], [load])
    out, work = run(MODEL, stack([person]), cases, SQUARE), allocate(person, MODEL.topology)
    begin(work)
    follow(person, MODEL.topology, cases[0], SQUARE, work)
    kinematics.locate_points(person, MODEL.topology, work)
    return to_solution(MODEL, out, np.ones(1, np.int32)).row(0), work


@pytest.fixture(scope="module", params=CASES, ids=str)
def case(request):
    subject, posture, load = CASES[request.param]
    solution, work = solved(subject, posture, load)
    assert solution.status_name == "converged"
    return load, solution, work, Placer(MODEL, subject), Placer(MODEL, subject).place(posture, load, solution)


def test_bodies_paths_and_arms_are_those_of_the_solver(case):
    _, _, work, _, placed = case
    for name in ("rotation", "shift", "disc_frame", "point", "shoulder", "elbow", "grip", "hip"):
        np.testing.assert_allclose(getattr(placed, name), getattr(work, name), rtol=0.0, atol=1e-12, err_msg=name)
    np.testing.assert_allclose(placed.disc_upper, work.joint, rtol=0.0, atol=1e-12)


def test_strands_as_drawn_have_the_tension_that_is_reported(case):
    _, solution, _, placer, placed = case
    length = np.linalg.norm(placed.strand[..., 1, :] - placed.strand[..., 0, :], axis=-1)
    group = MODEL.topology.strand_group
    for j, level in enumerate(JOINTS):
        tension = np.array([strand(law, float(at))[0] for law, at in zip(placer.person.strand_law[j], length[j], strict=True)])
        reported = solution.ligament_tension_N[LEVELS.index(level)]
        np.testing.assert_allclose(np.bincount(group, tension, len(reported)), reported, rtol=1e-9, atol=1e-9)


def test_facets_touch_within_the_patch_that_is_drawn(case):
    _, solution, _, _, placed = case
    for j, level in enumerate(JOINTS):
        at = LEVELS.index(level)
        for side in range(2):
            if solution.facet_force_N[at, side] > 20.0:
                centre = placed.in_disc(j, solution.facet_centre_mm[at, side] * 1e-3)
                assert np.linalg.norm(centre - placed.facet_centre[j, side]) < 0.012


def test_discs_hold_their_reported_translation(case):
    _, solution, _, placer, placed = case
    way = placed.disc_upper - placed.disc_lower
    local = np.einsum("jki,jk->ji", placed.disc_frame, way)
    local[:, 1] += placer.person.height_loss
    np.testing.assert_allclose(local[::-1] * 1e3, solution.translation_mm, rtol=0.0, atol=1e-9)


def test_the_load_is_between_or_in_the_hands(case):
    load, _, _, _, placed = case
    expected = {"both": placed.grip.mean(axis=0), "left": placed.grip[0], "right": placed.grip[1]}[load.hands]
    np.testing.assert_allclose(placed.held(load), expected, rtol=0.0, atol=1e-15)


def test_without_a_solution_the_neutral_posture_is_the_table_posture():
    placed = Placer(MODEL, Subject()).place(Posture(), Load())
    assert not placed.known
    np.testing.assert_allclose(placed.rotation[:7], np.broadcast_to(np.eye(3), (7, 3, 3)), atol=1e-12)
    np.testing.assert_allclose(placed.shift[:7], 0.0, atol=1e-12)


def test_a_case_without_numbers_is_placed_by_its_posture():
    out_of_reach = Posture(hand_position_mm=(900.0, 250.0))
    solution = solve(MODEL, Subject(), out_of_reach, Load())
    assert solution.status_name == "invalid_input"
    placed = Placer(MODEL, Subject()).place(out_of_reach, Load(), solution)
    assert not placed.known
    assert np.isfinite(placed.point).all()


def test_a_batch_is_refused():
    people = stack([MODEL.pack(Subject())])
    cases = packing.pack(MODEL.tables, np.zeros(2, np.int64), [Posture()] * 2, [Load()] * 2)
    batch = to_solution(MODEL, run(MODEL, people, cases, SQUARE), np.ones(2, np.int32))
    with pytest.raises(ValueError, match="a batch of 2 cases"):
        Placer(MODEL, Subject()).place(Posture(), Load(), batch)


def test_placing_leaves_no_trace_on_the_next_case():
    placer, load = Placer(MODEL, Subject()), Load(mass_kg=10.0)
    bent = Posture(trunk_inclination_deg=40.0)
    first = placer.place(Posture(), Load())
    placer.place(bent, load, solve(MODEL, Subject(), bent, load))
    again = placer.place(Posture(), Load())
    for name in ("rotation", "shift", "point", "strand"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
    assert placer.place(replace(bent), load).known is False
