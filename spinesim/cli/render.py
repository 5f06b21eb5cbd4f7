"""``spinesim render``: a picture, a film or a 3D file of a case or a motion."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from spinesim.cli.errors import CONFIG, EXIT_BY_STATUS, Failure, reported
from spinesim.cli.files import PATH, check_outputs, write_all

if TYPE_CHECKING:
    from spinesim.viz.picture import Shown
    from spinesim.viz.stage.options import Options

PICTURES: Final = (".png", ".gif", ".mp4", ".glb")
_SIZE: Final = re.compile(r"(\d{2,5})x(\d{2,5})")


@click.command("render")
@click.argument("source", required=False, type=PATH, metavar="[CASE.yaml|RESULT.h5]")
@click.option("--posture", metavar="NAME", help="Posture preset; see 'spinesim postures'.")
@click.option("--exercise", metavar="NAME", help="A motion instead of a posture; see 'spinesim exercise --list'.")
@click.option("--mirrored", is_flag=True, help="The exercise on the other side.")
@click.option("--load-kg", type=float, metavar="X", help="Mass in the hands, or where the posture or exercise has it.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Replace one value, e.g. subject.mass_kg=80. Repeatable.")
@click.option("-o", "--output", required=True, type=PATH, metavar="F", help="F.png a picture, F.gif or F.mp4 a motion, F.glb a 3D file.")
@click.option("--at", type=float, metavar="S", help="Moment of a motion for a picture or 3D file; otherwise the highest compression.")
@click.option("--view", default="oblique", metavar="NAME", help="oblique (from behind and right), right, left, back, front or top.")
@click.option("--theme", default="light", metavar="NAME", help="light or dark.")
@click.option("--size", default="1200x900", metavar="WxH", help="Pixels.")
@click.option("--colour-by", default="compression", metavar="NAME", help="Discs by compression (N) or pressure (MPa).")
@click.option("--full", type=float, metavar="X", help="End of that colour scale.")
@click.option("--muscles", default="left", metavar="NAME", help="off, left, right or both sides.")
@click.option("--groups", metavar="A,B", help="Muscle groups to show; those of the back and psoas without it. 'all' for all.")
@click.option("--labels", default="numbers", metavar="NAME", help="numbers, names or off.")
@click.option("--arms", is_flag=True, help="Draw arms and load too.")
@click.option("--without", multiple=True, metavar="NAME", help="Leave out ligaments, facets, pelvis or legends. Repeatable.")
@click.option("--detail", type=click.Choice(["low", "medium", "high"]), default="medium", help="Fineness of bones and muscles.")
def command(source: Path | None, output: Path, detail: str, at: float | None, **given: Any) -> None:
    """Draw a case (YAML), a result file (.h5) or a motion; without any, relaxed standing.

    \b
    spinesim render configs/lift_stoop.yaml -o lift.png --view right
    spinesim render --posture lift_squat --load-kg 15 -o squat.png --colour-by pressure --muscles both
    spinesim render --exercise hip_hinge -o hinge.mp4
    spinesim render out/lift.h5 -o lift.glb

    Numbers in the picture are those of the result. Pictures need the extra 'view' (pip install 'spinesim[view]') and OpenGL, a .glb
    needs neither.

    Exit codes: 0 converged, 2 usage, config or no OpenGL, 3 strength exceeded, 4 not converged, 5 invalid input, 6 file.
    """  # noqa: D301
    with reported():
        refuse_path(output, source)
        options = chosen(given)
        if output.suffix != ".glb":
            needs_graphics()
        from spinesim.cli.shown import asked, refuse_without_answer

        shown = asked(source, *(given[key] for key in ("posture", "exercise", "load_kg", "mirrored", "overrides")))
        refuse_without_answer(shown)
        content, drawn = _content(shown, options, output.suffix, at, detail)
        write_all((output, lambda: content))
    raise SystemExit(max(EXIT_BY_STATUS[shown.solution.row(index).status_name] for index in drawn))


def refuse_path(output: Path, source: Path | None) -> None:
    """Refuse before solving what could not be written after it."""
    if output.suffix not in PICTURES:
        raise Failure(f"{output}: the suffix {output.suffix or '(none)'} is unknown; expected one of {', '.join(PICTURES)}", CONFIG)
    check_outputs((output,), (source,))


def needs_graphics() -> None:
    """Refuse where nothing can be drawn, with what to install."""
    from spinesim.viz.gl import NoGraphicsError, graphics

    try:
        graphics()
    except NoGraphicsError as error:
        raise Failure(str(error), CONFIG) from None


def chosen(given: dict[str, Any]) -> Options:
    """The choices of the command line."""
    from spinesim.model.names import MUSCLE_GROUPS, unknown_name
    from spinesim.viz.scene import BACK
    from spinesim.viz.stage.options import Options

    size = _SIZE.fullmatch(given["size"])
    if size is None:
        raise Failure(f"--size {given['size']}: expected WIDTHxHEIGHT in pixels, for example 1200x900", CONFIG)
    parts = ("ligaments", "facets", "pelvis", "legends")
    if strange := [name for name in given["without"] if name not in parts]:
        raise Failure(unknown_name("--without", strange[0], parts), CONFIG)
    groups = BACK if given["groups"] is None else tuple(name.strip() for name in given["groups"].split(",") if name.strip())
    groups = MUSCLE_GROUPS if groups == ("all",) else groups
    if not groups:
        raise Failure("--groups: the list is empty; expected groups, 'all', or --muscles off", CONFIG)
    names = ("view", "theme", "colour_by", "muscles", "labels", "arms", "full")
    shown: dict[str, Any] = {name: name not in given["without"] for name in parts}
    try:
        return Options(size=(int(size[1]), int(size[2])), groups=groups, **shown, **{name: given[name] for name in names})
    except ValueError as error:
        raise Failure(f"--{error}", CONFIG) from None


def _content(shown: Shown, options: Options, suffix: str, at: float | None, detail: Any) -> tuple[bytes, range | list[int]]:
    """What the file will hold, and which cases are in it."""
    from spinesim.cli.progress import counted
    from spinesim.viz import picture

    scene = picture.scene_of(shown, detail)
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


def _solid(scene: Any, shown: Shown, options: Options, index: int) -> bytes:
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
