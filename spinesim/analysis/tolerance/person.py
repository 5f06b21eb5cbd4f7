"""Who is asked about: age, sex and findings. ``None`` means unknown, which widens and never raises a limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Final, Literal

from spinesim.analysis.tolerance.data import known, numbers, value, within
from spinesim.model.names import LEVELS
from spinesim.model.validate import SEXES

GRADES: Final = (1, 2, 3, 4, 5)
BULGES: Final = ("early", "late")
LOSSES: Final = ("unilateral", "bilateral")
BONE_LOSS: Final = ("osteoporosis", "vertebral_fracture", "steroids", "red_flags")


@dataclass(frozen=True, slots=True)
class Findings:
    """What is known of a spine; ``None`` is unknown, an empty mapping is examined and without finding.

    Parameters
    ----------
    disc_grade
        Degeneration grade 1-5 per level name; levels not named are grade 1.
    bulge
        Per level name: ``early`` (weeks 1-6) or ``late`` (from week 7 with pain gates green).
    facet_loss
        Per level name: ``unilateral`` or ``bilateral``; fracture, defect or removal of a facet or its arch.
    tropism_deg
        Per level name: difference of the facet angles of the two sides.
    osteoporosis, vertebral_fracture, steroids, red_flags
        Answers; any ``True`` ends the floor that demonstrated loads give.
    """

    disc_grade: Mapping[str, int] | None = None
    bulge: Mapping[str, Literal["early", "late"]] | None = None
    facet_loss: Mapping[str, Literal["unilateral", "bilateral"]] | None = None
    tropism_deg: Mapping[str, float] | None = None
    osteoporosis: bool | None = None
    vertebral_fracture: bool | None = None
    steroids: bool | None = None
    red_flags: bool | None = None

    def __post_init__(self) -> None:
        for item in fields(self):
            name, given = f"findings.{item.name}", getattr(self, item.name)
            if given is None:
                continue
            if item.name in BONE_LOSS:
                if not isinstance(given, bool):
                    raise TypeError(f"{name}: {given!r} is neither True, False nor None (unknown)")
            else:
                _check_levels(name, given)
                # Frozen all through: a caller's later change of its mapping must not reach here.
                object.__setattr__(self, item.name, MappingProxyType(dict(given)))

    @classmethod
    def none(cls) -> Findings:
        """Examined and without any finding."""
        return cls({}, {}, {}, {}, False, False, False, False)


@dataclass(frozen=True, slots=True)
class Person:
    """A person whose tissues are judged.

    Parameters
    ----------
    age_years
        Within ``person.age_years`` of ``ranges.csv``.
    sex
        ``male``, ``female``, or ``None`` where it is unknown: the weaker counts.
    findings
        Unknown unless they are given.
    density_mg_ml, endplate_area_cm2
        Trabecular density by QCT and endplate area, for the law ``density_area`` only.

    Raises
    ------
    TypeError, ValueError
        Naming the field, the value and what was expected.
    """

    age_years: float
    sex: Literal["male", "female"] | None = None
    findings: Findings = field(default_factory=Findings)
    density_mg_ml: float | None = None
    endplate_area_cm2: float | None = None

    def __post_init__(self) -> None:
        _check_one("person.age_years", self.age_years)
        within("person.age_years", self.age_years)
        if self.sex is not None:
            known("person.sex", self.sex, SEXES)
        if not isinstance(self.findings, Findings):
            raise TypeError(f"person.findings: {self.findings!r} is not a Findings")
        for name in ("density_mg_ml", "endplate_area_cm2"):
            if getattr(self, name) is not None:
                _check_one(f"person.{name}", getattr(self, name))

    @property
    def floor_share(self) -> float:
        """Share psi of a demonstrated load that is granted without the tolerance rule.

        0 with bone loss, a fracture, steroids or a red flag; 0.9 with a spinal finding, an unknown one, or from 65
        years; else 1 (assumed, ``findings.csv``).
        """
        found = self.findings
        answers = [getattr(found, name) for name in BONE_LOSS]
        if any(answer is True for answer in answers):
            return value("findings", "bone_loss", "psi")
        grade = found.disc_grade is None or any(g >= 3 for g in found.disc_grade.values())
        tropism = found.tropism_deg is None or any(abs(d) > value("findings", "tropism", "onset_deg") for d in found.tropism_deg.values())
        others = any(part is None or len(part) > 0 for part in (found.bulge, found.facet_loss))
        older = self.age_years >= value("findings", "older", "from_years")
        reduced = grade or tropism or others or older or None in answers
        return value("findings", "spinal_finding" if reduced else "healthy", "psi")


def vars_of(findings: Findings) -> dict[str, object]:
    """Every finding by name."""
    return {name: getattr(findings, name) for name in Findings.__dataclass_fields__}


def examined(findings: Findings) -> Findings:
    """The same with what is unknown examined and absent."""
    absent = vars_of(Findings.none())
    return Findings(**{name: absent[name] if told is None else told for name, told in vars_of(findings).items()})  # type: ignore[arg-type]


def _check_levels(name: str, given: Any) -> None:
    if not isinstance(given, Mapping):
        raise TypeError(f"{name}: {given!r} is not a mapping by level name, nor None (unknown)")
    for level, item in given.items():
        known(name, level, LEVELS)
        _check_item(f"{name}.{level}", name.removeprefix("findings."), item)


def _check_item(key: str, kind: str, item: Any) -> None:
    if kind == "bulge":
        known(key, item, BULGES)
    elif kind == "facet_loss":
        known(key, item, LOSSES)
    else:
        _check_one(key, item)
        if kind == "tropism_deg":
            within("tropism_deg", abs(item), key)
        elif item not in GRADES:
            raise ValueError(f"{key} = {item!r} is none of the grades 1 to 5")


def _check_one(key: str, given: Any) -> None:
    if numbers(key, given).ndim:
        raise TypeError(f"{key}: {given!r} is not one number")
