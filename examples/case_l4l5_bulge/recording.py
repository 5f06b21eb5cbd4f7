"""The recording of this case: three bows with poor pelvic control, made up, with the noise of real markers.

``python recording.py`` writes ``bows.trc`` anew. She bends from the lumbar spine first and lets the pelvis follow late, turns a little
to the left, and hesitates on the way up.
"""

from pathlib import Path

import numpy as np

from spinesim import SpineModel
from spinesim.analysis.recording.angles import lumbar_rotation, pelvis_rotation

RATE, SECONDS = 50.0, 24.0
PELVIS = {"RASI": (0.08, 0.02, 0.12), "LASI": (0.08, 0.02, -0.12), "RPSI": (-0.08, 0.04, 0.05), "LPSI": (-0.08, 0.04, -0.05)}
THORAX = {
    "C7": (-0.06, 0.50, 0.0), "T10": (-0.09, 0.24, 0.0), "CLAV": (0.07, 0.43, 0.0), "STRN": (0.10, 0.29, 0.0),
    "RSHO": (0.0, 0.46, 0.17), "LSHO": (0.0, 0.46, -0.17),
}  # fmt: skip


def angles() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Time (n,), pelvis and lumbar angles (n, 3) in degrees."""
    time = np.arange(round(SECONDS * RATE) + 1) / RATE
    pelvis, lumbar = np.zeros((len(time), 3)), np.zeros((len(time), 3))
    for bow in range(3):
        way = np.clip((time - 1.5 - 7.5 * bow) / 6.0, 0.0, 1.0)
        down = np.sin(np.pi * way) ** 2
        lumbar[:, 0] += 52.0 * np.sin(np.pi * way) ** 1.6  # early
        pelvis[:, 0] += 16.0 * down**2  # late, and little
        lumbar[:, 2] += 4.0 * down
        lumbar[:, 1] -= 2.5 * down
        pelvis[:, 0] += 2.0 * np.sin(6.0 * np.pi * way) * ((way > 0.5) & (way < 1.0)) * down  # hesitates
    return time, pelvis, lumbar


def main() -> None:
    time, pelvis, lumbar = angles()
    low = pelvis_rotation(np.radians(pelvis))
    high = low @ lumbar_rotation(SpineModel.default().tables, np.radians(lumbar))
    random = np.random.default_rng(42)
    paths = {name: low @ np.array(place) for name, place in PELVIS.items()} | {
        name: high @ np.array(place) for name, place in THORAX.items()
    }
    rows = [
        f"PathFileType\t4\t(X/Y/Z)\tbows.trc\nDataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\n{RATE:g}\t{RATE:g}\t{len(time)}\t{len(paths)}\tmm",
        "Frame#\tTime\t" + "\t\t\t".join(paths) + "\t\t",
        "\t\t" + "\t".join(f"X{k}\tY{k}\tZ{k}" for k in range(1, len(paths) + 1)),
    ]
    noisy = {name: 1e3 * (path + np.array([0.0, 0.93, 0.0])) + random.normal(0.0, 0.8, path.shape) for name, path in paths.items()}
    for frame, at in enumerate(time):
        cells = [f"{value:.1f}" for path in noisy.values() for value in path[frame]]
        rows.append("\t".join([str(frame + 1), f"{at:.3f}", *cells]))
    (Path(__file__).parent / "bows.trc").write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
