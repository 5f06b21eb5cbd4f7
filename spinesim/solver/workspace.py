"""Scratch of one thread, allocated once and used for every case it solves."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from spinesim.mechanics.lane_records import Lanes
from spinesim.mechanics.lanes import WIDTH
from spinesim.model.layout import CASE, FORCES, FREE, JOINT_COUNT, MOMENTS, ROWS, Array
from spinesim.solver.variables import VARIABLES, result_type

MIXING_DEPTH: Final = 4
TRAIL: Final = 3  # postures of a path that the next one starts from
STATE: Final = FREE + ROWS


def allocate(spine: Any, topology: Any) -> Any:
    """Scratch record for one thread, sized for ``spine`` (one person) and ``topology``.

    Its fields are every intermediate result of the case in hand; ``v`` and ``m`` are vectors and matrices
    that a kernel may use until it calls another.
    """
    columns, points = topology.row_low.shape[0], spine.point.shape[0]
    pieces = int(np.diff(topology.segment_start).max())
    strands, patch, joints = spine.strand_law.shape[1], spine.facet_point.shape[2], JOINT_COUNT
    shapes: dict[str, tuple[int, ...]] = {
        "v": (10, 3),
        "m": (4, 3, 3),
        **dict.fromkeys(("forward", "rightward", "hip_force"), (3,)),
        **dict.fromkeys(("shoulder", "elbow", "grip", "hip", "hip_load"), (2, 3)),
        **dict.fromkeys(("joint_angle", "joint", "tan_quarter", "load_force", "load_moment", "disc_rotation"), (joints, 3)),
        **dict.fromkeys(("disc_force", "disc_moment", "joint_force", "joint_moment", "tip_normal", "translation"), (joints, 3)),
        "disc_lever": (joints, 3, 3),
        **dict.fromkeys(("disc_frame", "relative", "half", "joint_stiffness", "joint_flexibility", "moment_rate"), (joints, 3, 3)),
        **dict.fromkeys(("spin", "spin_rate", "origin_acceleration", "body_force", "body_moment", "strut"), (7, 3)),
        **dict.fromkeys(("free_force", "free_moment"), (7, 3)),
        **dict.fromkeys(("contact_point", "contact_direction"), (3, 3)),
        **dict.fromkeys(("joint_rate", "strut_force", "passive_force"), (FORCES,)),
        **dict.fromkeys(("cap_moment", "target", "residual", "direction", "multiplier"), (ROWS,)),
        **dict.fromkeys(("length", "fibre_length", "passive", "gain", "lower", "upper"), (columns,)),
        **dict.fromkeys(("pull", "start", "along", "activation", "slope", "counted", "answered", "capped"), (columns,)),
        **dict.fromkeys(("unit_moment", "muscle_moment"), (MOMENTS,)),
        **dict.fromkeys(("price", "rate_price", "entering"), (joints + 3, 6)),
        "string": (pieces, 6),
        "nothing": (6,),
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
        **dict.fromkeys(("unit_force", "muscle_force"), (FORCES,)),
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
        **dict.fromkeys(("response", "muscle_response"), (FREE, ROWS)),
        "trail": (TRAIL, STATE),
        "gram": (MIXING_DEPTH, MIXING_DEPTH),
        "gram_right": (MIXING_DEPTH,),
    }
    fields: list[Any] = [(name, "f8", shape) for name, shape in shapes.items()]
    kind = np.dtype(
        [*fields, ("remembered", "f8"), ("trodden", "f8"), ("spread", "f8"), ("contact_weight", "f8"), ("strut_price", "f8")], align=True
    )
    return np.zeros(1, kind).view(np.recarray)[0]


class Batch(NamedTuple):
    """Cases to solve and room for their results: tables with the numbers of one record a row, and columns.

    ``first`` (segments + 1,) holds the first row of every segment of a path, whose rows are solved one after another; cases that lie on
    no path are segments of one row.
    """

    people: Array
    cases: Array
    first: Array
    person: Array
    results: Array
    status: Array
    iterations: Array


class Bench(NamedTuple):
    """Scratch of one thread that solves eight cases at once.

    Records of lanes (``work``, ``spine``, ``case``, ``answer``), the numbers of the last three as tables, ``place`` of every number of an
    answer in a result record, which ``rows`` and persons the lanes hold, and the rows that wait for the long way.
    """

    work: Lanes
    spine: Lanes
    case: Lanes
    answer: Lanes
    spine_numbers: Array
    case_numbers: Array
    answer_numbers: Array
    place: Array
    rows: Array
    held: Array
    waiting: Array


def allocate_bench(people: Any, topology: Any, chunk: int) -> Bench:
    """Scratch for up to ``chunk`` cases of the packed persons ``people``."""
    fascicles = people.fascicle.shape[1]
    whole = result_type(fascicles)
    names = tuple(name for name, variable in VARIABLES.items() if variable.dtype == "f8")
    answer = Lanes(result_type(fascicles, names))
    fields = [whole.fields[name] for name in names]  # type: ignore[index]
    place = np.concatenate([kind_offset[1] // 8 + np.arange(kind_offset[0].itemsize // 8) for kind_offset in fields])
    work, spine, case = Lanes(allocate(people[0], topology).dtype), Lanes(people.dtype), Lanes(CASE)
    rows, held = np.zeros(WIDTH, np.int64), np.full(WIDTH, -1, np.int64)
    tables = spine.numbers, case.numbers, answer.numbers
    return Bench(work, spine, case, answer, *tables, place, rows, held, np.zeros(chunk + WIDTH, np.int64))
