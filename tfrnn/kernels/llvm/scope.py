"""Where the compiled recurrences take the place of TensorFlow's loops."""

import contextlib
import contextvars
from collections.abc import Iterator

from tfrnn.kernels.llvm.machine import cores, fits, runs

_threads = contextvars.ContextVar("threads", default=0)  # 0 is outside


@contextlib.contextmanager
def compiled_by_llvm(threads: int | None = None) -> Iterator[None]:
    """Within it, the fused layers run and are traced as compiled recurrences where they fit.

    Those cannot be part of an XLA function or of a SavedModel, and have no gradient of second
    order. A function that was traced before stays as it is.

    Args:
        threads: In how many a recurrence runs; None is one a core.
    """
    token = _threads.set(threads or cores())
    try:
        yield
    finally:
        _threads.reset(token)


def threads() -> int:
    """In how many threads a recurrence runs here; 0 outside of the scope."""
    return _threads.get()


def takes(units: int, dtype: str, product_dtype: str) -> bool:
    """Whether such a recurrence is to be a compiled one here and now."""
    return threads() > 0 and dtype == "float32" and runs(product_dtype) and fits(units)
