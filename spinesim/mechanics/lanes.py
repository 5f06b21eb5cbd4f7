"""Eight postures in one vector register: the number type that the same kernels take in place of a float.

A kernel that decides nothing by ``if`` on a number, but by :func:`select`, compiles for floats and for lanes from one source, and a
lane does exactly what the float would: the same operations in the same order, nothing contracted, nothing across lanes.
Records of lanes are in :mod:`~spinesim.mechanics.lane_records`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import models
from numba.core.typeconv import Conversion
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, lower_cast, register_model

WIDTH: Final = 8  # one AVX-512 register; LLVM splits it in two for AVX2 and in four for NEON


class LaneType(types.Type):  # type: ignore[misc]
    """Numba's type of one number in every lane."""

    bitwidth = 64 * WIDTH

    def __init__(self) -> None:
        super().__init__("lane")

    def unify(self, typingctx: Any, other: Any) -> Any:
        """A float that meets a lane becomes one: the same number in every lane."""
        return self if isinstance(other, types.Number) else None

    def can_convert_from(self, typingctx: Any, other: Any) -> Any:
        """The same, where it is stored among lanes."""
        return Conversion.safe if isinstance(other, types.Number) else None


class MaskType(types.Type):  # type: ignore[misc]
    """Numba's type of one truth value in every lane."""

    def __init__(self) -> None:
        super().__init__("mask")

    def unify(self, typingctx: Any, other: Any) -> Any:
        """A truth value that meets a mask holds in every lane."""
        return self if isinstance(other, types.Boolean) else None

    def can_convert_from(self, typingctx: Any, other: Any) -> Any:
        """The same, where it is given to a function of masks."""
        return Conversion.safe if isinstance(other, types.Boolean) else None


lane, mask = LaneType(), MaskType()
_VECTOR: Final = ir.VectorType(ir.DoubleType(), WIDTH)
_BITS: Final = ir.VectorType(ir.IntType(64), WIDTH)
_TRUTH: Final = ir.VectorType(ir.IntType(1), WIDTH)


@register_model(LaneType)
class _LaneModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)


@register_model(MaskType)
class _MaskModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _TRUTH)


# ---- what kernels call beside Python's own operators


def select(condition: Any, yes: Any, no: Any) -> Any:
    """``yes`` where the condition holds, else ``no``; both are evaluated."""
    return yes if condition else no


def any_lane(condition: Any) -> Any:
    """True where the condition holds in some lane."""
    return condition


def lane_value(x: Any, k: int) -> Any:
    """What lane ``k`` holds."""
    return x


def negate(condition: Any) -> Any:
    """True where the condition does not hold."""
    return not condition


def fma(a: Any, b: Any, c: Any) -> Any:
    """``a b + c`` rounded once."""
    return float(np.float64(np.longdouble(a) * b + c))


def power_of_two(n: Any) -> Any:
    """``2^n`` for whole ``n`` between -1022 and 1023."""
    return math.ldexp(1.0, int(n))


def nearest(x: Any) -> Any:
    """The nearest whole number."""
    return float(np.rint(x))


# ---- typing: a lane with a lane or a number gives a lane


def _is_lane(kinds: Any) -> bool:
    return any(k is lane for k in kinds) and all(k is lane or isinstance(k, types.Number) for k in kinds)


def _declare(function: Any, count: int, result: Any, of: Callable[[Any], bool], argument: Any) -> None:
    class Template(AbstractTemplate):  # type: ignore[misc]
        key = function

        def generic(self, args: Any, kws: Any) -> Any:
            return signature(result, *(argument,) * count) if len(args) == count and of(args) else None

    infer_global(function)(Template)


def _is_mask(kinds: Any) -> bool:
    return any(k is mask for k in kinds) and all(k is mask or isinstance(k, types.Boolean) for k in kinds)


def _operation(functions: Any, count: int, build: Callable[..., Any], result: Any = lane, argument: Any = lane) -> None:
    """Compile ``functions`` of ``count`` lanes by one LLVM instruction."""
    for function in functions:
        _declare(function, count, result, _is_lane if argument is lane else _is_mask, argument)
        lower_builtin(function, *(argument,) * count)(lambda context, builder, sig, args, build=build: build(builder, *args))


def _intrinsic(name: str, count: int) -> Callable[..., Any]:
    def build(builder: Any, *args: Any) -> Any:
        kind = args[0].type
        suffix = f"v{WIDTH}f64" if isinstance(kind, ir.VectorType) else "f64"
        function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind] * count), f"llvm.{name}.{suffix}")
        return builder.call(function, args)

    return build


def _broadcast(builder: Any, value: Any, kind: Any = _VECTOR) -> Any:
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(one, ir.Constant(kind, ir.Undefined), ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), None))


def _compare(sign: str) -> Callable[..., Any]:
    ordered = sign != "!="
    return lambda builder, a, b: (builder.fcmp_ordered if ordered else builder.fcmp_unordered)(sign, a, b)


def _exponent_bits(builder: Any, n: Any) -> Any:
    """Adding 1.5 2^52 leaves a whole number in the low bits, from where it moves into the exponent."""
    lanes = isinstance(n.type, ir.VectorType)
    bits = _BITS if lanes else ir.IntType(64)

    def constant(kind: Any, value: Any) -> Any:
        return ir.Constant(kind, [value] * WIDTH if lanes else value)

    shifted = builder.bitcast(builder.fadd(n, constant(n.type, 1.5 * 2.0**52)), bits)
    exponent = builder.shl(builder.add(shifted, constant(bits, 1023)), constant(bits, 52))
    return builder.bitcast(exponent, n.type)


