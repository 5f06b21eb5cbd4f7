"""From a solved state to the numbers that users read, in reported units and with levels from cranial to caudal."""

from __future__ import annotations

import math

from spinesim.mechanics.facets import contact
from spinesim.mechanics.jit import kernel
from spinesim.mechanics.kinematics import locate_points
from spinesim.mechanics.lanes import any_lane, select
from spinesim.mechanics.ligaments import span, strand
from spinesim.mechanics.muscle import add_passive
from spinesim.mechanics.paths import unit_column
from spinesim.model.layout import (
    CONTACT_FORCE,
    DISC_AREA,
    GRAVITY,
    HIP_ROWS,
    INTRINSIC_PRESSURE,
    JOINT_COUNT,
    MOMENTS,
    PRESSURE_GAIN,
    PRESSURE_INDEX,
    ROWS,
    TWIST_ROW,
    WEIGHT,
)
from spinesim.solver.balance import x_row
from spinesim.solver.freebody import free_body_residual
from spinesim.solver.recruitment import CUBE, FLOOR, MIN_MAX, SPREAD, weight_of

DEGREES = 180.0 / math.pi
SMALL_MOMENT = 1.0  # N m: below, a share of the load moment says nothing


@kernel
def report(spine, topology, power, reserve, pivot, w, out):
    """Fill the record ``out`` from the state in ``w``."""
    out.smallest_pivot_N_per_m = pivot
    whole(spine, topology, power, reserve, w, out)
    unmet_moments(reserve, w, out)
    weight = 2.0 * (spine.arm_mass[0] + spine.arm_mass[1] + spine.arm_mass[2]) * GRAVITY
    for j in range(JOINT_COUNT - 1, -1, -1):
        level = JOINT_COUNT - 1 - j
        weight += spine.body_mass[j + 1] * GRAVITY
        out.weight_above_N[level] = weight
        net_loads(j, level, w, out)
        disc_loads(spine, j, level, w, out)
        facet_loads(spine, j, level, w, out)
        ligament_loads(spine, topology, j, level, w, out)
        for i in range(3):
            out.translation_mm[level, i] = 1e3 * (w.translation[j, i] - spine.settled[j, i])
            out.rotation_deg[level, i] = DEGREES * (w.joint_angle[j, i] + (w.twist[j] if i == 2 else 0.0))
    for f in range(topology.fascicles):
        out.activation[f] = w.activation[f]
        out.active_force_N[f] = w.gain[f] * w.activation[f]
        out.passive_force_N[f] = w.passive[f]
        out.fibre_length[f] = w.fibre_length[f]


@kernel
def whole(spine, topology, power, reserve, w, out):
    """Residuals, optimality, cost, abdominal pressure, supports and hips."""
    locate_points(spine, topology, w)
    force, moment = free_body_residual(spine, topology, reserve, w)
    for k in range(HIP_ROWS):
        moment = max(moment, abs(w.residual[k]))
    out.residual_force_N, out.residual_moment_Nm = force, moment
    out.kkt = optimality(spine, topology, power, w)
    cost, pressure = 0.0, 0.0
    for f in range(topology.fascicles):
        a, v = w.activation[f], spine.fascicle[f, WEIGHT]
        cost += v * (a * a * a if power == CUBE else a * a)
        pressure += spine.fascicle[f, PRESSURE_GAIN] * a
    out.cost, out.intra_abdominal_pressure_kPa = cost, 1e-3 * pressure
    for k in range(3):
        out.support_force_N[k] = CONTACT_FORCE * w.activation[topology.fascicles + k]
    muscle_moments(spine, topology, w, out)


@kernel
def muscle_moments(spine, topology, w, out):
    """Moments that muscles supply at the hips, and that passive muscle supplies everywhere: ``w.passive_moment``."""
    for side in range(2):
        for axis in range(2):
            out.hip_moment_Nm[side, axis] = 0.0
    for k in range(MOMENTS):
        w.passive_moment[k] = 0.0
    for f in range(topology.fascicles):
        stretched = any_lane(w.passive[f] > 0.0)
        if stretched or topology.moment_low[f] < HIP_ROWS:
            unit_column(spine, topology, f, w)
            add_passive(topology, f, w)
            tension = w.gain[f] * w.activation[f] + w.passive[f]
            for row in range(topology.moment_low[f], min(topology.moment_high[f], HIP_ROWS)):
                side, axis = 1 - row // 2, row % 2  # rows come right first, results left first
                moment = w.unit_moment[row] * tension
                out.hip_moment_Nm[side, axis] += moment if axis == 0 or side == 1 else -moment


@kernel
def unmet_moments(reserve, w, out):
    """Moments of the reserves. The twist is one equation of the whole lumbar spine, shared alike by the joints."""
    unmet = 0.0
    for k in range(ROWS):
        unmet = max(unmet, reserve * abs(w.multiplier[k]))
    out.unmet_moment_Nm = unmet
    for j in range(JOINT_COUNT):
        level = JOINT_COUNT - 1 - j
        out.unmet_joint_moment_Nm[level, 0] = reserve * w.multiplier[x_row(j)]
        out.unmet_joint_moment_Nm[level, 1] = reserve * w.multiplier[TWIST_ROW] / JOINT_COUNT
        out.unmet_joint_moment_Nm[level, 2] = reserve * w.multiplier[x_row(j) + 1]
    for side in range(2):
        for axis in range(2):
            total = reserve * w.multiplier[2 * (1 - side) + axis]  # rows come right first, results left first
            out.unmet_hip_moment_Nm[side, axis] = total if axis == 0 or side == 1 else -total


