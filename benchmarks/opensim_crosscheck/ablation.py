"""Our whole model beside LFB, and why they differ: one cause after the other is put into LFB, or taken out of ours.

LFB's recruitment is solved by our kernel, so that causes can be laid on it:

    couplers     joints coupled as LFB comes, three equations in the rhythm of the posture, then removed: 18 equations
    net loads    weight and sagittal moments of spinesim at every level: mass distribution, translations of discs
    passive      less the moments that spinesim's discs, ligaments and facets carry
    strength     gain of every fascicle as in spinesim: stress factor, scaling with body mass, force-length curve
    weights      cost V = F0 max(fibre length, 40 mm) instead of 1
    tone         resting tone as lower bound

Out of spinesim by public parameters:

    tone         ``resting_tone = 0``
    pressure     pressures and strut area at a tenth each, the least allowed: a hundredth of the abdominal force
    strength     stress factor such that both models are equally strong
    passive      bending and torsion stiffness of discs, and ligaments, at a tenth, the least allowed
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

import spinesim as ss
from benchmarks.opensim_crosscheck.compare import BUYS, Row, reaction
from benchmarks.opensim_crosscheck.lfb import Array, Mechanics, Muscles
from spinesim.model.layout import FORCE_ACTIVE, GRAVITY
from spinesim.solver.standalone import Problem

LEVELS = ("L5-S1", "L4-L5")  # by LFB's joint index
FIBRE_FLOOR = 0.040  # m, muscle_law.length_floor
STATURE = 1.68  # m, at which joint centres are those of LFB
_SOFT = ("disc_law.bending_stiffness_sagittal", "disc_law.bending_stiffness_lateral", "disc_law.torsion_stiffness", "ligaments.stiffness")
_PRESSURE = ("muscle_law.area", "muscle_law.transversus_pressure", "muscle_law.oblique_pressure")
UNCOUPLED = "every joint balanced by itself"
_LEAST = 0.1  # of a factor on a table value


class Chain(NamedTuple):
    """Compression after each step (steps, cases, levels), N; NaN where it was not solved or does not apply."""

    names: tuple[str, ...]
    cases: tuple[str, ...]
    compression: Array


class Swap(NamedTuple):
    """What LFB's recruitment is given."""

    moment: Array
    weight: Array
    gain: Array
    cost: Array
    lower: float


def person(mass: float) -> ss.Subject:
    """LFB's mass with the stature that gives its joint centres."""
    return ss.Subject(mass_kg=mass, stature_m=STATURE)


def solve(rows: Sequence[Row], subject: ss.Subject) -> ss.Solution:
    """Our whole model in all postures."""
    return ss.solve_batch(ss.SpineModel.default(), subject, [row.case.posture for row in rows], [row.case.load for row in rows])


def net_compression(answer: ss.Solution) -> Array:
    """Compression (cases, levels) at L5-S1 and L4-L5."""
    return np.where(answer.status[:, None] == 0, answer.compression_N[:, [5, 4]], np.nan)


def strength_ratio(subject: ss.Subject, muscles: Muscles) -> float:
    """Our strength over LFB's, of the fascicles that both have."""
    model = ss.SpineModel.default()
    own = dict(zip(model.fascicles, model.pack(subject).fascicle[:, FORCE_ACTIVE], strict=True))
    both = [(own[name], force) for name, force in zip(_own_names(muscles), muscles.strength, strict=True) if name in own]
    return float(np.divide(*np.sum(both, axis=0)))


def taken_out(rows: Sequence[Row], subject: ss.Subject, muscles: Muscles) -> Chain:
    """Steps from our model towards LFB."""
    least = dict.fromkeys(_PRESSURE, _LEAST)
    weaker = least | {"muscle_law.active_stress_factor": 1.0 / strength_ratio(subject, muscles)}
    softer = weaker | dict.fromkeys(_SOFT, _LEAST)
    no_tone = replace(subject, resting_tone=0.0)
    steps = {
        "spinesim": subject,
        "no resting tone": no_tone,
        "no abdominal pressure": replace(no_tone, tissue=least),
        "strength of LFB": replace(no_tone, tissue=weaker),
        "passive joints at a tenth": replace(no_tone, tissue=softer),
    }
    return Chain(
        tuple(steps), tuple(row.case.name for row in rows), np.array([net_compression(solve(rows, who)) for who in steps.values()])
    )


