"""The lumbar model LFB (Beaucage-Gauvreau et al. 2019) as pose2sim ships it, posed in OpenSim with every lumbar joint free.

What is done to the model, for both codes alike:

- couplers of lumbar joints are removed: 18 rotations are balanced, each by itself;
- all other coordinates are locked where the posture has them: pelvis, legs, neck, arms, and the abdomen, a body that rides on
  the lumbar rotations and to which the abdominal muscles attach;
- foot contacts and muscles of the legs are removed; the 238 trunk fascicles stay;
- half of the load is added to the mass of each hand;
- every free coordinate has a reserve of ``RESERVE`` N m at a control of 1, unbounded and dear.

Rows are ordered as in spinesim: joints from L5-S1 upwards, of each x (bending right), y (rotation left), z (extension).
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import opensim
from numpy.typing import NDArray

from benchmarks.opensim_crosscheck.postures import Case

Array = NDArray[np.float64]

MODEL = "OpenSim_Setup/Model_Pose2Sim_muscles_flex.osim"
RESERVE = 0.1  # N m
JOINTS = ("L5_S1_IVDjnt", "L4_L5_IVDjnt", "L3_L4_IVDjnt", "L2_L3_IVD_jnt", "L1_L2_IVD_jnt", "L1_T12_IVD_jnt")
CHAIN = ("sacrum", "lumbar5", "lumbar4", "lumbar3", "lumbar2", "lumbar1", "torso")
_ABOVE = ("head", "humerus", "ulna", "radius", "hand")
COORDINATES = tuple(
    f"{joint}_{axis}"
    for joint in ("L5_S1", "L4_L5", "L3_L4", "L2_L3", "L1_L2", "L1_T12")
    for axis in ("Lat_Bending", "axial_rotation", "Flex_Ext")
)
TRUNK = ("MF_", "LTpT_", "LTpL_", "IL_", "QL_", "Ps_", "EO", "IO", "LD_", "rect_abd")
SIDES = ("r", "l")
_SIGN = np.array([1.0, 1.0, -1.0])  # of bending right, rotation left and flexion in LFB's coordinates
_TO_ROWS = [1, 2, 0]  # flexion, lateral, rotation -> x, y, z


class Muscles(NamedTuple):
    """Trunk fascicles: names, isometric force N, optimal fibre length m."""

    names: tuple[str, ...]
    strength: Array
    fibre: Array


class Mechanics(NamedTuple):
    """What OpenSim says of a posture.

    Attributes
    ----------
    gain
        Tendon force at full activation, with force-length law and pennation (muscles,), N.
    arms
        Moment arms (muscles, 18), m.
    moment
        Net moments that muscles must supply (18,), N m.
    pull
        Force of unit tension on all above a joint, ground frame (joints, muscles, 3).
    weight
        Weight above every joint, hands' load included (joints,), N.
    rotation
        Orientation of pelvis and vertebrae in ground (7, 3, 3).
    """

    gain: Array
    arms: Array
    moment: Array
    pull: Array
    weight: Array
    rotation: Array


def locate() -> Path | None:
    """The model file inside the pose2sim distribution, which is not imported; ``None`` where that is missing."""
    spec = find_spec("Pose2Sim")
    folders = [Path(folder) for folder in (spec.submodule_search_locations or ())] if spec else []
    return next((folder / MODEL for folder in folders if (folder / MODEL).is_file()), None)


def pose(path: Path, case: Case, share: Array) -> opensim.Model:
    """The model in a posture.

    Parameters
    ----------
    path
        LFB's file.
    case
        Posture and load.
    share
        Share of every joint, caudal first, in flexion, bending and rotation (6, 3).
    """
    opensim.Logger.setLevelString("Error")
    model = opensim.Model(str(path))
    _reduce(model)
    whole = np.array([case.flexion, case.lateral, case.rotation])
    values = dict(zip(COORDINATES, _coordinates(whole * share).ravel(), strict=True))
    values |= dict(zip(("Abs_r2", "Abs_r1", "Abs_r3"), _coordinates(whole), strict=True))
    _set(model, values | {"pelvis_tilt": -np.radians(case.tilt)})
    for side in SIDES:
        hand = model.updBodySet().get(f"hand_{side}")
        hand.setMass(hand.getMass() + case.mass / 2.0)
    _add_reserves(model)
    model.finalizeConnections()
    _set(model, _arm_angles(model, np.radians(case.arms)))
    model.finalizeConnections()
    return model


def _coordinates(turn: Array) -> Array:
    """Flexion, bending and rotation in degrees (..., 3) as LFB's coordinates in row order, rad."""
    return np.radians(turn[..., _TO_ROWS]) * _SIGN


def _reduce(model: opensim.Model) -> None:
    """Take away couplers of the trunk, foot contacts and leg muscles; free the lumbar joints and lock all others."""
    couplers, forces, coordinates = model.updConstraintSet(), model.updForceSet(), model.updCoordinateSet()
    for index in reversed(range(couplers.getSize())):
        if not couplers.get(index).getName().startswith("patellofemoral"):
            couplers.remove(index)
    for index in reversed(range(forces.getSize())):
        if not forces.get(index).getName().startswith(TRUNK):
            forces.remove(index)
    for index in range(coordinates.getSize()):
        coordinate = coordinates.get(index)
        # A clamped or unlocked coordinate would be moved, or be one more equation.
        coordinate.setDefaultClamped(False)
        coordinate.setDefaultLocked(coordinate.getName() not in COORDINATES)
    muscles = model.getMuscles()
    for index in range(muscles.getSize()):
        muscles.get(index).setMinControl(0.0)
        muscles.get(index).setMaxControl(1.0)


