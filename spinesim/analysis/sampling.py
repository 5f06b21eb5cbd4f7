"""Draws from the SDs of a whole geometry set: models whose tables, fascicles and calibrated gaps belong together.

Each value is drawn on its own scale (:mod:`~spinesim.analysis.distributions`), with its family
(:mod:`~spinesim.analysis.correlation`). What can only be known together is drawn together:

- shares of the rhythm and percentages of mass are brought back to their sums; the sharing factors follow the shares, and the shares the
  shape of the discs;
- the disc's cubic constant is drawn as c / sqrt(3 K q), within 0..1, which keeps the potential convex;
- the gap of a facet is no free value: each sample has its own force of a facet under the calibration load, and gaps are fitted to it;
- resting tone is calibrated on the force of standing: its SD is that of the tonic force, and a stronger sample has less of it;
- the lordosis of a person of whom nothing is known follows the sacral slope, as the model has it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from spinesim.analysis.correlation import Scores
from spinesim.analysis.distributions import Floats, Law, Laws, Scale, law_of
from spinesim.analysis.fascicle_sampling import FascicleSampler
from spinesim.analysis.reference_fit import GapFit
from spinesim.model.anatomy import SpineModel
from spinesim.model.names import JOINTS
from spinesim.model.tables import Key, Tables
from spinesim.model.tissues import REFERENCE

BLOCK: Final = 128  # models drawn and packed at once: 64 kB of record each
AXES: Final = ("flexion", "lateral", "axial")
_ACROSS: Final = {"flexion": "depth", "lateral": "width"}
_CUBIC: Final[Key] = ("disc_law", REFERENCE, "cubic_sagittal")
_CONVEX: Final[tuple[Key, Key]] = (("disc_law", REFERENCE, "bending_stiffness_sagittal"), ("disc_law", REFERENCE, "quartic_sagittal"))
_DECIDES_GAPS: Final = ("calibration", "degeneration", "disc_law", "discs", "facets", "joints", "ligaments", "rhythm", "scaling", "sharing")
_TONE: Final[Key] = ("muscle_law", "tone", "resting_tone")
_STRESS: Final[Key] = ("muscle_law", "stress", "active_stress_factor")
_FOLLOWS: Final[Key] = ("scaling", "reference", "lordosis")
_TWICE: Final = ("upper_arm", "forearm", "hand", "thigh", "shank_foot")  # tabulated for one side


@dataclass(frozen=True)
class Draws:
    """N models drawn together.

    Attributes
    ----------
    model
        Stands for all of them; :meth:`~spinesim.model.anatomy.SpineModel.one` gives one.
    keys, scores
        What varied, and how far each sample lies from its table, as standard normal scores (N, keys).
    """

    model: SpineModel
    keys: tuple[Key, ...]
    scores: Floats


def sample_models(model: SpineModel, count: int, seed: int) -> Iterator[SpineModel]:
    """Models drawn from the SDs of all tables; the first ones are the same however many are asked for.

    Parameters
    ----------
    model
        The geometry set.
    count, seed
        How many, and where the random numbers start.

    Yields
    ------
    SpineModel
        A gap that no fit finds is NaN there, and nothing converges with it.

    Raises
    ------
    ValueError
        If a table value has no distribution with its mean and SD, or ``correlations.csv`` is wrong.
    """
    sampler = Sampler(model)
    for numbers in sampler.blocks(count, seed):
        draws = sampler.draw(numbers)
        yield from (draws.model.one(number) for number in range(len(numbers)))


class Sampler:
    """Draws models of one geometry set."""

    def __init__(self, model: SpineModel) -> None:
        self._model, self._tables = model, model.tables
        laws = {key: self._law(key) for key in model.tables.entries if self._varies(key)}
        self.keys = tuple(laws)
        self._laws = Laws(list(laws.values()))
        self._at = {key: column for column, key in enumerate(self.keys)}
        fixed = {key for key, entry in model.tables.entries.items() if entry.sd == 0.0}
        self._scores = Scores(self.keys, model.tables.folder, fixed)
        self._fascicles, self._fit = FascicleSampler(model), GapFit(model)

    def blocks(self, count: int, seed: int, first: int = 0, size: int = BLOCK) -> Iterator[Floats]:
        """Random numbers of the samples ``first`` to ``count - 1``, a row each, so that a sample does not depend on what follows."""
        random, width = np.random.default_rng(seed), sum(self._widths)
        for start in range(0, first, BLOCK):
            random.standard_normal((min(BLOCK, first - start), width))
        for start in range(first, count, size):
            yield random.standard_normal((min(size, count - start), width))

    def draw(self, numbers: Floats) -> Draws:
        """The models of a block; threads may do so at the same time."""
        own, families, muscles = np.split(numbers, np.cumsum(self._widths)[:-1], axis=1)
        scores = self._scores.mix(own, families)
        values = self._values(scores)
        fascicles, varied = self._fascicles.draw(muscles)
        if _TONE in self._at:
            right = self._model.fascicle_table.peak_force[: self._fascicles.count]
            stronger = fascicles.peak_force.sum(axis=1) / right.sum()
            values[:, self._at[_TONE]] /= stronger * self._ratio(values, _STRESS)
        drawn = dict(zip(self.keys, np.ascontiguousarray(values.T), strict=True))
        model = self._model.with_draw(drawn | self._gaps(self._tables.with_values(drawn)), fascicles.table(self._model.fascicle_table))
        told = np.concatenate([scores, *(score[:, None] for score in varied.values())], axis=1)
        return Draws(model, (*self.keys, *varied), told)

    @property
    def _widths(self) -> tuple[int, int, int]:
        """Random numbers of a sample: for the values, for their families, for the fascicles."""
        return self._scores.own_count, self._scores.family_count, self._fascicles.width

    def _gaps(self, tables: Tables) -> dict[Key, Floats]:
        """Fitted gaps; those of the table where nothing that decides them varies."""
        if not any(key[0] in _DECIDES_GAPS for key in self.keys):
            return {}
        return {("facets", level, "gap"): gap for level, gap in self._fit.gaps(tables).items()}

    def _values(self, scores: Floats) -> Floats:
        """Table values (N, keys) of scores, with what belongs together brought together."""
        values = self._laws.draw(scores)
        for axis in AXES:
            self._rhythm(values, axis)
        masses = [key for key in self._tables.entries if key[0] == "mass" and key[2] == "mass_percent"]
        self._keep_sum(values, masses, [2.0 if item in _TWICE else 1.0 for _, item, _ in masses])
        if _CUBIC in self._at:
            stiffness, quartic = (self._column(values, key) for key in _CONVEX)
            values[:, self._at[_CUBIC]] *= np.sqrt(3.0 * stiffness * quartic)
        return values

    def _keep_sum(self, values: Floats, keys: Sequence[Key], weights: Sequence[float]) -> None:
        """Scale the drawn ones of ``keys`` so that the weighted sum over all is that of the table."""
        free = [(key, w) for key, w in zip(keys, weights, strict=True) if key in self._at]
        if not free:
            return
        wanted = sum(w * self._tables.value(*key) for key, w in free)
        columns = [self._at[key] for key, _ in free]
        # Taken one after the other in memory, or the order of a sum would depend on the number of samples.
        mine = np.take(values, columns, axis=1)
        values[:, columns] = mine * (wanted / (mine * [w for _, w in free]).sum(axis=1))[:, None]

    def _rhythm(self, values: Floats, axis: str) -> None:
        """Shares that sum to that of the table, and what goes with them: without it no muscles could hold deep flexion.

        A level that takes a larger share is the softer one: the sharing factor is S / share in flexion, its root otherwise. And
        tissue resists strain: a disc that is high for its depth, or width, lets its level turn further.
        """
        shares = [("rhythm", j, f"{axis}_share") for j in JOINTS]
        self._keep_sum(values, shares, [1.0] * len(JOINTS))
        for j, share in zip(JOINTS, shares, strict=True):
            factor = ("sharing", j, f"{axis}_factor")
            if factor in self._at:
                softer = self._tables.value(*share) / self._column(values, share)
                values[:, self._at[factor]] *= softer if axis == "flexion" else np.sqrt(softer)
            if share in self._at and axis in _ACROSS:
                values[:, self._at[share]] *= self._ratio(values, ("discs", j, "height")) / self._ratio(values, ("discs", j, _ACROSS[axis]))
        self._keep_sum(values, shares, [1.0] * len(JOINTS))

    def _ratio(self, values: Floats, key: Key) -> Floats:
        """Drawn over tabulated value."""
        ratio: Floats = self._column(values, key) / self._tables.value(*key)
        return ratio

    def _column(self, values: Floats, key: Key) -> Floats:
        return values[:, self._at[key]] if key in self._at else np.full(len(values), self._tables.value(*key))

    def _varies(self, key: Key) -> bool:
        """Whether a value is drawn; the cubic constant is with those that it must stay below."""
        return _is_drawn(key) and any(self._tables.entries[k].sd > 0.0 for k in ((key, *_CONVEX) if key == _CUBIC else (key,)))

    def _law(self, key: Key) -> Law:
        """The distribution of a value.

        Raises
        ------
        ValueError
            If there is none with its mean and SD, naming the row.
        """
        law = self._ratio_law() if key == _CUBIC else law_of(key, self._tables.entries[key])
        try:
            Laws([law])
        except ValueError as error:
            raise ValueError(f"{key[0]}.csv: {key[1]} {key[2]}: {error}") from None
        return law

    def _ratio_law(self) -> Law:
        """Of c / sqrt(3 K q), which stands for c."""
        entry = self._tables.entries[_CUBIC]
        others = [self._tables.entries[other] for other in _CONVEX]
        part = entry.value / math.sqrt(3.0 * math.prod(e.value for e in others))
        # What K and q do not bring of the spread of c is the ratio's own.
        own = (entry.sd / entry.value) ** 2 - sum((e.sd / e.value) ** 2 for e in others) / 4.0
        return Law(Scale.BOUNDED, part, part * math.sqrt(max(own, 0.0)), 0.0, 1.0)


def _is_drawn(key: Key) -> bool:
    """Whether a value is free: gaps are fitted, and parents and published figures are only read by people."""
    table, item, name = key
    fitted = (table, name) == ("facets", "gap") or key == _FOLLOWS
    return not (fitted or (table == "rhythm" and "@" in item) or name.startswith("published_"))
