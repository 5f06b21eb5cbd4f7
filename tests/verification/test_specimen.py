"""The bench: balance against independent gradients, symmetry, and refusals."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from spinesim.mechanics import joint, rotations
from spinesim.model.anatomy import SpineModel
from spinesim.model.names import JOINTS, LEVELS
from spinesim.model.subject import Subject
from spinesim.solver.bench import Loading, Specimen, UnstableSpecimenError, load_specimen
from spinesim.solver.motion import range_of_motion, stiffness

MODEL = SpineModel.default()
TURN, SHIFT = 1e-5, 1e-8  # rad, m


def energy(specimen, j):
    """Energy of joint j in its present pose."""
    work = specimen.work
    rotations.half_rotation(work.relative[j], work.half[j], work.tan_quarter[j])
    joint.prepare(specimen.person, j, work)
    return joint.passive_energy(specimen.person, j, work.translation[j], work)


def posed(specimen, j, turn=None, shift=None):
    """Energy with the upper vertebra turned about its disc centre, or shifted, in the lower vertebra's disc frame; pose put back."""
    work = specimen.work
    relative, translation, half = work.relative[j].copy(), work.translation[j].copy(), work.half[j].copy()
    moved = half @ translation + (0.0 if shift is None else shift)
    work.relative[j] = relative if turn is None else turn @ relative
    rotations.half_rotation(work.relative[j], work.half[j], work.tan_quarter[j])
    work.translation[j] = work.half[j].T @ moved
    found = energy(specimen, j)
    work.relative[j], work.translation[j] = relative, translation
    energy(specimen, j)
    return found


def test_the_load_is_the_slope_of_the_energy():
    """Work by a small turn of the upper vertebra about its disc centre, and by a small shift."""
    rng = np.random.default_rng(3)
    for level in LEVELS:
        for _ in range(4):
            specimen, j = Specimen(MODEL, Subject(), (level,)), JOINTS.index(level)
            moment, shear = rng.uniform(-4.0, 4.0, 3), rng.uniform(-100.0, 100.0, 2)
            loading = Loading(
                flexion_Nm=-moment[2], lateral_Nm=moment[0], axial_Nm=moment[1], anterior_shear_N=shear[0], lateral_shear_N=shear[1]
            )
            specimen.mount(loading)
            for part in np.linspace(0.1, 1.0, 10):
                specimen.load(loading, part)
            frame = specimen.work.rotation[j] @ specimen.person.frame[j]
            wanted = frame.T @ moment, frame.T @ np.array([shear[0], 0.0, shear[1]])
            for axis in range(3):
                turn = Rotation.from_rotvec(TURN * np.eye(3)[axis]).as_matrix()
                assert (posed(specimen, j, turn) - posed(specimen, j, turn.T)) / (2.0 * TURN) == pytest.approx(wanted[0][axis], abs=1e-5)
                shift = SHIFT * np.eye(3)[axis]
                slope = (posed(specimen, j, shift=shift) - posed(specimen, j, shift=-shift)) / (2.0 * SHIFT)
                assert slope == pytest.approx(wanted[1][axis], abs=1e-3)


def top_of(specimen):
    """Centre of the uppermost disc on its upper vertebra, by a walk up the column with plain matrices."""
    work, person = specimen.work, specimen.person
    turned, place = work.rotation[specimen.low].copy(), np.zeros(3)
    for j in range(specimen.low, specimen.high):
        if j > specimen.low:
            place = place + turned @ (person.centre[j] - person.centre[j - 1] - person.frame[j - 1] @ [0.0, person.height_loss[j - 1], 0.0])
        half = Rotation.from_rotvec(0.5 * Rotation.from_matrix(work.relative[j]).as_rotvec()).as_matrix()
        place = place + turned @ person.frame[j] @ half @ work.translation[j]
        turned = turned @ person.frame[j] @ work.relative[j] @ person.frame[j].T
    return place


@pytest.mark.parametrize("without", [(), ("facets@L4-L5", "SSL", "nucleus")])
def test_a_column_under_dead_load_rests_where_its_potential_is_flat(without):
    """A dead force has the potential -F.p: no joint's rotation or translation changes its sum with the tissue's energy."""
    loading = Loading(compression_N=120.0, anterior_shear_N=15.0, lateral_shear_N=10.0)
    specimen = Specimen(MODEL, Subject(), LEVELS[1:], without)
    specimen.mount(loading)
    for part in np.linspace(0.1, 1.0, 10):
        specimen.load(loading, part)
    work, force = specimen.work, np.array([15.0, -120.0, 10.0])

    def potential(j):
        return energy(specimen, j) - force @ top_of(specimen)

    for j in range(specimen.low, specimen.high):
        relative, translation = work.relative[j].copy(), work.translation[j].copy()
        for axis in np.eye(3):
            work.translation[j] = translation + SHIFT * axis
            up = potential(j)
            work.translation[j] = translation - SHIFT * axis
            slope = (up - potential(j)) / (2.0 * SHIFT)
            work.translation[j] = translation
            assert slope == pytest.approx(0.0, abs=2e-3)
            work.relative[j] = Rotation.from_rotvec(TURN * axis).as_matrix() @ relative
            up = potential(j)
            work.relative[j] = Rotation.from_rotvec(-TURN * axis).as_matrix() @ relative
            slope = (up - potential(j)) / (2.0 * TURN)
            work.relative[j] = relative
            assert slope == pytest.approx(0.0, abs=2e-5)


