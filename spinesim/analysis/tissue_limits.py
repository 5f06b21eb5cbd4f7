"""Limits of all tissues of a person at one level of protection, and how far demands use them up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from spinesim.analysis.demand import Booleans, Demands
from spinesim.analysis.tolerance import (
    Demand,
    Evidence,
    Findings,
    LoadError,
    Person,
    Split,
    Tolerance,
    disc_pressure,
    evidence,
    exceedance,
    facet_force,
    facet_pressure,
    flexion_moment,
    flexion_share_limit,
    granted,
    imaged,
    interaction,
    ligament_tension,
    limit,
    shear,
    split,
    strength,
    torsion,
)
from spinesim.analysis.tolerance.compression import most_without_evidence
from spinesim.analysis.tolerance.data import Array, value
from spinesim.analysis.tolerance.person import examined
from spinesim.analysis.tolerance.tissues import LIGAMENTS, SHEAR_LEVELS
from spinesim.model.names import LEVELS
from spinesim.model.names import LIGAMENTS as MODELLED

# What is tested, with the demand it is about; bending alone is a part of the second.
TISSUES: Final = {
    "compression": "compression_N",
    "compression_flexion": "compression_N",
    "shear": "anterior_shear_N",
    "facet_force": "facet_force_N",
    "facet_pressure": "facet_peak_MPa",
    "disc_pressure": "pressure_MPa",
    "ligament": "ligament_tension_N",
    "torsion": "torsion_Nm",
    "muscle": "activation",
}
FLEXION: Final = "flexion_moment"
SCAN: Final = "density and endplate area measured by imaging"
EXAMINED: Final = "the unknown findings examined"
_SEEN: Final = 1e-6  # a demonstrated load below it tells nothing, and has a logarithm
_FAR: Final = 6.0  # standard deviations below the median, where a failure has a chance of 1e-9
_SHEAR: Final = [LEVELS.index(name) for name in SHEAR_LEVELS]
_LIGAMENT: Final = [MODELLED.index(name) for name in LIGAMENTS]


@dataclass(frozen=True, slots=True)
class Shown:
    """A task that the person tolerates now: its demands at one load, what kind of evidence it is, and whether it is a habit."""

    name: str
    kind: str
    habit: bool
    demands: Demands


@dataclass(frozen=True, slots=True)
class Limits:
    """Tolerances of a person, what was demonstrated against them, and the limits that follow.

    Attributes
    ----------
    person
        Whose tissues.
    tolerances, items
        By tissue, without muscle.
    limits
        By tissue, on the axis of its tolerance; ``muscle`` is a share of capacity.
    """

    person: Person
    tolerances: Mapping[str, Tolerance]
    items: Mapping[str, tuple[Evidence, ...]]
    limits: Mapping[str, Array]


def limits_of(
    person: Person,
    alpha: float | str,
    shown: Sequence[Shown],
    loadings_per_day: float,
    errors: Mapping[str, LoadError] | None = None,
    law: str = "regression",
    *,
    scanned: bool = False,
) -> Limits:
    """All limits of a person.

    Parameters
    ----------
    loadings_per_day
        Of the whole day; decides the limit of shear.
    errors
        Load errors by tissue in the place of the tabulated ones.
    scanned
        As if density and endplate area had been measured and confirmed the median of compression.

    Raises
    ------
    ValueError
        If a law is asked outside its range, or a demonstrated load is beyond belief.
    """
    found = {
        "compression": imaged(strength(person, law)) if scanned else strength(person, law),
        FLEXION: flexion_moment(person),
        "shear": shear(person, loadings_per_day),
        "facet_force": facet_force(person),
        "facet_pressure": facet_pressure(person),
        "disc_pressure": disc_pressure(person),
        "ligament": _by_level(ligament_tension()),
        "torsion": torsion(person),
    }
    found |= {name: replace(found[name], error=error) for name, error in (errors or {}).items()}
    proofs = {name: [evidence(np.maximum(_shown_peak(s, name), _SEEN), s.kind) for s in shown] for name in found}
    items = {name: tuple(item for item in proofs[name] if _tells(item, tolerance)) for name, tolerance in found.items()}
    limits = {name: limit(tolerance, alpha, items[name]) for name, tolerance in found.items()}
    limits["compression"] = np.minimum(limits["compression"], most_without_evidence(items["compression"]))
    return Limits(person, found, items, limits | {"muscle": np.array([value("safe_load", "muscle", "share")])})


def refusal(findings: Findings) -> str:
    """Why no load is named at all; empty if there is no such reason."""
    for name, word in (("red_flags", "a red flag"), ("vertebral_fracture", "a vertebral fracture")):
        if getattr(findings, name):
            return f"findings.{name}: {word} is a matter for a physician; no load is named"
    return ""


def allowed_flexion(person: Person) -> float:
    """Largest lumbar flexion over the person's own maximum that findings allow, whatever the load."""
    return float(flexion_share_limit(person).min())


def as_shown(loaded: Demands, bare: Demands) -> Demands:
    """What a tolerated task asks; who does it with a load bends so without it, too, which can bend further by a little."""
    followed = ("flexion_moment_Nm", "ligament_tension_N")
    return replace(loaded, **{name: np.fmax(getattr(loaded, name), getattr(bare, name)) for name in followed})


def utilisation(demands: Demands, limits: Limits) -> dict[str, Array]:
    """Load over limit of every tissue, (..., N, F, axis of the tissue): above 1 is beyond the limit, NaN has no answer."""
    used = {name: on_axis(demands, name) / limits.limits[name] for name in TISSUES if name in limits.limits}
    pressed, bent = limits.limits["compression"], limits.limits[FLEXION]
    return used | {"compression_flexion": interaction(demands.compression_N, pressed, demands.flexion_moment_Nm, bent)}


