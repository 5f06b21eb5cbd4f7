"""Muscle paths for the eye: the model's points set on the bone, and more of them where a straight piece would run through bone.

The lever arms stay the solver's. Every display point belongs to a body, so that a picture carries it like any other point. Where a piece
runs through the bone of a body, in one of some postures from extension to full flexion, the body gets a point there: where the path
passes it in neutral, pushed out to the surface.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from spinesim.model.layout import JOINT_COUNT
from spinesim.viz.anatomy.solids import Field

Array = NDArray[Any]

_MM: Final = 1e3
_POSTURES: Final = (0.0, 20.0, 40.0, 60.0, -15.0)  # deg of lumbar flexion
_SAMPLE: Final = 4.0  # mm between the samples of a straight piece
_CLEAR: Final = 1.0  # mm off the bone that a display point is put
_DEEP: Final = 0.3  # mm of bone that a piece may run through before a point is set
_SNAP: Final = 12.0  # mm within which an end is brought to its bone
_ENTRY: Final = 120  # samples by which the entry into the bone of an end is sought
_NEAR: Final = 5.0  # mm: no point is set closer than this to one that can be moved instead
_PUSH: Final = 0.6  # of the way out of the bone between them, by which two points are moved
_ROUNDS: Final = 10


@dataclass(frozen=True, eq=False)
class DisplayPaths:
    """Polylines of all fascicles.

    Attributes
    ----------
    point
        (Q, 3) m, neutral coordinates.
    body
        (Q,) the body that carries each.
    start
        (F + 1,) first point of every fascicle; a fascicle without a path has none.
    """

    point: Array
    body: Array
    start: Array

    def carried(self, rotation: Array, shift: Array) -> Array:
        """The points where bodies with ``rotation`` (B, 3, 3) and ``shift`` (B, 3) carry them."""
        moved: Array = np.einsum("qij,qj->qi", rotation[self.body], self.point) + shift[self.body]
        return moved


def bent(spine: Any, flexion: float) -> tuple[Array, Array]:
    """Rotations (11, 3, 3) and shifts (11, 3) of the bodies at a lumbar flexion (rad), discs as in neutral, legs and pelvis upright."""
    rotation: Array = np.tile(np.eye(3), (11, 1, 1))
    shift: Array = np.zeros((11, 3))
    for j in range(JOINT_COUNT):
        angle = -flexion * spine.share[j, 0]
        c, s = math.cos(angle), math.sin(angle)
        rotation[j + 1] = rotation[j] @ np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
        down = -spine.height_loss[j] * (rotation[j] @ spine.frame[j][:, 1])
        shift[j + 1] = shift[j] + (rotation[j] - rotation[j + 1]) @ spine.centre[j] + down
    return rotation, shift


@dataclass(eq=False)
class _Lines:
    """All polylines under work: points (Q, 3) mm, their bodies and fascicles, and whether each is an end."""

    point: Array
    body: Array
    line: Array

    @property
    def inner(self) -> Array:
        """Points that have one before and one behind."""
        same = self.line[1:] == self.line[:-1]
        between: Array = np.concatenate([[False], same]) & np.concatenate([same, [False]])
        return between

    @property
    def pieces(self) -> Array:
        """First point of every straight piece."""
        return np.flatnonzero(self.line[1:] == self.line[:-1])

    def insert(self, behind: Array, point: Array, body: Array) -> None:
        """New points behind the points ``behind`` (ascending)."""
        self.point = np.insert(self.point, behind + 1, point, axis=0)
        self.line = np.insert(self.line, behind + 1, self.line[behind])
        self.body = np.insert(self.body, behind + 1, body)


def display(spine: Any, topology: Any, owner: Array, solids: Sequence[tuple[Field, int]]) -> DisplayPaths:
    """Display paths of a person; ``owner`` (P,) is the fascicle of every path point, ``solids`` the bones' fields with their bodies."""
    lines = _Lines(_MM * np.array(spine.point), np.array(topology.point_body, np.int64), np.array(owner, np.int64))
    _set_on(lines, solids)
    poses = [bent(spine, math.radians(angle)) for angle in _POSTURES]
    active = np.unique(lines.line)
    for _ in range(_ROUNDS):
        active = _leave(lines, active, solids, poses)
        if not len(active):
            break
    start = np.searchsorted(lines.line, np.arange(int(topology.fascicles) + 1))
    return DisplayPaths(lines.point / _MM, lines.body, start)


def _set_on(lines: _Lines, solids: Sequence[tuple[Field, int]]) -> None:
    """Bring the ends of paths to the nearest bone of their body, if it is near, and all other points out of bone."""
    inner = lines.inner
    lines.point[inner] = _out(lines.point[inner], solids)
    ends = np.flatnonzero(~inner)
    for body in np.unique(lines.body[ends]):
        mine = ends[lines.body[ends] == body]
        own = [field for field, of in solids if of == body]
        if not own:
            continue
        away = np.abs(np.stack([field(lines.point[mine]) for field in own]))
        for k, field in enumerate(own):
            here = mine[(away.argmin(axis=0) == k) & (away[k] < _SNAP)]
            lines.point[here] = _onto(field, lines.point[here], 0.0)
    _stop_short(lines, ends, solids)


