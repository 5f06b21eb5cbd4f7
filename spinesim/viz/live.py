"""A case that is changed by hand and solved again at once: what the sliders of the window and of the browser move."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from spinesim.config.presets import preset
from spinesim.model.anatomy import SpineModel
from spinesim.model.cases import trunk_angles
from spinesim.model.load import Load
from spinesim.model.names import unknown_name
from spinesim.model.posture import Posture
from spinesim.solver.api import solve
from spinesim.solver.solution import Solution
from spinesim.viz.picture import Shown, state_words

GIVEN: Final = "as given"


@dataclass(frozen=True)
class Knob:
    """A number that is set by a slider: its name, words, unit, ends and step."""

    name: str
    words: str
    unit: str
    low: float
    high: float
    step: float


KNOBS: Final = (
    Knob("flexion", "Trunk bent forward", "deg", -20.0, 90.0, 1.0),
    Knob("lateral", "Side bending to the right", "deg", -20.0, 20.0, 1.0),
    Knob("rotation", "Rotation to the left", "deg", -15.0, 15.0, 1.0),
    Knob("load", "Load", "kg", 0.0, 30.0, 0.5),
)
# Where the load is: arms by a preset, or hanging down, and what carries it.
HOLDS: Final[dict[str, tuple[str, str]]] = {
    "hanging arms": ("", "both"),
    "close to the body": ("hold_close", "both"),
    "stretched arms": ("hold_arms_length", "both"),
    "left hand": ("", "left"),
    "right hand": ("", "right"),
    "on the back": ("", "back"),
}


class Live:
    """Changes one case.

    Until something is changed the case is the one that was given, with its own solution.

    Parameters
    ----------
    model
        The geometry set.
    shown
        A single case.
    exponent
        Of the recruitment cost.

    Attributes
    ----------
    values
        Of the knobs, by name.
    hold
        One of :data:`HOLDS`, or :data:`GIVEN`.
    trouble
        Why the last change has no answer; empty if it has one.
    case
        Posture, load and solution that are shown: those of the last change that has an answer.
    changed
        Whether that is no longer the case that was given.
    """

    def __init__(self, model: SpineModel, shown: Shown, exponent: float = 2.0) -> None:
        self.model, self.shown, self.exponent = model, shown, exponent
        self._posture, self._load, _ = shown.case(0)
        tilt, flexion = (float(angle) for angle in trunk_angles(model.tables, self._posture))
        self._share = flexion / (tilt + flexion) if self._posture.trunk_inclination_deg is None and abs(tilt + flexion) > 1.0 else None
        if self._share is not None and not 0.0 <= self._share <= 1.0:
            self._share = None
        mass = self._load.mass_kg or self._load.backpack_kg
        self.values = {
            "flexion": tilt + flexion,
            "lateral": self._posture.lateral_deg,
            "rotation": self._posture.rotation_deg,
            "load": mass,
        }
        self.hold, self.trouble, self.changed = GIVEN, "", False
        self.case: tuple[Posture, Load, Solution] = shown.case(0)

    @property
    def heading(self) -> tuple[str, str]:
        """Title and subtitle of the present case."""
        if not self.changed:
            return self.shown.heading(0)
        v, person = self.values, self.shown.subtitle.rpartition("Person:")[2].strip()
        told = f"Trunk {v['flexion']:.0f} deg forward, {v['lateral']:.0f} deg to the right, turned {v['rotation']:.0f} deg to the left. "
        told += f"Load: {v['load']:g} kg, {self.hold}. Person: {person}"
        return self.shown.title, f"{told}{state_words(self.case[2])}"

    def set(self, name: str, value: float) -> None:
        """Set a knob and solve.

        Raises
        ------
        ValueError
            If there is no such knob, or the value is outside its ends.
        """
        knob = next((k for k in KNOBS if k.name == name), None)
        if knob is None:
            raise ValueError(unknown_name("knob", name, tuple(k.name for k in KNOBS)))
        if not knob.low <= value <= knob.high:
            raise ValueError(f"{name} = {value:g} {knob.unit} is outside {knob.low:g} to {knob.high:g} {knob.unit}")
        self.values[name] = float(value)
        self._solve()

    def carry(self, hold: str) -> None:
        """Put the load somewhere else and solve.

        Raises
        ------
        ValueError
            If there is no such place.
        """
        if hold not in (GIVEN, *HOLDS):
            raise ValueError(unknown_name("hold", hold, (GIVEN, *HOLDS)))
        self.hold = hold
        self._solve()

    def next_hold(self) -> str:
        """The place after the present one."""
        places = (GIVEN, *HOLDS)
        return places[(places.index(self.hold) + 1) % len(places)]

    def reset(self) -> None:
        """Back to the case that was given."""
        Live.__init__(self, self.model, self.shown, self.exponent)

    def _solve(self) -> None:
        """Solve the present numbers; what cannot be computed leaves the last picture and says why."""
        posture, load = self._asked()
        try:
            solution = solve(self.model, self.shown.subject, posture, load, self.exponent)
        except ValueError as error:
            self.trouble = str(error)
            return
        self.trouble = "" if np.isfinite(solution.compression_N).all() else f"no answer: {solution.reason}"
        if not self.trouble:
            self.case, self.changed = (posture, load, solution), True

    def _asked(self) -> tuple[Posture, Load]:
        v = self.values
        bent = replace(
            self._posture,
            pelvic_tilt_deg=0.0,
            flexion_deg=0.0,
            trunk_inclination_deg=v["flexion"],
            lumbar_share=self._share if self._share is not None else self._posture.lumbar_share,
            lateral_deg=v["lateral"],
            rotation_deg=v["rotation"],
        )
        if self.hold == GIVEN:
            back = bool(self._load.backpack_kg) and not self._load.mass_kg
            return bent, replace(self._load, backpack_kg=v["load"]) if back else replace(self._load, mass_kg=v["load"])
        arms, carrier = HOLDS[self.hold]
        held: Any = preset(arms) if arms else None
        upper, fore = (held.upper_arm_deg, held.forearm_deg) if held else ((0.0, 0.0), (0.0, 0.0))
        hands: Any = carrier if carrier != "back" else "both"
        posture = replace(bent, upper_arm_deg=upper, forearm_deg=fore, arm_abduction_deg=(0.0, 0.0), hand_position_mm=None)
        return posture, Load(backpack_kg=v["load"]) if carrier == "back" else Load(mass_kg=v["load"], hands=hands)