def _set(model: opensim.Model, values: dict[str, float]) -> None:
    for name, value in values.items():
        model.updCoordinateSet().get(name).setDefaultValue(float(value))


def _add_reserves(model: opensim.Model) -> None:
    for name in COORDINATES:
        reserve = opensim.CoordinateActuator(name)
        reserve.setName(f"{name}_reserve")
        reserve.setOptimalForce(RESERVE)
        reserve.setMinControl(-1e6)
        reserve.setMaxControl(1e6)
        model.addForce(reserve)


def _arm_angles(model: opensim.Model, forward: float) -> dict[str, float]:
    """Shoulder angles at which straight arms lie in a sagittal plane, at an angle from the downward vertical."""
    state = model.initSystem()
    model.realizePosition(state)
    along = _rotation(model, state, "torso").T @ [np.sin(forward), -np.cos(forward), 0.0]
    flexion, out = np.arctan2(along[0], -along[1]), np.arcsin(along[2])
    return {"arm_flex_r": flexion, "arm_flex_l": flexion, "arm_add_r": -out, "arm_add_l": out}


def _rotation(model: opensim.Model, state: opensim.State, body: str) -> Array:
    matrix = model.getBodySet().get(body).getTransformInGround(state).R().asMat33()
    return np.array([[matrix.get(i, k) for k in range(3)] for i in range(3)])


def muscles_of(model: opensim.Model) -> Muscles:
    """Constants of the trunk fascicles."""
    every = _muscles(model)
    strength = np.array([muscle.getMaxIsometricForce() for muscle in every])
    fibre = np.array([muscle.getOptimalFiberLength() for muscle in every])
    return Muscles(tuple(muscle.getName() for muscle in every), strength, fibre)


def _muscles(model: opensim.Model) -> list[opensim.Muscle]:
    found = model.getMuscles()
    return [found.get(index) for index in range(found.getSize())]


def mechanics(model: opensim.Model) -> Mechanics:
    """Gains, moment arms and net moments, and what the forces at the joints are made of."""
    state = model.initSystem()
    model.realizeVelocity(state)
    muscles = _muscles(model)
    coordinates = [model.getCoordinateSet().get(name) for name in COORDINATES]
    return Mechanics(
        gain=np.array([muscle.calcInextensibleTendonActiveFiberForce(state, 1.0) for muscle in muscles]),
        arms=np.array([[muscle.computeMomentArm(state, coordinate) for coordinate in coordinates] for muscle in muscles]),
        moment=_net_moments(model, state),
        pull=np.array([_pull(muscle, state) for muscle in muscles]).transpose(1, 0, 2),
        weight=_weights(model),
        rotation=np.array([_rotation(model, state, body) for body in CHAIN]),
    )


def _net_moments(model: opensim.Model, state: opensim.State) -> Array:
    """Inverse dynamics at rest without any actuator, at the lumbar coordinates."""
    still = opensim.State(state)
    forces = model.getForceSet()
    for index in range(forces.getSize()):
        forces.get(index).setAppliesForce(still, False)
    every = opensim.InverseDynamicsSolver(model).solve(still, opensim.Vector(still.getNU(), 0.0)).to_numpy()
    return every[[_speed_index(model, state, name) for name in COORDINATES]]


def _speed_index(model: opensim.Model, state: opensim.State, name: str) -> int:
    """Where a coordinate stands among the generalised speeds, whose order is that of the tree of bodies."""
    moving = opensim.State(state)
    moving.setU(opensim.Vector(moving.getNU(), 0.0))
    model.getCoordinateSet().get(name).setSpeedValue(moving, 1.0)
    return int(np.argmax(np.abs(moving.getU().to_numpy())))


def _pull(muscle: opensim.Muscle, state: opensim.State) -> Array:
    """Force (6, 3) that unit tension exerts on all above every joint: of each piece of the path between two bodies."""
    points = muscle.getGeometryPath().getCurrentPath(state)
    total = np.zeros((len(JOINTS), 3))
    found = [points.get(index) for index in range(points.getSize())]
    bodies = [_link(point.getParentFrame().findBaseFrame().getName()) for point in found]
    places = [point.getLocationInGround(state).to_numpy() for point in found]
    for piece in range(len(found) - 1):
        low, high = sorted((bodies[piece], bodies[piece + 1]))
        along = places[piece + 1] - places[piece]
        down = along if bodies[piece] > bodies[piece + 1] else -along
        total[low:high] += down / np.linalg.norm(along)
    return total


def _link(body: str) -> int:
    """Place in the chain: pelvis and legs 0, L5 1, to thorax with head and arms 6. The abdomen rides on the pelvis."""
    if body in CHAIN:
        return CHAIN.index(body)
    return len(CHAIN) - 1 if body.startswith(_ABOVE) else 0


def _weights(model: opensim.Model) -> Array:
    bodies = [model.getBodySet().get(index) for index in range(model.getBodySet().getSize())]
    mass = np.bincount([_link(body.getName()) for body in bodies], [body.getMass() for body in bodies], len(CHAIN))
    return -model.getGravity().get(1) * np.cumsum(mass[::-1])[::-1][1:]


def body_mass(path: Path) -> float:
    """Mass of all bodies without load, kg."""
    model = opensim.Model(str(path))
    return float(model.getTotalMass(model.initSystem()))