def _stop_short(lines: _Lines, ends: Array, solids: Sequence[tuple[Field, int]]) -> None:
    """Let a path that reaches its end through the bone of that end stop where it enters."""
    before = np.concatenate([[False], lines.line[1:] == lines.line[:-1]])[ends]
    other = np.clip(np.where(before, ends - 1, ends + 1), 0, len(lines.point) - 1)
    share = (np.arange(_ENTRY) / _ENTRY)[None, :, None]
    way = (1.0 - share) * lines.point[other][:, None] + share * lines.point[ends][:, None]
    for field, body in solids:
        mine = np.flatnonzero((lines.body[ends] == body) & (lines.line[other] == lines.line[ends]))
        if not len(mine):
            continue
        inside = field(way[mine].reshape(-1, 3)).reshape(len(mine), _ENTRY) < -_DEEP
        inside &= np.linalg.norm(way[mine] - lines.point[ends[mine]][:, None], axis=2) < 2.0 * _SNAP
        hit = inside.any(axis=1)
        first = way[mine[hit], inside[hit].argmax(axis=1)]
        lines.point[ends[mine[hit]]] = _onto(field, first, 0.0)


def _onto(field: Field, points: Array, height: float) -> Array:
    """Points brought to a distance ``height`` from a bone."""
    points = points.copy()
    for _ in range(6):
        slope = field.gradient(points, 0.4)
        size = np.maximum((slope**2).sum(axis=1), 0.2)
        points -= ((field(points) - height) / size)[:, None] * slope
    return points


def _out(points: Array, solids: Sequence[tuple[Field, int]]) -> Array:
    """Points pushed out of all bones as they stand in neutral."""
    points = points.copy()
    for _ in range(3):
        for field, _ in solids:
            near = np.flatnonzero(_within(field, points))
            if len(near) and len(near := near[field(points[near]) < _CLEAR]):
                points[near] = _onto(field, points[near], _CLEAR)
    return points


def _within(field: Field, points: Array) -> Array:
    """Which points are in a bone's box."""
    low, high = field.bounds
    return np.asarray(((points > low) & (points < high)).all(axis=1))


def _leave(lines: _Lines, active: Array, solids: Sequence[tuple[Field, int]], poses: Sequence[tuple[Array, Array]]) -> Array:
    """Give every piece of the fascicles ``active`` that runs through bone in some posture one more point, on the body of that bone.

    Returns the fascicles that had such pieces.
    """
    first = lines.pieces
    first = first[np.isin(lines.line[first], active)]
    count = np.ceil(np.linalg.norm(lines.point[first + 1] - lines.point[first], axis=1) / _SAMPLE).astype(np.int64) + 2
    start = np.cumsum(count) - count
    piece = np.repeat(np.arange(len(first)), count)
    share = (np.arange(len(piece)) - start[piece] + 0.5) / count[piece]
    tail, head = first[piece], first[piece] + 1
    depth, body = np.zeros(len(piece)), np.full(len(piece), -1)
    for rotation, shift in poses:
        now = np.einsum("qij,qj->qi", rotation[lines.body], lines.point) + _MM * shift[lines.body]
        sample = (1.0 - share)[:, None] * now[tail] + share[:, None] * now[head]
        for field, of in solids:
            local = (sample - _MM * shift[of]) @ rotation[of]
            near = np.flatnonzero(_within(field, local))
            inside = -field(local[near]) if len(near) else np.zeros(0)
            worse = inside > depth[near]
            depth[near[worse]], body[near[worse]] = inside[worse], of
    rows = np.flatnonzero(np.maximum.reduceat(depth, start) > _DEEP)
    worst = np.array([start[row] + depth[start[row] : start[row] + count[row]].argmax() for row in rows], np.int64)
    through = np.unique(lines.line[first[rows]])
    _relieve(lines, solids, first[rows], share[worst][:, None], body[worst])
    return through


def _relieve(lines: _Lines, solids: Sequence[tuple[Field, int]], tail: Array, share: Array, body: Array) -> None:
    """Give the pieces behind the points ``tail`` a point at ``share`` of them, or move their ends."""
    straight = (1.0 - share) * lines.point[tail] + share * lines.point[tail + 1]
    point = _out(straight, solids)
    ends = np.stack([tail, tail + 1], axis=1)
    room = np.linalg.norm(point[:, None] - lines.point[ends], axis=2)
    new = ~((room <= _NEAR) & lines.inner[ends]).any(axis=1)
    # Where a point stands close by, it and the one on the other side go the same way.
    moved, push = ends[~new].ravel(), np.repeat(_PUSH * (point - straight)[~new], 2, axis=0)
    inner = lines.inner[moved]
    np.add.at(lines.point, moved[inner], push[inner])
    lines.point[moved[inner]] = _out(lines.point[moved[inner]], solids)
    lines.insert(tail[new], point[new], body[new])
