"""How sure are the loads of a stoop and a squat lift of 15 kg, level by level?

Prints medians with 5th and 95th percentiles over 100 drawn models and, where matplotlib is installed, writes two_lifts.png.
"""

from importlib.util import find_spec
from pathlib import Path

import spinesim as ss
from spinesim.viz.figures import Case, level_bars

SAMPLES = 100


def main() -> None:
    model, person, load = ss.SpineModel.default(), ss.Subject(), ss.Load(mass_kg=15.0)
    cases = []
    for name in ("lift_stoop", "lift_squat"):
        posture = ss.preset(name)
        drawn = ss.uncertainty(model, person, posture, load, SAMPLES)
        cases.append(Case(name.replace("_", " "), ss.solve(model, person, posture, load), drawn.percentiles))
    print(f"Disc compression, N, over {SAMPLES} drawn models\n")
    print("level    " + "".join(f"{case.name:>12}  {'5th-95th':>11}" for case in cases))
    for index, level in enumerate(ss.LEVELS):
        values = [{q: of.disc_compression_N[index] for q, of in case.percentiles.items()} for case in cases]
        print(f"{level:8} " + "".join(f"{at[50]:12.0f}  {at[5]:5.0f}-{at[95]:5.0f}" for at in values))
    if find_spec("matplotlib"):
        Path("two_lifts.png").write_bytes(level_bars(cases))


if __name__ == "__main__":
    main()
