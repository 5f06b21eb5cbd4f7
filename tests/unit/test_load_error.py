"""In which frames of a motion the peaks of drawn models lie."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

import spinesim as ss
from spinesim.analysis import load_error
from spinesim.analysis.demand import Demands, exercise_task
from spinesim.analysis.load_error import NEAR, binding, sampled_errors
from spinesim.analysis.safe_load import EvidenceTask, Query
from spinesim.analysis.tolerance import Findings
from spinesim.analysis.tolerance.tissues import SHEAR_LEVELS
from spinesim.config.exercise import exercise
from spinesim.model.names import LIGAMENTS

MODEL = ss.SpineModel.default()
ALL = np.ones(1, bool)
COMPRESSION = {"compression": np.array([4])}


def drawn(compression, converged=None) -> Demands:
    """Demands of models (S, F) whose L4-L5 disc alone is loaded."""
    compression = np.asarray(compression, float)
    lead = (len(compression), 1, compression.shape[1])
    shapes = {"ligament_tension_N": (6, len(LIGAMENTS))} | dict.fromkeys(("activation", "flexion_share"), ())
    arrays = {f.name: np.zeros((*lead, *shapes.get(f.name, (6,)))) for f in fields(Demands)}
    arrays |= {name: np.ones(lead, bool) for name in ("converged", "validated", "strength_exceeded")}
    arrays["load_kg"] = np.zeros(1)
    arrays["compression_N"][:, 0, :, 4] = compression
    if converged is not None:
        arrays["converged"] = np.asarray(converged, bool)[:, None]
    return Demands(**arrays)


def test_few_frames_hold_the_peaks_of_all_models():
    rng = np.random.default_rng(4)
    load = 1000.0 * (1.0 + 0.2 * np.sin(np.linspace(0.0, 6.0, 30) + rng.normal(0.0, 0.4, (40, 1)))) + rng.normal(0.0, 3.0, (40, 30))
    frames = binding(drawn(load), COMPRESSION, np.ones(40, bool))
    assert (load[:, frames].max(axis=1) >= (1.0 - NEAR) * load.max(axis=1)).all()
    assert 1 < len(frames) < 10
    for left_out in frames:
        some = [f for f in frames if f != left_out]
        assert (load[:, some].max(axis=1) < (1.0 - NEAR) * load.max(axis=1)).any(), left_out


def test_every_place_counts_and_no_other():
    pilot = drawn([[5.0, 9.0, 1.0, 2.0]])
    pilot.compression_N[0, 0, :, 2] = [0.0, 1.0, 2.0, 8.0]
    pilot.anterior_shear_N[0, 0, :, 4] = [-5.0, -9.0, -3.0, -4.0]
    assert binding(pilot, COMPRESSION, ALL) == [1]
    assert binding(pilot, {"compression": np.array([2, 4])}, ALL) == [1, 3]
    assert binding(pilot, COMPRESSION | {"shear": np.array([SHEAR_LEVELS.index("L4-L5")])}, ALL) == [1, 2]
    assert binding(pilot, {}, ALL) == [0]


def test_a_model_without_an_answer_stays_without():
    """It is solved up to the frame in which it fails, and not in the tasks that follow."""
    converged = [[True] * 4, [True, True, False, False], [True, False, False, False], [False] * 4]
    pilot = drawn([[1.0, 2.0, 3.0, 9.0]] * 4, converged)
    assert binding(pilot, COMPRESSION, np.array([True, True, True, False])) == [1, 2, 3]
    assert binding(pilot, COMPRESSION, np.array([True, False, True, True])) == [0, 1, 3]


def test_peaks_of_many_models_are_those_of_all_frames(monkeypatch):
    """A whole exercise with a tolerated one beside it: what few frames tell of the load errors is what all of them tell."""
    subject, findings = ss.Subject(mass_kg=80.0, stature_m=1.8), Findings.none()
    asked, shown = (exercise_task(MODEL, subject, exercise(name)) for name in ("lift_squat", "lift_stoop"))
    evidence = (EvidenceTask(task=shown, load_kg=0.0, times_a_day=5.0, weeks=30.0),)
    query = Query.of(MODEL, subject, findings, asked, "standard", evidence, 1.0, 80.0, 0.0, None, "regression")
    solved, solve = [], load_error.demands

    def counted(model, subject, task, loads_kg, samples=0, seed=0, max_flexion_deg=None, first=0):
        if samples:
            solved.append((first, samples, len(task.frames)))
        return solve(model, subject, task, loads_kg, samples, seed, max_flexion_deg, first)

    monkeypatch.setattr(load_error, "demands", counted)
    monkeypatch.setattr(load_error, "PILOT", 48)
    few = sampled_errors(query, 2.0, 96, 0)
    assert [span[:2] for span in solved] == [(0, 48), (48, 96)]
    assert solved[0][2] == len(asked.frames) + len(shown.frames)
    assert solved[1][2] < 0.6 * solved[0][2]
    monkeypatch.setattr(load_error, "PILOT", 96)
    every = sampled_errors(query, 2.0, 96, 0)
    assert few.keys() == every.keys()
    for tissue, error in every.items():
        assert few[tissue].shared == pytest.approx(error.shared, abs=0.005), tissue
        assert few[tissue].task == pytest.approx(error.task, abs=0.005), tissue
