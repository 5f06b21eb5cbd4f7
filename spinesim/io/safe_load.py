"""Loads within tolerance as JSON and text, and maps of them as JSON and HDF5."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import h5py
import numpy as np

from spinesim.analysis.safe_load import SafeLoad
from spinesim.analysis.safe_load_map import OUTCOMES, SafeLoadMap
from spinesim.io.h5 import attach, dataset, fixed, text, write_attrs
from spinesim.io.json import finite
from spinesim.io.tables import table, words, wrap
from spinesim.model.names import LEVELS

FORMAT: Final = "spinesim-safe-load-map"
FORMAT_VERSION: Final = 1
ALPHA: Final = (
    "The chance is that of this person's tissue yielding below the load, given all that is known and unknown about person, tissue and "
    "model. It is mostly ignorance, not incidence: it is not a chance of injury."
)
FOR_WHOM: Final = "A model for professionals, not medical advice and not a medical device."
_HEADLINE: Final = {
    "no": "NO LOAD: not even the unloaded task is within tolerance",
    "gate": "GATE: this posture is not to be trained with these findings, whatever the load",
    "refused": "REFUSED: no load is named",
}
_PERCENT: Final = 100.0
_LEAST: Final = 1e-4  # a smaller chance is told as none


def safe_load_json(found: SafeLoad, provenance: Mapping[str, Any]) -> dict[str, Any]:
    """One answer as plain data, ready for ``json.dumps(..., allow_nan=False)``; what is no number is ``None``."""
    return finite(asdict(found) | {"sentence": ALPHA, "for": FOR_WHOM, "provenance": dict(provenance)})  # type: ignore[no-any-return]


def map_json(found: SafeLoadMap, provenance: Mapping[str, Any]) -> dict[str, Any]:
    """A map as plain data: keys, values and one array for each kind of answer, rows along ``y``."""
    arrays = {name: getattr(found, name).tolist() for name in ("modelled_limit_kg", "outcome", "basis", "tissue", "level")}
    head = {"x_key": found.x_key, "x": found.x.tolist(), "y_key": found.y_key, "y": found.y.tolist()}
    why = sorted({cell.refused for cell in found.cells if cell.refused})
    told = head | arrays | {"refused": why, "sentence": ALPHA, "for": FOR_WHOM, "provenance": dict(provenance)}
    return finite(told)  # type: ignore[no-any-return]


def map_bytes(found: SafeLoadMap, attrs: Mapping[str, Any]) -> bytes:
    """A map as an HDF5 image: the two parameters as scales, limits in kg with NaN where there is none, and outcomes as codes."""
    with h5py.File("map.h5", "w", driver="core", backing_store=False, track_order=True) as file:
        for name, key, values in (("y", found.y_key, found.y), ("x", found.x_key, found.x)):
            dataset(file, name, values).make_scale(name)
            file[name].attrs["long_name"] = text(key)
        codes = np.array([[OUTCOMES.index(word) for word in row] for row in found.outcome.tolist()], np.int32)
        made: dict[str, Any] = {"modelled_limit_kg": found.modelled_limit_kg, "outcome": codes}
        made |= {name: _fixed(getattr(found, name)) for name in ("basis", "tissue", "level")}
        for name, array in made.items():
            attach(file, dataset(file, name, array), ("y", "x"))
        file["modelled_limit_kg"].attrs["units"] = text("kg")
        file["outcome"].attrs["meaning"] = text(", ".join(f"{code} {word}" for code, word in enumerate(OUTCOMES)))
        write_attrs(file, {"format": FORMAT, "format_version": FORMAT_VERSION, "sentence": ALPHA, "for": FOR_WHOM, **attrs})
        file.flush()
        return bytes(file.id.get_file_image())


def safe_load_text(found: SafeLoad, title: str, subtitle: str) -> str:
    """One answer for a reader with half a minute."""
    parts = [
        "\n".join(filter(None, (title, wrap(subtitle)))),
        wrap(headline(found)),
        "\n".join(wrap(line) for line in _reasons(found)),
        _changes(found),
        _chances(found),
        _sources(found),
        "\n".join(wrap(f"- {note}") for note in found.notes),
        wrap(f"{ALPHA} {FOR_WHOM}"),
    ]
    return "\n\n".join(filter(None, parts))


def headline(found: SafeLoad) -> str:
    """The answer in a line."""
    if found.modelled_limit_kg is None:
        return _HEADLINE[found.outcome]
    basis = "within tolerance" if found.basis == "tolerance" else "DEMONSTRATED: a habit grants it, the rule alone would not"
    return f"MODELLED LIMIT {found.modelled_limit_kg:g} kg (0 to {found.modelled_limit_kg:g} kg in steps of {found.step_kg:g} kg), {basis}"


def map_text(found: SafeLoadMap, title: str, subtitle: str) -> str:
    """A map as a table: kg, or what stands in their place."""
    heads = (("", ""), *(("kg", f"{value:g}") for value in found.x.tolist()))
    axes = f"Across: {found.x_key}; down: {found.y_key}"
    rows = [[f"{value:g}", *row] for value, row in zip(found.y.tolist(), cell_words(found), strict=True)]
    refused = sorted({cell.refused for cell in found.cells if cell.refused})
    lines = [wrap(f"- refused: {reason}") for reason in refused[:5]]
    return "\n\n".join(
        filter(None, (f"{title}\n{wrap(subtitle)}\n{axes}", table(heads, rows), "\n".join(lines), wrap(f"{ALPHA} {FOR_WHOM}")))
    )


def cell_words(found: SafeLoadMap) -> list[list[str]]:
    """Kilograms by cell, ``d`` where they are demonstrated, or the outcome."""
    rows = zip(found.modelled_limit_kg.tolist(), found.outcome.tolist(), found.basis.tolist(), strict=True)
    return [[_cell_word(*cell) for cell in zip(*row, strict=True)] for row in rows]


def _cell_word(kg: float, outcome: str, basis: str) -> str:
    shown = " d" if basis == "demonstrated" else ""
    return f"{kg:g}{shown}" if outcome == "limit" else outcome


def _reasons(found: SafeLoad) -> Iterator[str]:
    if found.refused:
        yield f"Why: {found.refused}"
    elif found.why:
        phase = f" (phase: {found.phase})" if found.phase and found.phase != found.task else ""
        yield f"What ends it: {words(found.tissue or '')}{phase}: {found.why}"
    if found.margin is not None:
        of = "of the tightest limit" if found.basis == "tolerance" else "of what was demonstrated"
        yield f"Margin at the limit: {_PERCENT * found.margin:.0f} % {of}"
    yield f"Protection: {found.protection}, alpha {_PERCENT * found.alpha:g} %; load errors: {found.load_error}"


def _changes(found: SafeLoad) -> str:
    if not found.what_would_change:
        return ""
    lines = [f"- {change.what}: {_outcome(change.outcome, change.modelled_limit_kg)}" for change in found.what_would_change]
    return "\n".join(["What would change it", *(wrap(line) for line in lines)])


def _outcome(outcome: str, kg: float | None) -> str:
    return outcome if kg is None else f"{kg:g} kg"


def _chances(found: SafeLoad) -> str:
    """The table of exceedance, in percent, at the limit and one step above."""
    if not found.exceedance:
        return ""
    above = found.exceedance_above
    rows, small = [], []
    for tissue, chances in found.exceedance.items():
        one, two = _by_level(chances), _by_level(above.get(tissue, {}))
        if max(one.values()) < _LEAST:
            small.append(words(tissue))
        else:
            rows.append([words(tissue), *(_cell(one.get(level), two.get(level)) for level in LEVELS)])
    kg = found.modelled_limit_kg or 0.0
    what = f"Chance that the tissue bears less than its load, %, at {kg:g} kg" + (f" / {kg + found.step_kg:g} kg" if above else "")
    shown = [table((("", "tissue"), *((level, "%") for level in LEVELS)), rows)] if rows else []
    rest = [wrap(f"below {_PERCENT * _LEAST:g} % everywhere: {', '.join(small)}")] if small else []
    return "\n".join([what, *shown, *rest])


def _sources(found: SafeLoad) -> str:
    """What the chance of compression comes from, and what would narrow it."""
    told = found.sources
    if told is None or told.exceedance < _LEAST:
        return ""
    lines = [
        f"Of the variance of that chance in compression at {told.level}, {_PERCENT * told.people:.0f} % lies between people of whom the "
        f"same is known and {_PERCENT * told.knowledge:.0f} % in what is not known; over the latter {_percent(told.low)} to "
        f"{_percent(told.high)} % of such people would be beyond."
    ]
    if told.narrowed_by:
        first = told.narrowed_by[0]
        lines.append(
            f"What would narrow it most: {first.what} (leaves {_PERCENT * first.left:.0f} % of the variance of strength over load)."
        )
    return "\n".join(map(wrap, lines))


def _by_level(chances: Mapping[str, float]) -> dict[str, float]:
    """The largest at each level; ligaments have several."""
    found: dict[str, float] = {}
    for place, chance in chances.items():
        level = place.split()[0]
        found[level] = max(found.get(level, 0.0), chance)
    return found


def _cell(one: float | None, two: float | None) -> str:
    return "-" if one is None else " / ".join(_percent(chance) for chance in (one, two) if chance is not None)


def _percent(chance: float) -> str:
    return "0" if chance < _LEAST else f"{_PERCENT * chance:.2g}" if chance < 0.1 else f"{_PERCENT * chance:.0f}"


def _fixed(array: Any) -> Any:
    flat: Sequence[str] = array.ravel().tolist()
    return fixed(tuple(flat)).reshape(array.shape)
