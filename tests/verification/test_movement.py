"""Laws of motion: tempo, rest, weight, mirror; what a repetition of an exercise loads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from verification.states import MODEL, SUBJECTS, TOPOLOGY, any_state, largest_error, many, pack, person, scratch

from spinesim import Load, Posture, solve_batch
from spinesim.analysis.exercise import Exercise, Keyframe, Lean, Phase, mirrored_load, mirrored_posture
from spinesim.analysis.movement import MovementLoads, loading_cycles, movement, solve_movement
from spinesim.analysis.trajectory import NUMBERS, PAIRS, SHANK, THIGH, Trajectory
from spinesim.config.exercise import exercise, names
from spinesim.model.cases import trunk_angles
from spinesim.model.layout import GRAVITY
from spinesim.model.names import CONVERGED, NOT_CONVERGED
from spinesim.model.posture import MOTION
from spinesim.solver import balance
from spinesim.solver.variables import VARIABLES

SUBJECT = SUBJECTS["healthy"]


def lift(seconds=1.0, hips="over_feet"):
    low = Posture(pelvic_tilt_deg=25, flexion_deg=35, hip_flexion_deg=80, knee_flexion_deg=70, upper_arm_deg=(5, 5), forearm_deg=(5, 5))
    middle = Posture(
        pelvic_tilt_deg=15, flexion_deg=20, hip_flexion_deg=40, knee_flexion_deg=20, upper_arm_deg=(0, 0), forearm_deg=(40, 40)
    )
    keyframes = tuple(Keyframe(*pair) for pair in ((0.0, low), (0.45, middle), (1.0, Posture(forearm_deg=(80, 80)))))
    phases = (Phase("up", seconds, 1.0), Phase("hold", 0.3 * seconds), Phase("down", 1.2 * seconds, 0.0), Phase("rest", 0.2 * seconds))
    return Exercise(name="lift", description="", keyframes=keyframes, phases=phases, load_kg=12.0, hips=hips)


def external(posture, load):
    """The scratch record with the external forces of a case."""
    w = scratch()
    assert balance.set_up(person(), TOPOLOGY, pack([posture], [load])[0], w)
    return w


def test_rates_are_derivatives_of_the_angles():
    path, step = Trajectory(MODEL.tables, lift()), 1e-5
    for time in np.linspace(0.0, 2.7, 200):
        before, here, after = (path.numbers(time + k * step) for k in (-1, 0, 1))
        np.testing.assert_allclose((after[0] - before[0]) / (2 * step), here[1], atol=1e-3 * 300)
        np.testing.assert_allclose((after[1] - before[1]) / (2 * step), here[2], atol=1e-3 * 3000)


def test_two_derivatives_are_continuous_and_pauses_still():
    path = Trajectory(MODEL.tables, lift())
    for border in path.starts[1:-1]:
        for before, after in zip(path.numbers(border - 1e-9), path.numbers(border + 1e-9), strict=True):
            np.testing.assert_allclose(before, after, atol=1e-4)
    for derivative in path.numbers(1.15)[1:]:
        assert not derivative.any()


def test_no_angle_leaves_its_keyframes():
    rng = np.random.default_rng(171)
    for _ in range(100):
        places = [0.0, *np.sort(rng.uniform(0.05, 0.95, 3)), 1.0]
        postures = [
            Posture(flexion_deg=float(rng.choice([0.0, rng.uniform(-20, 60)])), knee_flexion_deg=float(rng.uniform(0, 90))) for _ in places
        ]
        keyframes = tuple(Keyframe(float(at), posture) for at, posture in zip(places, postures, strict=True))
        stop = float(rng.choice([*places[1:], 0.5]))
        phases = (Phase("there", 1.0, stop), Phase("on", 1.0, 1.0), Phase("back", 1.0, 0.0))
        path = Trajectory(MODEL.tables, Exercise(name="x", description="", keyframes=keyframes, phases=phases))
        for time in rng.uniform(0.0, 3.0, 60):
            share = path._share(time)[0]
            after = min(int(np.searchsorted(places, share, side="right")), len(places) - 1)
            posture = path.posture(path.numbers(time)[0])
            for name in ("flexion_deg", "knee_flexion_deg"):
                ends = sorted(getattr(postures[k], name) for k in (after - 1, after))
                assert ends[0] - 1e-9 <= getattr(posture, name) <= ends[1] + 1e-9


def test_twice_the_time_is_a_quarter_of_the_acceleration():
    once = movement(MODEL, SUBJECT, lift(2.0))
    twice = movement(MODEL, SUBJECT, lift(2.0).stretched(2.0))
    at_twice = {round(time, 9): index for index, time in enumerate(twice.time_s)}
    compared = 0
    for index, time in enumerate(once.time_s):
        if (other := at_twice.get(round(2.0 * time, 9))) is None:
            continue
        compared += 1
        for name in MOTION:
            power = 2 if "acceleration" in name else 1
            fast, slow = getattr(once.postures[index], name), getattr(twice.postures[other], name)
            assert slow * 2.0**power == pytest.approx(fast, abs=2e-3)
    assert compared > 20
    assert max(abs(p.hip_rise_acceleration_m_s2) for p in once.postures) > 0.5
    assert max(abs(p.lift_acceleration_m_s2) for p in once.postures) > 0.5


def test_slow_enough_is_static():
    slow = movement(MODEL, SUBJECT, lift().stretched(100.0))
    few = slice(None, None, len(slow) // 12)
    still = [replace(p, **dict.fromkeys(MOTION, 0.0)) for p in slow.postures[few]]
    moving = solve_batch(MODEL, SUBJECT, slow.postures[few], slow.loads[few])
    held = solve_batch(MODEL, SUBJECT, still, Load(mass_kg=12.0))
    assert (held.status == CONVERGED).all()
    np.testing.assert_allclose(moving.compression_N, held.compression_N, rtol=1e-3)
    fast = solve_movement(MODEL, SUBJECT, movement(MODEL, SUBJECT, lift()))
    assert fast.peaks("compression_N")[4].value > 1.03 * held.compression_N[:, 4].max()


@pytest.mark.parametrize("hips", ["over_feet", "fixed"])
def test_hands_carry_the_weight_on_average_and_the_inertia_at_every_moment(hips):
    """From rest to rest the mean of the force on the load is its weight; at every frame it is mass times what its height and reach do."""
    exercise_ = lift(hips=hips)
    moving = movement(MODEL, SUBJECT, exercise_)
    force = np.array([
        external(p, load).body_force[6] - external(p, Load()).body_force[6] for p, load in zip(moving.postures, moving.loads, strict=True)
    ])  # fmt: skip
    mean = np.trapezoid(force, moving.time_s, axis=0) / moving.seconds
    weight = 12.0 * GRAVITY
    assert mean == pytest.approx([0.0, -weight, 0.0], abs=5e-3 * weight)  # frames are few
    assert np.ptp(force[:, 1]) > 0.3 * weight
    path, step = Trajectory(MODEL.tables, exercise_), 2e-4
    for index in range(2, len(moving), 5):
        places = [_grip(path, moving.time_s[index] + k * step, hips) for k in (-1, 0, 1)]
        acceleration = (places[0] - 2.0 * places[1] + places[2]) / step**2
        np.testing.assert_allclose(force[index], -12.0 * (acceleration + np.array([0.0, GRAVITY, 0.0])), atol=0.1)


def _grip(path, time, hips):
    """Middle of both grips from the ankles, or from the hips where they are fixed; a stick figure for the legs."""
    posture = path.posture(path.numbers(time)[0])
    w = external(posture, Load())
    place = w.grip.mean(axis=0) - w.hip.mean(axis=0)
    thigh = np.radians(posture.hip_flexion_deg - posture.pelvic_tilt_deg)
    shank = thigh - np.radians(posture.knee_flexion_deg)
    legs = 1.68 * np.array([-0.245 * np.sin(thigh) - 0.246 * np.sin(shank), 0.245 * np.cos(thigh) + 0.246 * np.cos(shank), 0.0])
    return place + legs * (hips == "over_feet")


def test_rising_hips_are_more_gravity_and_falling_ones_none():
    rng = np.random.default_rng(172)
    postures, loads = many(any_state, rng, 200)
    for posture, load in zip(postures, loads, strict=True):
        body = Load(mass_kg=load.mass_kg, hands=load.hands, backpack_kg=load.backpack_kg)
        still = replace(posture, gravity="standing", stance="both", armrest_share=0.0, **dict.fromkeys(MOTION, 0.0))
        weight = np.array(external(still, body).body_force)
        rising = np.array(external(replace(still, hip_rise_acceleration_m_s2=3.0), body).body_force)
        falling = np.array(external(replace(still, hip_rise_acceleration_m_s2=-GRAVITY), body).body_force)
        assert largest_error(rising, weight * (1.0 + 3.0 / GRAVITY)) < 1e-12
        assert np.abs(falling).max() < 1e-9
        ahead = np.array(external(replace(still, hip_advance_acceleration_m_s2=2.0), body).body_force) - weight
        level = np.hypot(ahead[:, 0], ahead[:, 2])
        assert largest_error(level, -weight[:, 1] * 2.0 / GRAVITY) < 1e-12


def test_the_other_side_is_the_mirror():
    carry = exercise("suitcase_carry")
    here, there = (solve_movement(MODEL, SUBJECT, movement(MODEL, SUBJECT, carry, 20.0, mirrored=m)) for m in (False, True))
    assert {load.hands for load in there.movement.loads} == {"left"}
    assert np.abs(here.solution.lateral_shear_N).max() > 5.0
    for name, sign in (("compression_N", 1.0), ("anterior_shear_N", 1.0), ("lateral_shear_N", -1.0)):
        assert largest_error(there.series(name), sign * here.series(name)) < 1e-8
    assert largest_error(there.series("facet_left_N"), here.series("facet_right_N")) < 1e-8


def test_another_load_is_the_same_movement():
    for name, load in (("lift_floor_to_table", 7.0), ("suitcase_carry", 0.0), ("bird_dog", 0.0)):
        first, there = movement(MODEL, SUBJECT, exercise(name)).with_load(load), movement(MODEL, SUBJECT, exercise(name), load)
        assert (first.loads, first.postures, first.load_kg) == (there.loads, there.postures, there.load_kg)
    with pytest.raises(ValueError, match="no place for a load"):
        movement(MODEL, SUBJECT, exercise("walking")).with_load(1.0)


def test_mirroring_twice_changes_nothing():
    for name in names():
        assert exercise(name).mirrored().mirrored() == exercise(name)
    postures, loads = many(any_state, np.random.default_rng(173), 50)
    assert [mirrored_posture(mirrored_posture(p)) for p in postures] == postures
    assert [mirrored_load(mirrored_load(load)) for load in loads] == loads


def test_walking_weighs_as_much_as_standing_on_average():
    factor = exercise("walking").dynamic_factor
    moving = movement(MODEL, SUBJECT, exercise("walking"))
    rise = np.array([p.hip_rise_acceleration_m_s2 for p in moving.postures])
    assert np.trapezoid(rise, moving.time_s) == pytest.approx(0.0, abs=1e-12)
    assert [rise.max(), rise.min()] == pytest.approx([(factor - 1.0) * GRAVITY, (1.0 - factor) * GRAVITY])


@pytest.mark.parametrize(("gravity", "axis"), [("standing", 1), ("left_side", 2), ("prone", 0)])
def test_the_ground_carries_its_share_against_gravity(gravity, axis):
    posture = Posture(gravity=gravity, stance="seated", arm_abduction_deg=(90.0, 0.0))
    held = Exercise(
        name="x", description="", keyframes=(Keyframe(0.0, posture),), phases=(Phase("hold", 5.0),), place="none", lean=Lean("left", 0.6)
    )
    moving = movement(MODEL, SUBJECT, held)
    difference = external(moving.postures[0], moving.loads[0]).body_force.sum(axis=0) - external(posture, Load()).body_force.sum(axis=0)
    down = np.array(pack([posture], [Load()]).gravity[0, :3])
    np.testing.assert_allclose(difference, -0.6 * SUBJECT.mass_kg * GRAVITY * down, atol=1e-9)
    assert abs(down[axis]) == 1.0


@pytest.mark.parametrize("name", names())
def test_every_shipped_exercise_is_solved(name):
    loads = solve_movement(MODEL, SUBJECT, movement(MODEL, SUBJECT, exercise(name)))
    assert (loads.solution.status == CONVERGED).all()
    peaks, impulse = loads.peaks("compression_N"), loads.impulse_Ns()
    assert all(peak.value > 400.0 for peak in peaks)
    assert np.all(impulse < [peak.value * loads.movement.seconds * (1 + 1e-12) for peak in peaks])
    assert loads.movement.time_s[0] == 0.0
    assert np.all(np.diff(loads.movement.time_s) > 0.0)
    assert loads.movement.seconds == pytest.approx(exercise(name).seconds)


@pytest.mark.parametrize("name", [name for name in names() if exercise(name).hips == "over_feet" and name != "sit_to_stand"])
def test_people_stand_on_their_feet(name):
    """At every keyframe the mass centre of body and load lies over the foot, from 6 cm behind to 16 cm before the ankle."""
    done = exercise(name)
    for key in done.keyframes:
        posture = key.posture
        load = Load(mass_kg=0.0 if done.place == "none" else done.load_kg, hands="both" if done.place == "none" else done.place)
        w = external(posture, load)
        weight, hip = -w.body_force[:, 1].sum(), w.hip.mean(axis=0)
        # About the hips: a forward mass turns the trunk forward, a moment about -z.
        moment = w.body_moment[:, 2].sum() + np.cross(w.shift[:7], w.body_force)[:, 2].sum() - np.cross(hip, w.body_force.sum(axis=0))[2]
        tilt = trunk_angles(MODEL.tables, posture)[0]
        thigh = np.radians((tilt if posture.hip_flexion_deg is None else posture.hip_flexion_deg) - tilt)
        shank = thigh - np.radians(posture.knee_flexion_deg)
        knee = -1.68 * SHANK * np.sin(shank)
        above = knee - 1.68 * THIGH * np.sin(thigh)
        legs = ((0.2, above + 0.433 * (knee - above)), (0.093, 0.567 * knee), (0.029, 0.05))  # Winter 2009: share of body mass, place
        body = SUBJECT.mass_kg * GRAVITY
        place = (weight * above - moment + sum(share * body * at for share, at in legs)) / (weight + 0.322 * body)
        assert -0.06 < place < 0.16, key.at


def test_a_gap_is_said_and_never_bridged():
    loads = solve_movement(MODEL, SUBJECT, movement(MODEL, SUBJECT, exercise("hip_hinge")))
    highest = int(loads.series("compression_N")[:, 4].argmax())
    arrays = {n: np.array(getattr(loads.solution, n)) for n, v in VARIABLES.items() if v.dtype == "f8"}
    for array in arrays.values():
        array[highest] = np.nan
    status = loads.solution.status.copy()
    status[highest] = NOT_CONVERGED
    broken = MovementLoads(loads.movement, replace(loads.solution, status=status, **arrays))
    assert (loads.complete, broken.complete, broken.gaps) == (True, False, [highest])
    assert broken.status_name == "not_converged"
    assert np.isnan(broken.impulse_Ns()).all()
    assert broken.cycles() == [None] * 6
    assert 0.0 < broken.peaks("compression_N")[4].value < loads.peaks("compression_N")[4].value


@pytest.mark.parametrize(
    ("force", "cycles"),
    [
        ([5, 5, 5, 5], 1),
        ([1, 9, 1], 1),
        ([9, 1, 9], 1),
        ([1, 9, 8.5, 9, 1], 1),
        ([1, 9, 4, 9, 1], 2),
        ([4, 9, 1, 9, 4], 2),
        ([9, 4, 9, 1, 5, 9], 2),
    ],
)
def test_cycles_are_rises_and_falls_of_a_repeated_repetition(force, cycles):
    assert loading_cycles(np.array(force, float)) == cycles


def test_impossible_exercises_are_refused():
    with pytest.raises(ValueError, match="no place for a load"):
        movement(MODEL, SUBJECT, exercise("bird_dog"), 3.0)
    with pytest.raises(ValueError, match=r"load\.mass_kg = 80 kg is outside the computable range .* \(lowering\)"):
        solve_movement(MODEL, SUBJECT, movement(MODEL, SUBJECT, exercise("hip_hinge"), 80.0))
    far = Keyframe(0.0, Posture(hand_position_mm=(1500.0, 0.0)))
    with pytest.raises(ValueError, match="out of reach"):
        movement(MODEL, SUBJECT, Exercise(name="x", description="", keyframes=(far,), phases=(Phase("hold", 1.0),)))
    turned = (Keyframe(0.0, Posture()), Keyframe(1.0, Posture(stance="left")))
    with pytest.raises(ValueError, match="stance cannot change"):
        movement(MODEL, SUBJECT, Exercise(name="x", description="", keyframes=turned, phases=(Phase("go", 1.0, 1.0),)))
    assert set(NUMBERS) & set(PAIRS) == set()
