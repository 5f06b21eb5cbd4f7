"""What does a degenerated disc at L4-L5 hand over to its facet joints, upright and leaning back?

Prints a table over degeneration grades.
"""

import spinesim as ss

POSTURES = ("standing", "standing_extended", "bent_forward_30")
GRADES = (1, 2, 3, 4)


def main() -> None:
    model, load = ss.SpineModel.default(), ss.Load()
    people = {grade: ss.Subject(disc_grade={"L4-L5": grade}) for grade in GRADES}

    print(f"{'L4-L5':18}  grade  net N  disc N  disc MPa  facets N  share of compression %")
    for name in POSTURES:
        for grade, person in people.items():
            at = ss.solve(model, person, ss.preset(name), load).level("L4-L5")
            share = 100.0 * at["facet_compression_N"] / at["compression_N"]
            cells = f"{at['compression_N']:5.0f}  {at['disc_compression_N']:6.0f}  {at['intradiscal_pressure_MPa']:8.2f}"
            print(f"{name:18}  {grade:5}  {cells}  {at['facet_force_N'].sum():8.0f}  {share:22.1f}")
    print("\nGrade 1 is a healthy disc. Facets: left and right together; most of their force is shear.")
    print("Angles are prescribed: muscles pay for what the facets resist.")


if __name__ == "__main__":
    main()
