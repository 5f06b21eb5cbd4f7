"""What does lifting 15 kg look like inside, from a stoop and from a squat?

Draws both into out/ as pictures and as 3D files, and prints the loads that are written in them.
"""

from pathlib import Path

import spinesim as ss
from spinesim.viz.gltf import glb
from spinesim.viz.picture import Shown, still
from spinesim.viz.scene import Scene
from spinesim.viz.stage.options import Options


def main() -> None:
    model, person, box = ss.SpineModel.default(), ss.Subject(), ss.Load(mass_kg=15.0)
    scene, look = Scene.of(model, person, "low"), Options(view="right", size=(1000, 750))
    Path("out").mkdir(exist_ok=True)
    for name in ("lift_stoop", "lift_squat"):
        answer = ss.solve(model, person, ss.preset(name), box)
        shown = Shown.case_of(person, ss.preset(name), box, answer, name.replace("_", " "), "15 kg in both hands.")
        Path(f"out/{name}.png").write_bytes(still(scene, shown, look, 0))
        muscles = scene.spindles.only(scene.side("both"))
        frame = scene.frame(*shown.case(0), muscles)
        Path(f"out/{name}.glb").write_bytes(glb(scene, frame, muscles, "compression", {"title": name}))
        levels = ", ".join(f"{level} {frame.readings.reading('compression', k).text}" for k, level in enumerate(ss.LEVELS) if k > 3)
        print(f"{name}: {levels} of what half of such persons bear; out/{name}.png, out/{name}.glb")


if __name__ == "__main__":
    main()
