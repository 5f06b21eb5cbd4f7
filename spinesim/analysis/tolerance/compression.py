"""Compression: strength of disc and endplate by age, sex, level and findings, and published limits beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinesim.analysis.tolerance.data import Array, entry, known, value, within
from spinesim.analysis.tolerance.findings import effect
from spinesim.analysis.tolerance.person import Person
from spinesim.analysis.tolerance.rule import Evidence, LoadError, Tolerance, limit
from spinesim.model.names import LEVELS
from spinesim.model.validate import SEXES

STRENGTH_LAWS: Final = ("regression", "density_area")
REFERENCE_LAWS: Final = ("niosh_action", "niosh_maximum", "dortmund_2001", "dortmund_2018")
_AGES: Final = (20, 30, 40, 50, 60)


@dataclass(frozen=True, slots=True)
class ReferenceLimit:
    """A published limit on a best estimate of compression; it carries no probability.

    Attributes
    ----------
    law, sources
        Name and keys of ``sources.csv``.
    published_N
        As printed for age and sex.
    limit_N
        By level: the published one times the factors of level and findings, which are this project's, not the source's.
    """

    law: str
    sources: tuple[str, ...]
    published_N: float
    limit_N: Array

    def within(self, load_N: ArrayLike) -> NDArray[np.bool_]:
        """Whether loads whose last axis is the level stay within the limit; NaN does not."""
        return np.asarray(load_N) <= self.limit_N


def mean_strength_kN(age_years: ArrayLike, sex: str) -> Array:
    """Regression of ultimate strength: 10.53 - 0.974 A (men), 7.03 - 0.591 A (women), A the age in decades.

    Jaeger and Luttmann (jaeger1991, recalled); range ``regression.age_years``.
    """
    known("sex", sex, SEXES)
    decades = within("regression.age_years", age_years) / 10.0
    return value("compression", f"regression_{sex}", "intercept") - value("compression", f"regression_{sex}", "slope") * decades


def strength(person: Person, law: str = "regression") -> Tolerance:
    """Distribution of the yield force of disc and endplate, N, by level.

    - ``regression``: mean by age and sex (:func:`mean_strength_kN`), CV 0.30. Unknown sex takes the lower mean.
    - ``density_area``: 0.32 + 0.00308 density area kN (brinckmann1989, recalled), CV 0.18; needs
      ``person.density_mg_ml`` and ``person.endplate_area_cm2``.

    Median of R = mean / sqrt(1 + CV^2), s^2 = ln(1 + CV^2); the tolerance is the yield 0.82 R (yoganandan1989) times the
    factors of level and findings. Bone loss is measured by density, so that ``density_area`` has it already.

    Raises
    ------
    ValueError
        If the law is unknown, or the person is outside its range or lacks what it needs.
    """
    known("law", law, STRENGTH_LAWS)
    mean, cv = (_by_regression if law == "regression" else _by_density)(person)
    median = 1000.0 * mean / np.sqrt(1.0 + cv**2)
    sd = np.full(len(LEVELS), _log_sd(cv))
    found = effect(person.findings, "compression")
    return Tolerance(
        tissue="compression",
        unit="N",
        axis=LEVELS,
        law=law,
        sources=("jaeger1991" if law == "regression" else "brinckmann1989", "yoganandan1989"),
        median=value("compression", "yield", "share") * median * level_factor() * found.factor,
        sd=sd,
        sd_wide=np.hypot(sd, found.sd),
        error=LoadError.of("compression"),
        most_evidence=np.full(len(LEVELS), value("rule", "evidence", "cap") * median),
        sd_people=np.full(len(LEVELS), _log_sd(value("compression", "spread", "cv_people"))) if law == "regression" else None,
    )


def imaged(tolerance: Tolerance) -> Tolerance:
    """The same median with the spread that density and endplate area from imaging would leave (``spread.cv_imaging``).

    A measured density moves the median as well; this is what the measurement would be worth if it confirmed it.
    """
    if tolerance.law != "regression":
        return tolerance
    sd = np.full(len(LEVELS), _log_sd(value("compression", "spread", "cv_imaging")))
    wide = np.sqrt(sd**2 + tolerance.sd_wide**2 - tolerance.sd**2)
    return replace(tolerance, sd=sd, sd_wide=wide, sd_people=None)


def reference_limit(person: Person, law: str) -> ReferenceLimit:
    """A published limit, N.

    - ``niosh_action`` 3400, ``niosh_maximum`` 6376 (niosh1981), for every adult.
    - ``dortmund_2001`` (jaeger2001): 6.0/5.0/4.1/3.2/2.3 kN for men and 4.4/3.8/3.2/2.5/1.8 for women at 20/30/40/50/60
      years and over, linear in between (ours).
    - ``dortmund_2018`` (jaeger2018): 5.4 to 2.2 and 4.1 to 1.8 kN at 20 and from 60 years, linear in between (ours: the
      decades between were not recalled).

    Unknown sex takes the lower one.

    Raises
    ------
    ValueError
        If the law is unknown or the person outside its range.
    """
    known("law", law, REFERENCE_LAWS)
    if law.startswith("niosh"):
        published, source = value("compression", law, "limit"), entry("compression", law, "limit").source
    else:
        sexes = SEXES if person.sex is None else (person.sex,)
        published = 1000.0 * min(float(dortmund_kN(person.age_years, sex, law)) for sex in sexes)
        source = "jaeger2001" if law == "dortmund_2001" else "jaeger2018"
    factor = level_factor() * effect(person.findings, "compression").factor
    return ReferenceLimit(law, (source,), published, published * factor)


def dortmund_kN(age_years: ArrayLike, sex: str, law: str = "dortmund_2018") -> Array:
    """Dortmund Recommendation at ages, linear between the published ones and constant from 60."""
    known("sex", sex, SEXES)
    known("law", law, REFERENCE_LAWS[2:])
    ages = _AGES if law == "dortmund_2001" else (_AGES[0], _AGES[-1])
    points = [value("compression", f"{law}_{sex}", f"age_{age}") for age in ages]
    return np.asarray(np.interp(within(f"{law}.age_years", age_years), ages, points))


def compression_limit(person: Person, alpha: float | str, items: Sequence[Evidence] = (), law: str = "regression") -> Array:
    """Limit on compression in N by level: the rule's, but at most 6376 N unless more has been demonstrated."""
    return np.asarray(np.minimum(limit(strength(person, law), alpha, items), most_without_evidence(items)))


