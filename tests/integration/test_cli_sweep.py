"""The commands sweep and verify as users call them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from click.testing import CliRunner, Result

from spinesim.cli import main
from spinesim.io.sweep_file import begin_digest, content_hash

CONFIG = """
vary:
  posture: [standing, carry_both_hands]
  posture.upper_arm_deg: {uniform: [0.0, 20.0]}
  study.mass: {uniform: [0.0, 70.0]}
derive: {load.mass_kg: study.mass}
sampling: {samples: 40, seed: 2}
outputs: [compression_N, {facet_force_N: {level: L4-L5, side: right}}]
"""
SUMMARIES = """
summaries:
  - {percentiles: [5, 50, 95], by: [posture]}
  - {worst: 3, of: compression_N}
"""


def call(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    (folder / "sweep.yaml").write_text(CONFIG)
    (folder / "summaries.yaml").write_text(CONFIG + SUMMARIES)
    call("sweep", folder / "sweep.yaml", "-o", folder / "out.h5")
    return folder


def test_a_sweep_writes_one_file_and_says_how_rows_ended(made, tmp_path):
    result = call("sweep", made / "sweep.yaml", "-o", tmp_path / "out.h5", "--json")
    answer = json.loads(result.stdout)
    assert answer["rows"] == 80 == sum(answer["counts"].values())
    assert answer["counts"]["invalid_input"] > 0
    assert [p.name for p in tmp_path.iterdir()] == ["out.h5"]
    assert "wrote" in result.stderr


def test_a_dry_run_says_what_it_will_be_and_writes_nothing(made, tmp_path):
    answer = json.loads(call("sweep", made / "sweep.yaml", "--dry-run", "--json", "-o", tmp_path / "out.h5").stdout)
    assert answer["rows"] == 80
    assert answer["columns"][-1] == "facet_force_N.L4-L5.right"
    with h5py.File(made / "out.h5") as file:
        assert answer["row_bytes"] == sum(d.nbytes for name, d in file.items() if name not in ("case", "level")) / 80
    assert answer["seconds"] > 0.0
    assert "load.mass_kg" in answer["first_invalid"]
    assert not list(tmp_path.iterdir())
    words = call("sweep", made / "sweep.yaml", "--dry-run", "--set", "sampling.samples=1000000000").output
    assert "2,000,000,000" in words
    assert "days" in words
    assert "GB" in words


def test_summaries_do_not_depend_on_chunks(made, tmp_path):
    files = [tmp_path / name for name in ("a.h5", "b.h5")]
    for file, size in zip(files, (7, 80), strict=True):
        call("sweep", made / "summaries.yaml", "-o", file, "--chunk", size)
    with h5py.File(files[0]) as one, h5py.File(files[1]) as two:
        assert list(one) == list(two)
        for name in one:
            assert one[name][()].tobytes() == two[name][()].tobytes()
        assert one.attrs["content_sha256"] == two.attrs["content_sha256"]
        assert one["percentiles_0_compression_N"].shape == (2, 6, 3)
        assert [d.keys()[0] for d in one["percentiles_0_compression_N"].dims] == ["cell_0", "level", "percentile_0"]
    assert "80 rows" in call("verify", files[0]).output


WRONG = [("--shard", "0/3"), ("--shard", "4/3"), ("--shard", "x"), ("--workers", "0"), ("--workers", "2", "--scheduler", "x")]


@pytest.mark.parametrize("arguments", WRONG)
def test_wrong_usage(made, tmp_path, arguments):
    assert "rror" in call("sweep", made / "sweep.yaml", "-o", tmp_path / "out.h5", *arguments, code=2).output
    assert not list(tmp_path.iterdir())


def test_faults_of_places(made, tmp_path):
    assert "-o" in call("sweep", made / "sweep.yaml", code=2).output
    assert "does not exist" in call("sweep", made / "sweep.yaml", "-o", tmp_path / "no" / "out.h5", code=6).output
    (tmp_path / "out.h5.parts").write_text("mine")
    assert "out.h5.parts" in call("sweep", made / "sweep.yaml", "-o", tmp_path / "out.h5", "--resume", code=6).output
    assert call("sweep", tmp_path / "none.yaml", "-o", tmp_path / "a.h5", code=6).output.startswith("error: ")


def test_verify_solves_rows_again(made):
    answer = json.loads(call("verify", made / "out.h5", "--json").stdout)
    assert (answer["rows"], answer["solved_again"], answer["different"]) == (80, 10, 0)
    assert json.loads(call("verify", made / "out.h5", "--json", "--share", "1").stdout)["solved_again"] == 80


def rewritten(source: Path, target: Path, **attrs: Any) -> Path:
    """A copy with one number changed, or other attributes, whose checksum is right."""
    target.write_bytes(source.read_bytes())
    with h5py.File(target, "r+") as file:
        if not attrs:
            file["compression_N"][:] = file["compression_N"][()] * (1.0 + 1e-15)
        digests = {}
        for name, dataset in file.items():
            digest = begin_digest(name, dataset.dtype.str, dataset.shape)
            digest.update(np.ascontiguousarray(dataset[()]).data)
            digests[name] = digest.hexdigest()
        for name, value in {"content_sha256": content_hash(digests), **attrs}.items():
            file.attrs[name] = np.bytes_(value)
    return target


def test_verify_finds_numbers_that_this_version_does_not_give(made, tmp_path):
    words = call("verify", rewritten(made / "out.h5", tmp_path / "a.h5"), "--share", "1", code=4).output
    assert "other numbers" in words


@pytest.mark.parametrize("key", ["model_hash", "spinesim_version", "code_sha256", "numba_version"])
def test_verify_refuses_another_model_or_version(made, tmp_path, key):
    words = call("verify", rewritten(made / "out.h5", tmp_path / "a.h5", **{key: "other"}), code=2).output
    assert f"{key}: other -> " in words


def test_verify_refuses_damage_and_foreign_files(made, tmp_path):
    image = bytearray((made / "out.h5").read_bytes())
    with h5py.File(made / "out.h5") as file:
        image[image.index(file["compression_N"][0, :2].tobytes()) + 1] ^= 1
    (tmp_path / "a.h5").write_bytes(image)
    assert "damaged" in call("verify", tmp_path / "a.h5", code=6).output
    (tmp_path / "b.h5").write_text("a diary")
    assert "not an HDF5 file" in call("verify", tmp_path / "b.h5", code=6).output
    with h5py.File(tmp_path / "c.h5", "w") as file:
        file["x"] = np.zeros(3)
    assert "not a result" in call("verify", tmp_path / "c.h5", code=6).output
    assert "No such file" in call("verify", tmp_path / "none.h5", code=6).output


def test_verify_solves_a_single_case_again(tmp_path):
    call("solve", "--posture", "lift_stoop", "-o", tmp_path / "a.h5")
    answer = json.loads(call("verify", tmp_path / "a.h5", "--json").stdout)
    assert (answer["solved_again"], answer["different"]) == (1, 0)
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        file.attrs["model_hash"] = np.bytes_("other")
    assert "model_hash: other -> " in call("verify", tmp_path / "a.h5", code=2).output
