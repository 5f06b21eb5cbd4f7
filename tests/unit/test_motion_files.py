"""Motion files as laboratories have them: heads of all ages, lost markers, torn files; read alike, or refused in words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recordings import RATE, TABLES, bow, marker_paths, write_sensors, write_storage, write_trc

from spinesim.analysis.recording import check, trunk_motion
from spinesim.io.motion import MotionFileError, read_motion


def write_c3d(ezc3d, path, time, paths):
    file = ezc3d.c3d()
    file["parameters"]["POINT"]["RATE"]["value"] = [RATE]
    file["parameters"]["POINT"]["LABELS"]["value"] = tuple(paths)
    file["parameters"]["POINT"]["UNITS"]["value"] = ("mm",)
    points = np.ones((4, len(paths), len(time)))
    points[:3] = 1e3 * np.moveaxis(np.stack(list(paths.values())), -1, 0)
    file["data"]["points"] = points
    file.write(str(path))


def test_c3d_with_more_points_than_one_list_of_names_holds(tmp_path):
    """Model outputs fill the first 255 names; the markers are in the next list."""
    ezc3d = pytest.importorskip("ezc3d", reason="the extra motion is not installed")
    time, pelvis, lumbar = bow(3.0)
    paths = marker_paths(pelvis, lumbar)
    outputs = {f"Output{k}": np.full((len(time), 3), 0.1 * k) for k in range(1, 300)}
    write_c3d(ezc3d, tmp_path / "many.c3d", time, outputs | paths)
    found = read_motion(tmp_path / "many.c3d").markers_m
    for name, path in paths.items():
        np.testing.assert_allclose(found[name], path, atol=1e-6)


TORN = ("", "nan", "1e999", "-1e30", "0", "abc", "1,5", "\t\t", "time")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_file_that_is_torn_is_read_or_refused_in_words(tmp_path_factory, data):
    """Lines lost, cells changed, the end cut off: nothing but a recording or a message comes of it."""
    time, pelvis, lumbar = bow(3.0)
    folder = tmp_path_factory.getbasetemp()
    if data.draw(st.booleans()):
        path = write_trc(folder / "torn.trc", time[::10], {n: p[::10] for n, p in marker_paths(pelvis, lumbar).items()})
    else:
        path = write_storage(folder / "torn.mot", time[::10], pelvis[::10], lumbar[::10])
    lines = path.read_text(encoding="utf-8").splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        cells = lines[at].split("\t")
        cells[data.draw(st.integers(0, len(cells) - 1))] = data.draw(st.sampled_from(TORN))
        lines[at : at + 1] = data.draw(st.sampled_from([[], ["\t".join(cells)], [lines[at]] * 2]))
        if not lines:
            break
    path.write_text("\n".join(lines[: data.draw(st.integers(0, len(lines)))]), encoding="utf-8")
    told = "a recording that can be read"
    try:
        trunk_motion(read_motion(path), TABLES)
    except ValueError as error:  # a MotionFileError is one
        told = str(error)
    assert len(told) > 15


def test_c3d_and_trc_say_the_same(tmp_path):
    ezc3d = pytest.importorskip("ezc3d", reason="the extra motion is not installed")
    time, pelvis, lumbar = bow()
    paths = marker_paths(pelvis, lumbar)
    paths["C7"][100:110] = np.nan
    write_c3d(ezc3d, tmp_path / "bow.c3d", time, paths)
    a, b = read_motion(tmp_path / "bow.c3d"), read_motion(write_trc(tmp_path / "bow.trc", time, paths))
    for name, path in b.markers_m.items():
        np.testing.assert_allclose(a.markers_m[name], path, atol=1e-6)
    assert [f.kind for f in check(a)] == ["gap"]


def test_heads_of_trc_files_as_programs_write_them(tmp_path):
    """A tab more between names or values, trailing tabs, exponents, a lost marker as zeros: the same recording."""
    time, pelvis, lumbar = bow(3.0)
    paths = marker_paths(pelvis, lumbar)
    paths["C7"][20:25] = np.nan
    clean = read_motion(write_trc(tmp_path / "bow.trc", time, paths))
    lines = (tmp_path / "bow.trc").read_text(encoding="utf-8").splitlines()
    lines[1], lines[2] = lines[1] + "\t\t", "  " + lines[2].replace("\t", "\t\t")
    lines[3] = "Frame#\tTime\t\t" + "\t\t".join(paths)
    cells = [line.split("\t") for line in lines[5:]]
    place = 2 + 3 * list(paths).index("C7")
    for row in cells:
        row[place : place + 3] = ["0.0"] * 3 if not row[place] else [f"{float(v):.9e}" for v in row[place : place + 3]]
    lines[5:] = ["\t\t\t", *("\t".join(row) + "\t" for row in cells)]
    (tmp_path / "odd.trc").write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")
    odd = read_motion(tmp_path / "odd.trc")
    assert list(odd.markers_m) == list(clean.markers_m)
    for name, path in clean.markers_m.items():
        np.testing.assert_allclose(odd.markers_m[name], path, atol=1e-9)


def test_heads_of_storage_files_of_all_ages(tmp_path):
    """SIMM's head, a sentence instead of a key, paths of newer models with speeds beside, columns of force plates, a last row twice."""
    time, pelvis, lumbar = bow(3.0)
    write_storage(tmp_path / "bow.mot", time, pelvis, lumbar)
    clean = read_motion(tmp_path / "bow.mot")
    _, _, *rest = (tmp_path / "bow.mot").read_text(encoding="utf-8").splitlines()
    names, *rows = rest[4:]
    old = ["first trial", "nRows=201", "", "# SIMM Motion File Header:", "name first trial", "datacolumns 8", "range 0 2", "endheader"]
    plates = [f"{names}\tground_force_px\tground_force_px", *(f"{row}\t1\t1" for row in rows), f"{rows[-1]}\t1\t1"]
    (tmp_path / "old.mot").write_text("\n".join([*old, *plates]), encoding="utf-8")
    said = ["Coordinates", "Units are S.I. units (second, meters, Newtons, ...)", "Angles are in degrees.", "endheader", names, *rows]
    (tmp_path / "said.mot").write_text("\n".join(said), encoding="utf-8")
    paths = "\t".join(["time", *(f"/jointset/back/{name}/value" for name in names.split()[1:]), "/jointset/back/lumbar_extension/speed"])
    new = ["inDegrees=yes", "version=3", "endheader", paths, *(f"{row}\t900" for row in rows)]
    (tmp_path / "new.sto").write_text("\n".join(new), encoding="utf-8")
    found = {name: read_motion(tmp_path / name) for name in ("old.mot", "said.mot", "new.sto")}
    for recording in found.values():
        for name, values in clean.angles_deg.items():
            np.testing.assert_array_equal(recording.angles_deg[name], values)
        assert trunk_motion(recording, TABLES).faults == ()
    assert "old motion files in degrees" in found["old.mot"].notes[0]
    assert "1 rows repeat the time" in found["old.mot"].notes[1]
    assert found["said.mot"].notes == ()


