"""Tasks small enough for tests."""

from benchmarks.contenders import KERAS, OURS, PYTORCH, Contender
from benchmarks.tasks import SHAPES, Task

PEAK = {"float32": 100.0, "bfloat16": 200.0}
TINY = SHAPES["tiny"]
TASKS = [
    *[Task(cell, "tiny", **TINY) for cell in ("lstm", "gru", "rnn")],
    Task("gru", "tiny", **TINY, layers=2),
    Task("lstm", "tiny", **TINY, both=True),
    # more words than a batch has: the embedding is not folded
    Task("lstm", "tiny", **TINY | {"vocab": 50, "batch": 2}),
]
PLAIN = [Contender(library, "float32") for library in (OURS, KERAS, PYTORCH)]
