"""``spinesim view``: sliders solve, numbers on the screen are the result's, and what is pointed at tells its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import stand_in
from click.testing import CliRunner

from spinesim import Load, Posture, SpineModel, Subject, solve
from spinesim.analysis.movement import movement, solve_movement
from spinesim.cli import main
from spinesim.config.exercise import exercise
from spinesim.config.presets import preset
from spinesim.model.names import LEVELS
from spinesim.viz.live import HOLDS, KNOBS, Live
from spinesim.viz.picture import Shown, pixels
from spinesim.viz.scene import QUANTITIES, Scene
from spinesim.viz.stage.options import Options

MODEL, SUBJECT = SpineModel.default(), Subject()
START = Posture(trunk_inclination_deg=20.0, upper_arm_deg=(30.0, 30.0)), Load(mass_kg=5.0)


def shown(posture=START[0], load=START[1]):
    solution = solve(MODEL, SUBJECT, posture, load)
    return Shown.case_of(SUBJECT, posture, load, solution, "Lift", "Posture: own angles. Load: 5 kg. Person: male, 45 years.")


def motion():
    moving = movement(MODEL, SUBJECT, exercise("reach"))
    loads = solve_movement(MODEL, SUBJECT, moving)
    return Shown.motion_of(SUBJECT, loads, "Reach", "x.")


@pytest.fixture(scope="module")
def scene():
    return Scene(MODEL, SUBJECT, stand_in.anatomy(MODEL, SUBJECT), "low")


@pytest.fixture
def opened(scene):
    """A window off screen, with its sliders and keys."""
    os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
    from vtkmodules.vtkRenderingCore import vtkRenderWindow
    from vtkmodules.vtkRenderingUI import vtkGenericRenderWindowInteractor

    from spinesim.viz.stage.desk import Desk
    from spinesim.viz.stage.window import Window

    def make(what, **look):
        options = Options(**{"size": (700, 560), **look})
        window = vtkRenderWindow()
        window.SetOffScreenRendering(True)
        window.SetSize(*options.size)
        interactor = vtkGenericRenderWindowInteractor()
        interactor.SetRenderWindow(window)
        made = Window(Desk(scene, what, options, window), interactor)
        window.Render()
        return made

    return make


def drag(window, name, value):
    slider = window.sliders[name]
    slider.GetSliderRepresentation().SetValue(value)
    slider.InvokeEvent("InteractionEvent")


def level_words(window):
    words = window.desk.open_stage.overlay.all_words()
    return [words[f"level {name}"] for name in LEVELS]


def expected_words(solution, name):
    quantity = QUANTITIES[name]
    values = getattr(solution, quantity.name)
    return [f"{level}  {values[k]:,.{quantity.digits}f} {quantity.unit}" for k, level in enumerate(LEVELS)]


def test_a_case_that_nobody_touches_is_the_given_one():
    given = shown()
    live = Live(MODEL, given)
    assert live.case[2].compression_N.tolist() == given.solution.compression_N[0].tolist()
    assert live.heading == given.heading(0)


@pytest.mark.parametrize("knob", [k.name for k in KNOBS])
def test_a_knob_changes_its_own_number_and_solves(knob):
    live = Live(MODEL, shown())
    live.set(knob, 7.0)
    posture, load, solution = live.case
    numbers = {
        "flexion": posture.trunk_inclination_deg,
        "lateral": posture.lateral_deg,
        "rotation": posture.rotation_deg,
        "load": load.mass_kg,
    }
    assert numbers == {"flexion": 20.0, "lateral": 0.0, "rotation": 0.0, "load": 5.0} | {knob: 7.0}
    again = solve(MODEL, SUBJECT, posture, load)
    np.testing.assert_array_equal(solution.compression_N, again.compression_N)
    with pytest.raises(ValueError, match="outside"):
        live.set(knob, 1e3)
    with pytest.raises(ValueError, match="unknown"):
        live.set("flexing", 1.0)


@pytest.mark.parametrize("hold", HOLDS)
def test_the_load_is_where_it_is_said_to_be(hold):
    live = Live(MODEL, shown())
    live.carry(hold)
    posture, load, solution = live.case
    assert np.isfinite(solution.compression_N).all()
    if hold == "on the back":
        assert (load.backpack_kg, load.mass_kg) == (5.0, 0.0)
    elif hold.endswith("hand"):
        assert (load.hands, load.mass_kg) == (hold.split()[0], 5.0)
    elif HOLDS[hold][0]:
        assert posture.upper_arm_deg == preset(HOLDS[hold][0]).upper_arm_deg
    else:
        assert posture.upper_arm_deg == (0.0, 0.0)


def test_a_share_of_tilt_and_flexion_that_was_given_is_kept():
    live = Live(MODEL, shown(Posture(pelvic_tilt_deg=30.0, flexion_deg=10.0)))
    live.set("flexion", 60.0)
    assert live.case[0].lumbar_share == pytest.approx(0.25)


def test_what_cannot_be_computed_says_why_and_leaves_the_picture():
    live = Live(MODEL, shown(Posture(hand_position_mm=(600.0, 300.0))))
    before = live.case
    live.set("flexion", -20.0)
    assert "no answer" in live.trouble
    assert live.case is before
    live.reset()
    assert live.trouble == ""


@pytest.mark.gl
@pytest.mark.parametrize("name", ["compression", "pressure"])
def test_numbers_on_the_screen_follow_the_slider_and_are_the_solutions(opened, name):
    window = opened(shown(), colour_by=name)
    before, picture = level_words(window), pixels(window.desk.window)
    drag(window, "flexion", 45.0)
    drag(window, "load", 12.0)
    solution = solve(MODEL, SUBJECT, replace(START[0], trunk_inclination_deg=45.0), Load(mass_kg=12.0))
    for words, expected, old in zip(level_words(window), expected_words(solution, name), before, strict=True):
        assert expected.replace("  ", "  > ") in words or expected in words
        assert words != old
    assert (pixels(window.desk.window) != picture).any(axis=-1).mean() > 0.02
    words = window.desk.open_stage.overlay.all_words()
    assert "Trunk 45 deg forward" in words["subtitle 0"]
    assert "12 kg" in words["subtitle 0"]


@pytest.mark.gl
def test_every_step_of_a_slider_is_timed(opened):
    window = opened(shown())
    times = []
    for angle in range(20, 50):
        window.desk.set("flexion", float(angle))
        times.append(window.desk.update_ms)
    assert min(times) > 0.0


@pytest.mark.gl
def test_a_disc_that_is_picked_tells_its_numbers(opened):
    from spinesim.viz.stage.camera import to_pixels

    window = opened(shown(), view="front", muscles="off", ligaments=False, pelvis=False)
    desk = window.desk
    solution = desk.live.case[2]
    for label in desk.open_stage.frame.labels:
        x, y = to_pixels(desk.open_stage.camera, label.anchor[None], desk.open_stage.size)[0]
        words = desk.pick(x, y)
        assert words.startswith(f"Disc {LEVELS[label.level]}: compression {solution.disc_compression_N[label.level]:,.0f} N")
        assert f"net of the level {solution.compression_N[label.level]:,.0f} N" in words
        assert desk.open_stage.overlay.words("message").replace("\n", " ") == words
    assert desk.pick(2.0, 2.0) == ""


@pytest.mark.gl
def test_numbers_of_what_was_picked_follow_the_slider(opened):
    window = opened(shown())
    desk = window.desk
    desk.choose(desk.structures()["Facet joint L4-L5, left"])
    before = desk.message
    drag(window, "flexion", -10.0)
    solution = solve(MODEL, SUBJECT, replace(START[0], trunk_inclination_deg=-10.0), START[1])
    assert desk.message.startswith(f"Facet joint L4-L5, left: force {solution.facet_force_N[4, 0]:,.0f} N")
    assert desk.message != before
    assert desk.open_stage.overlay.words("message").replace("\n", " ") == desk.message
    window.press("m")
    assert desk.message.startswith("Facet joint L4-L5, left")


@pytest.mark.gl
def test_every_listed_structure_tells_of_itself_and_keys_go_through_them(opened):
    window = opened(shown(), muscles="both")
    desk = window.desk
    listed = desk.structures()
    for name, structure in listed.items():
        words = desk.words(structure)
        kind = name.split()[0]
        told = words.replace("_", " ").startswith(name.split(":")[0]) if structure[0] == "spindles" else words.startswith(kind)
        assert told, (name, words)
    for group in ("Disc L1-L2", "Facet joint L1-L2, right"):
        assert desk.words(listed[group]).startswith(group)
    assert desk.words(listed["Ligament ISL, L2-L3"]).startswith("Ligament ISL at L2-L3")
    window.press("n")
    assert desk.message.startswith("Disc T12-L1")
    window.press("n")
    assert desk.message.startswith("Disc L1-L2")
    window.press("v")
    window.press("v")
    assert desk.picked == list(listed.values())[-1]


@pytest.mark.gl
def test_backs_that_are_left_out_are_not_missed(opened):
    """Surfaces that are closed look the same with and without the triangles that face away."""
    window = opened(shown(), muscles="both", facets=False, size=(500, 400))
    desk = window.desk
    culled = [s.actor.GetProperty() for s in desk.open_stage.solids.values() if s.actor.GetProperty().GetBackfaceCulling()]
    assert len(culled) == 3  # discs, muscles, ligaments; boxes with edges of their own are not known to be closed
    for view in ("oblique", "front", "left"):
        desk.look(view)
        pictures = []
        for backs in (0, 1):
            for look in culled:
                look.SetBackfaceCulling(not backs)
            desk.window.Render()
            pictures.append(pixels(desk.window).astype(int))
        assert (np.abs(pictures[0] - pictures[1]).max(axis=-1) > 16).mean() < 0.002


@pytest.mark.gl
def test_a_click_picks_and_a_drag_turns(opened):
    from spinesim.viz.stage.camera import to_pixels

    window = opened(shown(), view="front", muscles="off", ligaments=False, pelvis=False)
    desk = window.desk
    x, y = (int(v) for v in to_pixels(desk.open_stage.camera, desk.open_stage.frame.labels[3].anchor[None], desk.open_stage.size)[0])
    window.interactor.SetEventInformation(x, y)
    window.interactor.InvokeEvent("LeftButtonPressEvent")
    window.interactor.InvokeEvent("LeftButtonReleaseEvent")
    assert desk.message.startswith("Disc L3-L4")
    eye, leaders = desk.open_stage.camera.GetPosition(), pixels(desk.window)
    window.interactor.InvokeEvent("LeftButtonPressEvent")
    for step in range(1, 6):
        window.interactor.SetEventInformation(x + 20 * step, y)
        window.interactor.InvokeEvent("MouseMoveEvent")
    window.interactor.InvokeEvent("LeftButtonReleaseEvent")
    assert np.linalg.norm(np.subtract(eye, desk.open_stage.camera.GetPosition())) > 0.1
    assert (pixels(desk.window) != leaders).any()


@pytest.mark.gl
def test_every_structure_tells_of_itself(scene):
    from spinesim.viz.stage.told import told

    given = shown()
    frame, solution = scene.frame(*given.case(0)), given.solution.row(0)
    muscle = told(scene, frame, scene.spindles, "spindles", 5)
    fascicle = int(scene.spindles.fascicle[5])
    assert solution.fascicles[fascicle] in muscle
    assert f"activation {100 * solution.activation[fascicle]:.0f} %" in muscle
    facet = told(scene, frame, scene.spindles, "arrows", 1)
    assert facet.startswith(f"Facet joint L5-S1, right: force {solution.facet_force_N[5, 1]:,.0f} N")
    ligament = told(scene, frame, scene.spindles, "ligaments", 0)
    assert f"tension {solution.ligament_tension_N[5, scene.strips.group[0]]:,.0f} N" in ligament
    bone = told(scene, frame, scene.spindles, "L4", 0)
    assert f"above L3-L4 {solution.disc_compression_N[3]:,.0f} N" in bone
    assert f"below L4-L5 {solution.disc_compression_N[4]:,.0f} N" in bone
    assert told(scene, frame, scene.spindles, "sacrum", 0) == "sacrum"
    assert told(scene, scene.frame(Posture(), Load()), scene.spindles, "discs", 0) == "discs: no answer"


@pytest.mark.gl
def test_keys_change_what_is_shown(opened):
    window = opened(shown())
    desk = window.desk
    first = level_words(window)
    window.press("d")
    assert desk.options.colour_by == "pressure"
    assert all("MPa" in words for words in level_words(window))
    window.press("d")
    assert level_words(window) == first
    window.press("l")
    assert "ligaments" not in desk.open_stage.solids
    window.press("o")
    assert "limbs" in desk.open_stage.solids
    window.press("m")
    assert desk.options.muscles == "right"
    light = pixels(desk.window)[-1, 0].sum()
    window.press("t")
    assert pixels(desk.window)[-1, 0].sum() < light
    eye = desk.open_stage.camera.GetPosition()
    window.press("2")
    assert desk.options.view == "right"
    assert np.linalg.norm(np.subtract(eye, desk.open_stage.camera.GetPosition())) > 0.1
    window.press("h")
    assert desk.live.hold == next(iter(HOLDS))
    window.press("r")
    assert desk.live.hold == "as given"
    assert [words.split()[0] for words in level_words(window)] == list(LEVELS)
    window.press("nothing")
    with pytest.raises(ValueError, match="unknown"):
        desk.switch("hair")


@pytest.mark.gl
def test_sliders_go_on_working_after_the_stage_was_made_anew(opened):
    window = opened(shown())
    window.press("p")
    drag(window, "lateral", 10.0)
    solution = solve(MODEL, SUBJECT, replace(START[0], lateral_deg=10.0), START[1])
    assert [w.split(",")[0] for w in level_words(window)] == [e.split(",")[0] for e in expected_words(solution, "compression")]


@pytest.mark.gl
def test_a_motion_plays_stops_and_is_scrubbed(opened):
    given = motion()
    window = opened(given)
    desk = window.desk
    assert list(window.sliders) == ["time"]
    drag(window, "time", 0.5 * given.time_s[-1])
    assert desk.index == given.moment(0.5 * given.time_s[-1])
    solution = given.solution.row(desk.index)
    for words, expected in zip(level_words(window), expected_words(solution, "compression"), strict=True):
        assert words.startswith(expected)
    assert f"Time {given.time_s[desk.index]:.2f} s" in desk.open_stage.overlay.all_words()["subtitle 0"]
    at = desk.index
    window.press("Right")
    assert desk.index == at + 1
    window.press("Left")
    assert desk.index == at
    window.interactor.InvokeEvent("TimerEvent")
    assert desk.index == at
    window.press("space")
    for _ in range(10):
        window.interactor.InvokeEvent("TimerEvent")
    assert desk.index != at
    window.press("space")
    assert not desk.playing


@pytest.mark.gl
def test_a_window_of_another_size_is_laid_out_anew(opened):
    window = opened(shown())
    window.desk.window.SetSize(900, 500)
    window.interactor.InvokeEvent("ConfigureEvent")
    assert window.desk.open_stage.size == (900, 500)
    assert pixels(window.desk.window).shape == (500, 900, 3)
    scale = "disc title"
    assert window.desk.open_stage.overlay.words(scale) == "Disc compression, N"
    window.desk.window.SetSize(400, 500)
    window.interactor.InvokeEvent("ConfigureEvent")
    assert window.desk.open_stage.overlay.words(scale) == ""
    window.press("t")
    assert window.desk.open_stage.overlay.words(scale) == ""
    assert window.desk.open_stage.overlay.words("level L4-L5")


def run(*args):
    return CliRunner().invoke(main, ["view", *map(str, args)])


def test_without_a_display_it_says_what_else_there_is(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    done = run()
    assert done.exit_code == 2
    assert "no display" in done.stderr
    assert "--web" in done.stderr


def test_port_and_host_are_of_the_web():
    for option in (("--port", 9000), ("--host", "0.0.0.0")):
        done = run(*option)
        assert done.exit_code == 2
        assert "--web" in done.stderr


@pytest.mark.gl
def test_a_port_that_is_taken_is_named():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("--web", "--port", port)
    assert done.exit_code == 2
    assert f"--port {port}" in done.stderr


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom spinesim.cli import main\n"
        "assert CliRunner().invoke(main, ['view', '--help']).exit_code == 0\n"
        "print([m for m in ('numpy', 'numba', 'vtkmodules', 'h5py', 'trame') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
