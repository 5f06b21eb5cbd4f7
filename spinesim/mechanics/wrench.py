"""External forces: weight and inertia of every body, arms, loads, pack and rests, gathered per body.

Each force rides on its body: ``w.body_force[b]`` and ``w.body_moment[b]`` are its sum and its moment about the
image of the neutral origin on that body, constant while the discs move by millimetres.
"""

from __future__ import annotations

import math

from spinesim.mechanics.arms import place_arms
from spinesim.mechanics.jit import kernel
from spinesim.mechanics.kinematics import carry, place
from spinesim.mechanics.lanes import select
from spinesim.mechanics.paths import add_at_joint, begin_column, moment_of
from spinesim.mechanics.rotations import apply_transposed, cross
from spinesim.model.layout import (
    BACKREST,
    CONTACT_FORCE,
    ELBOWS,
    FLEXION_ACCELERATION,
    FLEXION_RATE,
    GRAVITY,
    HIP_ADVANCE,
    HIP_RISE,
    JOINT_COUNT,
    LIFT_ACCELERATION,
    PELVIC_ACCELERATION,
    PELVIC_RATE,
)


@kernel
def external(spine, case, w):
    """Gather all external forces of a case. Returns False where the hands cannot reach."""
    place(spine, spine.settled, w)
    reached = place_arms(spine, case.arms, case.reach, w)
    _accelerate(spine, case.motion, case.gravity, w)
    gravity, counts = case.gravity, case.gravity[3]
    force = w.v[3]
    for b in range(7):
        for i in range(3):
            w.body_force[b, i] = 0.0
            w.body_moment[b, i] = 0.0
        carry(spine.body_centre[b], b, w, w.v[4])
        _acceleration_at(b, w.v[4], w, w.v[5])
        for i in range(3):
            force[i] = spine.body_mass[b] * (counts * GRAVITY * gravity[i] - w.v[5][i])
        add_force(b, w.v[4], force, w)
        for i in range(3):
            w.body_moment[b, i] -= spine.body_inertia[b] * w.spin_rate[b, i]
    for side in range(2):
        _hang_arm(spine, case, side, w)
    carry(spine.pack_centre, 6, w, w.v[4])
    _weight(case.pack_mass, 1.0, 0.0, gravity, w.v[4], w.v[4], w)
    return reached


@kernel
def _hang_arm(spine, case, side, w):
    """Weight of one arm, load and force on its hand, and what an arm rest carries."""
    gravity, counts = case.gravity, case.gravity[3]
    centre = w.v[4]
    for part in range(2):
        near = w.shoulder[side] if part == 0 else w.elbow[side]
        far = w.elbow[side] if part == 0 else w.grip[side]
        share = spine.arm_centre[part]
        if part == 1:  # the forearm ends at the wrist, short of the grip
            share *= spine.arm_length[1] / (spine.arm_length[1] + spine.arm_length[2])
        for i in range(3):
            centre[i] = near[i] + share * (far[i] - near[i])
        _weight(spine.arm_mass[part], counts, 0.0, gravity, centre, w.shoulder[side], w)
    _weight(spine.arm_mass[2], counts, 0.0, gravity, w.grip[side], w.shoulder[side], w)
    _weight(case.hand_mass[side], 1.0, case.motion[LIFT_ACCELERATION], gravity, w.grip[side], w.shoulder[side], w)
    add_force(6, w.grip[side], case.hand_force[side], w)
    force = w.v[3]
    force[0], force[1], force[2] = 0.0, 0.5 * case.armrest * spine.weight, 0.0
    add_force(6, w.shoulder[side], force, w)


@kernel
def _weight(mass, counts, lift, gravity, position, bearer, w):
    """Weight and inertia of ``mass`` that moves with the point ``bearer`` of the thorax and is lifted at ``lift`` m/s2 besides.

    Arms keep their angles to the vertical, so they move with the shoulder and do not turn with the trunk.
    """
    force = w.v[3]
    _acceleration_at(6, bearer, w, w.v[5])
    for i in range(3):
        force[i] = mass * (counts * (GRAVITY + lift) * gravity[i] - w.v[5][i])
    add_force(6, position, force, w)


@kernel
def add_force(body, position, force, w):
    """Add ``force`` at the present ``position`` to a body's sums."""
    arm, moment = w.v[1], w.v[2]
    for i in range(3):
        arm[i] = position[i] - w.shift[body, i]
        w.body_force[body, i] += force[i]
    cross(arm, force, moment)
    for i in range(3):
        w.body_moment[body, i] += moment[i]


