"""A sweep file: a base case, what varies, how it is sampled, and what is kept."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from spinesim.analysis.crossed import Listed
from spinesim.analysis.design import MOST_ROWS, REPLACES, Design, Sweep
from spinesim.analysis.keys import PRESET, SECTIONS, geometry_names, pair_items
from spinesim.analysis.samples import MOST_SAMPLES, Sampling
from spinesim.config.case import apply_overrides, case_path, parts, rules
from spinesim.config.convert import resolved, to_posture
from spinesim.config.document import Document, Path_, read_file
from spinesim.config.errors import ConfigError, Problem
from spinesim.config.factors import Factors
from spinesim.config.presets import carried, names, preset, unknown
from spinesim.config.schema import PostureModel
from spinesim.config.sweep_resolved import resolved_sweep
from spinesim.config.sweep_results import read_outputs, read_summaries
from spinesim.config.sweep_schema import SamplingSpec, SweepModel
from spinesim.config.validate import two_ways, validate
from spinesim.model.anatomy import SpineModel
from spinesim.model.load import Load
from spinesim.model.posture import Posture
from spinesim.model.ranges import check
from spinesim.model.subject import Subject


def load_sweep(path: str | os.PathLike[str], overrides: Sequence[str] = ()) -> Sweep:
    """Read a sweep file.

    Parameters
    ----------
    path
        YAML file with any of the keys ``title description base postures vary zip table derive sampling outputs summaries``.
    overrides
        ``KEY=VALUE`` texts: ``load.mass_kg=15`` for the base case, ``vary.load.mass_kg=[5, 10]`` or ``sampling.samples=64`` for the rest.

    Raises
    ------
    OSError
        If the file cannot be read.
    ConfigError
        With the faults of the file, of its table and of the overrides.
    """
    path = Path(path)
    return build_sweep(apply_overrides(read_file(path), overrides, sweep_path), path.parent)


def sweep_path(key: str) -> tuple[str, ...]:
    """A dotted key of an override as a path; keys of a case belong to the base."""
    head, _, rest = key.partition(".")
    if head in ("vary", "derive") and rest:
        return head, rest
    if head == "base" and rest:
        return head, *case_path(rest)
    return ("base", *case_path(key)) if head in SECTIONS[:4] else tuple(key.split("."))


def build_sweep(document: Document, folder: Path) -> Sweep:
    """The sweep that a document describes; ``folder`` is where its table is looked for.

    Raises
    ------
    ConfigError
        With every fault.
    """
    # An empty section is a section whose values are all commented out.
    document.data = {key: value for key, value in document.data.items() if value is not None}
    if isinstance(base := document.data.get("base"), dict):
        document.data["base"] = {key: value for key, value in base.items() if value is not None}
    model = validate(SweepModel, document, list(_rules(document)))
    own = {name: to_posture(posture, preset(posture.preset) if posture.preset else None) for name, posture in model.postures.items()}
    factors = Factors(document, tuple(sorted({*names(), *own})))
    factors.read(model, folder)
    subject, posture, load, exponent = parts(model.base)
    constants = _constants(resolved(subject, posture, load, exponent), {*factors.places, *model.derive})
    factors.derive(model.derive, constants)
    factors.judge_posture(_said(model), posture)
    _judge_overrides(factors)
    _judge_base(subject, posture, load, factors)
    design = _design(model, factors, constants)
    outputs = tuple(read_outputs(model, factors))
    summaries = tuple(read_summaries(model, {output.name for output in outputs}, factors))
    if factors.problems or design is None:
        raise ConfigError(factors.problems)
    named = _named(model, own, factors)
    sweep = Sweep(
        title=model.title, description=model.description, subject=subject, posture=posture, load=load, exponent=exponent,
        design=design, outputs=outputs, summaries=summaries, resolved={}, postures=named, hands=_hands(model, named, factors),
    )  # fmt: skip
    return replace(sweep, resolved=resolved_sweep(sweep, model, _said(model), factors))


def _rules(document: Document) -> Iterator[Problem]:
    """Faults of the base case and of the sweep's own postures."""
    base, own = document.data.get("base"), document.data.get("postures")
    yield from rules(base if isinstance(base, dict) else {}, ("base",), document)
    for name, posture in own.items() if isinstance(own, dict) else ():
        yield from two_ways(posture, ("postures", name), document)
        given = posture.get("preset") if isinstance(posture, dict) else None
        if isinstance(given, str) and given not in names():
            yield unknown(given, document.mark(("postures", name, "preset")), f"postures.{name}.preset")


def _said(model: SweepModel) -> set[str]:
    """Keys that the base posture writes."""
    return {key for key in model.base.posture.model_fields_set if getattr(model.base.posture, key) is not None}


