"""What preload, cuts and a narrowed disc do to a specimen; published figures are cases, see test_cases.py."""

import numpy as np

from spinesim.model.anatomy import SpineModel
from spinesim.model.subject import Subject
from spinesim.solver.bench import Loading, load_specimen

MODEL = SpineModel.default()
DIRECTIONS = {
    "flexion": ("flexion_Nm", 1.0, 0),
    "extension": ("flexion_Nm", -1.0, 0),
    "lateral": ("lateral_Nm", 1.0, 1),
    "axial": ("axial_Nm", 1.0, 2),
}


def rotation(segment, direction, moment, follower=0.0, **kwargs):
    name, sign, axis = DIRECTIONS[direction]
    curve = load_specimen(MODEL, Subject(), segment, Loading(**{name: sign * moment}, follower_N=follower), **kwargs)
    return sign * curve.rotation_deg[-1, :, axis], curve


def test_preload_stiffens_and_cutting_softens():
    assert rotation("L4-L5", "flexion", 2.5, follower=500.0)[0][0] < rotation("L4-L5", "flexion", 2.5)[0][0]
    cuts = ["SSL", "ISL", "LF", "FC", "facets", "PLL", "ALL"]
    turned = [rotation("L4-L5", "flexion", 7.5, without=cuts[:k])[0][0] for k in range(len(cuts))]
    assert np.all(np.diff(turned) >= -1e-9)
    assert turned[4] > turned[0] + 1.0


def test_a_narrowed_disc_loads_its_facets():
    def facet(grade):
        curve = load_specimen(MODEL, Subject(disc_grade={"L4-L5": grade}), "L4-L5", Loading(follower_N=500.0, hold_rotations=True))
        return curve.loads["facet_force_N"][-1].sum()

    assert facet(1) < facet(3) < facet(4)
