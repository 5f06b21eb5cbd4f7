"""Cases of published evidence from YAML: one file each, in ``specimen/``, ``living/`` or ``models/``."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from spinesim.analysis.agreement import GROUPS
from spinesim.analysis.published import Case, Exercising, Living, Point, Quantity, Setup, Specimen
from spinesim.config.convert import to_load, to_posture, to_subject
from spinesim.config.document import Document, read_file
from spinesim.config.errors import ConfigError, Problem
from spinesim.config.evidence_rules import FOLDERS, of_file, of_form, of_point, place_of
from spinesim.config.evidence_schema import (
    BandModel,
    EvidenceModel,
    FigureModel,
    PointModel,
    QuantityModel,
    SetupModel,
    UnaskedList,
    UnaskedModel,
)  # fmt: skip
from spinesim.config.exercise import exercise
from spinesim.config.presets import preset
from spinesim.config.validate import validate
from spinesim.model.data import data_dir

NOT_ASKED: Final = "not_asked.yaml"


def load_cases(folder: Path | None = None, progress: Callable[[int, int], None] | None = None) -> list[Case]:
    """All cases of a folder, those of the package by default, in order of group and id.

    Raises
    ------
    OSError
        If a file cannot be read, or there is none.
    ConfigError
        With every fault of every file.
    """
    root = folder or data_dir("cases")
    paths = sorted(path for kind in FOLDERS for path in (root / kind).glob("*.yaml"))
    if not paths:
        raise FileNotFoundError(2, f"no case in {', '.join(f'{kind}/' for kind in FOLDERS)}", str(root))
    cases, problems = [], list[Problem]()
    for done, path in enumerate(paths, start=1):
        try:
            cases.append(load_evidence(path))
        except ConfigError as error:
            problems += error.problems
        if progress is not None:
            progress(done, len(paths))
    if problems:
        raise ConfigError(problems)
    order = list(GROUPS)
    return sorted(cases, key=lambda case: (order.index(case.group), case.id))


def load_not_asked(folder: Path | None = None) -> tuple[UnaskedModel, ...]:
    """Published figures that are no case, with the reason; none if the folder has no such list."""
    path = (folder or data_dir("cases")) / NOT_ASKED
    return validate(UnaskedList, read_file(path), []).not_asked if folder is None or path.is_file() else ()


def load_evidence(path: Path) -> Case:
    """Read one case.

    Raises
    ------
    OSError
        If the file cannot be read.
    ConfigError
        With the faults of the file.
    """
    document = read_file(path)
    model = validate(EvidenceModel, document, list(of_form(document)))
    _stop(of_file(model, document, path))
    points = [_point(document, model, index) for index in range(len(model.points))] or [_single(document, model)]
    return _case(model, tuple(points))


def _case(model: EvidenceModel, points: tuple[Point, ...]) -> Case:
    reference, baseline = model.relative_to, model.baseline
    return Case(
        id=model.id,
        title=model.title,
        citation=model.citation,
        figures=model.figures,
        status=model.status,
        group=model.group,
        unit=model.published.unit,
        spread=model.published.spread,
        band=_in_words(model.band, model.published.unit),
        because=model.band.because,
        note=model.note,
        calibrates=model.calibrated_parameter or "",
        repeats=model.repeats,
        over=model.over,
        points=points,
        reference=to_setup(reference) if reference else None,
        baseline=to_setup(baseline) if baseline else None,
        difference=bool(reference and reference.compare == "difference"),
    )


def to_setup(model: SetupModel) -> Setup:
    """What is solved, from validated keys."""
    if model.living and model.living.exercise is not None:
        return Exercising(to_subject(model.living.subject), exercise(model.living.exercise), model.living.load.mass_kg)
    if model.living:
        name = model.living.posture.preset
        posture = to_posture(model.living.posture, preset(name) if name is not None else None)
        return Living(to_subject(model.living.subject), posture, to_load(model.living.load))
    part = model.specimen
    if part is None:
        raise ValueError("a set-up is a specimen or living")
    loading = part.loading.model_dump(exclude_defaults=True)
    return Specimen(to_subject(part.subject), part.segment, loading, tuple(part.without), part.creep_mm)


def _single(document: Document, model: EvidenceModel) -> Point:
    _stop(of_point(model, model.published, document, ("published",)))
    return _made(model, model.published, (), judged=True)


def _point(document: Document, model: EvidenceModel, index: int) -> Point:
    """A point as a case of its own: the file with the keys it runs over replaced by the point's values."""
    place = ("points", index)
    point = model.points[index]
    own = copy.deepcopy(document)
    for key, value in zip(model.over, point.at, strict=True):
        path = place_of(key, document)
        posture = own.data["setup"].get("living", {}).get("posture")
        if path[:3] == ("setup", "living", "posture") and isinstance(posture, str):
            own.data["setup"]["living"]["posture"] = {"preset": posture}
        own.put(path, value, document.mark((*place, "at")))
    there = validate(EvidenceModel, own, list(of_form(own)))
    figure = _with_defaults(point, model.published)
    _stop(of_point(there, figure, own, place))
    return _made(there, figure, tuple(point.at), judged=point.judged)


def _with_defaults(point: PointModel, published: FigureModel) -> FigureModel:
    own = {key: getattr(point, key) for key in FigureModel.model_fields if getattr(point, key) is not None}
    return FigureModel(**{**{key: getattr(published, key) for key in FigureModel.model_fields}, **own})


def _made(model: EvidenceModel, figure: FigureModel, at: tuple[Any, ...], *, judged: bool) -> Point:
    low, high = figure.lo, figure.hi
    if figure.sd is not None and figure.value is not None:
        low, high = figure.value - figure.sd, figure.value + figure.sd
    return Point(at, to_setup(model.setup), _quantity(model.quantity), figure.value, low, high, _band(model.band, figure), judged)


def _quantity(model: QuantityModel) -> Quantity:
    return Quantity(
        name=model.name,
        levels=model.level or (),
        over_levels=model.over_levels,
        side=model.side or "",
        component=model.component or "",
        share_of=model.share_of,
        both_directions=model.both_directions,
        per_body_weight=model.per_body_weight,
    )


def _band(band: BandModel, figure: FigureModel) -> tuple[float, float]:
    value, sd = figure.value or 0.0, figure.sd or 0.0
    if band.same_sign:
        return (0.0, math.inf) if value > 0.0 else (-math.inf, 0.0)
    if band.published_range:
        low, high = figure.lo, figure.hi
    elif band.lo is not None or band.hi is not None:
        low, high = band.lo, band.hi
    else:
        half = (0.01 * (band.within_percent or 0.0) * abs(value)) + (band.within_sd or 0.0) * sd + (band.within or 0.0)
        low, high = value - half, value + half
    return -math.inf if low is None else low, math.inf if high is None else high


def _in_words(band: BandModel, unit: str) -> str:
    unit = "" if unit == "ratio" else f" {unit}"
    if band.within_percent is not None:
        return f"within {band.within_percent:g} %"
    if band.within_sd is not None:
        return f"within {band.within_sd:g} SD"
    if band.within is not None:
        return f"within {band.within:g}{unit}"
    if band.published_range:
        return "published range"
    if band.same_sign:
        return "same sign"
    ends = (("at least", band.lo), ("at most", band.hi))
    return ", ".join(f"{word} {end:g}{unit}" for word, end in ends if end is not None)


def _stop(problems: Iterator[Problem]) -> None:
    if found := list(problems):
        raise ConfigError(found)
