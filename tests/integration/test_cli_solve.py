"""The command line with the solver behind it."""

from __future__ import annotations

import json
import re
from importlib.util import find_spec

import numpy as np
import pytest
from click.testing import CliRunner

from spinesim.cli import main
from spinesim.config.presets import names
from spinesim.io.reading import read_solution
from spinesim.model.data import data_dir
from spinesim.model.names import LEVELS

CONFIGS = sorted(p for p in data_dir("configs").glob("*.yaml") if not p.name.startswith(("sweep_", "plan_")))


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


@pytest.mark.parametrize("name", names())
def test_every_preset_is_solved_and_shown(name, tmp_path):
    result = solve("--posture", name, "-o", tmp_path / "a.h5", "--html", tmp_path / "a.html")
    assert result.exit_code == 0, result.stderr
    assert f"Posture: {name}. Load: none." in result.stdout
    assert "converged: all forces and moments balance" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 110
    assert "nan" not in result.stdout.lower()
    page = (tmp_path / "a.html").read_text()
    assert page.count("<svg") == 4
    assert "nan" not in page.lower()


def test_more_load_means_more_compression():
    light, heavy = (json.loads(solve("--posture", "hold_close", "--load-kg", kg, "--json").stdout) for kg in (5, 15))
    for name in LEVELS:
        assert heavy["levels"][name]["compression_N"] > light["levels"][name]["compression_N"]


def test_the_resolved_config_gives_the_same_answer(tmp_path):
    first = json.loads(solve("--posture", "lift_squat", "--load-kg", "10", "--json").stdout)
    (tmp_path / "again.yaml").write_text(json.dumps(first["provenance"]["config"]))
    second = json.loads(solve(tmp_path / "again.yaml", "--json").stdout)
    assert second["levels"] == first["levels"]


@pytest.mark.parametrize("exponent", [2, 3, "min-max"])
def test_beyond_strength_is_said_and_coded(exponent, tmp_path):
    args = ("--posture", "hold_arms_length", "--load-kg", "60", "--set", f"solver.exponent={exponent}", "-o", tmp_path / "a.h5")
    result = solve(*args, "--json")
    answer = json.loads(result.stdout)
    assert result.exit_code == 3
    assert answer["status"] == "strength_exceeded"
    assert answer["validated"] is False
    unmet = answer["unmet_moments_Nm"]
    assert "L5-S1 extension" in unmet
    assert max(unmet.values()) == pytest.approx(answer["unmet_moment_Nm"], rel=1e-6)
    assert answer["unmet_moment_Nm"] > 1.0
    assert read_solution(tmp_path / "a.h5").attrs["count_strength_exceeded"] == 1


def test_a_weak_person_is_told_which_moment_is_missing():
    weak = [f"--set=subject.strength.{name}=0.1" for name in ("multifidus", "longissimus_thoracis", "iliocostalis_thoracis")]
    result = solve("--posture", "hold_arms_length", "--load-kg", "40", *weak)
    assert result.exit_code == 3
    assert "STRENGTH EXCEEDED" in result.stdout
    assert re.search(r"unmet moment: (T12-L1|L\d-[LS]\d) extension \d+\.\d+ N m", result.stdout)


def test_a_hand_out_of_reach_is_invalid_and_named(tmp_path):
    result = solve("--set", "posture.hand_position_mm=[1000, -900]", "-o", tmp_path / "a.h5")
    assert result.exit_code == 5
    assert "posture.hand_position_mm = [1000, -900] mm is out of reach" in result.stderr
    assert result.stdout == ""
    assert not (tmp_path / "a.h5").exists()


def test_unknown_names_of_the_model_are_invalid_input():
    result = solve("--set", "subject.tissue.facet.gap=2")
    assert result.exit_code == 5
    assert "did you mean 'facets.gap'" in result.stderr


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
def test_a_real_result_opens_in_xarray(tmp_path, engine):
    xarray = pytest.importorskip("xarray")
    pytest.importorskip({"h5netcdf": "h5netcdf", "netcdf4": "netCDF4"}[engine])
    answer = json.loads(solve(CONFIGS[0], "--json", "-o", tmp_path / "a.h5").stdout)
    with xarray.open_dataset(tmp_path / "a.h5", engine=engine) as data:
        level = data.isel(case=0).set_index(level="level")
        names_ = [n.decode() if isinstance(n, bytes) else n for n in level["level"].values]
        assert names_ == list(LEVELS)
        for key in ("compression_N", "disc_compression_N", "intradiscal_pressure_MPa"):
            np.testing.assert_array_equal(data[key].isel(case=0), [at[key] for at in answer["levels"].values()])
        assert data["activation"].sizes["fascicle"] >= 220
        assert json.loads(data.attrs["config"])["posture"]


@pytest.mark.skipif(find_spec("matplotlib") is None, reason="needs matplotlib")
@pytest.mark.parametrize("status", ["converged", "strength_exceeded"])
def test_a_real_picture(tmp_path, status):
    load = ("--posture", "hold_arms_length", "--load-kg", 60) if status == "strength_exceeded" else ()
    assert solve(*load, "--png", tmp_path / "a.png").exit_code in (0, 3)
    assert (tmp_path / "a.png").stat().st_size > 30_000


def test_stability_is_told_where_it_is_asked():
    plain, nudged = (json.loads(solve("--posture", "standing", "--json", *more).stdout) for more in ((), ("--stability",)))
    told = nudged.pop("stability")
    assert nudged == plain
    assert told["stable"] == (told["eigenvalue_Nm_rad"] > 0.0) == (told["critical_gain"] < told["gain"])
    assert set(told["mode"]) == set(plain["levels"])
    assert "Stability: NOT stable with a short-range gain of 10" in solve("--posture", "standing", "--stability").stdout
    moving = solve("--stability", "--set", "posture.flexion_rate_deg_s=20")
    assert moving.exit_code == 5
    assert "the posture moves" in moving.output
