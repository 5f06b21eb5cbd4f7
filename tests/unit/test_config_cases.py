"""Cases, presets, the shipped configs and the schema."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest
from ruamel.yaml import YAML

from spinesim.config import ConfigError, json_schema, load_case, preset
from spinesim.config.case import assemble
from spinesim.config.presets import describe, names
from spinesim.config.schema import LoadModel, PostureModel, SubjectModel
from spinesim.model.data import data_dir
from spinesim.model.load import Load
from spinesim.model.posture import Posture
from spinesim.model.ranges import check, ranges
from spinesim.model.subject import Subject

CONFIGS = data_dir("configs")
REQUIRED = (  # noqa: SIM905
    "standing standing_extended bent_forward_30 bent_forward_60 lateral_bent_20 rotated_15 sitting sitting_slouched sitting_max_flexion "
    "sitting_backrest lying_supine lying_prone lift_stoop lift_squat hold_close hold_arms_length carry_one_hand carry_both_hands backpack "
    "hip_hinge squat_bottom lying_lateral"
).split()


@pytest.fixture
def load(tmp_path):
    def read(text, *overrides):
        path = tmp_path / "case.yaml"
        path.write_text(text, encoding="utf-8")
        return load_case(path, overrides)

    return read


def test_the_required_presets_exist():
    assert sorted(REQUIRED) == list(names())


@pytest.mark.parametrize("name", REQUIRED)
def test_preset_loads_and_can_be_computed(name):
    posture = preset(name)
    assert not [v for v in check(Subject(), posture, Load()) if v.kind == "computable"]
    assert describe(name).endswith((".", ")."))


def test_an_unknown_preset_names_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'lift_stoop'"):
        preset("lift_stop")


OTHERS = ("sweep_", "plan_")


@pytest.mark.parametrize("path", sorted(p for p in CONFIGS.glob("*.yaml") if not p.name.startswith(OTHERS)), ids=lambda p: p.stem)
def test_shipped_case_loads_and_asks_a_question(path):
    case = load_case(path)
    assert case.title
    assert case.description.endswith("?") or "?" in case.description
    assert not [v for v in check(case.subject, case.posture, case.load) if v.kind == "computable"]


def test_schema_file_is_current():
    assert json.loads((CONFIGS / "schema.json").read_text()) == json_schema(), "run: spinesim schema -o configs/schema.json"


@pytest.mark.parametrize(("model", "part"), [(SubjectModel, Subject), (PostureModel, Posture), (LoadModel, Load)])
def test_keys_are_the_fields(model, part):
    fields = {field.name for field in dataclasses.fields(part)}
    assert set(model.model_fields) - {"preset", "description", "carried"} == fields


@pytest.mark.parametrize("text", ["", "{}", "posture: standing", "subject:\nload:\n", "# nothing\n", "\ufeffposture: {}"])
def test_nothing_said_is_relaxed_standing(load, text):
    case = load(text)
    assert (case.subject, case.posture, case.load, case.exponent) == (Subject(), Posture(), Load(), 2.0)


def test_all_kinds_of_values(load):
    case = load(
        """
        subject: {mass_kg: 8e1, disc_grade: {L4-L5: 4}, strength: {multifidus: 0.5}, tissue: {facet.cartilage_stiffness: 2}}
        posture: {pelvic_tilt_deg: 10, flexion_deg: 20, upper_arm_deg: {left: 20, right: 10}, forearm_deg: 7, support: [elbows]}
        load: {mass_kg: 5, hands: left, push_N: -30}
        solver: {exponent: min-max}
        """
    )
    assert case.subject == Subject(
        mass_kg=80.0, disc_grade={"L4-L5": 4}, strength={"multifidus": 0.5}, tissue={"facet.cartilage_stiffness": 2.0}
    )
    assert case.posture.upper_arm_deg == (20.0, 10.0)
    assert case.posture.forearm_deg == (7.0, 7.0)
    assert case.posture.support == ("elbows",)
    assert case.load == Load(mass_kg=5.0, hands="left", push_N=-30.0)
    assert case.exponent == math.inf


@pytest.mark.parametrize("name", REQUIRED)
def test_the_resolved_case_is_the_same_case(load, name):
    case = load(f"title: a\nposture: {name}\nsubject: {{disc_grade: {{L4-L5: 3}}, strength: {{psoas: 0.8}}}}\nsolver: {{exponent: 3}}\n")
    again = load(json.dumps(case.resolved))
    assert again.resolved == case.resolved
    assert (again.subject, again.posture, again.load) == (case.subject, case.posture, case.load)


def test_trunk_inclination_resolves_to_itself(load):
    case = load("posture: {trunk_inclination_deg: 40, lumbar_share: 0.6}")
    assert load(json.dumps(case.resolved)).posture == case.posture == Posture(trunk_inclination_deg=40.0, lumbar_share=0.6)


def test_overrides_beside_a_preset(load):
    stoop = preset("lift_stoop")
    assert load("posture: {preset: lift_stoop, stance: left}").posture == dataclasses.replace(stoop, stance="left")
    arms = load("posture: {preset: lift_stoop, upper_arm_deg: 30}").posture
    assert (arms.hand_position_mm, arms.upper_arm_deg) == (None, (30.0, 30.0))
    hands = load("posture: {preset: bent_forward_30, hand_position_mm: [300, -200]}").posture
    assert hands.hand_position_mm == (300.0, -200.0)
    assert hands.upper_arm_deg == Posture().upper_arm_deg


def test_set_replaces_single_values(load):
    case = load(
        "load: {mass_kg: 3}\nposture: lift_stoop",
        "load.mass_kg=15",
        "subject.disc_grade.L4-L5=4",
        "subject.tissue.facet.cartilage_stiffness=2",
        "posture.upper_arm_deg={left: 3, right: 4}",
        "solver.exponent=min-max",
    )
    assert case.load.mass_kg == 15.0
    assert case.subject.disc_grade == {"L4-L5": 4}
    assert case.subject.tissue == {"facet.cartilage_stiffness": 2.0}
    assert case.posture.upper_arm_deg == (3.0, 4.0)
    assert case.posture.flexion_deg == preset("lift_stoop").flexion_deg
    assert case.exponent == math.inf


def test_the_command_line_makes_a_case_without_a_file():
    case = assemble(None, (), "lift_squat", 12.0)
    assert case.posture == preset("lift_squat")
    assert case.load == Load(mass_kg=12.0)
    assert case.source_sha256 is None


def test_a_preset_is_a_posture_that_can_be_copied(load):
    text = (CONFIGS / "postures" / "sitting_slouched.yaml").read_text()
    indented = "\n".join(f"  {line}" for line in text.splitlines())
    assert load(f"posture:\n{indented}\n").posture == preset("sitting_slouched")


def test_presets_are_plain_yaml_mappings():
    for name in names():
        data = YAML(typ="safe", pure=True).load((CONFIGS / "postures" / f"{name}.yaml").read_text())
        assert set(data) <= set(PostureModel.model_fields) - {"preset"}


def test_every_number_of_a_case_has_a_range():
    full = Subject(
        sacral_slope_deg=40.0, lordosis_deg=60.0, resting_tone=0.01, disc_grade={"L4-L5": 3}, facet_angle_left_deg={"L4-L5": 40.0},
        facet_angle_right_deg={"L4-L5": 40.0}, facet_gap_left_mm={"L4-L5": 0.1}, facet_gap_right_mm={"L4-L5": 0.1}, strength={"psoas": 1.0},
        min_activation={"psoas": 0.0}, max_activation={"psoas": 1.0}, segment_flexion_deg={"L4-L5": 1.0},
        segment_lateral_deg={"L4-L5": 1.0}, segment_rotation_deg={"L4-L5": 1.0}, segment_slip_mm={"L4-L5": 1.0}, tissue={"a.b": 1.0},
    )  # fmt: skip
    posture = Posture(trunk_inclination_deg=10.0, lumbar_share=0.6, hand_position_mm=(300.0, 0.0), hip_flexion_deg=10.0)
    assert check(full, posture, Load()) == []
    known = {name.split(".")[1] for name in ranges() if not name.startswith("specimen.")} - {"bmi", "effort_Nm"}
    words = {"sex", "gravity", "stance", "support", "hands"}
    assert known == {f.name for part in (Subject, Posture, Load) for f in dataclasses.fields(part)} - words
    for limits in ranges().values():
        assert limits.computable[0] <= limits.validated[0] < limits.validated[1] <= limits.computable[1]


@pytest.mark.parametrize(
    ("parts", "key", "kind"),
    [
        ({"subject": Subject(mass_kg=130.0)}, "subject.mass_kg", "validated"),
        ({"subject": Subject(mass_kg=300.0)}, "subject.mass_kg", "computable"),
        ({"subject": Subject(mass_kg=math.nan)}, "subject.mass_kg", "computable"),
        ({"subject": Subject(disc_grade={"L4-L5": 5})}, "subject.disc_grade.L4-L5", "validated"),
        ({"posture": Posture(flexion_deg=65.0)}, "posture.flexion_deg", "validated"),
        ({"posture": Posture(upper_arm_deg=(0.0, 500.0))}, "posture.upper_arm_deg.right", "computable"),
        ({"posture": Posture(hand_position_mm=(300.0, 2000.0))}, "posture.hand_position_mm.superior", "computable"),
        ({"load": Load(mass_kg=-1.0)}, "load.mass_kg", "computable"),
    ],
)
def test_values_outside_a_range_are_named(parts, key, kind):
    case = {"subject": Subject(), "posture": Posture(), "load": Load()} | parts
    found = {(v.key, v.kind) for v in check(**case)}
    assert (key, kind) in found
    assert all(v.key.startswith(("subject.bmi", key)) for v in check(**case))


def test_a_posture_says_where_its_load_is_carried():
    def load(posture, *overrides):
        return assemble(None, overrides, posture, 10.0).load

    assert load("carry_one_hand") == Load(mass_kg=10.0, hands="right")
    assert load("carry_one_hand", "load.hands=left") == Load(mass_kg=10.0, hands="left")
    assert load("carry_both_hands") == Load(mass_kg=10.0)
    assert load("backpack") == Load(backpack_kg=10.0)
    assert load("standing", "posture.carried=left") == Load(mass_kg=10.0, hands="left")
    with pytest.raises(ConfigError, match=r"beside --set load\.backpack_kg"):
        load("backpack", "load.backpack_kg=5")
    with pytest.raises(ConfigError, match=r"posture\.carried"):
        load("standing", "posture.carried=head")
