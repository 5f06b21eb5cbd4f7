"""``spinesim specimen`` as a user calls it."""

import json

import h5py
import numpy as np
import pytest
import xarray
from click.testing import CliRunner

from spinesim.cli.main import main


def run(*args):
    return CliRunner().invoke(main, ["specimen", *args])


def answer(*args):
    result = run(*args, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_json_holds_every_level():
    found = answer("--segment", "L1-L5", "--moment", "extension=5", "--follower", "300")
    assert list(found["levels"]) == ["L1-L2", "L2-L3", "L3-L4", "L4-L5"]
    total = sum(level["rotation_deg"][0] for level in found["levels"].values())
    assert found["rotation_total_deg"][0] == pytest.approx(total, abs=1e-6)
    assert total < -5.0
    assert found["levels"]["L4-L5"]["facet_left_N"] == pytest.approx(found["levels"]["L4-L5"]["facet_right_N"], abs=1e-4)
    assert set(found["levels"]["L4-L5"]["ligament_tension_N"]) == {"ALL", "PLL", "LF", "FC", "ITL", "ISL", "SSL"}
    assert found["validated"]
    assert found["provenance"]["config"]["loading"]["follower_N"] == 300.0


def test_tables_read_in_a_terminal():
    result = run("--moment", "flexion=7.5", "--both-ways", "--stepwise")
    assert result.exit_code == 0
    assert "neutral" in result.stdout
    assert "+ nucleus" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 110


def test_each_structure_removed_lets_it_flex_further():
    steps = answer("--moment", "flexion=7.5", "--stepwise")["steps"]
    assert [step["removed"] for step in steps] == ["nothing", "+ SSL", "+ ISL", "+ LF", "+ FC", "+ facets", "+ ALL", "+ PLL", "+ nucleus"]
    assert np.all(np.diff([step["levels"]["L4-L5"]["rotation_deg"][0] for step in steps]) >= -1e-9)


def test_what_the_specimen_is_asked_beyond_measurements_is_said():
    found = answer("--follower", "1500", "--hold-rotations")
    assert not found["validated"]
    assert "specimen.follower_N = 1500 N is outside the validated range 0 to 1000 N" in found["notes"]


def test_the_subject_of_a_case_is_the_donor(tmp_path):
    case = tmp_path / "worn.yaml"
    case.write_text("subject:\n  disc_grade:\n    L4-L5: 4\n")
    ways = ((), (str(case),), ("--set", "subject.disc_grade.L4-L5=4"))
    whole, worn, same = (answer(*args, "--follower", "500", "--hold-rotations")["levels"]["L4-L5"]["facet_left_N"] for args in ways)
    assert worn > whole
    assert same == worn


def test_the_file_opens_in_xarray_with_units(tmp_path):
    path = tmp_path / "curve.h5"
    assert run("--segment", "L1-S1", "--moment", "axial=5", "-o", str(path)).exit_code == 0
    with xarray.open_dataset(path, engine="h5netcdf") as data:
        assert data["rotation_deg"].dims == ("step", "level", "rotation")
        assert data["facet_force_N"].attrs["units"] == "N"
        assert data["part_of_load"].values[-1] == 1.0
        assert np.all(np.diff(data["rotation_total_deg"].sel(rotation=b"axial").values) > 0.0)
    with h5py.File(path) as file:
        assert json.loads(file.attrs["config"])["segment"] == "L1-S1"
        assert all(file[name].fletcher32 for name in file)


def test_a_picture_is_drawn(tmp_path):
    path = tmp_path / "curve.png"
    assert run("--compression", "300", "--hold-rotations", "--creep", "0.5", "--png", str(path)).exit_code == 0
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("--moment", "flex=3"), 2, "expected one of flexion, extension, lateral, axial"),
        (("--moment", "flexion=x"), 2, "newton metres"),
        (("--moment", "flexion=1", "--moment", "extension=1"), 2, "given already"),
        (("--both-ways",), 2, "needs --moment"),
        (("--moment", "flexion=60"), 5, "specimen.moment_Nm = 60 N m is outside the computable range 0 to 15 N m"),
        (("--segment", "L4L5"), 5, "did you mean 'L4-L5'"),
        (("--without", "facet_lef"), 5, "did you mean 'facet_left'"),
        (("--segment", "L1-L5", "--clamp", "flexion=2"), 5, "single segment"),
        (("--creep", "9"), 5, "specimen.creep_mm = 9 mm"),
        (("--set", "subject.mass_kg=1"), 5, "subject.mass_kg = 1 kg is outside the computable range"),
        (("nowhere.yaml",), 6, "nowhere.yaml"),
        (("-o", "nowhere/curve.h5"), 6, "does not exist"),
    ],
)
def test_faults_are_named(args, code, words):
    result = run(*args)
    assert result.exit_code == code
    assert words in result.output
    assert result.stdout == ""
