"""Answers of the bench as JSON, text and HDF5."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final

import h5py
import numpy as np
from numpy.typing import NDArray

from spinesim.io.h5 import attach, dataset, fixed, text, write_attrs
from spinesim.io.provenance import DISCLAIMER
from spinesim.io.tables import WIDTH, number, table
from spinesim.model.names import AXES, LIGAMENTS, ROTATIONS, SIDES
from spinesim.solver.bench import Curve, Loading
from spinesim.solver.motion import Motion
from spinesim.solver.variables import VARIABLES

FORMAT: Final = "spinesim-specimen"
FORMAT_VERSION: Final = 1
SIGNS: Final = (
    "Rotations: forward, to the right, to the left of the upper vertebra, counted from the specimen under its follower load alone. "
    "Translations in the frame of the disc mid-plane: forward, up, to the right."
)
_HEADS: Final = (
    ("", "level"), ("forward", "deg"), ("right", "deg"), ("left", "deg"), ("lower by", "mm"), ("pressure", "MPa"), ("facet", "left N"),
    ("facet", "right N"), ("facets", "share %"), ("largest", "ligament N"),
)  # fmt: skip
_WORDS: Final = {
    "flexion_Nm": "N m forward", "lateral_Nm": "N m to the right", "axial_Nm": "N m to the left", "follower_N": "N of follower load",
    "compression_N": "N of dead compression", "anterior_shear_N": "N of anterior shear",
    "lateral_shear_N": "N of shear to the right",
    "flexion_deg": "degrees forward, clamped", "lateral_deg": "degrees to the right, clamped",
    "rotation_deg": "degrees to the left, clamped",
}  # fmt: skip
_LEAST_COMPRESSION = 50.0  # N; below, a share says nothing
Named = tuple[str, Curve]


def describe(loading: Loading, without: Sequence[str] = (), creep_mm: float = 0.0) -> str:
    """What was done, in words."""
    parts = [f"{getattr(loading, name):g} {words}" for name, words in _WORDS.items() if getattr(loading, name)]
    parts += ["rotations held"] if loading.hold_rotations else []
    parts += [f"{creep_mm:g} mm of creep"] if creep_mm else []
    parts += [f"without {', '.join(without)}"] if without else []
    return ", ".join(parts) or "no load"


def curve_json(curve: Curve, provenance: Mapping[str, Any], motion: Motion | None = None, steps: Sequence[Named] = ()) -> dict[str, Any]:
    """The full load as one object, with the curve beside it.

    ``motion`` adds ``range_of_motion``; ``steps``, named curves of a step-wise removal, add ``steps``.
    """
    extra: dict[str, Any] = {}
    if motion is not None:
        extra["range_of_motion"] = {
            level: {"range_deg": float(motion.range_deg[i]), "neutral_zone_deg": float(motion.neutral_zone_deg[i])}
            for i, level in enumerate(motion.levels)
        }
        extra["range_total_deg"] = motion.range_total_deg
    if steps:
        extra["steps"] = [
            {"removed": name, "rotation_deg": step.rotation_deg[-1].tolist(), "levels": _levels(step)} for name, step in steps
        ]
    return {
        "status": "converged",
        "validated": curve.validated,
        "notes": list(curve.notes),
        "rotation_total_deg": curve.rotation_total_deg[-1].tolist(),
        "rotation_axes": ["forward", "right", "left"],
        "levels": _levels(curve),
        "curve": {
            "part_of_load": curve.part.tolist(),
            "creep_mm": curve.creep_mm.tolist(),
            "rotation_total_deg": curve.rotation_total_deg.tolist(),
            "rotation_deg": {level: curve.rotation_deg[:, i].tolist() for i, level in enumerate(curve.levels)},
        },
        **extra,
        "provenance": dict(provenance),
    }


def _levels(curve: Curve) -> dict[str, Any]:
    last = {name: values[-1] for name, values in curve.loads.items()}
    both = ("facet_force_N", "facet_peak_MPa")
    names = {f"{n.removesuffix('_force_N').removesuffix('_peak_MPa')}_{side}{'_N' if n == both[0] else '_peak_MPa'}": (n, k)
             for n in both for k, side in enumerate(SIDES)}  # fmt: skip
    return {
        level: {
            "rotation_deg": curve.rotation_deg[-1, i].tolist(),
            "translation_mm": curve.translation_mm[-1, i].tolist(),
            **{key: float(last[name][i, side]) for key, (name, side) in names.items()},
            "facet_centre_mm": {side: _place(last["facet_centre_mm"][i, k]) for k, side in enumerate(SIDES)},
            **{n: float(last[n][i]) for n in ("facet_compression_N", "disc_compression_N", "intradiscal_pressure_MPa")},
            "ligament_tension_N": dict(zip(LIGAMENTS, last["ligament_tension_N"][i].tolist(), strict=True)),
        }
        for i, level in enumerate(curve.levels)
    }


def _place(centre: NDArray[np.float64]) -> list[float] | None:
    """A contact centre; none where there is no contact."""
    return centre.tolist() if np.isfinite(centre).all() else None


def curve_text(curve: Curve, motion: Motion | None = None, steps: Sequence[Named] = ()) -> str:
    """Tables of the full load, of the range of motion and of a step-wise removal, at most 110 columns wide."""
    whole = ", ".join(f"{number(v, 2)} {n}" for v, n in zip(curve.rotation_total_deg[-1], ("forward", "right", "left"), strict=True))
    parts = [
        _wrap(f"{', '.join(curve.levels)}: {describe(curve.loading, curve.without, float(curve.creep_mm[-1]))}"),
        table(_HEADS, [_row(curve, i) for i in range(len(curve.levels))]),
        f"Whole specimen, degrees: {whole}",
        *(() if motion is None else (_motion_table(motion),)),
        *((_step_table(steps),) if steps else ()),
        *(_wrap(f"Outside the validated range: {note}") for note in curve.notes),
        _wrap(f"{SIGNS} {DISCLAIMER}"),
    ]
    return "\n\n".join(parts)


def _row(curve: Curve, i: int) -> list[str]:
    last = {name: values[-1, i] for name, values in curve.loads.items()}
    tension = last["ligament_tension_N"]
    top = int(tension.argmax())
    net = last["disc_compression_N"] + last["facet_compression_N"] - last["ligament_compression_N"]
    share = number(100.0 * last["facet_compression_N"] / net, 1) if net > _LEAST_COMPRESSION else "-"
    turned = [number(v, 2) for v in curve.rotation_deg[-1, i]]
    lower = number(-curve.translation_mm[-1, i, 1], 2)
    facets = [number(f) for f in last["facet_force_N"]]
    return [
        curve.levels[i],
        *turned,
        lower,
        number(last["intradiscal_pressure_MPa"], 2),
        *facets,
        share,
        f"{LIGAMENTS[top]} {tension[top]:.0f}",
    ]


def _motion_table(motion: Motion) -> str:
    heads = (("", "level"), ("range of", "motion deg"), ("neutral", "zone deg"))
    rows = [[level, number(motion.range_deg[i], 2), number(motion.neutral_zone_deg[i], 2)] for i, level in enumerate(motion.levels)]
    rows.append(["all", number(motion.range_total_deg, 2), ""])
    note = "Both ways together. An elastic specimen has no hysteresis: its neutral zone is the rotation between -0.5 and +0.5 N m."
    return f"{table(heads, rows)}\n\n{_wrap(note)}"


def _step_table(steps: Sequence[Named]) -> str:
    """How the specimen moves, structure after structure removed."""
    heads = (
        ("", "removed so far"),
        ("forward", "deg"),
        ("right", "deg"),
        ("left", "deg"),
        ("highest", "pressure MPa"),
        ("highest", "facet N"),
    )
    rows = [
        [
            name,
            *(number(v, 2) for v in step.rotation_total_deg[-1]),
            number(step.loads["intradiscal_pressure_MPa"][-1].max(), 2),
            number(step.loads["facet_force_N"][-1].max()),
        ]
        for name, step in steps
    ]
    return table(heads, rows)


def _wrap(words: str) -> str:
    return textwrap.fill(words, WIDTH)


def curve_bytes(curve: Curve, attrs: Mapping[str, Any]) -> bytes:
    """The HDF5 image of a curve: dimension scales ``step``, ``level``, ``side``, ``axis``, ``rotation``, ``ligament``; units; checksums."""
    labels = {
        "step": np.arange(len(curve.part), dtype="<i4"),
        "level": fixed(curve.levels),
        "side": fixed(SIDES),
        "axis": fixed(AXES),
        "rotation": fixed(ROTATIONS),
        "ligament": fixed(LIGAMENTS),
    }
    own: dict[str, tuple[Any, tuple[str, ...], str, str]] = {
        "part_of_load": (curve.part, (), "1", "part of the load that is on, after the follower load"),
        "creep_mm": (curve.creep_mm, (), "mm", "height that every disc has lost by creep"),
        "rotation_deg": (curve.rotation_deg, ("level", "rotation"), "deg", "rotation of the joint from the follower load alone"),
        "rotation_total_deg": (curve.rotation_total_deg, ("rotation",), "deg", "rotation of the whole specimen"),
        "translation_mm": (curve.translation_mm, ("level", "axis"), "mm", "translation of the upper vertebra, disc frame"),
    }
    own |= {n: (values, VARIABLES[n].dims, VARIABLES[n].unit, VARIABLES[n].long_name) for n, values in curve.loads.items()}
    with h5py.File("curve.h5", "w", driver="core", backing_store=False, track_order=True) as file:
        for name, label in labels.items():
            dataset(file, name, label).make_scale(name)
        for name, (values, dims, unit, meaning) in own.items():
            made = dataset(file, name, np.asarray(values, dtype="<f8"))
            made.attrs["units"], made.attrs["long_name"] = text(unit), text(meaning)
            attach(file, made, ("step", *dims))
        root = {"spinesim_format": FORMAT, "spinesim_format_version": FORMAT_VERSION, "title": "specimen on the bench", "comment": SIGNS}
        applied = {"load": describe(curve.loading, curve.without, float(curve.creep_mm[-1])), "validated": int(curve.validated)}
        write_attrs(file, {**root, **applied, "notes": list(curve.notes), **attrs})
        file.flush()
        image: bytes = file.id.get_file_image()
    return image
