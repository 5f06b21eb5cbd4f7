"""Fixtures that several test folders share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from affine import Solver

from spinesim.analysis import safe_load
from spinesim.model.names import LEVELS, LIGAMENTS
from spinesim.solver.solution import Solution
from spinesim.solver.variables import VARIABLES

FASCICLES = tuple(f"{name}_{side}" for name in ("MF_1", "MF_2", "LTpL_1", "QL_1", "PS_1", "RA_1") for side in ("r", "l"))
GROUPS = tuple(
    group
    for group in ("multifidus", "multifidus", "longissimus_lumborum", "quadratus_lumborum", "psoas", "rectus_abdominis")
    for _ in range(2)
)
CONTACTS = ("backrest", "elbows", "armrests")
SIZES = {"level": len(LEVELS), "side": 2, "axis": 3, "rotation": 3, "ligament": len(LIGAMENTS), "fascicle": 12, "contact": 3, "hip_axis": 2}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave tests of pictures out where nothing can be drawn, and say what is missing."""
    wanted = [item for item in items if item.get_closest_marker("gl")]
    if not wanted:
        return
    from spinesim.viz.gl import NoGraphicsError, graphics

    try:
        graphics()
    except NoGraphicsError as error:
        for item in wanted:
            item.add_marker(pytest.mark.skip(reason=str(error)))


@pytest.fixture
def make_solution() -> Callable[..., Solution]:
    """Make solutions of random numbers; without ``cases`` a single one."""

    def make(cases: int | None = None, *, status: int = 0, seed: int = 1) -> Solution:
        rng = np.random.default_rng(seed)
        lead = () if cases is None else (cases,)
        values = {n: rng.uniform(0.0, 500.0, (*lead, *(SIZES[d] for d in v.dims))) for n, v in VARIABLES.items()}
        values["status"] = np.full(lead, status)
        values["validated"] = np.ones(lead)
        values["activation"] = values["activation"] / 500.0
        arrays = {n: np.asarray(values[n], dtype=v.dtype) for n, v in VARIABLES.items()}
        return Solution(fascicles=FASCICLES, groups=GROUPS, contacts=CONTACTS, **arrays)

    return make


@pytest.fixture
def solver(monkeypatch) -> Callable[..., Solver]:
    """Put straight lines in the place of the solver of safe loads."""

    def put(**told) -> Solver:
        made = Solver(**told)
        monkeypatch.setattr(safe_load, "demands", made)
        monkeypatch.setattr(safe_load, "outside", lambda subject, task, kg: [f"{kg:g} kg is outside"] if kg >= made.leaves else [])
        monkeypatch.setattr("spinesim.analysis.judged.outside", lambda subject, task, kg: [f"{kg:g} kg is outside"])
        return made

    return put
