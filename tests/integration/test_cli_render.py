"""``spinesim render``: pictures with the numbers of the result, files that other programs read, and clear refusals."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys

import h5py
import numpy as np
import pytest
import stand_in
from click.testing import CliRunner

from spinesim import Load, Posture, SpineModel, Subject, solve
from spinesim.cli import main
from spinesim.model.names import LEVELS
from spinesim.viz import gl, palette
from spinesim.viz.picture import Shown, Studio
from spinesim.viz.scene import QUANTITIES, Scene
from spinesim.viz.stage.options import Options


def run(*args):
    return CliRunner().invoke(main, ["render", *map(str, args)])


@pytest.fixture(autouse=True)
def boxes_for_bones(monkeypatch):
    """Bones that take no time; the pictures are of the same case."""
    monkeypatch.setattr("spinesim.viz.anatomy.build", lambda model, subject, detail, **_: stand_in.anatomy(model, subject))


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    path = tmp_path_factory.mktemp("result") / "lift.h5"
    asked = ["solve", "--posture", "lift_stoop", "--load-kg", "10", "-o", str(path)]
    assert CliRunner().invoke(main, asked).exit_code == 0
    return path


@pytest.fixture(scope="module")
def motion(tmp_path_factory):
    path = tmp_path_factory.mktemp("motion") / "hinge.h5"
    assert CliRunner().invoke(main, ["exercise", "hip_hinge", "-o", str(path)]).exit_code == 0
    return path


def tree(path):
    """The JSON part of a binary glTF file, and its buffer."""
    content = path.read_bytes()
    magic, version, length = struct.unpack_from("<III", content)
    assert (magic, version, length) == (0x46546C67, 2, len(content))
    size, kind = struct.unpack_from("<II", content, 12)
    assert kind == 0x4E4F534A
    return json.loads(content[20 : 20 + size]), content[28 + size :]


@pytest.mark.gl
def test_a_picture_of_a_result_file_has_its_numbers(result, tmp_path):
    done = run(result, "-o", tmp_path / "a.png", "--size", "640x480")
    assert done.exit_code == 0, done.output
    from PIL import Image

    picture = np.asarray(Image.open(tmp_path / "a.png"))
    assert picture.shape == (480, 640, 3)
    colours = picture.reshape(-1, 3).astype(int)
    blue = (colours[:, 2] > colours[:, 0] + 40).sum()
    assert blue > 500, "no disc is to be seen"


@pytest.mark.gl
@pytest.mark.parametrize("colour_by", ["compression", "pressure"])
def test_words_on_a_picture_are_the_numbers_of_the_solution(colour_by):
    model, posture, load = SpineModel.default(), Posture(trunk_inclination_deg=40.0), Load(mass_kg=8.0)
    solution = solve(model, Subject(), posture, load)
    shown = Shown.case_of(Subject(), posture, load, solution, "Title", "Subtitle.")
    studio = Studio(Scene(model, Subject(), stand_in.anatomy(model, Subject()), "low"), shown, Options(colour_by=colour_by), [0], 0)
    studio.picture(0)
    words, quantity = studio.stage.overlay.all_words(), QUANTITIES[colour_by]
    for level, name in enumerate(LEVELS):
        expected = f"{getattr(solution, quantity.name)[level]:,.{quantity.digits}f} {quantity.unit}"
        assert words[f"level {name}"].startswith(f"{name}  {expected}")
    assert words["title"] == "Title"
    assert "Subtitle." in words["subtitle 0"]
    assert "x forward, y up, z right" in words["note"]


@pytest.mark.gl
def test_everything_that_has_a_place_in_the_picture_is_inside_it(result, tmp_path):
    for view in ("oblique", "right", "back", "top"):
        path = tmp_path / f"{view}.png"
        assert run(result, "-o", path, "--view", view, "--size", "400x300", "--labels", "off", "--without", "legends").exit_code == 0
        from PIL import Image

        picture = np.asarray(Image.open(path)).astype(int)
        background = picture[-1, -1]
        edge = np.concatenate([picture[2:-2, :2].reshape(-1, 3), picture[2:-2, -2:].reshape(-1, 3), picture[-2:].reshape(-1, 3)])
        assert (np.abs(edge - background) <= 2).all(), view


@pytest.mark.gl
def test_a_film_has_the_frames_of_the_motion(motion, tmp_path):
    from PIL import Image

    done = run(motion, "-o", tmp_path / "a.gif", "--size", "400x300")
    assert done.exit_code == 0, done.output
    with h5py.File(motion) as file:
        times = file["time_s"][()]
    with Image.open(tmp_path / "a.gif") as film:
        assert film.n_frames >= 10
        lasting = 0
        for frame in range(film.n_frames):
            film.seek(frame)
            lasting += film.info["duration"]
        last = np.asarray(film.convert("RGB")).astype(int)
    for colour in (palette.ABOVE, palette.FACET, *palette.table("ligament")[[60, 250]], *palette.table("muscle")[[5, 200]]):
        assert np.abs(last - colour).max(axis=-1).min() <= 12, f"{colour} became another colour"
    assert abs(lasting / 1e3 - times[-1] - 0.5) < 0.3


@pytest.mark.gl
def test_mp4_is_video(motion, tmp_path):
    from imageio_ffmpeg import count_frames_and_secs

    assert run(motion, "-o", tmp_path / "a.mp4", "--size", "240x200").exit_code == 0
    frames, seconds = count_frames_and_secs(str(tmp_path / "a.mp4"))
    with h5py.File(motion) as file:
        assert abs(seconds - file["time_s"][-1]) < 0.2
    assert frames > 50


def test_gltf_holds_the_bones_where_the_solution_has_them(result, tmp_path):
    done = run(result, "-o", tmp_path / "a.glb", "--muscles", "both")
    assert done.exit_code == 0, done.output
    content, buffer = tree(tmp_path / "a.glb")
    names = [node["name"] for node in content["nodes"]]
    assert {"L5", "T12", "sacrum", "discs", "muscles", "ligaments", "facet forces", "body", "load"} <= set(names)
    assert len(buffer) >= content["buffers"][0]["byteLength"]
    for accessor in content["accessors"]:
        view = content["bufferViews"][accessor["bufferView"]]
        assert view["byteOffset"] + view["byteLength"] <= content["buffers"][0]["byteLength"]
    from spinesim.cli.shown import of_result

    shown = of_result(result)
    posture, load, solution = shown.case(0)
    scene = Scene(SpineModel.default(), shown.subject, stand_in.anatomy(SpineModel.default(), shown.subject))
    bodies = scene.frame(posture, load, solution).bodies
    for body, name in enumerate(stand_in.NAMES):
        matrix = np.array(content["nodes"][names.index(name)]["matrix"]).reshape(4, 4).T
        np.testing.assert_allclose(matrix, bodies[body], atol=1e-12)


def test_gltf_needs_neither_opengl_nor_vtk(result, tmp_path):
    code = (
        "import sys\nfor name in ('vtkmodules', 'vtk', 'pyvista', 'PIL'): sys.modules[name] = None\n"
        f"sys.path.insert(0, {str((gl.__file__).rsplit('/spinesim/', 1)[0] + '/tests')!r})\n"
        "import stand_in, spinesim.viz.anatomy as anatomy\n"
        "anatomy.build = lambda model, subject, detail, **_: stand_in.anatomy(model, subject)\n"
        "from spinesim.cli import main\n"
        f"main(['render', {str(result)!r}, '-o', {str(tmp_path / 'b.glb')!r}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "b.glb").stat().st_size > 10_000


def test_a_stored_motion_stands_at_the_moment_that_is_asked_for(motion):
    from spinesim.cli.shown import of_result

    shown = of_result(motion)
    with h5py.File(motion) as file:
        np.testing.assert_allclose(shown.time_s, file["time_s"][()])
        flexion = file["flexion_deg"][()]
    np.testing.assert_allclose([p.flexion_deg for p in shown.postures], flexion)
    assert shown.moment(0.0) == 0
    assert shown.moment(None) == int(np.argmax(shown.solution.compression_N.max(axis=1)))
    with pytest.raises(ValueError, match="outside the motion"):
        shown.moment(1e3)


FAULTS = {
    "suffix": (("-o", "{}/a.jpg"), 2, ".jpg is unknown"),
    "no suffix": (("-o", "{}/a"), 2, "(none)"),
    "folder": (("-o", "{}/no/a.png"), 6, "does not exist"),
    "size": (("-o", "{}/a.png", "--size", "big"), 2, "WIDTHxHEIGHT"),
    "tiny": (("-o", "{}/a.png", "--size", "20x20"), 2, "outside 200 to 8000"),
    "view": (("-o", "{}/a.png", "--view", "rigth"), 2, "did you mean 'right'"),
    "theme": (("-o", "{}/a.png", "--theme", "grey"), 2, "theme"),
    "colour": (("-o", "{}/a.png", "--colour-by", "shear"), 2, "compression, pressure"),
    "muscles": (("-o", "{}/a.png", "--muscles", "some"), 2, "off, left, right, both"),
    "group": (("-o", "{}/a.png", "--groups", "biceps"), 2, "biceps"),
    "empty groups": (("-o", "{}/a.png", "--groups", ","), 2, "the list is empty"),
    "nothing left": (("-o", "{}/a.glb", "--groups", "transversus_abdominis"), 2, "no muscle is left to show"),
    "without": (("-o", "{}/a.png", "--without", "bones"), 2, "--without"),
    "full": (("-o", "{}/a.png", "--full", "-1"), 2, "end of a scale"),
    "film of a case": (("-o", "{}/a.gif"), 2, "for a motion"),
    "moment of a case": (("-o", "{}/a.glb", "--at", "1"), 2, "asked of a single case"),
    "moment of a film": (("-o", "{}/a.gif", "--at", "1", "--exercise", "reach"), 2, "--at is for a single picture"),
    "late": (("-o", "{}/a.glb", "--at", "999", "--exercise", "reach"), 2, "outside the motion"),
    "two postures": (("-o", "{}/a.glb", "--posture", "standing", "--exercise", "reach"), 2, "two ways"),
    "no such posture": (("-o", "{}/a.glb", "--posture", "stading"), 2, "standing"),
    "mirrored": (("-o", "{}/a.glb", "--mirrored"), 2, "--exercise"),
    "beyond": (("-o", "{}/a.glb", "--load-kg", "900"), 5, "computable"),
    "no file": (("{}/none.yaml", "-o", "{}/a.glb"), 6, "none.yaml"),
    "no result": (("{}/none.h5", "-o", "{}/a.glb"), 6, "none.h5"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_named_and_nothing_is_written(fault, tmp_path, monkeypatch):
    monkeypatch.setattr("spinesim.viz.gl.graphics", lambda: gl.Graphics("none", True))
    args, code, words = FAULTS[fault]
    done = run(*(arg.format(tmp_path) for arg in args))
    assert done.exit_code == code, done.output
    assert words in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_result_is_asked_no_other_case(result, tmp_path):
    done = run(result, "--load-kg", "5", "-o", tmp_path / "a.glb")
    assert done.exit_code == 2
    assert "holds its own case" in done.stderr


def changed(result, tmp_path, **attrs):
    """A copy of a result file with other attributes."""
    path = tmp_path / "other.h5"
    path.write_bytes(result.read_bytes())
    with h5py.File(path, "r+") as file:
        for name, value in attrs.items():
            file.attrs[name] = value
    return path


@pytest.mark.parametrize(
    ("attrs", "words"),
    [
        ({"model_hash": "0" * 64}, "made by spinesim"),
        ({"spinesim_format_version": np.int64(99)}, "newer than this version"),
        ({"spinesim_format": "something"}, "not a solution written by spinesim"),
        ({"config": "none"}, "does not say of which case"),
    ],
)
def test_a_result_of_another_version_is_refused(result, tmp_path, attrs, words):
    path = changed(result, tmp_path, **attrs)
    done = run(path, "-o", tmp_path / "a.glb")
    assert done.exit_code == 6
    assert words in done.stderr
    assert not (tmp_path / "a.glb").exists()


def test_without_opengl_the_packages_are_named(tmp_path, monkeypatch):
    gl.graphics.cache_clear()
    monkeypatch.setattr(gl, "_PROBE", "import os\nos.abort()")
    try:
        done = run("-o", tmp_path / "a.png")
    finally:
        gl.graphics.cache_clear()
    assert done.exit_code == 2
    assert "the driver crashed" in done.stderr
    assert gl.PACKAGES in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("probe", "words"),
    [
        ("print('blank|x')", "stayed blank"),
        ("raise OSError('libEGL.so.1: cannot open')", "libEGL.so.1"),
        ("import time; time.sleep(9)", "did not answer"),
        ("", "no answer"),
    ],
)
def test_the_probe_tells_what_went_wrong(monkeypatch, probe, words):
    gl.graphics.cache_clear()
    monkeypatch.setattr(gl, "_PROBE", probe)
    monkeypatch.setattr(gl, "_SECONDS", 4)
    try:
        with pytest.raises(gl.NoGraphicsError, match=words):
            gl.graphics()
    finally:
        gl.graphics.cache_clear()


def test_without_the_extra_it_is_named(monkeypatch):
    gl.graphics.cache_clear()
    monkeypatch.setattr(gl, "installed", lambda: False)
    with pytest.raises(gl.NoGraphicsError, match=r"spinesim\[view\]"):
        gl.graphics()
    gl.graphics.cache_clear()


def test_a_window_needs_a_display(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(gl.NoGraphicsError, match="--web"):
        gl.screen()


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom spinesim.cli import main\n"
        "assert CliRunner().invoke(main, ['render', '--help']).exit_code == 0\n"
        "print([m for m in ('numpy', 'numba', 'vtkmodules', 'h5py', 'PIL') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_png_is_what_it_was(tmp_path):
    from PIL import Image

    from spinesim.viz.picture import png

    picture = np.random.default_rng(3).integers(0, 255, (5, 7, 3), np.uint8)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(png(picture)))), picture)


def test_the_doctor_says_what_draws(monkeypatch):
    def nothing():
        raise gl.NoGraphicsError(f"no OpenGL; {gl.HINT}")

    monkeypatch.setattr(gl, "graphics", nothing)
    found = CliRunner().invoke(main, ["doctor"]).stdout
    assert f"--     OpenGL        no OpenGL; {gl.HINT} (optional)" in found
    monkeypatch.setattr(gl, "graphics", lambda: gl.Graphics("llvmpipe", True))
    assert "ok     OpenGL        llvmpipe, without a graphics card" in CliRunner().invoke(main, ["doctor"]).stdout
