"""Which muscles hold a hip hinge with 12 kg, and when does each structure of L5-S1 carry most?

Prints the peaks and, where matplotlib is installed, writes hinge_muscles.png and hinge_time.png.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

import spinesim as ss
from spinesim.viz.figures import Frames, muscle_motion, time_series
from spinesim.viz.figures.data import TRUNK, muscle_forces

LEVEL = "L5-S1"


def main() -> None:
    model, person = ss.SpineModel.default(), ss.Subject()
    loads = ss.solve_movement(model, person, ss.movement(model, person, ss.exercise("hip_hinge"), 12.0))
    frames = Frames("Hip hinge with 12 kg", loads.movement.time_s, loads.movement.phase, loads.solution)
    own = loads.solution.level(LEVEL)
    told = {
        f"disc compression, {LEVEL}": own["disc_compression_N"],
        f"facet force, larger side, {LEVEL}": own["facet_force_N"].max(axis=1),
        f"tautest ligament, {LEVEL}": own["ligament_tension_N"].max(axis=1),
        **muscle_forces(loads.solution, TRUNK),
    }
    print(f"{'peak':36} {'N':>6}  {'at s':>5}  phase")
    for name, values in told.items():
        peak = int(np.argmax(values))
        print(f"{name:36} {values[peak]:6.0f}  {frames.time_s[peak]:5.2f}  {frames.phase[peak]}")
    if find_spec("matplotlib"):
        Path("hinge_muscles.png").write_bytes(muscle_motion(frames))
        Path("hinge_time.png").write_bytes(time_series(frames, LEVEL))


if __name__ == "__main__":
    main()
