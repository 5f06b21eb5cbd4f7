"""How does the load on L4-L5 grow with flexion and with the weight in the hands?

Solves a map of cases at once, prints it, and writes flexion_map.h5 and, where matplotlib is installed, flexion_map.png.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

import spinesim as ss
from spinesim.io import write_solution
from spinesim.io.provenance import provenance
from spinesim.viz.figures import Grid, load_map

FLEXIONS = np.arange(0.0, 56.0, 5.0)
MASSES = np.arange(0.0, 21.0, 5.0)


def main() -> None:
    model = ss.SpineModel.default()
    cases = [(flexion, mass) for mass in MASSES for flexion in FLEXIONS]
    # The pelvis follows the lumbar spine: about one degree of tilt for two of flexion.
    postures = [ss.Posture(pelvic_tilt_deg=0.5 * flexion, flexion_deg=flexion, upper_arm_deg=(0.0, 0.0)) for flexion, _ in cases]
    answers = ss.solve_batch(model, ss.Subject(), postures, [ss.Load(mass_kg=mass) for _, mass in cases])

    compression = answers.level("L4-L5")["disc_compression_N"].reshape(len(MASSES), len(FLEXIONS))
    print("Disc compression of L4-L5, N\n\n   kg  " + "  ".join(f"{flexion:4.0f}" for flexion in FLEXIONS) + "  deg lumbar flexion")
    for mass, row in zip(MASSES, compression, strict=True):
        print(f"{mass:5.0f}  " + "  ".join(f"{value:4.0f}" for value in row))
    print(f"\n{len(answers)} cases, {np.count_nonzero(answers.status == 0)} converged")

    write_solution("flexion_map.h5", answers, provenance({"flexion_deg": FLEXIONS.tolist(), "mass_kg": MASSES.tolist()}, model.hash))
    if find_spec("matplotlib"):
        Path("flexion_map.png").write_bytes(load_map(grid_of(answers)))


def grid_of(answers: ss.Solution) -> Grid:
    """The cases as a map of L4-L5."""
    level, shape = answers.level("L4-L5"), (len(MASSES), len(FLEXIONS))
    fields = {name: level[name].reshape(shape) for name in ("disc_compression_N", "intradiscal_pressure_MPa")}
    validated = answers.validated.reshape(shape)
    return Grid("Load and flexion", "L4-L5", "posture.flexion_deg", "load.mass_kg", FLEXIONS, MASSES, fields, validated)


if __name__ == "__main__":
    main()
