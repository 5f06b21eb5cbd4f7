"""One spinal joint: disc, ligaments and facets as one potential of the upper vertebra's pose.

Everything is expressed in the frame of the disc mid-plane, half way between the two vertebrae in rotation, so that
the joint looks the same from above and from below. The neutral points of the lower vertebra are turned back by half
the rotation and those of the upper one forward by half; translations then cost no rotation.
"""

from __future__ import annotations

from spinesim.mechanics import disc
from spinesim.mechanics.facets import contact
from spinesim.mechanics.jit import kernel
from spinesim.mechanics.kinematics import turn_joint
from spinesim.mechanics.lanes import any_lane, fma, select
from spinesim.mechanics.ligaments import span, strand
from spinesim.mechanics.rotations import apply, apply_transposed, cross, multiply_by_transposed

TWIST_STEP = 1e-6  # rad, of the forward difference


@kernel
def prepare(spine, j, w):
    """Turn all attachments and facets of joint j into its mid-plane frame."""
    origin, half = w.v[1], w.half[j]
    multiply_by_transposed(w.relative[j], spine.disc_zero[j], w.strain[j])
    disc.rotation_measure(w.strain[j], w.disc_rotation[j])
    for s in range(spine.strand_law.shape[1]):
        apply_transposed(half, spine.strand_lower[j, s], w.strand_lower[j, s])
        apply(half, spine.strand_upper[j, s], w.strand_upper[j, s])
    for side in range(2):
        apply_transposed(half, spine.facet_normal[j, side], w.facet_normal[j, side])
        apply_transposed(half, spine.facet_origin[j, side], origin)
        n = w.facet_normal[j, side]
        for q in range(spine.facet_point.shape[2]):
            p = w.facet_point[j, side, q]
            apply(half, spine.facet_point[j, side, q], p)
            offset = n[0] * (p[0] - origin[0]) + n[1] * (p[1] - origin[1]) + n[2] * (p[2] - origin[2])
            w.facet_offset[j, side, q] = offset + spine.facet_gap[j, side, q]
        _prepare_tip(spine, j, side, w)


@kernel
def _prepare_tip(spine, j, side, w):
    """The lower tip of the inferior facet above the lamina of the vertebra below."""
    up, foot, n = w.v[2], w.v[3], w.tip_normal[j]
    up[0], up[1], up[2] = 0.0, 1.0, 0.0
    apply_transposed(w.half[j], up, n)
    apply_transposed(w.half[j], spine.tip_point[j, side], foot)
    p = w.tip_point[j, side]
    apply(w.half[j], spine.tip_point[j, side], p)
    offset = n[0] * (p[0] - foot[0]) + n[1] * (p[1] - foot[1]) + n[2] * (p[2] - foot[2])
    w.tip_offset[j, side] = offset + spine.tip_law[j, side, 0]


@kernel
def passive_force(spine, j, x, w):
    """Internal force, couple and their derivatives of joint j at translation ``x`` (3,) in the mid-plane frame.

    Writes ``w.joint_force[j] = dE/dx``, ``w.joint_moment[j]`` (couple about the upper disc centre),
    ``w.joint_stiffness[j] = d2E/dx2`` and ``w.moment_rate[j] = d couple / dx``; the disc's own share goes to
    ``w.disc_force[j]`` and ``w.disc_moment[j]``.
    """
    disc.forces(spine.disc[j], x, w.disc_rotation[j], w.disc_force[j], w.v[6], w.joint_stiffness[j], w.m[2])
    disc.spatial_couple(j, x, w.disc_force[j], w.v[6], w.joint_stiffness[j], w.m[2], w.disc_moment[j], w.moment_rate[j], w)
    for axis in range(3):
        w.joint_force[j, axis] = w.disc_force[j, axis]
        w.joint_moment[j, axis] = w.disc_moment[j, axis]
    for s in range(spine.strand_law.shape[1]):
        length = span(x, w.strand_upper[j, s], w.strand_lower[j, s], w.v[1])
        tension, rate, _ = strand(spine.strand_law[j, s], length)
        inverse = 1.0 / length
        for axis in range(3):
            w.v[1][axis] *= inverse
        _add_spring(j, w.strand_upper[j, s], w.v[1], tension, rate - tension * inverse, tension * inverse, w)
    for side in range(2):
        _press_facet(spine, j, side, x, w)