def test_quaternions_in_storage_are_those_of_the_table(tmp_path):
    time, pelvis, lumbar = bow()
    table = write_sensors(tmp_path / "bow.csv", time, pelvis, lumbar)
    rows = [line.split(",") for line in table.read_text(encoding="utf-8").splitlines()[1:]]
    cells = ("\t".join([row[0], ",".join(row[5:9]), ",".join(row[1:5]), "1,0,0,0"]) for row in rows)
    head = ["DataRate=100", "DataType=Quaternion", "version=3", "endheader", "time\ttorso_imu\tpelvis_imu\ttibia_r_imu"]
    (tmp_path / "bow.sto").write_text("\n".join([*head, *cells]), encoding="utf-8")
    one, other = read_motion(table), read_motion(tmp_path / "bow.sto")
    for name in ("pelvis", "thorax"):
        np.testing.assert_array_equal(one.orientations[name], other.orientations[name])
    assert "z up" in other.notes[0]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.mot", "time x\n0 1\n", "a.mot:1: no line 'endheader'"),
        ("a.mot", "inDegrees=maybe\nendheader\ntime x\n0 1\n", "a.mot:1: inDegrees = maybe; expected inDegrees=yes"),
        ("a.mot", "inDegrees=yes\nendheader\ntime lumbar_bending lumbar_bending\n0 1 1\n", "a.mot:3: column lumbar_bending stands twice"),
        ("a.sto", "inDegrees=yes\nendheader\ntime x\n0 1\n1 two\n", "a.sto:5: x: 'two' is not a number"),
        ("a.sto", "inDegrees=yes\nendheader\ntime x\n0 1\n1\n", "a.sto:5: 1 cells; expected 2"),
        ("a.sto", "inDegrees=yes\nendheader\n", "a.sto:2: nothing after 'endheader'"),
        ("a.csv", "t,x_deg\n0,1\n", "a.csv:1: first column 't'; expected time_s"),
        ("a.csv", "time_s,flexion\n0,1\n", "a.csv:1: column 'flexion': expected names that end in _deg"),
        ("a.csv", "time_s,pelvis_qw\n0,1\n", "a.csv:1: no column pelvis_qx"),
        ("a.csv", "time_s,flexion_deg\n0,1\n1,2\n2,3\n2,4\n3,5\n", "time of frame 3 is 2 s, not after"),
        ("a.csv", "time_s,flexion_deg\n0,1\n", "1 frames; expected 5 or more"),
        ("a.trc", "nothing\n", "a.trc:1: expected a TRC file"),
        ("a.xyz", "", "suffix: '.xyz' is unknown"),
    ],
)
def test_files_that_cannot_be_understood_say_where(tmp_path, name, text, expected):
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(MotionFileError) as told:
        read_motion(tmp_path / name)
    assert expected in str(told.value)
    assert name in str(told.value)


def test_sensors_without_unit_quaternions_are_refused(tmp_path):
    time, pelvis, lumbar = bow()
    path = write_sensors(tmp_path / "bow.csv", time, pelvis, lumbar)
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[3] = ",".join([lines[3].split(",")[0], *("0.9" for _ in range(8))])
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(MotionFileError, match=r"bow.csv:4: pelvis: the quaternion's length is 1.8"):
        read_motion(path)
