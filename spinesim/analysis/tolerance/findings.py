"""What findings do to a tissue: a factor on its median and an SD that only widens, level by level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from spinesim.analysis.tolerance.data import Array, tables, value
from spinesim.analysis.tolerance.person import Findings
from spinesim.model.names import LEVELS


@dataclass(frozen=True, slots=True)
class Effect:
    """Factor on the median of a tissue, and SD of the logarithm that comes on top, both by level."""

    factor: Array
    sd: Array


def effect(findings: Findings, tissue: str, levels: tuple[str, ...] = LEVELS) -> Effect:
    """Product of the factors of all findings, and root of the sum of their variances.

    Rows of ``findings.csv`` that do not name ``tissue`` leave it alone. An unknown finding has the factor 1 and an SD.
    """
    names = [_names(findings, level) for level in levels]
    factor = np.array([np.prod([_factor(name, tissue, findings, level) for name in row]) for row, level in zip(names, levels, strict=True)])
    variance = np.array([sum(_sd(name, tissue) ** 2 for name in row) for row in names])
    return Effect(factor, np.sqrt(variance))


def _names(findings: Findings, level: str) -> list[str]:
    """Items of the table that hold at a level."""
    found = []
    if findings.disc_grade is not None:
        found.append(f"grade_{findings.disc_grade.get(level, 1)}")
    for name, part in (("bulge", findings.bulge), ("facet_loss", findings.facet_loss)):
        if part is not None and level in part:
            found.append(f"{name}_{part[level]}")
    if findings.osteoporosis:
        found.append("osteoporosis")
    if _at(findings.tropism_deg, level) > value("findings", "tropism", "onset_deg"):
        found.append("tropism")
    return found + _unknown(findings)


def _unknown(findings: Findings) -> list[str]:
    parts = {
        "degeneration": findings.disc_grade,
        "bulge": findings.bulge,
        "facet_loss": findings.facet_loss,
        "tropism": findings.tropism_deg,
        "osteoporosis": findings.osteoporosis,
    }
    return [f"unknown_{name}" for name, part in parts.items() if part is None]


def _factor(name: str, tissue: str, findings: Findings, level: str) -> float:
    row = tables().entries.get(("findings", name, tissue))
    if row is None:
        return 1.0
    if name != "tropism":
        return row.value
    onset, full = (value("findings", "tropism", key) for key in ("onset_deg", "full_deg"))
    return float(np.interp(_at(findings.tropism_deg, level), (onset, full), (1.0, row.value)))


def _sd(name: str, tissue: str) -> float:
    row = tables().entries.get(("findings", name, tissue))
    return 0.0 if row is None else row.sd


def _at(angles: Mapping[str, float] | None, level: str) -> float:
    return abs((angles or {}).get(level, 0.0))
