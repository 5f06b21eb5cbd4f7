"""Sweep files: what ships loads and solves, what is read is what was written, and overrides reach it."""

from __future__ import annotations

import json
import math
import pickle
from dataclasses import replace

import numpy as np
import pytest

from spinesim.analysis.crossed import Range
from spinesim.analysis.design import Output, Summary, build_case
from spinesim.config import ConfigError
from spinesim.config.case import load_case
from spinesim.config.sweep import load_sweep
from spinesim.config.sweep_json_schema import sweep_schema
from spinesim.model.anatomy import SpineModel
from spinesim.model.data import data_dir
from spinesim.model.posture import Posture
from spinesim.solver.api import solve

CONFIGS = data_dir("configs")
SHIPPED = sorted(CONFIGS.glob("sweep_*.yaml"))


@pytest.fixture
def load(tmp_path):
    def read(text, *overrides):
        path = tmp_path / "sweep.yaml"
        path.write_text(text, encoding="utf-8")
        return load_sweep(path, overrides)

    return read


def rows(sweep, start=0, stop=None):
    columns = sweep.design.columns(start, len(sweep.design) if stop is None else stop)
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def solved(sweep, row):
    subject, posture, load, exponent, geometry = build_case(sweep, row)
    model = SpineModel.default()
    return solve(replace(model, tables=model.tables.with_values(geometry)), subject, posture, load, exponent)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_shipped_sweep_asks_a_question_says_what_it_shows_and_solves(path):
    sweep = load_sweep(path)
    assert sweep.title
    assert sweep.description.endswith("?")
    assert path.read_text().splitlines()[1].startswith("# Shows ")
    for row in rows(sweep, 0, 2):
        assert solved(sweep, row).status_name in ("converged", "strength_exceeded")


def test_at_least_eight_ship():
    assert len(SHIPPED) >= 8


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_the_resolved_sweep_is_the_same_sweep(path, load):
    sweep = load_sweep(path)
    again = load(json.dumps(sweep.resolved))
    assert (again.resolved, again.sha256) == (sweep.resolved, sweep.sha256)
    stop = min(len(sweep.design), 100)
    assert list(map(repr, rows(sweep, 0, stop))) == list(map(repr, rows(again, 0, stop)))
    for row in rows(sweep, 0, 3):
        assert repr(build_case(sweep, row)) == repr(build_case(again, row))


def test_schema_file_is_current():
    assert json.loads((CONFIGS / "sweep.schema.json").read_text()) == sweep_schema(), "run: make refresh"


def test_a_sweep_of_one_posture_is_that_case(load, tmp_path):
    case = tmp_path / "case.yaml"
    case.write_text("posture: lift_stoop\nload: {mass_kg: 15}\nsolver: {exponent: min-max}\n")
    sweep = load("base: {posture: lift_stoop}\nvary: {load.mass_kg: [15], solver.exponent: [min-max]}")
    expected = load_case(case)
    assert build_case(sweep, rows(sweep)[0]) == (expected.subject, expected.posture, expected.load, math.inf, {})


ALL = """
base: {posture: {knee_flexion_deg: 5}, load: {lift_N: 3}}
postures:
  mine: {preset: carry_one_hand, stance: left}
zip:
  - {load.mass_kg: [1, 2], posture.support: [[], [elbows, backrest]]}
vary:
  posture: [mine, carry_one_hand, backpack]
  subject.mass_kg: {normal: [70, 10], within: [50, 100]}
  subject.age_years: {range: [30, 60], step: 30}
  subject.disc_grade.L4-L5: {range: [1, 3], count: 3}
  geometry.facets.L4-L5.gap: {normal: table}
  geometry.ligaments.LF.stiffness: {lognormal: table, within: [100, 600]}
derive:
  study.weight_N: 9.81 * subject.mass_kg + load.lift_N
  subject.stature_m: 1 + study.weight_N / 1000 + 0 * geometry.facets.L4-L5.angle_axial
table: {file: people.csv, columns: {subject.sex: who, load.push_N: push}}
sampling: {samples: 4, method: random, seed: 9}
outputs: [kkt, {facet_force_N: {side: left, level: L4-L5}}, {activation: {fascicle: MF_m5s_left}}, status]
summaries:
  - {percentiles: [5, 95], by: [posture, load.mass_kg]}
  - {histogram: {lo: 0, hi: 10, count: 5}, of: kkt}
  - {worst: 3, of: facet_force_N.L4-L5.left}
"""


@pytest.fixture
def everything(load, tmp_path):
    (tmp_path / "people.csv").write_text('"who", push,name\nmale,1.5,Ö\n\nfemale,-2e1,"a, b"\n', encoding="utf-8")
    return lambda *overrides: load(ALL, *overrides)


def test_every_section_is_read(everything):
    sweep = everything()
    design = sweep.design
    assert design.size == 2 * 3 * 2 * 3 * 2 * 4
    assert design.keys == (
        "load.mass_kg", "posture.support", "posture.preset", "subject.mass_kg", "subject.age_years", "subject.disc_grade.L4-L5",
        "geometry.facets.L4-L5.gap", "geometry.ligaments.LF.stiffness", "subject.sex", "load.push_N", "study.weight_N", "subject.stature_m",
    )  # fmt: skip
    assert design.factor_keys == (
        "load.mass_kg", "posture.support", "posture.preset", "subject.age_years", "subject.disc_grade.L4-L5", "subject.sex", "load.push_N",
    )  # fmt: skip
    assert sweep.outputs == (
        Output("kkt"),
        Output("facet_force_N", {"level": "L4-L5", "side": "left"}),
        Output("activation", {"fascicle": "MF_m5s_left"}),
    )
    assert sweep.summaries == (
        Summary(kind="percentiles", percentiles=(5.0, 95.0), by=("posture.preset", "load.mass_kg")),
        Summary(kind="histogram", variable="kkt", lo=0.0, hi=10.0, count=5),
        Summary(kind="worst", variable="facet_force_N.L4-L5.left", k=3),
    )
    gap = SpineModel.default().tables.entries["facets", "L4-L5", "gap"]
    assert sweep.resolved["vary"]["geometry.facets.L4-L5.gap"] == {"normal": [gap.value, gap.sd]}


