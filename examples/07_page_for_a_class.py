"""How do the loads of a spine change with posture, in a page that a class can open without a network?

Solves a small grid, says how far interpolation between its nodes is off, and writes class.html.
"""

from pathlib import Path

import spinesim as ss
from spinesim.analysis.posture_grid import axes_with, measured_misses, solve_grid
from spinesim.io.provenance import provenance
from spinesim.viz.offline.page import offline_page
from spinesim.viz.scene import Scene

AXES = {"trunk_inclination_deg": (-10, 0, 15, 30, 45, 60), "lateral_deg": (0,), "load_kg": (0, 10, 20), "hold_mm": (200, 350, 500)}


def main() -> None:
    model, person, axes = ss.SpineModel.default(), ss.Subject(mass_kg=62.0, stature_m=1.66, sex="female", age_years=30.0), axes_with(AXES)
    grid = solve_grid(model, person, ss.Posture(), ss.Load(), axes)
    misses = measured_misses(model, person, ss.Posture(), ss.Load(), grid, ["disc_compression_N", "facet_force_N"])

    print(f"{len(grid.solution)} postures and loads solved; between them values are interpolated, off by at most:")
    for miss in misses:
        print(
            f"{miss.name:20}  {miss.worst:6.1f} {miss.unit}  where {miss.solved:6.0f} is solved; half of the cells below {miss.median:.1f}"
        )

    page = offline_page(Scene.of(model, person, "low"), grid, misses, "A spine to bend", "Woman, 30 years.", provenance(AXES, model.hash))
    Path("class.html").write_text(page, encoding="utf-8")
    print(f"class.html: {len(page) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
