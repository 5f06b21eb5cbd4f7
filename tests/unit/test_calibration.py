"""The calibration: it finds what made the data, stays inside its ranges, and its tables are those in use."""

from dataclasses import replace

import numpy as np
import pytest

from spinesim.analysis.calibration import QUANTITIES, fit, predict, read_experiments, read_parameters, with_parameters
from spinesim.cli.calibrate import report
from spinesim.model.anatomy import SpineModel
from spinesim.model.names import LEVELS
from spinesim.solver.bench import SEGMENTS

MODEL = SpineModel.default()
FOLDER = MODEL.tables.folder
EXPERIMENTS, PARAMETERS = read_experiments(FOLDER), read_parameters(FOLDER)


def named(names):
    return tuple(e for e in EXPERIMENTS if e.name in names)


def test_every_experiment_is_known_and_positive_in_its_weights():
    assert len({e.name for e in EXPERIMENTS}) == len(EXPERIMENTS)
    for experiment in EXPERIMENTS:
        assert experiment.quantity in QUANTITIES
        assert experiment.segment in SEGMENTS
        assert 0.0 < experiment.sd <= experiment.spread


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda p: p.label)
def test_no_parameter_is_outside_its_range(parameter):
    if parameter.table == "sharing":
        return
    items = LEVELS if parameter.item == "*" else (parameter.item,)
    for item in items:
        assert parameter.lo <= MODEL.tables.value(parameter.table, item, parameter.name) <= parameter.hi


def test_a_value_of_all_levels_moves_all_levels_and_their_gaps():
    parameter = next(p for p in PARAMETERS if p.label == "facets.*.cartilage_stiffness")
    changed = with_parameters(MODEL, [parameter], np.array([3.0])).tables
    assert {changed.value("facets", level, "cartilage_stiffness") for level in LEVELS} == {3.0}
    assert changed.value("facets", "L4-L5", "gap") != MODEL.tables.value("facets", "L4-L5", "gap")
    force = with_parameters(MODEL, [parameter], np.array([3.0]))
    assert predict(force, named(["facet_500"]))[0] == pytest.approx(MODEL.tables.value("calibration", "L2-L3", "facet_force"), rel=0.01)


def test_the_fit_finds_the_parameters_that_made_the_data():
    names = ("disc_law.L4-L5.torsion_stiffness", "disc_law.L4-L5.bending_stiffness_lateral")
    chosen = [p for p in PARAMETERS if p.label in names]
    chosen = [replace(p, prior=float("nan"), prior_sd=float("nan")) for p in chosen]
    truth = np.array([1.2 * p.start(MODEL) for p in chosen])
    asked = named(["heuer_lateral_3", "heuer_axial_3", "heuer_axial_7.5"])
    made = predict(with_parameters(MODEL, chosen, truth), asked)
    found = fit(MODEL, [replace(e, value=v) for e, v in zip(asked, made, strict=True)], chosen)
    np.testing.assert_allclose(found.values, truth, rtol=1e-3)
    before, after = found.misfit
    assert after < 1e-4 < before
    page = report(found)
    assert all(e.name in page for e in asked)
    assert "| recalled |" not in page


def test_the_posterior_shrinks_with_the_data():
    """Uniform priors have an SD of the range over the root of 12; what experiments determine varies less."""
    chosen = [p for p in PARAMETERS if p.label in ("disc_law.L4-L5.torsion_stiffness", "ligaments.SSL.stiffness")]
    found = fit(MODEL, named(["heuer_axial_3", "heuer_axial_7.5"]), chosen)
    shrunk = found.spread / np.array([p.hi - p.lo for p in chosen]) * np.sqrt(12.0)
    assert shrunk[0] < 0.7 < 0.9 < shrunk[1] <= 1.0 + 1e-9
    np.testing.assert_allclose(np.diag(found.correlation), 1.0)
