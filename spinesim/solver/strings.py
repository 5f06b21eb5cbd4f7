"""Muscles as strings: their activations, and what they do to joints and hips, without a column for every muscle.

A string pulls what is cranial of it with a force f that has the moment M about the origin. At the prices m_j of the moments of the
joints that it crosses (disc frames D_j, centres c_j) its pull is worth

    sum_j (M - c_j x f) . D_j m_j = M . Y + f . R,     Y = sum_j D_j m_j,   R = sum_j c_j x D_j m_j

and running sums over the joints give Y and R of any stretch of them. The same way back, a string's force and moment enter where it begins
and leave where it ends, and a running sum over the joints gives what each has to bear. So a string costs the same however many joints it
crosses; columns are only needed for the matrices of a Newton step.
"""

from __future__ import annotations

from spinesim.mechanics import muscle
from spinesim.mechanics.jit import kernel
from spinesim.mechanics.kinematics import position_of
from spinesim.mechanics.lanes import any_lane, fma
from spinesim.mechanics.paths import moment_of, path_point, pull_direction
from spinesim.model.layout import CONTACT_FORCE, FREE, HIP_ROWS, JOINT_COUNT, PRESSURE_GAIN, RIGID_LENGTH, ROWS, TWIST_ROW
from spinesim.solver.balance import x_row
from spinesim.solver.recruitment import activate_one

HIPS = JOINT_COUNT + 1  # where prices and sums of the two hips stand, behind those of the joints


@kernel
def pull_strings(spine, topology, stance, power, w):
    """Activations at the multipliers ``w.multiplier`` (p = 2 or 3), and all muscle forces and moments.

    ``w.muscle_force`` (18,) and ``w.muscle_moment`` (22,) are the sums of active and passive muscle, supports and abdominal pressure.
    """
    hill, moving = muscle.shapes(spine.hill), muscle.is_moving(w.joint_rate)
    _price_moments(spine, stance, w)
    _price_rates(w)
    for k in range(HIPS + 2):
        for i in range(6):
            w.entering[k, i] = 0.0
    pressure = 0.0
    for f in range(topology.fascicles):
        start, stop = topology.segment_start[f], topology.segment_start[f + 1]
        pull = _stretch(spine, topology, f, w)
        muscle.fascicle_force(spine, f, hill, w)
        if any_lane(moving):
            muscle.shorten(spine, f, hill, _lengthening(topology, f, w), w)
        w.pull[f] = fma(w.gain[f], pull, spine.fascicle[f, PRESSURE_GAIN] * w.strut_price)
        activate_one(spine, topology, power, f, 1.0, w)
        pressure = fma(spine.fascicle[f, PRESSURE_GAIN], w.activation[f], pressure)
        tension = fma(w.gain[f], w.activation[f], w.passive[f])
        for s in range(start, stop):
            _enter(topology.segment_low[s], topology.segment_high[s], tension, w.string[s - start], w)
            if topology.segment_hip[s] >= 0:
                for i in range(6):
                    hip = w.entering[HIPS + topology.segment_hip[s]]
                    hip[i] = fma(tension, w.string[s - start, i], hip[i])
    for k in range(3):
        _support(spine, topology, power, k, w)
    _share_out(pressure * spine.strut_area, w)


@kernel
def _price(vector, centre, before, out):
    """``out`` (6,): ``before`` and a price ``vector`` of moments about ``centre``, as prices of moments about the origin and of forces."""
    x, y, z = vector
    out[0], out[1], out[2] = before[0] + x, before[1] + y, before[2] + z
    out[3] = before[3] + (centre[1] * z - centre[2] * y)
    out[4] = before[4] + (centre[2] * x - centre[0] * z)
    out[5] = before[5] + (centre[0] * y - centre[1] * x)


@kernel
def _turned(frame, x, y, z):
    """Global components of (x, y, z) along the columns of ``frame``."""
    a = fma(frame[0, 2], z, fma(frame[0, 1], y, frame[0, 0] * x))
    b = fma(frame[1, 2], z, fma(frame[1, 1], y, frame[1, 0] * x))
    c = fma(frame[2, 2], z, fma(frame[2, 1], y, frame[2, 0] * x))
    return a, b, c


@kernel
def _price_moments(spine, stance, w):
    """Running prices of the joints, those of the hips, and that of a pascal of abdominal pressure, from the multipliers."""
    m = w.multiplier
    for i in range(6):
        w.price[0, i] = 0.0
        w.nothing[i] = 0.0
    w.strut_price = 0.0
    for j in range(JOINT_COUNT):
        x, y, z = m[x_row(j)], m[TWIST_ROW], m[x_row(j) + 1]
        _price(_turned(w.disc_frame[j], x, y, z), w.joint[j], w.price[j], w.price[j + 1])
        s = HIP_ROWS + 3 * j
        w.strut_price += w.strut_moment[s] * x + w.strut_moment[s + 1] * y + w.strut_moment[s + 2] * z
    w.strut_price *= spine.strut_area
    for side in range(2):
        extension, abduction = stance[2 * side] * m[2 * side], stance[2 * side + 1] * m[2 * side + 1]
        _price(_turned(w.rotation[0], abduction, 0.0, extension), w.hip[side], w.nothing, w.price[HIPS + side])


@kernel
def _price_rates(w):
    """Running prices that make the worth of a string its rate of shortening: joint rates in the place of multipliers."""
    for i in range(6):
        w.rate_price[0, i] = 0.0
    for j in range(JOINT_COUNT):
        turning = _turned(w.disc_frame[j], w.joint_rate[3 * j], w.joint_rate[3 * j + 1], w.joint_rate[3 * j + 2])
        _price(turning, w.joint[j], w.rate_price[j], w.rate_price[j + 1])


