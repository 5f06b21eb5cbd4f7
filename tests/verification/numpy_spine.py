"""The mechanics once more in plain numpy, from the equations and without the kernels: what a solution is checked against.

Every rotation, path, tension, weight and energy is written anew here; only the person's record and the solved
translations, twists and activations are shared. Energies take complex poses, so that their gradients are exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinesim import Load, Posture
from spinesim.model import layout as at
from spinesim.solver.solution import Solution

Array = NDArray[Any]
G = 9.80665
TINY = 1e-30


def about(axis: int, angle: Any) -> Array:
    c, s = np.cos(angle), np.sin(angle)
    i, k = (axis + 1) % 3, (axis + 2) % 3
    out = np.zeros((3, 3), np.result_type(angle, float))
    out[axis, axis] = 1.0
    out[i, i] = out[k, k] = c
    out[i, k], out[k, i] = -s, s
    return out


def pelvis_and_joints(spine: Any, p: Posture) -> tuple[Array, Array]:
    """Rotation of the pelvis, and of every upper vertebra in its lower one."""
    pelvis = (
        about(1, np.radians(p.pelvic_rotation_deg)) @ about(0, np.radians(p.pelvic_lateral_deg)) @ about(2, -np.radians(p.pelvic_tilt_deg))
    )
    angles = np.radians([p.flexion_deg, p.lateral_deg, p.rotation_deg]) * spine.share + spine.offset
    return pelvis, np.array([about(2, -f) @ about(0, b) @ about(1, t) for f, b, t in angles])


def quaternion(r: Array) -> Array:
    w = 0.5 * np.sqrt(1.0 + np.trace(r))
    return np.array([w, *(np.array([r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]]) / (4.0 * w))])


def square_root(r: Array) -> Array:
    """The rotation by half the angle."""
    w, *v = quaternion(r)
    half = np.array([1.0 + w, *v]) / np.sqrt(2.0 * (1.0 + w))
    w, v = half[0], half[1:]
    skew = cross_matrix(v)
    return np.eye(3) + 2.0 * w * skew + 2.0 * skew @ skew


def cross_matrix(v: Array) -> Array:
    return np.array([[0.0, -v[2], v[1]], [v[2], 0.0, -v[0]], [-v[1], v[0], 0.0]])


@dataclass
class Pose:
    """Where the seven bodies of the chain are, and the joints' mid-plane frames, centres and translations."""

    rotation: Array
    shift: Array
    frame: Array
    centre: Array
    x: Array

    def carry(self, place: Array, body: int) -> Array:
        return self.rotation[body] @ place + self.shift[body]


def pose_of(spine: Any, posture: Posture, x: Array, twist: Array) -> Pose:
    """Pose at the disc translations ``x`` (6, 3) and twists (6,) about the normals of the mid-planes, caudal first."""
    pelvis, joints = pelvis_and_joints(spine, posture)
    rotation, shift, frame, centre = [pelvis], [np.zeros(3)], [], []
    for j in range(6):
        half = square_root(spine.frame[j].T @ joints[j] @ spine.frame[j])
        relative = half @ about(1, twist[j]) @ half
        frame.append(rotation[j] @ spine.frame[j] @ square_root(relative))
        moved = x[j] - spine.settled[j] - [0.0, spine.height_loss[j], 0.0]
        centre.append(rotation[j] @ spine.centre[j] + shift[j] + frame[j] @ moved)
        rotation.append(rotation[j] @ spine.frame[j] @ relative @ spine.frame[j].T)
        shift.append(centre[j] - rotation[j + 1] @ spine.centre[j])
    return Pose(np.array(rotation), np.array(shift), np.array(frame), np.array(centre), x)


def legs(spine: Any, posture: Posture, pose: Pose) -> tuple[Array, Array]:
    """Rotation and shift of femurs and tibias, right then left."""
    hip = np.radians(posture.pelvic_tilt_deg if posture.hip_flexion_deg is None else posture.hip_flexion_deg)
    knee = np.radians(posture.knee_flexion_deg)
    thigh = pose.rotation[0] @ about(2, hip)
    shank = thigh @ about(2, -knee)
    thighs = [pose.rotation[0] @ spine.hip[s] - thigh @ spine.hip[s] for s in range(2)]
    shanks = [thigh @ spine.knee[s] + thighs[s] - shank @ spine.knee[s] for s in range(2)]
    return np.array([thigh, thigh, shank, shank]), np.array(thighs + shanks)


def external(spine: Any, posture: Posture, load: Load, pose: Pose) -> list[tuple[int, Array, Array]]:
    """Weights of an upright person and loads of the hands: (body, force, place)."""

    def weight(mass: float) -> Array:
        return np.array([0.0, -G * mass, 0.0])

    out = [(b, weight(spine.body_mass[b]), pose.carry(spine.body_centre[b], b)) for b in range(7)]
    shares = {"both": (0.5, 0.5), "left": (1.0, 0.0), "right": (0.0, 1.0)}[load.hands]
    lower, grip = spine.arm_length[1:]
    for side, (shoulder, elbow, hand) in enumerate(arms(spine, posture, pose)):
        out += [
            (6, weight(spine.arm_mass[0]), shoulder + spine.arm_centre[0] * (elbow - shoulder)),
            (6, weight(spine.arm_mass[1]), elbow + spine.arm_centre[1] * lower / (lower + grip) * (hand - elbow)),
            (6, weight(spine.arm_mass[2] + shares[side] * load.mass_kg), hand),
            (6, -shares[side] * np.array([load.push_N, load.lift_N, load.side_N]), hand),
        ]
    return [*out, (6, weight(load.backpack_kg), pose.carry(spine.pack_centre, 6))]


