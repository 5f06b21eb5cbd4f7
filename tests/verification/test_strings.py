"""Muscles as strings do what their columns do: the same pulls, activations and residuals, summed another way."""

from __future__ import annotations

import numpy as np
import pytest
from verification.states import TOPOLOGY, any_state, evaluate, many, pack, person, scratch, seated_state, shifted, twists

from spinesim.solver.balance import unbalanced
from spinesim.solver.recruitment import CUBE, SQUARE, activate, moment_residual
from spinesim.solver.strings import left_over, pull_strings

STATES = 300
PARTS = ("pull", "activation", "slope", "free_residual", "residual")


@pytest.mark.parametrize("power", [SQUARE, CUBE])
@pytest.mark.parametrize("kind", [any_state, seated_state])
def test_strings_do_what_columns_do(kind, power):
    rng = np.random.default_rng(51)
    spine, w = person("worn"), scratch()
    worst = dict.fromkeys((*PARTS, "passive", "largest"), 0.0)
    for case in pack(*many(kind, rng, STATES)):
        evaluate(spine, case, shifted(spine, rng), w, twists(rng))
        w.multiplier[:] = rng.normal(0.0, 20.0, len(w.multiplier))
        activate(spine, TOPOLOGY, power, w.multiplier, w)
        moment = moment_residual(TOPOLOGY, w.multiplier, 0.0, w, w.residual)
        largest = (*unbalanced(TOPOLOGY, 0.0, w), moment)
        columns = {name: getattr(w, name).copy() for name in (*PARTS, "passive")}
        pull_strings(spine, TOPOLOGY, case.stance, power, w)
        again = left_over(case.stance, w)
        for name, given in columns.items():
            worst[name] = max(worst[name], np.abs(getattr(w, name) - given).max() / max(1.0, np.abs(given).max()))
        worst["largest"] = max(worst["largest"], np.abs(np.subtract(again, largest)).max() / max(largest))
    print(worst)
    assert max(worst.values()) < 1e-11, worst
