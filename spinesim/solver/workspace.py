"""Scratch of one thread, allocated once and used for every case it solves."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from spinesim.model.layout import FORCES, FREE, JOINT_COUNT, MOMENTS, ROWS

MIXING_DEPTH: Final = 4
STATE: Final = FREE + ROWS


def allocate(spine: Any, topology: Any) -> Any:
    """Scratch record for one thread, sized for ``spine`` (one person) and ``topology``.

    Its fields are every intermediate result of the case in hand; ``v`` and ``m`` are vectors and matrices
    that a kernel may use until it calls another.
    """
    columns, points = topology.row_low.shape[0], spine.point.shape[0]
    strands, patch, joints = spine.strand_law.shape[1], spine.facet_point.shape[2], JOINT_COUNT
    shapes: dict[str, tuple[int, ...]] = {
        "v": (10, 3),
        "m": (4, 3, 3),
        **dict.fromkeys(("forward", "rightward", "hip_force"), (3,)),
        **dict.fromkeys(("shoulder", "elbow", "grip", "hip", "hip_load"), (2, 3)),
        **dict.fromkeys(("joint_angle", "joint", "tan_quarter", "load_force", "load_moment", "disc_rotation"), (joints, 3)),
        **dict.fromkeys(("disc_force", "disc_moment", "joint_force", "joint_moment", "tip_normal", "translation"), (joints, 3)),
        **dict.fromkeys(("disc_frame", "relative", "half", "joint_stiffness", "joint_flexibility", "moment_rate"), (joints, 3, 3)),
        **dict.fromkeys(("spin", "spin_rate", "origin_acceleration", "body_force", "body_moment", "strut"), (7, 3)),
        **dict.fromkeys(("free_force", "free_moment"), (7, 3)),
        **dict.fromkeys(("contact_point", "contact_direction"), (3, 3)),
        **dict.fromkeys(("joint_rate", "strut_force", "passive_force"), (FORCES,)),
        **dict.fromkeys(("cap_moment", "target", "residual", "direction", "trial", "multiplier"), (ROWS,)),
        **dict.fromkeys(
            ("length", "fibre_length", "passive", "gain", "lower", "upper", "pull", "activation", "slope", "capped"), (columns,)
        ),
        "unit_moment": (columns, MOMENTS),
        "active_moment": (columns, ROWS),
        "active_free": (columns, FREE),
        **dict.fromkeys(("cap_free", "free_residual", "shifted"), (FREE,)),
        **dict.fromkeys(("given_half", "strain"), (joints, 3, 3)),
        **dict.fromkeys(("twist_force", "twist_moment"), (joints, 3)),
        "free_flexibility": (joints, 4, 4),
        **dict.fromkeys(("strut_moment", "passive_moment"), (MOMENTS,)),
        "twist": (joints,),
        "joint_matrix": (4, 4),
        "unit": (4,),
        "unit_force": (columns, FORCES),
        **dict.fromkeys(("normal", "factor", "coupled"), (ROWS, ROWS)),
        **dict.fromkeys(("strand_lower", "strand_upper"), (joints, strands, 3)),
        **dict.fromkeys(("step", "previous_step", "previous_state", "kept"), (STATE,)),
        **dict.fromkeys(("history_step", "history_state"), (MIXING_DEPTH, STATE)),
        "rotation": (11, 3, 3),
        "shift": (11, 3),
        "hip_demand": (4,),
        "point": (points, 3),
        "facet_normal": (joints, 2, 3),
        "facet_point": (joints, 2, patch, 3),
        "facet_offset": (joints, 2, patch),
        "tip_point": (joints, 2, 3),
        "tip_offset": (joints, 2),
        "response": (FREE, ROWS),
        "gram": (MIXING_DEPTH, MIXING_DEPTH),
        "gram_right": (MIXING_DEPTH,),
    }
    fields: list[Any] = [(name, "f8", shape) for name, shape in shapes.items()]
    kind = np.dtype([*fields, ("history_count", "i8", (2,)), ("spread", "f8")], align=True)
    return np.zeros(1, kind).view(np.recarray)[0]
