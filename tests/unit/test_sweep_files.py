"""Sweep files and parts: foreign readers, damage, hostile files, faults of writing."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import h5py
import numpy as np
import pytest

import spinesim as ss
from spinesim.analysis.columns import columns
from spinesim.analysis.design import Sweep
from spinesim.analysis.sweep import chunk, identity
from spinesim.config.sweep import load_sweep
from spinesim.io.reading import ResultFileError
from spinesim.io.shards import FORMAT, PartsError, open_parts
from spinesim.io.sweep_file import scales, write_rows
from spinesim.io.sweep_reading import check_content, read_attrs

MODEL = ss.SpineModel.default()
CONFIG = """
title: Rücken
vary:
  posture: [standing, lying_supine]
  study.mass: {uniform: [0.0, 70.0]}
derive: {load.mass_kg: study.mass}
sampling: {samples: 30, seed: 9}
outputs: [compression_N, {facet_force_N: {level: L4-L5}}, iterations]
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Sweep, dict[str, np.ndarray]]:
    folder = tmp_path_factory.mktemp("made")
    (folder / "sweep.yaml").write_text(CONFIG)
    sweep = load_sweep(folder / "sweep.yaml")
    rows = chunk(sweep, MODEL, 0, 60)
    write_rows(
        folder / "out.h5", folder, sweep, identity(sweep), [{n: a[s] for n, a in rows.items()} for s in (slice(0, 50), slice(50, 60))]
    )
    return folder / "out.h5", sweep, rows


def checked(path: Path, sweep: Sweep, rows: np.ndarray | None = None) -> dict[str, np.ndarray]:
    table = columns(sweep, MODEL)
    return check_content(path, read_attrs(path), table, scales(table, MODEL), np.arange(60) if rows is None else rows)


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
def test_opens_in_xarray(made, engine):
    xarray = pytest.importorskip("xarray")
    pytest.importorskip({"h5netcdf": "h5netcdf", "netcdf4": "netCDF4"}[engine])
    path, sweep, rows = made
    with xarray.open_dataset(path, engine=engine) as dataset:
        for name, column in columns(sweep, MODEL).items():
            assert dataset[name].dims == ("case", *column.dims)
            assert dataset[name].attrs["units"] == column.unit
            assert dataset[name].attrs["long_name"] == column.long_name
            if rows[name].dtype.kind != "S":
                np.testing.assert_array_equal(dataset[name].values, rows[name])
        assert [v.decode() if isinstance(v, bytes) else v for v in dataset["side"].values.tolist()] == ["left", "right"]
        assert dataset.attrs["title"] == "Rücken"
        assert int(dataset.attrs["seed"]) == 9
        assert int(dataset.attrs["count_invalid_input"]) == (rows["status"] == 3).sum() > 0


def test_the_file_says_where_it_comes_from(made):
    path, sweep, _ = made
    attrs = read_attrs(path)
    assert {key: attrs[key] for key in identity(sweep)} == identity(sweep)
    assert list(attrs["config"]["vary"]) == ["posture.preset", "study.mass"]
    with h5py.File(path) as file:
        for name, dataset in file.items():
            assert dataset.fletcher32
            assert dataset.dtype.kind in "ifS"
            assert "long_name" in dataset.attrs, name


def test_a_long_config_is_kept_whole(made, tmp_path):
    _, sweep, rows = made
    plan = identity(sweep)
    plan["config"] = {"note": "ü" * 200_000}
    write_rows(tmp_path / "out.h5", tmp_path, sweep, plan, [rows])
    assert read_attrs(tmp_path / "out.h5")["config"] == plan["config"]


def test_rows_are_given_as_they_were_written(made):
    path, sweep, rows = made
    picked = checked(path, sweep, np.array([0, 7, 59]))
    for name, array in rows.items():
        np.testing.assert_array_equal(picked[name], array[[0, 7, 59]])


