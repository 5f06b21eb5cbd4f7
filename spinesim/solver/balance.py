"""The equations at given disc translations and twists: columns, targets and residuals."""

from __future__ import annotations

from spinesim.mechanics import hip, joint, kinematics, muscle, paths, wrench
from spinesim.mechanics.jit import kernel
from spinesim.mechanics.lanes import any_lane, fma, select
from spinesim.mechanics.linear import invert_symmetric
from spinesim.model.layout import FORCES, FREE, HIP_ROWS, IS_TONIC, JOINT_COUNT, LOWER, MOMENTS, PRESSURE_GAIN, ROWS, TWIST_ROW, UPPER
from spinesim.solver.recruitment import CONTACT_WEIGHT

FREE_CONTACT = 5.0  # upper bound of a support that is present, in units of CONTACT_FORCE


@kernel
def set_up(spine, topology, case, w):
    """Everything that the joints' own motion does not change. Returns False where the hands cannot reach."""
    kinematics.prescribe(spine, case.pelvis, case.lumbar, case.legs, w)
    for j in range(JOINT_COUNT):
        w.twist[j] = 0.0
    kinematics.orient(spine, w)
    muscles = topology.fascicles
    for f in range(muscles):
        law = spine.fascicle[f]
        w.lower[f] = min(law[LOWER] * select(law[IS_TONIC] > 0.5, case.tone, 1.0), law[UPPER])
        w.upper[f] = law[UPPER]
    for k in range(w.lower.shape[0] - muscles):
        w.lower[muscles + k] = 0.0
        w.upper[muscles + k] = FREE_CONTACT * case.support[k]
    w.contact_weight = CONTACT_WEIGHT
    return wrench.external(spine, case, w)


@kernel
def evaluate(spine, topology, case, renew, w):
    """Columns, targets and passive forces at ``w.translation`` and ``w.twist``; returns the smallest pivot of the joints' stiffness.

    ``renew`` as of :func:`stand`.
    """
    pivot = stand(spine, case, renew, w)
    muscle_columns(spine, topology, case.stance, w)
    for k in range(3):
        wrench.contact_column(k, w)
        _active_column(topology, case.stance, topology.fascicles + k, 1.0, 0.0, w)
    for k in range(HIP_ROWS):
        w.target[k] = w.hip_demand[k] - case.stance[k] * w.passive_moment[k]
    w.target[TWIST_ROW] = 0.0
    for j in range(JOINT_COUNT):
        w.target[TWIST_ROW] += _wanted(j, 1, w)
        w.target[x_row(j)] = _wanted(j, 0, w)
        w.target[x_row(j) + 1] = _wanted(j, 2, w)
    return pivot


@kernel
def stand(spine, case, renew, w):
    """Bodies, loads and joints, all but the muscles, at ``w.translation`` and ``w.twist``; returns the joints' smallest pivot.

    How joints follow their twists enters the Jacobian alone, and so is worth its cost only where that is to be renewed (``renew``).
    """
    kinematics.orient(spine, w)
    wrench.external(spine, case, w)
    wrench.contact_points(spine, w)
    kinematics.place(spine, w.translation, w)
    kinematics.locate_strut(spine, w)
    paths.strut_columns(w)
    wrench.joint_wrench(w)
    hip.demand(spine, case.stance, case.legs, case.gravity, w)
    pivot = 1e300
    for j in range(JOINT_COUNT):
        joint.passive_response(spine, j, w.translation[j], renew, w)
        pivot = min(pivot, invert_symmetric(w.joint_stiffness[j], w.joint_flexibility[j]))
    return pivot


@kernel
def x_row(j):
    """Equation row of joint j's moment about x; that about z is the next."""
    return TWIST_ROW + 1 + 2 * j


@kernel
def _wanted(j, axis, w):
    """Moment that active muscle must supply at joint j: internal less external less passive muscle."""
    return w.joint_moment[j, axis] - w.load_moment[j, axis] - w.passive_moment[HIP_ROWS + 3 * j + axis]


@kernel
def muscle_columns(spine, topology, stance, w):
    """Path, forces and columns of every fascicle, one after the other, so that a column is used while it is near."""
    for k in range(MOMENTS):
        w.passive_moment[k] = 0.0
    for k in range(FORCES):
        w.passive_force[k] = 0.0
    hill, moving = muscle.shapes(spine.hill), muscle.is_moving(w.joint_rate)
    for f in range(topology.fascicles):
        paths.unit_column(spine, topology, f, w)
        muscle.fascicle_force(spine, f, hill, w)
        if any_lane(moving):
            muscle.shorten(spine, f, hill, muscle.lengthening(topology, f, w), w)
        muscle.add_passive(topology, f, w)
        _active_column(topology, stance, f, w.gain[f], spine.fascicle[f, PRESSURE_GAIN] * spine.strut_area, w)


