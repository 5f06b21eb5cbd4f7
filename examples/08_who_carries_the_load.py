"""Which part of the load do disc, facets, ligaments and muscles carry, standing, in a stoop lift and bent far?

Prints the shares of L4-L5 and, where matplotlib is installed, writes load_sharing.png with every level.
"""

from importlib.util import find_spec
from pathlib import Path

import spinesim as ss
from spinesim.viz.figures import Case, load_sharing
from spinesim.viz.figures.data import shares

ASKED = (("standing", "standing", 0.0), ("stoop, 15 kg", "lift_stoop", 15.0), ("bent by 60 degrees", "bent_forward_60", 0.0))


def main() -> None:
    model, level = ss.SpineModel.default(), ss.LEVELS.index("L4-L5")
    cases = [Case(name, ss.solve(model, ss.Subject(), ss.preset(how), ss.Load(mass_kg=kg))) for name, how, kg in ASKED]
    print("L4-L5, percent of            net compression         net anterior shear        moment of weight and load")
    print(f"{'':20}  {'disc':>7} {'facets':>7} {'ligam.':>7}   {'disc':>7} {'facets':>7} {'ligam.':>7}   {'active':>7} {'passive':>7}")
    for case in cases:
        found = shares(case.solution)
        cells = [f"{found[what][part][level]:7.1f}" for what in ("compression", "shear") for part in ("disc", "facets", "ligaments")]
        active = found["moment"]["active muscle"][level]
        muscle = f"{active:7.1f} {100.0 - active:7.1f}" if abs(active) >= 0.0 else "  too small"
        print(f"{case.name:20}  {' '.join(cells[:3])}   {' '.join(cells[3:])}   {muscle}")
    if find_spec("matplotlib"):
        Path("load_sharing.png").write_bytes(load_sharing(cases))


if __name__ == "__main__":
    main()
