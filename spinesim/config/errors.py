"""What is wrong with a case file: all of it, each fault with its place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Words that people write for a quantity, and the word its key has.
_WORDS = {"weight": "mass", "height": "stature", "load": "mass", "box": "mass", "tilt": "pelvic_tilt", "hand": "hands"}


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a key or value stands: a place in a file, or a command-line option."""

    origin: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return self.origin if self.line is None else f"{self.origin}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault.

    Attributes
    ----------
    mark
        Where it is.
    key
        Dotted key, empty for the file as a whole.
    got, expected
        What stands there, and what should.
    hint
        The nearest valid key or value, or how to write it; may be empty.
    """

    mark: Mark
    key: str
    got: str
    expected: str
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.mark}: {self.key}" if self.key else f"{self.mark}"
        hint = f"; {self.hint}" if self.hint else ""
        return f"{where}: got {self.got}; expected {self.expected}{hint}"


class ConfigError(ValueError):
    """A case file or an override cannot be used; ``problems`` lists every fault in order of place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda p: (p.mark.line or 0, p.mark.column or 0))
        super().__init__("\n".join(map(str, self.problems)))


def shown(value: object) -> str:
    """A value as it may be printed in one line."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def did_you_mean(word: str, candidates: Sequence[str], cutoff: float = 0.6) -> str:
    """A hint naming the nearest candidate, or nothing."""
    found = nearest(word, candidates, cutoff)
    return f"did you mean {found!r}?" if found else ""


def nearest(word: str, candidates: Sequence[str], cutoff: float = 0.6) -> str:
    """The candidate most like ``word``, everyday words translated; empty if none is like it."""
    lowered = word.lower()[:80]
    translated = "_".join(_WORDS.get(part, part) for part in lowered.replace("-", "_").split("_"))
    plain = {candidate.lower(): candidate for candidate in candidates}
    scored = [(_ratio(spelling, c), c) for spelling in (translated, lowered) for c in plain]
    best, name = max(scored, default=(0.0, ""))
    return plain[name] if best >= cutoff else ""


def _ratio(a: str, b: str) -> float:
    return difflib.SequenceMatcher(None, a, b).ratio()
