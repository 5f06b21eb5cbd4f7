"""The command line: exit codes, messages, and nothing written after a fault."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest
from click.testing import CliRunner

import spinesim
from spinesim.cli import main
from spinesim.io.reading import read_solution

FAULTY = {
    "bad.yaml": "subject:\n  mass_lb: 3\n  sex: x\n",
    "twice.yaml": "load:\n  mass_kg: 1\n  mass_kg: 2\n",
    "units.yaml": "subject:\n  mass_kg: 70 kg\n",
    "nan.yaml": "load: {mass_kg:   .nan}\n",
}
CODES = {"converged": 0, "strength_exceeded": 3, "not_converged": 4, "invalid_input": 5}


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *args: CliRunner().invoke(main, [str(a) for a in args])


@pytest.fixture
def solved(make_solution, monkeypatch):
    """Replace the solver by random numbers of a given status."""

    def with_status(status):
        monkeypatch.setattr("spinesim.cli.solve.solved", lambda case: (make_solution(status=status), "hash"))

    return with_status


def test_help_lists_commands_and_exit_codes():
    help_text = CliRunner().invoke(main, ["--help"]).stdout
    for word in ("solve", "schema", "doctor", "postures", "Exit codes", "strength exceeded"):
        assert word in help_text


@pytest.mark.parametrize(("words", "code", "out", "err"), [
    (("postures",), 0, "standing", ""),
    (("solve", "missing.yaml"), 6, "", "error: missing.yaml"),
    (("solve", "--nonsense"), 2, "", "No such option"),
])  # fmt: skip
def test_a_process_ends_with_its_code_its_handlers_and_all_it_said(tmp_path, words, code, out, err):
    """It does not wait for modules to be taken down, and loses nothing by that."""
    script = "import atexit\nfrom spinesim.cli import run\natexit.register(print, 'handled')\nrun()"
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.returncode == code
    assert out in done.stdout
    assert done.stdout.endswith("handled\n")
    assert err in done.stderr


def test_help_of_solve_imports_nothing_heavy():
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom spinesim.cli import main\n"
        "assert CliRunner().invoke(main, ['solve', '--help']).exit_code == 0\n"
        "print([m for m in ('numpy', 'numba', 'pydantic', 'h5py', 'ruamel') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["nonsense"], 2, "No such command"),
        (["solve", "--load-kg", "heavy"], 2, "not a valid float"),
        (["solve", "--posture", "lift_stop"], 2, "did you mean 'lift_stoop'?"),
        (["solve", "--set", "load.mass_lb=3"], 2, "--set load.mass_lb=3: load.mass_lb: got the unknown key"),
        (["solve", "--set", "load.mass_kg=3", "--load-kg", "4"], 2, "--load-kg beside --set load.mass_kg"),
        (["solve", "case.yaml", "--posture", "sitting"], 2, "two ways of saying one posture"),
        (["solve", "--posture", "sitting", "--set", "posture=standing"], 2, "two ways of saying one posture"),
        (["solve", "--posture", "sitting", "--set", "posture.flexion_deg=3"], 2, "two ways of saying one posture"),
        (["solve", "twice.yaml"], 2, "twice.yaml:3:3: load.mass_kg: got the key a second time"),
        (["solve", "units.yaml"], 2, "units.yaml:2:12: subject.mass_kg: got '70 kg'; expected a number; write 70 without unit or quotes"),
        (["solve", "nan.yaml"], 2, "nan.yaml:1:19: load.mass_kg: got .nan; expected a finite decimal number"),
        (["solve", "--load-kg", "nan"], 2, "expected a finite number"),
        (["solve", "--load-kg", "-5"], 5, "load.mass_kg = -5 kg is outside the computable range 0 to 60 kg"),
        (["solve", "--set", "subject.mass_kg=-70"], 5, "subject.mass_kg = -70 kg is outside the computable range 35 to 180 kg"),
        (["solve", "--set", "posture.flexion_deg=120"], 5, "posture.flexion_deg = 120 deg is outside the computable range -25 to 70 deg"),
        (["solve", "--set", "posture.knee_flexion_deg=-10"], 5, "posture.knee_flexion_deg = -10 deg is outside"),
        (["solve", "bad.yaml"], 2, "bad.yaml:2:3: subject.mass_lb"),
        (["solve", "--load-kg", "500"], 5, "load.mass_kg = 500 kg is outside the computable range 0 to 60 kg"),
        (["solve", "--set", "subject.disc_grade.L4-L5=9"], 5, "subject.disc_grade.L4-L5 = 9"),
        (["solve", "none.yaml"], 6, "none.yaml: No such file"),
        (["solve", "."], 6, "Is a directory"),
        (["solve", "-o", "nowhere/a.h5"], 6, "the folder nowhere does not exist"),
        (["solve", "--png", "nowhere/a.png"], 6, "the folder nowhere does not exist"),
        (["solve", "-o", "case.yaml", "case.yaml"], 2, "same file"),
        (["solve", "-o", "a.h5", "--html", "./a.h5"], 2, "same file"),
        (["schema", "-o", "nowhere/a.json"], 6, "nowhere"),
        (["postures", "sittin"], 2, "did you mean 'sitting'?"),
    ],
)
def test_faults_have_a_message_and_a_code_and_write_nothing(run, tmp_path, solved, args, code, message):
    solved(0)
    (tmp_path / "case.yaml").write_text("posture: standing\n")
    for name, text in FAULTY.items():
        (tmp_path / name).write_text(text)
    outputs = ["-o", "out.h5", "--html", "out.html", "--json"] if args[0] == "solve" and not {"-o", "--html"} & set(args) else []
    result = run(*args, *outputs)
    assert result.exit_code == code, result.output
    assert message in result.stderr
    assert result.stdout == ""
    assert sorted(os.listdir(tmp_path)) == sorted(["case.yaml", *FAULTY])


@pytest.mark.parametrize("status", [0, 1, 2])
def test_solved_cases_are_printed_and_written_with_their_status(run, tmp_path, solved, status):
    solved(status)
    result = run("solve", "--posture", "lateral_bent_20", "--json", "-o", "a.h5", "--html", "a.html")
    answer = json.loads(result.stdout)
    assert result.exit_code == CODES[answer["status"]] == [0, 3, 4][status]
    assert "note: posture.lateral_deg = 20 deg is outside the validated range" in result.stderr
    assert result.stderr.count("outside the validated range") == 1
    assert answer["notes"][0].startswith("posture.lateral_deg = 20")
    stored = read_solution(tmp_path / "a.h5")
    assert stored.solution.status == status
    assert stored.attrs["config"]["posture"]["lateral_deg"] == 20.0
    assert (tmp_path / "a.html").read_text().startswith("<!doctype html>")
    assert sorted(os.listdir(tmp_path)) == ["a.h5", "a.html"]


def test_a_case_beyond_the_solver_writes_nothing(run, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise ValueError("posture.hand_position_mm is out of reach of the left arm")

    fake = types.SimpleNamespace(default=lambda: None)
    monkeypatch.setitem(vars(spinesim), "solve", refuse)
    monkeypatch.setitem(vars(spinesim), "SpineModel", fake)
    monkeypatch.setitem(sys.modules, "spinesim.solver.compiled", types.SimpleNamespace(is_cached=lambda: False))
    result = run("solve", "-o", "a.h5")
    assert result.exit_code == 5
    assert "compiling the solver (once" in result.stderr
    assert "out of reach" in result.stderr
    assert os.listdir(tmp_path) == []


def test_tables_are_the_default(run, solved):
    solved(0)
    result = run("solve", "--posture", "standing", "--load-kg", "5")
    assert result.exit_code == 0
    for part in ("Posture: standing. Load: 5 kg in both hands.", "L4-L5", "What limits", "not medical advice", "compression > 0"):
        assert part in result.stdout


def test_picture(run, tmp_path, solved):
    pytest.importorskip("matplotlib")
    solved(0)
    assert run("solve", "--png", "a.png").exit_code == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_picture_without_matplotlib(run, tmp_path, solved, monkeypatch):
    solved(0)
    monkeypatch.setattr("spinesim.viz.style.find_spec", lambda name: None)
    result = run("solve", "--png", "a.png", "-o", "a.h5")
    assert result.exit_code == 2
    assert "pip install 'spinesim[plot]'" in result.stderr
    assert os.listdir(tmp_path) == []


def test_postures_and_schema(run):
    listed = run("postures").stdout
    assert "lift_stoop" in listed
    assert len(listed.splitlines()) == 22
    assert "flexion_deg: 36" in run("postures", "lift_stoop").stdout
    assert json.loads(run("schema").stdout)["title"] == "spinesim case"
    assert json.loads(run("schema", "sweep").stdout)["title"] == "spinesim sweep"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_not_writable(run, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    result = run("solve", "-o", Path("locked") / "a.h5")
    assert result.exit_code == 6


def test_doctor_says_where_compiled_code_is_kept(tmp_path):
    """A folder that cannot be written is said, and what is used instead is gone afterwards."""
    code = "import spinesim.mechanics.jit as jit; print(jit.CACHE_PERSISTS, jit.CACHE_DIR)"
    blocked = tmp_path / "file"
    blocked.write_text("")
    for folder, persists in ((tmp_path / "cache", "True"), (blocked, "False")):
        environment = {**os.environ, "SPINESIM_CACHE_DIR": str(folder)}
        out = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True).stdout.split()
        assert out[0] == persists
        assert Path(out[1]).exists() == (persists == "True")
