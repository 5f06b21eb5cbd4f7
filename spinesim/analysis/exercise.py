"""An exercise: postures on a way, how fast the way is gone, and where the load is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from spinesim.model.load import Load
from spinesim.model.posture import Posture

Place = Literal["both", "left", "right", "back", "none"]
Sides = Literal["symmetric", "left", "right", "alternating"]
Hips = Literal["over_feet", "fixed"]

_OPPOSITE: Final[dict[str, Any]] = {"left": "right", "right": "left", "left_side": "right_side", "right_side": "left_side"}


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A posture at a share ``at`` (0 to 1) of the way."""

    at: float
    posture: Posture


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a repetition: ``seconds`` for the way to the share ``to``, or without it for staying."""

    name: str
    seconds: float
    to: float | None = None


@dataclass(frozen=True, slots=True)
class Lean:
    """Part of body weight that the ground carries at the hands, or elbows, against gravity."""

    hands: Literal["both", "left", "right"]
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """What is done in one repetition, and how many there are.

    Parameters
    ----------
    name, description, citation, notes
        For the reader; ``notes`` say where the postures come from and what the motion leaves out.
    keyframes
        In rising order of ``at``, from 0 to 1; one alone is a posture that is held. They agree in all that is no number.
    phases
        In order, beginning at the share 0.
    place
        Where the load is: ``both`` hands, ``left``, ``right``, on the ``back``, or ``none`` if there can be none.
    load_kg
        Usual load, taken where none is asked for.
    reps
        Repetitions of a set; of each side if sides alternate.
    sides
        ``symmetric``, or the side that the keyframes are written for; ``alternating``: as written and then mirrored.
    hips
        ``over_feet``: the hips are where hip and knee angles put them over feet at rest, so that they accelerate;
        ``fixed``: they stay, on a seat, a bench or the ground.
    dynamic_factor
        Of walking, for a posture that is held: the whole trunk rises and falls once in the phase, its weight counting between
        ``2 - dynamic_factor`` and ``dynamic_factor``.
    lean
        Weight that hands give to the ground.
    """

    name: str
    description: str
    keyframes: tuple[Keyframe, ...]
    phases: tuple[Phase, ...]
    place: Place = "both"
    load_kg: float = 0.0
    reps: int = 1
    sides: Sides = "symmetric"
    hips: Hips = "over_feet"
    dynamic_factor: float = 1.0
    lean: Lean | None = None
    citation: str = ""
    notes: str = ""

    @property
    def seconds(self) -> float:
        """Duration of one repetition."""
        return sum(phase.seconds for phase in self.phases)

    def stretched(self, factor: float) -> Exercise:
        """The same exercise, every phase ``factor`` times as long."""
        return replace(self, phases=tuple(replace(phase, seconds=factor * phase.seconds) for phase in self.phases))

    def mirrored(self) -> Exercise:
        """The same exercise with left and right changed."""
        return replace(
            self,
            keyframes=tuple(replace(key, posture=mirrored_posture(key.posture)) for key in self.keyframes),
            place=_OPPOSITE.get(self.place, self.place),
            sides=_OPPOSITE.get(self.sides, self.sides),
            lean=replace(self.lean, hands=_OPPOSITE.get(self.lean.hands, self.lean.hands)) if self.lean else None,
        )


def mirrored_posture(posture: Posture) -> Posture:
    """The posture with left and right changed."""
    return replace(
        posture,
        lateral_deg=-posture.lateral_deg,
        rotation_deg=-posture.rotation_deg,
        pelvic_lateral_deg=-posture.pelvic_lateral_deg,
        pelvic_rotation_deg=-posture.pelvic_rotation_deg,
        upper_arm_deg=posture.upper_arm_deg[::-1],
        forearm_deg=posture.forearm_deg[::-1],
        arm_abduction_deg=posture.arm_abduction_deg[::-1],
        gravity=_OPPOSITE.get(posture.gravity, posture.gravity),
        stance=_OPPOSITE.get(posture.stance, posture.stance),
    )


def mirrored_load(load: Load) -> Load:
    """The load with left and right changed."""
    return replace(load, hands=_OPPOSITE.get(load.hands, load.hands), side_N=-load.side_N)
