"""Pictures and films of solved cases, drawn off screen."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from spinesim.model.load import Load
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.solver.solution import Solution
from spinesim.solver.variables import VARIABLES
from spinesim.viz.gl import graphics
from spinesim.viz.scene import Frame, Scene

if TYPE_CHECKING:
    from spinesim.analysis.movement import MovementLoads
    from spinesim.viz.stage.options import Options

STILL_SAMPLES: Final = 8
FILM_SAMPLES: Final = 4
FRAMES_PER_SECOND: Final = 20
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Shown:
    """Solved cases of one person, ready to be drawn: one, or the frames of a motion.

    Attributes
    ----------
    subject
        Whose.
    postures, loads, solution
        The cases; the solution has a case axis.
    time_s
        Of the frames of a motion, (n,); empty for a single case.
    phase
        Name of the phase of every frame of a motion.
    title, subtitle
        What is shown, and of whom with what.
    """

    subject: Subject
    postures: tuple[Posture, ...]
    loads: tuple[Load, ...]
    solution: Solution
    title: str
    subtitle: str
    time_s: tuple[float, ...] = ()
    phase: tuple[str, ...] = ()

    @classmethod
    def case_of(cls, subject: Subject, posture: Posture, load: Load, solution: Solution, title: str, subtitle: str = "") -> Shown:
        """A single case; its solution may have a case axis or not."""
        arrays: dict[str, Any] = {} if solution.status.ndim else {name: getattr(solution, name)[None] for name in VARIABLES}
        return cls(subject, (posture,), (load,), replace(solution, **arrays), title, subtitle)

    @classmethod
    def motion_of(cls, subject: Subject, loads: MovementLoads, title: str, subtitle: str = "") -> Shown:
        """All frames of a solved movement."""
        moving = loads.movement
        times = tuple(moving.time_s.tolist())
        return cls(subject, moving.postures, moving.loads, loads.solution, title, subtitle, times, moving.phase)

    def __len__(self) -> int:
        """Number of cases."""
        return len(self.postures)

    def case(self, index: int) -> tuple[Posture, Load, Solution]:
        """One case."""
        return self.postures[index], self.loads[index], self.solution.row(index)

    def heading(self, index: int) -> tuple[str, str]:
        """Title and subtitle of one case, with its time and, if it did not converge, what it is."""
        when = f" Time {self.time_s[index]:.2f} s ({self.phase[index]})." if self.time_s else ""
        return self.title, f"{self.subtitle}{when}{state_words(self.solution.row(index))}"

    def moment(self, at: float | None) -> int:
        """Case at a time of a motion; without a time that of the highest compression.

        Raises
        ------
        ValueError
            If the time is outside the motion, or asked of a single case.
        """
        if at is None:
            peak = np.nan_to_num(self.solution.compression_N.max(axis=1), nan=-np.inf)
            return int(np.argmax(peak))
        if not self.time_s:
            raise ValueError(f"at: {at:g} s is asked of a single case; expected a motion")
        if not self.time_s[0] <= at <= self.time_s[-1]:
            raise ValueError(f"at: {at:g} s is outside the motion, 0 to {self.time_s[-1]:g} s")
        return int(np.argmin(np.abs(np.array(self.time_s) - at)))


def state_words(solution: Solution) -> str:
    """What a reader must know of a single solution that is not converged and validated."""
    status = "" if solution.status_name == "converged" else f" {solution.status_name.upper().replace('_', ' ')}: {solution.reason}."
    return status + ("" if bool(solution.validated) else " Outside the validated range.")


class Studio:
    """Draws cases off screen, one after the other, with the same camera.

    Parameters
    ----------
    scene
        Of the person.
    shown, options
        What, and how.
    wanted
        Indices of the cases that will be drawn: the picture has room for all of them.
    samples
        For smooth edges, a pixel.

    Raises
    ------
    NoGraphicsError
        If nothing can be drawn here.
    ValueError
        If nothing is left to show.
    """

    def __init__(self, scene: Scene, shown: Shown, options: Options, wanted: Sequence[int], samples: int) -> None:
        graphics()
        if not os.environ.get("DISPLAY"):
            os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
        from vtkmodules.vtkRenderingCore import vtkRenderWindow

        from spinesim.viz.stage.stage import Stage

        self.scene, self.shown = scene, shown
        self._spindles = scene.spindles.only(scene.side(options.muscles, options.groups))
        first = self._frame(wanted[0])
        self.stage = Stage(scene, first, options)
        self.window: Any = vtkRenderWindow()
        self.window.SetOffScreenRendering(True)
        self.window.SetSize(*options.size)
        self.stage.attach(self.window, samples)
        inside = [self.stage.seen(self._frame(index)) for index in wanted[:: max(1, len(wanted) // 12)]]
        self.stage.aim(np.concatenate(inside))

    def picture(self, index: int) -> Any:
        """Pixels (height, width, 3) of one case."""
        self.stage.show(self._frame(index))
        self.stage.write(*self.shown.heading(index))
        self.window.Render()
        return pixels(self.window)

    def _frame(self, index: int) -> Frame:
        posture, load, solution = self.shown.case(index)
        return self.scene.frame(posture, load, solution, self._spindles)


def pixels(window: Any) -> Any:
    """What a window shows (height, width, 3), the upper row first."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkRenderingCore import vtkWindowToImageFilter

    grab = vtkWindowToImageFilter()
    grab.SetInput(window)
    grab.SetInputBufferTypeToRGB()
    grab.ReadFrontBufferOff()
    grab.ShouldRerenderOff()
    grab.Update()
    image = grab.GetOutput()
    width, height, _ = image.GetDimensions()
    return np.ascontiguousarray(vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, 3)[::-1])


