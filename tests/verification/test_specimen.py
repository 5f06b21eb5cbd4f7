"""The bench: balance against an independent gradient, symmetry, and refusals."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from spinesim.mechanics import joint, rotations
from spinesim.model.anatomy import SpineModel
from spinesim.model.names import JOINTS, LEVELS
from spinesim.model.subject import Subject
from spinesim.solver.bench import Loading, load_specimen, scratch
from spinesim.solver.specimen import balance_joint
from spinesim.solver.workspace import allocate

MODEL = SpineModel.default()


def energy(person, work, j, x, relative):
    work.relative[j] = relative
    rotations.half_rotation(work.relative[j], work.half[j], work.tan_quarter[j])
    joint.prepare(person, j, work)
    return joint.passive_energy(person, j, work.half[j].T @ x, work)


@pytest.mark.parametrize("level", LEVELS)
def test_the_load_is_the_slope_of_the_energy(level):
    """Work by a small turn of the upper vertebra about its disc centre, and by a small shift, in the lower vertebra's disc frame."""
    rng = np.random.default_rng(3)
    person = MODEL.pack(Subject())
    work, j, bench = allocate(person, MODEL.topology), JOINTS.index(level), scratch()
    for _ in range(20):
        moment, shear = rng.uniform(-4.0, 4.0, 3), rng.uniform(-100.0, 100.0, 3)
        work.rotation[j], work.relative[j], work.translation[j] = np.eye(3), np.eye(3), 0.0
        for part in np.linspace(0.0, 1.0, 11):
            load = part * np.array([0.0, *moment, *shear, 0.0, 0.0, 0.0])
            done, stable = balance_joint(person, j, load, 6, bench, work)
            assert done
            assert stable
        relative, x = work.relative[j].copy(), work.half[j] @ work.translation[j]
        wanted = person.frame[j].T @ moment, person.frame[j].T @ shear
        for axis in range(3):
            turn = Rotation.from_rotvec(1e-5 * np.eye(3)[axis]).as_matrix()
            slope = (energy(person, work, j, x, turn @ relative) - energy(person, work, j, x, turn.T @ relative)) / 2e-5
            assert slope == pytest.approx(wanted[0][axis], abs=1e-5)
            shift = 1e-8 * np.eye(3)[axis]
            slope = (energy(person, work, j, x + shift, relative) - energy(person, work, j, x - shift, relative)) / 2e-8
            assert slope == pytest.approx(wanted[1][axis], abs=1e-3)


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
        ("L4-L5", Loading(flexion_Nm=99.0), (), "moment of 99 is above 15"),
        ("L4-L5", Loading(flexion_Nm=float("nan")), (), "not a finite number"),
        ("L4-L5", Loading(follower_N=-1.0), (), "presses"),
        ("L1-L5", Loading(anterior_shear_N=10.0), (), "single segment"),
        ("L4-L5", Loading(), ("SLL",), "did you mean 'SSL'"),
    ],
)
def test_what_cannot_be_is_refused(segment, loading, without, words):
    with pytest.raises(ValueError, match=words):
        load_specimen(MODEL, Subject(), segment, loading, without)
