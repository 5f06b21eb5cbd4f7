"""Figures: the numbers drawn are those of the result, shares add up, wrong input is refused, the same input gives the same bytes."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

import spinesim as ss
from spinesim.model.names import LEVELS, LIGAMENTS
from spinesim.viz import style
from spinesim.viz.figures import (
    FigureError,
    Grid,
    level_bars,
    levels,
    load_map,
    load_sharing,
    maps,
    muscle_cases,
    muscle_motion,
    series,
    sharing,
    time_series,
)
from spinesim.viz.figures import muscles as stacks
from spinesim.viz.figures.data import HIPS, TRUNK, Case, Frames, carried, muscle_forces, shares

pytest.importorskip("matplotlib")
LEVEL = LEVELS.index("L4-L5")
WEAK = {f"{name}_{part}": 0.2 for name in ("longissimus", "iliocostalis") for part in ("lumborum", "thoracis")} | {"multifidus": 0.2}
ASKED = {
    "standing": (ss.Subject(), "standing", 0.0),
    "stoop": (ss.Subject(), "lift_stoop", 15.0),
    "deep": (ss.Subject(), "bent_forward_60", 0.0),
    "weak": (ss.Subject(strength=WEAK), "lift_stoop", 25.0),
}


@pytest.fixture(scope="module")
def solved():
    model = ss.SpineModel.default()
    return {name: ss.solve(model, who, ss.preset(how), ss.Load(mass_kg=kg)) for name, (who, how, kg) in ASKED.items()}


@pytest.fixture
def case(make_solution):
    percentiles = {q: make_solution(seed=q) for q in (5, 50, 95)}
    return Case("a case", make_solution(), percentiles, "spinesim 0")


@pytest.fixture
def frames(make_solution):
    phase = ("down",) * 4 + ("low",) * 2 + ("up",) * 5
    return Frames("a motion", np.linspace(0.0, 2.0, 11), phase, make_solution(11))


@pytest.fixture
def grid():
    x, y = np.array([0.0, 10.0, 20.0, 40.0]), np.array([0.0, 5.0, 15.0])
    size = 100.0 * y[:, None] + 50.0 * x[None, :]
    validated = np.ones(size.shape)
    validated[2, 2:] = 0.0
    limits = {"disc_compression_N": 2000.0, "facet_force_N": 1e6}
    fields = {"disc_compression_N": size, "intradiscal_pressure_MPa": 1e-3 * size, "facet_force_N": size[::-1]}
    return Grid("a sweep", "L4-L5", "posture.flexion_deg", "load.mass_kg", x, y, fields, validated, limits, "of somebody")


def drawn(draw, *given):
    """The panels of a figure, and its texts."""
    kept = []
    style.picture(lambda figure: (draw(figure, *given), kept.append(figure)), 12.0, 8.0)
    (figure,) = kept
    (body,) = figure.subfigs
    return body.axes, figure._supxlabel.get_text().replace("\n", " ")


def test_bars_and_whiskers_are_the_result(case):
    panels, small = drawn(levels.draw, [case])
    values = [p[2] for p in levels.PANELS]
    assert [axes.get_title("left") for axes in panels] == [name for name, *_ in levels.PANELS]
    for axes, value in zip(panels, values, strict=True):
        assert [bar.get_width() for bar in axes.patches] == pytest.approx(value(case.solution))
        low, high = (np.array([segment[end, 0] for segment in axes.collections[0].get_segments()]) for end in (0, 1))
        np.testing.assert_allclose(low, value(case.percentiles[5]))
        np.testing.assert_allclose(high, value(case.percentiles[95]))
        dots = next(line for line in axes.lines if line.get_marker() == "o")
        np.testing.assert_allclose(dots.get_xdata(), value(case.percentiles[50]))
    assert "5th to 95th percentile" in small
    assert "compression > 0 presses the vertebrae together" in small


def test_bars_of_several_cases_stand_side_by_side(make_solution):
    cases = [Case(name, make_solution(seed=seed)) for seed, name in enumerate("abc")]
    panels, _ = drawn(levels.draw, cases)
    assert len(panels[0].patches) == 18
    for place, bar in zip(np.tile(np.arange(6), 3), panels[0].patches, strict=True):
        assert abs(bar.get_y() + 0.5 * bar.get_height() - place) < 0.5
    assert [bar.get_width() for bar in panels[0].patches] == pytest.approx(np.concatenate([c.solution.disc_compression_N for c in cases]))
    assert panels[0].yaxis_inverted()


@pytest.mark.parametrize("name", ASKED)
def test_shares_add_up_and_are_drawn(solved, name):
    solution = solved[name]
    found, whole = shares(solution), carried(solution)
    for what, parts in whole.items():
        total = sum(values for part, values in parts.items() if part != "net")
        np.testing.assert_allclose(total, parts["net"], atol=1e-6)
        counted = ~np.isnan(found[what][next(iter(found[what]))])
        np.testing.assert_allclose(sum(found[what].values())[counted], 100.0)
    panels, _ = drawn(sharing.draw, [Case(name, solution)])
    for axes, (what, parts) in zip(panels, found.items(), strict=True):
        bars = {container.get_label(): container for container in axes.containers}
        for part, container in bars.items():
            assert [bar.get_width() for bar in container] == pytest.approx(np.nan_to_num(parts[part]))
        for row in range(len(LEVELS)):
            together = sum(container[row].get_width() for container in bars.values())
            assert together == pytest.approx(0.0 if np.isnan(parts[next(iter(parts))][row]) else 100.0, abs=0.4), what
            # They lie end to end: none covers another.
            ends = sorted(sorted((c[row].get_x(), c[row].get_x() + c[row].get_width())) for c in bars.values() if c[row].get_width())
            assert all(before[1] <= after[0] + 1e-6 for before, after in itertools.pairwise(ends))


def test_shares_mean_what_they_say(solved):
    """Muscle carries most of a stoop; what it cannot is unmet; tissues take more in deep flexion; ligaments press the disc."""
    stoop, weak, deep = (shares(solved[name]) for name in ("stoop", "weak", "deep"))
    assert (stoop["moment"]["active muscle"] > 70.0).all()
    assert np.nanmax(weak["moment"]["unmet"]) > 5.0
    assert np.abs(stoop["moment"]["unmet"]).max() < 0.1
    assert (deep["moment"]["disc, facets, ligaments"] > stoop["moment"]["disc, facets, ligaments"]).all()
    assert (deep["compression"]["ligaments"] < 0.0).all()
    # Facets face backwards: they hold what pushes a vertebra forward.
    assert (stoop["shear"]["facets"][3:] > 0.0).all()


def test_muscles_of_a_motion_are_layers(frames):
    panels, small = drawn(stacks.draw_motion, frames)
    count = len(frames.time_s)
    for axes, muscles in zip(panels, (TRUNK, HIPS), strict=True):
        forces = muscle_forces(frames.solution, muscles)
        edges = [layer.get_paths()[0].vertices[:, 1] for layer in axes.collections]
        heights = [np.abs(v[count + 2 : 2 * count + 2][::-1] - v[1 : count + 1]) for v in edges]
        np.testing.assert_allclose(heights, list(forces.values()), atol=1e-9)
        (active,) = (line.get_ydata() for line in axes.lines)
        np.testing.assert_allclose(active, sum(muscle_forces(frames.solution, muscles, active=True).values()))
    assert {text.get_text() for text in panels[0].texts} == {"down", "low", "up"}
    assert "transversus" in small


def test_every_force_of_a_group_counts_once(solved):
    stoop = solved["stoop"]
    force, groups = stoop.active_force_N + stoop.passive_force_N, np.array(stoop.groups)
    together = sum(muscle_forces(stoop, TRUNK | HIPS).values())
    assert together == pytest.approx(force[groups != "transversus_abdominis"].sum())
    assert len(set(sum((TRUNK | HIPS).values(), ()))) == len(sum((TRUNK | HIPS).values(), ()))


def test_muscles_of_cases_stand_side_by_side(solved):
    cases = [Case(name, solved[name]) for name in ("standing", "stoop")]
    panels, _ = drawn(stacks.draw_cases, cases)
    for axes, muscles in zip(panels, (TRUNK, HIPS), strict=True):
        for container, muscle in zip(axes.containers, muscles, strict=True):
            expected = [float(muscle_forces(case.solution, muscles)[muscle]) for case in cases]
            assert [bar.get_height() for bar in container] == pytest.approx(expected)
        totals = [f"{sum(muscle_forces(case.solution, muscles).values()):.0f}" for case in cases]
        assert [text.get_text() for text in axes.texts] == totals


def test_lines_of_a_motion_and_their_peaks(frames):
    panels, _ = drawn(series.draw, frames, "L4-L5")
    solution, lines = frames.solution, [{line.get_label(): line for line in axes.lines} for axes in panels]
    peak = solution.disc_compression_N[:, LEVEL].argmax()
    label = f"L4-L5: {solution.disc_compression_N[peak, LEVEL]:.0f} N at {frames.time_s[peak]:.2f} s"
    np.testing.assert_array_equal(lines[0][label].get_ydata(), solution.disc_compression_N[:, LEVEL])
    facets = [line for name, line in lines[1].items() if name.startswith(("left", "right"))]
    np.testing.assert_array_equal([line.get_ydata() for line in facets], solution.facet_force_N[:, LEVEL].T)
    ligaments = [line for name, line in lines[2].items() if name.partition(":")[0] in LIGAMENTS]
    np.testing.assert_array_equal([line.get_ydata() for line in ligaments], solution.ligament_tension_N[:, LEVEL].T)
    for axes in panels:
        dots = [line for line in axes.lines if line.get_marker() == "o"]
        named = [line for line in axes.lines if not line.get_label().startswith("_")]
        assert [float(dot.get_ydata()[0]) for dot in dots] == [float(np.max(line.get_ydata())) for line in named]


def test_gaps_of_a_motion_are_gaps(frames):
    broken = dataclasses.replace(frames.solution, disc_compression_N=frames.solution.disc_compression_N.copy())
    broken.disc_compression_N[3] = np.nan
    panels, _ = drawn(series.draw, dataclasses.replace(frames, solution=broken), "L4-L5")
    line = next(line for line in panels[0].lines if line.get_label().startswith("L4-L5"))
    assert np.flatnonzero(np.isnan(line.get_ydata())).tolist() == [3]


def test_the_frame_of_the_highest_load_stands_for_a_motion(frames):
    found = frames.at_peak("L4-L5")
    assert found.solution.disc_compression_N[LEVEL] == frames.solution.disc_compression_N[:, LEVEL].max()


def test_a_map_has_its_cases_and_its_limits(grid):
    panels, small = drawn(maps.draw, grid)
    panels = [axes for axes in panels if axes.get_title("left")]
    for axes, values in zip(panels, grid.fields.values(), strict=True):
        filled = axes.collections[0]
        assert (filled.zmin, filled.zmax) == (values.min(), values.max())
        (dots,) = axes.lines
        assert len(dots.get_xdata()) == values.size
    compression = panels[0].collections
    # Fill, lines, hatch of what is not validated, hatch above the limit, its edge.
    unvalidated, above, edge = compression[2], compression[3], compression[4]
    assert unvalidated.get_paths()[0].contains_point((30.0, 14.9))
    assert not unvalidated.get_paths()[0].contains_points([(9.9, 14.9), (30.0, 4.9)]).any()
    assert above.get_paths()[0].contains_point((35.0, 5.0))
    assert not above.get_paths()[0].contains_point((20.0, 5.0))
    for x, y in edge.get_paths()[0].vertices:
        assert 100.0 * y + 50.0 * x == pytest.approx(2000.0)
    # A limit that nothing reaches is told and not drawn.
    assert len(panels[2].collections) == 3
    assert "disc compression 2000 N, facet force 1000000 N" in small


def test_a_case_without_an_answer_is_a_hole(grid):
    grid.fields["disc_compression_N"][0, 0] = np.nan
    panels, _ = drawn(maps.draw, grid)
    (dots,) = panels[0].lines
    assert len(dots.get_xdata()) == 11
    assert not any(path.contains_point((0.1, 0.1)) for path in panels[0].collections[0].get_paths())


def test_the_same_result_gives_the_same_bytes(case, frames, grid):
    drawings = (
        (level_bars, [case]),
        (load_sharing, [case]),
        (muscle_cases, [case]),
        (muscle_motion, frames),
        (time_series, frames),
        (load_map, grid),
    )
    for figure, given in drawings:
        first = figure(given, form="svg")
        assert first == figure(given, form="svg")
        assert b"<svg" in first


def test_wrong_input_is_refused_by_name(make_solution, case, frames, grid):
    with pytest.raises(FigureError, match="11 cases where one is drawn"):
        Case("a", frames.solution)
    with pytest.raises(FigureError, match="a: not_converged: there are no numbers"):
        Case("a", make_solution(status=2))
    with pytest.raises(FigureError, match="no frame has an answer"):
        dataclasses.replace(frames, solution=dataclasses.replace(frames.solution, compression_N=np.full((11, 6), np.nan)))
    with pytest.raises(FigureError, match="did you mean 'L4-L5'"):
        time_series(frames, "L4L5")
    for figure, most in ((level_bars, 4), (load_sharing, 3), (muscle_cases, 6)):
        with pytest.raises(FigureError, match=f"0 cases: this figure shows 1 to {most}"):
            figure([])
        with pytest.raises(FigureError, match=f"{most + 1} cases"):
            figure([case] * (most + 1))
    with pytest.raises(FigureError, match="4 by 1 values are no map"):
        load_map(dataclasses.replace(grid, y=grid.y[:1]))
    with pytest.raises(FigureError, match="no case has an answer"):
        load_map(dataclasses.replace(grid, fields={"disc_compression_N": np.full((3, 4), np.nan)}))


def test_what_has_to_be_known_stands_beside_the_name(make_solution):
    weak = dataclasses.replace(make_solution(status=1), validated=np.int32(0))
    assert Case("a", weak).label == "a (strength exceeded, outside the validated range)"