def supports(spine: Any, posture: Posture, solution: Solution, pose: Pose) -> list[tuple[int, Array, Array]]:
    """Pushes of the back rest along the thorax and of elbow and arm rests upwards, midway between the elbows."""
    back, *rests = solution.support_force_N
    left, right = arms(spine, posture, pose)
    between = 0.5 * (left[1] + right[1])
    forward = [(6, back * pose.rotation[6][:, 0], pose.carry(spine.seat_back, 6))]
    return forward + [(6, np.array([0.0, push, 0.0]), between) for push in rests]


def arms(spine: Any, posture: Posture, pose: Pose) -> list[tuple[Array, Array, Array]]:
    """Shoulder, elbow and grip, left and right."""
    right = np.array([pose.rotation[6][0, 2], 0.0, pose.rotation[6][2, 2]])
    right /= np.linalg.norm(right)
    ahead = np.cross([0.0, 1.0, 0.0], right)
    upper, lower, grip = spine.arm_length
    out = []
    for side in range(2):
        first, second, out_by = (np.radians(a[side]) for a in (posture.upper_arm_deg, posture.forearm_deg, posture.arm_abduction_deg))
        outward = right * (2 * side - 1)

        def limb(angle: float, out_by: float = out_by, outward: Array = outward) -> Array:
            return np.sin(angle) * ahead + np.cos(angle) * (np.sin(out_by) * outward - np.cos(out_by) * np.array([0.0, 1.0, 0.0]))

        shoulder = pose.carry(spine.shoulder[side], 6)
        elbow = shoulder + upper * limb(first)
        out.append((shoulder, elbow, elbow + (lower + grip) * limb(second)))
    return out


def ramp(u: Any, d: float) -> Any:
    return 0.5 * (u + np.sqrt(u * u + 4.0 * d * d))


def disc_energy(law: Array, x: Array, w: Array) -> Any:
    """``docs``: axial toe and linear parts, shear and rotation, higher orders of rotation, stiffening by compression."""
    s = -x[1] / law[at.DISC_HEIGHT]
    plain = 0.5 * (law[at.SHEAR_X] * x[0] ** 2 + law[at.SHEAR_Z] * x[2] ** 2 + law[at.BEND_X] * w[0] ** 2 + law[at.BEND_Z] * w[2] ** 2)
    twist = 0.5 * law[at.TWIST_Y] * w[1] ** 2
    r = ramp(s, law[at.TOE_WIDTH]) - law[at.TOE_WIDTH]
    preload = r / (1.0 + r / law[at.SATURATION])
    bending = law[at.KNEE] * (np.sqrt(1.0 + 2.0 * (plain + law[at.TWIST_SHARE] * twist) / law[at.KNEE]) - 1.0)
    return (
        0.5 * law[at.AXIAL_TOE] * s**2
        + 0.5 * law[at.AXIAL] * ramp(s - law[at.TOE_STRAIN], law[at.TOE_WIDTH]) ** 2
        + plain
        + twist
        + law[at.QUARTIC_X] / 4.0 * w[0] ** 4
        + law[at.QUARTIC_Z] / 4.0 * w[2] ** 4
        + law[at.CUBIC_Z] / 3.0 * w[2] ** 3
        + law[at.STIFFENING] * preload * bending
    )


def joint_energy(spine: Any, j: int, lower: Array, upper: Array, gap: Array) -> Any:
    """Energy of joint j: rotations of the disc faces below and above, and ``gap`` from the lower to the upper disc centre."""
    relative = lower.T @ upper
    middle = lower @ square_root(relative)
    x = middle.T @ gap
    strain = relative @ spine.disc_zero[j].T
    skew = 0.5 * (strain - strain.T)
    total = disc_energy(spine.disc[j], x, np.array([skew[2, 1], skew[0, 2], skew[1, 0]]))

    reach = gap + spine.strand_upper[j] @ upper.T - spine.strand_lower[j] @ lower.T
    stiffness, rest, toe = spine.strand_law[j].T
    strain = np.sqrt((reach * reach).sum(axis=1)) / rest - 1.0
    first, second = (np.where(e.real > 0.0, e, 0.0) for e in (strain, strain - toe))
    total = total + (stiffness * rest / (6.0 * toe) * (first**3 - second**3)).sum()

    for side in range(2):
        point = gap + spine.facet_point[j, side] @ upper.T - lower @ spine.facet_origin[j, side]
        # The planes of facet and lamina are those of the lower vertebra, the tip's own neutral place is their foot.
        opening = point @ (lower @ spine.facet_normal[j, side]) + spine.facet_gap[j, side]
        total = total + (0.5 * spine.facet_stiffness[j, side] * ramp(-opening, spine.facet_smoothing[j]) ** 2).sum()
        rest_gap, hard, edge = spine.tip_law[j, side]
        opening = (gap + upper @ spine.tip_point[j, side] - lower @ spine.tip_point[j, side]) @ lower[:, 1] + rest_gap
        total = total + 0.5 * hard * ramp(-opening, edge) ** 2
    return total


