"""Expressions compute what Python computes, and nothing that is not arithmetic is ever read."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spinesim.analysis.expressions import MAX_LENGTH, ExpressionError, parse

NAMES = {"load.mass_kg": 4.0, "subject.disc_grade.L4-L5": 3.0, "subject.disc_grade": 100.0, "geometry.ligaments.ALL@L4-L5.length": 15.8}


def value(text, **more):
    columns = {name: np.array([number]) for name, number in {**NAMES, **more}.items()}
    return float(parse(text, columns)(columns, 1)[0])


def error_of(text):
    try:
        parse(text, {"a.b": 1.0})
    except ExpressionError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2", 2.0),
        ("-2 ** 2", -4.0),
        ("(-2) ** 2", 4.0),
        ("2 ** -2", 0.25),
        ("1 - 2 - 3", -4.0),
        ("8 / 4 / 2", 1.0),
        ("load.mass_kg * 2 + 1", 9.0),
        ("load.mass_kg-1", 3.0),
        ("load.mass_kg-load.mass_kg", 0.0),
        ("subject.disc_grade.L4-L5 - 1", 2.0),
        ("subject.disc_grade.L4-L5-1", 2.0),
        ("subject.disc_grade-1", 99.0),
        ("geometry.ligaments.ALL@L4-L5.length / 2", 7.9),
        ("min(load.mass_kg, 3, 7)", 3.0),
        ("max(load.mass_kg, 3, 7)", 7.0),
        ("clip(load.mass_kg, 5, 6)", 5.0),
        ("abs(-load.mass_kg)", 4.0),
        ("sqrt(load.mass_kg)", 2.0),
        ("exp(log(load.mass_kg))", math.exp(math.log(4.0))),
        ("where(load.mass_kg > 3, 1, 2)", 1.0),
        ("where(load.mass_kg == 5, 1, 2)", 2.0),
        ("  1 + 1  ", 2.0),
    ],
)
def test_value(text, expected):
    assert value(text) == expected


def test_angles_are_degrees_and_whole_turns_lose_nothing():
    assert value("sin_deg(30)") == pytest.approx(0.5, rel=1e-15)
    assert value("cos_deg(60)") == pytest.approx(0.5, rel=1e-15)
    assert value("sin_deg(30 + 360000)") == pytest.approx(0.5, rel=1e-12)


SMALL = st.integers(-20, 20).map(str) | st.sampled_from(["0.5", "load.mass_kg", "2.25"])
TREES = st.recursive(
    SMALL,
    lambda inner: (
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})")
        | inner.map(lambda t: f"-({t})")
        | st.tuples(inner, inner).map(lambda t: f"max({t[0]}, {t[1]})")
    ),
    max_leaves=12,
)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(TREES)
def test_same_as_python(text):
    assert value(text) == float(eval(text.replace("load.mass_kg", "4.0"), {"max": max, "__builtins__": {}}))


NAME, PLAIN, FORM = "the unknown name", "no arithmetic", "fault of form"
REFUSED = [
    ("__import__('os')", 1, NAME), ("load.mass_kg.__class__", 1, NAME), ("().__class__", 1, NAME),
    ("(1).real", 1, NAME), ("[1][0]", 1, PLAIN), ("lambda: 1", 1, PLAIN), ("1 if 2 else 3", 1, PLAIN),
    ("'a' * 9", 1, "'a'"), ("True", 1, "True"), ("1j", 1, "1j"), ("None", 1, "None"), ("2 ** load.mass_kg", 6, "another power"),
    ("9 ** 9 ** 9", 6, "another power"), ("2 ** 9", 6, "another power"), ("1 + load.mas_kg", 5, "the unknown name 'load.mas_kg'"),
    ("load.mass_kgs", 1, NAME), ("1 < 2", 1, "a comparison"), ("where(1, 2, 3)", 7, "no comparison"),
    ("where(1 < 2 < 3, 2, 3)", 7, "no comparison"), ("sqrt(1, 2)", 1, "sqrt() of 2"), ("min(1)", 1, "min() of 1"),
    ("sqrt(x=1)", 1, NAME), ("squirt(1)", 1, "the unknown name 'squirt'"), ("sqrt", 1, NAME), ("2 +", 4, FORM),
    ("", 1, FORM), ("(1", 1, FORM), ("0x1f", 1, "0x1f"), ("2 * 1_0", 5, "1_0"),
    ("1 + é", 5, "'é'"), ("1\n+1", 2, "'\\n'"), ("010", 1, FORM), ("1e999", 1, "too large"),
    ("9" * 400, 1, "too large"), ("~1", 1, PLAIN), ("5 % 3", 1, PLAIN), ("7 // 2", 1, PLAIN),
    ("(x := 1)", 2, PLAIN), ("1 and 2", 1, PLAIN), ("max(1, *[1, 2])", 8, PLAIN), ("f'{1}'", 1, PLAIN),
    ("(1)(2)", 1, PLAIN), ("_", 1, NAME), ("-" * 100 + "1", 26, "deep nesting"), ("(" * 300, None, FORM),
    ("1+" * 240 + "1", None, ""), ("1" * (MAX_LENGTH + 1), MAX_LENGTH + 1, "characters"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "column", "got"), REFUSED, ids=lambda v: str(v)[:24])
def test_refused_with_its_column(text, column, got):
    with pytest.raises(ExpressionError) as caught:
        parse(text, NAMES)
    assert got in caught.value.got
    assert column in (None, caught.value.column), str(caught.value)


def test_the_nearest_name_is_told():
    with pytest.raises(ExpressionError, match=r"did you mean 'load\.mass_kg'"):
        parse("load.mass * 2", NAMES)
    with pytest.raises(ExpressionError, match="did you mean 'sqrt'"):
        parse("sqr(2)", NAMES)


@settings(max_examples=400, derandomize=True, deadline=None)
@given(st.text("().,+-*/<>=abexyz019_'\"[]{}: \\;@", max_size=40))
def test_any_text_is_an_expression_or_an_error(text):
    fault = error_of(text)
    assert fault is None or (1 <= fault.column <= len(text) + 1 and fault.expected)


def test_undefined_values_are_not_finite_and_do_not_warn():
    columns = {"load.mass_kg": np.array([-1.0, 0.0, 4.0])}
    assert np.isnan(parse("sqrt(load.mass_kg)", columns)(columns, 3)).tolist() == [True, False, False]
    assert np.isinf(parse("1 / load.mass_kg", columns)(columns, 3)).tolist() == [False, True, False]


def test_names_constants_and_pickles():
    expression = parse("load.mass_kg * 2 + load.mass_kg", NAMES)
    assert expression.names == ("load.mass_kg",)
    assert pickle.loads(pickle.dumps(expression)) == expression
    assert parse("3", ())({}, 4).tolist() == [3.0] * 4
    assert expression({"load.mass_kg": 2.0}, 2).tolist() == [6.0, 6.0]


def test_rows_do_not_know_their_neighbours():
    x = np.random.default_rng(1).normal(0.0, 50.0, 1001)
    expression = parse("sin_deg(a.b) + cos_deg(a.b) ** 3 + exp(a.b / 100) + log(abs(a.b)) + sqrt(abs(a.b)) + a.b ** 0.3", {"a.b"})
    whole = expression({"a.b": x}, len(x))
    for size in (1, 2, 3, 5, 7, 64):
        parts = [expression({"a.b": x[i : i + size].copy()}, len(x[i : i + size])) for i in range(0, len(x), size)]
        assert np.concatenate(parts).tobytes() == whole.tobytes()
