"""Result files: round trip, foreign readers, damage, hostile files."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import h5py
import numpy as np
import pytest

from spinesim.io.hdf5 import to_bytes, write_solution
from spinesim.io.provenance import provenance
from spinesim.io.reading import ResultFileError, read_solution
from spinesim.solver.variables import VARIABLES

ATTRS = provenance({"title": "Rücken", "load": {"mass_kg": 15.0}}, "abc123", seed=7)


@pytest.mark.parametrize("cases", [None, 1, 5, 3000])
def test_round_trip(tmp_path, make_solution, cases):
    solution, path = make_solution(cases), tmp_path / "a.h5"
    write_solution(path, solution, ATTRS)
    stored = read_solution(path)
    for field in dataclasses.fields(solution):
        np.testing.assert_array_equal(getattr(stored.solution, field.name), getattr(solution, field.name), strict=False)
    assert stored.solution.status.shape == solution.status.shape
    assert stored.attrs["config"] == {"title": "Rücken", "load": {"mass_kg": 15.0}}
    assert stored.attrs["model_hash"] == "abc123"
    assert stored.attrs["seed"] == 7
    assert stored.attrs["count_converged"] == (cases or 1)
    assert os.listdir(tmp_path) == ["a.h5"]


def test_only_plain_types_units_and_checksums(tmp_path, make_solution):
    write_solution(tmp_path / "a.h5", make_solution(3), ATTRS)
    with h5py.File(tmp_path / "a.h5") as file:
        for name, dataset in file.items():
            assert dataset.dtype.kind in "ifS"
            assert dataset.fletcher32
            assert "long_name" in dataset.attrs
            if name in VARIABLES:
                assert dataset.attrs["units"].decode() == VARIABLES[name].unit
                assert tuple(d.keys()[0] for d in dataset.dims) == ("case", *VARIABLES[name].dims)
        for name in file.attrs:
            kind = file.attrs.get_id(name).dtype.kind
            assert kind in "ifS", name


@pytest.mark.parametrize("engine", ["h5netcdf", "netcdf4"])
def test_opens_in_xarray(tmp_path, make_solution, engine):
    xarray = pytest.importorskip("xarray")
    pytest.importorskip({"h5netcdf": "h5netcdf", "netcdf4": "netCDF4"}[engine])
    solution = make_solution(4)
    write_solution(tmp_path / "a.h5", solution, ATTRS)
    with xarray.open_dataset(tmp_path / "a.h5", engine=engine) as dataset:
        for name, variable in VARIABLES.items():
            assert dataset[name].dims == ("case", *variable.dims)
            np.testing.assert_array_equal(dataset[name].values, getattr(solution, name))
            assert dataset[name].attrs["units"] == variable.unit
        levels = [v.decode() if isinstance(v, bytes) else v for v in dataset["level"].values.tolist()]
        assert levels == ["T12-L1", "L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1"]
        turns = [v.decode() if isinstance(v, bytes) else v for v in dataset["rotation"].values.tolist()]
        assert turns == ["flexion", "lateral", "axial"]
        assert "Rücken" in dataset.attrs["config"] or "R\\u00fc" in dataset.attrs["config"]
        assert "compression > 0" in dataset.attrs["comment"]
        assert int(dataset.attrs["count_converged"]) == 4


def test_an_old_file_survives_a_failed_write(tmp_path, make_solution, monkeypatch):
    path = tmp_path / "a.h5"
    path.write_bytes(b"old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("spinesim.io.atomic.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_solution(path, make_solution(), ATTRS)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.h5"]


def test_a_symbolic_link_stays_one(tmp_path, make_solution):
    (tmp_path / "b.h5").write_bytes(b"old")
    (tmp_path / "a.h5").symlink_to(tmp_path / "b.h5")
    write_solution(tmp_path / "a.h5", make_solution(), ATTRS)
    assert (tmp_path / "a.h5").is_symlink()
    assert len(read_solution(tmp_path / "b.h5").solution) == 1


def test_wrong_shapes_are_refused(make_solution):
    broken = dataclasses.replace(make_solution(3), compression_N=np.zeros((3, 5)))
    with pytest.raises(ValueError, match=r"compression_N has shape \(3, 5\), expected \(3, 6\)"):
        to_bytes(broken, ATTRS)
    with pytest.raises(ValueError, match="at least one case"):
        to_bytes(make_solution(0), ATTRS)


@pytest.mark.parametrize("content", [b"", b"text", b"\x89HDF\r\n\x1a\n" + bytes(500)])
def test_foreign_files_are_refused(tmp_path, content):
    (tmp_path / "a.h5").write_bytes(content)
    with pytest.raises(ResultFileError, match=r"a\.h5"):
        read_solution(tmp_path / "a.h5")


def test_foreign_hdf5_is_refused(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = np.zeros(3)
    with pytest.raises(ResultFileError, match="not a solution written by spinesim"):
        read_solution(tmp_path / "a.h5")


def test_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_solution(tmp_path / "none.h5")


TRICKS = ("external link", "soft link", "external storage", "virtual", "missing", "group", "changed", "empty chunk")


@pytest.mark.parametrize("trick", TRICKS)
def test_hostile_files_are_refused(tmp_path, make_solution, trick):
    path = tmp_path / "a.h5"
    write_solution(path, make_solution(2), ATTRS)
    (tmp_path / "secret.bin").write_bytes(bytes(range(96)))
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["x"] = np.ones((2, 6))
    with h5py.File(path, "r+") as file:
        if trick == "changed":
            file["compression_N"][0, 0] += 1.0
        else:
            del file["compression_N"]
        if trick == "external link":
            file["compression_N"] = h5py.ExternalLink("other.h5", "/x")
        elif trick == "soft link":
            file["compression_N"] = h5py.SoftLink("/disc_compression_N")
        elif trick == "external storage":
            file.create_dataset("compression_N", (2, 6), "f8", external=[(str(tmp_path / "secret.bin"), 0, 96)])
        elif trick == "virtual":
            layout = h5py.VirtualLayout((2, 6), "f8")
            layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "x", (2, 6))
            file.create_virtual_dataset("compression_N", layout)
        elif trick == "group":
            file.create_group("compression_N")
        elif trick == "empty chunk":
            file.create_dataset("compression_N", (1_000_000_000_000, 6), "f8", chunks=(1000, 6))
    with pytest.raises(ResultFileError, match=r"compression_N|checksum"):
        read_solution(path)


def test_damaged_bytes_are_refused_or_harmless(tmp_path, make_solution):
    solution = make_solution(2)
    image = to_bytes(solution, ATTRS)
    rng, path, refused = np.random.default_rng(3), tmp_path / "a.h5", 0
    data = np.frombuffer(image, "u1")
    needle = solution.compression_N[0, :1].tobytes()
    spots = [image.index(needle) + 3, *rng.integers(0, len(image), 60)]
    for spot in spots:
        broken = data.copy()
        broken[spot] ^= 0x5A
        path.write_bytes(broken.tobytes())
        try:
            stored = read_solution(path)
        except ResultFileError:
            refused += 1
            continue
        for name in VARIABLES:
            np.testing.assert_array_equal(getattr(stored.solution, name), getattr(solution, name))
    assert refused > 0


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_truncated_files_are_refused(tmp_path, make_solution, share):
    image = to_bytes(make_solution(50), ATTRS)
    (tmp_path / "a.h5").write_bytes(image[: int(len(image) * share)])
    with pytest.raises(ResultFileError, match="damaged"):
        read_solution(Path(tmp_path / "a.h5"))
