"""The split of least effort: healthy people move as measured, and deficits, loads and stiff discs shift it as published."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

import spinesim as ss
from spinesim.analysis.assess.norms import norm
from spinesim.analysis.least_effort import fitted, least_effort
from spinesim.cli import main

MODEL = ss.SpineModel.default()
GLUTEAL = {"gluteus_maximus": 0.7, "gluteus_medius": 0.7}
EXTENSORS = dict.fromkeys(
    ("multifidus", "longissimus_thoracis", "longissimus_lumborum", "iliocostalis_lumborum", "iliocostalis_thoracis"), 0.7
)


def share(angle=60.0, load_kg=0.0, **subject):
    return least_effort(MODEL, ss.Subject(**subject), ss.Posture(trunk_inclination_deg=angle), ss.Load(mass_kg=load_kg)).lumbar_share


def test_the_weights_of_the_table_are_those_of_the_fit():
    lumbar, hip, misses = fitted(MODEL)
    assert norm("least_effort", "lumbar_weight") == pytest.approx(lumbar, rel=0.01)
    assert norm("least_effort", "hip_weight") == pytest.approx(hip, rel=0.01)
    assert np.abs(misses).max() < 0.03


@pytest.mark.parametrize("angle", [20.0, 45.0, 75.0, 100.0])
def test_healthy_people_move_as_measured_between_the_fitted_inclinations(angle):
    found = least_effort(MODEL, ss.Subject(), ss.Posture(trunk_inclination_deg=angle), ss.Load())
    assert found.lumbar_share == pytest.approx(found.healthy_share, abs=0.04)


def test_the_split_found_is_the_cheapest_of_all():
    found = least_effort(MODEL, ss.Subject(), ss.Posture(trunk_inclination_deg=60.0), ss.Load(mass_kg=5.0))
    step = found.shares[1] - found.shares[0]
    assert abs(found.lumbar_share - found.shares[np.nanargmin(found.effort)]) <= step
    assert found.posture.lumbar_share == found.lumbar_share


def test_a_gluteal_deficit_changes_the_rhythm_by_itself():
    assert share(strength=GLUTEAL) < share() - 0.01


def test_directions_that_are_published():
    """Vazirian 2016: the lumbar share is higher with load and with fatigue of the extensors; lower where discs are stiff (Laird 2014)."""
    assert share(load_kg=10.0) > share() + 0.02
    assert share(strength=EXTENSORS) > share() + 0.02
    assert share(90.0, disc_grade={"L4-L5": 4}) < share(90.0) - 0.02


def test_upright_has_no_split():
    with pytest.raises(ValueError, match="trunk_inclination_deg = None; expected a forward inclination"):
        least_effort(MODEL, ss.Subject(), ss.Posture(), ss.Load())


def test_the_command_chooses_and_says_so():
    def solve(*args):
        return CliRunner().invoke(main, ["solve", "--least-effort", *args])

    done = solve("--set", "posture.trunk_inclination_deg=60", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    wanted = share()
    assert sum(level["flexion_deg"] for level in told["levels"].values()) == pytest.approx(60.0 * wanted, abs=1e-6)
    assert any("least effort" in note for note in told["notes"])
    assert told["provenance"]["config"]["posture"]["lumbar_share"] == pytest.approx(wanted)
    refused = solve("--posture", "standing")
    assert refused.exit_code == 2
    assert "posture.trunk_inclination_deg" in refused.output
