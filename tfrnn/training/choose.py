"""Chooses how to compute: every way this machine offers takes a few steps, the fastest wins."""

import itertools
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import keras
import tensorflow as tf

from tfrnn.data.batch import Batch
from tfrnn.training.config import TrainConfig
from tfrnn.training.loop import LossFn, make_gradients

STEPS = 3  # measured after one to compile and one to warm up


# On a CPU, XLA has no bfloat16 products: such a step took two to seven times the other's time.
SLOW_ON_CPU = ("mixed_bfloat16", "xla")


class Choice(NamedTuple):
    """The decided config, and why in one line."""

    config: TrainConfig
    reason: str


def choose(
    build: Callable[[str], keras.Model], loss_fn: LossFn, config: TrainConfig, batch: Batch
) -> Choice:
    """Replaces each "auto" of `config.precision` and `config.compile`.

    Args:
        build: precision -> a built model of that dtype policy.
        loss_fn: The loss of the run.
        config: What is not "auto" stays.
        batch: A real one: what is fastest depends on its shape.
    """
    precisions = _precisions() if config.precision == "auto" else [config.precision]
    compiles = ["graph", "xla"] if config.compile == "auto" else [config.compile]
    ways = list(itertools.product(precisions, compiles))
    if len(ways) == 4 and not _has_gpu():
        ways.remove(SLOW_ON_CPU)
    if len(ways) == 1:
        (precision, compile_), reason = ways[0], "as asked"
        if config.precision == "auto":
            reason = "this processor has no bfloat16 products"
    else:
        seconds = {way: _measure(build(way[0]), loss_fn, config, way[1], batch) for way in ways}
        precision, compile_ = min(seconds, key=seconds.get)
        reason = "measured a step: " + ", ".join(
            f"{_spell(p)} {c} {1e3 * s:.0f} ms" for (p, c), s in seconds.items()
        )
    return Choice(replace(config, precision=precision, compile=compile_), reason)


def _precisions():
    """bfloat16 pays only where the processor multiplies in it."""
    try:
        flags = Path("/proc/cpuinfo").read_text(errors="replace")
    except OSError:
        flags = ""  # not Linux
    fast = _has_gpu() or "bf16" in flags
    return ["float32", "mixed_bfloat16"] if fast else ["float32"]


def _has_gpu():
    return bool(tf.config.list_physical_devices("GPU"))


def _measure(model, loss_fn, config, compile_, batch):
    """Seconds of the fastest of STEPS gradients: the optimizer costs the same everywhere."""
    gradients = make_gradients(model, loss_fn, config.clip_norm, jit=compile_ == "xla")
    weights = [tf.convert_to_tensor(v) for v in model.trainable_variables]
    others = [tf.convert_to_tensor(v) for v in model.non_trainable_variables]
    times = []
    for _ in range(STEPS + 2):
        begin = time.perf_counter()
        gradients(weights, others, batch)[2].numpy()
        times.append(time.perf_counter() - begin)
    return min(times[2:])


def _spell(precision):
    return "bfloat16" if precision == "mixed_bfloat16" else precision
