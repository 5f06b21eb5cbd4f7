"""``spinesim solve --uncertainty``: JSON, tables, files and pictures."""

from __future__ import annotations

import json
from importlib.util import find_spec

import numpy as np
import pytest
from click.testing import CliRunner

from spinesim.cli import main
from spinesim.io.reading import ResultFileError, read_solution
from spinesim.model.names import LEVELS
from spinesim.solver.variables import VARIABLES

ASKED = ("--posture", "bent_forward_30", "--load-kg", "5", "--uncertainty", "40")


def solve(*args):
    return CliRunner().invoke(main, ["solve", *map(str, args)])


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("uncertainty")
    outputs = ["-o", folder / "a.h5", "--html", folder / "a.html"]
    outputs += ["--png", folder / "a.png"] if find_spec("matplotlib") else []
    result = solve(*ASKED, "--seed", "7", "--json", *outputs)
    assert result.exit_code == 0, result.stderr
    return folder, json.loads(result.stdout)


def same_keys(one, other):
    """Percentile trees hold three numbers where the answer holds one."""
    for key, value in other.items():
        if isinstance(value, dict):
            same_keys(one[key], value)
        else:
            assert len(value) == 3, key
            assert not isinstance(one[key], (dict, list)), key
            assert value == sorted(value, key=lambda v: (v is None, v)), key


def test_json_has_percentiles_beside_unchanged_values(made):
    _, answer = made
    plain = json.loads(solve(*ASKED[:4], "--json").stdout)
    assert answer["levels"] == plain["levels"]
    assert answer["muscle_groups"] == plain["muscle_groups"]
    spread = answer["uncertainty"]
    assert set(answer) - set(plain) == {"uncertainty"}
    assert spread["samples"] == 40
    assert spread["seed"] == answer["provenance"]["seed"] == 7
    assert spread["percentiles"] == [5, 50, 95]
    assert sum(spread["counts"].values()) == 40
    for part in ("levels", "muscle_groups", "support_force_N", "hip_moment_Nm"):
        assert spread[part].keys() == answer[part].keys()
        same_keys(answer[part], spread[part])
    assert len(spread["cost"]) == 3
    low, middle, high = spread["levels"]["L4-L5"]["compression_N"]
    assert low < middle < high
    assert low < answer["levels"]["L4-L5"]["compression_N"] < high


def test_percentiles_of_sums_are_not_sums_of_percentiles(made):
    """Groups and shares are made for every sample first."""
    folder, answer = made
    stored = read_solution(folder / "a.h5").percentiles[95]
    mine = np.array([g == "multifidus" for g in stored.groups])
    high = answer["uncertainty"]["muscle_groups"]["multifidus"]["active_N"][2]
    assert high < 0.98 * stored.active_force_N[mine].sum()


def test_the_file_holds_the_same_percentiles(made):
    folder, answer = made
    stored = read_solution(folder / "a.h5")
    assert list(stored.percentiles) == [5, 50, 95]
    for number, solution in enumerate(stored.percentiles.values()):
        told = [level["disc_compression_N"][number] for level in answer["uncertainty"]["levels"].values()]
        np.testing.assert_allclose(solution.disc_compression_N, told, rtol=1e-12)
        assert solution.status == stored.solution.status
    assert stored.attrs["uncertainty"]["samples"] == 40
    assert stored.attrs["seed"] == 7


def test_damaged_percentiles_are_refused(made, tmp_path):
    import h5py

    folder, _ = made
    (tmp_path / "b.h5").write_bytes((folder / "a.h5").read_bytes())
    with h5py.File(tmp_path / "b.h5", "r+") as file:
        file["compression_N_percentiles"][0, 0, 0] += 1.0
    with pytest.raises(ResultFileError, match="percentiles do not match"):
        read_solution(tmp_path / "b.h5")


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
def test_percentiles_open_in_xarray(made, engine):
    xarray = pytest.importorskip("xarray")
    pytest.importorskip({"h5netcdf": "h5netcdf", "netcdf4": "netCDF4"}[engine])
    folder, answer = made
    with xarray.open_dataset(folder / "a.h5", engine=engine) as data:
        assert data["percentile"].values.tolist() == [5, 50, 95]
        for name, variable in VARIABLES.items():
            if variable.dtype == "f8":
                assert data[f"{name}_percentiles"].dims == ("percentile", "case", *variable.dims)
                assert data[f"{name}_percentiles"].attrs["units"] == variable.unit
        at = data["compression_N_percentiles"].sel(percentile=95).isel(case=0, level=LEVELS.index("L4-L5"))
        assert float(at) == pytest.approx(answer["uncertainty"]["levels"]["L4-L5"]["compression_N"][2])


def test_pictures_have_whiskers(made):
    folder, answer = made
    page = (folder / "a.html").read_text()
    assert "of 40 samples (seed 7)" in page
    assert page.count('class="whisker"') >= 4 * len(LEVELS)
    assert "whisker" not in solve_page(folder)
    if find_spec("matplotlib"):
        assert (folder / "a.png").stat().st_size > 30_000
    assert answer["status"] == "converged"


def solve_page(folder):
    assert solve("--html", folder / "plain.html").exit_code == 0
    return (folder / "plain.html").read_text().partition("</style>")[2]


def test_the_text_tells_spread_and_causes():
    result = solve("--uncertainty", 200)
    assert result.exit_code == 0, result.stderr
    assert "of 200 samples (seed 0)" in result.stdout
    assert "goes most with (rank correlation): muscle law tone resting tone +0." in " ".join(result.stdout.split())
    assert max(map(len, result.stdout.splitlines())) <= 110
    assert "nan" not in result.stdout.lower()
    assert result.stderr == ""


@pytest.mark.parametrize("args", [("--uncertainty", 5), ("--uncertainty", "many"), ("--uncertainty", 20, "--seed", -1), ("--seed", 3)])
def test_senseless_options_are_usage_errors(args):
    assert solve(*args).exit_code == 2
