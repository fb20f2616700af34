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
from tfrnn.kernels.llvm.machine import cores, fits, runs
from tfrnn.training.accumulate import make_step
from tfrnn.training.config import TrainConfig
from tfrnn.training.gradients import LossFn

_PRODUCTS = {"float32": "float32", "mixed_bfloat16": "bfloat16"}
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
    """Replaces each "auto" of `config.precision` and `config.compile`, then a 0 of `config.shards`.

    Args:
        build: precision -> a built model of that dtype policy.
        loss_fn: The loss of the run.
        config: What is open is measured, what is asked for stays.
        batch: A real one: what is fastest depends on its shape.
    """
    ways = _ways(config, rows=batch.targets.shape[0])
    if not any(len(choices) > 1 for choices in ways.values()):
        asked = "auto" not in (config.precision, config.compile)
        reason = "as asked" if asked else "this processor has no bfloat16 products"
        return Choice(replace(config, **{name: only for name, (only,) in ways.items()}), reason)
    seconds: dict[TrainConfig, float] = {}
    recurs = False

    def measure(**way):
        nonlocal recurs
        tried = replace(config, **way)
        if tried not in seconds:
            model = build(tried.precision)
            recurs = _recurs(model)
            seconds[tried] = _measure(model, loss_fn, tried, batch)
        return seconds[tried]

    whole = [
        {"precision": precision, "compile": compile_, "shards": ways["shards"][0]}
        for precision, compile_ in itertools.product(ways["precision"], ways["compile"])
    ]
    if len(whole) == 4 and not _has_gpu():
        whole = [way for way in whole if (way["precision"], way["compile"]) != SLOW_ON_CPU]
    fastest = min(whole, key=lambda way: measure(**way))
    if config.compile == "auto" and recurs and not _has_gpu():
        llvm = [way | {"compile": "llvm"} for way in whole if runs(_PRODUCTS[way["precision"]])]
        fastest = min([fastest, *llvm], key=lambda way: measure(**way))
    fastest = min(
        [fastest | {"shards": shards} for shards in ways["shards"]], key=lambda way: measure(**way)
    )
    told = ", ".join(f"{_spell(tried)} {1e3 * s:.0f} ms" for tried, s in seconds.items())
    return Choice(replace(config, **fastest), f"measured a step: {told}")


def _recurs(model):
    """Whether the model has recurrences that LLVM may compile, as far as their weights tell."""
    kernels = [v for v in model.trainable_variables if v.path.endswith("recurrent_kernel")]
    return any(fits(kernel.shape[0]) for kernel in kernels)


def _ways(config, *, rows):
    """What each open setting may be, the plainest first; llvm is for models that recur."""
    most = min(cores(), rows)
    shards = [1] if most == 1 or _has_gpu() else [1, most]
    return {
        "precision": _precisions() if config.precision == "auto" else [config.precision],
        "compile": ["graph", "xla"] if config.compile == "auto" else [config.compile],
        "shards": shards if config.shards == 0 else [config.shards],
    }


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


def _measure(model, loss_fn, config, batch):
    """Seconds of the fastest of STEPS gradients: the optimizer costs the same everywhere."""
    take = make_step(model, loss_fn, replace(config, accumulate=1), lambda *found: found)
    times = []
    for _ in range(STEPS + 2):
        begin = time.perf_counter()
        take([batch])[1].numpy()
        times.append(time.perf_counter() - begin)
    return min(times[2:])


def _spell(config):
    precision = "bfloat16" if config.precision == "mixed_bfloat16" else config.precision
    shards = f" {config.shards} shards" if config.shards > 1 else ""
    return f"{precision} {config.compile}{shards}"
