"""Families of one quantity over the levels, and the optional table of correlations."""

from __future__ import annotations

import numpy as np
import pytest

from spinesim.analysis.correlation import Scores, family, read
from spinesim.model.names import LEVELS

HEIGHTS = [("discs", level, "height") for level in LEVELS]
STIFFNESS, SLACK = ("disc_law", "L4-L5", "bending_stiffness_sagittal"), ("ligaments", "FC", "slack_strain")
KEYS = [*HEIGHTS, STIFFNESS, SLACK, ("calibration", "L1-L2", "facet_force"), ("calibration", "L2-L3", "facet_force")]
HEAD = "table,item,parameter,other_table,other_item,other_parameter,correlation\n"


def row(one, other, value):
    return ",".join([*one, *other, str(value)]) + "\n"


def measured(folder, count=40_000):
    scores, random = Scores(KEYS, folder), np.random.default_rng(3)
    mixed = scores.mix(random.standard_normal((count, scores.own_count)), random.standard_normal((count, scores.family_count)))
    np.testing.assert_allclose(mixed.std(axis=0), 1.0, atol=0.02)
    return np.corrcoef(mixed.T)


def at(matrix, one, other):
    return matrix[KEYS.index(one), KEYS.index(other)]


def test_levels_of_one_quantity_vary_together(tmp_path):
    found = measured(tmp_path)
    assert at(found, HEIGHTS[0], HEIGHTS[5]) == pytest.approx(0.5, abs=0.02)
    assert at(found, KEYS[-1], KEYS[-2]) == pytest.approx(0.95, abs=0.01)
    assert at(found, HEIGHTS[0], STIFFNESS) == pytest.approx(0.0, abs=0.02)
    assert at(found, STIFFNESS, SLACK) == pytest.approx(0.0, abs=0.02)


def test_families_are_of_one_quantity():
    assert family(("ligaments", "ALL@L1-L2", "length")) == family(("ligaments", "ALL@L4-L5", "length"))
    assert family(("ligaments", "ALL@L1-L2", "length")) != family(("ligaments", "PLL@L1-L2", "length"))
    assert family(("discs", "L1-L2", "area")) == family(("discs", "L4-L5", "width")) != family(("discs", "L4-L5", "height"))
    assert family(("mass", "T3", "x")) == family(("mass", "L3", "x"))
    assert family(("rhythm", "L4-L5", "flexion_share")) is None


def test_the_table_takes_the_place_of_families(tmp_path):
    (tmp_path / "correlations.csv").write_text(HEAD + row(STIFFNESS, SLACK, -0.7) + row(HEIGHTS[1], HEIGHTS[2], 0.9))
    found = measured(tmp_path)
    assert at(found, STIFFNESS, SLACK) == pytest.approx(-0.7, abs=0.02)
    assert at(found, HEIGHTS[2], HEIGHTS[1]) == pytest.approx(0.9, abs=0.01)
    assert at(found, HEIGHTS[1], HEIGHTS[4]) == pytest.approx(0.5, abs=0.02)


def test_a_row_of_scores_has_the_same_bits_in_any_company(tmp_path):
    (tmp_path / "correlations.csv").write_text(HEAD + row(STIFFNESS, SLACK, -0.7))
    scores, random = Scores(KEYS, tmp_path), np.random.default_rng(4)
    own, families = random.standard_normal((33, scores.own_count)), random.standard_normal((33, scores.family_count))
    np.testing.assert_array_equal(scores.mix(own, families)[7], scores.mix(own[7:8], families[7:8])[0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (row(STIFFNESS, ("facets", "L4-L5", "gap"), 0.5), r"correlations\.csv:2: facets L4-L5 gap is no table value that is drawn"),
        (row(STIFFNESS, STIFFNESS, 0.5), r"correlations\.csv:2: .*with itself"),
        (row(STIFFNESS, SLACK, 0.5) + row(SLACK, STIFFNESS, 0.5), r"correlations\.csv:3: .*twice"),
        (row(STIFFNESS, SLACK, 1.2), r"correlations\.csv:2: correlation '1\.2' must be a number between -1 and 1"),
        (row(STIFFNESS, SLACK, "high"), r"correlations\.csv:2: correlation 'high'"),
    ],
)
def test_wrong_rows_are_named(tmp_path, text, message):
    path = tmp_path / "correlations.csv"
    path.write_text(HEAD + text)
    with pytest.raises(ValueError, match=message):
        read(path, KEYS)


def test_wrong_columns_are_named(tmp_path):
    path = tmp_path / "correlations.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="expected table, item, parameter"):
        read(path, KEYS)


def test_contradictions_are_refused(tmp_path):
    # Two that go with a third cannot go against each other.
    text = row(HEIGHTS[0], STIFFNESS, 0.9) + row(STIFFNESS, SLACK, 0.9) + row(SLACK, HEIGHTS[0], -0.9)
    (tmp_path / "correlations.csv").write_text(HEAD + text)
    with pytest.raises(ValueError, match=r"correlations\.csv: its correlations contradict each other: .* not positive definite"):
        Scores(KEYS, tmp_path)
