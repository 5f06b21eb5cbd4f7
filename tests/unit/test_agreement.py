"""Statistics of agreement against numbers worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from spinesim.analysis.agreement import agreement, by_group, calibration, overall, relative_agreement
from spinesim.analysis.published import Answer, Case, Point, Quantity, Result, Specimen
from spinesim.model.subject import Subject


def result(model, value, band=(0.0, math.inf), name="a", *, judged=True, **more):
    point = Point((), Specimen(Subject(), "L4-L5", {}), Quantity("stiffness"), value, None, None, band, judged)
    texts = dict.fromkeys(("title", "citation", "status", "spread", "band", "because", "note", "calibrates", "repeats"), "")
    case = Case(id=name, figures=(), group="specimen_rotation", unit="deg", over=(), points=(point,), **texts)
    return Result(replace(case, **more), (Answer(point, model),))


def test_bias_and_limits():
    # Differences 1, -1, 3: mean 1, standard deviation 2.
    found = agreement([2.0, 3.0, 9.0], [1.0, 4.0, 6.0])
    assert (found.count, found.bias, found.mean_absolute) == (3, 1.0, pytest.approx(5.0 / 3.0))
    assert (found.lower, found.upper) == (pytest.approx(1.0 - 3.92), pytest.approx(1.0 + 3.92))
    assert found.under == pytest.approx(1.0 / 3.0)
    # About the means 14/3 and 11/3: sum of products 50/3, sums of squares 86/3 and 38/3.
    assert found.correlation == pytest.approx((50.0 / 3.0) / math.sqrt((86.0 / 3.0) * (38.0 / 3.0)))


def test_relative_differences_leave_zeros_out():
    # 10 and -20 percent; the figure of zero has no relative difference.
    found = relative_agreement([1.1, 8.0, 5.0], [1.0, 10.0, 0.0])
    assert (found.count, found.bias) == (2, pytest.approx(-5.0))
    assert found.mean_absolute == pytest.approx(15.0)
    assert found.under == 0.5


def test_too_few_pairs_give_no_number():
    assert agreement([], []).count == 0
    alone = agreement([2.0], [1.0])
    assert alone.bias == 1.0
    assert math.isnan(alone.lower)
    assert math.isnan(alone.correlation)


def test_what_counts_where():
    results = [
        result(4.0, 4.0, (3.0, 5.0)),
        result(9.0, 4.0, (3.0, 5.0), "miss"),
        result(4.0, 4.0, name="set", calibrates="a constant"),
        result(4.0, 5.0, name="again", repeats="a"),
        result(4.0, 5.0, name="theirs", group="model_to_model"),
        result(None, 4.0, name="none"),
        result(7.0, None, (6.0, 8.0), "range"),
        result(70.0, 4.0, (3.0, 5.0), "only shown", judged=False),
    ]
    whole = overall(results)
    assert (whole.cases, whole.cases_hit, whole.figures, whole.figures_hit, whole.unanswered) == (5, 3, 4, 2, 1)
    assert whole.relative.count == 2
    group = by_group(results)["specimen_rotation"]
    assert (group.cases, group.absolute.count, group.absolute.bias) == (6, 3, pytest.approx(4.0 / 3.0))
    assert by_group(results)["model_to_model"].cases == 1
    assert calibration(results).cases == 1


def test_a_case_is_a_hit_if_all_its_points_are():
    hit, miss, none = (result(model, 4.0, (3.0, 5.0)).answers[0] for model in (4.0, 9.0, None))
    case = result(4.0, 4.0).case
    verdicts = [Result(case, answers).verdict for answers in ((hit,), (hit, miss), (miss, none, hit))]
    assert verdicts == ["hit", "miss", "no answer"]