@kernel
def renew_columns(spine, topology, stance, inert, wanted, w):
    """Make the columns anew of those fascicles and supports whose slopes changed by more than ``inert``, where ``wanted``."""
    for f in range(w.activation.shape[0]):
        least = inert * w.slope[f]
        changed = (abs(w.slope[f] - w.counted[f]) > least) | (abs(w.slope[f] - w.answered[f]) > least)
        if any_lane(wanted & changed):
            if f < topology.fascicles:
                paths.unit_column(spine, topology, f, w)
                _active_column(topology, stance, f, w.gain[f], spine.fascicle[f, PRESSURE_GAIN] * spine.strut_area, w)
            else:
                wrench.contact_column(f - topology.fascicles, w)
                _active_column(topology, stance, f, 1.0, 0.0, w)


@kernel
def _active_column(topology, stance, f, gain, push, w):
    """Column per unit activation, from the unit column: active force along the path, and the abdominal pressure that comes with it.

    ``w.active_moment`` (columns, 17) for recruitment, ``w.active_free`` (columns, 24) for the joints: force x, y, z, moment y.
    """
    for k in range(topology.row_low[f], min(topology.row_high[f], HIP_ROWS)):
        w.active_moment[f, k] = stance[k] * gain * w.unit_moment[k]
    if topology.joint_high[f] == topology.joint_low[f]:
        return
    for k in range(TWIST_ROW, x_row(topology.joint_low[f])):
        w.active_moment[f, k] = 0.0
    twisting = 0.0
    for j in range(topology.joint_low[f], topology.joint_high[f]):
        m, g = HIP_ROWS + 3 * j, 3 * j
        for i in range(3):
            w.active_free[f, 4 * j + i] = fma(push, w.strut_force[g + i], gain * w.unit_force[g + i])
        about_y = fma(push, w.strut_moment[m + 1], gain * w.unit_moment[m + 1])
        w.active_free[f, 4 * j + 3] = about_y
        twisting += about_y
        w.active_moment[f, x_row(j)] = fma(push, w.strut_moment[m], gain * w.unit_moment[m])
        w.active_moment[f, x_row(j) + 1] = fma(push, w.strut_moment[m + 2], gain * w.unit_moment[m + 2])
    w.active_moment[f, TWIST_ROW] = twisting


@kernel
def unbalanced(topology, reserve, w):
    """``w.free_residual`` = external + passive + active - internal force and twisting moment of every joint.

    Returns the largest force, and the largest moment in it. A reserve of twist is shared alike by the joints.
    """
    r = w.free_residual
    for j in range(JOINT_COUNT):
        for i in range(3):
            r[4 * j + i] = w.load_force[j, i] + w.passive_force[3 * j + i] - w.joint_force[j, i]
        r[4 * j + 3] = reserve * w.multiplier[TWIST_ROW] / JOINT_COUNT - _wanted(j, 1, w)
    for f in range(w.activation.shape[0]):
        a = w.activation[f]
        for k in range(4 * topology.joint_low[f], 4 * topology.joint_high[f]):
            r[k] = fma(w.active_free[f, k], a, r[k])
    force, moment = 0.0, 0.0
    for j in range(JOINT_COUNT):
        for i in range(3):
            force = max(force, abs(r[4 * j + i]))
        moment = max(moment, abs(r[4 * j + 3]))
    return force, moment


@kernel
def begin_response(wanted, w):
    """Empty ``w.muscle_response`` where ``wanted``: no slope is answered in it."""
    for i in range(FREE):
        for k in range(ROWS):
            w.muscle_response[i, k] = select(wanted, 0.0, w.muscle_response[i, k])
    for f in range(w.activation.shape[0]):
        w.answered[f] = select(wanted, 0.0, w.answered[f])


@kernel
def update_response(topology, softness, reserve, inert, wanted, w):
    """``w.response = G diag(slope) A^T``: how muscle force and twist at the joints follow the multipliers.

    As :func:`~spinesim.solver.recruitment.update_normal`, only slopes that changed by more than ``inert`` are added, where ``wanted``.
    """
    for f in range(w.activation.shape[0]):
        change = w.slope[f] - w.answered[f]
        changed = wanted & (abs(change) > inert * w.slope[f])
        if any_lane(changed):
            change = select(changed, change, 0.0)
            w.answered[f] += change
            for i in range(4 * topology.joint_low[f], 4 * topology.joint_high[f]):
                scaled = change * w.active_free[f, i]
                for k in range(topology.row_low[f], topology.row_high[f]):
                    w.muscle_response[i, k] = fma(scaled, w.active_moment[f, k], w.muscle_response[i, k])
    cap = select(softness > 0.0, 1.0 / softness, 0.0)
    for i in range(FREE):
        for k in range(ROWS):
            w.response[i, k] = fma(w.cap_free[i] * w.cap_moment[k], cap, w.muscle_response[i, k])
    for j in range(JOINT_COUNT):
        w.response[4 * j + 3, TWIST_ROW] += reserve / JOINT_COUNT
