"""Assessment of recorded motion: rhythm with a known truth, symmetry, smoothness, doses."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from recordings import TABLES, bow, marker_paths, write_trc

import spinesim as ss
from spinesim.analysis.assess import assess, bends, rhythm, smoothness
from spinesim.analysis.assess.assessment import Held, Side
from spinesim.analysis.assess.norms import norm
from spinesim.analysis.assess.smoothness import spectral_arc_length
from spinesim.analysis.recording import Recording, trunk_motion
from spinesim.analysis.tolerance import Findings, Person, strength
from spinesim.analysis.tolerance.fatigue import StateDependentDamage
from spinesim.io.motion import read_motion

MODEL = ss.SpineModel.default()
RATE = 50.0
SHARES = (0.8, 0.65, 0.5, 0.35)  # of the four quarters


def ramp(way):
    return 10 * way**3 - 15 * way**4 + 6 * way**5


def bow_of_known_rhythm(depth=80.0, shares=SHARES, seconds=2.0, times=1):
    """Stand, go down, stay, come up: lumbar flexion is a polygon over trunk inclination."""
    half = [ramp(np.linspace(0.0, 1.0, round(seconds * RATE))) * depth]
    one = np.concatenate([np.zeros(40), *half, np.full(20, depth), half[0][::-1], np.zeros(40)])
    inclination = np.tile(one, times)
    corners = depth * np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    lumbar = np.interp(inclination, corners, np.concatenate([[0.0], np.cumsum(np.array(shares) * depth / 4.0)]))
    time = np.arange(len(inclination)) / RATE
    return Recording(origin="known", time_s=time, angles_deg={"pelvis_tilt": -(inclination - lumbar), "lumbar_extension": -lumbar})


def motion_of(recording):
    return trunk_motion(recording, TABLES)


@pytest.mark.parametrize("way", ["down", "up"])
@pytest.mark.parametrize("times", [1, 3])
def test_rhythm_of_a_known_bow_within_two_percent(way, times):
    motion = motion_of(bow_of_known_rhythm(times=times))
    found = rhythm(motion, bends(motion), TABLES, way)
    assert found.bends == times
    # The quarters lie between upright (a twentieth of the depth at most) and the deepest point.
    for quarter in (*found.quarters, found.whole):
        inclination = np.linspace(quarter.from_deg, quarter.to_deg, 400)
        corners = 80.0 * np.array([0.0, 0.25, 0.5, 0.75, 1.0])
        lumbar = np.interp(inclination, corners, np.concatenate([[0.0], np.cumsum(np.array(SHARES) * 20.0)]))
        truth = (lumbar[-1] - lumbar[0]) / (quarter.to_deg - quarter.from_deg)
        assert quarter.lumbar_share == pytest.approx(truth, abs=0.02)
    assert found.whole.from_deg < 0.06 * 80.0


def test_rhythm_from_markers_equals_that_of_the_angles(tmp_path):
    time, pelvis, lumbar = bow()
    motion = motion_of(read_motion(write_trc(tmp_path / "bow.trc", time, marker_paths(pelvis, lumbar))))
    straight = motion_of(Recording(origin="a", time_s=time, angles_deg={"pelvis_tilt": -pelvis[:, 0], "lumbar_extension": -lumbar[:, 0]}))
    by_markers, by_angles = (rhythm(m, bends(m), TABLES) for m in (motion, straight))
    for one, other in zip(by_markers.quarters, by_angles.quarters, strict=True):
        assert one.lumbar_share == pytest.approx(other.lumbar_share, abs=0.02)


def test_healthy_rhythm_scores_zero_and_pain_shifts_it():
    inclination = np.concatenate([np.zeros(40), 100.0 * ramp(np.linspace(0.0, 1.0, 120)), np.full(30, 100.0)])
    lumbar = np.array([ss_lumbar(angle) for angle in inclination])
    time = np.arange(len(inclination)) / RATE
    motion = motion_of(Recording(origin="h", time_s=time, angles_deg={"pelvis_tilt": lumbar - inclination, "lumbar_extension": -lumbar}))
    found = rhythm(motion, bends(motion), TABLES)
    assert all(abs(quarter.score) < 0.25 for quarter in found.quarters)
    assert found.whole.low_back_pain - found.whole.healthy == pytest.approx(norm("rhythm", "low_back_pain_change"))
    assert rhythm(motion, bends(motion), TABLES, "up") is None  # it never comes up


def ss_lumbar(inclination):
    from spinesim.model.cases import trunk_angles

    return trunk_angles(TABLES, ss.Posture(trunk_inclination_deg=float(inclination)))[1]


def test_bends_are_found_where_they_are_and_nowhere_else():
    motion = motion_of(bow_of_known_rhythm(times=2))
    first, second = bends(motion)
    assert 40 <= first.start < first.deepest < first.stop < second.start < second.deepest < second.stop < len(motion)
    assert motion.inclination_deg[first.deepest] == pytest.approx(80.0, abs=0.5)
    assert bends(motion_of(bow_of_known_rhythm(depth=15.0))) == []


def test_smooth_and_hesitant_bends_differ():
    even = motion_of(bow_of_known_rhythm())
    inclination = even.inclination_deg
    steps = replace(
        even, pelvis_deg=even.pelvis_deg + np.outer(2.0 * np.sin(2.0 * np.pi * 2.5 * even.time_s) * (inclination > 10.0), [1.0, 0.0, 0.0])
    )
    one, other = (smoothness(m, bends(m)[0]) for m in (even, steps))
    assert one.peaks == 2
    assert other.peaks > 4
    assert other.spectral_arc_length < one.spectral_arc_length < -1.5
    # Minimum jerk over T goes at most 15/8 of its mean rate.
    assert one.peak_rate_deg_s == pytest.approx((1.875 * 80.0 / 2.0,) * 2, rel=0.03)


def test_spectral_arc_length_of_a_single_stroke_is_the_published_one():
    time = np.linspace(0.0, 1.0, 201)
    speed = 30.0 * (time**2 - 2.0 * time**3 + time**4)
    assert spectral_arc_length(speed, 200.0) == pytest.approx(-1.41, abs=0.02)
    assert spectral_arc_length(7.0 * speed, 200.0) == pytest.approx(spectral_arc_length(speed, 200.0))  # whatever the amplitude


@pytest.fixture(scope="module")
def assessed():
    recording = bow_of_known_rhythm(depth=60.0, seconds=1.5)
    return assess(MODEL, ss.Subject(), motion_of(recording), [Held(8.0, "both", 1.0, 3.0)])


def test_loads_are_those_of_the_postures(assessed):
    motion = assessed.motion
    frame = bends(motion)[0].deepest
    posture = motion.postures()[frame]
    alone = ss.solve(MODEL, ss.Subject(), posture, ss.Load(mass_kg=8.0))
    # Frames of a recording are solved along a path: the same answers within the solver's tolerances, not to the bit.
    np.testing.assert_allclose(assessed.loads.solution.compression_N[frame], alone.compression_N, rtol=0.0, atol=1e-5)
    first = ss.solve(MODEL, ss.Subject(), motion.postures()[0], ss.Load())
    np.testing.assert_array_equal(assessed.loads.solution.compression_N[0], first.compression_N)


def test_worst_frames_and_doses_are_those_of_the_series(assessed):
    solution, time = assessed.loads.solution, assessed.loads.movement.time_s
    by_name = {worst.tissue: worst for worst in assessed.worst}
    disc = by_name["disc compression, N"]
    assert disc.value == solution.disc_compression_N.max()
    assert solution.disc_compression_N[np.flatnonzero(time == disc.time_s)[0]].max() == disc.value
    np.testing.assert_allclose(assessed.impulse_Ns, np.trapezoid(solution.compression_N, time, axis=0))
    assert np.all(assessed.impulse_Ns > solution.compression_N.min() * time[-1])
    bears = strength(Person(ss.Subject().age_years, ss.Subject().sex, Findings())).median
    level = 4
    share = solution.compression_N[:, level].max() / bears[level]
    wanted = assessed.cycles[level] * StateDependentDamage().per_cycle(share)
    assert assessed.damage[level] == pytest.approx(float(wanted))


def test_a_symmetric_bow_is_symmetric_and_its_mirror_image_mirrors(assessed):
    for side in (*assessed.facets.values(), *assessed.muscles.values()):
        assert abs(side.index) < 1e-6
    assert assessed.sideways_deg == pytest.approx((0.0, 0.0), abs=1e-9)
    recording = bow_of_known_rhythm(depth=50.0, seconds=1.0)
    turned = np.minimum(-recording.angles_deg["lumbar_extension"], 8.0)
    sides = []
    for sign in (1.0, -1.0):
        angles = {**recording.angles_deg, "lumbar_rotation": sign * turned, "lumbar_bending": sign * 0.5 * turned}
        sides.append(assess(MODEL, ss.Subject(), motion_of(replace(recording, angles_deg=angles))))
    left, right = sides
    assert left.sideways_deg == pytest.approx([-x for x in right.sideways_deg], abs=1e-6)
    for name in left.facets:
        assert left.facets[name].left == pytest.approx(right.facets[name].right, rel=1e-5, abs=1e-4)
    assert abs(left.facets["L4-L5"].index) > 0.1


def test_a_mass_held_outside_of_the_recording_is_refused():
    motion = motion_of(bow_of_known_rhythm(seconds=1.0))
    with pytest.raises(ValueError, match=r"held: 2 to 99 s is no part of the recording"):
        assess(MODEL, ss.Subject(), motion, [Held(5.0, "both", 2.0, 99.0)])


def test_the_index_of_sides():
    assert Side(3.0, 1.0).index == 0.5
    assert Side(0.0, 0.0).index == 0.0


def test_damage_of_a_load_beyond_strength_is_failure():
    from spinesim.analysis.assess.assessment import _damage

    peaks = [SimpleNamespace(value=v) for v in (500.0, 1e5, np.nan, 500.0, 500.0, 500.0)]
    loads = SimpleNamespace(peaks=lambda _: peaks, cycles=lambda: [1, 1, None, 2, 1, 1])
    found = _damage(loads, Person(40.0, "female", Findings()))
    assert found[1] == 1.0
    assert np.isnan(found[2])
    assert 0.0 < found[0] < 1e-3


def test_doses_are_means_over_the_time_that_they_take():
    found = assess(MODEL, ss.Subject(), motion_of(bow_of_known_rhythm(depth=40.0)))
    loads, seconds = found.loads, found.loads.movement.seconds
    mean = loads.solution.disc_compression_N[1:-1].mean(axis=0)
    np.testing.assert_allclose(found.doses.disc_Ns / seconds, mean, rtol=0.02)
    assert (found.doses.ligaments_Ns > 0.0).all()
    assert found.doses.facets_Ns[4] == pytest.approx(np.trapezoid(loads.solution.facet_force_N[:, 4].sum(axis=1), loads.movement.time_s))
    whole = loads.solution.active_force_N + loads.solution.passive_force_N
    assert sum(found.doses.muscles_Ns.values()) == pytest.approx(np.trapezoid(whole.sum(axis=1), loads.movement.time_s))