def test_rows_go_together_as_they_are_written(everything):
    sweep = everything()
    table = rows(sweep)
    assert {(row["load.mass_kg"], str(row["posture.support"])) for row in table} == {(1.0, ""), (2.0, "backrest+elbows")}
    assert {(str(row["subject.sex"]), row["load.push_N"]) for row in table} == {("male", 1.5), ("female", -20.0)}
    assert all(row["subject.stature_m"] == 1 + (9.81 * row["subject.mass_kg"] + 3.0) / 1000 for row in table)
    by_posture = {str(row["posture.preset"]): build_case(sweep, row) for row in table}
    assert {name: case[1].stance for name, case in by_posture.items()} == {"mine": "left", "carry_one_hand": "both", "backpack": "both"}
    assert {name: case[2].hands for name, case in by_posture.items()} == {"mine": "right", "carry_one_hand": "right", "backpack": "both"}
    assert all(case[1].knee_flexion_deg == 5.0 for case in by_posture.values())


def test_everything_resolves_to_itself(everything, load):
    sweep = everything()
    again = load(json.dumps(sweep.resolved))
    assert pickle.loads(pickle.dumps(sweep)).sha256 == again.sha256 == sweep.sha256
    assert list(map(repr, rows(sweep))) == list(map(repr, rows(again)))
    assert [repr(build_case(sweep, row)) for row in rows(sweep, 0, 60)] == [repr(build_case(again, row)) for row in rows(again, 0, 60)]


def test_a_changed_table_is_another_sweep(everything, load, tmp_path):
    before = everything()
    people = tmp_path / "people.csv"
    people.write_text(people.read_text().replace("1.5", "1.25"))
    assert everything().sha256 != before.sha256
    with pytest.raises(ConfigError, match=r"table\.sha256: .*the file has changed"):
        load(json.dumps(before.resolved))


def test_the_order_of_factors_is_part_of_a_sweep(load):
    one, other = "load.mass_kg: [1, 2]", "load.push_N: [3, 4]"
    sweeps = [load(f"vary: {{{a}, {b}}}") for a, b in ((one, other), (other, one))]
    assert sweeps[0].sha256 != sweeps[1].sha256
    assert [row["load.mass_kg"] for row in rows(sweeps[0])] == [1.0, 1.0, 2.0, 2.0]
    assert [row["load.mass_kg"] for row in rows(sweeps[1])] == [1.0, 2.0, 1.0, 2.0]


def test_overrides_reach_base_and_factors(everything):
    sweep = everything(
        "base.load.lift_N=7", "vary.subject.age_years={range: [20, 40], count: 5}", "sampling.samples=2", "title=Other",
        "derive.study.weight_N=subject.mass_kg", "subject.strength.psoas=0.5", "posture.tone=0.5",
        "vary.subject.tissue.facets.L4-L5.gap=[1, 2]",
    )  # fmt: skip
    assert (sweep.load.lift_N, sweep.title, sweep.posture.tone) == (7.0, "Other", 0.5)
    assert sweep.subject.strength == {"psoas": 0.5}
    assert Range("subject.age_years", 20.0, 40.0, 5) in sweep.design.factors
    assert "subject.tissue.facets.L4-L5.gap" in sweep.design.keys
    assert sweep.design.size == 2 * 3 * 5 * 3 * 2 * 2 * 2


def test_an_override_beside_a_named_base_posture(load):
    sweep = load("base: {posture: lift_stoop}\nvary: {load.mass_kg: [1]}", "posture.stance=left")
    assert (sweep.posture.stance, sweep.posture.flexion_deg) == ("left", 36.0)


def test_an_angle_varies_on_top_of_a_named_base_posture(load):
    sweep = load(
        "base: {posture: lift_stoop}\nvary: {posture.trunk_inclination_deg: [20]}\nderive: {load.push_N: posture.knee_flexion_deg}"
    )
    _, posture, push, _, _ = build_case(sweep, rows(sweep)[0])
    assert posture == Posture(
        trunk_inclination_deg=20.0, knee_flexion_deg=10.0, upper_arm_deg=(-5.4, -5.4), forearm_deg=(4.7, 4.7)
    )  # fmt: skip
    assert push.push_N == 10.0
    assert load(json.dumps(sweep.resolved)).sha256 == sweep.sha256


def test_what_varies_is_no_constant_of_expressions(load):
    for vary, name in (
        ("posture.upper_arm_deg: [1]", "posture.upper_arm_deg.left"), ("posture: [sitting]", "posture.flexion_deg"),
        ("posture.trunk_inclination_deg: [3]", "posture.flexion_deg"), ("load.mass_kg: [3]", "study.later"),
        ("load.mass_kg: [3]", "load.hands"),
    ):  # fmt: skip
        with pytest.raises(ConfigError, match=f"the unknown name '{name}'"):
            load(f"vary: {{{vary}}}\nderive: {{load.push_N: {name}, study.later: 1 + 0}}")


def test_columns_are_those_of_numpy(load):
    columns = load("vary: {load.mass_kg: {range: [0, 1], step: 0.1}}").design.columns(0, 11)
    assert columns["load.mass_kg"].tolist() == [i / 10 for i in range(11)]
    assert columns["load.mass_kg"].dtype == np.float64
