"""Plots: the same bytes each time, whatever the user's own settings, in every format."""

from __future__ import annotations

import itertools

import pytest

from spinesim.viz import style

matplotlib = pytest.importorskip("matplotlib")


def drawn(form):
    def draw(figure):
        axes = figure.subplots()
        axes.plot([0.0, 1.0], [0.0, 2.0], label="a")
        axes.legend()
        style.lettered(figure, "A title", "", caption="Small print. " * 30)

    return style.picture(draw, 5.0, 3.0, form)


@pytest.mark.parametrize(("form", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_the_same_drawing_has_the_same_bytes(form, start):
    first = drawn(form)
    assert first.startswith(start)
    with matplotlib.rc_context({"font.size": 30.0, "axes.facecolor": "red", "svg.hashsalt": None}):
        assert drawn(form) == first


def test_text_of_an_svg_stays_text_and_carries_no_date():
    text = drawn("svg").decode()
    assert ">A title<" in text
    assert "dc:date" not in text


def test_a_format_is_refused_by_name():
    with pytest.raises(ValueError, match="'jpg' is unknown; expected one of png, svg, pdf"):
        drawn("jpg")


def test_small_print_is_broken_to_the_width():
    lines = []
    style.picture(lambda figure: (style.lettered(figure, caption="word " * 100), lines.append(figure._supxlabel.get_text())), 5.0, 3.0)
    assert max(map(len, lines[0].splitlines())) <= 5 * 14


def test_colours_differ_in_lightness_or_hue():
    """No two categories look alike to people without red or green cones: at least 15 of 255 apart in a channel."""
    from matplotlib.colors import to_rgb

    # Simulated dichromacy, linear RGB (Vienot, Brettel, Mollon 1999).
    protan = ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0))
    deutan = ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0))
    for matrix in (protan, deutan):
        seen = [[sum(m * c**2.2 for m, c in zip(row, to_rgb(colour), strict=True)) for row in matrix] for colour in style.CATEGORIES]
        for one, other in itertools.combinations(seen, 2):
            assert max(abs(max(a, 0.0) ** (1 / 2.2) - max(b, 0.0) ** (1 / 2.2)) for a, b in zip(one, other, strict=True)) > 15 / 255
