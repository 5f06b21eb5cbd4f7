"""Whether pictures can be drawn here: asked of another process, because a missing or broken driver may end the one that asks."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Final

PACKAGES: Final = "libegl1 libegl-mesa0 libgl1-mesa-dri"
HINT: Final = f"on Debian or Ubuntu: apt-get install {PACKAGES}"
EXTRA: Final = "install it with: pip install 'spinesim[view]'"
SOFTWARE: Final = ("llvmpipe", "softpipe", "swrast", "swiftshader", "software")
_SECONDS: Final = 60

_PROBE: Final = """
import vtkmodules.vtkRenderingOpenGL2
from vtkmodules.vtkCommonCore import vtkObject, vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow
vtkObject.GlobalWarningDisplayOff()
window = vtkRenderWindow()
window.SetShowWindow(False)
window.SetUseOffScreenBuffers(True)
window.SetMultiSamples(0)
window.SetSize(8, 8)
renderer = vtkRenderer()
renderer.SetBackground(1.0, 0.0, 0.0)
window.AddRenderer(renderer)
window.Render()
pixels = vtkUnsignedCharArray()
window.GetPixelData(0, 0, 7, 7, 1, pixels, 0)
red = pixels.GetNumberOfValues() == 192 and pixels.GetValue(0) > 200
told = dict(line.split(": ", 1) for line in window.ReportCapabilities().splitlines() if ": " in line)
print("drawn" if red else "blank", told.get("OpenGL renderer string", "unknown").strip(), sep="|")
"""


class NoGraphicsError(RuntimeError):
    """Nothing can be drawn here; the message says why and what to install."""


@dataclass(frozen=True, slots=True)
class Graphics:
    """What draws: the driver's own name, and whether it is a processor instead of a graphics card."""

    renderer: str
    software: bool


def installed() -> bool:
    """Whether the packages of the extra ``view`` are there."""
    return all(find_spec(name) is not None for name in ("vtkmodules", "PIL"))


@cache
def graphics() -> Graphics:
    """What draws off screen.

    Raises
    ------
    NoGraphicsError
        If the extra is not installed, or a process that tries to draw eight pixels does not.
    """
    if not installed():
        raise NoGraphicsError(f"drawing in 3D needs VTK; {EXTRA}")
    try:
        done = subprocess.run([sys.executable, "-c", _PROBE], capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise NoGraphicsError(f"OpenGL did not answer within {_SECONDS} s; {HINT}") from None
    state, _, renderer = (done.stdout.strip().splitlines() or [""])[-1].partition("|")
    if done.returncode or state != "drawn":
        raise NoGraphicsError(f"no OpenGL that can draw off screen ({_reason(done, state)}); {HINT}")
    return Graphics(renderer, any(name in renderer.lower() for name in SOFTWARE))


def screen() -> None:
    """Make sure that a window can be opened.

    Raises
    ------
    NoGraphicsError
        If there is no display, or nothing can be drawn at all.
    """
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        raise NoGraphicsError("no display to open a window on (DISPLAY is not set); try 'spinesim view --web' or 'spinesim render'")
    graphics()


def _reason(done: subprocess.CompletedProcess[str], state: str) -> str:
    if done.returncode < 0:
        return f"the driver crashed, signal {-done.returncode}"
    if done.returncode:
        return (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1][:120]
    return "the picture stayed blank" if state == "blank" else "no answer"