@kernel
def optimality(spine, topology, power, w):
    """Largest violation of the optimality conditions, over the largest pull: free columns balance cost and pull, bounded ones press on."""
    largest, scale, cap = 0.0, 1e-9, 0.0
    for f in range(topology.fascicles):
        cap = max(cap, select(w.upper[f] > 0.0, w.activation[f] / w.upper[f], 0.0))
    for f in range(w.activation.shape[0]):
        a, v = w.activation[f], weight_of(spine, topology, f, w)
        gradient = 2.0 * v * a
        if f < topology.fascicles and power == CUBE:
            gradient = v * (3.0 * a * a + 2.0 * FLOOR * a)
        if f < topology.fascicles and power == MIN_MAX:
            gradient = 2.0 * SPREAD * v * a
        excess = w.pull[f] - gradient
        top = w.upper[f] * (cap if power == MIN_MAX and f < topology.fascicles else 1.0)
        excess = select(a >= top - 1e-12 * top, min(excess, 0.0), excess)
        excess = select(a <= w.lower[f], max(excess, 0.0), excess)
        largest, scale = max(largest, abs(excess)), max(scale, abs(w.pull[f]))
    return largest / scale


@kernel
def net_loads(j, level, w, out):
    """Joint force as it acts on the vertebra below, and moments, in the mid-plane frame."""
    out.compression_N[level] = -w.joint_force[j, 1]
    out.anterior_shear_N[level] = w.joint_force[j, 0]
    out.lateral_shear_N[level] = w.joint_force[j, 2]
    for i in range(3):
        out.moment_Nm[level, i] = w.joint_moment[j, i]
        out.load_moment_Nm[level, i] = w.load_moment[j, i]
    load = w.load_moment[j, 2]
    passive = w.joint_moment[j, 2] - w.passive_moment[HIP_ROWS + 3 * j + 2]
    out.passive_share[level] = select(abs(load) > SMALL_MOMENT, passive / load, 0.0)


@kernel
def disc_loads(spine, j, level, w, out):
    """What the disc itself carries; pressure from its axial force and its own intrinsic pressure."""
    law = spine.disc[j]
    out.disc_compression_N[level] = -w.disc_force[j, 1]
    out.disc_anterior_shear_N[level] = w.disc_force[j, 0]
    out.disc_lateral_shear_N[level] = w.disc_force[j, 2]
    for i in range(3):
        out.disc_moment_Nm[level, i] = w.disc_moment[j, i]
    out.intradiscal_pressure_MPa[level] = law[INTRINSIC_PRESSURE] - law[PRESSURE_INDEX] * w.disc_force[j, 1] / law[DISC_AREA] * 1e-6


@kernel
def facet_loads(spine, j, level, w, out):
    """Contact force, peak pressure and centre of each facet, and what both carry of compression and shear."""
    x = w.translation[j]
    out.facet_compression_N[level] = 0.0
    out.facet_shear_N[level] = 0.0
    for side in range(2):
        n, total, peak = w.facet_normal[j, side], 0.0, 0.0
        for i in range(3):
            w.v[1][i] = 0.0
        for q in range(spine.facet_stiffness.shape[2]):
            gap = n[0] * x[0] + n[1] * x[1] + n[2] * x[2] + w.facet_offset[j, side, q]
            force = contact(gap, spine.facet_stiffness[j, side, q], spine.facet_smoothing[j])[0]
            total += force
            peak = max(peak, force / spine.facet_area[j, side, q])
            for i in range(3):
                w.v[1][i] += force * (w.facet_point[j, side, q, i] + x[i])
        t, law = w.tip_normal[j], spine.tip_law[j, side]
        gap = t[0] * x[0] + t[1] * x[1] + t[2] * x[2] + w.tip_offset[j, side]
        tip = contact(gap, law[1], law[2])[0]
        for i in range(3):
            w.v[1][i] += tip * (w.tip_point[j, side, i] + x[i])
            out.facet_centre_mm[level, side, i] = 1e3 * w.v[1][i] / (total + tip)
        out.facet_force_N[level, side] = total + tip
        out.facet_tip_force_N[level, side] = tip
        out.facet_peak_MPa[level, side] = 1e-6 * peak
        out.facet_compression_N[level] += total * n[1] + tip * t[1]
        out.facet_shear_N[level] -= total * n[0] + tip * t[0]


@kernel
def ligament_loads(spine, topology, j, level, w, out):
    """Tension by ligament, and how far all of them press the vertebrae together."""
    for g in range(out.ligament_tension_N.shape[1]):
        out.ligament_tension_N[level, g] = 0.0
    pressing = 0.0
    for s in range(spine.strand_law.shape[1]):
        length = span(w.translation[j], w.strand_upper[j, s], w.strand_lower[j, s], w.v[1])
        tension = strand(spine.strand_law[j, s], length)[0]
        out.ligament_tension_N[level, topology.strand_group[s]] += tension
        pressing += tension * w.v[1][1] / length
    out.ligament_compression_N[level] = pressing
