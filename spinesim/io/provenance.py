"""Where a result comes from: config, model, code and versions."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

import spinesim
from spinesim.model.names import STATUSES
from spinesim.solver.solution import Solution

SIGNS = (
    "Joint loads are the force on the lower vertebra in the frame of the disc mid-plane: compression > 0 presses the vertebrae together, "
    "anterior shear > 0 pushes the upper vertebra forward, lateral shear > 0 to the right."
)
DISCLAIMER = "Estimate by a model, not medical advice."


def provenance(
    resolved: Mapping[str, Any], model_hash: str, *, seed: int | None = None, source_sha256: str | None = None
) -> dict[str, Any]:
    """What is needed to get the same answer again.

    Parameters
    ----------
    resolved
        The config with every key written out.
    model_hash
        Hash of the tables the model was made from.
    seed
        Of the random numbers; ``None`` if none were drawn.
    source_sha256
        Hash of the case file, if there was one.

    Returns
    -------
    dict
        Plain values, ready for JSON.
    """
    return {
        "config": dict(resolved),
        "config_sha256": source_sha256,
        "model_hash": model_hash,
        "spinesim_version": spinesim.__version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": seed,
        "python_version": platform.python_version(),
        "numpy_version": np.__version__,
        "numba_version": installed("numba"),
    }


def installed(package: str) -> str:
    """Version of an installed package, without importing it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def status_counts(solution: Solution) -> dict[str, int]:
    """Number of cases by status."""
    return {name: int(np.count_nonzero(solution.status == code)) for code, name in enumerate(STATUSES)}