for _symbols, _build in (
    ((operator.add, operator.iadd), lambda b, x, y: b.fadd(x, y)),
    ((operator.sub, operator.isub), lambda b, x, y: b.fsub(x, y)),
    ((operator.mul, operator.imul), lambda b, x, y: b.fmul(x, y)),
    ((operator.truediv, operator.itruediv), lambda b, x, y: b.fdiv(x, y)),
    ((min,), lambda b, x, y: b.select(b.fcmp_ordered("<", y, x), y, x)),
    ((max,), lambda b, x, y: b.select(b.fcmp_ordered(">", y, x), y, x)),
):
    _operation(_symbols, 2, _build)
_operation((operator.neg,), 1, lambda b, x: b.fneg(x))
_operation((operator.pos,), 1, lambda b, x: x)
_operation((abs,), 1, _intrinsic("fabs", 1))
_operation((math.sqrt,), 1, _intrinsic("sqrt", 1))
_SIGNS = {operator.lt: "<", operator.le: "<=", operator.gt: ">", operator.ge: ">=", operator.eq: "==", operator.ne: "!="}
for _symbol, _sign in _SIGNS.items():
    _operation((_symbol,), 2, _compare(_sign), result=mask)
_operation((operator.and_, operator.iand), 2, lambda b, x, y: b.and_(x, y), mask, mask)
_operation((operator.or_, operator.ior), 2, lambda b, x, y: b.or_(x, y), mask, mask)
_operation((negate,), 1, lambda b, x: b.not_(x), mask, mask)
_declare(negate, 1, types.boolean, lambda kinds: kinds[0] is types.boolean, types.boolean)
lower_builtin(negate, types.boolean)(lambda context, builder, sig, args: builder.not_(args[0]))


def _primitive(function: Any, count: int, build: Callable[..., Any]) -> None:
    """A function of this module, on floats and on lanes."""
    _operation((function,), count, build)
    _declare(function, count, types.float64, lambda kinds: all(isinstance(k, types.Number) for k in kinds), types.float64)
    lower_builtin(function, *(types.float64,) * count)(lambda context, builder, sig, args: build(builder, *args))


_primitive(fma, 3, _intrinsic("fma", 3))
_primitive(nearest, 1, _intrinsic("rint", 1))
_primitive(power_of_two, 1, _exponent_bits)


@infer_global(select)
class _SelectTemplate(AbstractTemplate):  # type: ignore[misc]
    def generic(self, args: Any, kws: Any) -> Any:
        condition, *values = args
        kind: Any = mask if all(v in (mask, types.boolean) for v in values) else lane
        if condition is not mask:
            kind = kind if kind in values else types.float64
        return signature(kind, condition, kind, kind)


for _kinds in ((mask, lane), (mask, mask), (types.boolean, lane), (types.boolean, mask), (types.boolean, types.float64)):

    @lower_builtin(select, _kinds[0], _kinds[1], _kinds[1])  # type: ignore[untyped-decorator]
    def _select(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.select(*args)


@infer_global(any_lane)
class _AnyTemplate(AbstractTemplate):  # type: ignore[misc]
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(types.boolean, args[0])


@lower_builtin(any_lane, types.boolean)  # type: ignore[untyped-decorator]
def _any_float(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return args[0]


@lower_builtin(any_lane, mask)  # type: ignore[untyped-decorator]
def _any_mask(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    whole = ir.IntType(WIDTH)
    return builder.icmp_unsigned("!=", builder.bitcast(args[0], whole), whole(0))


@infer_global(lane_value)
class _ValueTemplate(AbstractTemplate):  # type: ignore[misc]
    def generic(self, args: Any, kws: Any) -> Any:
        return signature({lane: types.float64, mask: types.boolean}.get(args[0], args[0]), args[0], types.intp)


for _kind in (lane, mask):

    @lower_builtin(lane_value, _kind, types.intp)  # type: ignore[untyped-decorator]
    def _extract(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.extract_element(args[0], builder.trunc(args[1], ir.IntType(32)))


@lower_cast(types.Number, lane)  # type: ignore[untyped-decorator]
def _cast_number(context: Any, builder: Any, fromty: Any, toty: Any, value: Any) -> Any:
    return _broadcast(builder, context.cast(builder, value, fromty, types.float64))


@lower_cast(types.Boolean, mask)  # type: ignore[untyped-decorator]
def _cast_boolean(context: Any, builder: Any, fromty: Any, toty: Any, value: Any) -> Any:
    return _broadcast(builder, builder.trunc(value, ir.IntType(1)) if value.type.width > 1 else value, _TRUTH)


# Trigonometry is needed a few times a posture: each lane by the same function that floats take.
def _lane_by_lane(function: Any, count: int) -> None:
    def build(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        single = context.get_function(function, signature(types.float64, *(types.float64,) * count))
        result = ir.Constant(_VECTOR, ir.Undefined)
        for i in range(WIDTH):
            index = ir.Constant(ir.IntType(32), i)
            value = single(builder, [builder.extract_element(a, index) for a in args])
            result = builder.insert_element(result, value, index)
        return result

    _declare(function, count, lane, _is_lane, lane)
    lower_builtin(function, *(lane,) * count)(build)


for _function, _count in ((math.sin, 1), (math.cos, 1), (math.acos, 1), (math.exp, 1), (math.atan2, 2)):
    _lane_by_lane(_function, _count)
