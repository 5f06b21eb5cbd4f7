"""Recordings: the truth comes back from every kind of file, faults are found and said, nothing is repaired in silence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recordings import RATE, TABLES, bow, marker_paths, write_sensors, write_storage, write_trc

from spinesim.analysis.recording import Recording, check, trunk_motion
from spinesim.analysis.recording.angles import lumbar_angles, lumbar_rotation, pelvis_angles, pelvis_rotation
from spinesim.analysis.recording.filtering import derivative, low_pass, resample, residual_cutoff
from spinesim.io.motion import read_motion

CLOSE = 0.5  # deg


def worst(found, pelvis, lumbar):
    return max(np.abs(found.pelvis_deg - pelvis).max(), np.abs(found.lumbar_deg - lumbar).max())


def kinds(recording):
    return {(fault.kind, fault.channel, fault.error) for fault in check(recording)}


@pytest.mark.parametrize("degrees", [True, False])
def test_joint_angles_come_back_from_storage(tmp_path, degrees):
    time, pelvis, lumbar = bow()
    recording = read_motion(write_storage(tmp_path / "bow.mot", time, pelvis, lumbar, degrees=degrees))
    found = trunk_motion(recording, TABLES)
    assert worst(found, pelvis, lumbar) < 0.15
    assert bool(found.notes) is not degrees


@pytest.mark.parametrize(("unit", "heading"), [("mm", 0.0), ("m", 130.0), ("mm", -75.0)])
def test_markers_are_fitted_wherever_the_person_faces(tmp_path, unit, heading):
    time, pelvis, lumbar = bow()
    found = trunk_motion(read_motion(write_trc(tmp_path / "bow.trc", time, marker_paths(pelvis, lumbar, heading), unit)), TABLES)
    assert worst(found, pelvis, lumbar) < CLOSE
    assert found.fits["thorax"].residual_m.max() < 1e-3
    assert set(found.fits["pelvis"].markers) == {"RASI", "LASI", "RPSI", "LPSI"}


@pytest.mark.parametrize("axes", [(0, 2, 1), (1, 0, 2)])
def test_a_laboratory_with_another_axis_up_is_turned_and_told(tmp_path, axes):
    time, pelvis, lumbar = bow()
    turned = {name: path[:, axes] * [1.0, -1.0, 1.0] for name, path in marker_paths(pelvis, lumbar).items()}
    recording = read_motion(write_trc(tmp_path / "bow.trc", time, turned))
    assert "points up" in recording.notes[0]
    assert worst(trunk_motion(recording, TABLES), pelvis, lumbar) < CLOSE


def test_noise_on_markers_costs_tenths_of_a_degree(tmp_path):
    time, pelvis, lumbar = bow()
    random = np.random.default_rng(7)
    noisy = {name: path + random.normal(0.0, 1e-3, path.shape) for name, path in marker_paths(pelvis, lumbar).items()}
    found = trunk_motion(read_motion(write_trc(tmp_path / "bow.trc", time, noisy)), TABLES)
    assert worst(found, pelvis, lumbar) < CLOSE
    assert 0.3e-3 < np.median(found.fits["pelvis"].residual_m) < 2e-3


def test_sensors_may_sit_anyhow_and_face_anywhere(tmp_path):
    time, pelvis, lumbar = bow()
    lumbar[:, 1:] = 0.0
    pelvis[:, 1:] = 0.0  # where a person faces is told by the largest inclination
    found = trunk_motion(read_motion(write_sensors(tmp_path / "bow.csv", time, pelvis, lumbar)), TABLES)
    assert worst(found, pelvis, lumbar) < CLOSE
    assert "faces" in found.notes[0]


def test_doubtful_zeros_are_told():
    """A reference in which the trunk moves, and joint angles whose own zero is far from standing."""
    time, pelvis, lumbar = bow()
    recording = recorded()
    assert trunk_motion(recording, TABLES).doubts == ()
    moving = trunk_motion(recording, TABLES, reference_s=(1.5, 2.5))
    assert "degrees in the reference, where they should stand relaxed" in moving.doubts[0]
    turns = marker_paths(0.0 * pelvis, np.sin(2.0 * np.pi * time)[:, None] * [0.0, 0.0, 6.0])
    assert "move by 12 degrees" in trunk_motion(replace(recording, markers_m=turns), TABLES, reference_s=(0.0, 1.0)).doubts[0]
    angles = {"pelvis_tilt": -pelvis[:, 0], "lumbar_extension": -lumbar[:, 0] - 15.0}
    slouched = Recording(origin="slouched", time_s=time, angles_deg=angles)
    assert "stays 15 degrees or more from upright" in trunk_motion(slouched, TABLES).doubts[0]
    assert trunk_motion(slouched, TABLES, reference_s=(0.0, 0.5)).doubts == ()


def test_centres_of_hips_are_no_pelvis(tmp_path):
    time, pelvis, lumbar = bow(3.0)
    paths = marker_paths(pelvis, lumbar)
    video = {"RHip": paths["RASI"], "LHip": paths["LASI"], "RShoulder": paths["RSHO"], "LShoulder": paths["LSHO"], "Neck": paths["C7"]}
    with pytest.raises(ValueError, match=r"0 markers are on the pelvis .* Centres of the hips do not tell how the pelvis is tilted"):
        trunk_motion(Recording(origin="video", time_s=time, markers_m=video), TABLES)


def test_names_of_other_marker_sets(tmp_path):
    time, pelvis, lumbar = bow()
    theirs = {"R_IAS": "RASI", "L_IAS": "LASI", "R_IPS": "RPSI", "L_IPS": "LPSI", "CV7": "C7", "TV10": "T10", "SJN": "CLAV", "XIPH": "STRN"}
    paths = {f"Anna:{name}": marker_paths(pelvis, lumbar)[ours] for name, ours in theirs.items()}
    found = trunk_motion(Recording(origin="other", time_s=time, markers_m=paths), TABLES)
    assert worst(found, pelvis, lumbar) < CLOSE
    assert len(found.fits["thorax"].markers) == 4


def test_a_table_of_our_own_angles(tmp_path):
    time, pelvis, lumbar = bow()
    rows = zip(time, pelvis[:, 0], lumbar[:, 0], strict=True)
    text = ["time_s,pelvic_tilt_deg,flexion_deg", *(f"{t:.3f},{p:.6f},{f:.6f}" for t, p, f in rows)]
    (tmp_path / "bow.csv").write_text("\n".join(text), encoding="utf-8")
    found = trunk_motion(read_motion(tmp_path / "bow.csv"), TABLES)
    np.testing.assert_allclose(found.pelvis_deg[:, 0], pelvis[:, 0], atol=0.15)
    np.testing.assert_allclose(found.lumbar_deg[:, 0], lumbar[:, 0], atol=0.15)
    posture = found.postures()[400]
    assert posture.flexion_deg == pytest.approx(lumbar[400, 0], abs=0.15)


def test_rates_are_those_of_the_truth(tmp_path):
    time, pelvis, lumbar = bow()
    found = trunk_motion(read_motion(write_storage(tmp_path / "bow.mot", time, pelvis, lumbar)), TABLES)
    rate, acceleration = found.rates()
    true = np.gradient(lumbar[:, 0], 1.0 / RATE)
    assert np.abs(rate[:, 1] - true).max() < 0.03 * np.abs(true).max()
    middle = slice(50, -50)
    assert np.abs(acceleration[middle, 1] - np.gradient(true, 1.0 / RATE)[middle]).max() < 0.1 * np.abs(np.gradient(true, 1.0 / RATE)).max()


@settings(max_examples=150, deadline=None)
@given(
    st.tuples(*[st.floats(-40.0, 70.0)] + [st.floats(-20.0, 20.0)] * 2), st.tuples(st.floats(-90.0, 100.0), *[st.floats(-45.0, 45.0)] * 2)
)
def test_angles_and_rotations_are_each_others_inverse(lumbar, pelvis):
    bent, tilted = np.radians([lumbar]), np.radians([pelvis])
    np.testing.assert_allclose(lumbar_angles(TABLES, lumbar_rotation(TABLES, bent)), bent, atol=1e-9)
    np.testing.assert_allclose(pelvis_rotation(pelvis_angles(pelvis_rotation(tilted))), pelvis_rotation(tilted), atol=1e-12)


def test_the_chain_turns_the_thorax_as_the_solver_does():
    """What lumbar angles mean is said by the solver: its thorax stands where the recording's does."""
    import spinesim as ss
    from spinesim.mechanics import kinematics
    from spinesim.solver.workspace import allocate

    model = ss.SpineModel.default()
    spine = model.pack(ss.Subject())
    w = allocate(spine, model.topology)
    pelvis, lumbar = np.radians([[20.0, 4.0, -6.0]]), np.radians([[35.0, 8.0, 5.0]])
    kinematics.prescribe(spine, pelvis[0], lumbar[0], np.zeros(2), w)
    w.twist[:] = 0.0
    kinematics.orient(spine, w)
    ours = pelvis_rotation(pelvis) @ lumbar_rotation(TABLES, lumbar)
    np.testing.assert_allclose(ours[0], w.rotation[6], atol=1e-9)


