"""The compiled functions of a recurrence."""

import ctypes
import functools
import threading
from collections.abc import Callable
from typing import NamedTuple

from llvmlite import ir

from tfrnn.kernels.llvm import backward, forward, outer, packing
from tfrnn.kernels.llvm.code import INDEX, Code
from tfrnn.kernels.llvm.form import Form
from tfrnn.kernels.llvm.machine import Compiled, Machine

_compiling = threading.Lock()


class Functions(NamedTuple):
    """Functions of pointers to arrays in C order, and of the number of steps where it says so.

    What each takes stands where it is written: in `packing` (two), `forward`, `backward`, `outer`.
    """

    pack: Callable
    pack_back: Callable
    forward: Callable
    backward: Callable
    outer: Callable


_WRITERS = Functions(packing.forward, packing.backward, forward.write, backward.write, outer.write)


def functions(form: Form, target: Machine) -> Functions:
    """Returns the functions of a form, compiled at the first call: within about a second."""
    with _compiling:  # two shards ask at once
        return _compile(form, target)


@functools.cache
def _compile(form, target):
    module = ir.Module()
    codes = [Code(module, name, target) for name in Functions._fields]
    for code, write in zip(codes, _WRITERS):
        write(code, form)
    compiled = Compiled(str(module), target)
    return Functions(*[_callable(compiled, code) for code in codes])


def _callable(compiled, code):
    kinds = [ctypes.c_int64 if a.type == INDEX else ctypes.c_void_p for a in code.function.args]
    call = ctypes.CFUNCTYPE(None, *kinds)(compiled.address(code.function.name))
    call.compiled = compiled  # machine code lives as long as what calls it
    return call
