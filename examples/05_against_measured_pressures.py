"""How near does the model come to the pressures measured in a living disc?

Solves what the man of Wilke 1999 did (L4-L5, 70 kg, 1.68 m) and prints pressure, net force and the ratio to standing.
"""

from dataclasses import dataclass, replace

import spinesim as ss

STANDING_MPA = 0.50


@dataclass(frozen=True)
class Activity:
    """What was done, the pressure measured, and the band of the ratio that counts as a hit (None: no band is set)."""

    name: str
    posture: ss.Posture
    load_kg: float
    measured_mpa: float
    band: tuple[float, float] | None


def within(share: float, measured_mpa: float) -> tuple[float, float]:
    ratio = measured_mpa / STANDING_MPA
    return (1.0 - share) * ratio, (1.0 + share) * ratio


def activities() -> list[Activity]:
    bent = ss.preset("bent_forward_30")
    bent_36 = replace(bent, pelvic_tilt_deg=1.2 * bent.pelvic_tilt_deg, flexion_deg=1.2 * bent.flexion_deg)
    return [
        Activity("relaxed standing", ss.preset("standing"), 0.0, STANDING_MPA, None),
        Activity("lying prone", ss.preset("lying_prone"), 0.0, 0.10, (0.15, 0.27)),
        Activity("bent forward, thorax 30 degrees", bent, 0.0, 1.10, within(0.25, 1.10)),
        Activity("bent forward, thorax 36 degrees", bent_36, 0.0, 1.10, within(0.25, 1.10)),
        Activity("holding 20 kg close", ss.preset("hold_close"), 20.0, 1.10, within(0.25, 1.10)),
        Activity("lifting 20 kg, knees bent", ss.preset("lift_squat"), 20.0, 1.70, within(0.25, 1.70)),
        Activity("sitting upright, no backrest", ss.preset("sitting"), 0.0, 0.46, None),
        Activity("sitting slouched", ss.preset("sitting_slouched"), 0.0, 0.30, None),
        Activity("lying supine, knees bent", ss.preset("lying_supine"), 0.0, 0.09, None),
    ]


def compare() -> list[tuple[str, float, float, float, float, float, str]]:
    """Activity, net N, MPa, measured MPa, ratio to standing, measured ratio, verdict."""
    model, rows, standing = ss.SpineModel.default(), [], 0.0
    for act in activities():
        at = ss.solve(model, ss.Subject(), act.posture, ss.Load(mass_kg=act.load_kg)).level("L4-L5")
        pressure = float(at["intradiscal_pressure_MPa"])
        standing = standing or pressure
        ratio = pressure / standing
        verdict = "no band" if act.band is None else "hit" if act.band[0] <= ratio <= act.band[1] else "miss"
        verdict += "" if act.band is None else f" ({act.band[0]:.2f} to {act.band[1]:.2f})"
        net = float(at["compression_N"])
        rows.append((act.name, net, pressure, act.measured_mpa, ratio, act.measured_mpa / STANDING_MPA, verdict))
    return rows


def main() -> None:
    print(f"{'L4-L5':32}  {'net N':>6}  {'MPa':>5}  {'measured':>8}  {'ratio':>5}  {'measured':>8}  verdict")
    for name, net, pressure, measured, ratio, wanted, verdict in compare():
        print(f"{name:32}  {net:6.0f}  {pressure:5.2f}  {measured:8.2f}  {ratio:5.2f}  {wanted:8.2f}  {verdict}")
    print("\nRatios are to relaxed standing, on whose pressure the resting tone is calibrated. One man, one disc.")


if __name__ == "__main__":
    main()
