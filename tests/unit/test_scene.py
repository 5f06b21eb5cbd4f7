"""What is drawn: closed, outward, in place, and with the numbers of the solution."""

from __future__ import annotations

import numpy as np
import pytest
from stand_in import anatomy, rims

from spinesim import Load, Posture, SpineModel, Subject, solve
from spinesim.model.names import LEVELS, LIGAMENTS
from spinesim.viz import palette
from spinesim.viz.scene import QUANTITIES, Scene, Tolerances, level_of
from spinesim.viz.scene import body as figure
from spinesim.viz.scene.discs import BULGE, BULGE_RANGE, Discs
from spinesim.viz.scene.scene import OVER_BONE
from spinesim.viz.scene.strands import BANDS
from spinesim.viz.scene.strips import ARROW_LENGTH, FULL_FORCE, RINGS, STRIP_AROUND, arrows, boxes, rods

MODEL = SpineModel.default()
STOOP = Posture(trunk_inclination_deg=60.0), Load(mass_kg=15.0)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene(MODEL, Subject(), anatomy(MODEL, Subject()), "low")


@pytest.fixture(scope="module")
def stoop():
    return solve(MODEL, Subject(), *STOOP)


@pytest.fixture(scope="module")
def frame(scene, stoop):
    return scene.frame(*STOOP, stoop)


def volumes(surface, triangles):
    """Signed volume of every surface of a stack."""
    points = surface.points.reshape(-1, 3)[triangles.reshape(len(surface.points), -1, 3)]
    points = points - surface.points.mean(axis=1)[:, None, None]
    return np.einsum("nti,nti->n", points[:, :, 0], np.cross(points[:, :, 1], points[:, :, 2])) / 6.0


def facing(surface, triangles):
    """Cosine between each triangle's own normal and that of its vertices, for triangles that have an area."""
    corner, normal = surface.points.reshape(-1, 3)[triangles], surface.normals.reshape(-1, 3)[triangles].mean(axis=1)
    own = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    size = np.linalg.norm(own, axis=1)
    whole = size > 1e-12
    return np.einsum("ti,ti->t", own, normal)[whole] / size[whole] / np.linalg.norm(normal, axis=1)[whole]


@pytest.mark.parametrize("turn", [1.0, -1.0])
def test_discs_are_solid_and_face_outward_whichever_way_their_rims_run(scene, stoop, turn):
    discs = Discs(rims(scene.placer.person, turn))
    placed = scene.placer.place(*STOOP, stoop)
    surface = discs.shape(placed.rotation, placed.shift, placed.disc_frame)
    volume = volumes(surface, discs.triangles)
    assert ((volume > 5e-6) & (volume < 30e-6)).all()
    cosine = facing(surface, discs.triangles)
    assert (cosine > 0.0).mean() > 0.99
    assert np.median(cosine) > 0.95


def test_a_disc_bulges_where_it_is_pressed_and_is_drawn_in_where_it_is_stretched(scene):
    discs, person = scene.discs, scene.placer.person
    rest = scene.placer.place(Posture(), Load())
    neutral = discs.shape(rest.rotation, rest.shift, rest.disc_frame).points[:, : 9 * 48].reshape(6, 9, 48, 3)
    bent = scene.placer.place(Posture(flexion_deg=40.0), Load())
    flexed = discs.shape(bent.rotation, bent.shift, bent.disc_frame).points[:, : 9 * 48].reshape(6, 9, 48, 3)

    def bulge(wall, k):
        straight = 0.5 * (wall[:, 0, k] + wall[:, -1, k])
        return np.linalg.norm(wall[:, 4, k] - straight, axis=-1)

    front, back = 0, 24
    np.testing.assert_allclose(bulge(neutral, front), BULGE, rtol=0.02)
    assert (bulge(flexed, front) > bulge(neutral, front)).all()
    assert (bulge(flexed, back) < bulge(neutral, back)).all()
    for k in range(0, 48, 6):
        inside = (bulge(flexed, k) >= 0.9 * BULGE_RANGE[0]) & (bulge(flexed, k) <= 1.01 * BULGE_RANGE[1])
        assert inside.all()
    assert person.disc.shape[0] == 6


def test_disc_ends_ride_on_their_vertebrae(scene, frame):
    wall = frame.discs.points[:, : 9 * 48].reshape(6, 9, 48, 3)
    for j in range(6):
        for end, body in ((0, j), (1, j + 1)):
            np.testing.assert_allclose(wall[j, -end], frame.placement.carry(body, scene.anatomy.rims[j, end]), atol=1e-12)


