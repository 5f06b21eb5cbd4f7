"""Every fault of a case file is a ConfigError that says where, what, and what was expected."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spinesim.config import ConfigError
from spinesim.config.case import apply_overrides, assemble, build, load_case
from spinesim.config.document import MAX_BYTES, read_text
from spinesim.config.schema import SECTIONS


def faults(text, *overrides):
    with pytest.raises(ConfigError) as caught:
        build(apply_overrides(read_text(text, "case.yaml"), overrides))
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("subject:\n  mass_lb: 150\n", "case.yaml:2:3: subject.mass_lb: got the unknown key 'mass_lb'; expected a key of subject; did"),
        ("subject:\n  mass_lb: 150\n", "did you mean 'mass_kg'?"),
        ("posture: {flexion_rad: 1}", "case.yaml:1:11: posture.flexion_rad: got the unknown key 'flexion_rad'"),
        ("posture: {flexion_rad: 1}", "did you mean 'flexion_deg'?"),
        ("load: {load_kg: 1}", "did you mean 'mass_kg'?"),
        ("load: {mass_lb: 1}", "did you mean 'mass_kg'?"),
        ("load_kg: 4", "did you mean 'load.mass_kg'?"),
        ("weight_kg: 4", "did you mean 'subject.mass_kg'?"),
        ("load: {flexion_deg: 4}", "did you mean 'posture.flexion_deg'?"),
        ("subject: {mass_kg: 70 kg}", "case.yaml:1:20: subject.mass_kg: got '70 kg'; expected a number; write 70 without unit or quotes"),
        ("subject: {mass_kg: '70'}", "write 70 without unit or quotes"),
        ("subject: {stature_m: '1,68'}", "write 1.68 without unit or quotes"),
        ("subject: {mass_kg: }", "subject.mass_kg: got nothing; expected a number"),
        ("subject: {mass_kg: true}", "got True; expected a number"),
        ("subject: {mass_kg: no}", "got 'no'; expected a number"),
        ("subject: {mass_kg: 010}", "got 010; expected a number without leading zeros; write 10,"),
        ("subject: {mass_kg: 0x46}", "expected a finite decimal number"),
        ("subject: {mass_kg: 0o106}", "expected a finite decimal number"),
        ("subject: {mass_kg: .inf}", "expected a finite decimal number"),
        ("subject: {mass_kg: .NaN}", "expected a finite decimal number"),
        ("subject: {mass_kg: 1e999}", "expected a finite decimal number"),
        (f"subject: {{mass_kg: {'9' * 5000}}}", "expected a finite decimal number"),
        ("subject: {sex: man}", "expected 'male' or 'female'; did you mean 'male'?"),
        ("subject: {disc_grade: {L4L5: 3}}", "case.yaml:1:24: subject.disc_grade.L4L5: got 'L4L5'"),
        ("subject: {disc_grade: {L4-L5: 2.5}}", "got 2.5; expected a whole number"),
        ("subject: {strength: {gluteus: 1}}", "did you mean 'gluteus_"),
        ("subject: {min_activation: {psoas: 0.5}, max_activation: {psoas: 0.2}}", "expected at most max_activation, which is 0.2"),
        ("subject: 3", "subject: got 3; expected a mapping"),
        ("posture: lift_stop", "did you mean 'lift_stoop'?"),
        ("posture: {preset: lift_stop}", "case.yaml:1:19: posture.preset: got 'lift_stop'"),
        ("posture: {preset: standing, flexion_deg: 10}", "two ways of saying one posture"),
        ("posture: {preset: standing, trunk_inclination_deg: 10}", "two ways of saying one posture"),
        ("posture: {hand_position_mm: [1, 2], forearm_deg: 10}", "got forearm_deg beside hand_position_mm; expected one of them"),
        ("posture: {trunk_inclination_deg: 10, pelvic_tilt_deg: 1}", "two ways of saying one posture"),
        ("posture: {lumbar_share: 0.5}", "no trunk_inclination_deg"),
        ("posture: {upper_arm_deg: {left: 1}}", "expected the key 'right' too"),
        ("posture: {upper_arm_deg: {left: 1, right: 2, rihgt: 3}}", "did you mean 'right'?"),
        ("posture: {hand_position_mm: [1]}", "expected two numbers [anterior, superior]"),
        ("posture: {hand_position_mm: [1, 2, 3]}", "posture.hand_position_mm"),
        ("posture: {support: backrest}", "expected a list; write [backrest]"),
        ("posture: {support: [backrst]}", "did you mean 'backrest'?"),
        ("solver: {exponent: 4}", "expected 2, 3 or 'min-max'"),
        ("title: 5", "got 5; expected text; put it in quotes"),
        ("load: {mass_kg: 1, mass_kg: 2}", "case.yaml:1:20: load.mass_kg: got the key a second time"),
        ("a: &x 1\nload: {mass_kg: *x}", "aliases are not read"),
        ("load: !!python/object:os.system {}", "tags are not read"),
        ("load: {mass_kg: !!int '3'}", "tags are not read"),
        ("load: [1, 2", "broken YAML"),
        ("load: \x07", "broken YAML"),
        ("a: 1\n---\nb: 2", "a second document"),
        ("{[1, 2]: 3}", "a key that is no word"),
        ("just text", "expected a mapping of keys"),
        ("- 1", "expected a mapping of keys"),
        ("[" * 3000, "nesting deeper than"),
        ("a: [" + "1," * 6000 + "]", "more than 5000 values"),
    ],
)  # fmt: skip
def test_fault_is_said_in_the_words_of_the_file(text, message):
    found = faults(text)
    assert any(message in line for line in found), found
    assert all(line.startswith("case.yaml:") for line in found)


def test_all_faults_of_a_file_come_together_in_order():
    text = (
        "subject:\n  mass_kg: 010\n  stature: 2\n"
        "posture: {preset: standing, flexion_deg: x}\n"
        "load:\n  mass_kg: heavy\n  mass_kg: 3\n  hnds: both\n"
    )
    found = faults(text)
    keys = [line.split(": ")[1] for line in found]
    assert keys == ["subject.mass_kg", "subject.stature", "posture.flexion_deg", "load.mass_kg", "load.hnds"]


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("load.mass_lb=3", "--set load.mass_lb=3: load.mass_lb: got the unknown key 'mass_lb'"),
        ("load.mass_kg=heavy", "--set load.mass_kg=heavy: load.mass_kg: got 'heavy'; expected a number"),
        ("load.mass_kg=.nan", "--set load.mass_kg=.nan: load.mass_kg: got .nan; expected a finite decimal number"),
        ("load.mass_kg=[1", "--set load.mass_kg=[1: load.mass_kg: got broken YAML"),
        ("load.mass_kg=*a", "load.mass_kg: got the alias *a"),
        ("load.mass_kg", "expected KEY=VALUE"),
        ("=3", "expected KEY=VALUE"),
        ("load..x=3", "expected KEY=VALUE"),
        ("load=3", "--set load=3: load: got 3; expected a mapping"),
        ("posture.flexion_deg=3", "two ways of saying one posture"),
    ],
)
def test_a_faulty_override_names_its_option(override, message):
    found = faults("posture: standing", override)
    assert any(message in line and "--set" in line for line in found), found


def test_an_override_given_twice():
    assert "the key a second time" in faults("", "load.mass_kg=1", "load.mass_kg=2")[0]


def test_an_override_below_a_number_does_not_hide_the_fault():
    assert faults("load: 5", "load.mass_kg=1") == ["case.yaml:1:7: load: got 5; expected a mapping"]


def test_two_ways_on_the_command_line(tmp_path):
    path = tmp_path / "case.yaml"
    path.write_text("posture: standing\n")
    with pytest.raises(ConfigError, match=r"case.yaml:1:1: posture: got a posture beside --posture sitting; .*two ways"):
        assemble(path, (), "sitting", None)
    with pytest.raises(ConfigError, match=r"--load-kg beside --set load.mass_kg"):
        assemble(None, ("load.mass_kg=3",), None, 4.0)
    with pytest.raises(ConfigError, match=r"--posture lift_stop: posture: got 'lift_stop'.*did you mean 'lift_stoop'"):
        assemble(None, (), "lift_stop", None)
    with pytest.raises(ConfigError, match="finite number"):
        assemble(None, (), None, float("nan"))


def test_files_that_are_no_text_or_too_long(tmp_path):
    path = tmp_path / "case.yaml"
    path.write_bytes(b"title: a\nposture: \xff\xfe\n")
    with pytest.raises(ConfigError, match=r"case.yaml:2:1: .*UTF-8"):
        load_case(path)
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(ConfigError, match="500 kB"):
        load_case(path)
    with pytest.raises(FileNotFoundError):
        load_case(tmp_path / "none.yaml")


KEYS = sorted({key for model in SECTIONS.values() for key in model.model_fields} - {"preset", "description"})
WRONG = ["{a: 1}", "[[1]]", "no", "0x1", "010", ".nan", "1 2", "*a", "&a", "!!map x", "- ", "\t1", "\x00", *"[]{}'\"@`%|>?:,"]
LETTERS = st.characters(exclude_categories=["Nd", "Cs"])
SPOILED = st.sampled_from(WRONG) | st.text(LETTERS, min_size=3, max_size=12).filter(lambda t: t.strip(" ~#\t\r\n"))
SPOILED_KEY = st.one_of(st.sampled_from(KEYS).map(lambda k: k[:-1] + "x"), st.text("abc_:.*&!{[", min_size=1, max_size=12))


@settings(max_examples=600, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(section=st.sampled_from(["subject", "load", "solver"]), key=SPOILED_KEY, value=SPOILED, known=st.booleans(), data=st.data())
def test_a_spoiled_case_is_a_config_error_and_nothing_else(section, key, value, known, data):
    numbers = {"subject": "mass_kg", "load": "mass_kg", "solver": "exponent"}
    name = numbers[section] if known else key
    with pytest.raises(ConfigError) as caught:
        build(read_text(f"title: a\n{section}:\n  {name}: {value}x\nposture: standing\n", "case.yaml"))
    assert caught.value.problems
    assert all(str(p).startswith("case.yaml:") and "expected" in str(p) for p in caught.value.problems)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.one_of(st.text(max_size=80), st.text("{}[]:,-?*&!|>'\"%@`#ab1 \n\t", max_size=80)))
def test_any_text_is_a_case_or_a_config_error(text):
    with contextlib.suppress(ConfigError):
        build(read_text(text, "case.yaml"))
