"""``spinesim compare``: differences are those of the cases, their ranges those of models drawn alike."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import spinesim as ss
from spinesim.analysis.compare import COMPARED, Item, compare, difference
from spinesim.cli import main

CONFIGS = Path(__file__).parents[2] / "configs"
MODEL = ss.SpineModel.default()


def run(*args):
    return CliRunner().invoke(main, ["compare", *map(str, args)])


def item(name, posture="standing", load_kg=0.0, **subject):
    return Item(name, ss.Subject(**subject), ss.preset(posture), ss.Load(mass_kg=load_kg))


def test_a_case_less_itself_is_nothing_and_surely_so():
    one, other = compare(MODEL, [item("a", "hold_close", 5.0), item("b", "hold_close", 5.0)], samples=24)
    for name in COMPARED:
        found = difference(one, other, name)
        assert not found.value.any()
        assert not found.low.any()
        assert not found.high.any()
        assert found.samples > 20


def test_differences_are_those_of_single_answers_and_the_same_models():
    first, other = compare(MODEL, [item("a", "bent_forward_30"), item("b", "bent_forward_30", 5.0)], samples=30, seed=3)
    found = difference(first, other, "disc_compression_N")
    alone = [ss.solve(MODEL, ss.Subject(), ss.preset("bent_forward_30"), ss.Load(mass_kg=kg)) for kg in (0.0, 5.0)]
    np.testing.assert_array_equal(found.value, alone[1].disc_compression_N - alone[0].disc_compression_N)
    assert (found.low > 0.0).all()
    assert (found.same_sign == 1.0).all()
    # Drawn alike, a difference is far surer than its terms are.
    spread = np.nanpercentile(first.draws.disc_compression_N, 95, axis=0) - np.nanpercentile(first.draws.disc_compression_N, 5, axis=0)
    assert (found.high - found.low < spread).sum() >= 4


def test_stability_is_there_where_it_can_be():
    still, moving = compare(MODEL, [item("a"), Item("b", ss.Subject(), ss.Posture(flexion_rate_deg_s=30.0), ss.Load())])
    assert still.stability is not None
    assert moving.stability is None
    assert still.draws is None
    assert np.isnan(difference(still, moving, "compression_N").low).all()


def test_the_command_tells_cases_and_differences(tmp_path):
    pytest.importorskip("matplotlib")
    picture = tmp_path / "c.svg"
    done = run(CONFIGS / "standing.yaml", CONFIGS / "hold_box.yaml", "--json", "--picture", picture)
    told = json.loads(done.stdout)
    assert done.exit_code == 0
    a, b = (case["levels"]["L4-L5"]["compression_N"] for case in told["cases"])
    assert told["differences"][0]["levels"]["L4-L5"]["compression_N"]["value"] == pytest.approx(b - a)
    assert told["differences"][0]["from"] == told["cases"][0]["name"]
    assert "disc" in picture.read_text(encoding="utf-8").lower()
    text = run(CONFIGS / "standing.yaml", CONFIGS / "hold_box.yaml").stdout
    assert f"{b - a:+.0f}" in text
    assert "less" in text
    assert max(map(len, text.splitlines())) <= 110


@pytest.mark.parametrize(
    ("args", "code", "expected"),
    [
        (["standing.yaml"], 2, "one case is no comparison"),
        (["standing.yaml", "nothing.yaml"], 6, "nothing.yaml"),
        (["standing.yaml", "sitting.yaml", "--picture", "c.bmp"], 2, "'c.bmp' ends in none of .png, .svg, .pdf"),
        (["standing.yaml", "sitting.yaml", "--set", "subject.mass_kg=900"], 5, "subject.mass_kg = 900"),
    ],
)
def test_faults(args, code, expected):
    done = run(*(CONFIGS / a if a.endswith(".yaml") else a for a in args))
    assert done.exit_code == code, done.output
    assert expected in done.output


def test_what_a_case_costs_in_stability_stands_beside_its_loads(tmp_path):
    pytest.importorskip("matplotlib")
    picture = tmp_path / "c.svg"
    guarded = tmp_path / "guarded.yaml"
    guarded.write_text("title: guarded\nsubject: {min_activation: {rectus_abdominis: 0.1, external_oblique: 0.1}}\n", encoding="utf-8")
    free = tmp_path / "free.yaml"
    free.write_text("title: free\n", encoding="utf-8")
    told = json.loads(run(free, guarded, "--json", "--picture", picture).stdout)
    gains = told["differences"][0]["critical_gain"]
    assert gains["from"] == told["cases"][0]["stability"]["critical_gain"]
    assert gains["relative"] == pytest.approx(gains["to"] / gains["from"] - 1.0)
    way = "more" if gains["to"] < gains["from"] else "less"
    assert f"{way} stable: needs a gain of {gains['to']:.1f} instead of {gains['from']:.1f}" in " ".join(run(free, guarded).stdout.split())
    assert f"{gains['to']:.1f} (guarded)" in picture.read_text(encoding="utf-8")
