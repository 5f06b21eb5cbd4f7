"""``spinesim render --figure``: figures from the files that commands write, and clear words about files that hold something else."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from click.testing import CliRunner

from spinesim.cli import main
from spinesim.io import write_solution
from spinesim.io.provenance import provenance
from spinesim.io.reading import read_solution
from spinesim.viz.figures import FIGURES, Choice, FigureError, cases_of, frames_of, from_files, grid_of

pytest.importorskip("matplotlib")
MAP = """
title: a map
base: {posture: {upper_arm_deg: 0, forearm_deg: 10}}
vary:
  load.mass_kg: [0, 10, 25]
  posture.flexion_deg: [0, 20]
derive: {posture.pelvic_tilt_deg: 0.4 * posture.flexion_deg}
outputs: [disc_compression_N, intradiscal_pressure_MPa, facet_force_N]
"""
PEOPLE = """
vary:
  subject.mass_kg: [60, 90]
  load.mass_kg: [0, 10]
  posture.flexion_deg: [0, 20]
outputs: [compression_N, {disc_compression_N: {level: L4-L5}}, {intradiscal_pressure_MPa: {level: L4-L5}}, {facet_force_N: {level: L4-L5}}]
"""


def call(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of every kind."""
    folder = tmp_path_factory.mktemp("figures")
    for name, text in (("map", MAP), ("people", PEOPLE)):
        (folder / f"{name}.yaml").write_text(text)
        call("sweep", folder / f"{name}.yaml", "-o", folder / f"{name}.h5")
    (folder / "sums.yaml").write_text(f"{MAP}summaries: [{{worst: 2, of: disc_compression_N}}]\n")
    call("sweep", folder / "sums.yaml", "-o", folder / "sums.h5")
    call("solve", "--posture", "lift_stoop", "--load-kg", "15", "--uncertainty", "20", "-o", folder / "stoop.h5")
    call("solve", "-o", folder / "standing.h5")
    call("exercise", "hip_hinge", "-o", folder / "hinge.h5")
    call("specimen", "--moment", "flexion=2", "-o", folder / "bench.h5")
    return folder


@pytest.mark.parametrize(
    ("name", "files", "more"),
    [
        ("levels", ("stoop", "standing"), ()),
        ("sharing", ("stoop",), ("--title", "Who carries it?")),
        ("sharing", ("hinge",), ("--at", "1.0")),
        ("muscles", ("hinge",), ()),
        ("muscles", ("standing", "stoop"), ()),
        ("time", ("hinge",), ("--level", "L5-S1")),
        ("load-map", ("map",), ("--protection", "ergonomic")),
        ("load-map", ("people",), ("--where", "subject.mass_kg=60")),
    ],
)
def test_every_figure_is_drawn(made, tmp_path, name, files, more):
    path = tmp_path / "a.svg"
    assert "wrote" in call("render", *(made / f"{f}.h5" for f in files), "--figure", name, "-o", path, *more)
    text = path.read_text()
    assert text.startswith("<?xml")
    assert "medical" in text
    if "--title" in more:
        assert "Who carries it?" in text


def test_every_figure_was_asked_above():
    marks = test_every_figure_is_drawn.pytestmark[0].args[1]
    assert {name for name, *_ in marks} == set(FIGURES)


def test_what_is_drawn_is_what_the_file_holds(made):
    (case,) = cases_of([made / "stoop.h5"], Choice())
    stored = read_solution(made / "stoop.h5")
    np.testing.assert_array_equal(case.solution.disc_compression_N, stored.solution.disc_compression_N)
    assert sorted(case.percentiles) == [5, 50, 95]
    frames = frames_of(made / "hinge.h5")
    with h5py.File(made / "hinge.h5") as file:
        np.testing.assert_array_equal(frames.time_s, file["time_s"][()])
        np.testing.assert_array_equal(frames.solution.facet_force_N, file["facet_force_N"][()])
    assert [name for name, *_ in frames.phases] == ["lowering", "low", "rising", "upright"]
    assert frames.name == "Hip hinge, 10 kg"
    (peak,) = cases_of([made / "hinge.h5"], Choice(level="L5-S1"))
    assert peak.solution.disc_compression_N[5] == frames.solution.disc_compression_N[:, 5].max()
    (moment,) = cases_of([made / "hinge.h5"], Choice(at_s=0.52))
    assert moment.solution.disc_compression_N[5] == frames.solution.disc_compression_N[np.abs(frames.time_s - 0.52).argmin(), 5]


