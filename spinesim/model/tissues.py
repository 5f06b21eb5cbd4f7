"""Discs, ligaments and facets of one person, level by level, in the disc frames.

The laws are fitted at L4-L5; other levels and other sizes follow by geometry: shear ~ A/h, bending ~ A d^2/h, cubic
~ A d^3/h^2, quartic ~ A d^4/h^3, axial energy ~ A h, with area A, height h and the length d in the plane of bending. A level that
takes a larger share of the rhythm is the softer one: ``M(angle) -> M(factor angle)`` with the factors of ``sharing.csv``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from spinesim.model.layout import Array
from spinesim.model.names import LIGAMENTS, SIDES
from spinesim.model.subject import Subject
from spinesim.model.tables import Tables

MM = 1e-3
REFERENCE = "L4-L5"
PATCH_ROWS, PATCH_COLUMNS = 4, 3
TIP_SMOOTHING = 1e-4  # m; wider than the patch's, one point stands for a rounded edge


@dataclass(frozen=True)
class LevelShape:
    """Size of one disc: m, m2, and the height that degeneration took."""

    area: float
    height: float
    depth: float
    width: float
    loss: float


def level_shape(tables: Tables, subject: Subject, joint: str, scale: float) -> LevelShape:
    """Disc of ``joint`` in a person whose lengths are ``scale`` times the table's."""
    area = tables.value("discs", joint, "area") * MM**2 * scale ** tables.value("scaling", "disc", "area_stature_exponent")
    area *= tables.value("scaling", "disc", "female_area_factor") if subject.sex == "female" else 1.0
    height = tables.value("discs", joint, "height") * MM * scale ** tables.value("scaling", "disc", "height_stature_exponent")
    loss = height * tables.value("degeneration", grade(subject, joint), "height_loss_share")
    size = math.sqrt(area / (tables.value("discs", joint, "area") * MM**2))
    depth, width = (tables.value("discs", joint, name) * MM * size for name in ("depth", "width"))
    return LevelShape(area, height - loss, depth, width, loss)


def grade(subject: Subject, joint: str) -> str:
    """Item of the degeneration table for a level."""
    return f"grade_{subject.disc_grade.get(joint, 1)}"


def disc_law(tables: Tables, subject: Subject, joint: str, shape: LevelShape) -> Array:
    """The disc's row of constants (20,), in the order of :mod:`spinesim.model.layout`."""

    def law(name: str) -> float:
        return tables.value("disc_law", REFERENCE, name)

    def reference(name: str) -> float:
        return tables.entries["discs", REFERENCE, name].value * MM

    worn = {
        n: tables.value("degeneration", grade(subject, joint), f"{n}_factor")
        for n in ("axial_stiffness", "rotational_stiffness", "shear_stiffness", "pressure")
    }
    factor = {n: tables.value("sharing", joint, f"{n}_factor") for n in ("flexion", "lateral", "axial")}
    a = shape.area / (reference("area") * MM)
    h, d, b = shape.height / reference("height"), shape.depth / reference("depth"), shape.width / reference("width")
    round_ = (shape.depth**2 + shape.width**2) / (reference("depth") ** 2 + reference("width") ** 2)
    turn = worn["rotational_stiffness"]
    return np.array([
        shape.height,
        law("axial_toe_stiffness") * a * h * worn["axial_stiffness"],
        law("axial_stiffness") * a * h * worn["axial_stiffness"],
        law("toe_strain"),
        law("toe_width"),
        law("shear_stiffness_anterior") * a / h * worn["shear_stiffness"],
        law("shear_stiffness_lateral") * a / h * worn["shear_stiffness"],
        law("bending_stiffness_lateral") * a * b**2 / h * factor["lateral"] * turn,
        law("torsion_stiffness") * a * round_ / h * factor["axial"] * turn,
        law("bending_stiffness_sagittal") * a * d**2 / h * factor["flexion"] * turn,
        law("quartic_lateral") * a * b**4 / h**3 * factor["lateral"] ** 3 * turn,
        law("quartic_sagittal") * a * d**4 / h**3 * factor["flexion"] ** 3 * turn,
        law("cubic_sagittal") * a * d**3 / h**2 * factor["flexion"] ** 2 * turn,
        law("preload_stiffening"),
        law("stiffening_knee") * a * h,
        law("stiffening_saturation"),
        law("torsion_preload_share"),
        shape.area,
        law("intrinsic_pressure") * worn["pressure"],
        law("pressure_index") * worn["pressure"],
    ])  # fmt: skip


@dataclass(frozen=True)
class Strands:
    """Ligament strands of one level: attachments (T, 3) m, law (T, 3) N per strain, rest length m, toe strain."""

    lower: Array
    upper: Array
    law: Array
    group: Array


def strands(tables: Tables, joint: str, scale: float, loss: float, capsule: Array, normal: Array) -> Strands:
    """All strands of a level.

    ``capsule`` (2, 3) and ``normal`` (2, 3) are the facet centres and normals, left and right, round which the
    capsule's strands stand.
    """
    places: list[tuple[int, Array, Array, float]] = []
    for group, name in enumerate(LIGAMENTS):
        length = tables.value("ligaments", f"{name}@{joint}", "length") * MM * scale
        count = round(tables.value("ligaments", name, "strands"))
        if name == "FC":
            rim = tables.value("ligaments", f"FC@{joint}", "rim_radius") * MM * scale
            places += [(group, *p, length) for side in range(2) for p in _capsule_strands(capsule[side], normal[side], rim, count)]
        else:
            places += [(group, middle, np.array([0.0, 1.0, 0.0]), length) for middle in _middles(tables, name, joint, count, scale)]
    stiffness_factor = tables.value("sharing", joint, "flexion_factor")
    lower = np.array([middle - 0.5 * length * along for _, middle, along, length in places])
    upper = np.array([middle + 0.5 * length * along for _, middle, along, length in places])
    law = np.array([_strand_law(tables, LIGAMENTS[g], length, stiffness_factor) for g, _, _, length in places])
    upper[:, 1] -= loss
    return Strands(lower, upper, law, np.array([g for g, *_ in places]))


