"""A ladder of loads held against limits: how far it is allowed, and what ends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from spinesim.analysis.demand import Demands, Task, outside
from spinesim.analysis.tissue_limits import Limits, Shown, axis, demonstrated, leading, on_axis, share_shown, utilisation, within
from spinesim.analysis.tolerance import Person
from spinesim.analysis.tolerance.data import Array
from spinesim.model.subject import Subject

VALIDATED: Final = "validated range"
NO_ANSWER: Final = "no answer"
NO_PLACE: Final = "no place for a load"
BLOCK: Final = 8  # load steps solved at a time, of a single posture
MANY: Final = 96  # cases solved at a time, of many frames

_WORDS: Final = {
    "compression": "compression of the disc",
    "compression_flexion": "compression of the disc together with bending",
    "shear": "anterior shear",
    "facet_force": "force on a facet",
    "facet_pressure": "contact pressure of a facet",
    "disc_pressure": "pressure in the disc",
    "ligament": "tension of a ligament",
    "torsion": "torsion",
    "muscle": "activation of a muscle",
}
_UNITS: Final = {"facet_pressure": "MPa", "disc_pressure": "MPa", "torsion": "N m", "muscle": "of its capacity"}


@dataclass(frozen=True, slots=True)
class End:
    """What ends a range of loads."""

    tissue: str
    level: str | None
    phase: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A ladder of loads held against limits.

    Attributes
    ----------
    ruled
        Which steps are within the rule, (N,).
    habits
        Which steps each demonstrated task grants, (H, N).
    count
        Steps from the unloaded one that are allowed on either ground.
    """

    asked: Demands
    shown: Sequence[Shown]
    person: Person
    used: Mapping[str, Array]
    ruled: Any
    habits: Any
    count: int

    @classmethod
    def of(cls, asked: Demands, limits: Limits, shown: Sequence[Shown]) -> Judged:
        """Judge every step."""
        used = utilisation(asked, limits)
        ruled = within(asked, used)
        habits = np.array([demonstrated(asked, used, item, limits.person) for item in shown]).reshape(len(shown), len(ruled))
        return cls(asked, shown, limits.person, used, ruled, habits, int(leading(ruled | habits.any(axis=0))))

    def margin(self) -> float:
        """What is left at the limit, of the tightest limit or of what was demonstrated."""
        top = self.count - 1
        if self.ruled[top]:
            return 1.0 - max(float(share[top].max()) for share in self.used.values())
        grants = [item for item, granted in zip(self.shown, self.habits[:, top], strict=True) if granted]
        return 1.0 - min(share_shown(self.asked.step(top), item) for item in grants) / self.person.floor_share

    def utilisation(self, step: int) -> dict[str, dict[str, float]]:
        """Share of each limit that a step uses, worst frame."""
        return {name: dict(zip(axis(name), share[step].max(axis=0).tolist(), strict=True)) for name, share in self.used.items()}

    def end(self, subject: Subject, task: Task) -> End:
        """What keeps the first step that is not allowed from being so."""
        step, asked = self.count, self.asked
        if step >= len(asked.load_kg):
            return End(NO_PLACE, None, None, "the task has no place for a load")
        kg = float(asked.load_kg[step])
        if not asked.validated[step].all():
            return End(VALIDATED, None, None, "; ".join(outside(subject, task, kg)))
        if not asked.converged[step].all():
            frame = int(np.argmin(asked.converged[step]))
            weak = bool(asked.strength_exceeded[step, frame])
            why = "the muscles cannot hold it" if weak else "the model finds no equilibrium, which counts as unsafe"
            return End("muscle" if weak else NO_ANSWER, None, task.phase(frame), f"{why} at {kg:g} kg")
        return self._worst(step, kg, task)

    def beyond(self, step: int) -> dict[str, Array]:
        """Shares of the tissues that a step takes over their limit, (F, axis); compression speaks for compression with bending."""
        found = {name: share[step] for name, share in self.used.items() if share[step].max() > 1.0}
        if "compression" in found:
            found.pop("compression_flexion")
        return found

    def worst(self, step: int) -> tuple[str, int, int]:
        """Tissue that a step takes furthest over its limit, with the frame and the place on its axis; the step has an answer."""
        beyond = self.beyond(step)
        name = max(beyond, key=lambda tissue: float(beyond[tissue].max()))
        frame, place = np.unravel_index(int(np.argmax(beyond[name])), beyond[name].shape)
        return name, int(frame), int(place)

    def _worst(self, step: int, kg: float, task: Task) -> End:
        name, frame, place = self.worst(step)
        level, share = axis(name)[place], float(self.used[name][step, frame, place])
        load = float(on_axis(self.asked, name)[step, frame, place])
        against = f"{100.0 * share:.4g} % of the joint limit" if name == "compression_flexion" else f"against {_size(load / share, name)}"
        why = f"{_WORDS[name]}, {level}: {_size(load, name)} at {kg:g} kg, {against}"
        return End(name, None if name == "muscle" else level, task.phase(frame), why)


def climb(upto: Callable[[int], Demands], limits: Limits, shown: Sequence[Shown], most: int, block: int) -> Judged:
    """Judge load steps from the unloaded one upwards, no further than needed.

    Parameters
    ----------
    upto
        Demands of the first steps; at most those that there are.
    most
        Steps beyond which nobody asks.
    block
        Steps solved at a time.
    """
    steps = min(block, most)
    while True:
        judged = Judged.of(upto(steps), limits, shown)
        if judged.count < steps or steps >= most:
            return judged
        steps = min(steps + block, most)


def block_of(frames: int) -> int:
    """Load steps of a task that are solved at a time."""
    return max(min(BLOCK, MANY // frames), 1)


def _size(load: float, tissue: str) -> str:
    """A load as it is read."""
    return f"{load:.3g} {_UNITS[tissue]}" if tissue in _UNITS else f"{load:.0f} N"