@pytest.mark.parametrize(("name", "where"), [("map", {}), ("people", {"subject.mass_kg": "90"})])
def test_a_grid_is_the_rows_of_its_sweep(made, name, where):
    grid = grid_of(made / f"{name}.h5", Choice(where=where))
    with h5py.File(made / f"{name}.h5") as file:
        columns = {key: file[key][()] for key in file}
    for y, kg in enumerate(grid.y):
        for x, deg in enumerate(grid.x):
            row = (columns["load.mass_kg"] == kg) & (columns["posture.flexion_deg"] == deg)
            for key, value in where.items():
                row &= columns[key] == float(value)
            (index,) = np.flatnonzero(row)
            for result, values in grid.fields.items():
                whole, part = columns.get(result), columns.get(f"{result}.L4-L5")
                assert values[y, x] == np.max(part[index] if whole is None else whole[index, 4])
            assert grid.validated[y, x] == columns["validated"][index]
    assert not grid.validated.all() or name == "people"
    assert grid.limits["disc_compression_N"] == pytest.approx(2819.0, abs=1.0)


def test_limits_are_of_the_person_of_the_sweep(made, tmp_path):
    (tmp_path / "old.yaml").write_text(MAP.replace("base: {", "base: {subject: {age_years: 60, sex: female}, "))
    call("sweep", tmp_path / "old.yaml", "-o", tmp_path / "old.h5")
    old, young = grid_of(tmp_path / "old.h5", Choice()), grid_of(made / "map.h5", Choice())
    assert old.limits["disc_compression_N"] < 0.7 * young.limits["disc_compression_N"]
    assert "female, 60 years, no findings" in old.limit_of
    strict = grid_of(made / "map.h5", Choice(protection="strict"))
    assert strict.limits["disc_compression_N"] < young.limits["disc_compression_N"]
    (tmp_path / "ages.yaml").write_text(PEOPLE.replace("subject.mass_kg: [60, 90]", "subject.age_years: [30, 50]"))
    call("sweep", tmp_path / "ages.yaml", "-o", tmp_path / "ages.h5")
    aged = grid_of(tmp_path / "ages.h5", Choice(where={"subject.age_years": "30"}))
    assert "30 years" in aged.limit_of
    assert grid_of(tmp_path / "ages.h5", Choice(x="subject.age_years", where={"posture.flexion_deg": "0"})).limits == {}


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ("levls stoop.h5", 2, "'levls' is unknown; expected one of levels, sharing, muscles, time, load-map; did you mean 'levels'"),
        ("levels", 2, "levels: 0 files; this figure is drawn from 1 to 4 files"),
        ("time hinge.h5 hinge.h5", 2, "time: 2 files"),
        ("levels none.h5", 6, "none.h5: No such file"),
        ("levels map.yaml", 6, "not an HDF5 file"),
        ("levels map.h5", 6, "a spinesim-sweep file; expected a solution"),
        ("muscles bench.h5", 6, "a spinesim-specimen file; expected a solution"),
        ("load-map stoop.h5", 6, "a spinesim-solution file; expected a sweep"),
        ("load-map sums.h5", 6, "kept summaries and no rows"),
        ("time stoop.h5", 2, "no motion; expected what spinesim exercise -o writes"),
        ("levels stoop.h5 --at 1", 2, "no motion that has a moment 1 s"),
        ("levels hinge.h5 --at 99", 2, "99 s is outside the motion, 0 to 5 s"),
        ("levels hinge.h5 --case 99", 2, "43 cases; say which is drawn, 0 to 42, not 99"),
        ("time hinge.h5 --level L4L5", 2, "did you mean 'L4-L5'"),
        ("load-map map.h5 --axes load.mass_kg subject.mass_kg", 2, "subject.mass_kg does not vary in this sweep"),
        ("load-map map.h5 --axes posture.pelvic_tilt_deg load.mass_kg", 2, "posture.pelvic_tilt_deg does not vary in this sweep"),
        ("load-map people.h5", 2, "other keys vary too; choose a value of each: subject.mass_kg (60, 90)"),
        ("load-map people.h5 --level L5-S1 --where subject.mass_kg=60", 2, "disc_compression_N of L5-S1 is not in this sweep; add it"),
        ("load-map people.h5 --where subject.mass_kg=61", 2, "no row has subject.mass_kg = 61; expected one of 60, 90"),
        ("load-map people.h5 --where subject.mass_kg", 2, "--where subject.mass_kg: expected KEY=VALUE"),
        ("load-map map.h5 --where load.mass_kg=0", 2, "2 by 1 values are no map"),
        ("load-map map.h5 --protection lax", 2, "--protection: 'lax' is unknown"),
        ("levels stoop.h5 --view left", 2, "--view is an option of pictures, not of --figure"),
    ],
)
def test_what_cannot_be_drawn_is_told(made, tmp_path, monkeypatch, arguments, code, message):
    monkeypatch.chdir(made)
    path = tmp_path / "a.png"
    assert message in call("render", "--figure", *arguments.split(), "-o", path, code=code)
    assert not path.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("stoop.h5 --level L4-L5", "--level is an option of --figure NAME, which is missing"),
        ("stoop.h5 standing.h5", "2 sources: a picture is of one"),
    ],
)
def test_a_picture_is_no_figure(made, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(made)
    assert message in call("render", *arguments.split(), "-o", tmp_path / "a.png", code=2)


def test_outputs_are_checked_before_anything_is_drawn(made, tmp_path, monkeypatch):
    stoop = made / "stoop.h5"
    assert "the suffix .gif is unknown; expected one of .png, .svg, .pdf" in call(
        "render", stoop, "--figure", "levels", "-o", "a.gif", code=2
    )
    assert "does not exist" in call("render", stoop, "--figure", "levels", "-o", tmp_path / "no" / "a.png", code=6)
    monkeypatch.setattr("spinesim.viz.style.find_spec", lambda name: None)
    assert "pip install 'spinesim[plot]'" in call("render", stoop, "--figure", "levels", "-o", tmp_path / "a.png", code=2)


def test_a_file_of_another_version_is_told(made, tmp_path):
    for name, change, message in (
        ("newer", {"spinesim_format_version": np.int64(9)}, "format 9 is newer than this version reads"),
        ("older", {"spinesim_version": "0.0.1"}, "made by spinesim 0.0.1; solve again with this version (without disc_compression_N)"),
    ):
        path = tmp_path / f"{name}.h5"
        path.write_bytes((made / "standing.h5").read_bytes())
        with h5py.File(path, "r+") as file:
            for key, value in change.items():
                file.attrs[key] = value
            if name == "older":
                del file["disc_compression_N"]
        assert message in call("render", path, "--figure", "levels", "-o", tmp_path / "a.png", code=6)


def test_a_batch_says_which_case(made, tmp_path, make_solution):
    path = tmp_path / "batch.h5"
    write_solution(path, make_solution(3), provenance({}, "hash"))
    with pytest.raises(FigureError, match="3 cases; say which is drawn, 0 to 2"):
        from_files("levels", [path])
    (case,) = cases_of([path], Choice(row=2))
    assert case.name == "batch, case 2"
    with pytest.raises(FigureError, match="no motion that has a moment 1 s"):
        cases_of([path], Choice(at_s=1.0))


def test_axes_that_are_not_crossed_are_refused(tmp_path):
    (tmp_path / "zip.yaml").write_text(
        "zip: [{load.mass_kg: [0, 5, 10], posture.flexion_deg: [0, 10, 20]}]\noutputs: [disc_compression_N]\n"
    )
    call("sweep", tmp_path / "zip.yaml", "-o", tmp_path / "zip.h5")
    with pytest.raises(FigureError, match="are not crossed: 3 of 9 combinations are there"):
        grid_of(tmp_path / "zip.h5", Choice())
