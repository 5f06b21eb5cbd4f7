"""What is said of a structure that was picked: its numbers, as they stand in the result."""

from __future__ import annotations

import numpy as np

from spinesim.model.names import JOINTS, LEVELS, LIGAMENTS, SIDES
from spinesim.viz.scene import Frame, Scene, level_of
from spinesim.viz.scene.spindles import Spindles

_VERTEBRAE = ("L5", "L4", "L3", "L2", "L1")


def listed(scene: Scene, spindles: Spindles) -> dict[str, tuple[str, int]]:
    """Structures that can be chosen by their names: actor and part of each, as for :func:`told`."""
    per, found = len(scene.strips.group), {f"Disc {LEVELS[level_of(j)]}": ("discs", j) for j in range(5, -1, -1)}
    found |= {f"Facet joint {LEVELS[level_of(j)]}, {side}": ("arrows", 2 * j + s) for j in range(5, -1, -1) for s, side in enumerate(SIDES)}
    for group, name in enumerate(LIGAMENTS):
        first = int(np.flatnonzero(scene.strips.group == group)[0])
        found |= {f"Ligament {name}, {LEVELS[level_of(j)]}": ("ligaments", per * j + first) for j in range(5, -1, -1)}
    names, groups = scene.model.fascicles, scene.model.groups
    muscles = {f"{groups[f]}: {names[f]}".replace("_", " "): ("spindles", k) for k, f in enumerate(spindles.fascicle.tolist())}
    return found | muscles


def told(scene: Scene, frame: Frame, spindles: Spindles, name: str, part: int) -> str:
    """Words on the structure ``part`` of the actor ``name`` of a stage."""
    if frame.readings.solution is None:
        return f"{name}: no answer"
    if name == "discs":
        return _disc(frame, level_of(part))
    if name == "spindles":
        return _muscle(frame, int(spindles.fascicle[part]))
    if name == "ligaments":
        joint, strand = divmod(part, len(scene.strips.group))
        return _ligament(frame, level_of(joint), int(scene.strips.group[strand]))
    if name == "arrows":
        return _facet(frame, level_of(part // 2), part % 2)
    if name == "load":
        return "the load" if part == 0 else "the load on the back"
    if name == "limbs":
        return "the body, as a sketch"
    return _bone(frame, name)


def _disc(frame: Frame, level: int) -> str:
    s, r = frame.readings.level(level), frame.readings
    return (
        f"Disc {LEVELS[level]}: compression {r.reading('compression', level).text}; "
        f"net of the level {s['compression_N']:,.0f} N; pressure {r.reading('pressure', level).text}; "
        f"anterior shear {s['anterior_shear_N']:,.0f} N; bent {s['rotation_deg'][0]:.1f} deg"
    )


def _muscle(frame: Frame, fascicle: int) -> str:
    s = frame.readings.solution
    assert s is not None
    force = s.active_force_N[fascicle] + s.passive_force_N[fascicle]
    return (
        f"{s.groups[fascicle].replace('_', ' ')}, {s.fascicles[fascicle]}: activation {100.0 * s.activation[fascicle]:.0f} %; "
        f"force {force:,.0f} N ({s.passive_force_N[fascicle]:,.0f} N of it passive)"
    )


def _ligament(frame: Frame, level: int, group: int) -> str:
    return f"Ligament {LIGAMENTS[group]} at {LEVELS[level]} (whole group): tension {frame.readings.reading('ligament', level, group).text}"


def _facet(frame: Frame, level: int, side: int) -> str:
    peak = frame.readings.level(level)["facet_peak_MPa"][side]
    force = frame.readings.reading("facet", level, side).text
    return f"Facet joint {LEVELS[level]}, {SIDES[side]}: force {force}; peak pressure {peak:.2f} MPa"


def _bone(frame: Frame, name: str) -> str:
    """A bone with the loads on its discs."""
    if name not in _VERTEBRAE:
        return name.replace("_", " ")
    below = _VERTEBRAE.index(name)
    parts = [f"{JOINTS[j]} {frame.readings.reading('compression', level_of(j)).text}" for j in (below + 1, below)]
    return f"Vertebra {name}: disc compression above {parts[0]}, below {parts[1]}"
