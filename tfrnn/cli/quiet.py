"""TensorFlow without its start-up noise, and the C library's memory set up for large tensors."""

import ctypes
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version

# <malloc.h> of glibc.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_NO_YNN = "--xla_cpu_experimental_ynn_fusion_type="


def prepare(debug: bool = False) -> None:
    """Sets up memory and imports TensorFlow and Keras, once a script knows that it needs them.

    Nothing reaches stderr from C++, absl, Keras or Python's warnings, then or later, unless
    `debug`; what a failing import wrote is shown. Call it before any other import of TensorFlow:
    the log level is read when the library loads. How many threads run is not decided here,
    since it goes with the way a step is compiled.

    Args:
        debug: shows everything that the libraries have to say.
    """
    tune_malloc()
    avoid_ynn()
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    if debug:
        _load()
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    warnings.simplefilter("ignore")
    with _held_back_stderr():
        _load()
    _quiet_loggers()


def avoid_ynn() -> None:
    """Keeps XLA from sums by YNNPACK, which crash where two threads run a function of XLA at once.

    TensorFlow 2.21, on a CPU: two shards that call the same compiled function for the first time
    end the process now and then (ours, measured). Other versions may not know the setting, and
    would end for that. What the user has set of it stays.
    """
    flags = os.environ.get("XLA_FLAGS", "")
    if _tensorflow().startswith("2.21.") and "ynn_fusion_type" not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} {_NO_YNN}".strip()


def _tensorflow() -> str:
    """The version that is installed, under whichever of its names; it is not imported yet."""
    for name in ("tensorflow", "tensorflow-cpu"):
        with suppress(PackageNotFoundError):
            return version(name)
    return ""


def tune_malloc() -> bool:
    """Lets the C library keep large blocks instead of handing them back to the kernel.

    A training step frees and takes the same temporaries again; by default each of them comes
    from the kernel, which fills it with zeros: large bfloat16 products took 1.9 times as long.

    Returns:
        Whether it was done; only glibc has these settings.
    """
    try:
        glibc = os.confstr("CS_GNU_LIBC_VERSION")
    except (AttributeError, ValueError, OSError):
        return False
    if not glibc or not glibc.startswith("glibc"):
        return False
    libc = ctypes.CDLL(None)
    # Bytes; the largest that the interface (a C int) and glibc's own limits take.
    return bool(libc.mallopt(_M_MMAP_THRESHOLD, 1 << 30)) and bool(
        libc.mallopt(_M_TRIM_THRESHOLD, (1 << 31) - 1)
    )


def _load() -> None:
    import keras  # noqa: F401
    import tensorflow  # noqa: F401


def _quiet_loggers() -> None:
    import logging

    from absl import logging as absl_logging

    absl_logging.set_verbosity(absl_logging.ERROR)
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


@contextmanager
def _held_back_stderr() -> Iterator[None]:
    """Keeps file descriptor 2 back: C++ writes there before any log level is read."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        real = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(real, held.read())
            raise
        finally:
            os.dup2(real, 2)
            os.close(real)
