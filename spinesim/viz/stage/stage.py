"""The picture itself: actors of one scene, changed in place from frame to frame, with its words and scales."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
from vtkmodules.vtkRenderingCore import vtkLight, vtkRenderer

from spinesim.viz import palette
from spinesim.viz.scene import Frame, Scene, context
from spinesim.viz.scene.body import UPPER
from spinesim.viz.scene.strips import ARROW_TRIANGLES, BOX_TRIANGLES
from spinesim.viz.scene.surface import Array, repeated
from spinesim.viz.stage.camera import Window, aim, to_pixels
from spinesim.viz.stage.options import Options
from spinesim.viz.stage.overlay import Overlay
from spinesim.viz.stage.solid import Solid, bone, faint, ghost
from spinesim.viz.stage.words import Words

GHOST: Final = 0.20  # of a bone's colour in the background's, where it is not of the spine
_BEHIND: Final = 0.40  # opacity of arrows behind bone
# Place beside the camera, strength, colour: two are enough, each costs time where there is no graphics card.
_LIGHTS: Final = (((-0.55, 0.75, 1.0), 0.82, (1.0, 0.985, 0.96)), ((0.9, -0.1, 0.8), 0.30, (0.94, 0.97, 1.0)))
_ROOM: Final = Window(0.235, 0.07, 0.76, 0.89)
_BARE_ROOM: Final = Window(0.04, 0.04, 0.96, 0.96)


class Stage:
    """Draws frames of a scene.

    Three layers lie on each other with one camera: pelvis and ribs, faint and behind all else, so that nothing with a colour of
    meaning is seen through them; the spine; facet arrows a second time, faint, where bone hides them.

    Parameters
    ----------
    scene
        Whose spine.
    frame
        The first case.
    options
        What is shown.
    """

    def __init__(self, scene: Scene, frame: Frame, options: Options) -> None:
        self.scene, self.options = scene, options
        self.spindles = scene.spindles.only(scene.side(options.muscles, options.groups))
        self.solids: dict[str, Solid] = {}
        self.layers = tuple(_layer(number, options.theme) for number in range(3))
        self._light()
        self._build(frame)
        self.overlay = Overlay(self.layers[2])
        self.words = Words(self.overlay, options)
        self.size = options.size
        self.show(frame)

    @property
    def camera(self) -> Any:
        """The one camera of all layers."""
        return self.layers[0].GetActiveCamera()

    def attach(self, window: Any, samples: int = 0) -> None:
        """Draw into a VTK render window, with ``samples`` a pixel for smooth edges: none where frames must come fast."""
        window.SetMultiSamples(samples)
        window.SetNumberOfLayers(len(self.layers))
        for layer in self.layers:
            window.AddRenderer(layer)

    def show(self, frame: Frame) -> None:
        """Take the places and the numbers of a frame, shaped with :attr:`spindles`."""
        self.frame = frame
        for name, solid in self.solids.items():
            if name in self.scene.bones:
                solid.place(frame.bodies[self.scene.bones[name].body])
        for name, solid in self._moving(frame):
            solid.move(getattr(frame, name))
        self._colour(frame)

    def aim(self, points: Array, view: str | None = None) -> None:
        """Look from a named view so that all of ``points`` (N, 3) are seen."""
        room = _ROOM if self.options.legends or self.options.labels != "off" else _BARE_ROOM
        aim(self.camera, view or self.options.view, points, room, self.size)

    def write(self, title: str, subtitle: str) -> None:
        """Write title, level labels and scales for the present frame, camera and window."""
        front = self._silhouette()
        self.words.write(self.frame, title, subtitle, self.camera, self.size, front)

    def recolour(self, colour_by: str) -> None:
        """Colour the discs by another quantity."""
        self.options = replace(self.options, colour_by=colour_by, full=None)
        self.words.options = self.options
        self._colour(self.frame)

    def seen(self, frame: Frame) -> Array:
        """Points (N, 3) that a picture of the frame should hold."""
        bones = [(n, b) for n, b in self.scene.bones.items() if self._wanted(n)]
        carried = [frame.placement.carry(b.body, np.asarray(b.mesh.points)[::7]) for _, b in bones]
        parts = [*carried, frame.discs.points.reshape(-1, 3), frame.spindles.points.reshape(-1, 3)]
        if self.options.body:
            parts += [frame.limbs.points[:UPPER].reshape(-1, 3), frame.load.points.reshape(-1, 3)]
        return np.concatenate(parts)

    def _wanted(self, name: str) -> bool:
        """Whether a bone is drawn."""
        return {"pelvis": self.options.pelvis, "ribs": self.options.ribs, "": True}[context(name)]

    def _light(self) -> None:
        """A key light from above on the left and a fill light from the right; both ride with the camera."""
        for layer in self.layers:
            layer.SetActiveCamera(self.layers[0].GetActiveCamera())
            for place, strength, colour in _LIGHTS:
                light = vtkLight()
                light.SetLightTypeToCameraLight()
                light.SetPosition(*place)
                light.SetIntensity(strength)
                light.SetColor(*colour)
                layer.AddLight(light)

    def _build(self, frame: Frame) -> None:
        """Make the actors and put each on its layer."""
        background, options = palette.THEMES[self.options.theme]["background"], self.options
        for name, part in self.scene.bones.items():
            if not context(name):
                self._add(1, name, bone(part.mesh, palette.BONE))
            elif self._wanted(name):
                self._add(0, name, ghost(part.mesh, _mixed(palette.PELVIS, background)))
        self._add(1, "discs", Solid(frame.discs, self.scene.discs.triangles, palette.UNKNOWN))
        if len(self.spindles.fascicle):
            self._add(1, "spindles", Solid(frame.spindles, self.spindles.triangles, palette.UNKNOWN))
        if options.ligaments:
            self._add(1, "ligaments", Solid(frame.ligaments, self.scene.strips.triangles, palette.UNKNOWN))
        if options.body:
            self._add(0, "limbs", faint(Solid(frame.limbs, self.scene.limb_triangles, _mixed(palette.LIMB, background))))
            self._add(0, "load", faint(Solid(frame.load, repeated(BOX_TRIANGLES, 2, 24), palette.LOAD)))
        if options.facets:
            many = repeated(ARROW_TRIANGLES, 12, int(ARROW_TRIANGLES.max()) + 1)
            self._add(1, "arrows", Solid(frame.arrows, many, palette.FACET))
            self._add(2, "arrows behind", Solid(frame.arrows, many, palette.FACET))
            self.solids["arrows behind"].actor.GetProperty().SetOpacity(_BEHIND)
            # Blended in the first pass: a pass of its own for what is seen through would cost as much as all muscles.
            self.solids["arrows behind"].actor.ForceOpaqueOn()
            self.solids["arrows behind"].actor.PickableOff()

    def _add(self, layer: int, name: str, solid: Solid) -> None:
        self.solids[name] = solid
        self.layers[layer].AddActor(solid.actor)

    def _moving(self, frame: Frame) -> list[tuple[str, Solid]]:
        """Surfaces of the frame that have an actor."""
        names = ("discs", "spindles", "ligaments", "limbs", "load", "arrows")
        pairs = [(name, self.solids[name]) for name in names if name in self.solids]
        return pairs + ([("arrows", self.solids["arrows behind"])] if "arrows behind" in self.solids else [])

    def _colour(self, frame: Frame) -> None:
        readings = frame.readings
        self.solids["discs"].paint(palette.shade("disc", readings.scaled(self.options.colour_by, self.options.full)[::-1]))
        if "spindles" in self.solids:
            activation = readings.values("activation")
            mine = activation[self.spindles.fascicle] if len(activation) else np.full(len(self.spindles.fascicle), np.nan)
            self.solids["spindles"].paint(_with_tendons(palette.shade("muscle", np.minimum(mine, 1.0)), self.spindles))
        if "ligaments" in self.solids:
            group = self.scene.strips.group
            self.solids["ligaments"].paint(palette.shade("ligament", readings.scaled("ligament")[::-1][:, group].reshape(-1)))

    def _silhouette(self) -> float:
        """Largest x, in pixels, of what is seen at the heights of the labels: they stand right of it."""
        frame = self.frame
        near = [(n, b) for n, b in self.scene.bones.items() if not context(n)]
        parts = [frame.placement.carry(b.body, np.asarray(b.mesh.points)[::31]) for _, b in near]
        points = np.concatenate([*parts, frame.discs.points.reshape(-1, 3)[::5], frame.spindles.points.reshape(-1, 3)[::13]])
        place = to_pixels(self.camera, points, self.size)
        heights = to_pixels(self.camera, np.array([label.anchor for label in frame.labels]), self.size)[:, 1]
        margin = 0.03 * self.size[1]
        beside = (place[:, 1] > heights.min() - margin) & (place[:, 1] < heights.max() + margin)
        return float(place[beside, 0].max())


def _layer(number: int, theme: str) -> Any:
    layer = vtkRenderer()
    layer.SetLayer(number)
    layer.SetBackground(*(part / 255.0 for part in palette.THEMES[theme]["background"]))
    layer.SetAutomaticLightCreation(False)
    layer.SetInteractive(number == 0)  # the mouse turns the one camera
    return layer


def _mixed(colour: palette.Colour, background: palette.Colour) -> palette.Colour:
    """A colour that is nearly the background's."""
    red, green, blue = (round(GHOST * own + (1.0 - GHOST) * behind) for own, behind in zip(colour, background, strict=True))
    return red, green, blue


def _with_tendons(colours: Array, spindles: Any) -> Array:
    """Colours of all vertices (F, V, 3): muscle in the middle, tendon towards the ends."""
    share = spindles.tendon[:, :, None]
    mixed = (1.0 - share) * colours[:, None] + share * np.array(palette.TENDON)
    return np.repeat(np.round(mixed), spindles.around, axis=1)
