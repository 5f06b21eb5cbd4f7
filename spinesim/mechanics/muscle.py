"""Hill's muscle with a rigid tendon: active and passive force over length, active force over velocity.

    F = a F_active f_L(l) f_V(v) cos(pennation) + F_passive f_P(l) cos(pennation),   l = (L - L_tendon) / (cos L_opt)

The shapes of the curves are ``spine.hill`` (7,), constants of ``geometry/adult/muscle_law.csv``. Passive force uses the muscle's own
peak force, active force that times the factor on muscle stress: the factor corrects activation, not the collagen.
"""

from __future__ import annotations

from spinesim.mechanics.elementary import exponential
from spinesim.mechanics.jit import kernel
from spinesim.mechanics.lanes import fma
from spinesim.model.layout import (
    COS_PENNATION,
    CURVATURE,
    ECCENTRIC,
    FIBRE_LENGTH,
    FORCE_ACTIVE,
    FORCE_LENGTH_WIDTH,
    FORCE_PASSIVE,
    HIP_ROWS,
    MAX_VELOCITY,
    PASSIVE_NORM,
    PASSIVE_SHAPE,
    PASSIVE_STRAIN,
    TENDON_LENGTH,
)


@kernel
def active_force_length(hill, length):
    """Active force at fibre length over optimal length (Gaussian)."""
    u = (length - 1.0) * (1.0 / hill[FORCE_LENGTH_WIDTH])
    return exponential(-u * u)


@kernel
def passive_force_length(hill, length):
    """Passive force at fibre length over optimal length: zero up to 1, 1 beyond it by the passive strain."""
    stretch = max(length - 1.0, 0.0)
    return (exponential(hill[PASSIVE_SHAPE] / hill[PASSIVE_STRAIN] * stretch) - 1.0) * (1.0 / hill[PASSIVE_NORM])


@kernel
def force_velocity(hill, velocity):
    """Active force at fibre velocity (optimal lengths a second, shortening negative), 1 at rest.

    Hill's hyperbola while shortening; beyond rest a hyperbola with the same slope there that saturates.
    """
    curvature, gain = hill[CURVATURE], hill[ECCENTRIC] - 1.0
    v = velocity / hill[MAX_VELOCITY]
    shortening = min(max(-v, 0.0), 1.0)
    stretching = max(v, 0.0)
    concentric = (1.0 - shortening) / (1.0 + shortening / curvature)
    slope = 1.0 + 1.0 / curvature
    eccentric = gain * stretching / (stretching + gain / slope)
    return concentric + eccentric


@kernel
def is_moving(joint_rate):
    """True where some joint turns."""
    total = 0.0
    for k in range(joint_rate.shape[0]):
        total += abs(joint_rate[k])
    return total > 0.0


@kernel
def shapes(hill):
    """The shapes of the curves as numbers: what is divided by them is then divided once, not for every fascicle."""
    return hill[0], hill[1], hill[2], hill[3], hill[4], hill[5], hill[6]


@kernel
def fascicle_force(spine, f, hill, w):
    """Fibre length, passive force and active force per unit activation of a fascicle at rest; ``hill`` as of :func:`shapes`."""
    law = spine.fascicle[f]
    per_optimal = 1.0 / (law[FIBRE_LENGTH] * law[COS_PENNATION])
    length = (w.length[f] - law[TENDON_LENGTH]) * per_optimal
    w.fibre_length[f] = length
    w.passive[f] = law[FORCE_PASSIVE] * passive_force_length(hill, length) * law[COS_PENNATION]
    w.gain[f] = law[FORCE_ACTIVE] * active_force_length(hill, length) * law[COS_PENNATION]


@kernel
def shorten(spine, f, hill, speed, w):
    """Bring the law of velocity into the active force of a fascicle that lengthens at ``speed`` (m/s)."""
    law = spine.fascicle[f]
    w.gain[f] = w.gain[f] * force_velocity(hill, speed * (1.0 / (law[FIBRE_LENGTH] * law[COS_PENNATION])))


@kernel
def lengthening(topology, f, w):
    """Speed (m/s) of the fascicle in the unit column: minus its moment arms times the joint rates ``w.joint_rate`` (18,)."""
    speed = 0.0
    for k in range(3 * topology.joint_low[f], 3 * topology.joint_high[f]):
        speed -= w.unit_moment[HIP_ROWS + k] * w.joint_rate[k]
    return speed


@kernel
def add_passive(topology, f, w):
    """Add the passive force of the fascicle in the unit column to its sums at the joints and hips."""
    for k in range(topology.moment_low[f], topology.moment_high[f]):
        w.passive_moment[k] = fma(w.unit_moment[k], w.passive[f], w.passive_moment[k])
    for k in range(3 * topology.joint_low[f], 3 * topology.joint_high[f]):
        w.passive_force[k] = fma(w.unit_force[k], w.passive[f], w.passive_force[k])
