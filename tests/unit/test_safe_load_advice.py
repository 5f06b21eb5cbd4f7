"""What would change an answer: each change is the answer to its own question, and none that does not help is named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from affine import NEAR, WELL, Solver, ask, proof, scaled

from spinesim.analysis import safe_load as module
from spinesim.analysis import tissue_limits
from spinesim.analysis.tolerance import Findings, imaged, strength
from spinesim.analysis.tolerance.person import examined

SLOW, EXAMINED, FEW = "lifting slowly", "the unknown findings", "at most 100 loadings of the spine a day"
KEPT, STANDARD, CAUTIOUS = "the tolerated tasks", "protection standard (alpha 5 %)", "protection cautious_work (alpha 10 %)"


def changes(**told):
    """Kilograms and outcome by the beginning of what is changed; imaging, which nearly always helps, has a test of its own."""
    found = ask(**told, explain=True)
    by_name = {}
    for change in (change for change in found.what_would_change if not change.what.startswith(tissue_limits.SCAN)):
        name = next(name for name in (SLOW, EXAMINED, FEW, KEPT, STANDARD, CAUTIOUS) if change.what.startswith(name))
        by_name[name] = change.modelled_limit_kg
        assert change.outcome == "limit"
        assert found.modelled_limit_kg is None or change.modelled_limit_kg > found.modelled_limit_kg
    return by_name


def kg(**told) -> float:
    found = ask(**told).modelled_limit_kg
    assert found is not None
    return found


def test_protection_is_loosened_up_to_cautious_work(solver):
    solver()
    standard, cautious = (kg(protection=level) for level in ("standard", "cautious_work"))
    assert changes() == {STANDARD: standard, CAUTIOUS: cautious}
    assert changes(protection="standard") == {CAUTIOUS: cautious}
    assert changes(protection="cautious_work") == changes(protection="ergonomic") == {}


def test_a_faster_pace_can_be_slowed(solver):
    solver()
    paced = {factor: replace(NEAR, dynamic_factor=factor) for factor in (1.0, 1.08, 1.2)}
    assert changes(task=paced[1.2], protection="ergonomic") == {SLOW: kg(task=paced[1.08], protection="ergonomic")}
    assert changes(task=paced[1.08], protection="ergonomic") == changes(task=paced[1.0], protection="ergonomic") == {}


def test_the_unknown_can_be_examined_but_what_is_known_stays(solver):
    solver()
    bulge = {"L4-L5": "early"}
    assert examined(Findings(bulge=bulge)) == replace(WELL, bulge=bulge)
    assert changes(findings=Findings(bulge=bulge))[EXAMINED] == kg(findings=replace(WELL, bulge=bulge))
    assert EXAMINED not in changes(findings=replace(WELL, bulge=bulge))


@pytest.mark.parametrize("findings", [WELL, Findings(bulge={"L4-L5": "early"})])
def test_imaging_that_confirms_the_median_gives_the_answer_of_its_spread(solver, monkeypatch, findings):
    solver()
    found = ask(findings=findings, explain=True)
    change = next(change for change in found.what_would_change if change.what.startswith(tissue_limits.SCAN))
    monkeypatch.setattr(tissue_limits, "strength", lambda person, law="regression": imaged(strength(person, law)))
    assert change.modelled_limit_kg == kg(findings=findings) > found.modelled_limit_kg


def test_a_hundred_loadings_a_day_are_the_most_that_help(solver, monkeypatch):
    made = Solver()
    solver()
    monkeypatch.setattr(module, "demands", lambda *args, **told: scaled(made(*args, **told), anterior_shear_N=2.0))
    few = kg(daily_loadings=100.0)
    for told in ({"daily_loadings": 101.0}, {"daily_loadings": None}, {"daily_loadings": 0.0, "reps": 101.0}):
        assert changes(**told)[FEW] == few
    assert FEW not in changes(daily_loadings=100.0)


@pytest.mark.parametrize(
    ("load_kg", "told"),
    [
        (60.0, {"weeks": 2.0}), (60.0, {"weeks": None}), (60.0, {"weeks": 30.0, "times_a_day": None}), (60.0, {"times_a_day": 0.1}),
        (40.0, {"kind": "logged_training"}),
    ],
)  # fmt: skip
def test_what_is_tolerated_can_be_kept_up_for_twelve_supervised_weeks(solver, load_kg, told):
    """Supervision makes a habit of what nobody counted, but not of what is done more seldom than weekly."""
    solver(leaves=100.0)
    often = told.get("times_a_day") or 1.0
    supervised = proof(load_kg, kind="supervised_training", weeks=12.0, times_a_day=often)
    assert supervised.habit is (often == 1.0)
    assert changes(evidence=(proof(load_kg, **told),))[KEPT] == kg(evidence=(supervised,))
    assert KEPT not in changes(evidence=(supervised,))
    assert KEPT not in changes()


def test_nothing_changes_a_refusal(solver):
    solver()
    for told in ({"findings": replace(WELL, red_flags=True)}, {"findings": Findings(vertebral_fracture=True)}, {"max_flexion_deg": 90.0}):
        assert changes(**told) == {}


def test_what_allows_something_where_nothing_was_is_named(solver):
    solver(weights={"lift": 3.0})
    assert ask().outcome == "no"
    assert changes() == {name: kg(protection=level) for name, level in ((STANDARD, "standard"), (CAUTIOUS, "cautious_work"))}
