"""A case between upright without load (0) and as asked (1): the path of the continuation."""

from __future__ import annotations

from spinesim.mechanics.jit import kernel


@kernel
def stage(case, part, out):
    """Copy ``case`` into ``out`` with angles, motion and loads times ``part``; arms and what supports the body stay whole."""
    for i in range(3):
        out.pelvis[i] = part * case.pelvis[i]
        out.lumbar[i] = part * case.lumbar[i]
        out.reach[i] = case.reach[i]
        out.support[i] = case.support[i]
    for i in range(2):
        out.legs[i] = part * case.legs[i]
        out.hand_mass[i] = part * case.hand_mass[i]
        for k in range(3):
            out.arms[i, k] = case.arms[i, k]
            out.hand_force[i, k] = part * case.hand_force[i, k]
    for i in range(4):
        out.stance[i] = case.stance[i]
        out.gravity[i] = case.gravity[i]
    for i in range(case.motion.shape[0]):
        out.motion[i] = part * case.motion[i]
    out.armrest = case.armrest
    out.tone = case.tone
    out.pack_mass = part * case.pack_mass
