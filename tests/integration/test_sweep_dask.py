"""Dask: the same bytes, and a killed worker loses nothing."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import h5py
import pytest

pytest.importorskip("distributed")
CLI = (sys.executable, "-c", "from spinesim.cli import main; main()")
ROOT = Path(__file__).resolve().parents[2]
CONFIG = """
vary:
  posture.flexion_deg: {uniform: [-15.0, 65.0]}
  load.mass_kg: {uniform: [0.0, 15.0]}
sampling: {samples: 2000, seed: 3}
outputs: [compression_N]
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("config") / "sweep.yaml"
    path.write_text(CONFIG)
    return path


def start(*module: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", *module], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, cwd=ROOT)


def worker(address: str) -> subprocess.Popen[str]:
    # Without a nanny, so that a kill is the end of it.
    return start("distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard")


@pytest.fixture
def address() -> Iterator[str]:
    scheduler = start("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show")
    assert scheduler.stderr
    for line in scheduler.stderr:
        if found := re.search(r"Scheduler at:\s+(tcp://\S+)", line):
            break
    else:
        pytest.fail("no scheduler")
    yield found[1]
    scheduler.kill()
    scheduler.communicate()


def test_a_killed_dask_worker_loses_nothing(config, tmp_path, address):
    workers = [worker(address), worker(address)]
    try:
        path = tmp_path / "out.h5"
        command = [*CLI, "sweep", str(config), "-o", str(path), "--chunk", "50", "--scheduler", address]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
        end = time.monotonic() + 90
        while len(list(tmp_path.glob("out.h5.parts/*.part"))) < 3:
            assert time.monotonic() < end
            assert process.poll() is None, process.communicate()
            time.sleep(0.01)
        os.kill(workers[0].pid, signal.SIGKILL)
        words = process.communicate(timeout=200)
        assert process.returncode == 0, words
    finally:
        for one in workers:
            one.kill()
            one.communicate()
    subprocess.run([*CLI, "sweep", str(config), "-o", str(tmp_path / "here.h5")], check=True, capture_output=True, cwd=ROOT)
    with h5py.File(path) as one, h5py.File(tmp_path / "here.h5") as two:
        assert one.attrs["content_sha256"] == two.attrs["content_sha256"]
        assert one.attrs["count_converged"] + one.attrs["count_strength_exceeded"] > 1000


def test_a_scheduler_that_does_not_answer_is_said(config, tmp_path):
    command = [*CLI, "sweep", str(config), "-o", str(tmp_path / "out.h5"), "--scheduler", "tcp://127.0.0.1:9"]
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)
    assert result.returncode == 6
    assert "no Dask scheduler answers" in result.stderr
    assert "Traceback" not in result.stderr