def test_the_filter_keeps_its_cutoff_and_delays_nothing():
    rate, cutoff = 200.0, 6.0
    time = np.arange(4000) / rate
    for frequency, gain in ((0.5, 1.0), (cutoff, np.sqrt(0.5)), (30.0, 0.0)):
        wave = np.sin(2.0 * np.pi * frequency * time)
        out = low_pass(wave[:, None], rate, cutoff)[1000:3000, 0]
        amplitude = 2.0 * np.abs(np.mean(out * np.exp(-2j * np.pi * frequency * time[1000:3000])))
        assert amplitude == pytest.approx(gain, abs=0.02)
        if gain > 0.5:
            delay = np.angle(np.mean(out * np.exp(-2j * np.pi * frequency * time[1000:3000])) * 1j)
            assert abs(delay) < 1e-6
    with pytest.raises(ValueError, match="cutoff_Hz = 95"):
        low_pass(wave[:, None], rate, 95.0)


@pytest.mark.parametrize("noise", [0.2e-3, 1e-3])
@pytest.mark.parametrize("seconds", [3.0, 4.0, 8.0, 20.0])
def test_residual_analysis_finds_nearly_the_best_cutoff(seconds, noise):
    """For fast and slow bows, with little and much noise: accelerations are as near to the truth as with the best of six fixed cutoffs."""
    time, pelvis, lumbar = bow(seconds)
    random = np.random.default_rng(11)
    paths = {name: path + random.normal(0.0, noise, path.shape) for name, path in marker_paths(pelvis, lumbar).items()}
    recording = Recording(origin="bow", time_s=time, markers_m=paths)
    truth = np.gradient(np.gradient(pelvis[:, 0] + lumbar[:, 0], 1.0 / RATE), 1.0 / RATE)

    def miss(cutoff):
        found = trunk_motion(recording, TABLES, cutoff_Hz=cutoff).rates()[1].sum(axis=1)
        return np.sqrt(np.mean((found - truth)[10:-10] ** 2))

    assert miss(None) < 1.5 * min(map(miss, (0.5, 1.0, 2.0, 3.0, 4.0, 6.0))) + 0.03 * np.abs(truth).max()


