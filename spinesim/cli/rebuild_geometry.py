"""Rewrites the derived parts of ``geometry/adult``: ``python -m spinesim.cli.rebuild_geometry``."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from spinesim.analysis.fascicle_paths import fitted_fibres, pinned_points
from spinesim.analysis.reference_fit import facet_gaps, resting_tone
from spinesim.io.atomic import write_bytes
from spinesim.model.anatomy import SpineModel
from spinesim.model.data import data_dir
from spinesim.model.tables import rows


def main() -> None:
    """Via points first, for fibre lengths follow from the paths; then facet gaps, and tone with those gaps."""
    folder = data_dir("geometry") / "adult"
    write_table(folder / "fascicle_points.csv", pinned_points(folder))
    write_table(folder / "fascicles.csv", fitted_fibres(folder))
    gaps = facet_gaps(SpineModel.load(folder))
    set_values(folder / "facets.csv", {(level, "gap"): {"value": f"{gap:.3f}"} for level, gap in gaps.items()})
    set_values(folder / "muscle_law.csv", {("tone", "resting_tone"): {"value": f"{resting_tone(SpineModel.load(folder)):.5f}"}})


def set_values(path: Path, values: Mapping[tuple[str, str], Mapping[str, str]]) -> None:
    """Put new cells, by column, into rows of a long table, by item and parameter."""
    write_table(path, [{**row, **values.get((row["item"], row["parameter"]), {})} for _, row in rows(path)])


def write_table(path: Path, table: list[dict[str, str]]) -> None:
    """Replace a CSV table, whole or not at all."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(table[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    write_bytes(path, text.getvalue().encode())


if __name__ == "__main__":
    main()
