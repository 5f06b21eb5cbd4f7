"""Every small change of a module: one operator, comparison, number, sign, extreme, rounding or branch at a time."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

_SWAP: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div,), ast.Div: (ast.Mult,),
    ast.BitOr: (ast.BitAnd,), ast.BitAnd: (ast.BitOr,),
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.And: (ast.Or,), ast.Or: (ast.And,),
    ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
_PAIRS = (("max", "min"), ("maximum", "minimum"), ("fmax", "fmin"), ("all", "any"), ("argmax", "argmin"), ("floor", "ceil"))
_NAMES = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}
_OF_MODULE = _NAMES | {"abs": "positive"}
_OF_ONE = {"abs": "float", "round": "int"}  # functions of one argument


@dataclass(frozen=True)
class Mutant:
    """One change: where it is, in words that outlive line numbers.

    Attributes
    ----------
    line
        The line of the source as it stands.
    change
        What is written instead of what; ``(2)`` behind it is the second such place of the line.
    span
        First and last line of its statement, without the body; ``None`` if it runs when the module is imported.
    place, apply
        Which node, in the order of :func:`ast.walk`, and what is done to it.
    """

    module: str
    number: int
    line: str
    change: str
    span: tuple[int, int] | None
    source: str
    place: int
    apply: Callable[[Any], None]

    @property
    def name(self) -> tuple[str, str, str]:
        """What tells it from every other."""
        return self.module, self.line, self.change

    def tree(self) -> ast.Module:
        """The changed module."""
        tree = ast.parse(self.source)
        self.apply(next(islice(ast.walk(tree), self.place, None)))
        return ast.fix_missing_locations(tree)


def mutants(module: str, source: str) -> Iterator[Mutant]:
    """All of them."""
    tree, lines = ast.parse(source), source.splitlines()
    quiet, spans, seen = _quiet(tree), _spans(tree), Counter[tuple[str, str]]()
    for place, node in enumerate(ast.walk(tree)):
        for apply in [] if id(node) in quiet else _changes(node):
            other = copy.deepcopy(node)
            apply(other)
            line, change = lines[node.lineno - 1].strip(), f"{_short(node)} -> {_short(other)}"
            seen[line, change] += 1
            nth = f" ({seen[line, change]})" if seen[line, change] > 1 else ""
            yield Mutant(module, node.lineno, line, change + nth, spans.get(id(node)), source, place, apply)


def _short(node: Any) -> str:
    """A piece of code in words; of a statement its head."""
    return ast.unparse(node).partition("\n")[0]


def _quiet(tree: ast.Module) -> set[int]:
    """Nodes whose change says nothing about a limit: annotations, messages, errors, decorators and imports."""
    found: set[int] = set()
    for node in ast.walk(tree):
        parts: list[Any] = []
        if isinstance(node, ast.AnnAssign | ast.arg):
            parts = [node.annotation]
        elif isinstance(node, ast.FunctionDef):
            parts = [node.returns, *node.decorator_list]
        elif isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom | ast.Assert | ast.Raise):
            parts = [node]
        elif isinstance(node, ast.ClassDef):
            parts = node.decorator_list
        elif isinstance(node, ast.keyword) and node.arg == "strict":  # of zip: lengths agree anyway
            parts = [node]
        for part in filter(None, parts):
            found |= {id(inner) for inner in ast.walk(part)}
    return found


def _spans(tree: ast.Module) -> dict[int, tuple[int, int]]:
    """Lines of the innermost statement around each node inside a function."""
    found: dict[int, tuple[int, int]] = {}

    def visit(node: ast.AST, span: tuple[int, int] | None) -> None:
        if isinstance(node, ast.stmt) and span is not None:
            body = getattr(node, "body", None)
            span = node.lineno, max(body[0].lineno - 1, node.lineno) if body else node.end_lineno or node.lineno
        if span is not None:
            found[id(node)] = span
        for child in ast.iter_child_nodes(node):
            inside = isinstance(node, ast.FunctionDef) and child in node.body
            visit(child, span or ((0, 0) if inside else None))

    visit(tree, None)
    return found


def _changes(node: ast.AST) -> Iterator[Callable[[Any], None]]:
    if isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp):
        for new in _SWAP.get(type(node.op), ()):
            yield lambda n, new=new: setattr(n, "op", new())
    elif isinstance(node, ast.Compare):
        for number, op in enumerate(node.ops):
            for new in _SWAP.get(type(op), ()):
                yield lambda n, number=number, new=new: n.ops.__setitem__(number, new())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield lambda n: setattr(n, "op", ast.UAdd())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        # Twice is not at all; for arrays, too.
        yield lambda n: setattr(n, "operand", ast.UnaryOp(type(n.op)(), n.operand))
    elif isinstance(node, ast.Constant):
        yield from _constants(node.value)
    elif isinstance(node, ast.Attribute) and node.attr in _OF_MODULE:
        yield lambda n: setattr(n, "attr", _OF_MODULE[n.attr])
    elif isinstance(node, ast.Name) and node.id in _NAMES and isinstance(node.ctx, ast.Load):
        yield lambda n: setattr(n, "id", _NAMES[n.id])
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _OF_ONE and len(node.args) == 1:
        yield lambda n: setattr(n.func, "id", _OF_ONE[n.func.id])
    elif isinstance(node, ast.IfExp | ast.If) and not isinstance(node.test, ast.Compare | ast.UnaryOp):  # which are changed themselves
        yield lambda n: setattr(n, "test", ast.UnaryOp(ast.Not(), n.test))


def _constants(value: object) -> Iterator[Callable[[Any], None]]:
    if isinstance(value, bool):
        yield lambda n: setattr(n, "value", not n.value)
    elif isinstance(value, int | float):
        yield lambda n: setattr(n, "value", n.value + 1)
