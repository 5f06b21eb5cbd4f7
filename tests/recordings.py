"""Recordings with a known truth: a bow, as joint angles, as markers and as sensors, written as files of laboratories."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinesim import SpineModel
from spinesim.analysis.recording.angles import about, lumbar_rotation, pelvis_rotation

Array = NDArray[Any]
TABLES = SpineModel.default().tables
RATE = 100.0
# Where markers sit at first, m, x forward, y up, z to the right.
PELVIS = {
    "RASI": (0.08, 0.02, 0.12), "LASI": (0.08, 0.02, -0.12), "RPSI": (-0.08, 0.04, 0.05), "LPSI": (-0.08, 0.04, -0.05),
}  # fmt: skip
THORAX = {
    "C7": (-0.06, 0.52, 0.0), "T10": (-0.09, 0.25, 0.0), "CLAV": (0.08, 0.45, 0.0), "STRN": (0.11, 0.30, 0.0),
    "RSHO": (0.0, 0.48, 0.18), "LSHO": (0.0, 0.48, -0.18),
}  # fmt: skip


def bow(seconds: float = 8.0, rate: float = RATE) -> tuple[Array, Array, Array]:
    """Time (n,), pelvis (n, 3) and lumbar angles (n, 3) in degrees: stand, bow with a little bending and turning, come up."""
    time = np.arange(round(seconds * rate) + 1) / rate
    way = np.clip((time - 1.0) / (seconds - 2.0), 0.0, 1.0)
    down = np.sin(np.pi * (10 * way**3 - 15 * way**4 + 6 * way**5)) ** 2
    early = np.sin(np.pi * (10 * way**3 - 15 * way**4 + 6 * way**5))
    pelvis = np.stack([38.0 * down, 3.0 * down, -4.0 * down], axis=1)
    lumbar = np.stack([45.0 * early, 6.0 * down, 5.0 * down], axis=1)
    lumbar[(way <= 0.0) | (way >= 1.0)] = 0.0
    return time, pelvis, lumbar


def rotations(pelvis: Array, lumbar: Array) -> tuple[Array, Array]:
    """Of pelvis and thorax in a frame that the person faces along x."""
    low = pelvis_rotation(np.radians(pelvis))
    return low, low @ lumbar_rotation(TABLES, np.radians(lumbar))


def marker_paths(pelvis: Array, lumbar: Array, heading_deg: float = 0.0) -> dict[str, Array]:
    """Markers (n, 3) of a person who faces ``heading_deg`` to the left of x."""
    low, high = rotations(pelvis, lumbar)
    turn = about(1, np.radians(heading_deg))
    sway = np.array([0.0, 0.95, 0.0]) + np.linspace(0.0, 0.05, len(low))[:, None] * np.array([1.0, 0.0, 0.0])
    paths = {name: low @ np.array(place) + sway for name, place in PELVIS.items()}
    paths |= {name: high @ np.array(place) + sway for name, place in THORAX.items()}
    return {name: path @ turn.T for name, path in paths.items()}


def write_storage(path: Path, time: Array, pelvis: Array, lumbar: Array, *, degrees: bool = True, told: bool | None = None) -> Path:
    """OpenSim storage; ``told`` says what the head claims."""
    low, high = rotations(pelvis, lumbar)
    between = np.swapaxes(low, 1, 2) @ high
    columns = {**_euler(low, ("pelvis_tilt", "pelvis_list", "pelvis_rotation"))}
    columns |= _euler(between, ("lumbar_extension", "lumbar_bending", "lumbar_rotation"))
    factor = 1.0 if degrees else np.pi / 180.0
    head = ["bow", "version=1", f"nRows={len(time)}", f"nColumns={len(columns) + 2}"]
    head += [f"inDegrees={'yes' if (degrees if told is None else told) else 'no'}", "endheader"]
    rows = zip(time, *(factor * values for values in columns.values()), np.full(len(time), 0.95), strict=True)
    body = ["\t".join(("time", *columns, "pelvis_ty")), *("\t".join(f"{value:.10g}" for value in row) for row in rows)]
    path.write_text("\n".join([*head, *body]) + "\n", encoding="utf-8")
    return path


def _euler(rotation: Array, names: tuple[str, ...]) -> dict[str, Array]:
    """Angles z, x, y, body fixed (deg), as OpenSim's models have them."""
    second = np.arcsin(rotation[:, 2, 1])
    first = np.arctan2(-rotation[:, 0, 1], rotation[:, 1, 1])
    third = np.arctan2(-rotation[:, 2, 0], rotation[:, 2, 2])
    return dict(zip(names, np.degrees([first, second, third]), strict=True))


def write_trc(path: Path, time: Array, markers: dict[str, Array], unit: str = "mm") -> Path:
    """TRC; what is NaN is an empty cell."""
    factor = {"m": 1.0, "mm": 1e3}[unit]
    head = [
        f"PathFileType\t4\t(X/Y/Z)\t{path.name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"{RATE}\t{RATE}\t{len(time)}\t{len(markers)}\t{unit}\t{RATE}\t1\t{len(time)}",
        "Frame#\tTime\t" + "\t\t\t".join(markers) + "\t\t",
        "\t\t" + "\t".join(f"X{k}\tY{k}\tZ{k}" for k in range(1, len(markers) + 1)),
    ]
    rows = []
    for frame, at in enumerate(time):
        cells = [value for path_ in markers.values() for value in factor * path_[frame]]
        rows.append("\t".join([str(frame + 1), f"{at:.6f}", *("" if np.isnan(v) else f"{v:.6f}" for v in cells)]))
    path.write_text("\n".join([*head, *rows]) + "\n", encoding="utf-8")
    return path


def write_sensors(path: Path, time: Array, pelvis: Array, lumbar: Array, heading_deg: float = 40.0) -> Path:
    """Quaternions of sensors that sit anyhow on their segment, in a world with z up."""
    to_z = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    turn = about(1, np.radians(heading_deg))
    sits = {"pelvis": about(0, np.array(0.4)) @ about(2, np.array(1.3)), "thorax": about(1, np.array(-2.0)) @ about(0, np.array(0.9))}
    columns: dict[str, Array] = {"time_s": time}
    for (name, sit), rotation in zip(sits.items(), rotations(pelvis, lumbar), strict=True):
        columns |= {f"{name}_q{part}": q for part, q in zip("wxyz", _quaternion(to_z @ turn @ rotation @ sit).T, strict=True)}
    lines = [",".join(columns), *(",".join(f"{v:.9f}" for v in row) for row in zip(*columns.values(), strict=True))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _quaternion(rotation: Array) -> Array:
    from scipy.spatial.transform import Rotation

    return np.roll(Rotation.from_matrix(rotation).as_quat(), 1, axis=1)