def most_without_evidence(items: Sequence[Evidence]) -> Array:
    """Largest limit on compression in N by level: 6376, or what has been demonstrated if that is more."""
    shown = [np.broadcast_to(np.asarray(item.load, float), len(LEVELS)) for item in items]
    return np.asarray(np.max([*shown, np.full(len(LEVELS), value("compression", "niosh_maximum", "limit"))], axis=0))


def level_factor() -> Array:
    """Strength of each level over that of L4-L5, by disc area (``levels.csv``, derived)."""
    return np.array([value("levels", level, "compression") for level in LEVELS])


def _log_sd(cv: float) -> float:
    """SD of the logarithm of a lognormal distribution."""
    return float(np.sqrt(np.log1p(cv**2)))


def _by_regression(person: Person) -> tuple[float, float]:
    sexes = SEXES if person.sex is None else (person.sex,)
    return min(float(mean_strength_kN(person.age_years, sex)) for sex in sexes), value("compression", "spread", "cv")


def _by_density(person: Person) -> tuple[float, float]:
    given = (person.density_mg_ml, person.endplate_area_cm2)
    if given[0] is None or given[1] is None:
        raise ValueError("law density_area needs person.density_mg_ml and person.endplate_area_cm2; expected both from imaging")
    density = float(within("density_area.density_mg_ml", given[0], "person.density_mg_ml"))
    area = float(within("density_area.area_cm2", given[1], "person.endplate_area_cm2"))
    mean = value("compression", "density_area", "intercept") + value("compression", "density_area", "slope") * density * area
    return mean, value("compression", "spread", "cv_imaging")
