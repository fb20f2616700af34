"""Tasks small enough for tests."""

from benchmarks.contenders import CONTENDERS, KERAS, OURS, PYTORCH, Contender
from benchmarks.tasks import SHAPES, Task

PEAK = {"float32": 100.0, "bfloat16": 200.0}
TINY = SHAPES["tiny"]
TASKS = [
    Task("lstm", "tiny", **TINY),
    Task("rnn", "tiny", **TINY),
    Task("gru", "tiny", **TINY, layers=2),
    Task("lstm", "tiny", **TINY, both=True),
    # more words than a batch has: the embedding is not folded
    Task("lstm", "tiny", **TINY | {"vocab": 50, "batch": 2}),
]
PLAIN = [Contender(library, "float32") for library in (OURS, KERAS, PYTORCH)]
# A part of a batch is compiled as a whole one is, which is here.
EVERYONE = [who for who in CONTENDERS if who.compile == "graph" or who.shards == 1]
