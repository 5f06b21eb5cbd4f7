"""Names used everywhere: levels, sides, bodies, ligaments, muscle groups.

Arrays that have a level axis run from cranial to caudal in results (:data:`LEVELS`) and from caudal to
cranial inside the mechanics, where a joint index is also the index of the body below it.
"""

from __future__ import annotations

import difflib
from typing import Final

LEVELS: Final = ("T12-L1", "L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1")
JOINTS: Final = LEVELS[::-1]
SIDES: Final = ("left", "right")
AXES: Final = ("x", "y", "z")
ROTATIONS: Final = ("flexion", "lateral", "axial")
HIP_AXES: Final = ("extension", "abduction")

# The chain from pelvis to thorax first, so that body b + 1 is the one above joint b.
BODIES: Final = ("pelvis", "L5", "L4", "L3", "L2", "L1", "thorax", "femur_right", "femur_left", "tibia_right", "tibia_left")
CHAIN: Final = BODIES[:7]

LIGAMENTS: Final = ("ALL", "PLL", "LF", "FC", "ITL", "ISL", "SSL")

MUSCLE_GROUPS: Final = (
    "rectus_abdominis",
    "external_oblique",
    "internal_oblique",
    "transversus_abdominis",
    "psoas",
    "quadratus_lumborum",
    "multifidus",
    "longissimus_lumborum",
    "longissimus_thoracis",
    "iliocostalis_lumborum",
    "iliocostalis_thoracis",
    "latissimus_dorsi",
    "iliacus",
    "gluteus_maximus",
    "gluteus_medius",
    "hamstrings",
)

SUPPORTS: Final = ("backrest", "elbows", "armrests")
STANCES: Final = ("both", "left", "right", "seated", "lying")
GRAVITIES: Final = ("standing", "supine", "prone", "left_side", "right_side")
HANDS: Final = ("both", "left", "right")

STATUSES: Final = ("converged", "strength_exceeded", "not_converged", "invalid_input")
CONVERGED, STRENGTH_EXCEEDED, NOT_CONVERGED, INVALID_INPUT = range(4)


MOST_NAMES: Final = 24  # that a message lists


def unknown_name(where: str, given: object, expected: tuple[str, ...], cutoff: float = 0.5) -> str:
    """Words for a name that is none of the expected ones, with the nearest of them if there is one."""
    near = difflib.get_close_matches(str(given), expected, 1, cutoff)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    some = ", ".join(expected[:MOST_NAMES]) + (f" and {len(expected) - MOST_NAMES} more" if len(expected) > MOST_NAMES else "")
    return f"{where}: {given!r} is unknown; expected one of {some}{hint}"
