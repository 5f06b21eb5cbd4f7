"""Cases of published evidence: what is read, and faults that name file, line and column."""

from __future__ import annotations

import math
from dataclasses import fields

import pytest

from spinesim.analysis.published import Living, Specimen
from spinesim.config import ConfigError
from spinesim.config.evidence import load_cases, load_evidence, load_not_asked
from spinesim.config.evidence_schema import LoadingModel
from spinesim.solver.bench import Loading

LINES = """\
id: heuer
title: A turn
citation: Somebody (2000) A journal 1:1
figures: [X-1]
status: read
group: specimen_rotation
used_for_calibration: false
published: {value: 4.0, unit: deg, spread: none}
band: {within_percent: 25, because: a quarter}
quantity: {name: rotation_deg, level: L4-L5, component: extension}
setup: {specimen: {segment: L4-L5, loading: {flexion_Nm: -5}}}
"""


@pytest.fixture
def read(tmp_path):
    def load(text, folder="specimen", name="heuer"):
        path = tmp_path / folder / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return load_evidence(path)

    return load


def changed(old, new):
    assert old in LINES
    return LINES.replace(old, new)


def test_a_case_is_read(read):
    case = read(LINES)
    (point,) = case.points
    assert (point.value, point.band, case.band, case.counts) == (4.0, (3.0, 5.0), "within 25 %", True)
    assert point.setup == Specimen(point.setup.subject, "L4-L5", {"flexion_Nm": -5.0})
    assert point.quantity.levels == ("L4-L5",)


@pytest.mark.parametrize(
    ("band", "published", "expected"),
    [
        ("within_sd: 2", "value: 10, sd: 3", (4.0, 16.0)),
        ("within: 3", "value: 0", (-3.0, 3.0)),
        ("published_range: true", "lo: 2, hi: 7", (2.0, 7.0)),
        ("published_range: true", "lo: 2", (2.0, math.inf)),
        ("same_sign: true", "value: -0.3", (-math.inf, 0.0)),
        ("hi: 9", "value: 4", (-math.inf, 9.0)),
        ("within_percent: 50", "value: -4", (-6.0, -2.0)),
    ],
)
def test_bands(read, band, published, expected):
    text = changed("within_percent: 25", band).replace("value: 4.0", published)
    assert read(text).points[0].band == pytest.approx(expected)


def test_points_replace_what_the_case_runs_over(read):
    text = LINES + "over: [loading.flexion_Nm, segment, level]\npoints:\n  - {at: [-2.5, L3-L4, L3-L4], value: 2, sd: 1}\n"
    text += "  - {at: [-7.5, L4-L5, L4-L5], judged: false}\n"
    first, second = read(text).points
    assert (first.setup.loading, first.setup.segment, first.quantity.levels) == ({"flexion_Nm": -2.5}, "L3-L4", ("L3-L4",))
    assert (first.value, first.low, first.high, first.judged) == (2.0, 1.0, 3.0, True)
    assert (second.setup.loading, second.value, second.judged) == ({"flexion_Nm": -7.5}, 4.0, False)


