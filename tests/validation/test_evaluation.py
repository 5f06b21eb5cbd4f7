"""One evaluator for every case: what is picked, compared and said when there is no answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from spinesim.analysis.published import Answer, Living, Point, Quantity, Specimen
from spinesim.analysis.validation import evaluate, with_bands
from spinesim.config.evidence import load_cases
from spinesim.model.anatomy import SpineModel
from spinesim.model.load import Load
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.solver.api import solve
from spinesim.solver.bench import Loading, load_specimen
from spinesim.solver.motion import stiffness

MODEL = SpineModel.default()
CASES = {case.id: case for case in load_cases()}
BENT = {"flexion_Nm": 5.0}
STANDING = Living(Subject(), Posture(), Load())


def ask(setup, name, reference=None, baseline=None, *, difference=False, **quantity) -> Answer:
    point = Point((), setup, Quantity(name, **quantity), 1.0, None, None, (0.0, 2.0))
    case = replace(CASES["heuer-2007-axial"], points=(point,), reference=reference, baseline=baseline, difference=difference)
    return evaluate(MODEL, [case])[0].answers[0]


def on_bench(segment="L4-L5", loading=None, **more):
    return Specimen(Subject(), segment, BENT if loading is None else loading, **more)


def test_components_levels_and_both_directions():
    there = load_specimen(MODEL, Subject(), "L1-L5", Loading(flexion_Nm=5.0)).rotation_deg[-1, :, 0]
    back = load_specimen(MODEL, Subject(), "L1-L5", Loading(flexion_Nm=-5.0)).rotation_deg[-1, :, 0]
    setup = on_bench("L1-L5")
    levels = ("L2-L3", "L4-L5")
    picked = {"levels": levels, "component": "flexion"}
    assert ask(setup, "rotation_deg", **picked, over_levels="sum").value == pytest.approx(there[1] + there[3])
    assert ask(setup, "rotation_deg", **picked, over_levels="largest").value == pytest.approx(max(there[1], there[3]))
    assert ask(setup, "rotation_deg", levels=("L2-L3",), component="extension").value == pytest.approx(-there[1])
    assert ask(setup, "rotation_deg", levels=("L2-L3",), component="flexion", both_directions=True).value == pytest.approx(
        there[1] - back[1]
    )


def test_sides_ratios_differences_and_increases():
    turned = on_bench(loading={"axial_Nm": 6.0})
    left, right = (ask(turned, "facet_force_N", levels=("L4-L5",), side=side).value for side in ("left", "right"))
    assert ask(turned, "facet_force_N", levels=("L4-L5",), side="sum").value == pytest.approx(left + right)
    assert ask(turned, "facet_force_N", levels=("L4-L5",), side="larger").value == pytest.approx(max(left, right))
    intact, cut, bare = (on_bench(without=parts) for parts in ((), ("SSL",), ("SSL", "ISL", "FC")))
    a, b, c = (ask(s, "rotation_deg", levels=("L4-L5",), component="flexion").value for s in (intact, cut, bare))
    options = {"levels": ("L4-L5",), "component": "flexion"}
    assert ask(bare, "rotation_deg", intact, **options).value == pytest.approx(c / a)
    assert ask(bare, "rotation_deg", intact, difference=True, **options).value == pytest.approx(c - a)
    assert ask(bare, "rotation_deg", cut, intact, **options).value == pytest.approx((c - a) / (b - a))


def test_shares_and_body_weights():
    answer = solve(MODEL, Subject(), Posture(), Load())
    share = ask(STANDING, "facet_compression_N", levels=("L4-L5",), share_of="compression_N").value
    assert share == pytest.approx(100.0 * answer.facet_compression_N[4] / answer.compression_N[4])
    assert ask(STANDING, "compression_N", levels=("L4-L5",), share_of=500.0).value == pytest.approx(answer.compression_N[4] / 5.0)
    weights = ask(STANDING, "compression_N", levels=("L4-L5",), per_body_weight=True).value
    assert weights == pytest.approx(answer.compression_N[4] / (70.0 * 9.80665))


@pytest.mark.parametrize(
    ("setup", "name", "words"),
    [
        (on_bench(loading={"flexion_Nm": 60.0}), "rotation_deg", "specimen.moment_Nm"),
        (on_bench("L1-L2"), "rotation_deg", "L4-L5 is not in the specimen"),
        (on_bench(), "weight_above_N", "the bench gives no weight_above_N"),
        (Living(Subject(mass_kg=500.0), Posture(), Load()), "compression_N", "subject.mass_kg"),
        (Living(Subject(), Posture(hand_position_mm=(950.0, -800.0)), Load()), "compression_N", "invalid_input"),
    ],
)
def test_no_answer_says_why(setup, name, words):
    component = "flexion" if name == "rotation_deg" else ""
    answer = ask(setup, name, levels=("L4-L5",), component=component)
    assert (answer.value, answer.verdict) == (None, "no answer")
    assert words in answer.fault


def test_a_figure_relative_to_nothing_has_no_answer():
    unloaded = on_bench(loading={})
    assert "zero" in ask(on_bench(), "rotation_deg", unloaded, levels=("L4-L5",), component="flexion").fault


def test_a_wrong_tissue_turns_a_hit_into_a_miss():
    case = CASES["heuer-2007-axial"]
    stiff = Subject(tissue={"disc_law.torsion_stiffness": 4.0})
    wrong = replace(case, points=tuple(replace(p, setup=replace(p.setup, subject=stiff)) for p in case.points))
    right, mutated = evaluate(MODEL, [case, wrong])
    assert (right.verdict, mutated.verdict) == ("hit", "miss")


def test_answers_outside_the_validated_range_are_told():
    loaded = Living(Subject(), Posture(), Load(mass_kg=30.0))
    assert "outside the validated range" in ask(loaded, "compression_N", levels=("L4-L5",)).note


def test_stiffness_is_that_of_the_bench():
    matrix = stiffness(MODEL, Subject(), "L4-L5", 500.0, ("SSL",))
    setup = on_bench(loading={"follower_N": 500.0}, without=("SSL",))
    for component, entry in (("anterior", 0), ("axial", 1), ("lateral", 2)):
        assert ask(setup, "stiffness", levels=("L4-L5",), component=component).value == pytest.approx(1e-3 * matrix[entry, entry])
    doubled = ask(setup, "stiffness", setup, levels=("L4-L5",), component="main").value
    assert doubled == pytest.approx(1.0)


def test_bands_of_drawn_models_count_failures():
    results = evaluate(MODEL, [CASES["wilke-1999-standing"], CASES["wilke-1999-bent-forward"]])
    counted = []
    same = with_bands(results, [MODEL, MODEL, MODEL], counted.append)
    assert counted == [1, 2, 3]
    for answer in (a for r in same for a in r.answers):
        assert answer.low == answer.high == pytest.approx(answer.value)
        assert answer.failed == 0
    unreachable = replace(CASES["wilke-1999-standing"], points=(replace(CASES["wilke-1999-standing"].points[0], setup=on_bench("L1-L2")),))
    (failed,) = with_bands(evaluate(MODEL, [unreachable]), [MODEL, MODEL])
    assert (failed.answers[0].low, failed.answers[0].failed) == (None, 2)
