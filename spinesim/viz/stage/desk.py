"""What a person does with the picture: sliders, switches, time, turning, pointing. The window and the page in a browser both drive it."""

from __future__ import annotations

import textwrap
import time
from dataclasses import replace
from typing import Any, Final

import numpy as np
from vtkmodules.vtkRenderingCore import vtkCellPicker

from spinesim.model.anatomy import SpineModel
from spinesim.model.names import unknown_name
from spinesim.viz import palette
from spinesim.viz.live import Live
from spinesim.viz.picture import Shown
from spinesim.viz.scene import DISC_QUANTITIES, MUSCLES, Frame, Scene
from spinesim.viz.stage.options import SWITCHES, Options
from spinesim.viz.stage.stage import Stage
from spinesim.viz.stage.told import listed, told

# The flexed spine must stay in the window while sliders move: room for these trunk angles (deg) is kept.
_NARROW: Final = 500  # pixels: a narrower window has no room for scales
_LEFT_EM, _BAR_EM = 15.0, 6.0  # letters' heights: the message stands between the scales and the bar of 50 mm
_REACH: Final = (-15.0, 0.0, 60.0)


class Desk:
    """One picture and all that can be done with it.

    Parameters
    ----------
    scene
        Of the person.
    shown
        A case, then changed live; or a motion, then played.
    options
        How it looks at first.
    window
        VTK render window to draw into.
    exponent
        Of the recruitment cost.

    Attributes
    ----------
    live
        The case that is changed; ``None`` for a motion.
    picked
        Actor and part of the structure whose numbers are written at the bottom, also while they change; ``None`` if there is none.
    update_ms
        How long the last change took to solve and to shape, without drawing.
    """

    def __init__(self, scene: Scene, shown: Shown, options: Options, window: Any, exponent: float = 2.0) -> None:
        self.scene, self.shown, self.window = scene, shown, window
        self.live = None if shown.time_s else Live(SpineModel.default(), shown, exponent)
        self.index, self.playing, self.update_ms = 0, False, 0.0
        self.picked: tuple[str, int] | None = None
        self._clock = 0.0
        self._picker = vtkCellPicker()
        self._picker.SetTolerance(0.0015)
        self.stage: Stage | None = None
        self._open(options)

    @property
    def options(self) -> Options:
        """How it looks now."""
        return self.open_stage.options

    @property
    def open_stage(self) -> Stage:
        """The stage that is drawn."""
        assert self.stage is not None
        return self.stage

    def set(self, name: str, value: float) -> None:
        """Move a knob of the live case."""
        if self.live is not None:
            begin = time.perf_counter()
            self.live.set(name, value)
            self._after(begin)

    def carry(self, hold: str) -> None:
        """Put the load elsewhere."""
        if self.live is not None:
            begin = time.perf_counter()
            self.live.carry(hold)
            self._after(begin)

    def reset(self) -> None:
        """Back to the beginning, seen as at first."""
        if self.live is not None:
            self.live.reset()
        self.index, self.playing, self.picked = 0, False, None
        self._refresh()
        self.look(self.options.view)

    def seek(self, seconds: float) -> None:
        """Show the frame of a motion that is nearest to a time."""
        if self.shown.time_s:
            self._clock = float(np.clip(seconds, 0.0, self.shown.time_s[-1]))
            self.index = self.shown.moment(self._clock)
            begin = time.perf_counter()
            self._after(begin)

    def play(self, playing: bool | None = None) -> None:
        """Start or stop a motion; the other of both without an argument."""
        self.playing = bool(self.shown.time_s) and (not self.playing if playing is None else playing)

    def tick(self, seconds: float) -> None:
        """Let a playing motion go on, from its end to its beginning."""
        if self.playing:
            self.seek((self._clock + seconds) % self.shown.time_s[-1])

    def colour_by(self, name: str | None = None) -> None:
        """Colour the discs by another quantity; by the next without a name."""
        names = DISC_QUANTITIES
        self.open_stage.recolour(name or names[(names.index(self.options.colour_by) + 1) % len(names)])
        self.write()

    def muscles(self, which: Any = None) -> None:
        """Show the muscles of a side; the next choice without a name."""
        self._reopen(replace(self.options, muscles=which or MUSCLES[(MUSCLES.index(self.options.muscles) + 1) % len(MUSCLES)]))

    def switch(self, name: str) -> None:
        """Show or hide one of :data:`SWITCHES`.

        Raises
        ------
        ValueError
            If there is no such part.
        """
        if name not in SWITCHES:
            raise ValueError(unknown_name("switch", name, SWITCHES))
        changed: dict[str, Any] = {name: not getattr(self.options, name)}
        self._reopen(replace(self.options, **changed))
        if name in ("body", "pelvis", "ribs"):  # there is more to see, or less
            self.look(self.options.view)

    def theme(self, name: str | None = None) -> None:
        """Light or dark; the other without a name."""
        names = tuple(palette.THEMES)
        self._reopen(replace(self.options, theme=name or names[(names.index(self.options.theme) + 1) % len(names)]))

    def look(self, view: str) -> None:
        """Look from a named view."""
        stage = self.open_stage
        stage.options = replace(stage.options, view=view)
        stage.aim(self._reach())
        self.write()

    def resize(self) -> None:
        """Take the window's size."""
        size = self.window.GetSize()
        stage = self.open_stage
        if size != stage.size and min(size) > 0:
            stage.size = (int(size[0]), int(size[1]))
            stage.overlay.clear()
            stage.words.room = size[0] >= _NARROW
            self.look(self.options.view)

    @property
    def message(self) -> str:
        """Numbers of what was picked, as they are now; empty where nothing was."""
        return self.words(self.picked)

    def words(self, structure: tuple[str, int] | None) -> str:
        """Numbers of a structure, by actor and part."""
        stage = self.open_stage
        return told(self.scene, stage.frame, stage.spindles, *structure) if structure is not None else ""

    def structures(self) -> dict[str, tuple[str, int]]:
        """Structures that can be chosen, by their names."""
        return self._listed

    def at(self, x: float, y: float) -> tuple[str, int] | None:
        """Actor and part of what is seen at a pixel (from the lower left)."""
        stage = self.open_stage
        for layer in (stage.layers[1], stage.layers[0]):
            if self._picker.Pick(x, y, 0.0, layer):
                name = next((n for n, s in stage.solids.items() if s.actor is self._picker.GetActor()), None)
                if name is not None:
                    return name, stage.solids[name].part(self._picker.GetCellId())
        return None

    def choose(self, structure: tuple[str, int] | None) -> str:
        """Write the numbers of a structure in the picture, and give them."""
        self.picked = structure
        self.write()
        return self.message

    def pick(self, x: float, y: float) -> str:
        """Numbers of what is seen at a pixel (from the lower left); also written in the picture. Empty where nothing is."""
        return self.choose(self.at(x, y))

    def step(self, by: int) -> str:
        """Choose the structure so many places after the present one, in the order of :meth:`structures`."""
        parts = list(self.structures().values())
        place = parts.index(self.picked) if self.picked in parts else (-1 if by > 0 else 0)
        return self.choose(parts[(place + by) % len(parts)])

    def write(self) -> None:
        """Write all words anew, as after the camera moved."""
        stage = self.open_stage
        title, subtitle = self.live.heading if self.live is not None else self.shown.heading(self.index)
        stage.write(title, subtitle)
        em = stage.size[1] / 46.0
        trouble = self.live.trouble if self.live is not None else ""
        colour = palette.THEMES[self.options.theme]["warning" if trouble else "text"]
        words, left = trouble or self.message, _LEFT_EM * em
        lines = textwrap.wrap(words, max(20, int((stage.size[0] - left - _BAR_EM * em) / (0.36 * em))), max_lines=2, placeholder=" ...")
        stage.overlay.text(
            "message", "\n".join(lines), (left, (3.4 if trouble or len(lines) > 1 else 2.6) * em), 0.72 * em, colour, bold=bool(trouble)
        )

    def _case(self) -> tuple[Any, Any, Any]:
        return self.live.case if self.live is not None else self.shown.case(self.index)

    def _frame(self, stage: Stage | None) -> Frame:
        spindles = stage.spindles if stage is not None else None
        return self.scene.frame(*self._case(), spindles)

    def _after(self, begin: float) -> None:
        """Bring the picture up to date after a change that began at ``begin``."""
        self.open_stage.show(self._frame(self.stage))
        self.update_ms = 1e3 * (time.perf_counter() - begin)
        self.write()

    def _refresh(self) -> None:
        self.open_stage.show(self._frame(self.stage))
        self.write()

    def _open(self, options: Options) -> None:
        spindles = self.scene.spindles.only(self.scene.side(options.muscles, options.groups))
        self.stage = Stage(self.scene, self.scene.frame(*self._case(), spindles), options)
        self.stage.attach(self.window)
        self._listed = listed(self.scene, self.stage.spindles)
        self.look(options.view)

    def _reopen(self, options: Options) -> None:
        """Other actors, seen as before; muscles may be others."""
        old = self.open_stage
        if self.picked is not None and self.picked[0] == "spindles":
            self.picked = None
        held = [getattr(old.camera, f"Get{name}")() for name in ("Position", "FocalPoint", "ViewUp", "ParallelScale")]
        for layer in old.layers:
            self.window.RemoveRenderer(layer)
        self._open(replace(options, size=old.size))
        stage = self.open_stage
        stage.size, stage.words.room = old.size, old.words.room
        stage.overlay.clear()
        for name, value in zip(("Position", "FocalPoint", "ViewUp", "ParallelScale"), held, strict=True):
            getattr(stage.camera, f"Set{name}")(*(value if isinstance(value, tuple) else (value,)))
        self.write()

    def _reach(self) -> Any:
        """Points that must be seen: of the present case and of trunk angles that sliders may ask for, or of the whole motion."""
        stage, parts = self.open_stage, []
        if self.live is None:
            for index in range(0, len(self.shown), max(1, len(self.shown) // 8)):
                parts.append(stage.seen(self.scene.frame(*self.shown.case(index), stage.spindles)))
            return np.concatenate(parts)
        posture, load, solution = self.live.case
        parts.append(stage.seen(self.scene.frame(posture, load, solution, stage.spindles)))
        for angle in _REACH:
            bent = replace(posture, pelvic_tilt_deg=0.0, flexion_deg=0.0, trunk_inclination_deg=angle)
            parts.append(stage.seen(self.scene.frame(bent, load, None, stage.spindles)))
        return np.concatenate(parts)
