"""Rules of evidence files that no schema can say; every fault has its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from spinesim.analysis.agreement import GROUPS
from spinesim.analysis.published import COMPONENTS, STIFFNESS, STIFFNESS_ENTRIES, dims_of
from spinesim.config import exercise
from spinesim.config.document import Document, Path_
from spinesim.config.errors import Problem, did_you_mean, shown
from spinesim.config.evidence_schema import EvidenceModel, FigureModel, ReferenceModel, SetupModel, SpecimenModel
from spinesim.config.presets import names, unknown
from spinesim.config.validate import two_ways
from spinesim.solver.bench import SEGMENTS, STRUCTURES
from spinesim.solver.variables import VARIABLES

FOLDERS: Final = {"specimen": "specimen_", "living": "in_vivo_", "models": "model_to_model"}
_SHORT: Final = {
    "level": "quantity",
    "component": "quantity",
    "side": "quantity",
    "segment": "setup.specimen",
    "creep_mm": "setup.specimen",
}
_SECTIONS: Final = {"loading": "specimen", "posture": "living", "load": "living"}
_WAYS: Final = ("within_percent", "within_sd", "within", "published_range", "same_sign")


def of_form(document: Document) -> Iterator[Problem]:
    """Faults of postures that are said twice or name no preset."""
    for section in ("setup", "relative_to", "baseline"):
        data = document.data.get(section)
        living = data.get("living") if isinstance(data, dict) else None
        yield from _of_exercise(living, (section, "living"), document)
        posture = living.get("posture") if isinstance(living, dict) else None
        path: Path_ = (section, "living", "posture")
        yield from two_ways(posture, path, document)
        name, place = (posture.get("preset"), (*path, "preset")) if isinstance(posture, dict) else (posture, path)
        if isinstance(name, str) and name not in names():
            yield unknown(name, document.mark(place), ".".join(map(str, place)))


def _of_exercise(living: Any, path: Path_, document: Document) -> Iterator[Problem]:
    """Faults of an exercise that does not exist, or stands beside a posture or more than the mass of a load."""
    name = living.get("exercise") if isinstance(living, dict) else None
    if not isinstance(name, str):
        return
    if name not in exercise.names():
        place = (*path, "exercise")
        yield exercise.unknown(name, document.mark(place), ".".join(map(str, place)))
    load = living.get("load")
    beside: list[tuple[str, ...]] = [("posture",)] if living.get("posture") is not None else []
    beside += [("load", key) for key in load if key != "mass_kg"] if isinstance(load, dict) else []
    for place in ((*path, *key) for key in beside):
        yield Problem(
            document.mark(place, key=True), ".".join(map(str, place)), "this beside an exercise", "the exercise and load.mass_kg alone"
        )


def of_file(model: EvidenceModel, document: Document, path: Path) -> Iterator[Problem]:
    """Faults that concern the case as a whole."""

    def fault(place: Path_, got: str, expected: str, hint: str = "", *, key: bool = False) -> Problem:
        return Problem(document.mark(place, key=key), ".".join(map(str, place)), got, expected, hint)

    if model.id != path.stem:
        yield fault(("id",), shown(model.id), f"the name of the file, {path.stem!r}")
    for name in ("title", "citation", "calibrated_parameter"):
        if getattr(model, name) is not None and not getattr(model, name).strip():
            yield fault((name,), "nothing", "text")
    if not model.band.because.strip():
        yield fault(("band", "because"), "nothing", "the reason for this band")
    kind = path.parent.name
    if kind in FOLDERS and not model.group.startswith(FOLDERS[kind]):
        yield fault(("group",), shown(model.group), f"a group of the folder {kind}/, which starts with {FOLDERS[kind]}")
    if (unit := GROUPS[model.group][1]) and model.published.unit != unit:
        yield fault(("published", "unit"), shown(model.published.unit), f"{unit!r}, the unit of {model.group}")
    if model.used_for_calibration != (model.calibrated_parameter is not None):
        wanted = "calibrated_parameter beside it" if model.used_for_calibration else "no calibrated_parameter"
        yield fault(("used_for_calibration",), str(model.used_for_calibration), wanted)
    ways = [way for way in _WAYS if getattr(model.band, way) is not None]
    ways += ["lo/hi"] if model.band.lo is not None or model.band.hi is not None else []
    if len(ways) != 1:
        yield fault(("band",), " and ".join(ways) or "no band", f"one of {', '.join(_WAYS)}, or lo and hi", key=True)
    yield from _of_points(model, document, fault)
    yield from _of_setups(model, fault)


def _of_points(model: EvidenceModel, document: Document, fault: Callable[..., Problem]) -> Iterator[Problem]:
    if bool(model.over) != bool(model.points):
        yield fault(("over",) if model.over else ("points",), "one of over and points", "both, or neither", key=True)
    for key in model.over:
        if not place_of(key, document):
            known = ("level", "loading.flexion_Nm", "posture.trunk_inclination_deg", "load.mass_kg")
            yield fault(("over",), shown(key), f"a key to run over, such as {', '.join(known)}", did_you_mean(key, (*_SHORT, *known)))
    for index, point in enumerate(model.points):
        if len(point.at) != len(model.over):
            yield fault(("points", index, "at"), f"{len(point.at)} values", f"{len(model.over)}, one for each key of 'over'")


def _of_setups(model: EvidenceModel, fault: Callable[..., Problem]) -> Iterator[Problem]:
    kind = "living" if model.setup.living else "specimen"
    for name in ("setup", "relative_to", "baseline"):
        setup: SetupModel | ReferenceModel | None = getattr(model, name)
        if setup is None:
            continue
        if (setup.living is None) == (setup.specimen is None):
            yield fault((name,), "both or none of them", "one of specimen and living", key=True)
        elif getattr(setup, kind) is None:
            yield fault((name,), "another kind than setup", f"{kind}, as in setup", key=True)
        if setup.specimen:
            yield from _of_structures(setup.specimen, name, fault)


def _of_structures(specimen: SpecimenModel, section: str, fault: Callable[..., Problem]) -> Iterator[Problem]:
    for index, name in enumerate(specimen.without):
        structure, at, level = name.partition("@")
        place = (section, "specimen", "without", index)
        if structure not in STRUCTURES:
            yield fault(place, shown(name), f"one of {', '.join(STRUCTURES)}", did_you_mean(structure, STRUCTURES))
        elif at and level not in SEGMENTS[specimen.segment]:
            yield fault(place, shown(name), f"a level of {specimen.segment} after the @")


def of_point(model: EvidenceModel, figure: FigureModel, document: Document, place: Path_) -> Iterator[Problem]:
    """Faults of one published figure and of what is asked for it."""
    at, key = document.mark(place, key=True), ".".join(map(str, place))
    if figure.value is None and figure.lo is None and figure.hi is None:
        yield Problem(at, key, "no number", "value, or lo and hi, or a bound")
    ends = [end for end in (figure.lo, figure.value, figure.hi) if end is not None]
    if ends != sorted(ends):
        yield Problem(at, key, shown(ends), "lo, value and hi in rising order")
    need = dict.fromkeys(("within_percent", "within", "same_sign"), figure.value is not None)
    need |= {"within_sd": figure.value is not None and figure.sd is not None}
    need |= {"published_range": figure.lo is not None or figure.hi is not None}
    for way, there in need.items():
        if getattr(model.band, way) is not None and not there:
            yield Problem(at, key, f"no number for the band {way}", "sd, value, or lo and hi, whatever the band is made of")
    yield from _of_quantity(model, document)


def _of_quantity(model: EvidenceModel, document: Document) -> Iterator[Problem]:
    asked, specimen = model.quantity, model.setup.specimen is not None
    known = _known(specimen=specimen)

    def fault(name: str, got: str, expected: str, hint: str = "") -> Problem:
        return Problem(document.mark(("quantity", name)), f"quantity.{name}", got, expected, hint)

    if asked.name not in known:
        kind = "a specimen" if specimen else "a living person"
        yield fault("name", shown(asked.name), f"a result of {kind} (docs/results.md)", did_you_mean(asked.name, known))
        return
    dims = dims_of(asked.name)
    components = {name for dim in dims for name in COMPONENTS.get(dim, ())} or set(STIFFNESS_ENTRIES if asked.name == STIFFNESS else ())
    wants = {"level": "level" in dims or asked.name == STIFFNESS, "side": "side" in dims, "component": bool(components)}
    for name, wanted in wants.items():
        if wanted != (getattr(asked, name) is not None):
            yield fault(name, "nothing" if wanted else "a value", f"{'the' if wanted else 'no'} {name} of {asked.name}")
    if asked.component is not None and components and asked.component not in components:
        near = did_you_mean(asked.component, sorted(components))
        yield fault("component", shown(asked.component), f"one of {', '.join(sorted(components))}", near)
    share = asked.share_of
    number = isinstance(share, (int, float)) and not isinstance(share, bool) and share != 0.0
    if not (share is None or number or (share in known and dims_of(share) == ("level",))):
        yield fault("share_of", shown(share), "a number, or a result per level")
    if asked.both_directions and not specimen:
        yield fault("both_directions", "True", "False; it is for specimens")


def _known(*, specimen: bool) -> tuple[str, ...]:
    """Quantities that can be asked of a specimen, or of a living person."""
    read = {name: v.dims for name, v in VARIABLES.items() if set(v.dims) <= {"level", "side", *COMPONENTS} and v.dtype == "f8"}
    if not specimen:
        return tuple(read)
    return (*(name for name, dims in read.items() if "level" in dims), "rotation_total_deg", STIFFNESS)


def place_of(key: str, document: Document) -> tuple[str, ...]:
    """Where a key of 'over' stands in the file; empty if there is no such key."""
    head, _, rest = key.partition(".")
    if not rest:
        return (*_SHORT[key].split("."), key) if key in _SHORT else ()
    if head == "subject":
        setup = document.data.get("setup")
        return ("setup", "living" if isinstance(setup, dict) and "living" in setup else "specimen", head, *rest.split("."))
    return ("setup", _SECTIONS[head], head, *rest.split(".")) if head in _SECTIONS else ()
