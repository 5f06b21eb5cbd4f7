"""Mutation testing of limits, signs and rounding: ``python -m benchmarks.mutation [MODULE ...] [--every N] [--lines L ...]``.

One operator, comparison, number or branch is changed at a time, and the fast tests must notice. Each mutant runs in a child
of this process, so that nothing is imported twice and no file is changed. Survivors are listed with their place.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import importlib.abc
import importlib.util
import io
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MODULES = ("demand", "tissue_limits", "judged", "safe_load")
TESTS = (
    "tests/unit/test_demand.py",
    "tests/unit/test_safe_load.py",
    "tests/unit/test_safe_load_tissues.py",
    "tests/unit/test_safe_load_properties.py",
)
SECONDS = 90

_SWAP: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div,), ast.Div: (ast.Mult,),
    ast.BitOr: (ast.BitAnd,), ast.BitAnd: (ast.BitOr,),
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.And: (ast.Or,), ast.Or: (ast.And,),
    ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
_NAMES = {
    "max": "min", "min": "max", "maximum": "minimum", "minimum": "maximum", "all": "any", "any": "all", "argmax": "argmin",
    "argmin": "argmax",
}  # fmt: skip


def mutants(tree: ast.Module) -> Iterator[tuple[str, ast.Module]]:
    """Every tree with one change, and what the change is."""
    count = len(list(ast.walk(tree)))
    quiet = _quiet(tree)
    for number in range(count):
        node = list(ast.walk(tree))[number]
        if id(node) in quiet:
            continue
        for what, change in _changes(node):
            other = copy.deepcopy(tree)
            change(list(ast.walk(other))[number])
            yield f"{getattr(node, 'lineno', 0)}: {what}", ast.fix_missing_locations(other)


def _quiet(tree: ast.Module) -> set[int]:
    """Nodes whose change says nothing about a limit: annotations, messages, docstrings, decorators and imports."""
    found: set[int] = set()
    for node in ast.walk(tree):
        parts: list[Any] = []
        if isinstance(node, ast.AnnAssign | ast.arg):
            parts = [node.annotation]
        elif isinstance(node, ast.FunctionDef):
            parts = [node.returns, *node.decorator_list]
        elif isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom | ast.Assert):
            parts = [node]
        elif isinstance(node, ast.ClassDef):
            parts = node.decorator_list
        elif isinstance(node, ast.keyword) and node.arg == "strict":  # of zip: lengths agree anyway
            parts = [node]
        for part in filter(None, parts):
            found |= {id(inner) for inner in ast.walk(part)}
    return found


def _changes(node: ast.AST) -> Iterator[tuple[str, Any]]:
    if isinstance(node, ast.BinOp | ast.AugAssign):
        for new in _SWAP.get(type(node.op), ()):
            yield f"{type(node.op).__name__} -> {new.__name__}", lambda n, new=new: setattr(n, "op", new())
    elif isinstance(node, ast.BoolOp):
        for new in _SWAP[type(node.op)]:
            yield f"{type(node.op).__name__} -> {new.__name__}", lambda n, new=new: setattr(n, "op", new())
    elif isinstance(node, ast.Compare):
        for new in _SWAP.get(type(node.ops[0]), ()):
            yield f"{type(node.ops[0]).__name__} -> {new.__name__}", lambda n, new=new: n.ops.__setitem__(0, new())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not | ast.Invert):
        new_op = ast.UAdd if isinstance(node.op, ast.USub) else None
        yield f"without {type(node.op).__name__}", lambda n: _unwrap(n, new_op)
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield f"{node.value} -> {node.value + 1}", lambda n: setattr(n, "value", n.value + 1)
    elif isinstance(node, ast.Constant) and type(node.value) is bool:
        yield f"{node.value} -> {not node.value}", lambda n: setattr(n, "value", not n.value)
    elif isinstance(node, ast.Attribute) and node.attr in _NAMES:
        yield f"{node.attr} -> {_NAMES[node.attr]}", lambda n: setattr(n, "attr", _NAMES[n.attr])
    elif isinstance(node, ast.Name) and node.id in _NAMES and isinstance(node.ctx, ast.Load):
        yield f"{node.id} -> {_NAMES[node.id]}", lambda n: setattr(n, "id", _NAMES[n.id])
    elif isinstance(node, ast.IfExp | ast.If):
        yield "the other branch", lambda n: setattr(n, "test", ast.UnaryOp(ast.Not(), n.test))


def _unwrap(node: Any, op: Any) -> None:
    """Take a sign or a negation away."""
    if op is not None:
        node.op = op()
    else:
        # Twice is not at all; for arrays, too.
        node.operand = ast.UnaryOp(type(node.op)(), node.operand)


class _Mutated(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a changed tree."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self.name, self.tree = name, tree

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        return importlib.util.spec_from_loader(fullname, self) if fullname == self.name else None

    def exec_module(self, module: Any) -> None:
        exec(compile(self.tree, f"<mutant of {self.name}>", "exec"), module.__dict__)


def survives(name: str = "", tree: ast.Module | None = None) -> bool:
    """Whether the fast tests pass, with a changed module if one is given."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status) == 0
    code = 1
    try:
        signal.alarm(SECONDS)
        if tree is not None:
            sys.meta_path.insert(0, _Mutated(name, tree))
        code = _run()
    finally:
        os._exit(code)


def _run() -> int:
    import pytest

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *TESTS]))


def main() -> None:
    """Count what is killed and list what survives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", default=list(MODULES))
    parser.add_argument("--every", type=int, default=1, help="take each N-th mutant only")
    parser.add_argument("--lines", type=int, nargs="*", default=[], help="only mutants of these lines")
    told = parser.parse_args()
    os.chdir(ROOT)
    os.environ.setdefault("SPINESIM_PERSONS", "2")
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    import pytest  # noqa: F401

    import spinesim as ss
    import spinesim.analysis.sampling
    import spinesim.analysis.tolerance

    # What a child needs is loaded and compiled here once, but for the modules that change and what imports them.
    ss.solve(ss.SpineModel.default(), ss.Subject(), ss.Posture(), ss.Load())
    if not survives():
        raise SystemExit("the tests fail without any change")
    killed = total = 0
    for short in told.modules:
        name = f"spinesim.analysis.{short}"
        tree = ast.parse((ROOT / f"{name.replace('.', '/')}.py").read_text(encoding="utf-8"))
        for what, mutant in list(mutants(tree))[:: told.every]:
            if told.lines and int(what.partition(":")[0]) not in told.lines:
                continue
            start, total = time.monotonic(), total + 1
            if survives(name, mutant):
                print(f"survived {short}:{what}  ({time.monotonic() - start:.1f} s)", flush=True)
            else:
                killed += 1
        print(f"after {short}: {killed} of {total} killed", flush=True)
    print(f"killed {killed} of {total}, {100.0 * killed / max(total, 1):.1f} %")


if __name__ == "__main__":
    main()
