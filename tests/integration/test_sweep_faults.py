"""Real kills and real faults: nothing is lost, doubled or changed, and nothing foreign is taken for a result."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest

CLI = (sys.executable, "-c", "from spinesim.cli import main; main()")
ROOT = Path(__file__).resolve().parents[2]
ROWS = 2000
CONFIG = """
title: kills
vary:
  subject.mass_kg: [60.0, 85.0]
  posture.flexion_deg: {uniform: [-15.0, 65.0]}
  study.mass: {uniform: [0.0, 62.0]}
derive: {load.mass_kg: study.mass}
sampling: {samples: 1000, method: random, seed: 3}
outputs: [compression_N, {intradiscal_pressure_MPa: {level: L4-L5}}, iterations]
"""


def sweep(*arguments: object, **options: object) -> subprocess.Popen[str]:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": ROOT}
    return subprocess.Popen([*CLI, "sweep", *map(str, arguments)], **{**pipes, **options})  # type: ignore[call-overload]


def finished(*arguments: object, code: int = 0, **options: object) -> str:
    process = sweep(*arguments, **options)
    out, err = process.communicate(timeout=300)
    assert process.returncode == code, err
    assert "Traceback" not in err
    return out + err


def verified(path: Path, code: int = 0) -> str:
    result = subprocess.run([*CLI, "verify", str(path)], capture_output=True, text=True, cwd=ROOT, timeout=300, check=False)
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    return result.stdout + result.stderr


def content(path: Path) -> str:
    with h5py.File(path) as file:
        return file.attrs["content_sha256"].decode()


def data(path: Path) -> dict[str, bytes]:
    with h5py.File(path) as file:
        return {name: dataset[()].tobytes() for name, dataset in file.items()}


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("config") / "sweep.yaml"
    path.write_text(CONFIG)
    return path


@pytest.fixture(scope="module")
def whole(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An uninterrupted run."""
    path = tmp_path_factory.mktemp("whole") / "whole.h5"
    finished(config, "-o", path)
    return path


