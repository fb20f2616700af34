"""What a trained translator is used through: texts in, translations out."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from models.attending import draw_attending, search_attending
from models.lengths import about_as_long
from models.pieces import END, NOTHING, PAD, START, UNKNOWN
from models.translation import ROWS, Translation, in_batches
from models.wording import PLAIN, worded
from tfrnn.decoding.choice import Choice
from tfrnn.decoding.drawing import sampling_of
from tfrnn.decoding.lexical import Wording
from tfrnn.decoding.search import Search

GREEDY = Search(beam=1)
LONGER, MORE = 2, 10  # a translation has at most twice the pieces of its source, and ten (ours)


class Forced(NamedTuple):
    """What a model makes of translations that are given to it piece by piece.

    perplexity: The exponential of the nats a piece. right: Share of the pieces that it finds the
    likeliest. texts: What its likeliest pieces would read.
    """

    perplexity: float
    right: float
    texts: list[str]


class Interpreter(tf.Module):
    """Translates texts; also what is exported.

    Args:
        model: Built, see `models.translator.Translator`.
        coders: `tfrnn.data.subwords.Subwords` of the source and of the target.
        wish: How an exported model searches.
    """

    def __init__(self, model: keras.Model, coders: tuple[Any, Any], *, wish: Search):
        super().__init__()
        self.model, self.source, self.target = model, *coders
        self.wish = wish
        self._traced: dict[tuple[Search, Wording], Callable] = {}
        self._drawing: dict[tuple[int, Wording], Callable] = {}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "text")], autograph=False)
    def serve(self, text):
        """Translates each text.

        Returns:
            text: (batch, nbest) string, the best first. scores: (batch, nbest) float32. ended:
            (batch, nbest) bool. source: (batch, source) string, the pieces that were read, ""
            after the last. pieces: (batch, nbest, steps) string, those that were written. weights:
            (batch, nbest, steps, source) float32, where the model looked.
        """
        return self._translate(text, self.wish, PLAIN)

    @tf.function(
        input_signature=[
            tf.TensorSpec([None], tf.string, "text"),
            tf.TensorSpec([], tf.int32, "limit"),
        ],
        autograph=False,
    )
    def begin(self, text, limit):
        """Writes the likeliest piece after each piece, up to a limit; a larger one goes on with it.

        Args:
            text: (batch,) string.
            limit: Pieces, 1 or more.

        Returns:
            text: (batch,) string, where the translation of a beam of 1 begins. whole: (batch,)
            bool, whether that is all of it.
        """
        words = worded(PLAIN, self.target)
        ids, limits = self._read(text, words)
        within = tf.minimum(limits, limit)
        found = search_attending(self.model, *self.model.encode(ids), within, GREEDY, words=words)
        told = self._told(found, text, ids, PLAIN)
        return {"text": told["text"][:, 0], "whole": told["ended"][:, 0] | (limits <= limit)}

    def signatures(self) -> dict[str, Callable]:
        """Returns what a SavedModel serves, by name."""
        return {"translate": self.serve, "begin_translation": self.begin}

    def examples(self) -> dict[str, dict]:
        """Returns inputs of each signature, on which an export is checked."""
        texts = {"text": np.array([b"A dog runs through the snow.", b"", b"3 May"])}
        limited = texts | {"limit": np.array(5, np.int32)}
        return {"translate": texts, "begin_translation": limited}

    def translate(
        self,
        texts: Sequence[str],
        wish: Search,
        told: Callable[[int], None] = lambda done: None,
        wording: Wording = PLAIN,
    ) -> list[list[Translation]]:
        """Translates texts, in their order; what one comes to depends on no other.

        Args:
            texts: What is to be translated; an empty one has an empty translation.
            wish: How translations are searched.
            told: Called with the number of texts that are done, after each batch.
            wording: What translations must read like.

        Returns:
            For each text its `wish.nbest` best translations, or fewer where there are fewer.

        Raises:
            UsageError: If the model cannot write what `wording` asks for.
        """
        if (wish, wording) not in self._traced:
            self._traced[wish, wording] = tf.function(
                lambda text: self._translate(text, wish, wording),
                input_signature=[tf.TensorSpec([None], tf.string, "text")],
                autograph=False,
            )
        return in_batches(self._traced[wish, wording], texts, told, wording.including)

    def draw(
        self,
        texts: Sequence[str],
        seed: int,
        *,
        count: int = 1,
        choice: Choice = Choice(),
        told: Callable[[int], None] = lambda done: None,
        wording: Wording = PLAIN,
    ) -> list[list[Translation]]:
        """Draws translations at random, instead of searching for the likeliest.

        Args:
            texts: What is to be translated; an empty one has an empty translation.
            seed: Of the first draw of each text; the next has the next.
            count: Draws of each text.
            choice: How boldly pieces are drawn.
            told: See `translate`.
            wording: What translations begin with.

        Returns:
            For each text `count` translations in the order in which they were drawn, their scores
            the log-probabilities, and no weights.
        """
        key = (count, wording)
        if key not in self._drawing:
            self._drawing[key] = tf.function(
                lambda text, sampling: self._draw(text, sampling, count, wording),
                reduce_retracing=True,
                autograph=False,
            )

        def call(text):
            seeds = [seed + n for n in range(count)] * len(text)
            return self._drawing[key](text, sampling_of(seeds, choice, len(self.target)))

        return in_batches(call, texts, told)

    def forced(self, sources: Sequence[str], targets: Sequence[str]) -> Forced:
        """Says what translations cost, and what the model would have written after each piece."""
        sums, texts = np.zeros(3), {}
        for chosen in about_as_long(sources, ROWS):
            parts = [[texts_[i] for i in chosen] for texts_ in (sources, targets)]
            found, written = self._forced(*(tf.constant(part, tf.string) for part in parts))
            sums += found.numpy()
            texts |= dict(zip(chosen, (text.decode() for text in written.numpy())))
        nats, right, pieces = sums
        written = [texts[i] for i in range(len(sources))]
        return Forced(float(np.exp(nats / pieces)), float(right / pieces), written)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)] * 2, autograph=False)
    def _forced(self, sources, targets):
        source = self.source.encode_ended(sources).to_tensor(PAD)
        target = self.target.encode_ended(targets).to_tensor(PAD)
        shifted = tf.pad(target[:, :-1], [[0, 0], [1, 0]], constant_values=START)
        logits = self.model({"source": source, "shifted": shifted}, training=False)
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(target, logits)
        likeliest = tf.argmax(logits, -1, tf.int32)
        real = tf.cast(target != PAD, tf.float32)
        right = tf.cast(likeliest == target, tf.float32)
        sums = tf.stack([tf.reduce_sum(x * real) for x in (each, right, tf.ones_like(real))])
        # It may propose an end early, but goes on with the truth.
        kept = tf.where((target != PAD) & (target != END) & (likeliest != END), likeliest, PAD)
        return sums, self.target.decode(kept)

    def _translate(self, text, wish, wording):
        words = worded(wording, self.target)
        ids, limits = self._read(text, words)
        found = search_attending(
            self.model,
            *self.model.encode(ids),
            limits,
            wish,
            words=words,
            forbidden=(PAD, START) if wording.copy_unknown else NOTHING,
        )
        return self._told(found, text, ids, wording)

    def _draw(self, text, sampling, count, wording):
        words = worded(wording, self.target)
        ids, limits = self._read(text, words)
        found = draw_attending(
            self.model,
            *self.model.encode(ids),
            limits,
            sampling,
            count,
            longest=self.target.longest + len(words.prefix),
            prefix=words.prefix,
        )
        return self._told(found, text, ids, wording)

    def _read(self, text, words):
        """The ids of texts, and how many ids their translations may have."""
        ids = self.source.encode_ended(text)
        lengths = tf.cast(ids.row_lengths(), tf.int32) - 1
        limits = tf.minimum(LONGER * lengths + MORE, self.target.longest)
        limits += len(words.prefix) + sum(map(len, words.musts))  # what is asked for comes on top
        # A text without a word has a translation without one.
        return ids.to_tensor(PAD), tf.where(lengths == 0, 1, limits)

    def _told(self, found, text, ids, wording):
        """What is returned of translations that were found."""
        names, texts = self._spelt(found, text, wording)
        empty = ids[:, :1] == END
        written = tf.sequence_mask(found.lengths, tf.shape(names)[2]) & ~empty[..., None]
        result = {
            "text": tf.where(empty, "", texts),
            "scores": found.scores,
            "ended": found.ended | empty,
            "source": tf.where(ids == PAD, "", self.source.name(ids)),
            "pieces": tf.where(written, names, ""),
            "weights": found.weights,
        }
        return result | ({"met": found.met} if wording.including else {})

    def _spelt(self, found, text, wording):
        """What was found: its pieces (batch, nbest, steps), and its texts (batch, nbest)."""
        grid = tf.shape(found.ids)
        flat = tf.reshape(found.ids, [grid[0] * grid[1], grid[2]])
        names = self.target.name(flat)
        if wording.copy_unknown:
            weights = tf.reshape(found.weights, [grid[0] * grid[1], grid[2], -1])
            copied = self._words_at(tf.repeat(text, grid[1]), weights)
            names = tf.where(flat == UNKNOWN, copied, names)
        texts = self.target.join(names, flat)
        return tf.reshape(names, grid), tf.reshape(texts, grid[:2])

    def _words_at(self, text, weights):
        """The word of each text that was looked at most in each step: (batch, steps) strings."""
        words = self.source.words(text)
        weights = tf.where((words == "")[:, None], -1.0, weights)  # a word, not the end
        return tf.gather(words, tf.argmax(weights, -1, tf.int32), batch_dims=1)
