"""The page's scripts and Python agree: interpolation, poses, discs, muscles, numbers as text."""

from __future__ import annotations

import base64
import gzip
import itertools
import math

import numpy as np
import offline_parts
import pytest
from javascript import needs_javascript, run
from scipy.interpolate import RegularGridInterpolator
from scipy.spatial.transform import Rotation

import spinesim as ss
from spinesim.analysis.between_nodes import between, curved_axes, whole_cells
from spinesim.analysis.posture_grid import Axis, middles, nodes
from spinesim.io.tables import number
from spinesim.model.names import LIGAMENTS
from spinesim.solver.placement import Placement
from spinesim.viz.offline import parts
from spinesim.viz.offline.packing import Blob, quaternions
from spinesim.viz.scene import Scene, discs
from spinesim.viz.scene.spindles import Spindles
from spinesim.viz.scene.strands import BANDS

pytestmark = needs_javascript
AXES = (Axis("flexion_deg", (-10.0, 0.0, 5.0, 30.0)), Axis("load_kg", (0.0, 10.0)), Axis("lateral_deg", (0.0,)))
POSTURE, LOAD = ss.Posture(trunk_inclination_deg=40.0, lateral_deg=8.0), ss.Load(mass_kg=10.0)
MODEL, PERSON = ss.SpineModel.default(), ss.Subject()


def listed(array: object) -> list[float]:
    return np.asarray(array, float).ravel().tolist()


@pytest.fixture(scope="module")
def scene() -> Scene:
    return offline_parts.scene()


@pytest.fixture(scope="module")
def placed(scene) -> Placement:
    return scene.placer.place(POSTURE, LOAD, ss.solve(MODEL, PERSON, POSTURE, LOAD))


def poses(placed: Placement) -> list[float]:
    return listed(np.concatenate([placed.shift, quaternions(placed.rotation)], axis=1))


def test_corners_and_blends():
    rng = np.random.default_rng(5)
    points = np.concatenate([nodes(AXES), rng.uniform([-10, 0, 0], [30, 10, 0], (30, 3))])
    values = rng.normal(size=(8, 5)).astype("f4")
    code = """
      const out = [], array = Float32Array.from(data.values);
      for (const point of data.points) {
        const at = Object.fromEntries(data.axes.map((axis, i) => [axis.key, point[i]]));
        out.push([...blend(array, 5, corners(data.axes, at), new Float64Array(5))]);
      }
      return out;"""
    axes = [{"key": axis.key, "values": axis.values} for axis in AXES]
    found = run(("grid",), code, {"axes": axes, "points": points.tolist(), "values": listed(values)})
    plain = RegularGridInterpolator([axis.values for axis in AXES[:2]], values.reshape(4, 2, 5).astype(float))
    np.testing.assert_allclose(found, plain(points[:, :2]), rtol=1e-12, atol=1e-15)
    assert np.array(found[:8]).astype("f4").tobytes() == values.tobytes()


def test_curves_are_where_the_measured_ones_are():
    axes = (Axis("flexion_deg", tuple(np.linspace(-10.0, 30.0, 7).tolist())), Axis("load_kg", (0.0, 2.0, 5.0, 7.0, 10.0)))
    rng = np.random.default_rng(8)
    status, values = (rng.uniform(size=35) < 0.06).astype(int), rng.normal(size=(35, 2)).astype("f4")
    told = [{"key": axis.key, "values": axis.values} for axis in axes]
    code = """
      const array = Float32Array.from(data.values), cells = data.points.map(([flexion_deg, load_kg]) => ({ flexion_deg, load_kg }));
      return cells.map((at) => { const found = nodesAt(data.axes, at, data.status);
        return [stateOf(data.status, found).kind, [...curves(array, 2, found, new Float64Array(2))]]; });"""
    data = {"axes": told, "status": status.tolist(), "values": listed(values), "points": middles(axes).tolist()}
    found = run(("grid",), code, data)
    halves = [np.array([0.5 * (a + b) for a, b in itertools.pairwise(axis.values)]) for axis in axes]
    which, whole = curved_axes(axes, status == 0), whole_cells(axes, status == 0, [False, False])
    assert {(False, False), (True, True), (False, True)} <= set(map(tuple, which.tolist()))
    for cell, (kind, made) in enumerate(found):
        assert kind == ("interpolated" if whole[cell] else "unknown")
        if whole[cell]:
            np.testing.assert_allclose(made, between(axes, values.astype(float), halves, which[cell].tolist())[cell], rtol=1e-9)


