"""JSON, tables and pages of one answer."""

from __future__ import annotations

import dataclasses
import json
import re

import numpy as np
import pytest

from spinesim.io.json import solution_to_json
from spinesim.io.provenance import DISCLAIMER, SIGNS, provenance
from spinesim.io.tables import WIDTH, answer_text, number, table
from spinesim.model.names import LEVELS, LIGAMENTS
from spinesim.viz.page import page_html

LEVEL_KEYS = (  # noqa: SIM905
    "compression_N anterior_shear_N lateral_shear_N disc_compression_N intradiscal_pressure_MPa facet_left_N facet_right_N "
    "facet_left_peak_MPa facet_right_peak_MPa ligament_tension_N flexion_deg lateral_deg rotation_deg"
).split()
SOURCE = provenance({"load": {"mass_kg": 15.0}}, "abc")


@pytest.fixture
def answer(make_solution):
    return solution_to_json(make_solution(), SOURCE, ["posture.lateral_deg = 20 deg is outside"])


def test_json_has_the_promised_keys(make_solution, answer):
    solution = make_solution()
    assert answer["status"] == "converged"
    assert {"residual_force_N", "residual_moment_Nm", "unmet_moment_Nm", "muscle_groups", "provenance"} <= set(answer)
    assert list(answer["levels"]) == list(LEVELS)
    for index, level in enumerate(answer["levels"].values()):
        assert set(LEVEL_KEYS) <= set(level)
        assert level["compression_N"] == solution.compression_N[index]
        assert level["facet_left_N"] == solution.facet_force_N[index, 0]
        assert level["facet_right_peak_MPa"] == solution.facet_peak_MPa[index, 1]
        assert list(level["ligament_tension_N"]) == list(LIGAMENTS)
        assert [level["flexion_deg"], level["lateral_deg"], level["rotation_deg"]] == solution.rotation_deg[index].tolist()
    json.dumps(answer, allow_nan=False)


def test_groups_are_sums_over_fascicles(make_solution, answer):
    solution = make_solution()
    force = solution.active_force_N + solution.passive_force_N
    group = answer["muscle_groups"]["multifidus"]
    assert group["force_N"] == pytest.approx(force[:4].sum())
    assert group["force_right_N"] == pytest.approx(force[[0, 2]].sum())
    assert group["force_left_N"] == pytest.approx(force[[1, 3]].sum())
    assert group["active_N"] + group["passive_N"] == pytest.approx(group["force_N"])
    assert group["max_activation"] == solution.activation[:4].max()
    assert sum(g["force_N"] for g in answer["muscle_groups"].values()) == pytest.approx(force.sum())


def test_what_is_not_finite_is_null(make_solution):
    broken = dataclasses.replace(make_solution(status=2), compression_N=np.full(6, np.nan), cost=np.array(np.inf))
    answer = solution_to_json(broken, SOURCE)
    assert answer["cost"] is None
    assert answer["levels"]["L4-L5"]["compression_N"] is None
    text, page = answer_text(answer), page_html(answer, "a")
    assert "NOT CONVERGED" in text
    assert "NOT CONVERGED" in page
    # No numbers: no tables of dashes and no empty bars.
    assert "L4-L5" not in text
    assert "<svg" not in page


def test_facet_share_needs_a_load(make_solution):
    light = dataclasses.replace(make_solution(), compression_N=np.full(6, 50.0))
    assert solution_to_json(light, SOURCE)["levels"]["L4-L5"]["facet_share"] is None


def test_a_batch_is_refused(make_solution):
    with pytest.raises(ValueError, match="batch of 3"):
        solution_to_json(make_solution(3), SOURCE)


def test_text_fits_and_says_signs_and_disclaimer(answer):
    text = answer_text(answer, "Lifting")
    assert max(map(len, text.splitlines())) <= WIDTH
    joined = " ".join(text.split())
    for part in (
        SIGNS,
        DISCLAIMER,
        "What limits",
        "highest compression:",
        "nearest its strength:",
        "Ligaments:",
        "kPa",
        "Hip moment",
        "Supports:",
    ):
        assert part in joined
    assert "posture.lateral_deg = 20 deg is outside" in joined
    assert all(level in text for level in LEVELS)


def test_text_of_a_case_beyond_strength_says_the_unmet_moment(make_solution):
    solution = make_solution(status=1)
    text = answer_text(solution_to_json(solution, SOURCE))
    assert "STRENGTH EXCEEDED" in text
    assert "unmet moment: " in text
    joints, hips = np.zeros((6, 3)), np.zeros((2, 2))
    joints[4, 2], joints[5, 2], joints[:, 1], hips[0, 1] = 12.0, -3.0, -1.5, -2.0
    missing = dataclasses.replace(solution, unmet_joint_moment_Nm=joints, unmet_hip_moment_Nm=hips)
    answer = solution_to_json(missing, SOURCE)
    assert answer["unmet_moments_Nm"] == {
        "L4-L5 extension": 12.0,
        "lumbar spine right rotation": 9.0,
        "L5-S1 flexion": 3.0,
        "left hip adduction": 2.0,
    }
    assert answer["levels"]["L4-L5"]["unmet_joint_moment_Nm"] == {"x": 0.0, "y": -1.5, "z": 12.0}
    assert answer["unmet_hip_moment_Nm"]["left"] == {"extension": 0.0, "abduction": -2.0}
    assert "unmet moment: L4-L5 extension 12.00 N m, lumbar spine right rotation 9.00 N m, L5-S1 flexion 3.00 N m" in answer_text(answer)
    assert solution_to_json(make_solution(), SOURCE)["unmet_moments_Nm"] == {}


def test_text_says_who_and_what(answer):
    assert answer_text(answer, "Lifting", "Posture: lift_stoop.").startswith("Lifting\nPosture: lift_stoop.\n\nconverged")


def test_what_is_next_to_nothing_is_not_listed(make_solution):
    solution = make_solution()
    slack = {"ligament_tension_N": np.full((6, 7), 1e-3), "hip_moment_Nm": np.zeros((2, 2)), "support_force_N": np.zeros(3)}
    text = answer_text(solution_to_json(dataclasses.replace(solution, **slack), SOURCE))
    assert "none carries 1 N or more" in text
    assert "Hip moment" not in text
    assert "Supports" not in text


def test_heads_over_several_columns_stand_once():
    text = table((("", "a"), ("force", "left"), ("force", "right")), [["x", "1", "2"]])
    assert text.splitlines() == ["   -- force ---", "a   left  right", "---------------", "x      1      2"]


@pytest.mark.parametrize(("value", "text"), [(None, "-"), (-0.2, "0"), (1234.5678, "1235")])
def test_numbers(value, text):
    assert number(value) == text


def test_page_is_one_file_that_needs_no_network(answer):
    page = page_html(answer, 'A <script>alert(1)</script> & "b"')
    assert "<script" not in page
    assert not re.search(r"(src|href)\s*=|url\(|@import|https?://", page)
    assert "prefers-color-scheme: dark" in page
    assert page.count("<svg") == 4
    assert all(level in page for level in LEVELS)


def test_picture_is_a_png(answer):
    pytest.importorskip("matplotlib")
    from spinesim.viz.bars import bars_png

    assert bars_png(answer, "a").startswith(b"\x89PNG")
