"""The estimate of effort: turning the person and gravity together changes nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import spinesim as ss
from spinesim.model.effort import effort
from spinesim.model.load import Load
from spinesim.model.posture import Posture
from spinesim.model.ranges import check

MAN = ss.Subject()


@pytest.mark.parametrize(("gravity", "turned"), [("prone", 90.0), ("supine", -90.0)])
@pytest.mark.parametrize("load_kg", [0.0, 6.0])
def test_gravity_and_the_whole_body_turn_together(gravity, turned, load_kg):
    """Arms are told from the way down, and turn against the trunk."""
    rng = np.random.default_rng(7)
    for _ in range(20):
        tilt, flexion, upper, fore = rng.uniform([-20.0, 0.0, -30.0, 0.0], [20.0, 40.0, 60.0, 90.0]).tolist()
        lying = Posture(
            gravity=gravity,
            stance="seated",
            pelvic_tilt_deg=tilt,
            flexion_deg=flexion,
            upper_arm_deg=(upper, upper),
            forearm_deg=(fore, fore),
        )
        upright = replace(
            lying,
            gravity="standing",
            pelvic_tilt_deg=tilt + turned,
            upper_arm_deg=(upper - turned,) * 2,
            forearm_deg=(fore - turned,) * 2,
        )
        assert effort(MAN, lying, Load(mass_kg=load_kg)) == pytest.approx(effort(MAN, upright, Load(mass_kg=load_kg)))


def test_a_bed_carries_all_and_the_floor_under_a_curl_up_nothing():
    lying = Posture(gravity="supine", stance="lying")
    assert effort(MAN, lying, Load()) == pytest.approx(0.0, abs=1e-9)
    curl = ss.exercise("curl_up").keyframes[0].posture
    assert effort(MAN, curl, Load()) > 160.0
    assert "case.effort_Nm" in {violation.key for violation in check(MAN, curl, Load())}
    on_side = replace(curl, gravity="left_side", flexion_deg=0.0)
    assert effort(MAN, on_side, Load()) > effort(MAN, replace(on_side, gravity="standing", flexion_deg=0.0), Load())


def test_a_curl_up_is_done_by_the_abdominal_muscles():
    """Moment balance: held by flexors, more the heavier the person, and less once the trunk is up."""
    model = ss.SpineModel.default()

    def solved(mass_kg: float, tilt: float) -> tuple[float, float, float]:
        person = ss.Subject(mass_kg=mass_kg)
        posture = replace(ss.exercise("curl_up").keyframes[0].posture, pelvic_tilt_deg=tilt)
        found = ss.solve(model, person, posture, Load())
        mean = {group: float(np.mean([a for a, g in zip(found.activation, model.groups, strict=True) if g == group]))
                for group in ("rectus_abdominis", "longissimus_thoracis")}  # fmt: skip
        return mean["rectus_abdominis"], mean["longissimus_thoracis"], float(found.disc_compression_N[4])

    front, back, pressed = solved(70.0, 0.0)
    assert front > 2.0 * back
    assert solved(80.0, 0.0)[2] > pressed > solved(70.0, 40.0)[2]
