"""Anderson mixing: the next state of a fixed-point iteration from the last few steps."""

from __future__ import annotations

import math

from spinesim.mechanics.jit import kernel
from spinesim.mechanics.linear import solve_pivoted
from spinesim.model.layout import FREE
from spinesim.solver.workspace import MIXING_DEPTH, STATE

RESTART_STEP = 0.5e-3  # m: beyond, the past says nothing about the present
MAX_COEFFICIENT = 3.0
REGULARISATION = 1e-12


@kernel
def restart(w):
    """Forget all earlier steps."""
    w.history_count[0] = 0
    w.history_count[1] = 0


@kernel
def mix(w):
    """Replace ``w.step`` (the plain step from the present state) by the mixed one.

    Coefficients are least squares on the translations only, in which the multipliers follow. State differences
    are the steps really taken, which the caller leaves in ``w.previous_state``.
    """
    length = 0.0
    for k in range(FREE):
        length += w.step[k] * w.step[k]
    if math.sqrt(length) > RESTART_STEP:
        restart(w)
    if w.history_count[1] > 0:
        slot = w.history_count[0] % MIXING_DEPTH
        for k in range(STATE):
            w.history_step[slot, k] = w.step[k] - w.previous_step[k]
            w.history_state[slot, k] = w.previous_state[k]
        w.history_count[0] += 1
    w.history_count[1] = 1
    for k in range(STATE):
        w.previous_step[k] = w.step[k]
    depth = min(w.history_count[0], MIXING_DEPTH)
    if depth > 0 and _coefficients(depth, w):
        for i in range(depth):
            for k in range(STATE):
                w.step[k] -= w.gram_right[i] * (w.history_step[i, k] + w.history_state[i, k])


@kernel
def _coefficients(depth, w):
    """Least-squares coefficients into ``w.gram_right``; False (and a restart) where they are too large to trust."""
    peak = 0.0
    for i in range(depth):
        for j in range(depth):
            total = 0.0
            for k in range(FREE):
                total += w.history_step[i, k] * w.history_step[j, k]
            w.gram[i, j] = total
        peak = max(peak, w.gram[i, i])
        total = 0.0
        for k in range(FREE):
            total += w.history_step[i, k] * w.step[k]
        w.gram_right[i] = total
    for i in range(depth):
        w.gram[i, i] += REGULARISATION * peak
    if not solve_pivoted(w.gram, depth, w.gram_right):
        restart(w)
        return False
    for i in range(depth):
        if not abs(w.gram_right[i]) < MAX_COEFFICIENT:
            restart(w)
            return False
    return True
