"""Compiled functions, from what writes them."""

import ctypes
import functools
import threading
from typing import NamedTuple, TypeVar

from llvmlite import ir

from tfrnn.kernels.llvm.code import INDEX, Code
from tfrnn.kernels.llvm.machine import Compiled, Machine

_compiling = threading.Lock()
Functions = TypeVar("Functions", bound=NamedTuple)


def functions(writers: Functions, form: NamedTuple, target: Machine) -> Functions:
    """Returns functions of pointers to arrays in C order, and of integers.

    They are compiled at the first call, within about a second.

    Args:
        writers: What writes each, (code, form) -> None. What a function takes stands there.
        form: What they are compiled for.
        target: The processor.

    Returns:
        A tuple like `writers`.
    """
    with _compiling:  # two shards ask at once
        return _compile(writers, form, target)


@functools.cache
def _compile(writers, form, target):
    module = ir.Module()
    codes = [Code(module, name, target) for name in writers._fields]
    for code, write in zip(codes, writers):
        write(code, form)
    compiled = Compiled(str(module), target)
    return type(writers)(*[_callable(compiled, code) for code in codes])


def _callable(compiled, code):
    kinds = [ctypes.c_int64 if a.type == INDEX else ctypes.c_void_p for a in code.function.args]
    call = ctypes.CFUNCTYPE(None, *kinds)(compiled.address(code.function.name))
    call.compiled = compiled  # machine code lives as long as what calls it
    return call
