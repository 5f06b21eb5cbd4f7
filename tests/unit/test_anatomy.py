"""Bones made from the record: whole, in their places, and mirror images."""

from __future__ import annotations

import numpy as np
import pytest

from spinesim.model.anatomy import SpineModel
from spinesim.model.subject import Subject
from spinesim.viz import anatomy

VERTEBRAE = ("L5", "L4", "L3", "L2", "L1", "T12")


@pytest.fixture(scope="session")
def man() -> anatomy.Anatomy:
    return anatomy.build(SpineModel.default(), Subject(), "low")


def test_every_bone_is_closed_in_one_piece_and_faces_outwards(man):
    for name, bone in man.bones.items():
        assert bone.mesh.closed, name
        assert bone.mesh.pieces == 1, name
        assert bone.mesh.volume > 0.0, name


def test_a_vertebra_has_one_canal(man):
    assert {name: man.bones[name].mesh.genus for name in VERTEBRAE} == dict.fromkeys(VERTEBRAE, 1)


def test_left_bones_mirror_right_ones_bit_by_bit(man):
    flip = np.array([1.0, 1.0, -1.0])
    for name in ("pelvis", "rib12"):
        assert np.array_equal(man.bones[f"{name}_left"].mesh.points, man.bones[f"{name}_right"].mesh.points * flip)


def test_a_vertebra_is_its_own_mirror_image(man):
    for name in VERTEBRAE:
        points = man.bones[name].mesh.points
        assert set(map(tuple, points * [1.0, 1.0, -1.0] + 0.0)) == set(map(tuple, points + 0.0)), name


def test_the_disc_centre_lies_between_its_endplates(man):
    spine = SpineModel.default().pack(Subject())
    assert np.abs(man.rims.mean(axis=1).mean(axis=1) - spine.centre).max() < 1e-3
