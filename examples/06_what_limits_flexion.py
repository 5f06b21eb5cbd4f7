"""Which structures limit how far an L4-L5 segment bends forward, and what do the others bear when one is cut?

A specimen without muscles under 7.5 N m, cut from behind one structure after the other as in the laboratory. Prints a table.
"""

import spinesim as ss
from spinesim.model.names import LIGAMENTS

MOMENT_NM = 7.5
CUTS = ("SSL", "ISL", "LF", "FC", "facets", "PLL", "nucleus")


def main() -> None:
    model, donor, loading = ss.SpineModel.default(), ss.Subject(), ss.Loading(flexion_Nm=MOMENT_NM)
    print(f"{'cut so far':12}  flexion deg  disc MPa  tautest ligament N")
    removed: list[str] = []
    for name in ("nothing", *CUTS):
        removed += [] if name == "nothing" else [name]
        curve = ss.load_specimen(model, donor, "L4-L5", loading, removed)
        tension = curve.loads["ligament_tension_N"][-1, 0]
        top = int(tension.argmax())
        pressure = curve.loads["intradiscal_pressure_MPa"][-1, 0]
        print(f"{name:12}  {curve.rotation_deg[-1, 0, 0]:11.2f}  {pressure:8.2f}  {LIGAMENTS[top]:3} {tension[top]:14.0f}")

    motion = ss.range_of_motion(model, donor, "L1-L5", "sagittal", MOMENT_NM)
    print(f"\nL1-L5, whole, both ways at {MOMENT_NM} N m: {motion.range_total_deg:.1f} deg, by level:")
    for level, degrees, zone in zip(motion.levels, motion.range_deg, motion.neutral_zone_deg, strict=True):
        print(f"{level}  {degrees:5.1f} deg, of which {zone:.1f} within 0.5 N m of neutral")


if __name__ == "__main__":
    main()
