"""Options that every command with a picture shares: what is shown, and how."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from spinesim.cli.errors import CONFIG, Failure
from spinesim.cli.files import PATH

if TYPE_CHECKING:
    from spinesim.viz.stage.options import Options

F = TypeVar("F", bound=Callable[..., Any])

_SIZE: Final = re.compile(r"(\d{2,5})x(\d{2,5})")
PARTS: Final = ("ligaments", "facets", "pelvis", "ribs", "legends")

_CASE: Final = (
    click.option("--posture", metavar="NAME", help="Posture preset; see 'spinesim postures'."),
    click.option("--exercise", metavar="NAME", help="A motion instead of a posture; see 'spinesim exercise --list'."),
    click.option("--mirrored", is_flag=True, help="The exercise on the other side."),
    click.option("--load-kg", type=float, metavar="X", help="Mass in the hands, or where the posture or exercise has it."),
    click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Replace one value, e.g. subject.mass_kg=80. Repeatable."),
)
_LOOK: Final = (
    click.option(
        "--bones", type=PATH, metavar="FOLDER", help="Your own bones: L4.stl, sacrum.ply ... (.stl, .ply, .vtp; mm, see docs/viewing.md)."
    ),
    click.option("--view", default="oblique", metavar="NAME", help="oblique (from behind and right), right, left, back, front or top."),
    click.option("--theme", default="light", metavar="NAME", help="light or dark."),
    click.option("--size", default="1200x900", metavar="WxH", help="Pixels."),
    click.option("--colour-by", default="compression", metavar="NAME", help="Discs by compression (N) or pressure (MPa)."),
    click.option("--full", type=float, metavar="X", help="End of that colour scale."),
    click.option("--muscles", default="left", metavar="NAME", help="off, left, right or both sides."),
    click.option("--groups", metavar="A,B", help="Muscle groups to show; those of the back and psoas without it. 'all' for all."),
    click.option("--labels", default="numbers", metavar="NAME", help="numbers, names or off."),
    click.option("--body", is_flag=True, help="Draw head, arms and legs faintly, and the load."),
    click.option("--without", multiple=True, metavar="NAME", help="Leave out ligaments, facets, pelvis, ribs or legends. Repeatable."),
)


def case_options(command: F) -> F:
    """Options that say what is shown, of :func:`spinesim.cli.shown.asked`."""
    return added(command, _CASE)


def look_options(command: F) -> F:
    """Options that say how it looks, of :func:`chosen`."""
    return added(command, _LOOK)


def chosen(given: dict[str, Any]) -> Options:
    """The choices of the command line.

    Raises
    ------
    Failure
        Naming the option, its value and what was expected.
    """
    from spinesim.model.names import MUSCLE_GROUPS, unknown_name
    from spinesim.viz.scene import BACK
    from spinesim.viz.stage.options import Options

    size = _SIZE.fullmatch(given["size"])
    if size is None:
        raise Failure(f"--size {given['size']}: expected WIDTHxHEIGHT in pixels, for example 1200x900", CONFIG)
    if strange := [name for name in given["without"] if name not in PARTS]:
        raise Failure(unknown_name("--without", strange[0], PARTS), CONFIG)
    groups = BACK if given["groups"] is None else tuple(name.strip() for name in given["groups"].split(",") if name.strip())
    groups = MUSCLE_GROUPS if groups == ("all",) else groups
    if not groups:
        raise Failure("--groups: the list is empty; expected groups, 'all', or --muscles off", CONFIG)
    names = ("view", "theme", "colour_by", "muscles", "labels", "body", "full")
    shown: dict[str, Any] = {name: name not in given["without"] for name in PARTS}
    try:
        return Options(size=(int(size[1]), int(size[2])), groups=groups, **shown, **{name: given[name] for name in names})
    except ValueError as error:
        raise Failure(f"--{error}", CONFIG) from None


def needs_graphics() -> None:
    """Refuse where nothing can be drawn, with what to install."""
    from spinesim.viz.gl import NoGraphicsError, graphics

    try:
        graphics()
    except NoGraphicsError as error:
        raise Failure(str(error), CONFIG) from None


def added(command: F, options: tuple[Callable[[F], F], ...]) -> F:
    """A command with some options more, listed in their order."""
    for option in reversed(options):
        command = option(command)
    return command
