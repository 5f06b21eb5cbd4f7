"""What the person carries, pushes or pulls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Hands = Literal["both", "left", "right"]


@dataclass(frozen=True, slots=True)
class Load:
    """External load beside the body's own weight.

    Parameters
    ----------
    mass_kg, hands
        Mass held in the hands, shared equally by both or held in one.
    backpack_kg
        Mass on the back of the thorax.
    push_N, lift_N, side_N
        Force that the hands exert on the surroundings: forward (a pull is negative), upward, to the right;
        on the same hands as the mass.
    """

    mass_kg: float = 0.0
    hands: Hands = "both"
    backpack_kg: float = 0.0
    push_N: float = 0.0
    lift_N: float = 0.0
    side_N: float = 0.0
