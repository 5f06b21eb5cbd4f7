"""Fits the passive joint to several experiments at once, no parameter outside its published range.

``python -m spinesim.cli.calibrate`` runs it, reports and writes the values. Disc, ligaments and facets are fitted as the one joint
that laboratories measured, and other levels by the experiments made there:

- parameters and their ranges are in ``fit_ranges.csv``, experiments in ``experiments.csv``;
- weights are the ``sd`` of an experiment: how far a mean may be missed. Its ``spread`` is that between specimens, and decides how
  far parameters may vary together from one person to the next (:class:`Fit`);
- the gap of every facet follows from the force that the facet carries under 500 N (:mod:`spinesim.analysis.reference_fit`).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from spinesim.analysis.reference_fit import facet_gaps
from spinesim.model.anatomy import SpineModel
from spinesim.model.load import Load
from spinesim.model.names import LIGAMENTS
from spinesim.model.posture import Posture
from spinesim.model.subject import Subject
from spinesim.solver.api import solve
from spinesim.solver.bench import Curve, Loading, load_specimen
from spinesim.solver.motion import range_of_motion, stiffness

ALL_LEVELS: Final = "*"
LOST: Final = 10.0  # residual where a specimen gives way
STEP: Final = 2e-3  # of a range, of the forward differences
DISC_PRELOADS: Final = (500.0, 900.0)  # N, of the disc's axial stiffness
DISC_ALONE: Final = (*LIGAMENTS, "facets")
ANY_LEVEL: Final = "L4-L5"
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Experiment:
    """One published figure: what was done to which segment, what was measured, and how far means and specimens scatter."""

    name: str
    segment: str
    loading: Loading
    creep_mm: float
    quantity: str
    value: float
    sd: float
    spread: float
    unit: str
    source: str
    status: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """One free number of the tables with its range, and what else is known of it (NaN: nothing).

    Item ``*`` is the value of all levels; in ``sharing.csv`` the constant c of their factors c sqrt((1/6)/share).
    """

    table: str
    item: str
    name: str
    lo: float
    hi: float
    prior: float
    prior_sd: float

    @property
    def label(self) -> str:
        """Dotted name."""
        return f"{self.table}.{self.item}.{self.name}"

    def start(self, model: SpineModel) -> float:
        """Present value."""
        if self.item != ALL_LEVELS:
            return model.tables.entries[self.table, self.item, self.name].value
        value = model.tables.entries[self.table, ANY_LEVEL, self.name].value
        return value / level_factor(model, self, ANY_LEVEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """Result: parameters (P,), predictions (E,) before and after, sensitivity (E, P) and covariance (P, P).

    ``sensitivity`` is the change of a prediction, in its ``sd``, over the whole range of a parameter. ``spread`` (P,) and
    ``correlation`` (P, P) are those of the posterior, on the scale of the values, that the experiments' spreads between
    specimens leave of uniform priors over the ranges.
    """

    parameters: tuple[Parameter, ...]
    experiments: tuple[Experiment, ...]
    start: Array
    values: Array
    before: Array
    after: Array
    sensitivity: Array
    spread: Array
    correlation: Array

    @property
    def misfit(self) -> tuple[float, float]:
        """Half the sum of squares in units of ``sd``, before and after."""
        target, sd = np.array([e.value for e in self.experiments]), np.array([e.sd for e in self.experiments])
        return tuple(float(0.5 * np.sum(((p - target) / sd) ** 2)) for p in (self.before, self.after))  # type: ignore[return-value]


def read_experiments(folder: Path) -> tuple[Experiment, ...]:
    """Rows of ``experiments.csv``."""
    return tuple(_experiment(row) for row in _rows(folder / "experiments.csv"))


def read_parameters(folder: Path) -> tuple[Parameter, ...]:
    """Rows of ``fit_ranges.csv``."""
    numbers = ("lo", "hi", "prior", "prior_sd")
    rows = _rows(folder / "fit_ranges.csv")
    return tuple(Parameter(r["table"], r["item"], r["parameter"], *(float(r[n] or "nan") for n in numbers)) for r in rows)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _experiment(row: Mapping[str, str]) -> Experiment:
    load = {n: float(row[n]) for n in ("flexion_Nm", "lateral_Nm", "axial_Nm", "follower_N", "flexion_deg")}
    return Experiment(
        name=row["experiment"],
        segment=row["segment"],
        loading=Loading(**load, hold_rotations=row["clamped"] == "1"),
        creep_mm=float(row["creep_mm"]),
        quantity=row["quantity"],
        value=float(row["value"]),
        sd=float(row["sd"]),
        spread=float(row["spread"]),
        unit=row["unit"],
        source=row["source"],
        status=row["status"],
    )


def with_parameters(model: SpineModel, parameters: Sequence[Parameter], values: Array) -> SpineModel:
    """The model with other values, and the facet gaps that follow from them."""
    entries = model.tables.entries
    changed: dict[tuple[str, str, str], float] = {}
    for parameter, value in zip(parameters, values, strict=True):
        if parameter.item != ALL_LEVELS:
            changed[parameter.table, parameter.item, parameter.name] = float(value)
            continue
        for table, item, name in entries:
            if (table, name) == (parameter.table, parameter.name):
                changed[table, item, name] = float(value) * level_factor(model, parameter, item)
    drawn = replace(model, tables=model.tables.with_values(changed))
    gaps = {("facets", level, "gap"): gap for level, gap in facet_gaps(drawn).items()}
    return replace(model, tables=model.tables.with_values({**changed, **gaps}))


def level_factor(model: SpineModel, parameter: Parameter, level: str) -> float:
    """What a value of all levels is multiplied with at one of them."""
    if parameter.table != "sharing":
        return 1.0
    share = model.tables.value("rhythm", level, parameter.name.replace("_factor", "_share"))
    return float(np.sqrt(1.0 / 6.0 / share))


def predict(model: SpineModel, experiments: Sequence[Experiment]) -> Array:
    """What the model answers to every experiment; NaN where the specimen gives way."""
    cache: dict[Any, Any] = {}
    return np.array([_predicted(model, e, cache) for e in experiments])


def _predicted(model: SpineModel, experiment: Experiment, cache: dict[Any, Any]) -> float:
    quantity, loading = experiment.quantity, experiment.loading
    try:
        if quantity.startswith(("stiffness_", "disc_stiffness")):
            return _STIFFNESS[quantity](model, experiment, cache)
        if quantity.startswith("range_"):
            axis = quantity.removeprefix("range_")
            moment = loading.flexion_Nm or loading.lateral_Nm or loading.axial_Nm
            return float(range_of_motion(model, Subject(), experiment.segment, axis, moment, loading.follower_N).range_deg.sum())
        if quantity == "passive_share":
            return _passive_share(model)
        return _MEASURES[quantity](model, experiment, _curve(model, experiment, loading, cache), cache)
    except ValueError:
        return float("nan")


def _passive_share(model: SpineModel) -> float:
    """Mean over the levels of a living person in full flexion, %."""
    full = solve(model, Subject(), Posture(pelvic_tilt_deg=30.0, flexion_deg=60.0), Load())
    return 100.0 * float(full.passive_share.mean())


def _curve(model: SpineModel, experiment: Experiment, loading: Loading, cache: dict[Any, Any]) -> Curve:
    key = experiment.segment, loading, experiment.creep_mm
    if key not in cache:
        cache[key] = load_specimen(model, Subject(), experiment.segment, loading, creep_mm=experiment.creep_mm)
    found: Curve = cache[key]
    return found


def _matrix(model: SpineModel, experiment: Experiment, preload: float, cache: dict[Any, Any]) -> Array:
    key = experiment.segment, preload
    if key not in cache:
        cache[key] = stiffness(model, Subject(), experiment.segment, preload)
    found: Array = cache[key]
    return found


def _factor(model: SpineModel, experiment: Experiment, cache: dict[Any, Any]) -> float:
    """Mean factor of preload on the six diagonal and the two main coupling terms."""
    bare, loaded = (_matrix(model, experiment, preload, cache) for preload in (0.0, experiment.loading.follower_N))
    terms = [(i, i) for i in range(6)] + [(0, 5), (2, 3)]
    return float(np.mean([loaded[term] / bare[term] for term in terms]))


def _disc(model: SpineModel, experiment: Experiment, _: dict[Any, Any]) -> float:
    """Axial tangent stiffness of a disc without ligaments and facets, N/mm."""
    small = (0.02, 0.02, 0.02)
    found = [stiffness(model, Subject(), experiment.segment, p, DISC_ALONE, amplitude_mm=small)[1, 1] for p in DISC_PRELOADS]
    return 1e-3 * float(np.mean(found))


def _axial(index: int) -> Callable[[SpineModel, Experiment, dict[Any, Any]], float]:
    return lambda model, e, cache: 1e-3 * float(_matrix(model, e, e.loading.follower_N, cache)[index, index])


def _rotation(_: SpineModel, experiment: Experiment, curve: Curve, __: dict[Any, Any]) -> float:
    moments = (experiment.loading.flexion_Nm, experiment.loading.lateral_Nm, experiment.loading.axial_Nm)
    axis = int(np.argmax(np.abs(moments)))
    return float(abs(curve.rotation_deg[-1, 0, axis]))


def _facet_ratio(model: SpineModel, experiment: Experiment, curve: Curve, cache: dict[Any, Any]) -> float:
    bare = _curve(model, experiment, replace(experiment.loading, follower_N=0.0), cache)
    return float(curve.loads["facet_force_N"][-1].max() / bare.loads["facet_force_N"][-1].max())


def _index(model: SpineModel, experiment: Experiment, curve: Curve, _: dict[Any, Any]) -> float:
    area = model.tables.value("discs", experiment.segment, "area")  # mm2
    return float(curve.loads["intradiscal_pressure_MPa"][-1, 0] * area / experiment.loading.follower_N)


def _tension(name: str) -> Callable[[SpineModel, Experiment, Curve, dict[Any, Any]], float]:
    return lambda _, __, curve, ___: float(curve.loads["ligament_tension_N"][-1, 0, LIGAMENTS.index(name)])


_STIFFNESS: Final[Mapping[str, Callable[[SpineModel, Experiment, dict[Any, Any]], float]]] = {
    **{f"stiffness_{axis}": _axial(index) for index, axis in enumerate("xyz")},
    "stiffness_factor": _factor,
    "disc_stiffness": _disc,
}
_MEASURES: Final[Mapping[str, Callable[[SpineModel, Experiment, Curve, dict[Any, Any]], float]]] = {
    "rotation": _rotation,
    "facet_side": lambda _, __, curve, ___: float(curve.loads["facet_force_N"][-1, 0].mean()),
    "facet_sum": lambda _, __, curve, ___: float(curve.loads["facet_force_N"][-1, 0].sum()),
    "facet_share": lambda _, e, curve, ___: 100.0 * float(curve.loads["facet_compression_N"][-1, 0]) / e.loading.follower_N,
    "facet_ratio": _facet_ratio,
    "pressure_index": _index,
    **{name: _tension(name) for name in LIGAMENTS},
}
QUANTITIES: Final = (*_STIFFNESS, *_MEASURES, "range_sagittal", "range_lateral", "range_axial", "passive_share")


def fit(
    model: SpineModel,
    experiments: Sequence[Experiment],
    parameters: Sequence[Parameter],
    start: Array | None = None,
    progress: Callable[[int, float], None] | None = None,
) -> Fit:
    """Bounded least squares with a soft loss: one contradicted figure must not bend all others.

    Parameters
    ----------
    model
        The geometry set.
    experiments, parameters
        What to fit (E,) and what to fit with (P,).
    start
        Where to start (P,); by default from the present values.
    progress
        Called with (evaluations, misfit).
    """
    lo, hi, prior, prior_sd = (np.array([getattr(p, end) for p in parameters]) for end in ("lo", "hi", "prior", "prior_sd"))
    present = np.array([p.start(model) for p in parameters])
    target, sd = np.array([e.value for e in experiments]), np.array([e.sd for e in experiments])
    count = 0

    def answer(unit: Array) -> Array:
        return predict(with_parameters(model, parameters, lo + unit * (hi - lo)), experiments)

    def residual(unit: Array) -> Array:
        nonlocal count
        count += 1
        known = np.nan_to_num((lo + unit * (hi - lo) - prior) / prior_sd)
        found = np.concatenate([np.nan_to_num((answer(unit) - target) / sd, nan=LOST), known])
        if progress is not None:
            progress(count, float(0.5 * found @ found))
        return found

    def jacobian(unit: Array) -> Array:
        # Steps of a fixed size: those relative to a value vanish where it is at the end of its range.
        base, columns = residual(unit), []
        for k in range(len(unit)):
            step = STEP if unit[k] + STEP <= 1.0 else -STEP
            columns.append((residual(unit + step * np.eye(len(unit))[k]) - base) / step)
        return np.array(columns).T

    first = np.clip(((present if start is None else start) - lo) / (hi - lo), 0.0, 1.0)
    found = least_squares(residual, first, jacobian, bounds=(0.0, 1.0), loss="soft_l1", f_scale=1.5, xtol=1e-5, ftol=1e-5)
    slope = jacobian(found.x)  # of the plain residual, which the soft loss of the search has bent
    weight = np.concatenate([sd / np.array([e.spread for e in experiments]), np.ones(len(parameters))])
    spread, correlation = _posterior(slope * weight[:, None])
    return Fit(
        parameters=tuple(parameters),
        experiments=tuple(experiments),
        start=present,
        values=lo + found.x * (hi - lo),
        before=predict(with_parameters(model, parameters, present), experiments),
        after=answer(found.x),
        sensitivity=slope[: len(experiments)],
        spread=spread * (hi - lo),
        correlation=correlation,
    )


def _posterior(jacobian: Array) -> tuple[Array, Array]:
    """SD (in ranges) and correlation that experiments leave of uniform priors over the unit ranges (variance 1/12)."""
    covariance = np.linalg.inv(jacobian.T @ jacobian + 12.0 * np.eye(jacobian.shape[1]))
    sd = np.sqrt(np.diag(covariance))
    return sd, covariance / np.outer(sd, sd)