@pytest.fixture(scope="module")
def stopped(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output whose sweep was asked to end on the way: some parts are there, not all."""
    path = tmp_path_factory.mktemp("stopped") / "out.h5"
    process = sweep(config, "-o", path, "--chunk", 50)
    wait_for_parts(path, 6)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, out + err
    assert "--resume" in err
    assert not path.exists()
    return path


@pytest.fixture
def begun(stopped: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    shutil.copytree(stopped.with_name("out.h5.parts"), tmp_path / "out.h5.parts")
    return tmp_path / "out.h5"


def parts_of(path: Path) -> list[Path]:
    return sorted(path.with_name(f"{path.name}.parts").glob("*.part"))


def wait_for_work(process: subprocess.Popen[str], path: Path) -> None:
    """Until a new part is there or the file is begun: before that there is nothing to kill."""
    folder = path.with_name(f"{path.name}.parts")
    before = set(parts_of(path))
    while process.poll() is None and set(parts_of(path)) <= before and not list(folder.glob(".out.h5.*.tmp")):
        time.sleep(0.002)


def wait_for_parts(path: Path, count: int) -> None:
    end = time.monotonic() + 60
    while len(parts_of(path)) < count:
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.slow
def test_killed_at_sixty_moments_it_ends_with_the_same_bytes(config, whole, tmp_path):
    rng, path, kills = random.Random(7), tmp_path / "out.h5", 0
    while kills < 60 or not path.exists():
        if path.exists():
            assert content(path) == content(whole)
            path.unlink()
        process = sweep(config, "-o", path, "--resume", "--chunk", 20, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            if kills < 60:
                wait_for_work(process, path)
            process.wait(rng.uniform(0.0, 0.25) if kills < 60 else 300)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait(60)
            kills += 1
    assert data(path) == data(whole)
    assert content(path) == content(whole)
    with h5py.File(path) as file:
        np.testing.assert_array_equal(file["case"], np.arange(ROWS))
        assert sum(file.attrs[f"count_{name}"] for name in ("converged", "strength_exceeded", "not_converged", "invalid_input")) == ROWS
        assert file.attrs["count_invalid_input"] > 0
    assert not path.with_name("out.h5.parts").exists()


@pytest.mark.parametrize(
    "how", [("--chunk", 7), ("--chunk", 333, "--threads", 1), ("--workers", 2, "--chunk", 150)], ids=["small", "one thread", "workers"]
)
def test_the_way_of_computing_does_not_change_the_bytes(config, whole, tmp_path, how):
    finished(config, "-o", tmp_path / "out.h5", *how)
    assert data(tmp_path / "out.h5") == data(whole)


def test_jobs_share_the_work(config, whole, tmp_path):
    path = tmp_path / "out.h5"
    running = [sweep(config, "-o", path, "--chunk", 300, "--shard", f"{i}/3") for i in (3, 1, 2)]
    words = [process.communicate(timeout=120)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], words
    assert data(path) == data(whole)


def test_resume_goes_on_and_leaves_a_finished_sweep_alone(config, whole, begun):
    kept = {part.name: part.stat().st_mtime_ns for part in parts_of(begun)}
    assert "unfinished" in finished(config, "-o", begun, code=6)
    assert {p.name: p.stat().st_mtime_ns for p in parts_of(begun)} == kept
    finished(config, "-o", begun, "--resume")
    assert data(begun) == data(whole)
    before = begun.stat()
    assert "complete" in finished(config, "-o", begun, "--resume")
    assert "--resume" in finished(config, "-o", begun, code=6)
    assert (begun.stat().st_ino, begun.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert "10 rows" not in verified(begun)


def test_damaged_parts_are_computed_again(config, whole, begun):
    rng = random.Random(5)
    parts = parts_of(begun)
    for part in parts[:3]:
        image = bytearray(part.read_bytes())
        image[rng.randrange(len(image))] ^= 0x10
        part.write_bytes(image)
    parts[3].write_bytes(parts[3].read_bytes()[:50])
    parts[4].write_bytes(b"")
    assert "5 damaged parts are computed again" in finished(config, "-o", begun, "--resume")
    assert data(begun) == data(whole)


@pytest.mark.parametrize("trick", ["file", "link", "folder", "no plan", "plan", "other plan", "part of another", "plan is a link"])
def test_foreign_parts_are_refused(config, begun, tmp_path, trick):
    folder = begun.with_name("out.h5.parts")
    plan = folder / "plan.json"
    if trick == "file":
        (folder / "notes.txt").write_text("mine")
    elif trick == "link":
        moved = shutil.move(parts_of(begun)[0], tmp_path / "elsewhere")
        (folder / parts_of(begun)[0].name.replace("000000001", "000000000")).symlink_to(moved)
    elif trick == "folder":
        shutil.rmtree(folder)
        (tmp_path / "other").mkdir()
        folder.symlink_to(tmp_path / "other")
    elif trick == "no plan":
        plan.unlink()
    elif trick == "plan":
        plan.write_text("[" * 100_000)
    elif trick == "plan is a link":
        shutil.move(plan, tmp_path / "plan")
        plan.symlink_to(tmp_path / "plan")
    else:
        told = json.loads(plan.read_text())
        if trick == "other plan":
            told["config"]["vary"]["study.mass"] = {"uniform": [0.0, 5.0]}
            told["config_sha256"] = "0" * 64
        else:
            told["chunk_rows"] = 49
        plan.write_text(json.dumps(told))
    words = finished(config, "-o", begun, "--resume", code=2 if trick == "other plan" else 6)
    assert "out.h5" in words
    assert not begun.exists()
    if trick == "file":
        assert (folder / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        (None, "study.mass=[0.0, 5.0]", "config.vary.study.mass"),
        ("model_hash", "f" * 64, "model_hash: ffff"),
        ("spinesim_version", "0.0.9", "spinesim_version: 0.0.9 -> "),
        ("code_sha256", "e" * 64, "code_sha256: eeee"),
        ("numba_version", "0.1", "numba_version: 0.1 -> "),
    ],
)
def test_resume_with_something_else_is_refused_with_the_difference(config, begun, key, value, shown):
    extra = []
    if key is None:
        extra = ["--set", f"vary.{value}"]
    else:
        plan = begun.with_name("out.h5.parts") / "plan.json"
        told = json.loads(plan.read_text())
        told[key] = value
        plan.write_text(json.dumps(told))
    assert shown in finished(config, "-o", begun, "--resume", *extra, code=2)
    assert parts_of(begun)


@pytest.mark.parametrize("kind", ["text", "hdf5", "solution"])
def test_an_output_that_is_something_else_is_left_alone(config, tmp_path, kind):
    path = tmp_path / "out.h5"
    if kind == "text":
        path.write_text("a diary")
    elif kind == "hdf5":
        with h5py.File(path, "w") as file:
            file["x"] = np.zeros(3)
    else:
        subprocess.run([*CLI, "solve", "-o", str(path)], cwd=ROOT, check=True, capture_output=True)
    before = path.read_bytes()
    finished(config, "-o", path, "--resume", code=2 if kind == "solution" else 6)
    assert path.read_bytes() == before


def test_a_killed_worker_loses_nothing(config, whole, tmp_path):
    path = tmp_path / "out.h5"
    process = sweep(config, "-o", path, "--workers", 2, "--chunk", 50)
    wait_for_parts(path, 3)
    for _ in range(2):
        for child in workers_of(process.pid)[:1]:
            os.kill(child, signal.SIGKILL)
        time.sleep(1.0)
    out, err = process.communicate(timeout=200)
    assert process.returncode == 0, out + err
    assert data(path) == data(whole)


def test_workers_end_with_a_killed_parent(config, whole, tmp_path):
    path = tmp_path / "out.h5"
    process = sweep(config, "-o", path, "--workers", 2, "--chunk", 50, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for_parts(path, 2)
    children = workers_of(process.pid)
    assert children
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    end = time.monotonic() + 30
    while any(alive(child) for child in children):
        assert time.monotonic() < end, "workers outlive their parent"
        time.sleep(0.1)
    finished(config, "-o", path, "--resume")
    assert data(path) == data(whole)


def alive(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    try:
        return state.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def workers_of(pid: int) -> list[int]:
    """Worker processes of a pool, without the one that tracks its resources."""
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
            found.append(int(child))
    return found


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    if (
        os.getuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], capture_output=True, check=False).returncode
    ):
        pytest.skip("no small file system can be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("room", ["256k", "300k"])
def test_a_full_disk_ends_cleanly_and_resumes(config, whole, small_disk, room):
    """With less room some parts do not fit, with more the parts do and the file does not."""
    subprocess.run(["mount", "-o", f"remount,size={room}", small_disk], check=True)
    path = small_disk / "out.h5"
    if room == "256k":
        (small_disk / "ballast").write_bytes(bytes(120_000))
    assert "No space left" in finished(config, "-o", path, "--chunk", 100, code=6)
    assert not path.exists()
    assert not list(small_disk.rglob(".*.tmp"))
    assert parts_of(path)
    subprocess.run(["mount", "-o", "remount,size=32m", small_disk], check=True)
    finished(config, "-o", path, "--resume")
    assert data(path) == data(whole)


def test_a_limit_on_file_size_ends_cleanly_and_resumes(config, whole, tmp_path):
    """The same path where no file system can be mounted: parts fit, the file does not."""
    path = tmp_path / "out.h5"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    assert "File too large" in finished(config, "-o", path, "--chunk", 500, code=6, preexec_fn=limit)
    assert not path.exists()
    assert not list(tmp_path.rglob(".*.tmp"))
    assert len(parts_of(path)) == 4
    finished(config, "-o", path, "--resume")
    assert data(path) == data(whole)
