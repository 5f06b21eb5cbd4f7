"""The records that kernels read: one person's spine, the fixed topology, and the cases to solve.

A record is one numpy structured scalar with array fields: one pointer for the compiler, plain attributes for the reader, and
an array of them is a stack of persons or of cases.

Lengths m, forces N, angles rad, masses kg. Positions are in the neutral standing posture, axes x anterior,
y superior, z right, origin at the L5-S1 disc centre; "disc frame" has its origin at the disc centre and its y
axis along the disc normal. Joint index j runs from L5-S1 (0) to T12-L1 (5); body j is below joint j, body
j + 1 above it. Moments of columns come as
:data:`MOMENTS`: the hips (right, left; extension, abduction), then x, y, z of every joint. Recruitment balances the
:data:`ROWS`: the hips, the twist of the whole lumbar spine (the sum of the y moments), then x and z of every joint. Each joint
itself finds the :data:`FREE` ones: three translations and its share of the twist.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

JOINT_COUNT: Final = 6
HIP_ROWS: Final = 4
MOMENTS: Final = HIP_ROWS + 3 * JOINT_COUNT
FORCES: Final = 3 * JOINT_COUNT
TWIST_ROW: Final = HIP_ROWS
ROWS: Final = HIP_ROWS + 1 + 2 * JOINT_COUNT
FREE: Final = 4 * JOINT_COUNT

# Columns of Spine.disc
(
    DISC_HEIGHT, AXIAL_TOE, AXIAL, TOE_STRAIN, TOE_WIDTH, SHEAR_X, SHEAR_Z, BEND_X, TWIST_Y, BEND_Z, QUARTIC_X, QUARTIC_Z,
    CUBIC_Z, STIFFENING, KNEE, SATURATION, TWIST_SHARE, DISC_AREA, INTRINSIC_PRESSURE, PRESSURE_INDEX,
) = range(20)  # fmt: skip

# Columns of Spine.fascicle
(
    FORCE_ACTIVE, FORCE_PASSIVE, FIBRE_LENGTH, TENDON_LENGTH, COS_PENNATION, WEIGHT, LOWER, UPPER, PRESSURE_GAIN, IS_TONIC, RIGID_LENGTH,
) = range(11)  # fmt: skip

# Entries of Spine.hill
FORCE_LENGTH_WIDTH, PASSIVE_STRAIN, PASSIVE_SHAPE, MAX_VELOCITY, CURVATURE, ECCENTRIC, PASSIVE_NORM = range(7)

# Columns of Cases.motion
FLEXION_RATE, FLEXION_ACCELERATION, PELVIC_RATE, PELVIC_ACCELERATION, LIFT_ACCELERATION, HIP_RISE, HIP_ADVANCE = range(7)

BACKREST, ELBOWS, ARMRESTS = range(3)
CONTACTS: Final = ("backrest", "elbows", "armrests")

CONTACT_FORCE: Final = 1000.0  # N that a unit of a contact's unknown stands for
GRAVITY: Final = 9.80665


def spine_type(points: int, fascicles: int, strands: int, patch: int) -> np.dtype[Any]:
    """Record of one person."""
    j, f8 = JOINT_COUNT, "f8"
    return np.dtype(
        [
            ("centre", f8, (j, 3)),  # joint centres
            ("frame", f8, (j, 3, 3)),  # columns: axes of the neutral disc frame
            ("height_loss", f8, (j,)),  # by degeneration
            ("settled", f8, (j, 3)),  # translation in relaxed standing, the zero of reported ones
            ("carried", f8),  # 1: bodies follow the discs' translations from the settled ones; 0 while those are sought
            ("disc", f8, (j, 20)),
            ("disc_zero", f8, (j, 3, 3)),  # rotation at which the disc is free of stress, disc frame
            ("strand_lower", f8, (j, strands, 3)),  # disc frame
            ("strand_upper", f8, (j, strands, 3)),
            ("strand_law", f8, (j, strands, 3)),  # stiffness N per strain, rest length, toe strain
            ("facet_normal", f8, (j, 2, 3)),  # left, right: out of the lower vertebra's facet
            ("facet_origin", f8, (j, 2, 3)),  # on the lower vertebra
            ("facet_point", f8, (j, 2, patch, 3)),  # on the upper vertebra
            ("facet_gap", f8, (j, 2, patch)),  # beside the plane's
            ("facet_stiffness", f8, (j, 2, patch)),  # N/m
            ("facet_area", f8, (j, 2, patch)),  # m2
            ("facet_smoothing", f8, (j,)),
            ("tip_point", f8, (j, 2, 3)),  # on the upper vertebra, meets the lamina below along +y
            ("tip_law", f8, (j, 2, 3)),  # gap, stiffness, smoothing
            ("share", f8, (j, 3)),  # of lumbar flexion, bending, rotation
            ("offset", f8, (j, 3)),  # fixed segment rotations
            ("body_mass", f8, (7,)),  # pelvis to thorax, head and neck with the thorax
            ("body_centre", f8, (7, 3)),
            ("body_inertia", f8, (7,)),  # about z
            ("arm_mass", f8, (3,)),  # upper arm, forearm, hand
            ("arm_length", f8, (3,)),  # upper arm, forearm, wrist to grip
            ("arm_centre", f8, (2,)),  # mass centre of upper arm and forearm, share of their length
            ("shoulder", f8, (2, 3)),  # left, right
            ("pack_centre", f8, (3,)),
            ("seat_back", f8, (3,)),  # where a backrest meets the thorax
            ("point", f8, (points, 3)),  # path points
            ("fascicle", f8, (fascicles, 11)),
            ("hill", f8, (7,)),  # shapes of the normalised muscle curves
            ("strut", f8, (7, 3)),  # pelvic floor, five vertebrae, diaphragm: the path of abdominal pressure
            ("strut_area", f8),
            ("hip", f8, (2, 3)),  # right, left
            ("knee", f8, (2, 3)),
            ("hip_law", f8, (6,)),  # flexion scale, rate, onset; extension scale, rate, onset
            ("leg_mass", f8),  # one whole leg
            ("weight", f8),  # body weight N
        ],
        align=True,
    )


def topology_type(points: int, segments: int, fascicles: int, strands: int) -> np.dtype[Any]:
    """Record of what does not change between persons.

    Segments are the straight pieces of fascicle paths between points on different bodies, sorted by fascicle, point
    ``tail`` caudal to point ``head``. Columns are the fascicles, then the free supports.
    """
    i8, columns = "i8", fascicles + len(CONTACTS)
    return np.dtype(
        [
            ("point_body", i8, (points,)),
            ("segment_start", i8, (fascicles + 1,)),  # first segment of every fascicle
            ("segment_tail", i8, (segments,)),
            ("segment_head", i8, (segments,)),
            ("segment_low", i8, (segments,)),  # first joint crossed
            ("segment_high", i8, (segments,)),  # one past the last joint crossed
            ("segment_hip", i8, (segments,)),  # 0 right, 1 left, -1 no hip
            ("moment_low", i8, (columns,)),  # first moment that a column enters
            ("moment_high", i8, (columns,)),  # one past the last
            ("row_low", i8, (columns,)),  # first equation row that a column enters
            ("row_high", i8, (columns,)),  # one past the last
            ("joint_low", i8, (columns,)),  # joints that its force enters
            ("joint_high", i8, (columns,)),
            ("strand_group", i8, (strands,)),  # ligament of every strand
            ("fascicles", i8),  # number of fascicles, and index of the first contact column
        ],
        align=True,
    )


CASE: Final = np.dtype(
    [
        ("person", "i8"),  # which person of the stack
        ("pelvis", "f8", (3,)),  # tilt, lateral, rotation
        ("lumbar", "f8", (3,)),  # flexion, lateral, rotation
        ("arms", "f8", (2, 3)),  # left, right: upper arm, forearm, abduction
        ("reach", "f8", (3,)),  # 1 if the hand position is given, anterior, superior
        ("legs", "f8", (2,)),  # hip flexion, knee flexion
        ("stance", "f8", (HIP_ROWS,)),  # which hip rows are active: right extension, abduction, left ...
        ("gravity", "f8", (4,)),  # direction, and 1 if body weight counts
        ("support", "f8", (len(CONTACTS),)),  # 1 where a free contact is present
        ("armrest", "f8"),  # share of body weight
        ("tone", "f8"),  # factor on tonic lower bounds
        ("motion", "f8", (7,)),
        ("hand_mass", "f8", (2,)),  # left, right
        ("hand_force", "f8", (2, 3)),  # on the hands by the surroundings
        ("pack_mass", "f8"),
    ],
    align=True,
)


def record(kind: np.dtype[Any], **values: Any) -> Any:
    """A record of ``kind`` with all its fields given.

    Raises
    ------
    ValueError
        If a field is missing, unknown or of the wrong shape.
    """
    return records(kind, 1, {name: np.asarray(value)[None] for name, value in values.items()})[0]


def records(kind: np.dtype[Any], count: int, values: Mapping[str, Array]) -> Any:
    """N = ``count`` records of ``kind`` with all their fields given (N, ...); a field with an axis of 1 is the same in all of them.

    Raises
    ------
    ValueError
        As :func:`record`.
    """
    if set(values) != set(kind.names or ()):
        raise ValueError(f"record fields differ: {sorted(set(values) ^ set(kind.names or ()))}")
    table = np.zeros(count, kind)
    for name, value in values.items():
        given, wanted = value.shape[1:], table[name].shape[1:]
        if given != wanted:
            raise ValueError(f"record field {name} has shape {given}, expected {wanted}")
        table[name] = value
    return table.view(np.recarray)


def stack(records: Sequence[Any]) -> Any:
    """Records along a new leading axis."""
    return np.array(records, dtype=records[0].dtype).view(np.recarray)


def beside(*columns: Any) -> Array:
    """Numbers and arrays side by side, as a new last axis of the shape that they have together."""
    out = np.empty((*np.broadcast(*columns).shape, len(columns)))
    for number, column in enumerate(columns):
        out[..., number] = column
    return out