def _strand_law(tables: Tables, name: str, length: float, factor: float) -> tuple[float, float, float]:
    """Stiffness of one strand, its rest length and toe strain, with strains ``factor`` times larger for the same stretch."""
    share = tables.value("ligaments", name, "stiffness") / round(tables.value("ligaments", name, "strands"))
    slack, toe = (tables.value("ligaments", name, p) / factor for p in ("slack_strain", "toe_strain"))
    return share * factor, length * (1.0 + slack), toe


def _middles(tables: Tables, name: str, joint: str, count: int, scale: float) -> list[Array]:
    """Mid-points of the vertical strands of a ligament, both sides for the lateral ones."""
    item = f"{name}@{joint}"
    x, z = (tables.value("ligaments", item, p) * MM * scale for p in ("x", "z_spread"))
    if name == "ITL":
        return [np.array([x, 0.0, side * z]) for side in (-1.0, 1.0)]
    spread = tables.value("ligaments", item, "x_spread") * MM * scale if name == "ISL" else 0.0
    steps = np.linspace(-1.0, 1.0, count) if count > 1 else np.zeros(1)
    return [np.array([x + spread * t, 0.0, z * t]) for t in steps]


def _capsule_strands(centre: Array, normal: Array, rim: float, count: int) -> list[tuple[Array, Array]]:
    """Rim points round the facet and the strands' direction, upwards and out of the lower facet."""
    up, across = patch_axes(normal)
    along = 0.8 * np.array([0.0, 1.0, 0.0]) + 0.6 * normal
    along /= np.linalg.norm(along)
    angles = np.arange(count) * 2.0 * math.pi / count
    return [(centre + rim * (math.cos(t) * up + math.sin(t) * across), along) for t in angles]


def patch_axes(normal: Array) -> tuple[Array, Array]:
    """Two axes in a facet's plane: as upright as possible, and across."""
    up = np.array([0.0, 1.0, 0.0]) - normal[1] * normal
    up /= np.linalg.norm(up)
    (a, b, c), (x, y, z) = up, normal
    return up, np.array([b * z - c * y, c * x - a * z, a * y - b * x])


@dataclass(frozen=True)
class Facets:
    """Facet contact of one level, left and right; shapes as in :class:`spinesim.model.layout.Spine`."""

    normal: Array
    origin: Array
    point: Array
    gap: Array
    stiffness: Array
    area: Array
    smoothing: float
    tip_point: Array
    tip_law: Array

    def bent(self, rotation: Array) -> Facets:
        """The same facets, whose upper parts fit the lower ones when the joint is turned by ``rotation`` (3, 3)."""
        return replace(self, point=self.point @ rotation, tip_point=self.tip_point @ rotation)


def facets(tables: Tables, subject: Subject, joint: str, scale: float, loss: float) -> Facets:
    """Patches and tips of a level: planes on the lower vertebra, points on the upper one."""

    def value(name: str) -> float:
        return tables.value("facets", joint, name)

    angles = (subject.facet_angle_left_deg, subject.facet_angle_right_deg)
    gaps = (subject.facet_gap_left_mm, subject.facet_gap_right_mm)
    worn = tables.value("degeneration", grade(subject, joint), "facet_gap_change")
    normal, origin, point = np.zeros((2, 3)), np.zeros((2, 3)), np.zeros((2, PATCH_ROWS * PATCH_COLUMNS, 3))
    tip_point, gap = np.zeros((2, 3)), np.zeros(2)
    for side, _ in enumerate(SIDES):
        outward = 2.0 * side - 1.0
        alpha = math.radians(angles[side].get(joint, value("angle_axial")))
        tau = math.radians(value("angle_transverse"))
        normal[side] = -math.sin(alpha) * math.sin(tau), math.cos(tau), -outward * math.cos(alpha) * math.sin(tau)
        origin[side] = np.array([value("centre_x"), value("centre_y"), outward * value("half_distance")]) * MM * scale
        point[side] = origin[side] + _patch(normal[side], value("patch_height") * MM * scale, value("patch_width") * MM * scale)
        tip_point[side] = np.array([value("tip_x"), value("tip_y"), outward * value("tip_half_distance")]) * MM * scale
        gap[side] = (value("gap") + worn + gaps[side].get(joint, 0.0)) * MM
    point[:, :, 1] -= loss
    count = PATCH_ROWS * PATCH_COLUMNS
    area = np.full((2, count), value("patch_height") * value("patch_width") * MM**2 * scale**2 / count)
    tip_law = np.tile([value("tip_gap") * MM * scale + worn * MM - loss, value("tip_stiffness") / MM, TIP_SMOOTHING], (2, 1))
    return Facets(
        normal, origin, point, np.repeat(gap[:, None], count, axis=1), area * value("cartilage_stiffness") / MM**3, area,
        value("smoothing") * MM, tip_point, tip_law,
    )  # fmt: skip


def _patch(normal: Array, height: float, width: float) -> Array:
    """Centres of equal cells over a facet, about its own centre (PATCH_ROWS * PATCH_COLUMNS, 3)."""
    up, across = patch_axes(normal)
    v = (np.arange(PATCH_ROWS) + 0.5) / PATCH_ROWS - 0.5
    u = (np.arange(PATCH_COLUMNS) + 0.5) / PATCH_COLUMNS - 0.5
    return np.array([height * a * up + width * b * across for a in v for b in u])
