"""Sensitivity indices against functions whose indices are known."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from spinesim.analysis import sensitivity
from spinesim.analysis.sensitivity import morris, sobol
from spinesim.cli.main import main
from spinesim.config.sweep import load_sweep
from spinesim.model.anatomy import SpineModel

MODEL = SpineModel.default()
CONFIG = """
base: {posture: bent_forward_30}
vary:
  load.mass_kg: {uniform: [0, 10]}
  subject.mass_kg: {uniform: [60, 80]}
  posture.upper_arm_deg: {uniform: [0, 40]}
sampling: {method: sobol, samples: 16}
outputs: [{compression_N: {level: L4-L5}}]
"""


@pytest.fixture
def sweep(tmp_path):
    path = tmp_path / "sweep.yaml"
    path.write_text(CONFIG)
    return load_sweep(path, ())


def answering(function):
    """A stand-in for the model: a function of the columns, scaled to 0..1 each."""

    def solved(sweep, model, values, size, threads=None):
        unit = [
            values["load.mass_kg"] / 10.0,
            (values["subject.mass_kg"] - 60.0) / 20.0,
            values["posture.upper_arm_deg"] / 40.0,
        ]
        return {"compression_N.L4-L5": function(*unit)}

    return solved


def test_shares_of_a_sum_are_the_squares_of_its_weights(sweep, monkeypatch):
    monkeypatch.setattr(sensitivity, "solved", answering(lambda a, b, c: 3.0 * a + 2.0 * b + c))
    found = sobol(sweep, MODEL, 1024)
    wanted = np.array([9.0, 4.0, 1.0]) / 14.0
    np.testing.assert_allclose(found.indices["first"][0], wanted, atol=0.01)
    np.testing.assert_allclose(found.indices["total"][0], wanted, atol=0.01)
    assert [key for key, _ in found.ranked("compression_N.L4-L5")] == ["load.mass_kg", "subject.mass_kg", "posture.upper_arm_deg"]
    for name in ("first", "total"):
        low, high = np.moveaxis(found.indices[f"{name}_interval"][0], -1, 0)
        assert np.all((low < wanted) & (wanted < high))
        assert np.all(high - low < 0.25)


def test_ishigami_has_its_published_indices(sweep, monkeypatch):
    """Ishigami and Homma 1990 with a = 7, b = 0.1: first 0.3139, 0.4424, 0; total 0.5576, 0.4424, 0.2437."""

    def ishigami(*unit):
        x, y, z = (np.pi * (2.0 * u - 1.0) for u in unit)
        return np.sin(x) + 7.0 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)

    monkeypatch.setattr(sensitivity, "solved", answering(ishigami))
    found = sobol(sweep, MODEL, 4096)
    np.testing.assert_allclose(found.indices["first"][0], [0.3139, 0.4424, 0.0], atol=0.02)
    np.testing.assert_allclose(found.indices["total"][0], [0.5576, 0.4424, 0.2437], atol=0.02)


def test_effects_of_a_line_are_its_slopes_and_do_not_spread(sweep, monkeypatch):
    monkeypatch.setattr(sensitivity, "solved", answering(lambda a, b, c: 3.0 * a - 2.0 * b + 0.0 * c))
    found = morris(sweep, MODEL, 8)
    # Over the middle 95 % of each range.
    np.testing.assert_allclose(found.indices["mean"][0], 0.95 * np.array([3.0, 2.0, 0.0]), atol=1e-9)
    np.testing.assert_allclose(found.indices["spread"][0], 0.0, atol=1e-9)
    assert found.evaluations == 8 * 4


def test_samples_without_an_answer_are_left_out(sweep, monkeypatch):
    monkeypatch.setattr(sensitivity, "solved", answering(lambda a, b, c: np.where(a > 0.98, np.nan, 3.0 * a + b)))
    found = sobol(sweep, MODEL, 512)
    assert 0 < found.left_out < 100
    assert np.isfinite(found.indices["total"]).all()
    monkeypatch.setattr(sensitivity, "solved", answering(lambda a, b, c: np.where(a > 0.2, np.nan, a)))
    with pytest.raises(ValueError, match="narrow the distributions"):
        sobol(sweep, MODEL, 512)


def test_a_result_that_does_not_vary_has_no_indices(sweep, monkeypatch):
    monkeypatch.setattr(sensitivity, "solved", answering(lambda a, b, c: 0.0 * a + 5.0))
    assert not sobol(sweep, MODEL, 64).indices["total"].any()


def test_the_same_seed_gives_the_same_indices(sweep, monkeypatch):
    monkeypatch.setattr(sensitivity, "solved", answering(lambda a, b, c: a * b + c))
    for method, samples in ((sobol, 64), (morris, 6)):
        one, other = method(sweep, MODEL, samples, 3), method(sweep, MODEL, samples, 3)
        assert all(np.array_equal(one.indices[name], other.indices[name]) for name in one.indices)


def run(tmp_path, text, *args):
    path = tmp_path / "sweep.yaml"
    path.write_text(text)
    return CliRunner().invoke(main, ["sensitivity", str(path), *args])


def test_the_load_decides_a_bent_posture(tmp_path):
    result = run(tmp_path, CONFIG, "--method", "morris", "--samples", "4", "--json", "--png", str(tmp_path / "t.png"))
    assert result.exit_code == 0, result.output
    effects = json.loads(result.stdout)["results"]["compression_N.L4-L5"]["keys"]
    assert effects["load.mass_kg"]["mean"] > effects["posture.upper_arm_deg"]["mean"] > 0.0
    assert (tmp_path / "t.png").read_bytes().startswith(b"\x89PNG")
    text = run(tmp_path, CONFIG, "--samples", "16").stdout
    assert "total" in text
    assert max(map(len, text.splitlines())) <= 110


@pytest.mark.parametrize(
    ("text", "args", "words"),
    [
        (CONFIG, ("--samples", "100"), "power of 2"),
        (CONFIG, ("--of", "compression_N.L4-L6"), "did you mean 'compression_N.L4-L5'"),
        (CONFIG.replace("{uniform: [0, 10]}", "[0, 10]"), (), "load.mass_kg: a list or range is crossed"),
        ("vary: {load.mass_kg: [0, 5]}\noutputs: [compression_N]\n", (), "no random quantity"),
    ],
)
def test_faults_are_named(tmp_path, text, args, words):
    result = run(tmp_path, text, *args)
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())
