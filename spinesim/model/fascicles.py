"""Muscle fascicles: the right side from the tables, the left its mirror, and the topology of their paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from spinesim.model.data import data_dir
from spinesim.model.layout import CONTACTS, HIP_ROWS, JOINT_COUNT, MOMENTS, TWIST_ROW, Array, beside, record, topology_type
from spinesim.model.names import BODIES, MUSCLE_GROUPS, SIDES
from spinesim.model.skeleton import Skeleton
from spinesim.model.subject import Subject
from spinesim.model.tables import Tables, rows

MM = 1e-3
OBLIQUES = ("external_oblique", "internal_oblique")
_MIRROR = {"femur_right": "femur_left", "tibia_right": "tibia_left"}


@dataclass(frozen=True)
class FascicleTable:
    """Both sides' fascicles: names, groups, properties (F,) in table units, and path points (P,); each number with its SD.

    Drawn properties and positions may have a leading axis of N models.
    """

    names: tuple[str, ...]
    groups: tuple[str, ...]
    peak_force: Array
    fibre_length: Array
    tendon_length: Array
    pennation: Array
    owner: Array  # (P,) fascicle of every point, in path order from caudal to cranial
    body: Array  # (P,)
    position: Array  # (P, 3) mm, table posture
    peak_force_sd: Array
    fibre_length_sd: Array
    tendon_length_sd: Array
    pennation_sd: Array
    position_sd: Array  # (P,) mm, of each coordinate

    @property
    def models(self) -> int:
        """How many models were drawn together; 1 where none was."""
        return len(self.peak_force) if self.peak_force.ndim > 1 else 1

    def one(self, number: int) -> FascicleTable:
        """One of the models that were drawn together."""
        if self.peak_force.ndim == 1:
            return self
        drawn = ("peak_force", "fibre_length", "tendon_length", "pennation", "position")
        return replace(self, **{name: getattr(self, name)[number] for name in drawn})


def load(folder: Path) -> FascicleTable:
    """Read ``fascicles.csv`` and ``fascicle_points.csv``: all right fascicles, then all left ones.

    Raises
    ------
    ValueError
        If a group, body or fascicle is unknown, or a path's points are not in order.
    """
    right = [row for _, row in rows(folder / "fascicles.csv")]
    index = {row["fascicle"]: i for i, row in enumerate(right)}
    for row in right:
        if row["group"] not in MUSCLE_GROUPS:
            raise ValueError(f"fascicles.csv: {row['fascicle']}: group {row['group']!r} is unknown")
    owner, body, position, spread = [], [], [], []
    for line, row in rows(folder / "fascicle_points.csv"):
        if row["fascicle"] not in index:
            raise ValueError(f"fascicle_points.csv:{line}: fascicle {row['fascicle']!r} is not in fascicles.csv")
        owner.append(index[row["fascicle"]])
        body.append(_body(row["body"], line))
        position.append([float(row[c]) for c in ("x_mm", "y_mm", "z_mm")])
        spread.append(float(row["sd_mm"]))
    if owner != sorted(owner):
        raise ValueError("fascicle_points.csv: the points of a fascicle must stand together, fascicles in the order of fascicles.csv")
    mirrored = [BODIES.index(_MIRROR.get(BODIES[b], BODIES[b])) for b in body]

    def column(name: str) -> Array:
        return np.tile([float(row[name]) for row in right], 2)

    return FascicleTable(
        names=tuple(f"{row['fascicle']}_{side}" for side in ("right", "left") for row in right),
        groups=tuple(row["group"] for row in right) * 2,
        peak_force=column("max_isometric_force_N"),
        fibre_length=column("optimal_fibre_length_mm"),
        tendon_length=column("tendon_slack_length_mm"),
        pennation=column("pennation_deg"),
        owner=np.array(owner + [o + len(right) for o in owner]),
        body=np.array(body + mirrored),
        position=np.array(position + [[x, y, -z] for x, y, z in position]),
        peak_force_sd=column("max_isometric_force_sd_N"),
        fibre_length_sd=column("optimal_fibre_length_sd_mm"),
        tendon_length_sd=column("tendon_slack_length_sd_mm"),
        pennation_sd=column("pennation_sd_deg"),
        position_sd=np.tile(spread, 2),
    )


def _body(name: str, line: int) -> int:
    full = {"femur": "femur_right", "tibia": "tibia_right"}.get(name, name)
    if full not in BODIES:
        raise ValueError(f"fascicle_points.csv:{line}: body {name!r} is unknown")
    return BODIES.index(full)


def topology(table: FascicleTable, strand_group: Array) -> Any:
    """Segments, and which joints and equation rows every column enters; free supports come after the fascicles."""
    count = len(table.names)
    tail, head, low, high, hip, start = [], [], [], [], [], [0]
    moment_low, moment_high = np.full(count, MOMENTS), np.zeros(count, np.int64)
    for f in range(count):
        points = np.flatnonzero(table.owner == f)
        for p, q in pairwise(points):
            if table.body[p] != table.body[q]:
                crossed, at_hip = _crossed(int(table.body[p]), int(table.body[q]))
                tail.append(p)
                head.append(q)
                low.append(crossed[0])
                high.append(crossed[1])
                hip.append(at_hip)
                _widen(moment_low, moment_high, f, crossed, at_hip)
        start.append(len(tail))
        if table.groups[f] in (*OBLIQUES, "transversus_abdominis"):
            _widen(moment_low, moment_high, f, (0, JOINT_COUNT), -1)
    contacts = len(CONTACTS)
    moment_low = np.concatenate([moment_low, np.full(contacts, HIP_ROWS)])
    moment_high = np.concatenate([moment_high, np.full(contacts, MOMENTS)])
    joint_low = np.clip((moment_low - HIP_ROWS) // 3, 0, JOINT_COUNT)
    joint_high = np.clip((moment_high - HIP_ROWS) // 3, 0, JOINT_COUNT)
    # What crosses a joint enters the common twist row, which stands before the joints' own.
    row_low = np.where(joint_high > joint_low, np.minimum(moment_low, TWIST_ROW), moment_low)
    row_high = np.where(joint_high > joint_low, TWIST_ROW + 1 + 2 * joint_high, moment_high)
    return record(
        topology_type(len(table.body), len(tail), count, len(strand_group)),
        point_body=table.body, segment_start=start, segment_tail=tail, segment_head=head, segment_low=low, segment_high=high,
        segment_hip=hip,
        moment_low=moment_low, moment_high=moment_high,
        row_low=row_low, row_high=row_high, joint_low=joint_low, joint_high=joint_high, strand_group=strand_group, fascicles=count,
    )  # fmt: skip


def _crossed(caudal: int, cranial: int) -> tuple[tuple[int, int], int]:
    """Joints between two bodies, and the hip (0 right, 1 left, -1 none) if the caudal one is a leg."""
    if caudal >= 7:
        side = (caudal - 7) % 2
        return ((0, cranial), side) if cranial < 7 else ((0, 0), -1)
    if caudal > cranial:
        raise ValueError(f"path runs from {BODIES[caudal]} down to {BODIES[cranial]}; points must go from caudal to cranial")
    return (caudal, cranial), -1


def _widen(moment_low: Array, moment_high: Array, f: int, crossed: tuple[int, int], hip: int) -> None:
    spans = []
    if crossed[1] > crossed[0]:
        spans.append((HIP_ROWS + 3 * crossed[0], HIP_ROWS + 3 * crossed[1]))
    if hip >= 0:
        spans.append((2 * hip, 2 * hip + 2))
    for lo, hi in spans:
        moment_low[f], moment_high[f] = min(moment_low[f], lo), max(moment_high[f], hi)


@dataclass(frozen=True)
class Muscles:
    """Fascicles of N persons: path points (N, P, 3) m and constants (N, F, 11) in the order of the layout."""

    point: Array
    law: Array


def build(tables: Tables, table: FascicleTable, subject: Subject, skeleton: Skeleton, tone: Any) -> Muscles:
    """Scale the fascicles to a person: lengths with the skeleton, force with mass, sex, age and the subject's factors."""
    length = MM * skeleton.scale[:, None]
    point = skeleton.move(table.position * length[..., None], np.where(table.body >= 7, 0, table.body))
    force = table.peak_force * np.atleast_1d(personal_strength(tables, subject))[:, None]
    fibre, tendon = table.fibre_length * length, table.tendon_length * length
    local = by_muscle(table, subject.strength, 1.0)
    least, most = _bounds(table, subject)
    tonic = least <= tone
    stress = tables.row("muscle_law", "stress", ("active_stress_factor",))
    law = beside(
        force * stress * local,
        force,
        fibre,
        tendon,
        np.cos(np.radians(table.pennation)),
        _weight(tables, table, force, fibre, length),
        np.where(tonic, tone, least),
        most,
        _pressure_gain(tables, table, force, local),
        tonic,
        _rigid_length(table, point),
    )
    return Muscles(point, law)


