"""Findings from YAML: one file each in ``configs/pathologies``, to copy and change."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

from spinesim.analysis.pathology import PER_LEVEL, QUANTITIES, Expected, Pathology, Try
from spinesim.config.convert import to_posture, to_subject
from spinesim.config.document import Document, read_file
from spinesim.config.errors import ConfigError, Mark, Problem, did_you_mean
from spinesim.config.presets import carried, preset
from spinesim.config.presets import names as postures
from spinesim.config.schema import Level, Number, PostureModel, Strict, SubjectModel, Text
from spinesim.config.validate import validate
from spinesim.model.data import data_dir
from spinesim.model.load import Load
from spinesim.model.tables import STATUSES


class ExpectedModel(Strict):
    """One expectation."""

    what: Literal[QUANTITIES]  # type: ignore[valid-type]
    level: Level | None = None
    goes: Literal["up", "down", "same"]
    published: Text
    status: Literal[STATUSES]  # type: ignore[valid-type]


class TryModel(Strict):
    """A case in which the finding is looked at: a preset, or a trunk inclination that is split by least effort."""

    posture: Text | None = None
    trunk_inclination_deg: Number | None = None
    load_kg: Number = 0.0
    expects: tuple[ExpectedModel, ...]


class PathologyModel(Strict):
    """A finding's file: what it changes of a person, and what that should do."""

    title: Text
    description: Text = ""
    citation: Text = ""
    subject: SubjectModel
    without: SubjectModel = SubjectModel()
    tries: tuple[TryModel, ...]


@cache
def names() -> tuple[str, ...]:
    """Names of all findings, in alphabetical order."""
    return tuple(sorted(path.stem for path in (data_dir("configs") / "pathologies").glob("*.yaml")))


def load_pathology(name: str) -> Pathology:
    """A finding by its name, or by a path that ends in ``.yaml``.

    Raises
    ------
    OSError
        If the file cannot be read.
    ConfigError
        If there is no finding of that name, or with every fault of the file.
    """
    own = name.endswith((".yaml", ".yml"))
    if not own and name not in names():
        raise ConfigError(
            [Problem(Mark("pathology"), "", repr(name[:60]), f"one of {', '.join(names())}", did_you_mean(name, names(), 0.5))]
        )
    document = read_file(Path(name) if own else data_dir("configs") / "pathologies" / f"{name}.yaml")
    model = validate(PathologyModel, document, list(_rules(document)))
    tries = tuple(_try(item) for item in model.tries)
    return Pathology(Path(name).stem, model.title, model.description, to_subject(model.subject), to_subject(model.without), tries)


def _try(item: TryModel) -> Try:
    expects = tuple(Expected(e.what, e.level, e.goes, e.published, e.status) for e in item.expects)
    load = f" with {item.load_kg:g} kg" if item.load_kg else ""
    if item.posture is not None:
        on_back = carried(item.posture) == "back"
        mass = Load(backpack_kg=item.load_kg) if on_back else Load(mass_kg=item.load_kg)
        return Try(f"{item.posture}{load}", preset(item.posture), mass, False, expects)
    angle = item.trunk_inclination_deg
    bent = to_posture(PostureModel(trunk_inclination_deg=angle))
    return Try(f"bent {angle:g} deg by least effort{load}", bent, Load(mass_kg=item.load_kg), True, expects)


def _rules(document: Document) -> Iterator[Problem]:
    """What no schema says: one way to say a posture, a level where a quantity has one."""
    tries: Any = document.data.get("tries")
    for number, item in enumerate(tries if isinstance(tries, list) else []):
        if not isinstance(item, dict):
            continue
        at = ("tries", number)
        if (item.get("posture") is None) == (item.get("trunk_inclination_deg") is None):
            yield Problem(document.mark(at), _key(at), "a posture beside an inclination, or neither", "posture, or trunk_inclination_deg")
        elif isinstance(item.get("posture"), str) and item["posture"] not in postures():
            yield Problem(
                document.mark((*at, "posture")), _key((*at, "posture")), repr(item["posture"]), "a preset; see 'spinesim postures'",
                did_you_mean(item["posture"], postures(), 0.5),
            )  # fmt: skip
        for k, expected in enumerate(item.get("expects") or []):
            if isinstance(expected, dict) and expected.get("what") in QUANTITIES:
                wanted = expected["what"] in PER_LEVEL
                if wanted != (expected.get("level") is not None):
                    place = (*at, "expects", k)
                    got = f"{expected['what']} {'without' if wanted else 'with'} a level"
                    yield Problem(document.mark(place), _key(place), got, "a level" if wanted else "no level")


def _key(at: tuple[str | int, ...]) -> str:
    return ".".join(map(str, at))
