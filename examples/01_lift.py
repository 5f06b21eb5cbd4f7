"""How much less does a 15 kg box load the spine when it is lifted with bent knees, or held close?

Prints a table of the loads at L4-L5 and L5-S1.
"""

import spinesim as ss

POSTURES = ("lift_stoop", "lift_squat", "hold_close", "hold_arms_length", "standing")


def main() -> None:
    model, person, box = ss.SpineModel.default(), ss.Subject(mass_kg=70.0, stature_m=1.68), ss.Load(mass_kg=15.0)
    loads = [ss.Load() if name == "standing" else box for name in POSTURES]
    answers = ss.solve_batch(model, person, [ss.preset(name) for name in POSTURES], loads)

    print(f"{'':16}  {'------------ L4-L5 ------------':>31}  {'------------ L5-S1 ------------':>31}")
    heads = f"{'disc N':>9}  {'MPa':>5}  {'shear N':>7}  facet N"
    print(f"{'posture':16}  {heads:>31}  {heads:>31}")
    for row, name in enumerate(POSTURES):
        cells = [f"{name:16}"]
        for level in ("L4-L5", "L5-S1"):
            at = answers.row(row).level(level)
            facets = at["facet_force_N"].sum()
            pressure, shear = at["intradiscal_pressure_MPa"], at["anterior_shear_N"]
            cells.append(f"{at['disc_compression_N']:9.0f}  {pressure:5.2f}  {shear:7.0f}  {facets:7.0f}")
        print("  ".join(cells))
    print("\n15 kg in both hands, standing without a load; shear > 0 pushes the upper vertebra forward; facets: left and right together.")


if __name__ == "__main__":
    main()
