"""Fits the two weights of the least-effort rhythm: ``python -m spinesim.cli.fit_least_effort``; the figures go to ``norms.csv`` by hand."""

from __future__ import annotations

from spinesim.analysis.least_effort import FITTED_AT, fitted
from spinesim.model.anatomy import SpineModel


def main() -> None:
    """Print weights, and the lumbar shares that they miss."""
    lumbar, hip, misses = fitted(SpineModel.default())
    print(f"lumbar_weight {lumbar:.0f} N m, hip_weight {hip:.0f} N m")
    for angle, miss in zip(FITTED_AT, misses.tolist(), strict=True):
        print(f"{angle:5.0f} deg: lumbar share off by {100 * miss:+.1f} points")


if __name__ == "__main__":
    main()
