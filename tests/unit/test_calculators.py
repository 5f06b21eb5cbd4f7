"""LiFFT and the revised NIOSH equation against published examples and hand arithmetic."""

from __future__ import annotations

import math
from dataclasses import astuple

import numpy as np
import pytest

from spinesim.analysis.calculators.lifft import Task, damage_per_lift, lifft, probability
from spinesim.analysis.calculators.niosh import FREQUENCIES, Lift, assess, assess_job, composite_index, frequency_multiplier, multipliers

LB, INCH, FT_LB = 0.45359237, 0.0254, 1.3558179


def test_lifft_example_of_the_tool():
    answer = lifft([Task(30 * LB, 16 * INCH, 760)])
    assert 100 * answer.probability == pytest.approx(40.0, abs=1.0)
    assert answer.cumulative_damage == pytest.approx(0.0091, abs=1e-4)
    assert answer.moment_Nm[0] == pytest.approx(54.2, abs=0.1)
    assert answer.band == "moderate"
    assert not answer.caution


def test_lifft_example_of_the_paper():
    assert 0.0042 <= lifft([Task(13, 0.40, 400)]).cumulative_damage <= 0.0043


@pytest.mark.parametrize(
    ("load", "lever", "n", "moment", "each", "total", "percent"),
    [
        (10, 0.30, 100, 29.43, 4.6693e-6, 4.6693e-4, 15.61),
        (20, 0.40, 50, 78.48, 3.0112e-5, 1.5056e-3, 23.74),
        (5, 0.50, 1000, 24.525, 3.8753e-6, 3.8753e-3, 32.16),
    ],
)
def test_lifft_arithmetic(load, lever, n, moment, each, total, percent):
    answer = lifft([Task(load, lever, n)])
    found = (answer.moment_Nm[0], answer.damage_per_lift[0], answer.cumulative_damage, 100 * answer.probability)
    assert found == pytest.approx((moment, each, total, percent), rel=1e-3)


def test_lifft_lookup_of_the_authors():
    """Their table is stepped by tenths of a ft-lb; the formula stays within 6 % of it from 10 ft-lb on (2.7e-6 has two digits)."""
    table = {10: 2.7e-6, 20: 4.4e-6, 37: 1.02e-5, 50: 1.97e-5, 74: 6.65e-5, 100: 2.514e-4, 150: 3.3469e-3, 199: 4.36101e-2}
    assert damage_per_lift(FT_LB * np.array(list(table))) == pytest.approx(list(table.values()), rel=0.06)


def test_lifft_bands_and_assistance():
    assert 100 * probability([0.00176, 0.0208]) == pytest.approx([25.0, 50.0], abs=0.2)
    # 30 N m of help take about 70 % of the damage of a lift (exoskeleton study).
    assert 1 - damage_per_lift(30.0) / damage_per_lift(60.0) == pytest.approx(0.70, abs=0.03)
    assert lifft([Task(15, 0.8, 10)]).caution
    assert lifft([Task(15, 0.6, 2000)]).band == "high"


def test_lifft_shares_and_splitting():
    one, two = lifft([Task(10, 0.4, 100)]), lifft([Task(10, 0.4, 30), Task(10, 0.4, 70)])
    assert two.cumulative_damage == pytest.approx(one.cumulative_damage, rel=1e-14)
    assert two.share == pytest.approx([0.3, 0.7])
    rest = lifft([Task(10, 0.4, 0)])
    assert (rest.cumulative_damage, rest.probability, rest.band) == (0.0, 0.0, "low")


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (Task(-1, 0.4, 1), r"tasks\[0\].load_kg = -1 kg is outside the range 0 to 90 kg"),
        (Task(10, 40, 1), r"tasks\[0\].lever_m = 40 m is outside"),
        (Task(10, 0.4, math.nan), r"tasks\[0\].repetitions = nan is outside"),
        (Task(80, 1.0, 1), "moment_Nm = 784.8 N m is outside"),
    ],
)
def test_lifft_refuses(task, words):
    with pytest.raises(ValueError, match=words):
        lifft([task])


