"""Hill's muscle with a rigid tendon: active and passive force over length, active force over velocity.

    F = a F_active f_L(l) f_V(v) cos(pennation) + F_passive f_P(l) cos(pennation),   l = (L - L_tendon) / (cos L_opt)

The shapes of the curves are ``spine.hill`` (7,), constants of ``geometry/adult/muscle_law.csv``. Passive force uses the muscle's own
peak force, active force that times the factor on muscle stress: the factor corrects activation, not the collagen.
"""

from __future__ import annotations

from spinesim.mechanics.elementary import exponential
from spinesim.mechanics.jit import kernel
from spinesim.model.layout import (
    COS_PENNATION,
    CURVATURE,
    ECCENTRIC,
    FIBRE_LENGTH,
    FORCE_ACTIVE,
    FORCE_LENGTH_WIDTH,
    FORCE_PASSIVE,
    HIP_ROWS,
    JOINT_COUNT,
    MAX_VELOCITY,
    PASSIVE_NORM,
    PASSIVE_SHAPE,
    PASSIVE_STRAIN,
    TENDON_LENGTH,
)


@kernel
def active_force_length(hill, length):
    """Active force at fibre length over optimal length (Gaussian)."""
    u = (length - 1.0) / hill[FORCE_LENGTH_WIDTH]
    return exponential(-u * u)


@kernel
def passive_force_length(hill, length):
    """Passive force at fibre length over optimal length: zero up to 1, 1 beyond it by the passive strain."""
    stretch = max(length - 1.0, 0.0)
    return (exponential(hill[PASSIVE_SHAPE] * stretch / hill[PASSIVE_STRAIN]) - 1.0) / hill[PASSIVE_NORM]


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
def fascicle_forces(spine, topology, joint_rate, w):
    """Fibre length, passive force and active force per unit activation of every fascicle.

    The fibre's velocity is minus the moment arms times the joint rates ``joint_rate`` (18,) in the disc frames.
    """
    hill = spine.hill
    for f in range(topology.fascicles):
        law = spine.fascicle[f]
        optimal = law[FIBRE_LENGTH] * law[COS_PENNATION]
        length = (w.length[f] - law[TENDON_LENGTH]) / optimal
        speed = 0.0
        for k in range(3 * topology.joint_low[f], 3 * topology.joint_high[f]):
            speed -= w.unit_moment[f, HIP_ROWS + k] * joint_rate[k]
        w.fibre_length[f] = length
        w.passive[f] = law[FORCE_PASSIVE] * passive_force_length(hill, length) * law[COS_PENNATION]
        w.gain[f] = law[FORCE_ACTIVE] * active_force_length(hill, length) * force_velocity(hill, speed / optimal) * law[COS_PENNATION]


@kernel
def passive_wrench(topology, w):
    """Sum of passive fascicle forces at the joints and hips."""
    for k in range(HIP_ROWS + 3 * JOINT_COUNT):
        w.passive_moment[k] = 0.0
    for k in range(3 * JOINT_COUNT):
        w.passive_force[k] = 0.0
    for f in range(topology.fascicles):
        for k in range(topology.moment_low[f], topology.moment_high[f]):
            w.passive_moment[k] += w.unit_moment[f, k] * w.passive[f]
        for k in range(3 * topology.joint_low[f], 3 * topology.joint_high[f]):
            w.passive_force[k] += w.unit_force[f, k] * w.passive[f]
