"""Arms: where elbows and grips are, from angles or from a hand position."""

from __future__ import annotations

import math

from spinesim.mechanics.jit import kernel
from spinesim.mechanics.kinematics import carry
from spinesim.mechanics.lanes import negate, select


@kernel
def heading(w):
    """Horizontal directions that the thorax faces: forward ``w.forward`` and to its right ``w.rightward``."""
    x, z = w.rotation[6, 0, 2], w.rotation[6, 2, 2]
    norm = math.sqrt(x * x + z * z)
    w.rightward[0], w.rightward[1], w.rightward[2] = x / norm, 0.0, z / norm
    w.forward[0], w.forward[1], w.forward[2] = z / norm, 0.0, -x / norm


@kernel
def reach_angles(shoulder, target, upper, lower, w):
    """Upper arm and forearm angles that bring the grip to ``target`` (anterior, superior), and whether it can be reached.

    The elbow points backwards and down; the grip stays in the sagittal plane of its shoulder.
    """
    ahead = target[0] - (shoulder[0] * w.forward[0] + shoulder[2] * w.forward[2])
    above = target[1] - shoulder[1]
    distance = math.sqrt(ahead * ahead + above * above)
    cosine = (upper * upper + distance * distance - lower * lower) / (2.0 * upper * max(distance, 1e-9))
    possible = abs(cosine) <= 1.0
    bend = math.acos(min(max(cosine, -1.0), 1.0))
    first = math.atan2(ahead, -above) - bend
    second = math.atan2(ahead - upper * math.sin(first), -(above + upper * math.cos(first)))
    return first, second, possible


@kernel
def place_arms(spine, angles, reach, w):
    """Shoulder, elbow and grip of both arms (left, right) into ``w.shoulder``, ``w.elbow``, ``w.grip``.

    Returns False where the hand position cannot be reached.
    """
    heading(w)
    upper, lower = spine.arm_length[0], spine.arm_length[1] + spine.arm_length[2]
    given = reach[0] > 0.5
    reached = given | negate(given)
    for side in range(2):
        carry(spine.shoulder[side], 6, w, w.shoulder[side])
        first, second, possible = reach_angles(w.shoulder[side], reach[1:], upper, lower, w)
        reached = reached & (possible | negate(given))
        first = select(given, first, angles[side, 0])
        second = select(given, second, angles[side, 1])
        outward = 2.0 * side - 1.0
        aside = select(given, 0.0, angles[side, 2])
        _extend(w.shoulder[side], first, aside, outward, upper, w, w.elbow[side])
        _extend(w.elbow[side], second, aside, outward, lower, w, w.grip[side])
    return reached


@kernel
def _extend(start, angle, abduction, outward, length, w, out):
    """End of a limb segment of ``length`` from ``start``, ``angle`` forward of the downward vertical."""
    ahead, below, aside = math.sin(angle), math.cos(angle) * math.cos(abduction), math.cos(angle) * math.sin(abduction) * outward
    for i in range(3):
        out[i] = start[i] + length * (ahead * w.forward[i] + aside * w.rightward[i])
    out[1] -= length * below
