r"""Pieces of words: learned by sentencepiece, applied in stock TensorFlow operations.

A text is cut at white space, and a word that follows some begins with the sign ▁, so that joining
the pieces of a text and putting spaces for ▁ gives it back. The same graph encodes training data,
what `generate.py` is given and what an exported model is sent. Any bytes can be encoded: those that
are not UTF-8 become U+FFFD, white space and control characters become single spaces, and a ▁ of the
text itself becomes _.

Kudo 2018, "Subword Regularization: Improving Neural Network Translation Models with Multiple
Subword Candidates", https://arxiv.org/abs/1804.10959, section 3.2: of all ways to cut a word, that
one whose pieces have the largest product of probabilities, found by Viterbi's algorithm.
"""

import io
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np
import tensorflow as tf

from tfrnn.data.tokens import plain
from tfrnn.errors import DataError, UsageError

PAD, UNKNOWN, START, END = 0, 1, 2, 3
RESERVED = ("<pad>", "<unknown>", "<start>", "<end>")
SPACE = "▁"
LONGEST_WORD = 64  # characters that are cut together; a longer word is several of them (ours)
LONGEST_PIECE = 16  # characters, as sentencepiece has it
MISSING = 10.0  # how far below the rarest piece a character without one is, as sentencepiece has it

Kind = Literal["subwords", "words", "characters"]
# Signs stand alone where words are pieces, apostrophes and hyphens within words aside.
_SIGN = r"([^\p{L}\p{N}\p{M}\s'’\-▁])"


class Pieces(NamedTuple):
    """What a model is able to read or write.

    names: The piece of id n at place n, `RESERVED` first. scores: The logarithm of the probability
    of each, 0 of those reserved.
    """

    names: tuple[str, ...]
    scores: tuple[float, ...]


def learn(texts: Iterable[str], *, kind: Kind, most: int, least: int = 1) -> Pieces:
    """Learns the pieces of texts.

    Args:
        texts: Of the training split.
        kind: "subwords" by a unigram model; "words" and signs; single "characters".
        most: How many pieces there may be, those reserved included; where the texts do not give
            so many, there are fewer.
        least: How often a word must occur (words).

    Raises:
        DataError: If the texts hold nothing.
        UsageError: If there is not even room for the characters of the texts.
    """
    units = [unit for text in cut(list(texts), words=kind == "words") for unit in text]
    if not units:
        raise DataError("the training texts hold no word: nothing can be learned.")
    if kind != "subwords":
        return _count(units, kind, most, least)
    return _learn_unigrams(units, most)


def _count(units, kind, most, least) -> Pieces:
    """The most frequent words, or characters, and their shares."""
    found: dict[str, int] = {}
    for unit in units:
        for piece in unit if kind == "characters" else (unit,):
            found[piece] = found.get(piece, 0) + 1
    ranked = sorted((-n, piece) for piece, n in found.items() if n >= least)[: most - len(RESERVED)]
    total = sum(found.values())
    return _pieces([(piece, float(np.log(-n / total))) for n, piece in ranked])


def _learn_unigrams(units, most) -> Pieces:
    import sentencepiece  # here, because only training needs it

    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            # A word a line: it is cut as `cut` cuts, whatever sentencepiece thinks of its signs.
            sentence_iterator=iter(unit.removeprefix(SPACE) for unit in units if unit != SPACE),
            model_writer=model,
            vocab_size=most,
            hard_vocab_limit=False,
            character_coverage=1.0,
            normalization_rule_name="identity",
            max_sentencepiece_length=LONGEST_PIECE,
            input_sentence_size=0,
            pad_id=PAD, unk_id=UNKNOWN, bos_id=START, eos_id=END,
            num_threads=1,
            minloglevel=2,
        )  # fmt: skip
    except (RuntimeError, OSError) as error:
        raise UsageError(f"--data.pieces {most} cannot be learned: {error}") from error
    found = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    ids = range(len(RESERVED), found.get_piece_size())
    return _pieces([(found.id_to_piece(i), float(found.get_score(i))) for i in ids])


def _pieces(scored) -> Pieces:
    reserved = [(name, 0.0) for name in RESERVED]
    return Pieces(*zip(*reserved, *scored))


