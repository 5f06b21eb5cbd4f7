"""Anderson mixing: the next state of a fixed-point iteration from the last few steps."""

from __future__ import annotations

import math

from spinesim.mechanics.jit import kernel
from spinesim.mechanics.lanes import negate, select
from spinesim.mechanics.linear import solve_pivoted
from spinesim.model.layout import FREE
from spinesim.solver.workspace import MIXING_DEPTH, STATE

RESTART_STEP = 0.5e-3  # m: beyond, the past says nothing about the present
MAX_COEFFICIENT = 3.0
REGULARISATION = 1e-12


@kernel
def restart(forgotten, w):
    """Forget all earlier steps where ``forgotten``: what is forgotten is zero, and then counts for nothing."""
    w.remembered = select(forgotten, 0.0, w.remembered)
    for i in range(MIXING_DEPTH):
        for k in range(STATE):
            w.history_step[i, k] = select(forgotten, 0.0, w.history_step[i, k])
            w.history_state[i, k] = select(forgotten, 0.0, w.history_state[i, k])


@kernel
def mix(passes, w):
    """Replace ``w.step`` (the plain step from the present state, in pass number ``passes``) by the mixed one.

    Coefficients are least squares on the translations only, in which the multipliers follow. State differences
    are the steps really taken, which the caller leaves in ``w.previous_state``.
    """
    length = 0.0
    for k in range(FREE):
        length += w.step[k] * w.step[k]
    restart(math.sqrt(length) > RESTART_STEP, w)
    slot = passes % MIXING_DEPTH
    for k in range(STATE):
        w.history_step[slot, k] = select(w.remembered > 0.0, w.step[k] - w.previous_step[k], 0.0)
        w.history_state[slot, k] = select(w.remembered > 0.0, w.previous_state[k], 0.0)
        w.previous_step[k] = w.step[k]
    w.remembered = 1.0
    trusted = _coefficients(w)
    restart(negate(trusted), w)
    for i in range(MIXING_DEPTH):
        part = select(trusted, w.gram_right[i], 0.0)
        for k in range(STATE):
            w.step[k] -= part * (w.history_step[i, k] + w.history_state[i, k])


@kernel
def _coefficients(w):
    """Least-squares coefficients into ``w.gram_right``; returns where they are small enough to trust."""
    peak = 0.0
    for i in range(MIXING_DEPTH):
        for j in range(MIXING_DEPTH):
            total = 0.0
            for k in range(FREE):
                total += w.history_step[i, k] * w.history_step[j, k]
            w.gram[i, j] = total
        peak = max(peak, w.gram[i, i])
        total = 0.0
        for k in range(FREE):
            total += w.history_step[i, k] * w.step[k]
        w.gram_right[i] = total
    for i in range(MIXING_DEPTH):
        w.gram[i, i] = select(w.gram[i, i] > 0.0, w.gram[i, i] + REGULARISATION * peak, 1.0)
    trusted = solve_pivoted(w.gram, MIXING_DEPTH, w.gram_right)
    for i in range(MIXING_DEPTH):
        trusted = trusted & (abs(w.gram_right[i]) < MAX_COEFFICIENT)
    return trusted
