"""What a picture is of: a case, an exercise, or a result file; solved, or read back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from spinesim.cli.errors import CONFIG, FILE, INVALID, Failure

if TYPE_CHECKING:
    from spinesim.config.case import Case
    from spinesim.io.reading import Stored
    from spinesim.solver.solution import Solution
    from spinesim.viz.picture import Shown
    from spinesim.viz.scene import Scene

RESULTS: Final = (".h5", ".hdf5")


def asked(
    source: Path | None, posture: str | None, exercise: str | None, load_kg: float | None, mirrored: bool, overrides: tuple[str, ...]
) -> Shown:
    """Solve or read what the command line asks for.

    Raises
    ------
    Failure, ConfigError, OSError
        If it says two things, is faulty, or cannot be computed.
    """
    if source is not None and source.suffix.lower() in RESULTS:
        if posture or exercise or load_kg is not None or mirrored or overrides:
            raise Failure(
                f"{source}: a result file holds its own case; leave --posture, --exercise, --load-kg, --mirrored, --set out", CONFIG
            )
        return of_result(source)
    if exercise is not None:
        if posture is not None:
            raise Failure("--posture beside --exercise: these are two ways of saying one posture", CONFIG)
        return of_exercise(exercise, source, load_kg, mirrored, overrides)
    if mirrored:
        raise Failure("--mirrored is that of --exercise NAME, which is missing", CONFIG)
    from spinesim.cli.solve import in_range, solved
    from spinesim.config.case import assemble

    case = assemble(source, overrides, posture, load_kg)
    in_range(case, aloud=True)
    solution, _ = solved(case)
    return of_case(case, solution)


def of_case(case: Case, solution: Solution) -> Shown:
    """A single case with its solution."""
    from spinesim.cli.solve import subtitle, title
    from spinesim.viz.picture import Shown

    return Shown.case_of(case.subject, case.posture, case.load, solution, title(case), subtitle(case))


def of_exercise(name: str, source: Path | None, load_kg: float | None, mirrored: bool, overrides: tuple[str, ...]) -> Shown:
    """All frames of an exercise, solved."""
    from spinesim.cli.exercise import requested, solved
    from spinesim.viz.picture import Shown

    request = requested(name, source, load_kg, mirrored, overrides)
    loads, _ = solved(request, aloud=True)
    return Shown.motion_of(request.case.subject, loads, request.title, request.subtitle)


def of_result(path: Path) -> Shown:
    """What a result file holds: its numbers, in the places of its own configuration.

    Raises
    ------
    Failure
        If it is foreign, damaged, made from other tables, or of many cases that are no motion.
    """
    from spinesim.io.reading import ResultFileError, read_solution
    from spinesim.model.anatomy import SpineModel

    try:
        stored = read_solution(path)
    except ResultFileError as error:
        raise Failure(str(error), FILE) from None
    config, model = stored.attrs.get("config"), SpineModel.default()
    if not isinstance(config, dict):
        raise Failure(f"{path}: the file does not say of which case it is; expected one written by 'spinesim solve' or 'exercise'", FILE)
    if (made := stored.attrs.get("model_hash")) != model.hash:
        version = stored.attrs.get("spinesim_version", "unknown")
        raise Failure(
            f"{path}: made by spinesim {version} from other tables ({str(made)[:12]}, here {model.hash[:12]}): its bodies would stand "
            "elsewhere; solve the case again",
            FILE,
        )
    return _stored_motion(path, config, stored) if "exercise" in config else _stored_case(path, config, stored.solution)


def _stored_case(path: Path, config: dict[str, Any], solution: Solution) -> Shown:
    from spinesim.config.case import build
    from spinesim.config.document import Document

    if solution.status.ndim and len(solution) != 1:
        raise Failure(f"{path}: holds {len(solution)} cases; expected one case, or an exercise", FILE)
    return of_case(build(Document(str(path), config)), solution)


def _stored_motion(path: Path, config: dict[str, Any], stored: Stored) -> Shown:
    import numpy as np

    from spinesim.analysis.movement import MovementLoads, movement
    from spinesim.cli.exercise import Request
    from spinesim.config.case import build
    from spinesim.config.document import Document
    from spinesim.config.exercise import build as build_exercise
    from spinesim.model.anatomy import SpineModel
    from spinesim.viz.picture import Shown

    data = dict(config["exercise"])
    exercise = build_exercise(Document(str(data.pop("name")), data))
    case = build(Document(str(path), {key: config[key] for key in ("subject", "solver")}))
    request = Request(exercise, case, config["load_kg"], config["mirrored"], data)
    moving = movement(SpineModel.default(), case.subject, exercise, request.load_kg, mirrored=request.mirrored)
    if not np.array_equal(moving.time_s, stored.along.get("time_s", ())):
        raise Failure(f"{path}: its frames are not at the times that its own exercise gives; run 'spinesim exercise' again", FILE)
    return Shown.motion_of(case.subject, MovementLoads(moving, stored.solution), request.title, request.subtitle)


def refuse_without_answer(shown: Shown) -> None:
    """End where there is nothing to draw: no case has a place for its bodies."""
    import numpy as np

    if not np.isfinite(shown.solution.compression_N).any():
        raise Failure(f"{shown.title}: no case has an answer ({shown.solution.row(0).status_name})", INVALID)


def scene_of(shown: Shown, detail: Any, bones: Path | None) -> Scene:
    """The scene of the person who is shown; what there is to know of the bones goes to standard error.

    Raises
    ------
    Failure
        If a file of the folder ``bones`` is no such bone.
    """
    from spinesim.cli.progress import counted
    from spinesim.model.anatomy import SpineModel
    from spinesim.viz.scene import Scene

    try:
        with counted("bones", 100) as progress:
            step = None if progress is None else lambda _, share: progress(round(100 * share), 100)
            scene = Scene.of(SpineModel.default(), shown.subject, detail, bones, step)
    except ValueError as error:
        raise Failure(str(error), FILE) from None
    for note in scene.anatomy.notes:
        click.echo(f"note: {note}", err=True)
    return scene
