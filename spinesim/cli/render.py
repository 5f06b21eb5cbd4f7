"""``spinesim render``: a picture, a film or a 3D file of a case or a motion; figures of results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource

from spinesim.cli.errors import CONFIG, EXIT_BY_STATUS, Failure, reported
from spinesim.cli.figures import OPTIONS, draw_figure, figure_options
from spinesim.cli.files import PATH, check_outputs, write_all
from spinesim.cli.look import case_options, chosen, look_options, needs_graphics

if TYPE_CHECKING:
    from spinesim.viz.picture import Shown
    from spinesim.viz.scene import Scene
    from spinesim.viz.stage.options import Options

PICTURES: Final = (".png", ".gif", ".mp4", ".glb")


@click.command("render")
@click.argument("sources", nargs=-1, type=PATH, metavar="[CASE.yaml|RESULT.h5...]")
@case_options
@click.option("-o", "--output", required=True, type=PATH, metavar="F", help="F.png, .gif, .mp4 or .glb; of a figure F.png, .svg or .pdf.")
@click.option("--at", type=float, metavar="S", help="Moment of a motion for a picture or 3D file; otherwise the highest compression.")
@look_options
@click.option("--detail", type=click.Choice(["low", "medium", "high"]), default="medium", help="Fineness of bones and muscles.")
@figure_options
@click.pass_context
def command(
    ctx: click.Context, /, sources: tuple[Path, ...], output: Path, figure: str | None, detail: str, at: float | None, **given: Any
) -> None:
    """Draw a case (YAML), a result file (.h5) or a motion; without any, relaxed standing.

    \b
    spinesim render configs/lift_stoop.yaml -o lift.png --view right
    spinesim render --posture lift_squat --load-kg 15 -o squat.png --colour-by pressure --muscles both
    spinesim render --exercise hip_hinge -o hinge.mp4
    spinesim render out/lift.h5 -o lift.glb
    spinesim render out/lift.h5 out/squat.h5 --figure levels -o loads.pdf

    Numbers in the picture are those of the result. Pictures need the extra 'view' (pip install 'spinesim[view]') and OpenGL, a .glb
    needs neither.

    Exit codes: 0 converged, 2 usage, config or no OpenGL, 3 strength exceeded, 4 not converged, 5 invalid input, 6 file.
    """  # noqa: D301
    with reported():
        refuse_strangers(ctx, figure)
        if figure is not None:
            draw_figure(figure, sources, output, at, **given)
            return
        source = only(sources)
        refuse_path(output, source)
        options = chosen(given)
        if output.suffix != ".glb":
            needs_graphics()
        from spinesim.cli.shown import asked, refuse_without_answer, scene_of

        shown = asked(source, *(given[key] for key in ("posture", "exercise", "load_kg", "mirrored", "overrides")))
        refuse_without_answer(shown)
        content, drawn = _content(scene_of(shown, detail, given["bones"]), shown, options, output.suffix, at)
        write_all((output, lambda: content))
    raise SystemExit(max(EXIT_BY_STATUS[shown.solution.row(index).status_name] for index in drawn))


def refuse_strangers(ctx: click.Context, figure: str | None) -> None:
    """Refuse options that a picture, or a figure, does not have."""
    asked = {p.name: p.opts[0] for p in ctx.command.params if p.name and ctx.get_parameter_source(p.name) is ParameterSource.COMMANDLINE}
    if figure is None and (strange := [option for name, option in asked.items() if name in OPTIONS]):
        raise Failure(f"{strange[0]} is an option of --figure NAME, which is missing", CONFIG)
    known = {"figure", "sources", "output", "at", *OPTIONS}
    if figure is not None and (strange := [option for name, option in asked.items() if name not in known]):
        raise Failure(f"{strange[0]} is an option of pictures, not of --figure", CONFIG)


def only(sources: tuple[Path, ...]) -> Path | None:
    """The one source of a picture, if there is any."""
    if len(sources) > 1:
        raise Failure(f"{len(sources)} sources: a picture is of one; a --figure may take more", CONFIG)
    return sources[0] if sources else None


def refuse_path(output: Path, source: Path | None) -> None:
    """Refuse before solving what could not be written after it."""
    if output.suffix not in PICTURES:
        raise Failure(f"{output}: the suffix {output.suffix or '(none)'} is unknown; expected one of {', '.join(PICTURES)}", CONFIG)
    check_outputs((output,), (source,))


def _content(scene: Scene, shown: Shown, options: Options, suffix: str, at: float | None) -> tuple[bytes, range | list[int]]:
    """What the file will hold, and which cases are in it."""
    from spinesim.cli.progress import counted
    from spinesim.viz import picture

    try:
        if suffix in (".gif", ".mp4"):
            if not shown.time_s:
                raise Failure(f"{suffix} is for a motion; give --exercise NAME, or a file of one", CONFIG)
            if at is not None:
                raise Failure(f"--at is for a single picture, not for {suffix}", CONFIG)
            with counted("pictures", len(shown)) as progress:
                film = picture.gif if suffix == ".gif" else picture.mp4
                return film(scene, shown, options, progress), range(len(shown))
        index = shown.moment(at)
        return (_solid(scene, shown, options, index) if suffix == ".glb" else picture.still(scene, shown, options, index)), [index]
    except ValueError as error:
        raise Failure(f"--{error}" if str(error).startswith("at:") else str(error), CONFIG) from None


def _solid(scene: Scene, shown: Shown, options: Options, index: int) -> bytes:
    from spinesim.io.provenance import DISCLAIMER
    from spinesim.viz.gltf import glb

    spindles = scene.spindles.only(scene.side(options.muscles, options.groups))
    frame = scene.frame(*shown.case(index), spindles)
    title, subtitle = shown.heading(index)
    told = {
        "title": title,
        "case": subtitle,
        "frame": "metres; x forward, y up, z right; origin at the L5-S1 disc centre",
        "note": DISCLAIMER,
    }
    return glb(scene, frame, spindles, options.colour_by, told, options.full)
