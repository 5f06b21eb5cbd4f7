"""How do the loads come and go through a hip hinge, as a film?

Draws one repetition with 12 kg, seen from the right, as an animated GIF in out/, and prints the peaks it passes.
"""

from pathlib import Path

import spinesim as ss
from spinesim.analysis.movement import movement, solve_movement
from spinesim.config.exercise import exercise
from spinesim.viz.picture import Shown, gif
from spinesim.viz.scene import Scene
from spinesim.viz.stage.options import Options


def main() -> None:
    model, person = ss.SpineModel.default(), ss.Subject()
    loads = solve_movement(model, person, movement(model, person, exercise("hip_hinge"), 12.0))
    shown = Shown.motion_of(person, loads, "Hip hinge", "12 kg in both hands.")
    Path("out").mkdir(exist_ok=True)
    look = Options(view="right", size=(640, 480), colour_by="pressure")
    Path("out/hip_hinge.gif").write_bytes(gif(Scene.of(model, person, "low"), shown, look))
    for peak in loads.peaks("intradiscal_pressure_MPa")[3:]:
        print(f"{peak.level}: {peak.value:.2f} MPa at {peak.time_s:.1f} s, {peak.phase}")
    print(f"{len(shown)} solved frames in out/hip_hinge.gif")


if __name__ == "__main__":
    main()
