"""Every example runs and ends in a table; what the README shows is what the model gives."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import h5py
import numpy as np
import pytest

import spinesim as ss
from spinesim.config import load_case
from spinesim.viz.figures import FIGURES

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
WORDS = {
    "01_lift": ("lift_stoop", "lift_squat", "shear N"),
    "02_facet_share_degeneration": ("standing_extended", "grade", "share of compression"),
    "03_gluteal_deficit": ("gluteus maximus", "30%"),
    "04_batch_flexion_map": ("60 cases, 60 converged", "deg lumbar flexion"),
    "05_against_measured_pressures": ("Relaxed standing", "Lifting 20 kg with bent knees", "verdict"),
    "06_what_limits_flexion": ("nothing", "nucleus", "L1-L5, whole"),
    "07_page_for_a_class": ("54 postures and loads solved", "disc_compression_N", "class.html: "),
    "08_who_carries_the_load": ("net compression", "stoop, 15 kg", "too small"),
    "09_muscles_through_a_hinge": ("disc compression, L5-S1", "longissimus", "lowering"),
    "10_what_does_a_lift_look_like": ("lift_stoop", "lift_squat.glb", "L5-S1"),
    "11_a_hinge_as_a_film": ("MPa at", "solved frames"),
    "12_what_does_a_slider_do": ("turned 5 degrees", "stretched arms", "ms a step"),
    "13_how_sure_are_two_lifts": ("lift stoop", "5th-95th", "T12-L1"),
}
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_example_is_tested():
    assert [path.stem for path in EXAMPLES] == sorted(WORDS)


def with_marks(path):
    """An example, marked where it draws in 3D."""
    return pytest.param(path, marks=[pytest.mark.gl] if "viz.picture" in path.read_text(encoding="utf-8") else [], id=path.stem)


@pytest.mark.parametrize("path", [with_marks(path) for path in EXAMPLES])
def test_example_answers_its_question(path, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(path), run_name="__main__")
    out = capsys.readouterr().out
    assert all(word in out for word in WORDS[path.stem])
    assert "nan" not in out.lower()
    assert (path.read_text(encoding="utf-8").split('"""')[1]).splitlines()[0].endswith("?")
    if path.stem.startswith("04"):
        with h5py.File(tmp_path / "flexion_map.h5") as file:
            assert file["compression_N"].shape == (60, 6)


def test_the_python_of_the_readme_runs(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "converged"
    assert [line.split(":")[0] for line in lines[1:]] == list(ss.LEVELS)


def test_the_case_of_the_readme_is_read(tmp_path):
    (text,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "case.yaml").write_text(text)
    case = load_case(tmp_path / "case.yaml")
    assert (case.subject.stature_m, case.posture, case.load) == (1.8, ss.preset("lift_stoop"), ss.Load(mass_kg=15.0))


def test_the_result_in_the_readme_is_the_model_s():
    case = load_case(ROOT / "configs" / "lift_stoop.yaml")
    answer = ss.solve(ss.SpineModel.default(), case.subject, case.posture, case.load, case.exponent)
    rows = re.findall(rf"^({'|'.join(ss.LEVELS)})((?: +-?[0-9.]+){{9}}) ", README, re.MULTILINE)
    assert [name for name, _ in rows] == list(ss.LEVELS)
    table = np.array([[float(cell) for cell in cells.split()] for _, cells in rows])
    facets = answer.facet_force_N
    model = [answer.compression_N, answer.disc_compression_N, answer.intradiscal_pressure_MPa, answer.anterior_shear_N]
    model += [answer.lateral_shear_N, facets[:, 0], facets[:, 1]]
    largest = np.abs(model).max(axis=1)
    # Two percent of a number, or of the largest in its column where a small one hangs on a large difference.
    np.testing.assert_array_less(
        np.abs(table[:, :7] - np.transpose(model)), 0.02 * np.maximum(np.abs(table[:, :7]), largest) + 1e-3, err_msg="run: make refresh"
    )


def test_the_comparison_in_the_readme_is_the_model_s():
    rows = runpy.run_path(str(ROOT / "examples" / "05_against_measured_pressures.py"))["compare"]()
    shown = {cells[1].strip(): cells for cells in (line.split("|") for line in README.splitlines()) if len(cells) == 7}
    for name, pressure, _, percent, verdict in rows:
        assert float(shown[name][2]) == pytest.approx(pressure, abs=0.015), "run: make refresh"
        assert float(shown[name][4]) == pytest.approx(percent, abs=2.0)
        assert shown[name][5].strip() == verdict


def test_the_pictures_of_the_readme_exist():
    names = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)
    assert len(names) == 2
    assert all((ROOT / name).read_bytes().startswith(b"\x89PNG") for name in names)


@pytest.mark.slow
def test_the_case_from_recording_to_plan(tmp_path, monkeypatch, capsys):
    folder = ROOT / "examples" / "case_l4l5_bulge"
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(folder / "run.py"), run_name="__main__")
    out = capsys.readouterr().out
    assert "her rhythm: L4-L5 flexed 11 deg" in out
    assert "replan: plan, 6 weeks, gates ['green', 'green', 'reduce', 'repeat']" in out
    page = (tmp_path / "case_l4l5_bulge.html").read_text(encoding="utf-8")
    assert page.count("<iframe srcdoc=") == 3
    # Names of namespaces and policies say http and ask for nothing.
    assert not re.search(r"(?:src|href)\s*=\s*[\"'&]*(?:quot;)?\s*(?:https?:)?//|url\(|@import|fetch\(", page)
    assert "gain needed" in page


def test_the_recording_of_the_case_is_what_its_script_makes(tmp_path):
    """A rhythm that is lumbar first, seen through markers with noise, within half a degree of what was put in."""
    from spinesim.analysis.recording import trunk_motion
    from spinesim.io.motion import read_motion

    folder = ROOT / "examples" / "case_l4l5_bulge"
    truth = runpy.run_path(str(folder / "recording.py"))["angles"]()
    found = trunk_motion(read_motion(folder / "bows.trc"), ss.SpineModel.default().tables)
    for measured, true in ((found.lumbar_deg, truth[2]), (found.pelvis_deg, truth[1])):
        assert np.sqrt(np.mean((measured[:, 0] - true[:, 0]) ** 2)) < 0.5


def test_the_pictures_of_the_figures_exist_and_are_drawn_by_the_commands_above_them():
    page = (ROOT / "docs/figures.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[[^]]+\]\(([^)]+)\)", page)
    drawn = re.findall(r"^spinesim render .* --figure (\S+) .*-o docs/(\S+)$", page, re.MULTILINE)
    assert shown == [name for _, name in drawn]
    assert {name for name, _ in drawn} == set(FIGURES) == set(re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE))
    assert all((ROOT / "docs" / name).read_bytes().startswith(b"\x89PNG") for name in shown)
