"""Independent check: every vertebra cut free, all forces on it added up in the global frame.

The solver works with sums over everything cranial of a joint and with columns per joint. Here each body is balanced by
itself, from the tensions at path points, the push along the abdominal strut, the external forces and the joints' forces.
"""

from __future__ import annotations

import math

from spinesim.mechanics.jit import kernel
from spinesim.mechanics.kinematics import carry
from spinesim.mechanics.rotations import apply, cross
from spinesim.model.layout import CONTACT_FORCE, JOINT_COUNT, PRESSURE_GAIN, TWIST_ROW
from spinesim.solver.balance import x_row


@kernel
def free_body_residual(spine, topology, reserve, w):
    """Largest unbalanced force and moment (about the joint below) over the vertebrae and the thorax."""
    for b in range(7):
        for i in range(3):
            w.free_force[b, i] = w.body_force[b, i]
            w.free_moment[b, i] = w.body_moment[b, i]
        cross(w.shift[b], w.body_force[b], w.v[1])
        for i in range(3):
            w.free_moment[b, i] += w.v[1][i]
    _tensions(spine, topology, w)
    _joints(reserve, w)
    for k in range(3):
        a = w.activation[topology.fascicles + k]
        for i in range(3):
            w.v[3][i] = CONTACT_FORCE * a * w.contact_direction[k, i]
        carry(w.contact_point[k], 6, w, w.v[4])
        _push(6, w.v[4], w.v[3], 1.0, w)
    force, moment = 0.0, 0.0
    for b in range(1, 7):
        cross(w.joint[b - 1], w.free_force[b], w.v[1])
        for i in range(3):
            force = max(force, abs(w.free_force[b, i]))
            moment = max(moment, abs(w.free_moment[b, i] - w.v[1][i]))
    return force, moment


@kernel
def _tensions(spine, topology, w):
    """Every segment of every fascicle pulls its two points together; abdominal pressure pushes the strut's apart."""
    pressure = 0.0
    for f in range(topology.fascicles):
        tension = w.gain[f] * w.activation[f] + w.passive[f]
        pressure += spine.fascicle[f, PRESSURE_GAIN] * w.activation[f]
        for s in range(topology.segment_start[f], topology.segment_start[f + 1]):
            tail, head = topology.segment_tail[s], topology.segment_head[s]
            _pair(topology.point_body[tail], w.point[tail], topology.point_body[head], w.point[head], tension, w)
    for b in range(JOINT_COUNT):
        _pair(b, w.strut[b], b + 1, w.strut[b + 1], -pressure * spine.strut_area, w)


@kernel
def _pair(body, position, other_body, other, tension, w):
    """A string of ``tension`` between two points."""
    length = 0.0
    for i in range(3):
        w.v[3][i] = other[i] - position[i]
        length += w.v[3][i] * w.v[3][i]
    scale = tension / math.sqrt(length)
    for i in range(3):
        w.v[3][i] *= scale
    _push(body, position, w.v[3], 1.0, w)
    _push(other_body, other, w.v[3], -1.0, w)


@kernel
def _push(body, position, force, sign, w):
    """Add a force to a body of the chain; legs are not balanced here."""
    if body < 7:
        cross(position, force, w.v[1])
        for i in range(3):
            w.free_force[body, i] += sign * force[i]
            w.free_moment[body, i] += sign * w.v[1][i]


@kernel
def _joints(reserve, w):
    """Each joint's force and couple, and the reserve moment if there is one, on the body above and reversed below."""
    for j in range(JOINT_COUNT):
        apply(w.disc_frame[j], w.joint_force[j], w.v[3])
        w.v[2][0] = reserve * w.multiplier[x_row(j)] - w.joint_moment[j, 0]
        w.v[2][1] = reserve * w.multiplier[TWIST_ROW] / JOINT_COUNT - w.joint_moment[j, 1]
        w.v[2][2] = reserve * w.multiplier[x_row(j) + 1] - w.joint_moment[j, 2]
        apply(w.disc_frame[j], w.v[2], w.v[4])
        _push(j + 1, w.joint[j], w.v[3], -1.0, w)
        _push(j, w.joint[j], w.v[3], 1.0, w)
        for i in range(3):
            w.free_moment[j + 1, i] += w.v[4][i]
            w.free_moment[j, i] -= w.v[4][i]