def test_lines_are_straight_beside_a_node_that_did_not_converge():
    code = """
      const at = { flexion_deg: 2 }, out = new Float64Array(1), array = Float32Array.from([NaN, 1, 2, 7]);
      return [[0, 0, 0, 0], [2, 0, 0, 0]].map((status) => curves(array, 1, nodesAt(data.axes, at, status), out)[0]);"""
    curved, plain = run(("grid",), code, {"axes": [{"key": AXES[0].key, "values": AXES[0].values}]})
    assert curved is None or math.isnan(curved)
    assert plain == pytest.approx(1.4, rel=1e-12)


def test_curves():
    axes = (Axis("flexion_deg", (-10.0, -8.0, 0.0, 5.0, 12.0, 30.0, 31.0)), Axis("load_kg", (0.0, 2.0, 10.0)), Axis("lateral_deg", (0.0,)))
    axes = (*axes, Axis("hold_mm", (200.0, 400.0)))
    rng = np.random.default_rng(6)
    values = rng.normal(size=(42, 5)).astype("f4")
    random = rng.uniform([-10, 0, 0, 200], [31, 10, 0, 400], (40, 4))
    points = np.concatenate([nodes(axes), random, [[5.0, 1.0, 0.0, 250.0], [-9.0, 2.0, 0.0, 400.0]]])
    code = """
      const out = [], array = Float32Array.from(data.values);
      for (const point of data.points) {
        const at = Object.fromEntries(data.axes.map((axis, i) => [axis.key, point[i]]));
        out.push([...curves(array, 5, stencil(data.axes, at), new Float64Array(5))]);
      }
      return out;"""
    told = [{"key": axis.key, "values": axis.values} for axis in axes]
    found = run(("grid",), code, {"axes": told, "points": points.tolist(), "values": listed(values)})
    truth = [between(axes, values.astype(float), [np.array([x]) for x in point])[0] for point in points]
    np.testing.assert_allclose(found, truth, rtol=1e-9, atol=1e-12)
    assert np.array(found[:42]).astype("f4").tobytes() == values.tobytes()


@pytest.mark.parametrize(
    ("point", "status", "kind"),
    [
        (0.0, [2, 0, 1, 0], "solved"),
        (5.0, [2, 0, 1, 0], "solved"),
        (2.0, [2, 0, 0, 0], "interpolated"),
        (2.0, [2, 0, 1, 0], "unknown"),
        (-3.0, [2, 0, 1, 0], "unknown"),
        (30.0, [2, 0, 1, 0], "solved"),
    ],
)
def test_nothing_is_blended_over_a_node_that_did_not_converge(point, status, kind):
    axes = [{"key": AXES[0].key, "values": AXES[0].values}]
    code = "return stateOf(data.status, nodesAt(data.axes, { flexion_deg: data.point }, data.status));"
    found = run(("grid",), code, {"axes": axes, "status": status, "point": point})
    assert found["kind"] == kind


def test_blended_poses_turn_half_way():
    first, last = Rotation.from_euler("xyz", [10, 20, -30], degrees=True), Rotation.from_euler("xyz", [-20, 5, 40], degrees=True)
    stored = np.array([[[1.0, 2.0, 3.0, *first.as_quat()]], [[3.0, 2.0, 1.0, *(-last.as_quat())]]])
    code = """
      const out = new Float64Array(7), found = [{ node: 0, weight: 0.5 }, { node: 1, weight: 0.5 }];
      return [...blendPoses(Float64Array.from(data.poses), 1, found, out)];"""
    found = run(("grid",), code, {"poses": listed(stored)})
    half = first * Rotation.from_rotvec(0.5 * (first.inv() * last).as_rotvec())
    np.testing.assert_allclose(found[:3], [2.0, 2.0, 2.0])
    np.testing.assert_allclose(Rotation.from_quat(found[3:]).as_matrix(), half.as_matrix(), atol=1e-12)


