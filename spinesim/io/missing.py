"""Which moments muscles could not supply, by joint and direction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from spinesim.model.names import LEVELS, SIDES
from spinesim.solver.solution import Solution

LEAST_NM: Final = 0.01

# Direction of a positive and of a negative moment: about x and z of the disc frame, about y, at the hips.
_BENDING, _SAGITTAL = ("right bending", "left bending"), ("extension", "flexion")
_TWIST: Final = ("left rotation", "right rotation")
_HIPS: Final = (("extension", "flexion"), ("abduction", "adduction"))


def unmet_moments(solution: Solution) -> dict[str, float]:
    """Moments that no allowed activation supplies.

    Parameters
    ----------
    solution
        One case, without a case axis.

    Returns
    -------
    dict
        N m, at least 0.01, by name such as ``L4-L5 extension``, ``lumbar spine left rotation`` or ``right hip extension``,
        largest first; empty unless the status is ``strength_exceeded``. The largest is ``unmet_moment_Nm``.
    """
    if solution.status_name != "strength_exceeded":
        return {}
    found = {name: value for name, value in _named(solution) if value >= LEAST_NM}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _named(solution: Solution) -> Iterator[tuple[str, float]]:
    """Every moment with its name. Twist is one equation of the whole lumbar spine, so that its moments add up."""
    joints = solution.unmet_joint_moment_Nm
    for level, (about_x, _, about_z) in zip(LEVELS, joints.tolist(), strict=True):
        yield f"{level} {_direction(_BENDING, about_x)}", abs(about_x)
        yield f"{level} {_direction(_SAGITTAL, about_z)}", abs(about_z)
    twist = float(joints[:, 1].sum())
    yield f"lumbar spine {_direction(_TWIST, twist)}", abs(twist)
    for side, row in zip(SIDES, solution.unmet_hip_moment_Nm.tolist(), strict=True):
        for names, value in zip(_HIPS, row, strict=True):
            yield f"{side} hip {_direction(names, value)}", abs(value)


def _direction(names: tuple[str, str], value: float) -> str:
    return names[0] if value >= 0.0 else names[1]
