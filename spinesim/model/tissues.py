"""Discs, ligaments and facets of persons, all levels at once, in the disc frames.

The laws are fitted at L4-L5; other levels and other sizes follow by geometry: shear ~ A/h, bending ~ A d^2/h, cubic
~ A d^3/h^2, quartic ~ A d^4/h^3, axial energy ~ A h, with area A, height h and the length d in the plane of bending. A level that
takes a larger share of the rhythm is the softer one: ``M(angle) -> M(factor angle)`` with the factors of ``sharing.csv``.

Arrays begin with axes of N drawn models (1 where nothing is drawn) and the six joints; all is elementwise along the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from spinesim.model.layout import Array, beside
from spinesim.model.names import JOINTS, LIGAMENTS
from spinesim.model.skeleton import turned_back
from spinesim.model.subject import Subject
from spinesim.model.tables import Tables

MM = 1e-3
REFERENCE = "L4-L5"
PATCH_ROWS, PATCH_COLUMNS = 4, 3
TIP_SMOOTHING = 1e-4  # m; wider than the patch's, one point stands for a rounded edge


@dataclass(frozen=True)
class Shape:
    """Sizes of the discs (N, 6): m, m2, and the height that degeneration took."""

    area: Array
    height: Array
    depth: Array
    width: Array
    loss: Array


def shape_of(tables: Tables, subject: Subject, scale: Array) -> Shape:
    """Discs of a person whose lengths are ``scale`` (N,) times the table's."""

    def growth(name: str) -> Array:
        grown: Array = np.power(scale, tables.value("scaling", "disc", f"{name}_stature_exponent"))
        return grown[:, None]

    own = tables.column("discs", JOINTS, "area") * MM**2
    area = own * growth("area")
    if subject.sex == "female":
        area = area * tables.row("scaling", "disc", ("female_area_factor",))
    height = tables.column("discs", JOINTS, "height") * MM * growth("height")
    loss = height * worn(tables, subject, "height_loss_share")
    size = np.sqrt(area / own)
    depth, width = (tables.column("discs", JOINTS, name) * MM * size for name in ("depth", "width"))
    return Shape(area, height - loss, depth, width, loss)


def worn(tables: Tables, subject: Subject, parameter: str) -> Array:
    """What the grades of degeneration of all levels make of a parameter (N, 6)."""
    return tables.column("degeneration", [f"grade_{subject.disc_grade.get(j, 1)}" for j in JOINTS], parameter)


_LAW = (
    "axial_toe_stiffness", "axial_stiffness", "toe_strain", "toe_width", "shear_stiffness_anterior", "shear_stiffness_lateral",
    "bending_stiffness_lateral", "torsion_stiffness", "bending_stiffness_sagittal", "quartic_lateral", "quartic_sagittal", "cubic_sagittal",
    "preload_stiffening", "stiffening_knee", "stiffening_saturation", "torsion_preload_share", "intrinsic_pressure", "pressure_index",
)  # fmt: skip


def disc_law(tables: Tables, subject: Subject, shape: Shape) -> Array:
    """Constants of the discs (N, 6, 20), in the order of :mod:`spinesim.model.layout`."""
    law = dict(zip(_LAW, tables.row("disc_law", REFERENCE, _LAW).T[..., None], strict=True))
    reference = {name: tables.entries["discs", REFERENCE, name].value * MM for name in ("area", "height", "depth", "width")}
    axial, turn, shear, pressure = (
        worn(tables, subject, f"{n}_factor") for n in ("axial_stiffness", "rotational_stiffness", "shear_stiffness", "pressure")
    )
    flexion, lateral, twist = (tables.column("sharing", JOINTS, f"{n}_factor") for n in ("flexion", "lateral", "axial"))
    a = shape.area / (reference["area"] * MM)
    h, d, b = (getattr(shape, name) / reference[name] for name in ("height", "depth", "width"))
    round_ = (shape.depth**2 + shape.width**2) / (reference["depth"] ** 2 + reference["width"] ** 2)
    return beside(
        shape.height,
        law["axial_toe_stiffness"] * a * h * axial,
        law["axial_stiffness"] * a * h * axial,
        law["toe_strain"],
        law["toe_width"],
        law["shear_stiffness_anterior"] * a / h * shear,
        law["shear_stiffness_lateral"] * a / h * shear,
        law["bending_stiffness_lateral"] * a * b**2 / h * lateral * turn,
        law["torsion_stiffness"] * a * round_ / h * twist * turn,
        law["bending_stiffness_sagittal"] * a * d**2 / h * flexion * turn,
        law["quartic_lateral"] * a * _fourth(b) / _cube(h) * _cube(lateral) * turn,
        law["quartic_sagittal"] * a * _fourth(d) / _cube(h) * _cube(flexion) * turn,
        law["cubic_sagittal"] * a * _cube(d) / h**2 * flexion**2 * turn,
        law["preload_stiffening"],
        law["stiffening_knee"] * a * h,
        law["stiffening_saturation"],
        law["torsion_preload_share"],
        shape.area,
        law["intrinsic_pressure"] * pressure,
        law["pressure_index"] * pressure,
    )