@pytest.mark.parametrize(
    "trick", ["external link", "soft link", "external storage", "virtual", "missing", "more", "group", "changed", "filter", "unit"]
)
def test_hostile_files_are_refused(made, tmp_path, trick):
    path, sweep, _ = made
    (tmp_path / "a.h5").write_bytes(path.read_bytes())
    (tmp_path / "secret.bin").write_bytes(bytes(60 * 6 * 8))
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["x"] = np.ones((60, 6))
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        if trick == "changed":
            file["compression_N"][3, 2] = 1.0
        elif trick == "more":
            file["extra"] = np.zeros(3)
        elif trick == "unit":
            file["compression_N"].attrs["units"] = np.bytes_("kN")
        else:
            content = file["compression_N"][()]
            del file["compression_N"]
        if trick == "external link":
            file["compression_N"] = h5py.ExternalLink("other.h5", "/x")
        elif trick == "soft link":
            file["compression_N"] = h5py.SoftLink("/facet_force_N.L4-L5")
        elif trick == "external storage":
            file.create_dataset("compression_N", (60, 6), "<f8", external=[(str(tmp_path / "secret.bin"), 0, 60 * 6 * 8)])
        elif trick == "virtual":
            layout = h5py.VirtualLayout((60, 6), "<f8")
            layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "x", (60, 6))
            file.create_virtual_dataset("compression_N", layout)
        elif trick == "group":
            file.create_group("compression_N")
        elif trick == "filter":
            file.create_dataset("compression_N", data=content, compression="gzip")
    with pytest.raises(ResultFileError, match=r"compression_N|extra|checksum"):
        checked(tmp_path / "a.h5", sweep)


def test_damaged_bytes_are_refused_or_harmless(made, tmp_path):
    path, sweep, rows = made
    image, rng, refused = np.frombuffer(path.read_bytes(), "u1"), np.random.default_rng(3), 0
    needle = path.read_bytes().index(rows["compression_N"][5, :1].tobytes())
    for spot in [needle + 2, *rng.integers(0, len(image), 150)]:
        broken = image.copy()
        broken[spot] ^= 0x5A
        (tmp_path / "a.h5").write_bytes(broken.tobytes())
        try:
            picked = checked(tmp_path / "a.h5", sweep)
        except ResultFileError:
            refused += 1
            continue
        for name, array in rows.items():
            assert picked[name].tobytes() == array.tobytes()
    assert refused > 5


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
def test_truncated_files_are_refused(made, tmp_path, share):
    path, sweep, _ = made
    image = path.read_bytes()
    (tmp_path / "a.h5").write_bytes(image[: int(len(image) * share)])
    with pytest.raises(ResultFileError):
        checked(tmp_path / "a.h5", sweep)


@pytest.mark.parametrize("call", ["posix_fallocate", "pwrite", "fsync", "replace"])
def test_a_fault_of_writing_leaves_the_old_file(made, tmp_path, monkeypatch, call):
    _, sweep, rows = made
    path = tmp_path / "out.h5"
    path.write_bytes(b"old")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os if call != "replace" else Path, call, full)
    with pytest.raises(OSError, match="No space") as caught:
        write_rows(path, tmp_path, sweep, identity(sweep), [rows])
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["out.h5"]


def test_parts_that_are_no_sweep_are_not_written(made, tmp_path):
    _, sweep, rows = made
    with pytest.raises(ValueError, match="hold 50 rows, not 60"):
        write_rows(tmp_path / "a.h5", tmp_path, sweep, identity(sweep), [{n: a[:50] for n, a in rows.items()}])
    with pytest.raises(ValueError, match="compression_N"):
        write_rows(tmp_path / "a.h5", tmp_path, sweep, identity(sweep), [{**rows, "compression_N": rows["compression_N"].astype("<f4")}])
    assert not os.listdir(tmp_path)


def test_parts_come_back_as_they_were(made, tmp_path):
    _, sweep, rows = made
    plan = {"spinesim_parts": FORMAT, "chunk_rows": 60, **identity(sweep)}
    open_parts(tmp_path / "p", plan).write(0, rows)
    parts = open_parts(tmp_path / "p", {"ignored": 1})
    assert parts.plan == plan
    assert list(parts.plan["config"]["vary"]) == list(plan["config"]["vary"])
    assert parts.scan() == []
    back = parts.read(0)
    for name, array in rows.items():
        assert back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array)
    with pytest.raises(PartsError, match="chunk 1 is missing"):
        parts.read(1)
    parts.remove()
    assert not os.listdir(tmp_path)
