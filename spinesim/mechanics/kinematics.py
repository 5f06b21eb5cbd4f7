"""Where the bodies are: rotations from the posture and the twists found, positions from the translations of the discs."""

from __future__ import annotations

from spinesim.mechanics.jit import kernel
from spinesim.mechanics.lanes import fma
from spinesim.mechanics.rotations import (
    apply,
    half_rotation,
    multiply,
    multiply_transposed,
    pelvis_rotation,
    segment_rotation,
)
from spinesim.model.layout import JOINT_COUNT


@kernel
def prescribe(spine, pelvis, lumbar, legs, w):
    """What the posture prescribes: pelvis, legs, and the half rotation ``w.given_half[j]`` of every joint in its neutral disc frame."""
    q, h, m = w.m[1], w.m[2], w.m[3]
    for axis in range(3):
        w.shift[0, axis] = 0.0
    pelvis_rotation(pelvis[0], pelvis[1], pelvis[2], w.rotation[0])
    for j in range(JOINT_COUNT):
        for axis in range(3):
            w.joint_angle[j, axis] = lumbar[axis] * spine.share[j, axis] + spine.offset[j, axis]
        segment_rotation(w.joint_angle[j, 0], w.joint_angle[j, 1], w.joint_angle[j, 2], q)
        multiply_transposed(spine.frame[j], q, m)
        multiply(m, spine.frame[j], h)
        half_rotation(h, w.given_half[j], w.v[1])
    for side in range(2):
        segment_rotation(-legs[0], 0.0, 0.0, h)
        multiply(w.rotation[0], h, w.rotation[7 + side])
        segment_rotation(legs[1], 0.0, 0.0, h)
        multiply(w.rotation[7 + side], h, w.rotation[9 + side])
        apply(w.rotation[0], spine.hip[side], w.hip[side])
        _hang(spine.hip[side], 0, 7 + side, w)
        _hang(spine.knee[side], 7 + side, 9 + side, w)


@kernel
def turn_joint(j, twist, w):
    """Rotation of the upper disc face against the lower one, with ``twist`` about the mid-plane's normal beside what is prescribed.

    ``w.relative[j]`` and ``w.half[j]`` are the whole and the half of it, ``w.tan_quarter[j]`` the half's Cayley vector.
    """
    turn, m = w.m[1], w.m[2]
    segment_rotation(0.0, 0.0, twist, turn)
    multiply(w.given_half[j], turn, m)
    multiply(m, w.given_half[j], w.relative[j])
    half_rotation(w.relative[j], w.half[j], w.tan_quarter[j])


@kernel
def orient(spine, w):
    """Body rotations and disc mid-plane frames with the present twists ``w.twist``.

    ``w.rotation[b]`` turns neutral positions of body b; ``w.disc_frame[j]`` holds the axes of the mid-plane of joint j.
    """
    for j in range(JOINT_COUNT):
        turn_joint(j, w.twist[j], w)
    stack(spine, w)


@kernel
def stack(spine, w):
    """Body rotations and mid-plane frames from the present rotations of the joints, ``w.relative`` and ``w.half``."""
    m, n = w.m[1], w.m[2]
    for j in range(JOINT_COUNT):
        multiply(w.rotation[j], spine.frame[j], m)
        multiply(m, w.half[j], w.disc_frame[j])
        multiply(m, w.relative[j], n)
        for i in range(3):
            for k in range(3):
                m[i, k] = spine.frame[j, k, i]
        multiply(n, m, w.rotation[j + 1])


@kernel
def place(spine, x, w):
    """Positions of bodies and joints at disc translations ``x`` (6, 3) in the mid-plane frames.

    A point with neutral position X on body b is at ``w.shift[b] + w.rotation[b] X``; ``w.joint[j]`` is the disc
    centre carried by the upper vertebra. The table's geometry belongs to relaxed standing, so that the settled
    translation moves no body; the height that degeneration took does. ``w.disc_lever[j]`` holds that centre cross the axes of the frame.
    """
    v, r = w.v[1], w.v[2]
    for j in range(JOINT_COUNT):
        for axis in range(3):
            v[axis] = spine.carried * (x[j, axis] - spine.settled[j, axis])
        v[1] -= spine.height_loss[j]
        apply(w.disc_frame[j], v, r)
        apply(w.rotation[j], spine.centre[j], v)
        for axis in range(3):
            w.joint[j, axis] = w.shift[j, axis] + v[axis] + r[axis]
        apply(w.rotation[j + 1], spine.centre[j], v)
        c, d, lever = w.joint[j], w.disc_frame[j], w.disc_lever[j]
        for axis in range(3):
            w.shift[j + 1, axis] = c[axis] - v[axis]
            lever[0, axis] = c[1] * d[2, axis] - c[2] * d[1, axis]
            lever[1, axis] = c[2] * d[0, axis] - c[0] * d[2, axis]
            lever[2, axis] = c[0] * d[1, axis] - c[1] * d[0, axis]


@kernel
def _hang(centre, parent, child, w):
    """Put ``child`` on ``parent`` so that both carry the neutral point ``centre`` to the same place."""
    u, r = w.v[1], w.v[2]
    apply(w.rotation[parent], centre, u)
    apply(w.rotation[child], centre, r)
    for axis in range(3):
        w.shift[child, axis] = w.shift[parent, axis] + u[axis] - r[axis]


@kernel
def carry(position, body, w, out):
    """``out``: where the neutral ``position`` on ``body`` is now."""
    r = w.rotation[body]
    for i in range(3):
        out[i] = fma(r[i, 2], position[2], fma(r[i, 1], position[1], fma(r[i, 0], position[0], w.shift[body, i])))


@kernel
def position_of(position, body, w):
    """The same, as three numbers."""
    r, s = w.rotation[body], w.shift[body]
    x = fma(r[0, 2], position[2], fma(r[0, 1], position[1], fma(r[0, 0], position[0], s[0])))
    y = fma(r[1, 2], position[2], fma(r[1, 1], position[1], fma(r[1, 0], position[0], s[1])))
    z = fma(r[2, 2], position[2], fma(r[2, 1], position[1], fma(r[2, 0], position[0], s[2])))
    return x, y, z


@kernel
def locate_points(spine, topology, w):
    """All path points and the abdominal strut, into ``w.point`` and ``w.strut``."""
    for p in range(spine.point.shape[0]):
        carry(spine.point[p], topology.point_body[p], w, w.point[p])
    locate_strut(spine, w)


@kernel
def locate_strut(spine, w):
    """The abdominal strut, into ``w.strut``."""
    for b in range(7):
        carry(spine.strut[b], b, w, w.strut[b])
