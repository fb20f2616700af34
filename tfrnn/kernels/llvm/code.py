"""Vector code as Python expressions: numbers, indices, arrays and loops that LLVM compiles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from llvmlite import ir

from tfrnn.kernels.llvm.machine import Machine

FLOAT, HALF = ir.FloatType(), ir.HalfType()
BYTE, INT, INDEX = ir.IntType(8), ir.IntType(32), ir.IntType(64)


class _BFloat(ir.Type):
    """LLVM's bfloat, which llvmlite does not name."""

    def _to_string(self):
        return "bfloat"

    def __eq__(self, other):
        return isinstance(other, _BFloat)

    def __hash__(self):
        return hash(_BFloat)


BFLOAT = _BFloat()
_BYTES = {FLOAT: 4, HALF: 2, BFLOAT: 2, BYTE: 1, INT: 4}


class Array(NamedTuple):
    """An array in memory: where it begins and the type of its elements."""

    pointer: ir.Value
    dtype: ir.Type


class Index:
    """An integer that the code computes; plain integers take part."""

    def __init__(self, code: Code, value: ir.Value):
        self.code, self.value = code, value

    def __add__(self, other: Index | int) -> Index:
        return Index(self.code, self.code.builder.add(self.value, self.code.index(other)))

    def __mul__(self, other: Index | int) -> Index:
        return Index(self.code, self.code.builder.mul(self.value, self.code.index(other)))

    def __sub__(self, other: Index | int) -> Index:
        return Index(self.code, self.code.builder.sub(self.value, self.code.index(other)))


class Vector:
    """A register of float32 numbers; plain numbers take part, as that number in each lane."""

    def __init__(self, code: Code, value: ir.Value):
        self.code, self.value = code, value

    def _of(self, name, left, right):
        build, vector = getattr(self.code.builder, name), self.code.vector
        # A product and a sum may be one operation, rounded once.
        return Vector(self.code, build(vector(left), vector(right), flags=("contract",)))

    def __add__(self, other: Vector | float) -> Vector:
        return self._of("fadd", self, other)

    def __sub__(self, other: Vector | float) -> Vector:
        return self._of("fsub", self, other)

    def __rsub__(self, other: float) -> Vector:
        return self._of("fsub", other, self)

    def __mul__(self, other: Vector | float) -> Vector:
        return self._of("fmul", self, other)

    def __truediv__(self, other: Vector | float) -> Vector:
        return self._of("fdiv", self, other)

    def __rtruediv__(self, other: float) -> Vector:
        return self._of("fdiv", other, self)

    __radd__, __rmul__ = __add__, __mul__

    def is_not(self, relation: str, bound: float) -> ir.Value:
        """Whether each number is not in `relation` ("<", "<=", ...) to `bound`: NaN never is."""
        opposite = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}[relation]
        bound = self.code.vector(bound)
        return self.code.builder.fcmp_unordered(opposite, self.value, bound)