def test_lifft_refuses_other_kinds():
    with pytest.raises(TypeError, match=r"tasks\[0\].load_kg: '10' is not a number"):
        lifft([Task("10", 0.4, 1)])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"lever_m: True is not a number"):
        lifft([Task(10, True, 1)])
    with pytest.raises(ValueError, match="none given"):
        lifft([])


IDEAL = Lift(load=10, horizontal=25, vertical=75, travel=25)


def test_niosh_load_constants():
    assert assess(IDEAL).rwl == pytest.approx(23.0)
    assert assess(Lift(10, 10, 30, 10, units="us")).rwl == pytest.approx(51.0)


@pytest.mark.parametrize(
    ("change", "name", "expected"),
    [
        ({"horizontal": 40}, "HM", 25 / 40),
        ({"horizontal": 20}, "HM", 1.0),
        ({"horizontal": 63}, "HM", 25 / 63),
        ({"horizontal": 63.1}, "HM", 0.0),
        ({"vertical": 0}, "VM", 0.775),
        ({"vertical": 175}, "VM", 0.70),
        ({"vertical": 175.1}, "VM", 0.0),
        ({"travel": 10}, "DM", 1.0),
        ({"travel": 100}, "DM", 0.865),
        ({"travel": 175.1}, "DM", 0.0),
        ({"asymmetry_deg": 45}, "AM", 0.856),
        ({"asymmetry_deg": 135}, "AM", 0.568),
        ({"asymmetry_deg": 135.1}, "AM", 0.0),
        ({"lifts_per_min": 5, "duration": "long"}, "FM", 0.35),
        ({"lifts_per_min": 0.0}, "FM", 1.0),
        ({"coupling": "fair"}, "CM", 1.0),
        ({"coupling": "fair", "vertical": 74.9}, "CM", 0.95),
        ({"coupling": "poor"}, "CM", 0.90),
    ],
)
def test_niosh_multipliers(change, name, expected):
    fields = {"load": 10, "horizontal": 25, "vertical": 75, "travel": 25} | change
    m = multipliers(Lift(**fields))
    assert getattr(m, name) == pytest.approx(expected, abs=1e-12)
    others = [getattr(m, other) for other in ("HM", "VM", "DM", "AM", "FM", "CM") if other != name]
    assert name == "CM" or "vertical" in change or others == pytest.approx([1.0] * 5)


@pytest.mark.parametrize(
    ("duration", "low", "column"),
    [
        ("short", True, (1, 0.97, 0.94, 0.91, 0.88, 0.84, 0.8, 0.75, 0.7, 0.6, 0.52, 0.45, 0.41, 0.37, 0, 0, 0)),
        ("short", False, (1, 0.97, 0.94, 0.91, 0.88, 0.84, 0.8, 0.75, 0.7, 0.6, 0.52, 0.45, 0.41, 0.37, 0.34, 0.31, 0.28)),
        ("moderate", True, (0.95, 0.92, 0.88, 0.84, 0.79, 0.72, 0.6, 0.5, 0.42, 0.35, 0.3, 0.26, 0, 0, 0, 0, 0)),
        ("moderate", False, (0.95, 0.92, 0.88, 0.84, 0.79, 0.72, 0.6, 0.5, 0.42, 0.35, 0.3, 0.26, 0.23, 0.21, 0, 0, 0)),
        ("long", True, (0.85, 0.81, 0.75, 0.65, 0.55, 0.45, 0.35, 0.27, 0.22, 0.18, 0, 0, 0, 0, 0, 0, 0)),
        ("long", False, (0.85, 0.81, 0.75, 0.65, 0.55, 0.45, 0.35, 0.27, 0.22, 0.18, 0.15, 0.13, 0, 0, 0, 0, 0)),
    ],
)
def test_niosh_frequency_table(duration, low, column):
    assert [frequency_multiplier(f, duration, low=low) for f in FREQUENCIES] == pytest.approx(column)


