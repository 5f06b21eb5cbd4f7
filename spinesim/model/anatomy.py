"""The spine model: tables of a geometry set, and persons packed from them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from spinesim.model import fascicles, skeleton, tissues
from spinesim.model.data import data_dir
from spinesim.model.fascicles import FascicleTable
from spinesim.model.layout import CONTACTS, GRAVITY, JOINT_COUNT, Array, record, spine_type
from spinesim.model.names import JOINTS
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

    def with_draw(self, values: Mapping[Key, float], table: FascicleTable) -> SpineModel:
        """The same model with drawn table values and fascicles; what no draw changes is shared.

        Raises
        ------
        ValueError
            If a key is not in the tables.
        """
        model = SpineModel(self.tables.with_values(values), table)
        vars(model)["topology"] = self.topology
        return model

    @cached_property
    def topology(self) -> Any:
        """What is the same for every person."""
        group = tissues.strands(self.tables, JOINTS[0], 1.0, 0.0, np.zeros((2, 3)), np.array([[1.0, 0.0, 0.0]] * 2)).group
        return fascicles.topology(self.fascicle_table, group)

    def pack(self, subject: Subject) -> Any:
        """The record of one person, with zero settled translation.

        Raises
        ------
        TypeError
            If a value is of the wrong kind.
        ValueError
            If a level, muscle group or tissue name is unknown, or a disc grade is none.
        """
        check_part(Subject, subject)
        if bad := [g for g in subject.disc_grade.values() if g not in (1, 2, 3, 4, 5)]:
            raise ValueError(f"subject.disc_grade: {bad[0]!r} is not a grade from 1 to 5")
        tables = self.tables.scaled(subject.tissue) if subject.tissue else self.tables
        bones = skeleton.build(tables, subject)
        tone = tables.value("muscle_law", "tone", "resting_tone") if subject.resting_tone is None else subject.resting_tone
        muscles = fascicles.build(tables, self.fascicle_table, subject, bones, tone)
        values = {**joint_fields(tables, subject, bones), **_trunk(tables, subject, bones), "point": muscles.point, "fascicle": muscles.law}
        shape = values["strand_law"].shape[1], values["facet_gap"].shape[2]
        return record(spine_type(len(muscles.point), len(muscles.law), *shape), **values)


@lru_cache(maxsize=1)
def _default() -> SpineModel:
    return SpineModel.load(data_dir("geometry") / "adult")


def joint_fields(tables: Tables, subject: Subject, bones: skeleton.Skeleton) -> dict[str, Any]:
    """Fields of the record that tell of discs, ligaments and facets, caudal to cranial."""
    shapes = [tissues.level_shape(tables, subject, j, bones.scale) for j in JOINTS]
    facets = [tissues.facets(tables, subject, j, bones.scale, s.loss) for j, s in zip(JOINTS, shapes, strict=True)]
    strands = [tissues.strands(tables, j, bones.scale, s.loss, f.origin, f.normal) for j, s, f in zip(JOINTS, shapes, facets, strict=True)]
    held = [(subject.segment_flexion_deg.get(j, 0.0), subject.segment_lateral_deg.get(j, 0.0), 0.0) for j in JOINTS]
    # Free of stress: discs, ligaments and facets in the zero of flexion, discs and ligaments also turned to the segment's rotation.
    zero = math.radians(tables.value("calibration", "lumbar", "rotation_zero"))
    bent = [skeleton.rotation_z(-zero * tables.value("rhythm", j, "flexion_share")) for j in JOINTS]
    turned = [b @ skeleton.rotation_y(math.radians(subject.segment_rotation_deg.get(j, 0.0))) for j, b in zip(JOINTS, bent, strict=True)]
    facets = [f.bent(b) for f, b in zip(facets, bent, strict=True)]
    axes = ("flexion_share", "lateral_share", "axial_share")
    return {
        "centre": bones.centre,
        "frame": bones.frame,
        "height_loss": np.array([s.loss for s in shapes]),
        "settled": np.zeros((JOINT_COUNT, 3)),
        "carried": 1.0,
        "disc": np.array([tissues.disc_law(tables, subject, j, s) for j, s in zip(JOINTS, shapes, strict=True)]),
        "strand_lower": np.array([s.lower for s in strands]),
        "strand_upper": np.array([s.upper @ turn for s, turn in zip(strands, turned, strict=True)]),
        "strand_law": np.array([s.law for s in strands]),
        "share": np.array([[tables.value("rhythm", j, a) for a in axes] for j in JOINTS]),
        "offset": np.radians(held),
        "disc_zero": np.array(turned),
        "facet_smoothing": np.array([f.smoothing for f in facets]),
        **{
            f"facet_{f.name}" if not f.name.startswith("tip") else f.name: np.array([getattr(facet, f.name) for facet in facets])
            for f in fields(tissues.Facets)
            if f.name != "smoothing"
        },
    }


def _trunk(tables: Tables, subject: Subject, bones: skeleton.Skeleton) -> dict[str, Any]:
    """Masses, arms, supports, hips and the strut of abdominal pressure."""
    percent, length = 0.01 * subject.mass_kg, MM * bones.scale
    limbs = ("upper_arm", "forearm", "hand")
    thorax_origin = np.array([tables.value("joints", "T12-L1", "centre_x"), tables.value("joints", "T12-L1", "centre_y"), 0.0])
    right = {n: np.array([tables.value("hips", "hip", f"{n}_{a}") for a in "xyz"]) for n in ("centre", "knee")}
    shoulder = np.array(tables.position("mass", "shoulder"))
    mirror = np.array([1.0, 1.0, -1.0])

    def on(body: int, place: Array) -> Array:
        return bones.move(place * length, body)

    hip_law = [
        tables.value("hips", "hip", f"passive_{n}")
        for n in ("flexion_scale", "flexion_rate", "flexion_onset", "extension_scale", "extension_rate", "extension_onset")
    ]
    return {
        "body_mass": bones.body_mass,
        "body_centre": bones.body_centre,
        "body_inertia": bones.body_inertia,
        "arm_mass": np.array([percent * tables.value("mass", n, "mass_percent") for n in limbs]),
        "arm_length": subject.stature_m
        * np.array(
            [tables.value("mass", "upper_arm", "length"), tables.value("mass", "forearm", "length"), tables.value("mass", "hand", "grip")]
        ),
        "arm_centre": np.array([tables.value("mass", n, "com_share") for n in limbs[:2]]),
        "shoulder": np.array([on(6, shoulder * mirror), on(6, shoulder)]),
        "pack_centre": on(6, thorax_origin + tables.position("supports", "backpack")),
        "seat_back": on(6, thorax_origin + tables.position("supports", "backrest")),
        "strut": np.array([on(b, p) for b, p in enumerate(_strut(tables))]),
        "hill": _hill(tables),
        "strut_area": tables.value("muscle_law", "iap", "area") * 1e-4 * bones.scale**2,
        "hip": np.array([on(0, right["centre"]), on(0, right["centre"] * mirror)]),
        "knee": np.array([on(0, right["knee"]), on(0, right["knee"] * mirror)]),
        "hip_law": np.array([hip_law[0], hip_law[1], np.radians(hip_law[2]), hip_law[3], hip_law[4], np.radians(hip_law[5])]),
        "leg_mass": percent * sum(tables.value("mass", n, "mass_percent") for n in ("thigh", "shank_foot")),
        "weight": subject.mass_kg * GRAVITY,
    }


def _hill(tables: Tables) -> Array:
    """Shapes of the normalised muscle curves, in the order of the layout, and the norm of the passive one."""
    names = ("force_length_width", "passive_strain", "passive_shape", "max_velocity", "curvature", "eccentric_limit")
    shape = [tables.value("muscle_law", "hill", name) for name in names]
    return np.array([*shape, math.exp(shape[2]) - 1.0])


def _strut(tables: Tables) -> list[Array]:
    """Path of abdominal pressure, mm in the table posture: pelvic floor, in front of each lumbar vertebra, diaphragm."""
    lever, floor, dome = (tables.value("muscle_law", "iap", n) for n in ("lever", "floor_depth", "diaphragm_height"))
    centre = np.array([[tables.value("joints", j, "centre_x"), tables.value("joints", j, "centre_y"), 0.0] for j in JOINTS])
    middle = 0.5 * (centre[:-1] + centre[1:])
    ends = np.array([lever, -floor, 0.0]), centre[-1] + np.array([lever, dome, 0.0])
    return [ends[0], *(middle + np.array([lever, 0.0, 0.0])), ends[1]]
