"""The same picture in a browser: drawn here, sent as images, driven by the page's own sliders.

One picture and one state for all visitors. Nothing is fetched from the network: the page's scripts come with the installed packages.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from importlib.util import find_spec
from typing import Any, Final

from spinesim.model.names import LEVELS
from spinesim.viz.live import GIVEN, HOLDS, KNOBS
from spinesim.viz.picture import Shown
from spinesim.viz.scene import DISC_QUANTITIES, MUSCLES, Frame, Scene
from spinesim.viz.stage.camera import VIEWS
from spinesim.viz.stage.options import SWITCHES, Options

TICK_S: Final = 0.1
SHARED: Final = "All visitors of this address see and move the same picture."
HOVER_MS: Final = 120
# Controls beside the picture; below it on a telephone.
_STYLE: Final = """
#both { display: grid; grid-template: minmax(0, 1fr) / 27rem minmax(0, 1fr); height: 100vh; }
#controls { overflow-y: auto; } #picture { min-width: 0; }
#structure { appearance: auto; border: 1px solid; border-radius: 4px; padding: 2px 6px; max-width: 20rem; color: inherit; }
#structure option { color: #18202c; background: #ffffff; }
@media (max-width: 56rem) {
  #both { grid-template: 55vh auto / minmax(0, 1fr); height: auto; }
  #picture { order: -1; position: sticky; top: 0; z-index: 1; height: 55vh; }
}
"""
_STILL: Final = 3  # pixels that a click may move
_TIP: Final = (
    "position: absolute; z-index: 1; pointer-events: none; max-width: 300px; border-radius: 6px; "
    "border: 1px solid ${dark ? '#3a434f' : '#cfd5df'}; background: ${dark ? '#1b2027' : '#ffffff'}; color: ${dark ? '#eaeef4' : '#18202c'}"
)
# Where the pointer is in the image, and how large that is.
_BOX: Final = "$event.currentTarget.getBoundingClientRect()"
_PLACE: Final = f"$event.clientX - {_BOX}.left, $event.clientY - {_BOX}.top, {_BOX}.width, {_BOX}.height"


def available() -> bool:
    """Whether the packages of the live page are installed."""
    return all(find_spec(name) is not None for name in ("trame", "trame_vtk", "trame_vuetify"))


def free(host: str, port: int) -> bool:
    """Whether a port can be listened on."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError:
            return False
    return True


def rows(frame: Frame) -> list[dict[str, str]]:
    """The table of a frame: a row a level, numbers as they stand in the picture."""
    read = frame.readings.reading
    return [
        {
            "level": name,
            "compression": read("compression", level).text,
            "pressure": read("pressure", level).number,
            "left": read("facet", level, 0).number,
            "right": read("facet", level, 1).number,
        }
        for level, name in enumerate(LEVELS)
    ]


