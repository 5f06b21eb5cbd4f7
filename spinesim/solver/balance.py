"""The 40 equations at given disc translations: columns, targets and force residuals."""

from __future__ import annotations

from spinesim.mechanics import hip, joint, kinematics, muscle, paths, wrench
from spinesim.mechanics.jit import kernel
from spinesim.mechanics.linear import invert_symmetric
from spinesim.model.layout import (
    FORCE_ROWS,
    HIP_ROWS,
    IS_TONIC,
    JOINT_COUNT,
    LOWER,
    PRESSURE_GAIN,
    ROWS,
    UPPER,
)

FREE_CONTACT = 5.0  # upper bound of a support that is present, in units of CONTACT_FORCE


@kernel
def set_up(spine, topology, case, w):
    """Everything that the disc translations do not change. Returns False where the hands cannot reach."""
    kinematics.orient(spine, case.pelvis, case.lumbar, case.legs, w)
    joint.prepare(spine, w)
    reached = wrench.external(spine, case, w)
    wrench.contact_points(spine, w)
    muscles = topology.fascicles
    for f in range(muscles):
        law = spine.fascicle[f]
        w.lower[f] = min(law[LOWER] * (case.tone if law[IS_TONIC] > 0.5 else 1.0), law[UPPER])
        w.upper[f] = law[UPPER]
    for k in range(w.lower.shape[0] - muscles):
        w.lower[muscles + k] = 0.0
        w.upper[muscles + k] = FREE_CONTACT * case.support[k]
    return reached


@kernel
def evaluate(spine, topology, case, w):
    """Columns, targets and passive forces at ``w.translation``; returns the smallest pivot of the joints' stiffness."""
    kinematics.place(spine, w.translation, w)
    kinematics.locate_points(spine, topology, w)
    paths.unit_columns(spine, topology, w)
    paths.strut_columns(w)
    muscle.fascicle_forces(spine, topology, w.joint_rate, w)
    muscle.passive_wrench(topology, w)
    for k in range(3):
        wrench.contact_column(k, topology.fascicles + k, w)
    _activate_columns(spine, topology, case.stance, w)
    wrench.joint_wrench(w)
    hip.demand(spine, case.stance, case.legs, case.gravity, w)
    pivot = 1e300
    for j in range(JOINT_COUNT):
        joint.passive_force(spine, j, w.translation[j], w)
        pivot = min(pivot, invert_symmetric(w.joint_stiffness[j], w.joint_flexibility[j]))
    for k in range(HIP_ROWS):
        w.target[k] = w.hip_demand[k] - case.stance[k] * w.passive_moment[k]
    for j in range(JOINT_COUNT):
        for i in range(3):
            k = HIP_ROWS + 3 * j + i
            w.target[k] = w.joint_moment[j, i] - w.load_moment[j, i] - w.passive_moment[k]
    return pivot


@kernel
def _activate_columns(spine, topology, stance, w):
    """Columns per unit activation: active force along the path, and the abdominal pressure that comes with it."""
    muscles = topology.fascicles
    for f in range(w.activation.shape[0]):
        gain = w.gain[f] if f < muscles else 1.0
        push = spine.fascicle[f, PRESSURE_GAIN] * spine.strut_area if f < muscles else 0.0
        for k in range(topology.row_low[f], topology.row_high[f]):
            used = stance[k] if k < HIP_ROWS else 1.0
            w.active_moment[f, k] = used * (gain * w.unit_moment[f, k] + push * w.strut_moment[k])
        for k in range(3 * topology.joint_low[f], 3 * topology.joint_high[f]):
            w.active_force[f, k] = gain * w.unit_force[f, k] + push * w.strut_force[k]


@kernel
def unbalanced_force(topology, w):
    """``w.force_residual`` = external + passive + active - internal force of every joint; returns its largest component."""
    r = w.force_residual
    for j in range(JOINT_COUNT):
        for i in range(3):
            k = 3 * j + i
            r[k] = w.load_force[j, i] + w.passive_force[k] - w.joint_force[j, i]
    for f in range(w.activation.shape[0]):
        a = w.activation[f]
        for k in range(3 * topology.joint_low[f], 3 * topology.joint_high[f]):
            r[k] += w.active_force[f, k] * a
    largest = 0.0
    for k in range(FORCE_ROWS):
        largest = max(largest, abs(r[k]))
    return largest


@kernel
def response_matrix(topology, stiffness, w):
    """``w.response = G diag(slope) A^T``: how muscle force at the joints follows the multipliers."""
    for i in range(FORCE_ROWS):
        for k in range(ROWS):
            w.response[i, k] = w.cap_force[i] * w.cap_moment[k] / stiffness if stiffness > 0.0 else 0.0
    for f in range(w.activation.shape[0]):
        if w.slope[f] > 0.0:
            for i in range(3 * topology.joint_low[f], 3 * topology.joint_high[f]):
                scaled = w.slope[f] * w.active_force[f, i]
                for k in range(topology.row_low[f], topology.row_high[f]):
                    w.response[i, k] += scaled * w.active_moment[f, k]
