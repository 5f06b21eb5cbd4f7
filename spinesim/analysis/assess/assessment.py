"""What a recorded motion does to a spine, frame by frame, and what stands out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from spinesim.analysis.assess.bends import Bend, bends
from spinesim.analysis.assess.doses import Doses, doses
from spinesim.analysis.assess.rhythm import Rhythm, rhythm
from spinesim.analysis.assess.smoothness import Smoothness, smoothness
from spinesim.analysis.movement import Movement, MovementLoads, solve_movement
from spinesim.analysis.recording import TrunkMotion
from spinesim.analysis.recording.record import Array
from spinesim.analysis.tolerance import Findings, Person, strength
from spinesim.analysis.tolerance.fatigue import StateDependentDamage
from spinesim.model.anatomy import SpineModel
from spinesim.model.load import Load
from spinesim.model.names import CONVERGED, LEVELS, LIGAMENTS
from spinesim.model.subject import Subject
from spinesim.solver.api import Progress

Hands = Literal["both", "left", "right"]
MOST_GAPS: Final = 0.1  # of the frames may lie outside the computable range: an impact, or a marker that jumps
WIDEST: Final = 1.0  # of strength: beyond, one cycle is failure


@dataclass(frozen=True, slots=True)
class Held:
    """A mass in the hands for a part of the recording."""

    mass_kg: float
    hands: Hands
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Worst:
    """A frame that loads a tissue most: which level, when, how much."""

    tissue: str
    level: str
    time_s: float
    value: float


@dataclass(frozen=True, slots=True)
class Side:
    """Left and right of one quantity over the recording: means, and the difference over the sum, left positive."""

    left: float
    right: float

    @property
    def index(self) -> float:
        """From -1 to 1; 0 where both are alike or there is nothing."""
        total = abs(self.left) + abs(self.right)
        return (self.left - self.right) / total if total > 0.0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A recorded motion with its loads.

    Attributes
    ----------
    motion, loads
        Angles over time, and a solution with one row a frame.
    bends, smoothness
        Forward bends and how each is moved.
    down, up
        Rhythm of going down and coming up; ``None`` without a bend.
    facets, muscles
        Left against right: facet force by level (N), active force by muscle group (N).
    sideways_deg
        Mean bending (right positive) and rotation (left positive) while the trunk is bent.
    passive_share
        Largest share of the load moment that passive tissue holds, by level (6,), in bent frames; NaN without one.
    worst
        The frame that loads each kind of tissue most.
    impulse_Ns
        Net compression over time, by level (6,); NaN where frames have no answer.
    cycles
        Loading cycles of net compression by level.
    damage
        Of the recording, by level (6,): Barrett-Callaghan damage per specimen life at the median strength of people of that age and sex.
        It ranks motions; it is no probability.
    """

    motion: TrunkMotion
    loads: MovementLoads
    bends: tuple[Bend, ...]
    smoothness: tuple[Smoothness, ...]
    down: Rhythm | None
    up: Rhythm | None
    facets: dict[str, Side]
    muscles: dict[str, Side]
    sideways_deg: tuple[float, float]
    passive_share: Array
    worst: tuple[Worst, ...]
    impulse_Ns: Array
    cycles: tuple[int | None, ...]
    damage: Array
    doses: Doses


def assess(
    model: SpineModel,
    subject: Subject,
    motion: TrunkMotion,
    held: Sequence[Held] = (),
    findings: Findings | None = None,
    exponent: float = 2.0,
    progress: Progress | None = None,
) -> Assessment:
    """Solve every frame of a recorded motion, and say what it shows.

    Parameters
    ----------
    motion
        As :func:`~spinesim.analysis.recording.trunk_motion` makes it.
    held
        Masses in the hands; times are from the start of the recording.
    findings
        Of the spine, for its strength; unknown without.

    Raises
    ------
    ValueError
        If more than a tenth of the frames is outside the computable range, or a mass is held before or after the recording.
    """
    moving = _movement(motion, held)
    loads = solve_movement(model, subject, moving, exponent, progress, most_gaps=MOST_GAPS)
    found = bends(motion)
    bent = np.zeros(len(motion), bool)
    for bend in found:
        bent[bend.start : bend.stop + 1] = True
    return Assessment(
        motion=motion,
        loads=loads,
        bends=tuple(found),
        smoothness=tuple(smoothness(motion, bend) for bend in found),
        down=rhythm(motion, found, model.tables, "down"),
        up=rhythm(motion, found, model.tables, "up"),
        facets=_facets(loads),
        muscles=_muscles(loads),
        sideways_deg=_sideways(motion, bent),
        passive_share=_passive(loads, bent),
        worst=tuple(_worst(loads)),
        impulse_Ns=loads.impulse_Ns(),
        cycles=tuple(loads.cycles()),
        damage=_damage(loads, Person(subject.age_years, subject.sex, findings or Findings())),
        doses=doses(loads),
    )