def test_stations_are_a_mixture_of_points_that_moves_as_they_do(scene):
    spindles, points = scene.spindles, scene.placer.person.point
    np.testing.assert_allclose(spindles.mix.sum(axis=-1), 1.0, atol=1e-12)
    np.testing.assert_allclose(spindles.slope.sum(axis=-1), 0.0, atol=1e-9)
    here, moved = spindles.shape(points), spindles.shape(points + np.array([0.1, -0.2, 0.3]))
    np.testing.assert_allclose(moved.points - here.points, np.broadcast_to([0.1, -0.2, 0.3], here.points.shape), atol=1e-12)
    np.testing.assert_allclose(moved.normals, here.normals, atol=1e-9)


def test_spindles_begin_and_end_at_their_attachments_and_below_the_top(scene):
    spindles, points = scene.spindles, scene.placer.person.point
    owner = MODEL.fascicle_table.owner
    rings = spindles.shape(points).points.reshape(len(spindles.fascicle), -1, spindles.around, 3)
    top = np.asarray(scene.bones["T12"].mesh.points)[:, 1].max() + OVER_BONE
    cut = 0
    for row, fascicle in enumerate(spindles.fascicle):
        path = points[owner == fascicle]
        np.testing.assert_allclose(rings[row, 0].mean(axis=0), path[0], atol=1e-9)
        if path[-1, 1] <= top:
            np.testing.assert_allclose(rings[row, -1].mean(axis=0), path[-1], atol=1e-9)
        elif path[0, 1] < top:
            cut += 1
            assert abs(rings[row, -1].mean(axis=0)[1] - top) < 2e-3
    assert cut > 20


def test_spindles_face_outward(scene, frame):
    assert (facing(frame.spindles, scene.spindles.triangles) > 0.2).mean() > 0.995


def test_what_has_no_path_has_no_spindle_and_the_rest_is_complete(scene):
    missing = set(range(len(MODEL.fascicles))) - set(scene.spindles.fascicle.tolist())
    assert {MODEL.groups[f] for f in missing} == {"transversus_abdominis"}


def test_a_choice_of_muscles_is_that_choice(scene):
    left = scene.spindles.only(scene.side("left"))
    assert all(MODEL.fascicles[f].endswith("_left") for f in left.fascicle)
    assert scene.side("both").sum() == 2 * scene.side("left").sum()
    assert not scene.side("off").any()
    with pytest.raises(ValueError, match="no muscle is left to show"):
        scene.side("left", ("nothing",))


def test_long_bands_hold_the_solved_strands_and_run_on_to_the_next_level(scene, frame):
    bands = np.isin(np.array(LIGAMENTS)[scene.strips.group], BANDS)
    knots = frame.ligaments.points.reshape(6, -1, RINGS, STRIP_AROUND, 3)[:, :, 1:-1].mean(axis=3)
    np.testing.assert_allclose(knots[:, bands, 1], frame.placement.strand[:, bands, 0], atol=1e-6)
    np.testing.assert_allclose(knots[:, bands, 2], frame.placement.strand[:, bands, 1], atol=3e-4)
    np.testing.assert_allclose(knots[:-1, bands, 3], knots[1:, bands, 0], atol=1e-9)


def test_ligaments_face_outward(scene, frame):
    assert (facing(frame.ligaments, scene.strips.triangles) > 0.0).mean() > 0.9


def test_the_body_hangs_on_the_joints_of_the_solver(scene, frame):
    placed, rods_ = frame.placement, frame.limbs.points.reshape(figure.COUNT, -1, 3)
    hips, knees = slice(figure.UPPER - 2, figure.UPPER), slice(figure.UPPER, figure.COUNT)
    thigh = np.linalg.norm(rods_[hips] - placed.hip[:, None], axis=-1).min(axis=1)
    assert (np.abs(thigh - 0.048 * scene.subject.stature_m) < 2e-3).all()
    assert (rods_[knees, :, 1].min(axis=1) < placed.hip[:, 1] - 0.7).all()
    assert rods_[1, :, 0].mean() > placed.shoulder[:, 0].mean()  # in a stoop the head is in front of the shoulders


def test_arrows_end_at_the_facet_and_grow_with_force():
    tip, along = np.zeros((4, 3)), np.tile([1.0, 0.0, 0.0], (4, 1))
    points = arrows(tip, along, np.array([np.nan, 0.0, 0.5 * FULL_FORCE, 5.0 * FULL_FORCE])).points
    length = points[:, :, 0].max(axis=1) - points[:, :, 0].min(axis=1)
    np.testing.assert_allclose(length[:2], 0.0)
    np.testing.assert_allclose(length[2:], [sum(ARROW_LENGTH) / 2.0, ARROW_LENGTH[1]])
    np.testing.assert_allclose(points[:, :, 0].max(axis=1), 0.0, atol=1e-12)


