"""Which muscles take over when the gluteal muscles are weak, and does the spine pay for it?

Bends from the hips with 10 kg and prints a table over the strength that is left.
"""

import numpy as np

import spinesim as ss

GROUPS = ("gluteus_maximus", "gluteus_medius", "hamstrings", "multifidus", "longissimus_thoracis")


def main() -> None:
    model, posture, load = ss.SpineModel.default(), ss.preset("hip_hinge"), ss.Load(mass_kg=10.0)

    print(f"{'strength':>8}  {'':>18}  " + "  ".join(f"{group.replace('_', ' '):>20}" for group in GROUPS))
    print(f"{'left':>8}  {'L4-L5 compression':>18}  " + "  ".join(f"{'active N':>20}" for _ in GROUPS))
    for strength in (1.0, 0.85, 0.7, 0.5, 0.3):
        person = ss.Subject(strength={"gluteus_maximus": strength, "gluteus_medius": strength})
        answer = ss.solve(model, person, posture, load)
        groups = np.array(answer.groups)
        forces = [answer.active_force_N[groups == group].sum() for group in GROUPS]
        compression = answer.level("L4-L5")["compression_N"]
        print(f"{strength:8.0%}  {compression:16.0f} N  " + "  ".join(f"{force:20.0f}" for force in forces))
        if answer.status_name != "converged":
            print(f"{'':8}  {answer.status_name}: {answer.unmet_moment_Nm:.1f} N m are missing")
    print("\nBoth sides together. Posture and load are the same in every row, so a row differs from the next only by who holds the hips.")


if __name__ == "__main__":
    main()
