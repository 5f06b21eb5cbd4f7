"""Twenty thousand random rows: every one has a status, every converged one balances, none is left without an answer."""

from __future__ import annotations

import numpy as np
from verification.states import MODEL, SUBJECTS, daily_state, many

from spinesim import solve_batch
from spinesim.model.names import CONVERGED, STRENGTH_EXCEEDED

ROWS, DRAWN = 20_000, 500


def test_every_row_of_twenty_thousand_has_an_answer():
    """Every posture of the daily box with the load of any other, some beyond the validated range."""
    rng = np.random.default_rng(95)
    postures, loads = many(daily_state, rng, DRAWN)
    first, second = rng.integers(0, DRAWN, (2, ROWS))
    solution = solve_batch(
        MODEL, [SUBJECTS[name] for name in rng.choice(["healthy", "lopsided"], ROWS)],
        [postures[i] for i in first], [loads[i] for i in second],
    )  # fmt: skip
    print(np.bincount(solution.status))
    assert np.isin(solution.status, (CONVERGED, STRENGTH_EXCEEDED)).all()
    solved = solution.status == CONVERGED
    assert solved.mean() > 0.9
    assert max(solution.residual_force_N[solved].max(), solution.residual_moment_Nm[solved].max()) < 1e-6
    assert solution.kkt[solved].max() < 1e-8
