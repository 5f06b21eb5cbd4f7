"""``spinesim exercise``: tables, JSON, files and exit codes."""

from __future__ import annotations

import json
from importlib.util import find_spec

import h5py
import numpy as np
import pytest
from click.testing import CliRunner

from spinesim.cli import main
from spinesim.config.exercise import names
from spinesim.io.reading import read_solution
from spinesim.model.names import LEVELS


def run(*args):
    return CliRunner().invoke(main, ["exercise", *map(str, args)])


def test_list_and_yaml(tmp_path):
    listed = run("--list").stdout.splitlines()
    assert [line.split()[0] for line in listed] == list(names())
    mine = tmp_path / "mine.yaml"
    mine.write_text(run("reach", "--yaml").stdout, encoding="utf-8")
    own, shipped = (json.loads(run(name, "--json").stdout) for name in (mine, "reach"))
    assert own["levels"] == shipped["levels"]
    assert own["exercise"]["name"] == "mine"


def test_tables_fit_a_terminal():
    result = run("hip_hinge")
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= 110
    for word in (*LEVELS, "lowering", "rising", "Impulse", "Loading cycles", "10 repetitions of 5.00 s"):
        assert word in result.stdout


def test_json_and_file_agree(tmp_path):
    out = tmp_path / "a.h5"
    result = run("squat", "--load-kg", 12, "--set", "subject.mass_kg=80", "--set", "tempo.rising.seconds=2", "--json", "-o", out)
    answer, stored = json.loads(result.stdout), read_solution(out)
    assert result.exit_code == 0
    assert answer["provenance"]["config"]["subject"]["mass_kg"] == 80.0
    assert answer["exercise"]["seconds"] == 5.0
    np.testing.assert_array_equal(stored.solution.compression_N.T, list(answer["frames"]["compression_N"].values()))
    for level, name in enumerate(LEVELS):
        peak = answer["levels"][name]["peaks"]["compression_N"]
        assert peak["value"] == stored.solution.compression_N[:, level].max()
        assert max(phase["compression_N"][name] for phase in answer["phases"].values()) == peak["value"]
    with h5py.File(out) as file:
        np.testing.assert_array_equal(file["time_s"][()], answer["frames"]["time_s"])
        assert file["phase"][0] == b"lowering"
        assert file["time_s"].dims[0][0].name == "/case"


def test_the_other_side():
    there = json.loads(run("suitcase_carry", "--mirrored", "--json").stdout)
    here = json.loads(run("suitcase_carry", "--json").stdout)
    assert (here["exercise"]["side"], there["exercise"]["side"]) == ("as written", "mirrored")
    for name in LEVELS:
        left, right = (answer["levels"][name]["peaks"]["lateral_shear_N"]["value"] for answer in (there, here))
        assert left == pytest.approx(-right, rel=1e-6)


@pytest.mark.skipif(find_spec("matplotlib") is None, reason="needs matplotlib")
def test_picture(tmp_path):
    assert run("reach", "--png", tmp_path / "a.png").exit_code == 0
    assert (tmp_path / "a.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        ((), 2, "--list"),
        (("hip_hing",), 2, "did you mean 'hip_hinge'"),
        (("squat", "--set", "tempo.risng.seconds=1"), 2, "did you mean 'rising'"),
        (("squat", "--set", "subject.mas_kg=80"), 2, "did you mean 'mass_kg'"),
        (("bird_dog", "--load-kg", "3"), 5, "no place for a load"),
        (("squat", "--load-kg", "nan"), 5, "load.mass_kg"),
        (("squat", "--set", "tempo.rising.seconds=0.2"), 5, "hip_rise_acceleration_m_s2"),
        (("nowhere/a.yaml",), 6, "nowhere/a.yaml"),
        (("squat", "-o", "nowhere/a.h5"), 6, "nowhere"),
    ],
)
def test_faults(args, code, words):
    result = run(*args)
    assert result.exit_code == code
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_a_weak_back_fails_and_says_when():
    weak = [f"subject.strength.{muscle}=0.05" for muscle in ("multifidus", "longissimus_lumborum", "longissimus_thoracis")]
    weak += [f"subject.strength.{muscle}=0.05" for muscle in ("iliocostalis_lumborum", "iliocostalis_thoracis", "quadratus_lumborum")]
    result = run("hip_hinge", *(part for text in weak for part in ("--set", text)))
    assert result.exit_code == 3
    assert "FRAMES WITHOUT A FULL ANSWER: strength_exceeded at" in result.stdout
