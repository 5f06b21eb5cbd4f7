"""Shear, flexion, ligaments, facets, disc pressure and torsion."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from spinesim.analysis.tolerance.data import Array, entry, numbers, value, within
from spinesim.analysis.tolerance.findings import effect
from spinesim.analysis.tolerance.person import Person
from spinesim.analysis.tolerance.rule import LoadError, Tolerance
from spinesim.model.names import LEVELS

SHEAR_LEVELS: Final = LEVELS[1:5]
LIGAMENTS: Final = ("ALL", "PLL", "LF", "FC", "ISL", "SSL")


def shear(person: Person, loadings_per_day: ArrayLike) -> Tolerance:
    """Net anterior shear of L1-L2 to L4-L5, N.

    1000 N up to 100 loadings of the whole day, 700 N from there to 1000 (gallagher2012; counts recalled). Facet loss
    lowers it. L5-S1 has no such limit: its disc is tilted 30 degrees and carries 1000-1400 N of net shear in ordinary
    lifts; test the facet force there. T12-L1 was not studied.

    Parameters
    ----------
    loadings_per_day
        One number: every loading of the day, not of the exercise.

    Returns
    -------
    Tolerance
        Of the four levels :data:`SHEAR_LEVELS`.

    Raises
    ------
    ValueError
        If the count is beyond 1000.
    """
    count = float(within("shear.loadings_per_day", loadings_per_day, "loadings_per_day"))
    occasional = count <= value("tissues", "shear", "occasional_to")
    base = value("tissues", "shear", "limit_occasional" if occasional else "limit_frequent")
    return _lognormal(person, "shear", base, 0.0, "gallagher_marras", ("gallagher2012",), "N", SHEAR_LEVELS)


def flexion_moment(person: Person) -> Tolerance:
    """Passive flexion moment of a segment, N m: elastic limit 73 N m (adams1991, recalled)."""
    return _lognormal(person, "flexion_moment", value("tissues", "flexion_moment", "median"), _sd("flexion_moment"), "elastic_limit",
                      ("adams1991",), "N m")  # fmt: skip


def facet_force(person: Person) -> Tolerance:
    """Force on one facet, normal to it, N: neural arch 2 kN (1-3; cyron1976, recalled)."""
    median = 1000.0 * value("tissues", "facet_force", "median")
    return _lognormal(person, "facet_force", median, _sd("facet_force"), "neural_arch", ("cyron1976",), "N")


def facet_pressure(person: Person) -> Tolerance:
    """Peak contact pressure of a facet, MPa: damage above 10-15 (dunlop1984, recalled)."""
    return _lognormal(person, "facet_pressure", value("tissues", "facet_pressure", "median"), _sd("facet_pressure"), "cartilage",
                      ("dunlop1984",), "MPa")  # fmt: skip


def disc_pressure(person: Person) -> Tolerance:
    """Pressure in the nucleus, MPa: endplate or annulus fail at 3-13 (brinckmann1994, recalled)."""
    return _lognormal(person, "disc_pressure", value("tissues", "disc_pressure", "median"), _sd("disc_pressure"), "endplate",
                      ("brinckmann1994",), "MPa")  # fmt: skip


def torsion(person: Person) -> Tolerance:
    """Torque of a segment, N m: 0.82 (assumed) of 88 N m, 54 where the disc is degenerate (farfan1970, recalled)."""
    median = value("tissues", "torsion", "yield_share") * value("tissues", "torsion", "median")
    return _lognormal(person, "torsion", median, _sd("torsion"), "ultimate_torque", ("farfan1970",), "N m")


def rotation_until_contact_deg(own_rotation_deg: ArrayLike) -> Array:
    """Axial rotation left to a segment until its facets touch, degrees: 2 (1-3; adams1981, recalled) less its own offset."""
    return np.maximum(value("tissues", "torsion", "contact_deg") - np.abs(numbers("own_rotation_deg", own_rotation_deg)), 0.0)


def ligament_tension() -> Tolerance:
    """Tension by group (:data:`LIGAMENTS`; FC both sides), N: 0.75 (assumed) of the failure load (white1990, recalled)."""
    return _ligament("tension", "N")


def ligament_strain() -> Tolerance:
    """Strain by group (:data:`LIGAMENTS`), share: 0.75 (assumed) of the strain at failure (white1990, recalled)."""
    return _ligament("strain", "1")


def flexion_share_limit(person: Person) -> Array:
    """Largest lumbar flexion over the person's own maximum in loaded exercise, by level (assumed).

    0.50 with a bulge in weeks 1-6 or with osteoporosis, 0.75 with a later bulge, else 1.
    """
    found = person.findings
    bone = value("findings", "osteoporosis", "flexion_share") if found.osteoporosis else value("findings", "healthy", "flexion_share")
    bulge = {} if found.bulge is None else found.bulge
    return np.array([min(bone, value("findings", f"bulge_{bulge[n]}", "flexion_share") if n in bulge else bone) for n in LEVELS])


def interaction(compression: ArrayLike, compression_limit: ArrayLike, moment: ArrayLike, moment_limit: ArrayLike) -> Array:
    """Utilisation of the surface (F/F_alpha)^p + (M/M_alpha)^p <= 1, p = 1.25 (1-2).

    Set by the test point 3.4 kN with 73 N m (tushak2022) between pure strengths of about 5 kN and 150 N m (belwadi2008).
    Extension (M < 0) counts as no flexion, tension (F < 0) as no compression.

    Returns
    -------
    ndarray
        p-th root of the sum: 1 is the surface, and it grows in proportion to the loads.
    """
    p = value("tissues", "flexion_moment", "exponent")
    pressed = np.maximum(numbers("compression", compression), 0.0) / np.asarray(compression_limit)
    bent = np.maximum(numbers("moment", moment), 0.0) / np.asarray(moment_limit)
    return np.asarray((pressed**p + bent**p) ** (1.0 / p))


def flexion_factor(moment: ArrayLike, moment_limit: ArrayLike) -> Array:
    """What a flexion moment leaves of the compression limit: (1 - (M/M_alpha)^p)^(1/p), 0 from M_alpha on and for NaN."""
    p = value("tissues", "flexion_moment", "exponent")
    bent = np.maximum(numbers("moment", moment), 0.0) / np.asarray(moment_limit)
    return np.asarray(np.fmax(1.0 - bent**p, 0.0) ** (1.0 / p))


def _sd(tissue: str) -> float:
    return value("tissues", tissue, "sd_ln")


def _lognormal(
    person: Person,
    tissue: str,
    median: float,
    sd: float,
    law: str,
    sources: tuple[str, ...],
    unit: str,
    levels: tuple[str, ...] = LEVELS,
) -> Tolerance:
    """A tolerance by level with the effect of findings."""
    found = effect(person.findings, tissue, levels)
    known_sd = np.full(len(levels), sd)
    return Tolerance(
        tissue=tissue,
        unit=unit,
        axis=levels,
        law=law,
        sources=sources,
        median=median * found.factor,
        sd=known_sd,
        sd_wide=np.hypot(known_sd, found.sd),
        error=LoadError.of(tissue),
        most_evidence=np.full(len(levels), np.inf),
    )


def _ligament(kind: str, unit: str) -> Tolerance:
    share, sd = value("tissues", "ligament", "elastic_share"), np.full(len(LIGAMENTS), value("tissues", "ligament", "sd_ln"))
    median = share * np.array([value("tissues", name, f"{kind}_median") for name in LIGAMENTS])
    sources = tuple(dict.fromkeys(entry("tissues", name, f"{kind}_median").source for name in LIGAMENTS))
    return Tolerance(
        f"ligament_{kind}", unit, LIGAMENTS, "failure", sources, median, sd, sd, LoadError.of("ligament"), np.full(len(median), np.inf)
    )