def test_niosh_frequency_between_and_beyond_rows():
    assert frequency_multiplier(2.4, "short", low=True) == pytest.approx(0.91 - 0.4 * 0.03)
    assert frequency_multiplier(12.5, "short", low=True) == 0.0
    assert frequency_multiplier(15.1, "short", low=False) == 0.0
    assert assess(Lift(5, 25, 75, 25, lifts_per_min=20)).lifting_index == math.inf


def test_niosh_package_inspection():
    """Example 4 of the manual: 26 lb; printed 34.9 and 15.2 lb with rounded multipliers, 34.8 and 15.3 without."""
    task = {"load": 26, "travel": 37, "lifts_per_min": 3, "coupling": "fair", "units": "us"}
    origin = assess(Lift(horizontal=10, vertical=22, **task))
    destination = assess(Lift(horizontal=20, vertical=59, origin_vertical=22, **task))
    assert astuple(origin.multipliers) == pytest.approx((1.0, 0.94, 0.87, 1.0, 0.88, 0.95), abs=0.005)
    assert (origin.rwl, destination.rwl) == pytest.approx((34.8, 15.3), abs=0.05)
    assert (round(origin.lifting_index, 1), round(destination.lifting_index, 1)) == (0.7, 1.7)


def test_niosh_composite_example():
    """Section 2.4.5 of the manual: three tasks, 1, 2 and 4 lifts/min for at most an hour; CLI printed as 1.9."""
    order, total = composite_index([1.6, 1.1, 0.8], [1.5, 1.0, 0.67], [1, 2, 4], "short", low=False)
    assert order == (0, 1, 2)
    assert total == pytest.approx(1.6 + 1.0 * (1 / 0.88 - 1 / 0.94) + 0.67 * (1 / 0.70 - 1 / 0.88))
    assert round(total, 1) == 1.9


def test_niosh_job_of_one_task_is_the_task():
    lift = Lift(12, 40, 50, 60, 30, 4, "moderate", "fair")
    assert assess_job([lift]).composite_index == pytest.approx(assess(lift).lifting_index)


def test_niosh_splitting_a_task_changes_nothing():
    whole = Lift(12, 40, 50, 60, 30, 6, "moderate", "fair")
    parts = [Lift(12, 40, 50, 60, 30, 2, "moderate", "fair"), Lift(12, 40, 50, 60, 30, 4, "moderate", "fair")]
    assert assess_job(parts).composite_index == pytest.approx(assess_job([whole]).composite_index)


def test_niosh_job_orders_by_single_index_and_adds():
    light, heavy = Lift(5, 40, 50, 60, 0, 2), Lift(15, 40, 50, 60, 0, 1, max_load=18)
    job = assess_job([light, heavy])
    assert job.order == (1, 0)
    assert job.composite_index > max(t.lifting_index for t in job.tasks)
    assert job.tasks[1].fili == pytest.approx(18 / job.tasks[1].firwl)
    assert assess_job([Lift(5, 25, 75, 25, 0, 9), Lift(5, 25, 75, 25, 0, 9)]).composite_index == math.inf


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"horizontal": -1}, "horizontal = -1 cm or in is outside"),
        ({"vertical": math.nan}, "vertical = nan"),
        ({"asymmetry_deg": 200}, "asymmetry_deg = 200 deg is outside the range 0 to 180"),
        ({"coupling": "god"}, "coupling: 'god' is unknown; expected one of good, fair, poor; did you mean 'good'"),
        ({"duration": "day"}, "duration: 'day' is unknown"),
        ({"units": "imperial"}, "units: 'imperial' is unknown"),
    ],
)
def test_niosh_refuses(change, words):
    with pytest.raises(ValueError, match=words):
        Lift(**({"load": 10, "horizontal": 25, "vertical": 75, "travel": 25} | change))


def test_niosh_refuses_mixed_jobs():
    with pytest.raises(ValueError, match="duration differs"):
        assess_job([IDEAL, Lift(10, 25, 75, 25, duration="long")])
    with pytest.raises(ValueError, match="units differs"):
        assess_job([IDEAL, Lift(10, 25, 75, 25, units="us")])
    with pytest.raises(ValueError, match="none given"):
        assess_job([])