def _bounds(table: FascicleTable, subject: Subject) -> tuple[Array, Array]:
    """Least and largest activation (F,) that the subject asks for.

    Raises
    ------
    ValueError
        If a fascicle must do more than it may.
    """
    least = by_muscle(table, subject.min_activation, 0.0)
    most = by_muscle(table, subject.max_activation, 1.0)
    if (least > most).any():
        worst = int(np.argmax(least - most))
        name, lo, hi = table.names[worst], least[worst], most[worst]
        raise ValueError(f"subject.min_activation: {name} must reach {lo:g}, but its max_activation is {hi:g}")
    return least, most


def _weight(tables: Tables, table: FascicleTable, force: Array, fibre: Array, length: Array) -> Array:
    """Weights (N, F) of the recruitment: volume, and for the transversus a multiple of the others' mean."""
    floor, factor = tables.row("muscle_law", "cost", ("length_floor", "transversus_weight_factor")).T[..., None]
    weight: Array = force * np.maximum(fibre, floor * length)
    transversus = _in_group(table, "transversus_abdominis")
    others = np.compress(~transversus, weight, axis=1)
    return np.where(transversus, factor * others.mean(axis=1, keepdims=True), weight)


def _in_group(table: FascicleTable, *groups: str) -> Array:
    return np.array([g in groups for g in table.groups])