def put_in(rows: Sequence[Row], subject: ss.Subject, muscles: Muscles, share: Array) -> Chain:
    """Steps from LFB towards our model, in sagittal postures, where moments about z say all."""
    model, full = ss.SpineModel.default(), solve(rows, subject)
    quiet = net_compression(solve(rows, replace(subject, tissue=dict.fromkeys(_PRESSURE, _LEAST))))
    frame, tone = model.pack(subject).frame, model.tables.value("muscle_law", "tone", "resting_tone")
    names, found = (), []
    for index, row in enumerate(rows):
        if not row.case.sagittal:
            continue
        swaps = _swaps(row, full.row(index), muscles, tone)
        normal = disc_normals(row.mechanics, frame)
        coupled = _compression(row.mechanics, swaps[UNCOUPLED], normal, _coupling(share))
        chain = {"LFB as it comes, joints coupled": coupled}
        chain |= {name: _compression(row.mechanics, swap, normal) for name, swap in swaps.items()}
        chain |= {"spinesim without abdominal pressure": quiet[index], "spinesim": net_compression(full)[index]}
        names, found = tuple(chain), [*found, list(chain.values())]
    return Chain(names, tuple(row.case.name for row in rows if row.case.sagittal), np.array(found).transpose(1, 0, 2))


def disc_normals(mechanics: Mechanics, frame: Array) -> Array:
    """Disc normals in ground (6, 3), half-way between the two vertebrae.

    LFB's vertebral frames are parallel to the pelvis in neutral, so that their y axes are no normals; our neutral disc frames
    (6, 3, 3) turn with them.
    """
    turned = np.einsum("jik,jk->ji", mechanics.rotation[:-1] + mechanics.rotation[1:], frame[:, :, 1])
    return turned / np.linalg.norm(turned, axis=1, keepdims=True)


def compression(force: Array, normal: Array) -> Array:
    """Compression at L5-S1 and L4-L5 (2,) of the forces on the vertebrae below (6, 3)."""
    return -np.einsum("ji,ji->j", force, normal)[:2]


def _compression(mechanics: Mechanics, swap: Swap, normal: Array, coupling: Array | None = None) -> Array:
    columns, moment = mechanics.arms * swap.gain[:, None], swap.moment
    if coupling is not None:
        columns, moment = columns @ coupling, moment @ coupling
    found = Problem(columns, swap.cost, swap.lower, 1.0).solve(moment, reserve=BUYS)
    return compression(reaction(mechanics, swap.gain * found.activation, swap.weight), normal)


def _coupling(share: Array) -> Array:
    """How the 18 rotations follow bending, rotation and flexion of the whole (18, 3)."""
    return np.concatenate([np.diag(row[[1, 2, 0]]) for row in share])


def _swaps(row: Row, full: ss.Solution, muscles: Muscles, tone: float) -> dict[str, Swap]:
    """The steps, each on top of the ones before. Results run from cranial to caudal, rows from caudal to cranial."""
    start = Swap(row.mechanics.moment, row.mechanics.weight, row.mechanics.gain, np.ones(len(muscles.names)), 0.0)
    cost = muscles.strength * np.maximum(muscles.fibre, FIBRE_FLOOR)
    load, carried = full.load_moment_Nm[::-1, 2], full.moment_Nm[::-1, 2]
    weight = full.weight_above_N[::-1] + row.case.mass * GRAVITY
    changes: dict[str, Callable[[Swap], Swap]] = {
        "net loads of spinesim": lambda s: s._replace(moment=_sagittal(s.moment, -load), weight=weight),
        "passive joints of spinesim": lambda s: s._replace(moment=_sagittal(s.moment, carried - load)),
        "strength of spinesim": lambda s: s._replace(gain=_own_gain(full, muscles, s.gain)),
        "cost weights of spinesim": lambda s: s._replace(cost=cost / cost.mean()),
        "resting tone": lambda s: s._replace(lower=tone),
    }
    swaps = {UNCOUPLED: start}
    for name, change in changes.items():
        swaps[name] = start = change(start)
    return swaps


def _sagittal(moment: Array, about_z: Array) -> Array:
    """Rows with other moments about z."""
    changed = moment.copy()
    changed[2::3] = about_z
    return changed


def _own_names(muscles: Muscles) -> list[str]:
    """LFB's names in our spelling."""
    sides = {"r": "right", "l": "left"}
    plain = (name.replace(".", "_").replace("-", "_").rpartition("_") for name in muscles.names)
    return [f"{stem}_{sides[side]}" for stem, _, side in plain]


def _own_gain(full: ss.Solution, muscles: Muscles, gain: Array) -> Array:
    """Our gain of every fascicle that both models have; the others get the mean ratio of these."""
    active = full.activation > 0.0
    own = dict(zip(np.array(full.fascicles)[active], full.active_force_N[active] / full.activation[active], strict=True))
    names = _own_names(muscles)
    known = np.array([name in own for name in names])
    changed = np.array([own.get(name, np.nan) for name in names])
    return np.where(known, changed, gain * (changed[known].sum() / gain[known].sum()))