@kernel
def _accelerate(spine, motion, gravity, w):
    """Angular velocity and acceleration of every body and the acceleration of its origin, pelvis turning about the moving hips.

    Also the joint rates in the disc frames, for the force-velocity law.
    """
    axis, term = w.v[1], w.v[2]
    for i in range(3):
        w.spin[0, i] = -motion[PELVIC_RATE] * w.rotation[0, i, 2]
        w.spin_rate[0, i] = -motion[PELVIC_ACCELERATION] * w.rotation[0, i, 2]
        w.origin_acceleration[0, i] = 0.0
        w.v[4][i] = w.shift[0, i] - 0.5 * (w.hip[0, i] + w.hip[1, i])
    _swing(0, w.v[4], w, w.v[5])
    for i in range(3):
        w.origin_acceleration[0, i] = w.v[5][i]
    _accelerate_hips(motion, gravity, w)
    for j in range(JOINT_COUNT):
        rate = -motion[FLEXION_RATE] * spine.share[j, 0]
        for i in range(3):
            axis[i] = w.rotation[j, i, 2]
        cross(w.spin[j], axis, term)
        for i in range(3):
            w.spin[j + 1, i] = w.spin[j, i] + rate * axis[i]
            w.spin_rate[j + 1, i] = w.spin_rate[j, i] - motion[FLEXION_ACCELERATION] * spine.share[j, 0] * axis[i] + rate * term[i]
        apply_transposed(w.disc_frame[j], axis, term)
        for i in range(3):
            w.joint_rate[3 * j + i] = rate * term[i]
        _acceleration_at(j, w.joint[j], w, w.v[6])
        for i in range(3):
            w.v[4][i] = w.shift[j + 1, i] - w.joint[j, i]
        _swing(j + 1, w.v[4], w, w.v[5])
        for i in range(3):
            w.origin_acceleration[j + 1, i] = w.v[6][i] + w.v[5][i]


@kernel
def _accelerate_hips(motion, gravity, w):
    """Add the acceleration of the hips: against gravity, and level to where the pelvis faces (nowhere if its right side points up)."""
    forward = w.v[1]
    for i in range(3):
        w.v[2][i] = w.rotation[0, i, 2]
    cross(w.v[2], gravity, forward)
    norm = math.sqrt(forward[0] * forward[0] + forward[1] * forward[1] + forward[2] * forward[2])
    level = select(norm > 1e-9, motion[HIP_ADVANCE] / norm, 0.0)
    for i in range(3):
        w.origin_acceleration[0, i] += level * forward[i] - motion[HIP_RISE] * gravity[i]


@kernel
def _swing(body, arm, w, out):
    """Acceleration of a point at ``arm`` from a point at rest of a turning body."""
    first, second = w.v[7], w.v[8]
    cross(w.spin[body], arm, first)
    cross(w.spin[body], first, second)
    cross(w.spin_rate[body], arm, first)
    for i in range(3):
        out[i] = first[i] + second[i]


@kernel
def _acceleration_at(body, position, w, out):
    """Acceleration of the point of ``body`` that is now at ``position``."""
    for i in range(3):
        w.v[9][i] = position[i] - w.shift[body, i]
    _swing(body, w.v[9], w, out)
    for i in range(3):
        out[i] += w.origin_acceleration[body, i]


@kernel
def joint_wrench(w):
    """Sum of external forces cranial of every joint, about its centre and in its disc frame: ``w.load_force``, ``w.load_moment``."""
    force, moment, arm, term = w.v[1], w.v[2], w.v[3], w.v[4]
    for i in range(3):
        force[i] = 0.0
        moment[i] = 0.0
    for j in range(JOINT_COUNT - 1, -1, -1):
        _add_body(j + 1, force, moment, w)
        cross(w.joint[j], force, term)
        for i in range(3):
            arm[i] = moment[i] - term[i]
        apply_transposed(w.disc_frame[j], force, w.load_force[j])
        apply_transposed(w.disc_frame[j], arm, w.load_moment[j])
    _add_body(0, force, moment, w)
    for side in range(2):
        cross(w.hip[side], force, term)
        for i in range(3):
            arm[i] = moment[i] - term[i]
        apply_transposed(w.rotation[0], arm, w.hip_load[side])
    apply_transposed(w.rotation[0], force, w.hip_force)


@kernel
def _add_body(body, force, moment, w):
    """Add a body's force, and its moment about the fixed origin."""
    cross(w.shift[body], w.body_force[body], w.v[5])
    for i in range(3):
        force[i] += w.body_force[body, i]
        moment[i] += w.body_moment[body, i] + w.v[5][i]


@kernel
def contact_points(spine, w):
    """Where the free supports meet the thorax, in its neutral coordinates, and their directions."""
    for i in range(3):
        w.contact_point[BACKREST, i] = spine.seat_back[i]
        w.contact_direction[BACKREST, i] = w.rotation[6, i, 0]
        w.v[1][i] = 0.5 * (w.elbow[0, i] + w.elbow[1, i]) - w.shift[6, i]
    for k in range(ELBOWS, 3):
        apply_transposed(w.rotation[6], w.v[1], w.contact_point[k])
        w.contact_direction[k, 0], w.contact_direction[k, 1], w.contact_direction[k, 2] = 0.0, 1.0, 0.0


@kernel
def contact_column(k, w):
    """Unit column of one free support: ``CONTACT_FORCE`` newtons on the thorax."""
    begin_column(w)
    carry(w.contact_point[k], 6, w, w.v[7])
    direction = w.contact_direction[k]
    force = (CONTACT_FORCE * direction[0], CONTACT_FORCE * direction[1], CONTACT_FORCE * direction[2])
    moment = moment_of(w.v[7], force)
    for j in range(JOINT_COUNT):
        add_at_joint(j, force, moment, w)
