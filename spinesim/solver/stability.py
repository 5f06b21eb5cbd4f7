"""Does a balanced spine come back when it is nudged? The second variation of its total potential.

    V(q) = sum_j E_j + sum_f T_f dL_f + 1/2 k_f dL_f^2 - S dL_strut - sum_i F_i . dr_i

q are the three translations and three rotations of every joint; E_j the energy of disc, ligaments and facets; dL_f the change of
a fascicle's length at its tension T_f, and k_f its stiffness while its activation stays:

    k_f = g T_active / L + dT_passive/dL

with the short-range gain g and the length L of the muscle (Bergmark A (1989) Acta Orthop Scand Suppl 230). S is the push of
abdominal pressure, F_i the weights, loads and supports: dead forces on points of the bodies. Arms are held as they are.

Translations follow rotations at once, so that what decides is K_rr - K_rt K_tt^-1 K_tr (18 x 18, N m/rad, rotation vectors of the
joints in the frame of the lower disc face). The spine is stable if its smallest eigenvalue is positive. The critical gain is the
smallest g at which it is: a spine far from buckling needs none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from spinesim.mechanics import joint, kinematics, paths, wrench
from spinesim.mechanics.jit import kernel
from spinesim.mechanics.rotations import half_rotation, multiply, vector_rotation
from spinesim.model import cases as packing
from spinesim.model.anatomy import SpineModel
from spinesim.model.layout import (
    FIBRE_LENGTH,
    FORCE_PASSIVE,
    GRAVITY,
    JOINT_COUNT,
    PASSIVE_NORM,
    PASSIVE_SHAPE,
    PASSIVE_STRAIN,
    RIGID_LENGTH,
)
from spinesim.model.load import Load
from spinesim.model.names import CONVERGED
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.solver.api import Person, settled_person
from spinesim.solver.placement import stand
from spinesim.solver.solution import Solution
from spinesim.solver.workspace import allocate

Array = NDArray[np.float64]

COUNT: Final = 6 * JOINT_COUNT
SHIFT_STEP, TURN_STEP = 1e-6, 5e-5  # m, rad: well below the smoothing of the facets at their lever
STEP: Final = np.tile([SHIFT_STEP] * 3 + [TURN_STEP] * 3, JOINT_COUNT)
_SHIFTS: Final = np.flatnonzero(STEP == SHIFT_STEP)
_TURNS: Final = np.flatnonzero(STEP == TURN_STEP)
LARGEST_GAIN: Final = 1e4
CLOSE: Final = 1e-3  # relative, of the critical gain


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """How a solved posture answers a nudge.

    Attributes
    ----------
    gain
        Short-range gain g that was used.
    eigenvalue_Nm_rad
        Smallest eigenvalue of the stiffness of the joints' rotations; above 0 is stable.
    critical_gain
        Smallest gain at which it is stable; 0 if tissues alone are enough, infinite if no gain is.
    mode
        Unit rotation vectors (6, 3) of the joints, cranial to caudal, that are least resisted: x to the right, y to the left, z
        backwards.
    stiffness
        (18, 18) N m/rad, joints caudal to cranial.
    """

    gain: float
    eigenvalue_Nm_rad: float
    critical_gain: float
    mode: Array
    stiffness: Array

    @property
    def stable(self) -> bool:
        """Whether every small rotation is resisted."""
        return self.eigenvalue_Nm_rad > 0.0


def stability(
    model: SpineModel, subject: Subject, posture: Posture, load: Load, solution: Solution, gain: float | None = None
) -> Stability:
    """Smallest eigenvalue and critical gain of one solved case.

    Parameters
    ----------
    solution
        Of this case, single and converged.
    gain
        Of short-range stiffness; that of ``muscle_law.csv`` without it.

    Raises
    ------
    ValueError
        If the solution is a batch or did not converge, the posture moves (its inertia is no dead load), or the gain is negative.
    """
    if solution.status.ndim or solution.status != CONVERGED:
        raise ValueError("stability: expected a single converged solution; take a row")
    if posture.moves:
        raise ValueError("stability: the posture moves; only what stands still has a potential")
    used = model.tables.value("muscle_law", "stability", "short_range_gain") if gain is None else gain
    if not used >= 0.0:
        raise ValueError(f"stability: gain = {used:g} is negative")
    fixed, stiffening = _second_variation(model, subject, posture, load, solution)
    whole = fixed + used * stiffening
    rotations, values, vectors = _spectrum(whole)
    mode = vectors[:, 0].reshape(JOINT_COUNT, 3)[::-1]
    return Stability(
        gain=used, eigenvalue_Nm_rad=float(values[0]), critical_gain=critical_gain(fixed, stiffening), mode=mode, stiffness=rotations
    )


def critical_gain(fixed: Array, stiffening: Array) -> float:
    """Smallest g >= 0 at which ``fixed + g stiffening`` resists every motion; ``stiffening`` resists all it acts on.

    Found by halving, because more gain never softens. Infinite beyond 10,000.
    """

    def stable(gain: float) -> bool:
        return bool(np.linalg.eigvalsh(fixed + gain * stiffening)[0] > 0.0)

    if stable(0.0):
        return 0.0
    low, high = 0.0, 1.0
    while not stable(high):
        low, high = high, 2.0 * high
        if high > LARGEST_GAIN:
            return math.inf
    while high - low > CLOSE * high:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if stable(middle) else (middle, high)
    return high


def _spectrum(whole: Array) -> tuple[Array, Array, Array]:
    """Stiffness of the rotations with translations that follow, its eigenvalues rising, and eigenvectors."""
    inner, cross = whole[np.ix_(_SHIFTS, _SHIFTS)], whole[np.ix_(_SHIFTS, _TURNS)]
    rotations = whole[np.ix_(_TURNS, _TURNS)] - cross.T @ np.linalg.solve(inner, cross)
    rotations = 0.5 * (rotations + rotations.T)
    values, vectors = np.linalg.eigh(rotations)
    return rotations, values, vectors


def _second_variation(model: SpineModel, subject: Subject, posture: Posture, load: Load, solution: Solution) -> tuple[Array, Array]:
    """Stiffness (36, 36) of everything but the short-range part of muscles, and that part per unit gain."""
    person: Any = settled_person(model, Person(repr(subject), subject))
    topology, w = model.topology, allocate(person, model.topology)
    case: Any = packing.pack(model.tables, np.zeros(1, np.int64), [posture], [load])[0]
    stand(person, topology, case, solution.translation_mm[::-1] * 1e-3, np.radians(solution.rotation_deg[::-1, 2]), True, w)
    wrench.contact_points(person, w)
    active, passive = solution.active_force_N, solution.passive_force_N
    pose = w.relative.copy(), w.translation.copy()
    # The solver hangs arms with the discs as in relaxed standing; they ride on the thorax from there.
    kinematics.place(person, person.settled, w)
    loads = _dead_loads(person, case, solution, w)
    lengths, hessian, slopes = np.zeros((3, len(active))), np.zeros((COUNT, COUNT)), np.zeros((len(active), COUNT))
    fascicle_lengths(person, topology, w, lengths[0])  # of the points as they stand: they were located before
    push = float(1e3 * solution.intra_abdominal_pressure_kPa * person.strut_area)
    differentiate(person, topology, np.zeros(COUNT), *pose, active + passive, push, *loads, lengths, STEP, hessian, slopes, w)
    held = (slopes.T * _passive_rate(person, solution)) @ slopes
    # The transversus has no path: it acts through the abdominal pressure alone.
    short_range = np.divide(active, lengths[0], out=np.zeros_like(active), where=lengths[0] > 0.0)
    return hessian + held, (slopes.T * short_range) @ slopes


def _passive_rate(person: Any, solution: Solution) -> Array:
    """Slope of passive force over length (F,), N/m."""
    law, hill = person.fascicle, person.hill
    stretch = np.maximum(solution.fibre_length - 1.0, 0.0)
    slope = hill[PASSIVE_SHAPE] / hill[PASSIVE_STRAIN] * np.exp(hill[PASSIVE_SHAPE] * stretch / hill[PASSIVE_STRAIN]) / hill[PASSIVE_NORM]
    return np.asarray(np.where(stretch > 0.0, slope, 0.0) * law[:, FORCE_PASSIVE] / law[:, FIBRE_LENGTH])


def _dead_loads(spine: Any, case: Any, solution: Solution, w: Any) -> tuple[NDArray[np.int64], Array, Array]:
    """Weights, loads and supports: the body each rides on, its neutral place on it (n, 3) and the force (n, 3)."""
    down, counts = case.gravity[:3], float(case.gravity[3])
    found: list[tuple[int, Array, Array]] = []

    def ride(body: int, position: Array, force: Array) -> None:
        found.append((body, w.rotation[body].T @ (position - w.shift[body]), force))

    for body in range(1, JOINT_COUNT + 1):
        found.append((body, spine.body_centre[body], spine.body_mass[body] * counts * GRAVITY * down))
    forearm = spine.arm_centre[1] * spine.arm_length[1] / (spine.arm_length[1] + spine.arm_length[2])
    for side in range(2):
        shoulder, elbow, grip = w.shoulder[side], w.elbow[side], w.grip[side]
        ride(6, shoulder + spine.arm_centre[0] * (elbow - shoulder), spine.arm_mass[0] * counts * GRAVITY * down)
        ride(6, elbow + forearm * (grip - elbow), spine.arm_mass[1] * counts * GRAVITY * down)
        ride(6, grip, spine.arm_mass[2] * counts * GRAVITY * down)
        ride(6, grip, case.hand_mass[side] * GRAVITY * down + case.hand_force[side])
        ride(6, shoulder, np.array([0.0, 0.5 * case.armrest * spine.weight, 0.0]))
    found.append((6, spine.pack_centre, case.pack_mass * GRAVITY * down))
    for contact, size in enumerate(solution.support_force_N):
        found.append((6, w.contact_point[contact], size * w.contact_direction[contact]))
    bodies, places, forces = zip(*found, strict=True)
    return np.array(bodies), np.array(places), np.array(forces)


@kernel
def differentiate(spine, topology, q, relative, translation, tension, push, bodies, places, forces, lengths, step, hessian, slopes, w):
    """Second derivatives of the potential without short-range stiffness, and first ones of all lengths, by central differences.

    ``lengths`` (3, F): at rest, and room for two more.
    """
    at = relative, translation, tension, push, bodies, places, forces, lengths[0]
    for a in range(step.shape[0]):
        for b in range(a + 1):
            total = 0.0
            for sign_a in (-1.0, 1.0):
                for sign_b in (-1.0, 1.0):
                    q[a] += sign_a * step[a]
                    q[b] += sign_b * step[b]
                    total += sign_a * sign_b * potential(spine, topology, q, at, lengths[1], w)
                    q[a], q[b] = 0.0, 0.0
            hessian[a, b] = total / (4.0 * step[a] * step[b])
            hessian[b, a] = hessian[a, b]
        q[a] = step[a]
        potential(spine, topology, q, at, lengths[1], w)
        q[a] = -step[a]
        potential(spine, topology, q, at, lengths[2], w)
        q[a] = 0.0
        for f in range(lengths.shape[1]):
            slopes[f, a] = (lengths[1, f] - lengths[2, f]) / (2.0 * step[a])


@kernel
def potential(spine, topology, q, at, now, w):
    """Total potential (J) at the displacement ``q`` (36,) from the pose ``at``, tensions held; lengths of fascicles there into ``now``."""
    relative, translation, tension, push, bodies, places, forces, lengths = at
    total = 0.0
    for j in range(JOINT_COUNT):
        displace(j, q, relative, translation, w)
        joint.prepare(spine, j, w)
        total += joint.passive_energy(spine, j, w.translation[j], w)
    kinematics.stack(spine, w)
    kinematics.place(spine, w.translation, w)
    kinematics.locate_points(spine, topology, w)
    fascicle_lengths(spine, topology, w, now)
    for f in range(now.shape[0]):
        total += tension[f] * (now[f] - lengths[f])
    for j in range(JOINT_COUNT):
        total -= push * paths.distance(w.strut[j], w.strut[j + 1])
    for k in range(bodies.shape[0]):
        kinematics.carry(places[k], bodies[k], w, w.v[1])
        for i in range(3):
            total -= forces[k, i] * w.v[1][i]
    return total


@kernel
def displace(j, q, relative, translation, w):
    """Pose of joint j at its six components of ``q``: moved, and its upper face turned in the frame of the lower one."""
    turn = w.m[1]
    vector_rotation(q[6 * j + 3], q[6 * j + 4], q[6 * j + 5], turn)
    multiply(turn, relative[j], w.relative[j])
    half_rotation(w.relative[j], w.half[j], w.tan_quarter[j])
    for i in range(3):
        w.translation[j, i] = translation[j, i] + q[6 * j + i]


@kernel
def fascicle_lengths(spine, topology, w, out):
    """Lengths (F,) of all paths through the present points."""
    for f in range(out.shape[0]):
        out[f] = spine.fascicle[f, RIGID_LENGTH]
        for s in range(topology.segment_start[f], topology.segment_start[f + 1]):
            out[f] += paths.distance(w.point[topology.segment_tail[s]], w.point[topology.segment_head[s]])