class Code:
    """Writes one function, from its first line to its last."""

    def __init__(self, module: ir.Module, name: str, target: Machine):
        self.module, self.name = module, name
        self.lanes, self.registers = target.lanes, target.registers

    def arguments(self, kinds: Sequence[ir.Type]) -> list:
        """Begins the function; returns its arguments: an Index for INDEX, else an Array."""
        types = [INDEX if kind is INDEX else ir.PointerType() for kind in kinds]
        self.function = ir.Function(self.module, ir.FunctionType(ir.VoidType(), types), self.name)
        self.builder = ir.IRBuilder(self.function.append_basic_block())
        return [
            Index(self, value) if kind is INDEX else Array(value, kind)
            for value, kind in zip(self.function.args, kinds)
        ]

    def end(self) -> None:
        """Ends the function."""
        self.builder.ret_void()

    def number(self, value: int) -> Index:
        """Returns an integer as an index."""
        return Index(self, self.index(value))

    def index(self, number: Index | int) -> ir.Value:
        """Returns LLVM's value of an index or an integer."""
        return ir.Constant(INDEX, number) if isinstance(number, int) else number.value

    def vector(self, number: Vector | float) -> ir.Value:
        """Returns LLVM's value of a vector, or of one number in each lane."""
        if isinstance(number, Vector):
            return number.value
        return ir.Constant(ir.VectorType(FLOAT, self.lanes), [float(number)] * self.lanes)

    def half(self, number: Index | int) -> Index:
        """Returns half of an even number."""
        return Index(self, self.builder.ashr(self.index(number), self.index(1)))

    def quotient(self, number: Index, divisor: Index | int) -> Index:
        """Returns the whole part of a quotient."""
        return Index(self, self.builder.sdiv(number.value, self.index(divisor)))

    def lesser(self, a: Index, b: Index | int) -> Index:
        """Returns the lesser of two."""
        b = self.index(b)
        less = self.builder.icmp_signed("<", a.value, b)
        return Index(self, self.builder.select(less, a.value, b))

    def unless_first(self, i: Index, number: int) -> Index:
        """Returns `number`, and 0 where i is 0."""
        first = self.builder.icmp_signed("==", i.value, self.index(0))
        return Index(self, self.builder.select(first, self.index(0), self.index(number)))

    def constant(self, number: float) -> Vector:
        """Returns a vector of one number."""
        return Vector(self, self.vector(number))

    def repeat(self, times: Index | int, body: Callable[[Index], None]) -> None:
        """Runs body(0), body(1) and so on."""
        self.fold(times, [], lambda i, _: body(i) or [])

    def fold(
        self,
        times: Index | int,
        start: Sequence[Vector],
        body: Callable[[Index, list[Vector]], Sequence[Vector]],
    ) -> list[Vector]:
        """Runs vectors = body(i, vectors) for i = 0 to times - 1, and returns the last."""
        builder, blocks = self.builder, [self.function.append_basic_block() for _ in range(3)]
        head, inside, after = blocks
        before = builder.block
        builder.branch(head)
        builder.position_at_end(head)
        i, held = builder.phi(INDEX), [builder.phi(v.value.type) for v in start]
        i.add_incoming(self.index(0), before)
        for phi, vector in zip(held, start):
            phi.add_incoming(vector.value, before)
        builder.cbranch(builder.icmp_signed("<", i, self.index(times)), inside, after)
        builder.position_at_end(inside)
        vectors = [Vector(self, phi) for phi in held]
        new = body(Index(self, i), vectors)
        i.add_incoming(builder.add(i, self.index(1)), builder.block)
        for phi, vector in zip(held, new, strict=True):
            phi.add_incoming(vector.value, builder.block)
        builder.branch(head)
        builder.position_at_end(after)
        return vectors

    def offset(self, array: Array, at: Index | int) -> Array:
        """Returns the array from its element `at` on."""
        here = self.builder.gep(array.pointer, [self.index(at)], source_etype=array.dtype)
        return Array(here, array.dtype)

    def load(self, array: Array, at: Index | int, numbers: int | None = None) -> Vector:
        """Reads a vector from element `at` on, or so many numbers of it and zeros."""
        numbers = numbers or self.lanes
        value = self.read(array, at, ir.VectorType(array.dtype, numbers))
        if array.dtype != FLOAT:
            value = self.builder.fpext(value, ir.VectorType(FLOAT, numbers))
        if numbers < self.lanes:
            zeros = ir.Constant(ir.VectorType(FLOAT, numbers), [0.0] * numbers)
            order = [min(lane, numbers) for lane in range(self.lanes)]
            value = self.shuffle(value, zeros, order)
        return Vector(self, value)

    def store(
        self, vector: Vector, array: Array, at: Index | int, numbers: int | None = None
    ) -> None:
        """Writes a vector, or so many numbers of it, from element `at` on, in the array's type."""
        value, numbers = vector.value, numbers or self.lanes
        if numbers < self.lanes:
            value = self.shuffle(value, value, range(numbers))
        if array.dtype != FLOAT:
            value = self.builder.fptrunc(value, ir.VectorType(array.dtype, numbers))
        self.write(value, array, at)

    def read(self, array: Array, at: Index | int, kind: ir.Type) -> ir.Value:
        """Reads whatever `kind` is from element `at` on."""
        here = self.offset(array, at).pointer
        return self.builder.load(here, align=_BYTES[array.dtype], typ=kind)

    def write(self, value: ir.Value, array: Array, at: Index | int) -> None:
        """Writes a value from element `at` on."""
        self.builder.store(value, self.offset(array, at).pointer, align=_BYTES[array.dtype])

    def fetch(self, array: Array, at: Index | int) -> None:
        """Asks for the cache line of element `at`, without waiting for it."""
        read, near, data = (ir.Constant(INT, number) for number in (0, 3, 1))
        pointer = self.offset(array, at).pointer
        self.call("llvm.prefetch.p0", pointer, read, near, data, returns=ir.VoidType())

    def integer_at(self, array: Array, at: Index | int) -> Index:
        """Reads a number of an array of INT."""
        return Index(self, self.builder.sext(self.read(array, at, INT), INDEX))

    def is_set(self, array: Array, at: Index | int) -> ir.Value:
        """Whether a byte is not 0."""
        return self.builder.icmp_unsigned("!=", self.read(array, at, BYTE), ir.Constant(BYTE, 0))

    def choose(self, condition: ir.Value, yes: Vector | float, no: Vector | float) -> Vector:
        """Returns `yes` or `no`: whole by one condition, each number by its own of several."""
        return Vector(self, self.builder.select(condition, self.vector(yes), self.vector(no)))

    def spread(self, value: ir.Value, lanes: int) -> ir.Value:
        """Returns a vector with `value` in each lane."""
        none = ir.Constant(ir.VectorType(value.type, lanes), ir.Undefined)
        first = self.builder.insert_element(none, value, ir.Constant(INT, 0))
        return self.shuffle(first, none, [0] * lanes)

    def shuffle(self, left: ir.Value, right: ir.Value, order: Sequence[int]) -> ir.Value:
        """Returns a vector of the numbers of two that stand side by side, in some order."""
        order = ir.Constant(ir.VectorType(INT, len(order)), list(order))
        return self.builder.shuffle_vector(left, right, order)

    def turn(self, rows: Sequence[Vector]) -> list[Vector]:
        """Returns the columns of a square of numbers, as many rows as lanes."""
        values, lanes, step = [row.value for row in rows], range(self.lanes), self.lanes // 2
        while step:  # squares of that size change places with their mirror images
            left = [lane + (self.lanes - step if lane & step else 0) for lane in lanes]
            right = [lane + (self.lanes if lane & step else step) for lane in lanes]
            for i in (i for i in lanes if not i & step):
                pair = values[i], values[i + step]
                values[i], values[i + step] = (self.shuffle(*pair, o) for o in (left, right))
            step //= 2
        return [Vector(self, value) for value in values]

    def call(self, name: str, *args: ir.Value, returns: ir.Type | None = None) -> ir.Value:
        """Calls an LLVM intrinsic, which returns what its first argument is if nothing is said."""
        kinds = [arg.type for arg in args]
        known = self.module.globals.get(name)
        kind = ir.FunctionType(returns or kinds[0], kinds)
        return self.builder.call(known or ir.Function(self.module, kind, name), args)

    def bits(self, vector: Vector) -> ir.Value:
        """Returns a vector's numbers as integers of the same bits."""
        return self.builder.bitcast(vector.value, ir.VectorType(INT, self.lanes))

    def integer(self, number: int) -> ir.Value:
        """Returns an integer in each lane."""
        return ir.Constant(ir.VectorType(INT, self.lanes), [number] * self.lanes)

    def of_bits(self, value: ir.Value) -> Vector:
        """Undoes `bits`."""
        return Vector(self, self.builder.bitcast(value, ir.VectorType(FLOAT, self.lanes)))
