"""Records whose numbers are eight wide: the same field names as a record of floats, one vector register a number."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numba.core import types
from numba.core.datamodel import models
from numba.core.datamodel.registry import register_default
from numba.extending import NativeValue, typeof_impl, unbox

from spinesim.mechanics.lanes import WIDTH, lane

ALIGNMENT: Final = 64  # bytes: a vector load that crosses a cache line costs two


class LaneRecord(types.Record):  # type: ignore[misc]
    """Numba's type of a record whose numbers are eight wide."""

    def __init__(self, fields: Any, size: int) -> None:
        # The name is the type's key: a digest, for numba joins the names of all arguments at every call.
        layout = repr([(name, str(field["type"]), field["offset"]) for name, field in fields])
        types.Type.__init__(self, f"LaneRecord({hashlib.sha256(layout.encode()).hexdigest()[:16]})")
        self.fields = dict(types.Record._normalize_fields(fields))  # type: ignore[attr-defined]
        self.size, self.aligned, self.bitwidth = size, True, 8 * size


register_default(LaneRecord)(models.RecordModel)


@lru_cache(maxsize=32)
def lane_record(kind: np.dtype[Any]) -> LaneRecord:
    """The type of :class:`Lanes` over a record of numbers of eight bytes."""
    fields = []
    for name in kind.names or ():
        item, offset = kind.fields[name][:2]  # type: ignore[index]
        shape = item.shape
        fields.append((name, {"type": types.NestedArray(lane, shape) if shape else lane, "offset": WIDTH * offset}))
    return LaneRecord(fields, WIDTH * kind.itemsize)


class Lanes:
    """Eight records of one kind side by side, the lane as the fastest index.

    Attributes
    ----------
    kind
        Dtype of one record; all its numbers are eight bytes long.
    numbers
        All of them (numbers of a record, 8).
    """

    def __init__(self, kind: np.dtype[Any]) -> None:
        raw = np.zeros(WIDTH * kind.itemsize + ALIGNMENT, np.uint8)
        start = -raw.ctypes.data % ALIGNMENT
        self.kind = kind
        self.numbers = raw[start : start + WIDTH * kind.itemsize].view(np.float64).reshape(-1, WIDTH)
        self.address = self.numbers.ctypes.data
        self.type = lane_record(kind)

    def __getitem__(self, name: str) -> Any:
        """One field of all lanes (shape of the field, 8), to read and write."""
        item, offset = self.kind.fields[name][:2]  # type: ignore[index]
        count = int(np.prod(item.shape, dtype=int))
        return self.numbers[offset // 8 : offset // 8 + count].reshape(*item.shape, WIDTH)


@typeof_impl.register(Lanes)  # type: ignore[untyped-decorator]
def _typeof(value: Lanes, c: Any) -> LaneRecord:
    return value.type


@unbox(LaneRecord)  # type: ignore[untyped-decorator]
def _unbox(kind: Any, value: Any, c: Any) -> NativeValue:
    address = c.pyapi.object_getattr_string(value, "address")
    pointer = c.pyapi.long_as_voidptr(address)
    c.pyapi.decref(address)
    return NativeValue(c.builder.bitcast(pointer, c.context.get_value_type(kind)))