def _cube(x: Array) -> Array:
    cube: Array = x * x * x
    return cube


def _fourth(x: Array) -> Array:
    square: Array = x * x
    return square * square


@dataclass(frozen=True)
class Strands:
    """Ligament strands: attachments (N, 6, T, 3) m, law (N, 6, T, 3) N per strain, rest length m, toe strain."""

    lower: Array
    upper: Array
    law: Array


def strand_groups(tables: Tables) -> Array:
    """Ligament of every strand of a level (T,)."""
    sides = {"FC": 2, "ITL": 2}
    return np.repeat(np.arange(len(LIGAMENTS)), [sides.get(name, 1) * strand_count(tables, name) for name in LIGAMENTS])


def strand_count(tables: Tables, name: str) -> int:
    """Number of strands of a ligament, on one side if it has two.

    Raises
    ------
    ValueError
        If models that are packed together have different ones.
    """
    counts = set(np.ravel(tables.value("ligaments", name, "strands")).round().tolist())
    if len(counts) > 1:
        raise ValueError(f"ligaments {name} strands: models that are packed together have {sorted(counts)}; expected one number")
    return int(counts.pop())


def strands(tables: Tables, scale: Array, loss: Array, capsule: Array, normal: Array) -> Strands:
    """All strands.

    ``capsule`` (N, 6, 2, 3) and ``normal`` (N, 6, 2, 3) are the facet centres and normals, left and right, round which the
    capsule's strands stand.
    """
    lower, upper, law = [], [], []
    factor, size = tables.column("sharing", JOINTS, "flexion_factor"), MM * scale[:, None]
    for name in LIGAMENTS:
        count = strand_count(tables, name)
        length = tables.column("ligaments", [f"{name}@{j}" for j in JOINTS], "length") * size
        if name == "FC":
            rim = tables.column("ligaments", [f"FC@{j}" for j in JOINTS], "rim_radius") * size
            middle, along = _capsule_strands(capsule, normal, rim, count)
        else:
            middle, along = _middles(tables, name, count, size), np.array([0.0, 1.0, 0.0])
        half = 0.5 * length[..., None, None] * along
        lower.append(middle - half)
        upper.append(middle + half)
        law.append(np.repeat(_strand_law(tables, name, length, factor, count)[:, :, None], middle.shape[2], axis=2))
    attached = _joined(upper)
    attached[..., 1] -= loss[..., None]
    return Strands(_joined(lower), attached, _joined(law))


def _joined(parts: list[Array]) -> Array:
    """Strands of all ligaments along their axis, where some may be the same in all models."""
    models = max(len(part) for part in parts)
    return np.concatenate([np.broadcast_to(part, (models, *part.shape[1:])) for part in parts], axis=2)


def _strand_law(tables: Tables, name: str, length: Array, factor: Array, count: int) -> Array:
    """Stiffness of one strand, its rest length and toe strain, with strains ``factor`` times larger for the same stretch (N, 6, 3)."""
    stiffness, slack, toe = tables.row("ligaments", name, ("stiffness", "slack_strain", "toe_strain")).T[..., None]
    return beside(stiffness / count * factor, length * (1.0 + slack / factor), toe / factor)


def _middles(tables: Tables, name: str, count: int, size: Array) -> Array:
    """Mid-points (N, 6, strands, 3) of the vertical strands of a ligament, both sides for the lateral ones."""
    items = [f"{name}@{j}" for j in JOINTS]
    x, z = ((tables.column("ligaments", items, p) * size)[..., None] for p in ("x", "z_spread"))
    if name == "ITL":
        return beside(x, 0.0, np.array([-1.0, 1.0]) * z)
    steps = np.linspace(-1.0, 1.0, count) if count > 1 else np.zeros(1)
    spread = (tables.column("ligaments", items, "x_spread") * size)[..., None] if name == "ISL" else 0.0
    return beside(x + spread * steps, 0.0, z * steps)


def _capsule_strands(centre: Array, normal: Array, rim: Array, count: int) -> tuple[Array, Array]:
    """Rim points round the facets, and the strands' direction, upwards and out of the lower facet (N, 6, sides * count, 3)."""
    up, across = patch_axes(normal)
    along = _unit(0.8 * np.array([0.0, 1.0, 0.0]) + 0.6 * normal)
    angles = np.arange(count) * 2.0 * np.pi / count
    c, s = np.cos(angles)[:, None], np.sin(angles)[:, None]
    points = centre[..., None, :] + rim[..., None, None, None] * (c * up[..., None, :] + s * across[..., None, :])
    shape = (*points.shape[:2], 2 * count, 3)
    return points.reshape(shape), np.broadcast_to(along[..., None, :], points.shape).reshape(shape)


