"""What is packed comes out again: numbers bit for bit, meshes within what the eye sees."""

from __future__ import annotations

import base64
import gzip

import numpy as np
import pytest
from javascript import needs_javascript, run
from offline_parts import ball
from scipy.spatial.transform import Rotation

from spinesim.viz.anatomy.mesh import Mesh
from spinesim.viz.offline.outline import outline
from spinesim.viz.offline.packing import Blob, add_mesh, first_use, octahedral, quaternions


def unpacked(blob: Blob) -> bytes:
    return gzip.decompress(base64.b64decode(blob.text()))


def test_numbers_come_out_bit_for_bit_and_aligned():
    blob, rng = Blob(), np.random.default_rng(1)
    given = {
        "bytes": rng.integers(0, 255, 5).astype("u1"),
        "singles": np.array([1.1, np.nan, -0.0, np.inf], "f4"),
        "shorts": rng.integers(0, 65535, (3, 3)).astype(">u2"),
    }
    for name, array in given.items():
        blob.add(name, array)
    content = unpacked(blob)
    for name, array in given.items():
        entry = blob.table[name]
        assert entry["offset"] % 4 == 0
        found = np.frombuffer(content, array.dtype.newbyteorder("<"), entry["length"], entry["offset"])
        assert found.tobytes() == array.ravel().astype(array.dtype.newbyteorder("<")).tobytes()
    assert blob.text() == blob.text()


def test_rows_come_out_bit_for_bit_and_take_less_room():
    rng = np.random.default_rng(4)
    smooth = np.cumsum(rng.normal(size=(300, 7, 2)), axis=0).astype("f4")
    given = {"singles": smooth, "shorts": rng.integers(0, 65535, (5, 3)).astype("u2"), "bytes": np.arange(9, dtype="u1")}
    blob, plain = Blob(), Blob()
    for name, array in given.items():
        blob.add_rows(name, array)
        plain.add(name, array)
    assert len(blob.text()) < 0.9 * len(plain.text())
    code = """
      const found = Object.entries(arraysOf(Uint8Array.from(data.content).buffer, data.table));
      return Object.fromEntries(found.map(([name, array]) => [name, [...new Uint8Array(array.buffer, 0, array.byteLength)]]));"""
    found = run(("unpack",), code, {"content": list(unpacked(blob)), "table": blob.table})
    for name, array in given.items():
        assert bytes(found[name]) == array.tobytes()
    with pytest.raises(ValueError, match="no type"):
        blob.add_rows("wide", np.zeros((2, 2)))


def test_a_blob_takes_no_name_twice_and_no_type_that_browsers_lack():
    blob = Blob()
    blob.add("a", np.zeros(1, "f4"))
    with pytest.raises(ValueError, match="taken"):
        blob.add("a", np.zeros(1, "f4"))
    with pytest.raises(ValueError, match="float64 is no type"):
        blob.add("b", np.zeros(1))


def test_normals_fold_within_a_degree_and_a_half():
    way = np.random.default_rng(3).normal(size=(2000, 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    x, y = octahedral(way).T / 127.0
    z = 1.0 - np.abs(x) - np.abs(y)
    folded = z < 0
    x, y = np.where(folded, (1 - np.abs(y)) * np.where(x < 0, -1, 1), x), np.where(folded, (1 - np.abs(x)) * np.where(y < 0, -1, 1), y)
    back = np.stack([x, y, z], axis=1)
    back /= np.linalg.norm(back, axis=1, keepdims=True)
    assert np.degrees(np.arccos(np.clip((back * way).sum(axis=1), -1, 1))).max() < 1.5


def test_vertices_in_order_of_use_without_those_unused():
    triangles = np.array([[5, 2, 9], [2, 5, 7]])
    order, renumbered = first_use(triangles, 12)
    assert order.tolist() == [5, 2, 9, 7]
    assert (order[renumbered] == triangles).all()


def test_a_mesh_of_too_many_vertices_is_refused():
    mesh = ball()
    many = Mesh(np.zeros((70_000, 3)), mesh.triangles, np.zeros((70_000, 3)), np.zeros(70_000))
    with pytest.raises(ValueError, match="mesh L3: 70000 vertices"):
        add_mesh(Blob(), "L3", many)


@needs_javascript
def test_the_page_unpacks_the_mesh():
    mesh, blob = ball(), Blob()
    about = add_mesh(blob, "ball", mesh)
    code = """
      const bytes = Uint8Array.from(data.bytes), arrays = arraysOf(bytes.buffer, data.table), mesh = meshOf(arrays, 'ball', data.about);
      return { vertices: [...mesh.vertices], indices: [...mesh.indices] };"""
    found = run(("unpack",), code, {"bytes": list(unpacked(blob)), "table": blob.table, "about": about})
    vertices, triangles = np.reshape(found["vertices"], (-1, 7)), np.reshape(found["indices"], (-1, 3))
    order, renumbered = first_use(mesh.triangles, len(mesh.points))
    assert (triangles == renumbered).all()
    np.testing.assert_allclose(vertices[:, :3], mesh.points[order], atol=1e-6)
    assert np.degrees(np.arccos(np.clip((vertices[:, 3:6] * mesh.normals[order]).sum(axis=1), -1, 1))).max() < 1.5
    np.testing.assert_allclose(vertices[:, 6], mesh.occlusion[order], atol=0.003)


def test_quaternions_turn_as_the_matrices_do():
    turns = Rotation.random(20, rng=4)
    found = quaternions(turns.as_matrix().reshape(4, 5, 3, 3))
    assert found.shape == (4, 5, 4)
    np.testing.assert_allclose(Rotation.from_quat(found.reshape(-1, 4)).as_matrix(), turns.as_matrix(), atol=1e-12)
    assert (found[..., 3] >= 0).all()


def test_the_outline_of_a_ball_is_a_circle():
    mesh = ball()
    found = outline(mesh.points, mesh.triangles)
    radius = np.linalg.norm(found - [0.1, -0.2], axis=1)
    assert np.abs(radius - 0.03).max() < 1.2e-3
    turns = np.unwrap(np.arctan2(found[:, 1] + 0.2, found[:, 0] - 0.1))
    assert abs(abs(turns[-1] - turns[0]) - 2 * np.pi) < 0.2


def test_the_outline_follows_a_hollow():
    """A ring cut open: the outline has to go in and out again."""
    turn = np.linspace(0.4, 2 * np.pi - 0.4, 80)
    inner, outer = (np.stack([r * np.cos(turn), r * np.sin(turn), 0 * turn], axis=1) for r in (0.02, 0.03))
    k = np.arange(79)
    triangles = np.concatenate([np.stack([k, k + 1, k + 81], 1), np.stack([k, k + 81, k + 80], 1)])
    found = outline(np.concatenate([inner, outer]), triangles)
    radius = np.linalg.norm(found, axis=1)
    assert (np.abs(radius - 0.02) < 1.5e-3).sum() > 20
    assert (np.abs(radius - 0.03) < 1.5e-3).sum() > 20
