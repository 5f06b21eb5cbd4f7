"""The load error of drawn models: what goes up and down together is shared, the rest is the task's."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from affine import BASE, LIFT, MAN, MODEL, SLOPE, WELL, lines, proof

from spinesim.analysis import load_error as module
from spinesim.analysis.demand import Task
from spinesim.analysis.load_error import sampled_errors
from spinesim.analysis.safe_load import Query
from spinesim.analysis.tissue_limits import limits_of
from spinesim.analysis.tolerance import Person
from spinesim.model.load import Load
from spinesim.model.posture import Posture

SAMPLES = 400
TABLE = limits_of(Person(30.0, "male", WELL), "strict", [], 50.0).tolerances
COMPRESSION = TABLE["compression"].error.task
DRAWN = np.random.default_rng(3).lognormal(0.0, 0.2, (2, SAMPLES))


def frame(number: int) -> Posture:
    """Frames are told by how far they bend."""
    return Posture(flexion_deg=float(number))


def task(*frames: int) -> Task:
    return replace(LIFT, frames=tuple(map(frame, frames)))


def draw(monkeypatch, *factors, change=None):
    """Drawn compressions, a row of factors for each frame."""
    asked = []

    def demands(model, subject, task, loads_kg, samples=0, seed=0, max_flexion_deg=None, first=0):
        frames = [int(posture.flexion_deg) for posture in task.frames]
        if not samples:  # the nominal model, for which all frames are as hard
            return lines(loads_kg, BASE, SLOPE, len(frames))
        asked.append((task, samples, seed, max_flexion_deg))
        found = lines(loads_kg, BASE, SLOPE, len(factors), (len(factors[0]),))
        found.compression_N[:] = 2000.0 * np.array(factors).T[:, None, :, None]
        if change is not None:
            change(found)
        found = found.times(task.dynamic_factor)
        drawn = {f.name: getattr(found, f.name) for f in fields(found)}
        return replace(found, **{name: array[first:samples][:, :, frames] for name, array in drawn.items() if name != "load_kg"})

    monkeypatch.setattr(module, "demands", demands)
    return asked


ALONE = task(0)


def errors(*evidence, samples=SAMPLES, asked=ALONE):
    query = Query.of(MODEL, MAN, WELL, asked, "strict", evidence, 1.0, 50.0, 0.0, 55.0, "regression")
    return sampled_errors(query, 7.0, samples, 4)


def spread(drawn) -> float:
    return float(np.sqrt(np.log1p(np.var(drawn / np.median(drawn), ddof=1))))


def test_without_evidence_all_of_the_spread_is_shared(monkeypatch):
    draw(monkeypatch, DRAWN[0])
    found = errors()["compression"]
    assert found.shared == pytest.approx(spread(DRAWN[0]))
    assert found.task == pytest.approx(COMPRESSION)


@pytest.mark.parametrize("scale", [1e-4, 1.0, 3.0])
def test_what_goes_up_and_down_together_is_shared_whatever_its_size(monkeypatch, scale):
    draw(monkeypatch, DRAWN[0], scale * DRAWN[0])
    found = errors(proof(5.0, task=task(1)))["compression"]
    assert (found.shared, found.task) == (pytest.approx(spread(DRAWN[0])), pytest.approx(COMPRESSION))


def test_what_goes_against_each_other_is_the_task_s_own(monkeypatch):
    draw(monkeypatch, DRAWN[0], 2.0 - DRAWN[0])
    found = errors(proof(5.0, task=task(1)))["compression"]
    assert (found.shared, found.task) == (0.0, pytest.approx(np.hypot(spread(DRAWN[0]), COMPRESSION)))


def test_a_part_that_goes_together_is_shared_by_that_part(monkeypatch):
    together, own = 0.1 * (DRAWN - 1.0)
    draw(monkeypatch, 1.0 + together + own, 1.0 + together)
    found = errors(proof(5.0, task=task(1)))["compression"]
    cover = np.cov((1.0 + together + own) / np.median(1.0 + together + own), (1.0 + together) / np.median(1.0 + together))
    total, shared = np.log1p(cover[0])
    assert (found.shared**2, found.task**2) == (pytest.approx(shared), pytest.approx(total - shared + COMPRESSION**2))


def test_the_proof_that_shares_least_counts(monkeypatch):
    draw(monkeypatch, DRAWN[0], DRAWN[0], DRAWN[1], DRAWN[0])
    three = errors(*(proof(5.0, task=task(number)) for number in (1, 2, 3)))["compression"]
    draw(monkeypatch, DRAWN[0], DRAWN[1])
    assert three == errors(proof(5.0, task=task(1)))["compression"]


def test_loads_of_no_median_or_against_the_direction_share_nothing(monkeypatch):
    draw(monkeypatch, DRAWN[0], -DRAWN[0])
    assert errors(proof(5.0, task=task(1)))["compression"].shared == 0.0


def test_all_frames_are_drawn_with_the_same_models(monkeypatch):
    asked = draw(monkeypatch, *DRAWN[[0, 1, 1]])
    errors(proof(5.0, task=task(2)), asked=task(0, 1), samples=40)
    every, samples, seed, max_flexion_deg = asked[0]
    assert every.frames == (frame(0), frame(1), frame(2))
    assert every.loads_at(7.0) == [Load(mass_kg=kg) for kg in (7.0, 7.0, 5.0)]
    assert (samples, seed, max_flexion_deg) == (40, 4, 55.0)


def test_the_peak_of_the_frames_counts(monkeypatch):
    draw(monkeypatch, *DRAWN)
    both = errors(asked=task(0, 1))["compression"]
    assert both.shared == pytest.approx(spread(DRAWN.max(axis=0)))


def test_the_place_that_is_loaded_most_for_its_strength_counts(monkeypatch):
    median = TABLE["compression"].median

    def change(found):
        found.compression_N[:] = 0.3 * median  # the same share everywhere, and steady
        found.compression_N[:, 0, 0, 2] = 0.4 * median[2] * DRAWN[0]
        found.compression_N[:, 0, 0, 4] = 0.35 * median[4]

    draw(monkeypatch, DRAWN[0], change=change)
    assert median[4] * 0.35 > median[2] * 0.4 * 0.8
    assert errors()["compression"].shared == pytest.approx(spread(DRAWN[0]))


def test_a_tissue_below_a_fifth_of_its_strength_keeps_the_table(monkeypatch):
    for share, sampled in ((0.2, False), (0.2001, True)):

        def change(found, share=share):
            found.compression_N[:] = share * TABLE["compression"].median

        draw(monkeypatch, DRAWN[0], change=change)
        assert ("compression" in errors()) is sampled
    assert "torsion" not in errors()


def test_models_without_an_answer_in_some_frame_are_left_out(monkeypatch):
    gone = np.arange(SAMPLES) % 3 == 0

    def change(found):
        found.converged[gone, 0, 1] = False
        found.compression_N[gone] = 9e4

    draw(monkeypatch, *DRAWN[[0, 0]], change=change)
    found = errors(asked=task(0, 1))["compression"]
    assert found.shared == pytest.approx(spread(DRAWN[0][~gone]))
    draw(monkeypatch, *DRAWN[[0, 0]], change=change)
    assert errors(proof(5.0, task=task(1)))["compression"].shared == pytest.approx(spread(DRAWN[0][~gone]))


def test_too_few_answers_are_refused(monkeypatch):
    def change(found):
        found.converged[:20] = False

    draw(monkeypatch, DRAWN[0][:40], change=change)
    assert "compression" in errors(samples=40)
    draw(monkeypatch, DRAWN[0][:39], change=change)
    with pytest.raises(ValueError, match=r"samples: 19 of 39 have an answer for compression; expected 20 or more"):
        errors(samples=39)
