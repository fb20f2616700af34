"""Random tunes: what a sampler that knows nothing writes where only the grammar holds it."""

import re
import shutil
import subprocess

import numpy as np
import pytest
import tensorflow as tf

from tfrnn.music.grammar import AbcGrammar

CHARACTERS = ("", *map(chr, range(32, 127)), "\n", "é")
IDS = {character: i for i, character in enumerate(CHARACTERS)}
END = 0

needs_abc2midi = pytest.mark.skipif(not shutil.which("abc2midi"), reason="abc2midi is missing")


def encode(text: str) -> list[int]:
    return [IDS[character] for character in text]


def header(meter: str, unit: str = "1/8", key: str = "D") -> str:
    return f"X:1\nM:{meter}\nL:{unit}\nK:{key}\n"


class Walker:
    """Walks of a grammar, uniform over what is allowed or with more weight on some characters."""

    def __init__(self, grammar: AbcGrammar, heavy: str = ""):
        weight = [2.0 if character and character in heavy else 0.0 for character in CHARACTERS]
        self._weight = tf.constant(weight)
        self._grammar = grammar
        self._step = tf.function(self._choose)

    def _choose(self, state, remaining, forced, seed):
        allowed = self._grammar.allowed(state, remaining)
        uniform = tf.random.stateless_uniform(allowed.shape, seed, 1e-6, 1.0)
        noise = self._weight - tf.math.log(-tf.math.log(uniform))
        free = tf.argmax(tf.where(allowed, noise, -np.inf), -1, output_type=tf.int32)
        ids = tf.where(forced >= 0, forced, free)
        return tf.reduce_any(allowed, -1), ids, self._grammar.advance(state, ids)

    def walk(self, primes: list[str], limit: int, seed: int) -> list[str]:
        """Returns a tune for each prime; every one must have ended after `limit` characters."""
        forced = np.full([limit, len(primes)], -1, np.int32)
        for row, prime in enumerate(primes):
            forced[: len(prime), row] = encode(prime)
        state, tunes = self._grammar.start(len(primes)), [""] * len(primes)
        for i in range(limit):
            remaining = tf.fill([len(primes)], limit - i)
            alive, ids, state = self._step(state, remaining, forced[i], tf.constant([seed, i]))
            assert alive.numpy().all(), "a state where nothing is allowed"
            tunes = [tune + CHARACTERS[j] for tune, j in zip(tunes, ids.numpy())]
        assert (ids.numpy() == END).all(), "a tune that does not end in time"
        return tunes


def accepted(grammar: AbcGrammar, texts: list[str]) -> list[bool]:
    """Returns which texts are tunes, from the first character to the end id."""
    length = max(map(len, texts))
    state, complete = grammar.start(len(texts)), np.zeros(len(texts), bool)
    advance = tf.function(grammar.advance)
    for i in range(length):
        column = [IDS[text[i]] if i < len(text) else END for text in texts]
        state = advance(state, tf.constant(column))
        ends = np.array([len(text) == i + 1 for text in texts])
        complete |= ends & grammar.complete(state).numpy()
    return complete.tolist()


def complaints(tunes: list[str], folder) -> list[str]:
    """Returns what abc2midi has to say about tunes, apart from repeats whose |: it supplies."""
    path = folder / "tunes.abc"
    numbered = (tune.replace("X:1", f"X:{i}", 1) for i, tune in enumerate(tunes, 1))
    path.write_text("\n\n".join(tune.rstrip("\n") for tune in numbered) + "\n")
    said = subprocess.run(["abc2midi", path, "-c"], capture_output=True, text=True, check=False)
    lines = (line for line in said.stdout.split("\n") if line.startswith(("Error", "Warning")))
    supplied = re.compile(r"Assuming repeat|replacing \|: with double repeat")
    return [line for line in lines if not supplied.search(line)]