def test_residuals_of_the_spectrum_are_those_of_the_filter():
    from spinesim.analysis.recording.filtering import _taken_out

    time = np.arange(3000) / RATE
    random = np.random.default_rng(3)
    values = np.stack([np.sin(2.0 * np.pi * 0.7 * time) + 0.2 * time, np.cos(2.0 * np.pi * 2.3 * time)], 1) + random.normal(
        0, 0.05, (3000, 2)
    )
    cutoffs = np.array([1.0, 2.0, 4.0, 9.0])
    filtered = [np.sqrt(np.mean((values - low_pass(values, RATE, cutoff)) ** 2)) for cutoff in cutoffs]
    np.testing.assert_allclose(_taken_out(values, RATE, cutoffs), filtered, rtol=0.02)


def test_residual_analysis_at_its_ends():
    """Never beyond what is tried; noise alone: as low as that; too few frames a second: refused."""
    time = np.arange(1000) / RATE
    swing = np.sin(2.0 * np.pi * 0.5 * time)[:, None]
    assert residual_cutoff(swing, RATE) <= 15.0
    assert residual_cutoff(np.random.default_rng(0).normal(size=(1000, 30)), RATE) <= 1.0
    with pytest.raises(ValueError, match="9 Hz is too low for residual analysis"):
        residual_cutoff(swing, 9.0)


