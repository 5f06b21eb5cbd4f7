"""``spinesim specimen`` as a user calls it."""

import json

import pytest
from click.testing import CliRunner

from spinesim.cli.main import main


def run(*args):
    return CliRunner().invoke(main, ["specimen", *args])


def test_json_holds_every_level():
    result = run("--segment", "L1-L5", "--moment", "extension=5", "--follower", "300", "--json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert list(answer["levels"]) == ["L1-L2", "L2-L3", "L3-L4", "L4-L5"]
    total = sum(level["rotation_deg"][0] for level in answer["levels"].values())
    assert answer["rotation_total_deg"][0] == pytest.approx(total, abs=1e-6)
    assert total < -5.0
    assert answer["levels"]["L4-L5"]["facet_left_N"] == pytest.approx(answer["levels"]["L4-L5"]["facet_right_N"], abs=1e-4)
    assert set(answer["levels"]["L4-L5"]["ligament_tension_N"]) == {"ALL", "PLL", "LF", "FC", "ITL", "ISL", "SSL"}


def test_table_reads_in_a_terminal():
    result = run("--moment", "flexion=7.5", "--without", "SSL", "--without", "ISL")
    assert result.exit_code == 0
    assert "L4-L5" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 110


def test_the_subject_of_a_case_is_the_donor(tmp_path):
    case = tmp_path / "worn.yaml"
    case.write_text("subject:\n  disc_grade:\n    L4-L5: 4\n")
    whole, worn = (json.loads(run(*args, "--follower", "500", "--hold-rotations", "--json").stdout) for args in ((), (str(case),)))
    assert worn["levels"]["L4-L5"]["facet_left_N"] > whole["levels"]["L4-L5"]["facet_left_N"]


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("--moment", "flex=3"), 2, "expected one of flexion, extension, lateral, axial"),
        (("--moment", "flexion=x"), 2, "newton metres"),
        (("--moment", "flexion=1", "--moment", "extension=1"), 2, "given already"),
        (("--moment", "flexion=60"), 5, "moment of 60 is above 15"),
        (("--segment", "L4L5"), 5, "did you mean 'L4-L5'"),
        (("nowhere.yaml",), 6, "nowhere.yaml"),
    ],
)
def test_faults_are_named(args, code, words):
    result = run(*args)
    assert result.exit_code == code
    assert words in result.output
    assert result.stdout == ""
