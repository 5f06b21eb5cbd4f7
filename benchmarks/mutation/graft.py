"""Put the code of a changed module into the loaded one, so that nothing has to be imported again."""

from __future__ import annotations

import ast
import inspect
import sys
from types import FunctionType, ModuleType
from typing import Any

_PLAIN = (bool, int, float, str, tuple, list, dict)


def graft(module: ModuleType, tree: ast.Module) -> None:
    """Give functions and methods the code of a changed tree, and everybody who imported a constant its changed value."""
    fresh = ModuleType(module.__name__)
    fresh.__dict__.update(__file__=module.__file__, __package__=module.__package__)
    exec(compile(tree, str(module.__file__), "exec"), fresh.__dict__)
    for name, new in vars(fresh).items():
        old = vars(module)[name]
        if isinstance(new, _PLAIN) and not name.startswith("__") and new != old:
            _hand_out(name, old, new)
        elif getattr(new, "__module__", None) == module.__name__:
            _exchange(old, new)


def forget(module: ModuleType) -> None:
    """Empty its caches, which this process may have filled while it collected the tests."""
    for part in vars(module).values():
        if hasattr(part, "cache_clear"):
            part.cache_clear()


def _hand_out(name: str, old: object, new: object) -> None:
    for user in list(sys.modules.values()):
        if getattr(user, "__dict__", {}).get(name) is old:
            setattr(user, name, new)


def _exchange(old: Any, new: Any) -> None:
    if inspect.isclass(new):
        for name, part in vars(new).items():
            _exchange(vars(old).get(name), part)
    elif (before := _function(old)) and (after := _function(new)):
        before.__code__, before.__defaults__, before.__kwdefaults__ = after.__code__, after.__defaults__, after.__kwdefaults__


def _function(part: Any) -> FunctionType | None:
    """The function inside a property, a class method or a cache."""
    for name in ("__wrapped__", "__func__", "fget", "func"):
        part = getattr(part, name, part)
    return part if isinstance(part, FunctionType) else None
