"""Every table value can be drawn, with the mean and SD of its row and inside its range."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

from spinesim import SpineModel
from spinesim.analysis.distributions import Law, Scale, law_of, lognormal
from spinesim.model.tables import Entry

ENTRIES = {key: entry for key, entry in SpineModel.default().tables.entries.items() if entry.sd > 0.0}
# Scores at the middles of equal parts of probability: sums over them are integrals over the distribution.
SCORES = ndtri((np.arange(20_000) + 0.5) / 20_000)


def entry(value, sd, unit="-"):
    return Entry(value, sd, unit, "project", "assumed")


def test_moments_are_those_of_the_row():
    for key, row in ENTRIES.items():
        law = law_of(key, row)
        values = law.draw(SCORES)
        if law.scale is Scale.BOUNDED and row.value == law.lower:
            assert np.sqrt(((values - row.value) ** 2).mean()) == pytest.approx(row.sd, rel=0.01), key
            continue
        assert values.mean() == pytest.approx(row.value, abs=0.005 * row.sd), key
        assert values.std() == pytest.approx(row.sd, rel=0.02), key


def test_values_rise_with_the_score_and_stay_inside():
    for key, row in ENTRIES.items():
        law = law_of(key, row)
        values = law.draw(np.linspace(-6.0, 6.0, 61))
        assert np.isfinite(values).all(), key
        assert (np.diff(values) >= 0.0).all(), key
        assert values.min() >= law.lower, key
        assert values.max() <= law.upper, key


@pytest.mark.parametrize(
    ("key", "row", "scale"),
    [
        (("disc_law", "L4-L5", "axial_stiffness"), entry(252, 63), Scale.LOG),
        (("facets", "L4-L5", "cartilage_stiffness"), entry(1.3, 0.9), Scale.LOG),
        (("facets", "L4-L5", "half_distance"), entry(19, 2, "mm"), Scale.LOG),
        (("mass", "L1", "gyration_x"), entry(75, 23, "mm"), Scale.LOG),
        (("mass", "L1", "mass_percent"), entry(2.4, 0.24), Scale.LOG),
        (("ligaments", "ALL", "toe_strain"), entry(0.08, 0.02), Scale.LOG),
        (("ligaments", "ALL", "slack_strain"), entry(-0.027, 0.015), Scale.ADDITIVE),
        (("facets", "L4-L5", "tip_gap"), entry(2.4, 0.6, "mm"), Scale.ADDITIVE),
        (("hips", "hip", "knee_y"), entry(-528, 20, "mm"), Scale.ADDITIVE),
        (("vertebrae", "L4", "tilt"), entry(-3, 5, "deg"), Scale.ADDITIVE),
        (("disc_law", "L4-L5", "not_of_this_set"), entry(0, 0.3), Scale.ADDITIVE),
        (("disc_law", "L4-L5", "torsion_preload_share"), entry(0, 0.25), Scale.BOUNDED),
        (("facets", "L4-L5", "angle_transverse"), entry(68, 6, "deg"), Scale.BOUNDED),
    ],
)
def test_scale_of_a_quantity(key, row, scale):
    assert law_of(key, row).scale is scale


def test_the_eccentric_plateau_stays_above_the_force_at_rest():
    law = law_of(("muscle_law", "hill", "eccentric_limit"), entry(1.4, 0.15))
    assert law.draw(np.array([-8.0]))[0] > 1.0


def test_no_spread_is_the_value_itself():
    for scale in Scale:
        assert (Law(scale, 0.3, 0.0, 0.0, 1.0).draw(SCORES[:5]) == 0.3).all()
    assert (lognormal(np.array([0.3, 0.0]), np.array([0.0, 0.0]), np.ones((2, 2))) == [0.3, 0.0]).all()


@pytest.mark.parametrize(
    "law", [Law(Scale.LOG, 0.0, 1.0, 0.0), Law(Scale.BOUNDED, 0.5, 0.6, 0.0, 1.0), Law(Scale.BOUNDED, 1.0, 0.1, 0.0, 1.0)]
)
def test_impossible_distributions_are_refused(law):
    with pytest.raises(ValueError):
        law.draw(SCORES)