def on_axis(demands: Demands, tissue: str) -> Array:
    """The demand on a tissue, last axis as in its tolerance."""
    if tissue == FLEXION:
        return demands.flexion_moment_Nm
    load: Array = getattr(demands, TISSUES[tissue])
    if tissue == "shear":
        return load[..., _SHEAR]
    if tissue == "ligament":
        return load[..., _LIGAMENT].reshape(*load.shape[:-2], len(LEVELS) * len(LIGAMENTS))
    return load[..., None] if tissue == "muscle" else load


def axis(tissue: str) -> tuple[str, ...]:
    """Names of the last axis of :func:`on_axis`."""
    if tissue == "ligament":
        return tuple(f"{level} {group}" for level in LEVELS for group in LIGAMENTS)
    return {"shear": SHEAR_LEVELS, "muscle": ("busiest group",)}.get(tissue, LEVELS)


def within(demands: Demands, used: Mapping[str, Array]) -> Booleans:
    """Whether every tissue is within its limit in every frame, (..., N); a frame without an answer or not validated is not."""
    fine = demands.converged & demands.validated
    for share in used.values():
        # NaN is not within.
        fine = fine & (share <= 1.0).all(axis=-1)
    return np.asarray(fine.all(axis=-1))


def demonstrated(demands: Demands, used: Mapping[str, Array], shown: Shown, person: Person) -> Booleans:
    """Whether a habit grants loads without the rule, (..., N).

    Compression, shear and bending together stay within the share psi of what the habit asks; every other tissue within its
    limit or that share, ligaments, which follow the posture as bending does, within the whole.
    """
    psi = person.floor_share
    if not shown.habit:
        return np.zeros(demands.converged.shape[:-1], bool)
    new, old = _demand(demands), _demand(shown.demands)
    fine = granted(person, new, old).all(axis=-1) & (demands.converged & demands.validated).all(axis=-1)
    for tissue, share in used.items():
        if tissue not in ("compression", "compression_flexion", "shear"):
            part = 1.0 if tissue == "ligament" else psi
            within_shown = on_axis(demands, tissue).max(axis=-2) <= part * on_axis(shown.demands, tissue).max(axis=-2)[0]
            fine &= ((share <= 1.0).all(axis=-2) | within_shown).all(axis=-1)
    return np.asarray(fine)


def share_shown(demands: Demands, shown: Shown) -> float:
    """Largest part of a demonstrated compression or shear that one load asks (first of ``demands``)."""
    pairs = [(on_axis(demands, name), on_axis(shown.demands, name)) for name in ("compression", "shear")]
    return float(max(np.max(new / np.maximum(old.max(axis=-2), _SEEN)) for new, old in pairs))


def exceedances(demands: Demands, limits: Limits) -> dict[str, dict[str, float]]:
    """Probability of one load (first of ``demands``) by tissue and place, worst frame: that the tissue bears less."""
    found = {}
    for tissue, tolerance in limits.tolerances.items():
        peak = on_axis(demands, tissue)[0].max(axis=-2)
        chance = exceedance(peak, tolerance, limits.items[tissue])
        found[tissue] = dict(zip(LEVELS if tissue == FLEXION else axis(tissue), chance.tolist(), strict=True))
    return found


def parts(demands: Demands, limits: Limits) -> tuple[str, Split] | None:
    """Level of the largest exceedance of compression of one load (first of ``demands``), and what that comes from."""
    tolerance, items = limits.tolerances["compression"], limits.items["compression"]
    peak = on_axis(demands, "compression")[0].max(axis=-2)
    place = int(np.argmax(exceedance(peak, tolerance, items)))
    found = split(float(peak[place]), tolerance, place, items)
    return None if found is None else (LEVELS[place], found)


def variances(limits: Limits, level: str) -> tuple[float, dict[str, float]]:
    """Variance of ln(strength/load) of compression at a level, and what single measurements would leave of it."""
    tolerance = limits.tolerances["compression"]
    place = tolerance.at(level)
    error = tolerance.error.shared**2 + tolerance.error.task**2
    return float(tolerance.sd_wide[place] ** 2 + error), {
        SCAN: float(imaged(tolerance).sd_wide[place] ** 2 + error),
        EXAMINED: float(strength(replace(limits.person, findings=examined(limits.person.findings))).sd_wide[place] ** 2 + error),
    }


def leading(fine: Booleans) -> Array:
    """How many are true before the first that is not, along the last axis: nothing counts across one that is not."""
    return np.asarray(np.logical_and.accumulate(fine, axis=-1).sum(axis=-1))


def _tells(item: Evidence, tolerance: Tolerance) -> bool:
    """Whether a proof is near enough to what the tissue bears to tell anything; leaving it out never raises a limit."""
    total = np.sqrt(tolerance.sd_wide**2 + tolerance.error.shared**2 + tolerance.error.task**2)
    return bool((np.log(np.asarray(item.load) / tolerance.median) > -_FAR * total).any())


def _shown_peak(shown: Shown, tissue: str) -> Array:
    return np.asarray(on_axis(shown.demands, tissue)[0].max(axis=-2))


def _demand(demands: Demands) -> Demand:
    peaks = (demands.compression_N, demands.anterior_shear_N, demands.flexion_moment_Nm)
    return Demand(*(peak.max(axis=-2) for peak in peaks))


def _by_level(tolerance: Tolerance) -> Tolerance:
    """A tolerance of ligament groups, repeated for every level."""
    count = len(LEVELS)
    names = axis("ligament")
    arrays: dict[str, Any] = {name: np.tile(getattr(tolerance, name), count) for name in ("median", "sd", "sd_wide", "most_evidence")}
    return replace(tolerance, axis=names, **arrays)
