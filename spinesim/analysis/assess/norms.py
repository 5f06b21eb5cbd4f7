"""The set ``geometry/assessment``: what a recorded person is compared with."""

from __future__ import annotations

from functools import lru_cache

from spinesim.model.data import data_dir
from spinesim.model.tables import Tables


def norm(item: str, parameter: str) -> float:
    """One number of ``norms.csv`` in its unit."""
    return float(tables().value("norms", item, parameter))


@lru_cache(maxsize=1)
def tables() -> Tables:
    """The set, read once."""
    return Tables.load(data_dir("geometry") / "assessment")
