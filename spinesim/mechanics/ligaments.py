"""Ligament strands: tension only, a toe region, then linear.

e = L / L0 - 1,   T = k / (2 e_t) (e+^2 - (e - e_t)+^2),   E = k L0 / (6 e_t) (e+^3 - (e - e_t)+^3)
"""

from __future__ import annotations

import math

from spinesim.mechanics.jit import kernel


@kernel
def strand(law, length):
    """Tension (N), its derivative by length (N/m) and energy (J) of a strand; ``law`` = stiffness, rest length, toe strain."""
    inverse = 1.0 / (law[1] * law[2])
    toe = max(length * (inverse * law[2]) - 1.0, 0.0)
    linear = max(toe - law[2], 0.0)
    slope = law[0] * inverse  # of tension, by length and past strain
    tension = 0.5 * slope * law[1] * (toe * toe - linear * linear)
    return tension, slope * (toe - linear), slope * law[1] * law[1] * (1.0 / 6.0) * (toe * toe * toe - linear * linear * linear)


@kernel
def span(x, upper, lower, out):
    """Vector from the lower to the upper attachment at translation ``x``; returns its length."""
    for i in range(3):
        out[i] = x[i] + upper[i] - lower[i]
    return math.sqrt(out[0] * out[0] + out[1] * out[1] + out[2] * out[2])