def test_derivatives_of_a_parabola_are_exact_and_splines_fill_gaps():
    time = np.linspace(0.0, 1.0, 101)
    np.testing.assert_allclose(derivative(time[:, None] ** 2, 100.0)[:, 0], 2.0 * time, atol=1e-10)
    values = time**3
    values[40:50] = np.nan
    np.testing.assert_allclose(resample(time, values[:, None], time)[:, 0], time**3, atol=1e-9)


def recorded(**changes):
    time, pelvis, lumbar = bow()
    return replace(Recording(origin="bow", time_s=time, markers_m=marker_paths(pelvis, lumbar)), **changes)


def test_a_clean_recording_has_no_fault():
    assert check(recorded()) == []


def holed(**gaps):
    """The bow with frames of some markers lost."""
    base = recorded()
    paths = {name: path.copy() for name, path in base.markers_m.items()}
    for name, lost in gaps.items():
        for frames in lost if isinstance(lost, list) else [lost]:
            paths[name][frames] = np.nan
    return replace(base, markers_m=paths)


@pytest.mark.parametrize(
    ("frames", "error", "told"), [(5, False, "filled by a spline"), (60, True, "not seen in 7 % of the frames and is left out")]
)
def test_gaps(frames, error, told):
    recording = holed(C7=slice(200, 200 + frames))
    assert kinds(recording) == {("gap", "C7", error)}
    found = trunk_motion(recording, TABLES)
    _, pelvis, lumbar = bow()
    assert worst(found, pelvis, lumbar) < CLOSE
    (fault,) = found.faults
    assert (fault.kind, fault.channel, fault.error) == ("gap", "C7", False)
    assert told in fault.text
    assert ("C7" in found.fits["thorax"].markers) is not error


def test_who_walks_into_the_cameras_is_assessed_from_there():
    """Every marker of the pelvis is needed for its turn: the stretch that has them all is used, told, and keeps the recording's clock."""
    names = ("RASI", "LASI", "RPSI", "LPSI")
    recording = holed(**{name: [slice(0, 40 + 3 * k), slice(760 - 2 * k, None)] for k, name in enumerate(names)})
    found = trunk_motion(recording, TABLES)
    assert (found.clock_s[0], found.clock_s[-1]) == (pytest.approx(0.49), pytest.approx(7.53))
    (fault,) = found.faults
    assert fault.text == "only 0.49 to 7.53 s of 8.00 s are used: elsewhere RASI, LASI, RPSI, LPSI are not known"
    _, pelvis, lumbar = bow()
    assert worst(found, pelvis[49:754], lumbar[49:754]) < CLOSE


