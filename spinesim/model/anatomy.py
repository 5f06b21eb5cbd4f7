"""The spine model: tables of a geometry set, and persons packed from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from spinesim.model import fascicles, skeleton, tissues
from spinesim.model.data import data_dir
from spinesim.model.fascicles import FascicleTable
from spinesim.model.layout import CONTACTS, GRAVITY, JOINT_COUNT, Array, beside, records, spine_type
from spinesim.model.names import JOINTS, ROTATIONS
from spinesim.model.subject import Subject
from spinesim.model.tables import Key, Tables, tables_hash
from spinesim.model.validate import check_part

MM = 1e-3


@dataclass(frozen=True, eq=False)
class SpineModel:
    """A geometry set, read once; persons are packed from it.

    Attributes
    ----------
    tables
        Scalar tables with SD, unit, source and status.
    fascicle_table
        Both sides' fascicles.

    Notes
    -----
    With drawn values that are arrays (N,), or fascicles with an axis of N, it stands for N models. They are packed together by
    :meth:`pack_drawn`, each with the bits that it has alone; one model is the case N = 1.
    """

    tables: Tables
    fascicle_table: FascicleTable

    @classmethod
    def load(cls, folder: Path) -> SpineModel:
        """Read a geometry set from its folder.

        Raises
        ------
        ValueError, FileNotFoundError
            If a table is missing or wrong, naming file, line and value.
        """
        return cls(Tables.load(folder), fascicles.load(folder))

    @classmethod
    def default(cls) -> SpineModel:
        """The set ``geometry/adult``."""
        return _default()

    @property
    def hash(self) -> str:
        """Hash of all tables."""
        return tables_hash(self.tables.folder)

    @property
    def fascicles(self) -> tuple[str, ...]:
        """Names of all fascicles, right side first."""
        return self.fascicle_table.names

    @property
    def groups(self) -> tuple[str, ...]:
        """Muscle group of every fascicle."""
        return self.fascicle_table.groups

    @property
    def contacts(self) -> tuple[str, ...]:
        """Names of the free supports."""
        return CONTACTS

    def with_draw(self, values: Mapping[Key, Any], table: FascicleTable) -> SpineModel:
        """The same model with drawn table values and fascicles, one or N of each; what no draw changes is shared.

        Raises
        ------
        ValueError
            If a key is not in the tables.
        """
        return self._like(self.tables.with_values(values), table)

    @property
    def models(self) -> int:
        """For how many models it stands."""
        return max(self.tables.models, self.fascicle_table.models)

    def one(self, number: int) -> SpineModel:
        """One of the models that were drawn together."""
        return self._like(self.tables.one(number), self.fascicle_table.one(number))

    def _like(self, tables: Tables, table: FascicleTable) -> SpineModel:
        model = SpineModel(tables, table)
        vars(model)["topology"] = self.topology
        return model

    @cached_property
    def topology(self) -> Any:
        """What is the same for every person."""
        return fascicles.topology(self.fascicle_table, tissues.strand_groups(self.tables))

    def pack(self, subject: Subject) -> Any:
        """The record of one person, with zero settled translation.

        Raises
        ------
        TypeError
            If a value is of the wrong kind.
        ValueError
            If a level, muscle group or tissue name is unknown, or a disc grade is none.
        """
        return self.pack_drawn(subject)[0]

    def pack_drawn(self, subject: Subject) -> Any:
        """One person's records (N,) of N models drawn together.

        Raises
        ------
        TypeError, ValueError
            As :meth:`pack`.
        """
        check_part(Subject, subject)
        if bad := [g for g in subject.disc_grade.values() if g not in (1, 2, 3, 4, 5)]:
            raise ValueError(f"subject.disc_grade: {bad[0]!r} is not a grade from 1 to 5")
        tables = self.tables.scaled(subject.tissue) if subject.tissue else self.tables
        bones = skeleton.build(tables, subject)
        tone = tables.row("muscle_law", "tone", ("resting_tone",)) if subject.resting_tone is None else subject.resting_tone
        muscles = fascicles.build(tables, self.fascicle_table, subject, bones, tone)
        values = {**joint_fields(tables, subject, bones), **_trunk(tables, subject, bones), "point": muscles.point, "fascicle": muscles.law}
        shape = values["strand_law"].shape[2], values["facet_gap"].shape[3]
        return records(spine_type(muscles.point.shape[1], muscles.law.shape[1], *shape), self.models, values)


@lru_cache(maxsize=1)
def _default() -> SpineModel:
    return SpineModel.load(data_dir("geometry") / "adult")


def joint_fields(tables: Tables, subject: Subject, bones: skeleton.Skeleton) -> dict[str, Array]:
    """Fields of the records that tell of discs, ligaments and facets, caudal to cranial, each with an axis of models."""
    shape = tissues.shape_of(tables, subject, bones.scale)
    facets = tissues.facets(tables, subject, bones.scale, shape.loss)
    strands = tissues.strands(tables, bones.scale, shape.loss, facets.origin, facets.normal)
    # Free of stress: discs, ligaments and facets in the zero of flexion, discs and ligaments also turned to the segment's rotation.
    shares = beside(*(tables.column("rhythm", JOINTS, f"{axis}_share") for axis in ROTATIONS))
    bent = skeleton.rotation_z(-np.radians(tables.row("calibration", "lumbar", ("rotation_zero",))) * shares[..., 0])
    grown = skeleton.rotation_y(np.radians(_by_level(subject.segment_rotation_deg)))
    turned = beside(*(skeleton.turned_back(bent, grown)[..., k] for k in range(3)))
    held = beside(_by_level(subject.segment_flexion_deg), _by_level(subject.segment_lateral_deg), 0.0)
    facets = facets.bent(bent)
    return {
        "centre": bones.centre,
        "frame": bones.frame,
        "height_loss": shape.loss,
        "settled": np.zeros((1, JOINT_COUNT, 3)),
        "carried": np.ones(1),
        "disc": tissues.disc_law(tables, subject, shape),
        "strand_lower": strands.lower,
        "strand_upper": skeleton.turned_back(strands.upper, turned),
        "strand_law": strands.law,
        "share": shares,
        "offset": np.radians(held)[None],
        "disc_zero": turned,
        **{f"facet_{name}": getattr(facets, name) for name in ("normal", "origin", "point", "gap", "stiffness", "area", "smoothing")},
        "tip_point": facets.tip_point,
        "tip_law": facets.tip_law,
    }


def _by_level(values: Mapping[str, float]) -> Array:
    """Values (6,) of all joints, 0 where none is given."""
    return np.array([values.get(j, 0.0) for j in JOINTS], float)


def _trunk(tables: Tables, subject: Subject, bones: skeleton.Skeleton) -> dict[str, Array]:
    """Masses, arms, supports, hips and the strut of abdominal pressure."""
    percent, masses = 0.01 * subject.mass_kg, skeleton.masses(tables, subject, bones)
    limbs, legs = (tables.column("mass", items, "mass_percent") for items in (("upper_arm", "forearm", "hand"), ("thigh", "shank_foot")))
    arms = tables.column("mass", ("upper_arm", "forearm"), "length"), tables.row("mass", "hand", ("grip",))
    return {
        "body_mass": masses.mass,
        "body_centre": masses.centre,
        "body_inertia": masses.inertia,
        "arm_mass": percent * limbs,
        "arm_length": subject.stature_m * beside(arms[0][:, 0], arms[0][:, 1], arms[1][:, 0]),
        "arm_centre": tables.column("mass", ("upper_arm", "forearm"), "com_share"),
        **_places(tables, bones),
        "hill": _hill(tables),
        "strut_area": tables.value("muscle_law", "iap", "area") * 1e-4 * bones.scale**2,
        "hip_law": _hip_law(tables),
        "leg_mass": percent * (legs[:, 0] + legs[:, 1]),
        "weight": np.array([subject.mass_kg * GRAVITY]),
    }


def _places(tables: Tables, bones: skeleton.Skeleton) -> dict[str, Array]:
    """Points on pelvis and thorax: shoulders, supports, hips, knees, and the path of abdominal pressure."""
    mirror, thorax, pelvis = np.array([1.0, 1.0, -1.0]), JOINT_COUNT, 0
    shoulder, joints = tables.positions("mass", ("shoulder",)), skeleton.table_centres(tables)
    supports = joints[:, -1:] + tables.positions("supports", ("backpack", "backrest"))
    legs = [tables.row("hips", "hip", [f"{name}_{axis}" for axis in "xyz"])[:, None] for name in ("centre", "knee")]

    def on(body: Any, *places: Array) -> Array:
        models = max(len(place) for place in places)
        together = np.concatenate([np.broadcast_to(place, (models, *place.shape[1:])) for place in places], axis=1)
        return bones.move(together * (MM * bones.scale)[:, None, None], np.broadcast_to(body, together.shape[1]))

    back = on(thorax, supports)
    return {
        "shoulder": on(thorax, shoulder * mirror, shoulder),
        "pack_centre": back[:, 0],
        "seat_back": back[:, 1],
        "strut": on(np.arange(JOINT_COUNT + 1), _strut(tables, joints)),
        "hip": on(pelvis, legs[0], legs[0] * mirror),
        "knee": on(pelvis, legs[1], legs[1] * mirror),
    }


def _hip_law(tables: Tables) -> Array:
    """Scale, rate and onset of the passive hip in flexion and in extension (N, 6)."""
    names = [f"passive_{way}_{name}" for way in ("flexion", "extension") for name in ("scale", "rate", "onset")]
    law = tables.row("hips", "hip", names)
    law[:, 2::3] = np.radians(law[:, 2::3])
    return law


def _hill(tables: Tables) -> Array:
    """Shapes of the normalised muscle curves (N, 7), in the order of the layout, and the norm of the passive one."""
    names = ("force_length_width", "passive_strain", "passive_shape", "max_velocity", "curvature", "eccentric_limit")
    shape = tables.row("muscle_law", "hill", names)
    norm = np.exp(np.ascontiguousarray(shape[:, 2])) - 1.0
    return np.concatenate([shape, norm[:, None]], axis=1)


def _strut(tables: Tables, centre: Array) -> Array:
    """Path of abdominal pressure (N, 7, 3), mm in the table posture: pelvic floor, in front of each lumbar vertebra, diaphragm."""
    lever, floor, dome = tables.row("muscle_law", "iap", ("lever", "floor_depth", "diaphragm_height")).T
    x, y = centre[..., 0], centre[..., 1]
    ahead = [lever, *(0.5 * (x[:, j] + x[:, j + 1]) + lever for j in range(JOINT_COUNT - 1)), x[:, -1] + lever]
    high = [-floor, *(0.5 * (y[:, j] + y[:, j + 1]) for j in range(JOINT_COUNT - 1)), y[:, -1] + dome]
    return beside(beside(*ahead), beside(*high), 0.0)
