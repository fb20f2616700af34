"""NumPy arrays as the compiled functions take them, and threads that share out their rows."""

import functools
import itertools
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import ml_dtypes
import numpy as np

_ALIGNED = 64  # TensorFlow takes an array as it is that begins at a multiple of so many bytes


def dtype_of(bfloat16: bool) -> type:
    """Returns NumPy's type of what products read."""
    return ml_dtypes.bfloat16 if bfloat16 else np.float32


def empty(shape: Sequence[int], dtype: type) -> np.ndarray:
    """Returns an array whose numbers are anything."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.empty(size + _ALIGNED, np.uint8)
    return np.ndarray(shape, dtype, memory, -memory.ctypes.data % _ALIGNED)


def pointers(row: int, arrays: Sequence[np.ndarray | None]) -> list[int | None]:
    """Returns where that row of each array begins; None for an array that there is not."""
    return [None if a is None else a.ctypes.data + row * a.strides[0] for a in arrays]


def share(count: int, threads: int, part: Callable[[int, int], None]) -> None:
    """Runs part(first, after the last) for as many parts as threads, at the same time."""
    if not count:
        return
    threads = min(threads, count)
    mine, *others = itertools.pairwise([count * i // threads for i in range(threads + 1)])
    found = [_pool(threads).submit(part, *other) for other in others]
    part(*mine)
    for future in found:
        future.result()


@functools.cache
def _pool(threads):
    return ThreadPoolExecutor(threads, thread_name_prefix="recurrence")