def test_facet_arrows_point_at_the_reported_centre_of_contact(frame, stoop):
    for j in range(6):
        for side in range(2):
            force = stoop.facet_force_N[level_of(j), side]
            if force > 20.0:
                centre = frame.placement.in_disc(j, 1e-3 * stoop.facet_centre_mm[level_of(j), side])
                tips = frame.arrows.points[2 * j + side]
                along = -frame.placement.facet_normal[j, side]
                furthest = (tips - centre) @ along
                assert abs(furthest.max()) < 1e-9


def test_rods_and_boxes_are_closed():
    from spinesim.viz.scene.strips import BOX_TRIANGLES, ROD_TRIANGLES

    ball = rods(np.zeros((1, 3)), np.zeros((1, 3)), np.array([[0.1, 0.1]]))
    assert 0.8 < volumes(ball, ROD_TRIANGLES)[0] / (4.0 / 3.0 * np.pi * 1e-3) < 1.0
    box = boxes(np.array([[1.0, 2.0, 3.0]]), np.array([[0.1, 0.2, 0.3]]))
    np.testing.assert_allclose(volumes(box, BOX_TRIANGLES), 0.006)
    assert (facing(box, BOX_TRIANGLES) > 0.99).all()


def test_readings_are_the_numbers_of_the_solution(frame, stoop):
    for name, quantity in QUANTITIES.items():
        np.testing.assert_array_equal(frame.readings.values(name), getattr(stoop, quantity.name))
    reading = frame.readings.reading("compression", LEVELS.index("L5-S1"))
    assert reading.text.split(",")[0].replace(",", "") in f"{stoop.disc_compression_N[-1]:,.0f} N"
    assert frame.readings.reading("pressure", 0).text.startswith(f"{stoop.intradiscal_pressure_MPa[0]:,.2f} MPa")


def test_shares_are_of_the_median_tolerance(frame, stoop):
    from spinesim.analysis.tolerance import Person, strength

    subject = Subject()
    median = strength(Person(subject.age_years, subject.sex)).median
    np.testing.assert_allclose(frame.readings.shares("compression"), stoop.disc_compression_N / median)
    itl = LIGAMENTS.index("ITL")
    assert np.isnan(frame.readings.shares("ligament")[:, itl]).all()
    assert (Tolerances.of(subject).limit["compression"] < median).all()


def test_a_person_outside_the_laws_of_tolerance_has_no_shares():
    child = Tolerances.of(Subject(age_years=9.0))
    assert "age" in child.why_not
    assert np.isnan(child.share("compression", np.ones(6))).all()


def test_a_case_without_an_answer_says_so(scene):
    frame = scene.frame(Posture(), Load())
    assert frame.readings.reading("compression", 0).text == "no answer"
    assert np.isfinite(frame.discs.points).all()


@pytest.mark.parametrize("name", palette.CORNERS)
def test_tables_get_darker_in_even_steps(name):
    light = palette.lab(palette.table(name) / 255.0)
    assert (np.diff(light[:, 0]) < 0.5).all()
    assert light[0, 0] - light[-1, 0] > 40.0
    steps = np.linalg.norm(np.diff(light[::8], axis=0), axis=1)
    assert steps.max() / steps.mean() < 1.25


def test_colours_beyond_a_scale_and_of_no_number_are_their_own():
    shades = palette.shade("disc", [-1.0, 0.0, 1.0, 1.0001, np.nan])
    np.testing.assert_array_equal(shades[0], palette.table("disc")[0])
    np.testing.assert_array_equal(shades[2], palette.table("disc")[-1])
    np.testing.assert_array_equal(shades[3], palette.ABOVE)
    np.testing.assert_array_equal(shades[4], palette.UNKNOWN)


@pytest.mark.parametrize("name", palette.CORNERS)
def test_no_load_looks_like_bone_or_like_too_much(name):
    table = palette.lab(palette.table(name) / 255.0)
    for other in (palette.BONE, palette.ABOVE):
        assert np.linalg.norm(table - palette.lab(np.array(other) / 255.0), axis=1).min() > 12.0


def test_conversion_to_cielab_is_the_known_one():
    np.testing.assert_allclose(palette.lab(np.array([1.0, 0.0, 0.0])), [53.24, 80.09, 67.20], atol=0.02)
    back = palette.rgb(palette.lab(np.array([[0.2, 0.4, 0.9], [0.01, 0.5, 0.02]])))
    np.testing.assert_allclose(back, [[0.2, 0.4, 0.9], [0.01, 0.5, 0.02]], atol=1e-6)
