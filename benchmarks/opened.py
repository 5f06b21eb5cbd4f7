"""The window as ``spinesim view`` opens it, with nothing else that takes time to load."""

from __future__ import annotations

import os
from typing import Any

SIZE = (1200, 900)


def desk() -> Any:
    """What ``spinesim view`` opens, into a window that nobody sees."""
    os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    from spinesim.cli.shown import asked, scene_of
    from spinesim.viz.gl import graphics
    from spinesim.viz.stage.desk import Desk
    from spinesim.viz.stage.options import Options

    shown = asked(None, "standing", None, 10.0, False, ())
    scene = scene_of(shown, "low" if graphics().software else "medium", None)
    window = vtkRenderWindow()
    window.SetOffScreenRendering(True)
    window.SetSize(*SIZE)
    return Desk(scene, shown, Options(size=SIZE), window)
