"""Input from Python: every fault is refused with the field, the value, what was expected and the nearest name."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

import spinesim as ss
from spinesim.config.presets import names as preset_names
from spinesim.model.validate import check

FAULTS: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"sex": "femal"}, ValueError, "subject.sex: 'femal' is unknown; expected one of male, female; did you mean 'female'?"),
    ({"sex": None}, ValueError, "subject.sex: None is unknown"),
    ({"gravity": "up"}, ValueError, "posture.gravity: 'up' is unknown; expected one of standing, supine, prone, left_side, right_side"),
    (
        {"stance": "rigth"},
        ValueError,
        "posture.stance: 'rigth' is unknown; expected one of both, left, right, seated, lying; did you mean 'right'?",
    ),
    ({"hands": "Left"}, ValueError, "load.hands: 'Left' is unknown; expected one of both, left, right; did you mean 'left'?"),
    (
        {"support": ("backrests",)},
        ValueError,
        "posture.support: 'backrests' is unknown; expected one of backrest, elbows, armrests; did you mean 'backrest'?",
    ),
    (
        {"support": "backrest"},
        TypeError,
        "posture.support: 'backrest' is not a tuple of names; expected some of backrest, elbows, armrests, as in ('backrest',)",
    ),
    (
        {"min_activation": {"psoas": 0.5}, "max_activation": {"psoas": 0.4}},
        ValueError,
        "subject.min_activation.psoas = 0.5 is above subject.max_activation.psoas = 0.4",
    ),
    ({"min_activation": {"psoas": 1.5}}, ValueError, "subject.min_activation.psoas = 1.5 is above subject.max_activation.psoas = 1"),
    (
        {"upper_arm_deg": 30.0},
        TypeError,
        "posture.upper_arm_deg: 30.0 is not a pair; expected two numbers (left, right), for example (30, 30)",
    ),
    ({"forearm_deg": (1.0, 2.0, 3.0)}, ValueError, "posture.forearm_deg: (1.0, 2.0, 3.0) has 3 values; expected two numbers (left, right)"),
    ({"arm_abduction_deg": ("5", 5.0)}, TypeError, "posture.arm_abduction_deg: '5' is not a number; expected 5 without quotes"),
    ({"upper_arm_deg": np.array([5.0, 5.0])}, TypeError, "is not a pair; expected two numbers (left, right)"),
    ({"hand_position_mm": 300.0}, TypeError, "posture.hand_position_mm: 300.0 is not a pair; expected two numbers (anterior, superior)"),
    (
        {"hand_position_mm": (300.0, 100.0), "forearm_deg": (0.0, 0.0)},
        ValueError,
        "hand_position_mm and forearm_deg are two ways of saying one posture",
    ),
    ({"lumbar_share": 0.5}, ValueError, "posture.lumbar_share needs posture.trunk_inclination_deg"),
    ({"mass_kg": "70"}, TypeError, "subject.mass_kg: '70' is not a number; expected 70 without quotes"),
    ({"mass_kg": "seventy"}, TypeError, "subject.mass_kg: 'seventy' is not a number; expected one number"),
    ({"mass_kg": None}, TypeError, "subject.mass_kg: None is not a number"),
    ({"age_years": True}, TypeError, "subject.age_years: True is not a number"),
    ({"backpack_kg": [5.0]}, TypeError, "load.backpack_kg: [5.0] is not a number"),
    (
        {"strength": 0.7},
        TypeError,
        "subject.strength: 0.7 is not a mapping; expected a number by muscle group, for example {'multifidus': 1}",
    ),
    ({"strength": {"multifidis": 0.7}}, ValueError, "did you mean 'multifidus'?"),
    ({"strength": {"multifidus": "weak"}}, TypeError, "subject.strength.multifidus: 'weak' is not a number"),
    ({"disc_grade": {"L4-5": 3}}, ValueError, "did you mean 'L4-L5'?"),
    ({"disc_grade": {"L4-L5": 2.5}}, TypeError, "subject.disc_grade.L4-L5: 2.5 is not a whole number"),
]
SUBJECT, POSTURE = (set(kind.__dataclass_fields__) for kind in (ss.Subject, ss.Posture))


def parts(values: dict[str, Any]) -> tuple[ss.Subject, ss.Posture, ss.Load]:
    """A case with ``values`` where their names belong."""
    subject = {k: v for k, v in values.items() if k in SUBJECT}
    posture = {k: v for k, v in values.items() if k in POSTURE}
    load = {k: v for k, v in values.items() if k not in SUBJECT | POSTURE}
    return ss.Subject(**subject), ss.Posture(**posture), ss.Load(**load)


@pytest.mark.parametrize(("values", "kind", "message"), FAULTS, ids=[next(iter(f[0])) + f"-{i}" for i, f in enumerate(FAULTS)])
def test_a_fault_is_named(values, kind, message):
    with pytest.raises(kind, match=re.escape(message)):
        check(*parts(values))


@pytest.mark.parametrize("values", [{}, {"mass_kg": np.float64(70.0)}, {"disc_grade": {"L4-L5": np.int64(3)}}, {"upper_arm_deg": [5, 5]}])
def test_what_is_right_passes(values):
    check(*parts(values))


def test_what_is_no_case_is_refused():
    with pytest.raises(TypeError, match=re.escape("load: 15.0 is a float; expected a spinesim.Load")):
        check(ss.Subject(), ss.Posture(), 15.0)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", preset_names())
def test_presets_pass(name):
    check(ss.Subject(), ss.preset(name), ss.Load())


def test_a_batch_names_the_case_and_is_refused_before_it_is_solved():
    model = ss.SpineModel.default()
    postures = [ss.Posture(), ss.Posture(gravity="up")]  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"case 1: posture\.gravity: 'up' is unknown"):
        ss.solve_batch(model, ss.Subject(), postures, ss.Load())
    with pytest.raises(ValueError, match=r"case 1: load\.mass_kg = nan kg"):
        ss.solve_batch(model, ss.Subject(), ss.Posture(), [ss.Load(), ss.Load(mass_kg=math.nan)])
    with pytest.raises(ValueError, match="no case was given"):
        ss.solve_batch(model, [], [], [])
    with pytest.raises(TypeError, match=r"posture: 'standing' is a str; expected a spinesim\.Posture"):
        ss.solve_batch(model, ss.Subject(), "standing", ss.Load())  # type: ignore[arg-type]
