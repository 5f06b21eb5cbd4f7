"""Muscle paths: lengths, and the force and moment that a unit tension gives to every joint it crosses.

A fascicle is a frictionless string through points on bodies. A straight piece that crosses joint j pulls what is
cranial of j towards its caudal end; counting each piece at every joint between its two bodies includes the
reactions at via points by itself, so that the moment arm is exactly minus the derivative of length by angle.
"""

from __future__ import annotations

import math

from spinesim.mechanics.jit import kernel
from spinesim.mechanics.kinematics import position_of
from spinesim.mechanics.lanes import fma
from spinesim.model.layout import FORCES, HIP_ROWS, JOINT_COUNT, MOMENTS, RIGID_LENGTH


@kernel
def unit_column(spine, topology, f, w):
    """Length ``w.length[f]`` of a fascicle; moments ``w.unit_moment`` (22,) and forces ``w.unit_force`` (18,) of a newton of its tension.

    Only one fascicle has them at a time: a table of all would not fit into the near cache.
    """
    for k in range(topology.moment_low[f], topology.moment_high[f]):
        w.unit_moment[k] = 0.0
    for k in range(3 * topology.joint_low[f], 3 * topology.joint_high[f]):
        w.unit_force[k] = 0.0
    length = spine.fascicle[f, RIGID_LENGTH]
    for s in range(topology.segment_start[f], topology.segment_start[f + 1]):
        head = path_point(spine, topology, topology.segment_head[s], w)
        force, distance = pull_direction(path_point(spine, topology, topology.segment_tail[s], w), head)
        moment = moment_of(head, force)
        length += distance
        for j in range(topology.segment_low[s], topology.segment_high[s]):
            add_at_joint(j, force, moment, w)
        if topology.segment_hip[s] >= 0:
            _add_at_hip(topology.segment_hip[s], head, force, w)
    w.length[f] = length


@kernel
def path_point(spine, topology, p, w):
    """Where point p of the paths is now."""
    return position_of(spine.point[p], topology.point_body[p], w)


@kernel
def pull_direction(tail, head):
    """Unit vector from ``head`` to ``tail``, and their distance."""
    dx, dy, dz = tail[0] - head[0], tail[1] - head[1], tail[2] - head[2]
    distance = math.sqrt(dx * dx + dy * dy + dz * dz)
    inverse = 1.0 / distance
    return (dx * inverse, dy * inverse, dz * inverse), distance


@kernel
def distance(one, other):
    """Distance of two points."""
    dx, dy, dz = one[0] - other[0], one[1] - other[1], one[2] - other[2]
    return math.sqrt(dx * dx + dy * dy + dz * dz)


@kernel
def moment_of(position, force):
    """Moment of ``force`` at ``position`` about the origin."""
    x, y, z = force
    return position[1] * z - position[2] * y, position[2] * x - position[0] * z, position[0] * y - position[1] * x


@kernel
def add_at_joint(j, force, moment, w):
    """Add a force with its ``moment`` about the origin, acting on the cranial side of joint j, in its disc frame, to the unit column.

    About the disc centre c the moment along an axis d is ``d . moment + (c x d) . force``.
    """
    d, lever = w.disc_frame[j], w.disc_lever[j]
    for axis in range(3):
        along = fma(d[2, axis], force[2], fma(d[1, axis], force[1], d[0, axis] * force[0]))
        about = fma(d[2, axis], moment[2], fma(d[1, axis], moment[1], d[0, axis] * moment[0]))
        about = fma(lever[2, axis], force[2], fma(lever[1, axis], force[1], fma(lever[0, axis], force[0], about)))
        w.unit_force[3 * j + axis] += along
        w.unit_moment[HIP_ROWS + 3 * j + axis] += about


@kernel
def _add_at_hip(side, position, force, w):
    """Add the moment of ``force`` on the pelvis about a hip: extension (+z) and abduction of that side."""
    hip, r = w.hip[side], w.rotation[0]
    x, y, z = moment_of((position[0] - hip[0], position[1] - hip[1], position[2] - hip[2]), force)
    w.unit_moment[2 * side] += r[0, 2] * x + r[1, 2] * y + r[2, 2] * z
    w.unit_moment[2 * side + 1] += r[0, 0] * x + r[1, 0] * y + r[2, 0] * z


@kernel
def strut_columns(w):
    """Abdominal pressure as a strut that pushes along its polyline: columns for one newton of push."""
    begin_column(w)
    for j in range(JOINT_COUNT):
        (x, y, z), _ = pull_direction(w.strut[j], w.strut[j + 1])
        push = (-x, -y, -z)
        add_at_joint(j, push, moment_of(w.strut[j + 1], push), w)
    for k in range(MOMENTS):
        w.strut_moment[k] = w.unit_moment[k]
    for k in range(FORCES):
        w.strut_force[k] = w.unit_force[k]


@kernel
def begin_column(w):
    """Empty the unit column."""
    for k in range(MOMENTS):
        w.unit_moment[k] = 0.0
    for k in range(FORCES):
        w.unit_force[k] = 0.0