class Page:
    """Puts a desk on a page.

    Parameters
    ----------
    scene, shown, options
        As of :class:`~spinesim.viz.stage.desk.Desk`.
    """

    def __init__(self, scene: Scene, shown: Shown, options: Options) -> None:
        if not os.environ.get("DISPLAY"):
            os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
        from trame.app import get_server
        from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
        from vtkmodules.vtkRenderingCore import vtkRenderWindow, vtkRenderWindowInteractor

        from spinesim.viz.stage.desk import Desk

        self.window: Any = vtkRenderWindow()
        self.window.SetOffScreenRendering(True)
        self.window.SetSize(*options.size)
        self.desk = Desk(scene, shown, options, self.window)
        self.interactor: Any = vtkRenderWindowInteractor()
        self.interactor.SetRenderWindow(self.window)
        self.interactor.EnableRenderOff()
        style = vtkInteractorStyleTrackballCamera()
        style.SetAutoAdjustCameraClippingRange(False)
        style.AddObserver("InteractionEvent", lambda *_: self.desk.write())
        self.interactor.SetInteractorStyle(style)
        self.window.Render()
        self.server: Any = get_server(f"spinesim-{id(self)}", client_type="vue3")
        self._draw: Any = lambda: None
        self._state()
        self._layout()

    def serve(self, host: str, port: int) -> None:
        """Answer visitors until it is ended."""
        logging.getLogger("wslink").setLevel(logging.ERROR)
        self.server.controller.add("on_server_ready")(lambda **_: asyncio.create_task(self._run()))
        self.server.start(host=host, port=port, open_browser=False, show_connection_info=False, disable_logging=True, timeout=0)

    def _state(self) -> None:
        """What the page's controls hold, and what happens when they change."""
        state, desk = self.server.state, self.desk
        state.trame__title = "spinesim view"
        state.update({"film": desk.live is None, "playing": False, "down": [0, 0], "picked": "", "hold": GIVEN})
        state.update({"structure": "", "structures": [], "hover": "", "place": [0, 0], "looked": 0})
        options = desk.options
        state.update({"colour_by": options.colour_by, "muscles": options.muscles, "view": options.view, "dark": options.theme == "dark"})
        state.parts = [name for name in SWITCHES if getattr(options, name)]
        if desk.live is not None:
            state.update({f"knob_{knob.name}": desk.live.values[knob.name] for knob in KNOBS})
            for knob in KNOBS:
                state.change(f"knob_{knob.name}")(lambda name=knob.name, **now: self._turn(name, float(now[f"knob_{name}"])))
        state.time = desk.shown.time_s[0] if desk.shown.time_s else 0.0
        # Each with what it is now: the page tells all its controls once when it opens, and that changes nothing.
        changes: dict[str, tuple[Any, Any]] = {
            "hold": (lambda: desk.live.hold if desk.live is not None else GIVEN, desk.carry),
            "time": (lambda: desk.shown.time_s[desk.index] if desk.shown.time_s else 0.0, desk.seek),
            "colour_by": (lambda: desk.options.colour_by, desk.colour_by),
            "muscles": (lambda: desk.options.muscles, desk.muscles),
            "view": (lambda: desk.options.view, desk.look),
            "dark": (lambda: desk.options.theme == "dark", lambda dark: desk.theme("dark" if dark else "light")),
            "playing": (lambda: desk.playing, desk.play),
            "structure": (self._picked, lambda name: desk.choose(desk.structures().get(name))),
            "parts": (lambda: [name for name in SWITCHES if getattr(desk.options, name)], self._show),
        }
        for name, (present, change) in changes.items():

            def changed(name: str = name, present: Any = present, change: Any = change, **now: Any) -> None:
                if now[name] != present():
                    self._after(change, now[name])

            state.change(name)(changed)
        self._tell()

    def _show(self, wanted: list[str]) -> None:
        """Show these of the parts that can be switched, and no others."""
        for name in SWITCHES:
            if (name in wanted) != getattr(self.desk.options, name):
                self.desk.switch(name)

    def _turn(self, name: str, value: float) -> None:
        """A slider of the page was moved."""
        if self.desk.live is not None and value != self.desk.live.values[name]:
            self._after(self.desk.set, name, value)

    def _after(self, change: Any, *values: Any) -> None:
        """Do what a control asks, then draw and tell."""
        change(*values)
        self._tell()
        self._draw()

    def _tell(self) -> None:
        desk, state = self.desk, self.server.state
        title, subtitle = desk.live.heading if desk.live is not None else desk.shown.heading(desk.index)
        state.update({"rows": rows(desk.open_stage.frame), "heading": title, "told": subtitle})
        state.trouble = desk.live.trouble if desk.live is not None else ""
        state.update({"picked": desk.message, "structure": self._picked(), "structures": list(desk.structures())})
        state.update_ms = round(desk.update_ms, 1)

    def _picked(self) -> str:
        """Name of the picked structure in the list; empty if it is not there."""
        return next((name for name, structure in self.desk.structures().items() if structure == self.desk.picked), "")

    def _hover(self, x: float, y: float, width: float, height: float) -> None:
        """The pointer rests at a place of the image: numbers of what is there, beside it."""
        if width > 0.0 and height > 0.0:
            size = self.window.GetSize()
            found = self.desk.at(x / width * size[0], (1.0 - y / height) * size[1])
            self.server.state.update({"hover": self.desk.words(found), "place": [x, y]})

    def _pick(self, x: float, y: float, width: float, height: float, moved: float) -> None:
        """A click at a place of the image: numbers of what is there."""
        if moved <= _STILL and width > 0.0 and height > 0.0:
            size = self.window.GetSize()
            self._after(self.desk.pick, x / width * size[0], (1.0 - y / height) * size[1])

    async def _run(self) -> None:
        """Let a motion play, and follow the size of the image."""
        while True:
            await asyncio.sleep(TICK_S)
            size = tuple(self.window.GetSize())
            if self.desk.playing or size != self.desk.open_stage.size:
                with self.server.state:
                    self.desk.resize()
                    self.desk.tick(TICK_S)
                    if self.desk.playing:
                        self.server.state.time = self.desk.shown.time_s[self.desk.index]
                    self._tell()
                self._draw()

    def _layout(self) -> None:
        from trame.ui.vuetify3 import VAppLayout
        from trame.widgets import client, html, vtk
        from trame.widgets import vuetify3 as v

        with VAppLayout(self.server, theme=("dark ? 'dark' : 'light'",)), html.Div(id="both"):
            client.Style(_STYLE)
            with html.Div(id="controls", classes="pa-4"):
                self._controls(html, v)
            with (
                html.Div(id="picture"),
                html.Div(
                    style="width: 100%; height: 100%; position: relative",
                    mousedown="down = [$event.clientX, $event.clientY]; hover = ''",
                    mouseleave="hover = ''",
                    # As often as it is looked at, not as often as the mouse moves.
                    mousemove=f"if (!$event.buttons && $event.timeStamp > looked + {HOVER_MS}) {{ looked = $event.timeStamp; "
                    f"trigger('{self.server.controller.trigger_name(self._hover)}', [{_PLACE}]) }}",
                    click=(self._pick, f"[{_PLACE}, Math.abs($event.clientX - down[0]) + Math.abs($event.clientY - down[1])]"),
                ),
            ):
                html.Div(
                    "{{ hover }}",
                    v_if="hover",
                    id="hover",
                    classes="text-body-2 pa-1",
                    style=(f"`{_TIP}; left: ${{Math.max(0, place[0] - 240)}}px; top: ${{place[1] + 18}}px`",),
                )
                view = vtk.VtkRemoteView(self.window, interactive_ratio=1, still_ratio=1)
                self._draw = view.update

    def _controls(self, html: Any, v: Any) -> None:
        """Sliders, choices and the table of numbers."""
        html.H1("{{ heading }}", style="font-size: 1.25rem")
        html.P("{{ told }}", classes="text-body-2 my-2")
        if self.desk.live is not None:
            for knob in KNOBS:
                name = f"knob_{knob.name}"
                html.Label(f"{knob.words}: {{{{ {name} }}}} {knob.unit}", html_for=name, classes="text-body-2")
                v.VSlider(v_model=(name,), id=name, min=knob.low, max=knob.high, step=knob.step, density="compact", hide_details=True)
            v.VSelect(
                v_model=("hold",), items=("holds", [GIVEN, *HOLDS]), label="Where the load is held", density="compact", hide_details=True
            )
        else:
            v.VSlider(v_model=("time",), id="time", min=0, max=self.desk.shown.time_s[-1], step=0.05, density="compact", hide_details=True)
            v.VSwitch(v_model=("playing",), label="Play", density="compact", hide_details=True)
        with v.VRow(classes="my-1", no_gutters=True):
            for name, label, items in (
                ("colour_by", "Discs by", DISC_QUANTITIES),
                ("muscles", "Muscles", MUSCLES),
                ("view", "View", tuple(VIEWS)),
            ):
                with v.VCol(cols=6):
                    v.VSelect(v_model=(name,), items=(f"{name}_items", list(items)), label=label, density="compact", hide_details=True)
            with v.VCol(cols=6, classes="pl-4"):
                v.VSwitch(v_model=("dark",), label="Dark", density="compact", hide_details=True)
        v.VSelect(
            v_model=("parts",), items=("part_items", list(SWITCHES)), label="Shown", multiple=True, density="compact", hide_details=True
        )
        html.P("{{ trouble }}", role="alert", style=("dark ? 'color: #c79bff; font-weight: bold' : 'color: #7a10d0; font-weight: bold'",))
        self._table(html)
        html.Label("Structure ", html_for="structure", classes="text-body-2")
        with html.Select(id="structure", v_model=("structure",)):
            html.Option("none", value="")
            html.Option("{{ name }}", v_for="name in structures", key="name", value=("name",))
        html.P(
            "{{ picked || 'Click a structure for its numbers, or choose it in the list.' }}",
            id="picked",
            classes="text-body-2 my-2",
            aria_live="polite",
        )
        html.P(f"% of what half of such persons bear. {SHARED} Estimate by a model, not medical advice.", classes="text-caption")

    def _table(self, html: Any) -> None:
        columns = (("level", "Level"), ("compression", "Disc compression"), ("pressure", "Disc pressure"), ("left", "Facet left"),
                   ("right", "Facet right"))  # fmt: skip
        with html.Table(id="numbers", style="font-size: 0.8rem; border-spacing: 6px 2px; text-align: left; white-space: nowrap"):
            with html.Thead(), html.Tr():
                for _, words in columns:
                    html.Th(words, scope="col")
            with html.Tbody(), html.Tr(v_for="row in rows", key="row.level"):
                for name, _ in columns:
                    html.Td(f"{{{{ row.{name} }}}}")


def serve(scene: Scene, shown: Shown, options: Options, host: str, port: int) -> None:
    """Show a picture in browsers until it is ended."""
    Page(scene, shown, options).serve(host, port)
