r"""From strings to what a sentence model reads, in stock TensorFlow operations.

The same graph encodes the training data, what `generate.py` is given and what an exported model
is sent, so there is no second tokenisation that could differ from it. Any bytes can be encoded:
those that are not UTF-8 become U+FFFD, control characters part words as spaces do.
"""

from collections.abc import Sequence
from typing import Literal

import tensorflow as tf

from tfrnn.data.lexicon import UNKNOWN

WIDTH = 16  # bytes of a word that are read; of a longer one its first and last half (ours)
SHORTEST = (
    8  # the least time axis; the next are 12, 16, 24, 32: a third of a row is padding at most
)
BYTES = 257  # ids of `characters`: 0 is padding, byte b is b + 1

# Signs that are words of their own. Apostrophes and hyphens are parts of words (don't, well-known)
# but for those at an end; letters of scripts that put no spaces between words stand alone.
_SIGNS = r"([^\p{L}\p{N}\p{M}\s'’\-]|[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Khmer}\p{Lao}])"
_BEFORE, _AFTER = r"(^|\s)(['’\-]+)", r"(['’\-]+)(\s|$)"
_BLANK = r"[\p{Cc}\p{Z}]+"

Mode = Literal["words", "spaces", "characters"]
Lower = Literal["all", "words", "none"]


class SentenceEncoder(tf.Module):
    """Strings in, ids of words and of their bytes out.

    Args:
        words: The word of each id, as `tfrnn.data.lexicon.choose_words` returns them; a SavedModel
            holds them.
        mode: "words" parts punctuation from words; "spaces" takes the text as tokens between
            spaces; "characters" takes each character, for scripts without spaces.
        lower: "all" reads everything in lower case; "words" looks words up in lower case and
            keeps their bytes as they are; "none" changes nothing.
        longest: Most tokens of a text; those after it are not read.
    """

    def __init__(
        self,
        words: Sequence[str],
        *,
        mode: Mode = "words",
        lower: Lower = "all",
        longest: int = 256,
    ):
        super().__init__()
        self.mode, self.lower, self.longest = mode, lower, longest
        ids = tf.lookup.KeyValueTensorInitializer(
            list(words), range(len(words)), tf.string, tf.int64
        )
        self._ids = tf.lookup.StaticHashTable(ids, default_value=UNKNOWN)

    def split(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """Returns the tokens of each text, at most `longest`: (batch,) -> (batch, tokens)."""
        return split(texts, self.mode)[:, : self.longest]

    def encode(self, tokens: tf.RaggedTensor) -> tuple[tf.RaggedTensor, tf.RaggedTensor]:
        """Returns word ids (batch, tokens) int32 and bytes (batch, tokens, WIDTH) int32."""
        flat = tokens.flat_values
        known = known_as(flat, self.lower)
        words = tf.cast(self._ids.lookup(known), tf.int32)
        spelt = spell(known if self.lower == "all" else flat)
        return tokens.with_flat_values(words), tokens.with_flat_values(spelt)

    def inputs(self, tokens: tf.RaggedTensor) -> dict[str, tf.Tensor]:
        """Returns a model's inputs: words (batch, time) and characters (batch, time, WIDTH).

        The time axis is as long as the longest row, but 1 at least: a function that takes any
        length is traced once, and what is not padded need not be computed.
        """
        words, characters = self.encode(tokens)
        time = tf.maximum(tokens.bounding_shape(out_type=tf.int32)[1], 1)
        return {
            "words": padded(words, time),
            "characters": padded(characters, time),
        }


def split(texts: tf.Tensor, mode: Mode) -> tf.RaggedTensor:
    r"""Cuts (batch,) texts into (batch, tokens) strings; no token holds white space.

    >>> split(tf.constant(["What's THAT - well-known 時計?"]), "words")[0].numpy().tolist()
    [b"What's", b'THAT', b'-', b'well-known', b'\xe6\x99\x82', b'\xe8\xa8\x88', b'?']
    """
    texts = plain(texts)
    if mode == "words":
        for pattern, rewrite in ((_SIGNS, r" \1 "), (_BEFORE, r"\1\2 "), (_AFTER, r" \1\2")):
            texts = tf.strings.regex_replace(texts, pattern, rewrite)
    elif mode == "characters":
        texts = tf.strings.regex_replace(texts, r"(\S)", r"\1 ")
    return tf.strings.split(texts)


def plain(texts: tf.Tensor) -> tf.Tensor:
    """Returns strings of any bytes as UTF-8, U+FFFD for what is not, with single spaces in them."""
    texts = tf.strings.unicode_transcode(texts, "UTF-8", "UTF-8")
    return tf.strings.regex_replace(texts, _BLANK, " ")


def known_as(tokens: tf.Tensor, lower: Lower) -> tf.Tensor:
    """Returns the form under which a lexicon has each of (n,) tokens."""
    return tokens if lower == "none" else tf.strings.lower(tokens, "utf-8")


def spell(tokens: tf.Tensor) -> tf.Tensor:
    """Returns the bytes of each token plus 1, 0 after its end: (n,) strings -> (n, WIDTH) int32."""
    half = tf.fill(tf.shape(tokens), WIDTH // 2)
    # Of a short word the second half begins where the first ended, or at its end.
    length = tf.strings.length(tokens)
    second = tf.minimum(tf.maximum(length - half, half), length)
    ends = tf.strings.substr(tokens, second, half)
    short = tf.strings.join([tf.strings.substr(tokens, tf.zeros_like(half), half), ends])
    codes = tf.io.decode_raw(short, tf.uint8, fixed_length=WIDTH)
    real = tf.sequence_mask(tf.strings.length(short), WIDTH)
    return tf.where(real, tf.cast(codes, tf.int32) + 1, 0)


def padded(rows: tf.RaggedTensor, time: tf.Tensor | int) -> tf.Tensor:
    """Returns (batch, words, ...) as (batch, time, ...), 0 where there is no word."""
    inner = rows.flat_values.shape[1:]
    shape = tf.concat([[-1], [tf.cast(time, tf.int32)], tf.cast(inner, tf.int32)], 0)
    return tf.ensure_shape(rows.to_tensor(shape=shape), [None, None, *inner])


def buckets(longest: int) -> list[int]:
    """Returns the lengths of the time axis: few, so that few shapes are traced.

    >>> buckets(64), buckets(20)
    ([8, 12, 16, 24, 32, 48, 64], [8, 12, 16, 20])
    """
    lengths, power = [SHORTEST], SHORTEST
    while lengths[-1] < longest:
        lengths += [power * 3 // 2, power * 2]
        power *= 2
    return sorted({min(length, longest) for length in lengths})


def ragged(rows: Sequence[Sequence], dtype: tf.DType) -> tf.RaggedTensor:
    """Returns lists of numbers or of strings as (rows, items); the quick way to make it."""
    flat = tf.constant([item for row in rows for item in row], dtype)
    return tf.RaggedTensor.from_row_lengths(flat, [len(row) for row in rows])
