"""Summaries: what numpy says of all rows, whatever the chunks and their order."""

from __future__ import annotations

import numpy as np
import pytest

from spinesim.analysis.columns import Column
from spinesim.analysis.design import Summary
from spinesim.analysis.summaries import finish, merge, partial

SIZE = 3000
TABLE = {
    "load.mass_kg": Column("<f8", (), (), "kg", "varied"),
    "status": Column("<i4", (), (), "1", "status"),
    "x": Column("<f8", (2,), ("side",), "N", "force"),
    "y": Column("<f8", (), (), "N", "one"),
}
SUMMARIES = (
    Summary(kind="percentiles", variable="x", percentiles=(0.0, 5.0, 50.0, 97.5, 100.0), by=("load.mass_kg",)),
    Summary(kind="histogram", variable="x", lo=-100.0, hi=300.0, count=8),
    Summary(kind="worst", variable="y", k=5, by=("load.mass_kg",)),
)


@pytest.fixture(scope="module")
def rows() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(4)
    status = rng.choice([0, 0, 0, 0, 1, 3], SIZE).astype("<i4")
    x, y = rng.normal(100.0, 150.0, (SIZE, 2)), np.round(rng.normal(0.0, 10.0, SIZE), 0)
    x[0], y[status == 3] = (-100.0, 300.0), np.nan
    x[status == 3] = np.nan
    return {"load.mass_kg": np.repeat([0.0, 5.0, 2.5], SIZE // 3), "status": status, "x": x, "y": y}


def summarised(rows: dict[str, np.ndarray], size: int, seed: int) -> dict[str, np.ndarray]:
    starts = np.random.default_rng(seed).permutation(range(0, SIZE, size))
    parts = [partial(SUMMARIES, {name: array[start : start + size] for name, array in rows.items()}, start) for start in starts]
    state = merge(SUMMARIES, parts)
    fields = [finish(summary, number, state, TABLE) for number, summary in enumerate(SUMMARIES)]
    return {name: field.values for one in fields for name, field in one.items()}


def test_chunks_and_their_order_change_nothing(rows):
    whole = summarised(rows, SIZE, 0)
    for size, seed in ((7, 1), (1000, 2), (333, 3)):
        again = summarised(rows, size, seed)
        assert list(again) == list(whole)
        for name, values in whole.items():
            assert again[name].tobytes() == values.tobytes(), name


def test_percentiles_are_those_of_converged_rows(rows):
    found = summarised(rows, 500, 1)
    name = "percentiles_0_x"
    assert found[f"{name}_by_load.mass_kg"].tolist() == [0.0, 5.0, 2.5]
    for cell, mass in enumerate((0.0, 5.0, 2.5)):
        good = rows["x"][(rows["load.mass_kg"] == mass) & (rows["status"] == 0)]
        for place, percent in enumerate((0.0, 5.0, 50.0, 97.5, 100.0)):
            expected = np.percentile(good, percent, axis=0, method="inverted_cdf")
            np.testing.assert_allclose(found[name][cell, :, place], expected, rtol=1e-3)
    assert found[f"{name}_cases"].sum() == SIZE
    assert found[f"{name}_cases"][:, 3].sum() == (rows["status"] == 3).sum()


def test_histograms_count_every_converged_row(rows):
    found = summarised(rows, 500, 1)["histogram_1_x"]
    good = rows["x"][rows["status"] == 0]
    for side in range(2):
        inside = np.histogram(good[:, side], bins=8, range=(-100.0, 300.0))[0]
        below, above = (good[:, side] < -100.0).sum(), (good[:, side] > 300.0).sum()
        assert found[0, side].tolist() == [below, *inside, above]


def test_worst_rows_are_the_highest_and_earlier_ones_first(rows):
    found = summarised(rows, 250, 5)
    for cell, mass in enumerate((0.0, 5.0, 2.5)):
        mine = [r for r in range(SIZE) if rows["load.mass_kg"][r] == mass and not np.isnan(rows["y"][r])]
        expected = sorted(mine, key=lambda r: (-rows["y"][r], r))[:5]
        assert found["worst_2_y_row"][cell].tolist() == expected
        np.testing.assert_array_equal(found["worst_2_y_x"][cell], rows["x"][expected])


def test_fewer_rows_than_asked_leave_blanks(rows):
    few = {name: array[:3].copy() for name, array in rows.items()}
    few["status"][:] = 3
    few["x"][:], few["y"][:] = np.nan, np.nan
    state = merge(SUMMARIES, [partial(SUMMARIES, few, 0)])
    worst = finish(SUMMARIES[2], 2, state, TABLE)
    assert worst["worst_2_y_row"].values.tolist() == [[-1] * 5]
    assert np.isnan(finish(SUMMARIES[0], 0, state, TABLE)["percentiles_0_x"].values).all()