@kernel
def _stretch(spine, topology, f, w):
    """Length of fascicle f, and force and moment of each of its pieces at one newton into ``w.string``.

    Returns what its pull is worth.
    """
    length, pull = spine.fascicle[f, RIGID_LENGTH], 0.0
    start = topology.segment_start[f]
    for s in range(start, topology.segment_start[f + 1]):
        head = path_point(spine, topology, topology.segment_head[s], w)
        force, distance = pull_direction(path_point(spine, topology, topology.segment_tail[s], w), head)
        string = w.string[s - start]
        string[0], string[1], string[2] = moment_of(head, force)
        string[3], string[4], string[5] = force
        length += distance
        low, high = topology.segment_low[s], topology.segment_high[s]
        for i in range(6):
            pull = fma(w.price[high, i] - w.price[low, i], string[i], pull)
        if topology.segment_hip[s] >= 0:
            for i in range(6):
                pull = fma(w.price[HIPS + topology.segment_hip[s], i], string[i], pull)
    w.length[f] = length
    return pull


@kernel
def _lengthening(topology, f, w):
    """Speed (m/s) at which fascicle f, whose pieces are in ``w.string``, becomes longer: minus the worth of its pull at joint rates."""
    speed, start = 0.0, topology.segment_start[f]
    for s in range(start, topology.segment_start[f + 1]):
        low, high = topology.segment_low[s], topology.segment_high[s]
        for i in range(6):
            speed -= (w.rate_price[high, i] - w.rate_price[low, i]) * w.string[s - start, i]
    return speed


@kernel
def _enter(low, high, tension, string, w):
    """A string enters at joint ``low`` and leaves at ``high``."""
    for i in range(6):
        part = tension * string[i]
        w.entering[low, i] += part
        w.entering[high, i] -= part


@kernel
def _support(spine, topology, power, k, w):
    """A free support: a force on the thorax, which all joints bear."""
    position, direction = position_of(w.contact_point[k], 6, w), w.contact_direction[k]
    force = (CONTACT_FORCE * direction[0], CONTACT_FORCE * direction[1], CONTACT_FORCE * direction[2])
    string, f, pull = w.string[0], topology.fascicles + k, 0.0
    string[0], string[1], string[2] = moment_of(position, force)
    string[3], string[4], string[5] = force
    for i in range(6):
        pull = fma(w.price[JOINT_COUNT, i], string[i], pull)
    w.pull[f] = pull
    activate_one(spine, topology, power, f, 1.0, w)
    _enter(0, JOINT_COUNT, w.activation[f], string, w)


@kernel
def _share_out(push, w):
    """What every joint and hip bears of the strings, in its own frame, with the ``push`` (N) of abdominal pressure."""
    run = w.nothing
    for j in range(JOINT_COUNT):
        for i in range(6):
            run[i] += w.entering[j, i]
        moment, force = _about(w.joint[j], run)
        d, s = w.disc_frame[j], 3 * j
        for axis in range(3):
            w.muscle_force[s + axis] = fma(push, w.strut_force[s + axis], _along(d, axis, force))
            w.muscle_moment[HIP_ROWS + s + axis] = fma(push, w.strut_moment[HIP_ROWS + s + axis], _along(d, axis, moment))
    for side in range(2):
        moment, _ = _about(w.hip[side], w.entering[HIPS + side])
        w.muscle_moment[2 * side] = _along(w.rotation[0], 2, moment)
        w.muscle_moment[2 * side + 1] = _along(w.rotation[0], 0, moment)


@kernel
def _about(centre, run):
    """Moment about ``centre``, and force, of a sum of moment about the origin and force."""
    x, y, z = run[3], run[4], run[5]
    mx, my, mz = centre[1] * z - centre[2] * y, centre[2] * x - centre[0] * z, centre[0] * y - centre[1] * x
    return (run[0] - mx, run[1] - my, run[2] - mz), (x, y, z)


@kernel
def _along(frame, axis, vector):
    """Component of a vector along a column of ``frame``."""
    return fma(frame[2, axis], vector[2], fma(frame[1, axis], vector[1], frame[0, axis] * vector[0]))


@kernel
def left_over(stance, w):
    """Residuals of all equations from the sums of :func:`pull_strings`, without reserves: ``w.free_residual`` and ``w.residual``.

    Returns the largest force, the largest twisting moment of a joint, and the largest moment of the posture's equations.
    """
    r, b = w.free_residual, w.residual
    for k in range(HIP_ROWS):
        b[k] = w.hip_demand[k] - stance[k] * w.muscle_moment[k]
    b[TWIST_ROW] = 0.0
    for j in range(JOINT_COUNT):
        s = HIP_ROWS + 3 * j
        for i in range(3):
            r[4 * j + i] = w.load_force[j, i] + w.muscle_force[3 * j + i] - w.joint_force[j, i]
        r[4 * j + 3] = w.load_moment[j, 1] + w.muscle_moment[s + 1] - w.joint_moment[j, 1]
        b[TWIST_ROW] -= r[4 * j + 3]
        b[x_row(j)] = w.joint_moment[j, 0] - w.load_moment[j, 0] - w.muscle_moment[s]
        b[x_row(j) + 1] = w.joint_moment[j, 2] - w.load_moment[j, 2] - w.muscle_moment[s + 2]
    force, twisting, moment = 0.0, 0.0, 0.0
    for k in range(FREE):
        if k % 4 < 3:
            force = max(force, abs(r[k]))
        else:
            twisting = max(twisting, abs(r[k]))
    for k in range(ROWS):
        moment = max(moment, abs(b[k]))
    return force, twisting, moment
