"""The command line with the solver behind it."""

from __future__ import annotations

import json
from importlib.util import find_spec

import numpy as np
import pytest
from click.testing import CliRunner

from spinesim.cli import main
from spinesim.io.reading import read_solution
from spinesim.model.data import data_dir
from spinesim.model.names import LEVELS

pytestmark = pytest.mark.skipif(find_spec("spinesim.solver.api") is None, reason="needs the solver")

CONFIGS = sorted(data_dir("configs").glob("*.yaml"))


def solve(*args):
    return CliRunner().invoke(main, ["solve", *map(str, args)])


def test_standing_without_a_case():
    result = solve("--json")
    answer = json.loads(result.stdout)
    assert result.exit_code == 0
    assert answer["status"] == "converged"
    assert answer["residual_force_N"] <= 1e-6
    assert answer["residual_moment_Nm"] <= 1e-6
    assert list(answer["levels"]) == list(LEVELS)
    assert answer["provenance"]["model_hash"]
    assert answer["provenance"]["config"]["subject"]["mass_kg"] == 70.0
    for group in answer["muscle_groups"].values():
        assert group["force_left_N"] == pytest.approx(group["force_right_N"], rel=1e-3, abs=0.5)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: p.stem)
def test_every_shipped_case_is_solved(path, tmp_path):
    result = solve(path, "--json", "-o", tmp_path / "a.h5", "--html", tmp_path / "a.html")
    answer = json.loads(result.stdout)
    assert result.exit_code == 0, result.stderr
    stored = read_solution(tmp_path / "a.h5")
    compression = [level["compression_N"] for level in answer["levels"].values()]
    np.testing.assert_array_equal(stored.solution.compression_N, compression)
    assert stored.attrs["model_hash"] == answer["provenance"]["model_hash"]


def test_more_load_means_more_compression():
    light, heavy = (json.loads(solve("--posture", "hold_close", "--load-kg", kg, "--json").stdout) for kg in (5, 15))
    for name in LEVELS:
        assert heavy["levels"][name]["compression_N"] > light["levels"][name]["compression_N"]


def test_the_resolved_config_gives_the_same_answer(tmp_path):
    first = json.loads(solve("--posture", "lift_squat", "--load-kg", "10", "--json").stdout)
    (tmp_path / "again.yaml").write_text(json.dumps(first["provenance"]["config"]))
    second = json.loads(solve(tmp_path / "again.yaml", "--json").stdout)
    assert second["levels"] == first["levels"]


def test_beyond_strength_is_said_and_coded():
    args = ("--posture", "hold_arms_length", "--load-kg", "40", "--set", "subject.resting_tone=0.01")
    strength = [f"--set=subject.strength.{name}=0.1" for name in ("multifidus", "longissimus_thoracis", "iliocostalis_thoracis")]
    result = solve(*args, *strength, "--json")
    answer = json.loads(result.stdout)
    assert result.exit_code == 3
    assert answer["status"] == "strength_exceeded"
    assert answer["unmet_moment_Nm"] > 0.0
    assert answer["validated"] is False


def test_a_hand_out_of_reach_is_invalid(tmp_path):
    result = solve("--set", "posture.hand_position_mm=[1000, -900]", "-o", tmp_path / "a.h5")
    assert result.exit_code == 5
    assert not (tmp_path / "a.h5").exists()
