"""The colours of the anatomy as people without one kind of cone see them: what stands side by side stays apart."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from spinesim.viz import palette

# Simulated sight, linear RGB (Machado, Oliveira, Fernandes 2009, IEEE Trans Vis Comput Graph 15:1291-1298; severity 1).
SIGHTS = {
    "all cones": np.eye(3),
    "no red cones": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "no green cones": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "no blue cones": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}
# Pairs that touch in the picture, and the least difference (CIELAB) over their whole tables.
NEIGHBOURS = (
    ("disc", "bone", 12.0),
    ("muscle", "bone", 12.0),
    ("ligament", "bone", 8.0),
    ("facet", "bone", 25.0),
    ("facet", "disc", 40.0),
    ("facet", "muscle", 18.0),
    ("facet", "ligament", 40.0),
    ("muscle", "disc", 20.0),
    ("above", "disc", 30.0),
    ("above", "ligament", 30.0),
    ("above", "muscle", 30.0),
    ("above", "bone", 40.0),
    ("above", "facet", 40.0),
)
PARTS = {
    "bone": np.array([palette.BONE]),
    "facet": np.array([palette.FACET]),
    "above": np.array([palette.ABOVE]),
} | {name: palette.table(name) for name in palette.CORNERS}


def seen(colours: np.ndarray, sight: str) -> np.ndarray:
    """CIELAB of sRGB colours (N, 3; 0 to 255) to that sight."""
    share = np.asarray(colours, float) / 255.0
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    dull = np.clip(linear @ SIGHTS[sight].T, 0.0, 1.0)
    return palette.lab(np.where(dull <= 0.0031308, 12.92 * dull, 1.055 * dull ** (1.0 / 2.4) - 0.055))


@pytest.mark.parametrize(("one", "other", "least"), NEIGHBOURS)
@pytest.mark.parametrize("sight", SIGHTS)
def test_neighbours_stay_apart(sight, one, other, least):
    apart = np.linalg.norm(seen(PARTS[one], sight)[:, None] - seen(PARTS[other], sight)[None], axis=-1)
    assert apart.min() > least


@pytest.mark.parametrize(("sight", "name"), list(itertools.product(SIGHTS, palette.CORNERS)))
def test_more_load_is_darker_to_everybody(sight, name):
    light = seen(palette.table(name), sight)[:, 0]
    assert np.diff(light).max() < 0.5
    assert light[0] - light[-1] > 45.0


@pytest.mark.parametrize(("sight", "theme"), list(itertools.product(SIGHTS, palette.THEMES)))
def test_everything_stands_out_from_the_background(sight, theme):
    behind = seen(np.array([palette.THEMES[theme]["background"]]), sight)
    for name, colours in PARTS.items():
        assert np.linalg.norm(seen(colours, sight) - behind, axis=-1).min() > 9.0, name


def luminance(colour: tuple[int, int, int]) -> float:
    share = np.array(colour) / 255.0
    return float(np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("theme", palette.THEMES)
@pytest.mark.parametrize(("ink", "least"), [("text", 7.0), ("line", 4.5), ("warning", 4.5)])
def test_words_are_legible(theme, ink, least):
    """Contrast ratios of WCAG 2.2."""
    colours = palette.THEMES[theme]
    light, dark = sorted((luminance(colours[ink]), luminance(colours["background"])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= least