def _constants(base: Mapping[str, Any], varied: set[str]) -> dict[str, float]:
    """Numbers that are the same in every row: those of the base case that nothing varies, and geometry values."""
    posture = {_posture_field(name) for name in varied if name == "posture" or name.startswith("posture.")}
    replaced = posture | {other for name in posture for other in REPLACES.get(name, ())}
    numbers = {f"subject.{key}": value for key, value in _numbers(base["subject"])}
    if "preset" not in posture:
        numbers |= {f"posture.{key}": value for key, value in _numbers(base["posture"]) if key.partition(".")[0] not in replaced}
    numbers |= {f"load.{key}": value for key, value in _numbers(base["load"])}
    entries = SpineModel.default().tables.entries
    numbers |= {name: entries[entry].value for name, entry in geometry_names().items()}
    return {name: value for name, value in numbers.items() if name not in varied}


def _posture_field(name: str) -> str:
    return "preset" if name == "posture" else name.split(".")[1]


def _numbers(section: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for key, value in section.items():
        if isinstance(value, (int, float)):
            yield key, float(value)
        elif isinstance(value, dict):
            yield from ((f"{key}.{item}", float(number)) for item, number in value.items())
        elif key == "hand_position_mm":
            yield from ((f"{key}.{item}", float(number)) for item, number in zip(pair_items(key), value, strict=True))


def _judge_overrides(factors: Factors) -> None:
    """A varied key cannot be fixed by an override of the base case, which it would hide."""
    for name in factors.places:
        path = ("base", "posture") if name == PRESET else ("base", *case_path(name))
        mark = factors.document.values.get(path)
        if mark is not None and mark.line is None:
            hint = f"give vary.{name}=[...] to change how it varies"
            factors.problems.append(Problem(mark, name, "a value of the base case for a key that varies", "a key that does not", hint))


def _judge_base(subject: Subject, posture: Posture, load: Load, factors: Factors) -> None:
    """Refuse values of the base case with which no row could be computed."""
    varied = {".".join(name.split(".")[:2]) for name in factors.places} | {"subject.bmi", "case.effort_Nm"}
    varied |= {f"posture.{other}" for name in varied for other in REPLACES.get(name.partition(".")[2], ())}
    for found in check(subject, posture, load):
        named = found.key.startswith("posture.") and PRESET in varied
        if found.kind == "computable" and not named and ".".join(found.key.split(".")[:2]) not in varied:
            unit = "" if found.unit == "1" else f" {found.unit}"
            place = ("base", *case_path(found.key))
            factors.fault(place, f"{found.value:g}", f"{found.lo:g} to {found.hi:g}{unit}, the computable range of {found.key}")


def _design(model: SweepModel, factors: Factors, constants: Mapping[str, float]) -> Design | None:
    """The design, unless there is a fault."""
    if not factors.places and not factors.problems:
        factors.fault((), "nothing that varies", "one or more of vary, zip and table")
    sampling = _sampling(model.sampling, factors)
    if factors.problems:
        return None
    read = dict.fromkeys(name for expression in factors.derived.values() for name in expression.names)
    design = Design(
        keys=tuple(factors.places), factors=tuple(factors.crossed), sampling=sampling, marginals=tuple(factors.marginals),
        derived=factors.derived, constants={name: constants[name] for name in read if name in constants},
    )  # fmt: skip
    if design.size > MOST_ROWS:
        place: Path_ = ("vary",) if model.vary else ("zip",)
        factors.fault(place, f"{Decimal(design.size):.4g} rows", f"at most {MOST_ROWS:.4g}, the last 64-bit row number", key=True)
    return design


def _sampling(spec: SamplingSpec | None, factors: Factors) -> Sampling | None:
    if not factors.marginals:
        if spec is not None and not factors.problems:
            factors.fault(("sampling",), "sampling", "a random quantity in vary, or no sampling", key=True)
        return None
    if spec is None:
        place = factors.places[factors.marginals[0].key]
        factors.fault(place, "a random quantity", "the section sampling too, such as sampling: {samples: 1024}", key=True)
        return None
    if spec.samples > MOST_SAMPLES[spec.method]:
        factors.fault(("sampling", "samples"), str(spec.samples)[:40], f"at most {MOST_SAMPLES[spec.method]} for the method {spec.method}")
        return None
    return Sampling(spec.method, spec.samples, spec.seed)


def _named(model: SweepModel, own: Mapping[str, Posture], factors: Factors) -> dict[str, Posture]:
    """Postures that rows name, with what the base posture says beside its preset on top."""
    columns = [factor.columns[PRESET] for factor in factors.crossed if isinstance(factor, Listed) and PRESET in factor.columns]
    used = sorted({str(name) for column in columns for name in column})
    return {name: to_posture(model.base.posture, own.get(name) or preset(name)) for name in used}


def _hands(model: SweepModel, named: Mapping[str, Posture], factors: Factors) -> dict[str, Any]:
    """In which hands named postures carry, unless the case says it."""
    if "hands" in model.base.load.model_fields_set or "load.hands" in factors.places:
        return {}
    sides = {name: _side(model.postures.get(name), name) for name in named}
    return {name: side for name, side in sides.items() if side in ("left", "right")}


def _side(own: PostureModel | None, name: str) -> str | None:
    """Where a named posture carries: what it says itself, or else its preset."""
    if own is None:
        return carried(name)
    return own.carried or (carried(own.preset) if own.preset else None)
