"""Every case gets an answer: it balances, or it is certified to be beyond strength."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from verification.states import MODEL, any_state, many

from spinesim import Load, Posture, Subject, solve_batch
from spinesim.model import ranges
from spinesim.model.cases import pack_columns
from spinesim.model.layout import stack
from spinesim.model.names import CONVERGED, STRENGTH_EXCEEDED
from spinesim.solver.api import person_record, run
from spinesim.solver.recruitment import SQUARE


def answered(found):
    """Results of cases that all have an answer; what converged balances and is optimal by its own account."""
    assert np.isin(found.status, (CONVERGED, STRENGTH_EXCEEDED)).all(), np.bincount(found.status)
    done = found.status == CONVERGED
    assert found.residual_force_N[done].max(initial=0.0) <= 1e-6
    assert found.residual_moment_Nm[done].max(initial=0.0) <= 1e-6
    assert found.kkt[done].max(initial=0.0) <= 1e-8
    return found


def test_twenty_thousand_cases_of_the_validated_range():
    """Ten persons who bend, turn, reach and hold."""
    rng, size = np.random.default_rng(1), 16_000
    people, cases = [], []
    for number in range(10):
        stature = rng.uniform(1.5, 1.95)
        person = Subject(mass_kg=rng.uniform(19.0, 32.0) * stature**2, stature_m=stature, age_years=rng.uniform(20.0, 75.0))
        posture = Posture(
            pelvic_tilt_deg=rng.uniform(-10, 45, size),
            flexion_deg=rng.uniform(-15, 60, size),
            lateral_deg=rng.uniform(-10, 10, size),
            rotation_deg=rng.uniform(-5, 5, size),
            upper_arm_deg=(rng.uniform(-20, 110, size), rng.uniform(-20, 110, size)),
            forearm_deg=(rng.uniform(-20, 150, size), rng.uniform(-20, 150, size)),
        )
        load = Load(mass_kg=rng.uniform(0, 20, size), hands=("both", "left", "right")[number % 3])
        _, inside = ranges.within(person, posture, load, size)
        people.append(person_record(MODEL, person))
        cases.append(pack_columns(MODEL.tables, number, posture, load, size)[inside][:2000])
    found = answered(run(MODEL, stack(people), np.concatenate(cases).view(np.recarray), SQUARE))
    assert len(found) == 20_000
    assert (found.status == STRENGTH_EXCEEDED).mean() < 0.01


def test_cases_of_the_whole_computable_range():
    """Most of them are beyond strength; hands that cannot reach are not among them."""
    found = answered(solve_batch(MODEL, Subject(), *many(any_state, np.random.default_rng(2), 1000)))
    assert (found.status == CONVERGED).mean() > 0.05


@pytest.mark.parametrize("gravity", ["prone", "supine", "standing"])
def test_supports_do_not_drown_in_what_is_far_beyond_strength(gravity):
    """Reserves of hundreds of newton metres have prices beside which that of a support is rounded away."""
    rng = np.random.default_rng(3)
    twisted = Posture(
        flexion_deg=30.0, support=("elbows",), gravity=gravity, stance="right", hip_flexion_deg=0.0, arm_abduction_deg=(90.0, 90.0)
    )
    postures = [
        replace(twisted, pelvic_tilt_deg=rng.uniform(-60, 80), lateral_deg=rng.uniform(-20, 20), rotation_deg=rng.uniform(-15, 15))
        for _ in range(60)
    ]
    load = Load(mass_kg=50.0, hands="right", backpack_kg=30.0)
    found = answered(solve_batch(MODEL, Subject(), postures, load))
    exceeded = found.status == STRENGTH_EXCEEDED
    assert exceeded.sum() > 10
    assert found.unmet_moment_Nm[exceeded].max() > 100.0
