"""Rows by columns: the same bits as every row alone, whatever varies; invalid rows stop nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import spinesim as ss
from spinesim.analysis.columns import columns
from spinesim.analysis.design import Sweep, build_case
from spinesim.analysis.rows import why_invalid
from spinesim.analysis.sweep import OtherCodeError, Progress, Task, chunk, chunk_count, code_identity, difference, run, solved
from spinesim.config.sweep import load_sweep
from spinesim.model import ranges
from spinesim.model.cases import pack, pack_columns
from spinesim.model.names import INVALID_INPUT

MODEL = ss.SpineModel.default()
EVERYTHING = """
vary:
  posture: [standing, hold_close, lying_supine]
  load.hands: [both, left]
  posture.upper_arm_deg.left: {uniform: [-30.0, 170.0]}
  study.mass: {uniform: [0.0, 120.0]}
  load.side_N: {uniform: [-10.0, 10.0]}
derive: {load.mass_kg: study.mass}
sampling: {samples: 8, seed: 1}
outputs: [compression_N, {facet_force_N: {level: L4-L5, side: left}}, iterations]
"""
PERSONS = """
vary:
  solver.exponent: [2, min-max]
  subject.sex: [male, female]
  subject.disc_grade.L4-L5: [1, 4]
  geometry.facets.L4-L5.gap: {uniform: [0.2, 0.9]}
  study.bend: {uniform: [-1.0, 1.0]}
derive: {posture.lateral_deg: 40.0 * study.bend}
sampling: {samples: 2, seed: 1, method: random}
outputs: [compression_N, rotation_deg]
"""
INCLINED = """
vary:
  posture.trunk_inclination_deg: {range: [-60, 90], count: 7}
  posture.lumbar_share: [0.3, 1.2]
derive: {load.mass_kg: 0.01 * posture.trunk_inclination_deg * posture.trunk_inclination_deg}
outputs: [compression_N]
"""
REACHING = """
vary:
  posture.hand_position_mm.anterior: {range: [100, 900], count: 5}
  posture.hand_position_mm.superior: [0, 300]
outputs: [compression_N, activation]
"""


def swept(tmp_path: Path, text: str) -> Sweep:
    (tmp_path / "sweep.yaml").write_text(text)
    return load_sweep(tmp_path / "sweep.yaml")


@pytest.mark.parametrize("text", [EVERYTHING, PERSONS, INCLINED, REACHING], ids=["everything", "persons", "inclined", "reaching"])
def test_a_chunk_is_its_rows_alone(tmp_path, text):
    sweep = swept(tmp_path, text)
    size = sweep.design.size
    together, values = chunk(sweep, MODEL, 0, size), sweep.design.columns(0, size)
    reasons: list[tuple[str, str]] = []
    for row in range(0, size, size // 24 | 1):  # odd, for points of a sequence alternate
        subject, posture, load, exponent, geometry = build_case(sweep, {key: column[row] for key, column in values.items()})
        model = MODEL if not geometry else ss.SpineModel(MODEL.tables.with_values(geometry), MODEL.fascicle_table)
        try:
            alone = ss.solve(model, subject, posture, load, exponent)
        except ValueError as error:
            assert together["status"][row] == INVALID_INPUT
            assert np.isnan(together["compression_N"][row]).all()
            assert together["validated"][row] == 0
            reasons.append((why_invalid(sweep, values, row), str(error)))
            continue
        assert together["status"][row] == alone.status
        assert together["validated"][row] == alone.validated
        for output in sweep.outputs:
            whole = getattr(alone, output.variable)
            kept = whole[4, 0] if output.selection else whole
            assert together[output.name][row].tobytes() == kept.tobytes(), (row, output.name)
    assert reasons or text is REACHING
    assert all(words.split(" = ")[0] in error for words, error in reasons)


@pytest.mark.parametrize("threads", [1, 2])
def test_chunks_do_not_change_rows(tmp_path, threads):
    sweep = swept(tmp_path, EVERYTHING)
    size = sweep.design.size
    whole = chunk(sweep, MODEL, 0, size)
    parts = [chunk(sweep, MODEL, start, min(size, start + 5), threads) for start in range(0, size, 5)]
    table = columns(sweep, MODEL)
    assert list(whole) == list(table)
    for name, array in whole.items():
        assert array.tobytes() == b"".join(part[name].tobytes() for part in parts)
        assert array.dtype == np.dtype(table[name].dtype)
        assert array.shape == (size, *table[name].shape)


def test_a_number_that_is_none_is_invalid(tmp_path):
    sweep = swept(tmp_path, "vary: {posture.flexion_deg: [1, 2, 3, 4], load.mass_kg: [1, 2]}\noutputs: [compression_N]\n")
    values = sweep.design.columns(0, 8)
    values["posture.flexion_deg"] = np.array([np.nan, 1.0, np.inf, 2.0, -np.inf, 3.0, 1e308, 4.0])
    found = solved(sweep, MODEL, values, 8)
    assert (found["status"] == INVALID_INPUT).tolist() == [True, False] * 4
    assert np.isnan(found["compression_N"]).all(axis=1).tolist() == [True, False] * 4
    assert found["validated"].tolist() == [0, 1] * 4


def test_packed_columns_are_packed_rows():
    rng = np.random.default_rng(2)
    flexion, abduction, push, pair = (rng.uniform(-20.0, 20.0, 50) for _ in range(4))
    postures = [
        ss.Posture(flexion_deg=f, arm_abduction_deg=(3.0, a), upper_arm_deg=(p, 7.0))
        for f, a, p in zip(flexion, abduction, pair, strict=True)
    ]
    loads = [ss.Load(mass_kg=4.0, hands="left", push_N=p) for p in push]
    whole = ss.Posture(flexion_deg=flexion, arm_abduction_deg=(3.0, abduction), upper_arm_deg=(pair, 7.0))  # type: ignore[arg-type]
    columnar = pack_columns(MODEL.tables, 3, whole, ss.Load(mass_kg=4.0, hands="left", push_N=push), 50)  # type: ignore[arg-type]
    assert columnar.tobytes() == pack(MODEL.tables, np.full(50, 3), postures, loads).tobytes()
    inside = ranges.within(ss.Subject(), whole, ss.Load(mass_kg=4.0, hands="left", push_N=push), 50)  # type: ignore[arg-type]
    alone = [ranges.check(ss.Subject(), posture, load) for posture, load in zip(postures, loads, strict=True)]
    assert inside[0].tolist() == [not any(v.kind == "computable" for v in found) for found in alone]
    assert inside[1].tolist() == [not found for found in alone]


def test_progress_counts_what_was_there_before():
    told: list[Progress] = []
    stored: list[int] = []
    run([1, 3], lambda numbers: iter([(n, {}) for n in reversed(numbers)]), lambda n, _: stored.append(n), 95, 25, told.append)
    assert stored == [3, 1]
    assert [p.done for p in told] == [70, 95]
    assert told[-1].eta == 0.0
    assert told[0].rate > 0.0
    assert chunk_count(95, 25) == 4


def test_a_worker_of_another_version_is_refused(tmp_path):
    sweep = swept(tmp_path, INCLINED)
    with pytest.raises(OtherCodeError, match=r"another model or version: .*spinesim_version: 0\.0\.1 -> "):
        Task(sweep, 10, 1, {**code_identity(), "spinesim_version": "0.0.1"})(0)


def test_a_difference_names_nested_keys_and_order_of_rows():
    assert difference({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}, "d": 4}) == "a.c: 2 -> 3; d: nothing -> 4"
    assert difference({"a": {"b": 1}}, {"a": {"b": 1}}) == ""