def test_where_nothing_can_be_used_every_gap_is_an_error():
    lost = [slice(k, k + 25) for k in range(0, 800, 40)]
    with pytest.raises(ValueError, match="RASI: a gap of 25 frames is longer than can be filled") as told:
        trunk_motion(holed(RASI=lost, LASI=lost, RPSI=lost), TABLES)
    assert "LASI: a gap" in str(told.value)


def test_what_the_trunk_does_not_need_may_have_any_fault():
    base = recorded()
    noise = {"RKNE": np.full_like(base.markers_m["C7"], np.nan), "HeadAngles": 1e3 * base.markers_m["C7"]}
    found = trunk_motion(replace(base, markers_m={**base.markers_m, **noise}), TABLES)
    assert found.faults == ()


def test_times_that_are_rounded_do_not_change_the_rate():
    time = np.round(np.arange(300) / 60.0, 3)
    assert np.median(np.diff(time)) == pytest.approx(0.017)
    thin = np.delete(np.arange(300), [50, 51, 120])
    for frames in (np.arange(300), thin):
        recording = Recording(origin="rounded", time_s=time[frames], angles_deg={"lumbar_extension": np.sin(time[frames])})
        assert recording.rate_Hz == pytest.approx(60.0, rel=1e-3)


def test_a_gap_at_the_end_is_never_filled():
    base = recorded()
    holed = {name: path.copy() for name, path in base.markers_m.items()}
    holed["C7"][-3:] = np.nan
    assert kinds(replace(base, markers_m=holed)) == {("gap", "C7", True)}


def test_dropped_frames_are_counted_and_do_not_bend_time():
    base = recorded()
    keep = np.ones(len(base.time_s), bool)
    keep[[100, 101, 300]] = False
    thin = Recording(origin="bow", time_s=base.time_s[keep], markers_m={n: p[keep] for n, p in base.markers_m.items()})
    (fault,) = check(thin)
    assert (fault.kind, fault.error) == ("dropped", False)
    assert "3 frames are missing at 2 places" in fault.text
    _, pelvis, lumbar = bow()
    assert worst(trunk_motion(thin, TABLES), pelvis, lumbar) < CLOSE


def test_swapped_sides_are_named_where_they_are():
    base = recorded()
    swapped = {name: path.copy() for name, path in base.markers_m.items()}
    swapped["RASI"][300:400], swapped["LASI"][300:400] = base.markers_m["LASI"][300:400], base.markers_m["RASI"][300:400]
    faults = check(replace(base, markers_m=swapped))
    assert [(f.kind, f.channel, f.error) for f in faults] == [("sides", "asis", True)]
    assert "for 100 frames" in faults[0].text
    assert (faults[0].from_s, faults[0].to_s) == (3.0, pytest.approx(3.99))


def test_two_pairs_that_disagree_are_both_named():
    base = recorded()
    some = {n: p for n, p in base.markers_m.items() if n not in ("RPSI", "LPSI")} | {"SACR": base.markers_m["RPSI"] * [1.0, 1.0, 0.0]}
    some["RSHO"], some["LSHO"] = some["LSHO"], some["RSHO"]
    assert kinds(replace(base, markers_m=some)) == {("sides", "asis", True), ("sides", "shoulder", True)}


@pytest.mark.parametrize("factor", [1000.0, 1e-3, 100.0])
def test_a_unit_that_slips_on_the_way(factor):
    base = recorded()
    slipped = {name: path.copy() for name, path in base.markers_m.items()}
    slipped["T10"][500:] *= factor
    faults = check(replace(base, markers_m=slipped))
    assert [(f.kind, f.channel, f.error, f.from_s) for f in faults] == [("units", "T10", True, 5.0)]


def test_radians_that_are_called_degrees(tmp_path):
    time, pelvis, lumbar = bow()
    recording = read_motion(write_storage(tmp_path / "bow.mot", time, pelvis, lumbar, degrees=False, told=True))
    assert ("units", "angles", True) in kinds(recording)
    with pytest.raises(ValueError, match="look like radians"):
        trunk_motion(recording, TABLES)


