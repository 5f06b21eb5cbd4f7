"""Derived columns by small expressions: numbers, dotted names, arithmetic and a few functions, and nothing else.

An expression is read with Python's grammar, but only what is listed here is ever evaluated, so that a config file of a stranger can
compute and do nothing more. Every operation acts on each row alone: how rows are cut into chunks cannot change a value.
"""

from __future__ import annotations

import ast
import difflib
import math
import re
import warnings
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MAX_LENGTH: Final = 500
MAX_NODES: Final = 200
MAX_DEPTH: Final = 24
MAX_POWER: Final = 8.0

_OPERATORS: Final[dict[type[ast.operator], Callable[..., Any]]] = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide, ast.Pow: np.power,
}  # fmt: skip
_SIGNS: Final[dict[type[ast.unaryop], Callable[..., Any]]] = {ast.UAdd: np.positive, ast.USub: np.negative}
_COMPARISONS: Final[dict[type[ast.cmpop], Callable[..., Any]]] = {
    ast.Lt: np.less, ast.LtE: np.less_equal, ast.Gt: np.greater, ast.GtE: np.greater_equal, ast.Eq: np.equal, ast.NotEq: np.not_equal,
}  # fmt: skip


def _turned(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Sine or cosine of degrees; whole turns are taken off first, so that large angles lose nothing."""
    return lambda degrees: function(np.radians(np.fmod(degrees, 360.0)))


# Name: function, least and greatest number of arguments.
FUNCTIONS: Final[dict[str, tuple[Callable[..., Any], int, int]]] = {
    "min": (lambda *values: reduce(np.minimum, values), 2, 8),
    "max": (lambda *values: reduce(np.maximum, values), 2, 8),
    "abs": (np.abs, 1, 1),
    "sqrt": (np.sqrt, 1, 1),
    "exp": (np.exp, 1, 1),
    "log": (np.log, 1, 1),
    "sin_deg": (_turned(np.sin), 1, 1),
    "cos_deg": (_turned(np.cos), 1, 1),
    "clip": (lambda value, lo, hi: np.minimum(np.maximum(value, lo), hi), 3, 3),
    "where": (np.where, 3, 3),
}
_DECIMAL = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_WORD = re.compile(r"[A-Za-z_][\w.@-]*")


class ExpressionError(ValueError):
    """An expression that cannot be used.

    Attributes
    ----------
    column
        Where, counted from 1.
    got, expected, hint
        What stands there, what should, and the nearest name if there is one.
    """

    def __init__(self, column: int, got: str, expected: str, hint: str = "") -> None:
        self.column, self.got, self.expected, self.hint = column, got, expected, hint
        super().__init__(f"column {column}: got {got}; expected {expected}" + (f"; {hint}" if hint else ""))


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression and the names it reads, in order of appearance."""

    text: str
    names: tuple[str, ...]

    def __call__(self, columns: Mapping[str, NDArray[Any] | float], rows: int) -> NDArray[np.float64]:
        """Values (rows,) for columns of that length; not finite where it is not defined, as for the root of a negative number."""
        tree, places = _parsed(self.text, frozenset(self.names))
        with np.errstate(all="ignore"):
            value = _evaluate(tree, {place: columns[name] for place, name in places.items()})
        return np.ascontiguousarray(np.broadcast_to(np.asarray(value, np.float64), (rows,)))


def parse(text: str, known: Collection[str]) -> Expression:
    """Check an expression against the names that it may read.

    Parameters
    ----------
    text
        For example ``84 - subject.facet_angle_left_deg.L4-L5``.
    known
        Dotted names; where one is the beginning of another, the longer one is meant.

    Raises
    ------
    ExpressionError
        With the column of what is not a number, a known name, ``+ - * / **``, a comparison inside ``where``, or one of
        :data:`FUNCTIONS`; or if the expression is too long or too deep.
    """
    _, places = _parsed(text, frozenset(known))
    return Expression(text, tuple(dict.fromkeys(places.values())))


@lru_cache(maxsize=512)
def _parsed(text: str, known: frozenset[str]) -> tuple[ast.expr, dict[int, str]]:
    """The tree, and the name that stands at each column (from 0)."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(MAX_LENGTH + 1, f"{len(text)} characters", f"an expression of at most {MAX_LENGTH}")
    if (odd := next((i for i, letter in enumerate(text) if not " " <= letter <= "~"), None)) is not None:
        raise ExpressionError(odd + 1, repr(text[odd]), "plain letters, digits and signs on one line")
    indent = len(text) - len(text.lstrip())
    plain, places = _placed(text, known)
    tree = _tree(plain.strip(), indent)
    _check(tree, set(places), text, known, indent, 0, comparison=False)
    return tree, {column - indent: name for column, name in places.items()}


def _placed(text: str, known: frozenset[str]) -> tuple[str, dict[int, str]]:
    """Known names replaced by words of equal length that Python can read, and their columns."""
    pieces, places, done = [], {}, 0
    while match := _WORD.search(text, done):
        pieces.append(text[done : match.start()])
        name = _longest(match[0], known)
        if name:
            places[match.start()] = name
        done = match.start() + len(name or _identifier(match[0]))
        pieces.append("_" * len(name) if name else text[match.start() : done])
    return "".join([*pieces, text[done:]]), places


def _identifier(word: str) -> str:
    """The part of a word up to the first minus sign, which then subtracts."""
    return word.partition("-")[0]


def _longest(word: str, known: frozenset[str]) -> str:
    """The longest known name at the beginning of a word that ends with the word or where an operator can stand."""
    for end in range(len(word), 0, -1):
        if word[:end] in known and word[end : end + 1] in ("", "-"):
            return word[:end]
    return ""


def _tree(text: str, indent: int) -> ast.expr:
    with warnings.catch_warnings():
        # Python warns of calls of numbers and the like, which are refused here anyway.
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text, mode="eval").body
        except SyntaxError as error:
            # An unfinished expression is found out behind its end.
            column = indent + (min(error.offset, len(text) + 1) if error.offset else len(text) + 1)
            raise ExpressionError(column, f"a fault of form ({error.msg})", "an expression such as 2 * load.mass_kg + 5") from None
        except (ValueError, MemoryError, RecursionError):
            raise ExpressionError(1, "what cannot be read", "an expression such as 2 * load.mass_kg + 5") from None


def _check(
    node: ast.expr, places: set[int], text: str, known: frozenset[str], indent: int, depth: int, *, comparison: bool
) -> int:  # fmt: skip
    """Refuse everything that is not listed; returns the number of nodes."""
    column = node.col_offset + indent

    def refuse(got: str, expected: str, hint: str = "") -> ExpressionError:
        return ExpressionError(column + 1, got, expected, hint)

    def below(*parts: ast.expr, comparison: bool = False) -> int:
        count = 1 + sum(_check(part, places, text, known, indent, depth + 1, comparison=comparison) for part in parts)
        if count > MAX_NODES:
            raise refuse("an expression of very many parts", f"at most {MAX_NODES}")
        return count

    if depth > MAX_DEPTH:
        raise refuse("deep nesting", f"at most {MAX_DEPTH} levels")
    match node:
        case ast.Compare(ops=[sign], comparators=[right]) if comparison and type(sign) in _COMPARISONS:
            return below(node.left, right)
        case _ if comparison:
            raise refuse("no comparison", "one of < <= > >= == != as the first argument of where()")
        case ast.Compare():
            raise refuse("a comparison", "comparisons of two values, and only as the first argument of where()")
        case ast.Constant(value=bool() | str() | bytes() | complex()) | ast.Constant(value=None):
            raise refuse(repr(node.value)[:40], "a number")
        case ast.Constant(value=int() | float() as value):
            written = text[column : (node.end_col_offset or 0) + indent]
            if not _DECIMAL.fullmatch(written):
                raise refuse(written[:40], "a decimal number")
            if not _finite(value):
                raise refuse("a number too large", "a finite number")
            return 1
        case ast.BinOp(op=ast.Pow()):
            if _power(node.right) is None:
                raise ExpressionError(
                    node.right.col_offset + indent + 1, "another power", f"a number from {-MAX_POWER:g} to {MAX_POWER:g} as power"
                )
            return below(node.left)
        case ast.BinOp(op=op) if type(op) in _OPERATORS:
            return below(node.left, node.right)
        case ast.UnaryOp(op=op) if type(op) in _SIGNS:
            return below(node.operand)
        case ast.Call(func=ast.Name(id=name), keywords=[]) if name in FUNCTIONS and column not in places:
            _, least, most = FUNCTIONS[name]
            if not least <= len(node.args) <= most:
                raise refuse(f"{name}() of {len(node.args)}", f"{least} arguments" if least == most else f"{least} to {most} arguments")
            if name == "where":
                return below(node.args[0], comparison=True) + below(*node.args[1:])
            return below(*node.args)
        case ast.Name() if column in places:
            return 1
        case ast.Name() | ast.Attribute() | ast.Call(func=ast.Name()):
            raise _unknown(column, text, known, node)
    raise refuse(f"what is no arithmetic ({type(node).__name__})", f"numbers, names, + - * / ** and {', '.join(FUNCTIONS)}")


def _unknown(column: int, text: str, known: frozenset[str], node: ast.expr) -> ExpressionError:
    match = _WORD.match(text, column)
    word = match[0] if match else text[column : column + 40]
    if isinstance(node, ast.Call):
        names: Collection[str] = FUNCTIONS
        word, expected = _identifier(word), f"one of the functions {', '.join(FUNCTIONS)}"
    else:
        names, expected = known, "a varied or derived key, a number of the base case or a geometry value"
    near = difflib.get_close_matches(word, sorted(names), 1, 0.5)
    return ExpressionError(column + 1, f"the unknown name {word[:60]!r}", expected, f"did you mean {near[0]!r}?" if near else "")


def _power(node: ast.expr) -> float | None:
    """A constant power within bounds, else ``None``."""
    sign = 1.0
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node, sign = node.operand, -1.0
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= MAX_POWER:
        return None
    return sign * value


def _finite(value: float) -> bool:
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _evaluate(node: ast.expr, columns: Mapping[int, NDArray[Any] | float]) -> Any:
    """Value of a checked tree; ``columns`` by the column of their name in the text."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return np.float64(value)
        case ast.Name():
            return np.asarray(columns[node.col_offset], np.float64)
        case ast.BinOp(op=ast.Pow()):
            return np.power(_evaluate(node.left, columns), np.float64(_power(node.right) or 0.0))
        case ast.BinOp():
            return _OPERATORS[type(node.op)](_evaluate(node.left, columns), _evaluate(node.right, columns))
        case ast.UnaryOp():
            return _SIGNS[type(node.op)](_evaluate(node.operand, columns))
        case ast.Compare():
            return _COMPARISONS[type(node.ops[0])](_evaluate(node.left, columns), _evaluate(node.comparators[0], columns))
        case ast.Call(func=ast.Name(id=name)):
            return FUNCTIONS[name][0](*(_evaluate(argument, columns) for argument in node.args))
    raise AssertionError(type(node))  # pragma: no cover - _check lets nothing else through
