"""Which moments muscles could not supply, by joint and direction."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from spinesim.model import cases as packing
from spinesim.model.anatomy import SpineModel
from spinesim.model.layout import HIP_ROWS, stack
from spinesim.model.load import Load
from spinesim.model.names import JOINTS, STRENGTH_EXCEEDED
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.solver.api import person_record, result_type
from spinesim.solver.compiled import solve_rows
from spinesim.solver.recruitment import CUBE, MIN_MAX, SQUARE
from spinesim.solver.workspace import allocate

LEAST_NM: Final = 0.01

_POWERS: Final = {2.0: SQUARE, 3.0: CUBE, math.inf: MIN_MAX}
# Direction of a positive and of a negative moment about x, y, z of the disc frame.
_TURNS: Final = (("right bending", "left bending"), ("left rotation", "right rotation"), ("extension", "flexion"))
_HIPS: Final = (("extension", "flexion"), ("abduction", "adduction"))


def unmet_moments(model: SpineModel, subject: Subject, posture: Posture, load: Load, exponent: float = 2.0) -> dict[str, float]:
    """Moments that no allowed activation supplies, for a case of status ``strength_exceeded``.

    Parameters
    ----------
    model, subject, posture, load, exponent
        As for :func:`spinesim.solver.api.solve`.

    Returns
    -------
    dict
        N m, at least 0.01, by name such as ``L4-L5 extension`` or ``right hip extension``, largest first; empty for
        any other status. The largest is ``unmet_moment_Nm`` of the solution.
    """
    people = stack([person_record(model, subject)])
    case = packing.pack(model.tables, np.zeros(1), [posture], [load])
    work = allocate(people[0], model.topology)
    out = np.zeros(1, result_type(len(model.fascicles))).view(np.recarray)
    solve_rows(people, model.topology, case, 0, 1, _POWERS[exponent], work, out)
    if out[0].status != STRENGTH_EXCEEDED:
        return {}
    # Reserves are proportional to the multipliers of their equations.
    reserve = work.multiplier * (out[0].unmet_moment_Nm / np.abs(work.multiplier).max())
    found = {name: value for name, value in _named(reserve) if value >= LEAST_NM}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _named(rows: Any) -> Iterator[tuple[str, float]]:
    """Every equation's moment with its name, in the order of the equations: hips right and left, joints from below."""
    for row, side in ((0, "right"), (2, "left")):
        for axis, names in enumerate(_HIPS):
            outward = -1.0 if side == "left" and axis == 1 else 1.0
            yield f"{side} hip {_direction(names, outward * rows[row + axis])}", abs(float(rows[row + axis]))
    for joint, name in enumerate(JOINTS):
        for axis, names in enumerate(_TURNS):
            value = rows[HIP_ROWS + 3 * joint + axis]
            yield f"{name} {_direction(names, value)}", abs(float(value))


def _direction(names: tuple[str, str], value: float) -> str:
    return names[0] if value >= 0.0 else names[1]
