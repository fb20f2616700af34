"""What the machine's matrix products come to at best: the yardstick of every training step."""

from collections.abc import Callable

from benchmarks.sides import TENSORFLOW, TORCH, Stage, installed
from benchmarks.timing import interleaved

SIZE = 2048  # of square matrices: as many values as the weights of 1024 units
PRECISIONS = ("float32", "bfloat16")


def measure_peak(stage: Stage, *, rounds: int = 5, size: int = SIZE) -> dict[str, float]:
    """Returns GFLOP/s by precision: of the fastest product of any library that is installed."""
    ways, makers = {}, {TENSORFLOW: tensorflow_product, TORCH: torch_product}
    for library in filter(installed, makers):
        side = stage.side(library)
        for precision in PRECISIONS:
            name = f"{library} {precision} product"
            side.keep(name, makers[library], precision, size)
            side.turn(name)
            ways[name] = lambda side=side, name=name: side.turn(name)
    turns = interleaved(ways, rounds, label="peak")
    return {
        precision: max(
            2e-9 * size**3 / min(turn.seconds for turn in found)
            for name, found in turns.items()
            if precision in name
        )
        for precision in PRECISIONS
    }


def tensorflow_product(precision: str, size: int) -> Callable[[], float]:
    """Returns a product of two square matrices, of which one number is read."""
    import tensorflow as tf

    a = tf.cast(tf.random.stateless_uniform([size, size], [0, 0]), precision)
    product = tf.function(lambda: tf.matmul(a, a), autograph=False)
    return lambda: float(product()[0, 0])


def torch_product(precision: str, size: int) -> Callable[[], float]:
    """Returns the same in PyTorch."""
    import torch

    a = torch.rand(size, size, dtype=getattr(torch, precision))
    return lambda: (a @ a)[0, 0].item()