@kernel
def _press_facet(spine, j, side, x, w):
    """Add one facet: the points of the patch share their direction, so that sums over them do; then its tip."""
    n, turned, press, stiff = w.facet_normal[j, side], w.v[2], w.v[3], w.v[4]
    force, rate = 0.0, 0.0
    for i in range(3):
        press[i] = 0.0
        stiff[i] = 0.0
    opening = n[0] * x[0] + n[1] * x[1] + n[2] * x[2]
    for q in range(spine.facet_point.shape[2]):
        f, r, _ = contact(opening + w.facet_offset[j, side, q], spine.facet_stiffness[j, side, q], spine.facet_smoothing[j])
        force += f
        rate += r
        for i in range(3):
            press[i] = fma(f, w.facet_point[j, side, q, i], press[i])
            stiff[i] = fma(r, w.facet_point[j, side, q, i], stiff[i])
    cross(press, n, turned)
    for a in range(3):
        w.joint_force[j, a] -= force * n[a]
        w.joint_moment[j, a] -= turned[a]
    cross(stiff, n, turned)
    for a in range(3):
        for b in range(3):
            w.joint_stiffness[j, a, b] += rate * n[a] * n[b]
            w.moment_rate[j, a, b] += turned[a] * n[b]
    force, rate = _tip_contact(spine, j, side, x, w)
    _add_spring(j, w.tip_point[j, side], w.tip_normal[j], -force, rate, 0.0, w)


@kernel
def passive_response(spine, j, x, renew, w):
    """As :func:`passive_force`; where to ``renew``, also their rates by twist, ``w.twist_force[j]`` and ``w.twist_moment[j]``."""
    force, moment = w.v[7], w.v[8]
    if any_lane(renew):
        turn_joint(j, w.twist[j] + TWIST_STEP, w)
        prepare(spine, j, w)
        passive_force(spine, j, x, w)
        for i in range(3):
            force[i], moment[i] = w.joint_force[j, i], w.joint_moment[j, i]
    turn_joint(j, w.twist[j], w)
    prepare(spine, j, w)
    passive_force(spine, j, x, w)
    if any_lane(renew):
        for i in range(3):
            w.twist_force[j, i] = select(renew, (force[i] - w.joint_force[j, i]) / TWIST_STEP, w.twist_force[j, i])
            w.twist_moment[j, i] = select(renew, (moment[i] - w.joint_moment[j, i]) / TWIST_STEP, w.twist_moment[j, i])


@kernel
def _tip_contact(spine, j, side, x, w):
    """Force and rate of the facet tip on the lamina."""
    n, law = w.tip_normal[j], spine.tip_law[j, side]
    gap = n[0] * x[0] + n[1] * x[1] + n[2] * x[2] + w.tip_offset[j, side]
    force, rate, _ = contact(gap, law[1], law[2])
    return force, rate


@kernel
def _add_spring(j, point, direction, tension, along, across, w):
    """Add dE/dx = ``tension direction`` at ``point`` of the upper vertebra, with stiffness ``along d d^T + across 1``."""
    arm = w.v[2]
    cross(point, direction, arm)
    for a in range(3):
        w.joint_force[j, a] += tension * direction[a]
        w.joint_moment[j, a] += tension * arm[a]
        for b in range(3):
            w.joint_stiffness[j, a, b] += along * direction[a] * direction[b]
            w.moment_rate[j, a, b] += along * arm[a] * direction[b]
        w.joint_stiffness[j, a, a] += across
    w.moment_rate[j, 0, 1] -= across * point[2]
    w.moment_rate[j, 0, 2] += across * point[1]
    w.moment_rate[j, 1, 0] += across * point[2]
    w.moment_rate[j, 1, 2] -= across * point[0]
    w.moment_rate[j, 2, 0] -= across * point[1]
    w.moment_rate[j, 2, 1] += across * point[0]


@kernel
def passive_energy(spine, j, x, w):
    """Energy (J) of joint j at translation ``x``; ``passive_force`` is its gradient."""
    total = disc.energy(spine.disc[j], x, w.disc_rotation[j])
    for s in range(spine.strand_law.shape[1]):
        total += strand(spine.strand_law[j, s], span(x, w.strand_upper[j, s], w.strand_lower[j, s], w.v[1]))[2]
    for side in range(2):
        n = w.facet_normal[j, side]
        for q in range(spine.facet_point.shape[2]):
            gap = n[0] * x[0] + n[1] * x[1] + n[2] * x[2] + w.facet_offset[j, side, q]
            total += contact(gap, spine.facet_stiffness[j, side, q], spine.facet_smoothing[j])[2]
        n, law = w.tip_normal[j], spine.tip_law[j, side]
        gap = n[0] * x[0] + n[1] * x[1] + n[2] * x[2] + w.tip_offset[j, side]
        total += contact(gap, law[1], law[2])[2]
    return total
