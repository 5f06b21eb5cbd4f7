"""Bones made from the record: whole, in their places, mirror images, clear of each other, kept, and replaced by the user's own."""

from __future__ import annotations

import math
import struct
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from spinesim.model.anatomy import SpineModel
from spinesim.model.data import data_dir
from spinesim.model.names import JOINTS
from spinesim.model.subject import Subject
from spinesim.model.tables import Tables, rows
from spinesim.viz import anatomy
from spinesim.viz.anatomy import bones, cache, landmarks, paths
from spinesim.viz.anatomy.surface import skin
from spinesim.viz.anatomy.vertebra import CARTILAGE
from spinesim.viz.scene import Scene

LUMBAR = ("L5", "L4", "L3", "L2", "L1", "T12")
CHAIN = ("sacrum", *LUMBAR)
HANDLES = {"sacrum": 9, "pelvis_left": 1, "pelvis_right": 1, **dict.fromkeys((*LUMBAR, "T11", "T10", "T9"), 1)}
FLIP = np.array([1.0, 1.0, -1.0])


@pytest.fixture(scope="session")
def kept(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _own_cache(kept, monkeypatch):
    monkeypatch.setenv("SPINESIM_CACHE_DIR", str(kept))


@pytest.fixture(scope="session")
def model() -> SpineModel:
    return SpineModel.default()


@pytest.fixture(scope="session")
def man(model, kept) -> anatomy.Anatomy:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPINESIM_CACHE_DIR", str(kept))
        return anatomy.build(model, Subject(), "low")


@pytest.fixture(scope="session")
def spine(model):
    return model.pack(Subject())


def planned(subject: Subject) -> dict[str, bones.Plan]:
    """Fields of a person's bones, without meshes."""
    model, shape = SpineModel.default(), Tables.load(data_dir("geometry") / "anatomy")
    return bones.plans(landmarks.of(model, subject, shape), model.tables, shape)


def depths(plan: bones.Plan, points: np.ndarray) -> np.ndarray:
    """Signed distance in mm at points in m."""
    return plan.field(1e3 * points)


def same(one: anatomy.Anatomy, other: anatomy.Anatomy) -> bool:
    fields = ("points", "triangles", "normals", "occlusion")
    return all(np.array_equal(getattr(one.bones[n].mesh, f), getattr(other.bones[n].mesh, f)) for n in one.bones for f in fields)


def test_drawn_ligaments_end_on_bone(model, man):
    """The model's attachments stand up to 32 mm off the sketch of the bones (behind the sacrum); those drawn do not."""
    scene = Scene(model, Subject(), man, "low")
    for j in range(6):
        for end, knot in enumerate((0, 3)):
            field, _ = man.fields[CHAIN[j + end]]
            assert field(1e3 * scene.strands.knots[j, :, knot]).max() < 1.0


@pytest.mark.parametrize("name", anatomy.NAMES)
def test_a_bone_is_whole(man, name):
    mesh = man.bones[name].mesh
    assert mesh.closed
    assert mesh.pieces == 1
    assert mesh.genus == HANDLES.get(name, 0)
    assert mesh.volume > 0.0
    assert np.allclose(np.linalg.norm(mesh.normals, axis=1), 1.0)
    assert mesh.occlusion.min() >= 0.0
    assert mesh.occlusion.max() <= 1.0


@pytest.mark.parametrize("name", anatomy.NAMES)
def test_normals_point_out_of_the_triangles(man, name):
    mesh = man.bones[name].mesh
    a, b, c = (mesh.points[mesh.triangles[:, i]] for i in range(3))
    facing = np.einsum("ij,ij->i", np.cross(b - a, c - a), mesh.normals[mesh.triangles].sum(axis=1))
    assert (facing > 0.0).mean() > 0.99


def test_lumbar_vertebrae_have_the_volume_of_lumbar_vertebrae(man):
    assert all(35.0 < 1e6 * man.bones[name].mesh.volume < 50.0 for name in LUMBAR)


def test_bodies_of_bones(man):
    assert [man.bones[name].body for name in (*CHAIN, "T9", "rib9_left", "pelvis_left")] == [0, 1, 2, 3, 4, 5, 6, 6, 6, 0]


@pytest.mark.parametrize("name", ["pelvis", *(f"rib{n}" for n in (9, 10, 11, 12))])
def test_left_bones_mirror_right_ones_bit_by_bit(man, name):
    left, right = man.bones[f"{name}_left"].mesh, man.bones[f"{name}_right"].mesh
    assert np.array_equal(left.points, right.points * FLIP)
    assert np.array_equal(left.normals, right.normals * FLIP)


@pytest.mark.parametrize("name", [*CHAIN, "T11", "T10", "T9"])
def test_a_bone_of_the_middle_is_its_own_mirror_image_bit_by_bit(man, name):
    points = man.bones[name].mesh.points
    assert {tuple(p) for p in points * FLIP + 0.0} == {tuple(p) for p in points + 0.0}


def test_tropism_breaks_the_mirror_only_where_it_is():
    # L3 gives way to the upper facets of L4.
    crooked = planned(Subject(facet_angle_left_deg={"L4-L5": 25.0}))
    assert {name for name, plan in crooked.items() if plan.field.sides == 2} == {"L5", "L4", "L3"}
    plan = crooked["L4"]
    mesh = skin(plan.field, 1.4, 3000)
    assert mesh.closed
    assert mesh.genus == 1
    assert not np.allclose(depths(plan, mesh.points * FLIP), 0.0, atol=0.3)
    assert np.allclose(depths(plan, mesh.points), 0.0, atol=0.3)


def test_the_disc_centre_lies_between_its_endplates(man, spine):
    middle = man.rims.mean(axis=(1, 2))
    assert np.abs(middle - spine.centre).max() < 1e-3
    apart = np.einsum("ji,ji->j", man.rims[:, 1].mean(axis=1) - man.rims[:, 0].mean(axis=1), spine.frame[:, :, 1])
    assert np.allclose(apart, spine.disc[:, 0], atol=2e-4)


def test_rims_lie_on_the_bones(man):
    for j in range(6):
        for side, name in enumerate((CHAIN[j], CHAIN[j + 1])):
            distance = man.fields[name][0](1e3 * man.rims[j, side])
            assert distance.max() < 0.6, (JOINTS[j], name)
            # The sacrum goes on at the sides.
            assert distance.min() > (-1.4 if name != "sacrum" else -3.0), (JOINTS[j], name)


def test_rims_start_in_front_and_run_over_the_right(man):
    assert man.rims.shape == (6, 2, 48, 3)
    assert (man.rims[:, :, 0, 0] >= man.rims[..., 0].max(axis=2) - 1e-4).all()
    assert (man.rims[:, :, 12, 2] > 0.015).all()
    assert np.array_equal(man.rims[:, :, 1:25], man.rims[:, :, :23:-1] * FLIP)


@pytest.mark.parametrize("gap_mm", [0.0, 0.8])
def test_facets_meet_at_the_models_gap(model, gap_mm):
    """Along the normal through the patch's centre, bone ends a cartilage before the plane and starts a cartilage and the gap behind."""
    subject = Subject(facet_gap_left_mm=dict.fromkeys(JOINTS, gap_mm), facet_gap_right_mm=dict.fromkeys(JOINTS, gap_mm))
    plans, spine = planned(subject), model.pack(subject)
    for j in range(6):
        for side in range(2):
            centre = 1e3 * (spine.centre[j] + spine.frame[j] @ spine.facet_origin[j, side])
            normal = spine.frame[j] @ spine.facet_normal[j, side]
            reach = np.linspace(-3.0, 4.0, 701)
            line = centre + reach[:, None] * normal
            low, high = plans[CHAIN[j]].field(line), plans[CHAIN[j + 1]].field(line)
            assert reach[low < 0.0].max() == pytest.approx(-CARTILAGE, abs=0.1)
            assert reach[high < 0.0].min() == pytest.approx(CARTILAGE + 1e3 * spine.facet_gap[j, side, 0], abs=0.1)


@pytest.mark.parametrize(("flexion", "least"), [(-15.0, -2.5), (-5.0, 0.0), (0.0, 1.0), (20.0, 1.0), (40.0, 0.8), (60.0, 0.5)])
def test_neighbours_stay_clear_of_each_other(man, spine, flexion, least):
    """Signed distance (mm) of each bone's vertices in the field of the one below; in full extension spinous processes may touch."""
    rotation, shift = paths.bent(spine, math.radians(flexion))
    for j in range(6):
        points = man.bones[CHAIN[j + 1]].mesh.points
        placed = points @ rotation[j + 1].T + shift[j + 1]
        local = (placed - shift[j]) @ rotation[j]
        assert man.fields[CHAIN[j]][0](1e3 * local).min() > least, JOINTS[j]


@pytest.mark.parametrize("name", [*LUMBAR, "sacrum", "pelvis_right", "rib11_right"])
def test_bones_grow_with_stature(man, name):
    """All lengths go with stature: the surface of a person 10 % taller is the same surface 10 % larger, but for the discs' own law."""
    tall = planned(Subject(stature_m=1.68 * 1.1))[name]
    assert np.abs(depths(tall, 1.1 * man.bones[name].mesh.points)).max() < 1.0


def test_crests_stand_at_l4_l5(man, spine):
    crest = man.bones["pelvis_right"].mesh.points[:, 1].max()
    assert spine.centre[1, 1] - 0.01 < crest < spine.centre[2, 1] - 0.01


def test_lordosis_goes_into_the_bones(model):
    shape = Tables.load(data_dir("geometry") / "anatomy")
    usual, hollow = (landmarks.of(model, Subject(lordosis_deg=value), shape).joints for value in (50.0, 60.0))
    more = [math.degrees(joints[5].upper.tilt - joints[0].lower.tilt) for joints in (usual, hollow)]
    # The endplates stand half a segment off the ends of the curve.
    assert 7.0 < more[1] - more[0] < 10.0


def test_a_worn_disc_lets_the_upper_bone_down_without_bones_meeting(model):
    subject = Subject(disc_grade={"L4-L5": 4})
    plans, spine = planned(subject), model.pack(subject)
    assert spine.height_loss[1] > 0.001
    rotation, shift = paths.bent(spine, 0.0)
    mesh = skin(plans["L4"].field, 1.4, 3000)
    assert depths(plans["L5"], mesh.points @ rotation[2].T + shift[2] - shift[1]).min() > 0.9


@pytest.mark.parametrize("flexion", [-15.0, 0.0, 30.0, 50.0, 60.0])
def test_no_muscle_runs_through_bone(man, spine, flexion):
    rotation, shift = paths.bent(spine, math.radians(flexion))
    lines, owner = man.paths, np.repeat(np.arange(len(man.paths.start) - 1), np.diff(man.paths.start))
    placed = lines.carried(rotation, shift)
    tail = np.flatnonzero(owner[1:] == owner[:-1])
    share = (np.arange(30) + 0.5)[:, None, None] / 30.0
    sample = ((1.0 - share) * placed[tail] + share * placed[tail + 1]).reshape(-1, 3)
    for name, (field, body) in man.fields.items():
        local = 1e3 * (sample - shift[body]) @ rotation[body]
        near = ((local > field.bounds[0]) & (local < field.bounds[1])).all(axis=1)
        assert not near.any() or field(local[near]).min() > -1.0, name


def test_display_paths_keep_to_the_models_paths(man, model, spine):
    """Every fascicle keeps its bodies in order, and its points are no farther from the model's line than a bone is thick."""
    owner = model.fascicle_table.owner
    assert len(man.paths.start) == len(model.fascicles) + 1
    for f in range(len(model.fascicles)):
        mine, shown = np.flatnonzero(owner == f), slice(man.paths.start[f], man.paths.start[f + 1])
        if not len(mine):
            assert shown.start == shown.stop
            continue
        a, b = spine.point[mine][:-1], spine.point[mine][1:]
        p = man.paths.point[shown][:, None]
        t = np.clip(((p - a) * (b - a)).sum(-1) / ((b - a) ** 2).sum(-1), 0.0, 1.0)[..., None]
        assert np.linalg.norm(p - a - t * (b - a), axis=2).min(axis=1).max() < 0.03, model.fascicles[f]
        assert man.paths.body[shown][[0, -1]].tolist() == model.topology.point_body[mine][[0, -1]].tolist()


def test_detail_is_the_number_of_triangles(man):
    assert all(abs(len(man.bones[name].mesh.triangles) - 3500) < 100 for name in LUMBAR)


def test_unknown_detail_is_refused_with_the_nearest(model):
    with pytest.raises(ValueError, match=r"detail: 'hi' is unknown.*did you mean 'high'"):
        anatomy.build(model, Subject(), "hi")


def test_bones_made_again_are_the_same_bit_by_bit(man):
    plans = planned(Subject())
    for name in ("L3", "rib10_right"):
        plan = plans[name]
        around = [plans[n].field for n in plan.around]
        mesh = skin(plan.field, plan.spacing, int(3500 * plan.share), around=around, own_normals=plan.smooth)
        assert all(
            np.array_equal(getattr(mesh, f), getattr(man.bones[name].mesh, f)) for f in ("points", "triangles", "normals", "occlusion")
        )


class TestCache:
    @pytest.fixture
    def making(self, man, monkeypatch) -> list[str]:
        """Bones made before stand for bones made now; the list counts how often."""
        made: list[str] = []

        def meshes(plans, triangles, progress):
            made.append("made")
            if progress is not None:
                progress("L5", 1.0)
            return {name: man.bones[name].mesh for name in plans}

        monkeypatch.setattr("spinesim.viz.anatomy.bones.meshes", meshes)
        monkeypatch.setattr(paths, "display", lambda *_: man.paths)
        return made

    def test_a_kept_anatomy_comes_back_bit_by_bit(self, model, man, making):
        again = anatomy.build(model, Subject(), "low")
        assert not making
        assert same(man, again)
        assert np.array_equal(man.paths.point, again.paths.point)
        assert np.array_equal(man.rims, again.rims)

    def test_a_damaged_file_is_made_again(self, model, man, making, tmp_path, monkeypatch):
        monkeypatch.setenv("SPINESIM_CACHE_DIR", str(tmp_path))
        anatomy.build(model, Subject(), "low")
        (file,) = (tmp_path / "spinesim" / "anatomy").glob("*.npz")
        whole = file.read_bytes()
        for count, damage in enumerate((b"", whole[:-1000], b"nonsense", whole[:1000] + bytes(1000) + whole[2000:]), start=2):
            file.write_bytes(damage)
            assert same(man, anatomy.build(model, Subject(), "low"))
            assert len(making) == count
            assert file.read_bytes() == whole

    def test_works_and_says_so_where_nothing_can_be_written(self, model, man, making, tmp_path, monkeypatch):
        (tmp_path / "spinesim").write_text("in the way")
        monkeypatch.setenv("SPINESIM_CACHE_DIR", str(tmp_path))
        made = anatomy.build(model, Subject(), "low")
        assert same(man, made)
        assert "made anew every time" in made.notes[0]

    def test_progress_is_heard(self, model, making, tmp_path, monkeypatch):
        monkeypatch.setenv("SPINESIM_CACHE_DIR", str(tmp_path))
        heard: list[tuple[str, float]] = []
        anatomy.build(model, Subject(), "low", progress=lambda name, share: heard.append((name, share)))
        assert heard == [("L5", 1.0)]

    def test_old_files_go(self, man, tmp_path, monkeypatch):
        monkeypatch.setenv("SPINESIM_CACHE_DIR", str(tmp_path))
        monkeypatch.setattr(cache, "_MOST_FILES", 2)
        for name in "abc":
            assert cache.write(name, {"L3": man.bones["L3"].mesh}, {}) is None
        assert len(list(cache.folder().glob("*.npz"))) == 2

    def test_another_body_is_another_key_and_strength_is_not(self):
        usual = cache.key(planned(Subject()), 3500)
        assert cache.key(planned(Subject(strength={"multifidus": 0.5}, mass_kg=80.0)), 3500) == usual
        others = (Subject(stature_m=1.7), Subject(sex="female"), Subject(lordosis_deg=66.0), Subject(facet_gap_left_mm={"L4-L5": 0.5}))
        assert usual not in {cache.key(planned(subject), 3500) for subject in others}
        assert cache.key(planned(Subject()), 10000) != usual


class TestOwnBones:
    def write(self, path: Path, mesh: anatomy.Mesh, unit: float = 1e3, shift: float = 0.0, drop: int = 0) -> Path:
        """A binary STL file."""
        faces = mesh.triangles[: len(mesh.triangles) - drop]
        with path.open("wb") as stream:
            stream.write(b"\0" * 80 + struct.pack("<I", len(faces)))
            for face in mesh.points[faces] * unit + shift:
                stream.write(struct.pack("<12fH", 0.0, 0.0, 0.0, *face.ravel(), 0))
        return path

    def test_a_file_takes_the_place_of_its_bone(self, model, man, tmp_path):
        self.write(tmp_path / "L3.stl", man.bones["L3"].mesh)
        mixed = anatomy.build(model, Subject(), "low", folder=tmp_path)
        assert mixed.bones["L3"].mesh.closed
        assert mixed.bones["L3"].mesh.volume == pytest.approx(man.bones["L3"].mesh.volume, rel=1e-3)
        assert mixed.bones["L3"].body == 3
        assert np.array_equal(mixed.bones["L4"].mesh.points, man.bones["L4"].mesh.points)

    def test_other_formats_are_read(self, model, man, tmp_path):
        mesh = man.bones["L3"].mesh
        points, faces = "\n".join(f"{x} {y} {z}" for x, y, z in 1e3 * mesh.points), mesh.triangles
        head = f"ply\nformat ascii 1.0\nelement vertex {len(mesh.points)}\n" + "".join(f"property double {c}\n" for c in "xyz")
        head += f"element face {len(faces)}\nproperty list uchar int vertex_indices\nend_header\n"
        (tmp_path / "L3.ply").write_text(head + points + "\n" + "\n".join(f"3 {a} {b} {c}" for a, b, c in faces) + "\n")
        array = '<DataArray type="{}" {}format="ascii">{}</DataArray>'
        cells = array.format("Int64", 'Name="connectivity" ', " ".join(map(str, faces.ravel())))
        cells += array.format("Int64", 'Name="offsets" ', " ".join(map(str, range(3, 3 * len(faces) + 1, 3))))
        (tmp_path / "L4.vtp").write_text(
            '<VTKFile type="PolyData" version="1.0" byte_order="LittleEndian"><PolyData>'
            f'<Piece NumberOfPoints="{len(mesh.points)}" NumberOfPolys="{len(faces)}"><Points>'
            + array.format("Float64", 'NumberOfComponents="3" ', points)
            + f"</Points><Polys>{cells}</Polys></Piece></PolyData></VTKFile>"
        )
        mixed = anatomy.build(model, Subject(), "low", folder=tmp_path).bones
        assert all(mixed[name].mesh.volume == pytest.approx(mesh.volume, rel=1e-3) for name in ("L3", "L4"))

    def test_inside_out_is_turned(self, model, man, tmp_path):
        mesh = man.bones["L3"].mesh
        self.write(tmp_path / "L3.stl", anatomy.Mesh(mesh.points, mesh.triangles[:, ::-1], mesh.normals, mesh.occlusion))
        assert anatomy.build(model, Subject(), "low", folder=tmp_path).bones["L3"].mesh.volume > 0.0

    def test_an_open_one_is_drawn_and_noted(self, model, man, tmp_path):
        path = self.write(tmp_path / "L3.stl", man.bones["L3"].mesh, drop=5)
        made = anatomy.build(model, Subject(), "low", folder=tmp_path)
        assert made.notes == (f"{path}: is not closed; drawn as it is",)

    def test_faults_are_named(self, model, man, tmp_path):
        def told(name: str, **how: float) -> str:
            for old in tmp_path.iterdir():
                old.unlink()
            self.write(tmp_path / name, man.bones["L3"].mesh, **how)
            with pytest.raises(ValueError) as info:
                anatomy.build(model, Subject(), "low", folder=tmp_path)
            assert str(tmp_path / name) in str(info.value)
            return str(info.value)

        assert "did you mean 'L3'" in told("L33.stl")
        assert "look like metres" in told("L3.stl", unit=1.0)
        assert "x anterior" in told("L3.stl", shift=400.0)
        assert "stands (" in told("L5.stl", shift=100.0)

    def test_a_file_that_is_none_is_named(self, model, tmp_path):
        (tmp_path / "L3.ply").write_text("not a mesh")
        with pytest.raises(ValueError, match=r"L3\.ply: "):
            anatomy.build(model, Subject(), "low", folder=tmp_path)

    def test_an_empty_or_missing_folder_is_said(self, model, tmp_path):
        with pytest.raises(ValueError, match="no bone in it"):
            anatomy.build(model, Subject(), "low", folder=tmp_path)
        with pytest.raises(FileNotFoundError, match="missing"):
            anatomy.build(model, Subject(), "low", folder=tmp_path / "none")


def test_datasheet_counts_its_rows():
    folder = data_dir("geometry") / "anatomy"
    sheet, statuses = (folder / "DATASHEET.md").read_text(encoding="utf-8"), Counter()
    for path in sorted(folder.glob("*.csv")):
        table = [row for _, row in rows(path)]
        assert f"| `{path.name}` | {len(table)} |" in sheet
        statuses.update(row["status"] for row in table if "status" in row)
    for status, count in statuses.items():
        assert f"| `{status}` | {count} |" in sheet