def still(scene: Scene, shown: Shown, options: Options, index: int) -> bytes:
    """A PNG image of one case."""
    return png(Studio(scene, shown, options, [index], STILL_SAMPLES).picture(index))


def png(picture: Any) -> bytes:
    """Pixels as a PNG image."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "png", optimize=True)
    return buffer.getvalue()


def gif(scene: Scene, shown: Shown, options: Options, progress: Progress | None = None) -> bytes:
    """A motion as an animated GIF that runs for ever; every frame is a solved one and stays as long as it lasts."""
    from PIL import Image

    # The colours that mean numbers are few pixels: the usual choice by frequency would turn them into others.
    way, plain = Image.Quantize.MAXCOVERAGE, Image.Dither.NONE
    pictures = [Image.fromarray(p).quantize(256, way, dither=plain) for p in _pictures(scene, shown, options, progress)]
    lasting = np.diff([*shown.time_s, shown.time_s[-1] + 0.5])
    buffer = io.BytesIO()
    duration = [max(20, round(1e3 * seconds)) for seconds in lasting]
    pictures[0].save(buffer, "gif", save_all=True, append_images=pictures[1:], duration=duration, loop=0)
    return buffer.getvalue()


def mp4(scene: Scene, shown: Shown, options: Options, progress: Progress | None = None) -> bytes:
    """A motion as H.264; each picture shows the solved frame that is nearest in time."""
    from imageio_ffmpeg import write_frames

    frames = list(_pictures(scene, shown, options, progress))
    times = np.arange(0.0, shown.time_s[-1] + 1.0 / FRAMES_PER_SECOND, 1.0 / FRAMES_PER_SECOND)
    nearest = np.argmin(np.abs(times[:, None] - np.array(shown.time_s)), axis=1)
    height, width = (edge - edge % 2 for edge in frames[0].shape[:2])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        writer = write_frames(str(path), (width, height), fps=FRAMES_PER_SECOND, quality=8, macro_block_size=2, ffmpeg_log_level="error")
        writer.send(None)
        for index in nearest:
            writer.send(np.ascontiguousarray(frames[index][:height, :width]))
        writer.close()
        return path.read_bytes()


def _pictures(scene: Scene, shown: Shown, options: Options, progress: Progress | None) -> Iterator[Any]:
    if not shown.time_s:
        raise ValueError("a single case does not move; a film needs an exercise")
    studio = Studio(scene, shown, options, range(len(shown)), FILM_SAMPLES)
    for index in range(len(shown)):
        yield studio.picture(index)
        if progress is not None:
            progress(index + 1, len(shown))
