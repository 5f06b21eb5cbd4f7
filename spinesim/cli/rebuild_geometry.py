"""Rewrites the derived parts of ``geometry/adult``: ``python -m spinesim.cli.rebuild_geometry``."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from spinesim.analysis.fascicle_paths import fitted_fibres, pinned_points
from spinesim.io.atomic import write_bytes
from spinesim.model.data import data_dir


def main() -> None:
    """Via points first: fibre lengths follow from the paths."""
    folder = data_dir("geometry") / "adult"
    write_table(folder / "fascicle_points.csv", pinned_points(folder))
    write_table(folder / "fascicles.csv", fitted_fibres(folder))


def write_table(path: Path, table: list[dict[str, str]]) -> None:
    """Replace a CSV table, whole or not at all."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(table[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    write_bytes(path, text.getvalue().encode())


if __name__ == "__main__":
    main()
