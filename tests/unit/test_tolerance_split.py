"""What an exceedance comes from: people of whom the same is known, and what nobody knows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import multivariate_normal

from spinesim.analysis.tolerance import Evidence, Findings, Person, evidence, exceedance, facet_force, imaged, limit, split, strength

WOMAN = Person(42.0, "female", Findings.none())
OPEN = Person(42.0, "female", Findings())
LOADS = (800.0, 1500.0, 2000.0, 2600.0)
PROOFS: dict[str, list[Evidence]] = {
    "nothing": [],
    "bends": [evidence([1400.0] * 6, "daily_life")],
    "both": [evidence([900.0] * 6, "supervised_training"), evidence([1700.0] * 6, "logged_training")],
}


@pytest.mark.parametrize("who", [WOMAN, OPEN], ids=["known", "unknown"])
@pytest.mark.parametrize("shown", PROOFS)
@pytest.mark.parametrize("load", LOADS)
def test_the_parts_are_those_of_the_exceedance_of_the_rule(who, shown, load):
    tissue, items = strength(who), PROOFS[shown]
    for place in (0, 4):
        found = split(load, tissue, place, items)
        assert found.exceedance == pytest.approx(float(exceedance([load] * 6, tissue, items)[place]), rel=2e-3, abs=1e-9)
        assert found.people + found.knowledge == pytest.approx(1.0)
        assert 0.0 < found.people < 1.0
        assert found.low <= found.exceedance * 1.001
        assert found.low < found.high


def test_without_evidence_the_shares_are_those_of_bivariate_normal_distributions():
    """Var E[pi|c] = Phi2(k, k; s_c^2/T^2) - Phi(k)^2, and Var pi with all but the error of the task."""
    tissue, place, load = strength(WOMAN), 4, 1500.0
    own, error = float(tissue.sd_people[place]), tissue.error
    shared = float(tissue.sd[place]) ** 2 + error.shared**2
    total = shared + error.task**2
    k = np.log(load / tissue.median[place]) / np.sqrt(total)

    def variance(part: float) -> float:
        rho = part / total
        return float(multivariate_normal([0.0, 0.0], [[1.0, rho], [rho, 1.0]]).cdf([k, k]) - ndtr(k) ** 2)

    people, knowledge, both = variance(own**2), variance(shared - own**2), variance(shared)
    found = split(load, tissue, place)
    assert found.people == pytest.approx((people + both - knowledge) / (2.0 * both), rel=2e-3)
    ends = [ndtr((k * np.sqrt(total) + z * np.sqrt(shared - own**2)) / np.sqrt(total - shared + own**2)) for z in (-1.6449, 1.6449)]
    assert [found.low, found.high] == pytest.approx(ends, rel=0.01)


def test_what_is_unknown_goes_to_knowledge_and_what_is_alike_to_people():
    load = 1500.0
    known, unknown = (split(load, strength(who), 4) for who in (WOMAN, OPEN))
    assert unknown.knowledge > known.knowledge
    assert unknown.high > known.high
    tissue = strength(WOMAN)
    alike = split(load, replace(tissue, sd_people=np.full(6, 1e-6)), 4)
    assert alike.people == pytest.approx(0.0, abs=1e-4)
    sure = replace(tissue, sd_people=np.full(6, 9.0), error=replace(tissue.error, shared=1e-6))
    assert split(load, sure, 4).knowledge == pytest.approx(0.0, abs=1e-4)
    assert split(load, sure, 4).low == pytest.approx(split(load, sure, 4).high, rel=1e-3)


def test_no_answer_where_no_table_tells_people_from_knowledge():
    assert split(1500.0, facet_force(WOMAN), 4) is None
    assert split(0.0, strength(WOMAN), 4) is None
    assert split(1500.0, imaged(strength(WOMAN)), 4) is None


def test_imaging_that_confirms_the_median_narrows_and_keeps_what_findings_widen():
    for who in (WOMAN, OPEN):
        tissue = strength(who)
        seen = imaged(tissue)
        assert (seen.median == tissue.median).all()
        assert (seen.sd_wide < tissue.sd_wide).all()
        assert seen.sd_wide**2 - seen.sd**2 == pytest.approx(tissue.sd_wide**2 - tissue.sd**2)
        assert (limit(seen, "standard") > limit(tissue, "standard")).all()