def test_discs(scene, placed):
    about = {
        "around": 48, "rows": discs.ROWS, "rings": discs.RINGS, "bulge": discs.BULGE, "gain": discs.BULGE_GAIN,
        "range": discs.BULGE_RANGE, "dome": discs.DOME, "sense": scene.discs.sense,
    }  # fmt: skip
    code = """
      const bodies = bodiesOf(data.poses, 11, new Float64Array(132)), up = new Float64Array(18);
      midPlanes(data.poses, data.up, up);
      const out = new Float64Array(6 * 6 * discVertices(data.about));
      shapeDiscs(data.about, data.rims, Float64Array.from(data.rest), data.profile, bodies, up, out);
      return { up: [...up], out: [...out] };"""
    data = {"about": about, "poses": poses(placed), "rims": listed(scene.discs.rims), "rest": listed(scene.discs.rest)}
    data |= {"profile": listed(scene.discs.profile), "up": listed(scene.placer.person.frame[:, :, 1])}
    found = run(("pose", "discs", "scene"), code, data)
    np.testing.assert_allclose(np.reshape(found["up"], (6, 3)), placed.disc_frame[:, :, 1], atol=1e-9)
    points, normals = scene.discs.shape(placed.rotation, placed.shift, placed.disc_frame)
    made = np.reshape(found["out"], (6, -1, 6))
    np.testing.assert_allclose(made[..., :3], points, atol=1e-9)
    np.testing.assert_allclose(made[..., 3:], normals, atol=1e-6)


def test_muscles(scene, placed):
    made: Spindles = scene.spindles
    code = """
      const bodies = bodiesOf(data.poses, 11, new Float64Array(132)), path = new Float64Array(data.points.length);
      pathPoints(bodies, data.body, data.points, path);
      const middle = new Float64Array(data.chosen.length), along = new Float64Array(data.chosen.length);
      stations(data.chosen, data.mix, data.slope, path, middle, along);
      return { middle: [...middle], along: [...along] };"""
    data = {"poses": poses(placed), "body": MODEL.topology.point_body.tolist(), "points": listed(scene.placer.person.point)}
    data |= {"chosen": made.chosen.ravel().tolist(), "mix": listed(made.mix), "slope": listed(made.slope)}
    found = run(("pose", "muscles"), code, data)
    near = placed.point[made.chosen]
    np.testing.assert_allclose(
        np.reshape(found["middle"], (*made.radius.shape, 4))[..., :3], np.einsum("fsk,fski->fsi", made.mix, near), atol=1e-9
    )
    np.testing.assert_allclose(
        np.reshape(found["along"], (*made.radius.shape, 4))[..., :3], np.einsum("fsk,fski->fsi", made.slope, near), atol=1e-9
    )


def test_numbers_read_as_everywhere_else():
    values = [0.0, -0.2, 1.005, 12.5001, 999.6, 1234.5678, -98765.4321, 1e6]
    found = run(("numbers",), "return data.values.map((v) => [number(v, 0), number(v, 2)]);", {"values": values})
    for value, texts in zip(values, found, strict=True):
        for digits, text in zip((0, 2), texts, strict=True):
            assert text.replace(",", "").replace("\u2212", "-") == number(value, digits)
    assert run(("numbers",), "return [number(NaN, 0), percent(NaN), percent(0.126)];", {}) == ["\u2013", "\u2013", "13 %"]


