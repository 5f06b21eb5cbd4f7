"""Muscle paths stay anatomical over the whole range: outside the vertebrae, within fibre lengths, on their side of the joints.

Known offenders are listed with the reason. Each list must be exact: a path that is mended has to leave it.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from verification.states import MODEL, MUSCLES, SIDE, TOPOLOGY, evaluate, pack, person, scratch, unit_columns

from spinesim import Load, Posture
from spinesim.mechanics.kinematics import locate_points
from spinesim.model.layout import DISC_HEIGHT
from spinesim.model.names import JOINTS

FLEXION, LATERAL, ROTATION = range(-20, 61, 5), (-15, 0, 15), (-10, 0, 10)
HALF_DEPTH, HALF_WIDTH, SHAPE, EXPONENT = 16e-3, 22e-3, 0.95, 2.5
NEAR = 8e-3  # m of a path beside its own attachment; psoas starts 1 mm under the surface of L1
CLEAR_ARM = 8e-3  # m
EXTENSORS = ("multifidus", "longissimus_lumborum", "longissimus_thoracis", "iliocostalis_lumborum", "iliocostalis_thoracis")

CHANGING_SIDES = {
    # Oblique fibres at the ends of their sheets: a straight chord between rib and pelvis that the trunk bends across.
    ("EO6", "L5-S1"), ("EO6", "L4-L5"), ("IO4", "L5-S1"), ("IO4", "L4-L5"), ("IO5", "L5-S1"), ("IO6", "T12-L1"),
    # From the iliac crest, at the height of L5's middle and 67 mm or more aside, so that nothing pins them to L5: deep extension with
    # bending swings the point on L4 past the joint by 5 to 7 mm.
    ("QL_ant_I_3_T12", "L5-S1"), ("QL_ant_I_2_12_1", "L5-S1"), ("IL_R12", "L5-S1"),
}  # fmt: skip
FLEXING_EXTENSORS = {("IL_R12", "L5-S1")}  # for the same reason


@pytest.fixture(scope="module")
def swept():
    """Points in the frames of the vertebrae, fibre lengths and sagittal moment arms over the range; first the neutral posture."""
    spine, w = person(), scratch()
    postures = [Posture()] + [Posture(flexion_deg=f, lateral_deg=b, rotation_deg=r) for f, b, r in product(FLEXION, LATERAL, ROTATION)]
    point, fibre, arm = [], [], []
    for case in pack(postures, [Load()] * len(postures)):
        evaluate(spine, case, spine.settled, w)
        locate_points(spine, TOPOLOGY, w)
        point.append([(w.point - w.shift[b]) @ w.rotation[b] for b in range(1, 6)])
        fibre.append(w.fibre_length[:MUSCLES].copy())
        arm.append(unit_columns(spine, w)[0][:, 6::3])
    return postures, np.array(point), np.array(fibre), np.array(arm)


def body_frame(spine, b):
    """Middle of vertebra b, its axes as rows, and its half height between the endplates."""
    low, high = spine.centre[b - 1], spine.centre[b]
    up = (high - low) / np.linalg.norm(high - low)
    low, high = low + 0.5 * spine.disc[b - 1, DISC_HEIGHT] * up, high - 0.5 * spine.disc[b, DISC_HEIGHT] * up
    return 0.5 * (low + high), np.array([[up[1], -up[0], 0.0], up, [0.0, 0.0, 1.0]]), 0.5 * np.linalg.norm(high - low)


def depth(tail, head, half_height, own_tail, own_head):
    """Least superellipse value along segments between the endplates (below 1 is inside), beside their own attachments."""
    length = np.linalg.norm(head - tail, axis=-1)
    along = head - tail
    with np.errstate(divide="ignore", invalid="ignore"):
        cuts = (np.array([-half_height, half_height])[:, None, None] - tail[..., 1]) / along[..., 1]
    start = np.clip(cuts.min(axis=0), np.where(own_tail, NEAR / length, 0.0), 2.0)
    end = np.clip(cuts.max(axis=0), -1.0, np.where(own_head, 1.0 - NEAR / length, 1.0))
    least = np.full(start.shape, np.inf)
    for t in np.linspace(0.0, 1.0, 25):
        x, _, z = np.moveaxis(tail + (start + t * (end - start))[..., None] * along, -1, 0)
        value = np.abs(x / (SHAPE * HALF_DEPTH)) ** EXPONENT + np.abs(z / (SHAPE * HALF_WIDTH)) ** EXPONENT
        least = np.fmin(least, np.where(start < end, value, np.inf))
    return least


def test_the_depth_measure_sees_a_path_through_a_body():
    here = np.zeros((1, 1), bool)
    through, beside = [[-0.05, 0.02, 0.0], [0.05, -0.02, 0.001]], [[0.0, 0.02, 0.03], [0.0, -0.02, 0.03]]
    above = [[-0.05, 0.02, 0.0], [0.05, 0.02, 0.0]]
    values = [depth(*(np.array(end, float)[None, None] for end in path), 0.01, here, here)[0, 0] for path in (through, beside, above)]
    assert values[0] < 0.01
    assert values[1] > 1.0
    assert values[2] == np.inf


def test_no_path_runs_through_a_vertebral_body(swept):
    postures, point, _, _ = swept
    spine = person()
    tail, head, body = (np.asarray(v) for v in (TOPOLOGY.segment_tail, TOPOLOGY.segment_head, TOPOLOGY.point_body))
    owner = np.repeat(np.arange(MUSCLES), np.diff(TOPOLOGY.segment_start))
    offenders, least = [], np.inf
    for b in range(1, 6):
        middle, axes, half_height = body_frame(spine, b)
        local = (point[:, b - 1] - middle) @ axes.T
        value = depth(local[:, tail], local[:, head], half_height, body[tail] == b, body[head] == b)
        least = min(least, value.min())
        offenders += [(MODEL.fascicles[owner[s]], b, postures[i], value[i, s]) for i, s in zip(*np.nonzero(value < 1.0), strict=True)]
    print(least)
    assert not offenders, offenders[:5]


def test_fibres_stay_within_working_lengths(swept):
    fibre = swept[2][:, np.array(MODEL.groups) != "transversus_abdominis"]
    print(fibre.min(), fibre.max())
    assert fibre.min() > 0.35
    assert fibre.max() < 1.6


def both_sides(mask):
    """Fascicles without their side; the mirrored range must find the same on both."""
    found = [(MODEL.fascicles[f].rsplit("_", 1)[0], JOINTS[j], f < SIDE) for f, j in np.argwhere(mask)]
    right, left = ({(name, joint) for name, joint, is_right in found if is_right == side} for side in (True, False))
    assert right == left
    return right


def test_clear_sagittal_moment_arms_keep_their_side(swept):
    arm = swept[3]
    changed = (np.abs(arm[0]) > CLEAR_ARM) & ((arm * np.sign(arm[0])).min(axis=0) <= 0.0)
    assert both_sides(changed) == CHANGING_SIDES


def test_extensors_stay_extensors(swept):
    arm = swept[3]
    extensor = np.isin(MODEL.groups, EXTENSORS)[:, None] & (np.abs(arm[0]) > 1e-9)
    assert extensor.sum() > 300
    assert both_sides(extensor & (arm.min(axis=0) <= 0.0)) == FLEXING_EXTENSORS


def test_no_path_doubles_back():
    """Neutral: consecutive pieces of a path never turn by more than 90 degrees, and no piece has lost its length."""
    table = MODEL.fascicle_table
    inner = np.flatnonzero(table.owner[:-2] == table.owner[2:]) + 1
    before, after = (table.position[inner + k] - table.position[inner + k - 1] for k in (0, 1))
    cosine = (before * after).sum(axis=1) / np.linalg.norm(before, axis=1) / np.linalg.norm(after, axis=1)
    assert len(inner) > 300
    print(np.degrees(np.arccos(cosine.min())), MODEL.fascicles[table.owner[inner[cosine.argmin()]]])
    assert not {(MODEL.fascicles[table.owner[i]], int(table.body[i])) for i in inner[~(cosine > 0.0)]}
