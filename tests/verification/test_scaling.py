"""Units do not matter: all forces times c, or all lengths times k, leave the activations as they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from verification.states import MUSCLES, TOPOLOGY, any_state, copy_of, evaluate, largest_error, many, pack, person, scratch, shifted, twists

from spinesim.model import layout as at
from spinesim.solver.balance import unbalanced
from spinesim.solver.recruitment import CUBE, MIN_MAX, SQUARE, recruit

STATES = 1000
ENERGIES = [at.AXIAL_TOE, at.AXIAL, at.BEND_X, at.TWIST_Y, at.BEND_Z, at.QUARTIC_X, at.QUARTIC_Z, at.CUBIC_Z, at.KNEE]
SHEARS = [at.SHEAR_X, at.SHEAR_Z]


def scale_forces(spine, c):
    out = copy_of(spine)
    for name in ("facet_stiffness", "body_mass", "body_inertia", "arm_mass"):
        getattr(out, name)[:] *= c
    out.leg_mass *= c
    out.weight *= c
    out.disc[:, ENERGIES + SHEARS] *= c
    out.strand_law[..., 0] *= c
    out.tip_law[..., 1] *= c
    out.hip_law[[0, 3]] *= c
    out.fascicle[:, [at.FORCE_ACTIVE, at.FORCE_PASSIVE, at.WEIGHT, at.PRESSURE_GAIN]] *= c
    return out


def scale_lengths(spine, k):
    """Lengths times k at the same forces: areas times k^2, stiffnesses over k, energies and moments times k."""
    out = copy_of(spine)
    for name in (
        "centre", "height_loss", "settled", "strand_lower", "strand_upper", "facet_origin", "facet_point", "facet_gap", "facet_smoothing",
        "tip_point", "body_centre", "arm_length", "shoulder", "pack_centre", "seat_back", "point", "strut", "hip", "knee",
    ):  # fmt: skip
        getattr(out, name)[:] *= k
    out.disc[:, [*ENERGIES, at.DISC_HEIGHT]] *= k
    out.disc[:, SHEARS] /= k
    out.disc[:, at.DISC_AREA] *= k**2
    out.strand_law[..., 1] *= k
    out.facet_stiffness[:] /= k
    out.facet_area[:] *= k**2
    out.tip_law[..., [0, 2]] *= k
    out.tip_law[..., 1] /= k
    out.body_inertia[:] *= k**2
    out.hip_law[[0, 3]] *= k
    out.strut_area *= k**2
    out.fascicle[:, [at.FIBRE_LENGTH, at.TENDON_LENGTH, at.WEIGHT, at.RIGID_LENGTH]] *= k
    out.fascicle[:, at.PRESSURE_GAIN] /= k**2
    return out


def compare(spine, other, given, scaled, force, length, states, tolerance):
    """Largest relative error of columns, targets, what is left at the joints, and activations against the scaled ones."""
    a, b = scratch(), scratch()
    worst: dict[str, float] = {}
    recruited = 0
    for row in range(len(given)):
        x, twist = states[row]
        evaluate(spine, given[row], x, a, twist)
        evaluate(other, scaled[row], x * length, b, twist)
        solved = []
        power = (SQUARE, CUBE, MIN_MAX)[row % 3]
        for who, w, size in ((spine, a, 1.0), (other, b, force * length)):
            w.multiplier[:] = 0.0
            solved.append(recruit(who, TOPOLOGY, power, given[row].stance, 0.0, 1e-10 * size, True, w))
            unbalanced(TOPOLOGY, 0.0, w)
        errors = {
            "columns": largest_error(b.active_moment[:MUSCLES], a.active_moment[:MUSCLES] * force * length),
            "target": largest_error(b.target, a.target * force * length),
        }
        assert solved[0] == solved[1], row
        if solved[0]:
            recruited += 1
            kind = "min-max " if power == MIN_MAX else ""
            errors[f"{kind}activation"] = largest_error(b.activation[:MUSCLES], a.activation[:MUSCLES])
            left, wanted = (w.free_residual.reshape(6, 4) for w in (b, a))
            errors[f"{kind}residual force"] = largest_error(left[:, :3], wanted[:, :3] * force)
            errors[f"{kind}residual twisting"] = largest_error(left[:, 3], wanted[:, 3] * force * length)
        worst.update({key: max(worst.get(key, 0.0), error) for key, error in errors.items()})
    print(recruited, worst)
    assert recruited > 0.4 * len(given)
    assert max(worst["columns"], worst["target"]) < 1e-12, worst
    assert max(worst["activation"], worst["residual force"], worst["residual twisting"]) < tolerance, worst
    assert max(worst.values()) < 1e-6, worst  # the common cap is stiff


def gentle_states(rng):
    """Most of them mild enough for muscles to hold; no free supports, whose unit is fixed in newtons."""
    postures, loads = many(any_state, rng, STATES)
    for i, (p, load) in enumerate(zip(postures, loads, strict=True)):
        postures[i] = replace(p, support=())
        if i % 4:
            softer = {"pelvic_tilt_deg": 0.3, "lateral_deg": 0.4, "rotation_deg": 0.4, "pelvic_lateral_deg": 0.2, "flexion_deg": 0.6}
            softer |= {"flexion_acceleration_deg_s2": 0.1, "pelvic_acceleration_deg_s2": 0.1}
            values = {name: factor * getattr(p, name) for name, factor in softer.items()}
            postures[i] = replace(postures[i], gravity="standing", arm_abduction_deg=(0.0, 0.0), hip_flexion_deg=None, **values)
            lighter = {"mass_kg": 0.2, "push_N": 0.1, "lift_N": 0.1, "side_N": 0.1}
            loads[i] = replace(load, **{name: factor * getattr(load, name) for name, factor in lighter.items()})
    return postures, loads


# By a power of two roundoff is the same too; otherwise recruitment stops at another place within its tolerance.
@pytest.mark.parametrize(("c", "tolerance"), [(0.25, 1e-10), (2.9, 1e-8)])
def test_scaled_forces_leave_activations(c, tolerance):
    rng = np.random.default_rng(61)
    spine = person()
    given = pack(*gentle_states(rng))
    scaled = given.copy()
    for name in ("hand_mass", "hand_force", "pack_mass"):
        scaled[name] *= c
    compare(spine, scale_forces(spine, c), given, scaled, c, 1.0, [(shifted(spine, rng), twists(rng)) for _ in given], tolerance)


@pytest.mark.parametrize(("k", "tolerance"), [(2.0, 1e-10), (0.53, 1e-8)])
def test_scaled_lengths_leave_activations(k, tolerance):
    """Rates are zero, since time is not scaled; accelerations go down as lengths go up."""
    rng = np.random.default_rng(62)
    spine = person()
    given = pack(*gentle_states(rng))
    given.motion[:, [at.FLEXION_RATE, at.PELVIC_RATE]] = 0.0
    scaled = given.copy()
    scaled.motion[:, [at.FLEXION_ACCELERATION, at.PELVIC_ACCELERATION]] /= k
    compare(spine, scale_lengths(spine, k), given, scaled, 1.0, k, [(shifted(spine, rng), twists(rng)) for _ in given], tolerance)
