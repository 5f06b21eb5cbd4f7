"""Muscle paths: lengths, and the force and moment that a unit tension gives to every joint it crosses.

A fascicle is a frictionless string through points on bodies. A straight piece that crosses joint j pulls what is
cranial of j towards its caudal end; counting each piece at every joint between its two bodies includes the
reactions at via points by itself, so that the moment arm is exactly minus the derivative of length by angle.
"""

from __future__ import annotations

import math

from spinesim.mechanics.jit import kernel
from spinesim.mechanics.rotations import apply_transposed, cross
from spinesim.model.layout import HIP_ROWS, JOINT_COUNT, RIGID_LENGTH


@kernel
def unit_columns(spine, topology, w):
    """Lengths ``w.length``, moments ``w.unit_moment`` (F, 22) and forces ``w.unit_force`` (F, 18) per newton of tension."""
    for f in range(topology.fascicles):
        for k in range(topology.moment_low[f], topology.moment_high[f]):
            w.unit_moment[f, k] = 0.0
        for k in range(3 * topology.joint_low[f], 3 * topology.joint_high[f]):
            w.unit_force[f, k] = 0.0
        length = spine.fascicle[f, RIGID_LENGTH]
        for s in range(topology.segment_start[f], topology.segment_start[f + 1]):
            head = w.point[topology.segment_head[s]]
            length += _pull_direction(w.point[topology.segment_tail[s]], head, w.v[3])
            for j in range(topology.segment_low[s], topology.segment_high[s]):
                add_at_joint(j, head, w.v[3], w.unit_moment[f], w.unit_force[f], w)
            if topology.segment_hip[s] >= 0:
                _add_at_hip(topology.segment_hip[s], head, w.v[3], w.unit_moment[f], w)
        w.length[f] = length


@kernel
def _pull_direction(tail, head, out):
    """Unit vector from ``head`` to ``tail`` into ``out``; returns their distance."""
    dx, dy, dz = tail[0] - head[0], tail[1] - head[1], tail[2] - head[2]
    distance = math.sqrt(dx * dx + dy * dy + dz * dz)
    out[0], out[1], out[2] = dx / distance, dy / distance, dz / distance
    return distance


@kernel
def distance(one, other):
    """Distance of two points."""
    dx, dy, dz = one[0] - other[0], one[1] - other[1], one[2] - other[2]
    return math.sqrt(dx * dx + dy * dy + dz * dz)


@kernel
def add_at_joint(j, position, force, moment_column, force_column, w):
    """Add ``force`` acting at ``position`` on the cranial side of joint j, in its disc frame."""
    arm, m, local = w.v[4], w.v[5], w.v[6]
    for axis in range(3):
        arm[axis] = position[axis] - w.joint[j, axis]
    cross(arm, force, m)
    apply_transposed(w.disc_frame[j], m, local)
    for axis in range(3):
        moment_column[HIP_ROWS + 3 * j + axis] += local[axis]
    apply_transposed(w.disc_frame[j], force, local)
    for axis in range(3):
        force_column[3 * j + axis] += local[axis]


@kernel
def _add_at_hip(side, position, force, moment_column, w):
    """Add the moment of ``force`` on the pelvis about a hip: extension (+z) and abduction of that side."""
    arm, m, local = w.v[4], w.v[5], w.v[6]
    for axis in range(3):
        arm[axis] = position[axis] - w.hip[side, axis]
    cross(arm, force, m)
    apply_transposed(w.rotation[0], m, local)
    moment_column[2 * side] += local[2]
    moment_column[2 * side + 1] += local[0]


@kernel
def strut_columns(w):
    """Abdominal pressure as a strut that pushes along its polyline: columns for one newton of push."""
    for k in range(HIP_ROWS + 3 * JOINT_COUNT):
        w.strut_moment[k] = 0.0
    for k in range(3 * JOINT_COUNT):
        w.strut_force[k] = 0.0
    for j in range(JOINT_COUNT):
        _pull_direction(w.strut[j], w.strut[j + 1], w.v[3])
        for axis in range(3):
            w.v[3][axis] = -w.v[3][axis]
        add_at_joint(j, w.strut[j + 1], w.v[3], w.strut_moment, w.strut_force, w)
