"""Percentiles of one case: the same for any number of threads, and those of the cases solved one by one."""

from __future__ import annotations

import numpy as np
import pytest
from verification.states import MODEL

import spinesim as ss
from spinesim.analysis.drivers import rank_correlation
from spinesim.analysis.sampling import sample_models
from spinesim.analysis.uncertainty import PERCENTILES
from spinesim.solver.variables import VARIABLES

CASE = (ss.Subject(), ss.Posture(trunk_inclination_deg=30.0), ss.Load(mass_kg=5.0))
SAMPLES = 150


@pytest.fixture(scope="module")
def answer():
    return ss.uncertainty(MODEL, *CASE, samples=SAMPLES, seed=3, threads=1)


def assert_same(one, other):
    for name in VARIABLES:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name, strict=True)


def test_threads_change_nothing(answer):
    done = []
    again = ss.uncertainty(MODEL, *CASE, samples=SAMPLES, seed=3, threads=2, progress=lambda *count: done.append(count))
    for q in PERCENTILES:
        assert_same(again.percentiles[q], answer.percentiles[q])
    assert_same(again.draws, answer.draws)
    assert again.drivers == answer.drivers
    assert again.counts == answer.counts
    assert done[-1] == (SAMPLES, SAMPLES)


def test_another_seed_gives_other_draws(answer):
    other = ss.uncertainty(MODEL, *CASE, samples=20, seed=4)
    assert (other.draws.compression_N != answer.draws.compression_N[:20]).any()


def test_a_sample_is_the_case_solved_with_its_model(answer):
    for index, model in zip(range(4), sample_models(MODEL, 4, 3), strict=True):
        assert_same(answer.draws.row(index), ss.solve(model, *CASE))


def test_percentiles_are_those_of_the_converged_samples(answer):
    used = answer.draws.status == 0
    assert used.sum() == answer.counts["converged"]
    assert sum(answer.counts.values()) == answer.samples == SAMPLES
    np.testing.assert_array_equal(answer.p95.compression_N, np.percentile(answer.draws.compression_N[used], 95, axis=0))
    assert np.isnan(answer.draws.compression_N[~used]).all()
    assert np.isfinite(answer.p50.activation).all()
    assert (answer.p05.compression_N < answer.p50.compression_N).all()
    assert (answer.p50.compression_N < answer.p95.compression_N).all()
    assert_same(answer.nominal, ss.solve(MODEL, *CASE))
    assert answer.p05.status_name == "converged"


def test_standing_compression_has_a_plausible_band():
    """Nominal inside, wider than measurement noise, narrower than what separates standing from lifting."""
    standing = ss.uncertainty(MODEL, ss.Subject(), ss.Posture(), ss.Load(), samples=200, seed=0)
    low, middle, high = (getattr(standing, p).level("L4-L5")["compression_N"] for p in ("p05", "p50", "p95"))
    nominal = standing.nominal.level("L4-L5")["compression_N"]
    assert 350.0 < low < 0.85 * nominal
    assert 1.2 * nominal < high < 1000.0
    assert middle == pytest.approx(nominal, rel=0.12)
    assert standing.drivers[0].parameter == "resting_tone"


def test_what_is_left_out_is_said():
    heavy = ss.uncertainty(MODEL, ss.Subject(), ss.Posture(trunk_inclination_deg=60.0), ss.Load(mass_kg=40.0), samples=20)
    assert heavy.counts["converged"] < 19
    assert heavy.notes[0].startswith(("MORE THAN 5 % LEFT OUT", "no percentiles"))
    assert "strength_exceeded" in heavy.notes[0]


def test_nothing_converges_with_a_number_that_is_none():
    model = MODEL.with_draw({("facets", "L4-L5", "gap"): float("nan")}, MODEL.fascicle_table)
    assert ss.solve(model, ss.Subject(), ss.Posture(), ss.Load()).status_name == "not_converged"


@pytest.mark.parametrize(("key", "value"), [("samples", 10), ("samples", 10**6), ("seed", -1)])
def test_senseless_numbers_are_refused(key, value):
    with pytest.raises(ValueError, match=f"uncertainty: {key} = {value}"):
        ss.uncertainty(MODEL, *CASE, **{key: value})


def test_kinds_of_numbers_are_checked():
    with pytest.raises(TypeError, match=r"samples = 100\.0 is not a whole number"):
        ss.uncertainty(MODEL, *CASE, samples=100.0)
    with pytest.raises(ValueError, match="exponent"):
        ss.uncertainty(MODEL, *CASE, samples=20, exponent=4.0)


def test_rank_correlation_sees_order_alone():
    x = np.array([0.1, 2.0, 0.5, 3.0, 1.0])
    assert rank_correlation(x, np.exp(x)) == pytest.approx(1.0)
    assert rank_correlation(x, -(x**3)) == pytest.approx(-1.0)
    assert rank_correlation(x, np.ones(5)) == 0.0