class Subwords(tf.Module):
    """Strings to ids of pieces, and back.

    Args:
        pieces: A SavedModel holds them.
        kind: How texts are cut, as they were when the pieces were learned.
        longest: Most pieces of a text; those after it are not read.
    """

    def __init__(self, pieces: Pieces, *, kind: Kind = "subwords", longest: int = 256):
        super().__init__()
        self.pieces, self.kind, self.longest = pieces, kind, longest
        ids = tf.lookup.KeyValueTensorInitializer(
            list(pieces.names), range(len(pieces.names)), tf.string, tf.int64
        )
        self._ids = tf.lookup.StaticHashTable(ids, default_value=UNKNOWN)
        scores = np.array(pieces.scores, np.float32)
        scores[UNKNOWN] = scores.min() - MISSING
        scores[[PAD, START, END]] = -np.inf  # nothing that a text holds
        self._scores, self._names = tf.constant(scores), tf.constant(pieces.names)
        real = pieces.names[len(RESERVED) :]
        self._span = max((len(name) for name in real), default=1)

    def __len__(self):
        return len(self.pieces.names)

    def encode(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """Returns the ids of each text: (batch,) strings -> (batch, pieces) int32."""
        units = _units(texts, words=self.kind == "words")
        if self.kind == "words":
            ids = units.with_flat_values(self._lookup(units.flat_values))
        elif self.kind == "characters":
            characters = tf.strings.unicode_split(units, "UTF-8").merge_dims(1, 2)
            ids = characters.with_flat_values(self._lookup(characters.flat_values))
        else:
            distinct, places = tf.unique(units.flat_values)
            rows = tf.gather(self._segment(distinct), places)  # (words, pieces) ragged
            ids = units.with_values(rows).merge_dims(1, 2)
        return ids[:, : self.longest]

    def encode_ended(self, texts: tf.Tensor) -> tf.RaggedTensor:
        """Is `encode`, with an END after the last piece of each text."""
        ids = self.encode(texts)
        return tf.concat([ids, tf.fill([ids.nrows(), 1], END)], 1)

    def words(self, texts: tf.Tensor) -> tf.Tensor:
        """Returns the word, with its ▁, that each id of `encode_ended` is part of.

        Args:
            texts: (batch,) strings.

        Returns:
            (batch, pieces) strings, "" at the end of a text and after it.
        """
        units = _units(texts, words=self.kind == "words")
        if self.kind == "words":
            counts = tf.ones_like(units.flat_values, tf.int32)
        elif self.kind == "characters":
            counts = tf.strings.length(units.flat_values, "UTF8_CHAR")
        else:
            distinct, places = tf.unique(units.flat_values)
            counts = tf.gather(self._segment(distinct).row_lengths(), places)
        repeated = tf.RaggedTensor.from_row_lengths(
            tf.repeat(units.flat_values, counts),
            tf.reduce_sum(units.with_flat_values(tf.cast(counts, tf.int64)), 1),
        )
        kept = repeated[:, : self.longest]
        return tf.concat([kept, tf.fill([kept.nrows(), 1], "")], 1).to_tensor("")

    def decode(self, ids: tf.Tensor | tf.RaggedTensor) -> tf.Tensor:
        """Returns the text of ids, (batch, pieces), each up to its end: (batch,) strings.

        An unknown piece stands as it is called.
        """
        if isinstance(ids, tf.RaggedTensor):
            ids = ids.to_tensor(END)
        return self.join(self.name(ids), tf.convert_to_tensor(ids))

    def join(self, names: tf.Tensor, ids: tf.Tensor) -> tf.Tensor:
        """Is `decode` of ids whose pieces are called otherwise: names are (batch, pieces)."""
        going = tf.cumsum(tf.cast(ids == END, tf.int32), axis=1) == 0
        silent = ~going | (ids == PAD) | (ids == START)
        return joined(tf.strings.reduce_join(tf.where(silent, "", names), axis=1))

    def name(self, ids: tf.Tensor) -> tf.Tensor:
        """Returns the piece of each id, of any shape; of those reserved what they stand for."""
        return tf.gather(self._names, ids)

    def _lookup(self, strings):
        """Ids of strings; one that a reserved name is spelt like is unknown."""
        ids = tf.cast(self._ids.lookup(strings), tf.int32)
        return tf.where(ids < len(RESERVED), UNKNOWN, ids)

    def _segment(self, words):
        """Cuts (n,) words into the likeliest pieces: ragged (n, pieces) int32."""
        characters = tf.strings.unicode_split(words, "UTF-8")
        lengths = tf.cast(characters.row_lengths(), tf.int32)
        characters = characters.to_tensor("")  # (n, width)
        spare = tf.cast(tf.equal(tf.shape(characters)[1], 0), tf.int32)  # the loops need a step
        characters = tf.pad(characters, [[0, 0], [0, spare]], constant_values="")
        count, width = tf.shape(characters)[0], tf.shape(characters)[1]
        spans, candidates = characters, []
        for size in range(1, self._span + 1):  # spans[:, t]: the `size` characters that end at t
            ids = self._lookup(spans)
            known = tf.where((ids == UNKNOWN) & (size > 1), -np.inf, tf.gather(self._scores, ids))
            whole = tf.range(width) >= size - 1
            candidates.append((ids, tf.where(whole[None], known, -np.inf)))
            earlier = tf.pad(spans[:, :-1], [[0, 0], [1, 0]], constant_values="")
            spans = tf.strings.join([earlier, characters])
        # (width, n, span)
        ids, scores = (tf.transpose(tf.stack(part, 2), [1, 0, 2]) for part in zip(*candidates))

        def forward(t, best, sizes):
            totals = best + scores[t]  # best[:, s]: of the characters before the last s + 1
            size = tf.argmax(totals, -1, tf.int32)
            top = tf.reduce_max(totals, -1, keepdims=True)
            return t + 1, tf.concat([top, best[:, :-1]], 1), sizes.write(t, size)

        start = tf.concat(
            [tf.zeros([count, 1]), tf.fill([count, self._span - 1], -np.float32(np.inf))], 1
        )
        sizes = tf.TensorArray(tf.int32, width, element_shape=[None])
        _, _, sizes = tf.while_loop(
            lambda t, *_: t < width, forward, (0, start, sizes), parallel_iterations=1
        )
        sizes = tf.reshape(sizes.stack(), [width, count])

        def backward(t, cursor, taken):
            ends = cursor == t + 1
            piece = tf.gather(ids[t], sizes[t], batch_dims=1)
            cursor = tf.where(ends, t - sizes[t], cursor)
            return t - 1, cursor, taken.write(t, tf.where(ends, piece, -1))

        taken = tf.TensorArray(tf.int32, width, element_shape=[None])
        _, _, taken = tf.while_loop(
            lambda t, *_: t >= 0, backward, (width - 1, lengths, taken), parallel_iterations=1
        )
        taken = tf.transpose(tf.reshape(taken.stack(), [width, count]))
        return tf.ragged.boolean_mask(taken, taken >= 0)


def cut(texts: Sequence[str], *, words: bool) -> list[list[str]]:
    """Cuts texts at white space and, for words, around signs; a unit after a space begins with ▁.

    >>> cut(["A dog's here."], words=True), cut(["A dog's here."], words=False)
    ([['▁A', "▁dog's", '▁here', '.']], [['▁A', "▁dog's", '▁here.']])
    """
    found = _units(tf.constant(texts, tf.string), words=words).to_list()
    return [[unit.decode() for unit in row] for row in found]


def joined(text: tf.Tensor) -> tf.Tensor:
    """Returns joined pieces as texts again: (batch,) strings."""
    return tf.strings.strip(tf.strings.regex_replace(text, SPACE, " "))


def _units(texts, *, words):
    texts = tf.strings.strip(tf.strings.regex_replace(plain(texts), SPACE, "_"))
    filled = tf.strings.regex_replace(texts, " ", f" {SPACE}")
    texts = tf.where(texts == "", "", tf.strings.join([SPACE, filled]))
    if words:
        texts = tf.strings.regex_replace(texts, rf"({SPACE}?){_SIGN}", r" \1\2 ")
    texts = tf.strings.regex_replace(texts, f"([^ ]{{{LONGEST_WORD}}})", r"\1 ")
    return tf.strings.split(texts)
