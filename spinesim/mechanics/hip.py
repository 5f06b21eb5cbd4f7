"""The hips: passive moment, and what the muscles of each hip must supply.

With both feet planted the legs and the ground form a closed chain: moments in the frontal and transverse planes can be
taken by friction at the feet and are not determined by statics, so only extension is an equation then. On one leg
abduction is one too.
"""

from __future__ import annotations

from spinesim.mechanics.elementary import exponential
from spinesim.mechanics.jit import kernel
from spinesim.mechanics.lanes import select
from spinesim.model.layout import GRAVITY


@kernel
def passive_extension(law, flexion):
    """Passive moment (N m) at hip flexion (rad) that turns the pelvis backwards: stretched extensors less stretched flexors."""
    back = law[0] * exponential(law[1] * (flexion - law[2]))
    front = law[3] * exponential(law[4] * (-flexion - law[5]))
    return back - front


@kernel
def demand(spine, stance, legs, gravity, w):
    """Moments that muscles must supply at the hips, into ``w.hip_demand`` (4,); zero where a row is not active.

    On two legs each hip takes the share of the load that the lever rule gives it, none beyond the supporting leg.
    """
    width = spine.hip[0, 2] - spine.hip[1, 2]
    tilting = 0.5 * (w.hip_load[0, 0] + w.hip_load[1, 0])
    lean = select(abs(w.hip_force[1]) > 1e-9, -tilting / w.hip_force[1], 0.0)
    right = min(max(0.5 + lean / width, 0.0), 1.0)
    passive = passive_extension(spine.hip_law, legs[0])
    up = 0.0  # component against gravity of the pelvis's own upward axis
    for i in range(3):
        up -= w.rotation[0, i, 1] * gravity[i]
    for side in range(2):
        single = stance[2 * side + 1] > 0.5
        share = right if side == 0 else 1.0 - right
        share = select(single, 1.0, share)
        offset = spine.hip[1 - side, 2] - spine.hip[side, 2]
        hanging = spine.leg_mass * GRAVITY * gravity[3]
        tilt = w.hip_load[side, 0] + offset * hanging * up
        w.hip_demand[2 * side] = stance[2 * side] * (-share * w.hip_load[side, 2] - passive)
        w.hip_demand[2 * side + 1] = stance[2 * side + 1] * -tilt
