"""Values for a group, a side of a group, and a single fascicle."""

import numpy as np
import pytest

from spinesim.model.anatomy import SpineModel
from spinesim.model.fascicles import by_muscle, muscle_names
from spinesim.model.layout import FORCE_ACTIVE, LOWER, UPPER
from spinesim.model.subject import Subject

MODEL = SpineModel.default()
TABLE = MODEL.fascicle_table


def of(name):
    return TABLE.names.index(name)


def test_the_narrower_name_counts():
    values = {"multifidus": 0.9, "multifidus_left": 0.5, "MF_m5s_left": 0.1}
    out = by_muscle(TABLE, values, 1.0)
    assert out[of("MF_m5s_left")] == 0.1
    assert out[of("MF_m4s_left")] == 0.5
    assert out[of("MF_m5s_right")] == 0.9
    assert out[of("IL_L1_left")] == 1.0


def test_every_name_reaches_the_packed_person():
    person = MODEL.pack(Subject(strength={"psoas_right": 0.5}, max_activation={"IL_L1_left": 0.2}, min_activation={"multifidus": 0.1}))
    whole = MODEL.pack(Subject())
    ratio = person.fascicle[:, FORCE_ACTIVE] / np.maximum(whole.fascicle[:, FORCE_ACTIVE], 1e-12)
    expected = np.array([0.5 if g == "psoas" and n.endswith("right") else 1.0 for n, g in zip(TABLE.names, TABLE.groups, strict=True)])
    expected[[of("TrA_left"), of("TrA_right")]] = 0.0
    np.testing.assert_allclose(ratio, expected)
    assert person.fascicle[of("IL_L1_left"), UPPER] == 0.2
    assert person.fascicle[of("MF_m5s_right"), LOWER] == 0.1


def test_names_are_all_known_and_unique():
    names = muscle_names()
    assert len(set(names)) == len(names)
    assert set(TABLE.names) <= set(names)


def test_crossing_bounds_of_group_and_side_are_refused():
    with pytest.raises(ValueError, match=r"MF_m1s_left must reach 0\.3, but its max_activation is 0\.2"):
        MODEL.pack(Subject(min_activation={"multifidus": 0.3}, max_activation={"multifidus_left": 0.2}))
