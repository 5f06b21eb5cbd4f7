"""``spinesim view``: the spine in a window, or in a browser, solved while sliders move."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinesim.cli.errors import CONFIG, Failure, reported
from spinesim.cli.files import PATH
from spinesim.cli.look import case_options, chosen, look_options, needs_graphics

if TYPE_CHECKING:
    from spinesim.viz.picture import Shown
    from spinesim.viz.scene import Scene
    from spinesim.viz.stage.options import Options

PORT = 8341


@click.command("view")
@click.argument("source", required=False, type=PATH, metavar="[CASE.yaml|RESULT.h5]")
@case_options
@click.option("--web", is_flag=True, help="In a browser instead of a window.")
@click.option("--port", type=click.IntRange(1, 65535), metavar="N", help=f"Port of --web; {PORT} without it.")
@click.option("--host", metavar="NAME", help="Who may reach --web; without it 127.0.0.1, this computer alone.")
@look_options
@click.option("--detail", type=click.Choice(["low", "medium", "high"]), help="Fineness; without it low where there is no graphics card.")
def command(source: Path | None, web: bool, port: int | None, host: str | None, detail: str | None, **given: Any) -> None:
    """Look at a case (YAML), a result file (.h5) or a motion; a case is solved again while its sliders are dragged.

    \b
    spinesim view
    spinesim view configs/lift_stoop.yaml --colour-by pressure
    spinesim view --exercise hip_hinge
    spinesim view --web --port 8341

    In the browser all visitors see and move the same picture. Needs the extra 'view' (pip install 'spinesim[view]').

    Exit codes: 0 closed, 2 usage, config, no display or no OpenGL, 5 invalid input, 6 file.
    """  # noqa: D301
    if not web and (port is not None or host is not None):
        raise click.UsageError("--port and --host are those of --web, which is missing")
    with reported():
        options = chosen(given)
        _can_show(web, host or "127.0.0.1", port or PORT)
        from spinesim.cli.shown import asked, refuse_without_answer, scene_of

        shown = asked(source, *(given[key] for key in ("posture", "exercise", "load_kg", "mirrored", "overrides")))
        refuse_without_answer(shown)
        from spinesim.viz.gl import graphics

        scene = scene_of(shown, detail or ("low" if graphics().software else "medium"), given["bones"])
    if web:
        _serve(scene, shown, options, host or "127.0.0.1", port or PORT)
    else:
        _window(scene, shown, options)


def _can_show(web: bool, host: str, port: int) -> None:
    """Refuse where there is no screen, nothing can be drawn, or nobody can be answered."""
    if web:
        from spinesim.viz.web import available, free

        if not available():
            raise Failure("--web needs trame; install it with: pip install 'spinesim[view]'", CONFIG)
        if not free(host, port):
            raise Failure(f"--port {port}: {host} has no free port of that number; take another", CONFIG)
        needs_graphics()
        return
    from spinesim.viz.gl import NoGraphicsError, screen

    try:
        screen()
    except NoGraphicsError as error:
        raise Failure(str(error), CONFIG) from None


def _window(scene: Scene, shown: Shown, options: Options) -> None:
    from vtkmodules.vtkRenderingCore import vtkRenderWindow, vtkRenderWindowInteractor

    from spinesim.viz.stage.desk import Desk
    from spinesim.viz.stage.window import Window

    window = vtkRenderWindow()
    window.SetSize(*options.size)
    interactor = vtkRenderWindowInteractor()
    interactor.SetRenderWindow(window)
    Window(Desk(scene, shown, options, window), interactor).run()


def _serve(scene: Scene, shown: Shown, options: Options, host: str, port: int) -> None:
    from spinesim.viz.web import serve

    click.echo(f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}/  (end with Ctrl+C; all visitors share one picture)")
    serve(scene, shown, options, host, port)