def test_a_follower_load_alone_turns_nothing():
    curve = load_specimen(MODEL, Subject(), "L1-S1", Loading(follower_N=800.0, flexion_Nm=1e-9))
    assert np.abs(curve.rotation_deg).max() < 1e-6
    np.testing.assert_allclose(
        curve.loads["disc_compression_N"] + curve.loads["facet_compression_N"] - curve.loads["ligament_compression_N"], 800.0, atol=1e-5
    )


def test_stiffness_is_symmetric_and_mirrored():
    """Maxwell's reciprocity for small displacements; no coupling between the sagittal plane and what leaves it."""
    matrix = stiffness(MODEL, Subject(), "L4-L5", 500.0, amplitude_mm=(0.001,) * 3, amplitude_deg=(0.001,) * 3)
    scale = np.sqrt(np.outer(np.diag(matrix), np.diag(matrix)))
    # Moments of spatial increments are symmetric up to half the moment in the joint.
    np.testing.assert_allclose(matrix / scale, matrix.T / scale, atol=0.02)
    sagittal, lateral = [0, 1, 5], [2, 3, 4]
    assert np.abs((matrix / scale)[np.ix_(sagittal, lateral)]).max() < 1e-6
    assert np.linalg.eigvalsh(matrix + matrix.T).min() > 0.0


def test_creep_lowers_every_disc_by_what_was_asked():
    loading = Loading(compression_N=500.0, hold_rotations=True)
    curve = load_specimen(MODEL, Subject(), "L4-L5", loading, creep_mm=1.0)
    full = int(np.flatnonzero(curve.creep_mm == 0.0)[-1])
    assert curve.creep_mm[-1] == 1.0
    assert curve.translation_mm[full, 0, 1] - curve.translation_mm[-1, 0, 1] == pytest.approx(1.0, abs=1e-4)
    assert np.all(np.diff(curve.loads["facet_force_N"][full:, 0, 0]) > 0.0)


def test_the_range_of_motion_adds_both_ways():
    motion = range_of_motion(MODEL, Subject(), "L4-L5", "sagittal", 7.5)
    flexed, extended = (load_specimen(MODEL, Subject(), "L4-L5", Loading(flexion_Nm=m)).rotation_deg[-1, 0, 0] for m in (7.5, -7.5))
    assert motion.range_deg[0] == pytest.approx(flexed - extended)
    assert 0.0 < motion.neutral_zone_deg[0] < motion.range_deg[0]
    assert np.all(np.diff(motion.rotation_deg[:, 0]) > 0.0)


def test_a_joint_without_tissue_gives_way():
    """Discs that hardly resist bending, alone: a column of them buckles sideways under a weight that the whole one bears."""
    soft = Subject(
        tissue=dict.fromkeys((f"disc_law.{n}" for n in ("bending_stiffness_lateral", "quartic_lateral", "preload_stiffening")), 0.1)
    )
    cut = ("ALL", "PLL", "LF", "FC", "ITL", "ISL", "SSL", "facets")
    weight = Loading(compression_N=150.0, lateral_Nm=1e-3)
    load_specimen(MODEL, Subject(), "L1-S1", weight)
    with pytest.raises(UnstableSpecimenError, match="% of the load"):
        load_specimen(MODEL, soft, "L1-S1", weight, cut)


def test_left_and_right_mirror():
    for loads in ({"lateral_Nm": 5.0}, {"axial_Nm": 5.0}, {"lateral_Nm": 3.0, "axial_Nm": -2.0, "flexion_Nm": 2.0}):
        mirrored = {k: (v if k == "flexion_Nm" else -v) for k, v in loads.items()}
        one, other = (load_specimen(MODEL, Subject(), "L1-S1", Loading(**kw, follower_N=300.0)) for kw in (loads, mirrored))
        np.testing.assert_allclose(one.rotation_deg * [1, -1, -1], other.rotation_deg, atol=1e-8)
        np.testing.assert_allclose(one.loads["facet_force_N"][..., ::-1], other.loads["facet_force_N"], atol=1e-5)


def test_steps_do_not_change_the_end():
    whole = load_specimen(MODEL, Subject(), "L4-L5", Loading(flexion_Nm=6.0))
    part = load_specimen(MODEL, Subject(), "L4-L5", Loading(flexion_Nm=7.5))
    at = int(np.flatnonzero(np.isclose(part.part * 7.5, 6.0))[0])
    np.testing.assert_allclose(whole.rotation_deg[-1], part.rotation_deg[at], atol=1e-7)


@pytest.mark.parametrize(
    ("segment", "loading", "without", "words"),
    [
        ("L4L5", Loading(), (), "did you mean 'L4-L5'"),
        ("L4-L5", Loading(flexion_Nm=99.0), (), r"specimen.moment_Nm = 99 N m is outside the computable range 0 to 15"),
        ("L4-L5", Loading(flexion_Nm=float("nan")), (), "not a finite number"),
        ("L4-L5", Loading(follower_N=-1.0), (), "presses"),
        ("L1-L5", Loading(hold_rotations=True, flexion_deg=2.0), (), "single segment"),
        ("L4-L5", Loading(flexion_deg=2.0), (), "needs hold_rotations"),
        ("L4-L5", Loading(), ("facets@L3-L4",), "names no level of L4-L5"),
        ("L4-L5", Loading(), ("SLL",), "did you mean 'SSL'"),
    ],
)
def test_what_cannot_be_is_refused(segment, loading, without, words):
    with pytest.raises(ValueError, match=words):
        load_specimen(MODEL, Subject(), segment, loading, without)