def test_a_living_case_takes_presets_and_a_reference(read):
    text = changed("group: specimen_rotation", "group: in_vivo_ratio").replace("unit: deg", "unit: ratio")
    text = text.replace("rotation_deg, level: L4-L5, component: extension", "compression_N, level: [L3-L4, L4-L5], over_levels: sum")
    text = (
        text[: text.index("setup:")]
        + "setup: {living: {posture: standing}}\nrelative_to: {living: {posture: sitting}, compare: difference}\n"
    )
    text += "over: [posture.preset, load.mass_kg]\npoints:\n  - {at: [hold_close, 20]}\n"
    case = read(text, "living")
    assert isinstance(case.points[0].setup, Living)
    assert case.points[0].setup.load.mass_kg == 20.0
    assert case.points[0].setup.posture.pelvic_tilt_deg == -3.0
    assert case.reference.posture.stance == "seated"
    assert case.difference


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("id: heuer", "id: hauer", "heuer.yaml:1:5: id: got 'hauer'; expected the name of the file, 'heuer'"),
        ("title:", "titel:", "heuer.yaml:2:1: titel: got the unknown key 'titel'; expected a key of the evidence; did you mean 'title'?"),
        ("status: read", "status: recalled", "heuer.yaml:5:9: status: got 'recalled'; expected 'read' or 'derived'"),
        ("group: specimen_rotation", "group: specimen_rotations", "did you mean 'specimen_rotation'?"),
        ("group: specimen_rotation", "group: in_vivo_pressure", "heuer.yaml:6:8: group: got 'in_vivo_pressure'; expected a group of"),
        (
            "used_for_calibration: false",
            "used_for_calibration: true",
            "7:23: used_for_calibration: got True; expected calibrated_parameter",
        ),
        ("used_for_calibration: false", "used_for_calibration: no", "heuer.yaml:7:23: used_for_calibration: got 'no'"),
        ("value: 4.0", "valeu: 4.0", "heuer.yaml:8:13: published.valeu: got the unknown key 'valeu'; expected a key of published"),
        ("value: 4.0", "value: 4 deg", "heuer.yaml:8:20: published.value: got '4 deg'; expected a number; write 4 without unit"),
        ("value: 4.0", "lo: 5, hi: 3", "published: got [5.0, 3.0]; expected lo, value and hi in rising order"),
        ("value: 4.0, ", "", "heuer.yaml:8:1: published: got no number; expected value, or lo and hi, or a bound"),
        ("unit: deg", "unit: rad", "heuer.yaml:8:31: published.unit: got 'rad'; expected 'deg', the unit of specimen_rotation"),
        ("within_percent: 25, ", "", "heuer.yaml:9:1: band: got no band; expected one of within_percent"),
        ("within_percent: 25", "within_percent: 25, within: 3", "band: got within_percent and within; expected one of"),
        ("within_percent: 25", "within_sd: 1", "published: got no number for the band within_sd"),
        (", because: a quarter", "", "heuer.yaml:9:7: band: got {'within_percent': 25}; expected the key 'because' too"),
        ("because: a quarter", "because: ' '", "heuer.yaml:9:37: band.because: got nothing; expected the reason for this band"),
        ("name: rotation_deg", "name: rotation", "heuer.yaml:10:18: quantity.name: got 'rotation'; expected a result of a specimen"),
        ("name: rotation_deg", "name: rotatoin_deg", "did you mean 'rotation_deg'?"),
        ("level: L4-L5, component", "level: L4L5, component", "heuer.yaml:10:39: quantity.level: got 'L4L5'"),
        (", component: extension", "", "quantity.component: got nothing; expected the component of rotation_deg"),
        ("component: extension", "component: extnsion", "did you mean 'extension'?"),
        ("component: extension", "component: extension, side: left", "heuer.yaml:10:74: quantity.side: got a value; expected no side"),
        (
            "component: extension",
            "component: extension, share_of: weight",
            "quantity.share_of: got 'weight'; expected a number, or a result",
        ),
        ("flexion_Nm: -5", "flexion_Nn: -5", "heuer.yaml:11:46: setup.specimen.loading.flexion_Nn: got the unknown key"),
        ("flexion_Nm: -5", "flexion_Nn: -5", "did you mean 'flexion_Nm'?"),
        ("segment: L4-L5", "segment: L4-S1", "heuer.yaml:11:29: setup.specimen.segment: got 'L4-S1'"),
        (
            "flexion_Nm: -5}",
            "flexion_Nm: -5}, without: [facet]",
            "heuer.yaml:11:73: setup.specimen.without.0: got 'facet'; expected one of",
        ),
        ("flexion_Nm: -5}", "flexion_Nm: -5}, without: [FC@L1-L2]", "got 'FC@L1-L2'; expected a level of L4-L5 after the @"),
        ("setup: {specimen", "setup: {living: {}, specimen", "heuer.yaml:11:1: setup: got both or none of them; expected one of"),
    ],
)
def test_faults_have_their_place(read, old, new, message):
    with pytest.raises(ConfigError) as caught:
        read(changed(old, new))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("over: level\n", "heuer.yaml:12:1: over: got one of over and points; expected both, or neither"),
        ("over: leevl\npoints: [{at: L3-L4}]\n", "heuer.yaml:12:7: over: got 'leevl'; expected a key to run over"),
        ("over: loading.flexion_Nn\npoints: [{at: 3}]\n", "heuer.yaml:13:15: setup.specimen.loading.flexion_Nn: got the unknown key"),
        ("over: level\npoints: [{at: L3L4}]\n", "heuer.yaml:13:15: quantity.level: got 'L3L4'"),
        ("over: [level, segment]\npoints: [{at: L3-L4}]\n", "heuer.yaml:13:15: points.0.at: got 1 values; expected 2"),
        ("over: level\npoints: [{at: L3-L4, lo: 9}]\n", "expected lo, value and hi in rising order"),
        ("relative_to: {living: {posture: standing}}\n", "heuer.yaml:12:1: relative_to: got another kind than setup"),
        ("relative_to: {living: {posture: standin}}\n", "heuer.yaml:12:33: relative_to.living.posture: got 'standin'; expected a preset"),
    ],
)
def test_faults_of_points_and_references_have_their_place(read, more, message):
    with pytest.raises(ConfigError) as caught:
        read(LINES + more)
    assert message in str(caught.value)


def test_a_folder_reports_every_file(tmp_path, read):
    read(LINES)
    for name in ("heuer", "second"):
        (tmp_path / "specimen" / f"{name}.yaml").write_text(LINES.replace("status: read", "status: maybe"))
    with pytest.raises(ConfigError) as caught:
        load_cases(tmp_path)
    assert {problem.mark.origin.rpartition("/")[2] for problem in caught.value.problems} == {"heuer.yaml", "second.yaml"}
    with pytest.raises(FileNotFoundError, match="no case in"):
        load_cases(tmp_path / "living")


def test_shipped_cases_say_what_they_are_and_why():
    cases = load_cases()
    assert len({case.id for case in cases}) == len(cases) > 60
    for case in cases:
        assert len(case.citation) > 40, case.id
        assert len(case.because) > 10, case.id
        assert case.title, case.id
        assert case.status in ("read", "derived")


def test_loads_of_a_specimen_are_those_of_the_bench():
    defaults = {name: field.default for name, field in LoadingModel.model_fields.items()}
    assert defaults == {field.name: field.default for field in fields(Loading)}


def test_no_figure_is_both_asked_and_not_asked():
    asked = {name for case in load_cases() for name in case.figures}
    left = [name for entry in load_not_asked() for name in entry.figures]
    assert len(set(left)) == len(left)
    assert not asked & set(left)
    assert all(entry.why for entry in load_not_asked())
