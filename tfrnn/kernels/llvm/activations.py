"""Activations of a vector, to about two units in the last place of float32."""

import math

from tfrnn.kernels.llvm.code import Vector

_LARGEST = 87.0  # e to it and to its negative are normal float32 numbers
# Added to a number and taken away again, it rounds to an integer, whose bits are then the lowest.
_ROUNDS = 1.5 * 2.0**23
_LN2 = (0.693359375, math.log(2.0) - 0.693359375)  # the first is exact in ten bits
_TERMS = 7


def _exp(x):
    """Returns p and s with e^x = s + s * p, s a power of two; p is exact for a small x too."""
    code = x.code
    x = code.choose(x.is_not(">", _LARGEST), x, _LARGEST)
    x = code.choose(x.is_not("<", -_LARGEST), x, -_LARGEST)
    shifted = x * (1 / math.log(2.0)) + _ROUNDS
    n = shifted - _ROUNDS
    r = x - n * _LN2[0] - n * _LN2[1]
    series = code.constant(1 / math.factorial(_TERMS))
    for k in range(_TERMS - 1, 1, -1):
        series = series * r + 1 / math.factorial(k)
    builder = code.builder
    exponent = builder.add(code.bits(shifted), code.integer(127))
    return series * (r * r) + r, code.of_bits(builder.shl(exponent, code.integer(23)))


def sigmoid(x: Vector) -> Vector:
    """Returns 1 / (1 + e^-x)."""
    p, s = _exp(-1.0 * x)
    return 1.0 / (1.0 + (s + s * p))


def tanh(x: Vector) -> Vector:
    """Returns (e^2x - 1) / (e^2x + 1)."""
    p, s = _exp(x + x)
    less_one = s * p + (s - 1.0)
    return less_one / (less_one + 2.0)


def relu(x: Vector) -> Vector:
    """Returns x where x > 0, else 0."""
    return x.code.choose(x.is_not("<=", 0.0), x, 0.0)


# The gradient before an activation from that after it, d, and what it gave, y.


def through_sigmoid(y: Vector, d: Vector) -> Vector:
    """Returns d * y * (1 - y)."""
    return d * (y * (1.0 - y))


def through_tanh(y: Vector, d: Vector) -> Vector:
    """Returns d * (1 - y * y)."""
    return d * (1.0 - y * y)


def through_relu(y: Vector, d: Vector) -> Vector:
    """Returns d where y > 0, else 0."""
    return y.code.choose(y.is_not("<=", 0.0), d, 0.0)
