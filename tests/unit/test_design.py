"""Rows of a design depend on their number only; marginals have their moments; sizes are exact."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from spinesim.analysis.crossed import Listed, Range
from spinesim.analysis.design import Design, Sweep, build_case
from spinesim.analysis.expressions import parse
from spinesim.analysis.keys import UnknownKeyError, find, geometry_names, plain_names
from spinesim.analysis.marginals import Marginal
from spinesim.analysis.samples import METHODS, Sampling
from spinesim.model.load import Load
from spinesim.model.posture import Posture
from spinesim.model.ranges import ranges
from spinesim.model.subject import Subject

LISTED = Listed({"posture.gravity": np.array(["standing", "supine"]), "load.mass_kg": np.array([1.0, 2.0])})
RANGE = Range("posture.flexion_deg", 0.0, 0.3, 4)
MARGINALS = (Marginal("subject.mass_kg", "normal", (70.0, 10.0), (40.0, 100.0)), Marginal("load.push_N", "uniform", (-5.0, 5.0)))
TEXT = "sin_deg(subject.mass_kg) + exp(posture.flexion_deg) * load.mass_kg"
DERIVED = {"load.lift_N": parse(TEXT, {"subject.mass_kg", "posture.flexion_deg", "load.mass_kg"})}


def design(method="sobol", samples=37):
    keys = ("posture.gravity", "load.mass_kg", "subject.mass_kg", "posture.flexion_deg", "load.push_N", "load.lift_N")
    return Design(keys=keys, factors=(LISTED, RANGE), sampling=Sampling(method, samples, 3), marginals=MARGINALS, derived=DERIVED)


def bytes_of(columns):
    return {key: np.concatenate([c[key] for c in columns]).tobytes() for key in columns[0]}


@pytest.mark.parametrize("method", METHODS)
def test_any_cut_into_chunks_gives_the_same_columns(method):
    whole = design(method)
    assert len(whole) == whole.size == 2 * 4 * 37
    expected = bytes_of([whole.columns(0, len(whole))])
    rng = np.random.default_rng(4)
    for pieces in (1, 2, 5, 40, 295):
        cuts = [0, *sorted(rng.integers(0, len(whole) + 1, pieces).tolist()), len(whole)]
        chunks = list(pairwise(cuts))
        parts = {start: whole.columns(start, stop) for start, stop in rng.permutation(chunks).tolist() if start < stop}
        assert bytes_of([parts[start] for start in sorted(parts)]) == expected


@pytest.mark.parametrize("method", METHODS)
def test_a_row_alone_is_the_row_of_the_whole_after_a_trip_through_pickle(method):
    whole = design(method)
    columns, copy = whole.columns(0, len(whole)), pickle.loads(pickle.dumps(whole))
    for row in (0, 1, 36, 37, 100, 295):
        assert {k: v.tolist() for k, v in copy.columns(row, row + 1).items()} == {k: [v[row].item()] for k, v in columns.items()}


def test_order_of_rows_and_types_of_columns():
    columns = design(samples=2).columns(0, 16)
    assert tuple(columns) == design().keys
    assert columns["posture.gravity"].tolist() == ["standing"] * 8 + ["supine"] * 8
    assert columns["posture.flexion_deg"].tolist() == [0.0, 0.0, 0.1, 0.1, 0.2, 0.2, 0.3, 0.3] * 2
    assert len(set(columns["subject.mass_kg"].tolist())) == 2
    assert {k: v.dtype.kind for k, v in columns.items()} == {k: "U" if k == "posture.gravity" else "f" for k in columns}
    assert all(v.shape == (0,) for v in design().columns(5, 5).values())


def test_numbers_of_a_range_are_those_one_would_type():
    for first, last, count in ((0.0, 1.0, 11), (0.0, 60.0, 25), (-0.3, 0.3, 7), (1.005, 1.015, 3), (60.0, 0.0, 13)):
        values = Range("load.mass_kg", first, last, count).take(np.arange(count))["load.mass_kg"].tolist()
        assert values == [round(first + i * (last - first) / (count - 1), 9) for i in range(count)]
    tiny = Range("load.mass_kg", 1e-300, 1.0, 3).take(np.arange(3))["load.mass_kg"]
    assert tiny.tolist() == [1e-300, 0.5, 1.0]
    whole = Range("subject.disc_grade.L4-L5", 1.0, 5.0, 5).take(np.arange(5))["subject.disc_grade.L4-L5"]
    assert (whole.tolist(), whole.dtype) == ([1, 2, 3, 4, 5], np.int64)


def test_sizes_are_exact_and_rows_beyond_64_bits_are_refused():
    keys = tuple(f"study.a{i}" for i in range(10))
    huge = Design(keys=keys, factors=tuple(Range(key, 0.0, 1.0, 10**6 + 3) for key in keys))
    assert huge.size == (10**6 + 3) ** 10 > 2**63
    with pytest.raises(ValueError, match="row numbers end at 9223372036854775807"):
        huge.columns(huge.size - 1, huge.size)
    with pytest.raises(ValueError, match="expected rows between"):
        huge.columns(5, 4)
    last = huge.columns(2**63 - 3, 2**63 - 1)
    for row, place in ((2**63 - 3, 0), (2**63 - 2, 1)):
        digits = [row // (10**6 + 3) ** (9 - i) % (10**6 + 3) for i in range(10)]
        assert [round(last[key][place] * (10**6 + 2)) for key in keys] == digits


def test_a_product_past_64_bits_of_small_numbers_of_samples():
    whole = Design(
        keys=("study.a", "study.b"), factors=(Range("study.a", 0.0, 1.0, 2**53),), sampling=Sampling("random", 2**20, 1),
        marginals=(Marginal("study.b", "uniform", (0.0, 1.0)),),
    )  # fmt: skip
    assert whole.size == 2**73
    columns = whole.columns(2**62 - 1, 2**62 + 1)
    assert columns["study.b"][1] == whole.columns(0, 1)["study.b"][0]
    assert columns["study.a"][0] < columns["study.a"][1]


MOMENTS = [
    (Marginal("study.a", "uniform", (2.0, 5.0)), 3.5, 3.0 / math.sqrt(12.0)),
    (Marginal("study.a", "normal", (70.0, 10.0)), 70.0, 10.0),
    (Marginal("study.a", "normal", (0.0, 1.0), (0.0, 50.0)), math.sqrt(2.0 / math.pi), math.sqrt(1.0 - 2.0 / math.pi)),
    (Marginal("study.a", "normal", (0.0, 1.0), (-1.0, 1.0)), 0.0, math.sqrt(1.0 - 2.0 * 0.24197072451914337 / 0.6826894921370859)),
    (Marginal("study.a", "lognormal", (300.0, 150.0)), 300.0, 150.0),
    (Marginal("study.a", "triangular", (0.0, 1.0, 4.0)), 5.0 / 3.0, math.sqrt((16.0 + 1.0 - 4.0) / 18.0)),
    (Marginal("study.a", "triangular", (0.0, 0.0, 3.0)), 1.0, math.sqrt(0.5)),
]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("marginal", "mean", "sd"), MOMENTS, ids=lambda m: getattr(m, "kind", ""))
def test_moments(marginal, mean, sd, method):
    values = marginal.quantile(Sampling(method, 2**15, 7).points(0, 2**15, 1)[:, 0])
    tolerance = 0.02 if method == "random" else 0.01
    assert values.mean() == pytest.approx(mean, abs=tolerance * sd)
    assert values.std() == pytest.approx(sd, rel=2.0 * tolerance)


def test_quantiles_rise_and_stay_within_bounds():
    u = np.linspace(0.5**31, 1.0 - 0.5**31, 4001)
    for marginal, *_ in MOMENTS:
        assert (np.diff(marginal.quantile(u)) >= 0.0).all()
    # In the far tail nothing is left to rounding.
    far = Marginal("study.a", "normal", (0.0, 1.0), (4.0, 4.5)).quantile(u)
    assert 4.0 <= far[0] < 4.001
    assert 4.49 < far[-1] <= 4.5
    assert len(np.unique(far)) == len(u)


def test_distributions_that_are_none():
    for kind, parameters, within in (
        ("uniform", (2.0, 2.0), None), ("normal", (1.0, 0.0), None), ("normal", (math.nan, 1.0), None), ("lognormal", (-1.0, 1.0), None),
        ("triangular", (0.0, 5.0, 4.0), None), ("normal", (0.0, 1.0), (7.0, 9.0)), ("normal", (0.0, 1.0), (1.0, 0.0)),
        ("lognormal", (1.0, 1.0), (-1.0, 2.0)), ("uniform", (0.0, 1.0), (0.0, 1.0)),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="expected"):
            Marginal("study.a", kind, parameters, within)


def test_samples_fill_the_cube_evenly_and_columns_are_independent():
    for method in METHODS:
        points = Sampling(method, 4096, 0).points(0, 4096, 6)
        assert ((points > 0.0) & (points < 1.0)).all()
        assert np.abs(np.corrcoef(points.T) - np.eye(6)).max() < 0.06
        if method == "sobol":
            assert (np.array([np.histogram(c, 64, (0.0, 1.0))[0] for c in points.T]) == 64).all()


def test_seeds_differ_and_zero_is_one_of_them():
    for method in METHODS:
        seeds = [Sampling(method, 64, seed).points(0, 64, 2).tobytes() for seed in (0, 1, 2**63 - 1)]
        assert len(set(seeds)) == 3
        assert seeds[0] == Sampling(method, 64, 0).points(0, 64, 2).tobytes()


def test_random_streams_do_not_know_of_other_columns():
    few, many = (Sampling("random", 100, 5).points(13, 77, columns) for columns in (2, 9))
    assert (many[:, :2] == few).all()


def test_far_rows_are_reached_without_drawing_those_before():
    assert Sampling("halton", 2**53, 1).points(2**52, 2**52 + 3, 4).shape == (3, 4)
    assert Sampling("random", 2**53, 1).points(2**53 - 3, 2**53, 4).shape == (3, 4)


def test_limits_of_samples():
    assert Sampling("sobol", 2**30).points(2**20, 2**20 + 2, 1).shape == (2, 1)
    for method, samples, seed in (("sobol", 2**30 + 1, 0), ("random", 0, 0), ("halton", 2**53 + 1, 0), ("lhs", 4, 0), ("sobol", 4, -1)):
        with pytest.raises(ValueError, match="expected"):
            Sampling(method, samples, seed)


def sweep(**parts):
    base = {"subject": Subject(), "posture": Posture(), "load": Load(), "exponent": 2.0} | parts
    empty = {"title": "", "description": "", "outputs": (), "summaries": (), "resolved": {}}
    return Sweep(design=Design(keys=()), **{**empty, **base})


def test_a_row_without_changes_is_the_base_case_itself():
    base = sweep()
    subject, posture, load, exponent, geometry = build_case(base, {"study.a": 3.0})
    assert subject is base.subject
    assert posture is base.posture
    assert load is base.load
    assert (exponent, geometry) == (2.0, {})


def test_every_kind_of_key_reaches_its_place():
    base = sweep(subject=Subject(strength={"psoas": 0.5}))
    values = {
        "subject.sex": np.str_("female"), "subject.disc_grade.L4-L5": np.int64(3), "subject.strength.multifidus": np.float64(0.7),
        "subject.tissue.facets.L4-L5.gap": 2.0, "posture.upper_arm_deg": 20.0, "posture.forearm_deg.right": 30.0,
        "posture.hand_position_mm.anterior": 300.0, "posture.hand_position_mm.superior": 100.0, "posture.support": "backrest+elbows",
        "load.push_N": 5.0, "solver.exponent": math.inf, "geometry.facets.L4-L5.gap": 0.1, "geometry.ligaments.ALL@L4-L5.length": 14.0,
    }  # fmt: skip
    subject, posture, load, exponent, geometry = build_case(base, values)
    assert subject == Subject(
        sex="female", disc_grade={"L4-L5": 3}, strength={"psoas": 0.5, "multifidus": 0.7}, tissue={"facets.L4-L5.gap": 2.0}
    )
    assert posture == Posture(
        upper_arm_deg=(20.0, 20.0), forearm_deg=(20.0, 30.0), hand_position_mm=(300.0, 100.0), support=("backrest", "elbows")
    )
    assert load == Load(push_N=5.0)
    assert exponent == math.inf
    assert geometry == {("facets", "L4-L5", "gap"): 0.1, ("ligaments", "ALL@L4-L5", "length"): 14.0}
    assert type(subject.disc_grade["L4-L5"]) is int
    assert base.subject.strength == {"psoas": 0.5}


def test_what_is_said_in_one_way_replaces_the_other():
    bent = sweep(posture=Posture(pelvic_tilt_deg=10.0, flexion_deg=20.0, hand_position_mm=(300.0, 0.0)))
    leaning = build_case(bent, {"posture.trunk_inclination_deg": 40.0})[1]
    assert (leaning.trunk_inclination_deg, leaning.pelvic_tilt_deg, leaning.flexion_deg) == (40.0, 0.0, 0.0)
    assert build_case(replace(bent, posture=leaning), {"posture.flexion_deg": 5.0})[1].trunk_inclination_deg is None
    assert build_case(bent, {"posture.forearm_deg": 5.0})[1].hand_position_mm is None


def test_a_named_posture_comes_with_its_hands_and_takes_changes_on_top():
    named = sweep(postures={"one": Posture(knee_flexion_deg=7.0, upper_arm_deg=(1.0, 2.0))}, hands={"one": "right"})
    _, posture, load, _, _ = build_case(named, {"posture.upper_arm_deg.left": 9.0, "posture.preset": np.str_("one"), "load.mass_kg": 4.0})
    assert posture == Posture(knee_flexion_deg=7.0, upper_arm_deg=(9.0, 2.0))
    assert load == Load(mass_kg=4.0, hands="right")


def test_a_grade_that_is_no_whole_number_is_left_to_the_checks():
    assert build_case(sweep(), {"subject.disc_grade.L4-L5": 2.5})[0].disc_grade == {"L4-L5": 2.5}
    assert math.isnan(build_case(sweep(), {"subject.disc_grade.L4-L5": math.nan})[0].disc_grade["L4-L5"])


def test_every_range_of_the_model_is_that_of_a_key():
    limited = {find(name).limits for name in (*plain_names(), "subject.strength.psoas", "subject.min_activation.psoas_left")}
    limited |= {find("subject.max_activation.psoas").limits, find("subject.tissue.facets.gap").limits}
    rest = {name for name in ranges() if ranges()[name] not in limited}
    assert rest == {"subject.bmi", "case.effort_Nm"} | {name for name in ranges() if name.startswith("specimen.")}


def test_keys_of_geometry_have_the_unit_of_their_table():
    assert find("geometry.facets.L4-L5.gap").unit == "mm"
    assert not [name for name in geometry_names() if name.startswith("geometry.calibration.") or ".published_" in name]


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("load.mass_lb", "load.mass_kg"),
        ("mass_kg", "subject.mass_kg"),
        ("load.flexion_deg", "posture.flexion_deg"),
        ("posture.flexion_deg.left", "posture.flexion_deg"),
        ("subject.disc_grade", ""),
        ("subject.disc_grade.L4L5", "subject.disc_grade.L4-L5"),
        ("posture.hand_position_mm", ""),
        ("solver.exp", "solver.exponent"),
        ("study.", ""),
        ("study.a.b", ""),
        ("", ""),
        ("geometry.facets.L4-L5.gp", "geometry.facets.L4-L5.gap"),
        ("geometry.calibration.standing.pressure", ""),
    ],
)
def test_unknown_keys_name_the_nearest(name, near):
    with pytest.raises(UnknownKeyError) as caught:
        find(name)
    assert near in caught.value.near
    assert caught.value.expected
