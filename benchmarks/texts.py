"""What is written by the generation benchmark: its vocabulary and weights. No framework."""

import numpy as np

from benchmarks.tasks import Task, first_weights
from tfrnn.data.vocabulary import BOUNDARY, Vocabulary

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
VOCABULARY = Vocabulary(tuple(sorted(f"\n !\"'(),-./:<=>[]^_|0123456789{LETTERS}")))
EMBED = 256  # with 83 ids and 1024 units the sizes of the MIT lab that the tutorials follow
NEVER = -1e4  # the logit of an id that is not drawn


def writing(units: int, batch: int, length: int) -> Task:
    """Returns the sizes of the model and what it writes: `batch` texts of `length` characters."""
    sizes = {"units": units, "embed": EMBED, "vocab": len(VOCABULARY)}
    return Task("lstm", "writing", batch=batch, steps=length, **sizes)


def writing_weights(task: Task) -> list[np.ndarray]:
    """Returns weights that never draw the end."""
    weights = first_weights(task)
    weights[-1][BOUNDARY] = NEVER
    return weights