def _unit(vectors: Array) -> Array:
    x, y, z = (vectors[..., k] for k in range(3))
    unit: Array = vectors / np.sqrt(x * x + y * y + z * z)[..., None]
    return unit


def patch_axes(normal: Array) -> tuple[Array, Array]:
    """Two axes in the planes of facets (..., 3): as upright as possible, and across."""
    up = _unit(np.array([0.0, 1.0, 0.0]) - normal[..., 1:2] * normal)
    (a, b, c), (x, y, z) = (tuple(v[..., k] for k in range(3)) for v in (up, normal))
    return up, beside(b * z - c * y, c * x - a * z, a * y - b * x)


@dataclass(frozen=True)
class Facets:
    """Facet contact, left and right; shapes as in :func:`spinesim.model.layout.spine_type`, after the axis of models."""

    normal: Array
    origin: Array
    point: Array
    gap: Array
    stiffness: Array
    area: Array
    smoothing: Array
    tip_point: Array
    tip_law: Array

    def bent(self, rotation: Array) -> Facets:
        """The same facets, whose upper parts fit the lower ones when the joints are turned by ``rotation`` (N, 6, 3, 3)."""
        point = turned_back(self.point, rotation[:, :, None])
        return replace(self, point=point, tip_point=turned_back(self.tip_point, rotation))


def facets(tables: Tables, subject: Subject, scale: Array, loss: Array) -> Facets:
    """Patches and tips of all levels: planes on the lower vertebra, points on the upper one."""
    size, outward = MM * scale[:, None], np.array([-1.0, 1.0])

    def value(name: str) -> Array:
        return tables.column("facets", JOINTS, name)

    def place(x: str, y: str, z: str) -> Array:
        """Of both sides (N, 6, 2, 3)."""
        return beside(*((value(n) * size)[..., None] for n in (x, y)), (value(z) * size)[..., None] * outward)

    change = worn(tables, subject, "facet_gap_change")
    normal, origin = _normals(subject, value("angle_axial"), value("angle_transverse")), place("centre_x", "centre_y", "half_distance")
    height, width = value("patch_height") * size, value("patch_width") * size
    point, tip = origin[..., None, :] + _patch(normal, height, width), place("tip_x", "tip_y", "tip_half_distance")
    point[..., 1] -= loss[..., None, None]
    extra = np.array([[gaps.get(j, 0.0) for gaps in (subject.facet_gap_left_mm, subject.facet_gap_right_mm)] for j in JOINTS])
    gap = ((value("gap") + change)[..., None] + extra) * MM
    area = (height * width / (PATCH_ROWS * PATCH_COLUMNS))[..., None, None]
    tip_law = beside(value("tip_gap") * size + change * MM - loss, value("tip_stiffness") / MM, TIP_SMOOTHING)

    def everywhere(cells: Array) -> Array:
        return np.broadcast_to(cells, (len(cells), len(JOINTS), 2, PATCH_ROWS * PATCH_COLUMNS))

    return Facets(
        normal, origin, point, everywhere(gap[..., None]), everywhere(area * (value("cartilage_stiffness") / MM**3)[..., None, None]),
        everywhere(area), value("smoothing") * MM, tip, np.repeat(tip_law[:, :, None], 2, axis=2),
    )  # fmt: skip


def _normals(subject: Subject, axial: Array, transverse: Array) -> Array:
    """Out of the lower vertebra's facets, left and right (N, 6, 2, 3)."""

    def sides() -> Iterator[Array]:
        for outward, angles in ((-1.0, subject.facet_angle_left_deg), (1.0, subject.facet_angle_right_deg)):
            given = np.where([j in angles for j in JOINTS], [angles.get(j, 0.0) for j in JOINTS], axial)
            alpha, tau = np.radians(given), np.radians(transverse)
            yield beside(-np.sin(alpha) * np.sin(tau), np.cos(tau), -outward * np.cos(alpha) * np.sin(tau))

    return np.stack(list(sides()), axis=2)


def _patch(normal: Array, height: Array, width: Array) -> Array:
    """Centres of equal cells over the facets, about their own centres (N, 6, 2, PATCH_ROWS * PATCH_COLUMNS, 3)."""
    up, across = patch_axes(normal)
    v = np.repeat((np.arange(PATCH_ROWS) + 0.5) / PATCH_ROWS - 0.5, PATCH_COLUMNS)
    u = np.tile((np.arange(PATCH_COLUMNS) + 0.5) / PATCH_COLUMNS - 0.5, PATCH_ROWS)
    upwards, sideways = ((size[..., None] * cells)[:, :, None, :, None] for size, cells in ((height, v), (width, u)))
    patch: Array = upwards * up[..., None, :] + sideways * across[..., None, :]
    return patch