def test_a_sensor_that_hangs_is_not_a_coordinate_that_is_locked(tmp_path):
    time, pelvis, lumbar = bow()
    recording = read_motion(write_storage(tmp_path / "bow.mot", time, pelvis, lumbar))
    stuck = {**recording.angles_deg, "arm_flex_r": np.full(len(time), 12.5), "arm_flex_l": np.zeros(len(time))}
    texts = {f.channel: f.text for f in check(replace(recording, angles_deg=stuck)) if f.kind == "constant"}
    assert "hangs" in texts["arm_flex_r"]
    assert texts["arm_flex_l"] == "is zero throughout"


def test_too_few_markers_and_markers_on_a_line():
    base = recorded()
    few = {name: path for name, path in base.markers_m.items() if name not in ("RPSI", "LPSI")}
    with pytest.raises(ValueError, match=r"2 markers are on the pelvis \(RASI, LASI\)"):
        trunk_motion(replace(base, markers_m=few), TABLES)
    line = {name: path for name, path in base.markers_m.items() if name in ("RASI", "LASI", "RPSI")}
    line |= {"C7": base.markers_m["C7"], "T10": base.markers_m["C7"] - [0.0, 0.2, 0.0], "STRN": base.markers_m["C7"] - [0.0, 0.3, 0.0]}
    with pytest.raises(ValueError, match="stand on one line"):
        trunk_motion(replace(base, markers_m=line), TABLES)


ARM = {"upper_arm_deg": (30.0, 10.0), "forearm_deg": (70.0, 40.0), "arm_abduction_deg": (15.0, 5.0)}  # left, right


def with_arms(recording, tables=TABLES):
    """Elbow and wrist markers of arms held as :data:`ARM` while the trunk moves: as the solver's arms are placed."""
    _, pelvis, lumbar = bow()
    thorax = pelvis_rotation(np.radians(pelvis)) @ lumbar_rotation(tables, np.radians(lumbar))
    right = thorax[:, :, 2] * [1.0, 0.0, 1.0]
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    ahead = np.cross([0.0, 1.0, 0.0], right)
    more = {}
    for k, (side, outward) in enumerate((("L", -1.0), ("R", 1.0))):
        here = recording.markers_m[f"{side}SHO"]
        aside = np.radians(ARM["arm_abduction_deg"][k])
        for joint, part in (("ELB", "upper_arm_deg"), ("WRA", "forearm_deg")):
            angle = np.radians(ARM[part][k])
            along = (
                np.sin(angle) * ahead
                + np.cos(angle) * np.sin(aside) * outward * right
                - np.cos(angle) * np.cos(aside) * np.array([0, 1, 0])
            )
            here = more[f"{side}{joint}"] = here + 0.3 * along
    return replace(recording, markers_m={**recording.markers_m, **more})


def test_arms_are_where_their_markers_are():
    found = trunk_motion(with_arms(recorded()), TABLES)
    for frame in (0, 300, 500):
        posture = found.postures()[frame]
        assert posture.upper_arm_deg == pytest.approx(ARM["upper_arm_deg"], abs=0.5)
        assert posture.arm_abduction_deg == pytest.approx(ARM["arm_abduction_deg"], abs=0.5)
        assert posture.forearm_deg == pytest.approx(ARM["forearm_deg"], abs=0.5)


def test_arms_that_are_not_seen_hang_and_are_told():
    whole = with_arms(recorded())
    lost = {name: path.copy() for name, path in whole.markers_m.items()}
    lost["RWRA"][100:200] = np.nan
    found = trunk_motion(replace(whole, markers_m=lost), TABLES)
    assert "upper_arm_deg" not in found.limbs_deg
    assert found.notes == ("arms are taken to hang: markers of the right wrist are lost for longer than can be filled",)
    assert len(found) == len(whole.time_s)
    few = {name: path for name, path in whole.markers_m.items() if name != "LELB"}
    assert trunk_motion(replace(whole, markers_m=few), TABLES).notes == ()
    back = {name: path + 0.6 * np.array([-1.0, 1.0, 0.0]) * name.endswith("ELB") for name, path in whole.markers_m.items()}
    assert "would leave the range" in trunk_motion(replace(whole, markers_m=back), TABLES).notes[0]