def _movement(motion: TrunkMotion, held: Sequence[Held]) -> Movement:
    """The recording as a movement of one repetition, its phases named after where the trunk is."""
    time = motion.clock_s
    loads = [Load()] * len(motion)
    for item in held:
        if not time[0] - 1e-9 <= item.from_s < item.to_s <= time[-1] + 1e-9:
            raise ValueError(f"held: {item.from_s:g} to {item.to_s:g} s is no part of the recording, {time[0]:.4g} to {time[-1]:.4g} s")
        for frame in np.flatnonzero((time >= item.from_s) & (time <= item.to_s)):
            loads[frame] = Load(mass_kg=item.mass_kg, hands=item.hands)
    place = held[0].hands if held else "none"
    still = np.zeros((len(motion), 3))
    return Movement(motion.origin, 1, max((h.mass_kg for h in held), default=0.0), time, _phases(motion), tuple(motion.postures()),
                    tuple(loads), place, still)  # fmt: skip


def _phases(motion: TrunkMotion) -> tuple[str, ...]:
    names = ["upright"] * len(motion)
    for number, bend in enumerate(bends(motion), start=1):
        names[bend.start : bend.deepest] = [f"bend {number} down"] * (bend.deepest - bend.start)
        names[bend.deepest : bend.stop + 1] = [f"bend {number} up"] * (bend.stop + 1 - bend.deepest)
    return tuple(names)


def _facets(loads: MovementLoads) -> dict[str, Side]:
    mean = np.nanmean(loads.solution.facet_force_N, axis=0)
    return {name: Side(*mean[level].tolist()) for level, name in enumerate(LEVELS)}


def _muscles(loads: MovementLoads) -> dict[str, Side]:
    """Active force of each group, both sides, mean over the frames."""
    force = np.nanmean(loads.solution.active_force_N, axis=0)
    names = [(group, name.rsplit("_", 1)[1]) for name, group in zip(loads.solution.fascicles, loads.solution.groups, strict=True)]
    totals = dict.fromkeys(names, 0.0)
    for key, value in zip(names, force.tolist(), strict=True):
        totals[key] += value
    return {group: Side(totals[group, "left"], totals[group, "right"]) for group in dict.fromkeys(loads.solution.groups)}


def _sideways(motion: TrunkMotion, bent: Array) -> tuple[float, float]:
    if not bent.any():
        return 0.0, 0.0
    bending, rotation = motion.lumbar_deg[bent, 1:].mean(axis=0).tolist()
    return bending, rotation


def _passive(loads: MovementLoads, bent: Array) -> Array:
    shares = loads.solution.passive_share[bent & (loads.solution.status == CONVERGED)]
    return np.asarray(shares.max(axis=0)) if len(shares) else np.full(len(LEVELS), np.nan)


def _worst(loads: MovementLoads) -> list[Worst]:
    """For each kind of tissue the frame, and the level or ligament, with the highest load."""
    found = loads.solution
    series = {
        "disc compression, N": (found.disc_compression_N, LEVELS),
        "disc pressure, MPa": (found.intradiscal_pressure_MPa, LEVELS),
        "anterior shear, N": (found.anterior_shear_N, LEVELS),
        "facet force, N": (found.facet_force_N.max(axis=-1), LEVELS),
        "ligament tension, N": (
            found.ligament_tension_N.reshape(len(found), -1), tuple(f"{level} {name}" for level in LEVELS for name in LIGAMENTS),
        ),
        "muscle activation": (found.activation, found.fascicles),
    }  # fmt: skip
    return [_peak(name, values, places, loads.movement.time_s) for name, (values, places) in series.items()]


def _peak(tissue: str, values: Array, places: Sequence[str], time_s: Array) -> Worst:
    known = np.nan_to_num(values, nan=-np.inf)
    frame, place = np.unravel_index(int(np.argmax(known)), known.shape)
    return Worst(tissue, places[int(place)], float(time_s[frame]), float(values[frame, place]))


def _damage(loads: MovementLoads, person: Person) -> Array:
    """One cycle of its peak for every loading cycle of a level, relative to the median strength."""
    bears = strength(person).median
    peaks = np.array([peak.value for peak in loads.peaks("compression_N")])
    cycles = np.array([np.nan if count is None else float(count) for count in loads.cycles()])
    share = peaks / bears
    one = StateDependentDamage().per_cycle(np.where(np.isfinite(share), np.minimum(share, WIDEST), 0.0))
    return np.asarray(np.where(share < WIDEST, cycles * one, 1.0) + 0.0 * cycles)
