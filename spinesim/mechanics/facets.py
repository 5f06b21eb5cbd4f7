"""Facet joints: frictionless one-sided contact of points on a plane, smooth enough for Newton.

    phi = 1/2 (sqrt(g^2 + 4 e^2) - g),   E = 1/2 k phi^2,   f = k phi^2 / sqrt(g^2 + 4 e^2)

g is a point's gap to the plane of the lower facet (open: positive). The force falls as e^4/g^3 when it opens.
"""

from __future__ import annotations

import math

from spinesim.mechanics.jit import kernel


@kernel
def contact(gap, stiffness, smoothing):
    """Contact force (N), its rate of fall with gap (N/m) and energy (J) of one point."""
    root = math.sqrt(gap * gap + 4.0 * smoothing * smoothing)
    inverse = 1.0 / root
    phi = 0.5 * (root - gap)
    force = stiffness * phi * phi * inverse
    return force, force * inverse * (2.0 + gap * inverse), 0.5 * stiffness * phi * phi
