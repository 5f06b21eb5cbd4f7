"""Named postures: one YAML file each in ``configs/postures``, with the keys of a posture."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from spinesim.config.convert import to_posture
from spinesim.config.document import read_file
from spinesim.config.errors import ConfigError, Mark, Problem, did_you_mean
from spinesim.config.schema import PostureModel
from spinesim.config.validate import two_ways, validate
from spinesim.model.data import data_dir
from spinesim.model.posture import Posture


@cache
def names() -> tuple[str, ...]:
    """Names of all presets, in alphabetical order."""
    return tuple(sorted(path.stem for path in _folder().glob("*.yaml")))


def preset(name: str) -> Posture:
    """The posture of a preset.

    Raises
    ------
    ConfigError
        If there is no such preset; the message names the nearest one.
    """
    return to_posture(_model(name))


def describe(name: str) -> str:
    """What a preset is, in a line."""
    return _model(name).description


def carried(name: str) -> str | None:
    """Where a load belongs in a preset unless the case says otherwise: ``left``, ``right``, ``both`` hands or the ``back``."""
    return _model(name).carried


def source(name: str) -> str:
    """The YAML text of a preset, to copy into a case.

    Raises
    ------
    ConfigError
        If there is no such preset.
    """
    _model(name)
    return (_folder() / f"{name}.yaml").read_text(encoding="utf-8")


def unknown(name: str, mark: Mark, key: str) -> Problem:
    """The fault of a preset that does not exist."""
    return Problem(mark, key, repr(name[:60]), f"a preset ({', '.join(names())})", did_you_mean(name, names(), 0.5))


@cache
def _model(name: str) -> PostureModel:
    if name not in names():
        raise ConfigError([unknown(name, Mark("preset"), "")])
    document = read_file(_folder() / f"{name}.yaml")
    return validate(PostureModel, document, list(two_ways(document.data, (), document)))


def _folder() -> Path:
    return data_dir("configs") / "postures"
