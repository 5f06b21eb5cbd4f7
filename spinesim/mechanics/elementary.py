"""The exponential function by arithmetic alone, so that floats and lanes get the same bits from it on every machine."""

from __future__ import annotations

import math

from spinesim.mechanics.jit import kernel
from spinesim.mechanics.lanes import fma, nearest, power_of_two

LARGEST = 700.0  # beyond, the result would leave the range of doubles
_PER_LN2 = 1.0 / math.log(2.0)
_LN2_HIGH, _LN2_LOW = float.fromhex("0x1.62e42fee00000p-1"), float.fromhex("0x1.a39ef35793c76p-33")
_TAYLOR = tuple(1.0 / math.factorial(k) for k in range(13, -1, -1))


@kernel
def exponential(x):
    """``e^x`` to a unit in the last place, for ``x`` within +-700 (beyond: that of 700): ``2^n e^r`` with ``|r| <= ln 2 / 2``."""
    x = min(max(x, -LARGEST), LARGEST)
    n = nearest(x * _PER_LN2)
    r = fma(n, -_LN2_LOW, fma(n, -_LN2_HIGH, x))
    total = 0.0
    for c in _TAYLOR:
        total = fma(total, r, c)
    return total * power_of_two(n)
