"""``spinesim assess``: reports of recorded motion, and files that cannot be assessed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from recordings import bow, marker_paths, write_storage, write_trc

import spinesim as ss
from spinesim.cli import main
from spinesim.io.reading import read_solution

PERSON = str(Path(__file__).parents[2] / "configs" / "persons" / "woman_42_bulge.yaml")


def run(*args):
    return CliRunner().invoke(main, ["assess", *map(str, args)])


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    time, pelvis, lumbar = bow(4.0)
    return write_trc(tmp_path_factory.mktemp("motion") / "bow.trc", time, marker_paths(0.6 * pelvis, 0.6 * lumbar))


def test_report_json_and_results_say_the_same(short, tmp_path):
    page, results = tmp_path / "r.html", tmp_path / "r.h5"
    done = run(short, "--subject", PERSON, "--held", "4@right:1..3", "--rate", 50, "--flat", "-o", page, "--hdf5", results, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told == json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    stored = read_solution(results).solution
    np.testing.assert_array_equal(np.array(told["frames"]["compression_N"]["L4-L5"]), stored.compression_N[:, 4])
    assert told["recording"]["frames"] == len(stored) == 201
    assert told["levels"]["L4-L5"]["peaks"]["compression_N"]["value"] == stored.compression_N[:, 4].max()
    text = page.read_text(encoding="utf-8")
    assert "4 kg in the right hand from 1 to 3 s." in text
    assert f"{stored.compression_N[:, 4].max():.0f}" in text
    for word in ("http", "src=", "@import"):
        assert word not in text
    assert "not medical advice" in text


def test_the_same_motion_as_markers_and_as_angles(short, tmp_path):
    time, pelvis, lumbar = bow(4.0)
    angles = write_storage(tmp_path / "bow.mot", time, 0.6 * pelvis, 0.6 * lumbar)
    one, other = (json.loads(run(path, "--subject", PERSON, "--rate", 25, "--json").stdout) for path in (short, angles))
    for level in ss.model.names.LEVELS:
        a, b = (told["levels"][level]["peaks"]["compression_N"]["value"] for told in (one, other))
        assert a == pytest.approx(b, rel=0.02)


def test_text_names_what_was_read_and_the_rhythm(short):
    done = run(short, "--subject", PERSON, "--rate", 20)
    assert done.exit_code == 0
    for text in ("81 frames at 20 Hz", "pelvis: 4 markers", "Lumbopelvic rhythm going down", "one bend", "Most disc compression"):
        assert text in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 110


@pytest.mark.parametrize(
    ("args", "code", "expected"),
    [
        (["nothing.mot"], 6, "nothing.mot: No such file"),
        (["--held", "ten"], 2, "'ten' is no mass such as 10"),
        (["--held", "5:3..99"], 5, "held: 3 to 99 s is no part of the recording"),
        (["--reference", "early"], 2, "'early' is no span of seconds"),
        (["--reference", "3..1"], 5, "reference 3 to 1 s holds no frame"),
        (["--cutoff", "70"], 5, "cutoff_Hz = 70 is outside"),
    ],
)
def test_faults_have_their_exit_code_and_write_nothing(short, tmp_path, args, code, expected):
    motion = [] if args[0].endswith(".mot") else [short]
    done = run(*motion, *args, "--subject", PERSON, "-o", tmp_path / "r.html")
    assert (done.exit_code, expected in done.output) == (code, True), done.output
    assert list(tmp_path.iterdir()) == []


def test_a_person_without_body_is_refused(short):
    done = run(short)
    assert done.exit_code == 2
    assert "subject" in done.output
    assert (
        run(short, "--rate", 5, *(f"--set=subject.{x}" for x in ("mass_kg=70", "stature_m=1.7", "sex=male", "age_years=40"))).exit_code == 0
    )


def test_a_faulty_recording_says_all_its_faults(tmp_path):
    time, pelvis, lumbar = bow(4.0)
    paths = marker_paths(pelvis, lumbar)
    paths["RASI"][100:200], paths["LASI"][100:200] = paths["LASI"][100:200].copy(), paths["RASI"][100:200].copy()
    paths["T10"][250:] *= 1e3
    done = run(write_trc(tmp_path / "bad.trc", time, paths), "--subject", PERSON)
    assert done.exit_code == 5
    assert "asis: left and right are swapped for 100 frames" in done.output
    assert "T10: is 1e+03 times as large from here on" in done.output


def test_a_jump_costs_its_frames_and_no_more(tmp_path):
    """Frames beyond the computable range have no answer and are told, and peaks are lower bounds."""
    time, pelvis, lumbar = bow(8.0)
    angles = {"pelvis": 0.5 * pelvis, "lumbar": 0.5 * lumbar}
    angles["lumbar"][400:404, 0] += 25.0
    path = write_storage(tmp_path / "hit.mot", time, angles["pelvis"], angles["lumbar"])
    done = run(path, "--subject", PERSON, "--cutoff", 15, "--json", "-o", tmp_path / "r.html", "--flat")
    assert done.exit_code == 5, done.output
    told = json.loads(done.stdout)
    assert told["status"] == "invalid_input"
    lost = told["counts"]["invalid_input"]
    assert 0 < lost < 40
    assert told["complete"] is False
    assert any("frames beyond it have no answer" in note for note in told["notes"])
    assert [value is None for value in told["frames"]["compression_N"]["L4-L5"]].count(True) == lost
    assert told["levels"]["L4-L5"]["peaks"]["compression_N"]["value"] > 500.0
    assert (tmp_path / "r.html").exists()


def test_a_motion_that_is_mostly_out_of_range_is_refused(tmp_path):
    time, pelvis, lumbar = bow(4.0)
    done = run(write_storage(tmp_path / "far.mot", time, 2.0 * pelvis, 2.4 * lumbar), "--subject", PERSON)
    assert done.exit_code == 5
    assert "is outside the computable range" in done.output