def joint_wrenches(spine: Any, j: int, pose: Pose) -> Array:
    """Force and moment about the joint's centre on the vertebra below and on that above (2, 6): minus the energy's gradient."""
    lower, upper = pose.rotation[j] @ spine.frame[j], pose.rotation[j + 1] @ spine.frame[j]
    gap = pose.frame[j] @ pose.x[j]  # the centre that the energy is written for is carried by the upper vertebra
    out = np.zeros((2, 6))
    for k, axis in enumerate(np.eye(3)):
        step = 1j * TINY * axis
        turn = np.eye(3) + cross_matrix(step)
        out[0, k] = joint_energy(spine, j, lower, upper, gap - step).imag
        out[1, k] = joint_energy(spine, j, lower, upper, gap + step).imag
        # The lower body turns about the same point, so that its own disc centre, at minus the gap from there, moves.
        out[0, 3 + k] = joint_energy(spine, j, turn @ lower, upper, turn @ gap).imag
        out[1, 3 + k] = joint_energy(spine, j, lower, turn @ upper, gap).imag
    return -out / TINY


def tensions(spine: Any, topology: Any, solution: Solution, point: Array) -> Array:
    """Tension of every fascicle from its length and activation by Hill's curves, without motion."""
    length = spine.fascicle[:, at.RIGID_LENGTH].copy()
    for f in range(len(length)):
        for s in range(topology.segment_start[f], topology.segment_start[f + 1]):
            length[f] += np.linalg.norm(point[topology.segment_head[s]] - point[topology.segment_tail[s]])
    law = spine.fascicle
    stretch = (length - law[:, at.TENDON_LENGTH]) / (law[:, at.FIBRE_LENGTH] * law[:, at.COS_PENNATION])
    active = np.exp(-(((stretch - 1.0) / 0.45) ** 2))
    passive = np.expm1(4.0 * np.maximum(stretch - 1.0, 0.0) / 0.6) / np.expm1(4.0)
    return law[:, at.COS_PENNATION] * (law[:, at.FORCE_ACTIVE] * active * solution.activation + law[:, at.FORCE_PASSIVE] * passive)


def twist_found(spine: Any, solution: Solution, posture: Posture) -> Array:
    """Twists (rad) that the joints found beside their shares, caudal first."""
    found: Array = np.radians(solution.rotation_deg[::-1, 2] - posture.rotation_deg * spine.share[:, 2])
    return found


def residuals(spine: Any, topology: Any, solution: Solution, posture: Posture, load: Load) -> tuple[Array, Array]:
    """Unbalanced force (N) and moment about the joint below (N m) of L5 to L1 and the thorax, (6, 3) each."""
    x = 1e-3 * solution.translation_mm[::-1] + spine.settled
    pose = pose_of(spine, posture, x, twist_found(spine, solution, posture))
    force, moment = np.zeros((7, 3)), np.zeros((7, 3))

    def push(body: int, f: Array, place: Array) -> None:
        if body < 7:
            force[body] += f
            moment[body] += np.cross(place, f)

    for body, f, place in external(spine, posture, load, pose) + supports(spine, posture, solution, pose):
        push(body, f, place)

    leg_rotation, leg_shift = legs(spine, posture, pose)
    rotation, shift = np.concatenate([pose.rotation, leg_rotation]), np.concatenate([pose.shift, leg_shift])
    point = np.einsum("pij,pj->pi", rotation[topology.point_body], spine.point) + shift[topology.point_body]
    tension = tensions(spine, topology, solution, point)
    for f, t in enumerate(tension):
        for s in range(topology.segment_start[f], topology.segment_start[f + 1]):
            tail, head = topology.segment_tail[s], topology.segment_head[s]
            along = (point[head] - point[tail]) * (t / np.linalg.norm(point[head] - point[tail]))
            push(topology.point_body[tail], along, point[tail])
            push(topology.point_body[head], -along, point[head])

    pressure = spine.fascicle[:, at.PRESSURE_GAIN] @ solution.activation
    strut = np.array([pose.carry(spine.strut[b], b) for b in range(7)])
    for b in range(6):
        along = (strut[b + 1] - strut[b]) * (pressure * spine.strut_area / np.linalg.norm(strut[b + 1] - strut[b]))
        push(b + 1, along, strut[b + 1])
        push(b, -along, strut[b])

    for j in range(6):
        for body, wrench in zip((j, j + 1), joint_wrenches(spine, j, pose), strict=True):
            push(body, wrench[:3], pose.centre[j])
            moment[body] += wrench[3:]
    below = np.array([moment[b + 1] - np.cross(pose.centre[b], force[b + 1]) for b in range(6)])
    return force[1:], below