def by_muscle(table: FascicleTable, values: Mapping[str, float], default: float) -> Array:
    """A value for every fascicle: given for itself, else for its group on that side, else for its group, else ``default``."""
    if not values:
        return np.full(len(table.names), default)
    out = []
    for name, group in zip(table.names, table.groups, strict=True):
        side = name.rsplit("_", 1)[1]
        out.append(values.get(name, values.get(f"{group}_{side}", values.get(group, default))))
    return np.array(out, float)


@cache
def muscle_names() -> tuple[str, ...]:
    """What a value can be given for: every group, every group of one side, every fascicle of the adult set."""
    fascicles = [row["fascicle"] for _, row in rows(data_dir("geometry") / "adult" / "fascicles.csv")]
    return tuple(dict.fromkeys((*MUSCLE_GROUPS, *(f"{name}_{side}" for name in (*MUSCLE_GROUPS, *fascicles) for side in SIDES))))


def personal_strength(tables: Tables, subject: Subject) -> Any:
    """Factor, one or (N,), on all muscle forces by body mass, sex and age; 1 for the reference man."""

    def law(name: str) -> Any:
        return tables.value("scaling", "strength", name)

    factor = np.power(subject.mass_kg / tables.value("scaling", "reference", "mass"), law("mass_exponent"))
    factor = factor * (law("female_factor") if subject.sex == "female" else 1.0)

    def aged(years: float) -> Any:
        return 1.0 - law("age_loss_per_decade") * np.maximum(years - law("age_onset"), 0.0) / 10.0

    return factor * aged(subject.age_years) / aged(tables.value("scaling", "reference", "age"))


def _pressure_gain(tables: Tables, table: FascicleTable, force: Array, local: Array) -> Array:
    """Abdominal pressure (Pa) per unit activation (N, F): transversus half a side, obliques by their share of force."""
    by_oblique, by_transversus = 1e3 * tables.row("muscle_law", "iap", ("oblique_pressure", "transversus_pressure")).T[..., None]
    oblique, transversus = _in_group(table, *OBLIQUES), _in_group(table, "transversus_abdominis")
    whole = np.compress(oblique, force, axis=1).sum(axis=1, keepdims=True)
    gain: Array = np.where(oblique, by_oblique * force / whole, np.where(transversus, by_transversus / transversus.sum(), 0.0)) * local
    return gain


def _rigid_length(table: FascicleTable, point: Array) -> Array:
    """Length (m) of the pieces of each path that stay on one body (N, F)."""
    same = np.flatnonzero((table.owner[1:] == table.owner[:-1]) & (table.body[1:] == table.body[:-1]))
    x, y, z = (np.take(point[..., k], same + 1, axis=1) - np.take(point[..., k], same, axis=1) for k in range(3))
    pieces, count = np.sqrt(x * x + y * y + z * z), len(table.names)
    at = table.owner[same] + count * np.arange(len(point))[:, None]
    return np.bincount(at.ravel(), weights=pieces.ravel(), minlength=count * len(point)).reshape(-1, count)
