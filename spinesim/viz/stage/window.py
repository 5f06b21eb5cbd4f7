"""The desktop window: VTK's sliders and keys on a desk."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import vtkmodules.vtkInteractionStyle  # noqa: F401 - turns the camera with the mouse
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
from vtkmodules.vtkInteractionWidgets import vtkSliderRepresentation2D, vtkSliderWidget

from spinesim.viz import palette
from spinesim.viz.live import KNOBS, Knob
from spinesim.viz.stage.camera import VIEWS
from spinesim.viz.stage.desk import Desk

TICK_MS: Final = 40
_SWITCH_KEYS: Final = {"l": "ligaments", "f": "facets", "p": "pelvis", "b": "ribs", "o": "body"}
_STILL: Final = 3  # pixels that a click may move
_LEFT, _RIGHT = 0.02, 0.19  # of the window, the sliders' column
_TOP, _STEP = 0.80, 0.085
HELP: Final = ("H where held", "D discs by, M muscles, T theme", "L F P B O show or hide", "1-6 views, R reset", "click, N, V: numbers")
HELP_FILM: Final = ("Space play, arrows step", *HELP[1:])


class Window:
    """Puts a desk into a window with sliders and keys.

    Parameters
    ----------
    desk
        What they drive.
    interactor
        VTK interactor of the desk's window.
    """

    def __init__(self, desk: Desk, interactor: Any) -> None:
        self.desk, self.interactor = desk, interactor
        self.style = vtkInteractorStyleTrackballCamera()
        # One layer's bodies are not all that is seen; and words are written before anything is drawn, so that it is drawn once.
        self.style.SetAutoAdjustCameraClippingRange(False)
        interactor.SetInteractorStyle(self.style)
        interactor.EnableRenderOff()
        self.sliders: dict[str, Any] = {}
        self._pressed = (0, 0)
        film = desk.live is None
        for row, knob in enumerate(KNOBS if not film else (Knob("time", "Time", "s", 0.0, desk.shown.time_s[-1], 0.05),)):
            self._slider(knob, _TOP - _STEP * row)
        self._keys = self._bindings()
        for event, react in (
            ("KeyPressEvent", self._key),
            ("LeftButtonPressEvent", self._press),
            ("LeftButtonReleaseEvent", self._release),
            ("InteractionEvent", self._turned),
            ("ConfigureEvent", self._resized),
            ("ExposeEvent", self._draw),
            ("TimerEvent", self._timer),
            ("CharEvent", self._char),
        ):
            # The style keeps the mouse for itself while a button is down; with observers of its own it leaves its acts to them.
            of_style = event in ("InteractionEvent", "CharEvent", "LeftButtonPressEvent", "LeftButtonReleaseEvent")
            (self.style if of_style else interactor).AddObserver(event, react)
        self._dress()

    def run(self) -> None:
        """Show the window until it is closed."""
        self.desk.window.SetWindowName("spinesim view")
        self.desk.window.Render()
        self.interactor.Initialize()
        self.interactor.CreateRepeatingTimer(TICK_MS)
        self.interactor.Start()

    def press(self, key: str) -> None:
        """What a key does; unknown ones do nothing."""
        if key in self._keys:
            self._keys[key]()
            self._dress()
            self.desk.window.Render()

    def _slider(self, knob: Knob, height: float) -> None:
        look = vtkSliderRepresentation2D()
        look.SetMinimumValue(knob.low)
        look.SetMaximumValue(knob.high)
        look.SetValue(self._value(knob.name))
        look.SetLabelFormat("{:.1f} " + knob.unit if knob.step < 1.0 else "{:.0f} " + knob.unit)
        look.SetTitleText(knob.words)
        for end, x in ((look.GetPoint1Coordinate(), _LEFT), (look.GetPoint2Coordinate(), _RIGHT)):
            end.SetCoordinateSystemToNormalizedDisplay()
            end.SetValue(x, height)
        for set_to, size in ((look.SetSliderLength, 0.02), (look.SetSliderWidth, 0.022), (look.SetTubeWidth, 0.006),
                             (look.SetEndCapLength, 0.004), (look.SetEndCapWidth, 0.010), (look.SetTitleHeight, 0.017),
                             (look.SetLabelHeight, 0.017)):  # fmt: skip
            set_to(size)
        widget = vtkSliderWidget()
        widget.SetInteractor(self.interactor)
        widget.SetRepresentation(look)
        widget.SetAnimationModeToJump()
        widget.SetCurrentRenderer(self.desk.open_stage.layers[2])
        widget.EnabledOn()
        widget.AddObserver("InteractionEvent", lambda *_: self._moved(knob.name))
        self.sliders[knob.name] = widget

    def _moved(self, name: str) -> None:
        """A slider was dragged: solve, and draw."""
        value = self.sliders[name].GetSliderRepresentation().GetValue()
        if name == "time":
            self.desk.playing = False
            self.desk.seek(value)
        else:
            self.desk.set(name, value)
        self.desk.window.Render()

    def _value(self, name: str) -> float:
        desk = self.desk
        return desk.live.values[name] if desk.live is not None else desk.shown.time_s[desk.index]

    def _bindings(self) -> dict[str, Callable[[], Any]]:
        desk = self.desk
        keys: dict[str, Callable[[], Any]] = {
            "d": desk.colour_by,
            "m": lambda: self._again(desk.muscles),
            "t": lambda: self._again(desk.theme),
            "r": desk.reset,
            "n": lambda: desk.step(1),
            "v": lambda: desk.step(-1),
            "space": desk.play,
            "Right": lambda: self._step(1),
            "Left": lambda: self._step(-1),
            "h": lambda: desk.carry(desk.live.next_hold()) if desk.live is not None else None,
        }
        keys |= {key: partial(self._again, partial(desk.switch, name)) for key, name in _SWITCH_KEYS.items()}
        return keys | {str(number): partial(desk.look, view) for number, view in enumerate(VIEWS, start=1)}

    def _again(self, change: Callable[[], None]) -> None:
        """A change that makes the stage anew; sliders go with it."""
        change()
        for widget in self.sliders.values():
            widget.EnabledOff()
            widget.SetCurrentRenderer(self.desk.open_stage.layers[2])
            widget.EnabledOn()

    def _step(self, frames: int) -> None:
        desk = self.desk
        if desk.shown.time_s:
            desk.playing = False
            desk.seek(desk.shown.time_s[min(max(desk.index + frames, 0), len(desk.shown) - 1)])

    def _dress(self) -> None:
        """Colours of the sliders by theme, their values by the desk, and the line of help."""
        ink = palette.THEMES[self.desk.options.theme]
        text, line = ([part / 255.0 for part in ink[name]] for name in ("text", "line"))
        for name, widget in self.sliders.items():
            look = widget.GetSliderRepresentation()
            look.SetValue(self._value(name))
            for part in (look.GetTitleProperty(), look.GetLabelProperty()):
                part.SetColor(*text)
                part.SetShadow(False)
                part.SetBold(False)
                part.SetItalic(False)
            look.GetTubeProperty().SetColor(*line)
            look.GetCapProperty().SetColor(*line)
            look.GetSliderProperty().SetColor(0.20, 0.42, 0.75)
            look.GetSelectedProperty().SetColor(0.93, 0.55, 0.10)
        stage = self.desk.open_stage
        width, height = stage.size
        top = _TOP - _STEP * (len(self.sliders) - 0.1)
        if self.desk.live is not None:
            stage.overlay.text("hold", f"Held: {self.desk.live.hold}", (_LEFT * width, top * height), height / 58.0, ink["text"])
        for row, line_of_help in enumerate(HELP_FILM if self.desk.live is None else HELP, start=1):
            place = (_LEFT * width, (top - 0.024 * row - 0.008) * height)
            stage.overlay.text(f"help {row}", line_of_help, place, height / 70.0, ink["line"])

    def _key(self, *_: Any) -> None:
        self.press(self.interactor.GetKeySym())

    def _press(self, *_: Any) -> None:
        self._pressed = self.interactor.GetEventPosition()
        self.style.OnLeftButtonDown()

    def _release(self, *_: Any) -> None:
        self.style.OnLeftButtonUp()
        x, y = self.interactor.GetEventPosition()
        if abs(x - self._pressed[0]) <= _STILL and abs(y - self._pressed[1]) <= _STILL:
            self.desk.pick(x, y)
            self.desk.window.Render()

    def _turned(self, *_: Any) -> None:
        self.desk.write()
        self.desk.window.Render()

    def _resized(self, *_: Any) -> None:
        self.desk.resize()
        self._dress()
        self.desk.window.Render()

    def _draw(self, *_: Any) -> None:
        self.desk.window.Render()

    def _char(self, *_: Any) -> None:
        if self.interactor.GetKeySym() in ("q", "e", "Escape"):
            self.interactor.TerminateApp()

    def _timer(self, *_: Any) -> None:
        if self.desk.playing:
            self.desk.tick(1e-3 * TICK_MS)
            self.sliders["time"].GetSliderRepresentation().SetValue(self.desk.shown.time_s[self.desk.index])
            self.desk.window.Render()
