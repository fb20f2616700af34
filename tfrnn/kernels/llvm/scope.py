"""Where the compiled recurrences take the place of TensorFlow's loops."""

import contextlib
import contextvars
from collections.abc import Iterator

from tfrnn.kernels.llvm.machine import fits, runs

_wanted = contextvars.ContextVar("llvm", default=False)


@contextlib.contextmanager
def compiled_by_llvm(wanted: bool = True) -> Iterator[None]:
    """Within it, the fused layers run and are traced as compiled recurrences where they fit.

    Those cannot be part of an XLA function or of a SavedModel, and have no gradient of second
    order. A function that was traced before stays as it is.
    """
    token = _wanted.set(wanted)
    try:
        yield
    finally:
        _wanted.reset(token)


def takes(units: int, dtype: str, product_dtype: str) -> bool:
    """Whether such a recurrence is to be a compiled one here and now."""
    return _wanted.get() and dtype == "float32" and runs(product_dtype) and fits(units)