def test_labels_do_not_overlap_and_stay_inside():
    wanted = [100.0, 101.0, 102.0, 500.0, 790.0, 800.0]
    found = run(("labels",), "return spread(data.wanted, 27, 70, 780);", {"wanted": wanted})
    assert min(b - a for a, b in itertools.pairwise(found)) >= 27 - 1e-9
    assert 70 <= found[0] <= found[-1] <= 780
    assert math.isclose(found[3], 500.0)


def test_ligaments_and_facets_ride_on_their_vertebrae(scene, placed):
    """The page carries them with the bodies; the solver has its settled translations in the frame between them, within a hair."""
    blob = Blob()
    parts.ligaments(blob, scene)
    content = gzip.decompress(base64.b64decode(blob.text()))

    def stored(name: str) -> np.ndarray:
        entry = blob.table[name]
        return np.frombuffer(content, "f4", entry["length"], entry["offset"]).reshape(entry["shape"]).astype(float)

    bands = np.isin(np.array(LIGAMENTS)[scene.strands.group], BANDS)
    ends, centre, normal = stored("ligaments.ends"), stored("facets.centre"), stored("facets.normal")
    for j in range(6):
        np.testing.assert_allclose(placed.carry(j, ends[j, bands, 0]), placed.strand[j, bands, 0], atol=1e-6)
        np.testing.assert_allclose(placed.carry(j + 1, ends[j, bands, 1]), placed.strand[j, bands, 1], atol=3e-4)
        np.testing.assert_allclose(placed.carry(j + 1, centre[j]), placed.facet_centre[j], atol=3e-4)
        np.testing.assert_allclose(normal[j] @ placed.rotation[j].T, placed.facet_normal[j], atol=1e-6)


def test_rays_meet_triangles_where_they_are():
    mesh = offline_parts.ball(0.03, 60, 90)
    middle = np.array([0.1, -0.2, 0.0])
    rng = np.random.default_rng(9)
    rays = []
    for _ in range(40):
        start = middle + 0.3 * (way := rng.normal(size=3)) / np.linalg.norm(way)
        rays.append([*start, *(middle + rng.uniform(-0.03, 0.03, 3) - start)])
    code = """
      const vertices = Float32Array.from(data.points);
      return data.rays.map(([x, y, z, ...way]) =>
        meetsTriangles({ from: [x, y, z], way: unit(way) }, vertices, 3, data.triangles, 0, data.triangles.length));"""
    data = {"points": listed(mesh.points), "triangles": np.asarray(mesh.triangles).ravel().tolist(), "rays": rays}
    hits = 0
    for ray, found in zip(np.array(rays), run(("pose", "rays"), code, data), strict=True):
        start, way = ray[:3], ray[3:] / np.linalg.norm(ray[3:])
        along = (middle - start) @ way
        below = 0.03**2 - ((middle - start) @ (middle - start) - along**2)
        if below < 1e-5:  # near the edge of the ball, which its triangles cut
            continue
        hits += 1
        assert found == pytest.approx(along - math.sqrt(below), abs=1e-4)
    assert hits > 15


def test_the_nearest_point_of_a_piece():
    rng = np.random.default_rng(10)
    cases = rng.uniform(-1.0, 1.0, (30, 12)).tolist()
    code = """
      return data.cases.map((c) => {
        const { gap, far, share } = nearPiece({ from: c.slice(0, 3), way: unit(c.slice(3, 6)) }, c.slice(6, 9), c.slice(9));
        return [gap, far, share];
      });"""
    for case, (gap, far, share) in zip(np.array(cases), run(("pose", "rays"), code, {"cases": cases}), strict=True):
        start, way, a, b = case[:3], case[3:6] / np.linalg.norm(case[3:6]), case[6:9], case[9:]
        shares = np.linspace(0.0, 1.0, 20001)[:, None]
        away = a + shares * (b - a) - start
        gaps = np.linalg.norm(away - (away @ way)[:, None] * way, axis=1)
        assert gap == pytest.approx(gaps.min(), abs=1e-5)
        assert share == pytest.approx(shares[gaps.argmin(), 0], abs=1e-3)
        assert far == pytest.approx((a + share * (b - a) - start) @ way, abs=1e-9)
