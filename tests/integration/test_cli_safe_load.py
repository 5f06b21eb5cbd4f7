"""``spinesim safe-load`` as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from click.testing import CliRunner

from spinesim.cli.main import main
from spinesim.model.data import data_dir

PERSON = str(data_dir("configs") / "persons" / "woman_42_bulge.yaml")


def run(*args: str):
    return CliRunner().invoke(main, ["safe-load", *args])


def test_the_text_says_limit_reason_change_chance_and_whom_it_is_for():
    found = run(PERSON, "--posture", "hip_hinge", "--dynamic-factor", "1.08", "--protection", "standard")
    assert found.exit_code == 0, found.output
    lines = found.output.splitlines()
    assert any(line.startswith("MODELLED LIMIT ") and " kg (0 to " in line for line in lines)
    assert any(line.startswith("What ends it: ") for line in lines)
    assert "What would change it" in lines
    assert any(line.startswith("Chance that the tissue bears less than its load, %, at ") for line in lines)
    assert "mostly ignorance, not incidence" in found.output
    assert "not medical advice" in found.output
    assert max(map(len, lines)) <= 110
    assert len(lines) < 45


def test_the_page_quotes_what_the_command_prints():
    page = (Path(__file__).resolve().parents[2] / "docs" / "safe_load.md").read_text(encoding="utf-8")
    quoted = page.partition("$ spinesim safe-load ")[2].partition("```")[0]
    command, _, printed = quoted.partition("\n")
    found = run(PERSON, *command.split()[1:])
    assert found.output.rstrip() == printed.rstrip()


def test_the_person_may_be_an_option():
    asked = ("--posture", "lift_squat", "--json")
    told = [json.loads(run(*person, *asked).output)["modelled_limit_kg"] for person in ((PERSON,), ("--subject", PERSON))]
    assert told[0] == told[1]
    assert run(PERSON, "--subject", PERSON, *asked).exit_code == 2


def test_json_holds_the_answer_and_where_it_comes_from():
    found = run(PERSON, "--posture", "hip_hinge", "--json", "--set", "protection=cautious_work")
    told = json.loads(found.output)
    assert (told["outcome"], told["protection"], told["alpha"]) == ("limit", "cautious_work", 0.1)
    assert told["modelled_limit_kg"] >= told["lowest_kg"] == 0.0
    assert told["provenance"]["config"]["subject"]["age_years"] == 42
    assert set(told["exceedance"]) >= {"compression", "shear", "ligament"}


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        ((PERSON, "--posture", "lift_stoop"), 0, "GATE"),
        ((PERSON, "--posture", "hip_hinge", "--protection", "strict"), 0, "NO LOAD"),
        ((PERSON, "--posture", "hip_hinge", "--set", "subject.mass_kg=130"), 5, "subject.mass_kg = 130 kg is outside the validated range"),
        ((PERSON, "--posture", "hip_hinge", "--set", "findings.red_flags=true"), 5, "matter for a physician"),
        ((PERSON, "--posture", "hip_hinge", "--dynamic-factor", "9"), 5, "task.dynamic_factor = 9"),
        ((PERSON,), 2, "got no posture and no exercise"),
        ((PERSON, "--posture", "hip_hing"), 2, "did you mean 'hip_hinge'"),
        ((PERSON, "--posture", "hip_hinge", "--protection", "safe"), 2, "expected 'strict'"),
        ((PERSON, "--posture", "hip_hinge", "--set", "age=50"), 2, "the unknown key 'age'"),
        ((PERSON, "--posture", "hip_hinge", "--png", "x.png"), 2, "--map is missing"),
        ((PERSON, "--posture", "hip_hinge", "--seed", "1"), 2, "--uncertainty N, which is missing"),
        ((PERSON, "--posture", "hip_hinge", "--map", "subject.age_years=20..30", "subject.mass_kg=50..60:2"), 2, "expected KEY=A..B:N"),
        ((PERSON, "--posture", "hip_hinge", "--map", "subject.age=20..30:2", "subject.mass_kg=50..60:2"), 2, "subject.age"),
        (("missing.yaml", "--posture", "hip_hinge"), 6, "missing.yaml"),
    ],
)
def test_outcomes_and_faults_have_their_codes(args, code, words):
    found = run(*args)
    assert found.exit_code == code, found.output
    assert words in found.output


def test_a_map_in_every_form(tmp_path):
    files = [tmp_path / name for name in ("m.h5", "m.png", "m.html")]
    args = (
        "--map",
        "subject.age_years=30..90:3",
        "posture.flexion_deg=10..50:2",
        "-o",
        files[0],
        "--png",
        files[1],
        "--html",
        files[2],
        "--json",
    )
    found = run(PERSON, "--posture", "bent_forward_30", "--protection", "standard", *map(str, args))
    assert found.exit_code == 0, found.output
    told = json.loads(found.output[found.output.index("{") :])
    assert told["outcome"][0][2] == "refused"
    assert told["outcome"][1] == ["gate", "gate", "refused"]
    assert told["modelled_limit_kg"][1] == [None, None, None]
    with h5py.File(files[0]) as file:
        kg = file["modelled_limit_kg"][:]
        assert kg.shape == (2, 3)
        assert np.isnan(kg[1]).all()
        assert kg[0, 0] == told["modelled_limit_kg"][0][0]
        assert file["outcome"][1].tolist() == [2, 2, 3]
        assert file["x"][:].tolist() == [30.0, 60.0, 90.0]
        assert file["modelled_limit_kg"].dims[1][0].attrs["long_name"] == b"subject.age_years"
    assert files[1].read_bytes()[:4] == b"\x89PNG"
    page = files[2].read_text(encoding="utf-8")
    assert "not medical advice" in page
    assert page.count("<td") == 6
    assert "http" not in page.replace("http-equiv", "")
    text = run(PERSON, "--posture", "bent_forward_30", "--map", "subject.age_years=30..60:2", "daily_loadings=50..500:2").output
    assert "daily_loadings" in text