def test_arms_go_with_the_trunk(tmp_path):
    time, pelvis, lumbar = bow()
    recording = read_motion(write_storage(tmp_path / "bow.mot", time, pelvis, lumbar))
    arms = {"arm_flex_l": np.full(len(time), 30.0), "arm_flex_r": 20.0 + time, "elbow_flex_l": 10.0 + time, "elbow_flex_r": 10.0 + time}
    found = trunk_motion(replace(recording, angles_deg={**recording.angles_deg, **arms}), TABLES)
    frame = 400
    inclination = pelvis[frame, 0] + lumbar[frame, 0]
    assert found.postures()[frame].upper_arm_deg == pytest.approx((30.0 - inclination, 24.0 - inclination), abs=0.2)
    assert found.postures()[frame].forearm_deg == pytest.approx((44.0 - inclination, 38.0 - inclination), abs=0.2)


def test_fewer_frames_are_the_same_motion_without_what_is_fast(tmp_path):
    time, pelvis, lumbar = bow()
    recording = read_motion(write_storage(tmp_path / "bow.mot", time, pelvis, lumbar))
    shaken = {name: v + 5.0 * np.sin(2.0 * np.pi * 24.0 * time) for name, v in recording.angles_deg.items()}
    found = trunk_motion(replace(recording, angles_deg=shaken), TABLES, rate_Hz=25.0, cutoff_Hz=6.0)  # 24 Hz would look like 1 Hz
    assert len(found) == 201
    assert np.abs(found.lumbar_deg[:, 0] - lumbar[::4, 0])[5:-5].max() < 0.3


@pytest.mark.parametrize("source", ["markers", "angles"])
def test_hips_that_rise_are_felt_as_weight(source):
    """A squat without tilt: the acceleration of the hips is that of the pelvis, whatever of it is recorded, and loads follow."""
    import spinesim as ss

    time = np.arange(401) / RATE
    height = 0.10 * np.cos(2.0 * np.pi * 0.5 * time)
    zero = np.zeros((len(time), 3))
    if source == "markers":
        paths = {name: path + height[:, None] * [0.0, 1.0, 0.0] for name, path in marker_paths(zero, zero, 60.0).items()}
        recording = Recording(origin="squat", time_s=time, markers_m=paths)
    else:
        angles = {"lumbar_extension": zero[:, 0], "pelvis_tilt": zero[:, 0]}
        recording = Recording(origin="squat", time_s=time, angles_deg=angles, pelvis_m=np.stack([0.0 * time, 0.9 + height, 0.0 * time], 1))
    found = trunk_motion(recording, TABLES)
    rise = np.array([posture.hip_rise_acceleration_m_s2 for posture in found.postures()])
    truth = -0.10 * (2.0 * np.pi * 0.5) ** 2 * np.cos(2.0 * np.pi * 0.5 * time)
    assert np.abs(rise - truth)[30:-30].max() < 0.03
    if source == "markers":  # moved forward along where the person faces
        advance = np.array([posture.hip_advance_acceleration_m_s2 for posture in found.postures()])
        assert np.abs(advance)[30:-30].max() < 0.03
    lowest = found.postures()[200]
    still = replace(lowest, hip_rise_acceleration_m_s2=0.0)
    model = ss.SpineModel.default()
    pushed, stood = (ss.solve(model, ss.Subject(), posture, ss.Load()).compression_N[4] for posture in (lowest, still))
    assert (pushed > stood) == (truth[200] > 0.0)
